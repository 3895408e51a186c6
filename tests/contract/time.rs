//! Sleeping and time limits.

use std::time::Duration;

use crate::lanes::{Trace, in_every_lane};
use crate::{SIM, ms};
use yield_to_await::{Clock, Setup};

in_every_lane! {
    /// Fault 59: different ones by deadline.
    fn equal_deadlines_fire_in_the_order_in_which_they_were_armed() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let tasks: Vec<_> = [30, 10, 20, 10, 30, 20]
                .into_iter()
                .enumerate()
                .map(|(i, delay)| {
                    let trace = trace.clone();
                    spawn(co, async move |co: &Co| {
                        sleep(co, ms(delay)).await;
                        trace.note(format!("{delay}:{i}"));
                    })
                })
                .collect();
            gather(co, tasks).await.unwrap();
        });
        assert_eq!(trace.take(), ["10:1", "10:3", "20:2", "20:5", "30:0", "30:4"]);
    }

    /// Faults 57 and 58: a step each, and no time.
    fn zero_is_the_next_turn_and_so_is_the_past() {
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            sleep(co, Duration::ZERO).await;
            sleep_until(co, ms(0)).await;
            sleep(co, ms(5)).await;
            sleep_until(co, ms(3)).await;
            sleep_until(co, ms(8)).await;
        });
        assert_eq!((report.counts.steps, report.elapsed), (6, ms(8)));
    }

    /// Fault 55: the others go on.
    fn never_does_not_come_and_does_not_overflow() {
        run_on(SIM, async |co: &Co| {
            sleep(co, ms(1)).await;
            let never = spawn(co, async |co: &Co| sleep(co, Duration::MAX).await);
            let almost = spawn(co, async |co: &Co| sleep_until(co, Duration::MAX).await);
            let in_time = timeout(co, Duration::MAX, sleep(co, ms(4))).await;
            assert!(in_time.is_ok());
            assert_eq!(now(co), ms(5));
            assert!(!never.is_finished() && !almost.is_finished());
        });
    }

    /// Fault 61: also with a limit of nothing.
    fn a_value_at_the_very_deadline_wins() {
        run_on(SIM, async |co: &Co| {
            let body = async {
                sleep(co, ms(5)).await;
                7
            };
            assert_eq!(timeout(co, ms(5), body).await, Ok(7));
            assert_eq!(timeout(co, ms(0), async { 8 }).await, Ok(8));
        });
    }

    /// Fault 62: nothing of the loser is alive when the caller goes on.
    fn a_limit_drops_its_body_before_it_answers() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let body = async {
                let _local = trace.on_drop("body dropped");
                sleep(co, ms(50)).await;
            };
            let error = timeout(co, ms(5), body).await.unwrap_err();
            trace.note("answered");
            assert_eq!(error.limit(), ms(5));
            assert_eq!(error.to_string(), "the time limit of 5ms has passed");
            assert_eq!(now(co), ms(5));
        });
        assert_eq!(trace.take(), ["body dropped", "answered"]);
    }

    /// Fault 62: the inner limit is looked at first; the outer one then refuses the next wait.
    fn nested_limits_with_the_same_deadline() {
        let trace = Trace::default();
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            let outer = timeout(co, ms(5), async {
                let inner = timeout(co, ms(5), sleep(co, ms(50))).await;
                trace.note(format!("inner {}", inner.is_err()));
                yield_now(co).await;
                trace.note("never reached");
            });
            trace.note(format!("outer {}", outer.await.is_err()));
        });
        assert_eq!(trace.take(), ["inner true", "outer true"]);
        assert_eq!(report.counts.steps, 2, "the refused yield leaves no place in the queue");
    }

    /// Fault 62: each reports its own limit.
    fn an_outer_limit_that_is_shorter_takes_the_inner_one_along() {
        run_on(SIM, async |co: &Co| {
            let inner = timeout(co, ms(50), sleep(co, ms(70)));
            assert_eq!(timeout(co, ms(5), inner).await.unwrap_err().limit(), ms(5));
            let inner = timeout(co, ms(5), sleep(co, ms(70)));
            let inner = timeout(co, ms(50), inner).await.unwrap();
            assert_eq!(inner.unwrap_err().limit(), ms(5));
            assert_eq!(now(co), ms(10));
        });
    }

    /// Fault 63: a disarmed timer neither fires nor moves the clock.
    fn a_limit_that_is_not_needed_moves_nothing() {
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            for _ in 0..100 {
                timeout(co, ms(1000), sleep(co, ms(1))).await.unwrap();
            }
            let dropped = timeout(co, ms(3), sleep(co, ms(900))).await;
            assert!(dropped.is_err());
        });
        assert_eq!(report.elapsed, ms(103));
    }

    fn the_body_of_a_limit_may_borrow() {
        run_on(SIM, async |co: &Co| {
            let mut count = 0;
            let body = async {
                for _ in 0..3 {
                    sleep(co, ms(1)).await;
                    count += 1;
                }
            };
            timeout(co, ms(10), body).await.unwrap();
            assert_eq!(count, 3);
        });
    }

    /// Faults 59 and 60: on the real clock nothing fires early, and a task that never stops yielding starves no timer.
    fn the_real_clock_is_never_early() {
        run_on(Clock::Real, async |co: &Co| {
            drop(spawn(co, async |co: &Co| loop {
                yield_now(co).await;
            }));
            let before = std::time::Instant::now();
            sleep(co, ms(3)).await;
            assert!(before.elapsed() >= ms(3));
            assert!(now(co) >= ms(3));
        });
    }

    fn the_real_clock_sleeps_when_nothing_is_ready() {
        let report = run_with(Setup::new(), async |co: &Co| {
            let other = spawn(co, async |co: &Co| sleep(co, ms(2)).await);
            sleep(co, ms(4)).await;
            join(co, &other).await.unwrap();
        });
        // Five if the machine is so slow that the second timer is armed when the first is due.
        assert!(report.counts.steps <= 5, "nobody is polled for nothing");
        assert!(report.elapsed >= ms(4));
    }
}
