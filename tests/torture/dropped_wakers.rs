//! Fault 15, the other half: wakers of others that panic when they are dropped.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Wake;

use yield_to_await::async_await as aw;

use crate::foreign::{for_every_wait, poll_under};
use crate::{SECOND, SIM, loops_still_work};

struct BadDrop;

impl Wake for BadDrop {
    fn wake(self: Arc<Self>) {}
}

impl Drop for BadDrop {
    fn drop(&mut self) {
        panic!("a waker that panics when it is dropped");
    }
}

/// Fault 15: a waker that panics when it is dropped with its wait takes nobody else's wake-up along.
#[test]
fn a_waker_that_panics_when_dropped_loses_nobody_elses_wake_up() {
    for_every_wait(async |lane, mut pair| {
        poll_under(BadDrop, pair.bad.as_mut());
        let good = aw::spawn(pair.good);
        aw::yield_now().await;
        let _ = catch_unwind(AssertUnwindSafe(|| drop(pair.bad)));
        (pair.release)();
        let good = aw::timeout(2 * SECOND, good).await;
        assert!(
            good.is_ok_and(|good| good.is_ok()),
            "{} of {lane}",
            pair.what
        );
    });
}

/// Fault 15: that panic is its owner's trouble, and not that of the one who lets go of the handle.
#[test]
fn a_waker_that_panics_when_dropped_with_a_handle() {
    aw::run_on(SIM, async {
        let task = aw::spawn(async { 5 });
        let mut other = task.clone();
        poll_under(BadDrop, Pin::new(&mut other));
        drop(other);
        assert_eq!(task.await.unwrap(), 5);
    });
    loops_still_work();
}

/// Fault 15: nor that of the one who lets go of any other wait.
#[test]
fn a_waker_that_panics_when_dropped_with_a_wait() {
    let hurt = RefCell::new(Vec::new());
    for_every_wait(async |lane, mut pair| {
        poll_under(BadDrop, pair.bad.as_mut());
        if catch_unwind(AssertUnwindSafe(|| drop(pair.bad))).is_err() {
            hurt.borrow_mut().push(format!("{} of {lane}", pair.what));
        }
    });
    assert!(hurt.borrow().is_empty(), "{:?}", hurt.borrow());
}

/// Fault 15: nor that of the task that awaits the future next, whose waker takes the place of the bad one.
#[test]
fn a_waker_that_panics_when_another_takes_its_place() {
    let hurt = RefCell::new(Vec::new());
    for_every_wait(async |lane, mut pair| {
        poll_under(BadDrop, pair.bad.as_mut());
        let moved = aw::spawn(pair.bad);
        aw::yield_now().await;
        (pair.release)();
        let moved = aw::timeout(2 * SECOND, moved).await;
        if !moved.is_ok_and(|moved| moved.is_ok()) {
            hurt.borrow_mut().push(format!("{} of {lane}", pair.what));
        }
    });
    assert!(hurt.borrow().is_empty(), "{:?}", hurt.borrow());
}

/// Fault 15: and a receiver that is dropped with such a waker is gone all the same: its senders learn that the channel is closed.
#[test]
fn a_waker_that_panics_when_dropped_with_the_last_receiver() {
    aw::run_on(SIM, async {
        let (tx, rx) = aw::channel(1);
        let mut waiting = rx.recv();
        drop(rx);
        poll_under(BadDrop, Pin::new(&mut waiting));
        let _ = catch_unwind(AssertUnwindSafe(|| drop(waiting)));
        assert!(tx.is_closed());
        assert!(tx.send(1).await.is_err());
    });
}

/// Fault 15: two such wakers go with the timers at the end of the loop.
#[test]
fn two_wakers_that_panic_when_dropped_at_the_end() {
    let kept = RefCell::new(Vec::new());
    aw::run_on(SIM, async {
        for _ in 0..2 {
            let mut nap = Box::pin(aw::sleep(SECOND));
            poll_under(BadDrop, nap.as_mut());
            kept.borrow_mut().push(nap);
        }
    });
    drop(kept);
    loops_still_work();
}
