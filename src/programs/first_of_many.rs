//! Ask everybody, take the first answer, call off the rest.
//!
//! Cancelling is a request, and waiting for its end is a second step: `gather_all` gives the outcomes as values, and here each is
//! `Err(JoinError::Cancelled)`. A mirror that is called off is dropped in the middle of its sleep. Its last word is a local that says it
//! from its destructor, and that a mirror which has slept to the end takes back. The size is the number of mirrors.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/first_of_many.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/first_of_many.txt")]
//! ```
//!
#![doc = include_str!("timelines/first_of_many.svg")]

use std::time::Duration;

use super::last_word::LastWord;
use super::{Log, Program};
use crate::error::JoinError;
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "first_of_many",
    shows: "a race: the first answer counts, the others are cancelled and waited for",
    sizes: &[0, 1, 2, 7, 40],
    seeds: &[],
    recording: include_str!("traces/first_of_many.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

fn name(i: usize) -> String {
    format!("mirror{i}")
}

fn delay(i: usize) -> Duration {
    let hundredths = i * 23 % 41 + 1;
    Duration::from_millis(10 * hundredths as u64)
}

fn count_cancelled(outcomes: &[Result<usize, JoinError>]) -> usize {
    let cancelled = outcomes
        .iter()
        .filter(|outcome| matches!(outcome, Err(JoinError::Cancelled)));
    cancelled.count()
}

mod generators {
    use super::{LastWord, Log, Report, Setup, count_cancelled, delay, name};
    use crate::generators::{Co, as_completed, gather_all, run_with, sleep, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            if n == 0 {
                log.say("main", "no mirrors");
                return "None".to_owned();
            }
            let tasks = (1..=n).map(|i| {
                let log = log.clone();
                spawn_named(co, &name(i), async move |co: &Co| mirror(co, &log, i).await)
            });
            let mut tasks: Vec<_> = tasks.collect();
            let answer = as_completed(co, tasks.clone()).next(co).await;
            let answer = answer.expect("there is a mirror, so there is a first answer");
            let winner = answer.expect("no mirror has been cancelled yet");
            log.say("main", format_args!("mirror {winner} answered"));

            drop(tasks.remove(winner - 1));
            for task in &tasks {
                task.cancel();
            }
            let cancelled = count_cancelled(&gather_all(co, tasks).await);
            log.say("main", format_args!("{cancelled} cancelled"));
            winner.to_string()
        })
    }

    async fn mirror(co: &Co, log: &Log, i: usize) -> usize {
        let mut last_word = LastWord::new(log, name(i), "gives up");
        sleep(co, delay(i)).await;
        last_word.defuse();
        i
    }
}

mod state_machines {
    use std::mem;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use futures::Stream;

    use super::{LastWord, Log, Report, Setup, count_cancelled, delay, name};
    use crate::state_machines::{
        AsCompleted, GatherAll, JoinHandle, Sleep, as_completed, gather_all, run_with, sleep,
        spawn_named,
    };
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        let main = Main {
            log,
            n,
            tasks: Vec::new(),
            state: Asking::Start,
        };
        run_with(setup, main)
    }

    struct Main {
        log: Log,
        n: usize,
        tasks: Vec<JoinHandle<usize>>,
        state: Asking,
    }

    enum Asking {
        Start,
        First(AsCompleted<usize>),
        CallingOff {
            winner: usize,
            others: GatherAll<usize>,
        },
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            let log = &this.log;
            loop {
                match &mut this.state {
                    // if n == 0 { return "None"; }
                    Asking::Start if this.n == 0 => {
                        log.say("main", "no mirrors");
                        return Poll::Ready("None".to_owned());
                    }
                    // let tasks = (1..=n).map(|i| spawn_named(name(i), mirror(log, i)));
                    Asking::Start => {
                        let tasks =
                            (1..=this.n).map(|i| spawn_named(&name(i), mirror(log.clone(), i)));
                        this.tasks = tasks.collect();
                        this.state = Asking::First(as_completed(this.tasks.clone()));
                    }
                    // let winner = as_completed(tasks).next().await; for task in others { task.cancel(); }
                    Asking::First(answers) => {
                        state("Main::First");
                        let answer = ready!(Pin::new(answers).poll_next(cx));
                        let answer = answer.expect("there is a mirror, so there is a first answer");
                        let winner = answer.expect("no mirror has been cancelled yet");
                        log.say("main", format_args!("mirror {winner} answered"));
                        // `as_completed(..)` was a temporary of that line: nobody watches the others any more.
                        this.state = Asking::Start;

                        let mut tasks = mem::take(&mut this.tasks);
                        drop(tasks.remove(winner - 1));
                        for task in &tasks {
                            task.cancel();
                        }
                        let others = gather_all(tasks);
                        this.state = Asking::CallingOff { winner, others };
                    }
                    // let cancelled = count_cancelled(&gather_all(others).await); winner
                    Asking::CallingOff { winner, others } => {
                        state("Main::CallingOff");
                        let outcomes = ready!(Pin::new(others).poll(cx));
                        let cancelled = count_cancelled(&outcomes);
                        log.say("main", format_args!("{cancelled} cancelled"));
                        return Poll::Ready(winner.to_string());
                    }
                }
            }
        }
    }

    struct Mirror {
        log: Log,
        i: usize,
        state: Mirroring,
    }

    enum Mirroring {
        Start,
        Sleeping { nap: Sleep, last_word: LastWord },
    }

    fn mirror(log: Log, i: usize) -> Mirror {
        let state = Mirroring::Start;
        Mirror { log, i, state }
    }

    impl Future for Mirror {
        type Output = usize;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // let mut last_word = LastWord::new(log, name(i), "gives up");
                    Mirroring::Start => {
                        this.state = Mirroring::Sleeping {
                            nap: sleep(delay(this.i)),
                            last_word: LastWord::new(&this.log, name(this.i), "gives up"),
                        };
                    }
                    // sleep(delay(i)).await; last_word.defuse(); i
                    Mirroring::Sleeping { nap, last_word } => {
                        state("Mirror::Sleeping");
                        ready!(Pin::new(nap).poll(cx));
                        last_word.defuse();
                        return Poll::Ready(this.i);
                    }
                }
            }
        }
    }
}

mod async_await {
    use super::{LastWord, Log, Report, Setup, count_cancelled, delay, name};
    use crate::async_await::{as_completed, gather_all, run_with, sleep, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async {
            if n == 0 {
                log.say("main", "no mirrors");
                return "None".to_owned();
            }
            let tasks = (1..=n).map(|i| spawn_named(&name(i), mirror(log.clone(), i)));
            let mut tasks: Vec<_> = tasks.collect();
            let answer = as_completed(tasks.clone()).next().await;
            let answer = answer.expect("there is a mirror, so there is a first answer");
            let winner = answer.expect("no mirror has been cancelled yet");
            log.say("main", format_args!("mirror {winner} answered"));

            drop(tasks.remove(winner - 1));
            for task in &tasks {
                task.cancel();
            }
            let cancelled = count_cancelled(&gather_all(tasks).await);
            log.say("main", format_args!("{cancelled} cancelled"));
            winner.to_string()
        })
    }

    async fn mirror(log: Log, i: usize) -> usize {
        let mut last_word = LastWord::new(&log, name(i), "gives up");
        sleep(delay(i)).await;
        last_word.defuse();
        i
    }
}
