//! The end of a channel that values come out of.

use std::cell::Cell;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use futures::Stream;

use super::channel::Channel;
use super::waiters::{Place, Standing};
use crate::error::TryRecvError;
use crate::trace::observer::here;

/// The end of a [`channel`](super::channel()) that values come out of. It is also a [`Stream`] of them.
///
/// A stream that has been polled keeps its place in line until it is polled again, dropped, or asked for `recv`. Set aside, it
/// holds up those who stand behind it in other tasks.
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
    pub(super) channel: Rc<Channel<T>>,
    /// Where the stream stands in line. A `recv` takes it over: the two must not wait for each other.
    pub(super) place: Cell<Place>,
}

impl<T> Receiver<T> {
    /// Waits for the next value; `None` when the channel is empty and every sender is gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no value: a wake-up that was on its way to it goes to the next who waits.
    #[doc(alias = "get")]
    pub fn recv(&self) -> Recv<T> {
        let receiver = self.clone();
        receiver.place.set(self.place.take());
        Recv { receiver }
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

    /// Whether every sender is gone. Values may still be inside.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.channel.senders().get() == 0
    }

    /// Whether nothing is inside.
    #[must_use]
    #[doc(alias = "empty")]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn poll_recv(&mut self, cx: &Context<'_>) -> Poll<Option<T>> {
        let Self { channel, place } = self;
        let place = place.get_mut();
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

    #[track_caller]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        here();
        self.poll_recv(cx)
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        let channel = Rc::clone(&self.channel);
        channel.receivers().set(channel.receivers().get() + 1);
        Self {
            channel,
            place: Cell::new(None),
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let channel = &self.channel;
        if channel.getters.leave(self.place.get_mut()) && channel.len() > 0 {
            channel.getters.call();
        }
        let receivers = channel.receivers().get() - 1;
        channel.receivers().set(receivers);
        if receivers == 0 {
            let values = channel.values.take();
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
pub struct Recv<T> {
    receiver: Receiver<T>,
}

impl<T> fmt::Debug for Recv<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recv").finish_non_exhaustive()
    }
}

impl<T> Future for Recv<T> {
    type Output = Option<T>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<T>> {
        here();
        self.receiver.poll_recv(cx)
    }
}
