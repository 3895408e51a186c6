//! A coroutine becomes a task of its own, and its maker waits for it.
//!
//! Spawning only puts the task at the back of the ready queue; it starts when main waits. The lines are those of `awaiting`
//! in size 3, but it is another task that writes them, and main could do something else meanwhile: that is `background_task`. There is
//! one size.
//!
//! A task may live on when its maker has ended, so what it uses must be its own: it gets a clone of the log, not a reference. A
//! coroutine that is only awaited may borrow.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/create_task.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/create_task.txt")]
//! ```
//!
#![doc = include_str!("timelines/create_task.svg")]

use std::time::Duration;

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "create_task",
    shows: "spawn makes a task, which starts when its maker waits",
    sizes: &[1],
    seeds: &[("14_seed2_tasks", 1)],
    recording: include_str!("traces/create_task.txt"),
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
            let log = log.clone();
            let task = spawn_named(co, "task", async move |co: &Co| {
                my_async_function(co, &log).await;
            });
            task.join(co).await.expect("nobody cancels the task");
            "None".to_owned()
        })
    }

    async fn my_async_function(co: &Co, log: &Log) {
        log.say("task", "Async function is doing its magic!");
        sleep(co, SECOND).await;
        log.say("task", "Async function has completed!");
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{Log, Report, SECOND, Setup};
    use crate::state_machines::{JoinHandle, Sleep, run_with, sleep, spawn_named};
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        let state = MainState::Start;
        run_with(setup, Main { log, state })
    }

    struct Main {
        log: Log,
        state: MainState,
    }

    enum MainState {
        Start,
        Task(JoinHandle<()>),
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // let task = spawn_named("task", my_async_function(log));
                    MainState::Start => {
                        let task = spawn_named("task", my_async_function(this.log.clone()));
                        this.state = MainState::Task(task);
                    }
                    // task.await;
                    MainState::Task(task) => {
                        state("Main::Task");
                        ready!(Pin::new(task).poll(cx)).expect("nobody cancels the task");
                        return Poll::Ready("None".to_owned());
                    }
                }
            }
        }
    }

    struct MyAsyncFunction {
        log: Log,
        state: FunctionState,
    }

    enum FunctionState {
        Start,
        Sleeping(Sleep),
    }

    fn my_async_function(log: Log) -> MyAsyncFunction {
        let state = FunctionState::Start;
        MyAsyncFunction { log, state }
    }

    impl Future for MyAsyncFunction {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // log.say("Async function is doing its magic!");
                    FunctionState::Start => {
                        this.log.say("task", "Async function is doing its magic!");
                        this.state = FunctionState::Sleeping(sleep(SECOND));
                    }
                    // sleep(SECOND).await; log.say("Async function has completed!");
                    FunctionState::Sleeping(nap) => {
                        state("MyAsyncFunction::Sleeping");
                        ready!(Pin::new(nap).poll(cx));
                        this.log.say("task", "Async function has completed!");
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
            let task = spawn_named("task", my_async_function(log.clone()));
            task.await.expect("nobody cancels the task");
            "None".to_owned()
        })
    }

    async fn my_async_function(log: Log) {
        log.say("task", "Async function is doing its magic!");
        sleep(SECOND).await;
        log.say("task", "Async function has completed!");
    }
}
