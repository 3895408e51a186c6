//! The end of a channel that values go into.

use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::channel::Channel;
use super::waiters::{Place, Standing};
use crate::error::{Closed, TrySendError};
use crate::trace::observer::here;

/// The end of a [`channel`](super::channel()) that values go into.
pub struct Sender<T> {
    pub(super) channel: Rc<Channel<T>>,
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
    ///
    /// # Examples
    ///
    /// ```
    /// use yield_to_await::TrySendError;
    /// use yield_to_await::state_machines::channel;
    ///
    /// let (tx, rx) = channel(1);
    /// assert!(tx.is_empty());
    /// tx.try_send("in").unwrap();
    /// assert!(matches!(tx.try_send("full"), Err(TrySendError::Full("full"))));
    /// drop(rx);
    /// assert!(tx.is_closed());
    /// assert_eq!(tx.try_send("late").unwrap_err().into_inner(), "late");
    /// ```
    #[doc(alias = "put_nowait")]
    pub fn try_send(&self, value: T) -> Result<(), TrySendError<T>> {
        self.channel.put(value)
    }

    /// Names the channel, for reports.
    pub fn set_name(&self, name: &str) {
        self.channel.set_name(name);
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
        self.channel.receivers().get() == 0
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        let channel = Rc::clone(&self.channel);
        channel.senders().set(channel.senders().get() + 1);
        Self { channel }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        let senders = self.channel.senders().get() - 1;
        self.channel.senders().set(senders);
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

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        here();
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
