//! A coroutine that awaits another one in the middle of its own waits.
//!
//! `fn1` goes on behind its `await` when `fn2` has returned, and until then a wait of `fn2` is a wait of `fn1`: both are one task. That
//! is the nesting of calls, kept across waits. In the hand-written form it is the nesting of structs: the `Fn2` lives inside
//! the `Fn1` for as long as it is awaited, and a poll of the outer one ends up in the inner one. There is one size.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/nested_await.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/nested_await.txt")]
//! ```
//!
#![doc = include_str!("timelines/nested_await.svg")]

use std::time::Duration;

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "nested_await",
    shows: "an awaited coroutine's waits are its caller's: the two are one task",
    sizes: &[1],
    seeds: &[("17_seed3_asyncio_py", 1)],
    recording: include_str!("traces/nested_await.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

const SECOND: Duration = Duration::from_secs(1);

mod generators {
    use super::{Log, Report, SECOND, Setup};
    use crate::generators::{Co, run_with, sleep};

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            fn1(co, &log).await;
            "None".to_owned()
        })
    }

    async fn fn1(co: &Co, log: &Log) {
        log.say("main", "one");
        sleep(co, SECOND).await;
        fn2(co, log).await;
        log.say("main", "four");
        sleep(co, SECOND).await;
        log.say("main", "five");
        sleep(co, SECOND).await;
    }

    async fn fn2(co: &Co, log: &Log) {
        sleep(co, SECOND).await;
        log.say("main", "two");
        sleep(co, SECOND).await;
        log.say("main", "three");
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{Log, Report, SECOND, Setup};
    use crate::state_machines::{Sleep, run_with, sleep};
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        run_with(setup, Main { fn1: fn1(log) })
    }

    struct Main {
        fn1: Fn1,
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            // fn1(&log).await;
            state("Main");
            ready!(Pin::new(&mut self.fn1).poll(cx));
            Poll::Ready("None".to_owned())
        }
    }

    struct Fn1 {
        log: Log,
        state: Fn1State,
    }

    enum Fn1State {
        Start,
        SleepAfterOne(Sleep),
        Fn2(Fn2),
        SleepAfterFour(Sleep),
        SleepAfterFive(Sleep),
    }

    fn fn1(log: Log) -> Fn1 {
        let state = Fn1State::Start;
        Fn1 { log, state }
    }

    impl Future for Fn1 {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // log.say("one");
                    Fn1State::Start => {
                        this.log.say("main", "one");
                        this.state = Fn1State::SleepAfterOne(sleep(SECOND));
                    }
                    // sleep(SECOND).await;
                    Fn1State::SleepAfterOne(nap) => {
                        state("Fn1::SleepAfterOne");
                        ready!(Pin::new(nap).poll(cx));
                        this.state = Fn1State::Fn2(fn2(this.log.clone()));
                    }
                    // fn2(log).await; log.say("four");
                    Fn1State::Fn2(fn2) => {
                        state("Fn1::Fn2");
                        ready!(Pin::new(fn2).poll(cx));
                        this.log.say("main", "four");
                        this.state = Fn1State::SleepAfterFour(sleep(SECOND));
                    }
                    // sleep(SECOND).await; log.say("five");
                    Fn1State::SleepAfterFour(nap) => {
                        state("Fn1::SleepAfterFour");
                        ready!(Pin::new(nap).poll(cx));
                        this.log.say("main", "five");
                        this.state = Fn1State::SleepAfterFive(sleep(SECOND));
                    }
                    // sleep(SECOND).await;
                    Fn1State::SleepAfterFive(nap) => {
                        state("Fn1::SleepAfterFive");
                        return Pin::new(nap).poll(cx);
                    }
                }
            }
        }
    }

    struct Fn2 {
        log: Log,
        state: Fn2State,
    }

    enum Fn2State {
        SleepBeforeTwo(Sleep),
        SleepBeforeThree(Sleep),
    }

    /// It begins with a wait, and needs no `Start`: a sleep counts from its first poll.
    fn fn2(log: Log) -> Fn2 {
        let state = Fn2State::SleepBeforeTwo(sleep(SECOND));
        Fn2 { log, state }
    }

    impl Future for Fn2 {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // sleep(SECOND).await; log.say("two");
                    Fn2State::SleepBeforeTwo(nap) => {
                        state("Fn2::SleepBeforeTwo");
                        ready!(Pin::new(nap).poll(cx));
                        this.log.say("main", "two");
                        this.state = Fn2State::SleepBeforeThree(sleep(SECOND));
                    }
                    // sleep(SECOND).await; log.say("three");
                    Fn2State::SleepBeforeThree(nap) => {
                        state("Fn2::SleepBeforeThree");
                        ready!(Pin::new(nap).poll(cx));
                        this.log.say("main", "three");
                        return Poll::Ready(());
                    }
                }
            }
        }
    }
}

mod async_await {
    use super::{Log, Report, SECOND, Setup};
    use crate::async_await::{run_with, sleep};

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        run_with(setup, async {
            fn1(&log).await;
            "None".to_owned()
        })
    }

    async fn fn1(log: &Log) {
        log.say("main", "one");
        sleep(SECOND).await;
        fn2(log).await;
        log.say("main", "four");
        sleep(SECOND).await;
        log.say("main", "five");
        sleep(SECOND).await;
    }

    async fn fn2(log: &Log) {
        sleep(SECOND).await;
        log.say("main", "two");
        sleep(SECOND).await;
        log.say("main", "three");
    }
}
