//! Those who wait for something in this lane: whoever kept a waker.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Waker};

use super::executor::Executor;
use super::waker::Address;
use crate::deadlock::{Survey, WaitReason};
use crate::key::Key;
use crate::line::{Line, Ticket};
use crate::runner;
use crate::unwind::contain;

/// Who is to be woken. A task of the running loop is remembered by its number, which costs nothing to keep; any other waker
/// (another executor's, or one that a combinator of the `futures` crate made) is kept as it is.
#[derive(Debug)]
pub(crate) enum Target {
    Task(Key),
    Foreign(Waker),
}

impl Target {
    #[inline]
    pub(crate) fn of(cx: &Context<'_>) -> Self {
        match Self::task_of(cx) {
            Some(key) => Self::Task(key),
            None => Self::Foreign(cx.waker().clone()),
        }
    }

    /// The task of the running loop that `cx` would wake.
    #[inline]
    pub(crate) fn task_of(cx: &Context<'_>) -> Option<Key> {
        let address = Address::of(cx.waker())?;
        let here = Executor::with(|executor| executor.is_running(address.loop_number()));
        here.then(|| address.key())
    }

    fn is_for(&self, cx: &Context<'_>) -> bool {
        match self {
            Self::Task(key) => Self::task_of(cx) == Some(*key),
            Self::Foreign(waker) => waker.will_wake(cx.waker()),
        }
    }

    /// Runs foreign code: call it with nothing borrowed. A foreign waker that panics is its owner's trouble, not that of the one who
    /// wakes or of those who stand behind it.
    #[inline]
    pub(crate) fn wake(self) {
        match self {
            Self::Task(key) => Executor::with(|executor| executor.wake(key)),
            Self::Foreign(waker) => contain(|| waker.wake()),
        }
    }
}

/// Lets the waiter that `find` finds follow a future that has moved to another task since its last poll.
///
/// Answers whether there is such a waiter. Cloning and dropping a waker runs foreign code, so nothing is borrowed meanwhile.
pub(crate) fn keep_current(
    cx: &Context<'_>,
    mut find: impl FnMut(&mut dyn FnMut(&mut Target)) -> bool,
) -> bool {
    let mut moved = false;
    let found = find(&mut |target| moved = !target.is_for(cx));
    if moved {
        let mut target = Target::of(cx);
        return find(&mut |old| std::mem::swap(old, &mut target));
    }
    found
}

/// The place of one future in a line, if it stands there.
pub(crate) type Place = Option<Ticket>;

/// What a future finds when it looks at its place.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// It has not stood in line yet.
    Outside,
    /// It still stands there: whatever it was polled for, it was not called.
    InLine,
    /// It was called since it last looked, and is out of the line.
    Called,
}

/// A line of futures that wait for the same thing.
#[derive(Debug)]
pub(crate) struct Waiters {
    line: RefCell<Line<Target>>,
    /// What they wait for, in the words of the deadlock report.
    wait: Option<WaitReason>,
    /// The run in which the executor was told of this line, so that its report finds those who stand in it.
    known_in: Cell<u64>,
}

impl Waiters {
    pub(crate) fn new(wait: Option<WaitReason>) -> Rc<Self> {
        Rc::new(Self {
            line: RefCell::default(),
            wait,
            known_in: Cell::new(0),
        })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.line.borrow().is_empty()
    }

    /// Stands at the end of the line.
    pub(crate) fn stand(self: &Rc<Self>, place: &mut Place, cx: &Context<'_>) {
        let target = Target::of(cx);
        let run = runner::run_number();
        if self.known_in.get() != run && matches!(target, Target::Task(_)) {
            self.known_in.set(run);
            if self.wait.is_some() {
                Executor::with(|executor| executor.remember_line(self));
            }
        }
        *place = Some(self.line.borrow_mut().join(target));
    }

    /// Where the future stands; one that was called is told so once.
    #[inline]
    pub(crate) fn check(&self, place: &mut Place, cx: &Context<'_>) -> Standing {
        match *place {
            None => Standing::Outside,
            Some(ticket) => self.look(ticket, place, cx),
        }
    }

    fn look(&self, ticket: Ticket, place: &mut Place, cx: &Context<'_>) -> Standing {
        let stands = match self.line.borrow_mut().get_mut(ticket) {
            None => false,
            Some(target) if target.is_for(cx) => return Standing::InLine,
            Some(_) => true,
        };
        if stands {
            keep_current(cx, |look| {
                self.line.borrow_mut().get_mut(ticket).map(look).is_some()
            });
            return Standing::InLine;
        }
        *place = None;
        Standing::Called
    }

    /// Leaves the line. True if the future had been called and never looked: what it was called for is somebody else's now.
    #[must_use]
    #[inline]
    pub(crate) fn leave(&self, place: &mut Place) -> bool {
        place.take().is_some_and(|ticket| self.step_out(ticket))
    }

    fn step_out(&self, ticket: Ticket) -> bool {
        let left = self.line.borrow_mut().leave(ticket);
        left.is_none()
    }

    /// Calls the first in line and wakes it; false if nobody stands there.
    #[inline]
    pub(crate) fn call(&self) -> bool {
        let first = self.line.borrow_mut().call();
        first.map(Target::wake).is_some()
    }

    /// Calls all who stand there now, in order.
    pub(crate) fn call_all(&self) {
        let mut all = self.line.take();
        while let Some(target) = all.call() {
            target.wake();
        }
        // Its memory is good for the next who come.
        let mut line = self.line.borrow_mut();
        if line.is_unused() {
            *line = all;
        }
    }

    /// Tells the report which tasks stand here; `wait` is for lines that have no words of their own.
    pub(crate) fn survey(&self, survey: &mut Survey, wait: Option<WaitReason>) {
        let Some(wait) = self.wait.or(wait) else {
            return;
        };
        for (ticket, target) in self.line.borrow().iter() {
            if let Target::Task(key) = target {
                survey.wait(*key, ticket.number(), wait);
            }
        }
    }
}
