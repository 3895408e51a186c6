//! What a loop marks on its tasks.

/// What every loop marks on a task, in one word: it is looked at in every turn, and a million idle tasks have a million of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Marks(u32);

impl Marks {
    const QUEUED: u32 = 1;
    const CANCELLED: u32 = 2;
    const ENDED: u32 = 4;
    const VACANT: u32 = 8;
    const ANSWERED: u32 = 16;
    const LOOK_ASIDE: u32 = 32;
    const WATCHED: u32 = 64;
    const UNREAD: u32 = 128;
    const TAKEN: u32 = 256;
    /// The handles that are alive are counted in the bits above the marks.
    const HANDLE: u32 = 512;

    pub(crate) fn new(handles: u32) -> Self {
        // Its first turn is what a new task waits for.
        Self((handles * Self::HANDLE) | Self::ANSWERED)
    }

    pub(crate) fn is_queued(self) -> bool {
        self.0 & Self::QUEUED != 0
    }

    /// False if the task stands in the queue already, or has ended.
    #[inline]
    pub(crate) fn enqueue(&mut self) -> bool {
        let may = self.0 & (Self::QUEUED | Self::ENDED) == 0;
        if may {
            self.0 |= Self::QUEUED;
        }
        may
    }

    pub(crate) fn dequeue(&mut self) {
        self.0 &= !Self::QUEUED;
    }

    /// It is to be dropped at its turn.
    pub(crate) fn is_cancelled(self) -> bool {
        self.0 & Self::CANCELLED != 0
    }

    pub(crate) fn cancel(&mut self) {
        self.0 |= Self::CANCELLED;
    }

    /// It will never have a turn again; what is left of it is its outcome.
    pub(crate) fn has_ended(self) -> bool {
        self.0 & Self::ENDED != 0
    }

    pub(crate) fn end(&mut self) {
        self.0 |= Self::ENDED;
    }

    /// No task is there at all.
    pub(crate) fn is_vacant(self) -> bool {
        self.0 & Self::VACANT != 0
    }

    pub(crate) fn vacate(&mut self) {
        self.0 |= Self::ENDED | Self::VACANT;
    }

    /// What the task waits for has happened. (The loop of lanes 2 and 3 never asks: a future looks for itself.)
    pub(crate) fn answer(&mut self) {
        self.0 |= Self::ANSWERED;
    }

    /// Whether what the task waits for has happened; told once.
    pub(crate) fn take_answer(&mut self) -> bool {
        let answered = self.0 & Self::ANSWERED != 0;
        self.0 &= !Self::ANSWERED;
        answered
    }

    /// There is more to the task than stands in the table: in lane 1 to its wait, in lanes 2 and 3 a name or somebody who waits for it.
    pub(crate) fn looks_aside(self) -> bool {
        self.0 & Self::LOOK_ASIDE != 0
    }

    pub(crate) fn look_aside(&mut self, more: bool) {
        self.0 &= !Self::LOOK_ASIDE;
        if more {
            self.0 |= Self::LOOK_ASIDE;
        }
    }

    /// Somebody is to know of its end.
    pub(crate) fn is_watched(self) -> bool {
        self.0 & Self::WATCHED != 0
    }

    pub(crate) fn watch(&mut self) {
        self.0 |= Self::WATCHED;
    }

    /// It has failed, and nobody has looked at its outcome.
    pub(crate) fn is_unread(self) -> bool {
        self.0 & Self::UNREAD != 0
    }

    pub(crate) fn leave_unread(&mut self) {
        self.0 |= Self::UNREAD;
    }

    pub(crate) fn read(&mut self) {
        self.0 &= !Self::UNREAD;
    }

    /// Somebody has taken its outcome: there is nothing of the user's left in it.
    pub(crate) fn is_taken(self) -> bool {
        self.0 & Self::TAKEN != 0
    }

    pub(crate) fn take(&mut self) {
        self.0 = (self.0 | Self::TAKEN) & !Self::UNREAD;
    }

    pub(crate) fn add_handle(&mut self) {
        let more = self.0.checked_add(Self::HANDLE);
        self.0 = more.expect("2^23 handles of one task are alive: clone a handle less often");
    }

    pub(crate) fn drop_handle(&mut self) {
        self.0 -= Self::HANDLE;
    }

    /// It has ended, and nobody can ask for its outcome any more.
    pub(crate) fn is_forgotten(self) -> bool {
        self.has_ended() && self.0 < Self::HANDLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_forgotten_when_it_has_ended_and_its_last_handle_is_gone() {
        let mut marks = Marks::new(1);
        marks.add_handle();
        marks.drop_handle();
        assert!(!marks.is_forgotten());
        marks.end();
        assert!(!marks.is_forgotten());
        marks.drop_handle();
        assert!(marks.is_forgotten());
    }
}
