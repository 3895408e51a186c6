//! The floor: the least that can run tasks in turns. No executor that boxes its tasks and wakes them through a `Waker` has less to do.
//!
//! A task is a boxed future in a `Vec`, a waker is the task's index and nothing else, and waking puts the index at the back of a queue.
//! What an executor does besides is missing: a task woken twice is polled twice, nothing can be cancelled or joined, a panic ends it
//! all, and a waker must neither leave the thread nor outlive the floor. What a real one costs above this is the price of those.
#![allow(unsafe_code)]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::ptr;
use std::task::{Context, RawWaker, RawWakerVTable, Waker};

thread_local! {
    /// The indices of the tasks that are ready, in the order in which they were woken. Never dropped, since a thread-local that has to
    /// be is looked at twice each time it is used.
    static READY: RefCell<ManuallyDrop<VecDeque<usize>>> =
        const { RefCell::new(ManuallyDrop::new(VecDeque::new())) };
}

/// The tasks, each at the index that its waker carries. One that has ended leaves `None`.
#[derive(Default)]
pub(crate) struct Floor {
    tasks: Vec<Option<Pin<Box<dyn Future<Output = ()>>>>>,
}

impl Floor {
    /// Adds a task, ready for its first turn.
    pub(crate) fn spawn(&mut self, task: impl Future<Output = ()> + 'static) {
        wake(self.tasks.len());
        self.tasks.push(Some(Box::pin(task)));
    }

    /// Gives turns until no task is ready.
    pub(crate) fn run(&mut self) {
        while let Some(index) = READY.with_borrow_mut(|ready| ready.pop_front()) {
            let Some(task) = &mut self.tasks[index] else {
                continue;
            };
            // Nothing is to be done when it is dropped, so that it is not.
            let waker = ManuallyDrop::new(waker(index));
            let mut cx = Context::from_waker(&waker);
            if task.as_mut().poll(&mut cx).is_ready() {
                self.tasks[index] = None;
            }
        }
    }
}

fn wake(index: usize) {
    READY.with_borrow_mut(|ready| ready.push_back(index));
}

fn waker(index: usize) -> Waker {
    // SAFETY: the data is a number that no function of the table dereferences, so they hold for any number, on any thread.
    unsafe { Waker::new(ptr::without_provenance(index), &VTABLE) }
}

static VTABLE: RawWakerVTable = RawWakerVTable::new(
    |index| RawWaker::new(index, &VTABLE),
    |index| wake(index.addr()),
    |index| wake(index.addr()),
    |_| {},
);
