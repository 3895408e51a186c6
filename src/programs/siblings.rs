//! A group of tasks that stands or falls together.
//!
//! The group is over when all its children have ended. The first that fails, with an `Err` of its own type, takes the others along: they
//! are cancelled at that moment, and `finish` gives the error once they are all gone. The children's error has to say what
//! becomes of a child that was lost without an error of its own, hence `From<JoinError>`. The size is the number of children.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/siblings.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/siblings.txt")]
//! ```
//!
#![doc = include_str!("timelines/siblings.svg")]

use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::last_word::LastWord;
use super::{Log, Program, python_list};
use crate::error::JoinError;
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "siblings",
    shows: "a task group: the first error cancels the other children and reaches the owner",
    sizes: &[0, 1, 2, 7, 40],
    seeds: &[],
    recording: include_str!("traces/siblings.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

/// Why a child has no value to give.
#[derive(Debug)]
enum ChildError {
    Failed(usize),
    Lost(JoinError),
}

impl fmt::Display for ChildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(i) => write!(f, "child {i} failed"),
            Self::Lost(_) => f.write_str("a child was lost"),
        }
    }
}

impl Error for ChildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(_) => None,
            Self::Lost(error) => Some(error),
        }
    }
}

impl From<JoinError> for ChildError {
    fn from(error: JoinError) -> Self {
        Self::Lost(error)
    }
}

fn name(i: usize) -> String {
    format!("child{i}")
}

fn delay(i: usize) -> Duration {
    Duration::from_millis(i as u64 * 100)
}

/// What a child does when it has slept.
fn wake_up(log: &Log, i: usize) -> Result<usize, ChildError> {
    if i == 3 {
        return Err(ChildError::Failed(i));
    }
    log.say(&name(i), "done");
    Ok(i)
}

fn say_outcome(log: &Log, outcome: Result<Vec<usize>, ChildError>) -> String {
    let outcome = match outcome {
        Ok(values) => format!("finished: {}", python_list(&values)),
        Err(error) => format!("failed: {error}"),
    };
    log.say("main", format_args!("group {outcome}"));
    outcome
}

mod generators {
    use super::{ChildError, LastWord, Log, Report, Setup, delay, name, say_outcome, wake_up};
    use crate::generators::{Co, TaskGroup, run_with, sleep};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let group = TaskGroup::new();
            for i in 1..=n {
                let log = log.clone();
                drop(group.spawn(co, async move |co: &Co| child(co, &log, i).await));
            }
            say_outcome(&log, group.finish(co).await)
        })
    }

    async fn child(co: &Co, log: &Log, i: usize) -> Result<usize, ChildError> {
        let mut last_word = LastWord::new(log, name(i), "is dropped");
        sleep(co, delay(i)).await;
        last_word.defuse();
        wake_up(log, i)
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{ChildError, LastWord, Log, Report, Setup, delay, name, say_outcome, wake_up};
    use crate::state_machines::{Finish, Sleep, TaskGroup, run_with, sleep};
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        let state = Grouping::Start;
        run_with(setup, Main { log, n, state })
    }

    struct Main {
        log: Log,
        n: usize,
        state: Grouping,
    }

    enum Grouping {
        Start,
        Finishing(Finish<usize, ChildError>),
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // for i in 1..=n { group.spawn(child(log, i)); } group.finish()
                    Grouping::Start => {
                        let group = TaskGroup::new();
                        for i in 1..=this.n {
                            drop(group.spawn(child(this.log.clone(), i)));
                        }
                        this.state = Grouping::Finishing(group.finish());
                    }
                    // .await
                    Grouping::Finishing(group) => {
                        state("Main::Finishing");
                        let outcome = ready!(Pin::new(group).poll(cx));
                        return Poll::Ready(say_outcome(&this.log, outcome));
                    }
                }
            }
        }
    }

    struct Child {
        log: Log,
        i: usize,
        state: Growing,
    }

    enum Growing {
        Start,
        Sleeping { nap: Sleep, last_word: LastWord },
    }

    fn child(log: Log, i: usize) -> Child {
        let state = Growing::Start;
        Child { log, i, state }
    }

    impl Future for Child {
        type Output = Result<usize, ChildError>;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // let mut last_word = LastWord::new(log, name(i), "is dropped");
                    Growing::Start => {
                        this.state = Growing::Sleeping {
                            nap: sleep(delay(this.i)),
                            last_word: LastWord::new(&this.log, name(this.i), "is dropped"),
                        };
                    }
                    // sleep(delay(i)).await; last_word.defuse(); wake_up(log, i)
                    Growing::Sleeping { nap, last_word } => {
                        state("Child::Sleeping");
                        ready!(Pin::new(nap).poll(cx));
                        last_word.defuse();
                        return Poll::Ready(wake_up(&this.log, this.i));
                    }
                }
            }
        }
    }
}

mod async_await {
    use super::{ChildError, LastWord, Log, Report, Setup, delay, name, say_outcome, wake_up};
    use crate::async_await::{TaskGroup, run_with, sleep};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async {
            let group = TaskGroup::new();
            for i in 1..=n {
                drop(group.spawn(child(log.clone(), i)));
            }
            say_outcome(&log, group.finish().await)
        })
    }

    async fn child(log: Log, i: usize) -> Result<usize, ChildError> {
        let mut last_word = LastWord::new(&log, name(i), "is dropped");
        sleep(delay(i)).await;
        last_word.defuse();
        wake_up(&log, i)
    }
}
