//! Those who wait for something in this lane: tasks, by their key.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::kernel::Kernel;
use super::trap::Call;
use crate::info::TaskInfo;
use crate::key::Key;
use crate::line::{Line, Ticket};
use crate::reports::{Needed, Sign, Survey, Want};

/// A line of tasks that wait for the same thing.
#[derive(Debug)]
pub(crate) struct Waiters {
    line: RefCell<Line<Key>>,
    /// Of a channel: how many ends there are on the other side.
    pub(super) others: Cell<usize>,
    /// None over the line of a parent, who waits for the ends of its children.
    sign: Option<Sign>,
}

impl Waiters {
    pub(crate) fn new(sign: Sign) -> Rc<Self> {
        Rc::new(Self {
            line: RefCell::default(),
            others: Cell::new(1),
            sign: Some(sign),
        })
    }

    pub(crate) fn of_a_parent() -> Rc<Self> {
        Rc::new(Self {
            line: RefCell::default(),
            others: Cell::new(1),
            sign: None,
        })
    }

    /// The sign of a primitive's line.
    pub(crate) fn sign(&self) -> &Sign {
        self.sign
            .as_ref()
            .expect("the line of a primitive has a sign")
    }

    /// The function that is called to wait here, for the messages about its misuse.
    pub(crate) fn name_of_wait(&self) -> Call {
        match self.sign.as_ref().map(|sign| sign.want) {
            Some(Want::Value) => Call::Recv,
            Some(Want::Room) => Call::Send,
            Some(Want::Set) => Call::Wait,
            Some(Want::Permit) => Call::Acquire,
            Some(Want::Lock) => Call::Lock,
            None => Call::Gather,
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
        first.map(|(_, key)| answer(key)).is_some()
    }

    /// Calls all who stand there now, in order.
    pub(crate) fn call_all(&self) {
        let mut all = self.line.take();
        while let Some((_, key)) = all.call() {
            answer(key);
        }
        // Its memory is good for the next who come.
        let mut line = self.line.borrow_mut();
        if line.is_unused() {
            *line = all;
        }
    }

    /// Tells the report of the task that stands at `ticket`, unless it has been called.
    pub(crate) fn survey(&self, survey: &mut Survey, key: Key, ticket: Ticket) {
        if let (Some(stand), Some(sign)) = (self.line.borrow().stand(ticket), &self.sign) {
            survey.line(key, stand, sign, self.others.get());
        }
    }

    /// Whether this is the line of one who waits for the ends of its children.
    pub(crate) fn is_of_a_parent(&self) -> bool {
        self.sign.is_none()
    }

    /// Tells the report of a parent who stands here.
    pub(crate) fn survey_parent(&self, survey: &mut Survey, child: &TaskInfo, needed: Needed) {
        for (stand, key) in self.line.borrow().iter() {
            survey.end(*key, stand, child, needed);
        }
    }
}

fn answer(key: Key) {
    Kernel::with(|kernel| kernel.answer(key));
}
