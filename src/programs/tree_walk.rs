//! A walk through a binary tree, as a coroutine that awaits itself.
//!
//! Node k has the nodes 2k and 2k + 1 below it. The walk gives up its turn at every node, however deep it is: one wait at the bottom
//! suspends the whole chain of calls. A coroutine that awaits itself has to be boxed: it would otherwise contain itself.
//!
//! The async forms lend the list of visited nodes to the walk below. The written-out form cannot: the list would be one field and the walk
//! that borrows it another field of the same struct. So the list lives outside of all of them, and they share it. The size is the
//! number of nodes.
//!
//! In asyncio:
//!
//! ```python
#![doc = include_str!("../../tests/asyncio/tree_walk.py")]
//! ```
//!
//! It prints, in CPython and in every lane:
//!
//! ```text
#![doc = include_str!("traces/tree_walk.txt")]
//! ```
//!
#![doc = include_str!("timelines/tree_walk.svg")]

use super::{Log, Program, python_list};
use crate::runner::{Report, Setup};

pub(super) const PROGRAM: Program = Program {
    name: "tree_walk",
    shows: "recursion: a coroutine that awaits itself, and so has to be boxed",
    sizes: &[0, 1, 2, 7, 40],
    seeds: &[],
    recording: include_str!("traces/tree_walk.txt"),
    generators: generators::play,
    state_machines: state_machines::play,
    async_await: async_await::play,
};

mod generators {
    use super::{Log, Report, Setup, python_list};
    use crate::generators::{Co, run_with, yield_now};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async |co: &Co| {
            let mut visited = Vec::new();
            walk(co, &log, 1, n, &mut visited).await;
            python_list(&visited)
        })
    }

    async fn walk(co: &Co, log: &Log, k: usize, n: usize, visited: &mut Vec<usize>) {
        if k > n {
            return;
        }
        Box::pin(walk(co, log, 2 * k, n, visited)).await;
        log.say("main", format_args!("visit {k}"));
        visited.push(k);
        yield_now(co).await;
        Box::pin(walk(co, log, 2 * k + 1, n, visited)).await;
    }
}

mod state_machines {
    use std::cell::RefCell;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use super::{Log, Report, Setup, python_list};
    use crate::state_machines::{YieldNow, run_with, yield_now};
    use crate::trace::state;

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        let visited = RefCell::default();
        let root = Walk {
            log: &log,
            k: 1,
            n,
            visited: &visited,
            state: Walking::Start,
        };
        run_with(setup, Main { root })
    }

    /// It has one wait, so where it is needs no enum.
    struct Main<'a> {
        root: Walk<'a>,
    }

    impl Future for Main<'_> {
        type Output = String;

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<String> {
            // walk(&log, 1, n, &visited).await; python_list(&visited)
            state("Main");
            ready!(Pin::new(&mut self.root).poll(cx));
            Poll::Ready(python_list(&self.root.visited.borrow()))
        }
    }

    struct Walk<'a> {
        log: &'a Log,
        k: usize,
        n: usize,
        visited: &'a RefCell<Vec<usize>>,
        state: Walking<'a>,
    }

    enum Walking<'a> {
        Start,
        Left(Box<Walk<'a>>),
        Yielding(YieldNow),
        Right(Box<Walk<'a>>),
    }

    impl Walk<'_> {
        /// The walk from node `k`, boxed, because this one will hold it.
        fn below(&self, k: usize) -> Box<Self> {
            let state = Walking::Start;
            Box::new(Self { k, state, ..*self })
        }
    }

    impl Future for Walk<'_> {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
            let this = &mut *self;
            let k = this.k;
            loop {
                match &mut this.state {
                    // if k > n { return; }
                    Walking::Start if k > this.n => return Poll::Ready(()),
                    Walking::Start => this.state = Walking::Left(this.below(2 * k)),
                    // walk(log, 2 * k, n, visited).await; log.say(k); visited.push(k);
                    Walking::Left(walk) => {
                        state("Walk::Left");
                        ready!(Pin::new(walk).poll(cx));
                        this.log.say("main", format_args!("visit {k}"));
                        this.visited.borrow_mut().push(k);
                        this.state = Walking::Yielding(yield_now());
                    }
                    // yield_now().await;
                    Walking::Yielding(turn) => {
                        state("Walk::Yielding");
                        ready!(Pin::new(turn).poll(cx));
                        this.state = Walking::Right(this.below(2 * k + 1));
                    }
                    // walk(log, 2 * k + 1, n, visited).await;
                    Walking::Right(walk) => {
                        state("Walk::Right");
                        return Pin::new(walk).poll(cx);
                    }
                }
            }
        }
    }
}

mod async_await {
    use super::{Log, Report, Setup, python_list};
    use crate::async_await::{run_with, yield_now};

    pub(super) fn play(setup: Setup, log: Log, n: usize) -> Report<String> {
        run_with(setup, async {
            let mut visited = Vec::new();
            walk(&log, 1, n, &mut visited).await;
            python_list(&visited)
        })
    }

    async fn walk(log: &Log, k: usize, n: usize, visited: &mut Vec<usize>) {
        if k > n {
            return;
        }
        Box::pin(walk(log, 2 * k, n, visited)).await;
        log.say("main", format_args!("visit {k}"));
        visited.push(k);
        yield_now().await;
        Box::pin(walk(log, 2 * k + 1, n, visited)).await;
    }
}
