//! The workloads on async-executor's `LocalExecutor`, what smol is made of: with async-channel, and with the timers of async-io.

use std::future::poll_fn;
use std::io;
use std::rc::Rc;

use async_channel::{Receiver, Sender, bounded as channel};
use async_executor::LocalExecutor;
use async_io::Timer;
use futures::future::join_all;
use futures_lite::future::{block_on, or, yield_now};
use local_sync::mpsc::bounded;

use super::over_local_sync;
use super::ring::Ring;
use super::{LIMIT, RING, gathers, nap, turns};

pub(crate) fn yields(tasks: usize) -> u64 {
    let executor = LocalExecutor::new();
    block_on(executor.run(async {
        let handles = (0..tasks).map(|_| {
            executor.spawn(async move {
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
    }))
}

pub(crate) fn spawn_join(tasks: usize) -> u64 {
    let executor = LocalExecutor::new();
    block_on(executor.run(async {
        let handles = (0..tasks as u64).map(|i| executor.spawn(async move { i }));
        let mut sum = 0;
        for handle in handles.collect::<Vec<_>>() {
            sum += handle.await;
        }
        sum
    }))
}

pub(crate) fn ping_pong(rounds: usize) -> u64 {
    let executor = LocalExecutor::new();
    block_on(executor.run(async {
        let (there, requests) = channel(1);
        let (back, replies) = channel(1);
        let pinging = executor.spawn(ping(rounds, there, replies));
        executor.spawn(pong(requests, back)).detach();
        pinging.await
    }))
}

async fn ping(rounds: usize, there: Sender<u64>, replies: Receiver<u64>) -> u64 {
    let mut sum = 0;
    for i in 0..rounds as u64 {
        there.send(i).await.expect("pong receives");
        sum += replies.recv().await.expect("pong replies");
    }
    sum
}

async fn pong(requests: Receiver<u64>, back: Sender<u64>) {
    while let Ok(i) = requests.recv().await {
        back.send(i).await.expect("ping receives");
    }
}

pub(crate) fn ping_pong_local_sync(rounds: usize) -> u64 {
    let executor = LocalExecutor::new();
    block_on(executor.run(async {
        let (there, requests) = bounded::channel(1);
        let (back, replies) = bounded::channel(1);
        let pinging = executor.spawn(over_local_sync::ping(rounds, there, replies));
        executor
            .spawn(over_local_sync::pong(requests, back))
            .detach();
        pinging.await
    }))
}

pub(crate) fn gather(tasks: usize) -> u64 {
    let executor = LocalExecutor::new();
    block_on(executor.run(async {
        let mut sum = 0;
        for _ in 0..gathers(tasks) {
            let handles = (0..tasks as u64).map(|i| executor.spawn(async move { i }));
            sum += join_all(handles).await.iter().sum::<u64>();
        }
        sum
    }))
}

pub(crate) fn sleeps(tasks: usize) -> u64 {
    let executor = LocalExecutor::new();
    async_io::block_on(executor.run(async {
        let handles = (0..tasks).map(|i| {
            executor.spawn(async move {
                Timer::after(nap(i)).await;
                1
            })
        });
        let mut woken = 0;
        for handle in handles.collect::<Vec<_>>() {
            woken += handle.await;
        }
        woken
    }))
}

pub(crate) fn timeouts(rounds: usize) -> u64 {
    let executor = LocalExecutor::new();
    async_io::block_on(executor.run(async {
        let mut in_time = 0;
        for _ in 0..rounds {
            let in_limit = async {
                yield_now().await;
                Ok(())
            };
            let too_late = async {
                Timer::after(LIMIT).await;
                Err(io::ErrorKind::TimedOut)
            };
            let outcome = or(in_limit, too_late).await;
            in_time += u64::from(outcome.is_ok());
        }
        in_time
    }))
}

pub(crate) fn ring(laps: usize) -> u64 {
    let executor = LocalExecutor::new();
    block_on(executor.run(async {
        let ring = Rc::new(Ring::new(RING));
        let handles = (0..RING).map(|place| executor.spawn(walk(Rc::clone(&ring), place, laps)));
        for handle in handles.collect::<Vec<_>>() {
            handle.await;
        }
        ring.passed()
    }))
}

async fn walk(ring: Rc<Ring>, place: usize, laps: usize) {
    for _ in 0..laps {
        poll_fn(|cx| ring.pass(place, cx)).await;
    }
}
