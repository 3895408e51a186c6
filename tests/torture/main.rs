//! Code that misbehaves where the crate calls it: destructors, wakers, payloads that panic or call back. It harms itself and nobody else,
//! and the loop can be used again afterwards.

mod callbacks;
mod cancelling;
mod channels;
mod combinators;
mod coroutines;
mod depth;
mod destructors;
mod dropped_wakers;
mod elsewhere;
mod foreign;
mod generators;
mod groups;
mod handles;
#[path = "../lanes/mod.rs"]
mod lanes;
mod layouts;
mod lifecycle;
mod limits;
mod neighbours;
mod panics;
mod size;
mod stuck;
mod thread_locals;
mod time;
mod turns;
mod wakers;

use std::any::Any;
use std::cell::RefCell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use lanes::{Defer, Trace, in_every_lane};
use yield_to_await::{Clock, JoinError, Setup, async_await as aw, generators as g};

pub(crate) const SIM: Clock = Clock::Simulated;
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// Panics when it is dropped, unless that would end the process.
pub(crate) struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            panic!("bomb");
        }
    }
}

/// A future that does something else before it is dropped.
pub(crate) struct First<F, D: FnMut()>(pub(crate) Pin<Box<F>>, pub(crate) Defer<D>);

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

/// A copy of the waker of the task that awaits this.
pub(crate) async fn own_waker() -> Waker {
    poll_fn(|cx| Poll::Ready(cx.waker().clone())).await
}

/// Leaves a copy of the waker of the task that awaits this in `kept`.
pub(crate) async fn keep_waker(kept: &RefCell<Vec<Waker>>) {
    let own = own_waker().await;
    kept.borrow_mut().push(own);
}

/// Calls a waker in every way there is, and drops it.
pub(crate) fn call(waker: Waker) {
    for _ in 0..10 {
        waker.wake_by_ref();
    }
    let (called, dropped) = (waker.clone(), waker.clone());
    called.wake();
    drop(dropped);
    waker.wake();
}

/// What `f` panics with.
pub(crate) fn panic_of(f: impl FnOnce()) -> String {
    let panic = catch_unwind(AssertUnwindSafe(f)).expect_err("it panics");
    message_of(&*panic)
}

pub(crate) fn message_of(payload: &(dyn Any + Send)) -> String {
    let formatted = payload.downcast_ref::<String>().map(String::as_str);
    let text = formatted.or_else(|| payload.downcast_ref::<&str>().copied());
    text.unwrap_or("a payload that is not text").to_owned()
}

/// Both loops of this thread still do what loops do, whatever has happened to them before.
pub(crate) fn loops_still_work() {
    let work = aw::run_with(aw::Setup::new().clock(SIM), async {
        let task = aw::spawn(async {
            aw::sleep(SECOND).await;
            7
        });
        assert_eq!(task.await.unwrap(), 7);
    });
    assert_eq!((work.counts.steps, work.elapsed), (4, SECOND));
    let work = g::run_with(g::Setup::new().clock(SIM), async |co: &g::Co| {
        let task = g::spawn(co, async |co: &g::Co| {
            g::sleep(co, SECOND).await;
            7
        });
        assert_eq!(task.join(co).await.unwrap(), 7);
    });
    assert_eq!((work.counts.steps, work.elapsed), (4, SECOND));
}

in_every_lane! {
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

    /// What a task does beside its wait, in the same poll, may be what the wait is for.
    fn a_wait_that_is_called_in_the_poll_that_began_it() {
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            let event = Event::new();
            futures::join!(wait(co, &event), async { event.set() });
            let (tx, rx) = channel(1);
            let (got, ()) = futures::join!(recv(co, &rx), async { tx.try_send(7).unwrap() });
            assert_eq!(got, Some(7));
            let (permits, held) = (Semaphore::new(0), std::cell::Cell::new(0));
            futures::join!(async { drop(acquire(co, &permits).await) }, async {
                permits.release();
                held.set(permits.available_permits());
            });
            assert_eq!((held.get(), permits.available_permits()), (0, 1));
        });
        assert!(report.outcome.is_ok(), "{:?}", report.outcome);
        assert_eq!(report.counts.steps, 4);
    }

    /// The same, and the wait is given up in that poll: the call goes to the next.
    fn a_wait_that_is_called_and_given_up_in_the_poll_that_began_it() {
        run_on(SIM, async |co: &Co| {
            let permits = Semaphore::new(0);
            let gives_up = {
                let permits = permits.clone();
                async move |co: &Co| {
                    let mut given_up = Box::pin(acquire(co, &permits));
                    poll_fn(|cx| {
                        assert!(given_up.as_mut().poll(cx).is_pending());
                        permits.release();
                        Poll::Ready(())
                    })
                    .await;
                }
            };
            let next = {
                let permits = permits.clone();
                async move |co: &Co| drop(acquire(co, &permits).await)
            };
            for task in [spawn(co, gives_up), spawn(co, next)] {
                join(co, &task).await.unwrap();
            }
            assert_eq!(permits.available_permits(), 1);
        });
    }

    /// A wait that is called at the moment when its limit drops it leaves nothing behind for the next wait.
    fn a_call_that_comes_while_the_wait_is_dropped() {
        let report = run_with(aw::Setup::new().clock(SIM), async |co: &Co| {
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
