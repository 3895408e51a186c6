//! A queue of values between tasks.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use super::receiver::Receiver;
use super::sender::Sender;
use super::waiters::Waiters;
use crate::error::{TryRecvError, TrySendError};
use crate::reports::{Sign, Want};

/// A channel that holds up to `capacity` values. Both ends can be cloned.
///
/// Values come out in the order in which they went in. Who waits is woken in the order of arrival, but a newcomer may take the
/// place before the woken one has had its turn: like `asyncio.Queue`, a channel is not fair.
///
/// The channel closes when all ends of one side are dropped: receivers then get what is still inside and after that `None`,
/// senders get their value back.
///
/// # Panics
///
/// If `capacity` is zero.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     let (tx, rx) = aw::channel(1);
///     let sender = aw::spawn(async move {
///         for i in 1..=3 {
///             tx.send(i).await.unwrap();
///         }
///     });
///     let mut seen = Vec::new();
///     while let Some(i) = rx.recv().await {
///         seen.push(i);
///     }
///     assert_eq!(seen, [1, 2, 3]);
///     sender.await.unwrap();
/// });
/// ```
#[must_use]
#[track_caller]
pub fn channel<T>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    assert!(
        capacity > 0,
        "`channel(0)` could never hold a value: use `channel(1)` for a channel that holds one, \
         or `unbounded()` for one without a limit"
    );
    open(Some(capacity))
}

/// A channel without a limit: sending never waits.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     let (tx, rx) = aw::unbounded();
///     (1..=1000).for_each(|i| tx.try_send(i).unwrap());
///     drop(tx);
///     assert_eq!(rx.recv().await, Some(1));
///     assert_eq!(rx.try_recv(), Ok(2));
///     assert_eq!(rx.len(), 998);
///     assert!(!rx.is_empty());
/// });
/// ```
#[must_use]
#[track_caller]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    open(None)
}

#[track_caller]
fn open<T>(capacity: Option<usize>) -> (Sender<T>, Receiver<T>) {
    let [getters, putters] = Sign::pair([Want::Value, Want::Room]);
    let channel = Rc::new(Channel {
        values: RefCell::default(),
        capacity,
        getters: Waiters::new(getters),
        putters: Waiters::new(putters),
    });
    let receiver = Receiver {
        channel: Rc::clone(&channel),
        place: Cell::new(None),
    };
    (Sender { channel }, receiver)
}

pub(super) struct Channel<T> {
    pub(super) values: RefCell<VecDeque<T>>,
    capacity: Option<usize>,
    pub(super) getters: Rc<Waiters>,
    pub(super) putters: Rc<Waiters>,
}

impl<T> Channel<T> {
    /// How many senders there are. The report asks the line of those who wait for a value who is left to send one.
    #[inline]
    pub(super) fn senders(&self) -> &Cell<usize> {
        &self.getters.others
    }

    #[inline]
    pub(super) fn receivers(&self) -> &Cell<usize> {
        &self.putters.others
    }

    pub(super) fn set_name(&self, name: &str) {
        self.getters.sign().set_name(name);
        self.putters.sign().set_name(name);
    }

    pub(super) fn is_full(&self) -> bool {
        let len = self.len();
        self.capacity.is_some_and(|capacity| len >= capacity)
    }

    #[inline]
    pub(super) fn put(&self, value: T) -> Result<(), TrySendError<T>> {
        if self.receivers().get() == 0 {
            return Err(TrySendError::Closed(value));
        }
        if self.is_full() {
            return Err(TrySendError::Full(value));
        }
        self.values.borrow_mut().push_back(value);
        self.getters.call();
        Ok(())
    }

    #[inline]
    pub(super) fn get(&self) -> Result<T, TryRecvError> {
        let value = self.values.borrow_mut().pop_front();
        if let Some(value) = value {
            self.putters.call();
            return Ok(value);
        }
        match self.senders().get() {
            0 => Err(TryRecvError::Closed),
            _ => Err(TryRecvError::Empty),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.values.borrow().len()
    }
}
