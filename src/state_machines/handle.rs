//! The handle of a task.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::children::Family;
use super::executor::Executor;
use super::state::{AnyState, IsFailure, Outcome, State, Watcher};
use super::waiters::{Place, Target};
use crate::error::JoinError;
use crate::line::Ticket;
use crate::slots::TaskId;

/// The handle of a task: await it for the task's outcome.
///
/// Handles are cheap to clone. The outcome is given out **once**, to whoever awaits first; later takers get
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
    pub(super) state: Rc<State<T>>,
    place: Place,
}

impl<T> JoinHandle<T> {
    pub(super) fn new(state: Rc<State<T>>) -> Self {
        Self { state, place: None }
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
        self.state.cancel()
    }

    /// Whether the task has ended, with a value or without.
    #[doc(alias = "done")]
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.state.has_ended()
    }

    /// The task's number.
    #[must_use]
    pub fn id(&self) -> TaskId {
        self.state.info.id()
    }

    /// The task's name, if it was given one.
    #[must_use]
    #[doc(alias = "get_name")]
    pub fn name(&self) -> Option<&str> {
        self.state.info.name()
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
    /// If `look` takes the outcome of the same task.
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
    pub fn peek<R>(&self, look: impl FnOnce(Option<&Result<T, JoinError>>) -> R) -> R {
        match &*self.state.outcome.borrow() {
            Outcome::Ended(result) => look(Some(result)),
            Outcome::Running | Outcome::Taken => look(None),
        }
    }

    pub(crate) fn state(&self) -> Rc<dyn AnyState>
    where
        T: 'static,
    {
        Rc::clone(&self.state) as Rc<dyn AnyState>
    }

    pub(crate) fn take(&self) -> Result<T, JoinError> {
        self.state.take()
    }

    /// Tells `family` when this task, its child `index`, has ended; at once if it has.
    pub(crate) fn watch(
        &self,
        family: &Rc<Family>,
        index: usize,
        is_failure: IsFailure<T>,
    ) -> Option<Ticket> {
        if self.is_finished() {
            family.child_ended(index, self.state.failed(is_failure));
            return None;
        }
        let watcher = Watcher::Parent {
            family: Rc::clone(family),
            index,
            is_failure,
        };
        Some(self.state.watchers.borrow_mut().join(watcher))
    }

    pub(crate) fn unwatch(&self, mut ticket: Place) {
        self.state.leave(&mut ticket);
    }

    fn poll_finished(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.state.has_ended() {
            self.place = None;
            return Poll::Ready(());
        }
        self.state.stand(&mut self.place, cx);
        Poll::Pending
    }
}

impl<T> Future for JoinHandle<T> {
    type Output = Result<T, JoinError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let own = self.state.key.get();
        let current = Executor::with(Executor::current);
        let by_itself = [Target::task_of(cx), current].contains(&own);
        if own.is_some() && !self.state.has_ended() && by_itself {
            return Poll::Ready(Err(JoinError::OwnHandle));
        }
        self.poll_finished(cx).map(|()| self.state.take())
    }
}

impl<T> Clone for JoinHandle<T> {
    fn clone(&self) -> Self {
        Self::new(Rc::clone(&self.state))
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        self.state.leave(&mut self.place);
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinHandle")
            .field("task", &format_args!("{}", self.state.info))
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

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.handle.poll_finished(cx)
    }
}
