//! How the inside of a loop names a task.

use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

/// A slot of the table, and which of the slot's successive owners is meant, in one word.
///
/// Both halves stay below 2^24, so that a key and the number of its loop fit the one word that a waker has. A generation comes
/// round again after 2^24 owners of one slot; a name that stale at worst wakes a stranger, which every future must bear.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key(u64);

const HALF: u32 = 24;
/// How many slots there are, and how many generations of a slot.
pub(crate) const LIMIT: u32 = 1 << HALF;

/// For whoever asks for one slot more.
#[cold]
#[track_caller]
pub(crate) fn panic_full() -> ! {
    panic!(
        "a loop holds at most {LIMIT} tasks that are alive or whose handles are, and that many there are: \
         bound the number of tasks with a `Semaphore` or a bounded `channel`"
    )
}

/// How many bits of a key's word are used.
pub(crate) const KEY_BITS: u32 = 2 * HALF;

/// The first slot is the root's, in every run.
pub(crate) const ROOT: Key = Key(0);

impl Key {
    pub(crate) fn new(slot: u32, generation: u32) -> Self {
        Self(u64::from(slot) << HALF | u64::from(generation))
    }

    /// The key in the lower bits of a word.
    pub(crate) fn in_word(word: u64) -> Self {
        Self(word & ((1 << KEY_BITS) - 1))
    }

    pub(crate) fn word(self) -> u64 {
        self.0
    }

    #[expect(clippy::cast_possible_truncation, reason = "a key has 48 bits")]
    pub(crate) fn slot(self) -> u32 {
        (self.0 >> HALF) as u32
    }

    #[expect(clippy::cast_possible_truncation, reason = "the mask leaves 24 bits")]
    pub(crate) fn generation(self) -> u32 {
        (self.0 & u64::from(LIMIT - 1)) as u32
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Key({} of generation {})",
            self.slot(),
            self.generation()
        )
    }
}

/// For maps by key. Slots are used one after the other, so that a slot is a good place in a map as it is, and neighbours stay neighbours.
pub(crate) type KeyHashing = BuildHasherDefault<SlotHasher>;

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SlotHasher(u64);

impl Hasher for SlotHasher {
    fn write_u64(&mut self, key: u64) {
        let slot = key >> HALF;
        // The map tells those apart that share a place by the top bits.
        let scattered = slot.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = slot | (scattered & !(u64::MAX >> 7));
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("a key is hashed as a word");
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_by_key_finds_every_key() {
        let mut map = std::collections::HashMap::with_hasher(KeyHashing::new());
        let keys = || (0..1000).map(|i| Key::new(i * 7, i % 3));
        map.extend(keys().zip(0..));
        for (key, i) in keys().zip(0..) {
            assert_eq!(map.remove(&key), Some(i));
        }
        assert!(map.is_empty());
    }

    #[test]
    fn a_key_survives_the_word() {
        for (slot, generation) in [(0, 0), (1, 2), (LIMIT - 1, LIMIT - 1)] {
            let key = Key::new(slot, generation);
            assert_eq!((key.slot(), key.generation()), (slot, generation));
            let word = key.word() | u64::from(u16::MAX) << KEY_BITS;
            assert_eq!(Key::in_word(word), key);
        }
    }
}
