//! Faults 20 to 24: destructors that panic: of what a task holds, of the task itself, of what it has left behind.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use yield_to_await::{async_await as aw, state_machines as sm};

use crate::lanes::{Defer, Trace, in_every_lane};
use crate::{Bomb, SECOND, SIM, loops_still_work, panic_of};

in_every_lane! {
    /// Fault 20: a captured value panics as the coroutine ends with a value. (The compiler leaks that value, so it is one that owns nothing.)
    fn a_captured_value_that_panics_at_the_end() {
        run_on(SIM, async |co: &Co| {
            let bystander = spawn(co, async |co: &Co| sleep(co, SECOND).await);
            for waits in [false, true] {
                let bomb = Bomb;
                let task = spawn(co, async move |co: &Co| {
                    let _bomb = bomb;
                    if waits {
                        yield_now(co).await;
                    }
                    7
                });
                let error = join(co, &task).await.unwrap_err();
                assert_eq!(error.to_string(), "the task panicked: bomb");
            }
            join(co, &bystander).await.unwrap();
        });
        loops_still_work();
    }

    /// Fault 22: a task is cancelled, before its first turn or later, and its destructors panic: that stays in its handle, and comes neither
    /// out of `cancel` nor out of `run`.
    fn a_cancelled_task_whose_destructor_panics() {
        let value = run_on(SIM, async |co: &Co| {
            let bombed = || {
                let bomb = Bomb;
                spawn(co, async move |co: &Co| {
                    let _bomb = bomb;
                    sleep(co, SECOND).await;
                })
            };
            let (started, detached) = (bombed(), bombed());
            yield_now(co).await;
            let unstarted = bombed();
            for task in [&started, &detached, &unstarted] {
                assert!(task.cancel());
            }
            drop(detached);
            for task in [started, unstarted] {
                let error = join(co, &task).await.unwrap_err();
                assert_eq!(error.to_string(), "the task panicked: bomb");
            }
            7
        });
        assert_eq!(value, 7);
        loops_still_work();
    }

    /// Fault 23: the root has panicked, and then three destructors panic: all of them run, and the root's panic is the caller's.
    fn destructors_panic_after_the_root_has() {
        let trace = Trace::default();
        let message = panic_of(|| run_on(SIM, async |co: &Co| {
            for i in 1..=3 {
                let last = Defer({
                    let trace = trace.clone();
                    move || {
                        trace.note(i);
                        panic!("destructor {i}");
                    }
                });
                drop(spawn(co, async move |co: &Co| {
                    let _last = last;
                    sleep(co, SECOND).await;
                }));
            }
            let _bomb = Bomb;
            yield_now(co).await;
            panic!("the root");
        }));
        assert_eq!(message, "the root");
        assert_eq!(trace.take(), ["1", "2", "3"]);
        loops_still_work();
    }

    /// Fault 23: a loop may run while its thread unwinds; what its tasks panic with stays with them then, too.
    fn a_loop_runs_while_its_thread_unwinds() {
        let seen = Cell::new(0);
        let message = panic_of(|| {
            let _last = Defer(|| seen.set(run_on(SIM, async |co: &Co| {
                let panics = spawn(co, async |co: &Co| {
                    yield_now(co).await;
                    panic!("inner");
                });
                let error = join::<()>(co, &panics).await.unwrap_err();
                assert_eq!(error.to_string(), "the task panicked: inner");
                7
            })));
            panic!("outer");
        });
        assert_eq!((message.as_str(), seen.get()), ("outer", 7));
        loops_still_work();
    }

    /// Fault 24: an outcome that nobody has read panics when the last handle is dropped: a value, or what a panic carried. It leaves that
    /// `drop`, and if a task did it, that is the task's end; the loop goes on.
    fn an_unread_outcome_that_panics_when_it_is_dropped() {
        run_on(SIM, async |co: &Co| {
            let values = || spawn(co, async |_: &Co| Bomb);
            let payloads = || spawn(co, async |_: &Co| panic_any(Bomb));
            for in_a_task in [false, true] {
                for kept in [values(), payloads()] {
                    finished(co, &kept).await;
                    if in_a_task {
                        let task = spawn(co, async move |_: &Co| drop(kept));
                        let error = join(co, &task).await.unwrap_err();
                        assert_eq!(error.to_string(), "the task panicked: bomb");
                    } else {
                        assert_eq!(panic_of(|| drop(kept)), "bomb");
                    }
                }
            }
        });
        loops_still_work();
    }

    /// Fault 24: nor does it matter where the handle is dropped that was the last: after the loop, or with the task that held it.
    fn an_unread_outcome_that_goes_with_its_holder() {
        let task = run_on(SIM, async |co: &Co| {
            let task = spawn(co, async |_: &Co| Bomb);
            finished(co, &task).await;
            let held = spawn(co, async |_: &Co| Bomb);
            let holder = spawn(co, async move |co: &Co| {
                let _held = held;
                sleep(co, SECOND).await;
            });
            yield_now(co).await;
            holder.cancel();
            let error = join(co, &holder).await.unwrap_err();
            assert_eq!(error.to_string(), "the task panicked: bomb");
            [task]
        });
        loops_still_work();
        assert_eq!(panic_of(|| drop(task)), "bomb");
        loops_still_work();
    }

    /// Faults 19 and 24: a detached task panics with a payload whose destructor panics.
    fn a_payload_that_panics_when_it_is_dropped() {
        let value = run_on(SIM, async |co: &Co| {
            drop(spawn(co, async |_: &Co| panic_any(Bomb)));
            yield_now(co).await;
            yield_now(co).await;
            7
        });
        assert_eq!(value, 7);
        loops_still_work();
    }

    /// Fault 24: a value that nobody takes panics when it is dropped.
    fn a_value_that_panics_when_it_is_dropped() {
        let value = run_on(SIM, async |co: &Co| {
            drop(spawn(co, async |_: &Co| Bomb));
            yield_now(co).await;
            yield_now(co).await;
            7
        });
        assert_eq!(value, 7);
        loops_still_work();
    }

    /// Fault 23: the caller of `run` gets the first panic at the end, and the task's handle is told what it said.
    fn a_panic_of_a_destructor_at_the_end_is_in_the_handle_too() {
        let kept = Rc::new(RefCell::new(None));
        let run = catch_unwind(AssertUnwindSafe(|| {
            run_on(SIM, async |co: &Co| {
                let task = spawn(co, async |co: &Co| {
                    let _bomb = Bomb;
                    sleep(co, SECOND).await;
                });
                kept.replace(Some(task));
                yield_now(co).await;
            });
        }));
        assert_eq!(*run.unwrap_err().downcast::<&str>().unwrap(), "bomb");
        let task = kept.take().unwrap();
        let error = run_on(SIM, async |co: &Co| join(co, &task).await).unwrap_err();
        assert_eq!(error.to_string(), "the task panicked: bomb");
    }

    /// Faults 23 and 24: tasks that are refused at the end panic when they are dropped, with payloads that panic when *they* are dropped: the first is the
    /// caller's, the other is nobody's.
    fn refused_tasks_that_panic_with_payloads_that_panic() {
        let run = catch_unwind(AssertUnwindSafe(|| {
            run_on(SIM, async |co: &Co| {
                drop(spawn(co, async move |co: &Co| {
                    let _last = Defer(|| {
                        for _ in 0..2 {
                            let refused = Defer(|| panic_any(Bomb));
                            drop(spawn(co, async move |_: &Co| drop(refused)));
                        }
                    });
                    sleep(co, SECOND).await;
                }));
                yield_now(co).await;
            });
        }));
        let panic = run.unwrap_err().downcast::<Bomb>();
        std::mem::forget(panic.expect("the first panic is the caller's"));
        loops_still_work();
    }
}

/// A future that is ready at once, or panics instead, and panics when it is dropped, which needs no poll.
struct ReadyBomb(Rc<Cell<u32>>, bool);

impl Future for ReadyBomb {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u32> {
        assert!(!self.1, "in the poll");
        Poll::Ready(7)
    }
}

impl Drop for ReadyBomb {
    fn drop(&mut self) {
        self.0.set(self.0.get() + 1);
        panic!("in the destructor");
    }
}

macro_rules! ready_bombs {
    ($($test:ident: $lane:ident,)+) => {$(
        /// Fault 21: a future is ready, or has panicked, and then panics when it is dropped. It is dropped once, its handle is told of the
        /// first panic, and nobody else of any.
        #[test]
        fn $test() {
            use $lane as lane;

            let dropped = Rc::new(Cell::new(0));
            lane::run_on(SIM, async {
                let bystander = lane::spawn(lane::sleep(SECOND));
                for (panics, message) in [(false, "in the destructor"), (true, "in the poll")] {
                    drop(lane::spawn(ReadyBomb(Rc::clone(&dropped), panics)));
                    let task = lane::spawn(ReadyBomb(Rc::clone(&dropped), panics));
                    let error = task.await.unwrap_err();
                    assert_eq!(error.to_string(), format!("the task panicked: {message}"));
                }
                bystander.await.unwrap();
            });
            assert_eq!(dropped.take(), 4);
            for (panics, message) in [(false, "in the destructor"), (true, "in the poll")] {
                let root = ReadyBomb(Rc::clone(&dropped), panics);
                assert_eq!(panic_of(|| assert_eq!(lane::run_on(SIM, root), 0)), message);
                assert_eq!(dropped.take(), 1);
                loops_still_work();
            }
        }
    )+};
}

ready_bombs! {
    a_ready_future_of_async_await_that_panics_when_it_is_dropped: aw,
    a_ready_future_of_state_machines_that_panics_when_it_is_dropped: sm,
}
