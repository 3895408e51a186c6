//! Each result as soon as it is there.
//!
//! The tasks are those of `gather_results`. Here main asks for the next one that has ended, again and again, and what it gets is in the
//! order of the endings. In Python each round of the loop hands out an awaitable for "whichever is next"; here `next` is what is
//! awaited, and `None` ends the loop. The size is the number of tasks; the i-th sleeps i seconds.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/completion_order.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/completion_order.txt")]
//! ```
//!
#![doc = include_str!("timelines/completion_order.svg")]

use std::time::Duration;

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "completion_order",
    shows: "as_completed gives each result when it is there, whoever was started first",
    sizes: &[0, 1, 2, 7, 40],
    seeds: &[("11_seed1_as_completed", 2)],
    recording: include_str!("traces/completion_order.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

fn delay(i: usize) -> Duration {
    Duration::from_secs(i as u64)
}

mod generators {
    use super::{Log, Report, Setup, delay};
    use crate::generators::{Co, as_completed, run_with, sleep, spawn};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let tasks = (1..=n).map(|i| spawn(co, async move |co: &Co| coroutine(co, i).await));
            let mut tasks = as_completed(co, tasks);
            while let Some(result) = tasks.next(co).await {
                let result = result.expect("nobody cancels a task");
                log.say("main", format_args!("Result: {result}"));
            }
            "None".to_owned()
        })
    }

    async fn coroutine(co: &Co, i: usize) -> String {
        sleep(co, delay(i)).await;
        format!("Coroutine {i}")
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use futures::Stream;

    use super::{Log, Report, Setup, delay};
    use crate::state_machines::{AsCompleted, Sleep, as_completed, run_with, sleep, spawn};
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        let state = State::Start;
        run_with(setup, Main { log, n, state })
    }

    struct Main {
        log: Log,
        n: usize,
        state: State,
    }

    enum State {
        Start,
        Next(AsCompleted<String>),
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // let tasks = (1..=n).map(|i| spawn(coroutine(i))); let mut tasks = as_completed(tasks);
                    State::Start => {
                        let tasks = (1..=this.n).map(|i| spawn(coroutine(i)));
                        this.state = State::Next(as_completed(tasks));
                    }
                    // while let Some(result) = tasks.next().await { log.say(result); }
                    State::Next(tasks) => {
                        state("Main::Next");
                        match ready!(Pin::new(tasks).poll_next(cx)) {
                            Some(result) => {
                                let result = result.expect("nobody cancels a task");
                                this.log.say("main", format_args!("Result: {result}"));
                            }
                            None => return Poll::Ready("None".to_owned()),
                        }
                    }
                }
            }
        }
    }

    /// It begins with its only wait: no enum, and the sleep counts from its first poll.
    struct Coroutine {
        i: usize,
        nap: Sleep,
    }

    fn coroutine(i: usize) -> Coroutine {
        let nap = sleep(delay(i));
        Coroutine { i, nap }
    }

    impl Future for Coroutine {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            // sleep(delay(i)).await;
            state("Coroutine");
            ready!(Pin::new(&mut self.nap).poll(cx));
            Poll::Ready(format!("Coroutine {}", self.i))
        }
    }
}

mod async_await {
    use super::{Log, Report, Setup, delay};
    use crate::async_await::{as_completed, run_with, sleep, spawn};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async {
            let tasks = (1..=n).map(|i| spawn(coroutine(i)));
            let mut tasks = as_completed(tasks);
            while let Some(result) = tasks.next().await {
                let result = result.expect("nobody cancels a task");
                log.say("main", format_args!("Result: {result}"));
            }
            "None".to_owned()
        })
    }

    async fn coroutine(i: usize) -> String {
        sleep(delay(i)).await;
        format!("Coroutine {i}")
    }
}
