//! A group of tasks that fail together.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use super::children::Family;
use super::handle::JoinHandle;
use super::task;
use super::waiters::Place;
use crate::error::JoinError;
use crate::outcome::{any_error, typed};
use crate::tally::Rule;
use crate::trace::observer::here;

/// Tasks that belong together: the first error requests the cancellation of all the others at that moment, whatever the owner
/// awaits, and [`finish`](Self::finish) waits for every one.
///
/// A task that somebody cancels is no error (as in asyncio); a task that panics is one. Dropping the group requests the
/// cancellation of its tasks, but a destructor cannot wait for them. Where asyncio raises an `ExceptionGroup` of all
/// errors, `finish` gives the first in time.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, JoinError, async_await as aw};
///
/// # #[derive(Debug, PartialEq)] struct Broken;
/// # impl From<JoinError> for Broken { fn from(_: JoinError) -> Self { Broken } }
/// aw::run_on(Clock::Simulated, async {
///     let group = aw::TaskGroup::new();
///     let slow = group.spawn(async {
///         aw::sleep(Duration::from_secs(3600)).await;
///         Ok(1)
///     });
///     drop(group.spawn(async { Err(Broken) }));
///     assert!(!group.has_failed(), "nobody has had a turn yet");
///     assert_eq!(group.finish().await, Err(Broken));
///     assert!(matches!(slow.await, Err(JoinError::Cancelled)));
///     assert_eq!(aw::now(), Duration::ZERO);
/// });
/// ```
#[must_use = "dropping a group cancels its tasks; `finish` waits for them"]
pub struct TaskGroup<T, E> {
    tasks: RefCell<Vec<JoinHandle<Result<T, E>>>>,
    family: Rc<Family>,
}

impl<T, E> TaskGroup<T, E>
where
    T: 'static,
    E: From<JoinError> + 'static,
{
    /// An empty group.
    pub fn new() -> Self {
        Self {
            tasks: RefCell::default(),
            family: Family::new(Rule::Last, is_failure::<T, E>),
        }
    }

    /// [`spawn`](super::spawn), as a member of the group.
    ///
    /// If the group has failed already, `future` is dropped at once, unstarted, and its handle says [`JoinError::Cancelled`].
    /// Whoever awaits the handle takes the value out of the group's list.
    ///
    /// # Panics
    ///
    /// If no loop runs on this thread.
    #[doc(alias = "create_task")]
    #[track_caller]
    pub fn spawn(
        &self,
        future: impl Future<Output = Result<T, E>> + 'static,
    ) -> JoinHandle<Result<T, E>> {
        if self.has_failed() {
            drop(future);
            return task::refused(Location::caller());
        }
        let handle = task::spawn(future);
        self.family.begin();
        self.family.add_sibling(handle.key());
        let mut own = handle.clone();
        let mut tasks = self.tasks.borrow_mut();
        own.watch(&self.family, tasks.len());
        tasks.push(own);
        handle
    }

    /// Whether one of the tasks has failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.family.first_failure().is_some()
    }

    /// Waits for all tasks, and gives their values in the order of spawning.
    ///
    /// # Errors
    ///
    /// The error of the task that failed first; by then every other task has ended, too. If a holder of its handle has taken the error,
    /// [`JoinError::Taken`] stands for it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the group, which requests the cancellation of its tasks.
    pub fn finish(self) -> Finish<T, E> {
        Finish {
            group: self,
            place: None,
        }
    }

    fn outcome(&self) -> Result<Vec<T>, E> {
        let tasks = self.tasks.borrow();
        if let Some(first) = self.family.first_failure() {
            return tasks[first].take()?.map(|value| vec![value]);
        }
        // Left out: who was cancelled, and what a holder of the handle has taken.
        tasks.iter().filter_map(|task| task.take().ok()).collect()
    }
}

fn is_failure<T: 'static, E: 'static>(outcome: &mut dyn Any) -> bool {
    any_error::<T, E>(outcome)
        && !matches!(
            typed::<Result<T, E>>(outcome),
            Some(Err(JoinError::Cancelled))
        )
}

impl<T, E> Default for TaskGroup<T, E>
where
    T: 'static,
    E: From<JoinError> + 'static,
{
    fn default() -> Self {
        Self::new()
    }
}

impl<T, E> Drop for TaskGroup<T, E> {
    fn drop(&mut self) {
        self.family.cancel_siblings();
    }
}

impl<T, E> fmt::Debug for TaskGroup<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskGroup")
            .field("tasks", &self.tasks.borrow().len())
            .finish_non_exhaustive()
    }
}

/// The future of [`TaskGroup::finish`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Finish<T, E> {
    group: TaskGroup<T, E>,
    place: Place,
}

impl<T, E> fmt::Debug for Finish<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finish").finish_non_exhaustive()
    }
}

impl<T, E> Future for Finish<T, E>
where
    T: 'static,
    E: From<JoinError> + 'static,
{
    type Output = Result<Vec<T>, E>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        here();
        let Self { group, place } = &mut *self;
        ready!(group.family.poll_decided(place, cx));
        Poll::Ready(group.outcome())
    }
}
