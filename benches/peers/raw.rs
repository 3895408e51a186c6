//! The limit of lane 1: a queue of generators that are resumed in turn. They can yield and end, and nothing else: there is nothing to
//! wait for, nobody to join, and no check.

use std::collections::VecDeque;
use std::pin::Pin;

use genawaiter::rc::Gen;
use genawaiter::{Coroutine, GeneratorState};

use super::turns;

type Task = Pin<Box<dyn Coroutine<Yield = (), Resume = (), Return = u64>>>;

pub(crate) fn yields(tasks: usize) -> u64 {
    let tasks = (0..tasks).map(|_| -> Task {
        Box::pin(Gen::new(async move |co| {
            let mut count = 0;
            for _ in 0..turns(tasks) {
                co.yield_(()).await;
                count += 1;
            }
            count
        }))
    });
    run(tasks.collect())
}

pub(crate) fn spawn_join(tasks: usize) -> u64 {
    let tasks = (0..tasks as u64).map(|i| -> Task { Box::pin(Gen::new(async move |_| i)) });
    run(tasks.collect())
}

/// Gives turns until every task has ended, and adds up what they return.
fn run(mut ready: VecDeque<Task>) -> u64 {
    let mut sum = 0;
    while let Some(mut task) = ready.pop_front() {
        match task.as_mut().resume_with(()) {
            GeneratorState::Yielded(()) => ready.push_back(task),
            GeneratorState::Complete(value) => sum += value,
        }
    }
    sum
}
