//! Waiting for many tasks at once.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use super::children::{Children, Dependents};
use super::handle::JoinHandle;
use crate::error::JoinError;
use crate::outcome::{any_error, no_value};
use crate::tally::Rule;
use crate::trace::observer::here;

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
/// use yield_to_await::{Clock, async_await as aw};
///
/// let sum: i32 = aw::run_on(Clock::Simulated, async {
///     let values = aw::gather([aw::spawn(async { 1 }), aw::spawn(async { 2 })]).await;
///     values.unwrap().into_iter().sum()
/// });
/// assert_eq!(sum, 3);
/// ```
pub fn gather<T: 'static>(handles: impl IntoIterator<Item = JoinHandle<T>>) -> Gather<T> {
    let children = Children::watch(handles, Rule::FirstFailure, no_value::<T>);
    Gather(Dependents::new(children))
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
/// use yield_to_await::{Clock, JoinError, async_await as aw};
///
/// # #[derive(Debug, PartialEq)] struct Broken;
/// # impl From<JoinError> for Broken { fn from(_: JoinError) -> Self { Broken } }
/// aw::run_on(Clock::Simulated, async {
///     let well = aw::spawn(async { Ok(1) });
///     let ill = aw::spawn(async { Err(Broken) });
///     assert_eq!(aw::try_gather([well, ill]).await, Err(Broken));
/// });
/// ```
pub fn try_gather<T: 'static, E: From<JoinError> + 'static>(
    handles: impl IntoIterator<Item = JoinHandle<Result<T, E>>>,
) -> TryGather<T, E> {
    let children = Children::watch(handles, Rule::FirstFailure, any_error::<T, E>);
    TryGather(Dependents::new(children))
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
/// use yield_to_await::{Clock, JoinError, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     let (well, ill) = (aw::spawn(async { 1 }), aw::spawn(async { 2 }));
///     ill.cancel();
///     let outcomes = aw::gather_all([well, ill]).await;
///     assert!(matches!(outcomes[..], [Ok(1), Err(JoinError::Cancelled)]));
/// });
/// ```
pub fn gather_all<T: 'static>(handles: impl IntoIterator<Item = JoinHandle<T>>) -> GatherAll<T> {
    let children = Children::watch(handles, Rule::Last, no_value::<T>);
    GatherAll(Dependents::new(children))
}

/// The future of [`gather`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Gather<T>(Dependents<T>);

impl<T> fmt::Debug for Gather<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gather").finish_non_exhaustive()
    }
}

impl<T: 'static> Future for Gather<T> {
    type Output = Result<Vec<T>, JoinError>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        here();
        let (children, failed) = ready!(self.0.poll(cx));
        Poll::Ready(match failed {
            Some(child) => children.take(child).map(|value| vec![value]),
            None => children.take_all().collect(),
        })
    }
}

/// The future of [`try_gather`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct TryGather<T, E>(Dependents<Result<T, E>>);

impl<T, E> fmt::Debug for TryGather<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TryGather").finish_non_exhaustive()
    }
}

impl<T: 'static, E: From<JoinError> + 'static> Future for TryGather<T, E> {
    type Output = Result<Vec<T>, E>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        here();
        let (children, failed) = ready!(self.0.poll(cx));
        let flat = |outcome: Result<Result<T, E>, JoinError>| outcome?;
        Poll::Ready(match failed {
            Some(child) => flat(children.take(child)).map(|value| vec![value]),
            None => children.take_all().map(flat).collect(),
        })
    }
}

/// The future of [`gather_all`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct GatherAll<T>(Dependents<T>);

impl<T> fmt::Debug for GatherAll<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GatherAll").finish_non_exhaustive()
    }
}

impl<T: 'static> Future for GatherAll<T> {
    type Output = Vec<Result<T, JoinError>>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        here();
        let (children, _) = ready!(self.0.poll(cx));
        Poll::Ready(children.take_all().collect())
    }
}
