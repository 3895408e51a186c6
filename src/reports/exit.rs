//! What a run leaves behind: tasks that had not ended, failures that nobody read, steps that held the turn too long.

use std::cell::RefCell;
use std::fmt;
use std::ops::Deref;
use std::time::{Duration, Instant};

use super::status::TaskStatus;
use crate::info::TaskInfo;
use crate::key::Key;

/// What was left when a run was over, in the [`Report`](crate::Report) of `run_with`. Its `Display` is the exit report, a line for each; it is empty if nothing
/// was left. The library itself prints nothing.
///
/// Of each list the first hundred are kept, and all are counted.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, Setup, async_await as aw};
///
/// let report = aw::run_with(Setup::new().clock(Clock::Simulated), async {
///     drop(aw::spawn_named("forgotten", aw::Event::new().wait()));
///     drop(aw::spawn_named("unlucky", async { panic!("no luck") }));
///     aw::yield_now().await;
/// });
/// assert_eq!(report.exit.pending[0].name(), Some("forgotten"));
/// assert_eq!(report.exit.unread[0].message(), "the task panicked: no luck");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Exit {
    /// Tasks that were dropped because the root had ended, as they were at that moment, oldest first. Empty after a deadlock: they are in
    /// [`Deadlock::tasks`](crate::Deadlock::tasks) then.
    pub pending: Listing<TaskStatus>,
    /// Tasks that panicked, or failed a `try_gather` or a group, and whose outcome was dropped by its last handle without having been read. That a value is an error is known only
    /// where a combinator asks for a `Result`.
    #[doc(alias = "Task exception was never retrieved")]
    pub unread: Listing<Unread>,
    /// Turns that took as long as [`Setup::slow_step`](crate::Setup::slow_step) says, or longer.
    pub slow_steps: Listing<SlowStep>,
}

/// The first hundred of what may be many, and how many there were. It is a slice of those that are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing<T> {
    listed: Vec<T>,
    total: usize,
}

impl<T> Listing<T> {
    pub(crate) const MOST: usize = 100;

    const fn new() -> Self {
        Self {
            listed: Vec::new(),
            total: 0,
        }
    }

    pub(crate) fn of(listed: Vec<T>, total: usize) -> Self {
        Self { listed, total }
    }

    pub(crate) fn add(&mut self, item: impl FnOnce() -> T) {
        if self.listed.len() < Self::MOST {
            self.listed.push(item());
        }
        self.total += 1;
    }

    /// How many are not listed.
    fn more(&self) -> usize {
        self.total - self.listed.len()
    }

    /// How many there were, those that are not listed among them.
    #[must_use]
    pub fn total(&self) -> usize {
        self.total
    }
}

impl<T> Default for Listing<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for Listing<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &self.listed
    }
}

impl Exit {
    pub(crate) const fn new() -> Self {
        Self {
            pending: Listing::new(),
            unread: Listing::new(),
            slow_steps: Listing::new(),
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut first = true;
        let mut line = |f: &mut fmt::Formatter<'_>, what: &dyn fmt::Display| {
            let newline = if first { "" } else { "\n" };
            first = false;
            write!(f, "{newline}{what}")
        };
        for task in self.pending.iter() {
            line(f, &format_args!("still pending: {task}"))?;
        }
        for failure in self.unread.iter() {
            line(f, &format_args!("never read: {failure}"))?;
        }
        for step in self.slow_steps.iter() {
            line(f, &format_args!("slow: {step}"))?;
        }
        let more = [
            ("still pending", self.pending.more()),
            ("never read", self.unread.more()),
            ("slow", self.slow_steps.more()),
        ];
        for (what, more) in more.iter().filter(|(_, more)| *more > 0) {
            line(f, &format_args!("{what}: {more} more"))?;
        }
        Ok(())
    }
}

/// A failure that nobody read: asyncio's "Task exception was never retrieved".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    task: TaskInfo,
    message: String,
}

impl Unread {
    pub(crate) fn new(task: TaskInfo, message: String) -> Self {
        Self { task, message }
    }

    /// The task that failed.
    #[must_use]
    pub fn task(&self) -> &TaskInfo {
        &self.task
    }

    /// What its handle would have said.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { task, message } = self;
        write!(f, "{task}, {}: {message}", task.origin())
    }
}

/// A turn that took long: nobody else had one meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlowStep {
    task: TaskInfo,
    step: u64,
    took: Duration,
}

impl SlowStep {
    /// The task whose turn it was.
    #[must_use]
    pub fn task(&self) -> &TaskInfo {
        &self.task
    }

    /// Which step of the run it was; the first is 1. For a turn that dropped a cancelled task: the step before.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.step
    }

    /// How long it took, by the machine's clock, on either clock of the loop.
    #[must_use]
    pub fn took(&self) -> Duration {
        self.took
    }
}

impl fmt::Display for SlowStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { task, step, took } = self;
        write!(
            f,
            "step {step}, of {task}, {}, held the turn for {took:?}",
            task.origin()
        )
    }
}

/// Measures a turn.
#[derive(Debug)]
pub(crate) struct Stopwatch {
    pub(crate) limit: Duration,
    pub(crate) task: TaskInfo,
    pub(crate) step: u64,
    pub(crate) began: Instant,
}

impl Stopwatch {
    /// The turn is over, or has panicked.
    pub(crate) fn stop(self, exit: &RefCell<Exit>) {
        let took = self.began.elapsed();
        if took >= self.limit {
            let Self { task, step, .. } = self;
            exit.borrow_mut()
                .slow_steps
                .add(|| SlowStep { task, step, took });
        }
    }
}

/// What is remembered of a turn that is watched, until it is over.
#[derive(Debug)]
pub(crate) struct Watch {
    /// Whose step it is, if it is one.
    pub(crate) step: Option<Key>,
    pub(crate) stopwatch: Option<Stopwatch>,
}

impl Watch {
    /// The turn is over, or has panicked. Whose step it was, if it was one.
    pub(crate) fn stop(self, exit: &RefCell<Exit>) -> Option<Key> {
        if let Some(stopwatch) = self.stopwatch {
            stopwatch.stop(exit);
        }
        self.step
    }
}
