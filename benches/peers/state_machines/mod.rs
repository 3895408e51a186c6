//! The workloads in lane 2: `async_await.rs` as a compiler might have written it. Each arm opens with the lines it stands for.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::vec;

use yield_to_await::state_machines::{
    Gather, JoinHandle, Sleep, Timeout, YieldNow, gather as gather_handles, run, sleep, spawn,
    timeout, yield_now,
};

pub(crate) use self::ping_pong::ping_pong;
use super::ring::Ring;
use super::{LIMIT, RING, gathers, nap, turns};

mod ping_pong;

/// What every root does: `for handle in handles { sum += handle.await; } sum`, once `handles` is there.
struct Sum<M> {
    make: M,
    handles: vec::IntoIter<JoinHandle<u64>>,
    sum: u64,
    state: SumState,
}

enum SumState {
    Start,
    Next,
    Handle(JoinHandle<u64>),
}

/// `async { let handles = make(); .. }`: tasks can only be spawned once the loop runs.
fn sum<M: FnMut() -> Vec<JoinHandle<u64>>>(make: M) -> Sum<M> {
    Sum {
        make,
        handles: vec::IntoIter::default(),
        sum: 0,
        state: SumState::Start,
    }
}

impl<M: FnMut() -> Vec<JoinHandle<u64>> + Unpin> Future for Sum<M> {
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        let this = &mut *self;
        loop {
            match &mut this.state {
                // let handles = make();
                SumState::Start => {
                    this.handles = (this.make)().into_iter();
                    this.state = SumState::Next;
                }
                // for handle in handles { .. } sum
                SumState::Next => match this.handles.next() {
                    Some(handle) => this.state = SumState::Handle(handle),
                    None => return Poll::Ready(this.sum),
                },
                // sum += handle.await;
                SumState::Handle(handle) => {
                    let value = ready!(Pin::new(handle).poll(cx));
                    this.sum += value.expect("no task panics, and nobody cancels one");
                    this.state = SumState::Next;
                }
            }
        }
    }
}

pub(crate) fn yields(tasks: usize) -> u64 {
    let make = || {
        let player = || Player {
            left: turns(tasks),
            count: 0,
            turn: None,
        };
        (0..tasks).map(|_| spawn(player())).collect()
    };
    run(sum(make))
}

struct Player {
    left: usize,
    count: u64,
    turn: Option<YieldNow>,
}

impl Future for Player {
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        let this = &mut *self;
        loop {
            match &mut this.turn {
                // yield_now().await; count += 1; }
                Some(turn) => {
                    ready!(Pin::new(turn).poll(cx));
                    this.turn = None;
                    this.count += 1;
                }
                // for _ in 0..turns { .. } count
                None if this.left == 0 => return Poll::Ready(this.count),
                None => {
                    this.left -= 1;
                    this.turn = Some(yield_now());
                }
            }
        }
    }
}

pub(crate) fn spawn_join(tasks: usize) -> u64 {
    run(sum(|| (0..tasks as u64).map(|i| spawn(Value(i))).collect()))
}

/// `async move { i }`
struct Value(u64);

impl Future for Value {
    type Output = u64;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u64> {
        Poll::Ready(self.0)
    }
}

pub(crate) fn gather(tasks: usize) -> u64 {
    run(Gathering {
        tasks,
        left: gathers(tasks),
        sum: 0,
        gather: None,
    })
}

struct Gathering {
    tasks: usize,
    left: usize,
    sum: u64,
    gather: Option<Gather<u64>>,
}

impl Future for Gathering {
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        let this = &mut *self;
        loop {
            match &mut this.gather {
                // sum += gather.await.iter().sum(); }
                Some(gather) => {
                    let values = ready!(Pin::new(gather).poll(cx));
                    this.sum += values.expect("they only return").iter().sum::<u64>();
                    this.gather = None;
                }
                // for _ in 0..gathers { let gather = gather((0..tasks).map(|i| spawn(value(i)))); .. } sum
                None if this.left == 0 => return Poll::Ready(this.sum),
                None => {
                    this.left -= 1;
                    let handles = (0..this.tasks as u64).map(|i| spawn(Value(i)));
                    this.gather = Some(gather_handles(handles));
                }
            }
        }
    }
}

pub(crate) fn sleeps(tasks: usize) -> u64 {
    run(sum(|| {
        let sleepers = (0..tasks).map(|i| Sleeper(sleep(nap(i))));
        sleepers.map(spawn).collect()
    }))
}

/// `async move { sleep(nap).await; 1 }`
struct Sleeper(Sleep);

impl Future for Sleeper {
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        Pin::new(&mut self.0).poll(cx).map(|()| 1)
    }
}

pub(crate) fn timeouts(rounds: usize) -> u64 {
    run(Limited {
        left: rounds,
        in_time: 0,
        timeout: None,
    })
}

struct Limited {
    left: usize,
    in_time: u64,
    timeout: Option<Timeout<YieldNow>>,
}

impl Future for Limited {
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        let this = &mut *self;
        loop {
            match &mut this.timeout {
                // let outcome = timeout(LIMIT, yield_now()).await; in_time += u64::from(outcome.is_ok()); }
                Some(timeout) => {
                    let outcome = ready!(Pin::new(timeout).poll(cx));
                    this.in_time += u64::from(outcome.is_ok());
                    this.timeout = None;
                }
                // for _ in 0..rounds { .. } in_time
                None if this.left == 0 => return Poll::Ready(this.in_time),
                None => {
                    this.left -= 1;
                    this.timeout = Some(timeout(LIMIT, yield_now()));
                }
            }
        }
    }
}

pub(crate) fn ring(laps: usize) -> u64 {
    let ring = Rc::new(Ring::new(RING));
    let walk = |place| Walk {
        ring: Rc::clone(&ring),
        place,
        left: laps,
        passed: 0,
    };
    run(sum(|| (0..RING).map(|place| spawn(walk(place))).collect()))
}

struct Walk {
    ring: Rc<Ring>,
    place: usize,
    left: usize,
    passed: u64,
}

impl Future for Walk {
    /// How often it handed the token on.
    type Output = u64;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<u64> {
        let this = &mut *self;
        // for _ in 0..laps { poll_fn(|cx| ring.pass(place, cx)).await; }
        while this.left > 0 {
            ready!(this.ring.pass(this.place, cx));
            this.left -= 1;
            this.passed += 1;
        }
        Poll::Ready(this.passed)
    }
}
