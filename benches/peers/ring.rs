//! The ring of wakers: the same code under every executor, since a `Waker` is all that it asks of one.

use std::cell::Cell;
use std::task::{Context, Poll, Waker};

/// Tasks in a ring hand a token on. Who waits for it has left his waker at his place, as any future does that waits for another task.
pub(crate) struct Ring {
    places: Vec<Place>,
    passed: Cell<u64>,
}

#[derive(Default)]
struct Place {
    has_token: Cell<bool>,
    waiter: Cell<Option<Waker>>,
}

impl Ring {
    /// A ring with the token at its first place.
    pub(crate) fn new(tasks: usize) -> Self {
        let places: Vec<_> = (0..tasks).map(|_| Place::default()).collect();
        places[0].has_token.set(true);
        Self {
            places,
            passed: Cell::new(0),
        }
    }

    /// Waits for the token, and hands it to the neighbour.
    pub(crate) fn pass(&self, place: usize, cx: &Context<'_>) -> Poll<()> {
        let own = &self.places[place];
        if !own.has_token.take() {
            own.waiter.set(Some(cx.waker().clone()));
            return Poll::Pending;
        }
        let neighbour = self.places.get(place + 1).unwrap_or(&self.places[0]);
        neighbour.has_token.set(true);
        if let Some(waiter) = neighbour.waiter.take() {
            waiter.wake();
        }
        self.passed.update(|passed| passed + 1);
        Poll::Ready(())
    }

    /// How often the token was handed on.
    pub(crate) fn passed(&self) -> u64 {
        self.passed.get()
    }
}
