//! How tasks end without a value, and how the loop ends.
//!
//! Destructors, foreign wakers and payloads of panics are other people's code: whatever they do, it stays with the task they belong to.

use std::rc::Rc;

use super::executor::Executor;
use super::inbox;
use super::state::AnyState;
use super::table::{Task, TaskFuture};
use crate::clock::Timers;
use crate::error::{JoinError, PanicPayload};
use crate::slots::{Key, Slots, TaskId};
use crate::unwind::{Panic, caught, contain};

impl Executor {
    /// Asks for the task to be dropped at its turn.
    pub(crate) fn cancel(&self, key: Key) {
        if let Some(task) = self.tasks.borrow_mut().get_mut(key) {
            task.cancelled = true;
            self.enqueue(key, task);
        }
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
        let error = match self.drop_as(key, || drop(future)) {
            Ok(()) => JoinError::Cancelled,
            Err(panic) => JoinError::Panicked(PanicPayload::new(panic)),
        };
        self.fail(key, error);
    }

    fn take_future(&self, key: Key) -> Option<TaskFuture> {
        self.tasks.borrow_mut().get_mut(key)?.future.take()
    }

    /// Runs destructors, as the task that they belong to.
    pub(super) fn drop_as(&self, key: Key, drop: impl FnOnce()) -> Result<(), Panic> {
        let outer = self.current.replace(Some(key));
        let dropped = caught(drop);
        self.current.set(outer);
        dropped
    }

    pub(super) fn fail(&self, key: Key, error: JoinError) {
        let task = self.tasks.borrow_mut().remove(key);
        if let Some(task) = task {
            tell(task.state, error);
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
        let mut first = None;
        // The first panic goes on to the caller of `run`; its task is told what it said.
        let mut outcome = |dropped: Result<(), Panic>, error| match dropped {
            Ok(()) => error,
            Err(panic) if first.is_none() => {
                let echo = PanicPayload::echo(&panic);
                first = Some(panic);
                JoinError::Panicked(echo)
            }
            Err(panic) => JoinError::Panicked(PanicPayload::new(panic)),
        };
        for (_, key) in left {
            let future = self.take_future(key);
            let dropped = self.drop_as(key, || drop(future));
            self.fail(key, outcome(dropped, JoinError::Cancelled));
        }
        loop {
            // The wakers in them are foreign code, too: dropping one may spawn what has to be refused.
            let timers = self.timers.replace(Timers::new());
            contain(|| drop(timers));
            let task = self.refused.borrow_mut().pop_front();
            let Some(task) = task else { break };
            let dropped = caught(|| drop(task.future));
            let error = outcome(dropped, JoinError::LoopEnded);
            tell(task.state, error);
        }
        self.tasks.replace(Slots::new());
        self.ready.take();
        self.refused.take();
        self.lines.take();
        self.yields.set(0);
        self.closing.set(false);
        if let Some(loop_number) = self.loop_number.take() {
            inbox::close(loop_number, self.copies.take());
        }
        self.inbox.take();
        first
    }
}

/// Tells those who wait how a task has ended. If nobody holds a handle, what it ended with is dropped here, and may be anything.
fn tell(state: Rc<dyn AnyState>, error: JoinError) {
    contain(move || state.fail(error));
}
