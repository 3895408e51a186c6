//! The table of live tasks. It knows no coroutine: a task is whatever a loop keeps in its slot.

use std::fmt;

/// The number of a task: tasks are counted as they are spawned, the root is 0.
///
/// A number is used once in the life of a loop. In asyncio it is the object itself (or its generated name, `Task-3`) that
/// tells tasks apart.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     assert_eq!(aw::current().id().to_string(), "task 0");
///     assert_eq!(aw::spawn(async {}).id().number(), 1);
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TaskId(pub(crate) u64);

impl TaskId {
    /// The number itself: 0 for the root, 1 for the first task spawned.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {}", self.0)
    }
}

/// How the inside of a loop names a task: a slot of the table, and which of the slot's successive owners is meant.
///
/// Both halves stay below 2^24, so that a key and the number of its loop fit the one word that a waker has. A generation comes
/// round again after 2^24 owners of one slot; a name that stale at worst wakes a stranger, which every future must bear.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    pub(crate) slot: u32,
    pub(crate) generation: u32,
}

pub(crate) const KEY_BITS: u32 = 24;
const LIMIT: u32 = 1 << KEY_BITS;

/// The root is the first to enter the table.
pub(crate) const ROOT: Key = Key {
    slot: 0,
    generation: 0,
};

#[derive(Debug)]
struct Slot<T> {
    /// Of the task inside, or of the next one if the slot is empty.
    generation: u32,
    task: Option<T>,
}

/// Tasks by key. Everything costs O(1), and a slot is used again as soon as it is free: keys that still name the old owner
/// find nothing.
#[derive(Debug)]
pub(crate) struct Slots<T> {
    slots: Vec<Slot<T>>,
    free: Vec<u32>,
}

impl<T> Slots<T> {
    pub(crate) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
        }
    }

    /// # Panics
    ///
    /// If there is no room for one more. Asked before there is a task: what would be dropped with it may be anything.
    pub(crate) fn assert_room(&self) {
        assert!(
            self.slots.len() < LIMIT as usize || !self.free.is_empty(),
            "a loop holds at most {LIMIT} live tasks, and that many are alive: \
             bound the number of tasks with a `Semaphore` or a bounded `channel`"
        );
    }

    pub(crate) fn insert(&mut self, task: T) -> Key {
        if let Some(slot) = self.free.pop() {
            let entry = &mut self.slots[slot as usize];
            entry.task = Some(task);
            return Key {
                slot,
                generation: entry.generation,
            };
        }
        let slot = u32::try_from(self.slots.len()).unwrap_or(LIMIT);
        assert!(slot < LIMIT, "whoever inserts asks for room first");
        self.slots.push(Slot {
            generation: 0,
            task: Some(task),
        });
        Key {
            slot,
            generation: 0,
        }
    }

    pub(crate) fn get(&self, key: Key) -> Option<&T> {
        let entry = self.slots.get(key.slot as usize)?;
        (entry.generation == key.generation)
            .then_some(entry.task.as_ref())
            .flatten()
    }

    pub(crate) fn get_mut(&mut self, key: Key) -> Option<&mut T> {
        let entry = self.slots.get_mut(key.slot as usize)?;
        (entry.generation == key.generation)
            .then_some(entry.task.as_mut())
            .flatten()
    }

    pub(crate) fn remove(&mut self, key: Key) -> Option<T> {
        let entry = self.slots.get_mut(key.slot as usize)?;
        if entry.generation != key.generation {
            return None;
        }
        let task = entry.task.take()?;
        entry.generation = (entry.generation + 1) % LIMIT;
        self.free.push(key.slot);
        Some(task)
    }

    /// The live tasks in the order of their slots, which is not the order in which they were spawned.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Key, &T)> {
        (0..).zip(&self.slots).filter_map(|(slot, entry)| {
            let generation = entry.generation;
            let key = Key { slot, generation };
            entry.task.as_ref().map(|task| (key, task))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_to_enter_is_the_root() {
        assert_eq!(Slots::new().insert("root"), ROOT);
    }

    #[test]
    fn a_stale_key_finds_nothing_in_a_slot_that_is_used_again() {
        let mut slots = Slots::new();
        let old = slots.insert("old");
        assert_eq!(slots.remove(old), Some("old"));
        let new = slots.insert("new");
        assert_eq!(new.slot, old.slot);
        assert_eq!(slots.get(old), None);
        assert_eq!(slots.get_mut(old), None);
        assert_eq!(slots.remove(old), None);
        assert_eq!(slots.get(new), Some(&"new"));
    }

    #[test]
    fn a_generation_comes_round_without_leaving_its_bits() {
        let mut slots = Slots::new();
        let key = slots.insert(0);
        slots.slots[0].generation = LIMIT - 1;
        let last = Key {
            generation: LIMIT - 1,
            ..key
        };
        assert_eq!(slots.remove(last), Some(0));
        assert_eq!(slots.insert(1), key);
    }
}
