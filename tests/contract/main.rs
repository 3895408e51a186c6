//! What every lane promises, each test the same body in all three.

#[path = "../lanes/mod.rs"]
mod lanes;

mod cancelling;
mod channels;
mod combinators;
mod deadlocks;
mod endings;
mod groups;
mod locks;
mod order;
mod reports;
mod time;

use std::time::Duration;

use yield_to_await::Clock;

const SIM: Clock = Clock::Simulated;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}
