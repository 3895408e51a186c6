//! The end of a channel that values come out of.

use std::fmt;
use std::rc::Rc;

use super::channel::Channel;
use super::co::Co;
use crate::error::TryRecvError;
use crate::trace::at;

/// The end of a [`channel`](super::channel()) that values come out of.
pub struct Receiver<T> {
    pub(super) channel: Rc<Channel<T>>,
}

impl<T> Receiver<T> {
    /// Waits for the next value; `None` when the channel is empty and every sender is gone.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no value: a wake-up that was on its way to it goes to the next who waits.
    #[doc(alias = "get")]
    pub fn recv(&self, co: &Co) -> impl Future<Output = Option<T>> {
        at(async move {
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
        })
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
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        let channel = Rc::clone(&self.channel);
        channel.receivers().set(channel.receivers().get() + 1);
        Self { channel }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        let channel = &self.channel;
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
