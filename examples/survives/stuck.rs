//! Programs that can make no progress, or let nobody else make any.

use std::cell::RefCell;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::time::Duration;

use futures::future::{Either, select};
use yield_to_await::Deadlock;

use crate::executor::{Executor, Locks};
use crate::props::{Verdict, a_few_turns};

/// How deep fault 95 awaits.
pub(crate) const LEVELS: u32 = 100_000;

/// What a program comes to that cannot go on. Whoever does not report it never comes here.
pub(crate) fn reported<T>(run: Result<T, Deadlock>) -> Verdict {
    Verdict::survives_if(run.is_err(), Verdict::Silent)
}

/// Fault 11.
pub(crate) fn always_ready<E: Executor>() -> Verdict {
    let ran = E::run(async |spawner| {
        E::spawn_detached(&spawner, async {
            let (mut sender, mut receiver) = E::channel();
            loop {
                E::send(&mut sender, 1).await;
                E::receive(&mut receiver).await;
            }
        });
        a_few_turns().await;
    });
    ran.expect("it only yields");
    Verdict::Survives
}

/// Fault 39.
pub(crate) fn nobody_left<E: Executor>() -> Verdict {
    reported(E::run(async |_| {
        let (sender, mut receiver) = E::channel();
        E::receive(&mut receiver).await;
        drop(sender);
    }))
}

/// A handle that is there only after the task has been spawned.
type Later<E> = Rc<RefCell<Option<<E as Executor>::Task<()>>>>;

/// Fault 51.
pub(crate) fn two_await_each_other<E: Executor>() -> Verdict {
    let run = E::run(async |spawner| {
        let [first, second]: [Later<E>; 2] = Default::default();
        let (sender, mut receiver) = E::channel();
        let awaits = |other: &Later<E>, mut sender: Option<E::Sender>| {
            let other = Rc::clone(other);
            E::spawn(&spawner, async move {
                let other = other.take().expect("both have been spawned");
                E::join(other).await;
                if let Some(sender) = &mut sender {
                    E::send(sender, 1).await;
                }
            })
        };
        let (one, two) = (awaits(&second, Some(sender)), awaits(&first, None));
        first.replace(Some(one));
        second.replace(Some(two));
        E::receive(&mut receiver).await;
    });
    match run {
        Err(deadlock) if deadlock.cycle().len() == 2 => Verdict::Survives,
        _ => Verdict::Silent,
    }
}

/// Fault 52.
pub(crate) fn awaits_itself<E: Executor>() -> Verdict {
    let refused = E::run(async |spawner| {
        let own: Later<E> = Later::<E>::default();
        let (mut sender, mut receiver) = E::channel();
        let task = E::spawn(&spawner, {
            let own = Rc::clone(&own);
            async move {
                let own = own.take().expect("it has been spawned");
                let value = E::join(own).await;
                E::send(&mut sender, u32::from(value.is_none())).await;
            }
        });
        own.replace(Some(task));
        E::receive(&mut receiver).await
    });
    let refused = refused.expect("it is told at once") == Some(1);
    Verdict::survives_if(refused, Verdict::Silent)
}

/// "Futurelock": the task stands in line twice, and only looks after its second place.
fn set_aside_in_line<E: Locks>() -> Result<(), Deadlock> {
    E::run(async |spawner| {
        let lock = E::unlocked();
        E::spawn_detached(&spawner, {
            let lock = lock.clone();
            async move {
                let guard = E::lock(&lock).await;
                E::sleep(Duration::from_millis(20)).await;
                drop(guard);
            }
        });
        a_few_turns().await;
        let mut set_aside = Box::pin(E::lock(&lock));
        let nap = pin!(E::sleep(Duration::from_millis(1)));
        let first = select(set_aside.as_mut(), nap).await;
        assert!(matches!(first, Either::Right(_)), "the lock is held");
        drop(E::lock(&lock).await);
        drop(set_aside);
    })
}

/// Fault 69, where a lock is fair: it waits for whoever is first in line.
pub(crate) fn set_aside_is_reported<E: Locks>() -> Verdict {
    reported(set_aside_in_line::<E>())
}

/// Fault 69, where nobody reports it. A lock that is not fair lets the second place go first.
pub(crate) fn set_aside_does_no_harm<E: Locks>() -> Verdict {
    set_aside_in_line::<E>().expect("nobody reports it");
    Verdict::Survives
}

/// Fault 76.
pub(crate) fn sends_to_itself<E: Executor>() -> Verdict {
    reported(E::run(async |_| {
        let (mut sender, receiver) = E::channel();
        for i in 0..10 {
            E::send(&mut sender, i).await;
        }
        drop(receiver);
    }))
}

fn level(depth: u32) -> Pin<Box<dyn Future<Output = u32>>> {
    Box::pin(async move {
        if depth == 0 {
            futures_lite::future::yield_now().await;
            return 0;
        }
        level(depth - 1).await + 1
    })
}

/// Fault 95, where it is not a generator that delegates to a generator but a future that awaits a future.
pub(crate) fn deep_awaits<E: Executor>() -> Verdict {
    let depth = E::run(async |spawner| E::join(E::spawn(&spawner, level(LEVELS))).await);
    let depth = depth.expect("it only yields");
    Verdict::survives_if(depth == Some(LEVELS), Verdict::LosesIt)
}
