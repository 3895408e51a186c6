//! The workloads in lane 1.

use yield_to_await::generators::{
    Co, Receiver, Sender, channel, gather as gather_handles, run, sleep, spawn, timeout, yield_now,
};

use super::{LIMIT, gathers, nap, turns};

pub(crate) fn yields(tasks: usize) -> u64 {
    run(async |co: &Co| {
        let handles = (0..tasks).map(|_| {
            spawn(co, async move |co: &Co| {
                let mut count = 0;
                for _ in 0..turns(tasks) {
                    yield_now(co).await;
                    count += 1;
                }
                count
            })
        });
        let mut done = 0;
        for handle in handles.collect::<Vec<_>>() {
            done += handle.join(co).await.expect("it only counts");
        }
        done
    })
}

pub(crate) fn spawn_join(tasks: usize) -> u64 {
    run(async |co: &Co| {
        let handles = (0..tasks as u64).map(|i| spawn(co, async move |_: &Co| i));
        let mut sum = 0;
        for handle in handles.collect::<Vec<_>>() {
            sum += handle.join(co).await.expect("it only returns");
        }
        sum
    })
}

pub(crate) fn ping_pong(rounds: usize) -> u64 {
    run(async |co: &Co| {
        let (there, requests) = channel(1);
        let (back, replies) = channel(1);
        let pinging = spawn(co, async move |co: &Co| {
            ping(co, rounds, there, replies).await
        });
        drop(spawn(co, async move |co: &Co| {
            pong(co, requests, back).await;
        }));
        pinging.join(co).await.expect("pong replies")
    })
}

async fn ping(co: &Co, rounds: usize, there: Sender<u64>, replies: Receiver<u64>) -> u64 {
    let mut sum = 0;
    for i in 0..rounds as u64 {
        there.send(co, i).await.expect("pong receives");
        sum += replies.recv(co).await.expect("pong replies");
    }
    sum
}

async fn pong(co: &Co, requests: Receiver<u64>, back: Sender<u64>) {
    while let Some(i) = requests.recv(co).await {
        back.send(co, i).await.expect("ping receives");
    }
}

pub(crate) fn gather(tasks: usize) -> u64 {
    run(async |co: &Co| {
        let mut sum = 0;
        for _ in 0..gathers(tasks) {
            let handles = (0..tasks as u64).map(|i| spawn(co, async move |_: &Co| i));
            let values = gather_handles(co, handles).await;
            sum += values.expect("they only return").iter().sum::<u64>();
        }
        sum
    })
}

pub(crate) fn sleeps(tasks: usize) -> u64 {
    run(async |co: &Co| {
        let handles = (0..tasks).map(|i| {
            spawn(co, async move |co: &Co| {
                sleep(co, nap(i)).await;
                1
            })
        });
        let mut woken = 0;
        for handle in handles.collect::<Vec<_>>() {
            woken += handle.join(co).await.expect("it only sleeps");
        }
        woken
    })
}

pub(crate) fn timeouts(rounds: usize) -> u64 {
    run(async |co: &Co| {
        let mut in_time = 0;
        for _ in 0..rounds {
            let outcome = timeout(co, LIMIT, yield_now(co)).await;
            in_time += u64::from(outcome.is_ok());
        }
        in_time
    })
}
