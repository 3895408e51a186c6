//! Waiting for time, or for nothing but one's next turn.

use std::marker::PhantomData;
use std::panic::Location;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::executor::Executor;
use super::waker::Address;
use crate::clock::{Time, TimerId};
use crate::runner;
use crate::trace::observer::{here, note_place};

/// Waits for `duration`, counted from the first poll. Other tasks run meanwhile.
///
/// `Duration::ZERO` is [`yield_now`]; what does not fit the clock (584 years), `Duration::MAX` among it, is never. Equal
/// deadlines fire in the order in which they were armed, and none fires early.
///
/// # Panics
///
/// When polled where no loop runs; the message names the line that made the future.
///
/// # Cancel safety
///
/// Dropping the future disarms its timer.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, state_machines as sm};
///
/// let main = sm::sleep(Duration::from_secs(1));
/// sm::run_on(Clock::Simulated, main); // takes no time at all
/// ```
#[track_caller]
pub fn sleep(duration: Duration) -> Sleep {
    Sleep::new(When::After(duration))
}

/// Waits until `moment`, counted from the beginning of the loop; a moment that has passed already is [`yield_now`].
///
/// # Panics
///
/// When polled where no loop runs; the message names the line that made the future.
///
/// # Cancel safety
///
/// Dropping the future disarms its timer.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     let tick = Duration::from_millis(100);
///     for n in 1..=3 {
///         aw::sleep_until(tick * n).await; // does not drift, however long the work takes
///     }
///     assert_eq!(aw::now(), Duration::from_millis(300));
/// });
/// ```
#[track_caller]
pub fn sleep_until(moment: Duration) -> Sleep {
    Sleep::new(When::At(Time::at(moment)))
}

/// Gives every other ready task a turn. (`await` alone gives up the turn only if something really has to be waited for.)
///
/// Under another executor it wakes itself, as such futures usually do.
///
/// # Cancel safety
///
/// Dropping the future in the turn that polled it takes the request back.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, state_machines as sm};
///
/// let report = sm::run_with(sm::Setup::new().clock(Clock::Simulated), sm::yield_now());
/// assert_eq!(report.counts.steps, 2);
/// ```
#[inline]
pub fn yield_now() -> YieldNow {
    YieldNow {
        asked: NOT_YET,
        not_send: PhantomData,
    }
}

/// The future of [`sleep`] and [`sleep_until`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
#[derive(Debug)]
pub struct Sleep {
    made_at: &'static Location<'static>,
    state: State,
    not_send: NotSend,
}

#[derive(Clone, Copy, Debug)]
enum When {
    After(Duration),
    At(Time),
}

#[derive(Debug)]
enum State {
    Unstarted(When),
    Yielding(YieldNow),
    Armed(TimerId),
    Done,
}

impl Sleep {
    #[track_caller]
    fn new(when: When) -> Self {
        Self {
            made_at: Location::caller(),
            state: State::Unstarted(when),
            not_send: PhantomData,
        }
    }

    fn start(&self, when: When, cx: &Context<'_>) -> State {
        let now = now_or_panic("sleep", self.made_at);
        let deadline = match when {
            When::After(duration) => now.after(duration),
            When::At(moment) => moment,
        };
        if deadline <= now {
            return State::Yielding(yield_now());
        }
        State::Armed(Executor::with(|executor| executor.arm(deadline, None, cx)))
    }
}

impl Future for Sleep {
    type Output = ();

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        here();
        let this = &mut *self;
        if let State::Unstarted(when) = this.state {
            this.state = this.start(when, cx);
            if matches!(this.state, State::Armed(_)) {
                return Poll::Pending;
            }
        }
        let pending = match &mut this.state {
            State::Armed(timer) => {
                assert_same_run("sleep", this.made_at, timer.ticket);
                Executor::with(|executor| executor.is_armed(*timer, cx))
            }
            State::Yielding(turn) => Pin::new(turn).poll(cx).is_pending(),
            State::Unstarted(_) | State::Done => false,
        };
        if pending {
            return Poll::Pending;
        }
        this.state = State::Done;
        Poll::Ready(())
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let State::Armed(timer) = self.state {
            Executor::with(|executor| executor.disarm(timer));
        }
    }
}

pub(crate) fn now_or_panic(what: &str, made_at: &Location<'_>) -> Time {
    let active = Executor::with(Executor::is_active);
    runner::now().filter(|_| active).unwrap_or_else(|| {
        panic!(
            "the `{what}` made at {made_at} was polled where no loop of `state_machines` or `async_await` runs: \
             await it inside their `run`, in the root or in a task{}",
            runner::hint()
        )
    })
}

/// A timer is gone with the loop it was armed on.
pub(crate) fn assert_same_run(what: &str, made_at: &Location<'_>, ticket: u64) {
    assert!(
        runner::is_of_this_run(ticket),
        "the `{what}` made at {made_at} was begun in a loop that has ended: make a new one in the loop that awaits it"
    );
}

/// Tickets, turns and runs are counted for each thread: what holds one must not leave it.
pub(crate) type NotSend = PhantomData<*const ()>;

/// The future of [`yield_now`].
#[must_use = "futures do nothing unless you `.await` or poll them"]
#[derive(Debug)]
pub struct YieldNow {
    /// The turn in which it left its note with the loop. The loop queues the task when the poll is over; a future that is dropped
    /// before that takes its note back, and leaves no place in the queue.
    asked: u64,
    not_send: NotSend,
}

/// Turns are counted from 1.
const NOT_YET: u64 = 0;
/// It has woken itself by a waker that is not the running task's.
const BY_WAKER: u64 = u64::MAX;

impl Future for YieldNow {
    type Output = ();

    #[track_caller]
    #[inline]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let place = Location::caller();
        Executor::with(|executor| match self.asked {
            NOT_YET if executor.is_polling_by(cx) => {
                self.asked = executor.note_yield(place);
                Poll::Pending
            }
            NOT_YET => {
                cx.waker().wake_by_ref();
                self.asked = BY_WAKER;
                Poll::Pending
            }
            turn if executor.is_turn(turn) => Poll::Pending,
            _ => Poll::Ready(()),
        })
    }
}

impl Drop for YieldNow {
    #[inline]
    fn drop(&mut self) {
        if self.asked != NOT_YET {
            Executor::with(|executor| executor.take_back_yield(self.asked));
        }
    }
}

impl Executor {
    /// Whether `cx` would wake the task that is running.
    #[inline]
    fn is_polling_by(&self, cx: &Context<'_>) -> bool {
        let address = Address::of(cx.waker());
        address.is_some() && address == self.current.get()
    }

    /// Leaves the note of a `yield_now`: the running task wants another turn. Returns the number of this turn.
    #[inline]
    pub(crate) fn note_yield(&self, place: &'static Location<'static>) -> u64 {
        self.yields.set(self.yields.get() + 1);
        if self.watched.get() {
            note_place(place);
        }
        self.turns.get()
    }

    /// Takes the note back, if it was left in this very turn.
    #[inline]
    pub(crate) fn take_back_yield(&self, turn: u64) {
        if self.is_turn(turn) {
            self.yields.set(self.yields.get().saturating_sub(1));
        }
    }

    #[inline]
    pub(crate) fn is_turn(&self, turn: u64) -> bool {
        self.current.get().is_some() && self.turns.get() == turn
    }
}
