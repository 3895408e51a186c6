//! Lane 1: coroutines on top of generators.
//!
//! A generator stops at each `yield` and hands a value out; whoever resumes it hands a value in. That is all a coroutine needs: it
//! yields a *trap* when it has to wait and says for what, a round-robin *kernel* takes the traps and resumes each coroutine when its wait
//! is over. No waker, no `Context`: the scheduler is told everything. It is how Python had coroutines before it had `await`, and what its
//! `await` still is underneath.
//!
//! What waits or speaks to the loop takes the coroutine's [`Co`] first; a task is an async closure that gets its own:
//!
//! ```
//! use std::time::Duration;
//! use yield_to_await::{Clock, generators as g};
//! use yield_to_await::generators::Co;
//!
//! let elapsed = g::run_on(Clock::Simulated, async |co: &Co| {
//!     let slow = g::spawn(co, async |co: &Co| g::sleep(co, Duration::from_secs(2)).await);
//!     let fast = g::spawn(co, async |co: &Co| g::sleep(co, Duration::from_secs(1)).await);
//!     g::gather(co, [slow, fast]).await.unwrap();
//!     g::now(co)
//! });
//! assert_eq!(elapsed, Duration::from_secs(2));
//! ```
//!
//! Reading order: `co.rs` (the one door) and `trap.rs` (what is asked for, and how it is done), `kernel.rs` (the loop), `table.rs`,
//! `task.rs` and `joining.rs` (the life of a task), then the functions, each in the file of its name. In `state_machines` the nouns have the same file names; `executor.rs`
//! faces the kernel, `waker.rs` the trap.

use std::panic::Location;
use std::time::Duration;

// The asyncio names are on the re-exports: rustdoc of some versions does not index those of items in private modules.
pub use self::as_completed::AsCompleted;
#[doc(alias = "asyncio.as_completed")]
pub use self::as_completed::as_completed;
#[doc(alias = "asyncio.wait")]
#[doc(alias = "FIRST_COMPLETED")]
pub use self::as_completed::first_completed;
#[doc(alias = "Queue")]
#[doc(alias = "asyncio.Queue")]
pub use self::channel::channel;
#[doc(alias = "Queue")]
#[doc(alias = "asyncio.Queue")]
pub use self::channel::unbounded;
pub use self::co::Co;
#[doc(alias = "asyncio.Event")]
pub use self::event::Event;
#[doc(alias = "asyncio.gather")]
pub use self::gather::gather;
#[doc(alias = "asyncio.gather(return_exceptions=True)")]
#[doc(alias = "return_exceptions")]
#[doc(alias = "ALL_COMPLETED")]
pub use self::gather::gather_all;
#[doc(alias = "asyncio.gather")]
#[doc(alias = "FIRST_EXCEPTION")]
pub use self::gather::try_gather;
#[doc(alias = "asyncio.TaskGroup")]
pub use self::group::TaskGroup;
#[doc(alias = "asyncio.Task")]
#[doc(alias = "asyncio.shield")]
#[doc(alias = "Task")]
#[doc(alias = "shield")]
pub use self::handle::JoinHandle;
#[doc(alias = "asyncio.Lock")]
#[doc(alias = "Lock")]
pub use self::mutex::Mutex;
pub use self::mutex::MutexGuard;
pub use self::receiver::Receiver;
pub use self::semaphore::Permit;
#[doc(alias = "asyncio.Semaphore")]
#[doc(alias = "asyncio.BoundedSemaphore")]
pub use self::semaphore::Semaphore;
pub use self::sender::Sender;
#[doc(alias = "asyncio.sleep")]
#[doc(alias = "call_later")]
pub use self::sleep::sleep;
#[doc(alias = "call_at")]
pub use self::sleep::sleep_until;
#[doc(alias = "sleep(0)")]
#[doc(alias = "asyncio.sleep(0)")]
pub use self::sleep::yield_now;
#[doc(alias = "create_task")]
#[doc(alias = "asyncio.create_task")]
#[doc(alias = "ensure_future")]
pub use self::task::spawn;
#[doc(alias = "set_name")]
pub use self::task::spawn_named;
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
mod channel;
mod children;
mod co;
mod ending;
mod event;
mod gather;
mod group;
mod handle;
mod joining;
mod kernel;
mod misuse;
mod mutex;
mod receiver;
mod report;
mod semaphore;
mod sender;
mod sleep;
mod table;
mod task;
mod timeout;
mod timer;
mod trace;
mod trap;
mod waiters;
mod watchers;

use self::kernel::Kernel;

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
/// use yield_to_await::{Clock, Setup, generators as g};
/// use yield_to_await::generators::Co;
///
/// let setup = Setup::new().clock(Clock::Simulated);
/// let report = g::run_with(setup, async |co: &Co| g::yield_now(co).await);
/// assert!(report.outcome.is_ok());
/// assert_eq!(report.counts.steps, 2);
/// ```
#[doc(alias = "asyncio.Runner")]
#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "a setup is made for one run")]
pub fn run_with<T>(setup: Setup, main: impl AsyncFnOnce(&Co) -> T) -> Report<T> {
    let place = Location::caller();
    let entered = runner::enter(LoopKind::Kernel, &setup);
    Kernel::with(|kernel| kernel.run(&entered, main, place, setup.slow_step))
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
/// use yield_to_await::generators::{self as g, Co};
///
/// assert_eq!(g::run(async |_: &Co| 6 * 7), 42);
/// ```
#[doc(alias = "asyncio.run")]
#[doc(alias = "run_until_complete")]
#[doc(alias = "block_on")]
#[track_caller]
pub fn run<T>(main: impl AsyncFnOnce(&Co) -> T) -> T {
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
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// let hour = Duration::from_secs(3600);
/// g::run_on(Clock::Simulated, async |co: &Co| g::sleep(co, hour).await);
/// ```
#[doc(alias = "asyncio.run")]
#[track_caller]
pub fn run_on<T>(clock: Clock, main: impl AsyncFnOnce(&Co) -> T) -> T {
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
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// let forgotten = async |co: &Co| g::Event::new().wait(co).await;
/// let deadlock = g::try_run_on(Clock::Simulated, forgotten).unwrap_err();
/// assert!(deadlock.to_string().contains("event 1 to be set"));
/// ```
#[doc(alias = "asyncio.run")]
#[track_caller]
pub fn try_run_on<T>(clock: Clock, main: impl AsyncFnOnce(&Co) -> T) -> Result<T, Deadlock> {
    run_with(Setup::new().clock(clock), main).outcome
}

/// The time since the loop began.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// g::run_on(Clock::Simulated, async |co: &Co| {
///     assert_eq!(g::now(co), Duration::ZERO);
/// });
/// ```
#[doc(alias = "loop.time")]
#[must_use]
pub fn now(_co: &Co) -> Duration {
    sleep::clock().since_start()
}

/// The task that is running.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// g::run_on(Clock::Simulated, async |co: &Co| {
///     assert_eq!(g::current(co).name(), Some("main"));
/// });
/// ```
///
/// # Panics
///
/// Never: whoever holds a `Co` is a task.
#[doc(alias = "current_task")]
#[doc(alias = "asyncio.current_task")]
#[must_use]
pub fn current(co: &Co) -> TaskInfo {
    let info = Kernel::with(|kernel| kernel.info(co.key()));
    info.expect("a coroutine that runs is in the table")
}

/// Every live task, oldest first: what it is doing, and what it waits for.
///
/// Nothing is kept up for it: O(tasks + waits), when it is called.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, TaskState, generators as g};
/// use yield_to_await::generators::Co;
///
/// g::run_on(Clock::Simulated, async |co: &Co| {
///     let ready = g::Event::new();
///     let waiter = g::spawn(co, async move |co: &Co| ready.wait(co).await);
///     g::yield_now(co).await;
///     let [main, task] = &g::tasks(co)[..] else { panic!() };
///     assert_eq!((main.state(), task.state()), (TaskState::Running, TaskState::Waiting));
///     assert!(task.to_string().ends_with("has waited since 0ns for event 1 to be set"));
///     waiter.cancel();
/// });
/// ```
#[doc(alias = "all_tasks")]
#[doc(alias = "asyncio.all_tasks")]
#[must_use]
pub fn tasks(_co: &Co) -> Vec<TaskStatus> {
    Kernel::with(|kernel| kernel.statuses(usize::MAX))
}
