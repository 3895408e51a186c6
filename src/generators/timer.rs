//! The timers of this lane, each of which remembers its task, and how time passes.

use super::kernel::Kernel;
use super::sleep::clock;
use crate::clock::{Time, Timeline, TimerId};
use crate::key::Key;
use crate::line::Ticket;
use crate::reports::Deadlock;
use crate::runner;
use crate::trace::observer;

#[derive(Debug)]
pub(super) struct Timer {
    pub(super) key: Key,
    /// The ticket of a time limit around another wait; a sleep has none.
    pub(super) limit: Option<Ticket>,
    pub(super) since: Time,
}

impl Timer {
    pub(super) fn of_a_sleep(key: Key) -> Self {
        let since = runner::last_seen();
        Self {
            key,
            limit: None,
            since,
        }
    }

    pub(super) fn of_a_limit(key: Key, ticket: Ticket) -> Self {
        Self {
            limit: Some(ticket),
            ..Self::of_a_sleep(key)
        }
    }
}

impl Kernel {
    pub(super) fn arm(&self, deadline: Time, timer: Timer) -> TimerId {
        let id = self.timers.borrow_mut().arm(deadline, timer);
        if observer::listens() {
            // The table of tasks may be borrowed; but nobody arms a timer for anybody else.
            observer::timer_armed(id, observer::actor());
        }
        id
    }

    /// False if it has fired.
    pub(super) fn disarm(&self, id: TimerId) -> bool {
        let timer = self.timers.borrow_mut().disarm(id);
        if timer.is_some() && observer::listens() {
            observer::timer_disarmed(id);
        }
        timer.is_some()
    }

    /// Goes on to the moment when a task is ready.
    pub(super) fn pass_time(&self) -> Result<(), Deadlock> {
        loop {
            let timeline = runner::timeline().expect("a running loop has a clock");
            let next = self.timers.borrow().next_deadline();
            let idle = !self.is_ready();
            match (timeline, next) {
                (Timeline::Simulated { .. }, _) | (_, None) if !idle => return Ok(()),
                // Every wait is a trap: if no timer is armed, nothing can ever happen.
                (_, None) => return Err(self.deadlock()),
                (Timeline::Simulated { .. }, Some(deadline)) => {
                    runner::jump(deadline);
                    self.fire(deadline);
                }
                (Timeline::Real { .. }, Some(deadline)) => {
                    let mut now = clock();
                    if idle && now < deadline {
                        let rise = self.timers.borrow().rise_for(deadline);
                        std::thread::sleep(rise.since_start() - now.since_start());
                        now = clock();
                    }
                    self.fire(now);
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
            let Some((id, Timer { key, limit, .. })) = due else {
                break;
            };
            if observer::listens() {
                observer::timer_fired(id);
            }
            match limit {
                Some(_) => self.wake(key),
                None => self.answer(key),
            }
        }
        observer::nobody_acts();
    }
}
