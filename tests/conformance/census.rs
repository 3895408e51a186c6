//! Counts what the interpreters make and what they drop, on this thread, so that a test can tell that a run has left nothing.

use std::cell::Cell;

thread_local! {
    static COUNTED: Cell<Census> = const { Cell::new(Census { begun: 0, dropped: 0 }) };
}

/// How many tokens there have been, and how many of them are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Census {
    pub(crate) begun: u64,
    pub(crate) dropped: u64,
}

impl Census {
    /// Of this thread, since it began.
    pub(crate) fn take() -> Self {
        COUNTED.get()
    }

    /// What has been counted since an earlier census.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            begun: self.begun - earlier.begun,
            dropped: self.dropped - earlier.dropped,
        }
    }
}

/// Held by whatever must be gone at the end of a run: tasks, frames, guards, values.
#[derive(Debug)]
pub(crate) struct Token(());

impl Token {
    pub(crate) fn new() -> Self {
        let Census { begun, dropped } = COUNTED.get();
        COUNTED.set(Census {
            begun: begun + 1,
            dropped,
        });
        Self(())
    }
}

/// A copy is another thing to be dropped.
impl Clone for Token {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        let Census { begun, dropped } = COUNTED.get();
        COUNTED.set(Census {
            begun,
            dropped: dropped + 1,
        });
    }
}
