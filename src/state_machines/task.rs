//! How a task begins.

use std::any::Any;
use std::future::Pending;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::executor::Executor;
use super::handle::JoinHandle;
use super::table::{Body, Task, TaskBody};
use crate::error::JoinError;
use crate::info::{Name, TaskId};
use crate::key::{Key, panic_full};
use crate::outcome::failure;
use crate::runner;
use crate::trace::{What, observer};

pin_project! {
    /// The body of a task, in its box: the user's future, and then what became of it.
    #[project = RunProjection]
    enum Run<F: Future> {
        Running {
            #[pin]
            future: F,
        },
        Ended {
            outcome: Option<Result<F::Output, JoinError>>,
        },
    }
}

impl<F: Future + 'static> Body for Run<F> {
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let RunProjection::Running { future } = self.as_mut().project() else {
            unreachable!("a task is not polled after its end");
        };
        let value = ready!(future.poll(cx));
        // The future is dropped here, so that whoever learns of the end finds nothing of the task alive.
        let outcome = Some(Ok(value));
        self.set(Run::Ended { outcome });
        Poll::Ready(())
    }

    fn discard(mut self: Pin<&mut Self>) {
        self.set(Run::Ended { outcome: None });
    }

    fn fail(mut self: Pin<&mut Self>, error: JoinError) {
        let outcome = Some(Err(error));
        self.set(Run::Ended { outcome });
    }

    fn slim(mut self: Pin<Box<Self>>) -> TaskBody {
        let outcome = match self.as_mut().project() {
            RunProjection::Ended { outcome } => outcome.take(),
            RunProjection::Running { .. } => unreachable!("an outcome is moved after the end"),
        };
        Box::pin(Run::<Pending<F::Output>>::Ended { outcome })
    }

    fn failure(self: Pin<&mut Self>) -> Option<String> {
        match self.project() {
            RunProjection::Ended { outcome } => outcome.as_ref().and_then(failure),
            RunProjection::Running { .. } => None,
        }
    }

    fn outcome(self: Pin<&mut Self>) -> &mut dyn Any {
        match self.project() {
            RunProjection::Ended { outcome } => outcome,
            RunProjection::Running { .. } => unreachable!("an outcome is looked at after the end"),
        }
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
    let name = name.map(|name| Name::new(name.to_owned()));
    let body = Box::pin(Run::Running { future });
    let key = Executor::with(|executor| executor.enter(body, name.clone(), place));
    JoinHandle::new(key, name)
}

/// A handle that is finished from the start: for a task that was refused.
pub(crate) fn refused<T: 'static>(place: &'static Location<'static>) -> JoinHandle<T> {
    let outcome = Some(Err(JoinError::Cancelled));
    let body = Box::pin(Run::<Pending<T>>::Ended { outcome });
    let key = Executor::with(|executor| executor.enter_ended(body, place));
    JoinHandle::new(key, None)
}

impl Executor {
    /// Takes in a task with one handle, and puts it at the back of the queue. A loop that is closing will drop it instead.
    fn enter(&self, body: TaskBody, name: Option<Name>, place: &'static Location<'static>) -> Key {
        let mut tasks = self.tasks.borrow_mut();
        if !tasks.has_room() {
            drop(tasks);
            panic_full();
        }
        let task = Task {
            id: self.next_id(),
            spawned_at: place,
        };
        let key = tasks.insert(body, task, 1);
        if name.is_some()
            && let Some(slot) = tasks.slot_mut(key)
        {
            slot.marks.look_aside(true);
            self.extras.borrow_mut().entry(key).or_default().name = name;
        }
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
        let task = Task {
            id: self.next_id(),
            spawned_at: place,
        };
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
