//! A queue of values between tasks.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::rc::Rc;

use super::co::Co;
use super::waiters::Waiters;
use crate::deadlock::Wait;
use crate::error::{Closed, TryRecvError, TrySendError};
use crate::runner::{self, Kind};

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
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// g::run_on(Clock::Simulated, async |co: &Co| {
///     let (tx, rx) = g::channel(1);
///     let _ = g::spawn(co, async move |co: &Co| {
///         for i in 1..=3 {
///             tx.send(co, i).await.unwrap();
///         }
///     });
///     let mut seen = Vec::new();
///     while let Some(i) = rx.recv(co).await {
///         seen.push(i);
///     }
///     assert_eq!(seen, [1, 2, 3]);
/// });
/// ```
#[doc(alias = "Queue")]
#[doc(alias = "asyncio.Queue")]
#[must_use]
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
/// use yield_to_await::{Clock, generators as g};
/// use yield_to_await::generators::Co;
///
/// g::run_on(Clock::Simulated, async |co: &Co| {
///     let (tx, rx) = g::unbounded();
///     (1..=1000).for_each(|i| tx.try_send(i).unwrap());
///     drop(tx);
///     assert_eq!(rx.recv(co).await, Some(1));
/// });
/// ```
#[doc(alias = "asyncio.Queue")]
#[must_use]
pub fn unbounded<T>() -> (Sender<T>, Receiver<T>) {
    open(None)
}

fn open<T>(capacity: Option<usize>) -> (Sender<T>, Receiver<T>) {
    let number = runner::next_number(Kind::Channel);
    let channel = Rc::new(Channel {
        state: RefCell::new(State {
            values: VecDeque::new(),
            senders: 1,
            receivers: 1,
        }),
        capacity,
        getters: Waiters::new(Some(Wait::Receive(number))),
        putters: Waiters::new(Some(Wait::Send(number))),
    });
    let receiver = Receiver {
        channel: Rc::clone(&channel),
    };
    (Sender { channel }, receiver)
}

struct Channel<T> {
    state: RefCell<State<T>>,
    capacity: Option<usize>,
    getters: Rc<Waiters>,
    putters: Rc<Waiters>,
}

struct State<T> {
    values: VecDeque<T>,
    senders: usize,
    receivers: usize,
}

impl<T> Channel<T> {
    fn is_full(&self) -> bool {
        let len = self.state.borrow().values.len();
        self.capacity.is_some_and(|capacity| len >= capacity)
    }

    fn put(&self, value: T) -> Result<(), TrySendError<T>> {
        if self.state.borrow().receivers == 0 {
            return Err(TrySendError::Closed(value));
        }
        if self.is_full() {
            return Err(TrySendError::Full(value));
        }
        self.state.borrow_mut().values.push_back(value);
        self.getters.call();
        Ok(())
    }

    fn get(&self) -> Result<T, TryRecvError> {
        let value = self.state.borrow_mut().values.pop_front();
        if let Some(value) = value {
            self.putters.call();
            return Ok(value);
        }
        match self.state.borrow().senders {
            0 => Err(TryRecvError::Closed),
            _ => Err(TryRecvError::Empty),
        }
    }

    fn len(&self) -> usize {
        self.state.borrow().values.len()
    }
}

/// The end of a [`channel`] that values go into.
pub struct Sender<T> {
    channel: Rc<Channel<T>>,
}

impl<T> Sender<T> {
    /// Sends `value`, waiting for room if the channel is full.
    ///
    /// # Errors
    ///
    /// Gives the value back as [`Closed`] if every receiver is gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it is ready sends nothing and drops the value.
    #[doc(alias = "put")]
    pub async fn send(&self, co: &Co, mut value: T) -> Result<(), Closed<T>> {
        let pass_on = || {
            if !self.channel.is_full() {
                self.channel.putters.call();
            }
        };
        loop {
            value = match self.channel.put(value) {
                Ok(()) => return Ok(()),
                Err(TrySendError::Closed(value)) => return Err(Closed(value)),
                Err(TrySendError::Full(value)) => value,
            };
            co.wait(&self.channel.putters, pass_on).await;
        }
    }

    /// Sends `value` if there is room.
    ///
    /// # Errors
    ///
    /// Gives the value back if the channel is full, or closed.
    #[doc(alias = "put_nowait")]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.channel.put(value)
    }

    /// How many values are inside.
    #[must_use]
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.channel.len()
    }

    /// Whether nothing is inside.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether every receiver is gone.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.channel.state.borrow().receivers == 0
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        let channel = Rc::clone(&self.channel);
        channel.state.borrow_mut().senders += 1;
        Self { channel }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let senders = {
            let mut state = self.channel.state.borrow_mut();
            state.senders -= 1;
            state.senders
        };
        if senders == 0 {
            self.channel.getters.call_all();
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("len", &self.len())
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}

/// The end of a [`channel`] that values come out of.
pub struct Receiver<T> {
    channel: Rc<Channel<T>>,
}

impl<T> Receiver<T> {
    /// Waits for the next value; `None` when the channel is empty and every sender is gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no value: a wake-up that was on its way to it goes to the next who waits.
    #[doc(alias = "get")]
    pub async fn recv(&self, co: &Co) -> Option<T> {
        let pass_on = || {
            if !self.is_empty() {
                self.channel.getters.call();
            }
        };
        loop {
            match self.channel.get() {
                Ok(value) => return Some(value),
                Err(TryRecvError::Closed) => return None,
                Err(TryRecvError::Empty) => co.wait(&self.channel.getters, pass_on).await,
            }
        }
    }

    /// Takes the next value if there is one.
    ///
    /// # Errors
    ///
    /// Tells whether the channel is empty for now, or closed.
    #[doc(alias = "get_nowait")]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.channel.get()
    }

    /// How many values are inside.
    #[must_use]
    #[doc(alias = "qsize")]
    pub fn len(&self) -> usize {
        self.channel.len()
    }

    /// Whether nothing is inside.
    #[must_use]
    #[doc(alias = "empty")]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        let channel = Rc::clone(&self.channel);
        channel.state.borrow_mut().receivers += 1;
        Self { channel }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let channel = &self.channel;
        let left = {
            let mut state = channel.state.borrow_mut();
            state.receivers -= 1;
            (state.receivers == 0).then(|| std::mem::take(&mut state.values))
        };
        if let Some(values) = left {
            channel.putters.call_all();
            drop(values);
        }
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}
