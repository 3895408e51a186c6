//! Tasks and timers, as a replay finds them at some moment.

use std::time::Duration;

use super::place::Place;
use super::wait::Wait;
use crate::info::TaskId;

/// A task at some moment of a [`Replay`](super::Replay).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReplayedTask<'a> {
    /// Its number.
    pub id: TaskId,
    /// The name that it was given. [`Replay::name`](super::Replay::name) is what to call it.
    pub name: Option<&'a str>,
    /// The task that spawned it; `None` for the root.
    pub spawned_by: Option<TaskId>,
    /// The line that spawned it; `None` if the recording does not have its beginning.
    pub spawned_at: Option<&'a Place>,
    /// How it stands.
    pub standing: Standing<'a>,
    /// The state of its hand-written machine when it was last suspended, if it names it.
    pub state: Option<&'a str>,
    /// Where it stood when it was last suspended.
    pub place: Option<&'a Place>,
    /// The steps that it has begun.
    pub steps: u64,
}

/// How a task stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing<'a> {
    /// It stands in the ready queue.
    Ready,
    /// It has the turn.
    Running,
    /// It waits for the first of these to happen.
    Waiting(&'a [Wait]),
    /// Its cancellation was requested: it stands in the ready queue to be dropped, or is being dropped.
    Leaving,
    /// It has returned its value.
    Ended,
    /// It was dropped.
    Dropped,
    /// It has panicked.
    Panicked,
}

impl Standing<'_> {
    /// Whether it has ended, in whichever way.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Ended | Self::Dropped | Self::Panicked)
    }
}

/// A timer that is armed, at some moment of a [`Replay`](super::Replay).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ArmedTimer {
    /// Its number.
    pub timer: u64,
    /// When it is to fire.
    pub deadline: Duration,
    /// Whom it is to wake, if the loop knows.
    pub task: Option<TaskId>,
}
