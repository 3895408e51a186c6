//! Those who are to know when a task ends.

use std::rc::Rc;

use super::children::Family;
use crate::deadlock::{Survey, WaitReason};
use crate::key::Key;
use crate::line::{Line, Ticket};

/// Somebody who is to know when a task ends.
pub(super) enum Watcher {
    Joiner(Key),
    Parent { family: Rc<Family>, index: usize },
}

/// The line of a task's watchers. Nearly every task has one at most, who stands here and needs no memory but this.
#[derive(Default)]
pub(super) struct Watchers {
    /// Came before all of the others.
    first: Option<(Ticket, Watcher)>,
    others: Option<Box<Line<Watcher>>>,
}

impl Watchers {
    pub(super) fn join(&mut self, watcher: Watcher) -> Ticket {
        if self.first.is_some() || self.others.is_some() {
            return self.others.get_or_insert_default().join(watcher);
        }
        let ticket = Ticket::next();
        self.first = Some((ticket, watcher));
        ticket
    }

    pub(super) fn leave(&mut self, ticket: Ticket) -> Option<Watcher> {
        match self.first.take_if(|(first, _)| *first == ticket) {
            Some((_, watcher)) => Some(watcher),
            None => self.others.as_mut()?.leave(ticket),
        }
    }

    /// Takes the one who has waited longest out of the line.
    pub(super) fn call(&mut self) -> Option<Watcher> {
        let first = self.first.take().map(|(_, watcher)| watcher);
        first.or_else(|| self.others.as_mut()?.call())
    }

    /// Tells the report who stands here.
    pub(super) fn survey(&self, survey: &mut Survey, wait: WaitReason) {
        let first = self.first.as_ref();
        let first = first.map(|(ticket, watcher)| (*ticket, watcher));
        let others = self.others.iter().flat_map(|others| others.iter());
        for (ticket, watcher) in first.into_iter().chain(others) {
            match watcher {
                Watcher::Joiner(key) => survey.wait(*key, ticket.number(), wait),
                Watcher::Parent { family, .. } => family.survey(survey, wait),
            }
        }
    }
}
