//! A fair queue: every task has its turn before any has the next one.
//!
//! Nobody sleeps, so all of it happens at time zero, and the order is all there is to see. A task that yields goes to the back of the
//! ready queue. The handles are kept in a list and joined one by one: a task that has ended keeps its result until somebody asks. The
//! size is the number of tasks.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/round_robin.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/round_robin.txt")]
//! ```
//!
#![doc = include_str!("timelines/round_robin.svg")]

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "round_robin",
    shows: "who yields goes to the back of the queue: everybody has a turn before anybody has two",
    sizes: &[0, 1, 2, 7, 40],
    seeds: &[],
    recording: include_str!("traces/round_robin.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

const TURNS: u32 = 3;

fn name(i: usize) -> String {
    format!("task{i}")
}

mod generators {
    use super::{Log, Report, Setup, TURNS, name};
    use crate::generators::{Co, run_with, spawn_named, yield_now};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let tasks = (1..=n).map(|i| {
                let log = log.clone();
                spawn_named(co, &name(i), async move |co: &Co| {
                    player(co, &log, &name(i)).await
                })
            });
            let tasks: Vec<_> = tasks.collect();
            let mut total = 0;
            for task in tasks {
                total += task.join(co).await.expect("nobody cancels a player");
            }
            total.to_string()
        })
    }

    async fn player(co: &Co, log: &Log, name: &str) -> u32 {
        for turn in 1..=TURNS {
            log.say(name, format_args!("turn {turn}"));
            yield_now(co).await;
        }
        TURNS
    }
}

mod state_machines {
    use std::ops::RangeInclusive;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};
    use std::vec;

    use super::{Log, Report, Setup, TURNS, name};
    use crate::state_machines::{JoinHandle, YieldNow, run_with, spawn_named, yield_now};
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        let main = Main {
            log,
            n,
            tasks: vec::IntoIter::default(),
            total: 0,
            state: MainState::Start,
        };
        run_with(setup, main)
    }

    struct Main {
        log: Log,
        n: usize,
        /// What the `for` loop runs over lives across the wait like any local.
        tasks: vec::IntoIter<JoinHandle<u32>>,
        total: u32,
        state: MainState,
    }

    enum MainState {
        Start,
        Next,
        Task(JoinHandle<u32>),
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // let tasks = (1..=n).map(|i| spawn_named(name, player(..))); let tasks: Vec<_> = tasks.collect();
                    MainState::Start => {
                        let tasks = (1..=this.n)
                            .map(|i| spawn_named(&name(i), player(this.log.clone(), name(i))));
                        this.tasks = tasks.collect::<Vec<_>>().into_iter();
                        this.state = MainState::Next;
                    }
                    // for task in tasks { .. } total.to_string()
                    MainState::Next => match this.tasks.next() {
                        Some(task) => this.state = MainState::Task(task),
                        None => return Poll::Ready(this.total.to_string()),
                    },
                    // total += task.await;
                    MainState::Task(task) => {
                        state("Main::Task");
                        let turns = ready!(Pin::new(task).poll(cx));
                        this.total += turns.expect("nobody cancels a player");
                        this.state = MainState::Next;
                    }
                }
            }
        }
    }

    struct Player {
        log: Log,
        name: String,
        turns: RangeInclusive<u32>,
        state: PlayerState,
    }

    enum PlayerState {
        Next,
        Yielding(YieldNow),
    }

    fn player(log: Log, name: String) -> Player {
        Player {
            log,
            name,
            turns: 1..=TURNS,
            state: PlayerState::Next,
        }
    }

    impl Future for Player {
        type Output = u32;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u32> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // for turn in 1..=TURNS { log.say(turn); .. } TURNS
                    PlayerState::Next => match this.turns.next() {
                        Some(turn) => {
                            this.log.say(&this.name, format_args!("turn {turn}"));
                            this.state = PlayerState::Yielding(yield_now());
                        }
                        None => return Poll::Ready(TURNS),
                    },
                    // yield_now().await;
                    PlayerState::Yielding(turn) => {
                        state("Player::Yielding");
                        ready!(Pin::new(turn).poll(cx));
                        this.state = PlayerState::Next;
                    }
                }
            }
        }
    }
}

mod async_await {
    use super::{Log, Report, Setup, TURNS, name};
    use crate::async_await::{run_with, spawn_named, yield_now};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async {
            let tasks = (1..=n).map(|i| spawn_named(&name(i), player(log.clone(), name(i))));
            let tasks: Vec<_> = tasks.collect();
            let mut total = 0;
            for task in tasks {
                total += task.await.expect("nobody cancels a player");
            }
            total.to_string()
        })
    }

    async fn player(log: Log, name: String) -> u32 {
        for turn in 1..=TURNS {
            log.say(&name, format_args!("turn {turn}"));
            yield_now().await;
        }
        TURNS
    }
}
