//! Tasks that wait for one another's end.
//!
//! **What goes wrong.** Each part of a server stops when another has stopped, and each of these rules makes sense: the server waits until the cache is
//! written out, the cache until its last lines are logged, and the logger waits for the server so as not to miss a line. Together they are a circle,
//! and the shutdown never ends. The size is the number of tasks, 2 or 3.
//!
//! In asyncio, where it hangs and says nothing:
//!
//! ```python
//! async def stop(team, next):
//!     await asyncio.wait([team[next]])
//!
//! async def main():
//!     team = {}
//!     for name, next in [("server", "cache"), ("cache", "logger"), ("logger", "server")]:
//!         team[name] = asyncio.create_task(stop(team, next))
//!     await asyncio.gather(*team.values())
//! ```
//!
//! The report, for three tasks and for two:
//!
//! ```text
#![doc = include_str!("reports/join_cycle.txt")]
//! ```
//!
//! **How to read it.** In a circle without anything between two tasks each waits for the next one's end; nobody holds anything. Main waits for all
//! three, and since it would take all of them to let it go on, it is stuck as well, but it is not in the circle: nobody waits for main.
//!
//! **The cure.** Let one place do the stopping: main tells the parts to stop, one after the other, in the order in which they are needed, and joins
//! each. A task should join only tasks that it has spawned itself; then who waits for whom is a tree, and a tree has no circle.
//!
#![doc = include_str!("../timelines/join_cycle.svg")]

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "join_cycle",
    shows: "tasks await one another's end: a circle of joins",
    sizes: &[3, 2],
    seeds: &[],
    recording: include_str!("reports/join_cycle.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

const NAMES: [&str; 3] = ["server", "cache", "logger"];

mod generators {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::{Log, NAMES, Report, Setup};
    use crate::generators::{Co, JoinHandle, gather, run_with, spawn_named};

    type Team = Rc<RefCell<Vec<JoinHandle<()>>>>;

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let team = Team::default();
            for (i, name) in NAMES[..n].iter().enumerate() {
                let (log, shared) = (log.clone(), Rc::clone(&team));
                let task = spawn_named(co, name, async move |co: &Co| {
                    stop(co, &log, i, (i + 1) % n, &shared).await;
                });
                team.borrow_mut().push(task);
            }
            let tasks = team.borrow().clone();
            let all = gather(co, tasks).await;
            all.expect("nobody cancels a task");
            "None".to_owned()
        })
    }

    async fn stop(co: &Co, log: &Log, own: usize, next: usize, team: &Team) {
        let (name, other) = (NAMES[own], NAMES[next]);
        log.say(name, format_args!("stops when the {other} has stopped"));
        let task = team.borrow()[next].clone();
        task.finished(co).await;
        log.say(name, "has stopped");
    }
}

mod state_machines {
    use std::cell::RefCell;
    use std::pin::Pin;
    use std::rc::Rc;
    use std::task::{Context, Poll, ready};

    use super::{Log, NAMES, Report, Setup};
    use crate::state_machines::{Finished, Gather, JoinHandle, gather, run_with, spawn_named};
    use crate::trace::state;

    type Team = Rc<RefCell<Vec<JoinHandle<()>>>>;

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        let state = State::Start;
        run_with(setup, Main { log, n, state })
    }

    struct Main {
        log: Log,
        n: usize,
        state: State,
    }

    enum State {
        Start,
        All(Gather<()>),
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // for (i, name) in NAMES[..n] { team.push(spawn_named(name, stop(..))); }
                    State::Start => {
                        let team = Team::default();
                        for (i, name) in NAMES[..this.n].iter().enumerate() {
                            let next = (i + 1) % this.n;
                            let stop = stop(this.log.clone(), i, next, Rc::clone(&team));
                            let task = spawn_named(name, stop);
                            team.borrow_mut().push(task);
                        }
                        let tasks = team.borrow().clone();
                        this.state = State::All(gather(tasks));
                    }
                    // gather(tasks).await;
                    State::All(all) => {
                        state("Main::All");
                        ready!(Pin::new(all).poll(cx)).expect("nobody cancels a task");
                        return Poll::Ready("None".to_owned());
                    }
                }
            }
        }
    }

    struct Stop {
        log: Log,
        own: usize,
        next: usize,
        team: Team,
        state: Stopping,
    }

    enum Stopping {
        Start,
        Next(Finished<()>),
    }

    fn stop(log: Log, own: usize, next: usize, team: Team) -> Stop {
        Stop {
            log,
            own,
            next,
            team,
            state: Stopping::Start,
        }
    }

    impl Future for Stop {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            let (name, other) = (NAMES[this.own], NAMES[this.next]);
            loop {
                match &mut this.state {
                    // log.say("stops when the other has stopped"); let task = team[next].clone();
                    Stopping::Start => {
                        this.log
                            .say(name, format_args!("stops when the {other} has stopped"));
                        let task = this.team.borrow()[this.next].clone();
                        this.state = Stopping::Next(task.finished());
                    }
                    // task.finished().await; log.say("has stopped");
                    Stopping::Next(finished) => {
                        state("Stop::Next");
                        ready!(Pin::new(finished).poll(cx));
                        this.log.say(name, "has stopped");
                        return Poll::Ready(());
                    }
                }
            }
        }
    }
}

mod async_await {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::{Log, NAMES, Report, Setup};
    use crate::async_await::{JoinHandle, gather, run_with, spawn_named};

    type Team = Rc<RefCell<Vec<JoinHandle<()>>>>;

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async {
            let team = Team::default();
            for (i, name) in NAMES[..n].iter().enumerate() {
                let stop = stop(log.clone(), i, (i + 1) % n, Rc::clone(&team));
                let task = spawn_named(name, stop);
                team.borrow_mut().push(task);
            }
            let tasks = team.borrow().clone();
            let all = gather(tasks).await;
            all.expect("nobody cancels a task");
            "None".to_owned()
        })
    }

    async fn stop(log: Log, own: usize, next: usize, team: Team) {
        let (name, other) = (NAMES[own], NAMES[next]);
        log.say(name, format_args!("stops when the {other} has stopped"));
        let task = team.borrow()[next].clone();
        task.finished().await;
        log.say(name, "has stopped");
    }
}
