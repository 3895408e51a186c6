//! Faults 43 to 49 and 53: handles.

use std::cell::Cell;
use std::future::{pending, poll_fn};
use std::rc::Rc;
use std::task::Poll;
use std::thread;

use futures::executor::{LocalPool, block_on};
use futures::future::abortable;
use futures::task::LocalSpawnExt;
use yield_to_await::{JoinError, async_await as aw};

use crate::lanes::{Defer, Trace, in_every_lane};
use crate::{SECOND, SIM};

const MANY: u32 = if cfg!(miri) { 20 } else { 10_000 };

in_every_lane! {
    /// Fault 48: a handle that is dropped before the end detaches its task, and the value that nobody will ask for is dropped once, at the end.
    fn the_value_of_a_detached_task_is_dropped_once() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let (noisy, value) = (trace.clone(), trace.on_drop("value"));
            let task = spawn(co, async move |co: &Co| {
                sleep(co, SECOND).await;
                noisy.note("ran to its end");
                value
            });
            yield_now(co).await;
            drop((task.clone(), task));
            sleep(co, 2 * SECOND).await;
            trace.note("the root goes on");
        });
        assert_eq!(trace.take(), ["ran to its end", "value", "the root goes on"]);
    }

    /// Fault 46: cancelled again and again, before and after its end, by its handle, a copy of it, and a group: one end, one outcome.
    fn cancelling_many_times_is_cancelling_once() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let local = trace.on_drop("dropped");
            let task = spawn(co, async move |co: &Co| {
                let _local = local;
                sleep(co, SECOND).await;
            });
            yield_now(co).await;
            for _ in 0..MANY {
                assert!(task.cancel() && task.clone().cancel());
            }
            drop(gather(co, [task.clone()]));
            yield_now(co).await;
            assert_eq!(trace.take(), ["dropped"]);
            for _ in 0..MANY {
                assert!(!task.cancel());
            }
            assert!(matches!(join(co, &task).await, Err(JoinError::Cancelled)));
            assert!(!task.cancel());
            assert!(matches!(join(co, &task).await, Err(JoinError::Taken)));
        });
        assert!(trace.take().is_empty());
    }
}

/// Fault 47: a handle is not `Send` (`auto_traits.rs`), so another thread can only ask. Whoever asks with a tool made for that, the task ends
/// at home: its destructors run on the thread of its loop.
#[test]
fn what_another_thread_aborts_is_dropped_at_home() {
    let home = thread::current().id();
    let dropped = Rc::new(Cell::new(0));
    aw::run(async {
        let last = Defer({
            let dropped = Rc::clone(&dropped);
            move || {
                assert_eq!(thread::current().id(), home);
                dropped.set(dropped.get() + 1);
            }
        });
        let (body, abort) = abortable(async move {
            let _last = last;
            pending::<()>().await;
        });
        let task = aw::spawn(body);
        aw::yield_now().await;
        let thread = thread::spawn(move || abort.abort());
        assert!(task.await.unwrap().is_err());
        thread.join().unwrap();
    });
    assert_eq!(dropped.get(), 1);
}

/// Fault 47: another thread wakes a task again and again while it is polled and while it is cancelled.
#[test]
fn a_task_that_another_thread_wakes_is_cancelled() {
    const ROUNDS: u32 = if cfg!(miri) { 3 } else { 100 };
    aw::run(async {
        for _ in 0..ROUNDS {
            let (tx, rx) = std::sync::mpsc::channel::<std::task::Waker>();
            let thread = thread::spawn(move || {
                let waker = rx.recv().unwrap();
                (0..100).for_each(|_| waker.wake_by_ref());
            });
            let task = aw::spawn(poll_fn(move |cx| -> Poll<()> {
                let _ = tx.send(cx.waker().clone());
                Poll::Pending
            }));
            aw::yield_now().await;
            assert!(task.cancel());
            assert!(matches!(task.await, Err(JoinError::Cancelled)));
            thread.join().unwrap();
        }
    });
}

/// Fault 49: a handle that is awaited again says that the outcome has been taken; `finished` may be asked as often as one likes.
#[test]
fn a_handle_that_is_awaited_again_says_so() {
    aw::run_on(SIM, async {
        let mut task = aw::spawn(aw::sleep(SECOND));
        let mut finished = task.finished();
        (&mut task).await.unwrap();
        for _ in 0..3 {
            let error = (&mut task).await.unwrap_err();
            assert!(matches!(error, JoinError::Taken), "{error}");
            (&mut finished).await;
        }
    });
}

/// Fault 53: a handle that is awaited when its loop is gone gives what there is, also where no loop runs.
#[test]
fn a_handle_is_awaited_where_no_loop_runs() {
    let (ended, left) = aw::run_on(SIM, async {
        let (ended, left) = (aw::spawn(async { 7 }), aw::spawn(pending::<()>()));
        ended.finished().await;
        (ended, left)
    });
    block_on(left.finished());
    assert_eq!(block_on(ended).unwrap(), 7);
    assert!(matches!(block_on(left), Err(JoinError::Cancelled)));
}

/// Fault 53: and one who began to wait while the loop was there, under another executor, is woken by its end.
#[test]
fn one_who_waits_elsewhere_is_woken_by_the_end_of_the_loop() {
    let mut pool = LocalPool::new();
    let told = Rc::new(Cell::new(false));
    aw::run_on(SIM, async {
        let (left, tell) = (aw::spawn(pending::<()>()), Rc::clone(&told));
        let waits = async move { tell.set(matches!(left.await, Err(JoinError::Cancelled))) };
        pool.spawner().spawn_local(waits).unwrap();
        pool.run_until_stalled();
    });
    assert!(!told.get());
    pool.run_until_stalled();
    assert!(told.get());
}
