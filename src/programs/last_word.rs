//! What a coroutine says when it is dropped before its end.

use super::Log;

/// Writes a line when it is dropped, unless it has been defused.
///
/// In Python this is an `except CancelledError:` around a wait. In Rust nothing is raised: a coroutine that is cancelled is dropped where
/// it stands, and its locals with it. So a coroutine that has something to say then keeps it as a local with a destructor,
/// and takes it back when it has got past the wait. A destructor cannot wait for anything.
#[must_use = "a last word that nobody keeps is said at once"]
pub(super) struct LastWord {
    log: Log,
    task: String,
    text: String,
    defused: bool,
}

impl LastWord {
    pub(super) fn new(log: &Log, task: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            log: log.clone(),
            task: task.into(),
            text: text.into(),
            defused: false,
        }
    }

    pub(super) fn defuse(&mut self) {
        self.defused = true;
    }
}

impl Drop for LastWord {
    fn drop(&mut self) {
        if !self.defused {
            self.log.say(&self.task, &self.text);
        }
    }
}
