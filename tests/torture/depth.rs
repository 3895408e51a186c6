//! What hangs on one another, a hundred thousand deep: a queue works it off, and the stack does not grow.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use yield_to_await::{JoinError, Setup, async_await as aw};

use crate::lanes::{Defer, in_every_lane};
use crate::{SECOND, SIM};

const MANY: u32 = if cfg!(miri) { 15 } else { 100_000 };
/// How deep boxed futures may nest for certain on the stack of a thread of the standard library (2 MiB), without optimization. Nothing can catch
/// what comes after: the limit is the stack's, as with any recursion in Rust.
const SAFE: u32 = if cfg!(miri) { 15 } else { 1_000 };
/// The same for what takes more of the stack at each level: time limits, and handles in outcomes.
const SAFE_IF_LARGE: u32 = if cfg!(miri) { 20 } else { 300 };

type Nested<'a> = Pin<Box<dyn Future<Output = u32> + 'a>>;

in_every_lane! {
    /// Fault 81: each task awaits the one before, and the first ends: the end goes up the chain turn by turn.
    fn a_chain_of_joins_that_finishes() {
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            let start = Event::new();
            let begun = start.clone();
            let mut last = spawn(co, async move |co: &Co| {
                wait(co, &begun).await;
                0
            });
            for _ in 0..MANY {
                let before = last;
                last = spawn(co, async move |co: &Co| join(co, &before).await.unwrap() + 1);
            }
            yield_now(co).await;
            start.set();
            assert_eq!(join(co, &last).await.unwrap(), MANY);
        });
        // Each has two turns: one to begin its wait, one when it is over. The root has three.
        assert_eq!(report.counts.steps, u64::from(2 * (MANY + 1) + 3));
    }

    /// Fault 81: the same chain, and the first is cancelled: the one after it is told so, and it alone.
    fn a_chain_of_joins_whose_first_is_cancelled() {
        run_on(SIM, async |co: &Co| {
            let first = spawn(co, async |co: &Co| sleep(co, SECOND).await);
            let mut last = first.clone();
            for i in 0..MANY {
                let before = last;
                last = spawn(co, async move |co: &Co| match join(co, &before).await {
                    Ok(()) => assert!(i > 0),
                    Err(JoinError::Cancelled) => assert_eq!(i, 0),
                    Err(error) => panic!("{error}"),
                });
            }
            yield_now(co).await;
            first.cancel();
            join(co, &last).await.unwrap();
            assert_eq!(now(co), Duration::ZERO);
        });
    }

    /// Fault 81: the same chain, and every task of it is cancelled, the last one first.
    fn a_chain_of_joins_that_is_cancelled() {
        let dropped = Rc::new(Cell::new(0));
        run_on(SIM, async |co: &Co| {
            let mut tasks = vec![spawn(co, async |co: &Co| sleep(co, SECOND).await)];
            for i in 0..MANY as usize {
                let (before, dropped) = (tasks[i].clone(), Rc::clone(&dropped));
                tasks.push(spawn(co, async move |co: &Co| {
                    let _local = Defer(|| dropped.set(dropped.get() + 1));
                    join(co, &before).await.unwrap();
                }));
            }
            yield_now(co).await;
            tasks.iter().rev().for_each(|task| assert!(task.cancel()));
            for outcome in gather_all(co, tasks).await {
                assert!(matches!(outcome, Err(JoinError::Cancelled)));
            }
        });
        assert_eq!(dropped.get(), MANY);
    }

    /// Fault 81: the same chain stands when the root returns.
    fn a_chain_of_joins_that_is_dropped() {
        let dropped = Rc::new(Cell::new(0));
        run_on(SIM, async |co: &Co| {
            let mut last = spawn(co, async |co: &Co| sleep(co, SECOND).await);
            for _ in 0..MANY {
                let (before, dropped) = (last, Rc::clone(&dropped));
                last = spawn(co, async move |co: &Co| {
                    let _local = Defer(|| dropped.set(dropped.get() + 1));
                    join(co, &before).await.unwrap();
                });
            }
            drop(last);
            yield_now(co).await;
        });
        assert_eq!(dropped.get(), MANY);
    }

    /// Fault 82: each of the generations owns the handle of its child and cancels it in a destructor. The first is cancelled.
    fn generations_that_cancel_their_children() {
        fn generation(co: &Co, left: u32, dropped: Rc<Cell<u32>>) -> JoinHandle<()> {
            spawn(co, async move |co: &Co| {
                let child = (left > 1).then(|| generation(co, left - 1, Rc::clone(&dropped)));
                let _local = Defer(|| {
                    dropped.set(dropped.get() + 1);
                    child.iter().for_each(|child| assert!(child.cancel()));
                });
                sleep(co, SECOND).await;
            })
        }
        let dropped = Rc::new(Cell::new(0));
        run_on(SIM, async |co: &Co| {
            let first = generation(co, MANY, Rc::clone(&dropped));
            sleep(co, SECOND / 2).await;
            first.cancel();
            assert_eq!(dropped.get(), 0, "`cancel` only asks");
            sleep(co, SECOND / 4).await;
        });
        assert_eq!(dropped.get(), MANY);
    }

    /// Fault 82: the same generations, each with a handle that is merely dropped: the others run on.
    fn generations_that_drop_the_handles_of_their_children() {
        fn generation(co: &Co, left: u32, done: Rc<Cell<u32>>) -> JoinHandle<()> {
            spawn(co, async move |co: &Co| {
                let _child = (left > 1).then(|| generation(co, left - 1, Rc::clone(&done)));
                sleep(co, SECOND).await;
                done.set(done.get() + 1);
            })
        }
        let done = Rc::new(Cell::new(0));
        run_on(SIM, async |co: &Co| {
            let first = generation(co, MANY, Rc::clone(&done));
            sleep(co, SECOND / 2).await;
            first.cancel();
            sleep(co, SECOND).await;
        });
        assert_eq!(done.get(), MANY - 1);
    }

    /// Faults 83 and 95: a thousand boxed awaits, one inside the other, that wait at the bottom fit on any stack. In lane 1 this is a delegation
    /// (`yield from`) through a thousand levels: each turn goes through all of them.
    fn a_thousand_nested_awaits() {
        fn descend(co: &Co, levels: u32) -> Nested<'_> {
            Box::pin(async move {
                if levels == 0 {
                    yield_now(co).await;
                    sleep(co, SECOND).await;
                    return 0;
                }
                descend(co, levels - 1).await + 1
            })
        }
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            assert_eq!(descend(co, SAFE).await, SAFE);
            let task = spawn(co, async |co: &Co| descend(co, SAFE).await);
            assert_eq!(join(co, &task).await.unwrap(), SAFE);
        });
        assert_eq!(report.counts.steps, 3 + 3 + 1);
    }

    /// Faults 83 and 95: a thousand nested awaits that are dropped, never polled, in the middle of their wait, and by a time limit.
    fn a_thousand_nested_awaits_that_are_dropped() {
        fn nest(co: &Co, dropped: Rc<Cell<u32>>) -> Nested<'_> {
            let mut nested: Nested<'_> = Box::pin(async {
                sleep(co, 2 * SECOND).await;
                0
            });
            for _ in 0..SAFE {
                let (inner, dropped) = (nested, Rc::clone(&dropped));
                let local = Defer(move || dropped.set(dropped.get() + 1));
                nested = Box::pin(async move {
                    let _local = local;
                    inner.await + 1
                });
            }
            nested
        }
        let dropped = Rc::new(Cell::new(0));
        run_on(SIM, async |co: &Co| {
            drop(nest(co, Rc::clone(&dropped)));
            assert_eq!(dropped.take(), SAFE);
            assert!(timeout(co, SECOND, nest(co, Rc::clone(&dropped))).await.is_err());
            assert_eq!(dropped.take(), SAFE);
            let count = Rc::clone(&dropped);
            let task = spawn(co, async move |co: &Co| nest(co, count).await);
            yield_now(co).await;
            task.cancel();
            finished(co, &task).await;
            assert_eq!(dropped.take(), SAFE);
        });
    }

    /// Fault 82, of time limits: hundreds, one inside the other. The one that passes first ends, with all inside it, whichever it is; those around it go on.
    fn hundreds_of_nested_limits() {
        fn limited(co: &Co, levels: u32, first: u32) -> Nested<'_> {
            let limit = if levels == first { SECOND } else { 5 * SECOND };
            Box::pin(async move {
                if levels == 0 {
                    sleep(co, 2 * SECOND).await;
                    return 0;
                }
                let inner = timeout(co, limit, limited(co, levels - 1, first)).await;
                // How many levels are around the one that has passed.
                inner.map_or(0, |around| around + 1)
            })
        }
        for first in [1, SAFE_IF_LARGE / 2, SAFE_IF_LARGE] {
            let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
                let around = limited(co, SAFE_IF_LARGE, first).await;
                assert_eq!((around, now(co)), (SAFE_IF_LARGE - first, SECOND));
                sleep(co, SECOND / 2).await;
            });
            assert_eq!(report.elapsed, SECOND * 3 / 2);
        }
    }

    /// Faults 83 and 95: with a `spawn` for each level there is no limit but memory.
    fn a_task_for_each_level_goes_a_hundred_thousand_deep() {
        async fn descend(co: &Co, levels: u32) -> u32 {
            if levels == 0 {
                yield_now(co).await;
                return 0;
            }
            join(co, &level(co, levels - 1)).await.unwrap() + 1
        }
        fn level(co: &Co, levels: u32) -> JoinHandle<u32> {
            spawn(co, async move |co: &Co| descend(co, levels).await)
        }
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            assert_eq!(descend(co, MANY).await, MANY);
        });
        assert_eq!(report.counts.spawns, u64::from(MANY));
    }

    /// Fault 82, at its end: the outcome of each task is the handle of the one before. Such a list is dropped like any list of boxes, one inside the
    /// other.
    fn a_chain_of_outcomes_that_are_handles() {
        let dropped = Rc::new(Cell::new(0));
        run_on(SIM, async |co: &Co| {
            struct Link<D: FnMut()>(Option<JoinHandle<Link<D>>>, Defer<D>);
            let link = |before| {
                let dropped = Rc::clone(&dropped);
                Link(before, Defer(move || dropped.set(dropped.get() + 1)))
            };
            let mut last = None;
            for _ in 0..SAFE_IF_LARGE {
                let value = link(last);
                last = Some(spawn(co, async |_: &Co| value));
            }
            let last = last.unwrap();
            finished(co, &last).await;
            assert!(last.peek(|link| link.unwrap().as_ref().unwrap().0.is_some()));
            drop(last);
            assert_eq!(dropped.get(), SAFE_IF_LARGE);
        });
    }
}

/// Fault 82, as above, but a hundred thousand long.
#[test]
fn a_long_chain_of_outcomes_that_are_handles() {
    struct Link(Option<aw::JoinHandle<Link>>);
    aw::run_on(SIM, async {
        let mut last = aw::spawn(async { Link(None) });
        for _ in 0..MANY {
            let before = last;
            last = aw::spawn(async { Link(Some(before)) });
        }
        last.finished().await;
        assert!(last.peek(|link| link.unwrap().as_ref().unwrap().0.is_some()));
    });
}
