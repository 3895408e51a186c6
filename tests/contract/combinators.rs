//! `gather`, `try_gather`, `gather_all`, `as_completed`, `first_completed`.

use yield_to_await::{JoinError, Setup};

use crate::lanes::{Trace, in_every_lane};
use crate::{SIM, ms};

#[derive(Debug, PartialEq)]
struct Failed(&'static str);

impl From<JoinError> for Failed {
    fn from(error: JoinError) -> Self {
        match error {
            JoinError::Cancelled => Self("cancelled"),
            _ => Self("something else"),
        }
    }
}

in_every_lane! {
    /// Fault 66: results come in the order of the children, whatever the order of ending.
    fn gather_gives_values_in_argument_order() {
        let values = run_on(SIM, async |co: &Co| {
            let tasks = [3, 1, 2].map(|i| {
                spawn(co, async move |co: &Co| {
                    sleep(co, ms(i)).await;
                    i
                })
            });
            gather(co, tasks).await.unwrap()
        });
        assert_eq!(values, [3, 1, 2]);
    }

    /// Fault 65: waiting for nothing is over at once, in the same turn.
    fn gather_of_nothing_is_there_at_once() {
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            assert!(gather::<i32>(co, []).await.unwrap().is_empty());
            assert!(try_gather::<i32, Failed>(co, []).await.unwrap().is_empty());
            assert!(gather_all::<i32>(co, []).await.is_empty());
            assert!(next::<i32>(co, &mut as_completed(co, [])).await.is_none());
        });
        assert_eq!(report.counts.steps, 1);
    }

    /// Fault 66: the first failure in time decides, not the first in argument order; the siblings run on.
    fn the_first_failing_child_in_time_decides_and_siblings_run_on() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let fail_after = |delay, text: &'static str| {
                let trace = trace.clone();
                spawn(co, async move |co: &Co| {
                    sleep(co, ms(delay)).await;
                    trace.note(text);
                    Err::<(), _>(Failed(text))
                })
            };
            let tasks = [fail_after(20, "slow"), fail_after(10, "fast")];
            assert_eq!(try_gather(co, tasks).await, Err(Failed("fast")));
            assert_eq!(now(co), ms(10));
            sleep(co, ms(50)).await;
        });
        assert_eq!(trace.take(), ["fast", "slow"]);
    }

    /// The waiting task is woken once, by the child that decides.
    fn gather_wakes_its_parent_once() {
        let steps = |n| {
            let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
                let tasks = (0..n).map(|i| spawn(co, async move |co: &Co| sleep(co, ms(i)).await));
                gather(co, tasks).await.unwrap();
            });
            report.counts.steps
        };
        assert_eq!(steps(1), 2 + 2);
        assert_eq!(steps(40), 2 + 2 * 40);
    }

    fn a_cancelled_child_fails_a_gather_and_is_an_element_of_gather_all() {
        run_on(SIM, async |co: &Co| {
            let children = || {
                let well = spawn(co, async |co: &Co| sleep(co, ms(5)).await);
                let ill = spawn(co, async |co: &Co| sleep(co, ms(5)).await);
                ill.cancel();
                [well, ill]
            };
            assert!(matches!(gather(co, children()).await, Err(JoinError::Cancelled)));
            assert_eq!(now(co), ms(0));
            let all = gather_all(co, children()).await;
            assert!(matches!(all[..], [Ok(()), Err(JoinError::Cancelled)]));
            assert_eq!(now(co), ms(5));
        });
    }

    /// Fault 67: a dropped gather requests the cancellation of its children, in argument order.
    fn a_dropped_gather_cancels_its_children_in_argument_order() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let child = |name: &'static str| {
                let trace = trace.clone();
                spawn(co, async move |co: &Co| {
                    let _local = trace.on_drop(name);
                    sleep(co, ms(1000)).await;
                })
            };
            let (c, a, b) = (child("c"), child("a"), child("b"));
            let gathering = gather(co, [a.clone(), b, c]);
            assert!(timeout(co, ms(5), gathering).await.is_err());
            assert!(!a.is_finished(), "cancel is a request");
            trace.note("requested");
            finished(co, &a).await;
            yield_now(co).await;

            let (d, e) = (child("d"), child("e"));
            assert!(timeout(co, ms(5), gather_all(co, [d, e])).await.is_err());
            yield_now(co).await;
            yield_now(co).await;
        });
        assert_eq!(trace.take(), ["requested", "a", "b", "c", "d", "e"]);
    }

    /// Fault 67: the task that waits in a gather is cancelled: so are the children.
    fn a_cancelled_parent_takes_the_children_of_its_gather_along() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let noisy = trace.clone();
            let parent = spawn(co, async move |co: &Co| {
                let tasks = [1, 2].map(|i| {
                    let noisy = noisy.clone();
                    spawn(co, async move |co: &Co| {
                        let _local = noisy.on_drop(i);
                        sleep(co, ms(1000)).await;
                    })
                });
                gather(co, tasks).await.unwrap();
            });
            sleep(co, ms(5)).await;
            parent.cancel();
            assert!(matches!(join(co, &parent).await, Err(JoinError::Cancelled)));
            sleep(co, ms(1)).await;
        });
        assert_eq!(trace.take(), ["1", "2"]);
    }

    fn a_gather_that_is_over_cancels_nobody() {
        run_on(SIM, async |co: &Co| {
            let slow = spawn(co, async |co: &Co| {
                sleep(co, ms(10)).await;
                Ok(7)
            });
            let fails = spawn(co, async |_: &Co| Err(Failed("at once")));
            assert_eq!(try_gather(co, [slow.clone(), fails]).await, Err(Failed("at once")));
            assert_eq!(join(co, &slow).await.unwrap(), Ok(7));
        });
    }

    /// Faults 65 and 86: `next` after the last is `None`, every time.
    fn as_completed_gives_the_order_of_ending() {
        run_on(SIM, async |co: &Co| {
            let tasks = [3, 1, 2].map(|i| {
                spawn(co, async move |co: &Co| {
                    sleep(co, ms(i)).await;
                    i
                })
            });
            let mut tasks = as_completed(co, tasks);
            assert_eq!(tasks.running(), 3);
            for i in 1..=3 {
                assert_eq!(next(co, &mut tasks).await.unwrap().unwrap(), i);
                assert_eq!(now(co), ms(i));
            }
            assert!(next(co, &mut tasks).await.is_none());
            assert!(next(co, &mut tasks).await.is_none());
        });
    }

    /// Fault 67: dropped, it leaves the line, and its children run on.
    fn a_dropped_as_completed_lets_its_children_run_on() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let tasks = [1, 2].map(|i| {
                let trace = trace.clone();
                spawn(co, async move |co: &Co| {
                    sleep(co, ms(10 * i)).await;
                    trace.note(i);
                })
            });
            let mut completed = as_completed(co, tasks);
            assert!(timeout(co, ms(5), next(co, &mut completed)).await.is_err());
            drop(completed);
            sleep(co, ms(50)).await;
        });
        assert_eq!(trace.take(), ["1", "2"]);
    }

    fn first_completed_says_who_and_lets_the_others_run_on() {
        run_on(SIM, async |co: &Co| {
            let tasks = [30, 10, 20].map(|i| {
                spawn(co, async move |co: &Co| {
                    sleep(co, ms(i)).await;
                    i
                })
            });
            let others = tasks.clone();
            let (index, outcome) = first_completed(co, tasks).await;
            assert_eq!((index, outcome.unwrap(), now(co)), (1, 10, ms(10)));
            assert_eq!(join(co, &others[0]).await.unwrap(), 30);
            assert!(matches!(join(co, &others[1]).await, Err(JoinError::Taken)));
        });
    }

    /// Asking again and again for the first of long-lived tasks leaves nothing behind with them.
    fn first_completed_in_a_loop() {
        run_on(SIM, async |co: &Co| {
            let long = spawn(co, async |co: &Co| {
                sleep(co, ms(1000)).await;
                0
            });
            for i in 1..=100 {
                let short = spawn(co, async move |co: &Co| {
                    sleep(co, ms(1)).await;
                    i
                });
                let (index, outcome) = first_completed(co, [long.clone(), short]).await;
                assert_eq!((index, outcome.unwrap()), (1, i));
            }
            assert_eq!(join(co, &long).await.unwrap(), 0);
        });
    }
}
