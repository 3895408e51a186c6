//! Many tasks under a recorder: what it costs must not grow with the square of their number.

use yield_to_await::trace::Recorder;
use yield_to_await::{Report, Setup};

use crate::lanes::in_every_lane;
use crate::{SIM, ms};

/// How many events the run was, by their terms.
fn count(run: impl FnOnce(Setup) -> Report<()>) -> impl Fn(&str) -> usize {
    let recorder = Recorder::new();
    run(Setup::new().clock(SIM).record(&recorder))
        .outcome
        .unwrap();
    let recording = recorder.take();
    move |term| {
        recording
            .iter()
            .filter(|event| event.what.term() == term)
            .count()
    }
}

/// Miri looks at every step.
fn many(count: u64) -> u64 {
    if cfg!(miri) { 20 } else { count }
}

fn is(count: usize, expected: u64) -> bool {
    count as u64 == expected
}

in_every_lane! {
    fn tasks_that_sleep() {
        let tasks = many(100_000);
        let events = count(|setup| run_with(setup, async |co: &Co| {
            for n in 0..tasks {
                drop(spawn(co, async move |co: &Co| sleep(co, ms(1 + n % 10)).await));
            }
            sleep(co, ms(20)).await;
        }));
        assert!(is(events("timer fired"), tasks + 1));
        assert!(is(events("step begins"), 2 * (tasks + 1)));
        assert!(is(events("ended"), tasks + 1));
    }

    fn tasks_that_wait_for_a_mutex() {
        let tasks = many(20_000);
        let events = count(|setup| run_with(setup, async |co: &Co| {
            let mutex = Mutex::new(());
            let guard = lock(co, &mutex).await;
            for _ in 0..tasks {
                let mutex = mutex.clone();
                drop(spawn(co, async move |co: &Co| drop(lock(co, &mutex).await)));
            }
            yield_now(co).await;
            drop(guard);
            drop(lock(co, &mutex).await);
        }));
        assert!(is(events("ended"), tasks + 1));
    }

    fn tasks_that_wait_for_an_event_within_a_limit() {
        let tasks = many(20_000);
        let events = count(|setup| run_with(setup, async |co: &Co| {
            let event = Event::new();
            for _ in 0..tasks {
                let event = event.clone();
                drop(spawn(co, async move |co: &Co| {
                    let limit = timeout(co, ms(9), timeout(co, ms(5), wait(co, &event)));
                    limit.await.unwrap().unwrap();
                }));
            }
            sleep(co, ms(1)).await;
            event.set();
            sleep(co, ms(1)).await;
        }));
        assert!(is(events("timer disarmed"), 2 * tasks));
        assert!(is(events("ended"), tasks + 1));
    }

    fn children_of_one_gather() {
        let tasks = many(5_000);
        let events = count(|setup| run_with(setup, async |co: &Co| {
            let children: Vec<_> = (0..tasks).map(|_| spawn(co, async |co: &Co| yield_now(co).await)).collect();
            gather(co, children).await.unwrap();
        }));
        assert!(is(events("ended"), tasks + 1));
    }

    fn tasks_that_are_left_behind() {
        let tasks = many(20_000);
        let events = count(|setup| run_with(setup, async |co: &Co| {
            for _ in 0..tasks {
                drop(spawn(co, async |co: &Co| wait(co, &Event::new()).await));
            }
            yield_now(co).await;
        }));
        assert!(is(events("dropped"), tasks));
    }
}

in_every_lane! {
    fn tasks_that_join_one_task() {
        let tasks = many(20_000);
        let events = count(|setup| run_with(setup, async |co: &Co| {
            let one = spawn(co, async |co: &Co| sleep(co, ms(1)).await);
            for _ in 0..tasks {
                let one = one.clone();
                drop(spawn(co, async move |co: &Co| finished(co, &one).await));
            }
            sleep(co, ms(2)).await;
        }));
        assert!(is(events("ended"), tasks + 2));
    }

    fn many_gathers() {
        let tasks = many(3_000);
        let events = count(|setup| run_with(setup, async |co: &Co| {
            for _ in 0..tasks {
                drop(spawn(co, async |co: &Co| {
                    let two = [0; 2].map(|_| spawn(co, async |co: &Co| sleep(co, ms(1)).await));
                    drop(gather(co, two).await);
                }));
            }
            sleep(co, ms(2)).await;
        }));
        assert!(is(events("ended"), 3 * tasks + 1));
    }

    fn tasks_that_wait_for_permits() {
        let tasks = many(10_000);
        let events = count(|setup| run_with(setup, async |co: &Co| {
            let permits = Semaphore::new(usize::try_from(tasks).unwrap());
            for _ in 0..2 * tasks {
                let permits = permits.clone();
                drop(spawn(co, async move |co: &Co| {
                    let _permit = acquire(co, &permits).await;
                    sleep(co, ms(1)).await;
                }));
            }
            sleep(co, ms(9)).await;
        }));
        assert!(is(events("ended"), 2 * tasks + 1));
    }
}

/// Each of its steps says of all that it waits for: what it costs must not be more than what it says.
#[test]
fn many_waits_in_one_task() {
    use futures::future::LocalBoxFuture;
    use std::future::poll_fn;
    use std::task::Poll;
    use yield_to_await::async_await as aw;

    let waits = many(300);
    let events = count(|setup| {
        aw::run_with(setup, async {
            let mut all: Vec<LocalBoxFuture<'_, ()>> = Vec::new();
            for n in 0..waits {
                all.push(Box::pin(aw::sleep(ms(1 + n))));
            }
            poll_fn(|cx| {
                all.retain_mut(|wait| wait.as_mut().poll(cx).is_pending());
                match all.is_empty() {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            })
            .await;
        })
    });
    assert!(is(events("suspended"), waits));
}
