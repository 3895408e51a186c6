//! A flag that tasks can wait for.

use std::cell::Cell;
use std::rc::Rc;

use super::co::Co;
use super::waiters::Waiters;
use crate::reports::{Sign, Want};
use crate::trace::at;

/// A flag that is set or not, and that tasks can wait for. Clones are handles to the same flag.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// g::run_on(Clock::Simulated, async |co: &Co| {
///     let ready = g::Event::new();
///     let waiter = g::spawn(co, {
///         let ready = ready.clone();
///         async move |co: &Co| ready.wait(co).await
///     });
///     g::yield_now(co).await;
///     assert!(!ready.is_set());
///     ready.set();
///     ready.clear(); // who has been woken goes on all the same
///     waiter.join(co).await.unwrap();
/// });
/// ```
#[derive(Clone, Debug)]
pub struct Event(Rc<Inner>);

#[derive(Debug)]
struct Inner {
    is_set: Cell<bool>,
    waiters: Rc<Waiters>,
}

impl Event {
    /// A flag that is not set.
    #[must_use]
    #[track_caller]
    pub fn new() -> Self {
        Self(Rc::new(Inner {
            is_set: Cell::new(false),
            waiters: Waiters::new(Sign::new(Want::Set)),
        }))
    }

    /// Names the event, for reports.
    pub fn set_name(&self, name: &str) {
        self.0.waiters.sign().set_name(name);
    }

    /// Sets the flag and wakes all who wait, in the order in which they came. They go on even if it is cleared before their turn.
    pub fn set(&self) {
        if !self.0.is_set.replace(true) {
            self.0.waiters.call_all();
        }
    }

    /// Clears the flag: who waits from now on, waits for the next [`set`](Self::set).
    pub fn clear(&self) {
        self.0.is_set.set(false);
    }

    /// Whether the flag is set.
    #[must_use]
    pub fn is_set(&self) -> bool {
        self.0.is_set.get()
    }

    /// Waits until the flag is set; does not give up the turn if it is.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the line.
    pub fn wait(&self, co: &Co) -> impl Future<Output = ()> {
        at(async move {
            if !self.is_set() {
                // A wake-up of an event is for everybody: there is nothing to pass on.
                co.wait(&self.0.waiters, || ()).await;
            }
        })
    }
}

impl Default for Event {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}
