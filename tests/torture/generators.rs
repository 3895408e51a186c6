//! What generators do not forgive, and what it is here: a `Co` is never the user's, and one door in the crate yields. What is left to do wrong gets the same
//! message in debug and in release, ends its own coroutine, and nobody else notices. (More of it is in `misuse.rs`; generators that are dropped are in
//! `destructors.rs`.)
//!
//! Not here, because it does not compile: the `Co` of another coroutine (fault 91), or a `Co` that outlives its own (fault 88). A coroutine is for every lifetime of
//! its `&Co`, what is spawned is `'static`, and a `Co` can be neither made nor copied nor sent. Nor are faults 97 to 100: only `genawaiter`'s `rc` flavour
//! is used, without its macros and never by user code, and nothing is stackful.

use std::future::{pending, ready};
use std::panic::AssertUnwindSafe;
use std::pin::Pin;
use std::rc::Rc;

use futures::FutureExt;
use yield_to_await::generators::{self as g, Co};
use yield_to_await::{JoinError, Report, Setup};

use crate::{SECOND, SIM};

pub(crate) type Wait<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// How a coroutine ends, while another one runs beside it and is not disturbed.
pub(crate) fn beside_another(
    coroutine: impl AsyncFnOnce(&Co) + 'static,
) -> Report<Result<(), JoinError>> {
    g::run_with(Setup::new().clock(SIM), async |co: &Co| {
        let misused = g::spawn(co, coroutine);
        let bystander = g::spawn(co, async |co: &Co| {
            g::yield_now(co).await;
            g::sleep(co, SECOND).await;
            7
        });
        let ended = misused.join(co).await;
        assert_eq!(bystander.join(co).await.unwrap(), 7);
        ended
    })
}

pub(crate) fn message(coroutine: impl AsyncFnOnce(&Co) + 'static) -> String {
    match beside_another(coroutine).outcome.unwrap() {
        Err(JoinError::Panicked(panic)) => panic.message().to_owned(),
        ended => panic!("it did not panic: {ended:?}"),
    }
}

pub(crate) const WAITS: [&str; 9] = [
    "yield_now",
    "sleep",
    "join",
    "recv",
    "send",
    "wait",
    "acquire",
    "lock",
    "gather",
];

/// A wait that is not over at once, by the name that the messages have for it.
pub(crate) fn wait_by_name<'a>(co: &'a Co, name: &str) -> Wait<'a> {
    let never = async |co: &Co| g::sleep(co, 1_000 * SECOND).await;
    match name {
        "yield_now" => Box::pin(g::yield_now(co)),
        "sleep" => Box::pin(g::sleep(co, SECOND)),
        "join" => {
            let task = g::spawn(co, never);
            Box::pin(async move { drop(task.join(co).await) })
        }
        "recv" => Box::pin(async {
            let (_tx, rx) = g::channel::<i32>(1);
            rx.recv(co).await;
        }),
        "send" => Box::pin(async {
            let (tx, _rx) = g::channel(1);
            tx.try_send(1).unwrap();
            tx.send(co, 2).await.unwrap();
        }),
        "wait" => Box::pin(async { g::Event::new().wait(co).await }),
        "acquire" => Box::pin(async { drop(g::Semaphore::new(0).acquire(co).await) }),
        "lock" => Box::pin(async {
            let mutex = g::Mutex::new(());
            let _guard = mutex.try_lock();
            drop(mutex.lock(co).await);
        }),
        "gather" => {
            let gather = g::gather(co, [g::spawn(co, never)]);
            Box::pin(async { drop(gather.await) })
        }
        name => unreachable!("{name}"),
    }
}

/// Faults 90 and 94: two waits at once, of any two kinds: the message names both.
#[test]
fn any_two_waits_at_once() {
    for (first, second) in WAITS
        .iter()
        .flat_map(|first| WAITS.map(|second| (*first, second)))
        .step_by(if cfg!(miri) { 10 } else { 1 })
    {
        let message = message(async move |co: &Co| {
            let (first, second) = (wait_by_name(co, first), wait_by_name(co, second));
            futures::join!(first, second);
        });
        let expected =
            format!("`{second}` was asked for while the same coroutine's `{first}` is still out (");
        assert!(message.starts_with(&expected), "{message}");
    }
}

/// Fault 86: a wait is polled after it was over.
#[test]
fn a_wait_that_is_polled_after_its_end() {
    let message_of = |name: &'static str| {
        message(async move |co: &Co| {
            let task = g::spawn(co, async |_: &Co| ());
            let mut wait: Wait<'_> = match name {
                "gather" => Box::pin(async { drop(g::gather(co, [task]).await) }),
                "join" => Box::pin(async { drop(task.join(co).await) }),
                name => wait_by_name(co, name),
            };
            wait.as_mut().await;
            wait.await;
        })
    };
    assert_eq!(
        message_of("yield_now"),
        "`yield_now` was polled after it was over"
    );
    for name in ["sleep", "join", "gather"] {
        assert_eq!(message_of(name), "`async fn` resumed after completion");
    }
}

/// Fault 87: a wait that is never polled asks for nothing. (The compiler warns of it, as of any future.)
#[test]
fn a_wait_that_is_never_polled() {
    let report = beside_another(async |co: &Co| {
        // These two make a task when they are called.
        let waits = WAITS
            .iter()
            .filter(|name| !["join", "gather"].contains(name));
        waits.for_each(|name| drop(wait_by_name(co, name)));
    });
    report.outcome.unwrap().unwrap();
    // One turn, three of the bystander, three of the root.
    assert_eq!((report.counts.steps, report.elapsed), (7, SECOND));
}

/// Fault 87: the last thing that a coroutine does is to poll a wait and to drop it, or to forget it. It ends, so it waits for nothing, and takes nothing from those who do.
#[test]
#[cfg_attr(miri, ignore = "leaks on purpose")]
fn a_wait_that_is_polled_once_before_the_end() {
    for (name, forgets) in WAITS
        .iter()
        .flat_map(|name| [(*name, false), (*name, true)])
    {
        let report = beside_another(async move |co: &Co| {
            let mut wait = wait_by_name(co, name);
            assert!(futures::poll!(&mut wait).is_pending());
            if forgets {
                std::mem::forget(wait);
            }
        });
        report.outcome.unwrap().unwrap();
        assert_eq!(report.elapsed, SECOND, "{name}");
    }
}

/// Fault 87: a wait that is forgotten is still out.
#[test]
#[cfg_attr(miri, ignore = "leaks on purpose")]
fn a_wait_that_is_forgotten_before_another() {
    for name in WAITS {
        let message = message(async move |co: &Co| {
            let mut wait = wait_by_name(co, name);
            assert!(futures::poll!(&mut wait).is_pending());
            std::mem::forget(wait);
            g::sleep(co, SECOND).await;
        });
        let expected = format!("`sleep` was asked for while the same coroutine's `{name}`");
        assert!(message.starts_with(&expected), "{message}");
    }
}

const FOREIGN_FUTURE: &str = "a coroutine of `generators` awaited a future that does not come from this lane, so the kernel was ";

/// Faults 88 and 89: a foreign future in places where the kernel has been told something before: inside a time limit, after one that has passed, after a wait that
/// was polled and dropped.
#[test]
fn a_foreign_future_in_odd_places() {
    let in_a_limit = beside_another(async |co: &Co| {
        let _ = g::timeout(co, 100 * SECOND, pending::<()>()).await;
    });
    let error = in_a_limit.outcome.unwrap().unwrap_err().to_string();
    assert!(error.contains(FOREIGN_FUTURE), "{error}");
    assert_eq!(
        in_a_limit.elapsed, SECOND,
        "the limit went with the coroutine"
    );
    let after_a_limit = message(async |co: &Co| {
        assert!(
            g::timeout(co, SECOND, g::sleep(co, 2 * SECOND))
                .await
                .is_err()
        );
        pending::<()>().await;
    });
    assert!(after_a_limit.starts_with(FOREIGN_FUTURE), "{after_a_limit}");
    for name in ["yield_now", "sleep"] {
        let after_a_wait = message(async move |co: &Co| {
            assert!(futures::poll!(wait_by_name(co, name)).is_pending());
            pending::<()>().await;
        });
        assert!(after_a_wait.starts_with(FOREIGN_FUTURE), "{after_a_wait}");
    }
}

/// Faults 88 and 89 have a limit: a foreign future that need not wait is no misuse, nor is one beside a wait of this lane.
#[test]
fn a_foreign_future_that_need_not_wait() {
    let report = beside_another(async |co: &Co| {
        assert_eq!(ready(7).await, 7);
        g::yield_now(co).await;
        assert_eq!(ready(7).await, 7);
        let beside = futures::future::select(pending::<()>(), Box::pin(g::sleep(co, SECOND)));
        beside.await;
    });
    report.outcome.unwrap().unwrap();
}

/// Fault 88, the other way round: a wait of this lane under another executor, which never comes to poll it twice.
#[test]
fn a_wait_under_another_executor() {
    for name in WAITS {
        let message = message(async move |co: &Co| {
            futures::executor::block_on(wait_by_name(co, name));
        });
        let expected = format!("`{name}` was polled under a waker that is not the kernel's, ");
        assert!(message.starts_with(&expected), "{message}");
    }
}

/// Fault 90: a coroutine that catches the refusal of a second wait may go on with the first.
#[test]
fn a_refused_wait_leaves_the_first_one_alone() {
    for (first, second) in [("sleep", "yield_now"), ("yield_now", "sleep")] {
        let report = beside_another(async move |co: &Co| {
            let mut first = wait_by_name(co, first);
            assert!(futures::poll!(&mut first).is_pending());
            let mut second = wait_by_name(co, second);
            let refused = AssertUnwindSafe(async { futures::poll!(&mut second) }).catch_unwind();
            assert!(refused.await.is_err());
            first.await;
            g::yield_now(co).await;
        });
        report.outcome.unwrap().unwrap();
    }
}

/// Fault 87: a wait that is forgotten after its limit has passed goes with its coroutine: nobody hands a permit to who has ended.
#[test]
#[cfg_attr(miri, ignore = "it leaks")]
fn a_wait_that_is_forgotten_leaves_its_line_at_the_end() {
    g::run_on(SIM, async |co: &Co| {
        let permits = Rc::new(g::Semaphore::new(0));
        let forgets = g::spawn(co, {
            let permits = Rc::clone(&permits);
            async move |co: &Co| {
                let mut wait = Box::pin(permits.acquire(co));
                assert!(g::timeout(co, SECOND, wait.as_mut()).await.is_err());
                std::mem::forget(wait);
            }
        });
        let next = g::spawn(co, {
            let permits = Rc::clone(&permits);
            async move |co: &Co| drop(permits.acquire(co).await)
        });
        forgets.join(co).await.unwrap();
        permits.release();
        next.join(co).await.unwrap();
    });
}

/// Fault 87: a wait that is polled and forgotten by a coroutine that ends is not taken for the wait that another gives up next.
#[test]
#[cfg_attr(miri, ignore = "it leaks")]
fn a_wait_that_is_forgotten_at_the_end_is_not_taken_for_anothers() {
    g::run_on(SIM, async |co: &Co| {
        drop(g::spawn(co, async |co: &Co| {
            g::sleep(co, SECOND).await;
            let mut wait = wait_by_name(co, "wait");
            assert!(futures::poll!(&mut wait).is_pending());
            std::mem::forget(wait);
        }));
        g::yield_now(co).await;
        let limited = g::timeout(co, SECOND, g::sleep(co, 10 * SECOND));
        assert!(limited.await.is_err());
        g::sleep(co, 100 * SECOND).await;
        assert_eq!(g::now(co), 101 * SECOND);
    });
}

/// Fault 87: nor does it stay in line: nobody hands a permit to who has ended.
#[test]
#[cfg_attr(miri, ignore = "it leaks")]
fn a_wait_that_is_forgotten_in_the_last_turn_leaves_its_line() {
    g::run_on(SIM, async |co: &Co| {
        let permits = Rc::new(g::Semaphore::new(0));
        let forgets = g::spawn(co, {
            let permits = Rc::clone(&permits);
            async move |co: &Co| {
                let mut wait = Box::pin(permits.acquire(co));
                assert!(futures::poll!(wait.as_mut()).is_pending());
                std::mem::forget(wait);
            }
        });
        let next = g::spawn(co, {
            let permits = Rc::clone(&permits);
            async move |co: &Co| drop(permits.acquire(co).await)
        });
        forgets.join(co).await.unwrap();
        permits.release();
        next.join(co).await.unwrap();
    });
}
