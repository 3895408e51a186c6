//! Lane 2: coroutines as hand-written `Future` state machines.
//!
//! A future is polled until it is ready. Whoever makes it wait keeps the task's *waker*, and calls it when there is something to see;
//! the [executor](self) is a queue of tasks to poll, and knows nothing else. Every future of this module is a struct
//! whose fields are the locals that live across a wait, with a `poll` that says where it goes on.
//!
//! Reading order: `executor.rs` (the loop), `waker.rs` (a waker is a number), `waiters.rs` and `task.rs` (who is woken by whom), then the
//! futures, each in the file of its name. [`async_await`](crate::async_await) has the same functions as async fns, on this loop.

use std::panic::Location;
use std::time::Duration;

pub use self::as_completed::{
    AsCompleted, FirstCompleted, NextCompleted, as_completed, first_completed,
};
pub use self::channel::{channel, unbounded};
pub use self::event::{Event, Wait};
pub use self::gather::{Gather, GatherAll, TryGather, gather, gather_all, try_gather};
pub use self::group::{Finish, TaskGroup};
pub use self::handle::{Finished, JoinHandle};
pub use self::mutex::{Lock, Mutex, MutexGuard};
pub use self::receiver::{Receiver, Recv};
pub use self::semaphore::{Acquire, Permit, Semaphore};
pub use self::sender::{Sender, Sending};
pub use self::sleep::{Sleep, YieldNow, sleep, sleep_until, yield_now};
pub use self::spawner::{Spawner, spawner};
pub use self::task::{spawn, spawn_named};
pub use self::timeout::{Timeout, timeout};
use crate::deadlock::Deadlock;
pub use crate::runner::Setup;
use crate::runner::{self, Report};
use crate::{Clock, TaskInfo};

mod as_completed;
mod channel;
pub(crate) mod children;
mod ending;
mod event;
mod executor;
mod gather;
mod group;
mod handle;
mod inbox;
mod mutex;
mod receiver;
mod report;
mod semaphore;
mod sender;
mod sleep;
mod spawner;
pub(crate) mod state;
mod table;
mod task;
pub(crate) mod timeout;
mod timer;
mod waiters;
mod waker;

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
    Executor::with(|executor| executor.run(&setup, main, place))
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
