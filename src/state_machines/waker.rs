//! The waker: a number, not a pointer.
//!
//! A waker's data word holds the number of the loop, the slot of the task and the slot's generation. The functions of the
//! vtable never dereference it, so no waker can dangle: whatever thread it is used on and whenever, it looks the number up
//! and finds the task or nothing.
//!
//! This is the only file of the crate with `unsafe` in it.
#![allow(unsafe_code)]

use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::ptr;
use std::task::{RawWaker, RawWakerVTable, Waker};

use super::executor::Executor;
use super::inbox;
use crate::key::{KEY_BITS, Key};

#[cfg(not(target_pointer_width = "64"))]
compile_error!(
    "a waker of this crate packs the loop, the slot and the generation of a task into one word of 64 bits"
);

/// A task of a loop, as the one word that is in its wakers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Address(u64);

impl Address {
    pub(crate) fn new(loop_number: u16, key: Key) -> Self {
        Self(u64::from(loop_number) << KEY_BITS | key.word())
    }

    pub(crate) fn loop_number(self) -> u16 {
        (self.0 >> KEY_BITS) as u16
    }

    pub(crate) fn key(self) -> Key {
        Key::in_word(self.0)
    }

    /// The task that `waker` wakes, if it is one of this crate's wakers.
    pub(crate) fn of(waker: &Waker) -> Option<Self> {
        ptr::eq(waker.vtable(), &VTABLE).then(|| Self::in_word(waker.data()))
    }

    #[expect(clippy::cast_possible_truncation, reason = "a word has 64 bits here")]
    fn word(self) -> *const () {
        ptr::without_provenance(self.0 as usize)
    }

    fn in_word(data: *const ()) -> Self {
        Self(data.addr() as u64)
    }

    /// Makes the task ready, wherever it lives. Does nothing if it has ended or its loop has.
    fn wake(self) {
        Executor::with(|executor| {
            if executor.is_running(self.loop_number()) {
                executor.wake(self.key());
            } else {
                inbox::wake(self);
            }
        });
    }

    /// Notes that there is one copy more, or less, of a waker of this loop.
    fn count(self, copies: isize) {
        Executor::with(|executor| {
            if executor.is_running(self.loop_number()) {
                executor.copies.count(self.key(), copies);
            } else {
                inbox::count(self, copies);
            }
        });
    }
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(
    |data| {
        Address::in_word(data).count(1);
        RawWaker::new(data, &VTABLE)
    },
    |data| {
        let address = Address::in_word(data);
        address.wake();
        address.count(-1);
    },
    |data| Address::in_word(data).wake(),
    |data| Address::in_word(data).count(-1),
);

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Address")
            .field("loop_number", &self.loop_number())
            .field("key", &self.key())
            .finish()
    }
}

/// The waker that a poll is given: it lives on the stack of that poll and is not counted as a copy.
#[derive(Debug)]
pub(crate) struct LentWaker(ManuallyDrop<Waker>);

impl LentWaker {
    pub(crate) fn new(address: Address) -> Self {
        // SAFETY: the contract of `RawWakerVTable` asks that its functions be thread-safe and manage whatever the data
        // pointer owns. It owns nothing and is never dereferenced: each function reads a number out of it and then runs safe
        // code, which may be called from any thread, any number of times, at any moment.
        let waker = unsafe { Waker::new(address.word(), &VTABLE) };
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
    use crate::key::LIMIT;

    #[test]
    fn an_address_survives_the_word() {
        let top = LIMIT - 1;
        for (loop_number, slot, generation) in [(0, 0, 0), (1, 2, 3), (u16::MAX, top, top)] {
            let key = Key::new(slot, generation);
            let address = Address::new(loop_number, key);
            assert_eq!((address.loop_number(), address.key()), (loop_number, key));
            assert_eq!(Address::of(&LentWaker::new(address)), Some(address));
        }
    }

    #[test]
    fn wakers_are_the_same_if_they_wake_the_same_task() {
        let address = |generation| Address::new(7, Key::new(1, generation));
        let (a, b) = (LentWaker::new(address(1)), LentWaker::new(address(2)));
        assert!(a.will_wake(&a.clone()));
        assert!(!a.will_wake(&b));
        assert_eq!(Address::of(Waker::noop()), None);
    }

    #[test]
    fn a_waker_of_no_loop_does_nothing() {
        let waker = LentWaker::new(Address::new(u16::MAX, crate::key::ROOT));
        let copy = waker.clone();
        copy.wake_by_ref();
        std::thread::spawn(move || copy.wake()).join().unwrap();
    }
}
