//! Tasks without an end, and how to end them.
//!
//! `cancel` only requests; its answer is false if the task has ended already. A cancelled task is dropped at its next turn, and its locals
//! with it: `cleans up` comes from a destructor, which cannot refuse and cannot wait. A task that is cancelled before its first turn
//! has no locals yet: none of its code runs, and what it captured is dropped. Besides the workers there is one such task, `unlucky`, cancelled without a
//! word. The size is the number of workers.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/cancel.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/cancel.txt")]
//! ```
//!
#![doc = include_str!("timelines/cancel.svg")]

use std::time::Duration;

use super::last_word::LastWord;
use super::{Log, Program};
use crate::error::JoinError;
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "cancel",
    shows: "cancelling: a request first, then a task that is dropped where it stands",
    sizes: &[0, 1, 2, 7],
    seeds: &[],
    recording: include_str!("traces/cancel.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

const TICK: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_millis(250);

fn names(n: usize) -> impl Iterator<Item = String> {
    (1..=n).map(|i| format!("worker{i}"))
}

fn say_answer(log: &Log, name: &str, requested: bool) {
    let answer = if requested { "requested" } else { "refused" };
    log.say("main", format_args!("cancel {name}: {answer}"));
}

fn was_cancelled(log: &Log, name: &str, outcome: &Result<(), JoinError>) -> bool {
    let cancelled = matches!(outcome, Err(JoinError::Cancelled));
    if cancelled {
        log.say("main", format_args!("{name} was cancelled"));
    }
    cancelled
}

mod generators {
    use super::{LastWord, Log, PATIENCE, Report, Setup, TICK, names, say_answer, was_cancelled};
    use crate::generators::{Co, run_with, sleep, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let workers = names(n).map(|name| {
                let (log, own_name) = (log.clone(), name.clone());
                let task = spawn_named(co, &name, async move |co: &Co| {
                    worker(co, &log, &own_name).await;
                });
                (name, task)
            });
            let workers: Vec<_> = workers.collect();
            let own_log = log.clone();
            let unlucky = spawn_named(co, "unlucky", async move |_: &Co| {
                own_log.say("unlucky", "never printed");
            });
            unlucky.cancel();
            sleep(co, PATIENCE).await;

            let mut cancelled = 0;
            for (name, task) in &workers {
                say_answer(&log, name, task.cancel());
            }
            for (name, task) in &workers {
                let outcome = task.join(co).await;
                cancelled += usize::from(was_cancelled(&log, name, &outcome));
            }
            for (name, task) in &workers {
                say_answer(&log, name, task.cancel());
            }
            let outcome = unlucky.join(co).await;
            cancelled += usize::from(was_cancelled(&log, "unlucky", &outcome));
            cancelled.to_string()
        })
    }

    async fn worker(co: &Co, log: &Log, name: &str) {
        let _last_word = LastWord::new(log, name, "cleans up");
        for k in 1_u64.. {
            log.say(name, format_args!("tick {k}"));
            sleep(co, TICK).await;
        }
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{LastWord, Log, PATIENCE, Report, Setup, TICK, names, say_answer, was_cancelled};
    use crate::state_machines::{JoinHandle, Sleep, run_with, sleep, spawn_named};
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        let locals = None;
        run_with(setup, Main { log, n, locals })
    }

    struct Main {
        log: Log,
        n: usize,
        /// `None` until the first poll.
        locals: Option<Locals>,
    }

    struct Locals {
        workers: Vec<(String, JoinHandle<()>)>,
        unlucky: JoinHandle<()>,
        cancelled: usize,
        state: Cancelling,
    }

    enum Cancelling {
        Sleeping(Sleep),
        /// The worker of this index.
        Joining(usize),
        JoiningUnlucky,
    }

    impl Locals {
        fn start(log: &Log, n: usize) -> Self {
            let workers = names(n).map(|name| {
                let task = spawn_named(&name, worker(log.clone(), name.clone()));
                (name, task)
            });
            let workers = workers.collect();
            let unlucky = spawn_named("unlucky", Unlucky { log: log.clone() });
            unlucky.cancel();
            Self {
                workers,
                unlucky,
                cancelled: 0,
                state: Cancelling::Sleeping(sleep(PATIENCE)),
            }
        }

        fn cancel_workers(&self, log: &Log) {
            for (name, task) in &self.workers {
                say_answer(log, name, task.cancel());
            }
        }
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let Self { log, n, locals } = &mut *self;
            // let workers = names(n).map(..); let unlucky = spawn_named("unlucky", ..); unlucky.cancel();
            let this = locals.get_or_insert_with(|| Locals::start(log, *n));
            loop {
                match &mut this.state {
                    // sleep(PATIENCE).await; for (name, task) in &workers { task.cancel(); }
                    Cancelling::Sleeping(nap) => {
                        state("Main::Sleeping");
                        ready!(Pin::new(nap).poll(cx));
                        this.cancel_workers(log);
                        this.state = Cancelling::Joining(0);
                    }
                    Cancelling::Joining(i) => match this.workers.get_mut(*i) {
                        // for (name, task) in &mut workers { cancelled += was_cancelled(&log, name, task.await); }
                        Some((name, task)) => {
                            state("Main::Joining");
                            let outcome = ready!(Pin::new(task).poll(cx));
                            this.cancelled += usize::from(was_cancelled(log, name, &outcome));
                            *i += 1;
                        }
                        // for (name, task) in &workers { task.cancel(); }
                        None => {
                            this.cancel_workers(log);
                            this.state = Cancelling::JoiningUnlucky;
                        }
                    },
                    // cancelled += was_cancelled(&log, "unlucky", unlucky.await); cancelled
                    Cancelling::JoiningUnlucky => {
                        state("Main::JoiningUnlucky");
                        let outcome = ready!(Pin::new(&mut this.unlucky).poll(cx));
                        this.cancelled += usize::from(was_cancelled(log, "unlucky", &outcome));
                        return Poll::Ready(this.cancelled.to_string());
                    }
                }
            }
        }
    }

    struct Worker {
        log: Log,
        name: String,
        k: u64,
        /// Before the last word: fields are dropped from the top, the locals of an async fn from the bottom.
        state: Working,
        /// Only held, for its destructor. It is `None` until the line that makes it has run.
        _last_word: Option<LastWord>,
    }

    enum Working {
        Start,
        Next,
        Sleeping(Sleep),
    }

    fn worker(log: Log, name: String) -> Worker {
        Worker {
            log,
            name,
            k: 1,
            state: Working::Start,
            _last_word: None,
        }
    }

    impl Future for Worker {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            let (log, name) = (&this.log, &this.name);
            loop {
                match &mut this.state {
                    // let _last_word = LastWord::new(log, name, "cleans up");
                    Working::Start => {
                        this._last_word = Some(LastWord::new(log, name, "cleans up"));
                        this.state = Working::Next;
                    }
                    // for k in 1.. { log.say(k);
                    Working::Next => {
                        log.say(name, format_args!("tick {}", this.k));
                        this.state = Working::Sleeping(sleep(TICK));
                    }
                    // sleep(TICK).await; }
                    Working::Sleeping(nap) => {
                        state("Worker::Sleeping");
                        ready!(Pin::new(nap).poll(cx));
                        this.k += 1;
                        this.state = Working::Next;
                    }
                }
            }
        }
    }

    struct Unlucky {
        log: Log,
    }

    impl Future for Unlucky {
        type Output = ();

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
            self.log.say("unlucky", "never printed");
            Poll::Ready(())
        }
    }
}

mod async_await {
    use super::{LastWord, Log, PATIENCE, Report, Setup, TICK, names, say_answer, was_cancelled};
    use crate::async_await::{run_with, sleep, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async {
            let workers = names(n).map(|name| {
                let task = spawn_named(&name, worker(log.clone(), name.clone()));
                (name, task)
            });
            let mut workers: Vec<_> = workers.collect();
            let unlucky = spawn_named("unlucky", unlucky(log.clone()));
            unlucky.cancel();
            sleep(PATIENCE).await;

            let mut cancelled = 0;
            for (name, task) in &workers {
                say_answer(&log, name, task.cancel());
            }
            for (name, task) in &mut workers {
                cancelled += usize::from(was_cancelled(&log, name, &task.await));
            }
            for (name, task) in &workers {
                say_answer(&log, name, task.cancel());
            }
            cancelled += usize::from(was_cancelled(&log, "unlucky", &unlucky.await));
            cancelled.to_string()
        })
    }

    async fn worker(log: Log, name: String) {
        let _last_word = LastWord::new(&log, &name, "cleans up");
        for k in 1_u64.. {
            log.say(&name, format_args!("tick {k}"));
            sleep(TICK).await;
        }
    }

    async fn unlucky(log: Log) {
        log.say("unlucky", "never printed");
    }
}
