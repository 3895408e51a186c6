//! Channels that close while something is inside or on its way. (Most of it is in `contract/channels.rs`.)

use std::any::Any;
use std::cell::RefCell;
use std::future::poll_fn;
use std::panic::catch_unwind;
use std::pin::pin;
use std::rc::Rc;
use std::task::Poll;

use yield_to_await::{Closed, Setup, TrySendError};

use crate::combinators::Drops;
use crate::lanes::{Defer, in_every_lane};
use crate::{SECOND, SIM};

in_every_lane! {
    /// Fault 70: whoever sends to a closed channel has the value back at once, without a turn, whether there was room, the channel was full, or
    /// it has no limit.
    fn sending_to_a_closed_channel_gives_the_value_back() {
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            for (i, (tx, rx)) in [channel(1), channel(1), unbounded()].into_iter().enumerate() {
                if i > 0 {
                    tx.try_send(String::from("inside")).unwrap();
                }
                drop(rx);
                let sent = send(co, &tx, String::from("mine")).await;
                assert_eq!(sent.map_err(|Closed(value)| value), Err(String::from("mine")));
                let tried = tx.try_send(String::from("mine"));
                assert_eq!(tried.map_err(TrySendError::into_inner), Err(String::from("mine")));
            }
        });
        assert_eq!(report.counts.steps, 1);
    }

    /// Fault 73: a channel that could hold nothing is refused, with the two that can be meant.
    fn a_channel_of_capacity_zero() {
        let refused = catch_unwind(|| drop(channel::<i32>(0)));
        let message = *refused.unwrap_err().downcast::<&str>().unwrap();
        assert!(message.starts_with("`channel(0)` could never hold a value: use `channel(1)`"), "{message}");
        assert!(message.contains("`unbounded()`"), "{message}");
    }

    /// Fault 75: what nobody has received is dropped once: when the last end goes, whichever that is, and when the run ends with both ends alive.
    fn what_is_left_in_a_channel_is_dropped_once() {
        let dropped = Drops::default();
        let fill = |count: u32| {
            let (tx, rx) = unbounded();
            (0..count).for_each(|_| assert!(tx.try_send(dropped.one()).is_ok()));
            (tx, rx)
        };
        let outside = run_on(SIM, async |co: &Co| {
            let (tx, rx) = fill(3);
            drop(tx);
            assert_eq!(dropped.take(), 0, "it can still be received");
            drop(recv(co, &rx).await.unwrap());
            assert_eq!(dropped.take(), 1);
            drop(rx);
            assert_eq!(dropped.take(), 2);
            let (tx, rx) = fill(3);
            drop(rx);
            assert_eq!(dropped.take(), 3, "nobody can receive it any more");
            drop(tx);
            assert_eq!(dropped.take(), 0);
            let (tx, rx) = fill(3);
            drop(spawn(co, async move |co: &Co| {
                let _ends = (tx, rx);
                sleep(co, SECOND).await;
            }));
            yield_now(co).await;
            fill(3)
        });
        assert_eq!(dropped.take(), 3);
        drop(outside);
        assert_eq!(dropped.take(), 3);
    }

    /// Fault 75: a value whose sender is cancelled, times out or is left waiting at the end is dropped once and never received.
    fn a_value_on_its_way_in_is_dropped_once() {
        let dropped = Drops::default();
        run_on(SIM, async |co: &Co| {
            let (tx, rx) = channel(1);
            tx.try_send(dropped.one()).ok().unwrap();
            assert!(timeout(co, SECOND, send(co, &tx, dropped.one())).await.is_err());
            assert_eq!(dropped.take(), 1, "timed out");
            drop(send(co, &tx, dropped.one()));
            assert_eq!(dropped.take(), 1, "never polled");
            let senders = [(); 2].map(|()| {
                let (tx, value) = (tx.clone(), dropped.one());
                spawn(co, async move |co: &Co| send(co, &tx, value).await.is_ok())
            });
            yield_now(co).await;
            senders[0].cancel();
            finished(co, &senders[0]).await;
            assert_eq!(dropped.take(), 1, "cancelled");
            assert_eq!((tx.len(), rx.len()), (1, 1));
        });
        assert_eq!(dropped.take(), 2, "the one inside and the one that waits");
    }

    /// Fault 75: a value that sends to its own channel when it is dropped with it: refused like anybody else.
    fn a_value_that_uses_its_channel_when_it_is_dropped() {
        run_on(SIM, async |co: &Co| {
            let (tx, rx) = channel::<Box<dyn Any>>(2);
            let answers = Rc::new(RefCell::new(Vec::new()));
            let value = Defer({
                let (tx, answers) = (tx.clone(), Rc::clone(&answers));
                move || answers.borrow_mut().push(tx.try_send(Box::new(())).is_err())
            });
            tx.try_send(Box::new(value)).unwrap();
            let waiting = spawn(co, async move |co: &Co| {
                send(co, &tx, Box::new("goes in")).await.unwrap();
                send(co, &tx, Box::new("waits")).await.is_err()
            });
            yield_now(co).await;
            drop(rx);
            assert_eq!(answers.take(), [true]);
            assert!(join(co, &waiting).await.unwrap());
        });
    }

    /// Faults 72 and 74: the receiver that was woken for the last value is cancelled before its turn, and the last sender goes at the same time: the next
    /// gets the value, the others learn of the end.
    fn a_channel_that_closes_while_a_wake_up_is_passed_on() {
        run_on(SIM, async |co: &Co| {
            let (tx, rx) = channel(1);
            let getters = [(); 3].map(|()| {
                let rx = rx.clone();
                spawn(co, async move |co: &Co| recv(co, &rx).await)
            });
            yield_now(co).await;
            tx.try_send(7).unwrap();
            getters[0].cancel();
            drop(tx);
            let [_, second, third] = getters;
            assert_eq!(gather(co, [second, third]).await.unwrap(), [Some(7), None]);
            assert_eq!(recv(co, &rx).await, None);
        });
    }

    /// Fault 74: all who were handed a place are cancelled before they run, one after the other: it goes down the whole line.
    fn a_place_that_is_handed_down_the_whole_line() {
        run_on(SIM, async |co: &Co| {
            let (permits, lock_of_all) = (Semaphore::new(0), Mutex::new(()));
            let (tx, rx) = channel(1);
            let guard = lock(co, &lock_of_all).await;
            let line = |i: u32| {
                let (permits, lock_of_all, rx) = (permits.clone(), lock_of_all.clone(), rx.clone());
                spawn(co, async move |co: &Co| match i % 3 {
                    0 => drop(acquire(co, &permits).await),
                    1 => drop(lock(co, &lock_of_all).await),
                    _ => assert_eq!(recv(co, &rx).await, Some(7)),
                })
            };
            let mut tasks: Vec<_> = (0..30).map(line).collect();
            yield_now(co).await;
            permits.release();
            drop(guard);
            tx.try_send(7).unwrap();
            let last = tasks.split_off(27);
            assert!(tasks.iter().all(JoinHandle::cancel));
            gather(co, last).await.unwrap();
            assert!(tasks.iter().all(JoinHandle::is_finished));
            assert_eq!(permits.available_permits(), 1);
            assert!(!lock_of_all.is_locked() && rx.is_empty());
        });
    }
}

macro_rules! drop_the_wait_in_the_turn_it_has_brought {
    () => {{
        let ways = ["recv", "send", "acquire", "lock"];
        let mut lost = Vec::new();
        for (way, panics) in ways.into_iter().flat_map(|way| [(way, false), (way, true)]) {
            let ended = try_run_on(SIM, async |co: &Co| {
                let (tx, rx) = channel(1);
                let (permits, mutex) = (Semaphore::new(0), Mutex::new(()));
                let guard = lock(co, &mutex).await;
                if way == "send" {
                    send(co, &tx, 0).await.unwrap();
                }
                let wait_for = || {
                    let (tx, rx, permits, mutex) =
                        (tx.clone(), rx.clone(), permits.clone(), mutex.clone());
                    async move |co: &Co| match way {
                        "recv" => assert_eq!(recv(co, &rx).await, Some(7)),
                        "send" => send(co, &tx, 7).await.unwrap(),
                        "acquire" => drop(acquire(co, &permits).await),
                        _ => drop(lock(co, &mutex).await),
                    }
                };
                let first = spawn(co, {
                    let body = wait_for();
                    async move |co: &Co| {
                        let mut wait = pin!(body(co));
                        let mut polls = 0;
                        poll_fn(|cx| {
                            polls += 1;
                            if polls == 1 {
                                return wait.as_mut().poll(cx);
                            }
                            assert!(!panics, "on purpose");
                            Poll::Ready(())
                        })
                        .await;
                    }
                });
                let next = spawn(co, wait_for());
                yield_now(co).await;
                match way {
                    "recv" => tx.try_send(7).unwrap(),
                    "send" => assert_eq!(rx.try_recv(), Ok(0)),
                    "acquire" => permits.release(),
                    _ => drop(guard),
                }
                assert_eq!(join(co, &first).await.is_err(), panics);
                join(co, &next).await.unwrap();
            });
            if ended.is_err() {
                lost.push((way, panics));
            }
        }
        assert_eq!(lost, []);
    }};
}

/// Fault 74: a task is given a turn because it was called, and drops the wait in that turn without looking at it, as a foreign combinator does that has
/// something better (`Abortable`, or `select` with a future that is ready), or panics. The call goes to the next in line.
mod a_call_that_is_dropped_in_the_turn_it_has_brought {
    use super::*;

    #[test]
    fn generators() {
        use crate::lanes::generators::*;
        drop_the_wait_in_the_turn_it_has_brought!();
    }

    #[test]
    fn state_machines() {
        use crate::lanes::state_machines::*;
        drop_the_wait_in_the_turn_it_has_brought!();
    }

    #[test]
    fn async_await() {
        use crate::lanes::async_await::*;
        drop_the_wait_in_the_turn_it_has_brought!();
    }
}
