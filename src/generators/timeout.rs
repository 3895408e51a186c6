//! A time limit around a wait, in place.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use super::co::Co;
use super::kernel::Kernel;
use super::sleep::clock;
use crate::error::Elapsed;
use crate::line::Ticket;
use crate::trace::at;

/// Runs `body` in place, in the same task, and drops it when `limit` has passed, counted from the first poll.
///
/// The body is what any function of this lane returns, or an async block that borrows `co`. It is looked at first: a value that
/// comes at the very deadline wins. Of nested limits the inner one is looked at first. No task is made.
///
/// How it works without a second coroutine: the kernel replies `Expired`, which the coroutine's innermost trap takes and notes; it
/// stays pending, and so does everything around it up to the `timeout` that recognizes its own note and drops the rest.
///
/// Give it the wait itself, not a reference to one that goes on afterwards: what a limit has passed over is over. (Lanes 2 and 3 can take it
/// up again; here it is a panic that says so.)
///
/// # Errors
///
/// [`Elapsed`] if the limit passed first. The body has been dropped by then.
///
/// # Cancel safety
///
/// As the body's.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// g::run_on(Clock::Simulated, async |co: &Co| {
///     let second = Duration::from_secs(1);
///     assert!(g::timeout(co, second, g::sleep(co, 2 * second)).await.is_err());
///     let body = async {
///         g::sleep(co, second).await;
///         "the value wins"
///     };
///     assert_eq!(g::timeout(co, second, body).await, Ok("the value wins"));
/// });
/// ```
pub fn timeout<F: Future>(
    co: &Co,
    limit: Duration,
    body: F,
) -> impl Future<Output = Result<F::Output, Elapsed>> {
    at(async move {
        // Declared before the body, so that the body is dropped while its limit still stands.
        let own = Limit::begin(co, limit);
        let mut body = pin!(body);
        poll_fn(|cx| match body.as_mut().poll(cx) {
            Poll::Ready(value) => Poll::Ready(Ok(value)),
            Poll::Pending if co.has_expired(own.depth) => Poll::Ready(Err(Elapsed::new(limit))),
            Poll::Pending => {
                Kernel::with(|kernel| kernel.arm_limit(co.key(), own.depth));
                Poll::Pending
            }
        })
        .await
    })
}

/// A limit that ends when it is dropped.
struct Limit<'a> {
    co: &'a Co,
    depth: u32,
    /// Another limit may stand at this depth by the time this one is dropped.
    ticket: Ticket,
}

impl<'a> Limit<'a> {
    fn begin(co: &'a Co, limit: Duration) -> Self {
        let deadline = clock().after(limit);
        let ticket = Ticket::next();
        let depth = Kernel::with(|kernel| kernel.push_limit(co.key(), deadline, ticket));
        co.set_limits(depth + 1);
        Self { co, depth, ticket }
    }
}

impl Drop for Limit<'_> {
    fn drop(&mut self) {
        let Self { co, depth, ticket } = *self;
        if Kernel::with(|kernel| kernel.pop_limit(co.key(), depth, ticket)) {
            co.forget_expired(depth);
            co.set_limits(depth);
        }
    }
}
