//! How a task begins.

use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::executor::Executor;
use super::handle::JoinHandle;
use super::state::{AnyState, State};
use crate::error::JoinError;
use crate::info::TaskInfo;
use crate::runner;

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
        "`spawn` was called where no loop of `state_machines` or `async_await` runs: \
         call it inside their `run`, in the root or in a task{}",
        runner::hint()
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
