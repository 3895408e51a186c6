//! Who runs, and when.

use crate::lanes::{Trace, in_every_lane};
use crate::{SIM, ms};
use yield_to_await::Setup;

in_every_lane! {
    /// Calling a coroutine starts nothing; spawning it starts nothing before its turn.
    fn laziness() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let lazy = async { trace.note("never run") };
            drop(lazy);
            let task = spawn(co, {
                let trace = trace.clone();
                async move |_: &Co| trace.note("task")
            });
            trace.note("main");
            join(co, &task).await.unwrap();
        });
        assert_eq!(trace.take(), ["main", "task"]);
    }

    fn turns_are_first_in_first_out() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let tasks: Vec<_> = (1..=3)
                .map(|i| {
                    let trace = trace.clone();
                    spawn(co, async move |co: &Co| {
                        for turn in 1..=2 {
                            trace.note(format!("{i}.{turn}"));
                            yield_now(co).await;
                        }
                    })
                })
                .collect();
            gather(co, tasks).await.unwrap();
        });
        assert_eq!(trace.take(), ["1.1", "2.1", "3.1", "1.2", "2.2", "3.2"]);
    }

    /// Fault 11: a step that never suspends never gives up the turn, however many awaits are in it.
    fn an_await_that_need_not_wait_keeps_the_turn() {
        let trace = Trace::default();
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            let noisy = trace.clone();
            let other = spawn(co, async move |_: &Co| noisy.note("other"));
            let (tx, rx) = unbounded();
            let (event, permits, mutex) = (Event::new(), Semaphore::new(1), Mutex::new(0));
            event.set();
            send(co, &tx, 1).await.unwrap();
            assert_eq!(recv(co, &rx).await, Some(1));
            wait(co, &event).await;
            drop(acquire(co, &permits).await);
            drop(lock(co, &mutex).await);
            assert!(gather::<()>(co, []).await.unwrap().is_empty());
            trace.note("main");
            join(co, &other).await.unwrap();
        });
        assert_eq!(trace.take(), ["main", "other"]);
        assert_eq!(report.counts.steps, 3);
    }

    /// Fault 10: a task that wakes itself by yielding for ever starves no other task.
    fn a_task_that_never_stops_yielding_starves_nobody() {
        let turns = run_on(SIM, async |co: &Co| {
            drop(spawn(co, async |co: &Co| loop {
                yield_now(co).await;
            }));
            let mut turns = 0;
            for _ in 0..100 {
                yield_now(co).await;
                turns += 1;
            }
            turns
        });
        assert_eq!(turns, 100);
    }

    fn steps_and_spawns_are_counted() {
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            drop(spawn(co, async |co: &Co| sleep(co, ms(5)).await));
            let unlucky = spawn(co, async |_: &Co| ());
            unlucky.cancel(); // the turn that drops it is not a step
            sleep(co, ms(10)).await;
        });
        assert_eq!((report.counts.steps, report.counts.spawns), (4, 2));
        assert_eq!(report.elapsed, ms(10));
    }

    /// Names and numbers: the root is task 0 `main`, the others count as they are spawned.
    fn tasks_know_who_they_are() {
        run_on(SIM, async |co: &Co| {
            let info = current(co);
            assert_eq!((info.id().number(), info.name()), (0, Some("main")));
            let named = spawn_named(co, "worker", async |co: &Co| current(co));
            let nameless = spawn(co, async |co: &Co| current(co));
            assert_eq!((named.name(), nameless.name()), (Some("worker"), None));
            let info = join(co, &named).await.unwrap();
            assert_eq!((info.id(), info.name()), (named.id(), Some("worker")));
            assert_eq!(info.to_string(), "task 1 `worker`");
            assert!(info.spawned_at().file().ends_with("order.rs"), "{}", info.spawned_at());
            assert_eq!(join(co, &nameless).await.unwrap().id().number(), 2);
        });
    }

    /// What waits for the end of a task is woken in the order in which it began to wait.
    fn joiners_are_woken_in_the_order_in_which_they_came() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let task = spawn(co, async |co: &Co| sleep(co, ms(5)).await);
            let waiters: Vec<_> = ["a", "b", "c"]
                .map(|name| {
                    let (trace, task) = (trace.clone(), task.clone());
                    spawn(co, async move |co: &Co| {
                        finished(co, &task).await;
                        trace.note(name);
                    })
                })
                .into();
            gather(co, waiters).await.unwrap();
        });
        assert_eq!(trace.take(), ["a", "b", "c"]);
    }

    /// A destructor of a task has run when the first joiner goes on.
    fn destructors_run_before_joiners_are_woken() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let last = trace.on_drop("dropped");
            let task = spawn(co, async move |co: &Co| {
                let _last = last;
                yield_now(co).await;
            });
            join(co, &task).await.unwrap();
            trace.note("joined");
        });
        assert_eq!(trace.take(), ["dropped", "joined"]);
    }
}
