//! What people would use instead, on the same workloads: one file a peer, the same functions in each, and one table of them all.
//!
//! A workload is written in each file as that library's users write it. It begins and ends the runtime itself: the sizes are such that
//! this does not show. What it returns is a checksum that says whether the work was done.

use std::time::Duration;

mod async_await;
mod async_executor;
pub(crate) mod floor;
mod generators;
mod local_pool;
mod monoio;
mod over_local_sync;
mod raw;
mod ring;
mod state_machines;
mod tokio;
pub(crate) mod workloads;

/// One way to run tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    Floor,
    Raw,
    Generators,
    StateMachines,
    AsyncAwait,
    Tokio,
    AsyncExecutor,
    LocalPool,
    Monoio,
}

impl Peer {
    /// The limits, our lanes, and the others.
    pub(crate) const ALL: [Self; 9] = [
        Self::Floor,
        Self::Raw,
        Self::Generators,
        Self::StateMachines,
        Self::AsyncAwait,
        Self::Tokio,
        Self::AsyncExecutor,
        Self::LocalPool,
        Self::Monoio,
    ];

    pub(crate) const LIMITS: &[Self] = &[Self::Floor, Self::Raw];
    pub(crate) const LANES: &[Self] = &[Self::Generators, Self::StateMachines, Self::AsyncAwait];

    /// The peers in the proper sense: other people's executors.
    pub(crate) const OTHERS: &[Self] = &[
        Self::Tokio,
        Self::AsyncExecutor,
        Self::LocalPool,
        Self::Monoio,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Floor => "floor",
            Self::Raw => "raw genawaiter",
            Self::Generators => "generators",
            Self::StateMachines => "state_machines",
            Self::AsyncAwait => "async_await",
            Self::Tokio => "Tokio",
            Self::AsyncExecutor => "async-executor",
            Self::LocalPool => "LocalPool",
            Self::Monoio => "monoio",
        }
    }
}

/// A workload on one peer: takes the size, does the work, returns the checksum.
pub(crate) type Play = fn(usize) -> u64;

/// What there is to do, and everybody who does it.
#[derive(Debug)]
pub(crate) struct Workload {
    pub(crate) name: &'static str,
    /// What it shows, in a line.
    pub(crate) shows: &'static str,
    /// What is counted by `operations` and by the checksum, singular.
    pub(crate) unit: &'static str,
    /// What a size is a number of.
    pub(crate) size_is: &'static str,
    pub(crate) sizes: &'static [usize],
    pub(crate) time: Time,
    /// How many units the work of a size is.
    pub(crate) operations: fn(usize) -> u64,
    /// What every entry must return for a size.
    pub(crate) checksum: fn(usize) -> u64,
    pub(crate) entries: &'static [(Peer, Play)],
}

/// Which time counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Time {
    /// What a clock on the wall shows.
    Wall,
    /// What the process was running for, on all its threads: the rest of the time everybody is asleep.
    Processor,
}

impl Workload {
    /// Plays it once and looks at the checksum.
    pub(crate) fn check(&self, peer: Peer, play: Play, size: usize) {
        let expected = (self.checksum)(size);
        assert_eq!(
            play(size),
            expected,
            "{} on {}, size {size}",
            self.name,
            peer.name()
        );
    }
}

/// How many turns each of so many tasks takes: two million together, but at least twenty, so that it is not the spawning that is measured.
fn turns(tasks: usize) -> usize {
    (2_000_000 / tasks).max(20)
}

/// How often to gather so many tasks: ten thousand of them together, so that it is not the beginning of the runtime that is measured.
fn gathers(tasks: usize) -> usize {
    (10_000 / tasks).max(1)
}

/// How long the i-th task sleeps: 100 to 200 ms in an order as good as random, no two alike up to 100,000.
fn nap(i: usize) -> Duration {
    Duration::from_micros(100_000 + (i as u64 * 7_919) % 100_000)
}

/// A time limit that nothing here comes near to.
const LIMIT: Duration = Duration::from_secs(3600);

/// The number of tasks in the ring: a prime, so that its wakers fall into no pattern of a cache.
const RING: usize = 503;
