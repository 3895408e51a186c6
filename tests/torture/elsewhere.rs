//! Faults 3 to 7, 12, 16 and 17: wakers that are used elsewhere: on other threads, for other loops, after their loop has ended or its thread,
//! and while a thread is torn down. (More of it is in `tests/threads.rs`.)

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use yield_to_await::generators::{self as g, Co};
use yield_to_await::{Clock, DeadlockKind, Setup, async_await as aw};

use crate::lanes::Defer;
use crate::{SIM, call, keep_waker, loops_still_work, own_waker};

const HOUR: Duration = Duration::from_secs(3600);
const ROUNDS: u32 = if cfg!(miri) { 10 } else { 5000 };

/// A thread that calls the wakers it is sent, and the number of those that it has called.
fn caller() -> (mpsc::Sender<Waker>, Arc<AtomicU32>, thread::JoinHandle<()>) {
    let (wakers, received) = mpsc::channel::<Waker>();
    let called = Arc::new(AtomicU32::new(0));
    let count = Arc::clone(&called);
    let thread = thread::spawn(move || {
        for waker in received {
            let so_far = count.fetch_add(1, Ordering::SeqCst);
            match so_far % 2 {
                0 => waker.wake(),
                _ => waker.wake_by_ref(),
            }
        }
    });
    (wakers, called, thread)
}

/// Faults 3 and 4: a loop that sleeps, or is about to, hears every wake-up of another thread, whether or not a timer is armed; and each is
/// one turn.
#[test]
fn every_wake_up_of_another_thread_is_heard() {
    let (wakers, called, thread) = caller();
    let report = aw::run_with(Setup::new(), async {
        let waits = async || {
            for _ in 0..ROUNDS {
                let before = called.load(Ordering::SeqCst);
                poll_fn(|cx| {
                    if called.load(Ordering::SeqCst) > before {
                        return Poll::Ready(());
                    }
                    wakers.send(cx.waker().clone()).unwrap();
                    Poll::Pending
                })
                .await;
            }
        };
        waits().await;
        aw::timeout(HOUR, waits()).await.unwrap();
    });
    assert_eq!(report.counts.steps, u64::from(1 + 2 * ROUNDS));
    assert!(report.elapsed < HOUR);
    drop(wakers);
    thread.join().unwrap();
}

/// Fault 5: a future whose waker is out is dropped with its loop, at home. The waker does nothing then: here or elsewhere, whether the
/// thread of the loop is still there or not, and while another loop runs.
#[test]
fn a_waker_of_what_a_loop_has_dropped_does_nothing() {
    let leave = || {
        let (home, dropped) = (thread::current().id(), Rc::new(Cell::new(0)));
        let wakers = aw::run(async {
            let wakers = Rc::new(RefCell::new(vec![own_waker().await]));
            for _ in 0..5 {
                let (wakers, dropped) = (Rc::clone(&wakers), Rc::clone(&dropped));
                drop(aw::spawn(async move {
                    let _last = Defer(move || {
                        assert_eq!(thread::current().id(), home);
                        dropped.set(dropped.get() + 1);
                    });
                    keep_waker(&wakers).await;
                    pending::<()>().await;
                }));
            }
            aw::yield_now().await;
            wakers.take()
        });
        assert_eq!((wakers.len(), dropped.get()), (6, 5));
        wakers
    };
    let mut wakers = leave();
    wakers.extend(thread::spawn(leave).join().unwrap());
    let call_here = || wakers.iter().cloned().for_each(call);
    let call_everywhere = || {
        call_here();
        thread::scope(|s| s.spawn(call_here).join()).unwrap();
    };
    call_everywhere();
    let report = aw::run_with(Setup::new(), async {
        for _ in 0..5 {
            drop(aw::spawn(pending::<()>()));
        }
        aw::yield_now().await;
        call_everywhere();
        aw::yield_now().await;
    });
    assert_eq!(report.counts.steps, 3 + 5);
    loops_still_work();
}

/// Fault 6: other threads wake while `run` returns. Every future is dropped exactly once, at home, before it has returned, and no crash.
#[test]
fn wake_ups_race_with_the_end_of_the_loop() {
    const RACES: u32 = if cfg!(miri) { 5 } else { 5000 };
    const TASKS: u32 = 8;
    let newest = Mutex::new(Vec::<Waker>::new());
    let over = AtomicBool::new(false);
    let wake = || {
        while !over.load(Ordering::Relaxed) {
            let wakers = newest.lock().unwrap().clone();
            wakers.into_iter().for_each(call);
        }
    };
    thread::scope(|s| {
        s.spawn(wake);
        s.spawn(wake);
        let _over = Defer(|| over.store(true, Ordering::Relaxed));
        for race in 0..RACES {
            let dropped = Rc::new(Cell::new(0));
            aw::run(async {
                let wakers = Rc::new(RefCell::new(vec![own_waker().await]));
                for _ in 0..TASKS {
                    let (wakers, dropped) = (Rc::clone(&wakers), Rc::clone(&dropped));
                    let last = Defer(move || {
                        dropped.set(dropped.get() + 1);
                        // Lets wake-ups fall between the destructors.
                        (0..100).for_each(|_| std::hint::spin_loop());
                    });
                    drop(aw::spawn(async move {
                        let _last = last;
                        keep_waker(&wakers).await;
                        pending::<()>().await;
                    }));
                }
                aw::yield_now().await;
                *newest.lock().unwrap() = wakers.take();
                // Every race begins somewhere else.
                for _ in 0..race % 50 {
                    aw::yield_now().await;
                }
            });
            assert_eq!(dropped.get(), TASKS);
        }
    });
    newest.into_inner().unwrap().into_iter().for_each(call);
    loops_still_work();
}

/// Fault 7: four threads clone, call and drop the wakers of one task at once, the one that a poll is lent among them. No copy is
/// forgotten and none counted twice: the loop waits as long as one is out, and knows when none is.
#[test]
fn four_threads_clone_and_call_and_drop_one_waker() {
    const COPIES: u32 = if cfg!(miri) { 5 } else { 500 };
    let deadlock = aw::try_run_on(Clock::Real, async {
        let mut polls = 0;
        poll_fn(|cx| {
            polls += 1;
            let (lent, handed) = (cx.waker(), Mutex::new(Vec::new()));
            thread::scope(|s| {
                for _ in 0..4 {
                    s.spawn(|| {
                        for _ in 0..COPIES {
                            let copy = lent.clone();
                            call(copy.clone());
                            let others = handed.lock().unwrap().pop();
                            handed.lock().unwrap().push(copy);
                            drop(others);
                        }
                    });
                }
            });
            drop(handed);
            match polls {
                1 => Poll::Pending,
                _ => Poll::Ready(()),
            }
        })
        .await;
        let (tx, rx) = futures::channel::oneshot::channel();
        let thread = thread::spawn(move || {
            thread::sleep(Duration::from_millis(3));
            tx.send(7).unwrap();
        });
        assert_eq!(rx.await, Ok(7));
        thread.join().unwrap();
        pending::<()>().await;
    });
    assert_eq!(deadlock.unwrap_err().kind(), DeadlockKind::NobodyLeft);
    loops_still_work();
}

/// Fault 12: only one loop runs on a thread at a time (a nested `run` is refused), so the tasks of another loop are those of another thread
/// or of an earlier run. Whoever wakes the former, a task of lane 1 here, wakes them where they are and in the order of waking; whoever
/// wakes the latter wakes nobody.
#[test]
fn a_task_of_one_loop_wakes_tasks_of_another() {
    let stale = aw::run(own_waker());
    let (to_here, wakers) = mpsc::channel();
    let there = thread::spawn(move || {
        let order = Rc::new(RefCell::new(Vec::new()));
        let report = aw::run_with(Setup::new(), async {
            let tasks = [0, 1, 2].map(|i| {
                let (to_here, order, mut is_first) = (to_here.clone(), Rc::clone(&order), true);
                aw::spawn(poll_fn(move |cx| {
                    if std::mem::take(&mut is_first) {
                        to_here.send((i, cx.waker().clone())).unwrap();
                        return Poll::Pending;
                    }
                    order.borrow_mut().push(i);
                    Poll::Ready(())
                }))
            });
            aw::gather(tasks).await.unwrap();
        });
        assert_eq!(report.counts.steps, 2 + 6);
        order.take()
    });
    let report = g::run_with(Setup::new().clock(SIM), async |co: &Co| {
        let mut wakers: Vec<(i32, Waker)> = wakers.iter().take(3).collect();
        assert!(wakers.iter().map(|(i, _)| *i).eq(0..3));
        let task = g::spawn(co, async move |_: &Co| {
            wakers.rotate_right(1);
            for (_, waker) in wakers {
                call(stale.clone());
                waker.wake_by_ref();
                call(waker);
            }
        });
        task.join(co).await.unwrap();
    });
    assert_eq!(report.counts.steps, 3);
    assert_eq!(there.join().unwrap(), [2, 0, 1]);
}

/// What a thread-local destructor does with wakers and loops.
struct Late {
    of_this_thread: Waker,
    of_a_sleeping_loop: Waker,
    done: mpsc::Sender<u32>,
}

impl Drop for Late {
    fn drop(&mut self) {
        call(self.of_this_thread.clone());
        let late = aw::run_on(SIM, async {
            call(self.of_this_thread.clone());
            aw::spawn(async { 3 }).await.unwrap()
        });
        let lane_1 = g::run_on(SIM, async |co: &Co| {
            let task = g::spawn(co, async |_: &Co| 4);
            task.join(co).await.unwrap()
        });
        self.done.send(late + lane_1).unwrap();
        call(self.of_a_sleeping_loop.clone());
    }
}

thread_local! {
    static LATE: RefCell<Option<Late>> = const { RefCell::new(None) };
}

/// Fault 16: in a thread-local destructor, the waker of a loop that this thread has run does nothing, that of another thread's loop wakes
/// it, and a loop can be run: whether the thread-local was there before the thread's first loop or came after it.
#[test]
fn wakers_work_in_thread_local_destructors() {
    for is_first in [false, true] {
        let (done, at_the_end) = mpsc::channel();
        aw::run(poll_fn(|cx| {
            if let Ok(late) = at_the_end.try_recv() {
                assert_eq!(late, 3 + 4);
                return Poll::Ready(());
            }
            let (of_a_sleeping_loop, done) = (cx.waker().clone(), done.clone());
            thread::spawn(move || {
                if is_first {
                    LATE.with_borrow(|late| assert!(late.is_none()));
                }
                let late = Late {
                    of_this_thread: aw::run(own_waker()),
                    of_a_sleeping_loop,
                    done,
                };
                LATE.set(Some(late));
            });
            Poll::Pending
        }));
    }
}

/// Fault 17: a stray `unpark` neither ends a sleep nor is a turn, and a task that eats its thread's token misses no wake-up.
#[test]
fn park_tokens_and_wake_ups_are_different_things() {
    let here = thread::current();
    let (wakers, called, thread) = caller();
    let over = AtomicBool::new(false);
    thread::scope(|s| {
        let _over = Defer(|| over.store(true, Ordering::Relaxed));
        s.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                here.unpark();
            }
        });
        let report = aw::run_with(Setup::new(), async {
            for round in 1..=ROUNDS / 10 {
                poll_fn(|cx| {
                    if called.load(Ordering::SeqCst) == round {
                        return Poll::Ready(());
                    }
                    wakers.send(cx.waker().clone()).unwrap();
                    thread::park();
                    Poll::Pending
                })
                .await;
            }
            aw::sleep(Duration::from_millis(3)).await;
        });
        assert_eq!(report.counts.steps, u64::from(1 + ROUNDS / 10 + 1));
        assert!(report.elapsed >= Duration::from_millis(3));
    });
    drop(wakers);
    thread.join().unwrap();
}
