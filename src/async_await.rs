//! Lane 3: coroutines as async fns.
//!
//! There is no loop here, and that is the lesson: the compiler writes the state machine, and everything else is lane 2. The executor and
//! the leaf futures are [`state_machines`](crate::state_machines)' own, re-exported. What this module adds are the combinators, a second
//! time, as async code: put `gather` below beside `state_machines/gather.rs` to see what `async` saves.
//!
//! They return `impl Future` instead of being `async fn`s where something has to happen at the call and not at the first poll:
//! a gather watches its children from the moment it is made.

use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::Stream;
use futures::future::{Either, select};

#[doc(alias = "asyncio.Event")]
pub use crate::state_machines::Event;
#[doc(alias = "asyncio.Task")]
#[doc(alias = "asyncio.shield")]
#[doc(alias = "Task")]
#[doc(alias = "shield")]
pub use crate::state_machines::JoinHandle;
#[doc(alias = "asyncio.Lock")]
#[doc(alias = "Lock")]
pub use crate::state_machines::Mutex;
#[doc(alias = "asyncio.Semaphore")]
#[doc(alias = "asyncio.BoundedSemaphore")]
pub use crate::state_machines::Semaphore;
#[doc(alias = "asyncio.TaskGroup")]
pub use crate::state_machines::TaskGroup;
#[doc(alias = "Queue")]
#[doc(alias = "asyncio.Queue")]
pub use crate::state_machines::channel;
#[doc(alias = "current_task")]
#[doc(alias = "asyncio.current_task")]
pub use crate::state_machines::current;
#[doc(alias = "loop.time")]
pub use crate::state_machines::now;
#[doc(alias = "asyncio.run")]
#[doc(alias = "run_until_complete")]
#[doc(alias = "block_on")]
pub use crate::state_machines::run;
#[doc(alias = "asyncio.run")]
pub use crate::state_machines::run_on;
#[doc(alias = "asyncio.Runner")]
pub use crate::state_machines::run_with;
#[doc(alias = "asyncio.sleep")]
#[doc(alias = "call_later")]
pub use crate::state_machines::sleep;
#[doc(alias = "call_at")]
pub use crate::state_machines::sleep_until;
#[doc(alias = "create_task")]
#[doc(alias = "asyncio.create_task")]
#[doc(alias = "ensure_future")]
pub use crate::state_machines::spawn;
#[doc(alias = "set_name")]
pub use crate::state_machines::spawn_named;
#[doc(alias = "all_tasks")]
#[doc(alias = "asyncio.all_tasks")]
pub use crate::state_machines::tasks;
#[doc(alias = "asyncio.run")]
pub use crate::state_machines::try_run_on;
#[doc(alias = "Queue")]
#[doc(alias = "asyncio.Queue")]
pub use crate::state_machines::unbounded;
#[doc(alias = "sleep(0)")]
#[doc(alias = "asyncio.sleep(0)")]
pub use crate::state_machines::yield_now;
pub use crate::state_machines::{
    Acquire, Finish, Finished, Lock, MutexGuard, Permit, Receiver, Recv, Sender, Sending, Setup,
    Sleep, Spawner, Wait, YieldNow, spawner,
};

use crate::error::{Elapsed, JoinError};
use crate::outcome::{any_error, no_value};
use crate::state_machines::children::{Children, Dependents, NextEnded};
use crate::state_machines::timeout::Alarm;
use crate::tally::Rule;
use crate::trace::at;

/// [`state_machines::gather`](crate::state_machines::gather) as an async block.
///
/// # Errors
///
/// The first [`JoinError`] in time.
///
/// # Cancel safety
///
/// Cancelling the gather cancels its children.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, async_await as aw};
///
/// let values = aw::run_on(Clock::Simulated, async {
///     aw::gather([aw::spawn(async { "a" }), aw::spawn(async { "b" })]).await
/// });
/// assert_eq!(values.unwrap(), ["a", "b"]);
/// ```
#[doc(alias = "asyncio.gather")]
pub fn gather<T: 'static>(
    handles: impl IntoIterator<Item = JoinHandle<T>>,
) -> impl Future<Output = Result<Vec<T>, JoinError>> {
    let mut children = Dependents::new(Children::watch(handles, Rule::FirstFailure, no_value::<T>));
    at(async move {
        match poll_fn(|cx| children.poll(cx)).await {
            (children, Some(failed)) => children.take(failed).map(|value| vec![value]),
            (children, None) => children.take_all().collect(),
        }
    })
}

/// [`state_machines::try_gather`](crate::state_machines::try_gather) as an async block.
///
/// # Errors
///
/// The first error in time: the task's own, or a [`JoinError`] turned into one.
///
/// # Cancel safety
///
/// Cancelling the gather cancels its children.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, JoinError, async_await as aw};
///
/// let values: Result<Vec<i32>, JoinError> = aw::run_on(Clock::Simulated, async {
///     aw::try_gather([aw::spawn(async { Ok(1) }), aw::spawn(async { Ok(2) })]).await
/// });
/// assert_eq!(values.unwrap(), [1, 2]);
/// ```
#[doc(alias = "asyncio.gather")]
#[doc(alias = "FIRST_EXCEPTION")]
pub fn try_gather<T: 'static, E: From<JoinError> + 'static>(
    handles: impl IntoIterator<Item = JoinHandle<Result<T, E>>>,
) -> impl Future<Output = Result<Vec<T>, E>> {
    let children = Children::watch(handles, Rule::FirstFailure, any_error::<T, E>);
    let mut children = Dependents::new(children);
    at(async move {
        match poll_fn(|cx| children.poll(cx)).await {
            (children, Some(failed)) => children.take(failed)?.map(|value| vec![value]),
            (children, None) => children.take_all().map(|outcome| outcome?).collect(),
        }
    })
}

/// [`state_machines::gather_all`](crate::state_machines::gather_all) as an async block.
///
/// # Cancel safety
///
/// Cancelling the gather cancels its children.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, async_await as aw};
///
/// let outcomes = aw::run_on(Clock::Simulated, async {
///     aw::gather_all([aw::spawn(async { 1 }), aw::spawn(async { panic!("not my day") })]).await
/// });
/// assert!(matches!(outcomes[0], Ok(1)));
/// assert_eq!(outcomes[1].as_ref().unwrap_err().to_string(), "the task panicked: not my day");
/// ```
#[doc(alias = "asyncio.gather(return_exceptions=True)")]
#[doc(alias = "return_exceptions")]
#[doc(alias = "ALL_COMPLETED")]
pub fn gather_all<T: 'static>(
    handles: impl IntoIterator<Item = JoinHandle<T>>,
) -> impl Future<Output = Vec<Result<T, JoinError>>> {
    let mut children = Dependents::new(Children::watch(handles, Rule::Last, no_value::<T>));
    at(async move {
        let (children, _) = poll_fn(|cx| children.poll(cx)).await;
        children.take_all().collect()
    })
}

/// Gives the outcomes of the tasks in the order in which they end. A [`Stream`], too.
///
/// Dropping it lets the remaining tasks run on, as in asyncio.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     let slow = aw::spawn(async { aw::yield_now().await; "slow" });
///     let fast = aw::spawn(async { "fast" });
///     let mut tasks = aw::as_completed([slow, fast]);
///     assert_eq!(tasks.running(), 2);
///     assert_eq!(tasks.next().await.unwrap().unwrap(), "fast");
///     assert_eq!(tasks.next().await.unwrap().unwrap(), "slow");
///     assert!(tasks.next().await.is_none());
/// });
/// ```
#[doc(alias = "asyncio.as_completed")]
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
    /// Dropping the future loses no outcome.
    #[expect(clippy::should_implement_trait, reason = "an iterator cannot wait")]
    pub fn next(&mut self) -> impl Future<Output = Option<Result<T, JoinError>>> {
        at(async move {
            let child = NextEnded(&mut self.0).await?;
            Some(self.0.take(child))
        })
    }

    /// How many tasks are still running.
    #[must_use]
    pub fn running(&self) -> usize {
        self.0.running()
    }
}

impl<T: 'static> Stream for AsCompleted<T> {
    type Item = Result<T, JoinError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let child = ready!(self.0.poll_next_ended(cx));
        Poll::Ready(child.map(|child| self.0.take(child)))
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
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     let slow = aw::spawn(async { aw::yield_now().await; "slow" });
///     let fast = aw::spawn(async { "fast" });
///     let (index, outcome) = aw::first_completed([slow, fast]).await;
///     assert_eq!((index, outcome.unwrap()), (1, "fast"));
/// });
/// ```
#[doc(alias = "asyncio.wait")]
#[doc(alias = "FIRST_COMPLETED")]
#[track_caller]
pub fn first_completed<T: 'static>(
    handles: impl IntoIterator<Item = JoinHandle<T>>,
) -> impl Future<Output = (usize, Result<T, JoinError>)> {
    let mut children = Children::watch(handles, Rule::Each, no_value::<T>);
    assert!(
        children.len() > 0,
        "`first_completed` of no tasks would wait for ever: hand it at least one"
    );
    at(async move {
        let first = poll_fn(|cx| children.poll_next_ended(cx)).await;
        let first = first.expect("there is at least one child, and none was told of before");
        (first, children.take(first))
    })
}

/// [`state_machines::timeout`](crate::state_machines::timeout) as a `select` between the body and an alarm.
///
/// The body is polled first: a value that comes at the very deadline wins.
///
/// # Errors
///
/// [`Elapsed`] if the limit passed first. The body has been dropped by then.
///
/// # Panics
///
/// When polled where no loop runs; the message names the line that made the future.
///
/// # Cancel safety
///
/// As the body's.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, async_await as aw};
///
/// let second = Duration::from_secs(1);
/// let in_time = aw::run_on(Clock::Simulated, async {
///     aw::timeout(second, async { aw::sleep(second).await; "the value wins" }).await
/// });
/// assert_eq!(in_time, Ok("the value wins"));
/// ```
#[doc(alias = "wait_for")]
#[doc(alias = "asyncio.wait_for")]
#[doc(alias = "asyncio.timeout")]
#[track_caller]
#[doc(alias = "timeout_at")]
#[doc(alias = "asyncio.timeout_at")]
pub fn timeout<F: Future>(
    limit: Duration,
    body: F,
) -> impl Future<Output = Result<F::Output, Elapsed>> {
    let mut alarm = Alarm::new(limit);
    at(async move {
        // The limit counts from here; its timer is armed only if the body has something to wait for.
        alarm.start();
        // By reference, so that the body is dropped while its limit still stands.
        match select(pin!(body), &mut alarm).await {
            Either::Left((value, _)) => Ok(value),
            Either::Right((elapsed, _)) => Err(elapsed),
        }
    })
}
