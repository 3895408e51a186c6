//! What a task is doing, and what it waits for.

use std::fmt;
use std::panic::Location;
use std::time::Duration;

use super::primitive::Primitive;
use crate::info::{TaskId, TaskInfo};
use crate::marks::Marks;

/// A task at a moment: who it is, whether it runs, is ready or waits, and for what.
///
/// `tasks()` gives it for every live task; the [`Deadlock`](crate::Deadlock) report and the [`Report`](crate::Report) of a run have it, too.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, TaskState, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     drop(aw::spawn_named("sleeper", aw::sleep(Duration::from_secs(5))));
///     aw::sleep(Duration::from_secs(1)).await;
///     let tasks = aw::tasks();
///     assert_eq!(tasks[0].state(), TaskState::Running);
///     assert_eq!(tasks[1].state(), TaskState::Waiting);
///     assert_eq!(tasks[1].since(), Some(Duration::ZERO));
///     assert!(tasks[1].to_string().ends_with("has waited since 0ns for the clock to reach 5s"));
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskStatus {
    pub(crate) info: TaskInfo,
    pub(crate) state: TaskState,
    pub(crate) since: Option<Duration>,
    pub(crate) waits: Vec<WaitReason>,
}

/// Whether a task has the turn, has one to come, or waits for something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TaskState {
    /// It is its turn.
    Running,
    /// It stands in the ready queue.
    Ready,
    /// It waits.
    Waiting,
    /// It was cancelled, or the loop is closing, and it is to be dropped.
    Leaving,
}

impl TaskState {
    /// The state of a task that has not got the turn.
    pub(crate) fn of_waiting(marks: Marks, is_closing: bool) -> Self {
        if marks.is_cancelled() || is_closing {
            return Self::Leaving;
        }
        match marks.is_queued() {
            true => Self::Ready,
            false => Self::Waiting,
        }
    }
}

/// One thing that a task waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitReason {
    /// The end of another task.
    End(TaskInfo),
    /// The ends of all of these: a gather, a group. (A gather goes on earlier if one of them fails.)
    EndOfAll(Vec<TaskInfo>),
    /// The end of the first of these: `as_completed`, `first_completed`.
    EndOfAny(Vec<TaskInfo>),
    /// A value from this channel.
    Receive(Primitive),
    /// Room in this channel.
    Send(Primitive),
    /// This event.
    Event(Primitive),
    /// A permit of this semaphore.
    Semaphore(Primitive),
    /// This mutex.
    Mutex(Primitive),
    /// A moment, counted from the loop's beginning; [`Duration::MAX`] is never.
    Sleep(Duration),
    /// The time limit around the waits before it, counted from the loop's beginning.
    Timeout(Duration),
    /// Code outside this crate that holds the task's waker, or something that it passed the waker on to.
    Elsewhere,
    /// Nothing that could ever happen: it returned `Pending`, and nobody has kept its waker.
    Nothing,
}

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End(task) => write!(f, "the end of {task}"),
            Self::EndOfAll(tasks) => write!(f, "the end of all of {}", Few(tasks)),
            Self::EndOfAny(tasks) => write!(f, "the end of any of {}", Few(tasks)),
            Self::Receive(channel) => write!(f, "a value from {channel}"),
            Self::Send(channel) => write!(f, "room in {channel}"),
            Self::Event(event) => write!(f, "{event} to be set"),
            Self::Semaphore(semaphore) => write!(f, "a permit of {semaphore}"),
            Self::Mutex(mutex) => write!(f, "the lock of {mutex}"),
            Self::Sleep(Duration::MAX) => f.write_str("a moment that never comes"),
            Self::Sleep(until) => write!(f, "the clock to reach {:?}", rounded(*until)),
            Self::Timeout(Duration::MAX) => f.write_str("within a timeout that never passes"),
            Self::Timeout(until) => write!(f, "within a timeout until {:?}", rounded(*until)),
            Self::Elsewhere => f.write_str("code outside this crate that holds its waker"),
            Self::Nothing => {
                f.write_str("nothing: it returned `Pending`, and nobody has kept its waker")
            }
        }
    }
}

impl WaitReason {
    /// The primitive that is waited for, if it is one.
    #[must_use]
    pub fn primitive(&self) -> Option<&Primitive> {
        match self {
            Self::Receive(primitive)
            | Self::Send(primitive)
            | Self::Event(primitive)
            | Self::Semaphore(primitive)
            | Self::Mutex(primitive) => Some(primitive),
            _ => None,
        }
    }
}

impl TaskStatus {
    /// Who the task is.
    #[must_use]
    pub fn info(&self) -> &TaskInfo {
        &self.info
    }

    /// The task's number.
    #[must_use]
    pub fn id(&self) -> TaskId {
        self.info.id()
    }

    /// The task's name, if it was given one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.info.name()
    }

    /// Where the task was spawned.
    #[must_use]
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.info.spawned_at()
    }

    /// Whether it runs, is ready or waits.
    #[must_use]
    pub fn state(&self) -> TaskState {
        self.state
    }

    /// When the oldest of its waits began, counted from the loop's beginning. On the real clock it is the moment when the clock was last read before that: the loop
    /// reads it when it gets up and, as long as a timer is armed, in every round.
    ///
    /// `None` if it does not wait for anything of this crate's.
    #[must_use]
    pub fn since(&self) -> Option<Duration> {
        self.since
    }

    /// What it waits for, in the order in which the waits began, then the time limits around them, the inner one first. Empty unless it waits.
    ///
    /// Of several waits only the task itself knows whether it needs one of them (a `select!`) or all (a `join!`).
    #[must_use]
    pub fn waits(&self) -> &[WaitReason] {
        &self.waits
    }
}

impl fmt::Display for TaskStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}, {}, ", self.info, self.info.origin())?;
        match self.state {
            TaskState::Running => return f.write_str("runs"),
            TaskState::Ready => return f.write_str("is ready"),
            TaskState::Leaving => return f.write_str("is to be dropped"),
            TaskState::Waiting => {}
        }
        match self.since {
            Some(since) => write!(f, "has waited since {:?} for ", rounded(since))?,
            None => f.write_str("waits for ")?,
        }
        for (i, wait) in self.waits.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{wait}")?;
        }
        Ok(())
    }
}

/// What is finer than a microsecond is noise, after the first few.
fn rounded(moment: Duration) -> Duration {
    match u64::try_from(moment.as_micros()) {
        Ok(micros) if micros >= 1000 => Duration::from_micros(micros),
        _ => moment,
    }
}

/// A list that may be long: the first ten, and how many more.
pub(super) struct Few<'a, T>(pub(super) &'a [T]);

const FEW: usize = 10;

impl<T: fmt::Display> fmt::Display for Few<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, item) in self.0.iter().take(FEW).enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{item}")?;
        }
        match self.0.len().saturating_sub(FEW) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}
