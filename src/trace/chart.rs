//! A recording as a chart for the terminal.

use std::ops::Range;

use super::columns::column;
use super::event::What;
use super::names::{short, wide};
use super::recording::Recording;
use super::standing::Standing;
use super::timeline::{Lane, Timeline};
use super::words;

/// A chart of the run in characters: a row a task, a column a step. It needs no colour.
///
/// A line at the top says where the clock moves, and to what: time stands still while tasks run. What is wider than `width` goes on in another block below; no line is longer than
/// `width` characters, unless `width` is less than 40. The first 1000 steps and the first 60 tasks are shown, and the last line says how many are not.
///
/// It is linear in the number of events.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::trace::{Recorder, chart};
/// use yield_to_await::{Clock, Setup, async_await as aw};
///
/// let recorder = Recorder::new();
/// aw::run_with(Setup::new().clock(Clock::Simulated).record(&recorder), async {
///     aw::spawn_named("a", aw::sleep(Duration::from_secs(1))).await.unwrap();
/// });
/// let chart = chart(&recorder.take(), 40);
/// let rows: Vec<&str> = chart.lines().collect();
/// assert_eq!(rows[0], "clock │0s    1s");
/// assert_eq!(rows[1], "step  │1  2  3  4");
/// assert_eq!(rows[2], "main  │██▌──────██◆");
/// assert_eq!(rows[3], "a     │   ██▌██◆");
/// ```
#[must_use]
pub fn chart(recording: &Recording, width: usize) -> String {
    let timeline = Timeline::new(recording, MOST_STEPS, MOST_TASKS);
    let names = timeline
        .lanes
        .iter()
        .map(|lane| short(&lane.name, LONGEST_NAME));
    let names: Vec<String> = names.collect();
    let margin = names
        .iter()
        .map(|name| wide(name))
        .max()
        .unwrap_or(0)
        .max(5);
    let room = width.max(NARROWEST).saturating_sub(margin + 2);
    let cell = (room / timeline.steps.max(1)).clamp(1, 3);
    let lanes: Vec<Vec<Cell>> = timeline
        .lanes
        .iter()
        .map(|lane| cells(lane, timeline.steps))
        .collect();

    let mut chart = String::new();
    let mut from = 0;
    while from < timeline.steps {
        let to = timeline.steps.min(from + room / cell);
        let mut row = |name: &str, text: &str| {
            let gap = " ".repeat(margin - wide(name));
            chart += format!("{name}{gap} │{text}").trim_end();
            chart.push('\n');
        };
        row("clock", &clock(&timeline, from..to, cell, room));
        row("step", &numbers(from, to, cell));
        for (name, cells) in names.iter().zip(&lanes) {
            let drawn = cells[from..to].iter().map(|state| state.drawn(cell));
            row(name, &drawn.collect::<String>());
        }
        chart.push('\n');
        from = to;
    }
    if timeline.stuck.is_some() {
        chart += "stuck: no task can go on\n";
    }
    chart += "█ runs   ◆ runs and ends   ░ ready   ─ waits   × is dropped   ! panics\n";
    if let Some(note) = timeline.left_out() {
        chart += &format!("{note}\n");
    }
    chart
}

const MOST_STEPS: usize = 1000;
const MOST_TASKS: usize = 60;
const LONGEST_NAME: usize = 20;
const NARROWEST: usize = 40;

/// How a task stands in the column of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cell {
    Nowhere,
    Ready,
    Waits,
    Runs,
    RunsAndEnds,
    Dropped,
    Panics,
}

impl Cell {
    fn drawn(self, width: usize) -> String {
        let (mut fill, last) = match self {
            Self::Nowhere => (' ', ' '),
            Self::Ready => ('░', '░'),
            Self::Waits => ('─', '─'),
            // A seam between two steps of one task.
            Self::Runs => ('█', if width > 1 { '▌' } else { '█' }),
            Self::RunsAndEnds => ('█', '◆'),
            Self::Dropped => (' ', '×'),
            Self::Panics => ('█', '!'),
        };
        let mut drawn = String::new();
        if self == Self::Dropped {
            // It was there until then.
            fill = '─';
        }
        drawn.extend(std::iter::repeat_n(fill, width - 1));
        drawn.push(last);
        drawn
    }
}

/// A cell shows how the task stood when the step began, if nothing more important happened to it in the step.
fn cells(lane: &Lane<'_>, steps: usize) -> Vec<Cell> {
    let mut cells = vec![Cell::Nowhere; steps];
    for span in &lane.spans {
        let (cell, from, to) = match span.standing {
            Standing::Running => (Cell::Runs, span.from, span.from + 1.0),
            Standing::Waiting(_) => (Cell::Waits, span.from.ceil(), span.to.ceil()),
            _ => (Cell::Ready, span.from.ceil(), span.to.ceil()),
        };
        for cell_of_step in &mut cells[column(from).min(steps)..column(to).min(steps)] {
            *cell_of_step = cell;
        }
    }
    if let Some((x, how)) = lane.end
        && let Some(cell) = cells.get_mut(column(x))
    {
        *cell = match how {
            What::Panicked { .. } => Cell::Panics,
            What::Dropped => Cell::Dropped,
            _ => Cell::RunsAndEnds,
        };
    }
    cells
}

/// Says at the first step behind each movement of the clock what it says, where there is room for it, and puts a tick where there is none.
fn clock(timeline: &Timeline<'_>, steps: Range<usize>, cell: usize, room: usize) -> String {
    let from = steps.start;
    let mut row = String::new();
    let mut said = None;
    for step in steps {
        let moments = &timeline.moments;
        let behind = moments.partition_point(|(x, _)| column(x.ceil()) <= step);
        let now = behind.checked_sub(1);
        let at = (step - from) * cell;
        if now != said {
            said = now;
            let Some((_, now)) = now.and_then(|now| moments.get(now)) else {
                continue;
            };
            let len = row.chars().count();
            if len < at || at == 0 {
                row.extend(std::iter::repeat_n(' ', at - len));
                let words = words::short_moment(*now);
                let fits = at + words.chars().count() <= room;
                row += if fits { &words } else { "'" };
            } else if len == at {
                row.push('\'');
            }
        }
    }
    row
}

/// The numbers of the steps, as many as there is room for.
fn numbers(from: usize, to: usize, cell: usize) -> String {
    let mut row = String::new();
    for step in from..to {
        let at = (step - from) * cell;
        let len = row.chars().count();
        let number = (step + 1).to_string();
        let round = cell > 2 || step == from || (step + 1) % 5 == 0;
        let fits = at + number.len() <= (to - from) * cell;
        if round && fits && (len < at || at == 0) {
            row.extend(std::iter::repeat_n(' ', at - len));
            row += &number;
        }
    }
    row
}
