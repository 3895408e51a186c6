//! Those who wait for something in this lane: whoever kept a waker.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::{Context, Waker};

use super::called::Called;
use super::executor::Executor;
use super::trace::Note;
use super::waker::Address;
use crate::info::TaskInfo;
use crate::key::Key;
use crate::line::{Line, Ticket};
use crate::reports::{Needed, Sign, Survey};
use crate::runner;
use crate::trace::observer;
use crate::unwind::contain;

/// Who is to be woken. A task of the running loop is remembered by its number, which costs nothing to keep; any other waker
/// (another executor's, or one that a combinator of the `futures` crate made) is kept as it is.
#[derive(Debug)]
pub(crate) enum Target {
    Task(Address),
    Foreign(Kept),
}

/// A foreign waker. One that panics when it is dropped is its owner's trouble, and not that of whoever lets go of it here.
#[derive(Debug)]
pub(crate) struct Kept(Option<Waker>);

impl Drop for Kept {
    fn drop(&mut self) {
        let waker = self.0.take();
        contain(|| drop(waker));
    }
}

impl Target {
    #[inline]
    pub(crate) fn of(cx: &Context<'_>) -> Self {
        match Self::address_of(cx) {
            Some(address) => Self::Task(address),
            None => Self::Foreign(Kept(Some(cx.waker().clone()))),
        }
    }

    #[inline]
    fn address_of(cx: &Context<'_>) -> Option<Address> {
        Address::of(cx.waker()).filter(|address| is_here(*address))
    }

    /// The task of the running loop that `cx` would wake.
    #[inline]
    pub(crate) fn task_of(cx: &Context<'_>) -> Option<Key> {
        Self::address_of(cx).map(Address::key)
    }

    /// The task of the running loop that it would wake.
    pub(crate) fn task(&self) -> Option<Key> {
        match self {
            Self::Task(address) if is_here(*address) => Some(address.key()),
            _ => None,
        }
    }

    fn is_for(&self, cx: &Context<'_>) -> bool {
        match self {
            Self::Task(address) => Address::of(cx.waker()) == Some(*address),
            Self::Foreign(Kept(waker)) => waker
                .as_ref()
                .is_some_and(|waker| waker.will_wake(cx.waker())),
        }
    }

    /// Runs foreign code: call it with nothing borrowed. A foreign waker that panics is its owner's trouble, not that of the one who
    /// wakes or of those who stand behind it.
    #[inline]
    pub(crate) fn wake(self) {
        match self {
            Self::Task(address) => Executor::with(|executor| {
                // A wait may be older than the run, and its task gone with an earlier one.
                if executor.is_running(address.loop_number()) {
                    executor.wake(address.key());
                }
            }),
            Self::Foreign(mut kept) => contain(|| kept.0.take().map_or((), Waker::wake)),
        }
    }
}

fn is_here(address: Address) -> bool {
    Executor::with(|executor| executor.is_running(address.loop_number()))
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
    /// Of a channel: how many ends there are on the other side.
    pub(super) others: Cell<usize>,
    called: Called,
    /// None over the line of a parent, who waits for the ends of its children.
    sign: Option<Sign>,
    /// The run in which the executor was told of this line, so that its report finds those who stand in it.
    known_in: Cell<u64>,
}

impl Waiters {
    pub(crate) fn new(sign: Sign) -> Rc<Self> {
        Self::under(Some(sign))
    }

    pub(crate) fn of_a_parent() -> Rc<Self> {
        Self::under(None)
    }

    fn under(sign: Option<Sign>) -> Rc<Self> {
        Rc::new(Self {
            line: RefCell::default(),
            others: Cell::new(1),
            called: Called::default(),
            sign,
            known_in: Cell::new(0),
        })
    }

    /// The sign of a primitive's line.
    pub(crate) fn sign(&self) -> &Sign {
        self.sign
            .as_ref()
            .expect("the line of a primitive has a sign")
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.line.borrow().is_empty()
    }

    /// Stands at the end of the line.
    #[inline]
    pub(crate) fn stand(self: &Rc<Self>, place: &mut Place, cx: &Context<'_>) {
        if let Some(address) = Target::address_of(cx) {
            self.be_known();
            let ticket = self.line.borrow_mut().join(Target::Task(address));
            *place = Some(ticket);
            if observer::listens() {
                self.note(address.key(), ticket);
            }
            return;
        }
        self.stand_foreign(place, cx);
    }

    /// Cloning a foreign waker may do anything, call the line for example: so it stands there already.
    #[cold]
    fn stand_foreign(&self, place: &mut Place, cx: &Context<'_>) {
        let nobody = Target::Foreign(Kept(None));
        let ticket = self.line.borrow_mut().join(nobody);
        *place = Some(ticket);
        let mut target = Target::of(cx);
        let mut line = self.line.borrow_mut();
        match line.get_mut(ticket) {
            Some(waiter) => {
                std::mem::swap(waiter, &mut target);
                drop(line);
            }
            None => {
                drop(line);
                cx.waker().wake_by_ref();
            }
        }
    }

    #[cold]
    fn note(self: &Rc<Self>, key: Key, ticket: Ticket) {
        let note = Note::Line(Rc::downgrade(self), ticket);
        Executor::with(|executor| executor.note(Some(key), note));
    }

    /// The executor's report finds those who stand in lines that it knows.
    #[inline]
    fn be_known(self: &Rc<Self>) {
        if self.known_in.get() != runner::run_number() {
            self.introduce();
        }
    }

    #[cold]
    fn introduce(self: &Rc<Self>) {
        self.known_in.set(runner::run_number());
        if self.sign.is_some() {
            Executor::with(|executor| executor.remember_line(self));
        }
    }

    /// Where the future stands; one that was called is told so once.
    #[inline]
    pub(crate) fn check(self: &Rc<Self>, place: &mut Place, cx: &Context<'_>) -> Standing {
        match *place {
            None => Standing::Outside,
            Some(ticket) => self.look(ticket, place, cx),
        }
    }

    fn look(self: &Rc<Self>, ticket: Ticket, place: &mut Place, cx: &Context<'_>) -> Standing {
        let moved = match self.line.borrow_mut().get_mut(ticket) {
            None => false,
            Some(target) if target.is_for(cx) => return Standing::InLine,
            Some(_) => true,
        };
        // A foreign waker may call the line while it is cloned.
        let find = |look: &mut dyn FnMut(&mut Target)| {
            self.line.borrow_mut().get_mut(ticket).map(look).is_some()
        };
        if moved && keep_current(cx, find) {
            self.be_known();
            if let Some(key) = Target::task_of(cx)
                && observer::listens()
            {
                self.note(key, ticket);
            }
            return Standing::InLine;
        }
        *place = None;
        self.called.remove(ticket);
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
        if left.is_none() {
            self.called.remove(ticket);
        }
        left.is_none()
    }

    /// Calls the first in line and wakes it; false if nobody stands there.
    #[inline]
    pub(crate) fn call(&self) -> bool {
        let first = self.line.borrow_mut().call();
        let Some((ticket, target)) = first else {
            return false;
        };
        if self.sign.is_some() {
            let task = match &target {
                Target::Task(address) => Some(*address),
                Target::Foreign(_) => None,
            };
            self.called.add(ticket, task);
        }
        target.wake();
        true
    }

    /// Calls all who stand there now, in order.
    pub(crate) fn call_all(&self) {
        let mut all = self.line.take();
        while let Some((_, target)) = all.call() {
            target.wake();
        }
        // Its memory is good for the next who come.
        let mut line = self.line.borrow_mut();
        if line.is_unused() {
            *line = all;
        }
    }

    /// Tells the report which tasks stand here, and whose futures were called and did not look.
    pub(crate) fn survey(&self, survey: &mut Survey) {
        let Some(sign) = &self.sign else { return };
        for (stand, target) in self.line.borrow().iter() {
            if let Some(key) = target.task() {
                survey.line(key, stand, sign, self.others.get());
            }
        }
        if !self.line.borrow().is_empty() {
            for task in self.called.all() {
                let task = task.filter(|address| is_here(*address));
                survey.snoozed(sign, task.map(Address::key));
            }
        }
    }

    /// Whether this is the line of one who waits for the ends of its children.
    pub(crate) fn is_of_a_parent(&self) -> bool {
        self.sign.is_none()
    }

    /// Tells the survey of the task that stands at `ticket`; false if it does not.
    pub(crate) fn survey_one(&self, survey: &mut Survey, key: Key, ticket: Ticket) -> bool {
        let mut line = self.line.borrow_mut();
        let target = line.get_mut(ticket).and_then(|target| target.task());
        let Some(stand) = line.stand(ticket).filter(|_| target == Some(key)) else {
            return false;
        };
        if let Some(sign) = &self.sign {
            survey.line(key, stand, sign, self.others.get());
        }
        true
    }

    /// Tells the report of a parent who stands here.
    pub(crate) fn survey_parent(&self, survey: &mut Survey, child: &TaskInfo, needed: Needed) {
        for (stand, target) in self.line.borrow().iter() {
            if let Some(key) = target.task() {
                survey.end(key, stand, child, needed);
            }
        }
    }
}
