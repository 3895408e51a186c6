//! Faults 55 to 60, 63 and 64: time.

use std::cell::Cell;
use std::thread;
use std::time::Duration;

use futures::channel::oneshot;
use yield_to_await::{Clock, DeadlockKind, Setup, async_await as aw, state_machines as sm};

use crate::lanes::{Trace, in_every_lane};
use crate::{SECOND, SIM};

const MS: Duration = Duration::from_millis(1);
/// The last moment that a clock can show; what lies beyond is never.
const LAST: Duration = Duration::from_nanos(u64::MAX - 1);

const DROPPED: u32 = if cfg!(miri) { 50 } else { 200_000 };
const ALIVE: u32 = if cfg!(miri) { 50 } else { 1_000_000 };

/// More than fits, by a little and by much.
fn too_long() -> [Duration; 5] {
    [
        Duration::MAX,
        Duration::from_secs(u64::MAX),
        Duration::from_secs(u64::MAX / 2),
        Duration::from_nanos(u64::MAX) + Duration::from_nanos(1),
        Duration::from_nanos(u64::MAX),
    ]
}

in_every_lane! {
    /// Fault 55: whatever does not fit the clock is never, on both clocks: it neither overflows nor fires, and the others go on.
    fn what_does_not_fit_the_clock_never_fires() {
        for clock in [Clock::Simulated, Clock::Real] {
            run_on(clock, async |co: &Co| {
                sleep(co, MS).await;
                let mut never = Vec::new();
                for long in too_long() {
                    never.push(spawn(co, async move |co: &Co| sleep(co, long).await));
                    never.push(spawn(co, async move |co: &Co| sleep_until(co, long).await));
                    never.push(spawn(co, async move |co: &Co| {
                        let event = Event::new();
                        let _ = timeout(co, long, wait(co, &event)).await;
                    }));
                    assert!(timeout(co, long, sleep(co, MS)).await.is_ok());
                }
                // The last moment there is, and one that begins too late for it.
                never.push(spawn(co, async |co: &Co| sleep_until(co, LAST).await));
                never.push(spawn(co, async |co: &Co| sleep(co, LAST).await));
                sleep(co, MS).await;
                assert!(never.iter().all(|task| !task.is_finished()));
                assert!(now(co) < SECOND * 1000);
            });
        }
    }

    /// Fault 55: the simulated clock goes to its last moment and no further. What is asked for then is never, and the report says so.
    fn the_clock_has_a_last_moment() {
        let reached = Cell::new(false);
        let deadlock = try_run_on(SIM, async |co: &Co| {
            sleep(co, SECOND).await;
            sleep_until(co, LAST).await;
            assert_eq!(now(co), LAST);
            sleep(co, Duration::ZERO).await;
            sleep_until(co, SECOND).await;
            assert!(timeout(co, Duration::ZERO, sleep(co, SECOND)).await.is_err());
            reached.set(true);
            sleep(co, SECOND).await;
        })
        .unwrap_err();
        assert!(reached.get(), "{deadlock}");
        assert_eq!(deadlock.kind(), DeadlockKind::NobodyLeft);
        assert!(deadlock.to_string().ends_with("for a moment that never comes"), "{deadlock}");
    }

    /// Fault 56: a timer that would never fire is given up, and the same task's next one fires.
    fn a_timer_after_one_that_never_fires() {
        run_on(SIM, async |co: &Co| {
            for _ in 0..3 {
                assert!(timeout(co, SECOND, sleep(co, Duration::MAX)).await.is_err());
                sleep(co, SECOND).await;
                assert_eq!(timeout(co, Duration::MAX, sleep(co, SECOND)).await, Ok(()));
            }
            assert_eq!(now(co), 9 * SECOND);
        });
    }

    /// Faults 57 and 58: to sleep for nothing, or until a moment that has passed, is one turn: the others have theirs, and time stands still.
    fn nothing_and_the_past_are_one_turn() {
        for clock in [Clock::Simulated, Clock::Real] {
            let trace = Trace::default();
            run_on(clock, async |co: &Co| {
                sleep(co, MS).await;
                let tasks: Vec<_> = ["nothing", "the past", "a yield"].into_iter().map(|what| {
                    let trace = trace.clone();
                    spawn(co, async move |co: &Co| {
                        for turn in 1..=3 {
                            trace.note(format!("{what} {turn}"));
                            match what {
                                "nothing" => sleep(co, Duration::ZERO).await,
                                "the past" => sleep_until(co, MS / 2).await,
                                _ => yield_now(co).await,
                            }
                        }
                    })
                }).collect();
                gather(co, tasks).await.unwrap();
                assert!(clock == Clock::Real || now(co) == MS);
            });
            let turns = (1..=3).flat_map(|turn| ["nothing", "the past", "a yield"].map(|what| format!("{what} {turn}")));
            assert_eq!(trace.take(), Vec::from_iter(turns));
        }
    }

    /// Fault 59: many deadlines, armed in no order, fire by deadline, and equal ones in the order in which they were armed. Those that were
    /// given up do not disturb them.
    fn deadlines_fire_in_order() {
        const TIMERS: u64 = if cfg!(miri) { 40 } else { 2_000 };
        let fired = run_on(SIM, async |co: &Co| {
            let (tx, rx) = unbounded();
            let mut given_up = Vec::new();
            for i in 0..TIMERS {
                // A walk that meets every residue, and each of them several times.
                let delay = (i * 7919) % 97;
                let tx = tx.clone();
                let task = spawn(co, async move |co: &Co| {
                    sleep(co, MS * u32::try_from(delay).unwrap()).await;
                    assert_eq!(now(co), MS * u32::try_from(delay).unwrap(), "neither early nor late");
                    tx.try_send((delay, i)).unwrap();
                });
                if i % 3 == 0 {
                    given_up.push(task);
                }
            }
            drop(tx);
            yield_now(co).await;
            given_up.iter().for_each(|task| assert!(task.cancel() || task.is_finished()));
            let mut fired = Vec::new();
            while let Some(timer) = recv(co, &rx).await {
                fired.push(timer);
            }
            fired
        });
        assert!(fired.len() as u64 >= TIMERS / 2);
        assert!(fired.is_sorted_by_key(|(delay, i)| (*delay, *i)));
    }

    /// Fault 60: on the real clock, ten tasks that yield for ever hold up no timer and no time limit.
    fn tasks_that_yield_for_ever_starve_no_timer() {
        run_on(Clock::Real, async |co: &Co| {
            for _ in 0..10 {
                drop(spawn(co, async |co: &Co| loop {
                    yield_now(co).await;
                }));
            }
            sleep(co, MS).await;
            assert!(now(co) >= MS);
            assert!(timeout(co, MS, wait(co, &Event::new())).await.is_err());
            let busy = timeout(co, MS, async {
                loop {
                    yield_now(co).await;
                }
            });
            assert!(busy.await.is_err());
        });
    }

    /// Fault 60: the simulated clock stands still while anything is ready.
    fn the_simulated_clock_waits_for_those_that_yield() {
        let trace = Trace::default();
        run_on(SIM, async |co: &Co| {
            let noisy = trace.clone();
            let sleeper = spawn(co, async move |co: &Co| {
                sleep(co, Duration::from_nanos(1)).await;
                noisy.note("slept");
            });
            let busy = spawn(co, async |co: &Co| {
                for _ in 0..if cfg!(miri) { 20 } else { 1000 } {
                    yield_now(co).await;
                    assert_eq!(now(co), Duration::ZERO);
                }
            });
            join(co, &busy).await.unwrap();
            trace.note("nobody is busy");
            join(co, &sleeper).await.unwrap();
        });
        assert_eq!(trace.take(), ["nobody is busy", "slept"]);
    }

    /// Fault 63: hundreds of thousands of timers that are armed and given up are gone: the clock does not stop at their deadlines. (That they
    /// give their memory back is counted in `costs.rs`.)
    fn timers_that_are_given_up_are_gone() {
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            for i in 0..DROPPED {
                let limit = SECOND + Duration::from_nanos(u64::from(i % 1000));
                timeout(co, limit, yield_now(co)).await.unwrap();
            }
            wait(co, &Event::new()).await;
        });
        assert_eq!(report.outcome.unwrap_err().kind(), DeadlockKind::NobodyLeft);
        assert_eq!(report.elapsed, Duration::ZERO);
        assert_eq!(report.counts.steps, u64::from(DROPPED) + 1);
    }
}

/// Fault 63: a million timers at once, half of which are given up; the others fire in order.
#[test]
fn a_million_timers_at_once() {
    let report = aw::run_with(Setup::new().clock(SIM), async {
        let mut naps = Vec::new();
        for i in 0..ALIVE {
            let mut nap = aw::sleep(SECOND + Duration::from_nanos(u64::from(ALIVE - i)));
            assert!(futures::poll!(&mut nap).is_pending());
            naps.push(nap);
        }
        naps.truncate(naps.len() / 2);
        while let Some(nap) = naps.pop() {
            nap.await;
        }
    });
    let longest = SECOND + Duration::from_nanos(u64::from(ALIVE));
    assert_eq!(report.elapsed, longest);
}

/// Fault 55: a deadline in 584 years does not keep another thread's wake-up out.
#[test]
fn a_thread_answers_while_the_next_timer_is_centuries_away() {
    aw::run(async {
        let mut far = aw::sleep_until(LAST);
        assert!(futures::poll!(&mut far).is_pending());
        let (tx, rx) = oneshot::channel();
        let thread = thread::spawn(move || {
            thread::sleep(MS);
            tx.send(7).unwrap();
        });
        assert_eq!(rx.await, Ok(7));
        thread.join().unwrap();
    });
}

/// Fault 64: a sleep, and a time limit, that go from task to task: the last who polled is woken, and none of those before.
#[test]
fn a_sleep_that_is_handed_on_wakes_its_last_owner() {
    const OWNERS: u64 = 5;
    let report = aw::run_with(Setup::new().clock(SIM), async {
        let done = aw::Event::new();
        let mut nap = aw::sleep(SECOND);
        let mut limit = sm::timeout(2 * SECOND, aw::Event::new().wait());
        for _ in 0..OWNERS {
            let (tx, rx) = aw::channel(1);
            let done = done.clone();
            drop(aw::spawn(async move {
                assert!(futures::poll!(&mut nap).is_pending());
                assert!(futures::poll!(&mut limit).is_pending());
                tx.try_send((nap, limit)).map_err(drop).unwrap();
                done.wait().await; // a turn too early would be counted
            }));
            (nap, limit) = rx.recv().await.unwrap();
        }
        let last = aw::spawn(async move {
            nap.await;
            assert_eq!(aw::now(), SECOND);
            assert!(limit.await.is_err());
            assert_eq!(aw::now(), 2 * SECOND);
        });
        last.await.unwrap();
        done.set();
        aw::yield_now().await;
    });
    // The root begins, is handed something by each, and goes on twice; each owner has a turn before and one after; the last has three.
    assert_eq!(report.counts.steps, (1 + OWNERS + 2) + 2 * OWNERS + 3);
}
