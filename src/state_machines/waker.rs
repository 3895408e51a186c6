//! The waker: a number, not a pointer.
//!
//! A waker's data word holds the number of the loop, the slot of the task and the slot's generation. The functions of the
//! vtable never dereference it, so no waker can dangle: whatever thread it is used on and whenever, it looks the number up
//! and finds the task or nothing.
//!
//! This is the only file of the crate with `unsafe` in it.
#![allow(unsafe_code)]

use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr;
use std::task::{RawWaker, RawWakerVTable, Waker};

use super::executor::Executor;
use super::inbox;
use crate::slots::{KEY_BITS, Key};

#[cfg(not(target_pointer_width = "64"))]
compile_error!(
    "a waker of this crate packs the loop, the slot and the generation of a task into one word of 64 bits"
);

const KEY_MASK: usize = (1 << KEY_BITS) - 1;

/// A task of a loop, as one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) loop_number: u16,
    pub(crate) key: Key,
}

impl Address {
    fn pack(self) -> *const () {
        let Key { slot, generation } = self.key;
        let word = (usize::from(self.loop_number) << (2 * KEY_BITS))
            | ((slot as usize) << KEY_BITS)
            | generation as usize;
        ptr::without_provenance(word)
    }

    #[expect(clippy::cast_possible_truncation, reason = "the masks leave what fits")]
    fn unpack(data: *const ()) -> Self {
        let word = data.addr();
        Self {
            loop_number: (word >> (2 * KEY_BITS)) as u16,
            key: Key {
                slot: (word >> KEY_BITS & KEY_MASK) as u32,
                generation: (word & KEY_MASK) as u32,
            },
        }
    }

    /// The task that `waker` wakes, if it is one of this crate's wakers.
    pub(crate) fn of(waker: &Waker) -> Option<Self> {
        ptr::eq(waker.vtable(), &VTABLE).then(|| Self::unpack(waker.data()))
    }

    /// Makes the task ready, wherever it lives. Does nothing if it has ended or its loop has.
    fn wake(self) {
        Executor::with(|executor| {
            if executor.is_running(self.loop_number) {
                executor.wake(self.key);
            } else {
                inbox::wake(self);
            }
        });
    }

    /// Notes that there is one copy more, or less, of a waker of this loop.
    fn count(self, copies: isize) {
        Executor::with(|executor| {
            if executor.is_running(self.loop_number) {
                executor.count_waker_copies(copies);
            } else {
                inbox::count(self.loop_number, copies);
            }
        });
    }
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(
    |data| {
        Address::unpack(data).count(1);
        RawWaker::new(data, &VTABLE)
    },
    |data| {
        Address::unpack(data).wake();
        Address::unpack(data).count(-1);
    },
    |data| Address::unpack(data).wake(),
    |data| Address::unpack(data).count(-1),
);

/// The waker that a poll is given: it lives on the stack of that poll and is not counted as a copy.
#[derive(Debug)]
pub(crate) struct LentWaker(ManuallyDrop<Waker>);

impl LentWaker {
    pub(crate) fn new(address: Address) -> Self {
        // SAFETY: the contract of `RawWakerVTable` asks that its functions be thread-safe and manage whatever the data
        // pointer owns. It owns nothing and is never dereferenced: each function reads a number out of it and then runs safe
        // code, which may be called from any thread, any number of times, at any moment.
        let waker = unsafe { Waker::new(address.pack(), &VTABLE) };
        Self(ManuallyDrop::new(waker))
    }
}

impl Deref for LentWaker {
    type Target = Waker;

    fn deref(&self) -> &Waker {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_survives_the_word() {
        let top = (1 << KEY_BITS) - 1;
        for (loop_number, slot, generation) in [(0, 0, 0), (1, 2, 3), (u16::MAX, top, top)] {
            let address = Address {
                loop_number,
                key: Key { slot, generation },
            };
            assert_eq!(Address::unpack(address.pack()), address);
            assert_eq!(Address::of(&LentWaker::new(address)), Some(address));
        }
    }

    #[test]
    fn wakers_are_the_same_if_they_wake_the_same_task() {
        let address = |generation| Address {
            loop_number: 7,
            key: Key {
                slot: 1,
                generation,
            },
        };
        let (a, b) = (LentWaker::new(address(1)), LentWaker::new(address(2)));
        assert!(a.will_wake(&a.clone()));
        assert!(!a.will_wake(&b));
        assert_eq!(Address::of(Waker::noop()), None);
    }

    #[test]
    fn a_waker_of_no_loop_does_nothing() {
        let waker = LentWaker::new(Address {
            loop_number: u16::MAX,
            key: crate::slots::ROOT,
        });
        let copy = waker.clone();
        copy.wake_by_ref();
        std::thread::spawn(move || copy.wake()).join().unwrap();
    }
}
