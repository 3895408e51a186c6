//! Lane 2: coroutines as hand-written `Future` state machines.
//!
//! A future is polled until it is ready. Whoever makes it wait keeps the task's *waker*, and calls it when there is something to see;
//! the [executor](self) is a queue of tasks to poll, and knows nothing else. Every future of this module is a struct
//! whose fields are the locals that live across a wait, with a `poll` that says where it goes on.
//!
//! For a reader who comes from generators: `poll` is `send(None)`, [`Pending`](std::task::Poll::Pending) is "it has yielded", and `Ready(value)`
//! is `StopIteration(value)`. [`ready!`](std::task::ready) gives the value, or returns `Pending` from the function around it. `Pin<&mut Self>` promises
//! that the struct will not be moved any more; the structs here do not care (they are `Unpin`), so `&mut *self` is a plain reference. `cx`
//! carries the waker.
//!
//! Reading order: `executor.rs` (the loop), `waker.rs` (a waker is a number), `waiters.rs` (who is woken by whom), `table.rs`,
//! `task.rs` and `joining.rs` (the life of a task), then the futures, each in the file of its name. [`async_await`](crate::async_await) has the same functions as async fns, on this loop.

use std::panic::Location;
use std::time::Duration;

// The asyncio names are on the re-exports: rustdoc of some versions does not index those of items in private modules.
#[doc(alias = "asyncio.as_completed")]
pub use self::as_completed::as_completed;
#[doc(alias = "asyncio.wait")]
#[doc(alias = "FIRST_COMPLETED")]
pub use self::as_completed::first_completed;
pub use self::as_completed::{AsCompleted, FirstCompleted, NextCompleted};
#[doc(alias = "Queue")]
#[doc(alias = "asyncio.Queue")]
pub use self::channel::channel;
#[doc(alias = "Queue")]
#[doc(alias = "asyncio.Queue")]
pub use self::channel::unbounded;
#[doc(alias = "asyncio.Event")]
pub use self::event::Event;
pub use self::event::Wait;
#[doc(alias = "asyncio.gather")]
pub use self::gather::gather;
#[doc(alias = "asyncio.gather(return_exceptions=True)")]
#[doc(alias = "return_exceptions")]
#[doc(alias = "ALL_COMPLETED")]
pub use self::gather::gather_all;
#[doc(alias = "asyncio.gather")]
#[doc(alias = "FIRST_EXCEPTION")]
pub use self::gather::try_gather;
pub use self::gather::{Gather, GatherAll, TryGather};
pub use self::group::Finish;
#[doc(alias = "asyncio.TaskGroup")]
pub use self::group::TaskGroup;
pub use self::handle::Finished;
#[doc(alias = "asyncio.Task")]
#[doc(alias = "asyncio.shield")]
#[doc(alias = "Task")]
#[doc(alias = "shield")]
pub use self::handle::JoinHandle;
#[doc(alias = "asyncio.Lock")]
#[doc(alias = "Lock")]
pub use self::mutex::Mutex;
pub use self::mutex::{Lock, MutexGuard};
pub use self::receiver::{Receiver, Recv};
#[doc(alias = "asyncio.Semaphore")]
#[doc(alias = "asyncio.BoundedSemaphore")]
pub use self::semaphore::Semaphore;
pub use self::semaphore::{Acquire, Permit};
pub use self::sender::{Sender, Sending};
#[doc(alias = "asyncio.sleep")]
#[doc(alias = "call_later")]
pub use self::sleep::sleep;
#[doc(alias = "call_at")]
pub use self::sleep::sleep_until;
#[doc(alias = "sleep(0)")]
#[doc(alias = "asyncio.sleep(0)")]
pub use self::sleep::yield_now;
pub use self::sleep::{Sleep, YieldNow};
pub use self::spawner::{Spawner, spawner};
#[doc(alias = "create_task")]
#[doc(alias = "asyncio.create_task")]
#[doc(alias = "ensure_future")]
pub use self::task::spawn;
#[doc(alias = "set_name")]
pub use self::task::spawn_named;
pub use self::timeout::Timeout;
#[doc(alias = "wait_for")]
#[doc(alias = "asyncio.wait_for")]
#[doc(alias = "asyncio.timeout")]
#[doc(alias = "timeout_at")]
#[doc(alias = "asyncio.timeout_at")]
pub use self::timeout::timeout;
use crate::reports::Deadlock;
pub use crate::runner::Setup;
use crate::runner::{self, LoopKind, Report};
use crate::{Clock, TaskInfo, TaskStatus};

mod as_completed;
mod called;
mod channel;
pub(crate) mod children;
mod copies;
mod ending;
mod event;
mod executor;
mod gather;
mod group;
mod handle;
mod inbox;
mod joining;
mod mutex;
mod receiver;
mod report;
mod semaphore;
mod sender;
mod sleep;
mod spawner;
mod table;
mod task;
pub(crate) mod timeout;
mod timer;
mod trace;
mod waiters;
mod waker;
mod watchers;

use self::executor::Executor;

/// Runs `main` and everything it spawns, and reports what came of it. The other `run` functions are short for this one.
///
/// When `main` returns, tasks that are left are dropped, oldest first, before this function returns.
///
/// # Panics
///
/// If a loop runs on this thread already, of whichever lane. With the panic of `main`, or of a destructor at the end, once
/// everything has been dropped.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, Setup, state_machines as sm};
///
/// let report = sm::run_with(Setup::new().clock(Clock::Simulated), sm::yield_now());
/// assert!(report.outcome.is_ok());
/// assert_eq!(report.counts.steps, 2);
/// ```
#[doc(alias = "asyncio.Runner")]
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a setup is made for one run")]
pub fn run_with<F: Future>(setup: Setup, main: F) -> Report<F::Output> {
    let place = Location::caller();
    let entered = runner::enter(LoopKind::Executor, &setup);
    Executor::with(|executor| executor.run(&entered, main, place, setup.slow_step))
}

/// Runs `main` on the real clock and returns its value.
///
/// # Panics
///
/// With the report, if the program can make no progress; and as [`run_with`].
///
/// # Examples
///
/// ```
/// assert_eq!(yield_to_await::async_await::run(async { 6 * 7 }), 42);
/// ```
#[doc(alias = "asyncio.run")]
#[doc(alias = "run_until_complete")]
#[doc(alias = "block_on")]
#[track_caller]
pub fn run<F: Future>(main: F) -> F::Output {
    run_on(Clock::Real, main)
}

/// Runs `main` on the clock of your choice and returns its value.
///
/// # Panics
///
/// With the report, if the program can make no progress; and as [`run_with`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, state_machines as sm};
///
/// sm::run_on(Clock::Simulated, sm::sleep(Duration::from_secs(3600)));
/// ```
#[doc(alias = "asyncio.run")]
#[track_caller]
pub fn run_on<F: Future>(clock: Clock, main: F) -> F::Output {
    match try_run_on(clock, main) {
        Ok(value) => value,
        Err(deadlock) => panic!("{deadlock}"),
    }
}

/// Runs `main` on the clock of your choice.
///
/// # Errors
///
/// [`Deadlock`], the report, if the program can make no progress.
///
/// # Panics
///
/// As [`run_with`].
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, state_machines as sm};
///
/// let deadlock = sm::try_run_on(Clock::Simulated, sm::Event::new().wait()).unwrap_err();
/// assert!(deadlock.to_string().contains("event 1 to be set"));
/// ```
#[doc(alias = "asyncio.run")]
#[track_caller]
pub fn try_run_on<F: Future>(clock: Clock, main: F) -> Result<F::Output, Deadlock> {
    run_with(Setup::new().clock(clock), main).outcome
}

/// The time since the loop began.
///
/// # Panics
///
/// If no loop runs on this thread.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     assert_eq!(aw::now(), Duration::ZERO);
/// });
/// ```
#[doc(alias = "loop.time")]
#[track_caller]
#[must_use]
pub fn now() -> Duration {
    let active = Executor::with(Executor::is_active);
    let now = runner::now().filter(|_| active);
    now.expect("`now` was called where no loop of `state_machines` or `async_await` runs: call it inside their `run`")
        .since_start()
}

/// The task that is running.
///
/// # Panics
///
/// If no task of this lane is running on this thread.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     assert_eq!(aw::current().name(), Some("main"));
/// });
/// ```
#[doc(alias = "current_task")]
#[doc(alias = "asyncio.current_task")]
#[track_caller]
#[must_use]
pub fn current() -> TaskInfo {
    let info = Executor::with(|executor| executor.current().and_then(|key| executor.info(key)));
    info.expect("`current` was called where no task of `state_machines` or `async_await` runs: call it inside their `run`, in the root or in a task")
}

/// Every live task, oldest first: what it is doing, and what it waits for.
///
/// Nothing is kept up for it: O(tasks + waits), when it is called.
///
/// # Panics
///
/// If no loop runs on this thread.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, TaskState, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     let waiter = aw::spawn(aw::Event::new().wait());
///     aw::yield_now().await;
///     let [main, task] = &aw::tasks()[..] else { panic!() };
///     assert_eq!((main.state(), task.state()), (TaskState::Running, TaskState::Waiting));
///     assert!(task.to_string().ends_with("has waited since 0ns for event 1 to be set"));
///     waiter.cancel();
/// });
/// ```
#[doc(alias = "all_tasks")]
#[doc(alias = "asyncio.all_tasks")]
#[track_caller]
#[must_use]
pub fn tasks() -> Vec<TaskStatus> {
    assert!(
        Executor::with(Executor::is_active),
        "`tasks` was called where no loop of `state_machines` or `async_await` runs: call it inside their `run`, in the root or in a task"
    );
    Executor::with(|executor| executor.statuses(usize::MAX))
}
