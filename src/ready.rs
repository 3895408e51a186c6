//! The ready queue: who is to have a turn.

/// First come, first served, in rounds: whoever becomes ready in a round has its turn in the next. Two lists instead of a ring, for a
/// list is the cheapest thing to push to and to read from.
#[derive(Debug)]
pub(crate) struct ReadyQueue {
    /// Those who were ready when the round began, and how many of them have had their turn.
    round: Vec<u32>,
    served: usize,
    /// Those who became ready since.
    next_round: Vec<u32>,
}

impl ReadyQueue {
    pub(crate) const fn new() -> Self {
        Self {
            round: Vec::new(),
            served: 0,
            next_round: Vec::new(),
        }
    }

    #[inline]
    pub(crate) fn push(&mut self, slot: u32) {
        self.next_round.push(slot);
    }

    /// Whoever is ready now has a turn in the round that begins here, unless one is going on still. Returns how many turns are left in it.
    pub(crate) fn begin_round(&mut self) -> usize {
        if self.served == self.round.len() {
            self.round.clear();
            self.served = 0;
            std::mem::swap(&mut self.round, &mut self.next_round);
        }
        self.round.len() - self.served
    }

    /// Takes the first of the round; `None` if it is over.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<u32> {
        let slot = *self.round.get(self.served)?;
        self.served += 1;
        Some(slot)
    }

    pub(crate) fn first(&self) -> Option<u32> {
        self.round.get(self.served).copied()
    }

    pub(crate) fn len(&self) -> usize {
        self.round.len() - self.served + self.next_round.len()
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.served == self.round.len() && self.next_round.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_becomes_ready_in_a_round_has_its_turn_in_the_next() {
        let mut ready = ReadyQueue::new();
        ready.push(1);
        ready.push(2);
        assert_eq!(ready.pop(), None, "no round has begun");
        assert_eq!(ready.begin_round(), 2);
        assert_eq!(ready.pop(), Some(1));
        ready.push(1);
        assert_eq!(ready.begin_round(), 1, "the round goes on");
        assert_eq!(ready.pop(), Some(2));
        assert_eq!(ready.pop(), None, "the round is over");
        assert!(!ready.is_empty());
        assert_eq!(ready.begin_round(), 1);
        assert_eq!(ready.pop(), Some(1));
        assert!(ready.is_empty());
        assert_eq!(ready.begin_round(), 0);
    }
}
