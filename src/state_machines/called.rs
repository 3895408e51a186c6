//! Who was called from a line and has not come: what was handed over to them nobody else gets.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;

use super::waker::Address;
use crate::line::Ticket;

/// Those who were called one by one and have not looked since, the task of each if it is one. As long as they do not look, nobody else is called for what they
/// were called for.
#[derive(Debug, Default)]
pub(super) struct Called {
    /// Nearly always there is one at most.
    last: Cell<Option<Ticket>>,
    task_of_last: Cell<Option<Address>>,
    /// The others, in the order of their tickets.
    earlier: RefCell<VecDeque<(Ticket, Option<Address>)>>,
}

impl Called {
    #[inline]
    pub(super) fn add(&self, ticket: Ticket, task: Option<Address>) {
        let earlier = self.last.replace(Some(ticket));
        let task = self.task_of_last.replace(task);
        if let Some(ticket) = earlier {
            self.earlier.borrow_mut().push_back((ticket, task));
        }
    }

    /// Whoever was called together with all others is not here.
    #[inline]
    pub(super) fn remove(&self, ticket: Ticket) {
        if self.last.get() == Some(ticket) {
            self.last.set(None);
            return;
        }
        let mut earlier = self.earlier.borrow_mut();
        if let Ok(place) = earlier.binary_search_by_key(&ticket, |(ticket, _)| *ticket) {
            earlier.remove(place);
        }
    }

    pub(super) fn all(&self) -> Vec<Option<Address>> {
        let earlier = self.earlier.borrow();
        let last = self.last.get().map(|_| self.task_of_last.get());
        earlier.iter().map(|(_, task)| *task).chain(last).collect()
    }
}
