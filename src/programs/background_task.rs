//! A task that runs while its maker does something else.
//!
//! `fn1` is main, `fn2` is the task beside it. `fn1` says "one" before the task has its first turn, because spawning only queues it. After
//! a second both are due at the same moment, and `fn1` is first because it fell asleep first. In the end `fn1` waits for the
//! slower `fn2`: without that, the end of main would be the end of the task too. There is one size.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/background_task.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/background_task.txt")]
//! ```
//!
#![doc = include_str!("timelines/background_task.svg")]

use std::time::Duration;

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "background_task",
    shows: "a task runs on the side while its maker sleeps, and is awaited at the end",
    sizes: &[1],
    seeds: &[("18_seed3_asyncio2_py", 1)],
    recording: include_str!("traces/background_task.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

const SECOND: Duration = Duration::from_secs(1);

mod generators {
    use super::{Log, Report, SECOND, Setup};
    use crate::generators::{Co, run_with, sleep, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            fn1(co, &log).await;
            "None".to_owned()
        })
    }

    async fn fn1(co: &Co, log: &Log) {
        let own_log = log.clone();
        let task = spawn_named(co, "task", async move |co: &Co| fn2(co, &own_log).await);
        log.say("main", "one");
        sleep(co, SECOND).await;
        log.say("main", "two");
        sleep(co, SECOND).await;
        log.say("main", "three");
        task.join(co).await.expect("nobody cancels the task");
    }

    async fn fn2(co: &Co, log: &Log) {
        log.say("task", "task one");
        sleep(co, SECOND).await;
        log.say("task", "task two");
        sleep(co, 2 * SECOND).await;
        log.say("task", "task three");
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{Log, Report, SECOND, Setup};
    use crate::state_machines::{JoinHandle, Sleep, run_with, sleep, spawn_named};
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
        /// A local that lives across the sleeps. It is `None` until the line that makes it has run.
        task: Option<JoinHandle<()>>,
        state: Fn1State,
    }

    enum Fn1State {
        Start,
        SleepAfterOne(Sleep),
        SleepAfterTwo(Sleep),
        Task,
    }

    fn fn1(log: Log) -> Fn1 {
        Fn1 {
            log,
            task: None,
            state: Fn1State::Start,
        }
    }

    impl Future for Fn1 {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // let task = spawn_named("task", fn2(log.clone())); log.say("one");
                    Fn1State::Start => {
                        this.task = Some(spawn_named("task", fn2(this.log.clone())));
                        this.log.say("main", "one");
                        this.state = Fn1State::SleepAfterOne(sleep(SECOND));
                    }
                    // sleep(SECOND).await; log.say("two");
                    Fn1State::SleepAfterOne(nap) => {
                        state("Fn1::SleepAfterOne");
                        ready!(Pin::new(nap).poll(cx));
                        this.log.say("main", "two");
                        this.state = Fn1State::SleepAfterTwo(sleep(SECOND));
                    }
                    // sleep(SECOND).await; log.say("three");
                    Fn1State::SleepAfterTwo(nap) => {
                        state("Fn1::SleepAfterTwo");
                        ready!(Pin::new(nap).poll(cx));
                        this.log.say("main", "three");
                        this.state = Fn1State::Task;
                    }
                    // task.await;
                    Fn1State::Task => {
                        state("Fn1::Task");
                        let task = this.task.as_mut().expect("made at the start");
                        ready!(Pin::new(task).poll(cx)).expect("nobody cancels the task");
                        return Poll::Ready(());
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
        Start,
        SleepAfterOne(Sleep),
        SleepAfterTwo(Sleep),
    }

    fn fn2(log: Log) -> Fn2 {
        let state = Fn2State::Start;
        Fn2 { log, state }
    }

    impl Future for Fn2 {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // log.say("task one");
                    Fn2State::Start => {
                        this.log.say("task", "task one");
                        this.state = Fn2State::SleepAfterOne(sleep(SECOND));
                    }
                    // sleep(SECOND).await; log.say("task two");
                    Fn2State::SleepAfterOne(nap) => {
                        state("Fn2::SleepAfterOne");
                        ready!(Pin::new(nap).poll(cx));
                        this.log.say("task", "task two");
                        this.state = Fn2State::SleepAfterTwo(sleep(2 * SECOND));
                    }
                    // sleep(2 * SECOND).await; log.say("task three");
                    Fn2State::SleepAfterTwo(nap) => {
                        state("Fn2::SleepAfterTwo");
                        ready!(Pin::new(nap).poll(cx));
                        this.log.say("task", "task three");
                        return Poll::Ready(());
                    }
                }
            }
        }
    }
}

mod async_await {
    use super::{Log, Report, SECOND, Setup};
    use crate::async_await::{run_with, sleep, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        run_with(setup, async {
            fn1(&log).await;
            "None".to_owned()
        })
    }

    async fn fn1(log: &Log) {
        let task = spawn_named("task", fn2(log.clone()));
        log.say("main", "one");
        sleep(SECOND).await;
        log.say("main", "two");
        sleep(SECOND).await;
        log.say("main", "three");
        task.await.expect("nobody cancels the task");
    }

    async fn fn2(log: Log) {
        log.say("task", "task one");
        sleep(SECOND).await;
        log.say("task", "task two");
        sleep(2 * SECOND).await;
        log.say("task", "task three");
    }
}
