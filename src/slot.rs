//! One place in the table of tasks.

use crate::key::LIMIT;
use crate::marks::Marks;

/// What is looked at in every turn of a task. All else about it stands aside.
#[derive(Debug)]
pub(crate) struct Slot<B> {
    /// Of the task inside, or of the next one if the slot is vacant.
    pub(crate) generation: u32,
    pub(crate) marks: Marks,
    /// Out of its slot while user code runs in it. The root's lives with the caller of `run`.
    pub(crate) body: Option<B>,
}

/// What is left of a task that has been taken off the table.
pub(crate) struct Left<B, T> {
    pub(crate) marks: Marks,
    pub(crate) body: Option<B>,
    pub(crate) task: Option<T>,
}

impl<B> Slot<B> {
    /// Puts the body back after a turn. The slot has been empty since the body was taken out of it, and to look for something to drop in it is a fortieth of a step.
    #[inline(always)]
    pub(crate) fn put_back(&mut self, body: Option<B>) {
        let empty = std::mem::replace(&mut self.body, body);
        debug_assert!(empty.is_none(), "a body is put back where it was");
        std::mem::forget(empty);
    }

    /// What names the old owner finds nothing from now on.
    pub(crate) fn pass_on(&mut self) {
        self.generation = (self.generation + 1) % LIMIT;
    }
}
