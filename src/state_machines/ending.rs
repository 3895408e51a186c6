//! How tasks end without a value, and how the loop ends.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use super::executor::Executor;
use super::inbox;
use super::state::AnyState;
use super::table::{Task, TaskFuture};
use crate::clock::Timers;
use crate::error::{JoinError, PanicPayload};
use crate::slots::{Key, ROOT, Slots, TaskId};

pub(super) type Panic = Box<dyn Any + Send>;

impl Executor {
    /// Asks for the task to be dropped at its turn.
    pub(crate) fn cancel(&self, key: Key) {
        if let Some(task) = self.tasks.borrow_mut().get_mut(key) {
            task.cancelled = true;
        }
        self.wake(key);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.get()
    }

    pub(crate) fn refuse(&self, future: TaskFuture, state: Rc<dyn AnyState>) {
        self.refused.borrow_mut().push_back(Task {
            future: Some(future),
            state,
            queued: false,
            cancelled: true,
        });
    }

    /// Drops a cancelled task. First its destructors run, then those who wait for it are woken.
    pub(super) fn discard(&self, key: Key) {
        let future = self.take_future(key);
        let error = match self.drop_future(key, future) {
            Ok(()) => JoinError::Cancelled,
            Err(panic) => JoinError::Panicked(PanicPayload::new(panic)),
        };
        self.fail(key, error);
    }

    pub(super) fn take_future(&self, key: Key) -> Option<TaskFuture> {
        self.tasks.borrow_mut().get_mut(key)?.future.take()
    }

    /// Runs destructors, as the task that they belong to.
    pub(super) fn drop_future(&self, key: Key, future: Option<TaskFuture>) -> Result<(), Panic> {
        let outer = self.current.replace(Some(key));
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(future)));
        self.current.set(outer);
        dropped
    }

    pub(super) fn fail(&self, key: Key, error: JoinError) {
        let task = self.tasks.borrow_mut().remove(key);
        if let Some(task) = task {
            task.state.fail(error);
        }
    }

    /// Drops what is left, oldest first, and gives back the first panic of a destructor.
    pub(super) fn close(&self) -> Option<Panic> {
        let mut left: Vec<(TaskId, Key)> = {
            let tasks = self.tasks.borrow();
            let by_id = tasks
                .iter()
                .map(|(key, task)| (task.state.info().id(), key));
            by_id.collect()
        };
        left.sort_unstable_by_key(|(id, _)| *id);
        let mut panic = None;
        let mut note = |dropped: Result<(), Panic>| panic = panic.take().or(dropped.err());
        for (_, key) in left {
            let future = self.take_future(key);
            note(self.drop_future(key, future));
            let fail = AssertUnwindSafe(|| self.fail(key, JoinError::Cancelled));
            note(catch_unwind(fail));
        }
        let timers = self.timers.replace(Timers::new());
        note(catch_unwind(AssertUnwindSafe(|| drop(timers))));
        loop {
            let task = self.refused.borrow_mut().pop_front();
            let Some(task) = task else { break };
            note(self.drop_future(ROOT, task.future));
            let fail = AssertUnwindSafe(|| task.state.fail(JoinError::LoopEnded));
            note(catch_unwind(fail));
        }
        self.tasks.replace(Slots::new());
        self.ready.take();
        self.refused.take();
        self.lines.take();
        self.closing.set(false);
        if let Some(loop_number) = self.loop_number.take() {
            inbox::close(loop_number, self.copies.take());
        }
        self.inbox.take();
        panic
    }
}
