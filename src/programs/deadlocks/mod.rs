//! Programs that get stuck, in every lane, and what the report says of each.
//!
//! A page is built like those of [`PROGRAMS`](super::PROGRAMS), and has one thing more: how to read its report. asyncio has no such report; there,
//! each of these programs hangs.

use super::{Log, Program};

pub mod forgotten_set;
pub mod join_cycle;
pub mod leaked_sender;
pub mod locked_twice;
pub mod philosophers;

/// Programs that end in a [`Deadlock`](crate::Deadlock), in every size and lane, and with the same report. The example `deadlock` runs them.
///
/// [`recording`](Program::recording) is the report as it is on the simulated clock, with `..` for each place in the source: one for each of the
/// [`sizes`](Program::sizes), in their order, with an empty line between them. The first size is the one to look at.
///
/// # Examples
///
/// [`Program::run`] gives the report and nothing else. Who wants the lines that were written before brings the log:
///
/// ```
/// use yield_to_await::programs::{DEADLOCKS, Lane, Log};
/// use yield_to_await::{Clock, Setup};
///
/// let philosophers = &DEADLOCKS[0];
/// let log = Log::new();
/// let setup = Setup::new().clock(Clock::Simulated);
/// let report = philosophers.form(Lane::AsyncAwait)(setup, log.clone(), 3);
/// assert_eq!(log.take()[0].to_string(), "    0 ms  Plato     takes the left fork");
/// assert_eq!(report.outcome.unwrap_err().cycle().len(), 3);
/// ```
pub const DEADLOCKS: &[Program] = &[
    philosophers::PROGRAM,
    locked_twice::PROGRAM,
    join_cycle::PROGRAM,
    forgotten_set::PROGRAM,
    leaked_sender::PROGRAM,
];
