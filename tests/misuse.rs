//! What lane 1 says to a coroutine that waits for something in a way the kernel cannot know of. Only that coroutine ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use yield_to_await::async_await as aw;
use yield_to_await::generators::{self as g, Co};
use yield_to_await::{Clock, JoinError};

const SIM: Clock = Clock::Simulated;

/// The message with which a coroutine of lane 1 ends; the others go on.
fn misuse(coroutine: impl AsyncFnOnce(&Co) + 'static) -> String {
    g::run_on(SIM, async |co: &Co| {
        let misused = g::spawn(co, coroutine);
        let bystander = g::spawn(co, async |co: &Co| {
            g::sleep(co, Duration::from_millis(1)).await;
            7
        });
        let JoinError::Panicked(panic) = misused.join(co).await.unwrap_err() else {
            panic!("it did not panic")
        };
        assert_eq!(bystander.join(co).await.unwrap(), 7);
        panic.message().to_owned()
    })
}

const TWO_WAITS: &str = " is still out (polled and not finished, or polled and dropped): a coroutine waits for one thing at a \
     time. `spawn` the parts and wait for them with `gather` or `as_completed`, or put a limit on one with `timeout`";

/// Fault 90: the message names both waits.
#[test]
fn two_waits_at_once() {
    let message = misuse(async |co: &Co| {
        let (_tx, rx) = g::channel::<i32>(1);
        futures::join!(rx.recv(co), g::sleep(co, Duration::from_secs(1)));
    });
    let expected = "`sleep` was asked for while the same coroutine's `recv`";
    assert_eq!(message, format!("{expected}{TWO_WAITS}"));
}

/// Fault 87: a wait that nobody waits for any more is not forgotten.
#[test]
fn a_wait_that_was_polled_and_dropped() {
    let message = misuse(async |co: &Co| {
        let mut wait = Box::pin(g::yield_now(co));
        assert!(futures::poll!(&mut wait).is_pending());
        drop(wait);
        g::Event::new().wait(co).await;
    });
    let expected = "`wait` was asked for while the same coroutine's `yield_now`";
    assert_eq!(message, format!("{expected}{TWO_WAITS}"));
}

/// However often it is asked for.
#[test]
fn a_wait_that_was_refused() {
    let message = misuse(async |co: &Co| {
        let mut nap = Box::pin(g::sleep(co, Duration::from_secs(1)));
        let mut turn = Box::pin(g::yield_now(co));
        assert!(futures::poll!(&mut nap).is_pending());
        let refused = catch_unwind(AssertUnwindSafe(|| (&mut turn).now_or_never()));
        assert!(refused.is_err());
        turn.await;
    });
    assert!(message.contains("yield_now` was "), "{message}");
}

/// Fault 86, of a wait that was ended from outside: the old wait is still there: the next one would take its place.
#[test]
fn a_wait_that_outlives_its_limit() {
    let second = Duration::from_secs(1);
    let message = misuse(async move |co: &Co| {
        let (_tx, rx) = g::channel::<i32>(1);
        let mut waiting = Box::pin(rx.recv(co));
        assert!(g::timeout(co, second, waiting.as_mut()).await.is_err());
        g::sleep(co, second).await;
    });
    let expected = "`sleep` was asked for while the same coroutine's `recv`";
    assert_eq!(message, format!("{expected}{TWO_WAITS}"));

    let message = misuse(async move |co: &Co| {
        let (_tx, rx) = g::channel::<i32>(1);
        let mut waiting = Box::pin(rx.recv(co));
        assert!(g::timeout(co, second, waiting.as_mut()).await.is_err());
        waiting.await;
    });
    assert_eq!(
        message,
        "`recv` was polled again after a `timeout` around it had passed: give `timeout` the wait itself and not a reference to it, and \
         begin a new wait afterwards"
    );
}

const FOREIGN_FUTURE: &str = "a coroutine of `generators` awaited a future that does not come from this lane, so the kernel was \
     not told what it waits for: use this lane's functions, which take `co`, or move the program to `async_await`, whose loop \
     takes any future";

/// Faults 88 and 89: a foreign future as the first thing and after a wait.
#[test]
fn a_foreign_future() {
    assert_eq!(misuse(async |_: &Co| futures::pending!()), FOREIGN_FUTURE);
    let later = async |co: &Co| {
        g::yield_now(co).await;
        let (_tx, rx) = futures::channel::oneshot::channel::<()>();
        let _ = rx.await;
    };
    assert_eq!(misuse(later), FOREIGN_FUTURE);
    // Also after a wait that was polled and dropped: that one is not what it waits for now.
    let given_up = async |co: &Co| {
        assert!(futures::poll!(Box::pin(g::yield_now(co))).is_pending());
        g::yield_now(co).await;
    };
    assert!(misuse(given_up).starts_with("`yield_now` was asked for while"));
}

/// Fault 88: a wait of this lane inside a combinator that polls it with a waker of its own.
#[test]
fn a_foreign_waker() {
    let message = misuse(async |co: &Co| {
        let mut waits = FuturesUnordered::new();
        waits.push(g::sleep(co, Duration::from_secs(1)));
        waits.next().await;
    });
    assert_eq!(
        message,
        "`sleep` was polled under a waker that is not the kernel's, inside a combinator like `FuturesUnordered` or another \
         executor: `spawn` the parts instead, and wait for them with `gather` or `as_completed`"
    );
}

/// Under a loop of lane 1 the other lanes' functions say whose functions to use.
#[test]
fn in_the_wrong_lane() {
    let hint = ". (A loop of `generators` runs here: use that lane's functions, which take `co`)";
    let spawn = misuse(async |_: &Co| drop(aw::spawn(async {})));
    assert!(
        spawn.starts_with("`spawn` was called where no loop of `state_machines`"),
        "{spawn}"
    );
    assert!(spawn.ends_with(hint), "{spawn}");
    let sleep = misuse(async |_: &Co| aw::sleep(Duration::ZERO).await);
    assert!(sleep.ends_with(hint), "{sleep}");
}
