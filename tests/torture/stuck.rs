//! Programs that can make no progress: what the report says of them, and of whom the loop waits.

use std::cell::RefCell;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::sync::mpsc;
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use futures::FutureExt;
use futures::channel::oneshot;
use futures::future::{Either, select};
use yield_to_await::async_await as aw;
use yield_to_await::{Clock, Deadlock, DeadlockKind, Holder, WaitReason};

use crate::lanes::in_every_lane;
use crate::lanes::report::without_places;
use crate::{SECOND, SIM, own_waker};

in_every_lane! {
    /// Fault 39: nothing can ever run again. Whoever waits is listed.
    fn nothing_can_ever_run_again() {
        for clock in [SIM, Clock::Real] {
            let deadlock = try_run_on(clock, async |co: &Co| {
                let (_tx, rx) = channel::<()>(1);
                recv(co, &rx).await
            })
            .unwrap_err();
            assert_eq!(deadlock.kind(), DeadlockKind::NobodyLeft);
            assert!(matches!(deadlock.tasks()[0].waits(), [WaitReason::Receive(_)]));
        }
    }

    /// Fault 51: two tasks await each other.
    fn two_tasks_that_await_each_other() {
        let deadlock = try_run_on(Clock::Real, async |co: &Co| {
            let handles = Rc::new(RefCell::new(Vec::<JoinHandle<()>>::new()));
            let partner = |other: usize| {
                let handles = Rc::clone(&handles);
                async move |co: &Co| {
                    let other = handles.borrow()[other].clone();
                    finished(co, &other).await;
                }
            };
            let tasks = [spawn(co, partner(1)), spawn(co, partner(0))];
            handles.borrow_mut().extend(tasks);
            let first = handles.borrow()[0].clone();
            finished(co, &first).await;
        })
        .unwrap_err();
        assert_eq!(deadlock.kind(), DeadlockKind::Cycle);
        assert!(deadlock.to_string().ends_with("a circle: task 1 -> task 2 -> task 1"), "{deadlock}");
    }

    /// Fault 76: a task sends to itself through a channel that is full.
    fn a_task_that_sends_to_itself() {
        let deadlock = try_run_on(Clock::Real, async |co: &Co| {
            let (tx, rx) = channel(1);
            send(co, &tx, 1).await.unwrap();
            send(co, &tx, 2).await.unwrap();
            recv(co, &rx).await
        })
        .unwrap_err();
        assert!(matches!(deadlock.tasks()[0].waits(), [WaitReason::Send(_)]));
        assert!(deadlock.to_string().ends_with("is full, and open: 1 receiver is left"), "{deadlock}");
    }
}

/// A waiter that was polled, lost against something else, is kept, and has been called since.
async fn set_aside<F: Future + Unpin>(wait: F, until: impl Future + Unpin) -> F {
    match select(wait, until).await {
        Either::Left(_) => panic!("nobody has called it yet"),
        Either::Right((_, wait)) => wait,
    }
}

/// Fault 69: the lock goes to a future that its own task does not poll any more, while the same task waits for the lock.
#[test]
fn a_lock_that_was_handed_to_a_future_that_sleeps() {
    // Under Miri a millisecond is over before anybody falls asleep.
    let real = (!cfg!(miri)).then_some(Clock::Real);
    for clock in [SIM].into_iter().chain(real) {
        let deadlock = aw::try_run_on(clock, async {
            let lock = aw::Mutex::new(());
            lock.set_name("futurelock");
            let holder = aw::spawn({
                let lock = lock.clone();
                async move {
                    let _guard = lock.lock().await;
                    aw::sleep(Duration::from_millis(2)).await;
                }
            });
            aw::yield_now().await;
            let nap = Box::pin(aw::sleep(Duration::from_millis(1)));
            let snoozed = set_aside(lock.lock(), nap).await;
            holder.await.unwrap();
            drop(lock.lock().await);
            drop(snoozed);
        })
        .unwrap_err();
        assert_eq!(deadlock.kind(), DeadlockKind::Cycle);
        let [lock] = deadlock.primitives() else {
            panic!("{deadlock}")
        };
        assert!(matches!(lock.snoozed(), [Holder::Task(task)] if task.name() == Some("main")));
        let report = without_places(&deadlock);
        let expected = "\n  mutex 1 `futurelock`, made at .., was handed to a future that has not been polled since, of task 0 `main`\
             \n  a circle: task 0 `main` -> mutex 1 `futurelock` -> task 0 `main`";
        assert!(report.ends_with(expected), "{report}");
    }
}

/// Fault 69: the same with a channel. The value is there, and the one who waits is not called for it.
#[test]
fn a_channel_that_called_a_future_that_sleeps() {
    let deadlock = aw::try_run_on(SIM, async {
        let (tx, rx) = aw::channel(2);
        let snoozed = set_aside(rx.recv(), aw::yield_now()).await;
        let other = aw::spawn_named("other", {
            let rx = rx.clone();
            async move { rx.recv().await }
        });
        aw::yield_now().await;
        tx.send(1).await.unwrap();
        let _ = other.await;
        drop(snoozed);
    })
    .unwrap_err();
    let report = without_places(&deadlock);
    let expected = "\n  channel 1, made at .., was handed to a future that has not been polled since, of task 0 `main`";
    assert!(report.ends_with(expected), "{report}");
    assert_eq!(
        deadlock.kind(),
        DeadlockKind::NobodyLeft,
        "somebody could send again"
    );
}

/// Several futures of several tasks, of which one is polled again after all.
#[test]
fn only_those_that_sleep_on_are_named() {
    let deadlock = aw::try_run_on(SIM, async {
        let permits = aw::Semaphore::new(0);
        let mut kept = Vec::new();
        for _ in 0..3 {
            kept.push(set_aside(permits.acquire(), aw::yield_now()).await);
        }
        for _ in 0..3 {
            permits.release();
        }
        assert!(kept.remove(1).now_or_never().is_some());
        permits.acquire().await.forget();
    })
    .unwrap_err();
    let [permits] = deadlock.primitives() else {
        panic!("{deadlock}")
    };
    assert_eq!(permits.snoozed().len(), 2, "{deadlock}");
}

fn waits(deadlock: &Deadlock) -> Vec<String> {
    let tasks = deadlock.tasks().iter();
    let words = tasks.map(|task| {
        task.waits()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    });
    words.map(|words| words.join(", ")).collect()
}

const HELD: &str = "code outside this crate that holds its waker";
const NOBODY: &str = "nothing: it returned `Pending`, and nobody has kept its waker";

/// A future that forgets to keep its waker, the mistake of whoever writes one for the first time, is told from one whose waker somebody has.
#[test]
fn a_waker_that_nobody_keeps() {
    let deadlock = aw::try_run_on(Clock::Real, pending::<()>()).unwrap_err();
    assert_eq!(deadlock.kind(), DeadlockKind::NobodyLeft);
    assert_eq!(waits(&deadlock), [NOBODY]);

    let (answer, answered) = oneshot::channel::<()>();
    let deadlock = aw::try_run_on(SIM, async {
        drop(aw::spawn(pending::<()>()));
        drop(aw::spawn(answered));
        let (_tx, rx) = aw::channel::<()>(1);
        rx.recv().await
    })
    .unwrap_err();
    assert_eq!(deadlock.kind(), DeadlockKind::ForeignWaker);
    assert_eq!(waits(&deadlock), ["a value from channel 1", NOBODY, HELD]);
    drop(answer);
}

/// Copies are counted wherever they are made and dropped: here, elsewhere, or one here and the other there.
#[test]
fn copies_of_wakers_are_counted_for_each_task() {
    let (here, elsewhere) = mpsc::channel::<Waker>();
    let (back, returned) = mpsc::channel::<Waker>();
    let copies = thread::spawn(move || {
        for waker in elsewhere {
            let copy = waker.clone();
            drop(waker); // made on the loop's thread, dropped on this
            back.send(copy).unwrap(); // made on this thread
        }
    });
    let deadlock = aw::try_run_on(SIM, async {
        for keep in [false, true] {
            let (here, returned) = (here.clone(), &returned);
            let copy = poll_fn(move |cx| {
                here.send(cx.waker().clone()).unwrap();
                Poll::Ready(())
            });
            let task = aw::spawn(async move {
                copy.await;
                pending::<()>().await;
            });
            aw::yield_now().await;
            let waker = returned.recv().unwrap();
            if keep {
                std::mem::forget(waker);
            }
            drop(task);
        }
        pending::<()>().await;
    })
    .unwrap_err();
    drop(here);
    copies.join().unwrap();
    assert_eq!(waits(&deadlock), [NOBODY, NOBODY, HELD]);
}

/// A copy of the waker of whoever had the slot before says nothing of the task that has it now.
#[test]
fn copies_of_an_old_owner_of_the_slot_are_not_the_new_ones() {
    let deadlock = aw::try_run_on(SIM, async {
        let old = aw::spawn(own_waker()).await.unwrap();
        drop(aw::spawn(pending::<()>()));
        pending::<()>().await;
        drop(old);
    })
    .unwrap_err();
    assert_eq!(waits(&deadlock), [NOBODY, NOBODY]);
}

/// One copy is made on another thread and dropped here, another is made here and dropped there: either side alone would miscount.
#[test]
fn copies_of_wakers_that_change_sides_are_counted() {
    let deadlock = aw::try_run_on(SIM, async {
        drop(aw::spawn(async {
            let waker = own_waker().await;
            let copy = thread::spawn(move || (waker.clone(), waker));
            let (_copy, waker) = copy.join().unwrap();
            drop(waker);
            pending::<()>().await;
        }));
        drop(aw::spawn(async {
            let waker = own_waker().await;
            thread::spawn(move || drop(waker)).join().unwrap();
            pending::<()>().await;
        }));
        pending::<()>().await;
    })
    .unwrap_err();
    assert_eq!(waits(&deadlock), [NOBODY, HELD, NOBODY]);
}

/// One that waits for two things says both.
#[test]
fn what_is_waited_for_here_and_elsewhere() {
    let (answer, answered) = oneshot::channel::<()>();
    let deadlock = aw::try_run_on(SIM, async {
        let event = aw::Event::new();
        let both = select(event.wait(), answered);
        let _ = aw::timeout(Duration::MAX, both).await;
    })
    .unwrap_err();
    drop(answer);
    let expected = format!("event 1 to be set, {HELD}, within a timeout that never passes");
    assert_eq!(waits(&deadlock), [expected]);
    assert_eq!(deadlock.kind(), DeadlockKind::ForeignWaker);
}

/// A circle that somebody outside could break is none, and one that nobody can is, whatever else is waited for.
#[test]
fn a_circle_beside_somebody_outside() {
    let (answer, answered) = oneshot::channel::<()>();
    let deadlock = aw::try_run_on(SIM, async {
        drop(aw::spawn(answered));
        let lock = aw::Mutex::new(());
        let _first = lock.lock().await;
        let _second = lock.lock().await;
    })
    .unwrap_err();
    drop(answer);
    assert_eq!(deadlock.kind(), DeadlockKind::Cycle);

    let (answer, answered) = oneshot::channel::<()>();
    let deadlock = aw::try_run_on(SIM, async {
        let lock = aw::Mutex::new(());
        let _first = lock.lock().await;
        let again = lock.lock();
        select(again, answered).await
    });
    drop(answer);
    assert_eq!(deadlock.unwrap_err().kind(), DeadlockKind::ForeignWaker);
}

/// A thread answers after a while: no false alarm meanwhile, and when that is over, the one that is stuck is reported.
#[test]
fn a_thread_answers_while_another_task_is_stuck() {
    let mut value = None;
    let deadlock = aw::try_run_on(Clock::Real, async {
        let (answer, answered) = oneshot::channel();
        let thread = thread::spawn(move || {
            thread::sleep(Duration::from_millis(50));
            answer.send(7).unwrap();
        });
        let stuck = aw::spawn_named("stuck", aw::Event::new().wait());
        value = Some(answered.await.unwrap());
        thread.join().unwrap();
        stuck.await.unwrap();
    })
    .unwrap_err();
    assert_eq!(value, Some(7));
    assert_eq!(deadlock.kind(), DeadlockKind::NobodyLeft);
    assert_eq!(
        waits(&deadlock),
        ["the end of task 1 `stuck`", "event 1 to be set"]
    );
    let since = deadlock.tasks()[0].since().unwrap();
    assert!(
        since >= Duration::from_millis(40) && since < 100 * SECOND,
        "{since:?}"
    );
}

/// Nobody waits for the waker of a task that has ended: its copies bring nothing about.
#[test]
fn wakers_of_tasks_that_have_ended_keep_nobody_waiting() {
    for clock in [SIM, Clock::Real] {
        let kept = RefCell::new(None);
        let deadlock = aw::try_run_on(clock, async {
            let task = aw::spawn(poll_fn(|cx| Poll::Ready(cx.waker().clone())));
            kept.replace(Some(task.await.unwrap()));
            aw::Event::new().wait().await;
        })
        .unwrap_err();
        assert_eq!(deadlock.kind(), DeadlockKind::NobodyLeft);
    }
}

/// While one thread has the waker of a task, another drops that of a task that has ended, and then the first drops its own.
#[test]
fn the_last_waker_of_a_living_task_is_dropped_elsewhere() {
    let (of_living, living) = mpsc::channel::<Waker>();
    let (of_ended, ended) = mpsc::channel::<Waker>();
    let thread = thread::spawn(move || {
        let (living, ended) = (living.recv().unwrap(), ended.recv().unwrap());
        thread::sleep(Duration::from_millis(2));
        drop(living);
        ended // outlives the run
    });
    let deadlock = aw::try_run_on(Clock::Real, async {
        let give = |to: mpsc::Sender<Waker>| {
            poll_fn(move |cx| {
                to.send(cx.waker().clone()).unwrap();
                Poll::Ready(())
            })
        };
        aw::spawn(give(of_ended)).await.unwrap();
        give(of_living).await;
        pending::<()>().await;
    })
    .unwrap_err();
    assert_eq!(deadlock.kind(), DeadlockKind::NobodyLeft);
    assert_eq!(waits(&deadlock), [NOBODY]);
    drop(thread.join().unwrap());
}

/// A future may be polled by somebody else first, and by its task later.
#[test]
fn a_future_that_has_moved_to_a_task_is_in_the_report() {
    let deadlock = aw::try_run_on(SIM, async {
        let event = aw::Event::new();
        let mut waiting = event.wait();
        assert!((&mut waiting).now_or_never().is_none());
        waiting.await;
    })
    .unwrap_err();
    assert_eq!(waits(&deadlock), ["event 1 to be set"]);
}

/// A wait of an earlier run stands in line still, and is none of the tasks that are there now.
#[test]
fn a_wait_of_an_earlier_run_is_nobodys() {
    let event = aw::Event::new();
    let mut earlier = Box::pin(event.wait());
    aw::run_on(SIM, async {
        assert!(futures::poll!(earlier.as_mut()).is_pending());
    });
    let deadlock = aw::try_run_on(SIM, async {
        let waiter = aw::spawn({
            let event = event.clone();
            async move { event.wait().await }
        });
        aw::yield_now().await;
        pending::<()>().await;
        drop(waiter);
    })
    .unwrap_err();
    assert_eq!(waits(&deadlock), [NOBODY, "event 1 to be set"]);
    let report = aw::run_with(aw::Setup::new().clock(SIM), async {
        event.set();
        aw::sleep(SECOND).await; // a `yield_now` would hide a wake-up
    });
    assert_eq!(report.counts.steps, 2, "a call from then wakes nobody now");
}

/// A turn whose task had ended before does not keep the next from being measured.
#[test]
fn a_slow_step_after_a_turn_that_was_for_nobody() {
    let setup = aw::Setup::new().slow_step(Duration::from_millis(4));
    let report = aw::run_with(setup, async {
        drop(aw::spawn(poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::Ready(())
        })));
        drop(aw::spawn_named("slow", async {
            aw::yield_now().await;
            thread::sleep(Duration::from_millis(5));
        }));
        for _ in 0..5 {
            aw::yield_now().await;
        }
    });
    let slow = report.exit.slow_steps.iter();
    assert!(
        slow.map(|step| step.task().name())
            .any(|name| name == Some("slow"))
    );
}
