//! The handle of a task.

use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use super::children::Family;
use super::co::Co;
use super::kernel::Kernel;
use super::trap::{Call, Request};
use crate::error::JoinError;
use crate::info::{Name, TaskId, TaskInfo};
use crate::key::Key;
use crate::line::Ticket;
use crate::trace::at;

/// The handle of a task: [`join`](Self::join) it for the task's outcome.
///
/// Handles are cheap to clone. A handle keeps its task's place in the table of the thread (one of 2^24), also after `run` has returned;
/// the outcome is dropped with the last one. It is given out **once**, to whoever joins first; later takers get
/// [`JoinError::Taken`]. Any number of tasks may wait with [`finished`](Self::finished) and look with [`peek`](Self::peek).
///
/// Joining never cancels: a join that is dropped leaves the line, and the task runs on. (In asyncio, cancelling a task that awaits
/// another cancels that one too, unless there is a `shield`.)
#[must_use = "dropping a handle detaches the task; join it for the outcome, or say `drop` if that is meant"]
pub struct JoinHandle<T> {
    /// The task is in the table of its thread as long as a handle of it is alive, also when its loop has ended.
    key: Key,
    name: Option<Name>,
    /// Where the family stands that the handle was given to.
    watch: Option<Ticket>,
    /// Invariant, not covariant: the outcome is found by the very type that was spawned.
    value: PhantomData<*mut T>,
}

// Nothing of the value is inside.
impl<T> Unpin for JoinHandle<T> {}

impl<T> JoinHandle<T> {
    /// For a task in the table that has been told of this handle.
    pub(super) fn new(key: Key, name: Option<Name>) -> Self {
        Self {
            key,
            name,
            watch: None,
            value: PhantomData,
        }
    }

    pub(super) fn key(&self) -> Key {
        self.key
    }

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
    pub fn join(&self, co: &Co) -> impl Future<Output = Result<T, JoinError>>
    where
        T: 'static,
    {
        at(async move {
            if self.key == co.key() && !self.is_finished() {
                return Err(JoinError::OwnHandle);
            }
            self.finished(co).await;
            self.take()
        })
    }

    /// Waits for the end of the task and leaves its outcome where it is. Any number of tasks may wait.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the line.
    #[doc(alias = "asyncio.wait")]
    pub fn finished(&self, co: &Co) -> impl Future<Output = ()> {
        at(async move {
            if !self.is_finished() {
                co.request(Call::Join, Request::Join(self.key), || ()).await;
            }
        })
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
        Kernel::with(|kernel| kernel.cancel(self.key))
    }

    /// Whether the task has ended, with a value or without.
    #[doc(alias = "done")]
    #[must_use]
    pub fn is_finished(&self) -> bool {
        Kernel::with(|kernel| kernel.has_ended(self.key))
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
        let info = Kernel::with(|kernel| kernel.info(self.key));
        info.expect("a task is in the table as long as it has a handle")
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
    pub fn peek<R>(&self, look: impl FnOnce(Option<&Result<T, JoinError>>) -> R) -> R
    where
        T: 'static,
    {
        Kernel::with(|kernel| kernel.peek(self.key, look))
    }

    pub(crate) fn take(&self) -> Result<T, JoinError>
    where
        T: 'static,
    {
        let outcome = Kernel::with(|kernel| kernel.take_outcome(self.key));
        outcome.expect("an outcome is taken after the end")
    }

    /// The family is told of the end even if the handle is gone by then.
    pub(crate) fn stay_watched(&mut self) {
        self.watch = None;
    }

    /// Tells `family` when this task, its child `index`, has ended; at once if it has.
    pub(crate) fn watch(&mut self, family: &Rc<Family>, index: usize) {
        self.watch = Kernel::with(|kernel| kernel.watch(self.key, family, index));
    }
}

impl<T> Clone for JoinHandle<T> {
    fn clone(&self) -> Self {
        Kernel::with(|kernel| kernel.add_handle(self.key));
        Self::new(self.key, self.name.clone())
    }
}

impl<T> Drop for JoinHandle<T> {
    fn drop(&mut self) {
        Kernel::with(|kernel| kernel.drop_handle(self.key, self.watch));
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
