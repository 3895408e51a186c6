//! The workloads on the [floor](crate::floor). It has no handles, channels or timers: each workload brings the least that it needs.

use std::cell::{Cell, RefCell};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::future::poll_fn;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Instant;

use futures_lite::future::yield_now;

use super::ring::Ring;
use super::{LIMIT, RING, gathers, nap, turns};
use crate::floor::Floor;

pub(crate) fn yields(tasks: usize) -> u64 {
    let mut floor = Floor::default();
    let done = Rc::new(Cell::new(0));
    for _ in 0..tasks {
        let done = Rc::clone(&done);
        floor.spawn(async move {
            let mut count = 0;
            for _ in 0..turns(tasks) {
                yield_now().await;
                count += 1;
            }
            done.update(|done| done + count);
        });
    }
    floor.run();
    done.get()
}

pub(crate) fn spawn_join(tasks: usize) -> u64 {
    let mut floor = Floor::default();
    let sum = Rc::new(Cell::new(0));
    for i in 0..tasks as u64 {
        let sum = Rc::clone(&sum);
        floor.spawn(async move { sum.update(|sum| sum + i) });
    }
    floor.run();
    sum.get()
}

pub(crate) fn ping_pong(rounds: usize) -> u64 {
    let mut floor = Floor::default();
    let (there, back) = (Rc::<Mailbox>::default(), Rc::<Mailbox>::default());
    let sum = Rc::new(Cell::new(0));
    floor.spawn({
        let (there, back, sum) = (Rc::clone(&there), Rc::clone(&back), Rc::clone(&sum));
        async move {
            for i in 0..rounds as u64 {
                there.send(i);
                let reply = back.recv().await;
                sum.update(|sum| sum + reply);
            }
        }
    });
    floor.spawn(async move {
        for _ in 0..rounds {
            let i = there.recv().await;
            back.send(i);
        }
    });
    floor.run();
    sum.get()
}

/// A channel that has room whenever somebody sends, because he waits for the reply before he sends again.
#[derive(Default)]
struct Mailbox {
    value: Cell<Option<u64>>,
    receiver: Cell<Option<Waker>>,
}

impl Mailbox {
    fn send(&self, value: u64) {
        self.value.set(Some(value));
        if let Some(receiver) = self.receiver.take() {
            receiver.wake();
        }
    }

    async fn recv(&self) -> u64 {
        poll_fn(|cx| match self.value.take() {
            Some(value) => Poll::Ready(value),
            None => {
                self.receiver.set(Some(cx.waker().clone()));
                Poll::Pending
            }
        })
        .await
    }
}

pub(crate) fn gather(tasks: usize) -> u64 {
    let mut floor = Floor::default();
    let sum = Rc::new(Cell::new(0));
    for _ in 0..gathers(tasks) {
        let gathered = Rc::new(Gathered::new(tasks));
        floor.spawn({
            let (gathered, sum) = (Rc::clone(&gathered), Rc::clone(&sum));
            async move {
                let values = poll_fn(|cx| gathered.poll(cx)).await;
                sum.update(|sum| sum + values.iter().sum::<u64>());
            }
        });
        for i in 0..tasks {
            let gathered = Rc::clone(&gathered);
            floor.spawn(async move { gathered.put(i, i as u64) });
        }
        floor.run();
    }
    sum.get()
}

/// The values that are there, and who waits for the rest.
struct Gathered {
    values: RefCell<Vec<u64>>,
    missing: Cell<usize>,
    waiter: Cell<Option<Waker>>,
}

impl Gathered {
    fn new(tasks: usize) -> Self {
        Self {
            values: RefCell::new(vec![0; tasks]),
            missing: Cell::new(tasks),
            waiter: Cell::new(None),
        }
    }

    fn put(&self, index: usize, value: u64) {
        self.values.borrow_mut()[index] = value;
        self.missing.update(|missing| missing - 1);
        if self.missing.get() == 0
            && let Some(waiter) = self.waiter.take()
        {
            waiter.wake();
        }
    }

    fn poll(&self, cx: &Context<'_>) -> Poll<Vec<u64>> {
        if self.missing.get() == 0 {
            return Poll::Ready(self.values.take());
        }
        self.waiter.set(Some(cx.waker().clone()));
        Poll::Pending
    }
}

pub(crate) fn sleeps(tasks: usize) -> u64 {
    let mut floor = Floor::default();
    let timers = Rc::<Heap>::default();
    let woken = Rc::new(Cell::new(0));
    for i in 0..tasks {
        let (timers, woken) = (Rc::clone(&timers), Rc::clone(&woken));
        floor.spawn(async move {
            timers.sleep_until(Instant::now() + nap(i)).await;
            woken.update(|woken| woken + 1);
        });
    }
    floor.run();
    while let Some(next) = timers.fire(Instant::now()) {
        floor.run();
        thread::sleep(next.saturating_duration_since(Instant::now()));
    }
    floor.run();
    woken.get()
}

/// Who sleeps until when: a heap of deadlines, the earliest on top, and the wakers in the order of falling asleep.
#[derive(Default)]
struct Heap {
    deadlines: RefCell<BinaryHeap<Reverse<(Instant, usize)>>>,
    sleepers: RefCell<Vec<Option<Waker>>>,
}

impl Heap {
    async fn sleep_until(&self, deadline: Instant) {
        let mut armed = false;
        poll_fn(|cx| {
            if armed {
                return Poll::Ready(());
            }
            armed = true;
            let mut sleepers = self.sleepers.borrow_mut();
            self.deadlines
                .borrow_mut()
                .push(Reverse((deadline, sleepers.len())));
            sleepers.push(Some(cx.waker().clone()));
            Poll::Pending
        })
        .await;
    }

    /// Wakes whose time has come and says when to look again; `None` when nobody sleeps any more.
    fn fire(&self, now: Instant) -> Option<Instant> {
        let mut deadlines = self.deadlines.borrow_mut();
        loop {
            let &Reverse((deadline, sleeper)) = deadlines.peek()?;
            if deadline > now {
                return Some(deadline);
            }
            deadlines.pop();
            let waker = self.sleepers.borrow_mut()[sleeper].take();
            waker.expect("a deadline stands once").wake();
        }
    }
}

pub(crate) fn timeouts(rounds: usize) -> u64 {
    let mut floor = Floor::default();
    let in_time = Rc::new(Cell::new(0));
    floor.spawn({
        let in_time = Rc::clone(&in_time);
        async move {
            // In the order of their deadlines: a heap cannot take a timer back.
            let mut timers: Vec<(Instant, Waker)> = Vec::new();
            for _ in 0..rounds {
                let deadline = Instant::now() + LIMIT;
                let mut body = yield_now();
                poll_fn(|cx| {
                    let polled = Pin::new(&mut body).poll(cx);
                    if polled.is_pending() {
                        let place = timers.partition_point(|timer| timer.0 <= deadline);
                        timers.insert(place, (deadline, cx.waker().clone()));
                    }
                    polled
                })
                .await;
                let place = timers.partition_point(|timer| timer.0 < deadline);
                timers.remove(place);
                in_time.update(|in_time| in_time + 1);
            }
        }
    });
    floor.run();
    in_time.get()
}

pub(crate) fn ring(laps: usize) -> u64 {
    let mut floor = Floor::default();
    let ring = Rc::new(Ring::new(RING));
    for place in 0..RING {
        let ring = Rc::clone(&ring);
        floor.spawn(async move {
            for _ in 0..laps {
                poll_fn(|cx| ring.pass(place, cx)).await;
            }
        });
    }
    floor.run();
    ring.passed()
}

/// The program `round_robin`, with as many steps as in the lanes: the root takes two, the players four each.
#[allow(dead_code, reason = "only the bench of the programs plays it")]
pub(crate) fn round_robin(players: usize) -> String {
    const TURNS: usize = 3;
    let mut floor = Floor::default();
    let gathered = Rc::new(Gathered::new(players));
    let value = Rc::new(RefCell::new(String::new()));
    floor.spawn({
        let (gathered, value) = (Rc::clone(&gathered), Rc::clone(&value));
        async move {
            let turns = poll_fn(|cx| gathered.poll(cx)).await;
            *value.borrow_mut() = turns.iter().sum::<u64>().to_string();
        }
    });
    for i in 0..players {
        let gathered = Rc::clone(&gathered);
        floor.spawn(async move {
            for _ in 0..TURNS {
                yield_now().await;
            }
            gathered.put(i, TURNS as u64);
        });
    }
    floor.run();
    value.take()
}
