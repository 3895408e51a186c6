//! Time as a loop sees it: two clocks, and the timers that are armed on them.
//!
//! Nothing here knows what a coroutine is. Both loops arm, disarm and fire their timers through this file, so that time
//! has one order: by deadline, and by arrival where deadlines are equal.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::runner;

/// The clock that a loop runs on.
///
/// asyncio has only the real one; test suites there patch the loop's `time` to get the other.
///
/// # Examples
///
/// An hour passes at once when nobody has to live through it:
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, async_await as aw};
///
/// let elapsed = aw::run_on(Clock::Simulated, async {
///     aw::sleep(Duration::from_secs(3600)).await;
///     aw::now()
/// });
/// assert_eq!(elapsed, Duration::from_secs(3600));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Clock {
    /// The monotonic clock of the machine. The loop sleeps until the next deadline or until another thread wakes a task.
    ///
    /// No timer fires early. Where deadlines stand close together the loop gets up for many at once: having fired one, it does
    /// not get up for the next within 0.2 ms. (asyncio's loops sleep in whole milliseconds.)
    #[default]
    Real,
    /// Time stands still while any task is ready, and jumps to the next deadline when none is. Nothing outside the loop is
    /// waited for, so a program does the same thing every time it runs.
    ///
    /// A task that never stops yielding keeps this clock from moving, as under every virtual clock.
    Simulated,
}

/// A moment: nanoseconds since the loop began. One word, so that a trap or a timer that carries one stays small.
///
/// 584 years fit; what lies beyond is [`Time::NEVER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Time(u64);

impl Time {
    pub(crate) const START: Self = Self(0);
    pub(crate) const NEVER: Self = Self(u64::MAX);

    /// The moment `wait` after this one; sums that do not fit are never.
    pub(crate) fn after(self, wait: Duration) -> Self {
        let wait = u64::try_from(wait.as_nanos()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(wait))
    }

    pub(crate) fn since_start(self) -> Duration {
        Duration::from_nanos(self.0)
    }

    /// As reports give it: never is [`Duration::MAX`].
    pub(crate) fn moment(self) -> Duration {
        match self {
            Self::NEVER => Duration::MAX,
            time => time.since_start(),
        }
    }

    /// The moment that stands `offset` after the beginning of the loop.
    pub(crate) fn at(offset: Duration) -> Self {
        Self::START.after(offset)
    }
}

/// Where the running loop stands in time.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Timeline {
    Real { began: Instant },
    Simulated { now: Time },
}

impl Timeline {
    pub(crate) fn begin(clock: Clock) -> Self {
        match clock {
            Clock::Real => Self::Real {
                began: Instant::now(),
            },
            Clock::Simulated => Self::Simulated { now: Time::START },
        }
    }

    pub(crate) fn now(self) -> Time {
        match self {
            Self::Real { began } => Time::at(began.elapsed()),
            Self::Simulated { now } => now,
        }
    }
}

/// An armed timer, to disarm it by. The ticket breaks ties between equal deadlines: whoever came first has the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct TimerId {
    pub(crate) deadline: Time,
    pub(crate) ticket: u64,
}

/// The armed timers of a loop, in the order in which they will fire.
///
/// Arming, disarming and looking one up cost O(log n). A disarmed timer is gone: a million timeouts that are never used
/// leave nothing behind.
#[derive(Debug)]
pub(crate) struct Timers<W> {
    armed: BTreeMap<TimerId, W>,
    /// The last that fired. All before it have: whoever arms a timer does it for a moment that is yet to come.
    fired: Option<TimerId>,
    fired_at: Time,
}

/// Getting up costs the machine about as much as a hundred steps.
const PAUSE: Duration = Duration::from_micros(200);

impl<W> Timers<W> {
    pub(crate) const fn new() -> Self {
        Self {
            armed: BTreeMap::new(),
            fired: None,
            fired_at: Time::START,
        }
    }

    /// Arms a timer. One whose deadline is never stands in the list like the others, and never fires.
    pub(crate) fn arm(&mut self, deadline: Time, waiter: W) -> TimerId {
        let id = TimerId {
            deadline,
            ticket: runner::next_ticket(),
        };
        self.armed.insert(id, waiter);
        id
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.armed.is_empty()
    }

    /// Takes a timer off the list; `None` if it has fired.
    pub(crate) fn disarm(&mut self, id: TimerId) -> Option<W> {
        self.armed.remove(&id)
    }

    pub(crate) fn get(&self, id: TimerId) -> Option<&W> {
        self.armed.get(&id)
    }

    /// Whom an armed timer wakes; `None` if it has fired, which costs nothing to find out.
    pub(crate) fn get_mut(&mut self, id: TimerId) -> Option<&mut W> {
        if Some(id) <= self.fired {
            return None;
        }
        self.armed.get_mut(&id)
    }

    pub(crate) fn next_deadline(&self) -> Option<Time> {
        let (id, _) = self.armed.first_key_value()?;
        (id.deadline != Time::NEVER).then_some(id.deadline)
    }

    /// When a loop that has nothing else to do is to get up for a deadline.
    pub(crate) fn rise_for(&self, deadline: Time) -> Time {
        match self.fired {
            Some(_) => deadline.max(self.fired_at.after(PAUSE)),
            None => deadline,
        }
    }

    /// Takes the first timer whose deadline is not after `now`.
    pub(crate) fn pop_due(&mut self, now: Time) -> Option<(TimerId, W)> {
        let first = self.armed.first_entry()?;
        let id = *first.key();
        if id.deadline > now || id.deadline == Time::NEVER {
            return None;
        }
        self.fired = Some(id);
        self.fired_at = now;
        Some((id, first.remove()))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (TimerId, &W)> {
        self.armed.iter().map(|(id, waiter)| (*id, waiter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loop_gets_up_in_time_unless_it_has_just_been_up() {
        let mut timers = Timers::new();
        let [first, close, far] =
            [1_000, 1_050, 1_300].map(|us| Time::at(Duration::from_micros(us)));
        timers.arm(first, ());
        assert_eq!(timers.rise_for(first), first);
        timers.pop_due(first);
        assert_eq!(timers.rise_for(close), first.after(PAUSE));
        assert_eq!(timers.rise_for(far), far);
    }

    const SECOND: Duration = Duration::from_secs(1);

    fn fired(timers: &mut Timers<&'static str>, now: Time) -> Vec<&'static str> {
        std::iter::from_fn(|| timers.pop_due(now))
            .map(|(_, waiter)| waiter)
            .collect()
    }

    #[test]
    fn timers_fire_by_deadline_and_then_by_arrival() {
        let mut timers = Timers::new();
        timers.arm(Time::at(2 * SECOND), "second");
        timers.arm(Time::at(3 * SECOND), "third");
        timers.arm(Time::at(SECOND), "first");
        timers.arm(Time::at(2 * SECOND), "second, later");
        assert_eq!(timers.next_deadline(), Some(Time::at(SECOND)));
        assert_eq!(
            fired(&mut timers, Time::at(2 * SECOND)),
            ["first", "second", "second, later"]
        );
        assert_eq!(timers.next_deadline(), Some(Time::at(3 * SECOND)));
    }

    #[test]
    fn a_disarmed_timer_is_gone_and_moves_nothing() {
        let mut timers = Timers::new();
        let id = timers.arm(Time::at(SECOND), "gone");
        assert_eq!(timers.disarm(id), Some("gone"));
        assert_eq!(timers.disarm(id), None);
        assert_eq!(timers.next_deadline(), None);
        assert!(fired(&mut timers, Time::at(SECOND)).is_empty());
    }

    #[test]
    fn sums_that_do_not_fit_are_never_and_never_does_not_come() {
        assert_eq!(Time::at(Duration::MAX), Time::NEVER);
        assert_eq!(Time::at(SECOND).after(Duration::MAX), Time::NEVER);
        let almost = Duration::from_nanos(u64::MAX - 1);
        assert_eq!(Time::at(SECOND).after(almost), Time::NEVER);
        let mut timers = Timers::new();
        timers.arm(Time::NEVER, "never");
        assert_eq!(timers.next_deadline(), None);
        assert!(fired(&mut timers, Time::NEVER).is_empty());
    }
}
