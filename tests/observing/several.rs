//! Several waits in one task, and waits that move from task to task: lanes 2 and 3, which run on one loop.

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use futures::future::{Either, LocalBoxFuture, select};
use yield_to_await::async_await as aw;
use yield_to_await::trace::{Cause, What};

use crate::{ms, number, of, record, waits_of};

#[test]
fn all_that_a_task_waits_for_at_once() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let (event, permits) = (aw::Event::new(), aw::Semaphore::new(0));
            let task = aw::spawn(aw::sleep(ms(3)));
            let opener = event.clone();
            drop(aw::spawn(async move {
                aw::sleep(ms(1)).await;
                opener.set();
            }));
            let all =
                async { futures::join!(aw::sleep(ms(2)), event.wait(), task, permits.acquire()) };
            assert!(aw::timeout(ms(4), all).await.is_err());
        })
    });
    assert_eq!(
        waits_of(&recording, "main"),
        [
            "the clock to reach 2ms, event 1 to be set, the end of task 1, a permit of semaphore 1, within a timeout until 4ms",
            "the clock to reach 2ms, the end of task 1, a permit of semaphore 1, within a timeout until 4ms",
            "the end of task 1, a permit of semaphore 1, within a timeout until 4ms",
            "a permit of semaphore 1, within a timeout until 4ms",
        ]
    );
}

#[test]
fn a_turn_among_other_waits_comes_first() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            futures::join!(aw::sleep(ms(2)), aw::yield_now());
        })
    });
    assert_eq!(
        waits_of(&recording, "main"),
        [
            "its next turn, the clock to reach 2ms",
            "the clock to reach 2ms"
        ]
    );
}

#[test]
fn of_a_select_both_are_waited_for_and_then_the_one_that_lost() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let event = aw::Event::new();
            let (mut opens, mut nap) = (pin!(event.wait()), pin!(aw::sleep(ms(1))));
            let first = select(opens.as_mut(), nap.as_mut()).await;
            assert!(matches!(first, Either::Right(_)));
            aw::sleep(ms(1)).await;
        })
    });
    assert_eq!(
        waits_of(&recording, "main"),
        [
            "event 1 to be set, the clock to reach 1ms",
            // What has lost is there still, pinned outside of the select.
            "event 1 to be set, the clock to reach 2ms"
        ]
    );
}

/// A wait lasts until it is over or dropped, whether or not it is polled in every step.
#[test]
fn a_wait_that_was_begun_in_an_earlier_step_is_still_there() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let event = aw::Event::new();
            let task = aw::spawn(aw::sleep(ms(9)));
            let mut early = Box::pin(event.wait());
            let mut nap = Box::pin(aw::sleep(ms(8)));
            let mut end = Box::pin(task.clone());
            assert!(futures::poll!(early.as_mut()).is_pending());
            assert!(futures::poll!(nap.as_mut()).is_pending());
            assert!(futures::poll!(end.as_mut()).is_pending());
            aw::sleep(ms(1)).await;
            drop(nap);
            aw::sleep(ms(1)).await;
            drop(early);
            aw::sleep(ms(1)).await;
            drop(end);
            aw::sleep(ms(1)).await;
        })
    });
    assert_eq!(
        waits_of(&recording, "main"),
        [
            "event 1 to be set, the clock to reach 8ms, the end of task 1, the clock to reach 1ms",
            "event 1 to be set, the end of task 1, the clock to reach 2ms",
            "the end of task 1, the clock to reach 3ms",
            "the clock to reach 4ms",
        ]
    );
}

type Moving = Rc<RefCell<Option<LocalBoxFuture<'static, ()>>>>;

/// Begins to wait in a task, and goes on in another.
fn moved(wait: LocalBoxFuture<'static, ()>) -> impl Future<Output = ()> {
    let moving: Moving = Rc::new(RefCell::new(Some(wait)));
    let poll = |moving: Moving| {
        poll_fn(move |cx| match &mut *moving.borrow_mut() {
            Some(wait) => wait.as_mut().poll(cx),
            None => Poll::Ready(()),
        })
    };
    let (first, second) = (poll(Rc::clone(&moving)), poll(Rc::clone(&moving)));
    async move {
        let first = aw::spawn_named("first", async move {
            let mut first = pin!(first);
            assert!(futures::poll!(first.as_mut()).is_pending());
            aw::sleep(ms(1)).await;
            aw::sleep(ms(1)).await;
        });
        aw::yield_now().await;
        let second = aw::spawn_named("second", second);
        first.await.unwrap();
        moving.take();
        second.cancel();
        second.finished().await;
    }
}

#[test]
fn a_wait_that_moves_to_another_task_is_that_tasks() {
    type Make = fn() -> LocalBoxFuture<'static, ()>;
    let waits: [(Make, &str); 6] = [
        (|| Box::pin(aw::Event::new().wait()), "event 1 to be set"),
        (
            || Box::pin(async { aw::Semaphore::new(0).acquire().await.forget() }),
            "a permit of semaphore 1",
        ),
        (|| Box::pin(aw::sleep(ms(5))), "the clock to reach 5ms"),
        (
            || {
                Box::pin(async {
                    let _ = aw::timeout(ms(7), pending::<()>()).await;
                })
            },
            "nothing: nobody has kept its waker, within a timeout until 7ms",
        ),
        (
            || Box::pin(aw::spawn(aw::sleep(ms(50))).finished()),
            "the end of task 1",
        ),
        (
            || {
                let two = [1, 2].map(|_| aw::spawn(aw::sleep(ms(50))));
                Box::pin(async { drop(aw::gather(two).await) })
            },
            "the end of all of task 1, task 2",
        ),
    ];
    for (make, words) in waits {
        let recording = record(|setup| aw::run_with(setup, async { moved(make()).await }));
        let first = waits_of(&recording, "first");
        let own = words.replace("nothing: nobody has kept its waker, within", "within");
        assert!(first[0].contains(&own), "{words}: {first:?}");
        assert_eq!(first[1], "the clock to reach 2ms", "{words}");
        assert_eq!(waits_of(&recording, "second"), [words]);
    }
}

/// Whoever it wakes in the end: it is told of as it was when it was armed.
#[test]
fn a_timer_that_moves_stays_the_task_s_that_armed_it() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let mut nap = Box::pin(aw::sleep(ms(5)));
            assert!(futures::poll!(nap.as_mut()).is_pending());
            aw::spawn_named("sleeper", nap).await.unwrap();
        })
    });
    let fired = |what: &What| matches!(what, What::TimerFired { .. });
    assert!(of(&recording, number(&recording, "main")).any(fired));
    let sleeper = number(&recording, "sleeper");
    assert!(of(&recording, sleeper).any(|what| matches!(
        what,
        What::Woken {
            by: Cause::Timer(1)
        }
    )));
}

/// One wait for the end of a task is over, and another has begun in the same step.
#[test]
fn a_task_whose_end_is_waited_for_again() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let task = aw::spawn(aw::sleep(ms(9)));
            for _ in 0..2 {
                aw::timeout(ms(1), task.finished()).await.unwrap_err();
            }
        })
    });
    assert_eq!(
        waits_of(&recording, "main"),
        [
            "the end of task 1, within a timeout until 1ms",
            "the end of task 1, within a timeout until 2ms",
        ]
    );
}

#[test]
fn a_task_whose_end_is_waited_for_twice() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let task = aw::spawn(aw::sleep(ms(9)));
            let both = async { futures::join!(task.finished(), task.finished()) };
            both.await;
        })
    });
    assert_eq!(
        waits_of(&recording, "main"),
        ["the end of task 1, the end of task 1"]
    );
}

#[test]
fn two_gathers_in_one_task() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let two = || [1, 2].map(|n| aw::spawn(aw::sleep(ms(n))));
            let both = async { futures::join!(aw::gather(two()), aw::gather(two())) };
            let (first, second) = both.await;
            first.and(second).unwrap();
        })
    });
    assert_eq!(
        waits_of(&recording, "main"),
        ["the end of all of task 1, task 2, the end of all of task 3, task 4"]
    );
}

/// One gather is over, and another has begun in the same step.
#[test]
fn one_gather_after_the_other() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let two = || [1, 2].map(|_| aw::spawn(aw::sleep(ms(5))));
            let mut first = Box::pin(aw::gather(two()));
            let second = aw::gather(two());
            assert!(futures::poll!(first.as_mut()).is_pending());
            drop(first);
            drop(second.await);
        })
    });
    assert_eq!(
        waits_of(&recording, "main"),
        ["the end of all of task 3, task 4"]
    );
}
