//! How a task begins.

use std::any::Any;
use std::future::{Pending, poll_fn};
use std::panic::Location;
use std::pin::pin;

use genawaiter::GeneratorState;
use genawaiter::rc::Gen;

use super::co::{Co, RawCo};
use super::handle::JoinHandle;
use super::kernel::Kernel;
use super::table::{Body, Task, TaskBody};
use super::trap::Trap;
use crate::error::JoinError;
use crate::info::{Name, TaskId};
use crate::key::{Key, panic_full};
use crate::outcome::failure;
use crate::trace::{What, observer};

/// What the generator of a task runs: the user's coroutine, with a `Co` of its own. It begins in the first turn, when the kernel knows whose
/// turn it is.
pub(crate) async fn body<T>(raw: RawCo, coroutine: impl AsyncFnOnce(&Co) -> T) -> T {
    let key = Kernel::with(|kernel| kernel.current.get());
    let co = Co::new(raw, key.expect("a coroutine runs in a turn"));
    let mut coroutine = pin!(coroutine(&co));
    poll_fn(|cx| co.supervise(cx, |cx| coroutine.as_mut().poll(cx))).await
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
    let name = name.map(|name| Name::new(name.to_owned()));
    let generator = Gen::new(|raw| body(raw, coroutine));
    let run = Box::new(Run::Running(generator));
    let key = Kernel::with(|kernel| kernel.enter(run, name.clone(), place));
    JoinHandle::new(key, name)
}

/// A handle that is finished from the start: for a task that was refused.
pub(crate) fn refused<T: 'static>(place: &'static Location<'static>) -> JoinHandle<T> {
    let outcome = Some(Err(JoinError::Cancelled));
    let run = Box::new(Run::<Pending<T>>::Ended(outcome));
    let key = Kernel::with(|kernel| kernel.enter_ended(run, place));
    JoinHandle::new(key, None)
}

/// The body of a task, in its box: the generator, and then what became of it.
enum Run<F: Future> {
    Running(Gen<Trap, (), F>),
    Ended(Option<Result<F::Output, JoinError>>),
}

impl<F: Future + 'static> Body for Run<F> {
    fn resume(&mut self) -> GeneratorState<Trap, ()> {
        let Self::Running(generator) = self else {
            unreachable!("a task is not resumed after its end");
        };
        match generator.resume() {
            GeneratorState::Yielded(trap) => GeneratorState::Yielded(trap),
            GeneratorState::Complete(value) => {
                *self = Self::Ended(Some(Ok(value)));
                GeneratorState::Complete(())
            }
        }
    }

    fn discard(&mut self) {
        *self = Self::Ended(None);
    }

    fn fail(&mut self, error: JoinError) {
        *self = Self::Ended(Some(Err(error)));
    }

    fn failure(&self) -> Option<String> {
        match self {
            Self::Ended(Some(outcome)) => failure(outcome),
            _ => None,
        }
    }

    fn outcome(&mut self) -> &mut dyn Any {
        match self {
            Self::Ended(outcome) => outcome,
            Self::Running(_) => unreachable!("an outcome is looked at after the end"),
        }
    }
}

impl Kernel {
    /// Takes in a task with one handle, and puts it at the back of the queue. A loop that is closing will drop it instead.
    fn enter(&self, body: TaskBody, name: Option<Name>, place: &'static Location<'static>) -> Key {
        let mut tasks = self.tasks.borrow_mut();
        if !tasks.has_room() {
            drop(tasks);
            panic_full();
        }
        let task = Task::new(self.next_id(), name, place);
        let key = tasks.insert(body, task, 1);
        if self.is_closing() {
            self.refused.borrow_mut().push_back(key);
        } else {
            tasks.enqueue(key);
        }
        if observer::listens() {
            drop(tasks);
            self.tell_spawned(key);
        }
        key
    }

    /// Takes in a task with one handle that has never begun and has its outcome already.
    fn enter_ended(&self, body: TaskBody, place: &'static Location<'static>) -> Key {
        let mut tasks = self.tasks.borrow_mut();
        if !tasks.has_room() {
            drop(tasks);
            panic_full();
        }
        let task = Task::new(self.next_id(), None, place);
        let key = tasks.insert(body, task, 1);
        let body = tasks.slot_mut(key).and_then(|slot| slot.body.take());
        if observer::listens() {
            drop(tasks);
            self.tell_spawned(key);
            observer::tell(self.id(key), What::Dropped);
            tasks = self.tasks.borrow_mut();
        }
        tasks.end(key, body);
        key
    }

    /// Gives a new task its number; the root was 0.
    fn next_id(&self) -> TaskId {
        self.spawns.set(self.spawns.get() + 1);
        TaskId(self.spawns.get())
    }
}
