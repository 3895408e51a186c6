//! How many copies of a loop's wakers are alive, and of which tasks.

use std::cell::{Cell, RefCell};

use crate::key::{Key, LIMIT};

/// Copies made less copies dropped. What happens on other threads is told by the inbox, now and then; until then a count may even be negative.
#[derive(Debug)]
pub(super) struct Copies {
    /// Of those made and dropped on the loop's own thread.
    total: Cell<isize>,
    tasks: RefCell<Counts>,
}

#[derive(Debug)]
struct Counts {
    /// As long as the highest slot of which a copy was made.
    by_slot: Vec<Count>,
    /// The slots whose count is not zero, and some that were.
    listed: Vec<u32>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    /// Which of the slot's owners is counted.
    owner: u32,
    is_listed: bool,
    copies: isize,
}

impl Copies {
    pub(super) const fn new() -> Self {
        Self {
            total: Cell::new(0),
            tasks: RefCell::new(Counts {
                by_slot: Vec::new(),
                listed: Vec::new(),
            }),
        }
    }

    /// Counts copies more, or less, of the waker of a task.
    #[inline]
    pub(super) fn count(&self, key: Key, copies: isize) {
        self.total.set(self.total.get() + copies);
        self.tasks.borrow_mut().count(key, copies);
    }

    /// The same for what happened elsewhere.
    pub(super) fn count_elsewhere(&self, counts: Vec<(Key, isize)>) {
        let mut tasks = self.tasks.borrow_mut();
        for (key, copies) in counts {
            tasks.count(key, copies);
        }
    }

    pub(super) fn of(&self, key: Key) -> isize {
        match self.tasks.borrow().by_slot.get(key.slot() as usize) {
            Some(count) if count.owner == key.generation() => count.copies,
            _ => 0,
        }
    }

    /// Whether a copy is alive of a task that `is_alive`. Copies of those that have ended can bring nothing about.
    pub(super) fn any(&self, is_alive: impl Fn(Key) -> bool) -> bool {
        let Counts { by_slot, listed } = &mut *self.tasks.borrow_mut();
        let mut i = 0;
        while let Some(&slot) = listed.get(i) {
            let count = &mut by_slot[slot as usize];
            if count.copies > 0 && is_alive(Key::new(slot, count.owner)) {
                return true;
            }
            if count.copies == 0 {
                count.is_listed = false;
                listed.swap_remove(i);
            } else {
                i += 1;
            }
        }
        false
    }

    /// Begins again, for the next loop of this thread.
    pub(super) fn take(&self) -> isize {
        self.tasks.replace(Counts {
            by_slot: Vec::new(),
            listed: Vec::new(),
        });
        self.total.take()
    }
}

impl Counts {
    #[inline]
    fn count(&mut self, key: Key, copies: isize) {
        let slot = key.slot() as usize;
        if slot >= self.by_slot.len() {
            self.by_slot.resize(slot + 1, Count::default());
        }
        let count = &mut self.by_slot[slot];
        if count.owner != key.generation() {
            // A waker may be older than the owner of the slot, whose count it must not touch.
            if is_older(key.generation(), count.owner) {
                return;
            }
            (count.owner, count.copies) = (key.generation(), 0);
        }
        count.copies += copies;
        if !count.is_listed {
            count.is_listed = true;
            self.listed.push(key.slot());
        }
    }
}

/// Generations come round again; of two, the one is older that is less than half of them behind.
fn is_older(generation: u32, other: u32) -> bool {
    other.wrapping_sub(generation) % LIMIT < LIMIT / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_owner_of_the_slot_does_not_count() {
        for generation in [1, LIMIT - 1] {
            let copies = Copies::new();
            let old = Key::new(3, generation);
            let new = Key::new(3, (generation + 1) % LIMIT);
            copies.count(old, 2);
            copies.count(new, 1);
            copies.count(old, -1);
            assert_eq!((copies.of(old), copies.of(new)), (0, 1));
            assert_eq!(copies.total.get(), 2);
            assert_eq!((copies.take(), copies.of(new)), (2, 0));
        }
    }

    #[test]
    fn only_copies_of_the_living_are_of_interest() {
        let copies = Copies::new();
        let keys = [1, 2, 3].map(|slot| Key::new(slot, 0));
        keys.iter().for_each(|key| copies.count(*key, 1));
        copies.count(keys[0], -1);
        copies.count_elsewhere(vec![(keys[1], 1), (keys[1], -2)]);
        assert!(copies.any(|key| key == keys[2]));
        assert!(!copies.any(|key| key == keys[0] || key == keys[1]));
        assert_eq!(copies.tasks.borrow().listed, [3]);
    }
}
