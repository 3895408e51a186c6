//! How tasks end, each once.

use std::cell::Cell;
use std::rc::Rc;

use yield_to_await::trace::{Recording, What};

use crate::lanes::{Defer, in_every_lane};
use crate::{ms, number, of, panic_of, record, story};

/// What happened to the task of this name, in the words of the glossary.
fn life_of(recording: &Recording, name: &str) -> Vec<&'static str> {
    of(recording, number(recording, name))
        .map(What::term)
        .collect()
}

/// What the task of this name has said when it panicked.
fn last_word(recording: &Recording, name: &str) -> String {
    match of(recording, number(recording, name)).last() {
        Some(What::Panicked { message }) => message.clone(),
        last => panic!("{name} has not panicked: {last:?}"),
    }
}

in_every_lane! {
    fn with_a_value_or_a_panic() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let value = spawn_named(co, "value", async |_: &Co| ());
            let panic = spawn_named(co, "panic", async |_: &Co| panic!("on purpose"));
            join(co, &value).await.unwrap();
            join(co, &panic).await.unwrap_err();
        }));
        assert_eq!(life_of(&recording, "value"), ["spawned", "step begins", "ended"]);
        assert_eq!(life_of(&recording, "panic"), ["spawned", "step begins", "panicked"]);
        assert_eq!(last_word(&recording, "panic"), "on purpose");
        assert_eq!(life_of(&recording, "main").last(), Some(&"ended"));
    }

    fn cancelled_before_the_first_turn() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let task = spawn_named(co, "task", async |_: &Co| unreachable!("it never begins"));
            assert!(task.cancel());
            finished(co, &task).await;
            assert!(!task.cancel());
        }));
        assert_eq!(life_of(&recording, "task"), ["spawned", "cancel requested", "dropped"]);
    }

    fn cancelled_while_it_waits() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let task = spawn_named(co, "task", async |co: &Co| sleep(co, ms(5)).await);
            yield_now(co).await;
            task.cancel();
            finished(co, &task).await;
        }));
        assert_eq!(life_of(&recording, "task"), [
            "spawned", "step begins", "timer armed", "suspended", "cancel requested", "timer disarmed", "dropped",
        ]);
    }

    /// It keeps its value; and its place in the queue, where nobody stands any more.
    fn cancelled_by_itself_in_its_last_step() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let own = Rc::new(Cell::new(None::<JoinHandle<i32>>));
            let task = spawn_named(co, "task", {
                let own = Rc::clone(&own);
                async move |_: &Co| {
                    own.take().unwrap().cancel();
                    5
                }
            });
            own.set(Some(task.clone()));
            drop(spawn(co, async |co: &Co| yield_now(co).await));
            assert_eq!(join(co, &task).await.unwrap(), 5);
            yield_now(co).await;
        }));
        assert_eq!(life_of(&recording, "task"), ["spawned", "step begins", "cancel requested", "ended"]);
    }

    fn cancelled_by_itself_and_then_it_waits() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let own = Rc::new(Cell::new(None::<JoinHandle<()>>));
            let task = spawn_named(co, "task", {
                let own = Rc::clone(&own);
                async move |co: &Co| {
                    own.take().unwrap().cancel();
                    wait(co, &Event::new()).await;
                }
            });
            own.set(Some(task.clone()));
            finished(co, &task).await;
        }));
        assert_eq!(life_of(&recording, "task"), ["spawned", "step begins", "cancel requested", "suspended", "dropped"]);
    }

    fn cancelled_by_itself_and_then_it_panics() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let own = Rc::new(Cell::new(None::<JoinHandle<()>>));
            let task = spawn_named(co, "task", {
                let own = Rc::clone(&own);
                async move |_: &Co| {
                    own.take().unwrap().cancel();
                    panic!("on purpose");
                }
            });
            own.set(Some(task.clone()));
            join(co, &task).await.unwrap_err();
            yield_now(co).await;
        }));
        assert_eq!(life_of(&recording, "task"), ["spawned", "step begins", "cancel requested", "panicked"]);
    }

    fn by_a_destructor_that_panics() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let cancelled = spawn_named(co, "cancelled", async |co: &Co| {
                let _last = Defer(|| panic!("of a destructor"));
                wait(co, &Event::new()).await;
            });
            let ends = spawn_named(co, "ends", async |_: &Co| {
                let _last = Defer(|| panic!("at the end"));
            });
            yield_now(co).await;
            cancelled.cancel();
            finished(co, &cancelled).await;
            finished(co, &ends).await;
        }));
        assert_eq!(last_word(&recording, "cancelled"), "of a destructor");
        assert_eq!(last_word(&recording, "ends"), "at the end");
    }

    /// The first panic is what comes out of `run`; the recording has all of them.
    fn left_behind_with_destructors_that_panic() {
        let recording = record(|setup| {
            let panic = panic_of(|| run_with(setup, async |co: &Co| {
                for name in ["a", "b", "c"] {
                    drop(spawn_named(co, name, async move |co: &Co| {
                        let _last = Defer(move || if name != "b" { panic!("{name}") });
                        wait(co, &Event::new()).await;
                    }));
                }
                yield_now(co).await;
            }));
            assert_eq!(panic, "a");
        });
        assert_eq!(last_word(&recording, "a"), "a");
        assert_eq!(last_word(&recording, "c"), "c");
        assert_eq!(life_of(&recording, "b").last(), Some(&"dropped"));
        assert_eq!(life_of(&recording, "main").last(), Some(&"ended"));
    }

    fn left_behind_when_the_root_returns() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            drop(spawn_named(co, "sleeps", async |co: &Co| sleep(co, ms(5)).await));
            drop(spawn_named(co, "waits", async |co: &Co| wait(co, &Event::new()).await));
            yield_now(co).await;
            drop(spawn_named(co, "new", async |_: &Co| unreachable!("it never begins")));
        }));
        let story = story(&recording);
        let end = story.iter().position(|line| line == "main: ended").unwrap();
        assert_eq!(story[end + 1..], [
            "sleeps: timer disarmed 1", "sleeps: dropped", "waits: dropped", "new: dropped",
        ]);
    }

    fn those_who_are_stuck() {
        let recording = record(|setup| {
            let report = run_with(setup, async |co: &Co| {
                let event = Event::new();
                drop(spawn_named(co, "other", {
                    let event = event.clone();
                    async move |co: &Co| wait(co, &event).await
                }));
                wait(co, &event).await;
            });
            assert!(report.outcome.is_err());
            report
        });
        let story = story(&recording);
        assert_eq!(story[story.len() - 3..], ["nobody: stuck", "main: dropped", "other: dropped"]);
    }

    /// The destructors of one who is left behind cancel and wake those who are, too: there is no turn to come.
    fn neighbours_at_the_end() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let event = Event::new();
            let younger = Rc::new(Cell::new(None::<JoinHandle<()>>));
            drop(spawn_named(co, "older", {
                let (event, younger) = (event.clone(), Rc::clone(&younger));
                async move |co: &Co| {
                    let _last = Defer(|| {
                        event.set();
                        younger.take().unwrap().cancel();
                    });
                    wait(co, &Event::new()).await;
                }
            }));
            let task = spawn_named(co, "younger", async move |co: &Co| wait(co, &event).await);
            younger.set(Some(task));
            yield_now(co).await;
        }));
        assert_eq!(life_of(&recording, "younger"), [
            "spawned", "step begins", "suspended", "woken", "cancel requested", "dropped",
        ]);
    }

    /// Nobody is woken by a task that is dropped twice over: a gather that is dropped cancels its children.
    fn a_gather_that_is_dropped() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let parent = spawn_named(co, "parent", async |co: &Co| {
                let children = ["a", "b"].map(|name| spawn_named(co, name, async |co: &Co| sleep(co, ms(5)).await));
                drop(gather(co, children).await);
            });
            yield_now(co).await;
            yield_now(co).await;
            parent.cancel();
            sleep(co, ms(1)).await;
        }));
        let story = story(&recording);
        let from = story.iter().position(|line| line == "parent: cancel requested by main").unwrap();
        let rest: Vec<&str> = story[from..].iter().map(String::as_str).filter(|line| !line.starts_with("main")).collect();
        assert_eq!(rest, [
            "parent: cancel requested by main",
            "a: cancel requested by parent",
            "b: cancel requested by parent",
            "parent: dropped",
            "a: timer disarmed 1",
            "a: dropped",
            "b: timer disarmed 2",
            "b: dropped",
        ]);
    }
}

in_every_lane! {
    fn a_root_that_panics() {
        let recording = record(|setup| {
            let panic = panic_of(|| run_with(setup, async |co: &Co| {
                drop(spawn_named(co, "left", async |co: &Co| wait(co, &Event::new()).await));
                yield_now(co).await;
                panic!("on purpose");
            }));
            assert_eq!(panic, "on purpose");
        });
        assert_eq!(last_word(&recording, "main"), "on purpose");
        assert_eq!(life_of(&recording, "left"), ["spawned", "step begins", "suspended", "dropped"]);
    }

    fn a_stuck_root_whose_destructor_panics() {
        let recording = record(|setup| {
            let panic = panic_of(|| run_with(setup, async |co: &Co| {
                let _last = Defer(|| panic!("of a destructor"));
                wait(co, &Event::new()).await;
            }));
            assert_eq!(panic, "of a destructor");
        });
        assert_eq!(last_word(&recording, "main"), "of a destructor");
    }
}
