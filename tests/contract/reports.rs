//! What a loop tells of itself while it runs and when it is over: `tasks`, the exit report, slow steps.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use yield_to_await::{Clock, JoinError, Setup, TaskState};

use crate::lanes::report::without_places;
use crate::lanes::{Defer, in_every_lane};
use crate::{SIM, ms};

fn simulated() -> Setup {
    Setup::new().clock(SIM)
}

in_every_lane! {
    fn all_tasks_can_be_seen_at_any_moment() {
        run_on(SIM, async |co: &Co| {
            let event = Event::new();
            let waiter = spawn_named(co, "waiter", {
                let event = event.clone();
                async move |co: &Co| timeout(co, ms(9), wait(co, &event)).await
            });
            let joiner = spawn(co, {
                let waiter = waiter.clone();
                async move |co: &Co| finished(co, &waiter).await
            });
            sleep(co, ms(1)).await;
            drop(spawn(co, async |co: &Co| sleep(co, ms(5)).await));
            let now: Vec<String> = tasks(co).iter().map(without_places).collect();
            assert_eq!(now, [
                "task 0 `main`, begun at .., runs",
                "task 1 `waiter`, spawned at .., has waited since 0ns for event 1 to be set, within a timeout until 9ms",
                "task 2, spawned at .., has waited since 0ns for the end of task 1 `waiter`",
                "task 3, spawned at .., is ready",
            ]);
            sleep(co, ms(1)).await;
            let sleeper = &tasks(co)[3];
            assert_eq!(without_places(sleeper), "task 3, spawned at .., has waited since 1ms for the clock to reach 6ms");
            assert_eq!((sleeper.state(), sleeper.since()), (TaskState::Waiting, Some(ms(1))));
            event.set();
            let woken = &tasks(co)[1];
            assert_eq!((woken.state(), woken.since(), woken.waits().len()), (TaskState::Ready, None, 0));
            join(co, &waiter).await.unwrap().unwrap();
            join(co, &joiner).await.unwrap();
            assert_eq!(tasks(co).len(), 2, "those that have ended are gone");
        });
    }

    /// Whoever asks changes nothing.
    fn asking_takes_no_step() {
        let counts = [false, true].map(|ask| {
            run_with(simulated(), async |co: &Co| {
                for _ in 0..3 {
                    drop(spawn(co, async |co: &Co| sleep(co, ms(1)).await));
                    if ask {
                        assert!(!tasks(co).is_empty());
                    }
                    sleep(co, ms(2)).await;
                }
            })
            .counts
        });
        assert_eq!(counts[0], counts[1]);
    }

    fn a_destructor_may_look_at_the_tasks() {
        let seen = Rc::new(RefCell::new(Vec::new()));
        run_on(SIM, async |co: &Co| {
            let stuck = spawn_named(co, "stuck", {
                let seen = Rc::clone(&seen);
                async move |co: &Co| {
                    let _last = Defer(|| seen.borrow_mut().extend(tasks(co)));
                    wait(co, &Event::new()).await;
                }
            });
            yield_now(co).await;
            stuck.cancel();
            finished(co, &stuck).await;
        });
        let states: Vec<TaskState> = seen.borrow().iter().map(|task| task.state()).collect();
        assert_eq!(states, [TaskState::Waiting, TaskState::Running]);
    }

    fn who_is_left_when_the_root_ends_is_reported() {
        let report = run_with(simulated(), async |co: &Co| {
            drop(spawn_named(co, "stuck", async |co: &Co| wait(co, &Event::new()).await));
            drop(spawn(co, async |co: &Co| sleep(co, ms(7)).await));
            sleep(co, ms(1)).await;
            drop(spawn(co, async |_: &Co| unreachable!("its turn never comes")));
        });
        assert_eq!(report.exit.pending.total(), 3);
        assert_eq!(
            without_places(&report.exit),
            "still pending: task 1 `stuck`, spawned at .., has waited since 0ns for event 1 to be set\n\
             still pending: task 2, spawned at .., has waited since 0ns for the clock to reach 7ms\n\
             still pending: task 3, spawned at .., is ready"
        );
    }

    fn a_run_that_leaves_nothing_has_nothing_to_report() {
        let report = run_with(simulated().slow_step(Duration::MAX), async |co: &Co| {
            let task = spawn(co, async |_: &Co| panic!("read below"));
            let cancelled = spawn(co, async |_: &Co| ());
            cancelled.cancel();
            drop(cancelled);
            assert!(join(co, &task).await.is_err());
        });
        assert_eq!(report.exit.to_string(), "");
        assert_eq!((report.exit.pending.len(), report.exit.unread.len(), report.exit.slow_steps.len()), (0, 0, 0));
    }

    /// asyncio: "Task exception was never retrieved".
    fn failures_that_nobody_read_are_reported() {
        let kept = Rc::new(RefCell::new(None));
        let report = run_with(simulated(), async |co: &Co| {
            drop(spawn_named(co, "detached", async |_: &Co| panic!("first")));
            let looked_at = spawn(co, async |_: &Co| panic!("looked at"));
            let outlives = spawn(co, async |_: &Co| panic!("may be read yet"));
            let waited_for = spawn(co, async |_: &Co| panic!("second"));
            finished(co, &waited_for).await;
            looked_at.peek(|outcome| assert!(outcome.unwrap().is_err()));
            drop(looked_at);
            drop(waited_for);
            kept.replace(Some(outlives));
        });
        let unread: Vec<String> = report.exit.unread.iter().map(without_places).collect();
        assert_eq!(unread, [
            "task 1 `detached`, spawned at ..: the task panicked: first",
            "task 4, spawned at ..: the task panicked: second",
        ]);
        assert_eq!(report.exit.unread[0].task().name(), Some("detached"));
        drop(kept.take());
    }

    /// Where a combinator knows that a value is a `Result`, an error is a failure.
    fn errors_that_nobody_read_are_reported_where_they_can_be_seen() {
        #[derive(Debug)]
        struct Oops;
        impl From<JoinError> for Oops {
            fn from(_: JoinError) -> Self {
                Oops
            }
        }
        let report = run_with(simulated(), async |co: &Co| {
            let fail = || spawn(co, async |_: &Co| Err::<i32, Oops>(Oops));
            assert!(try_gather(co, [fail(), fail()]).await.is_err());
            let group = TaskGroup::<i32, Oops>::new();
            drop(group_spawn(co, &group, async |_: &Co| Err(Oops)));
            yield_now(co).await;
            yield_now(co).await;
            drop(group);
        });
        let unread: Vec<&str> = report.exit.unread.iter().map(|unread| unread.message()).collect();
        assert_eq!(unread.len(), 2, "{}", report.exit);
        assert!(unread[0].starts_with("the task returned an error, in a `core::result::Result<i32, "), "{}", unread[0]);
    }

    fn of_many_the_first_hundred_are_listed() {
        if cfg!(miri) {
            return; // about size
        }
        let report = run_with(simulated(), async |co: &Co| {
            for _ in 0..150 {
                drop(spawn(co, async |_: &Co| panic!("again")));
            }
            yield_now(co).await;
            for _ in 0..120 {
                drop(spawn(co, async |co: &Co| sleep(co, ms(1)).await));
            }
        });
        let exit = report.exit;
        assert_eq!((exit.unread.len(), exit.unread.total()), (100, 150));
        assert_eq!((exit.pending.len(), exit.pending.total()), (100, 120));
        assert_eq!(exit.pending[0].id().number(), 151);
        assert!(exit.to_string().ends_with("\nstill pending: 20 more\nnever read: 50 more"));
    }

    /// asyncio: `slow_callback_duration`.
    fn a_step_that_holds_the_turn_is_recorded_with_its_task() {
        if cfg!(miri) {
            return; // every turn is slow
        }
        for clock in [SIM, Clock::Real] {
            let setup = Setup::new().clock(clock).slow_step(ms(3));
            let report = run_with(setup, async |co: &Co| {
                let slow = spawn_named(co, "slow", async |co: &Co| {
                    yield_now(co).await;
                    std::thread::sleep(ms(4));
                    yield_now(co).await;
                });
                let panics = spawn(co, async |_: &Co| {
                    std::thread::sleep(ms(4));
                    panic!("late");
                });
                join(co, &slow).await.unwrap();
                join(co, &panics).await.unwrap_err();
            });
            // Others may be slow, too, on a machine that stands still.
            let slow = |name| report.exit.slow_steps.iter().find(move |step| step.task().name() == name);
            let step = slow(Some("slow")).unwrap();
            assert!(step.took() >= ms(4));
            assert_eq!(step.step(), 4, "main, slow, the other, slow");
            assert!(slow(None).is_some(), "a step that panics is measured to its panic");
            let line = without_places(step);
            assert!(line.starts_with("step 4, of task 1 `slow`, spawned at .., held the turn for "), "{line}");
        }
    }

    /// A setting that measures changes no order.
    fn measured_or_not_a_run_is_the_same() {
        let runs = [None, Some(Duration::ZERO)].map(|limit| {
            let order = RefCell::new(Vec::new());
            let setup = limit.map_or(simulated(), |limit| simulated().slow_step(limit));
            let report = run_with(setup, async |co: &Co| {
                let tasks: Vec<_> = (0..4).map(|i| {
                    spawn(co, async move |co: &Co| {
                        for _ in 0..i {
                            yield_now(co).await;
                        }
                        sleep(co, ms(i % 2)).await;
                        i
                    })
                }).collect();
                let mut done = as_completed(co, tasks);
                while let Some(i) = next(co, &mut done).await {
                    order.borrow_mut().push(i.unwrap());
                }
            });
            assert_eq!(report.exit.slow_steps.total() as u64, limit.map_or(0, |_| report.counts.steps));
            (order.take(), report.counts)
        });
        assert_eq!(runs[0], runs[1]);
    }

    /// Sleeping is no step, nor is what the loop does between two rounds.
    fn only_turns_are_measured() {
        if cfg!(miri) {
            return; // every turn is slow
        }
        let report = run_with(Setup::new().slow_step(ms(60_000)), async |co: &Co| {
            sleep(co, ms(2)).await;
        });
        assert_eq!(report.exit.slow_steps.total(), 0);
        let report = run_with(Setup::new().slow_step(ms(2)), async |co: &Co| {
            sleep(co, ms(4)).await;
        });
        let first = report.exit.slow_steps.iter().find(|step| step.step() == 1);
        assert!(first.is_none_or(|step| step.took() < ms(4)), "{:?}", report.exit);
    }

    /// Of many that are left, those that are listed say what they wait for, whoever that is.
    fn the_oldest_hundred_may_wait_for_others() {
        if cfg!(miri) {
            return; // about size
        }
        let report = run_with(simulated(), async |co: &Co| {
            drop(spawn_named(co, "boss", async |co: &Co| {
                let idle: Vec<_> = (0..150)
                    .map(|_| spawn(co, async |co: &Co| wait(co, &Event::new()).await))
                    .collect();
                join(co, &idle[149]).await.unwrap();
            }));
            yield_now(co).await;
            yield_now(co).await;
        });
        let boss = without_places(&report.exit.pending[0]);
        assert_eq!(boss, "task 1 `boss`, spawned at .., has waited since 0ns for the end of task 151");
    }

    /// A handle may outlive its run: what it drops then is no failure of the run that is on.
    fn failures_of_an_earlier_run_are_its_own() {
        let kept = RefCell::new(None);
        run_with(simulated(), async |co: &Co| {
            let task = spawn(co, async |_: &Co| panic!("in the first run"));
            finished(co, &task).await;
            kept.replace(Some(task));
        });
        let report = run_with(simulated(), async |_: &Co| drop(kept.take()));
        assert_eq!(report.exit.to_string(), "");
    }

    fn a_failure_that_was_looked_at_stays_read() {
        let report = run_with(simulated(), async |co: &Co| {
            let task = spawn(co, async |_: &Co| panic!("looked at"));
            finished(co, &task).await;
            task.peek(|outcome| assert!(outcome.unwrap().is_err()));
            drop(gather(co, [task]));
        });
        assert_eq!(report.exit.to_string(), "");
    }

    /// Until its turn comes, and when the loop closes.
    fn who_is_cancelled_is_to_be_dropped() {
        run_on(SIM, async |co: &Co| {
            let task = spawn(co, async |co: &Co| wait(co, &Event::new()).await);
            yield_now(co).await;
            task.cancel();
            assert_eq!(without_places(&tasks(co)[1]), "task 1, spawned at .., is to be dropped");
        });
    }

    /// Whatever the order of their deadlines.
    fn limits_are_listed_from_the_inside_out() {
        for (inner, outer) in [(10, 20), (20, 10)] {
            run_on(SIM, async |co: &Co| {
                drop(spawn(co, async move |co: &Co| {
                    let event = Event::new();
                    let limited = timeout(co, ms(inner), wait(co, &event));
                    let _ = timeout(co, ms(outer), limited).await;
                }));
                yield_now(co).await;
                let waits = tasks(co)[1].waits().iter().map(ToString::to_string).collect::<Vec<_>>();
                let limits = [inner, outer].map(|limit| format!("within a timeout until {limit}ms"));
                assert_eq!(waits, ["event 1 to be set", &limits[0], &limits[1]]);
            });
        }
    }

    /// A gather is over with its first failure; what fails after that nobody reads.
    fn errors_that_come_late_are_failures_too() {
        #[derive(Debug)]
        struct Oops;
        impl From<JoinError> for Oops {
            fn from(_: JoinError) -> Self {
                Oops
            }
        }
        let report = run_with(simulated(), async |co: &Co| {
            let fail_at = |at| {
                spawn(co, async move |co: &Co| {
                    sleep(co, ms(at)).await;
                    Err::<i32, Oops>(Oops)
                })
            };
            assert!(try_gather(co, [fail_at(1), fail_at(2)]).await.is_err());
            sleep(co, ms(5)).await;
        });
        let unread: Vec<u64> = report.exit.unread.iter().map(|unread| unread.task().id().number()).collect();
        assert_eq!(unread, [2], "{}", report.exit);
    }
}
