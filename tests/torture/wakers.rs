//! Faults 1, 2, 8, 9, 13 and 14: wakers that are called too late, too often, or by their own tasks. (On other threads: `elsewhere.rs`. Wakers
//! of others, which misbehave: `foreign.rs`.)

use std::cell::{Cell, RefCell};
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use futures::stream::{FuturesUnordered, StreamExt};
use yield_to_await::{JoinError, Setup, async_await as aw, state_machines as sm};

use crate::lanes::Trace;
use crate::{SECOND, SIM, call, keep_waker, loops_still_work, own_waker};

const MANY: u32 = if cfg!(miri) { 20 } else { 10_000 };

/// Fault 1: a wake-up that comes in the very poll that ends the task gives it no further poll.
#[test]
fn a_wake_up_in_the_last_poll_does_nothing() {
    let wakes_and_ends = async || {
        call(own_waker().await);
        7
    };
    let report = aw::run_with(Setup::new().clock(SIM), async {
        let kept = aw::spawn(wakes_and_ends());
        drop(aw::spawn(wakes_and_ends()));
        for _ in 0..3 {
            aw::yield_now().await;
        }
        assert_eq!(kept.await.unwrap(), 7);
        call(own_waker().await);
    });
    assert_eq!(report.counts.steps, 4 + 2);
}

/// Fault 1: the waker of a task that has ended, in whatever way, does nothing; nor does it in a later loop.
#[test]
fn a_waker_of_a_task_that_has_ended_does_nothing() {
    let kept = Rc::new(RefCell::new(Vec::new()));
    let keep = || {
        let kept = Rc::clone(&kept);
        async move { keep_waker(&kept).await }
    };
    let call_all = || {
        let wakers = kept.borrow().clone();
        wakers.into_iter().for_each(call);
    };
    let report = aw::run_with(Setup::new().clock(SIM), async {
        let held = aw::spawn(keep());
        drop(aw::spawn(keep()));
        let (first, second) = (keep(), keep());
        let panics = aw::spawn(async move {
            first.await;
            panic!("on purpose");
        });
        let cancelled = aw::spawn(async move {
            second.await;
            pending::<()>().await;
        });
        keep().await;
        aw::yield_now().await;
        cancelled.cancel();
        aw::yield_now().await;
        assert_eq!(kept.borrow().len(), 5);
        call_all(); // the root's own among them, which gives it no turn beyond the one that it asks for
        aw::yield_now().await;
        call_all();
        held.await.unwrap();
        panics.await.unwrap_err();
        cancelled.await.unwrap_err();
    });
    assert_eq!(report.counts.steps, 4 + 4);
    let report = aw::run_with(Setup::new().clock(SIM), async {
        drop(aw::spawn(pending::<()>()));
        aw::yield_now().await;
        call_all();
        aw::yield_now().await;
    });
    assert_eq!(report.counts.steps, 3 + 1);
    call_all();
}

macro_rules! spurious_wake_ups {
    ($($test:ident: $lane:ident,)+) => {$(
        /// Fault 2: no wait is over before what it waits for has happened, however often its task is woken; and all are over then.
        #[test]
        fn $test() {
            use $lane as lane;
            const WAKES: usize = if cfg!(miri) { 5 } else { 1000 };

            lane::run_on(SIM, async {
                let (go, mutex, permits) = (lane::Event::new(), lane::Mutex::new(()), lane::Semaphore::new(0));
                let ((tx, rx), (full, drain)) = (lane::channel(1), lane::channel(1));
                full.try_send(0).unwrap();
                let guard = mutex.lock().await;
                let child = || lane::spawn(go.wait());
                let fails = || lane::spawn(go.wait().map(Ok::<(), JoinError>));
                let group = lane::TaskGroup::<(), JoinError>::new();
                drop(group.spawn(go.wait().map(Ok)));
                let (mut ended, mut stream) = (lane::as_completed([child()]), lane::as_completed([child()]));
                let waits: Vec<LocalBoxFuture<'static, ()>> = vec![
                    lane::sleep(SECOND).boxed_local(),
                    lane::sleep_until(SECOND).boxed_local(),
                    lane::timeout(SECOND, pending::<()>()).map(drop).boxed_local(),
                    lane::timeout(2 * SECOND, go.wait()).map(drop).boxed_local(),
                    go.wait().boxed_local(),
                    rx.recv().map(drop).boxed_local(),
                    full.send(1).map(drop).boxed_local(),
                    permits.acquire().map(drop).boxed_local(),
                    mutex.lock().map(drop).boxed_local(),
                    child().map(drop).boxed_local(),
                    child().finished().boxed_local(),
                    lane::gather([child()]).map(drop).boxed_local(),
                    lane::try_gather([fails()]).map(drop).boxed_local(),
                    lane::gather_all([child()]).map(drop).boxed_local(),
                    lane::first_completed([child()]).map(drop).boxed_local(),
                    async move { drop(ended.next().await) }.boxed_local(),
                    async move { drop(StreamExt::next(&mut stream).await) }.boxed_local(),
                    group.finish().map(drop).boxed_local(),
                ];
                let count = waits.len();
                let (wakers, over) = (Rc::new(RefCell::new(Vec::new())), Rc::new(Cell::new(0)));
                let seen = Rc::new(Cell::new(0));
                for mut wait in waits {
                    let (wakers, over, seen) = (Rc::clone(&wakers), Rc::clone(&over), Rc::clone(&seen));
                    drop(lane::spawn(poll_fn(move |cx| {
                        wakers.borrow_mut().push(cx.waker().clone());
                        seen.set(seen.get() + 1);
                        let poll = wait.as_mut().poll(cx);
                        over.set(over.get() + usize::from(poll.is_ready()));
                        poll
                    })));
                }
                for turn in 1..=WAKES {
                    lane::yield_now().await;
                    assert_eq!((seen.get(), over.get()), (count * turn, 0));
                    wakers.take().into_iter().for_each(call);
                }
                go.set();
                permits.release();
                tx.try_send(1).unwrap();
                drain.try_recv().unwrap();
                drop(guard);
                lane::sleep(2 * SECOND).await;
                assert_eq!(over.get(), count);
            });
        }
    )+};
}

spurious_wake_ups! {
    spurious_wake_ups_end_no_wait_of_async_await: aw,
    spurious_wake_ups_end_no_wait_of_state_machines: sm,
}

/// Fault 8: a future that owns copies of its own waker is no circle that keeps it alive: it goes with its loop. Nor is the number of its
/// loop lost: loops can be run for ever, though there are 65 536 numbers for them.
#[test]
fn a_future_that_owns_its_own_waker_goes_with_its_loop() {
    const RUNS: usize = if cfg!(miri) { 10 } else { 70_000 };
    let trace = Trace::default();
    for _ in 0..RUNS {
        aw::run_on(SIM, async {
            let noted = trace.on_drop("dropped");
            drop(aw::spawn(async move {
                let _own = (noted, own_waker().await, own_waker().await);
                pending::<()>().await;
            }));
            aw::yield_now().await;
        });
    }
    assert_eq!(trace.take(), vec!["dropped"; RUNS]);
}

/// Keeps its own waker, and calls it when it is dropped.
struct CallsAtTheEnd {
    own: Option<Waker>,
    then: Then,
}

enum Then {
    Wait,
    End,
    Panic,
}

impl Then {
    fn call(self) -> CallsAtTheEnd {
        let own = None;
        CallsAtTheEnd { own, then: self }
    }
}

impl Future for CallsAtTheEnd {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.own = Some(cx.waker().clone());
        match self.then {
            Then::Wait => Poll::Pending,
            Then::End => Poll::Ready(()),
            Then::Panic => panic!("on purpose"),
        }
    }
}

impl Drop for CallsAtTheEnd {
    fn drop(&mut self) {
        call(self.own.take().unwrap());
    }
}

/// Fault 9: a future that calls and drops its own waker in its destructor is dropped once, gets no further turn, and disturbs nobody:
/// whether it ends, panics, is cancelled, or is left over at the end of the loop.
#[test]
fn a_destructor_may_call_its_own_waker() {
    let report = aw::run_with(Setup::new().clock(SIM), async {
        let ends = aw::spawn(Then::End.call());
        let panics = aw::spawn(Then::Panic.call());
        let cancelled = aw::spawn(Then::Wait.call());
        drop(aw::spawn(Then::Wait.call()));
        aw::yield_now().await;
        cancelled.cancel();
        aw::yield_now().await;
        ends.await.unwrap();
        let error = panics.await.unwrap_err();
        assert_eq!(error.to_string(), "the task panicked: on purpose");
        assert!(matches!(cancelled.await, Err(JoinError::Cancelled)));
        let mut of_the_root = Then::Wait.call();
        assert!(futures::poll!(Pin::new(&mut of_the_root)).is_pending());
    });
    assert_eq!(report.counts.steps, 3 + 4);
    loops_still_work();
}

/// Fault 13: the wakers of those who had a slot before do not even poll the one who has it now.
#[test]
fn old_wakers_do_not_reach_the_next_owner_of_a_slot() {
    let generations = MANY / 10;
    let report = aw::run_with(Setup::new().clock(SIM), async {
        let mut old = Vec::new();
        for generation in 0..generations {
            let go = aw::Event::new();
            let waiting = go.wait();
            let task = aw::spawn(async move {
                let own = own_waker().await;
                waiting.await;
                own
            });
            aw::yield_now().await;
            old.iter().cloned().for_each(call);
            if generation % 100 == 1 {
                let old = old.clone();
                let elsewhere = move || old.into_iter().for_each(call);
                thread::spawn(elsewhere).join().unwrap();
            }
            aw::yield_now().await;
            assert!(!task.is_finished());
            go.set();
            old.push(task.await.unwrap());
            old.drain(..old.len().saturating_sub(10));
        }
    });
    // The task has two turns. The root has two for its yields and one for the end of the task.
    assert_eq!(report.counts.steps, u64::from(1 + generations * (2 + 3)));
}

/// Fault 14: a future that was polled by a task that has ended, and is now awaited by the task that has its slot, wakes the new one.
#[test]
fn wakers_of_successive_owners_of_a_slot_differ() {
    let first = aw::run_on(SIM, async {
        let first = own_waker().await;
        assert!(first.will_wake(&own_waker().await));
        let mut before: Option<Waker> = None;
        for _ in 0..MANY / 10 {
            let (event, mut unordered) = (aw::Event::new(), FuturesUnordered::new());
            let (mut plain, waiting) = (event.wait(), event.wait());
            unordered.push(waiting);
            let old = aw::spawn(async move {
                assert!(futures::poll!(&mut plain).is_pending());
                assert!(futures::poll!(unordered.next()).is_pending());
                (plain, unordered, own_waker().await)
            });
            let (plain, mut unordered, stale) = old.await.unwrap();
            let new = aw::spawn(async move {
                let own = own_waker().await;
                assert!(own.will_wake(&own.clone()));
                assert!(!own.will_wake(&stale));
                assert!(before.is_none_or(|before| !own.will_wake(&before)));
                plain.await;
                unordered.next().await.unwrap();
                stale
            });
            aw::yield_now().await;
            event.set();
            before = Some(new.await.unwrap());
        }
        first
    });
    // The root has the same slot in every loop.
    aw::run_on(SIM, async {
        assert!(!first.will_wake(&own_waker().await));
    });
}

/// Fault 14: nor does a later loop ever go by the number of one whose waker is still about, though numbers are given out again.
#[test]
fn an_old_waker_is_no_name_of_a_later_loop() {
    const LOOPS: u32 = if cfg!(miri) { 10 } else { 140_000 };
    let old = aw::run_on(SIM, own_waker());
    for _ in 0..LOOPS {
        let differs = aw::run_on(SIM, async { !own_waker().await.will_wake(&old) });
        assert!(differs);
    }
}
