//! Who is in the table of tasks, for reports.

use crate::key::Key;
use crate::marks::Marks;
use crate::slots::Slots;

impl<B, T> Slots<B, T> {
    /// How many tasks have not ended.
    pub(crate) fn living(&self) -> usize {
        self.living
    }

    /// Whether a round is going on.
    pub(crate) fn is_in_round(&self) -> bool {
        self.ready.first().is_some()
    }

    /// The task whose turn is next; `None` if the round is over, or if it has ended since it became ready.
    pub(crate) fn first(&self) -> Option<Key> {
        let slot = self.ready.first()?;
        Some(Key::new(slot, self.slots[slot as usize].generation))
    }

    /// How many stand in the queue, those among them who have ended since.
    pub(crate) fn queued(&self) -> usize {
        self.ready.len()
    }

    /// Those that have not ended, oldest first, at most so many.
    pub(crate) fn oldest<N: Ord>(
        &self,
        most: usize,
        number: impl Fn(&T) -> N,
    ) -> Vec<(Key, Marks, &T)> {
        let mut tasks: Vec<_> = self.alive().collect();
        if most < tasks.len() {
            tasks.select_nth_unstable_by_key(most, |(_, _, task)| number(task));
            tasks.truncate(most);
        }
        tasks.sort_unstable_by_key(|(_, _, task)| number(task));
        tasks
    }

    /// The tasks that have not ended, in the order of their slots, which is not the order in which they were spawned.
    pub(crate) fn alive(&self) -> impl Iterator<Item = (Key, Marks, &T)> {
        let slots = (0..).zip(&self.slots).zip(&self.tasks);
        let alive = slots.filter_map(|((slot, entry), task)| {
            let key = Key::new(slot, entry.generation);
            let alive = !entry.marks.has_ended();
            task.as_ref()
                .filter(|_| alive)
                .map(|task| (key, entry.marks, task))
        });
        alive.take(self.living) // those who have ended may be many, and of runs long over
    }
}
