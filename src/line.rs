//! A line of those who wait: first come, first called, and anybody may leave.
//!
//! A line knows order and nothing else. What a waiter is (a task's key, a foreign waker) is the lanes' business.

use std::collections::VecDeque;
use std::num::NonZeroU64;

use crate::clock::Time;
use crate::runner;

/// A place in a line. Tickets are counted over the whole loop, so they also tell which of two waits began first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(NonZeroU64);

impl Ticket {
    pub(crate) fn next() -> Self {
        Self::numbered(runner::next_ticket())
    }

    pub(crate) fn numbered(number: u64) -> Self {
        let ticket = NonZeroU64::new(number);
        Self(ticket.expect("tickets are counted from 1"))
    }

    pub(crate) fn number(self) -> u64 {
        self.0.get()
    }
}

/// Where and since when somebody waits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stand {
    pub(crate) ticket: Ticket,
    /// What the clock said when it was last read.
    pub(crate) since: Time,
}

impl Stand {
    pub(crate) fn take() -> Self {
        Self {
            ticket: Ticket::next(),
            since: runner::last_seen(),
        }
    }
}

/// Whoever is called is no longer in the line. So a waiter who finds its ticket gone knows that it was called, and one who
/// gets a turn for another reason knows that it was not.
#[derive(Debug)]
pub(crate) struct Line<W> {
    /// In ascending order of tickets. `None` stands for one who left from the middle.
    places: VecDeque<(Stand, Option<W>)>,
    gaps: usize,
}

impl<W> Default for Line<W> {
    fn default() -> Self {
        Self::new()
    }
}

impl<W> Line<W> {
    pub(crate) const fn new() -> Self {
        Self {
            places: VecDeque::new(),
            gaps: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.len() == self.gaps
    }

    /// Stands at the end of the line.
    #[inline]
    pub(crate) fn join(&mut self, waiter: W) -> Ticket {
        let stand = Stand::take();
        self.places.push_back((stand, Some(waiter)));
        stand.ticket
    }

    /// The waiter who stands at `ticket`; `None` once it has been called. O(log n).
    #[inline]
    pub(crate) fn get_mut(&mut self, ticket: Ticket) -> Option<&mut W> {
        let index = self.find(ticket)?;
        self.places[index].1.as_mut()
    }

    #[inline]
    fn find(&self, ticket: Ticket) -> Option<usize> {
        // Whoever comes before the first has been called, which is what most of those who look find out.
        if self.places.front()?.0.ticket > ticket {
            return None;
        }
        self.places
            .binary_search_by_key(&ticket, |(stand, _)| stand.ticket)
            .ok()
    }

    /// Since when somebody stands at `ticket`; `None` once they have been called.
    pub(crate) fn stand(&self, ticket: Ticket) -> Option<Stand> {
        let (stand, waiter) = &self.places[self.find(ticket)?];
        waiter.as_ref().map(|_| *stand)
    }

    /// Steps out of the line; `None` if the waiter has been called. O(log n), amortized: gaps are swept out when they
    /// outnumber those who stand.
    pub(crate) fn leave(&mut self, ticket: Ticket) -> Option<W> {
        let index = self.find(ticket)?;
        let waiter = self.places[index].1.take()?;
        self.gaps += 1;
        if self.gaps > self.places.len() / 2 {
            self.places.retain(|place| place.1.is_some());
            self.gaps = 0;
        }
        Some(waiter)
    }

    /// Takes the first who still stands out of the line.
    #[inline]
    pub(crate) fn call(&mut self) -> Option<(Ticket, W)> {
        while let Some((stand, place)) = self.places.pop_front() {
            match place {
                Some(waiter) => return Some((stand.ticket, waiter)),
                None => self.gaps -= 1,
            }
        }
        None
    }

    /// Whether it keeps memory although nobody is there.
    pub(crate) fn is_unused(&self) -> bool {
        self.places.is_empty()
    }

    /// Those who stand, first come first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Stand, &W)> {
        self.places
            .iter()
            .filter_map(|(stand, waiter)| Some((*stand, waiter.as_ref()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_come_first_called() {
        let mut line = Line::new();
        let a = line.join("a");
        line.join("b");
        assert_eq!(line.call().map(|(_, who)| who), Some("a"));
        assert_eq!(line.get_mut(a), None);
        assert_eq!(line.leave(a), None);
        assert_eq!(line.call().map(|(_, who)| who), Some("b"));
        assert_eq!(line.call(), None);
        assert!(line.is_empty());
    }

    #[test]
    fn who_leaves_is_not_called() {
        let mut line = Line::new();
        line.join("a");
        let b = line.join("b");
        line.join("c");
        assert_eq!(line.leave(b), Some("b"));
        assert!(!line.is_empty());
        assert_eq!(line.call().map(|(_, who)| who), Some("a"));
        assert_eq!(line.call().map(|(_, who)| who), Some("c"));
        assert!(line.is_empty());
    }

    #[test]
    fn a_line_that_many_leave_stays_short() {
        let mut line = Line::new();
        let first = line.join(0);
        for i in 1..1_000 {
            let ticket = line.join(i);
            line.leave(ticket);
        }
        assert!(line.places.len() < 4, "{} places", line.places.len());
        assert_eq!(line.get_mut(first), Some(&mut 0));
    }
}
