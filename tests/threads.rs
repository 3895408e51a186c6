//! Wakers of lanes 2 and 3 on other threads, after their task, their loop, and their thread.

use std::cell::Cell;
use std::future::poll_fn;
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use futures::channel::oneshot;
use futures::stream::StreamExt;
use yield_to_await::async_await as aw;
use yield_to_await::{Clock, DeadlockKind, Setup};

/// Miri looks at every step of these, so it gets fewer.
const ROUNDS: u32 = if cfg!(miri) { 10 } else { 500 };

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Fault 3: a thread wakes a task while the loop sleeps, and when that thread has nothing more to say, the report comes.
#[test]
fn a_thread_may_answer_while_another_task_is_stuck() {
    let (stuck, answered) = (aw::Event::new(), Cell::new(false));
    let deadlock = aw::try_run_on(Clock::Real, async {
        drop(aw::spawn_named("stuck", {
            let stuck = stuck.clone();
            async move { stuck.wait().await }
        }));
        let (tx, rx) = oneshot::channel();
        let thread = thread::spawn(move || {
            thread::sleep(ms(5));
            tx.send(7).unwrap();
        });
        assert_eq!(rx.await, Ok(7));
        answered.set(true);
        thread.join().unwrap();
        // The answered oneshot leaves no doubt behind: now nothing can happen any more.
        aw::Event::new().wait().await;
    })
    .unwrap_err();
    assert!(answered.get(), "{deadlock}");
    assert_eq!(deadlock.kind(), DeadlockKind::NobodyLeft);
    assert_eq!(deadlock.tasks()[1].name(), Some("stuck"));
}

#[test]
fn a_waker_that_is_dropped_elsewhere_ends_the_waiting() {
    let (wakers, received) = mpsc::channel::<Waker>();
    let thread = thread::spawn(move || {
        let waker = received.recv().unwrap();
        thread::sleep(ms(3));
        drop(waker);
    });
    let deadlock = aw::try_run_on(
        Clock::Real,
        poll_fn(|cx| -> Poll<()> {
            wakers.send(cx.waker().clone()).unwrap();
            Poll::Pending
        }),
    );
    assert_eq!(deadlock.unwrap_err().kind(), DeadlockKind::NobodyLeft);
    thread.join().unwrap();
}

/// Fault 4: a wake-up that comes while the loop is about to sleep is never lost.
/// However the drop of the last waker falls between the loop's looking round and its falling asleep.
#[test]
fn the_last_waker_may_be_dropped_at_any_moment() {
    let (wakers, received) = mpsc::channel::<Waker>();
    let thread = thread::spawn(move || received.into_iter().for_each(drop));
    for _ in 0..10 * ROUNDS {
        let deadlock = aw::try_run_on(
            Clock::Real,
            poll_fn(|cx| -> Poll<()> {
                wakers.send(cx.waker().clone()).unwrap();
                Poll::Pending
            }),
        );
        assert_eq!(deadlock.unwrap_err().kind(), DeadlockKind::NobodyLeft);
    }
    drop(wakers);
    thread.join().unwrap();
}

#[test]
fn no_wake_up_is_lost_between_the_check_and_the_wait() {
    aw::run(async {
        for _ in 0..ROUNDS {
            let (tx, rx) = oneshot::channel();
            let thread = thread::spawn(move || tx.send(()).unwrap());
            rx.await.unwrap();
            thread.join().unwrap();
        }
    });
}

/// Fault 2: a task that is woken thousands of times before its next poll is polled once.
#[test]
fn a_thousand_wakes_are_one_step() {
    let report = aw::run_with(Setup::new(), async {
        let mut woken = false;
        poll_fn(|cx| {
            if woken {
                return Poll::Ready(());
            }
            woken = true;
            let waker = cx.waker().clone();
            let wake = move || (0..1000).for_each(|_| waker.wake_by_ref());
            thread::spawn(wake).join().unwrap();
            (0..1000).for_each(|_| cx.waker().wake_by_ref());
            Poll::Pending
        })
        .await;
    });
    assert_eq!(report.counts.steps, 2);
}

/// Fault 5: a waker outlives its task, its loop and its loop's thread, and then does nothing.
#[test]
fn a_waker_may_outlive_everything() {
    let keep = || async {
        let task = aw::spawn(poll_fn(|cx| Poll::Ready(cx.waker().clone())));
        task.await.unwrap()
    };
    let here = aw::run(keep());
    let elsewhere = thread::spawn(move || aw::run(keep())).join().unwrap();
    for waker in [here, elsewhere] {
        waker.wake_by_ref();
        let copy = waker.clone();
        thread::spawn(move || copy.wake()).join().unwrap();
        // A later loop is not confused by it.
        let report = aw::run_with(Setup::new(), async {
            waker.wake_by_ref();
            aw::yield_now().await;
            drop(waker);
        });
        assert_eq!(report.counts.steps, 2);
    }
}

/// Faults 3, 4 and 12: two loops on two threads wake each other, again and again.
#[test]
fn two_loops_on_two_threads_wake_each_other() {
    let (to_b, mut at_b) = futures::channel::mpsc::unbounded();
    let (to_a, mut at_a) = futures::channel::mpsc::unbounded();
    let b = thread::spawn(move || {
        aw::run(async {
            while let Some(i) = at_b.next().await {
                to_a.unbounded_send(i + 1).unwrap();
            }
        });
    });
    let last = aw::run(async {
        let mut i = 0;
        while i < ROUNDS {
            to_b.unbounded_send(i).unwrap();
            i = at_a.next().await.unwrap();
        }
        drop(to_b);
        i
    });
    b.join().unwrap();
    assert_eq!(last, ROUNDS);
}

/// Fault 17: parking is the thread's, not the loop's: a task may use it.
#[test]
fn park_tokens_do_not_disturb_the_loop() {
    let report = aw::run_with(Setup::new(), async {
        thread::current().unpark();
        aw::sleep(ms(3)).await;
        thread::current().unpark();
        thread::park();
    });
    assert_eq!(report.counts.steps, 2);
    assert!(report.elapsed >= ms(3));
}
