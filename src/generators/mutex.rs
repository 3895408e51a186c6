//! Mutual exclusion across waits.

use std::cell::Cell;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::rc::Rc;

use super::co::Co;
use super::semaphore::Permits;
use crate::reports::{Hold, Sign, Want};
use crate::trace::at;

/// A value that one task at a time may use, even across waits. Clones are handles to the same value.
///
/// First come, first served. On one thread a `Cell` or `RefCell` is enough unless the value must stay locked while the task waits
/// for something else. `asyncio.Lock` guards no value: use `Mutex<()>`.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// g::run_on(Clock::Simulated, async |co: &Co| {
///     let account = g::Mutex::new(100);
///     let mut balance = account.lock(co).await;
///     assert!(account.try_lock().is_none());
///     *balance -= 30;
///     drop(balance); // unlocks
///     assert!(!account.is_locked());
///     assert_eq!(*account.lock(co).await, 70);
/// });
/// ```
pub struct Mutex<T>(Rc<Inner<T>>);

struct Inner<T> {
    permits: Permits,
    /// The value lives in the guard while the mutex is locked, which is how a guard can own its mutex without `unsafe`.
    value: Cell<Option<T>>,
}

impl<T> Mutex<T> {
    /// An unlocked mutex around `value`.
    #[must_use]
    #[track_caller]
    pub fn new(value: T) -> Self {
        Self(Rc::new(Inner {
            permits: Permits::new(1, Sign::new(Want::Lock)),
            value: Cell::new(Some(value)),
        }))
    }

    /// Names the mutex, for reports.
    pub fn set_name(&self, name: &str) {
        self.0.permits.set_name(name);
    }

    /// Waits until the mutex is free and nobody who came earlier wants it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the line; a lock that was on its way to it goes to the next.
    pub fn lock(&self, co: &Co) -> impl Future<Output = MutexGuard<T>> {
        at(async move {
            self.0.permits.take(co).await;
            MutexGuard::new(self)
        })
    }

    /// Locks the mutex if that is possible without waiting or overtaking.
    #[must_use]
    pub fn try_lock(&self) -> Option<MutexGuard<T>> {
        self.0.permits.try_take().then(|| MutexGuard::new(self))
    }

    /// Whether somebody holds the lock, or it is on its way to somebody.
    #[must_use]
    #[doc(alias = "locked")]
    pub fn is_locked(&self) -> bool {
        self.0.permits.free() == 0
    }
}

impl<T: Default> Default for Mutex<T> {
    #[track_caller]
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Clone for Mutex<T> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<T> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mutex")
            .field("locked", &self.is_locked())
            .finish_non_exhaustive()
    }
}

/// The value of a locked [`Mutex`]; dropping the guard unlocks it.
#[must_use = "a guard that is dropped at once unlocks at once"]
pub struct MutexGuard<T> {
    mutex: Mutex<T>,
    value: Option<T>,
    hold: Hold,
}

const LOCKED: &str = "the value is with the guard while the mutex is locked";

impl<T> MutexGuard<T> {
    fn new(mutex: &Mutex<T>) -> Self {
        let value = mutex.0.value.take();
        Self {
            mutex: mutex.clone(),
            value: Some(value.expect(LOCKED)),
            hold: mutex.0.permits.hold(),
        }
    }
}

impl<T> Deref for MutexGuard<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.value.as_ref().expect(LOCKED)
    }
}

impl<T> DerefMut for MutexGuard<T> {
    fn deref_mut(&mut self) -> &mut T {
        self.value.as_mut().expect(LOCKED)
    }
}

impl<T> Drop for MutexGuard<T> {
    fn drop(&mut self) {
        let Inner { permits, value } = &*self.mutex.0;
        value.set(self.value.take());
        permits.let_go(self.hold);
        permits.give(1);
    }
}

impl<T: fmt::Debug> fmt::Debug for MutexGuard<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("MutexGuard").field(&**self).finish()
    }
}
