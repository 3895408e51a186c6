//! One observer and several runs, and the end of an observer.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use yield_to_await::trace::{self, Recorder, What};
use yield_to_await::{Setup, async_await as aw};

use crate::lanes::{Defer, in_every_lane};
use crate::{SIM, check, ms, panic_of, record, story};

in_every_lane! {
    /// Each run counts its steps, its timers and its tasks for itself.
    fn one_after_the_other() {
        let recorder = Recorder::new();
        let setup = Setup::new().clock(SIM).record(&recorder);
        let runs = [0; 3].map(|_| {
            run_with(setup.clone(), async |co: &Co| {
                let task = spawn(co, async |co: &Co| sleep(co, ms(1)).await);
                let own = Event::new();
                let _ = timeout(co, ms(2), wait(co, &own)).await;
                join(co, &task).await.unwrap();
            })
            .outcome
            .unwrap();
            recorder.take()
        });
        runs.iter().for_each(check);
        assert_eq!(runs[0].without_places(), runs[1].without_places());
        assert_eq!(runs[0], runs[2]);
    }

    fn a_run_without_an_observer_tells_nobody() {
        let recorder = Recorder::new();
        let setup = Setup::new().clock(SIM).record(&recorder);
        run_with(setup.clone(), async |co: &Co| sleep(co, ms(1)).await).outcome.unwrap();
        assert!(!recorder.take().is_empty());
        run_on(SIM, async |co: &Co| {
            trace::say("nobody listens");
            trace::state("Nobody::Listens");
            sleep(co, ms(1)).await;
        });
        assert!(recorder.take().is_empty());
        let panic = panic_of(|| run_on(SIM, async |_: &Co| panic!("on purpose")));
        assert_eq!((panic.as_str(), recorder.take().len()), ("on purpose", 0));
        // Nothing of it is left for the next that is observed.
        let next = record(|setup| run_with(setup, async |co: &Co| yield_now(co).await));
        assert_eq!(story(&next).len(), 5);
        assert!(next.iter().all(|event| !matches!(&event.what, What::Suspended { state: Some(_), .. })));
    }

    fn outside_of_a_run_nothing_is_said() {
        let formatted = AtomicU64::new(0);
        struct Counts<'a>(&'a AtomicU64);
        impl std::fmt::Display for Counts<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fetch_add(1, Ordering::Relaxed);
                f.write_str("counted")
            }
        }
        let say = || {
            trace::say(Counts(&formatted));
            trace::state("Nobody::Listens");
        };
        say();
        run_on(SIM, async |_: &Co| say());
        let recording = record(|setup| run_with(setup, async |_: &Co| say()));
        say();
        assert_eq!(formatted.load(Ordering::Relaxed), 1);
        assert!(story(&recording).contains(&"main: printed: counted".to_owned()));
    }

    /// What a text does while it is formatted is told, too, and before it.
    fn a_text_that_does_something() {
        struct Sets(Event);
        impl std::fmt::Display for Sets {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.set();
                trace::say("inner");
                f.write_str("outer")
            }
        }
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let event = Event::new();
            let waits = spawn_named(co, "waits", {
                let event = event.clone();
                async move |co: &Co| wait(co, &event).await
            });
            yield_now(co).await;
            trace::say(Sets(event));
            join(co, &waits).await.unwrap();
        }));
        let story = story(&recording);
        let from = story.iter().position(|line| line.starts_with("waits: woken")).unwrap();
        assert_eq!(story[from..from + 3], ["waits: woken by main", "main: printed: inner", "main: printed: outer"]);
    }

    fn two_threads_at_the_same_time() {
        let count = Arc::new(AtomicU64::new(0));
        let heard = Arc::clone(&count);
        let setup = Setup::new().clock(SIM).observe(move |_| {
            heard.fetch_add(1, Ordering::Relaxed);
        });
        let threads = [0; 2].map(|_| {
            let setup = setup.clone();
            thread::spawn(move || {
                run_with(setup, async |co: &Co| {
                    for _ in 0..200 {
                        yield_now(co).await;
                    }
                }).outcome.unwrap();
            })
        });
        for thread in threads {
            thread.join().unwrap();
        }
        // Spawned, 201 times began, 200 times suspended, ended.
        assert_eq!(count.load(Ordering::Relaxed), 2 * (1 + 201 + 200 + 1));
    }

    /// It is gone when `run_with` has returned, if nobody else has it; and it may run a loop in its destructor.
    fn an_observer_goes_with_its_last_setup() {
        let drops = Arc::new(AtomicU64::new(0));
        let noted = Arc::clone(&drops);
        let last = Defer(move || {
            let value = run_on(SIM, async |co: &Co| {
                sleep(co, ms(1)).await;
                5
            });
            noted.fetch_add(value, Ordering::Relaxed);
        });
        let setup = Setup::new().clock(SIM).observe(move |_| {
            let _kept = &last;
        });
        let again = setup.clone();
        run_with(setup, async |_: &Co| ()).outcome.unwrap();
        assert_eq!(drops.load(Ordering::Relaxed), 0);
        run_with(again, async |_: &Co| assert_eq!(drops.load(Ordering::Relaxed), 0)).outcome.unwrap();
        assert_eq!(drops.load(Ordering::Relaxed), 5);
    }

    fn an_observer_that_panics_when_it_goes() {
        let last = Defer(|| panic!("of its destructor"));
        let setup = Setup::new().clock(SIM).observe(move |_| {
            let _kept = &last;
        });
        assert_eq!(panic_of(|| run_with(setup, async |_: &Co| ())), "of its destructor");
        assert_eq!(run_on(SIM, async |_: &Co| 5), 5);
    }

    fn in_the_destructor_of_a_thread_local() {
        struct Last(Recorder);
        impl Drop for Last {
            fn drop(&mut self) {
                let setup = Setup::new().clock(SIM).record(&self.0);
                run_with(setup, async |co: &Co| {
                    let task = spawn(co, async |co: &Co| sleep(co, ms(1)).await);
                    trace::say("at last");
                    join(co, &task).await.unwrap();
                }).outcome.unwrap();
            }
        }
        thread_local! {
            static LAST: RefCell<Option<Last>> = const { RefCell::new(None) };
        }
        for loop_first in [false, true] {
            let recorder = Recorder::new();
            let kept = recorder.clone();
            let thread = thread::spawn(move || {
                LAST.set(Some(Last(kept.clone())));
                if loop_first {
                    run_with(Setup::new().clock(SIM).record(&kept), async |_: &Co| ()).outcome.unwrap();
                    drop(kept.take());
                }
            });
            thread.join().unwrap();
            let recording = recorder.take();
            check(&recording);
            assert_eq!(recording.iter().filter(|event| event.what == What::Ended).count(), 2);
        }
    }
}

/// What one lane's run leaves on the thread is nothing to the other loop's.
#[test]
fn lanes_that_take_turns_on_a_thread() {
    use yield_to_await::generators as g;

    let of_kernel = || {
        record(|setup| {
            g::run_with(setup, async |co: &g::Co| {
                drop(g::spawn(co, async |co: &g::Co| {
                    g::timeout(co, ms(5), g::Event::new().wait(co)).await
                }));
                g::sleep(co, ms(1)).await;
            })
        })
    };
    let of_executor = || {
        record(|setup| {
            aw::run_with(setup, async {
                drop(aw::spawn(async {
                    aw::timeout(ms(5), aw::Event::new().wait()).await
                }));
                aw::sleep(ms(1)).await;
            })
        })
    };
    let runs = [of_kernel(), of_executor(), of_kernel(), of_executor()];
    let plain = runs.map(|recording| recording.without_places());
    assert!(plain.iter().all(|recording| *recording == plain[0]));
}
