//! The handle of a task.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::children::Family;
use super::executor::Executor;
use super::waiters::{Place, Target};
use crate::error::JoinError;
use crate::info::{Name, TaskId, TaskInfo};
use crate::key::Key;
use crate::trace::observer::here;

/// The handle of a task: await it for the task's outcome.
///
/// Handles are cheap to clone. A handle keeps its task's place in the table of the thread (one of 2^24), also after `run` has returned;
/// the outcome is dropped with the last one. It is given out **once**, to whoever awaits first; later takers get
/// [`JoinError::Taken`]. Any number of tasks may wait with [`finished`](Self::finished) and look with [`peek`](Self::peek).
///
/// Awaiting never cancels: a handle that is dropped in the middle of a wait leaves the line, and the task runs on. (In asyncio,
/// cancelling a task that awaits another cancels that one too, unless there is a `shield`.)
///
/// # Cancel safety
///
/// A handle that is polled and dropped before the task has ended takes nothing. Await `&mut handle` to keep it.
#[must_use = "dropping a handle detaches the task; await it for the outcome, or say `drop` if that is meant"]
pub struct JoinHandle<T> {
    /// The task is in the table of its thread as long as a handle of it is alive, also when its loop has ended.
    key: Key,
    name: Option<Name>,
    place: Place,
    /// Invariant, not covariant: the outcome is found by the very type that was spawned.
    value: PhantomData<*mut T>,
}

/// Nothing of the value is inside. All the same, a handle is of its task's very type, and not of a type that the value could be used as:
///
/// ```compile_fail,E0308
/// use yield_to_await::async_await::JoinHandle;
///
/// fn shorten(handle: JoinHandle<for<'a> fn(&'a u8)>) -> JoinHandle<fn(&'static u8)> {
///     handle
/// }
/// ```
impl<T> Unpin for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// For a task in the table that has been told of this handle.
    pub(super) fn new(key: Key, name: Option<Name>) -> Self {
        Self {
            key,
            name,
            place: None,
            value: PhantomData,
        }
    }

    pub(super) fn key(&self) -> Key {
        self.key
    }

    /// Asks for the task to be cancelled. True until the task has ended, then false, and nothing happens.
    ///
    /// The task goes to the back of the ready queue, if it is not there already, and is **dropped** at its turn: its
    /// destructors run then, and its handles give [`JoinError::Cancelled`]. Until then it keeps its place in every line. Where
    /// asyncio raises `CancelledError` inside the task, which may catch it, Rust drops: nothing can swallow the request,
    /// and no destructor can await.
    ///
    /// # Examples
    ///
    /// ```
    /// use yield_to_await::{Clock, async_await as aw};
    ///
    /// aw::run_on(Clock::Simulated, async {
    ///     let task = aw::spawn(async { unreachable!("it is cancelled before its first turn") });
    ///     assert!(task.cancel());
    ///     task.finished().await;
    ///     assert!(task.is_finished());
    ///     assert!(!task.cancel());
    /// });
    /// ```
    #[doc(alias = "Task.cancel")]
    #[expect(
        clippy::must_use_candidate,
        reason = "the answer is rarely of interest"
    )]
    pub fn cancel(&self) -> bool {
        Executor::with(|executor| executor.cancel(self.key))
    }

    /// Whether the task has ended, with a value or without.
    #[doc(alias = "done")]
    #[must_use]
    pub fn is_finished(&self) -> bool {
        Executor::with(|executor| executor.has_ended(self.key))
    }

    /// The task's number.
    #[must_use]
    pub fn id(&self) -> TaskId {
        self.info().id()
    }

    /// The task's name, if it was given one.
    #[must_use]
    #[doc(alias = "get_name")]
    pub fn name(&self) -> Option<&str> {
        self.name.as_ref().map(|name| name.as_str())
    }

    fn info(&self) -> TaskInfo {
        let info = Executor::with(|executor| executor.info(self.key));
        info.expect("a task is in the table as long as it has a handle")
    }

    /// Waits for the end of the task and leaves its outcome where it is. Any number of tasks may wait.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the line.
    #[doc(alias = "asyncio.wait")]
    pub fn finished(&self) -> Finished<T> {
        Finished {
            handle: self.clone(),
        }
    }

    /// Looks at the outcome without taking it: `None` while the task runs and after somebody has taken it.
    ///
    /// # Panics
    ///
    /// If `look` takes the outcome of the same task, or peeks at it.
    ///
    /// # Examples
    ///
    /// ```
    /// use yield_to_await::{Clock, async_await as aw};
    ///
    /// aw::run_on(Clock::Simulated, async {
    ///     let task = aw::spawn(async { String::from("hello") });
    ///     assert!(task.peek(|outcome| outcome.is_none()));
    ///     task.finished().await;
    ///     let length = task.peek(|outcome| outcome.unwrap().as_ref().map(String::len).ok());
    ///     assert_eq!(length, Some(5));
    ///     assert_eq!(task.await.unwrap(), "hello");
    /// });
    /// ```
    #[doc(alias = "result")]
    #[doc(alias = "exception")]
    pub fn peek<R>(&self, look: impl FnOnce(Option<&Result<T, JoinError>>) -> R) -> R
    where
        T: 'static,
    {
        Executor::with(|executor| executor.peek(self.key, look))
    }

    pub(crate) fn take(&self) -> Result<T, JoinError>
    where
        T: 'static,
    {
        let outcome = Executor::with(|executor| executor.take_outcome(self.key));
        outcome.expect("an outcome is taken after the end")
    }

    /// The family is told of the end even if the handle is gone by then.
    pub(crate) fn stay_watched(&mut self) {
        self.place = None;
    }

    /// Tells `family` when this task, its child `index`, has ended; at once if it has. The handle's place is the family's then.
    pub(crate) fn watch(&mut self, family: &Rc<Family>, index: usize) {
        Executor::with(|executor| {
            executor.leave(self.key, &mut self.place);
            self.place = executor.watch(self.key, family, index);
        });
    }

    fn is_awaited_by_itself(&self, cx: &Context<'_>) -> bool {
        let current = Executor::with(Executor::current);
        [Target::task_of(cx), current].contains(&Some(self.key))
    }

    fn poll_finished(&mut self, cx: &Context<'_>) -> Poll<()> {
        Executor::with(|executor| executor.poll_end(self.key, &mut self.place, cx))
    }
}

impl<T: 'static> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        here();
        if let Some(outcome) = Executor::with(|executor| executor.take_outcome(self.key)) {
            self.place = None;
            return Poll::Ready(outcome);
        }
        if self.is_awaited_by_itself(cx) {
            return Poll::Ready(Err(JoinError::OwnHandle));
        }
        self.poll_finished(cx).map(|()| self.take())
    }
}

impl<T> Clone for JoinHandle<T> {
    fn clone(&self) -> Self {
        Executor::with(|executor| executor.add_handle(self.key));
        Self::new(self.key, self.name.clone())
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        Executor::with(|executor| executor.drop_handle(self.key, &mut self.place));
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("task", &format_args!("{}", self.info()))
            .field("finished", &self.is_finished())
            .finish_non_exhaustive()
    }
}

/// The future of [`JoinHandle::finished`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Finished<T> {
    handle: JoinHandle<T>,
}

impl<T> fmt::Debug for Finished<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finished").finish_non_exhaustive()
    }
}

impl<T> Future for Finished<T> {
    type Output = ();

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        here();
        self.handle.poll_finished(cx)
    }
}
