//! Channels, events, semaphores and mutexes, as reports name them.

use std::fmt;
use std::panic::Location;

use serde::{Deserialize, Serialize};

use super::sign::{Sign, Want};
use super::status::Few;
use crate::info::{Name, TaskId, TaskInfo};

/// A channel, an event, a semaphore or a mutex, as reports name it.
///
/// Each kind is numbered from 1, in the order in which they were made; the numbers begin again with each run. `set_name` gives one a name.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, PrimitiveKind, WaitReason, async_await as aw};
///
/// let deadlock = aw::try_run_on(Clock::Simulated, async {
///     let ready = aw::Event::new();
///     ready.set_name("ready");
///     ready.wait().await;
/// })
/// .unwrap_err();
/// let WaitReason::Event(event) = &deadlock.tasks()[0].waits()[0] else { panic!() };
/// assert_eq!((event.kind(), event.number(), event.name()), (PrimitiveKind::Event, 1, Some("ready")));
/// assert_eq!(event.to_string(), "event 1 `ready`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Primitive {
    pub(crate) kind: PrimitiveKind,
    pub(crate) number: u32,
    pub(crate) name: Option<Name>,
    pub(crate) made_at: &'static Location<'static>,
}

/// The kinds of primitives, each numbered on its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PrimitiveKind {
    /// A `channel` or an `unbounded` one.
    Channel,
    /// An `Event`.
    Event,
    /// A `Semaphore`.
    Semaphore,
    /// A `Mutex`.
    Mutex,
}

impl Primitive {
    /// Which kind it is.
    #[must_use]
    pub fn kind(&self) -> PrimitiveKind {
        self.kind
    }

    /// Its number among those of its kind; the first is 1.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The name that `set_name` gave it.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_ref().map(|name| name.as_str())
    }

    /// The line that made it.
    #[must_use]
    pub fn made_at(&self) -> &'static Location<'static> {
        self.made_at
    }
}

impl fmt::Display for PrimitiveKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Channel => "channel",
            Self::Event => "event",
            Self::Semaphore => "semaphore",
            Self::Mutex => "mutex",
        })
    }
}

impl fmt::Display for Primitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.number)?;
        match &self.name {
            Some(name) => write!(f, " `{name}`"),
            None => Ok(()),
        }
    }
}

/// A primitive that is waited for, and who could end the wait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrimitiveStatus {
    primitive: Primitive,
    want: Want,
    holders: Vec<Holder>,
    pub(crate) snoozed: Vec<Holder>,
    others: usize,
    /// Whether somebody could end the wait who holds nothing.
    is_open: bool,
}

/// Who has something that others wait for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Holder {
    /// A live task.
    Task(TaskInfo),
    /// A task that has ended, and left it somewhere. Only the number is known: its name went with it.
    Ended(TaskId),
    /// No task of this run.
    Outside,
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Task(info) => write!(f, "{info}"),
            Self::Ended(id) => write!(f, "{id}, which has ended"),
            Self::Outside => f.write_str("none of these tasks"),
        }
    }
}

impl PrimitiveStatus {
    pub(crate) fn new(
        primitive: Primitive,
        sign: &Sign,
        holders: Vec<Holder>,
        others: usize,
    ) -> Self {
        Self {
            primitive,
            want: sign.want,
            is_open: sign.is_open(),
            holders,
            snoozed: Vec::new(),
            others,
        }
    }

    /// What is waited for.
    #[must_use]
    pub fn primitive(&self) -> &Primitive {
        &self.primitive
    }

    /// Who has locked the mutex, or acquired the permits of the semaphore. A guard that has been handed to another task still counts as that of the
    /// task that locked.
    #[must_use]
    pub fn holders(&self) -> &[Holder] {
        &self.holders
    }

    /// Whose future came first among the waiters and was handed the lock, the permit or the value's place, so that nobody else gets it, and has not been polled since: it
    /// was put aside, in a `select!` that went another way for example ("futurelock"). The cure is to drop it, or to go on polling it.
    #[must_use]
    pub fn snoozed(&self) -> &[Holder] {
        &self.snoozed
    }

    /// Of a channel: how many ends there are on the other side, senders if a value is waited for.
    #[must_use]
    pub fn other_ends(&self) -> usize {
        match self.want {
            Want::Value | Want::Room => self.others,
            Want::Set | Want::Permit | Want::Lock => 0,
        }
    }

    /// The tasks that could end the wait, `None` for whoever is no live task.
    pub(crate) fn tasks(&self) -> impl Iterator<Item = Option<TaskId>> {
        let all = self.holders.iter().chain(&self.snoozed);
        let all = all.map(|holder| match holder {
            Holder::Task(info) => Some(info.id()),
            _ => None,
        });
        let nobody = self.holders.is_empty() && self.snoozed.is_empty();
        all.chain((nobody || self.is_open).then_some(None))
    }
}

impl fmt::Display for PrimitiveStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            primitive, others, ..
        } = self;
        write!(f, "{primitive}, made at {}, ", primitive.made_at())?;
        if !self.snoozed.is_empty() {
            f.write_str("was handed to a future that has not been polled since, of ")?;
            return write!(f, "{}", Few(&self.snoozed));
        }
        let open = |end: &str| match others {
            1 => format!("and open: 1 {end} is left"),
            n => format!("and open: {n} {end}s are left"),
        };
        match self.want {
            Want::Value => write!(f, "is empty, {}", open("sender")),
            Want::Room => write!(f, "is full, {}", open("receiver")),
            Want::Set => f.write_str("is not set"),
            Want::Permit | Want::Lock if self.holders.is_empty() => {
                f.write_str("is held by nobody")
            }
            Want::Permit => write!(f, "has been acquired by {}", Few(&self.holders)),
            Want::Lock => write!(f, "has been locked by {}", Few(&self.holders)),
        }
    }
}
