#![doc = include_str!("../README.md")]

pub use self::clock::Clock;
pub use self::deadlock::{Deadlock, DeadlockKind, WaitReason, WaitingTask};
pub use self::error::{Closed, Elapsed, JoinError, PanicPayload, TryRecvError, TrySendError};
pub use self::info::TaskInfo;
pub use self::runner::{Counts, Report, Setup};
pub use self::slots::TaskId;

pub mod async_await;
pub mod generators;
pub mod programs;
pub mod state_machines;

mod clock;
mod deadlock;
mod error;
mod info;
mod line;
mod runner;
mod slots;
mod tally;
mod unwind;
