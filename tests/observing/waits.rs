//! What a suspended task is said to wait for.

use std::future::poll_fn;
use std::pin::pin;
use std::time::Duration;

use yield_to_await::JoinError;

use crate::lanes::in_every_lane;
use crate::{ms, record, waits_of};

in_every_lane! {
    fn a_turn() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            yield_now(co).await;
            sleep(co, Duration::ZERO).await;
            timeout(co, ms(5), yield_now(co)).await.unwrap();
        }));
        assert_eq!(waits_of(&recording, "main"), ["its next turn", "its next turn", "its next turn, within a timeout until 5ms"]);
    }

    fn the_end_of_a_task() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let task = spawn(co, async |_: &Co| ());
            join(co, &task).await.unwrap();
            let task = spawn(co, async |_: &Co| ());
            finished(co, &task).await;
            let task = spawn(co, async |_: &Co| ());
            gather(co, [task]).await.unwrap();
        }));
        assert_eq!(waits_of(&recording, "main"), ["the end of task 1", "the end of task 2", "the end of task 3"]);
    }

    fn the_ends_of_all() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let two = || [0; 2].map(|_| spawn(co, async |_: &Co| Ok::<_, JoinError>(())));
            gather(co, two()).await.unwrap();
            try_gather(co, two()).await.unwrap();
            gather_all(co, two()).await;
            let group = TaskGroup::<(), JoinError>::new();
            for _ in 0..2 {
                drop(group_spawn(co, &group, async |_: &Co| Ok(())));
            }
            finish(co, group).await.unwrap();
        }));
        assert_eq!(waits_of(&recording, "main"), [
            "the end of all of task 1, task 2",
            "the end of all of task 3, task 4",
            "the end of all of task 5, task 6",
            "the end of all of task 7, task 8",
        ]);
    }

    fn the_first_end_of_several() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let two = || [1, 2].map(|n| spawn(co, async move |co: &Co| sleep(co, ms(n)).await));
            first_completed(co, two()).await.1.unwrap();
            let mut both = as_completed(co, two());
            while next(co, &mut both).await.is_some() {}
        }));
        assert_eq!(waits_of(&recording, "main"), [
            "the end of any of task 1, task 2",
            "the end of any of task 3, task 4",
            "the end of task 4",
        ]);
    }

    fn primitives_by_their_numbers_and_names() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let (tx, rx) = channel(1);
            let (event, permits, mutex) = (Event::new(), Semaphore::new(0), Mutex::new(()));
            event.set_name("door");
            let helper = {
                let (tx, rx, event, permits) = (tx.clone(), rx.clone(), event.clone(), permits.clone());
                let mutex = mutex.clone();
                spawn_named(co, "helper", async move |co: &Co| {
                    let guard = lock(co, &mutex).await;
                    yield_now(co).await;
                    send(co, &tx, 1).await.unwrap();
                    sleep(co, ms(1)).await;
                    event.set();
                    sleep(co, ms(1)).await;
                    permits.release();
                    sleep(co, ms(1)).await;
                    drop(guard);
                    sleep(co, ms(1)).await;
                    recv(co, &rx).await.unwrap();
                    sleep(co, ms(1)).await;
                })
            };
            recv(co, &rx).await.unwrap();
            wait(co, &event).await;
            acquire(co, &permits).await.forget();
            drop(lock(co, &mutex).await);
            send(co, &tx, 2).await.unwrap();
            send(co, &tx, 3).await.unwrap();
            join(co, &helper).await.unwrap();
        }));
        assert_eq!(waits_of(&recording, "main"), [
            "a value from channel 1",
            "event 1 `door` to be set",
            "a permit of semaphore 1",
            "the lock of mutex 1",
            "room in channel 1",
            "the end of task 1",
        ]);
    }

    fn moments() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            sleep(co, ms(3)).await;
            sleep_until(co, ms(5)).await;
            timeout(co, ms(1), sleep(co, Duration::MAX)).await.unwrap_err();
            timeout(co, Duration::MAX, sleep(co, ms(1))).await.unwrap();
        }));
        assert_eq!(waits_of(&recording, "main"), [
            "the clock to reach 3ms",
            "the clock to reach 5ms",
            "a moment that never comes, within a timeout until 6ms",
            "the clock to reach 7ms, within a timeout that never passes",
        ]);
    }

    fn time_limits_the_inner_one_first() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let event = Event::new();
            let limits = timeout(co, ms(9), async {
                timeout(co, ms(5), timeout(co, ms(7), wait(co, &event))).await.unwrap_err();
                wait(co, &event).await;
            });
            limits.await.unwrap_err();
        }));
        assert_eq!(waits_of(&recording, "main"), [
            "event 1 to be set, within a timeout until 7ms, within a timeout until 5ms, within a timeout until 9ms",
            "event 1 to be set, within a timeout until 9ms",
        ]);
    }

    /// Woken for another reason than the one it waits for, it goes on waiting: said again.
    fn a_wait_that_goes_on() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let permits = Semaphore::new(0);
            let task = spawn_named(co, "eager", {
                let permits = permits.clone();
                async move |co: &Co| {
                    // Limits that pass while the inner one is being waited under.
                    let outer = timeout(co, ms(5), async {
                        let _ = timeout(co, ms(1), acquire(co, &permits)).await;
                        acquire(co, &permits).await.forget();
                    });
                    outer.await.is_err()
                }
            });
            assert!(join(co, &task).await.unwrap());
        }));
        assert_eq!(waits_of(&recording, "eager"), [
            "a permit of semaphore 1, within a timeout until 1ms, within a timeout until 5ms",
            "a permit of semaphore 1, within a timeout until 5ms",
        ]);
    }
}

macro_rules! sets_what_it_waits_for {
    ($lane:ident) => {{
        use crate::lanes::$lane::*;

        let recording = record(|setup| {
            run_with(setup, async |co: &Co| {
                let event = Event::new();
                let mut waits = pin!(wait(co, &event));
                let mut first = true;
                poll_fn(|cx| {
                    let poll = waits.as_mut().poll(cx);
                    if std::mem::take(&mut first) {
                        event.set();
                    }
                    poll
                })
                .await;
            })
        });
        assert_eq!(waits_of(&recording, "main"), ["its next turn"]);
    }};
}

/// Woken before its step is over, it has nothing to wait for but its turn.
#[test]
fn a_wait_that_is_over_before_the_step_is() {
    sets_what_it_waits_for!(state_machines);
    sets_what_it_waits_for!(async_await);
}

#[test]
fn a_wait_that_is_over_before_the_step_is_in_lane_1() {
    sets_what_it_waits_for!(generators);
}
