//! Fault 36: what is in a `thread_local!` when its thread ends, and what is forgotten altogether.

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Poll, Waker};
use std::thread;

use yield_to_await::async_await as aw;

use crate::lanes::{Defer, Trace, in_every_lane};
use crate::{SECOND, SIM};

in_every_lane! {
    /// Fault 36: what a `thread_local!` holds when its thread ends, made before or after the thread's first loop. All of it is dropped, once, and may
    /// still be used by destructors, which may even run a loop.
    fn what_thread_locals_hold_at_the_end_of_a_thread() {
        thread_local! {
            static KEPT: RefCell<Vec<Box<dyn std::any::Any>>> = const { RefCell::new(Vec::new()) };
        }
        for before in [true, false] {
            let drops = Arc::new(AtomicU32::new(0));
            let count = {
                let drops = Arc::clone(&drops);
                move || {
                    let drops = Arc::clone(&drops);
                    Defer(move || {
                        drops.fetch_add(1, Ordering::Relaxed);
                    })
                }
            };
            let thread = thread::spawn(move || {
                if before {
                    KEPT.with_borrow_mut(Vec::clear);
                }
                let kept = run_on(SIM, async |co: &Co| {
                    let (event, permits, mutex) = (Event::new(), Semaphore::new(1), Mutex::new(count()));
                    let (tx, rx) = channel(2);
                    tx.try_send(count()).map_err(drop).unwrap();
                    let value = count();
                    let unread = spawn(co, async move |_: &Co| value);
                    let (local, waiting) = (count(), event.clone());
                    let left = spawn(co, async move |co: &Co| {
                        let _local = local;
                        wait(co, &waiting).await;
                    });
                    yield_now(co).await;
                    let held = (acquire(co, &permits).await, lock(co, &mutex).await);
                    let last = Defer({
                        let (event, tx, rx) = (event.clone(), tx.clone(), rx.clone());
                        let (unread, left, permits) = (unread.clone(), left.clone(), permits.clone());
                        let more = count();
                        move || {
                            let _more = &more;
                            event.set();
                            permits.release();
                            tx.try_send(count()).map_err(drop).unwrap();
                            drop(rx.try_recv());
                            assert!(unread.is_finished() && !left.cancel());
                            assert!(unread.peek(|outcome| outcome.is_some()));
                            drop(unread.clone());
                            let again = run_on(SIM, async |co: &Co| {
                                let task = spawn(co, async |co: &Co| {
                                    sleep(co, SECOND).await;
                                    7
                                });
                                join(co, &task).await
                            });
                            assert_eq!(again.unwrap(), 7);
                            drop(count());
                        }
                    });
                    (last, held, unread, left, tx, rx, event, mutex)
                });
                KEPT.with_borrow_mut(|all| all.push(Box::new(kept)));
            });
            thread.join().unwrap();
            // In the mutex, in the channel, unread, of the task that was left, of the destructor itself, sent by it, and its last line.
            assert_eq!(drops.load(Ordering::Relaxed), 7, "before: {before}");
        }
    }

    /// Fault 36: a handle that is forgotten keeps its task's place, and nothing else: the task runs, and what it captured is dropped.
    fn a_forgotten_handle_leaks_its_outcome_and_nothing_else() {
        if cfg!(miri) {
            return; // it would report the leak
        }
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            for name in ["ends", "left"] {
                let trace = trace.clone();
                mem::forget(spawn(co, async move |co: &Co| {
                    let _local = trace.on_drop(name);
                    sleep(co, if name == "ends" { SECOND } else { 10 * SECOND }).await;
                }));
            }
            sleep(co, 2 * SECOND).await;
            trace.note("the root ends");
        });
        assert_eq!(trace.take(), ["ends", "the root ends", "left"]);
        assert_eq!(run_on(SIM, async |_: &Co| 7), 7);
    }
}

/// Fault 36: wakers, and futures in the middle of a wait, in a `thread_local!` at the end of its thread.
#[test]
fn wakers_and_waits_in_a_thread_local() {
    type Waits = Vec<(Pin<Box<dyn Future<Output = ()>>>, Waker)>;
    /// And a sender, so that the receiver goes on waiting.
    struct Last(Waits, aw::Sender<()>);
    impl Drop for Last {
        fn drop(&mut self) {
            for (wait, waker) in self.0.drain(..) {
                waker.wake_by_ref();
                drop(wait);
                waker.wake();
            }
            assert!(self.1.is_closed(), "the receiver was in one of them");
            DROPPED.fetch_add(1, Ordering::Relaxed);
        }
    }
    static DROPPED: AtomicU32 = AtomicU32::new(0);
    thread_local! {
        static KEPT: RefCell<Option<Last>> = const { RefCell::new(None) };
    }
    let thread = thread::spawn(|| {
        let waits = aw::run_on(SIM, async {
            let (tx, rx) = aw::channel::<()>(1);
            let (event, permits) = (aw::Event::new(), aw::Semaphore::new(0));
            let task = aw::spawn(pending::<()>());
            let all: [Pin<Box<dyn Future<Output = ()>>>; 6] = [
                Box::pin(aw::sleep(SECOND)),
                Box::pin(event.wait()),
                Box::pin(async move { assert!(rx.recv().await.is_none()) }),
                Box::pin(async move { drop(permits.acquire().await) }),
                Box::pin(async move { drop(aw::timeout(SECOND, task).await) }),
                Box::pin(aw::yield_now()),
            ];
            let mut waits = Waits::new();
            for mut wait in all {
                let waker = poll_fn(|cx| {
                    assert!(wait.as_mut().poll(cx).is_pending());
                    Poll::Ready(cx.waker().clone())
                });
                let waker = waker.await;
                waits.push((wait, waker));
            }
            (waits, tx)
        });
        KEPT.set(Some(Last(waits.0, waits.1)));
    });
    thread.join().unwrap();
    assert_eq!(DROPPED.load(Ordering::Relaxed), 1);
}

/// Fault 36: futures that are forgotten in the middle of a wait. Those who wait for the same thing go on, and so does the task.
#[test]
#[cfg_attr(miri, ignore = "it leaks")]
fn forgotten_waits_leak_and_nothing_else() {
    let dropped = Trace::default();
    aw::run_on(SIM, async {
        let event = aw::Event::new();
        let task = aw::spawn(aw::sleep(SECOND));
        let _local = dropped.on_drop("root");
        for _ in 0..3 {
            let mut nap = Box::pin(aw::sleep(SECOND));
            let mut wait = Box::pin(event.wait());
            let mut join = Box::pin(task.clone());
            let mut limit = Box::pin(aw::timeout(SECOND, pending::<()>()));
            let mut turn = Box::pin(aw::yield_now());
            assert!(futures::poll!(nap.as_mut()).is_pending());
            assert!(futures::poll!(wait.as_mut()).is_pending());
            assert!(futures::poll!(join.as_mut()).is_pending());
            assert!(futures::poll!(limit.as_mut()).is_pending());
            assert!(futures::poll!(turn.as_mut()).is_pending());
            mem::forget((nap, wait, join, limit, turn));
        }
        let others = [
            aw::spawn(aw::sleep(SECOND)),
            aw::spawn(event.wait()),
            aw::spawn(task.finished()),
        ];
        aw::sleep(SECOND / 2).await;
        event.set();
        aw::gather(others).await.unwrap();
        assert_eq!(aw::now(), SECOND);
        aw::sleep(SECOND).await;
        assert_eq!(aw::now(), 2 * SECOND);
    });
    assert_eq!(dropped.take(), ["root"]);
    assert_eq!(aw::run_on(SIM, async { 7 }), 7);
}
