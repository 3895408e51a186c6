//! A recording as a sequence diagram.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::event::{Cause, Event, What};
use super::names::{clean, short};
use super::recording::Recording;
use super::replay::Replay;
use super::words;
use crate::info::TaskId;

/// The run as a `sequenceDiagram` of [Mermaid](https://mermaid.js.org/), which GitHub and many editors draw where a Markdown file has a block of that language.
///
/// The participants are the tasks, and the loop, which stands for timers and for what comes from outside. A task that has the turn is activated; a dashed arrow spawns, a solid one wakes, one
/// with a cross cancels. The first 200 events and the first 20 tasks are in it, and a note says what is not.
///
/// It is linear in the number of events.
///
/// # Examples
///
/// ```
/// use yield_to_await::trace::{Recorder, mermaid};
/// use yield_to_await::{Clock, Setup, async_await as aw};
///
/// let recorder = Recorder::new();
/// aw::run_with(Setup::new().clock(Clock::Simulated).record(&recorder), async {
///     aw::spawn_named("greeter", async {}).await.unwrap();
/// });
/// let diagram = mermaid(&recorder.take());
/// assert!(diagram.starts_with("sequenceDiagram\n"));
/// assert!(diagram.contains("participant t1 as greeter\n"));
/// assert!(diagram.contains("t0-->>t1: spawns\n"));
/// assert!(diagram.contains("t1->>t0: wakes\n"));
/// ```
#[must_use]
pub fn mermaid(recording: &Recording) -> String {
    let shown = &recording.events()[..recording.len().min(MOST_EVENTS)];
    let tasks = recording.iter().filter_map(|event| event.task);
    let mut all = BTreeSet::new();
    let mut in_order = Vec::new();
    for task in tasks {
        if all.insert(task) && in_order.len() < MOST_TASKS {
            in_order.push(task);
        }
    }
    let mut diagram = Diagram {
        text: "sequenceDiagram\nparticipant L as the loop\n".to_owned(),
        replay: Replay::new(recording),
        tasks: in_order.iter().copied().collect(),
        active: None,
    };
    for task in in_order {
        let name = diagram.name(task);
        let _ = writeln!(diagram.text, "participant {} as {name}", id(task));
    }
    let mut clock = None;
    for event in shown {
        diagram.replay.step();
        if clock.replace(event.at) != Some(event.at) {
            diagram.note(LOOP, &format!("the clock says {}", words::moment(event.at)));
        }
        diagram.event(event);
    }
    diagram.deactivate();
    let (events, tasks) = (
        recording.len() - shown.len(),
        all.len() - diagram.tasks.len(),
    );
    if events + tasks > 0 {
        diagram.note(
            LOOP,
            &format!("not shown: {events} later events, {tasks} more tasks"),
        );
    }
    diagram.text
}

const MOST_EVENTS: usize = 200;
const MOST_TASKS: usize = 20;
const LONGEST: usize = 60;
/// The participant that is the loop, whose name would be a keyword.
const LOOP: &str = "L";

struct Diagram<'a> {
    text: String,
    replay: Replay<'a>,
    /// Who is shown.
    tasks: BTreeSet<TaskId>,
    active: Option<TaskId>,
}

/// What a participant is called within the diagram.
fn id(task: TaskId) -> String {
    format!("t{}", task.number())
}

/// The text as it may stand in a diagram: what is not a letter, a figure or plain punctuation is written as its number, since Mermaid reads meaning into many signs, and into the word `end`.
fn harmless(text: &str) -> String {
    let mut harmless = String::new();
    let text = short(&clean(text), LONGEST);
    let is_end = |word: &str| word.eq_ignore_ascii_case("end");
    let words = text.split_inclusive(|c: char| !c.is_alphanumeric());
    for word in words {
        let letters = word.trim_end_matches(|c: char| !c.is_alphanumeric());
        let mut coded = is_end(letters);
        for c in word.chars() {
            if coded || !(c.is_alphanumeric() || " _.,'()/!?…".contains(c)) {
                let _ = write!(harmless, "#{};", u32::from(c));
            } else {
                harmless.push(c);
            }
            coded = false;
        }
    }
    harmless
}

impl Diagram<'_> {
    fn name(&self, task: TaskId) -> String {
        harmless(&self.replay.name(task))
    }

    fn note(&mut self, over: &str, words: &str) {
        let _ = writeln!(self.text, "Note over {over}: {}", harmless(words));
    }

    fn arrow(&mut self, from: Option<TaskId>, line: &str, to: TaskId, words: &str) {
        let from = from.filter(|from| self.tasks.contains(from));
        let from = from.map_or_else(|| LOOP.to_owned(), id);
        let _ = writeln!(self.text, "{from}{line}{}: {}", id(to), harmless(words));
    }

    fn deactivate(&mut self) {
        if let Some(active) = self.active.take() {
            let _ = writeln!(self.text, "deactivate {}", id(active));
        }
    }

    fn event(&mut self, event: &Event) {
        if event.what == What::Stuck {
            self.deactivate();
            self.note(LOOP, "stuck: no task can go on");
        }
        let Some(task) = event.task.filter(|task| self.tasks.contains(task)) else {
            return;
        };
        let is_over = matches!(
            event.what,
            What::Suspended { .. } | What::Ended | What::Dropped | What::Panicked { .. }
        );
        match &event.what {
            What::Spawned { by, .. } => self.arrow(*by, "-->>", task, "spawns"),
            What::StepBegan { .. } => {
                self.deactivate();
                self.arrow(None, "->>", task, &format!("step {}", event.step));
                let _ = writeln!(self.text, "activate {}", id(task));
                self.active = Some(task);
            }
            What::Suspended { on, .. } => {
                let waits = words::waits(on, self.replay.names());
                self.note(&id(task), &format!("waits for {waits}"));
            }
            What::Woken { by } => match by {
                Cause::Task(by) => self.arrow(Some(*by), "->>", task, "wakes"),
                Cause::Timer(timer) => {
                    self.arrow(None, "->>", task, &format!("timer {timer} wakes"));
                }
                Cause::Elsewhere => self.arrow(None, "->>", task, "woken from outside"),
            },
            What::CancelRequested { by } => self.arrow(*by, "-x", task, "cancels"),
            What::Printed { .. } => {
                let line = words::details(event, self.replay.names());
                self.note(&id(task), &format!("prints {line}"));
            }
            What::Panicked { message } => {
                self.note(&id(task), &format!("panicked: {message}"));
            }
            What::Ended | What::Dropped => self.note(&id(task), event.what.term()),
            // The clock and the notes say as much.
            What::TimerArmed { .. }
            | What::TimerFired { .. }
            | What::TimerDisarmed { .. }
            | What::Stuck => {}
        }
        if is_over && self.active == Some(task) {
            self.deactivate();
        }
    }
}
