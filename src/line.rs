//! A line of those who wait: first come, first called, and anybody may leave.
//!
//! A line knows order and nothing else. What a waiter is (a task's key, a foreign waker) is the lanes' business.

use std::collections::VecDeque;
use std::num::NonZeroU64;

use crate::runner;

/// A place in a line. Tickets are counted over the whole loop, so they also tell which of two waits began first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(NonZeroU64);

impl Ticket {
    pub(crate) fn next() -> Self {
        let ticket = NonZeroU64::new(runner::next_ticket());
        Self(ticket.expect("tickets are counted from 1"))
    }

    pub(crate) fn number(self) -> u64 {
        self.0.get()
    }
}

/// Whoever is called is no longer in the line. So a waiter who finds its ticket gone knows that it was called, and one who
/// gets a turn for another reason knows that it was not.
#[derive(Debug)]
pub(crate) struct Line<W> {
    /// In ascending order of tickets. `None` stands for one who left from the middle.
    places: VecDeque<(Ticket, Option<W>)>,
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
        let ticket = Ticket::next();
        self.places.push_back((ticket, Some(waiter)));
        ticket
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
        if self.places.front()?.0 > ticket {
            return None;
        }
        self.places.binary_search_by_key(&ticket, |p| p.0).ok()
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
    pub(crate) fn call(&mut self) -> Option<W> {
        while let Some((_, place)) = self.places.pop_front() {
            match place {
                Some(waiter) => return Some(waiter),
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
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Ticket, &W)> {
        self.places
            .iter()
            .filter_map(|(ticket, waiter)| Some((*ticket, waiter.as_ref()?)))
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
        assert_eq!(line.call(), Some("a"));
        assert_eq!(line.get_mut(a), None);
        assert_eq!(line.leave(a), None);
        assert_eq!(line.call(), Some("b"));
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
        assert_eq!(line.call(), Some("a"));
        assert_eq!(line.call(), Some("c"));
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
