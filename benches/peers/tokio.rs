//! The workloads on Tokio: its current-thread runtime with a `LocalSet`, for tasks that need not be `Send`.

use std::future::poll_fn;
use std::rc::Rc;

use futures::future::join_all;
use local_sync::mpsc::bounded;
use tokio::runtime::Builder;
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::task::{LocalSet, spawn_local, yield_now};
use tokio::time::{sleep, timeout};

use super::over_local_sync;
use super::ring::Ring;
use super::{LIMIT, RING, gathers, nap, turns};

fn block_on<T>(main: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().build();
    LocalSet::new().block_on(&runtime.expect("it opens nothing"), main)
}

/// The timers are a part of the runtime that has to be asked for.
fn block_on_timers<T>(main: impl Future<Output = T>) -> T {
    let runtime = Builder::new_current_thread().enable_time().build();
    LocalSet::new().block_on(&runtime.expect("it opens nothing"), main)
}

pub(crate) fn yields(tasks: usize) -> u64 {
    block_on(async {
        let handles = (0..tasks).map(|_| {
            spawn_local(async move {
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
            done += handle.await.expect("it only counts");
        }
        done
    })
}

pub(crate) fn spawn_join(tasks: usize) -> u64 {
    block_on(async {
        let handles = (0..tasks as u64).map(|i| spawn_local(async move { i }));
        let mut sum = 0;
        for handle in handles.collect::<Vec<_>>() {
            sum += handle.await.expect("it only returns");
        }
        sum
    })
}

pub(crate) fn ping_pong(rounds: usize) -> u64 {
    block_on(async {
        let (there, requests) = channel(1);
        let (back, replies) = channel(1);
        let pinging = spawn_local(ping(rounds, there, replies));
        spawn_local(pong(requests, back));
        pinging.await.expect("pong replies")
    })
}

async fn ping(rounds: usize, there: Sender<u64>, mut replies: Receiver<u64>) -> u64 {
    let mut sum = 0;
    for i in 0..rounds as u64 {
        there.send(i).await.expect("pong receives");
        sum += replies.recv().await.expect("pong replies");
    }
    sum
}

async fn pong(mut requests: Receiver<u64>, back: Sender<u64>) {
    while let Some(i) = requests.recv().await {
        back.send(i).await.expect("ping receives");
    }
}

pub(crate) fn ping_pong_local_sync(rounds: usize) -> u64 {
    block_on(async {
        let (there, requests) = bounded::channel(1);
        let (back, replies) = bounded::channel(1);
        let pinging = spawn_local(over_local_sync::ping(rounds, there, replies));
        spawn_local(over_local_sync::pong(requests, back));
        pinging.await.expect("pong replies")
    })
}

pub(crate) fn gather(tasks: usize) -> u64 {
    block_on(async {
        let mut sum = 0;
        for _ in 0..gathers(tasks) {
            let handles = (0..tasks as u64).map(|i| spawn_local(async move { i }));
            let values = join_all(handles).await.into_iter();
            sum += values
                .map(|value| value.expect("it only returns"))
                .sum::<u64>();
        }
        sum
    })
}

pub(crate) fn sleeps(tasks: usize) -> u64 {
    block_on_timers(async {
        let handles = (0..tasks).map(|i| {
            spawn_local(async move {
                sleep(nap(i)).await;
                1
            })
        });
        let mut woken = 0;
        for handle in handles.collect::<Vec<_>>() {
            woken += handle.await.expect("it only sleeps");
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
        let handles = (0..RING).map(|place| spawn_local(walk(Rc::clone(&ring), place, laps)));
        for handle in handles.collect::<Vec<_>>() {
            handle.await.expect("its neighbour wakes it");
        }
        ring.passed()
    })
}

async fn walk(ring: Rc<Ring>, place: usize, laps: usize) {
    for _ in 0..laps {
        poll_fn(|cx| ring.pass(place, cx)).await;
    }
}
