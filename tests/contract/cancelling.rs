//! Cancelling is a request; the task is dropped at its turn.

use std::cell::RefCell;
use std::rc::Rc;

use yield_to_await::JoinError;

use crate::lanes::{Defer, Trace, in_every_lane};
use crate::{SIM, ms};

in_every_lane! {
    /// Fault 44: it is dropped at its first turn, once.
    fn before_its_first_turn_a_task_never_runs() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let captured = trace.on_drop("captured value dropped");
            let task = spawn(co, {
                let trace = trace.clone();
                async move |_: &Co| {
                    let _captured = captured;
                    trace.note("ran");
                }
            });
            assert!(task.cancel());
            trace.note("cancel returned");
            assert!(matches!(join(co, &task).await, Err(JoinError::Cancelled)));
        });
        assert_eq!(trace.take(), ["cancel returned", "captured value dropped"]);
    }

    /// Fault 43: within one turn of the loop, whatever it waits for.
    fn while_it_waits_a_task_is_dropped_at_its_turn_and_not_at_once() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let noisy = trace.clone();
            let task = spawn(co, async move |co: &Co| {
                let _inner = noisy.on_drop("task dropped");
                sleep(co, ms(1000)).await;
            });
            yield_now(co).await;
            assert!(task.cancel());
            trace.note("requested");
            assert!(!task.is_finished());
            yield_now(co).await;
            assert!(task.is_finished());
            assert_eq!(now(co), ms(0), "the sleep was not waited for");
            assert!(matches!(join(co, &task).await, Err(JoinError::Cancelled)));
        });
        assert_eq!(trace.take(), ["requested", "task dropped"]);
    }

    /// Fault 46: also when the outcome has been taken.
    fn after_the_end_it_is_refused_and_the_value_stays() {
        run_on(SIM, async |co: &Co| {
            let task = spawn(co, async |_: &Co| 7);
            finished(co, &task).await;
            assert!(!task.cancel());
            assert_eq!(join(co, &task).await.unwrap(), 7);
            assert!(!task.cancel());
        });
    }

    /// Fault 46: the second request changes nothing.
    fn twice_is_once() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let noisy = trace.clone();
            let task = spawn(co, async move |co: &Co| {
                let _inner = noisy.on_drop("task dropped");
                sleep(co, ms(1000)).await;
            });
            yield_now(co).await;
            assert!(task.cancel());
            assert!(task.cancel());
            assert!(matches!(join(co, &task).await, Err(JoinError::Cancelled)));
        });
        assert_eq!(trace.take(), ["task dropped"]);
    }

    /// Fault 45: the future that is being polled is not dropped under its own feet.
    fn oneself_and_then_waiting_drops_the_task_at_that_wait() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let own = Rc::new(RefCell::new(None::<JoinHandle<()>>));
            let task = spawn(co, {
                let (own, trace) = (Rc::clone(&own), trace.clone());
                async move |co: &Co| {
                    let _inner = trace.on_drop("dropped");
                    assert!(own.borrow().as_ref().unwrap().cancel());
                    trace.note("still running");
                    yield_now(co).await;
                    trace.note("never reached");
                }
            });
            own.replace(Some(task.clone()));
            assert!(matches!(join(co, &task).await, Err(JoinError::Cancelled)));
            own.take();
        });
        assert_eq!(trace.take(), ["still running", "dropped"]);
    }

    /// Fault 45: a value that is there wins over the request.
    fn oneself_and_then_ending_keeps_the_value() {
        run_on(SIM, async |co: &Co| {
            let own = Rc::new(RefCell::new(None::<JoinHandle<i32>>));
            let task = spawn(co, {
                let own = Rc::clone(&own);
                async move |_: &Co| {
                    assert!(own.borrow().as_ref().unwrap().cancel());
                    7
                }
            });
            own.replace(Some(task.clone()));
            assert_eq!(join(co, &task).await.unwrap(), 7);
            own.take();
        });
    }

    /// The request does not jump the queue, and it holds even if the wait is over by then.
    fn a_task_whose_wait_is_over_is_dropped_all_the_same() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let event = Event::new();
            let task = spawn(co, {
                let (event, trace) = (event.clone(), trace.clone());
                async move |co: &Co| {
                    wait(co, &event).await;
                    trace.note("never reached");
                }
            });
            yield_now(co).await;
            event.set();
            assert!(task.cancel());
            assert!(matches!(join(co, &task).await, Err(JoinError::Cancelled)));
        });
        assert!(trace.take().is_empty());
    }

    /// Fault 48: dropping a handle cancels nothing.
    fn a_dropped_handle_detaches() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let noisy = trace.clone();
            drop(spawn(co, async move |co: &Co| {
                yield_now(co).await;
                noisy.note("ran to its end");
            }));
            sleep(co, ms(1)).await;
        });
        assert_eq!(trace.take(), ["ran to its end"]);
    }

    /// Dropping one who waits for a task does nothing to the task, and leaves the line.
    fn a_dropped_join_leaves_the_task_alone() {
        run_on(SIM, async |co: &Co| {
            let task = spawn(co, async |co: &Co| {
                sleep(co, ms(10)).await;
                7
            });
            assert!(timeout(co, ms(5), join(co, &task)).await.is_err());
            assert!(!task.is_finished());
            assert_eq!(join(co, &task).await.unwrap(), 7);
            assert_eq!(now(co), ms(10));
        });
    }

    /// Faults 42 and 50: a destructor that cancels and wakes, at the turn of its task.
    fn destructors_may_cancel_and_wake() {
        run_on(SIM, async |co: &Co| {
            let (event, bystander) = (Event::new(), spawn(co, async |co: &Co| sleep(co, ms(99)).await));
            let meddler = Defer({
                let (event, bystander) = (event.clone(), bystander.clone());
                move || {
                    event.set();
                    assert!(bystander.cancel());
                }
            });
            let task = spawn(co, async move |co: &Co| {
                let _meddler = meddler;
                sleep(co, ms(50)).await;
            });
            yield_now(co).await;
            task.cancel();
            wait(co, &event).await;
            assert!(matches!(join(co, &bystander).await, Err(JoinError::Cancelled)));
            assert_eq!(now(co), ms(0));
        });
    }

    /// Fault 22: a task is cancelled and its destructor panics: that is in its handle, and the others go on.
    fn a_panic_in_a_destructor_stays_in_the_handle() {
        struct Bomb;
        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("in a destructor");
            }
        }
        run_on(SIM, async |co: &Co| {
            let task = spawn(co, async |co: &Co| {
                let _bomb = Bomb;
                sleep(co, ms(50)).await;
            });
            let other = spawn(co, async |co: &Co| {
                yield_now(co).await;
                7
            });
            yield_now(co).await;
            task.cancel();
            let error = join(co, &task).await.unwrap_err();
            assert_eq!(error.to_string(), "the task panicked: in a destructor");
            assert_eq!(join(co, &other).await.unwrap(), 7);
        });
    }
}
