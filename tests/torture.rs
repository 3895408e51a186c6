//! Code that misbehaves where the crate calls it: destructors, wakers, payloads that panic or call back. It harms itself and nobody else,
//! and the loop can be used again afterwards.

mod lanes;

use std::cell::RefCell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use lanes::{Defer, Trace, in_every_lane};
use yield_to_await::{Clock, JoinError, Setup, async_await as aw};

const SIM: Clock = Clock::Simulated;
const SECOND: Duration = Duration::from_secs(1);

/// Panics when it is dropped, unless that would end the process.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("bomb");
        }
    }
}

/// A future that does something else before it is dropped.
struct First<F, D: FnMut()>(Pin<Box<F>>, Defer<D>);

impl<F: Future, D: FnMut() + Unpin> Future for First<F, D> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl<F, D: FnMut()> Drop for First<F, D> {
    fn drop(&mut self) {
        (self.1.0)();
    }
}

in_every_lane! {
    /// Faults 19 and 24: a detached task panics with a payload whose destructor panics.
    fn a_payload_that_panics_when_it_is_dropped() {
        let value = run_on(SIM, async |co: &Co| {
            drop(spawn(co, async |_: &Co| panic_any(Bomb)));
            yield_now(co).await;
            yield_now(co).await;
            7
        });
        assert_eq!(value, 7);
        let again = run_on(SIM, async |co: &Co| join(co, &spawn(co, async |_: &Co| 8)).await);
        assert_eq!(again.unwrap(), 8);
    }

    /// Fault 20: a value that nobody takes panics when it is dropped.
    fn a_value_that_panics_when_it_is_dropped() {
        let value = run_on(SIM, async |co: &Co| {
            drop(spawn(co, async |_: &Co| Bomb));
            yield_now(co).await;
            yield_now(co).await;
            7
        });
        assert_eq!(value, 7);
    }

    /// The caller of `run` gets the first panic at the end, and the task's handle is told what it said.
    fn a_panic_of_a_destructor_at_the_end_is_in_the_handle_too() {
        let kept = Rc::new(RefCell::new(None));
        let run = catch_unwind(AssertUnwindSafe(|| {
            run_on(SIM, async |co: &Co| {
                let task = spawn(co, async |co: &Co| {
                    let _bomb = Bomb;
                    sleep(co, SECOND).await;
                });
                kept.replace(Some(task));
                yield_now(co).await;
            });
        }));
        assert_eq!(*run.unwrap_err().downcast::<&str>().unwrap(), "bomb");
        let task = kept.take().unwrap();
        let error = run_on(SIM, async |co: &Co| join(co, &task).await).unwrap_err();
        assert_eq!(error.to_string(), "the task panicked: bomb");
    }

    /// Tasks that are refused at the end panic when they are dropped, with payloads that panic when *they* are dropped: the first is the
    /// caller's, the other is nobody's.
    fn refused_tasks_that_panic_with_payloads_that_panic() {
        let run = catch_unwind(AssertUnwindSafe(|| {
            run_on(SIM, async |co: &Co| {
                drop(spawn(co, async move |co: &Co| {
                    let _last = Defer(|| {
                        for _ in 0..2 {
                            let refused = Defer(|| panic_any(Bomb));
                            drop(spawn(co, async move |_: &Co| drop(refused)));
                        }
                    });
                    sleep(co, SECOND).await;
                }));
                yield_now(co).await;
            });
        }));
        let panic = run.unwrap_err().downcast::<Bomb>();
        std::mem::forget(panic.expect("the first panic is the caller's"));
        assert_eq!(run_on(SIM, async |_: &Co| 7), 7);
    }

    /// The root is a task to the end: its destructors run as its own.
    fn destructors_of_a_stuck_root_run_as_the_root() {
        let trace = Trace::default();
        let stuck = try_run_on(SIM, async |co: &Co| {
            let _last = Defer(|| trace.note(current(co)));
            wait(co, &Event::new()).await;
        });
        assert!(stuck.is_err());
        assert_eq!(trace.take(), ["task 0 `main`"]);
    }

    /// A wait that is called at the moment when its limit drops it leaves nothing behind for the next wait.
    fn a_call_that_comes_while_the_wait_is_dropped() {
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            let event = Event::new();
            let late = event.clone();
            let waiting = Box::pin(wait(co, &event));
            let body = First(waiting, Defer(move || late.set()));
            assert!(timeout(co, SECOND, body).await.is_err());
            sleep(co, 10 * SECOND).await;
        });
        assert_eq!((report.elapsed, report.counts.steps), (11 * SECOND, 4));
    }

    /// A body that gives up by itself in the turn in which its limit has passed leaves nothing behind for the next limit.
    fn a_body_that_gives_up_at_its_limit() {
        run_on(SIM, async |co: &Co| {
            let event = Event::new();
            let mut waiting = Box::pin(wait(co, &event));
            let mut polls = 0;
            let body = poll_fn(move |cx| {
                polls += 1;
                match waiting.as_mut().poll(cx) {
                    Poll::Pending if polls == 2 => Poll::Ready("gave up"),
                    poll => poll.map(|()| "was set"),
                }
            });
            assert_eq!(timeout(co, SECOND, body).await, Ok("gave up"));
            assert_eq!(timeout(co, 10 * SECOND, sleep(co, SECOND)).await, Ok(()));
            assert_eq!(now(co), 2 * SECOND);
        });
    }

    /// Dropping what a limit has passed over, late, disturbs no later limit.
    fn a_limit_that_is_dropped_after_the_one_around_it() {
        run_on(SIM, async |co: &Co| {
            let event = Event::new();
            let mut inner = Box::pin(timeout(co, 5 * SECOND, wait(co, &event)));
            assert!(timeout(co, SECOND, inner.as_mut()).await.is_err());
            drop(inner);
            assert!(timeout(co, SECOND, wait(co, &event)).await.is_err());
            assert_eq!(now(co), 2 * SECOND);
        });
    }
}

struct BadWaker;

impl Wake for BadWaker {
    fn wake(self: Arc<Self>) {
        panic!("a waker that panics");
    }
}

fn poll_badly(future: Pin<&mut impl Future>) {
    let waker = Waker::from(Arc::new(BadWaker));
    assert!(future.poll(&mut Context::from_waker(&waker)).is_pending());
}

/// Fault 15: a waker that panics stands first in line. Those behind it are woken all the same, and who wakes goes on.
#[test]
fn a_foreign_waker_that_panics_loses_nobody_elses_wake_up() {
    aw::run_on(SIM, async {
        let event = aw::Event::new();
        let mut bad = Box::pin(event.wait());
        poll_badly(bad.as_mut());
        let good = aw::spawn(event.wait());
        aw::yield_now().await;
        let setter = aw::spawn(async move { event.set() });
        setter.await.unwrap();
        good.await.unwrap();
    });
}

/// It is its owner's trouble, and not that of the one who lets go of the handle.
#[test]
fn a_foreign_waker_that_panics_when_dropped() {
    struct BadDrop;
    impl Wake for BadDrop {
        fn wake(self: Arc<Self>) {}
    }
    impl Drop for BadDrop {
        fn drop(&mut self) {
            panic!("a waker that panics when it is dropped");
        }
    }
    aw::run_on(SIM, async {
        let task = aw::spawn(async { 5 });
        let mut other = task.clone();
        let waker = Waker::from(Arc::new(BadDrop));
        let poll = Pin::new(&mut other).poll(&mut Context::from_waker(&waker));
        assert!(poll.is_pending());
        drop(waker); // the handle has the last of it
        drop(other);
        assert_eq!(task.await.unwrap(), 5);
    });
}

#[test]
fn a_foreign_waker_that_panics_changes_no_outcome() {
    aw::run_on(SIM, async {
        for panics in [false, true] {
            let mut task = aw::spawn(async move {
                assert!(!panics, "on purpose");
                5
            });
            let other = task.clone();
            poll_badly(Pin::new(&mut task));
            match other.await {
                Ok(value) => assert_eq!((value, panics), (5, false)),
                Err(error) => assert_eq!(error.to_string(), "the task panicked: on purpose"),
            }
        }
    });
    assert_eq!(
        aw::run_on(SIM, async { aw::spawn(async { 8 }).await.unwrap() }),
        8
    );
}

/// A foreign waker goes with the timers at the end, and its destructor spawns: refused, and dropped before `run` returns.
#[test]
fn a_foreign_waker_that_spawns_when_it_is_dropped() {
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

/// A stream that was polled and is then asked for `recv` does not stand in its own way.
#[test]
fn a_receiver_is_a_stream_and_a_receiver_in_turn() {
    aw::run_on(SIM, async {
        let (tx, mut rx) = aw::channel(1);
        let sender = aw::spawn(async move {
            for i in 1..=2 {
                aw::sleep(2 * SECOND).await;
                tx.send(i).await.unwrap();
            }
            std::future::pending::<()>().await;
        });
        assert!(aw::timeout(SECOND, rx.next()).await.is_err());
        assert_eq!(rx.recv().await, Some(1));
        assert!(aw::timeout(SECOND, rx.next()).await.is_err());
        assert!(aw::timeout(SECOND / 2, rx.recv()).await.is_err());
        assert_eq!(rx.next().await, Some(2));
        sender.cancel();
    });
}

/// Fault 52, under a waker that is not the task's own.
#[test]
fn a_task_that_joins_itself_inside_a_foreign_combinator_is_told_so() {
    aw::run_on(SIM, async {
        let own = Rc::new(RefCell::new(None::<aw::JoinHandle<bool>>));
        let task = aw::spawn({
            let own = Rc::clone(&own);
            async move {
                let own = own.take().unwrap();
                let mut all: FuturesUnordered<_> = [own].into_iter().collect();
                matches!(all.next().await, Some(Err(JoinError::OwnHandle)))
            }
        });
        own.replace(Some(task.clone()));
        assert!(task.await.unwrap());
    });
}

/// In lanes 2 and 3 a wait that outlives its limit goes on; lane 1 says that it cannot (`misuse.rs`).
#[test]
fn a_wait_may_outlive_its_limit() {
    aw::run_on(SIM, async {
        let (tx, rx) = aw::channel(1);
        drop(aw::spawn(async move {
            aw::sleep(2 * SECOND).await;
            tx.send(7).await.unwrap();
        }));
        let mut waiting = pin!(rx.recv());
        assert!(aw::timeout(SECOND, waiting.as_mut()).await.is_err());
        assert_eq!(waiting.await, Some(7));
    });
}
