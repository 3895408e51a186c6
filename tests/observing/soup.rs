//! Programs that nobody has thought of: each is told the same in every lane, event by event, keeps to what every recording keeps to, and what its tasks are said to wait
//! for is what they were suspended on.

use std::cell::Cell;
use std::ops::Range;
use std::rc::Rc;
use std::sync::mpsc;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use yield_to_await::trace::{Recording, difference};
use yield_to_await::{Counts, JoinError, Setup};

use crate::asked::Latest;
use crate::lanes::Defer;
use crate::{SIM, check, ms};

/// The same numbers in every lane.
#[derive(Clone)]
struct Dice(Rc<Cell<u64>>);

impl Dice {
    /// Less than `n`.
    fn roll(&self, n: u64) -> u64 {
        let mut x = self.0.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.0.set(x);
        (x >> 11) % n
    }
}

/// What may be in a program.
#[derive(Clone, Copy, PartialEq)]
enum Spice {
    Mild,
    /// Tasks that panic and cancel themselves, destructors that cancel, set and spawn.
    Hot,
}

macro_rules! soup {
    ($lane:ident) => {
        mod $lane {
            use super::*;
            use crate::lanes::$lane::*;

            #[derive(Clone)]
            struct Pot {
                dice: Dice,
                spice: Spice,
                event: Event,
                permits: Semaphore,
                mutex: Mutex<()>,
                tx: Sender<u64>,
                rx: Receiver<u64>,
                handles: Rc<Cell<Vec<JoinHandle<Result<(), JoinError>>>>>,
                latest: Latest,
            }

            impl Pot {
                fn handle(&self) -> Option<JoinHandle<Result<(), JoinError>>> {
                    let handles = self.handles.take();
                    let one = match handles.len() as u64 {
                        0 => None,
                        n => Some(handles[usize::try_from(self.dice.roll(n)).unwrap()].clone()),
                    };
                    self.handles.set(handles);
                    one
                }

                fn spawn(&self, co: &Co, depth: u64) -> JoinHandle<Result<(), JoinError>> {
                    let pot = self.clone();
                    let task = spawn(co, async move |co: &Co| work(co, pot, depth + 1).await);
                    let mut handles = self.handles.take();
                    handles.push(task.clone());
                    self.handles.set(handles);
                    task
                }

                /// What never waits, and may be done by a destructor.
                fn stir(&self) {
                    match self.dice.roll(5) {
                        0 => self.event.set(),
                        1 => self.permits.release(),
                        2 => drop(self.handle().map(|task| task.cancel())),
                        3 => drop(self.tx.try_send(1)),
                        _ => drop(self.rx.try_recv()),
                    }
                }
            }

            fn work(co: &Co, pot: Pot, depth: u64) -> LocalBoxFuture<'_, Result<(), JoinError>> {
                Box::pin(async move {
                    let hot = pot.spice == Spice::Hot;
                    let _last = (hot && pot.dice.roll(3) == 0).then(|| {
                        let pot = pot.clone();
                        Defer(move || {
                            pot.stir();
                            if depth < 3 && pot.dice.roll(2) == 0 {
                                drop(pot.spawn(co, depth));
                            }
                        })
                    });
                    for _ in 0..=pot.dice.roll(6) {
                        pot.latest.compare(&tasks(co));
                        let limit = ms(1 + pot.dice.roll(9));
                        let deep = if depth < 3 { 16 } else { 11 };
                        match pot.dice.roll(deep) {
                            0 => yield_now(co).await,
                            1 => sleep(co, ms(pot.dice.roll(4))).await,
                            2 => drop(timeout(co, limit, wait(co, &pot.event)).await),
                            3 => {
                                pot.stir();
                                pot.event.clear();
                            }
                            4 => {
                                let body = async {
                                    let _permit = acquire(co, &pot.permits).await;
                                    sleep(co, ms(1)).await;
                                };
                                let _ = timeout(co, limit, timeout(co, limit * 2, body)).await;
                            }
                            5 => {
                                let _guard = lock(co, &pot.mutex).await;
                                sleep(co, ms(pot.dice.roll(2))).await;
                            }
                            6 => drop(timeout(co, limit, send(co, &pot.tx, 1)).await),
                            7 => drop(timeout(co, limit, recv(co, &pot.rx)).await),
                            8 => {
                                if let Some(task) = pot.handle() {
                                    let _ = timeout(co, limit, finished(co, &task)).await;
                                }
                            }
                            9 if hot => {
                                assert!(pot.dice.roll(3) > 0, "on purpose");
                            }
                            10 => drop(pot.handle().filter(|_| hot).map(|task| task.cancel())),
                            11 => drop(pot.spawn(co, depth)),
                            12 => {
                                let tasks = [0; 3].map(|_| pot.spawn(co, depth));
                                drop(timeout(co, limit, gather(co, tasks)).await);
                            }
                            13 => {
                                let tasks = [0; 2].map(|_| pot.spawn(co, depth));
                                drop(first_completed(co, tasks).await);
                            }
                            14 => {
                                let mut all =
                                    as_completed(co, [0; 3].map(|_| pot.spawn(co, depth)));
                                while next(co, &mut all).await.is_some() {}
                            }
                            15 => {
                                let group = TaskGroup::<(), JoinError>::new();
                                for _ in 0..2 {
                                    let pot = pot.clone();
                                    drop(group_spawn(co, &group, async move |co: &Co| {
                                        work(co, pot, depth + 1).await
                                    }));
                                }
                                drop(timeout(co, limit, finish(co, group)).await);
                            }
                            _ => yield_now(co).await,
                        }
                    }
                    match hot && pot.dice.roll(8) == 0 {
                        true => Err(JoinError::Cancelled),
                        false => Ok(()),
                    }
                })
            }

            pub(super) fn run_soup(seed: u64, spice: Spice, setup: Setup, latest: Latest) -> Sums {
                let report = run_with(setup, async |co: &Co| {
                    let (tx, rx) = channel(2);
                    let pot = Pot {
                        dice: Dice(Rc::new(Cell::new(
                            seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
                        ))),
                        spice,
                        event: Event::new(),
                        permits: Semaphore::new(2),
                        mutex: Mutex::new(()),
                        tx,
                        rx,
                        handles: Rc::default(),
                        latest,
                    };
                    for _ in 0..4 {
                        drop(pot.spawn(co, 0));
                    }
                    // Some are left behind.
                    sleep(co, ms(5 + pot.dice.roll(20))).await;
                    pot.latest.compare(&tasks(co));
                    // They hold what holds them.
                    drop(pot.handles.take());
                });
                (report.counts, report.elapsed)
            }
        }
    };
}

soup!(generators);
soup!(state_machines);
soup!(async_await);

/// What a run comes to.
type Sums = (Counts, Duration);
type Run = fn(u64, Spice, Setup, Latest) -> Sums;

fn record(seed: u64, spice: Spice, run: Run) -> (Recording, u32) {
    let latest = Latest::default();
    let (sender, events) = mpsc::channel();
    let ears = latest.clone();
    let setup = Setup::new().clock(SIM).observe(move |event| {
        ears.hear(&event);
        sender.send(event).unwrap();
    });
    let sums = run(seed, spice, setup, latest.clone());
    // Whoever listens changes nothing.
    let unheard = run(seed, spice, Setup::new().clock(SIM), Latest::deaf());
    assert_eq!(sums, unheard, "seed {seed}");
    (events.iter().collect(), latest.compared())
}

fn compare(seed: u64, left: &Recording, right: &Recording) {
    let difference = difference(&left.without_places(), &right.without_places());
    assert!(difference.is_none(), "seed {seed}: {}", difference.unwrap());
}

fn cook(seeds: Range<u64>, spice: Spice) {
    let (mut events, mut compared) = (0, 0);
    let seeds = if cfg!(miri) { 0..3 } else { seeds };
    for seed in seeds {
        let (first, looks) = record(seed, spice, generators::run_soup);
        check(&first);
        events += first.len();
        compared += looks;
        let (second, _) = record(seed, spice, state_machines::run_soup);
        compare(seed, &first, &second);
        let (third, _) = record(seed, spice, async_await::run_soup);
        compare(seed, &first, &third);
        check(&third);
    }
    assert!(
        cfg!(miri) || (events > 1000 && compared > 1000),
        "{events}, {compared}"
    );
}

#[test]
fn mild() {
    cook(0..100, Spice::Mild);
}

#[test]
fn hot() {
    cook(0..100, Spice::Hot);
}
