//! A program that can make no progress is reported, and its report is the same in every lane.

use std::time::Duration;

use yield_to_await::{Clock, DeadlockKind, Holder, PrimitiveKind, WaitReason};

use crate::lanes::report::without_places;
use crate::lanes::{Trace, in_every_lane};
use crate::{SIM, ms};

in_every_lane! {
    fn a_forgotten_wake_up_is_reported_on_either_clock() {
        // Under Miri a millisecond is over before anybody falls asleep.
        let real = (!cfg!(miri)).then_some(Clock::Real);
        for clock in [SIM].into_iter().chain(real) {
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
            let [main, sleeper] = deadlock.tasks() else { panic!("{deadlock}") };
            assert_eq!((main.id().number(), main.name()), (0, Some("main")));
            assert_eq!((sleeper.id().number(), sleeper.name()), (1, Some("sleeper")));
            let [WaitReason::Receive(channel)] = main.waits() else { panic!("{deadlock}") };
            assert_eq!((channel.kind(), channel.number()), (PrimitiveKind::Channel, 1));
            assert!(main.since().unwrap() >= ms(1));
            assert!(sleeper.since().unwrap() < main.since().unwrap());
            let place = sleeper.spawned_at();
            assert!(place.file().ends_with("deadlocks.rs"), "{place}");
            assert!(deadlock.to_string().contains(&format!("spawned at {place}, has waited")));
            if clock == Clock::Simulated {
                assert_eq!(
                    without_places(&deadlock),
                    "deadlock: every task waits, and none can run to wake another\n  \
                     task 0 `main`, begun at .., has waited since 1ms for a value from channel 1\n  \
                     task 1 `sleeper`, spawned at .., has waited since 0ns for event 1 to be set\n  \
                     channel 1, made at .., is empty, and open: 1 sender is left\n  \
                     event 1, made at .., is not set"
                );
            }
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
        let cycle: Vec<u64> = deadlock.cycle().iter().map(|link| link.task().id().number()).collect();
        assert_eq!(cycle, [1, 3, 2]);
        assert!(deadlock.cycle().iter().all(|link| link.through().is_none()));
        assert_eq!(
            without_places(&deadlock),
            "deadlock: tasks wait for one another in a circle\n  \
             task 0 `main`, begun at .., has waited since 0ns for the end of all of task 1 `a`, task 3 `c`\n  \
             task 1 `a`, spawned at .., has waited since 0ns for the end of task 3 `c`\n  \
             task 2 `b`, spawned at .., has waited since 0ns for the end of task 1 `a`\n  \
             task 3 `c`, spawned at .., has waited since 0ns for the end of task 2 `b`\n  \
             a circle: task 1 `a` -> task 3 `c` -> task 2 `b` -> task 1 `a`"
        );
    }

    /// Whoever still waits for somebody else could let the others go on: that is no circle.
    fn one_who_could_be_helped_is_in_no_circle() {
        let deadlock = try_run_on(SIM, async |co: &Co| {
            let permits = Semaphore::new(2);
            let mine = acquire(co, &permits).await;
            drop(spawn_named(co, "other", {
                let permits = permits.clone();
                async move |co: &Co| {
                    let _permit = acquire(co, &permits).await;
                    wait(co, &Event::new()).await;
                }
            }));
            yield_now(co).await;
            drop(acquire(co, &permits).await);
            drop(mine);
        })
        .unwrap_err();
        assert_eq!(deadlock.kind(), DeadlockKind::NobodyLeft);
        assert!(
            without_places(&deadlock).ends_with(
                "event 1, made at .., is not set\n  \
                 semaphore 1, made at .., has been acquired by task 0 `main`, task 1 `other`"
            ),
            "{deadlock}"
        );
    }

    fn a_circle_goes_through_whatever_is_held() {
        let deadlock = try_run_on(SIM, async |co: &Co| {
            let (lock_a, permits) = (Mutex::new(()), Semaphore::new(1));
            lock_a.set_name("a");
            let other = spawn_named(co, "other", {
                let (lock_a, permits) = (lock_a.clone(), permits.clone());
                async move |co: &Co| {
                    let _permit = acquire(co, &permits).await;
                    yield_now(co).await;
                    drop(lock(co, &lock_a).await);
                }
            });
            let _a = lock(co, &lock_a).await;
            yield_now(co).await;
            drop(acquire(co, &permits).await);
            join(co, &other).await.unwrap();
        })
        .unwrap_err();
        let [main, other] = deadlock.cycle() else { panic!("{deadlock}") };
        assert_eq!(main.through().unwrap().kind(), PrimitiveKind::Semaphore);
        assert_eq!(other.through().unwrap().name(), Some("a"));
        let [_, mutex] = deadlock.primitives() else { panic!("{deadlock}") };
        let [Holder::Task(holder)] = mutex.holders() else { panic!("{deadlock}") };
        assert_eq!(holder.name(), Some("main"));
        assert!(
            without_places(&deadlock).ends_with(
                "semaphore 1, made at .., has been acquired by task 1 `other`\n  \
                 mutex 1 `a`, made at .., has been locked by task 0 `main`\n  \
                 a circle: task 0 `main` -> semaphore 1 -> task 1 `other` -> mutex 1 `a` -> task 0 `main`"
            ),
            "{deadlock}"
        );
    }

    /// A guard may outlive its task, be forgotten, or come from outside.
    fn whoever_holds_a_lock_is_named_also_when_it_has_ended() {
        use std::cell::RefCell;
        use std::rc::Rc;

        let held = |deadlock: yield_to_await::Deadlock| without_places(&deadlock.primitives()[0]);
        let kept = Rc::new(RefCell::new(None));
        let ended = try_run_on(SIM, async |co: &Co| {
            let mutex = Mutex::new(());
            let taker = spawn(co, {
                let (mutex, kept) = (mutex.clone(), Rc::clone(&kept));
                async move |co: &Co| drop(kept.replace(Some(lock(co, &mutex).await)))
            });
            join(co, &taker).await.unwrap();
            drop(lock(co, &mutex).await);
        });
        assert_eq!(held(ended.unwrap_err()), "mutex 1, made at .., has been locked by task 1, which has ended");
        let outside = Mutex::new(());
        outside.set_name("outside");
        let guard = outside.try_lock();
        let before = try_run_on(SIM, async |co: &Co| drop(lock(co, &outside).await));
        assert_eq!(held(before.unwrap_err()), "mutex 1 `outside`, made at .., has been locked by none of these tasks");
        drop(guard);
        let forgotten = try_run_on(SIM, async |co: &Co| {
            let permits = Semaphore::new(1);
            acquire(co, &permits).await.forget();
            drop(acquire(co, &permits).await);
        });
        assert_eq!(held(forgotten.unwrap_err()), "semaphore 1, made at .., is held by nobody");
    }

    fn waits_are_listed_from_the_inside_out() {
        let deadlock = try_run_on(SIM, async |co: &Co| {
            let (tx, _rx) = channel(1);
            tx.try_send(0).unwrap();
            let full = timeout(co, Duration::MAX, send(co, &tx, 1));
            let _ = timeout(co, Duration::MAX, full).await;
        })
        .unwrap_err();
        assert_eq!(
            without_places(&deadlock.tasks()[0]),
            "task 0 `main`, begun at .., has waited since 0ns for room in channel 1, \
             within a timeout that never passes, within a timeout that never passes"
        );
    }

    fn every_primitive_has_its_words() {
        let words = |deadlock: yield_to_await::Deadlock| {
            let waits = deadlock.tasks()[0].waits();
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
        assert_eq!(words(mutex.unwrap_err()), "the lock of mutex 1");
        let sleep = try_run_on(SIM, async |co: &Co| sleep(co, Duration::MAX).await);
        assert_eq!(words(sleep.unwrap_err()), "a moment that never comes");
    }

    /// Each kind is numbered on its own, from the beginning in every run, and a name goes with all handles.
    fn primitives_have_numbers_and_may_have_names() {
        for _ in 0..2 {
            let deadlock = try_run_on(SIM, async |co: &Co| {
                let (first, second) = (Event::new(), Event::new());
                first.set();
                second.clone().set_name("second");
                let (tx, rx) = unbounded::<()>();
                tx.set_name("jobs");
                drop(spawn(co, async move |co: &Co| recv(co, &rx).await));
                yield_now(co).await;
                wait(co, &second).await;
                drop(tx);
            })
            .unwrap_err();
            let names: Vec<String> = deadlock.primitives().iter().map(|p| p.primitive().to_string()).collect();
            assert_eq!(names, ["channel 1 `jobs`", "event 2 `second`"]);
            assert!(deadlock.primitives()[0].primitive().made_at().file().ends_with("deadlocks.rs"));
            assert_eq!(deadlock.primitives()[0].other_ends(), 1);
        }
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

    /// Many who hold and many who wait: the report is no larger than their sum.
    fn many_who_hold_and_many_who_wait() {
        const MANY: usize = if cfg!(miri) { 10 } else { 3_000 };
        let deadlock = try_run_on(SIM, async |co: &Co| {
            let permits = Semaphore::new(MANY);
            let tasks: Vec<_> = (0..MANY).map(|_| {
                let permits = permits.clone();
                spawn(co, async move |co: &Co| {
                    let _first = acquire(co, &permits).await;
                    yield_now(co).await;
                    drop(acquire(co, &permits).await);
                })
            }).collect();
            gather(co, tasks).await.unwrap();
        })
        .unwrap_err();
        assert_eq!(deadlock.tasks().len(), MANY + 1);
        assert_eq!(deadlock.primitives()[0].holders().len(), MANY);
        assert_eq!(deadlock.kind(), DeadlockKind::Cycle);
        let lines = deadlock.to_string().lines().count();
        assert!(lines < 110, "{lines} lines");
    }

    /// What is released by whoever likes to is in no circle.
    fn unpaired_permits_are_in_no_circle() {
        let deadlock = try_run_on(SIM, async |co: &Co| {
            let permits = Semaphore::new(0);
            permits.release();
            let _first = acquire(co, &permits).await;
            drop(acquire(co, &permits).await);
        })
        .unwrap_err();
        assert_eq!(deadlock.kind(), DeadlockKind::NobodyLeft, "{deadlock}");
    }

    /// A moment that never comes is no way out of a circle.
    fn never_is_no_way_out() {
        let deadlock = try_run_on(SIM, async |co: &Co| {
            let sleeper = spawn(co, async |co: &Co| sleep(co, Duration::MAX).await);
            let mutex = Mutex::new(());
            let _first = lock(co, &mutex).await;
            let again = spawn_named(co, "again", {
                let mutex = mutex.clone();
                async move |co: &Co| drop(lock(co, &mutex).await)
            });
            gather(co, [sleeper, again]).await.unwrap();
        })
        .unwrap_err();
        assert_eq!(deadlock.kind(), DeadlockKind::Cycle, "{deadlock}");
    }

    /// Numbers begin again with each run, and a mutex may be of an earlier one.
    fn two_mutexes_may_have_the_same_number() {
        use std::cell::RefCell;

        let earlier = RefCell::new(None);
        run_on(SIM, async |_: &Co| drop(earlier.replace(Some(Mutex::new(())))));
        let deadlock = try_run_on(SIM, async |co: &Co| {
            let (earlier, own) = (earlier.take().unwrap(), Mutex::new(()));
            let _own = lock(co, &own).await;
            drop(spawn_named(co, "other", {
                let (earlier, own) = (earlier.clone(), own.clone());
                async move |co: &Co| {
                    let _earlier = lock(co, &earlier).await;
                    drop(lock(co, &own).await);
                }
            }));
            yield_now(co).await;
            drop(lock(co, &earlier).await);
        })
        .unwrap_err();
        let text = deadlock.to_string();
        assert!(
            text.ends_with("a circle: task 0 `main` -> mutex 1 -> task 1 `other` -> mutex 1 -> task 0 `main`"),
            "{text}"
        );
    }

    /// Whoever has given up a wait for the next of several waits for them no more.
    fn a_dropped_next_leaves_the_line() {
        let deadlock = try_run_on(SIM, async |co: &Co| {
            let idle = spawn(co, async |co: &Co| wait(co, &Event::new()).await);
            let mut tasks = as_completed(co, [idle]);
            assert!(timeout(co, ms(5), next(co, &mut tasks)).await.is_err());
            let mutex = Mutex::new(());
            let _first = lock(co, &mutex).await;
            drop(lock(co, &mutex).await);
        })
        .unwrap_err();
        assert_eq!(
            without_places(&deadlock.tasks()[0]),
            "task 0 `main`, begun at .., has waited since 5ms for the lock of mutex 1"
        );
        assert_eq!(deadlock.kind(), DeadlockKind::Cycle);
    }

    /// All that a gather needs, any that a stream of ends gives.
    fn all_and_any_are_told_apart() {
        let [all, any] = [true, false].map(|all| {
            let deadlock = try_run_on(SIM, async |co: &Co| {
                let idle = [0; 2].map(|_| spawn(co, async |co: &Co| wait(co, &Event::new()).await));
                if all {
                    gather_all(co, idle).await;
                } else {
                    first_completed(co, idle).await.1.unwrap();
                }
            });
            deadlock.unwrap_err().tasks()[0].waits()[0].to_string()
        });
        assert_eq!(all, "the end of all of task 1, task 2");
        assert_eq!(any, "the end of any of task 1, task 2");
    }

    /// Whoever needs all of several is in a circle with one of them, though another could be helped. Whoever needs any is not.
    fn a_gather_needs_all_of_its_children() {
        let kinds = [true, false].map(|all| {
            let deadlock = try_run_on(SIM, async |co: &Co| {
                let mutex = Mutex::new(());
                let idle = spawn(co, async |co: &Co| wait(co, &Event::new()).await);
                let stuck = spawn(co, {
                    let mutex = mutex.clone();
                    async move |co: &Co| drop(lock(co, &mutex).await)
                });
                let _guard = lock(co, &mutex).await;
                if all {
                    gather_all(co, [idle, stuck]).await;
                } else {
                    first_completed(co, [idle, stuck]).await.1.unwrap();
                }
            });
            deadlock.unwrap_err().kind()
        });
        assert_eq!(kinds, [DeadlockKind::Cycle, DeadlockKind::NobodyLeft]);
    }

    fn who_has_given_back_holds_nothing() {
        let deadlock = try_run_on(SIM, async |co: &Co| {
            let (mutex, permits) = (Mutex::new(()), Semaphore::new(1));
            drop(spawn_named(co, "earlier", {
                let (mutex, permits) = (mutex.clone(), permits.clone());
                async move |co: &Co| {
                    drop(lock(co, &mutex).await);
                    drop(acquire(co, &permits).await);
                }
            }));
            yield_now(co).await;
            let (_guard, _permit) = (lock(co, &mutex).await, acquire(co, &permits).await);
            drop(spawn(co, {
                let mutex = mutex.clone();
                async move |co: &Co| drop(lock(co, &mutex).await)
            }));
            drop(acquire(co, &permits).await);
        })
        .unwrap_err();
        let holders = deadlock.primitives().iter().map(|primitive| primitive.holders());
        let holders: Vec<Vec<String>> = holders.map(|all| all.iter().map(Holder::to_string).collect()).collect();
        assert_eq!(holders, [["task 0 `main`"], ["task 0 `main`"]], "{deadlock}");
    }

    /// Tasks are counted from 0 again in each run: whoever held a lock then is not whoever has that number now.
    fn whoever_holds_a_lock_since_an_earlier_run_is_none_of_these() {
        use std::cell::RefCell;

        let (mutex, kept) = (Mutex::new(()), RefCell::new(None));
        run_on(SIM, async |co: &Co| drop(kept.replace(Some(lock(co, &mutex).await))));
        let deadlock = try_run_on(SIM, async |co: &Co| drop(lock(co, &mutex).await)).unwrap_err();
        assert_eq!(deadlock.kind(), DeadlockKind::NobodyLeft, "{deadlock}");
        assert_eq!(deadlock.primitives()[0].holders(), [Holder::Outside]);
        drop(kept);
    }
}
