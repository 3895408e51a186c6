//! Coroutines that are dropped: suspended, unstarted, by a panic; and destructors that do what only a coroutine may.

use std::cell::RefCell;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use yield_to_await::Setup;
use yield_to_await::generators::{self as g, Co};

use crate::combinators::Drops;
use crate::generators::{WAITS, Wait, beside_another, message, wait_by_name};
use crate::lanes::in_every_lane;
use crate::{Bomb, SECOND, SIM};

/// Polls the wait when it is dropped, with the waker that the kernel polls with.
struct PollsWhenDropped<'a>(Wait<'a>, Waker);

impl<'a> PollsWhenDropped<'a> {
    async fn new(wait: Wait<'a>) -> Self {
        Self(wait, poll_fn(|cx| Poll::Ready(cx.waker().clone())).await)
    }
}

impl Drop for PollsWhenDropped<'_> {
    fn drop(&mut self) {
        let _ = self.0.as_mut().poll(&mut Context::from_waker(&self.1));
    }
}

/// Fault 87: a destructor asks for a wait. It cannot wait; whatever the coroutine waits for next says so.
#[test]
fn a_destructor_that_asks_for_a_wait() {
    for name in WAITS {
        let before_another = message(async move |co: &Co| {
            drop(PollsWhenDropped::new(wait_by_name(co, name)).await);
            g::sleep(co, SECOND).await;
        });
        let expected = format!("`sleep` was asked for while the same coroutine's `{name}`");
        assert!(before_another.starts_with(&expected), "{before_another}");
        let at_a_limit = message(async move |co: &Co| {
            let body = async {
                let _last = PollsWhenDropped::new(wait_by_name(co, name)).await;
                g::sleep(co, 2 * SECOND).await;
            };
            assert!(g::timeout(co, SECOND, body).await.is_err());
            g::sleep(co, SECOND).await;
        });
        assert!(at_a_limit.starts_with(&expected), "{at_a_limit}");
        let at_the_end = beside_another(async move |co: &Co| {
            let _last = PollsWhenDropped::new(wait_by_name(co, name)).await;
            g::yield_now(co).await;
        });
        at_the_end.outcome.unwrap().unwrap();
        assert_eq!(at_the_end.elapsed, SECOND);
    }
}

/// Fault 87: a destructor asks for a wait while its coroutine is dropped: cancelled, or left when the root returns.
#[test]
fn a_destructor_that_asks_for_a_wait_while_its_coroutine_is_dropped() {
    for name in WAITS {
        let expected = format!("`{name}` was polled while its coroutine was being dropped");
        let body = async move |co: &Co| {
            let _last = PollsWhenDropped::new(wait_by_name(co, name)).await;
            g::Event::new().wait(co).await;
        };
        let cancelled = message(async move |co: &Co| {
            let task = g::spawn(co, body);
            g::yield_now(co).await;
            task.cancel();
            panic!("{}", task.join(co).await.unwrap_err());
        });
        assert!(cancelled.contains(&expected), "{cancelled}");
        let run = catch_unwind(AssertUnwindSafe(|| {
            g::run_on(SIM, async |co: &Co| {
                drop(g::spawn(co, body));
                g::yield_now(co).await;
            });
        }));
        let left = run.unwrap_err().downcast::<String>().unwrap();
        assert!(left.starts_with(&expected), "{left}");
        assert_eq!(g::run_on(SIM, async |_: &Co| 7), 7);
    }
}

/// Fault 87: the same destructor, with the very wait that the coroutine was in.
#[test]
fn a_destructor_that_polls_the_wait_that_is_out() {
    for name in WAITS {
        let message = message(async move |co: &Co| {
            let task = g::spawn(co, async move |co: &Co| {
                let mut last = PollsWhenDropped::new(wait_by_name(co, name)).await;
                last.0.as_mut().await;
            });
            g::yield_now(co).await;
            task.cancel();
            panic!("{}", task.join(co).await.unwrap_err());
        });
        let expected = format!(
            "the task panicked: `{name}` was polled while its coroutine was being dropped: a destructor cannot wait, for nobody would resume it. \
             Wait before the coroutine ends, or have another task do it"
        );
        assert_eq!(message, expected);
    }
}

/// Fault 92: a coroutine panics with a wait out, inside a time limit or one that is never. Its timers and its places in line go with it.
#[test]
fn a_panic_with_a_wait_out() {
    for (name, limited) in WAITS
        .iter()
        .flat_map(|name| [(*name, false), (*name, true)])
    {
        let report = beside_another(async move |co: &Co| {
            let body = async {
                let mut wait = wait_by_name(co, name);
                assert!(futures::poll!(&mut wait).is_pending());
                panic!("on purpose");
            };
            let limit = if limited { 100 * SECOND } else { Duration::MAX };
            let _ = g::timeout(co, limit, body).await;
        });
        let error = report.outcome.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "the task panicked: on purpose");
        assert_eq!(report.elapsed, SECOND, "{name}");
    }
}

/// Fault 93: a coroutine is dropped while it is suspended, in each of the ways there are to wait: cancelled, at its limit, at the end of the run. What is in it is
/// dropped once, and its timers and places in line go with it.
#[test]
fn a_suspended_coroutine_is_dropped() {
    for name in WAITS {
        let dropped = Drops::default();
        let report = g::run_with(Setup::new().clock(SIM), async |co: &Co| {
            let suspended = || {
                let local = dropped.one();
                g::spawn(co, async move |co: &Co| {
                    let _local = local;
                    loop {
                        wait_by_name(co, name).await;
                    }
                })
            };
            let cancelled = suspended();
            g::yield_now(co).await;
            cancelled.cancel();
            cancelled.finished(co).await;
            assert_eq!(dropped.take(), 1, "{name}");
            let local = dropped.one();
            let limited = async {
                let _local = local;
                // For ever if it yields: time stands still then.
                wait_by_name(co, if name == "yield_now" { "wait" } else { name }).await;
            };
            assert!(g::timeout(co, SECOND / 2, limited).await.is_err());
            assert_eq!(dropped.take(), 1, "{name}");
            drop(suspended());
            g::yield_now(co).await;
        });
        assert_eq!(dropped.take(), 1, "{name}");
        assert_eq!(report.elapsed, SECOND / 2, "{name}");
    }
}

in_every_lane! {
    /// Fault 93: a coroutine that is dropped, before its first turn or while it is suspended, has three locals; the one in the middle panics in its destructor.
    /// All are dropped, once, the handle says what the panic said, and nobody else notices.
    fn a_destructor_that_panics_keeps_no_other_from_running() {
        for begins in [false, true] {
            let dropped = Drops::default();
            run_on(SIM, async |co: &Co| {
                let captured = (dropped.one(), Bomb, dropped.one());
                let task = spawn(co, async move |co: &Co| {
                    let (_first, _bomb, _last) = captured;
                    sleep(co, 2 * SECOND).await;
                });
                let other = spawn(co, async |co: &Co| {
                    sleep(co, SECOND).await;
                    7
                });
                if begins {
                    yield_now(co).await;
                }
                assert!(task.cancel());
                let error = join(co, &task).await.unwrap_err();
                assert_eq!(error.to_string(), "the task panicked: bomb");
                assert_eq!(dropped.take(), 2);
                assert_eq!(join(co, &other).await.unwrap(), 7);
                assert_eq!(now(co), SECOND);
            });
        }
    }

    /// Fault 86: a task that has ended is in the queue once more, since it cancelled itself and was woken in its last turn. It gets no turn, and neither
    /// does the one that has its place in the table by then.
    fn a_task_that_has_ended_gets_no_turn() {
        let report = run_with(Setup::new().clock(SIM), async |co: &Co| {
            let own = Rc::new(RefCell::new(None::<JoinHandle<()>>));
            for _ in 0..3 {
                let taken = Rc::clone(&own);
                own.replace(Some(spawn(co, async move |_: &Co| {
                    assert!(taken.take().unwrap().cancel());
                })));
                yield_now(co).await;
                assert!(own.borrow().is_none());
            }
            let last = spawn(co, async |co: &Co| {
                sleep(co, SECOND).await;
                7
            });
            assert_eq!(join(co, &last).await.unwrap(), 7);
        });
        assert_eq!((report.counts.steps, report.elapsed), (4 + 1 + 3 + 2, SECOND));
    }
}
