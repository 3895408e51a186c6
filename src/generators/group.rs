//! A group of tasks that fail together.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::panic::Location;
use std::rc::Rc;

use super::children::Family;
use super::co::Co;
use super::handle::JoinHandle;
use super::task;
use crate::error::JoinError;
use crate::outcome::{any_error, typed};
use crate::tally::Rule;
use crate::trace::at;

/// Tasks that belong together: the first error requests the cancellation of all the others at that moment, whatever the owner
/// waits for, and [`finish`](Self::finish) waits for every one.
///
/// A task that somebody cancels is no error (as in asyncio); a task that panics is one. Dropping the group requests the
/// cancellation of its tasks, but a destructor cannot wait for them. Where asyncio raises an `ExceptionGroup` of all
/// errors, `finish` gives the first in time.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, JoinError, generators as g};
/// use yield_to_await::generators::Co;
///
/// let values: Result<Vec<i32>, JoinError> = g::run_on(Clock::Simulated, async |co: &Co| {
///     let group = g::TaskGroup::new();
///     for i in 1..=3 {
///         drop(group.spawn(co, async move |_: &Co| Ok(i * i)));
///     }
///     assert!(!group.has_failed());
///     group.finish(co).await
/// });
/// assert_eq!(values.unwrap(), [1, 4, 9]);
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
    /// If the group has failed already, `coroutine` is dropped at once, unstarted, and its handle says [`JoinError::Cancelled`].
    /// Whoever joins the handle takes the value out of the group's list.
    #[doc(alias = "create_task")]
    #[track_caller]
    pub fn spawn(
        &self,
        co: &Co,
        coroutine: impl AsyncFnOnce(&Co) -> Result<T, E> + 'static,
    ) -> JoinHandle<Result<T, E>> {
        if self.has_failed() {
            drop(coroutine);
            return task::refused(Location::caller());
        }
        let handle = task::spawn(co, coroutine);
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
    pub fn finish(self, co: &Co) -> impl Future<Output = Result<Vec<T>, E>> {
        at(async move {
            self.family.decided(co).await;
            self.outcome()
        })
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
