//! What a suspended task waits for, as a recording has it.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::nanos;
use crate::info::{TaskId, TaskInfo};
use crate::reports::{Primitive, PrimitiveKind, WaitReason};

/// One thing that a suspended task waits for: what a [`WaitReason`] says, in numbers that can be written down, and [`Wait::Turn`].
///
/// # Examples
///
/// ```
/// use yield_to_await::trace::Wait;
///
/// assert_eq!(Wait::Turn.to_string(), "its next turn");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Wait {
    /// Nothing but another turn: it has yielded, and stands at the back of the ready queue.
    Turn,
    /// The end of another task.
    End(TaskId),
    /// The ends of all of these: a gather, a group. (A gather goes on earlier if one of them fails.)
    EndOfAll(Vec<TaskId>),
    /// The end of the first of these: `as_completed`, `first_completed`.
    EndOfAny(Vec<TaskId>),
    /// A value from this channel.
    Receive(PrimitiveId),
    /// Room in this channel.
    Send(PrimitiveId),
    /// This event.
    Event(PrimitiveId),
    /// A permit of this semaphore.
    Semaphore(PrimitiveId),
    /// This mutex.
    Mutex(PrimitiveId),
    /// A moment, counted from the loop's beginning; [`Duration::MAX`] is never.
    Sleep(#[serde(with = "nanos")] Duration),
    /// The time limit around the waits before it, counted from the loop's beginning.
    Timeout(#[serde(with = "nanos")] Duration),
    /// Code outside this crate that holds the task's waker, or something that it passed the waker on to.
    Elsewhere,
    /// Nothing that could ever happen: it returned `Pending`, and nobody has kept its waker.
    Nothing,
}

/// A channel, event, semaphore or mutex, by its number and name: what a [`Primitive`] is in a recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PrimitiveId {
    /// Which kind it is.
    pub kind: PrimitiveKind,
    /// Its number among those of its kind; the first is 1.
    pub number: u32,
    /// The name that `set_name` gave it.
    pub name: Option<String>,
}

impl PrimitiveId {
    /// A primitive without a name.
    ///
    /// # Examples
    ///
    /// ```
    /// use yield_to_await::PrimitiveKind;
    /// use yield_to_await::trace::PrimitiveId;
    ///
    /// let channel = PrimitiveId::new(PrimitiveKind::Channel, 2);
    /// assert_eq!(channel.to_string(), "channel 2");
    /// ```
    #[must_use]
    pub fn new(kind: PrimitiveKind, number: u32) -> Self {
        Self {
            kind,
            number,
            name: None,
        }
    }
}

impl From<&Primitive> for PrimitiveId {
    fn from(primitive: &Primitive) -> Self {
        Self {
            kind: primitive.kind(),
            number: primitive.number(),
            name: primitive.name().map(str::to_owned),
        }
    }
}

impl fmt::Display for PrimitiveId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.number)?;
        match &self.name {
            Some(name) => write!(f, " `{name}`"),
            None => Ok(()),
        }
    }
}

impl From<&WaitReason> for Wait {
    fn from(reason: &WaitReason) -> Self {
        let ids = |tasks: &[TaskInfo]| tasks.iter().map(TaskInfo::id).collect();
        match reason {
            WaitReason::End(task) => Self::End(task.id()),
            WaitReason::EndOfAll(tasks) => Self::EndOfAll(ids(tasks)),
            WaitReason::EndOfAny(tasks) => Self::EndOfAny(ids(tasks)),
            WaitReason::Receive(channel) => Self::Receive(channel.into()),
            WaitReason::Send(channel) => Self::Send(channel.into()),
            WaitReason::Event(event) => Self::Event(event.into()),
            WaitReason::Semaphore(semaphore) => Self::Semaphore(semaphore.into()),
            WaitReason::Mutex(mutex) => Self::Mutex(mutex.into()),
            WaitReason::Sleep(until) => Self::Sleep(*until),
            WaitReason::Timeout(until) => Self::Timeout(*until),
            WaitReason::Elsewhere => Self::Elsewhere,
            WaitReason::Nothing => Self::Nothing,
        }
    }
}

impl Wait {
    /// The wait in words, short enough for a chart. Of a task `call` says what to call it.
    #[must_use]
    pub fn words(&self, call: impl Fn(TaskId) -> String) -> String {
        let list = |tasks: &[TaskId]| {
            let mut names: Vec<String> = tasks.iter().take(FEW).map(|id| call(*id)).collect();
            if tasks.len() > FEW {
                names.push(format!("{} more", tasks.len() - FEW));
            }
            names.join(", ")
        };
        match self {
            Self::Turn => "its next turn".to_owned(),
            Self::End(task) => format!("the end of {}", call(*task)),
            Self::EndOfAll(tasks) => format!("the end of all of {}", list(tasks)),
            Self::EndOfAny(tasks) => format!("the end of any of {}", list(tasks)),
            Self::Receive(channel) => format!("a value from {channel}"),
            Self::Send(channel) => format!("room in {channel}"),
            Self::Event(event) => format!("{event} to be set"),
            Self::Semaphore(semaphore) => format!("a permit of {semaphore}"),
            Self::Mutex(mutex) => format!("the lock of {mutex}"),
            Self::Sleep(Duration::MAX) => "a moment that never comes".to_owned(),
            Self::Sleep(until) => format!("the clock to reach {until:?}"),
            Self::Timeout(Duration::MAX) => "within a timeout that never passes".to_owned(),
            Self::Timeout(until) => format!("within a timeout until {until:?}"),
            Self::Elsewhere => "code outside this crate".to_owned(),
            Self::Nothing => "nothing: nobody has kept its waker".to_owned(),
        }
    }
}

/// A list that may be long: so many are named.
const FEW: usize = 10;

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words(|id| id.to_string()))
    }
}
