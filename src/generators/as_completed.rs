//! Tasks in the order in which they end.

use super::children::Children;
use super::co::Co;
use super::handle::JoinHandle;
use crate::error::JoinError;
use crate::outcome::no_value;
use crate::tally::Rule;
use crate::trace::at;
use std::fmt;

/// Gives the outcomes of the tasks in the order in which they end.
///
/// Dropping it lets the remaining tasks run on, as in asyncio.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// g::run_on(Clock::Simulated, async |co: &Co| {
///     let tasks = [3, 1, 2].map(|seconds| {
///         g::spawn(co, async move |co: &Co| {
///             g::sleep(co, Duration::from_secs(seconds)).await;
///             seconds
///         })
///     });
///     let mut tasks = g::as_completed(co, tasks);
///     assert_eq!(tasks.running(), 3);
///     let mut order = Vec::new();
///     while let Some(outcome) = tasks.next(co).await {
///         order.push(outcome.unwrap());
///     }
///     assert_eq!(order, [1, 2, 3]);
/// });
/// ```
pub fn as_completed<T: 'static>(
    _co: &Co,
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
    /// Dropping the future loses no outcome.
    pub fn next(&mut self, co: &Co) -> impl Future<Output = Option<Result<T, JoinError>>> {
        at(async move {
            let child = self.0.next_ended(co).await?;
            Some(self.0.take(child))
        })
    }

    /// How many tasks are still running.
    #[must_use]
    pub fn running(&self) -> usize {
        self.0.running()
    }
}

/// Waits for the first of the tasks to end: its place among the arguments, and its outcome. The others run on. This lane has no
/// `select!`, so this is also how a coroutine waits for one of several things.
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
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// g::run_on(Clock::Simulated, async |co: &Co| {
///     let tasks = [2, 1].map(|seconds| {
///         g::spawn(co, async move |co: &Co| g::sleep(co, Duration::from_secs(seconds)).await)
///     });
///     let (index, outcome) = g::first_completed(co, tasks).await;
///     assert_eq!((index, outcome.is_ok()), (1, true));
/// });
/// ```
#[track_caller]
pub fn first_completed<T: 'static>(
    co: &Co,
    handles: impl IntoIterator<Item = JoinHandle<T>>,
) -> impl Future<Output = (usize, Result<T, JoinError>)> {
    let children = Children::watch(handles, Rule::Each, no_value::<T>);
    assert!(
        children.len() > 0,
        "`first_completed` of no tasks would wait for ever: hand it at least one"
    );
    at(async move {
        let first = children.next_ended(co).await;
        let first = first.expect("there is at least one child, and none was told of before");
        (first, children.take(first))
    })
}
