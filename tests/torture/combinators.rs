//! Waiting for many: a child that fails, a wait that is given up half-way. (A hundred thousand children are in `size.rs`.)

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use yield_to_await::JoinError;

use crate::lanes::{Defer, Trace, in_every_lane};
use crate::{SECOND, SIM};

/// The waits for many that take their children along when they are given up, and those that let them run on.
const TAKES_ALONG: [&str; 6] = [
    "gather",
    "try_gather",
    "gather_all",
    "timeout",
    "group",
    "idle group",
];
const LETS_RUN_ON: [&str; 2] = ["as_completed", "first_completed"];

/// Counts how many of its [`one`](Self::one)s were dropped.
#[derive(Clone, Default)]
pub(crate) struct Drops(Rc<Cell<u32>>);

impl Drops {
    /// To be kept by what is to be counted.
    pub(crate) fn one(&self) -> Defer<impl FnMut() + use<>> {
        let count = Rc::clone(&self.0);
        Defer(move || count.set(count.get() + 1))
    }

    /// How many since the last time.
    pub(crate) fn take(&self) -> u32 {
        self.0.take()
    }
}

/// In every lane: a function that waits in one of the ways above for three children, which end now, at 2 s and at 4 s.
macro_rules! wait_for_three {
    () => {
        async fn wait_for_three(co: &Co, way: &str, dropped: Drops, ended: Drops) {
            let child = |i: u32| {
                let (local, ended) = (dropped.one(), ended.clone());
                async move |co: &Co| {
                    let _local = local;
                    sleep(co, 2 * i * SECOND).await;
                    drop(ended.one());
                    Ok::<_, JoinError>(i)
                }
            };
            let children = || [0, 1, 2].map(|i| spawn(co, child(i)));
            let _own = dropped.one();
            match way {
                "gather" => drop(gather(co, children()).await),
                "try_gather" => drop(try_gather(co, children()).await),
                "gather_all" => drop(gather_all(co, children()).await),
                "timeout" => drop(timeout(co, 100 * SECOND, gather(co, children())).await),
                "group" | "idle group" => {
                    let group = TaskGroup::<u32, JoinError>::new();
                    for i in 0..3 {
                        drop(group_spawn(co, &group, child(i)));
                    }
                    if way == "idle group" {
                        sleep(co, 100 * SECOND).await;
                    }
                    drop(finish(co, group).await);
                }
                "as_completed" => {
                    let mut children = as_completed(co, children());
                    while next(co, &mut children).await.is_some() {}
                }
                "first_completed" => {
                    let [first, second, third] = children();
                    finished(co, &first).await;
                    drop(first_completed(co, [second, third]).await);
                }
                way => unreachable!("{way}"),
            }
            unreachable!("it is given up half-way");
        }
    };
}

in_every_lane! {
    /// Fault 67: the task that waits is cancelled half-way, and so are those of its children that have not ended. Each is dropped once.
    fn a_parent_that_is_cancelled_takes_its_children_along() {
        wait_for_three!();
        for way in TAKES_ALONG {
            run_on(SIM, async |co: &Co| {
                let (dropped, ended) = (Drops::default(), Drops::default());
                let counts = (dropped.clone(), ended.clone());
                let parent = spawn(co, async |co: &Co| wait_for_three(co, way, counts.0, counts.1).await);
                sleep(co, SECOND).await;
                assert_eq!((dropped.take(), ended.take()), (1, 1), "{way}");
                parent.cancel();
                assert!(matches!(join(co, &parent).await, Err(JoinError::Cancelled)));
                yield_now(co).await;
                assert_eq!((dropped.take(), ended.take(), now(co)), (3, 0, SECOND), "{way}");
                sleep(co, 10 * SECOND).await;
                assert_eq!((dropped.take(), ended.take()), (0, 0), "{way}");
            });
        }
    }

    /// Fault 67: the same with those that let the children run on.
    fn a_parent_that_is_cancelled_leaves_these_children_alone() {
        wait_for_three!();
        for way in LETS_RUN_ON {
            run_on(SIM, async |co: &Co| {
                let (dropped, ended) = (Drops::default(), Drops::default());
                let counts = (dropped.clone(), ended.clone());
                let parent = spawn(co, async |co: &Co| wait_for_three(co, way, counts.0, counts.1).await);
                sleep(co, SECOND).await;
                parent.cancel();
                assert!(matches!(join(co, &parent).await, Err(JoinError::Cancelled)));
                yield_now(co).await;
                assert_eq!((dropped.take(), ended.take(), now(co)), (2, 1, SECOND), "{way}");
                sleep(co, 10 * SECOND).await;
                assert_eq!((dropped.take(), ended.take()), (2, 2), "{way}");
            });
        }
    }

    /// Fault 67: a time limit drops the wait half-way. The children are as they are when the task is cancelled.
    fn a_limit_that_passes_half_way() {
        wait_for_three!();
        for (ways, at_once) in [(&TAKES_ALONG[..], 2), (&LETS_RUN_ON[..], 0)] {
            for way in ways {
                run_on(SIM, async |co: &Co| {
                    let (dropped, ended) = (Drops::default(), Drops::default());
                    let body = wait_for_three(co, way, dropped.clone(), ended.clone());
                    assert!(timeout(co, SECOND, body).await.is_err());
                    // The child that has ended, and what stands in the parent itself.
                    assert_eq!((dropped.take(), ended.take()), (2, 1), "{way}");
                    yield_now(co).await;
                    yield_now(co).await;
                    assert_eq!((dropped.take(), now(co)), (at_once, SECOND), "{way}");
                    sleep(co, 10 * SECOND).await;
                    assert_eq!((dropped.take(), ended.take()), (2 - at_once, 2 - at_once), "{way}");
                });
            }
        }
    }

    /// Fault 67: the root returns half-way, or panics.
    fn a_run_that_ends_half_way() {
        wait_for_three!();
        for (way, panics) in TAKES_ALONG.into_iter().chain(LETS_RUN_ON).flat_map(|way| [(way, false), (way, true)]) {
            let (dropped, ended) = (Drops::default(), Drops::default());
            let run = catch_unwind(AssertUnwindSafe(|| {
                let counts = (dropped.clone(), ended.clone());
                run_on(SIM, async |co: &Co| {
                    drop(spawn(co, async |co: &Co| wait_for_three(co, way, counts.0, counts.1).await));
                    sleep(co, SECOND).await;
                    assert!(!panics, "on purpose");
                });
            }));
            assert_eq!(run.is_err(), panics);
            assert_eq!((dropped.take(), ended.take()), (4, 1), "{way}");
        }
    }

    /// Fault 67: a wait for many that is made and never polled. A gather watches its children from the moment it is made, and so
    /// takes them along.
    fn a_gather_that_is_never_polled() {
        run_on(SIM, async |co: &Co| {
            let dropped = Drops::default();
            let children = || [(); 3].map(|()| {
                let local = dropped.one();
                spawn(co, async move |co: &Co| {
                    let _local = local;
                    sleep(co, SECOND).await;
                })
            });
            drop(gather(co, children()));
            drop(gather_all(co, children()));
            yield_now(co).await;
            assert_eq!((dropped.take(), now(co)), (6, Duration::ZERO));
            drop(as_completed(co, children()));
            drop(first_completed(co, children()));
            sleep(co, SECOND / 2).await;
            assert_eq!(dropped.take(), 0);
            sleep(co, SECOND).await;
            assert_eq!(dropped.take(), 6);
        });
    }

    /// Fault 67: the body of a time limit is dropped once, whatever becomes of it.
    fn the_body_of_a_limit_is_dropped_once() {
        run_on(SIM, async |co: &Co| {
            let dropped = Drops::default();
            let body = |seconds: u32| {
                let local = dropped.one();
                async move {
                    let _local = local;
                    sleep(co, seconds * SECOND).await;
                }
            };
            drop(timeout(co, SECOND, body(0)));
            assert_eq!(dropped.take(), 1, "never polled");
            for (seconds, in_time) in [(1, true), (2, false)] {
                assert_eq!(timeout(co, SECOND, body(seconds)).await.is_ok(), in_time);
                assert_eq!(dropped.take(), 1, "in time: {in_time}");
            }
            let nested = timeout(co, SECOND, timeout(co, 2 * SECOND, body(3)));
            assert!(nested.await.is_err());
            assert_eq!(dropped.take(), 1, "nested");
            let local = dropped.one();
            let task = spawn(co, async move |co: &Co| {
                let body = async move {
                    let _local = local;
                    sleep(co, 2 * SECOND).await;
                };
                timeout(co, SECOND, body).await
            });
            yield_now(co).await;
            task.cancel();
            finished(co, &task).await;
            assert_eq!(dropped.take(), 1, "cancelled");
        });
    }

    /// Faults 27 and 67: children that are taken along spawn tasks in their destructors, and these run.
    fn children_that_spawn_when_they_are_taken_along() {
        run_on(SIM, async |co: &Co| {
            let (dropped, ran) = (Drops::default(), Drops::default());
            let children = [(); 3].map(|()| {
                let (dropped, ran) = (dropped.clone(), ran.clone());
                spawn(co, async move |co: &Co| {
                    let _last = Defer(|| {
                        let (local, ran) = (dropped.one(), ran.clone());
                        drop(spawn(co, async move |co: &Co| {
                            let _local = local;
                            sleep(co, SECOND).await;
                            drop(ran.one());
                        }));
                    });
                    sleep(co, 5 * SECOND).await;
                })
            });
            assert!(timeout(co, SECOND, gather(co, children)).await.is_err());
            sleep(co, 2 * SECOND).await;
            assert_eq!((dropped.take(), ran.take(), now(co)), (3, 3, 3 * SECOND));
        });
    }

    /// Fault 66: a child panics. Each way to wait says so in the child's place, in the order of the children, and the siblings run on.
    fn a_child_that_panics_stops_no_sibling() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let children = || [2, 1, 3].map(|i| {
                let trace = trace.clone();
                spawn(co, async move |co: &Co| {
                    sleep(co, i * SECOND).await;
                    assert!(i != 1, "on purpose");
                    trace.note(i);
                    Ok::<_, JoinError>(i)
                })
            });
            let text = |error: JoinError| error.to_string();
            let panicked = "the task panicked: on purpose";
            assert_eq!(gather(co, children()).await.map_err(text).unwrap_err(), panicked);
            assert_eq!(now(co), SECOND);
            sleep(co, 2 * SECOND).await;
            assert_eq!(trace.take(), ["2", "3"]);
            assert_eq!(try_gather(co, children()).await.map_err(text), Err(panicked.to_owned()));
            sleep(co, 2 * SECOND).await;
            assert_eq!(trace.take(), ["2", "3"]);
            let all = gather_all(co, children()).await;
            let all: Vec<_> = all.into_iter().map(|outcome| outcome.map_err(text).map(Result::unwrap)).collect();
            assert_eq!(all, [Ok(2), Err(panicked.to_owned()), Ok(3)]);
            let mut completed = as_completed(co, children());
            assert_eq!(next(co, &mut completed).await.unwrap().map_err(text).unwrap_err(), panicked);
            assert_eq!(next(co, &mut completed).await.unwrap().unwrap().unwrap(), 2);
            let (index, outcome) = first_completed(co, children()).await;
            assert_eq!((index, outcome.map_err(text).unwrap_err()), (1, panicked.to_owned()));
            sleep(co, 5 * SECOND).await;
            assert_eq!(trace.take(), ["2", "3", "2", "3", "2", "3"]);
        });
    }

    /// Fault 79: many wait for one task; the first of them is dropped, the second panics as it is told. The others are told all the same.
    fn those_who_wait_for_one_task_do_not_depend_on_one_another() {
        run_on(SIM, async |co: &Co| {
            let shared = spawn(co, async |co: &Co| {
                sleep(co, SECOND).await;
                7
            });
            let waiters = [0, 1, 2, 3].map(|i| {
                let shared = shared.clone();
                spawn(co, async move |co: &Co| {
                    finished(co, &shared).await;
                    assert!(i != 1, "on purpose");
                    shared.peek(|outcome| *outcome.unwrap().as_ref().unwrap())
                })
            });
            yield_now(co).await;
            waiters[0].cancel();
            let outcomes = gather_all(co, waiters).await;
            assert!(matches!(
                outcomes[..],
                [Err(JoinError::Cancelled), Err(JoinError::Panicked(_)), Ok(7), Ok(7)]
            ));
            assert_eq!(join(co, &shared).await.unwrap(), 7);
        });
    }
}
