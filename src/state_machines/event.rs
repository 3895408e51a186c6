//! A flag that tasks can wait for.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::waiters::{Place, Standing, Waiters};
use crate::reports::{Sign, Want};
use crate::trace::observer::here;

/// A flag that is set or not, and that tasks can wait for. Clones are handles to the same flag.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     let ready = aw::Event::new();
///     let waiter = aw::spawn({
///         let ready = ready.clone();
///         async move { ready.wait().await }
///     });
///     aw::yield_now().await;
///     assert!(!ready.is_set());
///     ready.set();
///     ready.clear(); // who has been woken goes on all the same
///     waiter.await.unwrap();
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
    pub fn wait(&self) -> Wait {
        Wait {
            event: self.clone(),
            place: None,
        }
    }
}

impl Default for Event {
    #[track_caller]
    fn default() -> Self {
        Self::new()
    }
}

/// The future of [`Event::wait`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
#[derive(Debug)]
pub struct Wait {
    event: Event,
    place: Place,
}

impl Future for Wait {
    type Output = ();

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        here();
        let Self { event, place } = &mut *self;
        let waiters = &event.0.waiters;
        match waiters.check(place, cx) {
            Standing::InLine => Poll::Pending,
            Standing::Called => Poll::Ready(()),
            Standing::Outside if event.is_set() => Poll::Ready(()),
            Standing::Outside => {
                waiters.stand(place, cx);
                Poll::Pending
            }
        }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        // A wake-up of an event is for everybody: there is nothing to pass on.
        let _ = self.event.0.waiters.leave(&mut self.place);
    }
}
