//! Work that has to be done within half a second.
//!
//! `timeout` polls the job in place, in the same task. When the limit passes first it drops the job and returns `Err(Elapsed)`. The job
//! is not asked and cannot resist; what it has to say in the end is a local that says it from its destructor. The size is the number
//! of jobs, each longer than the one before.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/deadline.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/deadline.txt")]
//! ```
//!
#![doc = include_str!("timelines/deadline.svg")]

use std::time::Duration;

use super::last_word::LastWord;
use super::{Log, Program};
use crate::error::Elapsed;
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "deadline",
    shows: "a time limit around a coroutine, which is dropped when the limit passes",
    sizes: &[0, 1, 2, 7],
    seeds: &[],
    recording: include_str!("traces/deadline.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

const LIMIT: Duration = Duration::from_millis(500);

fn delay(i: usize) -> Duration {
    Duration::from_millis(i as u64 * 100 + 50)
}

fn is_dropped(log: &Log, i: usize) -> LastWord {
    LastWord::new(log, "main", format!("job {i} is dropped"))
}

fn say_outcome(log: &Log, i: usize, outcome: Result<usize, Elapsed>) {
    match outcome {
        Ok(value) => log.say("main", format_args!("job {i}: {value}")),
        Err(_) => log.say("main", format_args!("job {i}: too late")),
    }
}

mod generators {
    use super::{LIMIT, Log, Report, Setup, delay, is_dropped, say_outcome};
    use crate::generators::{Co, run_with, sleep, timeout};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let mut finished = 0;
            for i in 1..=n {
                let outcome = timeout(co, LIMIT, job(co, &log, i)).await;
                finished += usize::from(outcome.is_ok());
                say_outcome(&log, i, outcome);
            }
            finished.to_string()
        })
    }

    async fn job(co: &Co, log: &Log, i: usize) -> usize {
        let mut last_word = is_dropped(log, i);
        sleep(co, delay(i)).await;
        last_word.defuse();
        i * 10
    }
}

mod state_machines {
    use std::ops::RangeInclusive;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{LIMIT, LastWord, Log, Report, Setup, delay, is_dropped, say_outcome};
    use crate::state_machines::{Sleep, Timeout, run_with, sleep, timeout};
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        let main = Main {
            log,
            range: 1..=n,
            finished: 0,
            state: Waiting::Next,
        };
        run_with(setup, main)
    }

    struct Main {
        log: Log,
        range: RangeInclusive<usize>,
        finished: usize,
        state: Waiting,
    }

    enum Waiting {
        Next,
        Job { i: usize, job: Timeout<Job> },
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // for i in 1..=n { timeout(LIMIT, job(&log, i))
                    Waiting::Next => match this.range.next() {
                        Some(i) => {
                            let job = timeout(LIMIT, job(this.log.clone(), i));
                            this.state = Waiting::Job { i, job };
                        }
                        None => return Poll::Ready(this.finished.to_string()),
                    },
                    // .await; say_outcome(&log, i, outcome); }
                    Waiting::Job { i, job } => {
                        state("Main::Job");
                        let outcome = ready!(Pin::new(job).poll(cx));
                        this.finished += usize::from(outcome.is_ok());
                        say_outcome(&this.log, *i, outcome);
                        this.state = Waiting::Next;
                    }
                }
            }
        }
    }

    struct Job {
        log: Log,
        i: usize,
        state: Working,
    }

    enum Working {
        Start,
        Sleeping { nap: Sleep, last_word: LastWord },
    }

    fn job(log: Log, i: usize) -> Job {
        let state = Working::Start;
        Job { log, i, state }
    }

    impl Future for Job {
        type Output = usize;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<usize> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // let mut last_word = is_dropped(log, i);
                    Working::Start => {
                        this.state = Working::Sleeping {
                            nap: sleep(delay(this.i)),
                            last_word: is_dropped(&this.log, this.i),
                        };
                    }
                    // sleep(delay(i)).await; last_word.defuse(); i * 10
                    Working::Sleeping { nap, last_word } => {
                        state("Job::Sleeping");
                        ready!(Pin::new(nap).poll(cx));
                        last_word.defuse();
                        return Poll::Ready(this.i * 10);
                    }
                }
            }
        }
    }
}

mod async_await {
    use super::{LIMIT, Log, Report, Setup, delay, is_dropped, say_outcome};
    use crate::async_await::{run_with, sleep, timeout};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async {
            let mut finished = 0;
            for i in 1..=n {
                let outcome = timeout(LIMIT, job(&log, i)).await;
                finished += usize::from(outcome.is_ok());
                say_outcome(&log, i, outcome);
            }
            finished.to_string()
        })
    }

    async fn job(log: &Log, i: usize) -> usize {
        let mut last_word = is_dropped(log, i);
        sleep(delay(i)).await;
        last_word.defuse();
        i * 10
    }
}
