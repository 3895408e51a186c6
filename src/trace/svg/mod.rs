//! A recording as a picture.

use std::fmt::Write as _;

use self::layout::{Layout, float};
use self::pen::{BAR, Pen, escape, px};
use super::columns::TURN;
use super::event::What;
use super::names::{clean, short};
use super::recording::Recording;
use super::standing::Standing;
use super::timeline::{Lane, Span, Timeline};
use super::words;

mod labels;
mod layout;
mod legend;
mod pen;
mod style;

/// The run as a picture: a row a task, a column a step. `title` stands above it.
///
/// Solid bars run, hatched ones are ready, thin lines wait; arrows go from who spawns or wakes to whom. It is drawn over steps and not over seconds, for time stands still while tasks run:
/// dotted lines say where the clock moves, and to what. Whatever is drawn says more when it is pointed at. The first 400 steps and the first 40 tasks are drawn, and the picture says how many are
/// not.
///
/// It can be a file of its own, or stand in HTML or Markdown as it is: its style is its own, its ids begin with a prefix made of the title, and it has no empty line. It follows the reader's
/// preference for light or dark. It is linear in the number of events.
///
/// # Examples
///
/// ```
/// use yield_to_await::trace::{Recorder, svg};
/// use yield_to_await::{Clock, Setup, async_await as aw};
///
/// let recorder = Recorder::new();
/// aw::run_with(Setup::new().clock(Clock::Simulated).record(&recorder), async {
///     aw::spawn_named("greeter", async {}).await.unwrap();
/// });
/// let picture = svg(&recorder.take(), "A greeting");
/// assert!(picture.starts_with("<svg "));
/// assert!(picture.contains("greeter runs"));
/// ```
#[must_use]
pub fn svg(recording: &Recording, title: &str) -> String {
    let timeline = Timeline::new(recording, MOST_STEPS, MOST_TASKS);
    let layout = Layout::new(&timeline);
    let title = clean(title);
    let mut pen = Pen {
        svg: String::new(),
        prefix: prefix(&title),
    };
    // The head is written last: only then is it known how high the legend is.
    frame(&mut pen, &timeline, &layout, &title);
    for (i, lane) in timeline.lanes.iter().enumerate() {
        draw_lane(&mut pen, &timeline, &layout, lane, i);
    }
    draw_arrows(&mut pen, &timeline, &layout);
    draw_marks(&mut pen, &timeline, &layout);
    labels::draw(&mut pen, &timeline, &layout);
    let height = legend::draw(&mut pen, &timeline, &layout);
    head(&pen, &timeline, &layout, &title, height) + &pen.svg + "</svg>\n"
}

const MOST_STEPS: usize = 400;
const MOST_TASKS: usize = 40;

/// What the ids begin with: letters of the title, and a number that tells two titles of the same letters apart.
fn prefix(title: &str) -> String {
    let letters = title.chars().filter(char::is_ascii_alphanumeric);
    let letters: String = letters.take(24).collect();
    let number = title.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!(
        "yta-{}-{:06x}",
        letters.to_ascii_lowercase(),
        number & 0xff_ffff
    )
}

/// The run in a line.
fn summary(timeline: &Timeline<'_>) -> String {
    let steps = timeline.steps + timeline.more_steps;
    let tasks = timeline.lanes.len() + timeline.more_tasks;
    format!(
        "{}, {}, {} by the loop's clock",
        words::count(tasks, "task"),
        words::count(steps, "step"),
        words::short_moment(timeline.end)
    )
}

fn head(pen: &Pen, timeline: &Timeline<'_>, layout: &Layout, title: &str, height: f64) -> String {
    let (id, width, full) = (&pen.prefix, px(layout.width), px(height));
    let mut head = String::new();
    let _ = writeln!(
        head,
        r#"<svg class="yta-timeline" xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="{id}-title {id}-desc" viewBox="0 0 {width} {full}" width="{width}" height="{full}">"#
    );
    let _ = writeln!(head, r#"<title id="{id}-title">{}</title>"#, escape(title));
    let _ = writeln!(
        head,
        r#"<desc id="{id}-desc">A timeline of {}: a row a task, a column a step.</desc>"#,
        escape(&summary(timeline))
    );
    style::style(&mut head);
    let _ = writeln!(head, "<defs>");
    let _ = writeln!(
        head,
        r#"<pattern id="{id}-hatch" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path class="ready" d="M1 0V5" stroke-width="1.6"/></pattern>"#
    );
    let _ = writeln!(head, "</defs>");
    let (width, height) = (px(layout.width - 1.0), px(height - 1.0));
    let _ = writeln!(
        head,
        r#"<rect class="card" x="0.5" y="0.5" width="{width}" height="{height}" rx="10"/>"#
    );
    head
}

/// Title, scales and rows.
fn frame(pen: &mut Pen, timeline: &Timeline<'_>, layout: &Layout, title: &str) {
    let left = layout.left;
    pen.text(left, 32.0, "h", &short(title, layout.letters(9.0)));
    pen.text(
        left,
        52.0,
        "s",
        &short(&summary(timeline), layout.letters(6.6)),
    );
    for (i, _) in timeline.lanes.iter().enumerate().step_by(2) {
        let place = [
            8.0,
            layout.y(i) - layout.row / 2.0,
            layout.width - 16.0,
            layout.row,
        ];
        pen.rect("band", place, r#" rx="4""#);
    }
    if timeline.lanes.is_empty() {
        pen.text(left, layout.top, "s", "nothing happened");
        return;
    }
    pen.text(left, layout.top - 30.0, "s", "clock");
    pen.text(left, layout.top - 10.0, "s", "step");
    let mut free = f64::MIN;
    for (x, at) in &timeline.moments {
        let (x, words) = (layout.x(*x), words::short_moment(*at));
        pen.told(&format!("the clock says {}", words::moment(*at)), |pen| {
            pen.vertical("tick", x, layout.top - 26.0, layout.bottom);
            let end = x + 6.6 * float(words.chars().count());
            if x >= free && end < layout.width - 8.0 {
                pen.text(x - 2.0, layout.top - 30.0, "s", &words);
                free = end + 8.0;
            }
        });
    }
    let every = [1, 2, 5, 10, 20, 50];
    let every = every.into_iter().find(|k| float(*k) * layout.column > 24.0);
    for step in (1..=timeline.steps).filter(|step| step % every.unwrap_or(100) == 0) {
        let x = layout.x(float(step - 1) + TURN / 2.0);
        pen.text(x, layout.top - 10.0, "k", &step.to_string());
    }
}

fn draw_lane(pen: &mut Pen, timeline: &Timeline<'_>, layout: &Layout, lane: &Lane<'_>, i: usize) {
    let y = layout.y(i);
    let origin = match &*words::at(lane.spawned_at) {
        "" => lane.name.clone(),
        at => format!("{}, spawned{at}", lane.name),
    };
    pen.told(&origin, |pen| {
        pen.text(
            layout.left,
            y + 4.0,
            "n",
            &short(&lane.name, layout.longest_name),
        );
    });
    for span in &lane.spans {
        let (from, to) = (layout.x(span.from), layout.x(span.to));
        pen.told(&tooltip(timeline, lane, span), |pen| match span.standing {
            Standing::Running => pen.runs(from, to, y),
            Standing::Waiting(_) => {
                pen.rect("hit", [from, y - BAR, to - from, 2.0 * BAR], "");
                pen.waits(from, to, y);
            }
            Standing::Leaving => pen.leaves(from, to, y),
            _ => pen.ready(from, to, y),
        });
    }
}

fn tooltip(timeline: &Timeline<'_>, lane: &Lane<'_>, span: &Span<'_>) -> String {
    let name = &lane.name;
    let mut words = match span.standing {
        Standing::Running => {
            return format!(
                "{name} runs: step {}, at {}",
                span.step,
                words::moment(span.began)
            );
        }
        Standing::Waiting(on) => {
            format!(
                "{name} waits for {}",
                words::waits(on, timeline.replay.names())
            )
        }
        Standing::Leaving => format!("{name} is to be dropped"),
        _ => format!("{name} is ready"),
    };
    if let Standing::Waiting(_) = span.standing {
        if let Some(state) = span.state {
            let _ = write!(words, ", in {}", clean(state));
        }
        match &*words::at(span.place) {
            "" => {}
            at => words += &format!(",{at}"),
        }
    }
    let [began, ended] = [span.began, span.ended].map(words::moment);
    match began == ended {
        true => words + &format!(" (all at {began})"),
        false => words + &format!(" (from {began} to {ended})"),
    }
}

fn draw_arrows(pen: &mut Pen, timeline: &Timeline<'_>, layout: &Layout) {
    for arrow in &timeline.arrows {
        let (x, to) = (layout.x(arrow.x), layout.y(arrow.to));
        let from = arrow.from.map(|from| layout.y(from));
        pen.told(&arrow.words, |pen| match from {
            Some(from) if from < to => pen.arrow(arrow.kind, x, from + BAR, to - 6.5),
            Some(from) if from > to => pen.arrow(arrow.kind, x, from - BAR, to + 6.5),
            // By itself, from outside, or by a task that is not shown.
            _ => pen.arrow(arrow.kind, x, to - layout.row / 2.0, to - 6.5),
        });
    }
}

/// The ends of tasks, and the lines they print.
fn draw_marks(pen: &mut Pen, timeline: &Timeline<'_>, layout: &Layout) {
    for line in &timeline.lines {
        let name = &timeline.lanes[line.lane].name;
        pen.told(&format!("{name} prints: {}", line.words), |pen| {
            pen.printed(layout.x(line.x), layout.y(line.lane));
        });
    }
    for (i, lane) in timeline.lanes.iter().enumerate() {
        let Some((x, how)) = lane.end else { continue };
        let words = match how {
            What::Panicked { message } => format!("{} panicked: {}", lane.name, clean(message)),
            how => format!("{} {}", lane.name, how.term()),
        };
        pen.told(&words, |pen| pen.end(how, layout.x(x), layout.y(i)));
    }
    if let Some(x) = timeline.stuck {
        let x = layout.x(x);
        pen.told("stuck: no task can go on", |pen| {
            let place = format!("M{} {}V{}", px(x), px(layout.top), px(layout.bottom));
            pen.path("bad line thick", &place);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_name_in_every_language_of_the_page() {
        assert_ne!(prefix("a b"), prefix("ab"));
        let strange = prefix("\"><&#');} é");
        assert!(
            strange
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '-')
        );
        assert_eq!(prefix("x"), prefix("x"));
    }
}
