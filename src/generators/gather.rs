//! Waiting for many tasks at once.

use super::children::{Children, Dependents};
use super::co::Co;
use super::handle::JoinHandle;
use crate::error::JoinError;
use crate::outcome::{any_error, no_value};
use crate::tally::Rule;
use crate::trace::at;

/// Waits for all tasks; their values come in argument order, whatever the order of ending.
///
/// The first failure *in time* (a task that was cancelled or panicked) decides at once, and the siblings run on. The waiting task is
/// woken once, by the child that decides. Dropping the future before that requests the cancellation of every child, in argument order.
///
/// asyncio takes coroutines and makes tasks of them; here the caller does, so children of different types need no boxing.
///
/// # Errors
///
/// The first [`JoinError`]. The other outcomes are lost unless somebody holds their handles. An outcome that somebody else has taken,
/// or that is asked for twice, is [`JoinError::Taken`].
///
/// # Cancel safety
///
/// Cancelling the gather cancels its children. Wait for each handle instead if they are to run on.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// let sum: i32 = g::run_on(Clock::Simulated, async |co: &Co| {
///     let tasks = [1, 2].map(|i| g::spawn(co, async move |_: &Co| i));
///     g::gather(co, tasks).await.unwrap().into_iter().sum()
/// });
/// assert_eq!(sum, 3);
/// ```
pub fn gather<T: 'static>(
    co: &Co,
    handles: impl IntoIterator<Item = JoinHandle<T>>,
) -> impl Future<Output = Result<Vec<T>, JoinError>> {
    let children = Children::watch(handles, Rule::FirstFailure, no_value::<T>);
    let children = Dependents::new(children);
    at(async move {
        match children.decided(co).await {
            (children, Some(failed)) => children.take(failed).map(|value| vec![value]),
            (children, None) => children.take_all().collect(),
        }
    })
}

/// [`gather`] for tasks that return a `Result`: an error of the task's own is a failure too.
///
/// # Errors
///
/// The first error in time: the task's own, or a [`JoinError`] turned into one.
///
/// # Cancel safety
///
/// As [`gather`].
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, JoinError, generators as g};
/// use yield_to_await::generators::Co;
///
/// # #[derive(Debug, PartialEq)] struct Broken;
/// # impl From<JoinError> for Broken { fn from(_: JoinError) -> Self { Broken } }
/// g::run_on(Clock::Simulated, async |co: &Co| {
///     let well = g::spawn(co, async |_: &Co| Ok(1));
///     let ill = g::spawn(co, async |_: &Co| Err(Broken));
///     assert_eq!(g::try_gather(co, [well, ill]).await, Err(Broken));
/// });
/// ```
pub fn try_gather<T: 'static, E: From<JoinError> + 'static>(
    co: &Co,
    handles: impl IntoIterator<Item = JoinHandle<Result<T, E>>>,
) -> impl Future<Output = Result<Vec<T>, E>> {
    let children = Children::watch(handles, Rule::FirstFailure, any_error::<T, E>);
    let children = Dependents::new(children);
    at(async move {
        match children.decided(co).await {
            (children, Some(failed)) => children.take(failed)?.map(|value| vec![value]),
            (children, None) => children.take_all().map(|outcome| outcome?).collect(),
        }
    })
}

/// [`gather`] that waits for every task, whatever became of the others: failures are elements of the list.
///
/// # Cancel safety
///
/// As [`gather`].
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, JoinError, generators as g};
/// use yield_to_await::generators::Co;
///
/// g::run_on(Clock::Simulated, async |co: &Co| {
///     let [well, ill] = [1, 2].map(|i| g::spawn(co, async move |_: &Co| i));
///     ill.cancel();
///     let outcomes = g::gather_all(co, [well, ill]).await;
///     assert!(matches!(outcomes[..], [Ok(1), Err(JoinError::Cancelled)]));
/// });
/// ```
pub fn gather_all<T: 'static>(
    co: &Co,
    handles: impl IntoIterator<Item = JoinHandle<T>>,
) -> impl Future<Output = Vec<Result<T, JoinError>>> {
    let children = Children::watch(handles, Rule::Last, no_value::<T>);
    let children = Dependents::new(children);
    at(async move {
        let (children, _) = children.decided(co).await;
        children.take_all().collect()
    })
}
