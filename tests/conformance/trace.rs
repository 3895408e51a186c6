//! What running a program gives, and how it differs from what it should have given.

use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use yield_to_await::programs::{self, Line};
use yield_to_await::trace::{Event, Recorder, Recording};
use yield_to_await::{Clock, Counts, Deadlock, Holder, Link, Report, Setup};

use crate::outcome::{Outcome, render};
use crate::program::Program;
use crate::world::{Lane, World};

/// The lines of a trace while it is being written, and what the loop tells of the run. Clones write to the same one.
#[derive(Clone, Default)]
pub(crate) struct Log {
    /// The crate's own log stamps the lines: in lane 1 the time is asked for through a `Co`, which destructors do not have.
    lines: programs::Log,
    recorder: Recorder,
}

impl Log {
    pub(crate) fn write(&self, path: &str, event: impl fmt::Display) {
        self.lines.say(path, event);
    }

    /// Takes what has been written.
    pub(crate) fn take(&self) -> Vec<String> {
        let line = |Line { at, task, text }| format!("{} {task} {text}", at.as_millis());
        self.lines.take().into_iter().map(line).collect()
    }

    /// For the run that is to be written down. Under Miri it is not: a run takes minutes there as it is.
    pub(crate) fn setup(&self, clock: Clock) -> Setup {
        let setup = Setup::new().clock(clock);
        match cfg!(miri) {
            true => setup,
            false => setup.record(&self.recorder),
        }
    }
}

/// What a program did in a lane.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) trace: Vec<String>,
    pub(crate) result: String,
    pub(crate) counts: Counts,
    pub(crate) elapsed: Duration,
    /// What the loop told, without the places, which are the lane's own.
    pub(crate) recording: Recording,
    /// What should have been gone at the end; see [`World::left_behind`].
    pub(crate) left_behind: Vec<String>,
}

/// The result of a run that panicked.
const PANICKED: &str = "panicked";

impl Run {
    pub(crate) fn new<L: Lane>(world: Rc<World<L>>, report: Report<Outcome>) -> Self {
        Self {
            trace: world.log.take(),
            result: report
                .outcome
                .map_or_else(|stuck| render_stuck(&stuck), |o| render(&o)),
            counts: report.counts,
            elapsed: report.elapsed,
            recording: world.log.recorder.take().without_places(),
            left_behind: world.left_behind(),
        }
    }

    pub(crate) fn panicked(log: &Log) -> Self {
        Self {
            trace: log.take(),
            result: PANICKED.to_owned(),
            counts: Counts::default(),
            elapsed: Duration::ZERO,
            recording: Recording::default(),
            left_behind: Vec::new(),
        }
    }

    pub(crate) fn has_panicked(&self) -> bool {
        self.result == PANICKED
    }

    pub(crate) fn is_stuck(&self) -> bool {
        self.result.starts_with(STUCK)
    }

    /// All of it, for comparing runs of which none is given.
    fn lines(&self) -> Vec<String> {
        let Counts { steps, spawns, .. } = self.counts;
        let work = format!("{steps} steps, {spawns} spawns, {:?}", self.elapsed);
        let mut lines = with_result(&self.trace, &self.result);
        lines.push(work);
        lines.extend(self.recording.iter().map(event_line));
        lines.extend(self.left_behind.iter().cloned());
        lines
    }
}

fn event_line(event: &Event) -> String {
    let task = event.task.map_or("-".to_owned(), |task| task.to_string());
    let (at, step) = (event.at, event.step);
    format!("{at:?}, step {step}, {task}: {:?}", event.what)
}

const STUCK: &str = "stuck";

/// A deadlock in one line. Where the tasks were spawned is left out: every lane has its own place for that.
fn render_stuck(deadlock: &Deadlock) -> String {
    let tasks = deadlock.tasks().iter().map(|task| {
        let waits: Vec<String> = task.waits().iter().map(ToString::to_string).collect();
        format!(
            "{} since {:?}: {}",
            task.info(),
            task.since(),
            waits.join(", ")
        )
    });
    let held = deadlock.primitives().iter().map(|held| {
        let names = |holders: &[Holder]| -> Vec<String> {
            holders.iter().map(ToString::to_string).collect()
        };
        let (holders, snoozed) = (names(held.holders()), names(held.snoozed()));
        let ends = held.other_ends();
        format!("{}: {holders:?} {snoozed:?} {ends}", held.primitive())
    });
    let lines: Vec<String> = tasks.chain(held).collect();
    let cycle: Vec<String> = deadlock.cycle().iter().map(Link::to_string).collect();
    let kind = deadlock.kind();
    format!("{STUCK} ({kind:?}, circle {cycle:?}): {}", lines.join("; "))
}

fn with_result(trace: &[String], result: &str) -> Vec<String> {
    let mut lines = trace.to_vec();
    lines.push(format!("result {result}"));
    lines
}

/// A program that did not do what it should have done.
pub(crate) struct Difference<'a> {
    program: &'a Program,
    headings: [&'a str; 2],
    expected: Vec<String>,
    actual: Vec<String>,
}

impl<'a> Difference<'a> {
    /// From what is recorded.
    pub(crate) fn find(program: &'a Program, run: &Run) -> Option<Self> {
        let expected = &program.source;
        let expected = with_result(&expected.trace, &expected.result);
        let mut actual = with_result(&run.trace, &run.result);
        actual.extend(run.left_behind.iter().cloned());
        (expected != actual).then_some(Self {
            program,
            headings: ["expected", "actual"],
            expected,
            actual,
        })
    }

    /// Of two runs of a program.
    pub(crate) fn between(
        program: &'a Program,
        [first, second]: [(&'a str, &Run); 2],
    ) -> Option<Self> {
        (first.1 != second.1).then(|| Self {
            program,
            headings: [first.0, second.0],
            expected: first.1.lines(),
            actual: second.1.lines(),
        })
    }

    pub(crate) fn id(&self) -> &'a str {
        &self.program.source.id
    }
}

/// The program, and the two traces beside each other; the first line that differs is marked.
impl fmt::Display for Difference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            program,
            headings: [left, right],
            expected,
            actual,
        } = self;
        writeln!(f, "{}: {program}", self.id())?;
        let rows = expected.len().max(actual.len());
        let first = (0..rows).find(|&row| expected.get(row) != actual.get(row));
        let width = expected.iter().map(|line| line.chars().count()).max();
        let width = width.unwrap_or(0).max(left.len());
        writeln!(f, "  {left:width$} | {right}")?;
        for row in 0..rows {
            let mark = if Some(row) == first { '>' } else { ' ' };
            let line = |lines: &[String]| lines.get(row).cloned().unwrap_or_default();
            writeln!(f, "{mark} {:width$} | {}", line(expected), line(actual))?;
        }
        Ok(())
    }
}
