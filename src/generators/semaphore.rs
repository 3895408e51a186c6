//! A number of permits, handed out in the order of arrival.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;

use super::co::Co;
use super::kernel::Kernel;
use super::waiters::Waiters;
use crate::reports::{Hold, Sign, Want};
use crate::trace::at;

/// Permits, those who wait for one, and the rule that makes it fair: nobody overtakes. The mutex is one permit.
#[derive(Debug)]
pub(crate) struct Permits {
    free: Cell<usize>,
    /// Permits that were handed to a waiter who has not had its turn since.
    on_their_way: Cell<usize>,
    waiters: Rc<Waiters>,
}

impl Permits {
    pub(crate) fn new(free: usize, sign: Sign) -> Self {
        Self {
            free: Cell::new(free),
            on_their_way: Cell::new(0),
            waiters: Waiters::new(sign),
        }
    }

    pub(crate) fn set_name(&self, name: &str) {
        self.waiters.sign().set_name(name);
    }

    pub(crate) fn free(&self) -> usize {
        self.free.get()
    }

    /// Takes a permit if one is free and nobody came earlier.
    pub(crate) fn try_take(&self) -> bool {
        let nobody_waits = self.waiters.is_empty() && self.on_their_way.get() == 0;
        let free = self.free.get();
        if free == 0 || !nobody_waits {
            return false;
        }
        self.free.set(free - 1);
        true
    }

    pub(crate) async fn take(&self, co: &Co) {
        if self.try_take() {
            return;
        }
        let pass_on = || {
            self.arrived();
            self.give(1);
        };
        co.wait(&self.waiters, pass_on).await;
        self.arrived();
        self.hand_on();
    }

    /// A permit that was handed to somebody is no longer on its way.
    fn arrived(&self) {
        self.on_their_way.set(self.on_their_way.get() - 1);
    }

    /// More than `usize::MAX` permits are as good as `usize::MAX`.
    pub(crate) fn give(&self, permits: usize) {
        self.free.set(self.free.get().saturating_add(permits));
        self.hand_on();
    }

    /// Notes that the running task has taken a permit.
    pub(crate) fn hold(&self) -> Hold {
        let task = Kernel::with(Kernel::current_id);
        self.waiters.sign().hold(task)
    }

    pub(crate) fn let_go(&self, hold: Hold) {
        self.waiters.sign().let_go(hold);
    }

    /// Hands a free permit to the first who waits. One at a time: whoever takes it hands on the next.
    fn hand_on(&self) {
        if self.free.get() > 0 && !self.waiters.is_empty() {
            self.free.set(self.free.get() - 1);
            self.on_their_way.set(self.on_their_way.get() + 1);
            self.waiters.call();
        }
    }
}

/// Permits, for bounding how many tasks do something at the same time. Clones are handles to the same permits.
///
/// First come, first served: as long as anybody waits, newcomers stand behind them, even while a permit is free.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// g::run_on(Clock::Simulated, async |co: &Co| {
///     let connections = g::Semaphore::new(2);
///     let first = connections.acquire(co).await;
///     let second = connections.acquire(co).await;
///     assert!(connections.try_acquire().is_none());
///     drop(first);
///     assert_eq!(connections.available_permits(), 1);
///     second.forget(); // kept for good
///     assert_eq!(connections.available_permits(), 1);
///     connections.release(); // one more, from nobody
///     assert_eq!(connections.available_permits(), 2);
/// });
/// ```
#[derive(Clone, Debug)]
pub struct Semaphore(Rc<Permits>);

impl Semaphore {
    /// A semaphore with so many permits; it may be none.
    #[must_use]
    #[track_caller]
    pub fn new(permits: usize) -> Self {
        Self(Rc::new(Permits::new(permits, Sign::new(Want::Permit))))
    }

    /// Names the semaphore, for reports.
    pub fn set_name(&self, name: &str) {
        self.0.set_name(name);
    }

    /// Waits for a permit. Does not give up the turn if one is free and nobody waits.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the line; a permit that was on its way to it goes to the next.
    pub fn acquire(&self, co: &Co) -> impl Future<Output = Permit> {
        at(async move {
            self.0.take(co).await;
            Permit::new(self)
        })
    }

    /// Takes a permit if that is possible without waiting or overtaking.
    #[must_use]
    pub fn try_acquire(&self) -> Option<Permit> {
        self.0.try_take().then(|| Permit::new(self))
    }

    /// Adds a permit that nobody had acquired, or that was [forgotten](Permit::forget): for use without guards.
    pub fn release(&self) {
        self.0.waiters.sign().note_unpaired();
        self.0.give(1);
    }

    /// How many permits are free.
    #[must_use]
    pub fn available_permits(&self) -> usize {
        self.0.free()
    }
}

/// A permit; dropping it gives it back.
#[must_use = "a permit that is dropped at once is given back at once"]
pub struct Permit {
    semaphore: Semaphore,
    hold: Hold,
    is_forgotten: bool,
}

impl Permit {
    fn new(semaphore: &Semaphore) -> Self {
        Self {
            semaphore: semaphore.clone(),
            hold: semaphore.0.hold(),
            is_forgotten: false,
        }
    }

    /// Keeps the permit for good: it comes back only through [`Semaphore::release`].
    pub fn forget(mut self) {
        self.is_forgotten = true;
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.semaphore.0.let_go(self.hold);
        match self.is_forgotten {
            true => self.semaphore.0.waiters.sign().note_unpaired(),
            false => self.semaphore.0.give(1),
        }
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").finish_non_exhaustive()
    }
}
