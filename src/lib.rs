#![doc = include_str!("../README.md")]

// The asyncio names are on the re-exports: rustdoc of some versions does not index those of items in private modules.
pub use self::clock::Clock;
#[doc(alias = "QueueShutDown")]
pub use self::error::Closed;
#[doc(alias = "TimeoutError")]
#[doc(alias = "asyncio.TimeoutError")]
pub use self::error::Elapsed;
pub use self::error::{JoinError, PanicPayload, TryRecvError, TrySendError};
#[doc(alias = "asyncio.Task")]
pub use self::info::{TaskId, TaskInfo};
pub use self::reports::{
    Deadlock, DeadlockKind, Exit, Holder, Link, Listing, Primitive, PrimitiveKind, PrimitiveStatus,
    SlowStep, TaskState, TaskStatus, Unread, WaitReason,
};
#[doc(alias = "asyncio.Runner")]
#[doc(alias = "Runner")]
pub use self::runner::Setup;
pub use self::runner::{Counts, Report};

pub mod async_await;
pub mod generators;
pub mod programs;
pub mod state_machines;
pub mod trace;

mod census;
mod clock;
mod error;
mod graves;
mod info;
mod key;
mod line;
mod marks;
mod outcome;
mod ready;
mod reports;
mod runner;
mod slot;
mod slots;
mod tally;
mod unwind;
