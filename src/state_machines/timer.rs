//! The timers of this lane: each remembers whom to wake.

use std::task::Context;

use super::executor::Executor;
use super::waiters::{Target, keep_current};
use crate::clock::{Time, TimerId};
use crate::line::Ticket;
use crate::runner;

#[derive(Debug)]
pub(crate) struct Timer {
    pub(crate) target: Target,
    /// The ticket of a time limit around other waits; a sleep has none.
    pub(crate) limit: Option<Ticket>,
    pub(crate) since: Time,
}

impl Executor {
    pub(crate) fn arm(&self, deadline: Time, limit: Option<Ticket>, cx: &Context<'_>) -> TimerId {
        let target = Target::of(cx);
        let since = runner::last_seen();
        let timer = Timer {
            target,
            limit,
            since,
        };
        self.timers.borrow_mut().arm(deadline, timer)
    }

    /// Whether the timer has yet to fire; lets it wake whoever polls now.
    pub(crate) fn is_armed(&self, id: TimerId, cx: &Context<'_>) -> bool {
        keep_current(cx, |look| {
            let mut timers = self.timers.borrow_mut();
            timers
                .get_mut(id)
                .map(|timer| look(&mut timer.target))
                .is_some()
        })
    }

    pub(crate) fn disarm(&self, id: TimerId) {
        let timer = self.timers.borrow_mut().disarm(id);
        drop(timer);
    }
}
