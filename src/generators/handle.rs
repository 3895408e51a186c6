//! The handle of a task.

use std::fmt;
use std::rc::Rc;

use super::children::Family;
use super::co::Co;
use super::state::{AnyState, IsFailure, Outcome, State, Watcher};
use super::trap::Trap;
use crate::error::JoinError;
use crate::line::Ticket;
use crate::slots::TaskId;

/// The handle of a task: [`join`](Self::join) it for the task's outcome.
///
/// Handles are cheap to clone. The outcome is given out **once**, to whoever joins first; later takers get
/// [`JoinError::Taken`]. Any number of tasks may wait with [`finished`](Self::finished) and look with [`peek`](Self::peek).
///
/// Joining never cancels: a join that is dropped leaves the line, and the task runs on. (In asyncio, cancelling a task that awaits
/// another cancels that one too, unless there is a `shield`.)
#[must_use = "dropping a handle detaches the task; join it for the outcome, or say `drop` if that is meant"]
pub struct JoinHandle<T> {
    pub(super) state: Rc<State<T>>,
}

impl<T> JoinHandle<T> {
    /// Waits for the end of the task and takes its outcome.
    ///
    /// # Errors
    ///
    /// Why there is no value: the task was cancelled, it panicked, or somebody has taken the outcome. A task that joins itself is
    /// told so.
    ///
    /// # Cancel safety
    ///
    /// A join that is dropped before the task has ended takes nothing.
    pub async fn join(&self, co: &Co) -> Result<T, JoinError> {
        if self.state.key.get() == Some(co.key()) && !self.is_finished() {
            return Err(JoinError::OwnHandle);
        }
        self.finished(co).await;
        self.state.take()
    }

    /// Waits for the end of the task and leaves its outcome where it is. Any number of tasks may wait.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the line.
    #[doc(alias = "asyncio.wait")]
    pub async fn finished(&self, co: &Co) {
        if let Some(key) = self.state.key.get().filter(|_| !self.is_finished()) {
            co.trap(Trap::Join(key), || ()).await;
        }
    }

    /// Asks for the task to be cancelled. True until the task has ended, then false, and nothing happens.
    ///
    /// The task goes to the back of the ready queue, if it is not there already, and is **dropped** at its turn: its
    /// destructors run then, and its handles give [`JoinError::Cancelled`]. Until then it keeps its place in every line. Where
    /// asyncio raises `CancelledError` inside the task, which may catch it, Rust drops: nothing can swallow the request,
    /// and no destructor can wait.
    ///
    /// # Examples
    ///
    /// ```
    /// use yield_to_await::{Clock, generators as g};
    /// use yield_to_await::generators::Co;
    ///
    /// g::run_on(Clock::Simulated, async |co: &Co| {
    ///     let task = g::spawn(co, async |_: &Co| unreachable!("it is cancelled before its first turn"));
    ///     assert!(task.cancel());
    ///     task.finished(co).await;
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

    /// Looks at the outcome without taking it: `None` while the task runs and after somebody has taken it.
    ///
    /// # Panics
    ///
    /// If `look` takes the outcome of the same task.
    ///
    /// # Examples
    ///
    /// ```
    /// use yield_to_await::{Clock, generators as g};
    /// use yield_to_await::generators::Co;
    ///
    /// g::run_on(Clock::Simulated, async |co: &Co| {
    ///     let task = g::spawn(co, async |_: &Co| String::from("hello"));
    ///     assert!(task.peek(|outcome| outcome.is_none()));
    ///     task.finished(co).await;
    ///     let length = task.peek(|outcome| outcome.unwrap().as_ref().map(String::len).ok());
    ///     assert_eq!(length, Some(5));
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

    pub(crate) fn unwatch(&self, ticket: Option<Ticket>) {
        ticket.map(|ticket| self.state.leave(ticket));
    }
}

impl<T> Clone for JoinHandle<T> {
    fn clone(&self) -> Self {
        Self {
            state: Rc::clone(&self.state),
        }
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
