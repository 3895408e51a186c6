//! How tasks end without a value, and how the loop ends.
//!
//! Destructors, foreign wakers and payloads of panics are other people's code: whatever they do, it stays with the task they belong to.

use super::executor::Executor;
use super::inbox;
use super::table::TaskBody;
use crate::clock::Timers;
use crate::error::{JoinError, PanicPayload};
use crate::info::TaskId;
use crate::key::{Key, ROOT};
use crate::trace::{What, observer};
use crate::unwind::{Panic, caught, contain};

impl Executor {
    /// Asks for the task to be dropped at its turn; false if it has ended.
    pub(crate) fn cancel(&self, key: Key) -> bool {
        let mut tasks = self.tasks.borrow_mut();
        let Some(slot) = tasks.slot_mut(key).filter(|slot| !slot.marks.has_ended()) else {
            return false;
        };
        let is_new = !slot.marks.is_cancelled();
        slot.marks.cancel();
        // A task that the closing loop refuses has no turn to come.
        if !self.is_closing() {
            tasks.enqueue(key);
        }
        if is_new && observer::listens() {
            drop(tasks);
            self.tell_cancel(key);
        }
        true
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.get()
    }

    /// Runs the destructors of a task that was cancelled, and says how it ended.
    pub(super) fn cancelled(&self, key: Key, body: &mut Option<TaskBody>) -> JoinError {
        match self.discard(key, body) {
            Ok(()) => JoinError::Cancelled,
            Err(panic) => JoinError::Panicked(PanicPayload::new(panic)),
        }
    }

    /// Drops the future of a task, as the task that it belongs to.
    pub(super) fn discard(&self, key: Key, body: &mut Option<TaskBody>) -> Result<(), Panic> {
        self.drop_as(key, || {
            if let Some(body) = body {
                body.as_mut().discard();
            }
        })
    }

    fn take_body(&self, key: Key) -> Option<TaskBody> {
        self.tasks.borrow_mut().slot_mut(key)?.body.take()
    }

    /// Runs destructors, as the task that they belong to.
    pub(super) fn drop_as(&self, key: Key, drop: impl FnOnce()) -> Result<(), Panic> {
        let outer = self.current.replace(Some(self.address(key)));
        let actor = observer::listens().then(|| self.tell_actor(key));
        let dropped = caught(drop);
        actor.map(observer::act_as);
        self.current.set(outer);
        dropped
    }

    /// Ends a task that has no value to give. First its destructors have run, then those who wait for it are woken.
    pub(super) fn fail(&self, key: Key, mut body: Option<TaskBody>, error: JoinError) {
        let panicked = matches!(error, JoinError::Panicked(_));
        if observer::listens() {
            self.tell_end(key, What::of_failure(&error));
        }
        if let Some(body) = &mut body {
            body.as_mut().fail(error);
        }
        if panicked && let Some(slot) = self.tasks.borrow_mut().slot_mut(key) {
            slot.marks.leave_unread();
        }
        // If nobody holds a handle, what it ended with is dropped in there, and may be anything.
        contain(|| self.conclude(key, body));
    }

    /// Drops what is left, oldest first. `first` is the panic that the root has ended with, if it has; it is given back, or the first of a destructor.
    pub(super) fn close(&self, mut first: Option<Panic>) -> Option<Panic> {
        let mut left: Vec<(TaskId, Key)> = {
            let tasks = self.tasks.borrow();
            let by_id = tasks.alive().map(|(key, _, task)| (task.id, key));
            by_id.collect()
        };
        left.sort_unstable_by_key(|(id, _)| *id);
        let root = first.as_ref().map(PanicPayload::echo);
        let mut root = root.map(JoinError::Panicked);
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
            let mut body = self.take_body(key);
            let dropped = self.discard(key, &mut body);
            let error = outcome(dropped, JoinError::Cancelled);
            let error = root.take_if(|_| key == ROOT).unwrap_or(error);
            self.fail(key, body, error);
        }
        // As long as there is a loop to ask.
        if observer::listens() {
            observer::hand_on();
        }
        loop {
            // The wakers in them are foreign code, too: dropping one may spawn what has to be refused.
            let timers = self.timers.replace(Timers::new());
            contain(|| drop(timers));
            let key = self.refused.borrow_mut().pop_front();
            let Some(key) = key else { break };
            let mut body = self.take_body(key);
            let dropped = self.discard(key, &mut body);
            self.fail(key, body, outcome(dropped, JoinError::LoopEnded));
        }
        self.tasks.borrow_mut().close();
        self.extras.borrow_mut().shrink_to_fit();
        self.refused.take();
        self.lines.take();
        self.stands.take();
        self.closing.set(false);
        if let Some(loop_number) = self.loop_number.take() {
            inbox::close(loop_number, self.copies.take());
        }
        self.inbox.take();
        first
    }
}
