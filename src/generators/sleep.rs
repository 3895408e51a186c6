//! Waiting for time, or for nothing but one's next turn.

use std::time::Duration;

use super::co::Co;
use super::trap::Call;
use crate::clock::Time;
use crate::runner;
use crate::trace::at;

/// Waits for `duration`, counted from the first poll. Other tasks run meanwhile.
///
/// `Duration::ZERO` is [`yield_now`]; what does not fit the clock (584 years), `Duration::MAX` among it, is never. Equal
/// deadlines fire in the order in which they were armed, and none fires early.
///
/// # Cancel safety
///
/// Dropping the future disarms its timer.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// g::run_on(Clock::Simulated, async |co: &Co| {
///     g::sleep(co, Duration::from_secs(1)).await; // takes no time at all
///     assert_eq!(g::now(co), Duration::from_secs(1));
/// });
/// ```
pub fn sleep(co: &Co, duration: Duration) -> impl Future<Output = ()> {
    at(async move {
        sleep_to(co, clock().after(duration)).await;
    })
}

/// Waits until `moment`, counted from the beginning of the loop; a moment that has passed already is [`yield_now`].
///
/// # Cancel safety
///
/// Dropping the future disarms its timer.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// g::run_on(Clock::Simulated, async |co: &Co| {
///     let tick = Duration::from_millis(100);
///     for n in 1..=3 {
///         g::sleep_until(co, tick * n).await; // does not drift, however long the work takes
///     }
///     assert_eq!(g::now(co), Duration::from_millis(300));
/// });
/// ```
pub fn sleep_until(co: &Co, moment: Duration) -> impl Future<Output = ()> {
    at(async move {
        sleep_to(co, Time::at(moment)).await;
    })
}

async fn sleep_to(co: &Co, deadline: Time) {
    if deadline <= clock() {
        yield_now(co).await;
    } else {
        co.wait_until(deadline).await;
    }
}

/// Gives every other ready task a turn. (`await` alone gives up the turn only if something really has to be waited for.)
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, Setup, generators as g};
/// use yield_to_await::generators::Co;
///
/// let setup = Setup::new().clock(Clock::Simulated);
/// let report = g::run_with(setup, async |co: &Co| g::yield_now(co).await);
/// assert_eq!(report.counts.steps, 2);
/// ```
#[inline]
pub fn yield_now(co: &Co) -> impl Future<Output = ()> {
    co.trap(Call::YieldNow, move || co.ask_for_a_turn(), || ())
}

/// Whoever holds a `Co` is inside a loop.
pub(crate) fn clock() -> Time {
    runner::now().expect("a coroutine runs inside a loop")
}
