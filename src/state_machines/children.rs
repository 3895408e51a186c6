//! The children that a combinator waits for, and how they tell their parent.
//!
//! Every combinator over handles is a rule (`tally.rs`) applied to such a set. A child's end walks its list of watchers once;
//! nobody polls handles in turn.

use std::cell::RefCell;
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use super::executor::Executor;
use super::handle::JoinHandle;
use super::waiters::{Place, Standing, Waiters};
use crate::error::JoinError;
use crate::info::TaskInfo;
use crate::key::Key;
use crate::outcome::IsFailure;
use crate::reports::{Needed, Survey};
use crate::tally::{Rule, Tally};
use crate::trace::observer::here;

/// What the children of one parent share.
pub(crate) struct Family {
    tally: RefCell<Tally>,
    /// The parent, while it waits.
    parent: Rc<Waiters>,
    /// Whom the first failure takes along: the tasks of a group.
    siblings: RefCell<Vec<Key>>,
    pub(super) is_failure: IsFailure,
}

impl Family {
    pub(crate) fn new(rule: Rule, is_failure: IsFailure) -> Rc<Self> {
        Rc::new(Self {
            tally: RefCell::new(Tally::new(rule)),
            parent: Waiters::of_a_parent(),
            siblings: RefCell::default(),
            is_failure,
        })
    }

    pub(crate) fn child_ended(&self, index: usize, failed: bool) {
        let (wake_parent, first_failure) = {
            let mut tally = self.tally.borrow_mut();
            let had_failed = tally.first_failure().is_some();
            (tally.end(index, failed), failed && !had_failed)
        };
        if first_failure {
            self.cancel_siblings();
        }
        if wake_parent {
            self.parent.call();
        }
    }

    pub(crate) fn begin(&self) {
        self.tally.borrow_mut().begin();
    }

    pub(crate) fn add_sibling(&self, task: Key) {
        self.siblings.borrow_mut().push(task);
    }

    pub(crate) fn cancel_siblings(&self) {
        for task in self.siblings.take() {
            Executor::with(|executor| executor.cancel(task));
        }
    }

    pub(crate) fn first_failure(&self) -> Option<usize> {
        self.tally.borrow().first_failure()
    }

    /// Ready when nothing that still runs could change the answer.
    pub(crate) fn poll_decided(&self, place: &mut Place, cx: &Context<'_>) -> Poll<()> {
        if self.tally.borrow().is_decided() {
            let _ = self.parent.leave(place);
            return Poll::Ready(());
        }
        self.wait(place, cx);
        Poll::Pending
    }

    /// Ready with the next child that has ended, or with `None` when all have been told of.
    pub(crate) fn poll_next_ended(
        &self,
        place: &mut Place,
        cx: &Context<'_>,
    ) -> Poll<Option<usize>> {
        let next = self.tally.borrow_mut().next_ended();
        if next.is_some() || self.tally.borrow().running() == 0 {
            let _ = self.parent.leave(place);
            return Poll::Ready(next);
        }
        self.wait(place, cx);
        Poll::Pending
    }

    fn wait(&self, place: &mut Place, cx: &Context<'_>) {
        if self.parent.check(place, cx) != Standing::InLine {
            self.parent.stand(place, cx);
        }
    }

    pub(crate) fn leave(&self, place: &mut Place) {
        let _ = self.parent.leave(place);
    }

    /// Whether this is the line of its parent.
    pub(super) fn waits_in(&self, line: &Rc<Waiters>) -> bool {
        Rc::ptr_eq(&self.parent, line)
    }

    pub(crate) fn survey(&self, survey: &mut Survey, child: &TaskInfo) {
        let needed = match self.tally.borrow().needs_all() {
            true => Needed::All,
            false => Needed::Any,
        };
        self.parent.survey_parent(survey, child, needed);
    }
}

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tally.borrow().fmt(f)
    }
}

/// Handles whose ends are being watched.
pub(crate) struct Children<T> {
    handles: Vec<JoinHandle<T>>,
    family: Rc<Family>,
    place: Place,
}

impl<T> fmt::Debug for Children<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Children").finish_non_exhaustive()
    }
}

impl<T> Children<T> {
    /// Whoever waited for the next to end has given up.
    pub(crate) fn leave(&mut self) {
        self.family.leave(&mut self.place);
    }

    /// Nobody waits for them any more. An error of one that ends later is a failure all the same, which only the family can tell.
    fn let_go(&mut self) {
        self.handles.iter_mut().for_each(JoinHandle::stay_watched);
    }

    /// Requests the cancellation of every child, in argument order.
    pub(crate) fn cancel(&self) {
        for handle in &self.handles {
            handle.cancel();
        }
    }
}

impl<T: 'static> Children<T> {
    /// Watching begins now, not at the first poll: whichever child fails first in time is known even if nobody polls yet.
    pub(crate) fn watch(
        handles: impl IntoIterator<Item = JoinHandle<T>>,
        rule: Rule,
        is_failure: IsFailure,
    ) -> Self {
        let mut handles: Vec<_> = handles.into_iter().collect();
        let family = Family::new(rule, is_failure);
        handles.iter().for_each(|_| family.begin());
        Executor::with(|executor| executor.extras.borrow_mut().reserve(handles.len()));
        for (index, handle) in handles.iter_mut().enumerate() {
            handle.watch(&family, index);
        }
        Self {
            handles,
            family,
            place: None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.handles.len()
    }

    /// Ready with the first child that failed, if the rule cares for it, when the wait is over.
    pub(crate) fn poll_decided(&mut self, cx: &Context<'_>) -> Poll<Option<usize>> {
        let decided = self.family.poll_decided(&mut self.place, cx);
        decided.map(|()| self.family.first_failure())
    }

    pub(crate) fn poll_next_ended(&mut self, cx: &Context<'_>) -> Poll<Option<usize>> {
        self.family.poll_next_ended(&mut self.place, cx)
    }

    pub(crate) fn take(&self, index: usize) -> Result<T, JoinError> {
        self.handles[index].take()
    }

    pub(crate) fn take_all(&self) -> impl Iterator<Item = Result<T, JoinError>> {
        self.handles.iter().map(JoinHandle::take)
    }

    pub(crate) fn running(&self) -> usize {
        self.family.tally.borrow().running()
    }
}

impl<T> Drop for Children<T> {
    fn drop(&mut self) {
        self.leave();
    }
}

/// The wait for the next child to end. Dropped, it leaves the line.
pub(crate) struct NextEnded<'a, T>(pub(crate) &'a mut Children<T>);

impl<T: 'static> Future for NextEnded<'_, T> {
    type Output = Option<usize>;

    #[track_caller]
    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<usize>> {
        here();
        self.0.poll_next_ended(cx)
    }
}

impl<T> Drop for NextEnded<'_, T> {
    fn drop(&mut self) {
        self.0.leave();
    }
}

/// Children that are cancelled together with the one who waits for them; `None` once the wait is over.
pub(crate) struct Dependents<T>(Option<Children<T>>);

impl<T> fmt::Debug for Dependents<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dependents").finish_non_exhaustive()
    }
}

impl<T: 'static> Dependents<T> {
    pub(crate) fn new(children: Children<T>) -> Self {
        Self(Some(children))
    }

    /// Ready with the children, and the first of them that failed if the rule cares for it.
    pub(crate) fn poll(&mut self, cx: &Context<'_>) -> Poll<(Children<T>, Option<usize>)> {
        let children = self.0.as_mut();
        let children = children.expect("a gather was polled after it had returned");
        let failed = ready!(children.poll_decided(cx));
        let mut children = self.0.take().expect("it was there just now");
        if failed.is_some() {
            children.let_go();
        }
        Poll::Ready((children, failed))
    }
}

impl<T> Drop for Dependents<T> {
    fn drop(&mut self) {
        if let Some(children) = &self.0 {
            children.cancel();
        }
    }
}
