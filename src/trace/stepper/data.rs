//! What the page is given: the runs in few words, each word once.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use serde::Serialize;

use super::glossary::GLOSSARY;
use super::{Run, Stepper};
use crate::info::TaskId;
use crate::trace::event::{Cause, Event, What};
use crate::trace::place::Place;
use crate::trace::wait::Wait;

/// An event: the moment, the step, the task, the kind, and what the kind has to say, in numbers. What is a text or a moment is its index in a list. `None` is `null` there.
type Row = Vec<Option<u64>>;

#[derive(Serialize)]
struct Data<'a> {
    runs: Vec<RunData<'a>>,
    sources: Vec<SourceData<'a>>,
    /// Every text of the runs, once.
    texts: &'a [String],
    /// Every moment of the runs in words, in the order of time. In words, for nanoseconds do not all fit a number of the page's language.
    moments: Vec<String>,
    glossary: &'a [(&'a str, &'a str)],
}

#[derive(Serialize)]
struct RunData<'a> {
    label: &'a str,
    total: usize,
    /// What to call the tasks: number and text.
    names: Vec<(u64, u64)>,
    events: Vec<Row>,
}

#[derive(Serialize)]
struct SourceData<'a> {
    label: &'a str,
    file: &'a str,
    first: u32,
    text: &'a str,
}

/// The data as JSON that may stand in a `<script>`: nothing in it can end that, or begin a comment.
pub(super) fn json(stepper: &Stepper) -> String {
    let mut tables = Tables::default();
    let moments: BTreeSet<Duration> = stepper.runs.iter().flat_map(moments).collect();
    tables.moments = moments.into_iter().collect();
    let runs = stepper.runs.iter().map(|run| tables.run(run)).collect();
    let sources = stepper.sources.iter().map(|source| SourceData {
        label: &source.label,
        file: &source.file,
        first: source.first_line,
        text: &source.text,
    });
    let data = Data {
        runs,
        sources: sources.collect(),
        texts: &tables.texts,
        moments: tables.moments.iter().map(|at| words(*at)).collect(),
        glossary: GLOSSARY,
    };
    let json = serde_json::to_string(&data).expect("lists of texts and numbers");
    // In JSON these stand in strings only, where an escape is the same.
    json.replace('<', "\\u003c")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

fn moments(run: &Run) -> Vec<Duration> {
    let mut moments: Vec<_> = run.events.iter().map(|event| event.at).collect();
    moments.extend(run.events.iter().filter_map(|event| match event.what {
        What::TimerArmed { deadline, .. } => Some(deadline),
        _ => None,
    }));
    moments
}

/// A moment in words, as the page has it.
pub(super) fn words(at: Duration) -> String {
    match at {
        Duration::ZERO => "0s".to_owned(),
        Duration::MAX => "never".to_owned(),
        at => format!("{at:?}"),
    }
}

fn index(i: usize) -> Option<u64> {
    u64::try_from(i).ok()
}

#[derive(Default)]
struct Tables {
    texts: Vec<String>,
    indices: HashMap<String, usize>,
    moments: Vec<Duration>,
}

impl Tables {
    fn text(&mut self, text: &str) -> Option<u64> {
        if let Some(&known) = self.indices.get(text) {
            return index(known);
        }
        let new = self.texts.len();
        self.texts.push(text.to_owned());
        self.indices.insert(text.to_owned(), new);
        index(new)
    }

    fn moment(&self, at: Duration) -> Option<u64> {
        self.moments.binary_search(&at).ok().and_then(index)
    }

    fn run<'a>(&mut self, run: &'a Run) -> RunData<'a> {
        let events: Vec<Row> = run
            .events
            .iter()
            .map(|event| self.row(run, event))
            .collect();
        let named: BTreeSet<TaskId> = run.events.iter().filter_map(|event| event.task).collect();
        let names = named.into_iter().filter_map(|task| {
            let name = self.text(&run.names.name(task))?;
            Some((task.number(), name))
        });
        RunData {
            label: &run.label,
            total: run.total,
            names: names.collect(),
            events,
        }
    }

    /// The numbers of the kinds are the ones that `data.js` knows. What differs from lane to lane comes last.
    fn row(&mut self, run: &Run, event: &Event) -> Row {
        let number = |task: &Option<TaskId>| task.map(TaskId::number);
        let (kind, rest) = match &event.what {
            What::Spawned { by, name, place } => {
                let name = name.as_ref().and_then(|name| self.text(name));
                let [file, line] = self.place(Some(place));
                (0, vec![number(by), name, file, line])
            }
            What::StepBegan { ready } => (1, vec![index(*ready)]),
            What::Suspended { on, state, place } => {
                let turn = u64::from(on.contains(&Wait::Turn));
                let waits = self.waits(run, on);
                let state = state.as_ref().and_then(|state| self.text(state));
                let [file, line] = self.place(place.as_ref());
                (2, vec![Some(turn), waits, state, file, line])
            }
            What::Woken { by } => {
                let (cause, number) = match by {
                    Cause::Task(task) => (0, Some(task.number())),
                    Cause::Timer(timer) => (1, Some(*timer)),
                    Cause::Elsewhere => (2, None),
                };
                (3, vec![Some(cause), number])
            }
            What::TimerArmed { timer, deadline } => (4, vec![Some(*timer), self.moment(*deadline)]),
            What::TimerFired { timer } => (5, vec![Some(*timer)]),
            What::TimerDisarmed { timer } => (6, vec![Some(*timer)]),
            What::CancelRequested { by } => (7, vec![number(by)]),
            What::Printed { label, text } => {
                let label = label.as_ref().and_then(|label| self.text(label));
                (8, vec![label, self.text(text)])
            }
            What::Ended => (9, Vec::new()),
            What::Dropped => (10, Vec::new()),
            What::Panicked { message } => (11, vec![self.text(message)]),
            What::Stuck => (12, Vec::new()),
        };
        let mut row = vec![
            self.moment(event.at),
            Some(event.step),
            number(&event.task),
            Some(kind),
        ];
        row.extend(rest);
        row
    }

    fn waits(&mut self, run: &Run, on: &[Wait]) -> Option<u64> {
        if on.is_empty() {
            return None;
        }
        let waits = on
            .iter()
            .map(|wait| wait.words(|task| run.names.name(task)));
        self.text(&waits.collect::<Vec<_>>().join(", "))
    }

    fn place(&mut self, place: Option<&Place>) -> [Option<u64>; 2] {
        let file = place.and_then(|place| self.text(&place.file));
        [file, place.map(|place| u64::from(place.line))]
    }
}
