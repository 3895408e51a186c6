//! Where ended tasks are dropped, with what they ended with.

use std::cell::{Cell, RefCell};

use crate::unwind::contain;

/// What a task has ended with may be the last handle of another task, which has ended with a handle, and so on. Down to some depth each is dropped inside
/// the other, as elsewhere in Rust; what lies deeper waits until the stack is free.
#[derive(Debug)]
pub(crate) struct Graves<B> {
    depth: Cell<u32>,
    deeper: RefCell<Vec<B>>,
}

const DEEP: u32 = 32;

impl<B> Graves<B> {
    pub(crate) const fn new() -> Self {
        Self {
            depth: Cell::new(0),
            deeper: RefCell::new(Vec::new()),
        }
    }

    /// Drops `body`, with nothing borrowed: it may be anything.
    pub(crate) fn bury(&self, body: B) {
        if self.depth.get() == DEEP {
            self.deeper.borrow_mut().push(body);
            return;
        }
        self.depth.set(self.depth.get() + 1);
        let _level = Level(self);
        drop(body);
    }
}

/// Ends a level, also when what was dropped there panics.
struct Level<'a, B>(&'a Graves<B>);

impl<B> Drop for Level<'_, B> {
    fn drop(&mut self) {
        let graves = self.0;
        // The outermost has the stack for those that were put aside.
        while graves.depth.get() == 1 {
            let deeper = graves.deeper.borrow_mut().pop();
            let Some(body) = deeper else { break };
            contain(|| graves.bury(body));
        }
        graves.depth.set(graves.depth.get() - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::rc::{Rc, Weak};

    struct Chain {
        graves: Weak<Graves<Box<Chain>>>,
        next: Option<Box<Chain>>,
        dropped: Rc<Cell<u32>>,
    }

    impl Drop for Chain {
        fn drop(&mut self) {
            self.dropped.set(self.dropped.get() + 1);
            if let (Some(next), Some(graves)) = (self.next.take(), self.graves.upgrade()) {
                graves.bury(next);
            }
        }
    }

    #[test]
    fn a_long_chain_takes_little_stack() {
        let graves = Rc::new(Graves::new());
        let dropped = Rc::new(Cell::new(0));
        let mut chain = None;
        const LONG: u32 = if cfg!(miri) { 200 } else { 100_000 };
        for _ in 0..LONG {
            chain = Some(Box::new(Chain {
                graves: Rc::downgrade(&graves),
                next: chain,
                dropped: Rc::clone(&dropped),
            }));
        }
        graves.bury(chain.unwrap());
        assert_eq!(dropped.get(), LONG);
        assert_eq!(graves.depth.get(), 0);
    }
}
