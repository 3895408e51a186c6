//! Lane 1: the same faults, as far as a generator can have them. It has no wakers, and only a coroutine that runs can spawn.

use std::cell::{Cell, RefCell};
use std::panic::panic_any;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use futures::FutureExt;
use yield_to_await::generators::{self as g, Co};
use yield_to_await::{Clock, Deadlock, JoinError};

use crate::panics::ended;
use crate::props::{Dropped, OnPurpose, ReadyThenPanics, Verdict, panics};
use crate::stuck::{LEVELS, reported};

const SECOND: Duration = Duration::from_secs(1);

fn run<T>(main: impl AsyncFnOnce(&Co) -> T) -> Result<T, Deadlock> {
    g::try_run_on(Clock::Real, main)
}

async fn a_few_turns(co: &Co) {
    for _ in 0..5 {
        g::yield_now(co).await;
    }
}

async fn for_ever(co: &Co) {
    g::sleep(co, Duration::MAX).await;
}

/// Runs `fault` beside a task that has no part in it, which must come to its end.
fn beside_a_bystander<T>(fault: impl AsyncFnOnce(&Co) -> T) -> T {
    let seen = run(async |co: &Co| {
        let bystander = g::spawn(co, async |co: &Co| {
            a_few_turns(co).await;
            a_few_turns(co).await;
            7
        });
        let seen = fault(co).await;
        a_few_turns(co).await;
        assert_eq!(bystander.join(co).await.ok(), Some(7), "the bystander");
        seen
    });
    seen.expect("it only yields")
}

/// Whether a coroutine that misuses its generator ends with a panic that says so, and nobody else does.
fn is_told(text: &str, misuse: impl AsyncFnOnce(&Co) + 'static) -> bool {
    beside_a_bystander(async |co: &Co| match g::spawn(co, misuse).join(co).await {
        Err(JoinError::Panicked(panic)) => panic.message().contains(text),
        _ => false,
    })
}

/// Fault 11.
pub(crate) fn always_ready() -> Verdict {
    beside_a_bystander(async |co: &Co| {
        drop(g::spawn(co, async |co: &Co| {
            let (sender, receiver) = g::channel(1);
            loop {
                sender.send(co, 1).await.expect("the receiver is there");
                receiver.recv(co).await;
            }
        }));
    });
    Verdict::Survives
}

/// Fault 19.
pub(crate) fn in_a_detached_task() -> Verdict {
    beside_a_bystander(async |co: &Co| {
        drop(g::spawn(co, async |_: &Co| panic_any(OnPurpose)));
    });
    Verdict::survives_if(panics() == 1, Verdict::Silent)
}

/// Fault 21.
pub(crate) fn after_ready() -> Verdict {
    let count = Rc::new(Cell::new(0));
    beside_a_bystander(async |co: &Co| {
        let dropped = Dropped::with_a_panic(&count);
        drop(g::spawn(co, move |_: &Co| ReadyThenPanics(dropped)));
    });
    Verdict::survives_if(count.get() == 1, Verdict::LosesIt)
}

/// Fault 22.
pub(crate) fn in_an_aborted_task() -> Verdict {
    let count = Rc::new(Cell::new(0));
    beside_a_bystander(async |co: &Co| {
        let dropped = Dropped::with_a_panic(&count);
        let task = g::spawn(co, async move |co: &Co| {
            let _dropped = dropped;
            for_ever(co).await;
        });
        a_few_turns(co).await;
        task.cancel();
    });
    Verdict::survives_if(count.get() == 1, Verdict::LosesIt)
}

/// Fault 23.
pub(crate) fn while_the_executor_is_dropped() -> Verdict {
    let count = Rc::new(Cell::new(0));
    ended(|| {
        run(async |co: &Co| {
            for panics in [false, true, false] {
                let dropped = if panics {
                    Dropped::with_a_panic(&count)
                } else {
                    Dropped::quietly(&count)
                };
                drop(g::spawn(co, async move |co: &Co| {
                    let _dropped = dropped;
                    for_ever(co).await;
                }));
            }
            a_few_turns(co).await;
        })
    });
    Verdict::survives_if(count.get() == 3, Verdict::LosesIt)
}

/// Fault 39.
pub(crate) fn nobody_left() -> Verdict {
    reported(run(async |co: &Co| {
        let (sender, receiver) = g::channel::<u32>(1);
        receiver.recv(co).await;
        drop(sender);
    }))
}

/// A handle that is there only after the task has been spawned.
type Later = Rc<RefCell<Option<g::JoinHandle<()>>>>;

/// Fault 51.
pub(crate) fn two_await_each_other() -> Verdict {
    let stuck = run(async |co: &Co| {
        let [first, second]: [Later; 2] = Default::default();
        let awaits = |other: &Later| {
            let other = Rc::clone(other);
            g::spawn(co, async move |co: &Co| {
                let other = other.take().expect("both have been spawned");
                drop(other.join(co).await);
            })
        };
        let (one, two) = (awaits(&second), awaits(&first));
        first.replace(Some(one.clone()));
        second.replace(Some(two));
        one.finished(co).await;
    });
    match stuck {
        Err(deadlock) if deadlock.cycle().len() == 2 => Verdict::Survives,
        _ => Verdict::Silent,
    }
}

/// Fault 52.
pub(crate) fn awaits_itself() -> Verdict {
    let refused = beside_a_bystander(async |co: &Co| {
        let own: Rc<RefCell<Option<g::JoinHandle<bool>>>> = Rc::default();
        let task = g::spawn(co, {
            let own = Rc::clone(&own);
            async move |co: &Co| {
                let own = own.take().expect("it has been spawned");
                matches!(own.join(co).await, Err(JoinError::OwnHandle))
            }
        });
        own.replace(Some(task.clone()));
        matches!(task.join(co).await, Ok(true))
    });
    Verdict::survives_if(refused, Verdict::Silent)
}

/// Fault 69: a coroutine cannot stand in line twice, and is told so.
pub(crate) fn set_aside_in_line() -> Verdict {
    let told = is_told("`lock` is still out", async |co: &Co| {
        let lock = g::Mutex::new(());
        drop(g::spawn(co, {
            let lock = lock.clone();
            async move |co: &Co| {
                let guard = lock.lock(co).await;
                g::sleep(co, Duration::from_millis(20)).await;
                drop(guard);
            }
        }));
        a_few_turns(co).await;
        let mut set_aside = Box::pin(lock.lock(co));
        let limit = Duration::from_millis(1);
        let first = g::timeout(co, limit, set_aside.as_mut()).await;
        assert!(first.is_err(), "the lock is held");
        drop(lock.lock(co).await);
    });
    Verdict::survives_if(told, Verdict::Silent)
}

/// Fault 76.
pub(crate) fn sends_to_itself() -> Verdict {
    reported(run(async |co: &Co| {
        let (sender, receiver) = g::channel(1);
        for i in 0..10 {
            sender.send(co, i).await.expect("the receiver is there");
        }
        drop(receiver);
    }))
}

/// Fault 86. Only the kernel resumes; what a coroutine can ask once too often are its streams.
pub(crate) fn asked_after_the_end() -> Verdict {
    let ended = beside_a_bystander(async |co: &Co| {
        let mut tasks = g::as_completed(co, [g::spawn(co, async |_: &Co| 5)]);
        let (sender, receiver) = g::channel::<u32>(1);
        drop(sender);
        let mut ended = matches!(tasks.next(co).await, Some(Ok(5)));
        for _ in 0..3 {
            ended &= tasks.next(co).await.is_none();
            ended &= receiver.recv(co).await.is_none();
        }
        ended
    });
    Verdict::survives_if(ended, Verdict::Silent)
}

/// Polls a wait where nothing can be awaited.
struct YieldsWhenDropped<'a>(&'a Co);

impl Drop for YieldsWhenDropped<'_> {
    fn drop(&mut self) {
        let _ = g::yield_now(self.0).now_or_never();
    }
}

/// Fault 87. A wait that is not polled has asked for nothing, one in a destructor is refused, and a `Co` cannot outlive its coroutine.
pub(crate) fn yields_into_nothing() -> Verdict {
    let never_awaited = beside_a_bystander(async |co: &Co| {
        drop(g::sleep(co, SECOND));
        drop(g::yield_now(co));
        let before = g::now(co);
        a_few_turns(co).await;
        g::now(co) - before < SECOND
    });
    let in_a_destructor = is_told("under a waker that is not the kernel's", async |co: &Co| {
        drop(YieldsWhenDropped(co));
    });
    Verdict::survives_if(never_awaited && in_a_destructor, Verdict::Silent)
}

const FOREIGN: &str = "awaited a future that does not come from this lane";

/// Fault 88.
pub(crate) fn foreign_future_first() -> Verdict {
    let told = is_told(FOREIGN, async |_: &Co| std::future::pending::<()>().await);
    Verdict::survives_if(told, Verdict::Misleads)
}

/// Fault 89.
pub(crate) fn foreign_future_later() -> Verdict {
    let told = is_told(FOREIGN, async |co: &Co| {
        g::yield_now(co).await;
        std::future::pending::<()>().await;
    });
    Verdict::survives_if(told, Verdict::Misleads)
}

/// Fault 90.
pub(crate) fn two_at_once() -> Verdict {
    let told = is_told("`yield_now` is still out", async |co: &Co| {
        futures::join!(g::yield_now(co), g::yield_now(co));
    });
    Verdict::survives_if(told, Verdict::Silent)
}

fn level(co: &Co, depth: u32) -> Pin<Box<dyn Future<Output = u32> + '_>> {
    Box::pin(async move {
        if depth == 0 {
            g::yield_now(co).await;
            return 0;
        }
        level(co, depth - 1).await + 1
    })
}

/// A task for each level. The handle keeps the compiler from asking how large a coroutine is that contains itself.
fn task(co: &Co, depth: u32) -> g::JoinHandle<u32> {
    g::spawn(co, async move |co: &Co| {
        if depth == 0 {
            g::yield_now(co).await;
            return 0;
        }
        let below = task(co, depth - 1).join(co).await;
        below.expect("it neither panics nor is cancelled") + 1
    })
}

/// Fault 95, after the way to do it at any depth.
pub(crate) fn deep_delegation() -> Verdict {
    let depth = run(async |co: &Co| task(co, LEVELS).join(co).await.ok());
    assert_eq!(depth.expect("it only yields"), Some(LEVELS), "tasks");
    let depth = run(async |co: &Co| {
        let task = g::spawn(co, async |co: &Co| level(co, LEVELS).await);
        task.join(co).await.ok()
    });
    let depth = depth.expect("it only yields");
    Verdict::survives_if(depth == Some(LEVELS), Verdict::LosesIt)
}
