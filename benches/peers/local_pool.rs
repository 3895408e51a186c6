//! The workloads on the `LocalPool` of futures, with its channels. It has no `yield_now` and no timers; the first comes from futures-lite,
//! the second would be async-io's, which are measured under async-executor.

use std::future::poll_fn;
use std::rc::Rc;

use futures::channel::mpsc::{Receiver, Sender, channel};
use futures::executor::{LocalPool, LocalSpawner};
use futures::future::{RemoteHandle, join_all};
use futures::task::LocalSpawnExt;
use futures::{SinkExt, StreamExt};
use futures_lite::future::yield_now;
use local_sync::mpsc::bounded;

use super::over_local_sync;
use super::ring::Ring;
use super::{RING, gathers, turns};

fn spawn<T: 'static>(
    spawner: &LocalSpawner,
    task: impl Future<Output = T> + 'static,
) -> RemoteHandle<T> {
    let handle = spawner.spawn_local_with_handle(task);
    handle.expect("the pool is there as long as its root runs")
}

pub(crate) fn yields(tasks: usize) -> u64 {
    let mut pool = LocalPool::new();
    let spawner = pool.spawner();
    pool.run_until(async {
        let handles = (0..tasks).map(|_| {
            spawn(&spawner, async move {
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
    let mut pool = LocalPool::new();
    let spawner = pool.spawner();
    pool.run_until(async {
        let handles = (0..tasks as u64).map(|i| spawn(&spawner, async move { i }));
        let mut sum = 0;
        for handle in handles.collect::<Vec<_>>() {
            sum += handle.await;
        }
        sum
    })
}

pub(crate) fn ping_pong(rounds: usize) -> u64 {
    let mut pool = LocalPool::new();
    let spawner = pool.spawner();
    pool.run_until(async {
        // Each sender has a place of its own besides, so this is a capacity of one.
        let (there, requests) = channel(0);
        let (back, replies) = channel(0);
        let pinging = spawn(&spawner, ping(rounds, there, replies));
        spawn(&spawner, pong(requests, back)).forget();
        pinging.await
    })
}

async fn ping(rounds: usize, mut there: Sender<u64>, mut replies: Receiver<u64>) -> u64 {
    let mut sum = 0;
    for i in 0..rounds as u64 {
        there.send(i).await.expect("pong receives");
        sum += replies.next().await.expect("pong replies");
    }
    sum
}

async fn pong(mut requests: Receiver<u64>, mut back: Sender<u64>) {
    while let Some(i) = requests.next().await {
        back.send(i).await.expect("ping receives");
    }
}

pub(crate) fn ping_pong_local_sync(rounds: usize) -> u64 {
    let mut pool = LocalPool::new();
    let spawner = pool.spawner();
    pool.run_until(async {
        let (there, requests) = bounded::channel(1);
        let (back, replies) = bounded::channel(1);
        let pinging = spawn(&spawner, over_local_sync::ping(rounds, there, replies));
        spawn(&spawner, over_local_sync::pong(requests, back)).forget();
        pinging.await
    })
}

pub(crate) fn gather(tasks: usize) -> u64 {
    let mut pool = LocalPool::new();
    let spawner = pool.spawner();
    pool.run_until(async {
        let mut sum = 0;
        for _ in 0..gathers(tasks) {
            let handles = (0..tasks as u64).map(|i| spawn(&spawner, async move { i }));
            sum += join_all(handles).await.iter().sum::<u64>();
        }
        sum
    })
}

pub(crate) fn ring(laps: usize) -> u64 {
    let mut pool = LocalPool::new();
    let spawner = pool.spawner();
    pool.run_until(async {
        let ring = Rc::new(Ring::new(RING));
        let handles = (0..RING).map(|place| spawn(&spawner, walk(Rc::clone(&ring), place, laps)));
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
