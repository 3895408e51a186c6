//! A stream of values that come in time: an asynchronous generator.
//!
//! It is no task: it runs only while somebody asks it for the next value. Rust has no `yield` to write one with yet. It has a trait,
//! `Stream` of the crate `futures`: its `poll_next` is a `poll` that may be ready more than once. The hand-written form implements it. For
//! the async form `unfold` makes a stream of an async function that takes one step, and `pin!` holds it in place while it is polled. Lane 1
//! needs no trait, only a method to call in a loop. The size is the number of ticks.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/ticker.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/ticker.txt")]
//! ```
//!
#![doc = include_str!("timelines/ticker.svg")]

use std::time::Duration;

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "ticker",
    shows: "an async iterator: `async for` as a loop over a stream",
    sizes: &[0, 1, 2, 7, 40],
    seeds: &[],
    recording: include_str!("traces/ticker.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

const TICK: Duration = Duration::from_millis(100);

mod generators {
    use super::{Log, Report, Setup, TICK};
    use crate::generators::{Co, run_with, sleep};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let mut total = 0;
            let mut ticks = Ticker { i: 0, n };
            while let Some(i) = ticks.next(co).await {
                log.say("main", format_args!("tick {i}"));
                total += i;
            }
            log.say("main", "the ticker is exhausted");
            total.to_string()
        })
    }

    struct Ticker {
        i: usize,
        n: usize,
    }

    impl Ticker {
        async fn next(&mut self, co: &Co) -> Option<usize> {
            if self.i == self.n {
                return None;
            }
            sleep(co, TICK).await;
            self.i += 1;
            Some(self.i)
        }
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use futures::Stream;

    use super::{Log, Report, Setup, TICK};
    use crate::state_machines::{Sleep, run_with, sleep};
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        let main = Main {
            log,
            ticks: ticker(n),
            total: 0,
        };
        run_with(setup, main)
    }

    /// It has one wait, so where it is needs no enum.
    struct Main {
        log: Log,
        ticks: Ticker,
        total: usize,
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            // while let Some(i) = ticks.next().await { log.say(i); total += i; }
            state("Main");
            while let Some(i) = ready!(Pin::new(&mut this.ticks).poll_next(cx)) {
                this.log.say("main", format_args!("tick {i}"));
                this.total += i;
            }
            this.log.say("main", "the ticker is exhausted");
            Poll::Ready(this.total.to_string())
        }
    }

    struct Ticker {
        i: usize,
        n: usize,
        state: Ticking,
    }

    enum Ticking {
        Next,
        Sleeping(Sleep),
    }

    fn ticker(n: usize) -> Ticker {
        let state = Ticking::Next;
        Ticker { i: 0, n, state }
    }

    impl Stream for Ticker {
        type Item = usize;

        fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<usize>> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // if i == n { return None; }
                    Ticking::Next if this.i == this.n => return Poll::Ready(None),
                    Ticking::Next => this.state = Ticking::Sleeping(sleep(TICK)),
                    // sleep(TICK).await; Some(i + 1)
                    Ticking::Sleeping(nap) => {
                        state("Ticker::Sleeping");
                        ready!(Pin::new(nap).poll(cx));
                        this.i += 1;
                        this.state = Ticking::Next;
                        return Poll::Ready(Some(this.i));
                    }
                }
            }
        }
    }
}

mod async_await {
    use std::pin::pin;

    use futures::{Stream, StreamExt, stream};

    use super::{Log, Report, Setup, TICK};
    use crate::async_await::{run_with, sleep};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async {
            let mut total = 0;
            let mut ticks = pin!(ticker(n));
            while let Some(i) = ticks.next().await {
                log.say("main", format_args!("tick {i}"));
                total += i;
            }
            log.say("main", "the ticker is exhausted");
            total.to_string()
        })
    }

    fn ticker(n: usize) -> impl Stream<Item = usize> {
        stream::unfold(1, move |i| async move {
            if i > n {
                return None;
            }
            sleep(TICK).await;
            Some((i, i + 1))
        })
    }
}
