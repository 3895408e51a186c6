//! A recording as text.

use super::event::Event;
use super::names::{Names, short};
use super::recording::Recording;
use super::words;

/// The recording as text: one line an event, to be read and to be compared. The columns are the time by the loop's clock, the number of the step, the task, what happened to it, and the
/// details.
///
/// It is linear in the number of events.
///
/// # Examples
///
/// ```
/// use yield_to_await::trace::{Recorder, text};
/// use yield_to_await::{Clock, Setup, async_await as aw};
///
/// let recorder = Recorder::new();
/// aw::run_with(Setup::new().clock(Clock::Simulated).record(&recorder), async {});
/// let text = text(&recorder.take());
/// let lines: Vec<&str> = text.lines().collect();
/// assert_eq!(lines[0], "time  step  task  what         details");
/// assert_eq!(lines[2], "  0s     1  main  step begins  0 ready behind it");
/// assert_eq!(lines[3], "  0s     1  main  ended");
/// ```
#[must_use]
pub fn text(recording: &Recording) -> String {
    let names = Names::of(recording);
    let columns = Columns::of(recording, &names);
    let mut text = columns.head();
    text.push('\n');
    for event in recording {
        text += &columns.line(event, &names);
        text.push('\n');
    }
    text
}

/// The widths of the columns.
#[derive(Clone, Copy, Debug)]
pub(super) struct Columns {
    time: usize,
    step: usize,
    task: usize,
    term: usize,
}

/// A name takes at most so many characters.
const LONGEST_NAME: usize = 32;

impl Columns {
    pub(super) fn of<'a>(events: impl IntoIterator<Item = &'a Event>, names: &Names) -> Self {
        let heads = Self {
            time: 4,
            step: 4,
            task: 4,
            term: 4,
        };
        heads.widened(events, names)
    }

    /// Wide enough for these, too.
    pub(super) fn widened<'a>(
        mut self,
        events: impl IntoIterator<Item = &'a Event>,
        names: &Names,
    ) -> Self {
        for event in events {
            let [time, step, task, term] = fields(event, names);
            let widen = |column: &mut usize, field: &str| {
                *column = (*column).max(field.chars().count());
            };
            widen(&mut self.time, &time);
            widen(&mut self.step, &step);
            widen(&mut self.task, &task);
            widen(&mut self.term, &term);
        }
        self
    }

    fn head(self) -> String {
        let fields = ["time", "step", "task", "what"];
        self.row(fields.map(str::to_owned), "details")
    }

    pub(super) fn line(self, event: &Event, names: &Names) -> String {
        self.row(fields(event, names), &words::details(event, names))
    }

    fn row(self, [time, step, task, term]: [String; 4], details: &str) -> String {
        let Self {
            time: a,
            step: b,
            task: c,
            term: d,
        } = self;
        let row = format!("{time:>a$}  {step:>b$}  {task:c$}  {term:d$}  {details}");
        row.trim_end().to_owned()
    }
}

fn fields(event: &Event, names: &Names) -> [String; 4] {
    let task = event.task.map(|task| names.name(task));
    [
        words::moment(event.at),
        event.step.to_string(),
        short(task.as_deref().unwrap_or("-"), LONGEST_NAME),
        event.what.term().to_owned(),
    ]
}
