//! The state of a task.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::children::Family;
use super::kernel::Kernel;
use crate::deadlock::{Survey, WaitReason};
use crate::error::JoinError;
use crate::info::TaskInfo;
use crate::line::{Line, Ticket};
use crate::slots::Key;

/// What the handles of a task share with the loop: who it is, what became of it, and who waits for that.
pub(crate) struct State<T> {
    pub(super) info: TaskInfo,
    /// `None` until the task is in the table, and for ever if the loop refused it.
    pub(super) key: Cell<Option<Key>>,
    pub(super) outcome: RefCell<Outcome<T>>,
    pub(super) watchers: RefCell<Line<Watcher<T>>>,
}

pub(super) enum Outcome<T> {
    Running,
    Ended(Result<T, JoinError>),
    Taken,
}

/// Says whether an outcome counts as a failure for those who gather.
pub(crate) type IsFailure<T> = fn(&Result<T, JoinError>) -> bool;

/// Somebody who is to know when the task ends.
pub(super) enum Watcher<T> {
    Joiner(Key),
    Parent {
        family: Rc<Family>,
        index: usize,
        is_failure: IsFailure<T>,
    },
}

/// The part of a state that does not depend on the type of the task's value.
pub(crate) trait AnyState {
    fn info(&self) -> &TaskInfo;
    /// Asks for the task to be cancelled; false if it has ended.
    fn cancel(&self) -> bool;
    /// Ends a task that has no value to give.
    fn fail(&self, error: JoinError);
    /// Puts a task in the line of those who wait for this one.
    fn stand(&self, key: Key) -> Ticket;
    /// Takes it out again; true if it had been woken.
    fn leave(&self, ticket: Ticket) -> bool;
    /// Tells the report who waits for the end of this task.
    fn survey(&self, survey: &mut Survey);
}

impl<T> State<T> {
    pub(crate) fn new(info: TaskInfo) -> Self {
        Self {
            info,
            key: Cell::new(None),
            outcome: RefCell::new(Outcome::Running),
            watchers: RefCell::default(),
        }
    }

    pub(super) fn has_ended(&self) -> bool {
        !matches!(*self.outcome.borrow(), Outcome::Running)
    }

    /// The task has ended and its destructors have run: those who wait are woken in the order in which they came.
    pub(super) fn end(&self, result: Result<T, JoinError>) {
        self.outcome.replace(Outcome::Ended(result));
        let mut watchers = self.watchers.take();
        while let Some(watcher) = watchers.call() {
            match watcher {
                Watcher::Joiner(key) => Kernel::with(|kernel| kernel.answer(key)),
                Watcher::Parent {
                    family,
                    index,
                    is_failure,
                } => family.child_ended(index, self.failed(is_failure)),
            }
        }
    }

    /// An outcome that a joiner has taken before its parent heard of it is no failure of the task.
    pub(super) fn failed(&self, is_failure: IsFailure<T>) -> bool {
        match &*self.outcome.borrow() {
            Outcome::Ended(result) => is_failure(result),
            Outcome::Running | Outcome::Taken => false,
        }
    }

    pub(super) fn take(&self) -> Result<T, JoinError> {
        match self.outcome.replace(Outcome::Taken) {
            Outcome::Ended(result) => result,
            Outcome::Taken => Err(JoinError::Taken),
            Outcome::Running => unreachable!("an outcome is taken after the end"),
        }
    }
}

impl<T> AnyState for State<T> {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn cancel(&self) -> bool {
        // A key that outlives its loop would name a stranger in the next one; an outcome that is there says so.
        let running = !self.has_ended();
        if let Some(key) = self.key.get().filter(|_| running) {
            Kernel::with(|kernel| kernel.cancel(key));
        }
        running
    }

    fn fail(&self, error: JoinError) {
        if !self.has_ended() {
            self.end(Err(error));
        }
    }

    fn stand(&self, key: Key) -> Ticket {
        self.watchers.borrow_mut().join(Watcher::Joiner(key))
    }

    fn leave(&self, ticket: Ticket) -> bool {
        let watcher = self.watchers.borrow_mut().leave(ticket);
        watcher.is_none()
    }

    fn survey(&self, survey: &mut Survey) {
        let wait = WaitReason::End(self.info.id());
        for (Ticket(ticket), watcher) in self.watchers.borrow().iter() {
            match watcher {
                Watcher::Joiner(key) => survey.wait(*key, ticket, wait),
                Watcher::Parent { family, .. } => family.survey(survey, wait),
            }
        }
    }
}
