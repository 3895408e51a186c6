//! Generators of genawaiter, without a kernel around them.

use std::any::Any;
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::rc::Rc;

use genawaiter::GeneratorState::{Complete, Yielded};
use genawaiter::rc::{Co, Gen};

use crate::props::{Verdict, text};
use crate::stuck::LEVELS;

type Panic = Box<dyn Any + Send>;

fn caught<T>(f: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(f))
}

/// A misuse should end with a panic that names it.
fn told<T>(misuse: Result<T, Panic>) -> Verdict {
    match misuse {
        Ok(_) => Verdict::Silent,
        Err(panic) if text(&*panic).contains("unreachable") => Verdict::Misleads,
        Err(_) => Verdict::Survives,
    }
}

/// The values up to the first that is missing.
fn values(generator: &mut Gen<u32, (), impl Future<Output = ()>>) -> Vec<u32> {
    let mut values = Vec::new();
    while let Yielded(value) = generator.resume() {
        values.push(value);
    }
    values
}

/// Fault 86.
pub(crate) fn asked_after_the_end() -> Verdict {
    let mut ended = Gen::new(async |_: Co<u32>| ()).into_iter();
    assert!(ended.next().is_none(), "it yields nothing");
    match caught(|| ended.next()) {
        Ok(next) => Verdict::survives_if(next.is_none(), Verdict::Silent),
        Err(_) => Verdict::Unwinds,
    }
}

/// Yields where nothing can be awaited.
struct YieldsWhenDropped(Co<u32>);

impl Drop for YieldsWhenDropped {
    fn drop(&mut self) {
        drop(self.0.yield_(1));
    }
}

/// Fault 87: each of the three is to be refused.
pub(crate) fn yields_into_nothing() -> Verdict {
    let never_awaited = caught(|| {
        values(&mut Gen::new(async |co: Co<u32>| {
            drop(co.yield_(1));
        }))
    });
    let after_the_end = caught(|| {
        let carried_out = Rc::new(RefCell::new(None));
        values(&mut Gen::new(async |co: Co<u32>| {
            carried_out.replace(Some(co));
        }));
        let co = carried_out.take().expect("it has run");
        drop(co.yield_(1));
    });
    let in_a_destructor = caught(|| {
        values(&mut Gen::new(async |co: Co<u32>| {
            drop(YieldsWhenDropped(co));
        }))
    });
    let all = [
        told(never_awaited),
        told(after_the_end),
        told(in_a_destructor),
    ];
    let worst = all.into_iter().find(|&one| one != Verdict::Survives);
    worst.unwrap_or(Verdict::Survives)
}

/// Fault 88.
pub(crate) fn foreign_future_first() -> Verdict {
    told(caught(|| {
        values(&mut Gen::new(async |_: Co<u32>| {
            std::future::pending::<()>().await;
        }))
    }))
}

/// Fault 89.
pub(crate) fn foreign_future_later() -> Verdict {
    told(caught(|| {
        values(&mut Gen::new(async |co: Co<u32>| {
            co.yield_(1).await;
            std::future::pending::<()>().await;
        }))
    }))
}

/// Fault 90.
pub(crate) fn two_at_once() -> Verdict {
    let seen = caught(|| {
        values(&mut Gen::new(async |co: Co<u32>| {
            let first = co.yield_(1);
            co.yield_(2).await;
            drop(first);
        }))
    });
    match seen {
        Ok(values) if values == [1, 2] => Verdict::Survives,
        seen => told(seen),
    }
}

/// Fault 91. The other is suspended, and its `Co` is still good.
pub(crate) fn with_the_co_of_another() -> Verdict {
    let lent = Rc::new(RefCell::new(None));
    let mut lender = Gen::new(async |co: Co<u32>| {
        let co = Rc::new(co);
        lent.replace(Some(Rc::clone(&co)));
        co.yield_(0).await;
    });
    assert_eq!(lender.resume(), Yielded(0));
    let others = lent.take().expect("it has run");
    told(caught(|| {
        values(&mut Gen::new(async |co: Co<u32>| {
            co.yield_(1).await;
            others.yield_(2).await;
        }))
    }))
}

fn level(co: &Co<u32>, depth: u32) -> Pin<Box<dyn Future<Output = u32> + '_>> {
    Box::pin(async move {
        if depth == 0 {
            co.yield_(1).await;
            return 0;
        }
        level(co, depth - 1).await + 1
    })
}

/// Fault 95.
pub(crate) fn deep_delegation() -> Verdict {
    let mut generator = Gen::new(async |co: Co<u32>| level(&co, LEVELS).await);
    let steps = [generator.resume(), generator.resume()];
    Verdict::survives_if(steps == [Yielded(1), Complete(LEVELS)], Verdict::LosesIt)
}
