//! What can go wrong, as values. (The report of a program that can make no progress has a file of its own, `deadlock.rs`.)

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::unwind::Panic;

/// Why a task's handle has no value to give.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, JoinError, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     let task = aw::spawn(async { aw::yield_now().await });
///     assert!(task.cancel());
///     assert!(matches!(task.await, Err(JoinError::Cancelled)));
/// });
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum JoinError {
    /// The task was cancelled: dropped at its turn, after `cancel` or because the root had returned.
    ///
    /// asyncio raises `CancelledError` in the one who awaits; here it is a value like any other.
    #[doc(alias = "CancelledError")]
    #[doc(alias = "asyncio.CancelledError")]
    Cancelled,
    /// The task panicked, or a destructor did when it was dropped.
    Panicked(PanicPayload),
    /// Somebody has taken the outcome already: it is given out once. `finished` and `peek` leave it where it is.
    Taken,
    /// The task was spawned while its loop was closing, so it never ran.
    LoopEnded,
    /// A task awaited its own handle, and so its own end.
    OwnHandle,
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled => f.write_str("the task was cancelled before it ended"),
            Self::Panicked(payload) => write!(f, "the task panicked: {}", payload.message()),
            Self::Taken => f.write_str(
                "the task's outcome has been taken already: await a handle once, \
                 or look at the outcome with `finished` and `peek`",
            ),
            Self::LoopEnded => f.write_str(
                "the task was spawned while its loop was closing and never ran: \
                 spawn before the root returns, not in a destructor that runs after it",
            ),
            Self::OwnHandle => f.write_str(
                "a task cannot await its own handle, since it would wait for itself: \
                 hand the handle to another task",
            ),
        }
    }
}

impl Error for JoinError {}

/// What a task panicked with.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, JoinError, async_await as aw};
///
/// async fn save() -> u64 {
///     panic!("the disk is full")
/// }
///
/// let error = aw::run_on(Clock::Simulated, async { aw::spawn(save()).await });
/// let Err(JoinError::Panicked(panic)) = error else { unreachable!() };
/// assert_eq!(panic.message(), "the disk is full");
/// let payload = panic.into_payload(); // for `std::panic::resume_unwind`
/// assert!(payload.is::<&str>());
/// ```
pub struct PanicPayload(Box<Payload>);

// In a box, so that a `Result` with a `JoinError` in it is not much larger than its value.
struct Payload {
    message: Box<str>,
    /// The lock is never contended; it makes the error `Sync`, as errors should be.
    payload: Mutex<Panic>,
}

impl PanicPayload {
    pub(crate) fn new(payload: Panic) -> Self {
        Self(Box::new(Payload {
            message: message_of(&payload).into(),
            payload: Mutex::new(payload),
        }))
    }

    /// What a panic said, with that for a payload: the panic itself goes elsewhere.
    pub(crate) fn echo(payload: &Panic) -> Self {
        Self::new(Box::new(message_of(payload).to_owned()))
    }

    /// The panic's message.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The payload itself, for [`std::panic::resume_unwind`].
    #[must_use]
    pub fn into_payload(self) -> Box<dyn Any + Send> {
        let payload = self.0.payload.into_inner();
        payload.unwrap_or_else(PoisonError::into_inner)
    }
}

fn message_of(payload: &Panic) -> &str {
    payload
        .downcast_ref::<&'static str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("(a payload that is not text)")
}

impl fmt::Debug for PanicPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PanicPayload")
            .field(&self.0.message)
            .finish()
    }
}

/// The time limit of a `timeout` passed first.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     let limit = Duration::from_millis(500);
///     let late = aw::timeout(limit, aw::sleep(Duration::from_secs(1))).await;
///     assert_eq!(late.unwrap_err().to_string(), "the time limit of 500ms has passed");
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elapsed {
    limit: Duration,
}

impl Elapsed {
    pub(crate) fn new(limit: Duration) -> Self {
        Self { limit }
    }

    /// The limit that `timeout` was given.
    #[must_use]
    pub fn limit(&self) -> Duration {
        self.limit
    }
}

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the time limit of {:?} has passed", self.limit)
    }
}

impl Error for Elapsed {}

/// A value that could not be sent because every receiver of the channel is gone. It holds the value.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, Closed, async_await as aw};
///
/// let (tx, rx) = aw::channel(1);
/// drop(rx);
/// let back = aw::run_on(Clock::Simulated, tx.send("letter"));
/// assert_eq!(back, Err(Closed("letter")));
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Closed<T>(pub T);

const CLOSED: &str =
    "the channel is closed: every receiver has been dropped, so nobody could ever take the value";

impl<T> fmt::Debug for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Closed(..)")
    }
}

impl<T> fmt::Display for Closed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(CLOSED)
    }
}

impl<T> Error for Closed<T> {}

/// Why a value could not be sent at once. Both hold the value.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrySendError<T> {
    /// There is no room now.
    #[doc(alias = "QueueFull")]
    #[doc(alias = "asyncio.QueueFull")]
    Full(T),
    /// Every receiver is gone.
    Closed(T),
}

impl<T> TrySendError<T> {
    /// The value that was not sent.
    #[must_use]
    pub fn into_inner(self) -> T {
        match self {
            Self::Full(value) | Self::Closed(value) => value,
        }
    }
}

impl<T> fmt::Debug for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "Full(..)",
            Self::Closed(_) => "Closed(..)",
        })
    }
}

impl<T> fmt::Display for TrySendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Full(_) => "the channel is full: `send` would wait for room",
            Self::Closed(_) => CLOSED,
        })
    }
}

impl<T> Error for TrySendError<T> {}

/// Why no value could be received at once.
///
/// # Examples
///
/// ```
/// use yield_to_await::{TryRecvError, async_await as aw};
///
/// let (tx, rx) = aw::channel::<i32>(1);
/// assert_eq!(rx.try_recv(), Err(TryRecvError::Empty));
/// drop(tx);
/// assert_eq!(rx.try_recv(), Err(TryRecvError::Closed));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TryRecvError {
    /// Nothing is there now.
    #[doc(alias = "QueueEmpty")]
    #[doc(alias = "asyncio.QueueEmpty")]
    Empty,
    /// Nothing is there, and every sender is gone.
    Closed,
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the channel is empty: `recv` would wait for a value",
            Self::Closed => "the channel is empty and closed: every sender has been dropped, so no value will come",
        })
    }
}

impl Error for TryRecvError {}
