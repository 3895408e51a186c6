//! Many of everything, one after the other and one inside the other: what takes time grows in a line, and what is deep is a loop and no
//! recursion.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::thread;

use yield_to_await::{JoinError, Setup, async_await as aw};

use crate::combinators::Drops;
use crate::lanes::in_every_lane;
use crate::{SECOND, SIM};

const MILLION: u32 = if cfg!(miri) { 20 } else { 1_000_000 };
const MANY: u32 = if cfg!(miri) { 20 } else { 100_000 };
/// A million of them take more than three seconds without optimization.
const TIMERS: u32 = if cfg!(miri) { 20 } else { 200_000 };

in_every_lane! {
    /// Faults 80 and 96: a million tasks (in lane 1 a million generators) are alive at once and take turns: each has its turn between two turns of any
    /// other, in the order in which they were spawned.
    fn a_million_tasks_take_strict_turns() {
        let turns = Rc::new(Cell::new(0));
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            for i in 0..MILLION {
                let turns = Rc::clone(&turns);
                drop(spawn(co, async move |co: &Co| {
                    for round in 0..2 {
                        assert_eq!(turns.replace(turns.get() + 1), round * MILLION + i);
                        yield_now(co).await;
                    }
                }));
            }
            for _ in 0..3 {
                yield_now(co).await;
            }
        });
        assert_eq!(turns.get(), 2 * MILLION);
        assert_eq!(report.counts.steps, u64::from(3 * MILLION + 4));
    }

    /// Fault 80: a million tasks are alive when the root returns, each suspended. Each is dropped once.
    fn a_million_tasks_are_alive_at_the_end() {
        let drops = Drops::default();
        run_on(SIM, async |co: &Co| {
            for _ in 0..MILLION {
                let dropped = drops.one();
                drop(spawn(co, async move |co: &Co| {
                    yield_now(co).await;
                    drop(dropped);
                }));
            }
            yield_now(co).await;
            assert_eq!(drops.take(), 0);
        });
        assert_eq!(drops.take(), MILLION);
    }

    /// Fault 80: a task spawns the next and ends, a million times.
    fn a_million_generations() {
        fn generation(co: &Co, left: u32, done: Event) {
            drop(spawn(co, async move |co: &Co| match left {
                0 => done.set(),
                left => generation(co, left - 1, done),
            }));
        }
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            let done = Event::new();
            generation(co, MILLION, done.clone());
            wait(co, &done).await;
        });
        assert_eq!(report.counts.spawns, u64::from(MILLION + 1));
    }

    /// Faults 63 and 80: 200,000 timers, armed in a disorderly way, fire in order.
    fn many_timers_fire_in_order() {
        let fired = Rc::new(Cell::new((0, 0)));
        run_on(SIM, async |co: &Co| {
            for i in 0..TIMERS {
                let fired = Rc::clone(&fired);
                // A multiplication that leaves no number out, so that no two are equal.
                let at = i.wrapping_mul(0x9e37_79b1);
                drop(spawn(co, async move |co: &Co| {
                    sleep(co, std::time::Duration::from_nanos(u64::from(at) + 1)).await;
                    let (last, count) = fired.get();
                    assert!(at >= last);
                    fired.set((at, count + 1));
                }));
            }
            sleep(co, 10 * SECOND).await;
        });
        assert_eq!(fired.get().1, TIMERS);
    }

    /// Fault 63: 200,000 sleeps are cancelled before they are over: nobody wakes, and the clock does not move for them.
    fn many_timers_that_do_not_fire() {
        let drops = Drops::default();
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            let tasks: Vec<_> = (0..TIMERS)
                .map(|_| {
                    let dropped = drops.one();
                    spawn(co, async move |co: &Co| {
                        let _dropped = dropped;
                        sleep(co, SECOND).await;
                        unreachable!("it is cancelled before");
                    })
                })
                .collect();
            yield_now(co).await;
            assert!(tasks.iter().all(JoinHandle::cancel));
            yield_now(co).await;
            assert_eq!(drops.take(), TIMERS);
            sleep(co, 2 * SECOND).await;
        });
        assert_eq!(report.elapsed, 2 * SECOND);
        assert_eq!(report.counts.steps, u64::from(TIMERS) + 4);
    }

    /// Fault 68: a hundred thousand children, awaited in each of the ways there are. They end in one round, so whoever waits is woken once.
    fn a_hundred_thousand_children() {
        let steps = |way: &'static str| {
            let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
                let child = |i: u32| async move |co: &Co| {
                    yield_now(co).await;
                    Ok::<_, JoinError>(i)
                };
                let children = || (0..MANY).map(|i| spawn(co, child(i)));
                let expected = || 0..MANY;
                match way {
                    "gather" => {
                        let values = gather(co, children()).await.unwrap();
                        assert!(values.into_iter().map(Result::unwrap).eq(expected()));
                    }
                    "try_gather" => assert!(try_gather(co, children()).await.unwrap().into_iter().eq(expected())),
                    "gather_all" => {
                        let values = gather_all(co, children()).await;
                        assert!(values.into_iter().map(|value| value.unwrap().unwrap()).eq(expected()));
                    }
                    "group" => {
                        let group = TaskGroup::<u32, JoinError>::new();
                        (0..MANY).for_each(|i| drop(group_spawn(co, &group, child(i))));
                        assert!(finish(co, group).await.unwrap().into_iter().eq(expected()));
                    }
                    "as_completed" => {
                        let mut children = as_completed(co, children());
                        for i in expected() {
                            assert_eq!(next(co, &mut children).await.unwrap().unwrap().unwrap(), i);
                        }
                        assert!(next(co, &mut children).await.is_none());
                    }
                    way => unreachable!("{way}"),
                }
            });
            report.counts.steps
        };
        for way in ["gather", "try_gather", "gather_all", "group", "as_completed"] {
            assert_eq!(steps(way), u64::from(2 * MANY + 2), "{way}");
        }
    }

    /// Fault 67: a hundred thousand children are taken along by the gather that is given up.
    fn a_hundred_thousand_children_that_are_taken_along() {
        let drops = Drops::default();
        run_on(SIM, async |co: &Co| {
            let children = (0..MANY).map(|_| {
                let dropped = drops.one();
                spawn(co, async move |co: &Co| {
                    let _dropped = dropped;
                    sleep(co, 2 * SECOND).await;
                })
            });
            assert!(timeout(co, SECOND, gather(co, children)).await.is_err());
            yield_now(co).await;
            assert_eq!((drops.take(), now(co)), (MANY, SECOND));
        });
    }

    /// Fault 68: a hundred thousand tasks wait for one event, half of them are cancelled, and the others are woken, in order.
    fn a_hundred_thousand_waiters_of_whom_half_are_cancelled() {
        run_on(SIM, async |co: &Co| {
            let (event, woken) = (Event::new(), Rc::new(RefCell::new(Vec::new())));
            let tasks: Vec<_> = (0..MANY)
                .map(|i| {
                    let (event, woken) = (event.clone(), Rc::clone(&woken));
                    spawn(co, async move |co: &Co| {
                        wait(co, &event).await;
                        woken.borrow_mut().push(i);
                    })
                })
                .collect();
            yield_now(co).await;
            tasks.iter().step_by(2).for_each(|task| assert!(task.cancel()));
            yield_now(co).await;
            event.set();
            yield_now(co).await;
            assert!(woken.take().into_iter().eq((1..MANY).step_by(2)));
        });
    }

    /// Fault 68: 200,000 values go through a channel of capacity 1. None is lost, and they keep their order.
    fn many_values_through_a_channel_of_capacity_one() {
        const VALUES: u32 = 2 * MANY;
        run_on(SIM, async |co: &Co| {
            let (tx, rx) = channel(1);
            let sender = spawn(co, async move |co: &Co| {
                for i in 0..VALUES {
                    send(co, &tx, i).await.unwrap();
                }
            });
            for i in 0..VALUES {
                assert_eq!(recv(co, &rx).await, Some(i));
            }
            assert_eq!(recv(co, &rx).await, None);
            join(co, &sender).await.unwrap();
        });
    }
}

/// Fault 84: two threads wake a thousand tasks a million times each, while the loop cannot look. Each task gets one turn for it.
#[test]
fn two_million_wakes_are_one_turn_for_each_task() {
    const TASKS: usize = if cfg!(miri) { 5 } else { 1_000 };
    const WAKES: usize = if cfg!(miri) { 50 } else { 1_000_000 };
    let report = aw::run_with(Setup::new().clock(SIM), async {
        let wakers = Rc::new(RefCell::new(Vec::new()));
        let tasks: Vec<_> = (0..TASKS)
            .map(|_| {
                let wakers = Rc::clone(&wakers);
                aw::spawn(poll_fn(move |cx| match wakers.borrow_mut() {
                    mut first if first.len() < TASKS => {
                        first.push(cx.waker().clone());
                        Poll::Pending
                    }
                    _ => Poll::Ready(()),
                }))
            })
            .collect();
        aw::yield_now().await;
        let wakers = wakers.borrow().clone();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let round = wakers.iter().cycle();
                    round.take(WAKES).for_each(std::task::Waker::wake_by_ref);
                });
            }
        });
        aw::gather(tasks).await.unwrap();
    });
    assert_eq!(report.counts.steps, 2 * TASKS as u64 + 3);
}

/// Fault 85: the numbers of the loops go round. The number of a loop whose waker somebody still holds is left out, so the stale waker wakes nobody.
/// (The counters of slots and generations go round in the tests of `src/slots.rs` and `src/key.rs`; tickets and timers count in 64 bits.)
#[test]
#[cfg_attr(miri, ignore = "about size")]
fn the_numbers_of_the_loops_go_round_without_a_stale_waker_in_their_way() {
    let waker = aw::run_on(SIM, poll_fn(|cx| Poll::Ready(cx.waker().clone())));
    for _ in 0..70_000 {
        let report = aw::run_with(Setup::new().clock(SIM), async {
            let mut nap = aw::sleep(SECOND);
            assert!(futures::poll!(&mut nap).is_pending());
            waker.wake_by_ref();
            nap.await;
        });
        // A root that the stale waker reached would have had a turn for nothing.
        assert_eq!(report.counts.steps, 2);
    }
}
