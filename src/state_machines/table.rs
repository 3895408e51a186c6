//! What the executor keeps of a task.

use std::any::Any;
use std::collections::HashMap;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::watchers::Watchers;
use crate::error::JoinError;
use crate::info::{Name, TaskId};
use crate::key::{Key, KeyHashing};

/// What there is to know of every task, beside its body.
pub(super) struct Task {
    pub(super) id: TaskId,
    pub(super) spawned_at: &'static Location<'static>,
}

/// What most tasks do without. It stands in a table of its own, where the marks of a task say that it has some: there may be millions
/// that have not.
#[derive(Default)]
pub(super) struct Extra {
    pub(super) name: Option<Name>,
    pub(super) watchers: Watchers,
}

pub(super) type Extras = HashMap<Key, Extra, KeyHashing>;

/// The user's part of a task, in one box: the future, and in the same place its outcome when it has ended.
pub(super) type TaskBody = Pin<Box<dyn Body>>;

/// What the loop can do with a future whose type it does not know.
pub(super) trait Body {
    /// Ready when the outcome is there. The future has been dropped by then.
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()>;
    /// Drops the future.
    fn discard(self: Pin<&mut Self>);
    /// The outcome of a task that has no value to give.
    fn fail(self: Pin<&mut Self>, error: JoinError);
    /// The same outcome in a box of its own, without the room that the future had.
    fn slim(self: Pin<Box<Self>>) -> TaskBody;
    /// Where the outcome is, an `Option<Result<T, JoinError>>`: `None` before the end, and when it has been taken.
    fn outcome(self: Pin<&mut Self>) -> &mut dyn Any;
}
