//! The table of a loop's tasks, and the queue of those that are ready. It knows no coroutine: a task is whatever a loop keeps in its slot.

use crate::key::{Key, LIMIT, ROOT};
use crate::marks::Marks;
use crate::ready::ReadyQueue;
use crate::slot::{Left, Slot};

/// Tasks by key, and the one queue of a loop: first ready, first served. A task is a body, which has the turns, and what else there is to know.
///
/// Everything costs O(1). The queue holds slots and not keys, so a slot that is freed while it stands there is not used again until
/// the queue has let go of it. Apart from that it is used again as soon as it is free: keys that still name the old owner find nothing.
#[derive(Debug)]
pub(crate) struct Slots<B, T> {
    pub(crate) slots: Vec<Slot<B>>,
    pub(crate) tasks: Vec<Option<T>>,
    free: Vec<u32>,
    /// How many have not ended. The others are there for their handles.
    pub(crate) living: usize,
    pub(crate) ready: ReadyQueue,
}

impl<B, T> Slots<B, T> {
    pub(crate) const fn new() -> Self {
        Self {
            slots: Vec::new(),
            tasks: Vec::new(),
            free: Vec::new(),
            living: 0,
            ready: ReadyQueue::new(),
        }
    }

    /// Whether there is room for one more task.
    #[inline]
    pub(crate) fn has_room(&self) -> bool {
        self.slots.len() < LIMIT as usize || !self.free.is_empty()
    }

    /// Takes in the root of a new run.
    pub(crate) fn insert_root(&mut self, task: T) {
        self.living += 1;
        match self.slots.first_mut() {
            Some(slot) => {
                slot.marks = Marks::new(0);
                self.tasks[0] = Some(task);
            }
            None => self.push(None, task, 0),
        }
    }

    /// Takes in a task that so many handles are alive of.
    #[inline]
    pub(crate) fn insert(&mut self, body: B, task: T, handles: u32) -> Key {
        self.living += 1;
        if let Some(slot) = self.free.pop() {
            self.tasks[slot as usize] = Some(task);
            let entry = &mut self.slots[slot as usize];
            entry.marks = Marks::new(handles);
            entry.body = Some(body);
            return Key::new(slot, entry.generation);
        }
        let slot = u32::try_from(self.slots.len()).unwrap_or(LIMIT);
        assert!(slot < LIMIT, "whoever inserts asks for room first");
        self.push(Some(body), task, handles);
        Key::new(slot, 0)
    }

    #[inline]
    fn push(&mut self, body: Option<B>, task: T, handles: u32) {
        self.slots.push(Slot {
            generation: 0,
            marks: Marks::new(handles),
            body,
        });
        self.tasks.push(Some(task));
    }

    #[inline]
    pub(crate) fn slot(&self, key: Key) -> Option<&Slot<B>> {
        let slot = self.slots.get(key.slot() as usize)?;
        (slot.generation == key.generation() && !slot.marks.is_vacant()).then_some(slot)
    }

    #[inline]
    pub(crate) fn slot_mut(&mut self, key: Key) -> Option<&mut Slot<B>> {
        let slot = self.slots.get_mut(key.slot() as usize)?;
        (slot.generation == key.generation() && !slot.marks.is_vacant()).then_some(slot)
    }

    #[inline]
    pub(crate) fn task(&self, key: Key) -> Option<&T> {
        self.slot(key)?;
        self.tasks.get(key.slot() as usize)?.as_ref()
    }

    #[inline]
    pub(crate) fn task_mut(&mut self, key: Key) -> Option<&mut T> {
        self.slot(key)?;
        self.tasks.get_mut(key.slot() as usize)?.as_mut()
    }

    /// Puts the task at the back of the queue, unless it stands there already or has ended. Answers whether it did.
    #[inline]
    pub(crate) fn enqueue(&mut self, key: Key) -> bool {
        if let Some(slot) = self.slots.get_mut(key.slot() as usize)
            && slot.generation == key.generation()
            && slot.marks.enqueue()
        {
            self.ready.push(key.slot());
            return true;
        }
        false
    }

    pub(crate) fn begin_round(&mut self) -> usize {
        self.ready.begin_round()
    }

    #[inline]
    pub(crate) fn is_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// Takes the first task off the queue. `None` if the round is over, or if that task has ended since it became ready.
    #[inline]
    pub(crate) fn dequeue(&mut self) -> Option<(Key, &mut Slot<B>)> {
        let slot = self.ready.pop()?;
        let entry = &mut self.slots[slot as usize];
        entry.marks.dequeue();
        if entry.marks.has_ended() {
            if entry.marks.is_vacant() && slot != ROOT.slot() {
                entry.pass_on();
                self.free.push(slot);
            }
            return None;
        }
        Some((Key::new(slot, entry.generation), entry))
    }

    /// Puts the body back after a turn: the task goes on waiting.
    #[inline]
    pub(crate) fn suspend(&mut self, key: Key, body: Option<B>) {
        self.slots[key.slot() as usize].put_back(body);
    }

    /// Puts the body back after a turn, and the task to the back of the queue: another turn is all that it waits for.
    #[inline(always)] // in every turn; left to itself, the compiler does not
    pub(crate) fn suspend_ready(&mut self, key: Key, body: Option<B>) {
        let slot = &mut self.slots[key.slot() as usize];
        slot.put_back(body);
        slot.marks.answer();
        if slot.marks.enqueue() {
            self.ready.push(key.slot());
        }
    }

    /// The task has ended, and its outcome is in its body. Returns what is marked on it.
    #[inline]
    pub(crate) fn end(&mut self, key: Key, body: Option<B>) -> Option<Marks> {
        self.living -= usize::from(!self.slot(key)?.marks.has_ended());
        let slot = self.slot_mut(key)?;
        slot.marks.end();
        slot.body = body;
        Some(slot.marks)
    }

    /// One handle is gone. Returns what is left of a task that has ended, if it was the last.
    #[inline]
    pub(crate) fn drop_handle(&mut self, key: Key) -> Option<Left<B, T>> {
        self.slot_mut(key)?.marks.drop_handle();
        self.forget(key)
    }

    /// Takes a task off the table that has ended and that nobody can ask for any more.
    #[inline]
    pub(crate) fn forget(&mut self, key: Key) -> Option<Left<B, T>> {
        let slot = self.slot_mut(key)?;
        if !slot.marks.is_forgotten() {
            return None;
        }
        let (marks, body) = (slot.marks, slot.body.take());
        slot.marks.vacate();
        if !slot.marks.is_queued() {
            // The root's slot is never anybody else's.
            if key != ROOT {
                slot.pass_on();
                self.free.push(key.slot());
            }
        }
        let task = self.tasks[key.slot() as usize].take();
        Some(Left { marks, body, task })
    }

    /// Forgets the queue. What has a task in it stays: somebody has its handle.
    pub(crate) fn close(&mut self) {
        // The next run has failures of its own to report.
        self.slots.iter_mut().for_each(|slot| slot.marks.read());
        while self.begin_round() > 0 {
            self.dequeue();
        }
        self.shrink();
    }

    /// Gives the memory back if no task is left (all slots but the root's are free); for a table whose run is over.
    pub(crate) fn shrink(&mut self) {
        if self.slots.len() <= self.free.len() + 1 {
            *self = Self::new();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Named = Slots<(), &'static str>;

    fn with_root() -> Named {
        let mut slots = Slots::new();
        slots.insert_root("root");
        slots
    }

    fn insert(slots: &mut Named, name: &'static str) -> Key {
        slots.insert((), name, 0)
    }

    fn remove(slots: &mut Named, key: Key) -> bool {
        slots.end(key, Some(()));
        slots.forget(key).is_some()
    }

    fn serve(slots: &mut Named) -> Option<Key> {
        slots.dequeue().map(|(key, _)| key)
    }

    #[test]
    fn the_root_has_the_same_key_in_every_run() {
        let mut slots = with_root();
        let kept = slots.insert((), "its handle is kept", 1);
        assert_eq!(slots.task(ROOT), Some(&"root"));
        assert!(remove(&mut slots, ROOT));
        slots.close();
        slots.insert_root("the next root");
        assert_eq!(slots.task(ROOT), Some(&"the next root"));
        assert_eq!(slots.task(kept), Some(&"its handle is kept"));
    }

    #[test]
    fn a_stale_key_finds_nothing_in_a_slot_that_is_used_again() {
        let mut slots = with_root();
        let old = insert(&mut slots, "old");
        assert!(remove(&mut slots, old));
        let new = insert(&mut slots, "new");
        assert_eq!(new.slot(), old.slot());
        assert_eq!(slots.task(old), None);
        assert!(slots.slot_mut(old).is_none());
        assert!(!remove(&mut slots, old));
        slots.enqueue(old);
        assert!(!slots.is_ready());
        assert_eq!(slots.task(new), Some(&"new"));
    }

    #[test]
    fn a_generation_comes_round_without_leaving_its_bits() {
        let mut slots = with_root();
        let key = insert(&mut slots, "old");
        slots.slots[1].generation = LIMIT - 1;
        let last = Key::new(key.slot(), LIMIT - 1);
        assert!(remove(&mut slots, last));
        assert_eq!(insert(&mut slots, "new"), key);
    }

    #[test]
    fn a_task_stands_in_the_queue_once() {
        let mut slots = with_root();
        let a = insert(&mut slots, "a");
        for key in [a, ROOT, a] {
            slots.enqueue(key);
        }
        assert_eq!(slots.begin_round(), 2);
        assert_eq!(serve(&mut slots), Some(a));
        assert_eq!(serve(&mut slots), Some(ROOT));
        assert!(!slots.is_ready());
    }

    #[test]
    fn a_slot_that_stands_in_the_queue_is_not_used_again() {
        let mut slots = with_root();
        let gone = insert(&mut slots, "gone");
        slots.enqueue(gone);
        assert!(remove(&mut slots, gone));
        assert!(slots.task(gone).is_none());
        assert_ne!(insert(&mut slots, "other").slot(), gone.slot());
        assert_eq!(slots.begin_round(), 1);
        assert_eq!(serve(&mut slots), None, "nobody stands in for it");
        assert_eq!(insert(&mut slots, "next").slot(), gone.slot());
    }

    #[test]
    fn a_task_that_has_ended_is_not_queued() {
        let mut slots = with_root();
        let ended = slots.insert((), "ended", 1);
        slots.enqueue(ended);
        slots.end(ended, Some(()));
        assert_eq!(slots.begin_round(), 1);
        assert_eq!(serve(&mut slots), None);
        slots.enqueue(ended);
        assert!(!slots.is_ready());
        assert_eq!(slots.alive().count(), 1);
    }

    #[test]
    fn a_table_without_tasks_keeps_no_memory() {
        let mut slots = with_root();
        let task = insert(&mut slots, "task");
        slots.enqueue(task);
        assert!(remove(&mut slots, ROOT));
        assert!(remove(&mut slots, task));
        slots.close();
        assert_eq!(slots.slots.capacity() + slots.tasks.capacity(), 0);
        assert_eq!(slots.free.capacity(), 0);
    }
}
