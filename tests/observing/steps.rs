//! Steps, the clock, and the ready queue.

use std::future::{pending, poll_fn};
use std::task::Poll;
use std::time::Duration;

use yield_to_await::programs::{DEADLOCKS, Lane, Log, PROGRAMS, Program};
use yield_to_await::trace::{Recording, What};
use yield_to_await::{Clock, Counts, async_await as aw};

use crate::lanes::in_every_lane;
use crate::{ms, record, record_on, story};

fn count(recording: &Recording, is: fn(&What) -> bool) -> u64 {
    let found = recording.iter().filter(|event| is(&event.what));
    u64::try_from(found.count()).unwrap()
}

/// Steps and spawns, as they were told of.
fn counted(recording: &Recording) -> (u64, u64) {
    let steps = count(recording, |what| matches!(what, What::StepBegan { .. }));
    let spawned = count(recording, |what| matches!(what, What::Spawned { .. }));
    (steps, spawned - 1)
}

fn of_report(counts: Counts) -> (u64, u64) {
    (counts.steps, counts.spawns)
}

fn compare_counts(programs: &[Program]) {
    for lane in Lane::ALL {
        for program in programs {
            for &size in program.sizes.iter().filter(|size| **size <= 100) {
                let mut counts = None;
                let recording = record(|setup| {
                    let report = program.form(lane)(setup, Log::new(), size);
                    counts = Some((of_report(report.counts), report.elapsed));
                });
                let (counts, elapsed) = counts.unwrap();
                assert_eq!(counted(&recording), counts, "{} in {lane}", program.name);
                let last = recording.events().last().unwrap();
                assert_eq!(last.at, elapsed, "{} in {lane}", program.name);
            }
        }
    }
}

#[test]
fn every_program_counts_what_it_tells() {
    compare_counts(PROGRAMS);
}

#[test]
fn every_deadlock_counts_what_it_tells() {
    compare_counts(DEADLOCKS);
}

in_every_lane! {
    fn on_the_real_clock() {
        let mut counts = None;
        let recording = record_on(Clock::Real, |setup| {
            let report = run_with(setup, async |co: &Co| {
                for n in 1..=3 {
                    drop(spawn(co, async move |co: &Co| {
                        for _ in 0..3 {
                            sleep(co, ms(n) / 4).await;
                            yield_now(co).await;
                        }
                    }));
                }
                let _ = timeout(co, ms(2), wait(co, &Event::new())).await;
            });
            counts = Some(of_report(report.counts));
        });
        assert_eq!(counted(&recording), counts.unwrap());
        let fired = recording.iter().filter(|event| matches!(event.what, What::TimerFired { .. }));
        assert!(fired.count() > 1);
        assert!(recording.events().last().unwrap().at >= ms(2));
    }

    fn the_simulated_clock_stands_still_while_tasks_run() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            sleep(co, ms(1)).await;
            yield_now(co).await;
            sleep(co, ms(2)).await;
        }));
        let mut moments: Vec<Duration> = recording.iter().map(|event| event.at).collect();
        moments.dedup();
        assert_eq!(moments, [ms(0), ms(1), ms(3)]);
    }

    /// Those who have ended and stand in the queue still are not counted as ready: `record` compares with what a replay finds.
    fn whoever_has_ended_in_the_queue_is_not_ready() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let own = std::rc::Rc::new(std::cell::RefCell::new(Vec::<JoinHandle<()>>::new()));
            for _ in 0..5 {
                let mine = std::rc::Rc::clone(&own);
                let task = spawn(co, async move |_: &Co| {
                    for task in mine.take() {
                        task.cancel();
                    }
                });
                own.borrow_mut().push(task);
            }
            for _ in 0..3 {
                drop(spawn(co, async |co: &Co| yield_now(co).await));
                yield_now(co).await;
            }
            yield_now(co).await;
        }));
        // The first cancels itself and the others: four places in the queue become theirs to leave in, and one nobody's.
        let dropped = count(&recording, |what| matches!(what, What::Dropped));
        assert_eq!(dropped, 4);
    }

    /// Turns that find nobody or drop somebody are no steps.
    fn turns_that_are_no_steps() {
        let mut counts = None;
        let recording = record(|setup| {
            let report = run_with(setup, async |co: &Co| {
                for round in 0..4_u32 {
                    let tasks = [0; 3].map(|_| spawn(co, async |co: &Co| yield_now(co).await));
                    for task in tasks.iter().take(round as usize) {
                        task.cancel();
                    }
                    yield_now(co).await;
                    for task in &tasks {
                        task.cancel();
                    }
                    yield_now(co).await;
                }
            });
            counts = Some(of_report(report.counts));
        });
        assert_eq!(counted(&recording), counts.unwrap());
    }
}

/// Woken in the step in which it ends, a task leaves a place in the queue behind, where nobody stands.
#[test]
fn a_task_that_wakes_itself_and_ends() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            for kept in [false, true] {
                let tasks = [0; 3].map(|_| {
                    aw::spawn(poll_fn(|cx| {
                        cx.waker().wake_by_ref();
                        Poll::Ready(())
                    }))
                });
                let others = [0; 3].map(|_| aw::spawn(aw::yield_now()));
                if kept {
                    aw::gather_all(tasks).await;
                } else {
                    drop(tasks);
                }
                aw::gather_all(others).await;
                // The slots are used again.
                aw::gather_all([0; 6].map(|_| aw::spawn(aw::yield_now()))).await;
            }
        })
    });
    let woken = count(&recording, |what| matches!(what, What::Woken { .. }));
    assert!(woken >= 6);
}

/// The same of one that is told to have panicked.
#[test]
fn a_task_that_wakes_itself_and_panics() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let tasks = [0; 3].map(|_| {
                aw::spawn(poll_fn(|cx| -> Poll<()> {
                    cx.waker().wake_by_ref();
                    panic!("on purpose");
                }))
            });
            drop(aw::spawn(aw::yield_now()));
            aw::gather_all(tasks).await;
            aw::yield_now().await;
            aw::yield_now().await;
        })
    });
    assert_eq!(
        count(&recording, |what| matches!(what, What::Panicked { .. })),
        3
    );
}

/// One that is woken by its own destructors, when it is dropped.
#[test]
fn a_task_that_wakes_itself_when_it_is_dropped() {
    struct Wakes(Option<std::task::Waker>);
    impl Drop for Wakes {
        fn drop(&mut self) {
            self.0.take().into_iter().for_each(std::task::Waker::wake);
        }
    }
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let task = aw::spawn_named("task", async {
                let mut wakes = Wakes(None);
                poll_fn(|cx| {
                    wakes.0 = Some(cx.waker().clone());
                    Poll::Ready(())
                })
                .await;
                pending::<()>().await;
            });
            aw::yield_now().await;
            task.cancel();
            let other = aw::spawn(aw::yield_now());
            task.finished().await;
            other.await.unwrap();
            aw::yield_now().await;
        })
    });
    let story = story(&recording);
    let last = story.iter().filter(|line| line.starts_with("task:"));
    assert_eq!(
        last.cloned().collect::<Vec<_>>()[3..],
        ["task: cancel requested by main", "task: dropped"]
    );
}

/// The first event is the root's, and it is the last to be told of only if it leaves nobody behind.
#[test]
fn a_run_of_nothing() {
    for lane in Lane::ALL {
        let recording = record(|setup| match lane {
            Lane::Generators => {
                yield_to_await::generators::run_with(setup, async |_| ())
                    .outcome
                    .unwrap();
            }
            _ => aw::run_with(setup, async {}).outcome.unwrap(),
        });
        assert_eq!(
            story(&recording),
            [
                "main: spawned by nobody",
                "main: step begins",
                "main: ended"
            ]
        );
    }
}
