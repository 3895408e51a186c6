//! A coroutine that waits, and a main that awaits it.
//!
//! `await` runs the coroutine in the same task: nothing is started on the side, and the line after it comes when the coroutine has
//! returned. Seven of the source documents' programs are this one with other words; the size picks the words.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/awaiting.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/awaiting.txt")]
//! ```
//!
#![doc = include_str!("timelines/awaiting.svg")]

use std::time::Duration;

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "awaiting",
    shows: "awaiting a coroutine runs it in place, and the next line waits for it",
    sizes: &[0, 1, 2, 3, 4, 5, 6],
    seeds: &[
        ("01_seed0_my_coroutine_run", 0),
        ("02_seed0_main_awaits", 1),
        ("08_seed1_using_async_await", 2),
        ("12_seed2_async_await", 3),
        ("15_seed3_greet", 4),
        ("20_seed4_hello_world", 5),
        ("22_seed4_simple_coroutine", 6),
    ],
    recording: include_str!("traces/awaiting.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

/// What is said before the sleep, after it, and by main afterwards.
struct Script {
    starts: Option<&'static str>,
    delay: Duration,
    ends: Option<&'static str>,
    after: Option<&'static str>,
}

const SECOND: Duration = Duration::from_secs(1);

const SCRIPTS: [Script; 7] = [
    Script {
        starts: None,
        delay: SECOND,
        ends: None,
        after: None,
    },
    Script {
        starts: None,
        delay: SECOND,
        ends: None,
        after: Some("This runs after my_coroutine completes"),
    },
    Script {
        starts: Some("async_operation starts"),
        delay: SECOND,
        ends: Some("async_operation ends"),
        after: Some("result: value"),
    },
    Script {
        starts: Some("Async function is doing its magic!"),
        delay: SECOND,
        ends: Some("Async function has completed!"),
        after: None,
    },
    Script {
        starts: Some("Hello"),
        delay: SECOND,
        ends: Some("World"),
        after: Some("Coroutine returned: Done"),
    },
    Script {
        starts: Some("Hello"),
        delay: SECOND,
        ends: Some("World"),
        after: None,
    },
    Script {
        starts: None,
        delay: Duration::from_millis(1500),
        ends: Some("Hello after 1.5 seconds..."),
        after: None,
    },
];

fn say(log: &Log, text: Option<&str>) {
    if let Some(text) = text {
        log.say("main", text);
    }
}

mod generators {
    use super::{Log, Report, SCRIPTS, Script, Setup, say};
    use crate::generators::{Co, run_with, sleep};

    pub(super) fn play(setup: Setup, log: Log, size: usize) -> Report<String> {
        let script = &SCRIPTS[size];
        run_with(setup, async |co: &Co| {
            my_coroutine(co, &log, script).await;
            say(&log, script.after);
            "None".to_owned()
        })
    }

    async fn my_coroutine(co: &Co, log: &Log, script: &Script) {
        say(log, script.starts);
        sleep(co, script.delay).await;
        say(log, script.ends);
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{Log, Report, SCRIPTS, Script, Setup, say};
    use crate::state_machines::{Sleep, run_with, sleep};
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, size: usize) -> Report<String> {
        let script = &SCRIPTS[size];
        let child = my_coroutine(log.clone(), script);
        run_with(setup, Main { log, script, child })
    }

    /// It has one wait, so where it is needs no enum: it is polled, and is there.
    struct Main {
        log: Log,
        script: &'static Script,
        child: MyCoroutine,
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            // my_coroutine(&log, script).await;
            state("Main");
            ready!(Pin::new(&mut self.child).poll(cx));
            say(&self.log, self.script.after);
            Poll::Ready("None".to_owned())
        }
    }

    struct MyCoroutine {
        log: Log,
        script: &'static Script,
        state: State,
    }

    enum State {
        Start,
        Sleeping(Sleep),
    }

    fn my_coroutine(log: Log, script: &'static Script) -> MyCoroutine {
        MyCoroutine {
            log,
            script,
            state: State::Start,
        }
    }

    impl Future for MyCoroutine {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // say(starts);
                    State::Start => {
                        say(&this.log, this.script.starts);
                        this.state = State::Sleeping(sleep(this.script.delay));
                    }
                    // sleep(delay).await; say(ends);
                    State::Sleeping(nap) => {
                        state("MyCoroutine::Sleeping");
                        ready!(Pin::new(nap).poll(cx));
                        say(&this.log, this.script.ends);
                        return Poll::Ready(());
                    }
                }
            }
        }
    }
}

mod async_await {
    use super::{Log, Report, SCRIPTS, Script, Setup, say};
    use crate::async_await::{run_with, sleep};

    pub(super) fn play(setup: Setup, log: Log, size: usize) -> Report<String> {
        let script = &SCRIPTS[size];
        run_with(setup, async {
            my_coroutine(&log, script).await;
            say(&log, script.after);
            "None".to_owned()
        })
    }

    async fn my_coroutine(log: &Log, script: &Script) {
        say(log, script.starts);
        sleep(script.delay).await;
        say(log, script.ends);
    }
}
