//! Coroutines that await coroutines, and none of them ever has to wait.
//!
//! `await` alone gives nothing up. A chain of coroutines that wait for nothing runs down and back up in one turn, like plain function
//! calls, and the loop learns of it when it is over. The size is how many coroutines stand below the first.
//!
//! Recursion takes a `Box` in every lane: a coroutine holds the one it awaits, and one that held its own kind inside itself would
//! have no finite size. Python never asks, because there every coroutine is on the heap.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/nothing.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/nothing.txt")]
//! ```
//!
#![doc = include_str!("timelines/nothing.svg")]

use super::{Log, Program};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "nothing",
    shows: "awaiting what need not wait is a call: a whole chain of it runs in one turn",
    sizes: &[0, 1, 2, 7, 40],
    seeds: &[("06_seed1_defining", 0), ("07_seed1_using_asyncio", 1)],
    recording: include_str!("traces/nothing.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

mod generators {
    use super::{Log, Report, Setup};
    use crate::generators::{Co, run_with};

    pub(super) fn play(setup: Setup, _log: Log, depth: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            my_coroutine(co, depth).await;
            "None".to_owned()
        })
    }

    async fn my_coroutine(co: &Co, depth: usize) {
        if depth > 0 {
            Box::pin(my_coroutine(co, depth - 1)).await;
        }
    }
}

mod state_machines {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{Log, Report, Setup};
    use crate::state_machines::run_with;

    pub(super) fn play(setup: Setup, _log: Log, depth: usize) -> Report<String> {
        let child = my_coroutine(depth);
        run_with(setup, Main { child })
    }

    struct Main {
        child: MyCoroutine,
    }

    impl Future for Main {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            // my_coroutine(depth).await;
            ready!(Pin::new(&mut self.child).poll(cx));
            Poll::Ready("None".to_owned())
        }
    }

    struct MyCoroutine {
        depth: usize,
        state: State,
    }

    enum State {
        Start,
        Inner(Box<MyCoroutine>),
    }

    fn my_coroutine(depth: usize) -> MyCoroutine {
        MyCoroutine {
            depth,
            state: State::Start,
        }
    }

    impl Future for MyCoroutine {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            loop {
                match &mut this.state {
                    // if depth > 0 {
                    State::Start if this.depth == 0 => return Poll::Ready(()),
                    // Box::pin(my_coroutine(depth - 1))
                    State::Start => {
                        let inner = my_coroutine(this.depth - 1);
                        this.state = State::Inner(Box::new(inner));
                    }
                    // .await; }
                    State::Inner(inner) => return Pin::new(inner).poll(cx),
                }
            }
        }
    }
}

mod async_await {
    use super::{Log, Report, Setup};
    use crate::async_await::run_with;

    pub(super) fn play(setup: Setup, _log: Log, depth: usize) -> Report<String> {
        run_with(setup, async {
            my_coroutine(depth).await;
            "None".to_owned()
        })
    }

    async fn my_coroutine(depth: usize) {
        if depth > 0 {
            Box::pin(my_coroutine(depth - 1)).await;
        }
    }
}
