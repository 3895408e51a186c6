//! How the end of a task reaches those who wait for it or hold its handle.

use std::any::Any;
use std::rc::Rc;

use super::children::Family;
use super::kernel::Kernel;
use super::table::{Task, TaskBody};
use super::trap::Request;
use super::watchers::Watcher;
use crate::error::JoinError;
use crate::key::Key;
use crate::line::Ticket;
use crate::marks::Marks;
use crate::outcome::{LENT, typed};
use crate::reports::Unread;
use crate::slot::Left;
use crate::slots::Slots;
use crate::trace::What;
use crate::unwind::caught;

impl Kernel {
    /// The task has ended in its turn, and its destructors have run: those who wait are woken in the order in which they came. What nobody
    /// can ask for is dropped then, as nobody's.
    pub(super) fn finish(&self, key: Key, body: Option<TaskBody>) {
        if self.watched.get() {
            self.tell_end(key, What::Ended);
        }
        self.conclude(key, body);
    }

    /// What the end of every task brings with it.
    pub(super) fn conclude(&self, key: Key, body: Option<TaskBody>) {
        // What it asked for and leaked in its last turn must not be taken for another's.
        match self.tray.take() {
            Some(Request::Line(line, ticket)) => drop(line.leave(ticket)),
            Some(Request::Timer(timer)) => drop(self.disarm(timer)),
            _ => {}
        }
        let marks = self.tasks.borrow_mut().end(key, body);
        if marks.is_some_and(Marks::looks_aside) {
            self.forget_waits(key);
        }
        if marks.is_some_and(Marks::is_watched) {
            self.tell_watchers(key);
        }
        self.current.set(None);
        if marks.is_some_and(Marks::is_forgotten) {
            let left = self.tasks.borrow_mut().forget(key);
            self.bury(left);
        }
    }

    fn tell_watchers(&self, key: Key) {
        let take = |tasks: &mut Slots<_, Task>| Some(tasks.task_mut(key)?.take_watchers());
        let watchers = take(&mut self.tasks.borrow_mut());
        let mut watchers = watchers.flatten().unwrap_or_default();
        while let Some(watcher) = watchers.call() {
            match watcher {
                Watcher::Joiner(key) => self.answer(key),
                Watcher::Parent { family, index } => {
                    if self.tell_parent(key, &family, index)
                        && let Some(slot) = self.tasks.borrow_mut().slot_mut(key)
                    {
                        slot.marks.leave_unread();
                    }
                }
            }
        }
    }

    /// True if it is a failure to the parent.
    fn tell_parent(&self, key: Key, family: &Family, index: usize) -> bool {
        let failed = self.with_outcome(key, family.is_failure);
        // An outcome that is being looked at is no failure of the task, nor is one that has been taken.
        let failed = failed.unwrap_or(false);
        family.child_ended(index, failed);
        failed
    }

    /// Looks at where the outcome is; `None` while the task runs, or while it is lent out.
    fn with_outcome<R>(&self, key: Key, look: impl FnOnce(&mut dyn Any) -> R) -> Option<R> {
        let mut tasks = self.tasks.borrow_mut();
        let slot = tasks.slot_mut(key).filter(|slot| slot.marks.has_ended())?;
        let body = slot.body.as_mut()?;
        Some(look(body.outcome()))
    }

    pub(super) fn has_ended(&self, key: Key) -> bool {
        let tasks = self.tasks.borrow();
        tasks.slot(key).is_none_or(|slot| slot.marks.has_ended())
    }

    pub(super) fn add_handle(&self, key: Key) {
        if let Some(slot) = self.tasks.borrow_mut().slot_mut(key) {
            slot.marks.add_handle();
        }
    }

    /// One handle less, which leaves the line if it stands there. Without handles, a task that has ended goes with its outcome.
    pub(super) fn drop_handle(&self, key: Key, place: Option<Ticket>) {
        place.map(|ticket| self.leave(key, ticket));
        let left = self.tasks.borrow_mut().drop_handle(key);
        if left.is_some() {
            self.bury(left);
        }
    }

    /// Drops what is left of a task that has been taken off the table, with nothing borrowed: what it ended with may be anything.
    fn bury(&self, left: Option<Left<TaskBody, Task>>) {
        let Some(Left { marks, body, task }) = left else {
            return;
        };
        if !self.is_active() {
            self.tasks.borrow_mut().shrink();
        } else if marks.is_unread()
            && let Some(task) = task
            && let Some(failure) = body.as_ref().and_then(|body| body.failure())
        {
            let unread = || Unread::new(task.info(), failure);
            self.exit.borrow_mut().unread.add(unread);
        }
        match body {
            Some(body) if !marks.is_taken() => self.graves.bury(body),
            body => drop(body),
        }
    }

    /// Takes the outcome; `None` while the task runs.
    ///
    /// # Panics
    ///
    /// If somebody looks at the outcome just now.
    pub(super) fn take_outcome<T: 'static>(&self, key: Key) -> Option<Result<T, JoinError>> {
        let mut tasks = self.tasks.borrow_mut();
        let slot = tasks.slot_mut(key).filter(|slot| slot.marks.has_ended())?;
        slot.marks.take();
        let outcome = typed::<T>(slot.body.as_mut().expect(LENT).outcome()).take();
        Some(outcome.unwrap_or(Err(JoinError::Taken)))
    }

    pub(super) fn peek<T: 'static, R>(
        &self,
        key: Key,
        look: impl FnOnce(Option<&Result<T, JoinError>>) -> R,
    ) -> R {
        let put = |body| {
            let mut tasks = self.tasks.borrow_mut();
            let slot = tasks.slot_mut(key)?;
            slot.marks.read();
            std::mem::replace(&mut slot.body, body)
        };
        if !self.has_ended(key) {
            return look(None);
        }
        // The user's code looks at it, so it is out of the table meanwhile.
        let mut body = put(None).expect(LENT);
        let seen = caught(|| look(typed::<T>(body.outcome()).as_ref()));
        put(Some(body));
        seen.unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }

    /// Tells `family` when this task, its child `index`, has ended; at once if it has.
    pub(super) fn watch(&self, key: Key, family: &Rc<Family>, index: usize) -> Option<Ticket> {
        if self.has_ended(key) {
            self.tell_parent(key, family, index);
            return None;
        }
        let family = Rc::clone(family);
        let mut tasks = self.tasks.borrow_mut();
        tasks.slot_mut(key)?.marks.watch();
        let watchers = tasks.task_mut(key)?.watchers_mut();
        Some(watchers.join(Watcher::Parent { family, index }))
    }

    /// Leaves the line of those who wait for the end; true if it has been told already.
    pub(super) fn leave(&self, key: Key, ticket: Ticket) -> bool {
        let mut tasks = self.tasks.borrow_mut();
        let task = tasks.task_mut(key);
        let watcher = task.and_then(|task| task.watchers_mut().leave(ticket));
        drop(tasks);
        watcher.is_none()
    }
}
