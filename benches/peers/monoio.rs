//! The workloads on monoio, with its driver for systems without `io_uring`. It has neither a `yield_now` nor channels of its own; its
//! users take futures-lite and local-sync for these.

use std::future::poll_fn;
use std::rc::Rc;

use futures::future::join_all;
use futures_lite::future::yield_now;
use local_sync::mpsc::bounded;
use monoio::time::{sleep, timeout};
use monoio::{LegacyDriver, RuntimeBuilder, spawn};

use super::over_local_sync;
use super::ring::Ring;
use super::{LIMIT, RING, gathers, nap, turns};

fn block_on<T>(main: impl Future<Output = T>) -> T {
    let runtime = RuntimeBuilder::<LegacyDriver>::new().build();
    runtime.expect("the driver opens its queue").block_on(main)
}

/// The timers are a part of the runtime that has to be asked for.
fn block_on_timers<T>(main: impl Future<Output = T>) -> T {
    let runtime = RuntimeBuilder::<LegacyDriver>::new().enable_timer().build();
    runtime.expect("the driver opens its queue").block_on(main)
}

pub(crate) fn yields(tasks: usize) -> u64 {
    block_on(async {
        let handles = (0..tasks).map(|_| {
            spawn(async move {
                let mut count = 0;
                for _ in 0..turns(tasks) {
                    yield_now().await;
                    count += 1;
                }
                count
            })
        });
        let mut done = 0;
        for handle in handles.collect::<Vec<_>>() {
            done += handle.await;
        }
        done
    })
}

pub(crate) fn spawn_join(tasks: usize) -> u64 {
    block_on(async {
        let handles = (0..tasks as u64).map(|i| spawn(async move { i }));
        let mut sum = 0;
        for handle in handles.collect::<Vec<_>>() {
            sum += handle.await;
        }
        sum
    })
}

pub(crate) fn ping_pong_local_sync(rounds: usize) -> u64 {
    block_on(async {
        let (there, requests) = bounded::channel(1);
        let (back, replies) = bounded::channel(1);
        let pinging = spawn(over_local_sync::ping(rounds, there, replies));
        spawn(over_local_sync::pong(requests, back));
        pinging.await
    })
}

pub(crate) fn gather(tasks: usize) -> u64 {
    block_on(async {
        let mut sum = 0;
        for _ in 0..gathers(tasks) {
            let handles = (0..tasks as u64).map(|i| spawn(async move { i }));
            sum += join_all(handles).await.iter().sum::<u64>();
        }
        sum
    })
}

pub(crate) fn sleeps(tasks: usize) -> u64 {
    block_on_timers(async {
        let handles = (0..tasks).map(|i| {
            spawn(async move {
                sleep(nap(i)).await;
                1
            })
        });
        let mut woken = 0;
        for handle in handles.collect::<Vec<_>>() {
            woken += handle.await;
        }
        woken
    })
}

pub(crate) fn timeouts(rounds: usize) -> u64 {
    block_on_timers(async {
        let mut in_time = 0;
        for _ in 0..rounds {
            let outcome = timeout(LIMIT, yield_now()).await;
            in_time += u64::from(outcome.is_ok());
        }
        in_time
    })
}

pub(crate) fn ring(laps: usize) -> u64 {
    block_on(async {
        let ring = Rc::new(Ring::new(RING));
        let handles = (0..RING).map(|place| spawn(walk(Rc::clone(&ring), place, laps)));
        for handle in handles.collect::<Vec<_>>() {
            handle.await;
        }
        ring.passed()
    })
}

async fn walk(ring: Rc<Ring>, place: usize, laps: usize) {
    for _ in 0..laps {
        poll_fn(|cx| ring.pass(place, cx)).await;
    }
}
