//! The timers of this lane, each of which remembers whom to wake, and how time passes.

use std::task::Context;

use super::executor::Executor;
use super::trace::Note;
use super::waiters::{Target, keep_current};
use crate::clock::{Time, Timeline, TimerId};
use crate::line::Ticket;
use crate::reports::Deadlock;
use crate::runner;
use crate::trace::observer;

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
        let id = self.timers.borrow_mut().arm(deadline, timer);
        if observer::listens() {
            self.tell_armed(id);
        }
        id
    }

    /// Whether the timer has yet to fire; lets it wake whoever polls now.
    pub(crate) fn is_armed(&self, id: TimerId, cx: &Context<'_>) -> bool {
        let armed = keep_current(cx, |look| {
            let mut timers = self.timers.borrow_mut();
            timers
                .get_mut(id)
                .map(|timer| look(&mut timer.target))
                .is_some()
        });
        if armed && observer::listens() {
            self.note(Target::task_of(cx), Note::Timer(id));
        }
        armed
    }

    pub(crate) fn disarm(&self, id: TimerId) {
        let timer = self.timers.borrow_mut().disarm(id);
        if timer.is_some() && observer::listens() {
            observer::timer_disarmed(id);
        }
        drop(timer);
    }

    /// Goes on to the moment when a task is ready.
    pub(super) fn pass_time(&self) -> Result<(), Deadlock> {
        loop {
            let timeline = runner::timeline().expect("a running loop has a clock");
            let next = self.timers.borrow().next_deadline();
            let idle = !self.is_ready();
            match (timeline, next) {
                (Timeline::Simulated { .. }, _) if !idle => return Ok(()),
                (Timeline::Simulated { .. }, Some(deadline)) => {
                    runner::jump(deadline);
                    self.fire(deadline);
                }
                (Timeline::Real { .. }, Some(deadline)) => {
                    let mut now = runner::now().unwrap_or(deadline);
                    if idle && now < deadline {
                        let rise = self.timers.borrow().rise_for(deadline);
                        let limit = rise.since_start() - now.since_start();
                        self.inbox().wait(Some(limit));
                        self.take_mail();
                        now = runner::now().unwrap_or(deadline);
                    }
                    self.fire(now);
                }
                (Timeline::Real { .. }, None) if !idle => return Ok(()),
                (_, None) => {
                    // In this order: when no copy is alive, no more mail can come, and what has come is there.
                    let foreign = self.is_held_elsewhere();
                    if self.wake_the_woken() {
                        return Ok(());
                    }
                    if !foreign || matches!(timeline, Timeline::Simulated { .. }) {
                        return Err(self.deadlock(foreign));
                    }
                    self.inbox().wait(None);
                    runner::now(); // for those who begin to wait now
                    self.take_mail();
                }
            }
            if self.is_ready() {
                return Ok(());
            }
        }
    }

    fn fire(&self, now: Time) {
        loop {
            let due = self.timers.borrow_mut().pop_due(now);
            let Some((id, Timer { target, .. })) = due else {
                break;
            };
            if observer::listens() {
                observer::timer_fired(id);
            }
            target.wake();
        }
        observer::nobody_acts();
    }
}
