//! A program that can make no progress is reported, and its report is the same in every lane.

use std::time::Duration;

use yield_to_await::{Clock, DeadlockKind, WaitReason};

use crate::lanes::{Trace, in_every_lane};
use crate::{SIM, ms};

in_every_lane! {
    fn a_forgotten_wake_up_is_reported_on_either_clock() {
        for clock in [Clock::Simulated, Clock::Real] {
            let trace = Trace::default();
            let deadlock = try_run_on(clock, async |co: &Co| {
                let _local = trace.on_drop("root dropped");
                let (tx, rx) = channel::<i32>(1);
                let event = Event::new();
                let noisy = trace.clone();
                drop(spawn_named(co, "sleeper", {
                    let event = event.clone();
                    async move |co: &Co| {
                        let _local = noisy.on_drop("task dropped");
                        wait(co, &event).await;
                    }
                }));
                sleep(co, ms(1)).await;
                recv(co, &rx).await;
                drop(tx);
            })
            .unwrap_err();
            assert_eq!(trace.take(), ["root dropped", "task dropped"], "oldest first");
            assert_eq!(deadlock.kind(), DeadlockKind::NobodyLeft);
            assert!(deadlock.cycle().is_empty());
            let [main, sleeper] = deadlock.waiting() else { panic!("{deadlock}") };
            assert_eq!((main.id().number(), main.name()), (0, Some("main")));
            assert_eq!(main.waits(), [WaitReason::Receive(1)]);
            assert_eq!((sleeper.id().number(), sleeper.name()), (1, Some("sleeper")));
            assert_eq!(sleeper.waits(), [WaitReason::Event(1)]);
            let place = sleeper.spawned_at();
            let report = deadlock.to_string();
            let expected = format!(
                "deadlock: every task waits, and nobody is left to wake one\n  \
                 task 0 `main`, begun at {}, waits for a value from channel 1\n  \
                 task 1 `sleeper`, spawned at {place}, waits for event 1 to be set",
                main.spawned_at(),
            );
            assert_eq!(report, expected);
            assert!(place.file().ends_with("deadlocks.rs"), "{place}");
        }
    }

    fn a_circle_of_joins_is_spelled_out() {
        use std::cell::RefCell;
        use std::rc::Rc;

        let deadlock = try_run_on(SIM, async |co: &Co| {
            let first = Rc::new(RefCell::new(None::<JoinHandle<()>>));
            let a = spawn_named(co, "a", {
                let first = Rc::clone(&first);
                async move |co: &Co| {
                    yield_now(co).await;
                    let last = first.take().unwrap();
                    finished(co, &last).await;
                }
            });
            let b = spawn_named(co, "b", {
                let a = a.clone();
                async move |co: &Co| finished(co, &a).await
            });
            let c = spawn_named(co, "c", {
                let b = b.clone();
                async move |co: &Co| finished(co, &b).await
            });
            first.replace(Some(c.clone()));
            gather(co, [a, c]).await.unwrap();
        })
        .unwrap_err();
        assert_eq!(deadlock.kind(), DeadlockKind::Cycle);
        let cycle: Vec<u64> = deadlock.cycle().iter().map(|id| id.number()).collect();
        assert_eq!(cycle, [1, 3, 2]);
        let report = deadlock.to_string();
        assert!(report.starts_with("deadlock: tasks wait for one another in a circle\n"), "{report}");
        assert!(report.ends_with("\n  the circle: task 1 -> task 3 -> task 2 -> task 1"), "{report}");
        let root = deadlock.waiting()[0].to_string();
        assert!(root.ends_with("waits for the end of task 1, the end of task 3"), "{root}");
    }

    fn waits_are_listed_from_the_inside_out() {
        let deadlock = try_run_on(SIM, async |co: &Co| {
            let (tx, _rx) = channel(1);
            tx.try_send(0).unwrap();
            let full = timeout(co, Duration::MAX, send(co, &tx, 1));
            let _ = timeout(co, Duration::MAX, full).await;
        })
        .unwrap_err();
        let never = WaitReason::Timeout(Duration::MAX);
        assert_eq!(deadlock.waiting()[0].waits(), [WaitReason::Send(1), never, never]);
    }

    fn every_primitive_has_its_words() {
        let words = |deadlock: yield_to_await::Deadlock| {
            let waits = deadlock.waiting()[0].waits();
            waits.iter().map(WaitReason::to_string).collect::<Vec<_>>().join(", ")
        };
        let semaphore = try_run_on(SIM, async |co: &Co| {
            drop(acquire(co, &Semaphore::new(0)).await);
        });
        assert_eq!(words(semaphore.unwrap_err()), "a permit of semaphore 1");
        let mutex = try_run_on(SIM, async |co: &Co| {
            let mutex = Mutex::new(());
            let _first = lock(co, &mutex).await;
            drop(lock(co, &mutex).await);
        });
        assert_eq!(words(mutex.unwrap_err()), "mutex 1");
        let sleep = try_run_on(SIM, async |co: &Co| sleep(co, Duration::MAX).await);
        assert_eq!(words(sleep.unwrap_err()), "a moment that never comes");
    }

    /// The panic of `run_on` is the report.
    fn without_try_the_report_is_a_panic() {
        let run = std::panic::catch_unwind(|| {
            run_on(SIM, async |co: &Co| wait(co, &Event::new()).await);
        });
        let report = run.unwrap_err().downcast::<String>().unwrap();
        assert!(report.starts_with("deadlock: every task waits"), "{report}");
        assert_eq!(run_on(SIM, async |_: &Co| 7), 7);
    }
}
