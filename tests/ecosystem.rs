//! Where lanes 2 and 3 meet other executors and the `futures` crate. (Other threads have a file of their own, `threads.rs`.)

use std::cell::Cell;
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;

use futures::channel::oneshot;
use futures::executor::{LocalPool, block_on};
use futures::stream::{FuturesUnordered, StreamExt};
use futures::task::{LocalSpawn, LocalSpawnExt};
use futures::{FutureExt, join, select};
use yield_to_await::async_await as aw;
use yield_to_await::{Clock, DeadlockKind, Setup, WaitReason};

/// Miri looks at every step, so it gets fewer.
const GENERATIONS: u32 = if cfg!(miri) { 100 } else { 100_000 };

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn the_simulated_clock_reports_what_only_somebody_outside_could_wake() {
    let (tx, rx) = oneshot::channel::<()>();
    let deadlock = aw::try_run_on(Clock::Simulated, rx).unwrap_err();
    assert_eq!(deadlock.kind(), DeadlockKind::ForeignWaker);
    assert_eq!(deadlock.tasks()[0].waits(), [WaitReason::Elsewhere]);
    let report = deadlock.to_string();
    assert!(
        report.starts_with(
            "deadlock: every task waits, at least one for code outside this crate, \
             which the simulated clock does not wait for (the real clock does)\n  task 0 `main`, begun at "
        ),
        "{report}"
    );
    assert!(
        report.ends_with(", waits for code outside this crate that holds its waker"),
        "{report}"
    );
    drop(tx);
}

/// Fault 78: `FuturesUnordered` brings wakers of its own: our leaves keep those then.
#[test]
fn leaves_work_under_a_foreign_waker() {
    let order = aw::run_on(Clock::Simulated, async {
        let (tx, rx) = aw::channel(1);
        let (event, mutex) = (aw::Event::new(), aw::Mutex::new(()));
        let guard = mutex.lock().await;
        let tasks = FuturesUnordered::new();
        let named = |name: &'static str, done: futures::future::LocalBoxFuture<'static, ()>| {
            done.map(move |()| name).boxed_local()
        };
        tasks.push(named("sleep", aw::sleep(ms(30)).boxed_local()));
        tasks.push(named("yield", aw::yield_now().boxed_local()));
        tasks.push(named(
            "recv",
            async move { rx.recv().await.unwrap() }.boxed_local(),
        ));
        tasks.push(named("event", event.wait().boxed_local()));
        tasks.push(named(
            "lock",
            {
                let mutex = mutex.clone();
                async move { drop(mutex.lock().await) }
            }
            .boxed_local(),
        ));
        let join = aw::spawn(aw::sleep(ms(50)));
        tasks.push(named(
            "join",
            join.map(|ended| ended.unwrap()).boxed_local(),
        ));
        drop(aw::spawn(async move {
            aw::sleep(ms(10)).await;
            event.set();
            aw::sleep(ms(10)).await;
            tx.send(()).await.unwrap();
            aw::sleep(ms(20)).await;
            drop(guard);
        }));
        tasks.collect::<Vec<_>>().await
    });
    assert_eq!(order, ["yield", "event", "recv", "sleep", "lock", "join"]);
}

#[test]
fn channels_and_locks_need_no_loop_of_ours() {
    let (tx, rx) = aw::channel(1);
    let mut pool = LocalPool::new();
    let spawner = pool.spawner();
    let seen = Rc::new(Cell::new(0));
    spawner
        .spawn_local(async move {
            for i in 1..=3 {
                tx.send(i).await.unwrap();
            }
        })
        .unwrap();
    spawner
        .spawn_local({
            let seen = Rc::clone(&seen);
            async move {
                while let Some(i) = rx.recv().await {
                    seen.set(seen.get() + i);
                }
            }
        })
        .unwrap();
    pool.run();
    assert_eq!(seen.get(), 6);
    let mutex = aw::Mutex::new(7);
    assert_eq!(*block_on(mutex.lock()), 7);
    block_on(aw::yield_now());
}

#[test]
fn macros_of_the_futures_crate_work() {
    aw::run_on(Clock::Simulated, async {
        let (a, b) = join!(aw::sleep(ms(10)), aw::sleep(ms(20)));
        assert_eq!((a, b, aw::now()), ((), (), ms(20)));
        let mut fast = aw::sleep(ms(5)).fuse();
        let mut slow = aw::sleep(ms(9)).fuse();
        select! {
            () = fast => {}
            () = slow => panic!("the faster one wins"),
        }
        slow.await;
        assert_eq!(aw::now(), ms(29));
    });
}

#[test]
fn the_streams_are_streams() {
    aw::run_on(Clock::Simulated, async {
        let (tx, rx) = aw::channel(1);
        let sender = aw::spawn(async move {
            for i in 1..=4 {
                tx.send(i).await.unwrap();
            }
        });
        assert_eq!(
            rx.map(|i| i * 10).collect::<Vec<_>>().await,
            [10, 20, 30, 40]
        );
        sender.await.unwrap();
        let tasks = [3, 1, 2].map(|i| {
            aw::spawn(async move {
                aw::sleep(ms(i)).await;
                i
            })
        });
        let order = aw::as_completed(tasks)
            .map(Result::unwrap)
            .collect::<Vec<_>>()
            .await;
        assert_eq!(order, [1, 2, 3]);
    });
}

/// Fault 74: a stream that is dropped with a wake-up on its way passes it on.
#[test]
fn a_dropped_stream_passes_its_wake_up_on() {
    aw::run_on(Clock::Simulated, async {
        let (tx, rx) = aw::channel(1);
        let mut stream = rx.clone();
        let other = aw::spawn(async move { rx.recv().await });
        assert!(futures::poll!(stream.next()).is_pending());
        aw::yield_now().await;
        tx.try_send(7).unwrap();
        drop(stream);
        assert_eq!(other.await.unwrap(), Some(7));
    });
}

/// Fault 30: and afterwards says that its loop is gone.
#[test]
fn a_spawner_spawns_while_its_loop_runs() {
    let spawner = aw::run_on(Clock::Simulated, async {
        let spawner = aw::spawner();
        let task = spawner.spawn_local_with_handle(async {
            aw::sleep(ms(1)).await;
            7
        });
        assert_eq!(task.unwrap().await, 7);
        spawner
    });
    assert!(spawner.status_local().unwrap_err().is_shutdown());
    aw::run_on(Clock::Simulated, async {
        let refused = spawner.spawn_local(async { unreachable!("it belongs to an earlier loop") });
        assert!(refused.unwrap_err().is_shutdown());
    });
}

/// A yield that is dropped in the turn that polled it leaves no place in the queue, and takes back only its own.
#[test]
fn a_dropped_yield_takes_its_own_note_back() {
    let report = aw::run_with(Setup::new().clock(Clock::Simulated), async {
        let mut kept = aw::yield_now();
        let mut dropped = aw::yield_now();
        assert!(futures::poll!(&mut kept).is_pending());
        assert!(
            futures::poll!(&mut kept).is_pending(),
            "it is still the same turn"
        );
        assert!(futures::poll!(&mut dropped).is_pending());
        drop(dropped);
        kept.await;
        let mut dropped = Box::pin(aw::yield_now());
        assert!(futures::poll!(&mut dropped).is_pending());
        drop(dropped);
        aw::sleep(ms(5)).await;
    });
    assert_eq!((report.counts.steps, report.elapsed), (3, ms(5)));
}

/// Fault 64: a sleep that moves to another task after its first poll wakes the one that polled it last.
#[test]
fn a_future_may_move_to_another_task() {
    aw::run_on(Clock::Simulated, async {
        let (tx, rx) = aw::channel(1);
        let mut waiting = rx.recv();
        let mut nap = aw::sleep(ms(10));
        assert!(futures::poll!(&mut nap).is_pending());
        assert!(futures::poll!(&mut waiting).is_pending());
        let moved = aw::spawn(async move {
            nap.await;
            (aw::now(), waiting.await)
        });
        aw::sleep(ms(20)).await;
        tx.send(7).await.unwrap();
        assert_eq!(moved.await.unwrap(), (ms(10), Some(7)));
    });
}

#[test]
fn a_pinned_future_polled_by_hand_shares_the_loop() {
    aw::run_on(Clock::Simulated, async {
        let mut limited = pin!(aw::timeout(ms(10), aw::sleep(ms(20))));
        assert!(futures::poll!(&mut limited).is_pending());
        aw::sleep(ms(4)).await;
        assert!(limited.await.is_err());
        assert_eq!(aw::now(), ms(10));
    });
}

/// Fault 29: many generations of destructors that spawn at the end: a loop drops them, not a recursion.
#[test]
fn destructors_that_spawn_at_the_end_do_not_recurse() {
    struct Chain(u32);
    impl Drop for Chain {
        fn drop(&mut self) {
            if self.0 > 0 {
                let next = Chain(self.0 - 1);
                drop(aw::spawn(async move { drop(next) }));
            }
        }
    }
    aw::run_on(Clock::Simulated, async {
        let first = Chain(GENERATIONS);
        drop(aw::spawn(async move {
            aw::sleep(ms(1)).await;
            drop(first);
        }));
    });
}
