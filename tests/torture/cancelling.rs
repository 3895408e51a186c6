//! Faults 50 to 52 and 54: cancelling among tasks that know one another, and tasks that resist.

use std::cell::{Cell, RefCell};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use futures::FutureExt;
use yield_to_await::{DeadlockKind, JoinError, async_await as aw};

use crate::lanes::{Defer, Trace, in_every_lane};
use crate::{SECOND, SIM};

const DEEP: usize = if cfg!(miri) { 20 } else { 100_000 };

in_every_lane! {
    /// Fault 50: a destructor cancels every sibling and its own task, at a turn, and while the loop closes. Each is dropped once.
    fn a_destructor_may_cancel_its_siblings() {
        let trace = Trace::default();
        for closing in [false, true] {
            run_on(SIM, async |co: &Co| {
                let siblings = Rc::new(RefCell::new(Vec::<JoinHandle<()>>::new()));
                for i in 0..4 {
                    let (siblings_of, noisy) = (Rc::clone(&siblings), trace.clone());
                    let last = Defer(move || {
                        let alive = siblings_of.borrow().iter().filter(|task| task.cancel()).count();
                        noisy.note(format!("{i}, {alive} alive"));
                    });
                    let task = spawn(co, async move |co: &Co| {
                        let _last = last;
                        sleep(co, SECOND).await;
                    });
                    siblings.borrow_mut().push(task);
                }
                yield_now(co).await;
                if !closing {
                    let tasks = siblings.borrow().clone();
                    tasks[2].cancel();
                    for task in &tasks {
                        assert!(matches!(join(co, task).await, Err(JoinError::Cancelled)));
                    }
                }
            });
            // Whoever cancels is still alive: a task has ended when its destructors have run.
            let order = if closing { [0, 1, 2, 3] } else { [2, 0, 1, 3] };
            let expected = order.iter().zip((1..=4).rev());
            let expected = expected.map(|(i, alive)| format!("{i}, {alive} alive"));
            assert_eq!(trace.take(), Vec::from_iter(expected));
        }
    }

    /// Fault 50: each destructor cancels the next sibling. A loop drops them, not a recursion.
    fn destructors_that_cancel_one_another_do_not_recurse() {
        let dropped = Rc::new(Cell::new(0));
        run_on(SIM, async |co: &Co| {
            let mut next = None::<JoinHandle<()>>;
            for _ in 0..DEEP {
                let (older, dropped) = (next.take(), Rc::clone(&dropped));
                let last = Defer(move || {
                    older.iter().for_each(|task| assert!(task.cancel()));
                    dropped.set(dropped.get() + 1);
                });
                next = Some(spawn(co, async move |co: &Co| {
                    let _last = last;
                    sleep(co, SECOND).await;
                }));
            }
            next.unwrap().cancel();
            sleep(co, SECOND / 2).await;
            assert_eq!(dropped.get(), DEEP);
        });
    }

    /// Fault 51: two tasks that await each other, and one of them is cancelled: it is dropped, and the other is told so and ends.
    fn one_of_two_that_await_each_other_is_cancelled() {
        run_on(SIM, async |co: &Co| {
            let of_b = Rc::new(RefCell::new(None::<JoinHandle<bool>>));
            let a = spawn(co, {
                let of_b = Rc::clone(&of_b);
                async move |co: &Co| {
                    let b = of_b.take().unwrap();
                    join(co, &b).await.unwrap()
                }
            });
            let b = spawn(co, {
                let a = a.clone();
                async move |co: &Co| matches!(join(co, &a).await, Err(JoinError::Cancelled))
            });
            of_b.replace(Some(b.clone()));
            yield_now(co).await;
            yield_now(co).await;
            assert!(a.cancel());
            assert!(join(co, &b).await.unwrap());
            assert!(matches!(join(co, &a).await, Err(JoinError::Taken)));
        });
    }

    /// Fault 51, where cancelling *does* go on: two tasks gather each other, and a gather that is dropped cancels its children. Nothing recurses.
    fn one_of_two_that_gather_each_other_is_cancelled() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let of_b = Rc::new(RefCell::new(None::<JoinHandle<()>>));
            let a = spawn(co, {
                let (of_b, trace) = (Rc::clone(&of_b), trace.clone());
                async move |co: &Co| {
                    let _local = trace.on_drop("a");
                    let b = of_b.take();
                    drop(gather(co, b).await);
                }
            });
            let b = spawn(co, {
                let (a, trace) = (a.clone(), trace.clone());
                async move |co: &Co| {
                    let _local = trace.on_drop("b");
                    drop(gather(co, [a]).await);
                    trace.note("b is told");
                }
            });
            of_b.replace(Some(b.clone()));
            yield_now(co).await;
            yield_now(co).await;
            assert!(a.cancel());
            finished(co, &b).await;
            assert!(a.is_finished());
            assert!(matches!(join(co, &b).await, Err(JoinError::Cancelled)));
        });
        assert_eq!(trace.take(), ["a", "b"], "b was asked to go before it was told");
    }

    /// Fault 51: a ring of many, each of which awaits the next, and one is cancelled: one after the other ends, and none inside another.
    fn one_of_a_ring_that_await_one_another_is_cancelled() {
        run_on(SIM, async |co: &Co| {
            let of_last = Rc::new(RefCell::new(None::<JoinHandle<bool>>));
            let first = spawn(co, {
                let of_last = Rc::clone(&of_last);
                async move |co: &Co| {
                    let last = of_last.take().unwrap();
                    join(co, &last).await.is_ok()
                }
            });
            let mut last = first.clone();
            for _ in 1..DEEP {
                let before = last;
                last = spawn(co, async move |co: &Co| {
                    finished(co, &before).await;
                    before.is_finished()
                });
            }
            of_last.replace(Some(last.clone()));
            sleep(co, SECOND).await;
            assert!(!last.is_finished());
            first.cancel();
            assert!(join(co, &last).await.unwrap());
            assert!(matches!(join(co, &first).await, Err(JoinError::Cancelled)));
        });
    }

    /// Fault 52: to wait for one's own end without asking for the outcome, or in a gather, is a circle of one, and the report says so.
    fn a_task_that_waits_for_its_own_end_is_in_the_report() {
        for gathers in [false, true] {
            let deadlock = try_run_on(SIM, async |co: &Co| {
                let own = Rc::new(RefCell::new(None::<JoinHandle<()>>));
                let task = spawn_named(co, "own", {
                    let own = Rc::clone(&own);
                    async move |co: &Co| {
                        let own = own.take().unwrap();
                        if gathers {
                            drop(gather(co, [own]).await);
                        } else {
                            finished(co, &own).await;
                        }
                    }
                });
                own.replace(Some(task.clone()));
                finished(co, &task).await;
            }).unwrap_err();
            assert_eq!(deadlock.kind(), DeadlockKind::Cycle, "{deadlock}");
            let cycle: Vec<u64> = deadlock.cycle().iter().map(|link| link.task().id().number()).collect();
            assert_eq!(cycle, [1], "gathers: {gathers}");
        }
    }

    /// Fault 54: neither a time limit nor a loop that tries again nor one who ignores every error can keep a task alive that was cancelled.
    fn nothing_swallows_a_cancellation() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let noisy = trace.clone();
            let stubborn = spawn(co, async move |co: &Co| {
                let _local = noisy.on_drop("dropped");
                loop {
                    let _ = timeout(co, SECOND, async {
                        let _ = timeout(co, 10 * SECOND, sleep(co, 3 * SECOND)).await;
                    }).await;
                    let child = spawn(co, async |co: &Co| sleep(co, SECOND).await);
                    child.cancel();
                    let _ = join(co, &child).await;
                    noisy.note("tries again");
                }
            });
            sleep(co, 2 * SECOND + SECOND / 2).await;
            assert!(stubborn.cancel());
            trace.note("cancelled");
            yield_now(co).await;
            assert!(stubborn.is_finished());
            assert!(matches!(join(co, &stubborn).await, Err(JoinError::Cancelled)));
            sleep(co, 10 * SECOND).await;
        });
        assert_eq!(trace.take(), ["tries again", "tries again", "cancelled", "dropped"]);
    }
}

/// Fault 54: not even one who catches every panic, for a cancellation is none.
#[test]
fn who_catches_every_panic_catches_no_cancellation() {
    let caught = Rc::new(Cell::new(0));
    aw::run_on(SIM, async {
        let count = Rc::clone(&caught);
        let task = aw::spawn(async move {
            loop {
                let ill = AssertUnwindSafe(async {
                    aw::sleep(SECOND).await;
                    panic!("on purpose")
                });
                let _: Result<(), _> = ill.catch_unwind().await;
                count.set(count.get() + 1);
            }
        });
        aw::sleep(2 * SECOND + SECOND / 2).await;
        task.cancel();
        assert!(matches!(task.await, Err(JoinError::Cancelled)));
        assert_eq!(aw::now(), 2 * SECOND + SECOND / 2);
    });
    assert_eq!(caught.get(), 2);
}
