//! Faults 18, 19, 25 and 26: whatever panics, wherever, harms its own task and nobody else. (The plain cases are in
//! `tests/contract/endings.rs`, destructors that panic in `destructors.rs`, wakers in `foreign.rs`.)

use std::cell::{Cell, RefCell};
use std::panic;
use std::rc::Rc;
use std::sync::Once;

use yield_to_await::generators::{self as g, Co as Lane1Co};
use yield_to_await::{JoinError, async_await as aw};

use crate::lanes::in_every_lane;
use crate::{SECOND, SIM, loops_still_work, message_of, panic_of};

thread_local! {
    static HEARD: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// What the panic hook has been told on this thread since it was last asked.
fn heard() -> Vec<String> {
    static LISTEN: Once = Once::new();
    LISTEN.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let text = message_of(info.payload());
            HEARD.with_borrow_mut(|heard| heard.push(text));
            before(info);
        }));
    });
    HEARD.take()
}

in_every_lane! {
    /// Faults 18 and 19: many tasks panic, in their first turn and later, watched and detached. Everybody else ends as if nothing had
    /// happened, and whoever asks is told.
    fn many_panics_harm_nobody_else() {
        const MANY: u64 = if cfg!(miri) { 10 } else { 200 };
        let report = run_with(aw::Setup::new().clock(SIM), async |co: &Co| {
            let (mut well, mut ill) = (Vec::new(), Vec::new());
            for i in 0..MANY {
                let panics = async move |co: &Co| {
                    if i % 2 == 0 {
                        yield_now(co).await;
                    }
                    // Tells no hook: so many messages would bury those of a test that fails.
                    panic::resume_unwind(Box::new("on purpose"))
                };
                drop(spawn(co, panics));
                ill.push(spawn(co, panics));
                well.push(spawn(co, async move |co: &Co| {
                    yield_now(co).await;
                    i
                }));
            }
            assert_eq!(gather(co, well).await.unwrap(), Vec::from_iter(0..MANY));
            for outcome in gather_all::<()>(co, ill).await {
                assert_eq!(outcome.unwrap_err().to_string(), "the task panicked: on purpose");
            }
        });
        // The root's last wait is over at once.
        assert_eq!(report.counts.steps, 2 + 2 * MANY + 3 * MANY);
        loops_still_work();
    }

    /// Fault 19: the panic of a task that nobody waits for is not silent: the panic hook is told, in the turn in which it happens.
    fn a_detached_panic_is_heard() {
        heard();
        run_on(SIM, async |co: &Co| {
            drop(spawn(co, async |_: &Co| panic!("nobody asks")));
            assert!(heard().is_empty());
            yield_now(co).await;
            assert_eq!(heard(), ["nobody asks"]);
        });
        loops_still_work();
    }

    /// Fault 25: the root panics again and again, at once or after a wait, among tasks that wait; the loop can be run after each.
    fn a_root_that_panics_spoils_nothing() {
        for turn in 0..10 {
            let message = panic_of(|| run_on(SIM, async |co: &Co| {
                let event = Event::new();
                let waits = event.clone();
                drop(spawn(co, async move |co: &Co| wait(co, &waits).await));
                drop(spawn(co, async |co: &Co| sleep(co, SECOND).await));
                for _ in 0..turn {
                    yield_now(co).await;
                }
                panic!("in turn {turn}");
            }));
            assert_eq!(message, format!("in turn {turn}"));
            loops_still_work();
        }
    }

    /// Fault 26: an iterator of handles panics half-way. Who asked for its tasks gets the panic; they are detached then, and run on.
    fn an_iterator_of_handles_that_panics() {
        run_on(SIM, async |co: &Co| {
            let ended = Rc::new(Cell::new(0));
            let half = || {
                let ended = Rc::clone(&ended);
                (0..2).map(move |i| {
                    assert!(i == 0, "half-way");
                    let ended = Rc::clone(&ended);
                    spawn(co, async move |co: &Co| {
                        yield_now(co).await;
                        ended.set(ended.get() + 1);
                        Ok::<(), JoinError>(())
                    })
                })
            };
            assert_eq!(panic_of(|| drop(gather(co, half()))), "half-way");
            assert_eq!(panic_of(|| drop(try_gather(co, half()))), "half-way");
            assert_eq!(panic_of(|| drop(gather_all(co, half()))), "half-way");
            assert_eq!(panic_of(|| drop(as_completed(co, half()))), "half-way");
            assert_eq!(panic_of(|| drop(first_completed(co, half()))), "half-way");
            sleep(co, SECOND).await;
            assert_eq!(ended.get(), 5);
        });
        loops_still_work();
    }

    /// Fault 26: whoever looks at an outcome panics. The outcome stays, and can be looked at and taken.
    fn a_look_at_an_outcome_that_panics() {
        run_on(SIM, async |co: &Co| {
            let task = spawn(co, async |_: &Co| 7);
            finished(co, &task).await;
            assert_eq!(panic_of(|| task.peek(|_| panic!("looking"))), "looking");
            assert!(task.peek(|outcome| matches!(outcome, Some(Ok(7)))));
            assert_eq!(join(co, &task).await.unwrap(), 7);
        });
        loops_still_work();
    }

    /// Fault 26: whoever holds a lock, a permit or the only sender panics. Those behind it go on: nothing is poisoned.
    fn whoever_panics_lets_go_of_what_it_holds() {
        run_on(SIM, async |co: &Co| {
            let (mutex, permits, (tx, rx)) = (Mutex::new(1), Semaphore::new(1), channel::<()>(1));
            let holder = spawn(co, {
                let (mutex, permits) = (mutex.clone(), permits.clone());
                async move |co: &Co| {
                    let (mut guard, _permit, _tx) = (lock(co, &mutex).await, acquire(co, &permits).await, tx);
                    *guard += 1;
                    yield_now(co).await;
                    panic!("on purpose");
                }
            });
            yield_now(co).await;
            let lines = [
                spawn(co, async move |co: &Co| *lock(co, &mutex).await),
                spawn(co, async move |co: &Co| {
                    drop(acquire(co, &permits).await);
                    3
                }),
                spawn(co, async move |co: &Co| recv(co, &rx).await.map_or(4, |()| 5)),
            ];
            assert_eq!(gather(co, lines).await.unwrap(), [2, 3, 4]);
            join::<()>(co, &holder).await.unwrap_err();
        });
        loops_still_work();
    }
}

/// Fault 18: a coroutine of lane 1 panics in the turn in which it has asked for something, before the kernel has seen what: nobody else's
/// request is answered with it, and nobody waits for it.
#[test]
fn a_generator_that_panics_with_a_trap_on_its_way() {
    let elapsed = g::run_on(SIM, async |co: &Lane1Co| {
        let (event, permits) = (g::Event::new(), g::Semaphore::new(0));
        let (waits, takes) = (event.clone(), permits.clone());
        let asks_and_panics = [
            g::spawn(co, async move |co: &Lane1Co| {
                let _asked = futures::poll!(Box::pin(waits.wait(co)));
                panic!("on purpose");
            }),
            g::spawn(co, async move |co: &Lane1Co| {
                let _asked = futures::poll!(Box::pin(takes.acquire(co)));
                panic!("on purpose");
            }),
            g::spawn(co, async |co: &Lane1Co| {
                let mut nap = Box::pin(g::sleep(co, 10 * SECOND));
                assert!(futures::poll!(&mut nap).is_pending());
                panic!("on purpose");
            }),
        ];
        let naps = g::spawn(co, async |co: &Lane1Co| {
            g::yield_now(co).await;
            g::sleep(co, SECOND).await;
            g::now(co)
        });
        for outcome in g::gather_all::<()>(co, asks_and_panics).await {
            assert_eq!(
                outcome.unwrap_err().to_string(),
                "the task panicked: on purpose"
            );
        }
        event.set();
        permits.release();
        assert_eq!(permits.available_permits(), 1);
        naps.join(co).await.unwrap()
    });
    assert_eq!(elapsed, SECOND);
    loops_still_work();
}
