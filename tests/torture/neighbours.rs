//! Faults 32 to 34 and 37: a loop beside others, inside one another, one after the other, and on other threads.

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::thread::{self, ThreadId};

use futures::channel::oneshot;
use futures::executor::{LocalPool, block_on};
use futures::task::LocalSpawnExt;
use yield_to_await::{Setup, async_await as aw};

use crate::lanes::{Defer, Trace, in_every_lane};
use crate::{SECOND, SIM};

/// Calls every `run` of a lane with a main that must not run.
macro_rules! refused_runs {
    ($lane:ident, $trace:expr) => {{
        use crate::lanes::$lane as lane;
        let main = || {
            let captured = $trace.on_drop("main dropped");
            async move |_: &lane::Co| {
                let _captured = captured;
                unreachable!("a loop runs already");
            }
        };
        let runs = [
            catch_unwind(AssertUnwindSafe(|| lane::run(main()))),
            catch_unwind(AssertUnwindSafe(|| lane::run_on(SIM, main()))),
            catch_unwind(AssertUnwindSafe(|| lane::try_run_on(SIM, main()).unwrap())),
            catch_unwind(AssertUnwindSafe(|| {
                lane::run_with(Setup::new(), main()).outcome.unwrap()
            })),
        ];
        for run in runs {
            let message = run.unwrap_err().downcast::<String>().unwrap();
            assert!(
                message.starts_with("`run` was called inside a task"),
                "{message}"
            );
        }
        assert_eq!($trace.take(), ["main dropped"; 4]);
    }};
}

in_every_lane! {
    /// Fault 32: every `run` of every lane, in a task, in its destructors, and in destructors while the loop closes. What was to run inside
    /// is dropped unpolled, and the outer loop goes on.
    fn a_run_inside_a_task_or_its_destructors_is_refused() {
        let calls = Rc::new(Cell::new(0));
        let attempt = {
            let (calls, trace) = (Rc::clone(&calls), Trace::default());
            move || {
                refused_runs!(generators, trace);
                refused_runs!(state_machines, trace);
                refused_runs!(async_await, trace);
                calls.set(calls.get() + 1);
            }
        };
        run_on(SIM, async |co: &Co| {
            let inside = attempt.clone();
            let task = spawn(co, async move |co: &Co| {
                inside();
                yield_now(co).await;
                inside();
                7
            });
            assert_eq!(join(co, &task).await.unwrap(), 7);
            assert_eq!(calls.take(), 2);
            let [cancelled, _left] = [attempt.clone(), attempt.clone()].map(|attempt| {
                spawn(co, async move |co: &Co| {
                    let _last = Defer(attempt);
                    sleep(co, SECOND).await;
                })
            });
            yield_now(co).await;
            cancelled.cancel();
            finished(co, &cancelled).await;
            assert_eq!(calls.take(), 1);
            sleep(co, SECOND / 2).await;
        });
        assert_eq!(calls.take(), 1);
        assert_eq!(run_on(SIM, async |_: &Co| 7), 7);
    }

    /// Fault 33: other executors run inside a task, and are dropped there with live tasks, whose destructors call this loop. Its tasks go on,
    /// and what they spawn is their loop's.
    fn other_executors_inside_a_task() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let event = Event::new();
            let task = spawn_named(co, "outer", {
                let (trace, event) = (trace.clone(), event.clone());
                async move |co: &Co| {
                    let victims: Vec<_> = (0..4).map(|_| spawn(co, async |co: &Co| sleep(co, SECOND).await)).collect();
                    let mut last = victims.clone().into_iter().map(|victim| {
                        let (trace, event) = (trace.clone(), event.clone());
                        Defer(move || {
                            event.set();
                            assert!(victim.cancel());
                            trace.note("dropped");
                        })
                    });
                    let mut inner = || {
                        let last = last.next().unwrap();
                        async move {
                            let _last = last;
                            pending::<()>().await;
                        }
                    };

                    let mut pool = LocalPool::new();
                    pool.spawner().spawn_local(inner()).unwrap();
                    pool.run_until_stalled();
                    drop(pool);
                    assert_eq!(trace.take(), ["dropped"]);

                    let local = async_executor::LocalExecutor::new();
                    local.spawn(inner()).detach();
                    assert!(local.try_tick());
                    drop(local);
                    assert_eq!(trace.take(), ["dropped"]);

                    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
                    let local = tokio::task::LocalSet::new();
                    drop(local.spawn_local(inner()));
                    runtime.block_on(local.run_until(tokio::task::yield_now()));
                    drop((local, runtime));
                    assert_eq!(trace.take(), ["dropped"]);

                    let (tx, rx) = oneshot::channel();
                    tx.send(7).unwrap();
                    assert_eq!(block_on(rx), Ok(7));
                    drop(inner());
                    assert_eq!(trace.take(), ["dropped"]);

                    assert_eq!(current(co).name(), Some("outer"));
                    for victim in victims {
                        assert!(join(co, &victim).await.is_err());
                    }
                }
            });
            wait(co, &event).await;
            join(co, &task).await.unwrap();
        });
    }

    /// Fault 34: loops in turn on one thread, of this lane and of others between them, with a channel that belongs to none of them. Tasks
    /// that were left in its lines are gone with their loop.
    fn loops_in_turn_share_a_channel() {
        let (tx, rx) = channel(1);
        for i in 0..IN_TURN {
            run_on(SIM, async |co: &Co| {
                let early = rx.clone();
                drop(spawn(co, async move |co: &Co| recv(co, &early).await));
                yield_now(co).await;
            });
            run_on(SIM, async |co: &Co| {
                let late = tx.clone();
                send(co, &tx, i).await.unwrap();
                drop(spawn(co, async move |co: &Co| send(co, &late, u32::MAX).await));
                yield_now(co).await;
            });
            yield_to_await::generators::run_on(SIM, async |_: &yield_to_await::generators::Co| ());
            aw::run_on(SIM, async {});
            assert_eq!(run_on(SIM, async |co: &Co| recv(co, &rx).await), Some(i));
        }
    }
}

const IN_TURN: u32 = if cfg!(miri) { 20 } else { 3_000 };
const AT_ONCE: usize = if cfg!(miri) { 4 } else { 300 };
/// More than there are numbers for loops.
const MANY_LOOPS: u32 = if cfg!(miri) { 20 } else { 70_000 };

/// Fault 33: a loop inside a task of another executor is an ordinary loop. What that executor polls inside *our* task belongs to our loop.
#[test]
fn loops_and_other_executors_inside_one_another() {
    let inner = || {
        aw::run_on(SIM, async {
            aw::spawn(aw::sleep(SECOND)).await.unwrap();
            7
        })
    };
    assert_eq!(block_on(async { inner() }), 7);
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    assert_eq!(runtime.unwrap().block_on(async { inner() }), 7);
    let local = async_executor::LocalExecutor::new();
    assert_eq!(block_on(local.run(local.spawn(async move { inner() }))), 7);

    aw::run_on(SIM, async {
        let mut pool = LocalPool::new();
        let done = Rc::new(Cell::new(false));
        let ours = Rc::clone(&done);
        let inside = async move {
            assert_eq!(aw::current().name(), Some("main"));
            aw::spawn(aw::sleep(SECOND)).await.unwrap();
            aw::sleep(SECOND).await;
            ours.set(true);
        };
        pool.spawner().spawn_local(inside).unwrap();
        for second in 1..=2 {
            pool.run_until_stalled();
            assert!(!done.get(), "only our loop moves its clock");
            aw::sleep(SECOND).await;
            aw::yield_now().await; // the other timer of this moment was armed later
            assert_eq!(aw::now(), second * SECOND);
        }
        pool.run_until_stalled();
        assert!(done.get());
    });
}

/// Fault 34: hundreds of loops at once, each on its thread, hand a token round.
#[test]
fn hundreds_of_loops_at_once() {
    let all_run = Arc::new(std::sync::Barrier::new(AT_ONCE));
    let (first, mut last) = oneshot::channel::<usize>();
    let mut threads = Vec::new();
    for _ in 0..AT_ONCE {
        let (tx, rx) = oneshot::channel();
        let from = mem::replace(&mut last, rx);
        let all_run = Arc::clone(&all_run);
        threads.push(thread::spawn(move || {
            aw::run(async {
                all_run.wait();
                let token = aw::spawn(from).await.unwrap().unwrap();
                tx.send(token + 1).unwrap();
            });
        }));
    }
    first.send(0).unwrap();
    assert_eq!(aw::run(last), Ok(AT_ONCE));
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Fault 34: the numbers of loops go round, and pass over that of a loop whose waker somebody holds: it wakes nobody else's task.
#[test]
fn more_loops_than_there_are_numbers() {
    let root = poll_fn(|cx| Poll::Ready(cx.waker().clone()));
    let stale = aw::run_on(SIM, root);
    for _ in 0..MANY_LOOPS {
        let report = aw::run_with(Setup::new().clock(SIM), async {
            stale.wake_by_ref();
            aw::sleep(SECOND).await;
        });
        assert_eq!(report.counts.steps, 2);
    }
}

/// Fault 37: what a task owns is dropped on its own thread, with its loop, wherever the last waker of the task is.
#[test]
fn a_future_is_dropped_at_home_though_its_waker_is_elsewhere() {
    struct Home(Rc<()>, Arc<Mutex<Vec<ThreadId>>>);
    impl Drop for Home {
        fn drop(&mut self) {
            assert_eq!(Rc::strong_count(&self.0), 1);
            self.1.lock().unwrap().push(thread::current().id());
        }
    }
    let drops = Arc::new(Mutex::new(Vec::new()));
    let waker = aw::run_on(SIM, async {
        let (tx, rx) = aw::channel(1);
        let local = Home(Rc::new(()), Arc::clone(&drops));
        drop(aw::spawn(async move {
            let _local = local;
            tx.send(poll_fn(|cx| Poll::Ready(cx.waker().clone())).await)
                .await
                .unwrap();
            pending::<()>().await;
        }));
        rx.recv().await.unwrap()
    });
    assert_eq!(*drops.lock().unwrap(), [thread::current().id()]);
    thread::spawn(move || {
        waker.wake_by_ref();
        drop(waker);
    })
    .join()
    .unwrap();
    assert_eq!(drops.lock().unwrap().len(), 1);
}
