//! Event, semaphore, mutex.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;

use futures::future::{Either, select};

use crate::lanes::{Trace, in_every_lane};
use crate::{SIM, ms};

in_every_lane! {
    fn an_event_wakes_all_who_wait_and_they_do_not_look_again() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let event = Event::new();
            let waiters: Vec<_> = ["a", "b"]
                .map(|name| {
                    let (event, trace) = (event.clone(), trace.clone());
                    spawn(co, async move |co: &Co| {
                        wait(co, &event).await;
                        trace.note(name);
                    })
                })
                .into();
            yield_now(co).await;
            event.set();
            event.clear();
            assert!(!event.is_set());
            gather(co, waiters).await.unwrap();
            assert!(timeout(co, ms(5), wait(co, &event)).await.is_err());
        });
        assert_eq!(trace.take(), ["a", "b"]);
    }

    fn permits_are_given_in_the_order_of_arrival() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let permits = Semaphore::new(2);
            let tasks: Vec<_> = (1..=5)
                .map(|i| {
                    let (permits, trace) = (permits.clone(), trace.clone());
                    spawn(co, async move |co: &Co| {
                        let _permit = acquire(co, &permits).await;
                        trace.note(format!("{i} at {:?}", now(co)));
                        sleep(co, ms(10)).await;
                    })
                })
                .collect();
            gather(co, tasks).await.unwrap();
            assert_eq!(permits.available_permits(), 2);
        });
        assert_eq!(
            trace.take(),
            ["1 at 0ns", "2 at 0ns", "3 at 10ms", "4 at 10ms", "5 at 20ms"]
        );
    }

    /// While a permit is on its way to somebody, a newcomer stands in line even if another is free.
    fn nobody_overtakes_a_permit_on_its_way() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let permits = Semaphore::new(0);
            let task = |name: &'static str| {
                let (permits, trace) = (permits.clone(), trace.clone());
                spawn(co, async move |co: &Co| {
                    acquire(co, &permits).await.forget();
                    trace.note(name);
                })
            };
            let first = task("first");
            yield_now(co).await;
            permits.release(); // on its way to the first
            permits.release(); // free
            assert!(permits.try_acquire().is_none());
            let newcomer = task("newcomer");
            join(co, &newcomer).await.unwrap();
            assert!(first.is_finished());
            assert_eq!(permits.available_permits(), 0);
        });
        assert_eq!(trace.take(), ["first", "newcomer"]);
    }

    /// Fault 74: a permit that is on its way to one who is dropped goes to the next.
    fn a_handed_permit_is_passed_on() {
        run_on(SIM, async |co: &Co| {
            let permits = Semaphore::new(0);
            let tasks = [1, 2].map(|i| {
                let permits = permits.clone();
                spawn(co, async move |co: &Co| {
                    acquire(co, &permits).await.forget();
                    i
                })
            });
            yield_now(co).await;
            permits.release();
            tasks[0].cancel();
            assert_eq!(join(co, &tasks[1]).await.unwrap(), 2);
            assert_eq!(permits.available_permits(), 0);
        });
    }

    fn a_permit_that_nobody_waits_for_comes_back() {
        run_on(SIM, async |co: &Co| {
            let permits = Semaphore::new(0);
            let task = spawn(co, {
                let permits = permits.clone();
                async move |co: &Co| acquire(co, &permits).await.forget()
            });
            yield_now(co).await;
            permits.release();
            task.cancel();
            finished(co, &task).await;
            assert_eq!(permits.available_permits(), 1);
            assert!(permits.try_acquire().is_some());
            permits.try_acquire().unwrap().forget();
            assert_eq!(permits.available_permits(), 0);
        });
    }

    fn a_mutex_keeps_its_value_across_waits() {
        run_on(SIM, async |co: &Co| {
            let counter = Mutex::new(0);
            let tasks: Vec<_> = (0..10)
                .map(|_| {
                    let counter = counter.clone();
                    spawn(co, async move |co: &Co| {
                        let mut guard = lock(co, &counter).await;
                        let before = *guard;
                        yield_now(co).await;
                        *guard = before + 1;
                    })
                })
                .collect();
            gather(co, tasks).await.unwrap();
            assert_eq!(*lock(co, &counter).await, 10);
        });
    }

    /// Fault 74: the holder and the heir are cancelled, and the next has the lock.
    fn a_lock_is_handed_on_when_its_holder_or_its_heir_is_cancelled() {
        run_on(SIM, async |co: &Co| {
            let mutex = Mutex::new("value");
            let task = |delay| {
                let mutex = mutex.clone();
                spawn(co, async move |co: &Co| {
                    let guard = lock(co, &mutex).await;
                    sleep(co, ms(delay)).await;
                    *guard
                })
            };
            let (holder, heir, last) = (task(1000), task(1000), task(1));
            yield_now(co).await;
            assert!(mutex.is_locked() && mutex.try_lock().is_none());
            holder.cancel();
            heir.cancel();
            assert_eq!(join(co, &last).await.unwrap(), "value");
            assert_eq!(now(co), ms(1));
            assert!(!mutex.is_locked() && mutex.try_lock().is_some());
        });
    }

    /// Whoever is called and, at its turn, goes another way, hands on what it was called for.
    fn a_permit_that_comes_too_late_goes_to_the_next() {
        run_on(SIM, async |co: &Co| {
            let (permits, enough) = (Semaphore::new(0), Rc::new(Cell::new(false)));
            let goes_another_way = spawn(co, {
                let (permits, enough) = (permits.clone(), Rc::clone(&enough));
                async move |co: &Co| {
                    let enough = poll_fn(|_| match enough.get() {
                        true => Poll::Ready(()),
                        false => Poll::Pending,
                    });
                    matches!(select(enough, Box::pin(acquire(co, &permits))).await, Either::Left(_))
                }
            });
            let next = spawn(co, {
                let permits = permits.clone();
                async move |co: &Co| drop(acquire(co, &permits).await)
            });
            yield_now(co).await;
            enough.set(true);
            permits.release();
            assert!(join(co, &goes_another_way).await.unwrap());
            join(co, &next).await.unwrap();
            assert_eq!(permits.available_permits(), 1);
        });
    }
}
