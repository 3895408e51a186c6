//! What `gather` returns: the results of all tasks, in one list.
//!
//! The list is there when the last task has ended, and it has the order of the arguments. Compare `sequential`, where the same sleeps add
//! up, and `completion_order`, where main does not wait for the last before it looks at the first. The size is the number of tasks; the
//! i-th sleeps i seconds.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/gather_results.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/gather_results.txt")]
//! ```
//!
#![doc = include_str!("timelines/gather_results.svg")]

use std::time::Duration;

use super::{Log, Program, python_list};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "gather_results",
    shows: "gather gives one list of results, in the order of its arguments",
    sizes: &[0, 1, 2, 7, 40],
    seeds: &[("10_seed1_gather", 2)],
    recording: include_str!("traces/gather_results.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

fn delay(i: usize) -> Duration {
    Duration::from_secs(i as u64)
}

mod generators {
    use super::{Log, Report, Setup, delay, python_list};
    use crate::generators::{Co, gather, run_with, sleep, spawn};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let tasks = (1..=n).map(|i| spawn(co, async move |co: &Co| coroutine(co, i).await));
            let results = gather(co, tasks).await.expect("nobody cancels a task");
            log.say("main", format_args!("Results: {}", python_list(&results)));
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

    use super::{Log, Report, Setup, delay, python_list};
    use crate::state_machines::{Gather, Sleep, gather, run_with, sleep, spawn};
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
        Gather(Gather<String>),
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // let tasks = (1..=n).map(|i| spawn(coroutine(i)));
                    State::Start => {
                        let tasks = (1..=this.n).map(|i| spawn(coroutine(i)));
                        this.state = State::Gather(gather(tasks));
                    }
                    // let results = gather(tasks).await; log.say(results);
                    State::Gather(results) => {
                        state("Main::Gather");
                        let results = ready!(Pin::new(results).poll(cx));
                        let results = python_list(&results.expect("nobody cancels a task"));
                        this.log.say("main", format_args!("Results: {results}"));
                        return Poll::Ready("None".to_owned());
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
    use super::{Log, Report, Setup, delay, python_list};
    use crate::async_await::{gather, run_with, sleep, spawn};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async {
            let tasks = (1..=n).map(|i| spawn(coroutine(i)));
            let results = gather(tasks).await.expect("nobody cancels a task");
            log.say("main", format_args!("Results: {}", python_list(&results)));
            "None".to_owned()
        })
    }

    async fn coroutine(i: usize) -> String {
        sleep(delay(i)).await;
        format!("Coroutine {i}")
    }
}
