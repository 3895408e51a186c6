//! One coroutine after the other, each awaited before the next is made.
//!
//! The sleeps add up, and there is only one task, `main`: what is called `task` here is no task, just a coroutine that runs in its
//! caller's. `gather_results` has the same sleeps at the same time. The size is the number of coroutines; the i-th sleeps i seconds.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/sequential.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/sequential.txt")]
//! ```
//!
#![doc = include_str!("timelines/sequential.svg")]

use std::time::Duration;

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "sequential",
    shows: "one await after the other is one sleep after the other: they add up",
    sizes: &[0, 1, 2, 7, 40],
    seeds: &[("03_seed0_sequential", 2)],
    recording: include_str!("traces/sequential.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

fn delay(i: usize) -> Duration {
    Duration::from_secs(i as u64)
}

fn summary(results: &[String]) -> String {
    if results.is_empty() {
        return "no results".to_owned();
    }
    results.join(" ")
}

mod generators {
    use super::{Log, Report, Setup, delay, summary};
    use crate::generators::{Co, run_with, sleep};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let mut results = Vec::new();
            for i in 1..=n {
                results.push(task(co, &log, i).await);
            }
            log.say("main", summary(&results));
            "None".to_owned()
        })
    }

    async fn task(co: &Co, log: &Log, i: usize) -> String {
        log.say("main", format_args!("task{i} starts"));
        sleep(co, delay(i)).await;
        log.say("main", format_args!("task{i} ends"));
        format!("r{i}")
    }
}

mod state_machines {
    use std::ops::RangeInclusive;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{Log, Report, Setup, delay, summary};
    use crate::state_machines::{Sleep, run_with, sleep};
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        let main = Main {
            log,
            range: 1..=n,
            results: Vec::new(),
            state: MainState::Next,
        };
        run_with(setup, main)
    }

    struct Main {
        log: Log,
        /// What the `for` loop runs over lives across the wait like any local.
        range: RangeInclusive<usize>,
        results: Vec<String>,
        state: MainState,
    }

    enum MainState {
        Next,
        Task(Task),
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // for i in 1..=n { .. } log.say(summary);
                    MainState::Next => match this.range.next() {
                        Some(i) => this.state = MainState::Task(task(this.log.clone(), i)),
                        None => {
                            this.log.say("main", summary(&this.results));
                            return Poll::Ready("None".to_owned());
                        }
                    },
                    // results.push(task(&log, i).await);
                    MainState::Task(task) => {
                        state("Main::Task");
                        let result = ready!(Pin::new(task).poll(cx));
                        this.results.push(result);
                        this.state = MainState::Next;
                    }
                }
            }
        }
    }

    struct Task {
        log: Log,
        i: usize,
        state: TaskState,
    }

    enum TaskState {
        Start,
        Sleeping(Sleep),
    }

    fn task(log: Log, i: usize) -> Task {
        let state = TaskState::Start;
        Task { log, i, state }
    }

    impl Future for Task {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            let i = this.i;
            loop {
                match &mut this.state {
                    // log.say(starts);
                    TaskState::Start => {
                        this.log.say("main", format_args!("task{i} starts"));
                        this.state = TaskState::Sleeping(sleep(delay(i)));
                    }
                    // sleep(delay(i)).await; log.say(ends); format!("r{i}")
                    TaskState::Sleeping(nap) => {
                        state("Task::Sleeping");
                        ready!(Pin::new(nap).poll(cx));
                        this.log.say("main", format_args!("task{i} ends"));
                        return Poll::Ready(format!("r{i}"));
                    }
                }
            }
        }
    }
}

mod async_await {
    use super::{Log, Report, Setup, delay, summary};
    use crate::async_await::{run_with, sleep};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async {
            let mut results = Vec::new();
            for i in 1..=n {
                results.push(task(&log, i).await);
            }
            log.say("main", summary(&results));
            "None".to_owned()
        })
    }

    async fn task(log: &Log, i: usize) -> String {
        log.say("main", format_args!("task{i} starts"));
        sleep(delay(i)).await;
        log.say("main", format_args!("task{i} ends"));
        format!("r{i}")
    }
}
