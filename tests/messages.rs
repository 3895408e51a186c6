//! Every message names the culprit and the cure. (Reports of deadlocks have their tests in `contract/deadlocks.rs`,
//! lane 1's answers to misuse in `misuse.rs`.)

use std::any::Any;
use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use futures::FutureExt;
use yield_to_await::generators::{self as g, Co};
use yield_to_await::{Clock, Closed, JoinError, TryRecvError, TrySendError};
use yield_to_await::{async_await as aw, state_machines as sm};

const SIM: Clock = Clock::Simulated;

fn text(panic: Box<dyn Any + Send>) -> String {
    match panic.downcast::<String>() {
        Ok(text) => *text,
        Err(panic) => (*panic.downcast::<&str>().unwrap()).to_owned(),
    }
}

fn panic_of<T>(f: impl FnOnce() -> T) -> String {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(_) => panic!("it did not panic"),
        Err(panic) => text(panic),
    }
}

#[test]
fn without_a_loop() {
    let spawn = panic_of(|| aw::spawn(async {}));
    assert_eq!(
        spawn,
        "`spawn` was called where no loop of `state_machines` or `async_await` runs: call it inside their `run`, in the root or in a task"
    );
    assert!(
        panic_of(aw::spawner)
            .starts_with("`spawner` was called where no loop of `state_machines` or")
    );
    assert!(panic_of(aw::now).starts_with("`now` was called where no loop of `state_machines` or"));
    assert!(
        panic_of(aw::current)
            .starts_with("`current` was called where no task of `state_machines` or")
    );
}

/// A lazy future names the line that made it, not the one that polled it.
#[test]
fn without_a_loop_a_lazy_future_names_its_line() {
    let line = line!() + 1;
    let nap = aw::sleep(Duration::from_secs(1));
    let message = panic_of(|| futures::executor::block_on(nap));
    let here = format!("the `sleep` made at {}:{line}:", file!());
    assert!(message.starts_with(&here), "{message}");
    assert!(
        message.ends_with("was polled where no loop of `state_machines` or `async_await` runs: await it inside their `run`, in the root or in a task"),
        "{message}"
    );
    let line = line!() + 1;
    let limited = sm::timeout(Duration::from_secs(1), std::future::ready(()));
    let message = panic_of(|| futures::executor::block_on(limited));
    assert!(
        message.contains(&format!("`timeout` made at {}:{line}:", file!())),
        "{message}"
    );
    let line = line!() + 1;
    let limited = aw::timeout(Duration::from_secs(1), std::future::ready(()));
    let message = panic_of(|| futures::executor::block_on(limited));
    assert!(
        message.contains(&format!("`timeout` made at {}:{line}:", file!())),
        "{message}"
    );
}

/// A timer does not survive its loop.
#[test]
fn a_sleep_of_an_earlier_run() {
    let line = line!() + 1;
    let mut nap = Box::pin(aw::sleep(Duration::from_secs(1)));
    aw::run_on(SIM, async {
        assert!(futures::poll!(nap.as_mut()).is_pending());
    });
    let message = panic_of(|| aw::run_on(SIM, nap));
    assert!(
        message.starts_with(&format!("the `sleep` made at {}:{line}:", file!())),
        "{message}"
    );
    assert!(
        message.ends_with(
            "was begun in a loop that has ended: make a new one in the loop that awaits it"
        ),
        "{message}"
    );
}

/// The place of a panic is the caller's line.
#[test]
fn a_panic_points_at_the_caller() {
    use std::sync::{Arc, Mutex};
    let place = Arc::new(Mutex::new(None));
    let hook = std::panic::take_hook();
    let seen = Arc::clone(&place);
    let this = std::thread::current().id();
    std::panic::set_hook(Box::new(move |info| {
        if std::thread::current().id() == this {
            *seen.lock().unwrap() = info
                .location()
                .map(|place| (place.file().to_owned(), place.line()));
        }
    }));
    let spawn = line!() + 1;
    let _ = catch_unwind(|| aw::spawn(async {}));
    let after_spawn = place.lock().unwrap().take();
    let nested = line!() + 1;
    let _ = aw::run(async { catch_unwind(|| g::run(async |_: &Co| ())) });
    std::panic::set_hook(hook);
    let after_nested = place.lock().unwrap().take();
    for (seen, line) in [(after_spawn, spawn), (after_nested, nested)] {
        assert_eq!(seen, Some((file!().to_owned(), line)));
    }
}

#[test]
fn arguments_that_make_no_sense() {
    assert_eq!(
        panic_of(|| aw::channel::<i32>(0)),
        "`channel(0)` could never hold a value: use `channel(1)` for a channel that holds one, or `unbounded()` for one without a limit"
    );
    assert_eq!(
        panic_of(|| g::channel::<i32>(0)),
        panic_of(|| sm::channel::<i32>(0))
    );
    let nothing = panic_of(|| aw::run_on(SIM, async { aw::first_completed::<i32>([]).await }));
    assert_eq!(
        nothing,
        "`first_completed` of no tasks would wait for ever: hand it at least one"
    );
    let nothing_here = panic_of(|| sm::first_completed::<i32>([]));
    assert_eq!(nothing_here, nothing);
    let nothing_there =
        panic_of(|| g::run_on(SIM, async |co: &Co| g::first_completed::<i32>(co, []).await));
    assert_eq!(nothing_there, nothing);
}

#[test]
fn a_nested_run() {
    let message = panic_of(|| aw::run(async { g::run(async |_: &Co| ()) }));
    assert_eq!(
        message,
        "`run` was called inside a task: a loop of `state_machines` or `async_await` runs on this thread already. Await the coroutine instead, \
         `spawn` it on the running loop, or run the second loop on a thread of its own"
    );
}

#[test]
fn a_future_polled_after_its_end() {
    let message = panic_of(|| {
        aw::run_on(SIM, async {
            let mut gathering = sm::gather([sm::spawn(async { 1 })]);
            (&mut gathering).await.unwrap();
            (&mut gathering).await.unwrap();
        });
    });
    assert_eq!(message, "a gather was polled after it had returned");
    let message = panic_of(|| {
        aw::run_on(SIM, async {
            let mut first = sm::first_completed([sm::spawn(async { 1 }), sm::spawn(async { 2 })]);
            (&mut first).await.1.unwrap();
            (&mut first).await.1.unwrap();
        });
    });
    assert_eq!(
        message,
        "a `first_completed` was polled after it had returned"
    );
}

#[test]
fn errors_are_errors() {
    fn check(error: impl Error + Send + Sync + 'static, expected: &str) {
        assert_eq!(error.to_string(), expected);
    }
    check(
        JoinError::Cancelled,
        "the task was cancelled before it ended",
    );
    check(
        JoinError::Taken,
        "the task's outcome has been taken already: await a handle once, or look at the outcome with `finished` and `peek`",
    );
    check(
        JoinError::LoopEnded,
        "the task was spawned while its loop was closing and never ran: spawn before the root returns, not in a destructor that \
         runs after it",
    );
    check(
        JoinError::OwnHandle,
        "a task cannot await its own handle, since it would wait for itself: hand the handle to another task",
    );
    let closed = "the channel is closed: every receiver has been dropped, so nobody could ever take the value";
    check(Closed(1), closed);
    check(TrySendError::Closed(1), closed);
    check(
        TrySendError::Full(1),
        "the channel is full: `send` would wait for room",
    );
    check(
        TryRecvError::Empty,
        "the channel is empty: `recv` would wait for a value",
    );
    check(
        TryRecvError::Closed,
        "the channel is empty and closed: every sender has been dropped, so no value will come",
    );
    let elapsed = aw::run_on(
        SIM,
        aw::timeout(Duration::from_millis(5), std::future::pending::<()>()),
    );
    check(elapsed.unwrap_err(), "the time limit of 5ms has passed");
    let deadlock = aw::try_run_on(SIM, aw::Event::new().wait()).unwrap_err();
    let report = deadlock.to_string();
    check(deadlock, &report);
    let odd = aw::run_on(SIM, async {
        let task = aw::spawn(async { std::panic::panic_any(7_i32) });
        task.await.unwrap_err()
    });
    check(odd, "the task panicked: (a payload that is not text)");
}

/// The outcome is lent to `look` meanwhile.
#[test]
fn an_outcome_that_is_being_looked_at() {
    let message = "the outcome of a task was asked for while `peek` looks at it: wait until `peek` has returned, and take it or look \
                   again then";
    aw::run_on(SIM, async {
        let task = aw::spawn(async {});
        task.finished().await;
        assert_eq!(panic_of(|| task.peek(|_| task.peek(|_| ()))), message);
        let take = || task.clone().now_or_never();
        assert_eq!(panic_of(|| task.peek(|_| take())), message);
        assert!(task.await.is_ok());
    });
    g::run_on(SIM, async |co: &Co| {
        let task = g::spawn(co, async |_: &Co| ());
        task.finished(co).await;
        assert_eq!(panic_of(|| task.peek(|_| task.peek(|_| ()))), message);
    });
}

/// Debug output exists, says something, and shows nobody's value.
#[test]
fn debug_says_what_a_thing_is() {
    aw::run_on(SIM, async {
        let (tx, rx) = aw::channel(2);
        tx.try_send("secret").unwrap();
        let task = aw::spawn_named("worker", async {});
        let mutex = aw::Mutex::new("secret");
        tx.try_send("secret").unwrap();
        let full = tx.try_send("secret");
        let all = format!("{tx:?} {rx:?} {task:?} {mutex:?} {full:?}");
        for part in [
            "Sender { len: 2, closed: false",
            "task 1 `worker`",
            "Mutex { locked: false",
        ] {
            assert!(all.contains(part), "{all}");
        }
        assert!(!all.contains("secret"), "{all}");
    });
}
