//! A task from outside: its state, its handle, and how it is spawned.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use futures::task::{LocalFutureObj, LocalSpawn, SpawnError};
use pin_project_lite::pin_project;

use super::children::Family;
use super::executor::Executor;
use super::waiters::{Place, Target, keep_current};
use crate::deadlock::{Survey, Wait};
use crate::error::JoinError;
use crate::info::TaskInfo;
use crate::line::{Line, Ticket};
use crate::runner;
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
    Joiner(Target),
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
                Watcher::Joiner(target) => target.wake(),
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

    /// Stands in the line of joiners, or follows a handle that has moved to another task.
    fn stand(&self, place: &mut Place, cx: &Context<'_>) {
        let Some(ticket) = *place else {
            let joiner = Watcher::Joiner(Target::of(cx));
            *place = Some(self.watchers.borrow_mut().join(joiner));
            return;
        };
        keep_current(cx, |look| {
            match self.watchers.borrow_mut().get_mut(ticket) {
                Some(Watcher::Joiner(target)) => {
                    look(target);
                    true
                }
                _ => false,
            }
        });
    }

    fn leave(&self, place: &mut Place) {
        if let Some(ticket) = place.take() {
            let watcher = self.watchers.borrow_mut().leave(ticket);
            drop(watcher);
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
            Executor::with(|executor| executor.cancel(key));
        }
        running
    }

    fn fail(&self, error: JoinError) {
        self.end(Err(error));
    }

    fn survey(&self, survey: &mut Survey) {
        let wait = Wait::End(self.info.id());
        for (Ticket(ticket), watcher) in self.watchers.borrow().iter() {
            match watcher {
                Watcher::Joiner(Target::Task(key)) => survey.wait(*key, ticket, wait),
                Watcher::Joiner(Target::Foreign(_)) => {}
                Watcher::Parent { family, .. } => family.survey(survey, wait),
            }
        }
    }
}

pin_project! {
    /// What the loop polls for a task: the user's future, and the state where its value goes.
    struct Run<F: Future> {
        #[pin]
        future: Option<F>,
        state: Rc<State<F::Output>>,
    }
}

impl<F: Future> Future for Run<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        let future = this.future.as_mut().as_pin_mut();
        let value = ready!(future.expect("a task is not polled after its end").poll(cx));
        // Destructors first: whoever learns of the end finds nothing of the task alive.
        this.future.set(None);
        this.state.end(Ok(value));
        Poll::Ready(())
    }
}

/// Starts a task: puts `future` at the back of the ready queue, and returns at once. Its first turn comes later, never inside
/// `spawn`.
///
/// Dropping the handle detaches the task: it runs on until it ends or the root does. (asyncio's event loop keeps only a weak
/// reference, so a task without a handle may vanish there; smol cancels a task whose handle is dropped.)
///
/// # Panics
///
/// If no loop runs on this thread.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, async_await as aw};
///
/// let answer = aw::run_on(Clock::Simulated, async {
///     let task = aw::spawn(async { 42 });
///     task.await
/// });
/// assert_eq!(answer.unwrap(), 42);
/// ```
#[doc(alias = "create_task")]
#[doc(alias = "asyncio.create_task")]
#[doc(alias = "ensure_future")]
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
{
    start(None, future)
}

/// [`spawn`] with a name for the task, for reports and for [`current`](super::current).
///
/// # Panics
///
/// If no loop runs on this thread.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     let task = aw::spawn_named("worker", async {});
///     assert_eq!(task.name(), Some("worker"));
/// });
/// ```
#[doc(alias = "set_name")]
#[track_caller]
pub fn spawn_named<F>(name: &str, future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
{
    start(Some(name), future)
}

#[track_caller]
fn start<F>(name: Option<&str>, future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
{
    let place = Location::caller();
    assert!(
        Executor::with(Executor::is_active),
        "`spawn` was called where no loop runs: call it inside `run`, in the root or in a task"
    );
    Executor::with(|executor| {
        let info = TaskInfo::new(executor.next_id(), name, place);
        let state = Rc::new(State::new(info));
        let handle = JoinHandle::new(Rc::clone(&state));
        let future = Box::pin(Run {
            future: Some(future),
            state: Rc::clone(&state),
        });
        if executor.is_closing() {
            executor.refuse(future, state);
        } else {
            let key = executor.enter(Some(future), Rc::clone(&state) as Rc<dyn AnyState>);
            state.key.set(Some(key));
            executor.wake(key);
        }
        handle
    })
}

/// A handle that is finished from the start: for a task that was refused.
pub(crate) fn refused<T>(place: &'static Location<'static>) -> JoinHandle<T> {
    let id = Executor::with(Executor::next_id);
    let state = State::new(TaskInfo::new(id, None, place));
    state.end(Err(JoinError::Cancelled));
    JoinHandle::new(Rc::new(state))
}

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
#[doc(alias = "asyncio.Task")]
#[doc(alias = "asyncio.shield")]
#[doc(alias = "Task")]
#[doc(alias = "shield")]
#[must_use = "dropping a handle detaches the task; await it for the outcome, or say `drop` if that is meant"]
pub struct JoinHandle<T> {
    state: Rc<State<T>>,
    place: Place,
}

impl<T> JoinHandle<T> {
    fn new(state: Rc<State<T>>) -> Self {
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
        if own.is_some() && !self.state.has_ended() && Target::task_of(cx) == own {
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
#[derive(Debug)]
pub struct Finished<T> {
    handle: JoinHandle<T>,
}

impl<T> Future for Finished<T> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.handle.poll_finished(cx)
    }
}

/// A handle to the running loop that spawns onto it: what crates that know only [`LocalSpawn`] ask for.
///
/// # Examples
///
/// ```
/// use futures::task::LocalSpawnExt;
/// use yield_to_await::{Clock, async_await as aw};
///
/// let answer = aw::run_on(Clock::Simulated, async {
///     let task = aw::spawner().spawn_local_with_handle(async { 42 });
///     task.unwrap().await
/// });
/// assert_eq!(answer, 42);
/// ```
#[derive(Clone, Debug)]
pub struct Spawner {
    run: u64,
}

/// The [`Spawner`] of the loop that runs on this thread.
///
/// # Panics
///
/// If no loop runs on this thread.
#[track_caller]
#[must_use]
pub fn spawner() -> Spawner {
    assert!(
        Executor::with(Executor::is_active),
        "`spawner` was called where no loop runs: call it inside `run`, in the root or in a task"
    );
    Spawner {
        run: runner::run_number(),
    }
}

impl LocalSpawn for Spawner {
    #[track_caller]
    fn spawn_local_obj(&self, future: LocalFutureObj<'static, ()>) -> Result<(), SpawnError> {
        self.status_local()?;
        drop(spawn(future));
        Ok(())
    }

    fn status_local(&self) -> Result<(), SpawnError> {
        let open = Executor::with(|executor| executor.is_active() && !executor.is_closing());
        if open && self.run == runner::run_number() {
            Ok(())
        } else {
            Err(SpawnError::shutdown())
        }
    }
}
