//! Waits under wakers that other crates keep or make: lanes 2 and 3, which run on one loop.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::task::{Poll, Waker};

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use yield_to_await::async_await as aw;
use yield_to_await::trace::What;

use crate::{ms, record, waits_of};

#[test]
fn a_waker_that_somebody_else_keeps() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let event = aw::Event::new();
            let mut kept: Option<Waker> = None;
            let held = async {
                poll_fn(|cx| {
                    let first = kept.is_none();
                    kept.get_or_insert_with(|| cx.waker().clone());
                    match first {
                        true => Poll::Pending,
                        false => Poll::Ready(()),
                    }
                })
                .await;
            };
            // Between its own waits and the limits around them.
            let both = async { futures::join!(held, event.wait()) };
            assert!(aw::timeout(ms(3), both).await.is_err());
            aw::sleep(ms(1)).await;
            drop(kept);
            aw::sleep(ms(1)).await;
        })
    });
    assert_eq!(
        waits_of(&recording, "main"),
        [
            "event 1 to be set, code outside this crate, within a timeout until 3ms",
            "the clock to reach 4ms, code outside this crate",
            "the clock to reach 5ms",
        ]
    );
}

#[test]
fn whoever_keeps_no_waker_waits_for_nothing() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            drop(aw::spawn_named("lost", pending::<()>()));
            aw::timeout(ms(1), pending::<()>()).await.unwrap_err();
            pending::<()>().await;
        })
    });
    let nothing = "nothing: nobody has kept its waker";
    assert_eq!(waits_of(&recording, "lost"), [nothing]);
    assert_eq!(
        waits_of(&recording, "main"),
        [&format!("{nothing}, within a timeout until 1ms"), nothing]
    );
}

/// Only the crate that holds the waits knows what they are.
#[test]
fn waits_under_another_crates_wakers() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let mut all: FuturesUnordered<Pin<Box<aw::Sleep>>> = FuturesUnordered::new();
            for n in 1..=2 {
                all.push(Box::pin(aw::sleep(ms(n))));
            }
            while all.next().await.is_some() {}
            drop(all);
            aw::sleep(ms(1)).await;
        })
    });
    assert_eq!(
        waits_of(&recording, "main"),
        [
            // Having polled all of them, it asks for another turn before it waits.
            "code outside this crate",
            "code outside this crate",
            "code outside this crate",
            "the clock to reach 3ms",
        ]
    );
    let armed = recording.iter().filter_map(|event| match event.what {
        What::TimerArmed { timer, .. } => Some((timer, event.task.is_some())),
        _ => None,
    });
    // The loop does not know whom another crate will wake.
    assert_eq!(
        armed.collect::<Vec<_>>(),
        [(1, false), (2, false), (3, true)]
    );
}

/// Its waker was another crate's, and then its own.
#[test]
fn a_wait_that_comes_back_from_another_crate() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let event = aw::Event::new();
            let mut wait = Box::pin(event.wait());
            let mut all: FuturesUnordered<_> = [wait.as_mut()].into_iter().collect();
            assert!(futures::poll!(all.next()).is_pending());
            drop(all);
            let _ = aw::timeout(ms(1), wait).await;
        })
    });
    assert_eq!(
        waits_of(&recording, "main"),
        // Twice: the other crate had asked for another turn.
        ["event 1 to be set, within a timeout until 1ms"; 2]
    );
}
