//! How the end of a task reaches those who wait for it or hold its handle.

use std::any::Any;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::children::Family;
use super::executor::Executor;
use super::table::{Extra, Task, TaskBody};
use super::trace::Note;
use super::waiters::{Place, Target, keep_current};
use super::watchers::Watcher;
use crate::error::JoinError;
use crate::info::TaskInfo;
use crate::key::Key;
use crate::line::Ticket;
use crate::marks::Marks;
use crate::outcome::{LENT, typed};
use crate::reports::Unread;
use crate::slot::Left;
use crate::trace::{What, observer};
use crate::unwind::caught;

/// In bytes. To move the outcome of a smaller body costs more than it saves.
const LARGE: usize = 256;

impl Executor {
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
        // A handle may be kept for long, and need not keep the room of a large future.
        let body = body.map(|body| match size_of_val(&*body) {
            0..=LARGE => body,
            _ => body.slim(),
        });
        let marks = self.tasks.borrow_mut().end(key, body);
        if marks.is_some_and(Marks::looks_aside) {
            self.tell_watchers(key);
        }
        self.current.set(None);
        if marks.is_some_and(Marks::is_forgotten) {
            let left = self.tasks.borrow_mut().forget(key);
            self.bury(key, left);
        }
    }

    fn tell_watchers(&self, key: Key) {
        let take = |extra: &mut Extra| std::mem::take(&mut extra.watchers);
        let watchers = self.extras.borrow_mut().get_mut(&key).map(take);
        let mut watchers = watchers.unwrap_or_default();
        while let Some(watcher) = watchers.call() {
            match watcher {
                Watcher::Joiner(target) => target.wake(),
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
        Some(look(body.as_mut().outcome()))
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
    pub(super) fn drop_handle(&self, key: Key, place: &mut Place) {
        if place.is_some() {
            self.leave(key, place);
        }
        let left = self.tasks.borrow_mut().drop_handle(key);
        if left.is_some() {
            self.bury(key, left);
        }
    }

    /// Drops what is left of a task that has been taken off the table, with nothing borrowed: what it ended with may be anything.
    fn bury(&self, key: Key, left: Option<Left<TaskBody, Task>>) {
        let Some(left) = left else {
            return;
        };
        let mut body = left.body;
        let extra = match left.marks.looks_aside() {
            true => self.extras.borrow_mut().remove(&key),
            false => None,
        };
        if !self.is_active() {
            self.tasks.borrow_mut().shrink();
            self.extras.borrow_mut().shrink_to_fit();
        } else if left.marks.is_unread()
            && let Some(Task { id, spawned_at }) = left.task
            && let Some(failure) = body.as_mut().and_then(|body| body.as_mut().failure())
        {
            let name = extra.and_then(|extra| extra.name);
            let unread = || Unread::new(TaskInfo::new(id, name, spawned_at), failure);
            self.exit.borrow_mut().unread.add(unread);
        }
        match body {
            Some(body) if !left.marks.is_taken() => self.graves.bury(body),
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
        let body = slot.body.as_mut().expect(LENT).as_mut();
        let outcome = typed::<T>(body.outcome()).take();
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
        let seen = caught(|| look(typed::<T>(body.as_mut().outcome()).as_ref()));
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
        self.join(key, Watcher::Parent { family, index })
    }

    fn join(&self, key: Key, watcher: Watcher) -> Place {
        let mut tasks = self.tasks.borrow_mut();
        tasks.slot_mut(key)?.marks.look_aside(true);
        let mut extras = self.extras.borrow_mut();
        Some(extras.entry(key).or_default().watchers.join(watcher))
    }

    /// Waits for the end: stands in the line of joiners, or follows a handle that has moved to another task.
    pub(super) fn poll_end(&self, key: Key, place: &mut Place, cx: &Context<'_>) -> Poll<()> {
        if self.has_ended(key) {
            *place = None;
            return Poll::Ready(());
        }
        let Some(ticket) = *place else {
            let joiner = Watcher::Joiner(Target::of(cx));
            *place = self.join(key, joiner);
            self.note_join(key, *place, cx);
            return Poll::Pending;
        };
        keep_current(cx, |look| {
            let mut extras = self.extras.borrow_mut();
            let extra = extras.get_mut(&key);
            let watcher = extra.and_then(|extra| extra.watchers.get_mut(ticket));
            match watcher {
                Some(Watcher::Joiner(target)) => {
                    look(target);
                    true
                }
                _ => false,
            }
        });
        self.note_join(key, *place, cx);
        Poll::Pending
    }

    #[inline]
    fn note_join(&self, key: Key, place: Place, cx: &Context<'_>) {
        if let Some(ticket) = place
            && observer::listens()
        {
            self.note(Target::task_of(cx), Note::End(key, ticket));
        }
    }

    pub(super) fn leave(&self, key: Key, place: &mut Place) {
        if let Some(ticket) = place.take() {
            let watcher = {
                let mut extras = self.extras.borrow_mut();
                let extra = extras.get_mut(&key);
                extra.and_then(|extra| extra.watchers.leave(ticket))
            };
            drop(watcher); // with nothing borrowed: a waker in it is foreign code
        }
    }
}
