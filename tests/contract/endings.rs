//! How tasks and runs end: outcomes, panics, what is left at the end.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

use yield_to_await::JoinError;

use crate::lanes::{Defer, Trace, in_every_lane};
use crate::{SIM, ms};

fn panic_text(panic: Box<dyn std::any::Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().unwrap()).to_owned(),
    }
}

in_every_lane! {
    /// Fault 49: who asks again is told that it has been taken.
    fn an_outcome_is_taken_once_and_waited_for_by_many() {
        run_on(SIM, async |co: &Co| {
            let task = spawn(co, async |co: &Co| {
                yield_now(co).await;
                String::from("value")
            });
            let waiters: Vec<_> = (0..3)
                .map(|_| {
                    let task = task.clone();
                    spawn(co, async move |co: &Co| finished(co, &task).await)
                })
                .collect();
            gather(co, waiters).await.unwrap();
            task.peek(|outcome| assert_eq!(outcome.unwrap().as_ref().unwrap(), "value"));
            assert_eq!(join(co, &task).await.unwrap(), "value");
            assert!(matches!(join(co, &task).await, Err(JoinError::Taken)));
            assert!(task.peek(|outcome| outcome.is_none()));
            finished(co, &task).await;
            assert!(task.is_finished());
        });
    }

    /// Fault 18: a panic ends its task, whose destructors run and whose handle gives the panic, and nobody else.
    fn a_panic_ends_its_task_and_nobody_else() {
        run_on(SIM, async |co: &Co| {
            let dropped = Trace::default();
            let local = dropped.clone();
            let ill = spawn(co, async move |co: &Co| {
                let _local = local.on_drop("local");
                yield_now(co).await;
                if now(co) == ms(0) {
                    panic!("on purpose");
                }
            });
            let well = spawn(co, async |co: &Co| {
                sleep(co, ms(5)).await;
                7
            });
            let error = join(co, &ill).await.unwrap_err();
            assert_eq!(error.to_string(), "the task panicked: on purpose");
            let JoinError::Panicked(panic) = error else { panic!("{error:?}") };
            assert_eq!(panic.message(), "on purpose");
            assert_eq!(panic_text(panic.into_payload()), "on purpose");
            assert_eq!(dropped.take(), ["local"]);
            assert_eq!(join(co, &well).await.unwrap(), 7);
        });
    }

    /// Fault 25: the panic of the root reaches the caller after everything is dropped, and the loop can be run again.
    fn a_panic_of_the_root_reaches_the_caller() {
        let trace = Trace::default();
        let run = catch_unwind(AssertUnwindSafe(|| {
            run_on(SIM, async |co: &Co| {
                let noisy = trace.clone();
                drop(spawn(co, async move |co: &Co| {
                    let _local = noisy.on_drop("task dropped");
                    sleep(co, ms(50)).await;
                }));
                let _local = trace.on_drop("root dropped");
                yield_now(co).await;
                if now(co) == ms(0) {
                    panic!("the root");
                }
            });
        }));
        trace.note("caller");
        assert_eq!(panic_text(run.unwrap_err()), "the root");
        assert_eq!(trace.take(), ["root dropped", "task dropped", "caller"]);
        assert_eq!(run_on(SIM, async |_: &Co| 7), 7);
    }

    /// Faults 35 and 53: the order of spawning, not that of places in the table.
    fn what_is_left_is_dropped_oldest_first_and_its_handles_say_cancelled() {
        let trace = Trace::default();
        let handles = run_on(SIM, async |co: &Co| {
            // A slot that is free again is used by the youngest: slot order is not spawn order.
            let short = spawn(co, async |_: &Co| ());
            let mut handles = Vec::new();
            for i in 1..=2 {
                handles.push(spawn(co, {
                    let trace = trace.clone();
                    async move |co: &Co| {
                        let _local = trace.on_drop(i);
                        sleep(co, ms(50)).await;
                    }
                }));
            }
            join(co, &short).await.unwrap();
            drop(short); // so that its place in the table is free
            for i in 3..=4 {
                handles.push(spawn(co, {
                    let trace = trace.clone();
                    async move |co: &Co| {
                        let _local = trace.on_drop(i);
                        sleep(co, ms(50)).await;
                    }
                }));
            }
            yield_now(co).await;
            handles
        });
        assert_eq!(trace.take(), ["1", "2", "3", "4"]);
        run_on(SIM, async |co: &Co| {
            for handle in &handles {
                assert!(handle.is_finished());
                assert!(!handle.cancel());
                assert!(matches!(join(co, handle).await, Err(JoinError::Cancelled)));
            }
        });
    }

    /// Fault 28: destructors at the end find the loop still there: they may wake, cancel and spawn, but nothing is polled any more.
    fn a_destructor_at_the_end_may_spawn_but_nothing_runs() {
        let trace = Trace::default();
        let refused = Rc::new(RefCell::new(None::<JoinHandle<()>>));
        run_on(SIM, async |co: &Co| {
            let (event, waiting) = (Event::new(), trace.clone());
            let waiter = spawn(co, {
                let event = event.clone();
                async move |co: &Co| {
                    wait(co, &event).await;
                    waiting.note("never reached");
                }
            });
            let (noisy, refused) = (trace.clone(), Rc::clone(&refused));
            drop(spawn(co, async move |co: &Co| {
                let _last = Defer(|| {
                    event.set();
                    waiter.cancel();
                    let captured = noisy.on_drop("refused unstarted");
                    let task = spawn(co, async move |_: &Co| {
                        let _captured = captured;
                        unreachable!("the loop is closing");
                    });
                    refused.replace(Some(task));
                    noisy.note("destructor ran");
                });
                sleep(co, ms(50)).await;
            }));
            yield_now(co).await;
        });
        assert_eq!(trace.take(), ["destructor ran", "refused unstarted"]);
        let refused = refused.take().unwrap();
        assert!(refused.is_finished());
        let error = run_on(SIM, async |co: &Co| join(co, &refused).await).unwrap_err();
        assert!(matches!(error, JoinError::LoopEnded), "{error}");
    }

    /// Fault 23: three destructors panic at the end: all of them have run when the first panic reaches the caller.
    fn the_first_panic_of_a_destructor_at_the_end_reaches_the_caller() {
        struct Bomb(u8, Trace);
        impl Drop for Bomb {
            fn drop(&mut self) {
                self.1.note(self.0);
                panic!("bomb {}", self.0);
            }
        }
        let trace = Trace::default();
        let run = catch_unwind(AssertUnwindSafe(|| {
            run_on(SIM, async |co: &Co| {
                for i in 1..=3 {
                    let bomb = Bomb(i, trace.clone());
                    drop(spawn(co, async move |co: &Co| {
                        let _bomb = bomb;
                        sleep(co, ms(50)).await;
                    }));
                }
                yield_now(co).await;
            });
        }));
        assert_eq!(panic_text(run.unwrap_err()), "bomb 1");
        assert_eq!(trace.take(), ["1", "2", "3"]);
        assert_eq!(run_on(SIM, async |_: &Co| 7), 7);
    }

    /// Fault 52: at once, and in words.
    fn a_task_that_joins_itself_is_told_so() {
        run_on(SIM, async |co: &Co| {
            let own = Rc::new(RefCell::new(None::<JoinHandle<String>>));
            let task = spawn(co, {
                let own = Rc::clone(&own);
                async move |co: &Co| {
                    let own = own.take().unwrap();
                    let error = join(co, &own).await.unwrap_err();
                    assert!(matches!(error, JoinError::OwnHandle));
                    error.to_string()
                }
            });
            own.replace(Some(task.clone()));
            let message = join(co, &task).await.unwrap();
            assert!(message.contains("cannot await its own handle"), "{message}");
        });
    }

    /// Fault 53: whatever runs on the thread meanwhile, and whichever slot of the table it takes.
    fn a_handle_outlives_its_run_with_the_outcome() {
        let kept: Vec<_> = run_on(SIM, async |co: &Co| {
            let tasks: Vec<_> = (0..5).map(|i| spawn(co, async move |_: &Co| i)).collect();
            finished(co, &tasks[4]).await;
            tasks
        });
        let looked = run_on(SIM, async |co: &Co| {
            let others: Vec<_> = (10..20).map(|i| spawn(co, async move |_: &Co| i)).collect();
            let looked = kept[1].peek(|outcome| matches!(outcome, Some(Ok(1))));
            assert_eq!(gather(co, others).await.unwrap(), Vec::from_iter(10..20));
            looked
        });
        assert!(looked);
        assert!(kept.iter().all(|task| task.is_finished() && !task.cancel()));
        let sum: i32 = run_on(SIM, async |co: &Co| gather(co, kept).await.unwrap().into_iter().sum());
        assert_eq!(10, sum);
    }

    fn a_name_goes_with_its_task() {
        run_on(SIM, async |co: &Co| {
            let old = spawn_named(co, "old", async |_: &Co| ());
            join(co, &old).await.unwrap();
        });
        let name = run_on(SIM, async |co: &Co| {
            let task = spawn(co, async |co: &Co| current(co).name().map(str::to_owned));
            join(co, &task).await.unwrap()
        });
        assert_eq!(name, None);
    }

    /// Fault 48: with the last handle, not with the loop.
    fn an_outcome_that_nobody_can_ask_for_is_dropped_at_once() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let noisy = trace.clone();
            let value = Defer(move || noisy.note("dropped"));
            let (task, other) = {
                let task = spawn(co, async move |_: &Co| value);
                (task.clone(), task)
            };
            yield_now(co).await;
            drop(task);
            trace.note("one handle left");
            drop(other);
            trace.note("none left");
        });
        assert_eq!(trace.take(), ["one handle left", "dropped", "none left"]);
    }

    fn main_may_borrow() {
        let (text, mut seen) = (String::from("borrowed"), Vec::new());
        run_on(SIM, async |co: &Co| {
            yield_now(co).await;
            seen.push(text.as_str());
        });
        assert_eq!(seen, ["borrowed"]);
    }

    /// Fault 32: a loop inside a loop is refused, whichever lanes they are of, and the outer one goes on.
    fn a_nested_run_is_refused() {
        run_on(SIM, async |co: &Co| {
            let inner: [fn(); 3] = [
                || yield_to_await::generators::run(async |_: &yield_to_await::generators::Co| ()),
                || yield_to_await::state_machines::run(std::future::ready(())),
                || yield_to_await::async_await::run(async {}),
            ];
            for inner in inner {
                let message = panic_text(catch_unwind(inner).unwrap_err());
                assert!(message.starts_with("`run` was called inside a task"), "{message}");
                assert!(message.contains("runs on this thread already"), "{message}");
                yield_now(co).await;
            }
        });
    }

    /// Fault 34: things of one run do not disturb the next.
    fn leftovers_of_one_run_do_nothing_in_the_next() {
        let (task, event) = run_on(SIM, async |co: &Co| {
            let event = Event::new();
            let task = spawn(co, {
                let event = event.clone();
                async move |co: &Co| wait(co, &event).await
            });
            yield_now(co).await;
            (task, event)
        });
        run_on(SIM, async |co: &Co| {
            let own = spawn(co, async |co: &Co| {
                sleep(co, ms(1)).await;
                7
            });
            yield_now(co).await;
            assert!(!task.cancel(), "it would be another task's slot");
            event.set();
            assert_eq!(join(co, &own).await.unwrap(), 7);
        });
    }
}
