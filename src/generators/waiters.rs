//! Those who wait for something in this lane: tasks, by their key.

use std::cell::RefCell;
use std::rc::Rc;

use super::kernel::Kernel;
use super::trap::Call;
use crate::deadlock::{Survey, WaitReason};
use crate::key::Key;
use crate::line::{Line, Ticket};

/// A line of tasks that wait for the same thing.
#[derive(Debug)]
pub(crate) struct Waiters {
    line: RefCell<Line<Key>>,
    /// What they wait for, in the words of the deadlock report.
    wait: Option<WaitReason>,
}

impl Waiters {
    pub(crate) fn new(wait: Option<WaitReason>) -> Rc<Self> {
        Rc::new(Self {
            line: RefCell::default(),
            wait,
        })
    }

    pub(crate) fn wait(&self) -> Option<WaitReason> {
        self.wait
    }

    /// The function that is called to wait here, for the messages about its misuse.
    pub(crate) fn name_of_wait(&self) -> Call {
        match self.wait {
            Some(WaitReason::Receive(_)) => Call::Recv,
            Some(WaitReason::Send(_)) => Call::Send,
            Some(WaitReason::Event(_)) => Call::Wait,
            Some(WaitReason::Semaphore(_)) => Call::Acquire,
            Some(WaitReason::Mutex(_)) => Call::Lock,
            _ => Call::Gather,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.line.borrow().is_empty()
    }

    /// Puts a task at the end of the line.
    pub(crate) fn stand(&self, key: Key) -> Ticket {
        self.line.borrow_mut().join(key)
    }

    /// Takes a task out of the line. True if it had been called: what it was called for is somebody else's now.
    #[must_use]
    pub(crate) fn leave(&self, ticket: Ticket) -> bool {
        self.line.borrow_mut().leave(ticket).is_none()
    }

    /// Calls the first in line; false if nobody stands there.
    pub(crate) fn call(&self) -> bool {
        let first = self.line.borrow_mut().call();
        first.map(answer).is_some()
    }

    /// Calls all who stand there now, in order.
    pub(crate) fn call_all(&self) {
        let mut all = self.line.take();
        while let Some(key) = all.call() {
            answer(key);
        }
        // Its memory is good for the next who come.
        let mut line = self.line.borrow_mut();
        if line.is_unused() {
            *line = all;
        }
    }

    /// Tells the report which tasks stand here; `wait` is for lines that have no words of their own.
    pub(crate) fn survey(&self, survey: &mut Survey, wait: Option<WaitReason>) {
        let Some(wait) = self.wait.or(wait) else {
            return;
        };
        for (ticket, key) in self.line.borrow().iter() {
            survey.wait(*key, ticket.number(), wait);
        }
    }
}

fn answer(key: Key) {
    Kernel::with(|kernel| kernel.answer(key));
}
