//! Where crates that know only `futures::task` find the loop.

use std::marker::PhantomData;

use futures::task::{LocalFutureObj, LocalSpawn, SpawnError};

use super::executor::Executor;
use super::sleep::NotSend;
use super::task::spawn;
use crate::runner;

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
    not_send: NotSend,
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
        "`spawner` was called where no loop of `state_machines` or `async_await` runs: \
         call it inside their `run`, in the root or in a task"
    );
    Spawner {
        run: runner::run_number(),
        not_send: PhantomData,
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
