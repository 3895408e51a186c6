//! First step: a generator, and nothing else.
//!
//! `cargo run --example 01_generator`
//!
//! A generator is a function that can stop in the middle, hand a value out, and go on later with a value handed in. Python
//! writes `got = yield value`; stable Rust has no generators of its own, so the crate `genawaiter` makes them out of async blocks:
//! `let got = co.yield_(value).await`.

use genawaiter::GeneratorState::{Complete, Yielded};
use genawaiter::rc::{Co, Gen};

/// Receives numbers, answers each with the average so far, and returns how many there were when it gets `None`.
async fn running_average(co: Co<Option<f64>, Option<f64>>) -> u32 {
    let (mut total, mut count) = (0.0, 0);
    let mut average = None;
    while let Some(value) = co.yield_(average).await {
        total += value;
        count += 1;
        average = Some(total / f64::from(count));
    }
    count
}

/// Hands a question out, and takes the answer.
async fn inner(co: &Co<String, i32>) -> i32 {
    let got = co.yield_("inner is waiting".to_owned()).await;
    got * 2
}

/// Python's `yield from inner()` is `inner(&co).await`: what is inside yields straight to whoever drives the whole.
async fn outer(co: Co<String, i32>) {
    let doubled = inner(&co).await;
    co.yield_(format!("outer got {doubled}")).await;
}

fn main() {
    println!("-- values in, values out");
    let mut average = Gen::new(running_average);
    // Nothing has run yet. The first resume runs up to the first yield, which has nobody to hand the argument to: it is lost.
    // (Python insists that it be `None`.)
    assert_eq!(average.resume_with(Some(1000.0)), Yielded(None));
    for value in [10.0, 20.0, 60.0] {
        if let Yielded(Some(average)) = average.resume_with(Some(value)) {
            println!("average: {average:?}");
        }
    }
    // The return value comes out as `Complete`; Python raises StopIteration with it. Resuming once more would panic.
    if let Complete(count) = average.resume_with(None) {
        println!("values seen: {count}");
    }

    println!("-- delegation");
    let mut outer = Gen::new(outer);
    for argument in [0, 21] {
        if let Yielded(text) = outer.resume_with(argument) {
            println!("{text}");
        }
    }
    // Dropping a generator that has not ended drops what it holds; Python calls that `close()`.
    drop(outer);

    println!("-- next: examples/02_scheduler.rs");
}
