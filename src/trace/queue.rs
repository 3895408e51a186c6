//! The ready queue, as a replay keeps it.

use std::collections::VecDeque;

use crate::info::TaskId;

/// A queue that can be left from anywhere in constant time: who leaves, leaves a gap.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue {
    /// Never begins with a gap.
    line: VecDeque<Option<TaskId>>,
    /// The ticket of the front.
    front: usize,
    len: usize,
}

impl Queue {
    /// Returns the ticket to leave with.
    pub(super) fn push(&mut self, task: TaskId) -> usize {
        self.line.push_back(Some(task));
        self.len += 1;
        self.front + self.line.len() - 1
    }

    pub(super) fn leave(&mut self, ticket: usize) {
        let gap = ticket.checked_sub(self.front);
        if let Some(place) = gap.and_then(|gap| self.line.get_mut(gap))
            && place.take().is_some()
        {
            self.len -= 1;
        }
        while let Some(None) = self.line.front() {
            self.line.pop_front();
            self.front += 1;
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = TaskId> + '_ {
        self.line.iter().copied().flatten()
    }
}
