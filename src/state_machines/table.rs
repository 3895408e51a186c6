//! What the executor keeps of a task.

use std::any::Any;
use std::collections::HashMap;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::executor::Executor;
use super::waker::Address;
use super::watchers::Watchers;
use crate::error::JoinError;
use crate::info::{Name, TaskId, TaskInfo};
use crate::key::{Key, KeyHashing, ROOT};

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
    /// What an outcome that nobody has read says of a failure. Not of a cancel: that was asked for.
    fn failure(self: Pin<&mut Self>) -> Option<String>;
    /// Where the outcome is, an `Option<Result<T, JoinError>>`: `None` before the end, and when it has been taken.
    fn outcome(self: Pin<&mut Self>) -> &mut dyn Any;
}

impl Executor {
    pub(super) fn address(&self, key: Key) -> Address {
        let loop_number = self.loop_number.get();
        Address::new(loop_number.expect("a running loop has a number"), key)
    }

    /// The number of the task whose turn it is, or whose destructors run.
    pub(crate) fn current_id(&self) -> Option<TaskId> {
        let key = self.current()?;
        self.tasks.borrow().task(key).map(|task| task.id)
    }

    pub(crate) fn info(&self, key: Key) -> Option<TaskInfo> {
        let name = match key {
            ROOT => Some(Name::new("main".to_owned())),
            key => self
                .extras
                .borrow()
                .get(&key)
                .and_then(|extra| extra.name.clone()),
        };
        let tasks = self.tasks.borrow();
        let Task { id, spawned_at } = tasks.task(key)?;
        Some(TaskInfo::new(*id, name, spawned_at))
    }
}
