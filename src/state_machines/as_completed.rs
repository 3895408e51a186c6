//! Tasks in the order in which they end.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::Stream;

use super::children::{Children, NextEnded};
use super::handle::JoinHandle;
use crate::error::JoinError;
use crate::outcome::no_value;
use crate::tally::Rule;
use crate::trace::observer::here;

/// Gives the outcomes of the tasks in the order in which they end. A [`Stream`], too.
///
/// Dropping it lets the remaining tasks run on, as in asyncio.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     let after = |seconds| aw::spawn(async move {
///         aw::sleep(Duration::from_secs(seconds)).await;
///         seconds
///     });
///     let mut tasks = aw::as_completed([after(3), after(1), after(2)]);
///     assert_eq!(tasks.running(), 3);
///     let mut order = Vec::new();
///     while let Some(outcome) = tasks.next().await {
///         order.push(outcome.unwrap());
///     }
///     assert_eq!(order, [1, 2, 3]);
/// });
/// ```
pub fn as_completed<T: 'static>(
    handles: impl IntoIterator<Item = JoinHandle<T>>,
) -> AsCompleted<T> {
    AsCompleted(Children::watch(handles, Rule::Each, no_value::<T>))
}

/// What [`as_completed`] returns.
#[must_use = "it does nothing unless you ask for the `next()` outcome"]
pub struct AsCompleted<T>(Children<T>);

impl<T> fmt::Debug for AsCompleted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsCompleted").finish_non_exhaustive()
    }
}

impl<T: 'static> AsCompleted<T> {
    /// Waits for the next task to end; `None` when all have.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no outcome, and leaves the line: a machine that goes from poll to poll keeps it, or asks the stream (`poll_next`).
    #[expect(
        clippy::should_implement_trait,
        reason = "it waits, as the stream's `next` does"
    )]
    pub fn next(&mut self) -> NextCompleted<'_, T> {
        NextCompleted(NextEnded(&mut self.0))
    }

    /// How many tasks are still running.
    #[must_use]
    pub fn running(&self) -> usize {
        self.0.running()
    }
}

impl<T: 'static> Stream for AsCompleted<T> {
    type Item = Result<T, JoinError>;

    #[track_caller]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        here();
        let child = ready!(self.0.poll_next_ended(cx));
        Poll::Ready(child.map(|child| self.0.take(child)))
    }
}

/// The future of [`AsCompleted::next`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct NextCompleted<'a, T>(NextEnded<'a, T>);

impl<T> fmt::Debug for NextCompleted<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NextCompleted").finish_non_exhaustive()
    }
}

impl<T: 'static> Future for NextCompleted<'_, T> {
    type Output = Option<Result<T, JoinError>>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        here();
        let child = ready!(Pin::new(&mut self.0).poll(cx));
        Poll::Ready(child.map(|child| self.0.0.take(child)))
    }
}

/// Waits for the first of the tasks to end: its place among the arguments, and its outcome. The others run on.
///
/// # Panics
///
/// If there are no tasks: none would ever be the first.
///
/// # Cancel safety
///
/// Dropping the future loses no outcome, and the tasks run on.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     let slow = aw::spawn(aw::sleep(Duration::from_secs(2)));
///     let fast = aw::spawn(aw::sleep(Duration::from_secs(1)));
///     let (index, outcome) = aw::first_completed([slow, fast]).await;
///     assert_eq!((index, outcome.is_ok()), (1, true));
/// });
/// ```
#[track_caller]
pub fn first_completed<T: 'static>(
    handles: impl IntoIterator<Item = JoinHandle<T>>,
) -> FirstCompleted<T> {
    let children = Children::watch(handles, Rule::Each, no_value::<T>);
    assert!(
        children.len() > 0,
        "`first_completed` of no tasks would wait for ever: hand it at least one"
    );
    FirstCompleted(Some(children))
}

/// The future of [`first_completed`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct FirstCompleted<T>(Option<Children<T>>);

impl<T> fmt::Debug for FirstCompleted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FirstCompleted").finish_non_exhaustive()
    }
}

impl<T: 'static> Future for FirstCompleted<T> {
    type Output = (usize, Result<T, JoinError>);

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        here();
        let children = self.0.as_mut();
        let children = children.expect("a `first_completed` was polled after it had returned");
        let first = ready!(children.poll_next_ended(cx));
        let first = first.expect("there is at least one child, and none was told of before");
        let outcome = children.take(first);
        self.0 = None;
        Poll::Ready((first, outcome))
    }
}
