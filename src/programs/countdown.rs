//! Coroutines that count down, each giving up its turn after every number, and a main that collects them as they end.
//!
//! This is the program with which Python's generators become coroutines: in the source document a `deque` of generators is run round and
//! round, and what each `return`s arrives in `StopIteration`. Here the loop does the rounds and `as_completed` collects. In its raw
//! form, without a loop, it is the example `01_generator`. The size is the number of coroutines.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/countdown.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/countdown.txt")]
//! ```
//!
#![doc = include_str!("timelines/countdown.svg")]

use super::{Log, Program, python_list};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "countdown",
    shows: "round-robin turns: each yields after every number, results come in the order of ending",
    sizes: &[0, 1, 2, 3, 7, 40],
    seeds: &[("16_seed3_coroutine_py", 3)],
    recording: include_str!("traces/countdown.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

/// a, b, c, .. z, a2, b2 ..
fn name(i: usize) -> String {
    let letter = char::from(b"abcdefghijklmnopqrstuvwxyz"[i % 26]);
    match i / 26 {
        0 => letter.to_string(),
        round => format!("{letter}{}", round + 1),
    }
}

fn start(i: usize) -> u32 {
    [2, 3, 1][i % 3]
}

mod generators {
    use super::{Log, Report, Setup, name, python_list, start};
    use crate::generators::{Co, as_completed, run_with, spawn_named, yield_now};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let tasks = (0..n).map(|i| {
                let log = log.clone();
                spawn_named(co, &name(i), async move |co: &Co| {
                    countdown(co, &log, &name(i), start(i)).await
                })
            });
            let mut tasks = as_completed(co, tasks);
            let mut results = Vec::new();
            while let Some(result) = tasks.next(co).await {
                results.push(result.expect("nobody cancels a countdown"));
            }
            log.say("main", python_list(&results));
            python_list(&results)
        })
    }

    async fn countdown(co: &Co, log: &Log, name: &str, n: u32) -> String {
        for i in (1..=n).rev() {
            log.say(name, format_args!("{name} {i}"));
            yield_now(co).await;
        }
        log.say(name, format_args!("{name} done"));
        name.to_uppercase()
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use futures::Stream;

    use super::{Log, Report, Setup, name, python_list, start};
    use crate::state_machines::{
        AsCompleted, YieldNow, as_completed, run_with, spawn_named, yield_now,
    };
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        let state = Collecting::Start;
        run_with(setup, Main { log, n, state })
    }

    struct Main {
        log: Log,
        n: usize,
        state: Collecting,
    }

    enum Collecting {
        Start,
        Next {
            tasks: AsCompleted<String>,
            results: Vec<String>,
        },
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // let tasks = (0..n).map(|i| spawn_named(name, countdown(..))); let mut tasks = as_completed(tasks);
                    Collecting::Start => {
                        let tasks = (0..this.n).map(|i| {
                            let countdown = countdown(this.log.clone(), name(i), start(i));
                            spawn_named(&name(i), countdown)
                        });
                        this.state = Collecting::Next {
                            tasks: as_completed(tasks),
                            results: Vec::new(),
                        };
                    }
                    // while let Some(result) = tasks.next().await { results.push(result); }
                    Collecting::Next { tasks, results } => {
                        state("Main::Next");
                        match ready!(Pin::new(tasks).poll_next(cx)) {
                            Some(result) => {
                                results.push(result.expect("nobody cancels a countdown"));
                            }
                            None => {
                                this.log.say("main", python_list(results));
                                return Poll::Ready(python_list(results));
                            }
                        }
                    }
                }
            }
        }
    }

    struct Countdown {
        log: Log,
        name: String,
        n: u32,
        state: Counting,
    }

    enum Counting {
        Next,
        Yielding(YieldNow),
    }

    fn countdown(log: Log, name: String, n: u32) -> Countdown {
        let state = Counting::Next;
        Countdown {
            log,
            name,
            n,
            state,
        }
    }

    impl Future for Countdown {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            let (log, name) = (&this.log, &this.name);
            loop {
                match &mut this.state {
                    // log.say(done); name.to_uppercase()
                    Counting::Next if this.n == 0 => {
                        log.say(name, format_args!("{name} done"));
                        return Poll::Ready(name.to_uppercase());
                    }
                    // for i in (1..=n).rev() { log.say(i);
                    Counting::Next => {
                        log.say(name, format_args!("{name} {}", this.n));
                        this.state = Counting::Yielding(yield_now());
                    }
                    // yield_now().await; }
                    Counting::Yielding(turn) => {
                        state("Countdown::Yielding");
                        ready!(Pin::new(turn).poll(cx));
                        this.n -= 1;
                        this.state = Counting::Next;
                    }
                }
            }
        }
    }
}

mod async_await {
    use super::{Log, Report, Setup, name, python_list, start};
    use crate::async_await::{as_completed, run_with, spawn_named, yield_now};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async {
            let tasks = (0..n).map(|i| {
                let log = log.clone();
                spawn_named(&name(i), async move {
                    countdown(&log, &name(i), start(i)).await
                })
            });
            let mut tasks = as_completed(tasks);
            let mut results = Vec::new();
            while let Some(result) = tasks.next().await {
                results.push(result.expect("nobody cancels a countdown"));
            }
            log.say("main", python_list(&results));
            python_list(&results)
        })
    }

    async fn countdown(log: &Log, name: &str, n: u32) -> String {
        for i in (1..=n).rev() {
            log.say(name, format_args!("{name} {i}"));
            yield_now().await;
        }
        log.say(name, format_args!("{name} done"));
        name.to_uppercase()
    }
}
