//! Faults 27 to 31, 35 and 41: how tasks begin, and what becomes of them when their loop ends.

use std::cell::Cell;
use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::thread;

use futures::executor::block_on;
use futures::task::{LocalSpawn, LocalSpawnExt};
use yield_to_await::generators::{self as g, Co};
use yield_to_await::{DeadlockKind, JoinError, async_await as aw, state_machines as sm};

use crate::lanes::{Defer, Trace, in_every_lane};
use crate::{SECOND, SIM};

in_every_lane! {
    /// Fault 27: what the destructors of a task spawn runs, whether the task returns, panics or is cancelled.
    fn a_destructor_may_spawn() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let tasks: Vec<_> = ["returns", "panics", "is cancelled"].into_iter().map(|how| {
                let trace = trace.clone();
                spawn(co, async move |co: &Co| {
                    let _last = Defer(|| {
                        let (noisy, captured) = (trace.clone(), trace.on_drop("captured"));
                        drop(spawn(co, async move |_: &Co| {
                            let _captured = captured;
                            noisy.note(how);
                        }));
                    });
                    yield_now(co).await;
                    assert!(how != "panics", "on purpose");
                    if how == "is cancelled" {
                        sleep(co, SECOND).await;
                    }
                })
            }).collect();
            yield_now(co).await;
            yield_now(co).await;
            tasks[2].cancel();
            yield_now(co).await;
            yield_now(co).await;
            assert!(tasks.iter().all(JoinHandle::is_finished));
        });
        assert_eq!(
            trace.take(),
            ["returns", "captured", "panics", "captured", "is cancelled", "captured"]
        );
    }

    /// Faults 28 and 29: one destructor spawns many at the end. All are refused, and dropped once, in the order in which they came.
    ///
    /// (This is as deep as lane 1 can go: to spawn takes a `Co`, and what is refused never gets one.)
    fn a_destructor_that_spawns_many_at_the_end() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let noisy = trace.clone();
            drop(spawn(co, async move |co: &Co| {
                let _last = Defer(|| {
                    for i in 0..REFUSED {
                        let captured = noisy.on_drop(i);
                        drop(spawn(co, async move |_: &Co| {
                            let _captured = captured;
                            unreachable!("the loop is closing");
                        }));
                    }
                });
                sleep(co, SECOND).await;
            }));
            yield_now(co).await;
        });
        assert_eq!(trace.take(), Vec::from_iter((0..REFUSED).map(|i| i.to_string())));
    }

    /// Fault 35: a loop that ends finds tasks in every state. Each is dropped once, oldest first; what has ended keeps its outcome as long
    /// as its handle lives, and says what became of it.
    fn a_loop_that_ends_with_tasks_in_every_state() {
        let trace = Trace::default();
        let handles = run_on(SIM, async |co: &Co| {
            let (event, idle) = (Event::new(), Event::new());
            let task = |name: &'static str| {
                let (trace, event, idle) = (trace.clone(), event.clone(), idle.clone());
                let captured = trace.on_drop(format!("{name}: captured"));
                spawn_named(co, name, async move |co: &Co| {
                    let _captured = captured;
                    let value = trace.on_drop(format!("{name}: value"));
                    match name {
                        "sleeping" => sleep(co, SECOND).await,
                        "woken" => wait(co, &event).await,
                        "waiting" | "asked to go" => wait(co, &idle).await,
                        "yielding" => loop {
                            yield_now(co).await;
                        },
                        "ill" => panic!("on purpose"),
                        _ => {}
                    }
                    value
                })
            };
            drop(task("over"));
            let names = ["sleeping", "unread", "woken", "waiting", "yielding", "ill", "asked to go"];
            let mut handles: Vec<_> = names.into_iter().map(task).collect();
            yield_now(co).await;
            trace.note("---");
            event.set();
            assert!(handles[6].cancel());
            handles.push(task("unpolled"));
            handles
        });
        let states = trace.take();
        assert_eq!(
            states,
            [
                "over: captured", "over: value", "unread: captured", "ill: value", "ill: captured", "---",
                "sleeping: value", "sleeping: captured", "woken: value", "woken: captured",
                "waiting: value", "waiting: captured", "yielding: value", "yielding: captured",
                "asked to go: value", "asked to go: captured", "unpolled: captured",
            ]
        );
        run_on(SIM, async |co: &Co| {
            for handle in &handles {
                let outcome = join(co, handle).await;
                match handle.name().unwrap() {
                    "unread" => drop(outcome.unwrap()),
                    "ill" => assert!(matches!(outcome, Err(JoinError::Panicked(_)))),
                    name => assert!(matches!(outcome, Err(JoinError::Cancelled)), "{name}"),
                }
            }
        });
        drop(handles);
        assert_eq!(trace.take(), ["unread: value"]);
    }

    /// Fault 41: the loop owns its tasks. Two that nobody else knows of, and that hold only one another, stay where they are: they go on
    /// when there is something to go on with, and are dropped with the loop.
    fn tasks_that_everybody_has_forgotten() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let forget = |rounds: u32| {
                let (to_b, at_b) = channel::<u32>(1);
                let (to_a, at_a) = channel::<u32>(1);
                to_a.try_send(0).unwrap();
                for (rx, tx, name) in [(at_a, to_b, "a"), (at_b, to_a, "b")] {
                    let trace = trace.clone();
                    drop(spawn(co, async move |co: &Co| {
                        let _local = trace.on_drop(format!("{name} dropped"));
                        while let Some(i) = recv(co, &rx).await {
                            sleep(co, SECOND).await;
                            if i == rounds {
                                break;
                            }
                            send(co, &tx, i + 1).await.unwrap();
                        }
                        trace.note(format!("{name} ended"));
                    }));
                }
            };
            forget(10);
            sleep(co, 5 * SECOND).await;
            assert!(trace.take().is_empty(), "they are in the middle of it");
            sleep(co, 10 * SECOND).await;
            assert_eq!(trace.take(), ["a ended", "a dropped", "b ended", "b dropped"]);
            forget(u32::MAX);
            sleep(co, 100 * SECOND).await;
            trace.note("the root ends");
        });
        assert_eq!(trace.take(), ["the root ends", "a dropped", "b dropped"]);
    }

    /// Fault 41: and if they wait for ever, the report knows of them.
    fn forgotten_tasks_are_in_the_report() {
        let deadlock = try_run_on(SIM, async |co: &Co| {
            let (tx, rx) = channel::<()>(1);
            drop(spawn_named(co, "forgotten", async move |co: &Co| {
                let _own_sender = tx;
                recv(co, &rx).await
            }));
            wait(co, &Event::new()).await;
        }).unwrap_err();
        assert_eq!(deadlock.kind(), DeadlockKind::NobodyLeft);
        assert_eq!(deadlock.tasks()[1].name(), Some("forgotten"));
    }
}

const REFUSED: u32 = if cfg!(miri) { 20 } else { 10_000 };
const GENERATIONS: u32 = if cfg!(miri) { 50 } else { 300_000 };

/// Fault 29: a destructor spawns at the end, and so does that of what it spawned, and so on. A loop drops them, not a recursion.
#[test]
fn refused_generations_do_not_recurse() {
    struct Chain(u32, Rc<Cell<u32>>);
    impl Drop for Chain {
        fn drop(&mut self) {
            self.1.set(self.1.get() + 1);
            if self.0 > 0 {
                let next = Self(self.0 - 1, Rc::clone(&self.1));
                drop(aw::spawn(async move {
                    let _next = next;
                    unreachable!("the loop is closing");
                }));
            }
        }
    }
    let dropped = Rc::new(Cell::new(0));
    aw::run_on(SIM, async {
        let first = Chain(GENERATIONS, Rc::clone(&dropped));
        drop(aw::spawn(async move {
            let _first = first;
            pending::<()>().await;
        }));
        aw::yield_now().await;
    });
    assert_eq!(dropped.get(), GENERATIONS + 1);
}

/// Fault 30: a spawner says that it cannot, and drops the future on the spot, once and unpolled: while its loop closes, where nothing runs,
/// inside another lane's loop and inside a later one.
#[test]
fn a_spawner_refuses_what_its_loop_cannot_run() {
    let trace = Trace::default();
    let refuse = {
        let trace = trace.clone();
        move |spawner: &aw::Spawner, place: &'static str| {
            let captured = trace.on_drop(place);
            let refused = spawner.spawn_local(async move {
                let _captured = captured;
                unreachable!("its loop is gone");
            });
            trace.note("refused");
            assert!(refused.unwrap_err().is_shutdown());
            assert!(spawner.status_local().is_err());
        }
    };
    let spawner = aw::run_on(SIM, async {
        let spawner = aw::spawner();
        let last = Defer({
            let (refuse, spawner) = (refuse.clone(), spawner.clone());
            move || refuse(&spawner, "closing")
        });
        drop(aw::spawn(async move {
            let _last = last;
            pending::<()>().await;
        }));
        aw::yield_now().await;
        spawner
    });
    refuse(&spawner, "nothing runs");
    g::run_on(SIM, async |_: &Co| refuse(&spawner, "another lane's"));
    aw::run_on(SIM, async { refuse(&spawner, "a later one") });
    let places = ["closing", "nothing runs", "another lane's", "a later one"];
    assert_eq!(
        trace.take(),
        Vec::from_iter(places.iter().flat_map(|place| [place, "refused"]))
    );
}

/// Fault 31: what needs a loop says so where none runs: before the first, after the last, after one that panicked, and on another thread
/// while one runs here. A lazy future names the line that made it, and what was to be spawned is dropped. (That the other panics point at
/// the caller's line is in `messages.rs`.)
#[test]
fn what_needs_a_loop_says_so_where_none_runs() {
    type Group = aw::TaskGroup<(), JoinError>;
    fn refused<T>(call: impl FnOnce() -> T) -> String {
        let panic = catch_unwind(AssertUnwindSafe(call)).map(drop).unwrap_err();
        match panic.downcast::<String>() {
            Ok(text) => *text,
            Err(panic) => (*panic.downcast::<&str>().unwrap()).to_owned(),
        }
    }
    fn check() {
        let dropped = Trace::default();
        let captured = || {
            let captured = dropped.on_drop("dropped");
            async move { drop(captured) }
        };
        let ok = || {
            let captured = captured();
            async {
                captured.await;
                Ok(())
            }
        };
        let calls = [
            ("`spawn`", refused(|| aw::spawn(captured()))),
            ("`spawn`", refused(|| aw::spawn_named("name", captured()))),
            ("`spawn`", refused(|| Group::new().spawn(ok()))),
            ("`spawner`", refused(aw::spawner)),
            ("`now`", refused(aw::now)),
            ("`current`", refused(aw::current)),
        ];
        for (what, message) in calls {
            let said = message.strip_prefix(&format!("{what} was called where no "));
            assert!(
                said.is_some_and(|said| said.contains("call it inside their `run`")),
                "{message}"
            );
        }
        assert_eq!(dropped.take(), ["dropped"; 3]);
        macro_rules! lazy {
            ($what:literal, $future:expr) => {
                ($what, line!(), refused(|| block_on($future)))
            };
        }
        let lazy = [
            lazy!("sleep", aw::sleep(SECOND)),
            lazy!("sleep", aw::sleep_until(SECOND)),
            lazy!("timeout", aw::timeout(SECOND, captured())),
            lazy!("timeout", sm::timeout(SECOND, captured())),
        ];
        for (what, line, message) in lazy {
            let made_at = format!("the `{what}` made at {}:{line}:", file!());
            assert!(message.starts_with(&made_at), "{message}");
            assert!(message.contains("was polled where no loop of"), "{message}");
        }
        assert_eq!(dropped.take(), ["dropped"; 2]);
    }
    check();
    aw::run_on(SIM, async { thread::spawn(check).join().unwrap() });
    check();
    let panic = catch_unwind(|| aw::run_on(SIM, async { panic!("on purpose") }));
    assert!(panic.is_err());
    check();
}
