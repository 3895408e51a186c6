//! Tasks and destructors that panic or spawn where it hurts.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any, resume_unwind};
use std::rc::Rc;

use crate::executor::Executor;
use crate::props::{Dropped, OnPurpose, ReadyThenPanics, Verdict, a_few_turns, for_ever, panics};

/// How often a destructor spawns a task whose destructor spawns.
pub(crate) const GENERATIONS: u32 = 300_000;

/// Runs `fault` beside a task that has no part in it, which must come to its end.
fn beside_a_bystander<E: Executor>(fault: impl AsyncFnOnce(&E::Spawner)) {
    let value = E::run(async |spawner| {
        let bystander = E::spawn(&spawner, async {
            a_few_turns().await;
            a_few_turns().await;
            7
        });
        fault(&spawner).await;
        a_few_turns().await;
        E::join(bystander).await
    });
    assert_eq!(value.expect("it only yields"), Some(7), "the bystander");
}

/// Fault 19.
pub(crate) fn in_a_detached_task<E: Executor>() -> Verdict {
    beside_a_bystander::<E>(async |spawner| {
        E::spawn_detached(spawner, async { panic_any(OnPurpose) });
    });
    Verdict::survives_if(panics() == 1, Verdict::Silent)
}

/// Fault 21.
pub(crate) fn after_ready<E: Executor>() -> Verdict {
    let count = Rc::new(Cell::new(0));
    beside_a_bystander::<E>(async |spawner| {
        let dropped = Dropped::with_a_panic(&count);
        E::spawn_detached(spawner, ReadyThenPanics(dropped));
    });
    Verdict::survives_if(count.get() == 1, Verdict::LosesIt)
}

/// Fault 22.
pub(crate) fn in_an_aborted_task<E: Executor>() -> Verdict {
    let count = Rc::new(Cell::new(0));
    beside_a_bystander::<E>(async |spawner| {
        let dropped = Dropped::with_a_panic(&count);
        let task = E::spawn(spawner, async move {
            let _dropped = dropped;
            for_ever().await;
        });
        a_few_turns().await;
        E::abort(task);
    });
    Verdict::survives_if(count.get() == 1, Verdict::LosesIt)
}

/// Whether nothing else than what the experiment panics with came out of `run`.
pub(crate) fn ended<T>(run: impl FnOnce() -> T) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(run))
        && !panic.is::<OnPurpose>()
    {
        resume_unwind(panic);
    }
}

/// Fault 23: the one in the middle panics, so that it does not matter in which order they go.
pub(crate) fn while_the_executor_is_dropped<E: Executor>() -> Verdict {
    let count = Rc::new(Cell::new(0));
    ended(|| {
        E::run(async |spawner| {
            for panics in [false, true, false] {
                let dropped = if panics {
                    Dropped::with_a_panic(&count)
                } else {
                    Dropped::quietly(&count)
                };
                E::spawn_detached(&spawner, async move {
                    let _dropped = dropped;
                    for_ever().await;
                });
            }
            a_few_turns().await;
        })
    });
    Verdict::survives_if(count.get() == 3, Verdict::LosesIt)
}

/// Spawns the next generation when it is dropped.
struct Generation<E: Executor> {
    left: u32,
    spawner: E::Spawner,
    dropped: Rc<Cell<u32>>,
}

impl<E: Executor> Drop for Generation<E> {
    fn drop(&mut self) {
        self.dropped.set(self.dropped.get() + 1);
        if self.left > 0 {
            let next = Self {
                left: self.left - 1,
                spawner: self.spawner.clone(),
                dropped: Rc::clone(&self.dropped),
            };
            E::spawn_detached(&self.spawner, async move { drop(next) });
        }
    }
}

/// Fault 29.
pub(crate) fn destructors_that_spawn<E: Executor>() -> Verdict {
    let count = Rc::new(Cell::new(0));
    let ran = E::run(async |spawner: E::Spawner| {
        let first = Generation::<E> {
            left: GENERATIONS - 1,
            spawner: spawner.clone(),
            dropped: Rc::clone(&count),
        };
        E::spawn_detached(&spawner, async move {
            let _first = first;
            for_ever().await;
        });
        a_few_turns().await;
    });
    ran.expect("it only yields");
    Verdict::survives_if(count.get() == GENERATIONS, Verdict::LosesIt)
}
