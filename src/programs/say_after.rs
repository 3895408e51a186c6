//! Two greetings, one a second after the other, in two seconds and not in three.
//!
//! The source document prints the time of day before and after. Here it is the loop's own time, written as a clock on the wall shows it:
//! the program starts at midnight, and prints the same whenever it is run. There is one size.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/say_after.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/say_after.txt")]
//! ```
//!
#![doc = include_str!("timelines/say_after.svg")]

use std::time::Duration;

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "say_after",
    shows: "sleeps that overlap take as long as the longest, and the loop's clock shows it",
    sizes: &[1],
    seeds: &[("21_seed4_say_after", 1)],
    recording: include_str!("traces/say_after.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

/// The task, how long it sleeps, and what it says then.
const GREETINGS: [(&str, Duration, &str); 2] = [
    ("hello", Duration::from_secs(1), "Hello"),
    ("world", Duration::from_secs(2), "World"),
];

/// hh:mm:ss
fn clock(now: Duration) -> String {
    let seconds = now.as_secs();
    let (hours, minutes) = (seconds / 3600, seconds / 60 % 60);
    format!("{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

mod generators {
    use std::time::Duration;

    use super::{GREETINGS, Log, Report, Setup, clock};
    use crate::generators::{Co, gather, now, run_with, sleep, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            log.say("main", format_args!("Started at {}", clock(now(co))));
            let tasks = GREETINGS.map(|(task, delay, message)| {
                let log = log.clone();
                spawn_named(co, task, async move |co: &Co| {
                    say_after(co, &log, task, delay, message).await;
                })
            });
            gather(co, tasks).await.expect("nobody cancels a greeting");
            log.say("main", format_args!("Finished at {}", clock(now(co))));
            "None".to_owned()
        })
    }

    async fn say_after(co: &Co, log: &Log, task: &str, delay: Duration, message: &str) {
        sleep(co, delay).await;
        log.say(task, message);
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};
    use std::time::Duration;

    use super::{GREETINGS, Log, Report, Setup, clock};
    use crate::state_machines::{Gather, Sleep, gather, now, run_with, sleep, spawn_named};
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
        Gather(Gather<()>),
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            let this = &mut *self;
            let log = &this.log;
            loop {
                match &mut this.state {
                    // log.say(started); let tasks = GREETINGS.map(|(task, ..)| spawn_named(task, say_after(..)));
                    State::Start => {
                        log.say("main", format_args!("Started at {}", clock(now())));
                        let tasks = GREETINGS.map(|(task, delay, message)| {
                            spawn_named(task, say_after(log.clone(), task, delay, message))
                        });
                        this.state = State::Gather(gather(tasks));
                    }
                    // gather(tasks).await; log.say(finished);
                    State::Gather(greetings) => {
                        state("Main::Gather");
                        ready!(Pin::new(greetings).poll(cx)).expect("nobody cancels a greeting");
                        log.say("main", format_args!("Finished at {}", clock(now())));
                        return Poll::Ready("None".to_owned());
                    }
                }
            }
        }
    }

    /// It begins with its only wait: no enum, and the sleep counts from its first poll.
    struct SayAfter {
        log: Log,
        task: &'static str,
        nap: Sleep,
        message: &'static str,
    }

    fn say_after(log: Log, task: &'static str, delay: Duration, message: &'static str) -> SayAfter {
        SayAfter {
            log,
            task,
            nap: sleep(delay),
            message,
        }
    }

    impl Future for SayAfter {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            // sleep(delay).await;
            state("SayAfter");
            ready!(Pin::new(&mut self.nap).poll(cx));
            self.log.say(self.task, self.message);
            Poll::Ready(())
        }
    }
}

mod async_await {
    use std::time::Duration;

    use super::{GREETINGS, Log, Report, Setup, clock};
    use crate::async_await::{gather, now, run_with, sleep, spawn_named};

    pub(super) fn play(setup: Setup, log: Log, _size: usize) -> Report<String> {
        run_with(setup, async {
            log.say("main", format_args!("Started at {}", clock(now())));
            let tasks = GREETINGS.map(|(task, delay, message)| {
                spawn_named(task, say_after(log.clone(), task, delay, message))
            });
            gather(tasks).await.expect("nobody cancels a greeting");
            log.say("main", format_args!("Finished at {}", clock(now())));
            "None".to_owned()
        })
    }

    async fn say_after(log: Log, task: &str, delay: Duration, message: &str) {
        sleep(delay).await;
        log.say(task, message);
    }
}
