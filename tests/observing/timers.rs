//! Timers that are armed, fire and are disarmed.

use std::time::Duration;

use yield_to_await::async_await as aw;
use yield_to_await::trace::{Recording, What};

use crate::lanes::in_every_lane;
use crate::{ms, record, story, waits_of};

/// `armed 1`, `fired 1` and so on, in order.
fn timers(recording: &Recording) -> Vec<String> {
    let lines = story(recording).into_iter();
    lines
        .filter_map(|line| Some(line.split_once("timer ")?.1.to_owned()))
        .filter(|line| line.starts_with(char::is_alphabetic))
        .collect()
}

in_every_lane! {
    fn numbered_from_1_in_the_order_of_arming() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            for n in [3, 1, 2] {
                drop(spawn(co, async move |co: &Co| sleep(co, ms(n)).await));
            }
            sleep(co, ms(4)).await;
        }));
        // The root begins to wait first.
        assert_eq!(timers(&recording), [
            "armed 1", "armed 2", "armed 3", "armed 4", "fired 3", "fired 4", "fired 2", "fired 1",
        ]);
        let deadlines = recording.iter().filter_map(|event| match event.what {
            What::TimerArmed { deadline, .. } => Some(deadline),
            _ => None,
        });
        assert_eq!(deadlines.collect::<Vec<_>>(), [ms(4), ms(3), ms(1), ms(2)]);
        let fired = recording.iter().filter(|event| matches!(event.what, What::TimerFired { .. }));
        assert_eq!(fired.map(|event| event.at).collect::<Vec<_>>(), [ms(1), ms(2), ms(3), ms(4)]);
    }

    /// A limit around what need not wait arms none; one that is not needed is disarmed.
    fn a_limit_that_is_not_needed() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            timeout(co, ms(1), async {}).await.unwrap();
            timeout(co, ms(5), sleep(co, ms(1))).await.unwrap();
            // At the very deadline the value wins.
            timeout(co, ms(1), sleep(co, ms(1))).await.unwrap();
        }));
        assert_eq!(timers(&recording), [
            "armed 1", "armed 2", "fired 1", "disarmed 2", "armed 3", "armed 4", "fired 3", "fired 4",
        ]);
    }

    fn limits_that_nest() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let event = Event::new();
            let inner = async {
                timeout(co, ms(1), wait(co, &event)).await.unwrap_err();
                timeout(co, ms(5), wait(co, &event)).await.unwrap();
            };
            timeout(co, ms(2), inner).await.unwrap_err();
        }));
        // The inner limit is armed first, for the outer one looks at its body before.
        assert_eq!(timers(&recording), [
            "armed 1", "armed 2", "fired 1", "armed 3", "fired 2", "disarmed 3",
        ]);
    }

    fn never() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            timeout(co, ms(1), sleep(co, Duration::MAX)).await.unwrap_err();
            let asleep = spawn(co, async |co: &Co| timeout(co, Duration::MAX, wait(co, &Event::new())).await.is_ok());
            yield_now(co).await;
            asleep.cancel();
            finished(co, &asleep).await;
        }));
        assert_eq!(timers(&recording), ["armed 1", "armed 2", "fired 2", "disarmed 1", "armed 3", "disarmed 3"]);
    }

    fn of_those_who_end() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            drop(spawn_named(co, "panics", async |co: &Co| {
                let event = Event::new();
                let mut nap = Box::pin(timeout(co, ms(5), wait(co, &event)));
                let mut first = true;
                std::future::poll_fn(|cx| {
                    if !std::mem::take(&mut first) {
                        panic!("on purpose");
                    }
                    nap.as_mut().poll(cx).map(drop)
                }).await;
            }));
            drop(spawn_named(co, "left", async |co: &Co| sleep(co, ms(9)).await));
            sleep(co, ms(6)).await;
        }));
        let who = story(&recording);
        let who: Vec<&str> = who.iter().map(String::as_str).filter(|line| line.contains(": timer")).collect();
        assert_eq!(who, [
            "main: timer armed 1", "panics: timer armed 2", "left: timer armed 3",
            "panics: timer fired 2", "main: timer fired 1", "left: timer disarmed 3",
        ]);
    }
}

/// Polled, and dropped in the same step.
#[test]
fn a_sleep_that_is_dropped_at_once() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let mut nap = Box::pin(aw::sleep(ms(1)));
            assert!(futures::poll!(nap.as_mut()).is_pending());
            drop(nap);
            aw::yield_now().await;
        })
    });
    assert_eq!(timers(&recording), ["armed 1", "disarmed 1"]);
    assert_eq!(waits_of(&recording, "main"), ["its next turn"]);
}

/// Forgotten, it fires for nobody: a turn that finds nothing.
#[test]
fn a_sleep_that_is_leaked() {
    let recording = record(|setup| {
        aw::run_with(setup, async {
            let mut nap = Box::pin(aw::sleep(ms(1)));
            assert!(futures::poll!(nap.as_mut()).is_pending());
            std::mem::forget(nap);
            aw::sleep(ms(2)).await;
        })
    });
    assert_eq!(
        timers(&recording),
        ["armed 1", "armed 2", "fired 1", "fired 2"]
    );
}

in_every_lane! {
    fn what_is_disarmed_with_a_limit_that_has_passed() {
        let recording = record(|setup| run_with(setup, async |co: &Co| {
            let event = Event::new();
            let task = spawn(co, {
                let event = event.clone();
                async move |co: &Co| {
                    let body = async {
                        wait(co, &event).await;
                        sleep(co, ms(1)).await;
                    };
                    timeout(co, ms(2), timeout(co, ms(4), body)).await.unwrap_err();
                }
            });
            sleep(co, ms(2)).await;
            event.set();
            join(co, &task).await.unwrap();
        }));
        assert_eq!(timers(&recording), [
            "armed 1", "armed 2", "armed 3", "fired 1", "fired 3", "armed 4", "disarmed 4", "disarmed 2",
        ]);
    }
}
