//! A queue of values between tasks.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::Stream;

use super::waiters::{Place, Standing, Waiters};
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
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     let (tx, rx) = aw::channel(1);
///     let _ = aw::spawn(async move {
///         for i in 1..=3 {
///             tx.send(i).await.unwrap();
///         }
///     });
///     let mut seen = Vec::new();
///     while let Some(i) = rx.recv().await {
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
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     let (tx, rx) = aw::unbounded();
///     (1..=1000).for_each(|i| tx.try_send(i).unwrap());
///     drop(tx);
///     assert_eq!(rx.recv().await, Some(1));
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
        place: None,
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
    /// The future gives the value back as [`Closed`] if every receiver is gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future before it is ready sends nothing and drops the value.
    #[doc(alias = "put")]
    pub fn send(&self, value: T) -> Sending<T> {
        Sending {
            sender: self.clone(),
            value: Some(value),
            place: None,
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

/// The future of [`Sender::send`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct Sending<T> {
    sender: Sender<T>,
    value: Option<T>,
    place: Place,
}

// The value is only moved, never pinned.
impl<T> Unpin for Sending<T> {}

impl<T> Future for Sending<T> {
    type Output = Result<(), Closed<T>>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self {
            sender,
            value,
            place,
        } = &mut *self;
        let channel = &sender.channel;
        if channel.putters.check(place, cx) == Standing::InLine {
            return Poll::Pending;
        }
        let sent = value
            .take()
            .expect("a `send` was polled after it had returned");
        match channel.put(sent) {
            Ok(()) => Poll::Ready(Ok(())),
            Err(TrySendError::Closed(back)) => Poll::Ready(Err(Closed(back))),
            Err(TrySendError::Full(back)) => {
                *value = Some(back);
                channel.putters.stand(place, cx);
                Poll::Pending
            }
        }
    }
}

impl<T> Drop for Sending<T> {
    fn drop(&mut self) {
        let channel = &self.sender.channel;
        if channel.putters.leave(&mut self.place) && !channel.is_full() {
            channel.putters.call();
        }
    }
}

impl<T> fmt::Debug for Sending<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").finish_non_exhaustive()
    }
}

/// The end of a [`channel`] that values come out of. It is also a [`Stream`] of them.
///
/// # Examples
///
/// ```
/// use futures::StreamExt;
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     let (tx, rx) = aw::unbounded();
///     (1..=3).for_each(|i| tx.try_send(i).unwrap());
///     drop(tx);
///     assert_eq!(rx.map(|i| i * i).collect::<Vec<_>>().await, [1, 4, 9]);
/// });
/// ```
pub struct Receiver<T> {
    channel: Rc<Channel<T>>,
    place: Place,
}

impl<T> Receiver<T> {
    /// Waits for the next value; `None` when the channel is empty and every sender is gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no value: a wake-up that was on its way to it goes to the next who waits.
    #[doc(alias = "get")]
    pub fn recv(&self) -> Recv<T> {
        Recv {
            receiver: self.clone(),
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

    fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Option<T>> {
        let Self { channel, place } = self;
        if channel.getters.check(place, cx) == Standing::InLine {
            return Poll::Pending;
        }
        match channel.get() {
            Ok(value) => Poll::Ready(Some(value)),
            Err(TryRecvError::Closed) => Poll::Ready(None),
            Err(TryRecvError::Empty) => {
                channel.getters.stand(place, cx);
                Poll::Pending
            }
        }
    }
}

impl<T> Stream for Receiver<T> {
    type Item = T;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.poll_recv(cx)
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        let channel = Rc::clone(&self.channel);
        channel.state.borrow_mut().receivers += 1;
        Self {
            channel,
            place: None,
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let channel = &self.channel;
        if channel.getters.leave(&mut self.place) && channel.len() > 0 {
            channel.getters.call();
        }
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

/// The future of [`Receiver::recv`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
#[derive(Debug)]
pub struct Recv<T> {
    receiver: Receiver<T>,
}

impl<T> Future for Recv<T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.receiver.poll_recv(cx)
    }
}
