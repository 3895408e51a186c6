//! Observers that panic, and runs that panic under an observer.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use yield_to_await::{Setup, async_await as aw};

use crate::lanes::{Defer, Trace, in_every_lane};
use crate::{SIM, ms, panic_of, record, waits_of};

/// An observer that panics at the event of this number, and how many it has heard.
fn fragile(panics_at: u64) -> (Arc<AtomicU64>, Setup) {
    let heard = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&heard);
    let setup = Setup::new().clock(SIM).observe(move |_| {
        let number = count.fetch_add(1, Ordering::Relaxed) + 1;
        if number == panics_at {
            panic!("observed enough");
        }
    });
    (heard, setup)
}

in_every_lane! {
    /// Wherever it panics, the program goes on to its end, and then the panic comes out. It is told no more.
    fn at_any_event() {
        let program = |trace: &Trace, setup: Setup| run_with(setup, async |co: &Co| {
            let kept = trace.on_drop("main dropped");
            let task = spawn(co, {
                let trace = trace.clone();
                async move |co: &Co| {
                    let _kept = trace.on_drop("task dropped");
                    sleep(co, ms(1)).await;
                    trace.note("task");
                }
            });
            let left = trace.on_drop("left dropped");
            drop(spawn(co, async move |co: &Co| {
                let _left = left;
                wait(co, &Event::new()).await;
            }));
            join(co, &task).await.unwrap();
            trace.note("main");
            drop(kept);
        });
        let (heard, setup) = fragile(0);
        program(&Trace::default(), setup).outcome.unwrap();
        let all = heard.load(Ordering::Relaxed);
        assert!(all > 10);
        for at in 1..=all {
            let (heard, setup) = fragile(at);
            let trace = Trace::default();
            assert_eq!(panic_of(|| program(&trace, setup)), "observed enough", "at event {at}");
            assert_eq!(heard.load(Ordering::Relaxed), at);
            assert_eq!(trace.take(), ["task", "task dropped", "main", "main dropped", "left dropped"], "at event {at}");
        }
    }

    /// The root's panic is what comes out, wherever the observer's was.
    fn with_a_root_that_panics() {
        for at in 1..=4 {
            let (heard, setup) = fragile(at);
            let panic = panic_of(|| run_with(setup, async |co: &Co| {
                yield_now(co).await;
                panic!("on purpose");
            }));
            assert_eq!(panic, "on purpose", "at event {at}");
            assert_eq!(heard.load(Ordering::Relaxed), at);
        }
    }

    fn with_a_task_that_panics() {
        let (_, setup) = fragile(3);
        let panic = panic_of(|| run_with(setup, async |co: &Co| {
            let task = spawn(co, async |_: &Co| panic!("on purpose"));
            assert_eq!(join(co, &task).await.unwrap_err().to_string(), "the task panicked: on purpose");
        }));
        assert_eq!(panic, "observed enough");
    }

    fn with_a_program_that_is_stuck() {
        let (_, setup) = fragile(3);
        let panic = panic_of(|| run_with(setup, async |co: &Co| wait(co, &Event::new()).await));
        assert_eq!(panic, "observed enough");
    }

    /// What the root has returned is dropped before the panic goes on.
    fn with_a_value_that_nobody_gets() {
        let trace = Trace::default();
        let (_, setup) = fragile(1);
        let value = trace.on_drop("the value");
        let panic = panic_of(|| run_with(setup, async move |_: &Co| value));
        assert_eq!((panic.as_str(), trace.take()), ("observed enough", vec!["the value".to_owned()]));
    }

    /// It is foreign code like any other: its panic is one of a run, and the next run has none.
    fn and_the_next_run() {
        let (heard, setup) = fragile(2);
        let again = setup.clone();
        assert_eq!(panic_of(|| run_with(setup, async |_: &Co| ())), "observed enough");
        // The same observer, which has panicked once, is told of the next run.
        run_with(again, async |co: &Co| yield_now(co).await).outcome.unwrap();
        assert_eq!(heard.load(Ordering::Relaxed), 2 + 5);
        assert_eq!(run_on(SIM, async |_: &Co| 5), 5);
    }

    /// A destructor that panics at the end of the run comes first: it was in the program.
    fn with_destructors_that_panic() {
        let (_, setup) = fragile(2);
        let panic = panic_of(|| run_with(setup, async |co: &Co| {
            drop(spawn(co, async |co: &Co| {
                let _last = Defer(|| panic!("of a destructor"));
                wait(co, &Event::new()).await;
            }));
            yield_now(co).await;
        }));
        assert_eq!(panic, "of a destructor");
    }

    /// A payload whose destructor panics harms nobody, thrown away because the root's panic goes before.
    fn a_payload_that_panics() {
        struct Payload;
        impl Drop for Payload {
            fn drop(&mut self) {
                if !std::thread::panicking() {
                    panic!("of a payload");
                }
            }
        }
        let mut first = true;
        let setup = Setup::new().clock(SIM).observe(move |_| {
            if std::mem::take(&mut first) {
                std::panic::panic_any(Payload);
            }
        });
        let panic = panic_of(|| run_with(setup, async |_: &Co| panic!("on purpose")));
        assert_eq!(panic, "on purpose");
        assert_eq!(run_on(SIM, async |_: &Co| 5), 5);
    }

    /// Both can be asked for.
    fn with_slow_steps_measured() {
        if cfg!(miri) {
            return; // every turn is slow
        }
        let (_, setup) = fragile(0);
        let report = run_with(setup.slow_step(ms(20)), async |co: &Co| {
            std::thread::sleep(ms(21));
            yield_now(co).await;
        });
        assert_eq!(report.exit.slow_steps[0].step(), 1);
    }
}

/// What was noted for an observer that has panicked is of no use to the next.
#[test]
fn nothing_is_left_for_the_next_observer() {
    let program = |setup| {
        aw::run_with(setup, async {
            let task = aw::spawn(aw::sleep(ms(1)));
            task.await.unwrap();
        })
    };
    // The fourth event is that the root is suspended.
    let (_, setup) = fragile(4);
    assert_eq!(panic_of(|| program(setup)), "observed enough");
    let recording = record(program);
    assert_eq!(waits_of(&recording, "main"), ["the end of task 1"]);
}
