//! How a task begins.

use std::future::poll_fn;
use std::panic::Location;
use std::pin::pin;
use std::rc::Rc;

use genawaiter::rc::Gen;

use super::co::{Co, RawCo};
use super::handle::JoinHandle;
use super::kernel::Kernel;
use super::state::{AnyState, State};
use crate::error::JoinError;
use crate::info::TaskInfo;
use crate::slots::Key;

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
        poll_fn(|cx| co.supervise(cx, |cx| coroutine.as_mut().poll(cx))).await
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
