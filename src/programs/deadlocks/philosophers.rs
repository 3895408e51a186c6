//! Philosophers at a round table, with one fork between each two: everybody takes the left one and waits for the right one.
//!
//! **What goes wrong.** Eating takes two forks, which are locks, and everybody begins with the left one, which bears their own name. All have theirs
//! before anybody asks for a second, and then each waits for what the neighbour will not put down. With a little luck it works for years: without the
//! turn that is given up between the two forks, the first philosopher would have eaten before the second came. The size is the number of
//! philosophers, from 2 to 5.
//!
//! In asyncio, where it hangs and says nothing:
//!
//! ```python
//! async def dine(left, right):
//!     async with left:
//!         await asyncio.sleep(0)
//!         async with right:
//!             print("eats")
//!
//! async def main():
//!     forks = [asyncio.Lock() for _ in range(3)]
//!     await asyncio.gather(*(dine(forks[i], forks[(i + 1) % 3]) for i in range(3)))
//! ```
//!
//! The report, for three philosophers, for two and for five:
//!
//! ```text
#![doc = include_str!("reports/philosophers.txt")]
//! ```
//!
//! **How to read it.** The last line first: Plato waits for Kant's fork, which Kant has; Kant waits for Hume's, which Hume has; Hume for Plato's, and
//! there the circle is closed. Above it each mutex has the line that made it, and each task the line that spawned it. Main is no part of the circle:
//! it waits for those who are.
//!
//! **The cure.** Break the circle: all take their locks in one order, the lower number first, so that the last philosopher begins with the right
//! fork. Or have one lock for both, or let at most n - 1 to the table, with a `Semaphore`.
//!
#![doc = include_str!("../timelines/philosophers.svg")]

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "philosophers",
    shows: "everybody holds one lock and waits for the neighbour's: a circle through mutexes",
    sizes: &[3, 2, 5],
    seeds: &[],
    recording: include_str!("reports/philosophers.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

const NAMES: [&str; 5] = ["Plato", "Kant", "Hume", "Zeno", "Hegel"];

mod generators {
    use super::{Log, NAMES, Report, Setup};
    use crate::generators::{Co, Mutex, gather, run_with, spawn_named, yield_now};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let forks: Vec<_> = NAMES[..n].iter().map(|name| fork(name)).collect();
            let tasks = (0..n).map(|i| {
                let (log, name) = (log.clone(), NAMES[i]);
                let (left, right) = (forks[i].clone(), forks[(i + 1) % n].clone());
                spawn_named(co, name, async move |co: &Co| {
                    dine(co, &log, name, &left, &right).await;
                })
            });
            let dinner = gather(co, tasks).await;
            dinner.expect("nobody cancels a philosopher");
            "None".to_owned()
        })
    }

    fn fork(name: &str) -> Mutex<()> {
        let fork = Mutex::new(());
        fork.set_name(&format!("{name}'s fork"));
        fork
    }

    async fn dine(co: &Co, log: &Log, name: &str, left: &Mutex<()>, right: &Mutex<()>) {
        let _left = left.lock(co).await;
        log.say(name, "takes the left fork");
        yield_now(co).await;
        log.say(name, "wants the right one");
        let _right = right.lock(co).await;
        log.say(name, "eats");
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{Log, NAMES, Report, Setup};
    use crate::state_machines::{
        Gather, Lock, Mutex, MutexGuard, YieldNow, gather, run_with, spawn_named, yield_now,
    };
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        let state = State::Start;
        run_with(setup, Main { log, n, state })
    }

    fn fork(name: &str) -> Mutex<()> {
        let fork = Mutex::new(());
        fork.set_name(&format!("{name}'s fork"));
        fork
    }

    struct Main {
        log: Log,
        n: usize,
        state: State,
    }

    enum State {
        Start,
        Dinner(Gather<()>),
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // let tasks = (0..n).map(|i| spawn_named(name, dine(..)));
                    State::Start => {
                        let n = this.n;
                        let forks: Vec<_> = NAMES[..n].iter().map(|name| fork(name)).collect();
                        let tasks = (0..n).map(|i| {
                            let (left, right) = (forks[i].clone(), forks[(i + 1) % n].clone());
                            spawn_named(NAMES[i], dine(this.log.clone(), NAMES[i], left, right))
                        });
                        this.state = State::Dinner(gather(tasks));
                    }
                    // gather(tasks).await;
                    State::Dinner(dinner) => {
                        state("Main::Dinner");
                        let dinner = ready!(Pin::new(dinner).poll(cx));
                        dinner.expect("nobody cancels a philosopher");
                        return Poll::Ready("None".to_owned());
                    }
                }
            }
        }
    }

    struct Dine {
        log: Log,
        name: &'static str,
        right: Mutex<()>,
        /// Before the fork, which was made before it: fields are dropped from the top, the locals of an async fn from the bottom.
        state: Dining,
        /// The left fork. It is `None` until it has been taken.
        held: Option<MutexGuard<()>>,
    }

    enum Dining {
        Left(Lock<()>),
        Turn(YieldNow),
        Right(Lock<()>),
    }

    fn dine(log: Log, name: &'static str, left: Mutex<()>, right: Mutex<()>) -> Dine {
        Dine {
            log,
            name,
            right,
            state: Dining::Left(left.lock()),
            held: None,
        }
    }

    impl Future for Dine {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // let _left = left.lock().await; log.say("takes the left fork");
                    Dining::Left(lock) => {
                        state("Dine::Left");
                        this.held = Some(ready!(Pin::new(lock).poll(cx)));
                        this.log.say(this.name, "takes the left fork");
                        this.state = Dining::Turn(yield_now());
                    }
                    // yield_now().await; log.say("wants the right one");
                    Dining::Turn(turn) => {
                        state("Dine::Turn");
                        ready!(Pin::new(turn).poll(cx));
                        this.log.say(this.name, "wants the right one");
                        this.state = Dining::Right(this.right.lock());
                    }
                    // let _right = right.lock().await; log.say("eats");
                    Dining::Right(lock) => {
                        state("Dine::Right");
                        let _right = ready!(Pin::new(lock).poll(cx));
                        this.log.say(this.name, "eats");
                        return Poll::Ready(());
                    }
                }
            }
        }
    }
}

mod async_await {
    use super::{Log, NAMES, Report, Setup};
    use crate::async_await::{Mutex, gather, run_with, spawn_named, yield_now};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async {
            let forks: Vec<_> = NAMES[..n].iter().map(|name| fork(name)).collect();
            let tasks = (0..n).map(|i| {
                let (left, right) = (forks[i].clone(), forks[(i + 1) % n].clone());
                spawn_named(NAMES[i], dine(log.clone(), NAMES[i], left, right))
            });
            let dinner = gather(tasks).await;
            dinner.expect("nobody cancels a philosopher");
            "None".to_owned()
        })
    }

    fn fork(name: &str) -> Mutex<()> {
        let fork = Mutex::new(());
        fork.set_name(&format!("{name}'s fork"));
        fork
    }

    async fn dine(log: Log, name: &str, left: Mutex<()>, right: Mutex<()>) {
        let _left = left.lock().await;
        log.say(name, "takes the left fork");
        yield_now().await;
        log.say(name, "wants the right one");
        let _right = right.lock().await;
        log.say(name, "eats");
    }
}
