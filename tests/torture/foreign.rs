//! Faults 15 and 26: wakers of others, which this crate's futures keep and which panic or call back. (That the wakers of the crate do no
//! such thing is in `wakers.rs`.) No test has a waker whose `clone` panics: without `unsafe` there is none.

use std::cell::{Cell, RefCell};
use std::future::pending;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Wake, Waker};

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use yield_to_await::{JoinError, async_await as aw, state_machines as sm};

use crate::lanes::Defer;
use crate::{SECOND, SIM, call, loops_still_work, own_waker};

struct BadWake;

impl Wake for BadWake {
    fn wake(self: Arc<Self>) {
        panic!("a waker that panics");
    }
}

/// Polls `future`, which has to wait, under a waker of which it keeps the only copy.
pub(crate) fn poll_under(
    waker: impl Wake + Send + Sync + 'static,
    future: Pin<&mut (impl Future + ?Sized)>,
) {
    let waker = Waker::from(Arc::new(waker));
    assert!(future.poll(&mut Context::from_waker(&waker)).is_pending());
}

pub(crate) type Waiting = LocalBoxFuture<'static, ()>;

/// Two waits for one thing, and what makes it happen.
pub(crate) struct Pair {
    pub(crate) what: &'static str,
    /// Is first in line.
    pub(crate) bad: Waiting,
    pub(crate) good: Waiting,
    pub(crate) release: Box<dyn FnOnce()>,
}

macro_rules! pairs {
    ($lane:ident) => {{
        use $lane as lane;

        let pair = |what, bad: Waiting, good: Waiting, release: Box<dyn FnOnce()>| Pair {
            what,
            bad,
            good,
            release,
        };
        let mut pairs = Vec::new();
        let event = lane::Event::new();
        let (bad, good) = (event.wait(), event.wait());
        let set = Box::new(move || event.set());
        pairs.push(pair("event", bad.boxed_local(), good.boxed_local(), set));

        let (tx, rx) = lane::channel(1);
        let (bad, good) = (rx.recv().map(drop), rx.recv().map(drop));
        let send = Box::new(move || tx.try_send(1).unwrap());
        pairs.push(pair("recv", bad.boxed_local(), good.boxed_local(), send));

        let (tx, rx) = lane::channel(1);
        tx.try_send(0).unwrap();
        let (bad, good) = (tx.send(1).map(drop), tx.send(2).map(drop));
        let recv = Box::new(move || assert_eq!(rx.try_recv(), Ok(0)));
        pairs.push(pair("send", bad.boxed_local(), good.boxed_local(), recv));

        let permits = lane::Semaphore::new(0);
        let (bad, good) = (permits.acquire().map(drop), permits.acquire().map(drop));
        let release = Box::new(move || permits.release());
        pairs.push(pair(
            "semaphore",
            bad.boxed_local(),
            good.boxed_local(),
            release,
        ));

        let mutex = lane::Mutex::new(());
        let guard = mutex.lock().now_or_never().unwrap();
        let (bad, good) = (mutex.lock().map(drop), mutex.lock().map(drop));
        let release = Box::new(move || drop(guard));
        pairs.push(pair(
            "mutex",
            bad.boxed_local(),
            good.boxed_local(),
            release,
        ));

        let (bad, good) = (lane::sleep(SECOND), lane::sleep(SECOND));
        pairs.push(pair(
            "sleep",
            bad.boxed_local(),
            good.boxed_local(),
            Box::new(|| ()),
        ));

        let (bad, good) = (lane::timeout(SECOND, pending::<()>()), lane::sleep(SECOND));
        pairs.push(pair(
            "timeout",
            bad.map(drop).boxed_local(),
            good.boxed_local(),
            Box::new(|| ()),
        ));

        let mut of_handles =
            |what, wait: fn(lane::JoinHandle<Result<(), JoinError>>) -> Waiting| {
                let event = lane::Event::new();
                let task = lane::spawn(event.wait().map(Ok));
                let good = task.finished().boxed_local();
                let set = Box::new(move || event.set());
                pairs.push(pair(what, wait(task), good, set));
            };
        of_handles("join", |task| task.map(drop).boxed_local());
        of_handles("finished", |task| task.finished().boxed_local());
        of_handles("gather", |task| {
            lane::gather([task]).map(drop).boxed_local()
        });
        of_handles("try_gather", |task| {
            lane::try_gather([task]).map(drop).boxed_local()
        });
        of_handles("gather_all", |task| {
            lane::gather_all([task]).map(drop).boxed_local()
        });
        of_handles("first_completed", |task| {
            lane::first_completed([task]).map(drop).boxed_local()
        });
        of_handles("as_completed", |task| {
            let mut tasks = lane::as_completed([task]);
            async move { drop(tasks.next().await) }.boxed_local()
        });

        let (event, group) = (lane::Event::new(), lane::TaskGroup::<(), JoinError>::new());
        let task = group.spawn(event.wait().map(Ok));
        let (bad, good) = (group.finish().map(drop), task.finished());
        let set = Box::new(move || event.set());
        pairs.push(pair("group", bad.boxed_local(), good.boxed_local(), set));
        pairs
    }};
}

type Pairs = fn() -> Vec<Pair>;

/// What every kind of wait does under a bad waker, on both sides of the loop.
pub(crate) fn for_every_wait(test: impl AsyncFn(&'static str, Pair)) {
    let of_async_await: Pairs = || pairs!(aw);
    let of_state_machines: Pairs = || pairs!(sm);
    let lanes = [
        ("async_await", of_async_await),
        ("state_machines", of_state_machines),
    ];
    for (lane, pairs) in lanes {
        let mut count = 0;
        // Each in a loop of its own, so that it cannot live on what another has left.
        // Miri looks at every step, so it gets some of them.
        const STEP: usize = if cfg!(miri) { 6 } else { 1 };
        for i in (0..).step_by(STEP) {
            let more = aw::run_on(SIM, async {
                let mut all = pairs();
                if i >= all.len() {
                    return false;
                }
                test(lane, all.swap_remove(i)).await;
                true
            });
            if !more {
                break;
            }
            loops_still_work();
            count += 1;
        }
        assert_eq!(count, 15_usize.div_ceil(STEP));
    }
}

/// Fault 15: a waker that panics stands first in line. Those behind it are woken all the same, and who wakes goes on.
#[test]
fn a_waker_that_panics_loses_nobody_elses_wake_up() {
    for_every_wait(async |lane, mut pair| {
        poll_under(BadWake, pair.bad.as_mut());
        let good = aw::spawn(pair.good);
        aw::yield_now().await;
        aw::spawn(async { (pair.release)() })
            .await
            .expect(pair.what);
        aw::sleep(2 * SECOND).await;
        drop(pair.bad); // what it was called for is passed on
        let good = aw::timeout(SECOND, good).await;
        assert!(
            good.is_ok_and(|good| good.is_ok()),
            "{} of {lane}",
            pair.what
        );
    });
}

/// Fault 15: also if it panics while the task that wakes it unwinds from a panic of its own.
#[test]
fn a_waker_that_panics_while_its_caller_unwinds() {
    for_every_wait(async |lane, mut pair| {
        poll_under(BadWake, pair.bad.as_mut());
        let good = aw::spawn(pair.good);
        aw::yield_now().await;
        let mut release = Some(pair.release);
        let unwinds = aw::spawn(async move {
            let _release = Defer(move || release.take().unwrap()());
            panic!("on purpose");
        });
        let error = unwinds.await.unwrap_err();
        assert_eq!(error.to_string(), "the task panicked: on purpose");
        aw::sleep(2 * SECOND).await;
        drop(pair.bad);
        let good = aw::timeout(SECOND, good).await;
        assert!(
            good.is_ok_and(|good| good.is_ok()),
            "{} of {lane}",
            pair.what
        );
    });
}

/// Fault 15: a waker that panics when a task ends changes nothing of how the task ended.
#[test]
fn a_waker_that_panics_changes_no_outcome() {
    aw::run_on(SIM, async {
        for panics in [false, true] {
            let mut task = aw::spawn(async move {
                assert!(!panics, "on purpose");
                5
            });
            let other = task.clone();
            poll_under(BadWake, Pin::new(&mut task));
            match other.await {
                Ok(value) => assert_eq!((value, panics), (5, false)),
                Err(error) => assert_eq!(error.to_string(), "the task panicked: on purpose"),
            }
        }
    });
    loops_still_work();
}

thread_local! {
    static CALLS_BACK: Cell<u32> = const { Cell::new(0) };
}

/// Asks the loop for this and that when it is called, and again when it is dropped.
struct CallsBack;

impl CallsBack {
    fn call_back() {
        CALLS_BACK.set(CALLS_BACK.get() + 1);
        let task = aw::spawn(aw::yield_now());
        assert!(!task.is_finished());
        assert!(task.cancel());
        drop(task);
        drop(aw::spawn(async {
            call(own_waker().await);
            aw::sleep(SECOND).await;
        }));
    }
}

impl Wake for CallsBack {
    fn wake(self: Arc<Self>) {
        Self::call_back();
    }
}

impl Drop for CallsBack {
    fn drop(&mut self) {
        Self::call_back();
    }
}

/// Fault 26: nothing is locked or borrowed while a waker is called, replaced or dropped: it may ask its loop for anything.
#[test]
fn a_waker_that_calls_back() {
    for_every_wait(async |lane, mut pair| {
        poll_under(CallsBack, pair.bad.as_mut());
        poll_under(CallsBack, pair.bad.as_mut());
        assert_eq!(CALLS_BACK.take(), 1, "one takes the other's place");
        let good = aw::spawn(pair.good);
        aw::yield_now().await;
        (pair.release)();
        aw::sleep(2 * SECOND).await;
        drop(pair.bad);
        assert_eq!(
            CALLS_BACK.take(),
            2,
            "one call and one drop: {} of {lane}",
            pair.what
        );
        let good = aw::timeout(SECOND, good).await;
        assert!(
            good.is_ok_and(|good| good.is_ok()),
            "{} of {lane}",
            pair.what
        );
    });
}

/// Fault 26: nor while a wait leaves its line without having been called.
#[test]
fn a_waker_that_calls_back_from_a_wait_that_is_dropped() {
    for_every_wait(async |lane, mut pair| {
        poll_under(CallsBack, pair.bad.as_mut());
        drop(pair.bad);
        assert_eq!(CALLS_BACK.take(), 1, "{} of {lane}", pair.what);
    });
}

/// Fault 26: a foreign waker goes with the timers at the end, and its destructor spawns: refused, and dropped before `run` returns.
#[test]
fn a_waker_that_spawns_when_it_is_dropped() {
    struct Spawns(Mutex<Option<Waker>>);
    impl Wake for Spawns {
        fn wake(self: Arc<Self>) {}
    }
    impl Drop for Spawns {
        fn drop(&mut self) {
            let dropped = self.0.lock().unwrap().take().unwrap();
            let tell = Defer(move || dropped.wake_by_ref());
            drop(aw::spawn(async move { drop(tell) }));
        }
    }
    struct Told(Mutex<bool>);
    impl Wake for Told {
        fn wake(self: Arc<Self>) {
            *self.0.lock().unwrap() = true;
        }
    }
    let told = Arc::new(Told(Mutex::new(false)));
    let kept = RefCell::new(None);
    aw::run_on(SIM, async {
        let spawns = Spawns(Mutex::new(Some(Waker::from(Arc::clone(&told)))));
        let waker = Waker::from(Arc::new(spawns));
        let mut nap = Box::pin(aw::sleep(SECOND));
        assert!(
            nap.as_mut()
                .poll(&mut Context::from_waker(&waker))
                .is_pending()
        );
        kept.replace(Some(nap));
    });
    assert!(
        *told.0.lock().unwrap(),
        "the refused future is gone when `run` returns"
    );
}
