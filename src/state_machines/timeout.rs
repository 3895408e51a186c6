//! A time limit around a future, in place.

use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use pin_project_lite::pin_project;

use super::executor::Executor;
use super::sleep::{NotSend, assert_same_run, now_or_panic};
use crate::clock::{Time, TimerId};
use crate::error::Elapsed;
use crate::line::Ticket;
use crate::trace::observer::here;

/// Polls `body` in place, in the same task, and drops it when `limit` has passed, counted from the first poll.
///
/// The body is looked at first: a value that comes at the very deadline wins. Of nested limits the inner one is looked at first.
/// No task is made, and the body may borrow. (asyncio's `wait_for` made a task of its own until Python 3.12; both raise
/// `TimeoutError` where this returns [`Elapsed`].)
///
/// # Errors
///
/// [`Elapsed`] if the limit passed first. The body has been dropped by then.
///
/// # Panics
///
/// When polled where no loop runs; the message names the line that made the future.
///
/// # Cancel safety
///
/// As the body's.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, state_machines as sm};
///
/// let second = Duration::from_secs(1);
/// let late = sm::run_on(Clock::Simulated, sm::timeout(second, sm::sleep(2 * second)));
/// assert!(late.is_err());
/// ```
#[track_caller]
pub fn timeout<F: Future>(limit: Duration, body: F) -> Timeout<F> {
    Timeout {
        body: Some(body),
        alarm: Alarm::new(limit),
    }
}

pin_project! {
    /// The future of [`timeout`].
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    #[derive(Debug)]
    pub struct Timeout<F> {
        #[pin]
        body: Option<F>,
        alarm: Alarm,
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    #[track_caller]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        here();
        let mut this = self.project();
        this.alarm.start();
        let body = this.body.as_mut().as_pin_mut();
        let body = body.expect("a `timeout` was polled after it had returned");
        let outcome = match body.poll(cx) {
            Poll::Ready(value) => Ok(value),
            Poll::Pending => match Pin::new(&mut *this.alarm).poll(cx) {
                Poll::Ready(elapsed) => Err(elapsed),
                Poll::Pending => return Poll::Pending,
            },
        };
        this.body.set(None);
        this.alarm.disarm();
        Poll::Ready(outcome)
    }
}

/// The limit itself: a moment that is fixed when the wait begins, and a timer that is armed only if there is something to wait for.
#[derive(Debug)]
pub(crate) struct Alarm {
    limit: Duration,
    made_at: &'static Location<'static>,
    begun: Option<Begun>,
    /// The ticket of its timer, once there is something to wait for.
    armed: Option<u64>,
    not_send: NotSend,
}

#[derive(Clone, Copy, Debug)]
struct Begun {
    deadline: Time,
    /// What began later stands inside this limit.
    ticket: Ticket,
}

impl Alarm {
    #[track_caller]
    pub(crate) fn new(limit: Duration) -> Self {
        Self {
            limit,
            made_at: Location::caller(),
            begun: None,
            armed: None,
            not_send: PhantomData,
        }
    }

    /// Fixes the deadline, the first time it is called.
    pub(crate) fn start(&mut self) {
        self.begun();
    }

    fn begun(&mut self) -> Begun {
        let begin = || Begun {
            deadline: now_or_panic("timeout", self.made_at).after(self.limit),
            ticket: Ticket::next(),
        };
        let begun = *self.begun.get_or_insert_with(begin);
        assert_same_run("timeout", self.made_at, begun.ticket.number());
        begun
    }

    fn timer(&self) -> Option<TimerId> {
        let deadline = self.begun?.deadline;
        self.armed.map(|ticket| TimerId { deadline, ticket })
    }

    fn disarm(&mut self) {
        if let Some(timer) = self.timer() {
            self.armed = None;
            Executor::with(|executor| executor.disarm(timer));
        }
    }
}

impl Future for Alarm {
    type Output = Elapsed;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Elapsed> {
        let Begun { deadline, ticket } = self.begun();
        if now_or_panic("timeout", self.made_at) >= deadline {
            return Poll::Ready(Elapsed::new(self.limit));
        }
        Executor::with(|executor| {
            let armed = self
                .timer()
                .is_some_and(|timer| executor.is_armed(timer, cx));
            if !armed {
                let timer = executor.arm(deadline, Some(ticket), cx);
                self.armed = Some(timer.ticket);
            }
        });
        Poll::Pending
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        self.disarm();
    }
}
