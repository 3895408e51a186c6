//! The workloads in lane 3.

use std::future::poll_fn;
use std::rc::Rc;

use yield_to_await::async_await::{
    Receiver, Sender, channel, gather as gather_handles, run, sleep, spawn, timeout, yield_now,
};

use super::ring::Ring;
use super::{LIMIT, RING, gathers, nap, turns};

pub(crate) fn yields(tasks: usize) -> u64 {
    run(async {
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
            done += handle.await.expect("it only counts");
        }
        done
    })
}

pub(crate) fn spawn_join(tasks: usize) -> u64 {
    run(async {
        let handles = (0..tasks as u64).map(|i| spawn(async move { i }));
        let mut sum = 0;
        for handle in handles.collect::<Vec<_>>() {
            sum += handle.await.expect("it only returns");
        }
        sum
    })
}

pub(crate) fn ping_pong(rounds: usize) -> u64 {
    run(async {
        let (there, requests) = channel(1);
        let (back, replies) = channel(1);
        let pinging = spawn(ping(rounds, there, replies));
        drop(spawn(pong(requests, back)));
        pinging.await.expect("pong replies")
    })
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
    while let Some(i) = requests.recv().await {
        back.send(i).await.expect("ping receives");
    }
}

pub(crate) fn gather(tasks: usize) -> u64 {
    run(async {
        let mut sum = 0;
        for _ in 0..gathers(tasks) {
            let handles = (0..tasks as u64).map(|i| spawn(async move { i }));
            let values = gather_handles(handles).await;
            sum += values.expect("they only return").iter().sum::<u64>();
        }
        sum
    })
}

pub(crate) fn sleeps(tasks: usize) -> u64 {
    run(async {
        let handles = (0..tasks).map(|i| {
            spawn(async move {
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
    run(async {
        let mut in_time = 0;
        for _ in 0..rounds {
            let outcome = timeout(LIMIT, yield_now()).await;
            in_time += u64::from(outcome.is_ok());
        }
        in_time
    })
}

pub(crate) fn ring(laps: usize) -> u64 {
    run(async {
        let ring = Rc::new(Ring::new(RING));
        let handles = (0..RING).map(|place| spawn(walk(Rc::clone(&ring), place, laps)));
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
