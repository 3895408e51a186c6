//! Several coroutines at once: each becomes a task, and `gather` waits for all of them.
//!
//! They start in the order in which they were made and end in the order of their sleeps; the whole takes as long as the longest. Five of
//! the source documents' programs are this one with other words and delays; the size picks them. The last one looks at the results, which
//! come in the order of the arguments, not of the endings.
//!
//! Where asyncio's `gather` makes tasks of the coroutines it is given, here the program spawns them itself, and `gather` takes handles.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/concurrent.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/concurrent.txt")]
//! ```
//!
#![doc = include_str!("timelines/concurrent.svg")]

use std::time::Duration;

use super::{Log, Program, python_list};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "concurrent",
    shows: "tasks sleep at the same time, and gather waits for the longest",
    sizes: &[0, 1, 2, 3, 4],
    seeds: &[
        ("04_seed0_concurrent", 0),
        ("05_seed0_example", 1),
        ("09_seed1_concurrent", 2),
        ("13_seed2_concurrent", 3),
        ("19_seed3_asyncio3_py", 4),
    ],
    recording: include_str!("traces/concurrent.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

/// What a coroutine says before its sleep and after it.
struct Child {
    starts: &'static str,
    delay: Duration,
    ends: &'static str,
}

const fn child(starts: &'static str, seconds: u64, ends: &'static str) -> Child {
    Child {
        starts,
        delay: Duration::from_secs(seconds),
        ends,
    }
}

/// For each size, its children.
const SCRIPTS: [&[Child]; 5] = [
    &[
        child("task1 starts", 2, "task1 ends"),
        child("task2 starts", 1, "task2 ends"),
        child("task3 starts", 3, "task3 ends"),
    ],
    &[
        child("Main coroutine is running", 2, "Main coroutine completed"),
        child(
            "Second coroutine is running",
            1,
            "Second coroutine completed",
        ),
        child("Third coroutine is running", 3, "Third coroutine completed"),
    ],
    &[
        child("Coroutine 1", 1, "Coroutine 1 done"),
        child("Coroutine 2", 2, "Coroutine 2 done"),
    ],
    &[
        child("Task 1 is doing its job!", 2, "Task 1 is done!"),
        child("Task 2 is doing its job!", 1, "Task 2 is done!"),
    ],
    &[
        child("func1 started", 2, "func1 completed"),
        child("func2 started", 3, "func2 completed"),
        child("func3 started", 1, "func3 completed"),
    ],
];

/// The one size whose main makes use of the results.
const WITH_RESULTS: usize = 4;

fn task_name(k: usize) -> String {
    format!("task{k}")
}

fn conclude(log: &Log, size: usize, results: &[usize]) -> String {
    if size != WITH_RESULTS {
        return "None".to_owned();
    }
    log.say("main", python_list(results));
    python_list(results)
}

mod generators {
    use super::{Child, Log, Report, SCRIPTS, Setup, conclude, task_name};
    use crate::generators::{Co, gather, run_with, sleep, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, size: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let tasks = (1..).zip(SCRIPTS[size]).map(|(k, child)| {
                let log = log.clone();
                spawn_named(co, &task_name(k), async move |co: &Co| {
                    run_child(co, &log, k, child).await
                })
            });
            let results = gather(co, tasks).await.expect("nobody cancels a child");
            conclude(&log, size, &results)
        })
    }

    async fn run_child(co: &Co, log: &Log, k: usize, child: &Child) -> usize {
        let task = task_name(k);
        log.say(&task, child.starts);
        sleep(co, child.delay).await;
        log.say(&task, child.ends);
        k
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{Child, Log, Report, SCRIPTS, Setup, conclude, task_name};
    use crate::state_machines::{Gather, Sleep, gather, run_with, sleep, spawn_named};
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, size: usize) -> Report<String> {
        let state = MainState::Start;
        run_with(setup, Main { log, size, state })
    }

    struct Main {
        log: Log,
        size: usize,
        state: MainState,
    }

    enum MainState {
        Start,
        Gather(Gather<usize>),
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // let tasks = (1..).zip(SCRIPTS[size]).map(|(k, child)| spawn_named(task_name(k), run_child(..)));
                    MainState::Start => {
                        let tasks = (1..).zip(SCRIPTS[this.size]).map(|(k, child)| {
                            spawn_named(&task_name(k), run_child(this.log.clone(), k, child))
                        });
                        this.state = MainState::Gather(gather(tasks));
                    }
                    // let results = gather(tasks).await; conclude(..)
                    MainState::Gather(results) => {
                        state("Main::Gather");
                        let results = ready!(Pin::new(results).poll(cx));
                        let results = results.expect("nobody cancels a child");
                        return Poll::Ready(conclude(&this.log, this.size, &results));
                    }
                }
            }
        }
    }

    struct RunChild {
        log: Log,
        k: usize,
        child: &'static Child,
        task: String,
        state: RunChildState,
    }

    enum RunChildState {
        Start,
        Sleeping(Sleep),
    }

    fn run_child(log: Log, k: usize, child: &'static Child) -> RunChild {
        RunChild {
            log,
            k,
            child,
            task: task_name(k),
            state: RunChildState::Start,
        }
    }

    impl Future for RunChild {
        type Output = usize;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // log.say(starts);
                    RunChildState::Start => {
                        this.log.say(&this.task, this.child.starts);
                        this.state = RunChildState::Sleeping(sleep(this.child.delay));
                    }
                    // sleep(delay).await; log.say(ends); k
                    RunChildState::Sleeping(nap) => {
                        state("RunChild::Sleeping");
                        ready!(Pin::new(nap).poll(cx));
                        this.log.say(&this.task, this.child.ends);
                        return Poll::Ready(this.k);
                    }
                }
            }
        }
    }
}

mod async_await {
    use super::{Child, Log, Report, SCRIPTS, Setup, conclude, task_name};
    use crate::async_await::{gather, run_with, sleep, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, size: usize) -> Report<String> {
        run_with(setup, async {
            let tasks = (1..)
                .zip(SCRIPTS[size])
                .map(|(k, child)| spawn_named(&task_name(k), run_child(log.clone(), k, child)));
            let results = gather(tasks).await.expect("nobody cancels a child");
            conclude(&log, size, &results)
        })
    }

    async fn run_child(log: Log, k: usize, child: &Child) -> usize {
        let task = task_name(k);
        log.say(&task, child.starts);
        sleep(child.delay).await;
        log.say(&task, child.ends);
        k
    }
}
