//! Counts the children that a parent waits for, and decides when the parent has something to learn.
//!
//! `gather`, `as_completed`, `first_completed` and the task group differ in their rule only; the lanes differ in how the parent is
//! then woken.

use std::collections::VecDeque;

/// When the parent is to be woken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// By the first child that fails, else by the last that ends: `gather`, `try_gather`.
    FirstFailure,
    /// By the last child that ends: `gather_all`, and a task group that winds up.
    Last,
    /// By each child that ends: `as_completed`, `first_completed`.
    Each,
}

/// What has become of the children so far.
#[derive(Debug)]
pub(crate) struct Tally {
    rule: Rule,
    running: usize,
    /// The first child in time that failed; of those that had failed before they were counted, the first in argument order.
    failed: Option<usize>,
    /// Under [`Rule::Each`]: who has ended and was not yet told of, in the order of ending.
    ended: VecDeque<usize>,
}

impl Tally {
    pub(crate) fn new(rule: Rule) -> Self {
        Self {
            rule,
            running: 0,
            failed: None,
            ended: VecDeque::new(),
        }
    }

    pub(crate) fn begin(&mut self) {
        self.running += 1;
    }

    /// Counts the end of child `index`, and says whether the parent is to be woken for it.
    pub(crate) fn end(&mut self, index: usize, failed: bool) -> bool {
        let was_decided = self.is_decided();
        self.running -= 1;
        if failed && self.failed.is_none() {
            self.failed = Some(index);
        }
        if self.rule == Rule::Each {
            self.ended.push_back(index);
            return true;
        }
        !was_decided && self.is_decided()
    }

    pub(crate) fn first_failure(&self) -> Option<usize> {
        self.failed
    }

    /// Whether the wait is over under the rule: nothing that still runs could change the answer.
    pub(crate) fn is_decided(&self) -> bool {
        self.running == 0 || (self.rule == Rule::FirstFailure && self.failed.is_some())
    }

    /// Whether the parent goes on only when all children have ended well, or simply ended.
    pub(crate) fn needs_all(&self) -> bool {
        self.rule != Rule::Each
    }

    /// Under [`Rule::Each`]: the next child that has ended. `None` with children running means: wait.
    pub(crate) fn next_ended(&mut self) -> Option<usize> {
        self.ended.pop_front()
    }

    pub(crate) fn running(&self) -> usize {
        self.running
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(rule: Rule) -> Tally {
        let mut tally = Tally::new(rule);
        (0..3).for_each(|_| tally.begin());
        tally
    }

    #[test]
    fn a_gather_is_woken_once_by_the_child_that_decides() {
        let mut all_well = tally(Rule::FirstFailure);
        assert!(!all_well.end(2, false));
        assert!(!all_well.end(0, false));
        assert!(all_well.end(1, false));

        let mut one_fails = tally(Rule::FirstFailure);
        assert!(!one_fails.end(2, false));
        assert!(one_fails.end(1, true));
        assert!(!one_fails.end(0, true), "decided already");
        assert_eq!(one_fails.first_failure(), Some(1));
    }

    #[test]
    fn the_last_child_decides_whatever_became_of_the_others() {
        let mut tally = tally(Rule::Last);
        assert!(!tally.end(0, true));
        assert!(!tally.is_decided());
        assert!(!tally.end(1, false));
        assert!(tally.end(2, false));
        assert!(tally.is_decided());
    }

    #[test]
    fn each_child_is_told_of_in_the_order_of_ending() {
        let mut tally = tally(Rule::Each);
        assert_eq!(tally.next_ended(), None);
        assert!(tally.end(2, false));
        assert!(tally.end(0, true));
        assert_eq!(tally.next_ended(), Some(2));
        assert_eq!(tally.next_ended(), Some(0));
        assert_eq!(tally.next_ended(), None);
        assert_eq!(tally.running(), 1);
    }
}
