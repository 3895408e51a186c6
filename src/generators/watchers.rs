//! Those who are to know when a task ends.

use std::rc::Rc;

use super::children::Family;
use super::waiters::Waiters;
use crate::info::TaskInfo;
use crate::key::Key;
use crate::line::{Line, Stand, Ticket};
use crate::reports::{Needed, Survey};

/// Somebody who is to know when a task ends.
pub(super) enum Watcher {
    Joiner(Key),
    Parent { family: Rc<Family>, index: usize },
}

/// The line of a task's watchers. Nearly every task has one at most, who stands here and needs no memory but this.
#[derive(Default)]
pub(super) struct Watchers {
    /// Came before all of the others.
    first: Option<(Stand, Watcher)>,
    others: Option<Box<Line<Watcher>>>,
}

impl Watchers {
    pub(super) fn join(&mut self, watcher: Watcher) -> Ticket {
        if self.first.is_some() || self.others.is_some() {
            return self.others.get_or_insert_default().join(watcher);
        }
        let stand = Stand::take();
        self.first = Some((stand, watcher));
        stand.ticket
    }

    pub(super) fn leave(&mut self, ticket: Ticket) -> Option<Watcher> {
        match self.first.take_if(|(first, _)| first.ticket == ticket) {
            Some((_, watcher)) => Some(watcher),
            None => self.others.as_mut()?.leave(ticket),
        }
    }

    /// Takes the one who has waited longest out of the line.
    pub(super) fn call(&mut self) -> Option<Watcher> {
        let first = self.first.take().map(|(_, watcher)| watcher);
        first.or_else(|| Some(self.others.as_mut()?.call()?.1))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none() && self.others.as_ref().is_none_or(|line| line.is_empty())
    }

    fn iter(&self) -> impl Iterator<Item = (Stand, &Watcher)> {
        let first = self.first.as_ref();
        let first = first.map(|(stand, watcher)| (*stand, watcher));
        let others = self.others.iter().flat_map(|others| others.iter());
        first.into_iter().chain(others)
    }

    /// Where the one with this ticket stands, unless they have been called.
    pub(super) fn stand(&self, ticket: Ticket) -> Option<Stand> {
        match &self.first {
            Some((first, _)) if first.ticket == ticket => Some(*first),
            _ => self.others.as_ref()?.stand(ticket),
        }
    }

    /// Whether a parent stands here who waits in `line`.
    pub(super) fn have_in_line(&self, line: &Rc<Waiters>) -> bool {
        self.iter().any(|(_, watcher)| match watcher {
            Watcher::Joiner(_) => false,
            Watcher::Parent { family, .. } => family.waits_in(line),
        })
    }

    /// Tells the report who stands here.
    pub(super) fn survey(&self, survey: &mut Survey, task: &TaskInfo) {
        for (stand, watcher) in self.iter() {
            match watcher {
                Watcher::Joiner(key) => survey.end(*key, stand, task, Needed::Any),
                Watcher::Parent { family, .. } => family.survey(survey, task),
            }
        }
    }
}
