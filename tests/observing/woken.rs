//! Who wakes whom.

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures::StreamExt;
use futures::future::LocalBoxFuture;
use futures::stream::FuturesUnordered;
use yield_to_await::async_await as aw;
use yield_to_await::trace::{Cause, Recording, What};
use yield_to_await::{Clock, JoinError};

use crate::lanes::{Defer, in_every_lane};
use crate::{ms, number, of, record, record_on, story};

/// Who has woken the task of this name, one time after the other.
fn wakers_of(recording: &Recording, name: &str) -> Vec<Cause> {
    of(recording, number(recording, name))
        .filter_map(|what| match what {
            What::Woken { by } => Some(*by),
            _ => None,
        })
        .collect()
}

fn in_short(causes: &[Cause]) -> Vec<String> {
    causes
        .iter()
        .map(|cause| match cause {
            Cause::Task(id) => id.number().to_string(),
            Cause::Timer(number) => format!("timer {number}"),
            _ => "elsewhere".to_owned(),
        })
        .collect()
}

in_every_lane! {
    fn a_task_in_its_step() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let (event, permits) = (Event::new(), Semaphore::new(0));
            let (tx, rx) = channel(1);
            let helper = {
                let (event, permits, tx) = (event.clone(), permits.clone(), tx.clone());
                spawn_named(co, "helper", async move |co: &Co| {
                    event.set();
                    yield_now(co).await;
                    permits.release();
                    yield_now(co).await;
                    send(co, &tx, 1).await.unwrap();
                })
            };
            wait(co, &event).await;
            acquire(co, &permits).await.forget();
            recv(co, &rx).await.unwrap();
            drop(tx);
            // The last sender goes in the step of the task that has it.
            let (tx, rx) = channel::<u8>(1);
            drop(spawn_named(co, "closer", async move |_: &Co| drop(tx)));
            assert_eq!(recv(co, &rx).await, None);
            join(co, &helper).await.unwrap();
        }));
        assert_eq!(in_short(&wakers_of(&recording, "main")), ["1", "1", "1", "2"]);
    }

    fn a_task_that_ends() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let ends = spawn(co, async |_: &Co| ());
            join(co, &ends).await.unwrap();
            let panics = spawn(co, async |_: &Co| panic!("on purpose"));
            finished(co, &panics).await;
            let cancelled = spawn(co, async |_: &Co| ());
            cancelled.cancel();
            finished(co, &cancelled).await;
            // The child that decides wakes its parent, and no other does.
            let two = [2, 1].map(|n| spawn(co, async move |co: &Co| sleep(co, ms(n)).await));
            gather(co, two).await.unwrap();
            let two = [2, 1].map(|n| spawn(co, async move |co: &Co| sleep(co, ms(n)).await));
            first_completed(co, two).await.1.unwrap();
            let group = TaskGroup::<(), JoinError>::new();
            drop(group_spawn(co, &group, async |_: &Co| Ok(())));
            finish(co, group).await.unwrap();
        }));
        assert_eq!(in_short(&wakers_of(&recording, "main")), ["1", "2", "3", "4", "7", "8"]);
    }

    /// Its destructors act in its name, in its step or when it is dropped.
    fn a_task_in_its_destructors() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let events = [Event::new(), Event::new(), Event::new()];
            let [at_the_end, when_dropped, in_a_panic] = events.clone();
            drop(spawn(co, async move |_: &Co| {
                let _last = Defer(|| at_the_end.set());
            }));
            wait(co, &events[0]).await;
            let stuck = spawn(co, async move |co: &Co| {
                let _last = Defer(|| when_dropped.set());
                wait(co, &Event::new()).await;
            });
            yield_now(co).await;
            stuck.cancel();
            wait(co, &events[1]).await;
            drop(spawn(co, async move |_: &Co| {
                let _last = Defer(|| in_a_panic.set());
                panic!("on purpose");
            }));
            wait(co, &events[2]).await;
        }));
        assert_eq!(in_short(&wakers_of(&recording, "main")), ["1", "2", "3"]);
    }

    /// Those who wait for its end are woken after its destructors have run, and in its name.
    fn the_order_of_an_end() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let event = Event::new();
            let listens = spawn_named(co, "listens", {
                let event = event.clone();
                async move |co: &Co| wait(co, &event).await
            });
            let dropped = spawn_named(co, "dropped", async move |co: &Co| {
                let _last = Defer(|| event.set());
                wait(co, &Event::new()).await;
            });
            let joins = spawn_named(co, "joins", {
                let dropped = dropped.clone();
                async move |co: &Co| finished(co, &dropped).await
            });
            sleep(co, ms(1)).await;
            dropped.cancel();
            join(co, &listens).await.unwrap();
            join(co, &joins).await.unwrap();
        }));
        let story = story(&recording);
        let from = story.iter().position(|line| line == "dropped: cancel requested by main").unwrap();
        assert_eq!(story[from..from + 8], [
            "dropped: cancel requested by main",
            "main: suspended on the end of task 1",
            "listens: woken by dropped",
            "dropped: dropped",
            "joins: woken by dropped",
            "listens: step begins",
            "listens: ended",
            "main: woken by listens",
        ]);
    }

    fn timers_by_their_numbers() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            drop(spawn_named(co, "other", async |co: &Co| sleep(co, ms(2)).await));
            sleep(co, ms(1)).await;
            sleep(co, ms(2)).await;
            timeout(co, ms(1), wait(co, &Event::new())).await.unwrap_err();
        }));
        assert_eq!(in_short(&wakers_of(&recording, "main")), ["timer 1", "timer 3", "timer 4"]);
        assert_eq!(in_short(&wakers_of(&recording, "other")), ["timer 2"]);
    }

    /// Several reasons, one place in the queue: the first is told.
    fn whoever_stands_in_the_queue_is_not_woken() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let event = Event::new();
            let task = spawn_named(co, "task", {
                let event = event.clone();
                async move |co: &Co| {
                    let _ = timeout(co, ms(1), wait(co, &event)).await;
                    yield_now(co).await;
                    wait(co, &event).await;
                }
            });
            sleep(co, ms(1)).await; // the same moment
            event.set();
            event.set();
            task.cancel();
            task.cancel();
            finished(co, &task).await;
            assert!(!task.cancel());
            event.set();
        }));
        let events = of(&recording, number(&recording, "task"));
        let events: Vec<&str> = events.map(What::term).collect();
        let [.., before, cancel, last] = events[..] else { panic!() };
        assert_eq!([before, cancel, last], ["woken", "cancel requested", "dropped"]);
    }
}

#[test]
fn another_thread() {
    let recording = record_on(Clock::Real, |setup| {
        aw::run_with(setup, async {
            let mut thread = None;
            poll_fn(|cx| {
                if thread.is_some() {
                    return Poll::Ready(());
                }
                let waker = cx.waker().clone();
                thread = Some(std::thread::spawn(move || {
                    std::thread::sleep(ms(2));
                    waker.wake();
                }));
                Poll::Pending
            })
            .await;
            thread.unwrap().join().unwrap();
        })
    });
    assert_eq!(wakers_of(&recording, "main"), [Cause::Elsewhere]);
}

/// Also while others have their turns: the loop takes its mail between two rounds.
#[test]
fn another_thread_while_the_loop_is_busy() {
    let recording = record_on(Clock::Real, |setup| {
        aw::run_with(setup, async {
            let waits = aw::spawn_named("waits", async {
                let mut thread = None;
                poll_fn(|cx| {
                    if thread.is_some() {
                        return Poll::Ready(());
                    }
                    let waker = cx.waker().clone();
                    let wake = std::thread::spawn(move || waker.wake());
                    wake.join().unwrap();
                    thread = Some(());
                    Poll::Pending
                })
                .await;
            });
            for _ in 0..5 {
                aw::yield_now().await;
            }
            waits.await.unwrap();
        })
    });
    assert_eq!(wakers_of(&recording, "waits"), [Cause::Elsewhere]);
}

/// Whoever calls another crate's waker is who wakes.
#[test]
fn through_another_crates_waker() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let event = aw::Event::new();
            let wait: LocalBoxFuture<'_, ()> = Box::pin(event.wait());
            let mut all = FuturesUnordered::from_iter([wait, Box::pin(aw::sleep(ms(2)))]);
            let opener = event.clone();
            drop(aw::spawn(async move {
                aw::sleep(ms(1)).await;
                opener.set();
            }));
            while all.next().await.is_some() {}
        })
    });
    // The first is its own: having polled all, it asks for another turn.
    assert_eq!(
        in_short(&wakers_of(&recording, "main")),
        ["0", "1", "timer 1"]
    );
}

#[test]
fn itself() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let mut polls = 0;
            poll_fn(|cx| {
                polls += 1;
                cx.waker().wake_by_ref();
                cx.waker().wake_by_ref();
                match polls {
                    3 => Poll::Ready(()),
                    _ => Poll::Pending,
                }
            })
            .await;
        })
    });
    let story = story(&recording);
    assert_eq!(
        story,
        [
            "main: spawned by nobody",
            "main: step begins",
            "main: woken by main",
            "main: suspended on its next turn",
            "main: step begins",
            "main: woken by main",
            "main: suspended on its next turn",
            "main: step begins",
            "main: woken by main",
            "main: ended",
        ]
    );
}

#[test]
fn a_waker_of_a_task_that_has_ended_wakes_nobody() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let kept: Rc<RefCell<Vec<Waker>>> = Rc::default();
            let keep = |ends: bool| {
                let kept = Rc::clone(&kept);
                aw::spawn_named("task", async move {
                    poll_fn(|cx| {
                        kept.borrow_mut().push(cx.waker().clone());
                        Poll::Ready(())
                    })
                    .await;
                    if !ends {
                        pending::<()>().await;
                    }
                })
            };
            let (ended, dropped) = (keep(true), keep(false));
            aw::yield_now().await;
            dropped.cancel();
            aw::yield_now().await;
            drop(ended);
            for waker in kept.take() {
                waker.wake_by_ref();
                // The slot may have a new owner by now.
                let new = aw::spawn(async {});
                waker.wake();
                new.await.unwrap();
            }
        })
    });
    assert_eq!(wakers_of(&recording, "task"), []);
}
