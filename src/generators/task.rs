//! A task from outside: its state, its handle, and how it is spawned.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::future::poll_fn;
use std::panic::Location;
use std::pin::pin;
use std::rc::Rc;

use genawaiter::rc::Gen;

use super::children::Family;
use super::co::{Co, RawCo, Trap};
use super::kernel::Kernel;
use crate::deadlock::{Survey, Wait};
use crate::error::JoinError;
use crate::info::TaskInfo;
use crate::line::{Line, Ticket};
use crate::slots::{Key, TaskId};

/// What the handles of a task share with the loop: who it is, what became of it, and who waits for that.
pub(crate) struct State<T> {
    info: TaskInfo,
    /// `None` until the task is in the table, and for ever if the loop refused it.
    key: Cell<Option<Key>>,
    outcome: RefCell<Outcome<T>>,
    watchers: RefCell<Line<Watcher<T>>>,
}

enum Outcome<T> {
    Running,
    Ended(Result<T, JoinError>),
    Taken,
}

/// Says whether an outcome counts as a failure for those who gather.
pub(crate) type IsFailure<T> = fn(&Result<T, JoinError>) -> bool;

/// Somebody who is to know when the task ends.
enum Watcher<T> {
    Joiner(Key),
    Parent {
        family: Rc<Family>,
        index: usize,
        is_failure: IsFailure<T>,
    },
}

/// The part of a state that does not depend on the type of the task's value.
pub(crate) trait AnyState {
    fn info(&self) -> &TaskInfo;
    /// Asks for the task to be cancelled; false if it has ended.
    fn cancel(&self) -> bool;
    /// Ends a task that has no value to give.
    fn fail(&self, error: JoinError);
    /// Puts a task in the line of those who wait for this one.
    fn stand(&self, key: Key) -> Ticket;
    /// Takes it out again; true if it had been woken.
    fn leave(&self, ticket: Ticket) -> bool;
    /// Tells the report who waits for the end of this task.
    fn survey(&self, survey: &mut Survey);
}

impl<T> State<T> {
    pub(crate) fn new(info: TaskInfo) -> Self {
        Self {
            info,
            key: Cell::new(None),
            outcome: RefCell::new(Outcome::Running),
            watchers: RefCell::default(),
        }
    }

    fn has_ended(&self) -> bool {
        !matches!(*self.outcome.borrow(), Outcome::Running)
    }

    /// The task has ended and its destructors have run: those who wait are woken in the order in which they came.
    fn end(&self, result: Result<T, JoinError>) {
        self.outcome.replace(Outcome::Ended(result));
        let mut watchers = self.watchers.take();
        while let Some(watcher) = watchers.call() {
            match watcher {
                Watcher::Joiner(key) => Kernel::with(|kernel| kernel.answer(key)),
                Watcher::Parent {
                    family,
                    index,
                    is_failure,
                } => family.child_ended(index, self.failed(is_failure)),
            }
        }
    }

    /// An outcome that a joiner has taken before its parent heard of it is no failure of the task.
    fn failed(&self, is_failure: IsFailure<T>) -> bool {
        match &*self.outcome.borrow() {
            Outcome::Ended(result) => is_failure(result),
            Outcome::Running | Outcome::Taken => false,
        }
    }

    fn take(&self) -> Result<T, JoinError> {
        match self.outcome.replace(Outcome::Taken) {
            Outcome::Ended(result) => result,
            Outcome::Taken | Outcome::Running => Err(JoinError::Taken),
        }
    }
}

impl<T> AnyState for State<T> {
    fn info(&self) -> &TaskInfo {
        &self.info
    }

    fn cancel(&self) -> bool {
        // A key that outlives its loop would name a stranger in the next one; an outcome that is there says so.
        let running = !self.has_ended();
        if let Some(key) = self.key.get().filter(|_| running) {
            Kernel::with(|kernel| kernel.cancel(key));
        }
        running
    }

    fn fail(&self, error: JoinError) {
        self.end(Err(error));
    }

    fn stand(&self, key: Key) -> Ticket {
        self.watchers.borrow_mut().join(Watcher::Joiner(key))
    }

    fn leave(&self, ticket: Ticket) -> bool {
        let watcher = self.watchers.borrow_mut().leave(ticket);
        watcher.is_none()
    }

    fn survey(&self, survey: &mut Survey) {
        let wait = Wait::End(self.info.id());
        for (Ticket(ticket), watcher) in self.watchers.borrow().iter() {
            match watcher {
                Watcher::Joiner(key) => survey.wait(*key, ticket, wait),
                Watcher::Parent { family, .. } => family.survey(survey, wait),
            }
        }
    }
}

/// What the kernel resumes for a task: the user's coroutine, then whatever is to be done with its value.
pub(crate) async fn body<T>(
    raw: RawCo,
    key: impl FnOnce() -> Key,
    coroutine: impl AsyncFnOnce(&Co) -> T,
    end: impl FnOnce(T),
) {
    let co = Co::new(raw, key());
    let value = {
        let mut coroutine = pin!(coroutine(&co));
        poll_fn(|cx| co.supervise(coroutine.as_mut().poll(cx))).await
    };
    // Destructors have run: whoever learns of the end finds nothing of the task alive.
    end(value);
}

/// Starts a task: puts `coroutine` at the back of the ready queue, and returns at once. Its first turn comes later, never inside
/// `spawn`.
///
/// Dropping the handle detaches the task: it runs on until it ends or the root does. (asyncio's event loop keeps only a weak
/// reference, so a task without a handle may vanish there; smol cancels a task whose handle is dropped.)
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// let answer = g::run_on(Clock::Simulated, async |co: &Co| {
///     let task = g::spawn(co, async |_: &Co| 42);
///     task.join(co).await
/// });
/// assert_eq!(answer.unwrap(), 42);
/// ```
#[doc(alias = "create_task")]
#[doc(alias = "asyncio.create_task")]
#[doc(alias = "ensure_future")]
#[track_caller]
pub fn spawn<T: 'static>(
    _co: &Co,
    coroutine: impl AsyncFnOnce(&Co) -> T + 'static,
) -> JoinHandle<T> {
    start(None, coroutine)
}

/// [`spawn`] with a name for the task, for reports and for [`current`](super::current).
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// g::run_on(Clock::Simulated, async |co: &Co| {
///     let task = g::spawn_named(co, "worker", async |_: &Co| ());
///     assert_eq!(task.name(), Some("worker"));
/// });
/// ```
#[doc(alias = "set_name")]
#[track_caller]
pub fn spawn_named<T: 'static>(
    _co: &Co,
    name: &str,
    coroutine: impl AsyncFnOnce(&Co) -> T + 'static,
) -> JoinHandle<T> {
    start(Some(name), coroutine)
}

#[track_caller]
fn start<T: 'static>(
    name: Option<&str>,
    coroutine: impl AsyncFnOnce(&Co) -> T + 'static,
) -> JoinHandle<T> {
    let place = Location::caller();
    Kernel::with(|kernel| {
        let info = TaskInfo::new(kernel.next_id(), name, place);
        let state = Rc::new(State::new(info));
        let handle = JoinHandle {
            state: Rc::clone(&state),
        };
        let ending = Rc::clone(&state);
        let key = {
            let state = Rc::clone(&state);
            move || state.key.get().expect("a task that runs is in the table")
        };
        let coroutine = Box::pin(Gen::new(|raw| {
            body(raw, key, coroutine, move |value| ending.end(Ok(value)))
        }));
        if kernel.is_closing() {
            kernel.refuse(coroutine, state);
        } else {
            let key = kernel.enter(Some(coroutine), Rc::clone(&state) as Rc<dyn AnyState>);
            state.key.set(Some(key));
            kernel.wake(key);
        }
        handle
    })
}

/// A handle that is finished from the start: for a task that was refused.
pub(crate) fn refused<T>(place: &'static Location<'static>) -> JoinHandle<T> {
    let id = Kernel::with(Kernel::next_id);
    let state = State::new(TaskInfo::new(id, None, place));
    state.end(Err(JoinError::Cancelled));
    JoinHandle {
        state: Rc::new(state),
    }
}

/// The handle of a task: [`join`](Self::join) it for the task's outcome.
///
/// Handles are cheap to clone. The outcome is given out **once**, to whoever joins first; later takers get
/// [`JoinError::Taken`]. Any number of tasks may wait with [`finished`](Self::finished) and look with [`peek`](Self::peek).
///
/// Joining never cancels: a join that is dropped leaves the line, and the task runs on. (In asyncio, cancelling a task that awaits
/// another cancels that one too, unless there is a `shield`.)
#[doc(alias = "asyncio.Task")]
#[doc(alias = "asyncio.shield")]
#[doc(alias = "Task")]
#[doc(alias = "shield")]
#[must_use = "dropping a handle detaches the task; join it for the outcome, or say `drop` if that is meant"]
pub struct JoinHandle<T> {
    state: Rc<State<T>>,
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
    ///     assert!(!task.cancel());
    /// });
    /// ```
    #[doc(alias = "Task.cancel")]
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
        if let Some(ticket) = ticket {
            let watcher = self.state.watchers.borrow_mut().leave(ticket);
            drop(watcher);
        }
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
