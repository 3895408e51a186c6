//! What main leaves behind when it returns: a task that still runs, and an error that nobody read.
//!
//! `try_gather` passes the error of `a` on at once, and `b` runs on. When `b` fails, too, nobody waits for it any more: its last handle went with the gather.
//! The heartbeat has no end of its own and is dropped when main returns. The library prints nothing of that, but the run's report has it (`Report::exit`), and
//! the tour shows it. With its places left out it says the same in every lane:
//!
//! ```text
//! still pending: task 1 `heartbeat`, spawned at .., has waited since 2.1s for the clock to reach 2.8s
//! never read: task 3 `b`, spawned at ..: the task returned an error, in a `core::result::Result<(), alloc::boxed::Box<dyn core::error::Error>>`
//! ```
//!
//! asyncio says neither. Its `gather` retrieves the exception of a child that fails too late, in silence; "Task exception was never retrieved" is logged for a task
//! that nobody awaited, when it is collected. A task that still runs is cancelled by `asyncio.run`, without a word. There is one size.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/left_behind.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/left_behind.txt")]
//! ```
//!
#![doc = include_str!("timelines/left_behind.svg")]

use std::error::Error;
use std::time::Duration;

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "left_behind",
    shows: "main returns while a task still runs, and after one whose error nobody read",
    sizes: &[1],
    seeds: &[],
    recording: include_str!("traces/left_behind.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

const BEAT: Duration = Duration::from_millis(700);
const CHILDREN: [(&str, Duration); 2] =
    [("a", Duration::from_secs(1)), ("b", Duration::from_secs(2))];
/// Long enough for `b` to fail meanwhile.
const REST: Duration = Duration::from_millis(1200);

/// What both children come to. A `JoinError` can become such an error, which is what `try_gather` asks for.
type Outcome = Result<(), Box<dyn Error>>;

fn fail(log: &Log, name: &str) -> Outcome {
    log.say(name, "fails");
    Err(format!("{name} failed").into())
}

mod generators {
    use super::{BEAT, CHILDREN, Duration, Log, Outcome, REST, Report, Setup, fail};
    use crate::generators::{Co, run_with, sleep, spawn_named, try_gather};

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let own_log = log.clone();
            let beating = async move |co: &Co| heartbeat(co, &own_log).await;
            drop(spawn_named(co, "heartbeat", beating));
            let children = CHILDREN.map(|(name, delay)| {
                let log = log.clone();
                spawn_named(co, name, async move |co: &Co| {
                    child(co, &log, name, delay).await
                })
            });
            if let Err(error) = try_gather(co, children).await {
                log.say("main", error);
            }
            sleep(co, REST).await;
            log.say("main", "returns");
            "done".to_owned()
        })
    }

    async fn heartbeat(co: &Co, log: &Log) {
        loop {
            log.say("heartbeat", "tick");
            sleep(co, BEAT).await;
        }
    }

    async fn child(co: &Co, log: &Log, name: &str, delay: Duration) -> Outcome {
        sleep(co, delay).await;
        fail(log, name)
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{BEAT, CHILDREN, Duration, Error, Log, Outcome, REST, Report, Setup, fail};
    use crate::state_machines::{Sleep, TryGather, run_with, sleep, spawn_named, try_gather};
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        let state = State::Start;
        run_with(setup, Main { log, state })
    }

    struct Main {
        log: Log,
        state: State,
    }

    enum State {
        Start,
        Children(TryGather<(), Box<dyn Error>>),
        Rest(Sleep),
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            let log = &this.log;
            loop {
                match &mut this.state {
                    // drop(spawn_named("heartbeat", heartbeat(log))); let children = CHILDREN.map(..);
                    State::Start => {
                        drop(spawn_named("heartbeat", heartbeat(log.clone())));
                        let children = CHILDREN.map(|(name, delay)| {
                            spawn_named(name, child(log.clone(), name, delay))
                        });
                        this.state = State::Children(try_gather(children));
                    }
                    // if let Err(error) = try_gather(children).await { log.say(error); }
                    State::Children(children) => {
                        state("Main::Children");
                        if let Err(error) = ready!(Pin::new(children).poll(cx)) {
                            log.say("main", error);
                        }
                        this.state = State::Rest(sleep(REST));
                    }
                    // sleep(REST).await; log.say("returns");
                    State::Rest(nap) => {
                        state("Main::Rest");
                        ready!(Pin::new(nap).poll(cx));
                        log.say("main", "returns");
                        return Poll::Ready("done".to_owned());
                    }
                }
            }
        }
    }

    struct Heartbeat {
        log: Log,
        state: Beating,
    }

    enum Beating {
        Tick,
        Sleeping(Sleep),
    }

    fn heartbeat(log: Log) -> Heartbeat {
        let state = Beating::Tick;
        Heartbeat { log, state }
    }

    impl Future for Heartbeat {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // loop { log.say("tick");
                    Beating::Tick => {
                        this.log.say("heartbeat", "tick");
                        this.state = Beating::Sleeping(sleep(BEAT));
                    }
                    // sleep(BEAT).await; }
                    Beating::Sleeping(nap) => {
                        state("Heartbeat::Sleeping");
                        ready!(Pin::new(nap).poll(cx));
                        this.state = Beating::Tick;
                    }
                }
            }
        }
    }

    /// It begins with its only wait: no enum, and the sleep counts from its first poll.
    struct Child {
        log: Log,
        name: &'static str,
        nap: Sleep,
    }

    fn child(log: Log, name: &'static str, delay: Duration) -> Child {
        let nap = sleep(delay);
        Child { log, name, nap }
    }

    impl Future for Child {
        type Output = Outcome;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
            // sleep(delay).await; fail(log, name)
            state("Child");
            ready!(Pin::new(&mut self.nap).poll(cx));
            Poll::Ready(fail(&self.log, self.name))
        }
    }
}

mod async_await {
    use super::{BEAT, CHILDREN, Duration, Log, Outcome, REST, Report, Setup, fail};
    use crate::async_await::{run_with, sleep, spawn_named, try_gather};

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        run_with(setup, async {
            drop(spawn_named("heartbeat", heartbeat(log.clone())));
            let children =
                CHILDREN.map(|(name, delay)| spawn_named(name, child(log.clone(), name, delay)));
            if let Err(error) = try_gather(children).await {
                log.say("main", error);
            }
            sleep(REST).await;
            log.say("main", "returns");
            "done".to_owned()
        })
    }

    async fn heartbeat(log: Log) {
        loop {
            log.say("heartbeat", "tick");
            sleep(BEAT).await;
        }
    }

    async fn child(log: Log, name: &'static str, delay: Duration) -> Outcome {
        sleep(delay).await;
        fail(&log, name)
    }
}
