//! Second step: a queue of generators is already a scheduler.
//!
//! `cargo run --example 02_scheduler`
//!
//! Each turn resumes the generator at the front up to its next yield and puts it at the back. Nobody is interrupted: a coroutine gives
//! up its turn where it says so, and nowhere else. What is missing for an event loop is only that a yield can say *what it
//! waits for*: that is a trap, and lane 1 begins there.

use std::collections::VecDeque;

use genawaiter::GeneratorState::{Complete, Yielded};
use genawaiter::rc::{Co, Gen};

async fn countdown(co: Co<()>, name: &str, n: u32) -> String {
    for i in (1..=n).rev() {
        println!("{name} {i}");
        co.yield_(()).await;
    }
    println!("{name} done");
    name.to_uppercase()
}

/// Runs the coroutines in turn. Their results come in the order in which they end.
fn run<F: Future<Output = String>>(coroutines: Vec<Gen<(), (), F>>) -> Vec<String> {
    let mut ready = VecDeque::from(coroutines);
    let mut results = Vec::new();
    while let Some(mut coroutine) = ready.pop_front() {
        match coroutine.resume() {
            Yielded(()) => ready.push_back(coroutine),
            Complete(result) => results.push(result),
        }
    }
    results
}

fn main() {
    let counts = [("a", 2), ("b", 3), ("c", 1)];
    let coroutines = counts.map(|(name, n)| Gen::new(|co| countdown(co, name, n)));
    println!("{:?}", run(coroutines.into()));
    println!("-- next: examples/03_await.rs");
}
