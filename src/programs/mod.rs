//! The same programs in every lane: one file a program, its three forms one under the other.
//!
//! The forms stand in the order of the lanes. Who knows async/await already may read a page from its end: the async form first, then the machine that
//! it becomes, for which [`state_machines`](crate::state_machines) has a word on `poll` and `Pin`. [`PROGRAMS`] is the one table that tests, benches and examples iterate;
//! those that never come to an end have their own, [`DEADLOCKS`].

use std::fmt;
use std::time::Duration;

pub use self::deadlocks::DEADLOCKS;
pub use self::log::{Line, Log};
use crate::reports::{Deadlock, Exit};
use crate::runner::{Counts, Report, Setup};

pub mod awaiting;
pub mod background_task;
pub mod cancel;
pub mod completion_order;
pub mod concurrent;
pub mod countdown;
pub mod create_task;
pub mod deadline;
pub mod deadlocks;
pub mod delegation;
pub mod first_of_many;
pub mod gather_results;
mod last_word;
pub mod left_behind;
mod log;
pub mod nested_await;
pub mod nothing;
pub mod ping_pong;
pub mod pipeline;
pub mod round_robin;
pub mod running_average;
pub mod say_after;
pub mod sequential;
pub mod siblings;
pub mod ticker;
pub mod tree_walk;

/// Every program, in the order in which a reader should meet them.
pub const PROGRAMS: &[Program] = &[
    nothing::PROGRAM,
    awaiting::PROGRAM,
    sequential::PROGRAM,
    nested_await::PROGRAM,
    concurrent::PROGRAM,
    gather_results::PROGRAM,
    completion_order::PROGRAM,
    create_task::PROGRAM,
    background_task::PROGRAM,
    say_after::PROGRAM,
    running_average::PROGRAM,
    delegation::PROGRAM,
    countdown::PROGRAM,
    round_robin::PROGRAM,
    ping_pong::PROGRAM,
    pipeline::PROGRAM,
    first_of_many::PROGRAM,
    deadline::PROGRAM,
    cancel::PROGRAM,
    siblings::PROGRAM,
    left_behind::PROGRAM,
    ticker::PROGRAM,
    tree_walk::PROGRAM,
];

/// A program of one lane: runs on a loop that it begins itself, writes its lines to the log, and returns its value as text.
pub type Form = fn(Setup, Log, usize) -> Report<String>;

/// A program, in every lane.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Program {
    /// Its name, which is also the name of its file.
    pub name: &'static str,
    /// What it shows, in a line.
    pub shows: &'static str,
    /// The sizes that it is tested in. What a size means, the program's docs say.
    pub sizes: &'static [usize],
    /// The programs of the source documents that it plays, each with the size to play it in.
    pub seeds: &'static [(&'static str, usize)],
    /// What CPython prints, for the sizes that are worth reading; of one of the [`DEADLOCKS`], the reports.
    pub recording: &'static str,
    /// Lane 1.
    pub generators: Form,
    /// Lane 2.
    pub state_machines: Form,
    /// Lane 3.
    pub async_await: Form,
}

/// One of the three ways to write a coroutine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Lane 1, [`crate::generators`].
    Generators,
    /// Lane 2, [`crate::state_machines`].
    StateMachines,
    /// Lane 3, [`crate::async_await`].
    AsyncAwait,
}

impl Lane {
    /// The three lanes, in reading order.
    pub const ALL: [Self; 3] = [Self::Generators, Self::StateMachines, Self::AsyncAwait];

    /// The name of the lane's module.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Generators => "generators",
            Self::StateMachines => "state_machines",
            Self::AsyncAwait => "async_await",
        }
    }
}

impl fmt::Display for Lane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What a program did.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Run {
    /// The lines it wrote.
    pub trace: Vec<Line>,
    /// What it returned.
    pub value: String,
    /// Steps and spawns.
    pub counts: Counts,
    /// The loop's time at the end.
    pub elapsed: Duration,
    /// What it left behind. The places in it are the lane's own.
    pub exit: Exit,
}

/// What CPython's asyncio did with a program in one size: one section of [`Program::recording`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Expected {
    /// The size; `None` if the program has only one.
    pub size: Option<usize>,
    /// What it returned.
    pub value: String,
    /// The lines it wrote, as [`Line`] displays them.
    pub trace: Vec<String>,
}

impl Program {
    /// Looks a program up in [`PROGRAMS`].
    ///
    /// # Examples
    ///
    /// ```
    /// use yield_to_await::programs::Program;
    ///
    /// assert_eq!(Program::find("countdown").unwrap().name, "countdown");
    /// assert!(Program::find("no such program").is_none());
    /// ```
    #[must_use]
    pub fn find(name: &str) -> Option<&'static Self> {
        PROGRAMS.iter().find(|program| program.name == name)
    }

    /// The program as one lane has it.
    ///
    /// # Examples
    ///
    /// Without the prints, for a measurement:
    ///
    /// ```
    /// use yield_to_await::programs::{Lane, Log, Program};
    /// use yield_to_await::{Clock, Setup};
    ///
    /// let form = Program::find("round_robin").unwrap().form(Lane::AsyncAwait);
    /// let report = form(Setup::new().clock(Clock::Simulated), Log::muted(), 40);
    /// assert_eq!(report.outcome.unwrap(), "120");
    /// ```
    #[must_use]
    pub fn form(&self, lane: Lane) -> Form {
        match lane {
            Lane::Generators => self.generators,
            Lane::StateMachines => self.state_machines,
            Lane::AsyncAwait => self.async_await,
        }
    }

    /// Runs the program.
    ///
    /// # Errors
    ///
    /// [`Deadlock`], if it can make no progress.
    ///
    /// # Examples
    ///
    /// ```
    /// use yield_to_await::programs::{Lane, Program};
    /// use yield_to_await::{Clock, Setup};
    ///
    /// let countdown = Program::find("countdown").unwrap();
    /// let setup = Setup::new().clock(Clock::Simulated);
    /// let run = countdown.run(Lane::Generators, setup, 3)?;
    /// assert_eq!(run.trace[0].to_string(), "    0 ms  a         a 2");
    /// assert_eq!(run.value, "['C', 'A', 'B']");
    /// # Ok::<(), yield_to_await::Deadlock>(())
    /// ```
    pub fn run(&self, lane: Lane, setup: Setup, size: usize) -> Result<Run, Deadlock> {
        let log = Log::new();
        let report = self.form(lane)(setup, log.clone(), size);
        Ok(Run {
            value: report.outcome?,
            trace: log.take(),
            counts: report.counts,
            elapsed: report.elapsed,
            exit: report.exit,
        })
    }

    /// What CPython did, in each of the sizes that are worth reading.
    ///
    /// # Examples
    ///
    /// ```
    /// use yield_to_await::programs::Program;
    ///
    /// let expected = Program::find("sequential").unwrap().expected();
    /// assert_eq!(expected[0].size, Some(2));
    /// assert_eq!(expected[0].trace[0], "    0 ms  main      task1 starts");
    /// ```
    #[must_use]
    pub fn expected(&self) -> Vec<Expected> {
        let sections = self.recording.split("\n\n");
        sections.filter_map(Expected::parse).collect()
    }
}

impl Expected {
    /// Reads a headline (`size 2, value None`, or `value None`) and the trace below it.
    fn parse(section: &str) -> Option<Self> {
        let mut lines = section.lines();
        let headline = lines.next()?;
        let (size, value) = headline.split_once("value ")?;
        let size = size
            .strip_prefix("size ")
            .and_then(|size| size.split(',').next());
        let trace = lines.filter(|line| *line != "(prints nothing)");
        Some(Self {
            size: size.and_then(|size| size.parse().ok()),
            value: value.to_owned(),
            trace: trace.map(str::to_owned).collect(),
        })
    }
}

/// A list as Python prints it, which is how the programs print theirs: `['a', 'b']`, `[1, 2]`.
fn python_list<T: fmt::Debug>(items: &[T]) -> String {
    format!("{items:?}").replace('"', "'")
}
