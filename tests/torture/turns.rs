//! Faults 10 and 11: tasks that would have every turn for themselves.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

use futures::channel::oneshot;
use yield_to_await::{Setup, async_await as aw};

use crate::SIM;
use crate::lanes::in_every_lane;

const MANY: u32 = if cfg!(miri) { 20 } else { 10_000 };

/// Fault 10: a task that wakes itself for ever gets one turn in a round, and so does everybody else.
#[test]
fn a_task_that_wakes_itself_for_ever_takes_turns() {
    aw::run_on(SIM, async {
        let polls = Rc::new(Cell::new(0));
        let counted = Rc::clone(&polls);
        drop(aw::spawn(poll_fn(move |cx| {
            (0..10).for_each(|_| cx.waker().wake_by_ref());
            counted.set(counted.get() + 1);
            Poll::<()>::Pending
        })));
        for turn in 1..=MANY {
            aw::yield_now().await;
            assert_eq!(polls.get(), turn);
        }
    });
}

/// Fault 10: nor does it keep timers from firing or other threads from being heard.
#[test]
fn a_task_that_wakes_itself_for_ever_starves_neither_timers_nor_threads() {
    aw::run(async {
        drop(aw::spawn(poll_fn(|cx| {
            cx.waker().wake_by_ref();
            Poll::<()>::Pending
        })));
        aw::sleep(Duration::from_millis(2)).await;
        let (tx, rx) = oneshot::channel();
        let thread = thread::spawn(move || tx.send(7).unwrap());
        assert_eq!(rx.await, Ok(7));
        thread.join().unwrap();
    });
}

in_every_lane! {
    /// Fault 11: the rule is that nothing makes a step give up its turn (README, "Rules every lane shares"): as long as all that it awaits
    /// is ready, nobody else runs. `yield_now` is the cure.
    fn only_yielding_gives_up_the_turn() {
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            let turns = Rc::new(Cell::new(0));
            let counted = Rc::clone(&turns);
            drop(spawn(co, async move |co: &Co| loop {
                counted.set(counted.get() + 1);
                yield_now(co).await;
            }));
            let (tx, rx) = channel(1);
            let (event, permits, mutex) = (Event::new(), Semaphore::new(1), Mutex::new(0));
            event.set();
            for turn in 0..2 * MANY {
                send(co, &tx, turn).await.unwrap();
                assert_eq!(recv(co, &rx).await, Some(turn));
                wait(co, &event).await;
                drop(acquire(co, &permits).await);
                *lock(co, &mutex).await += 1;
                if turn >= MANY {
                    yield_now(co).await;
                }
                assert_eq!(turns.get(), (turn + 1).saturating_sub(MANY));
            }
        });
        assert_eq!(report.counts.steps, u64::from(1 + 2 * MANY));
    }

    /// Fault 11: nor does a time limit stop what never waits. It is asked once that is over, and then the value is there.
    fn a_limit_does_not_stop_what_never_waits() {
        run(async |co: &Co| {
            let (tx, rx) = channel(1);
            let limit = Duration::from_millis(1);
            let busy = async {
                let begun = Instant::now();
                while begun.elapsed() < 2 * limit {
                    send(co, &tx, 7).await.unwrap();
                    recv(co, &rx).await.unwrap();
                }
            };
            assert_eq!(timeout(co, limit, busy).await, Ok(()));
        });
    }
}
