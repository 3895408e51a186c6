//! What running a program gives, and how it differs from what it should have given.

use std::fmt;

use yield_to_await::programs::{self, Line};
use yield_to_await::{Counts, Report};

use crate::outcome::{Outcome, render};
use crate::program::Program;

/// The lines of a trace while it is being written. Clones write to the same one.
///
/// The crate's own log underneath stamps them: in lane 1 the time is asked for through a `Co`, which destructors do not have.
#[derive(Clone, Default)]
pub(crate) struct Log(programs::Log);

impl Log {
    pub(crate) fn write(&self, path: &str, event: impl fmt::Display) {
        self.0.say(path, event);
    }

    /// Takes what has been written.
    pub(crate) fn take(&self) -> Vec<String> {
        let line = |Line { at, task, text }| format!("{} {task} {text}", at.as_millis());
        self.0.take().into_iter().map(line).collect()
    }
}

/// What a program did in a lane.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) trace: Vec<String>,
    pub(crate) result: String,
    pub(crate) counts: Counts,
}

impl Run {
    pub(crate) fn new(log: &Log, report: Report<Outcome>) -> Self {
        Self {
            trace: log.take(),
            result: report
                .outcome
                .map_or_else(|d| d.to_string(), |o| render(&o)),
            counts: report.counts,
        }
    }
}

/// A program that did not do what it should have done.
pub(crate) struct Difference<'a> {
    program: &'a Program,
    run: Run,
}

impl<'a> Difference<'a> {
    pub(crate) fn find(program: &'a Program, run: Run) -> Option<Self> {
        let expected = &program.source;
        let same = run.trace == expected.trace && run.result == expected.result;
        (!same).then_some(Self { program, run })
    }

    pub(crate) fn id(&self) -> &'a str {
        &self.program.source.id
    }
}

/// The program, and the two traces beside each other; the first line that differs is marked.
impl fmt::Display for Difference<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {}", self.id(), self.program)?;
        let with_result = |trace: &[String], result: &str| {
            let mut lines = trace.to_vec();
            lines.push(format!("result {result}"));
            lines
        };
        let Self { program, run } = self;
        let expected = with_result(&program.source.trace, &program.source.result);
        let actual = with_result(&run.trace, &run.result);

        let rows = expected.len().max(actual.len());
        let first = (0..rows).find(|&row| expected.get(row) != actual.get(row));
        let width = expected.iter().map(|line| line.chars().count()).max();
        let width = width.unwrap_or(0).max("expected".len());
        writeln!(f, "  {:width$} | actual", "expected")?;
        for row in 0..rows {
            let mark = if Some(row) == first { '>' } else { ' ' };
            let line = |lines: &[String]| lines.get(row).cloned().unwrap_or_default();
            writeln!(f, "{mark} {:width$} | {}", line(&expected), line(&actual))?;
        }
        Ok(())
    }
}
