//! The sign over a line of waiters: whose line it is, and who could end the wait.

use std::cell::{Cell, RefCell};
use std::panic::Location;

use super::primitive::{Primitive, PrimitiveKind};
use crate::info::{Name, TaskId};
use crate::runner;

/// What those who stand in a line want.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Want {
    Value,
    Room,
    Set,
    Permit,
    Lock,
}

impl Want {
    pub(crate) fn kind(self) -> PrimitiveKind {
        match self {
            Self::Value | Self::Room => PrimitiveKind::Channel,
            Self::Set => PrimitiveKind::Event,
            Self::Permit => PrimitiveKind::Semaphore,
            Self::Lock => PrimitiveKind::Mutex,
        }
    }
}

/// The sign over a line: whose it is, what is waited for there, and who could end the wait. Reports read it; nothing else does.
#[derive(Debug)]
pub(crate) struct Sign {
    pub(crate) want: Want,
    pub(crate) number: u32,
    made_at: &'static Location<'static>,
    name: RefCell<Option<Name>>,
    holders: RefCell<Holders>,
    /// Of a semaphore: permits have been released that nobody had acquired, or forgotten.
    is_unpaired: Cell<bool>,
}

impl Sign {
    #[track_caller]
    pub(crate) fn new(want: Want) -> Self {
        Self::numbered(want, runner::next_number(want.kind()))
    }

    /// A channel has two lines, and one number.
    #[track_caller]
    pub(crate) fn pair(wants: [Want; 2]) -> [Self; 2] {
        let number = runner::next_number(wants[0].kind());
        let place = Location::caller();
        wants.map(|want| Self {
            made_at: place,
            ..Self::numbered(want, number)
        })
    }

    #[track_caller]
    fn numbered(want: Want, number: u32) -> Self {
        Self {
            want,
            number,
            made_at: Location::caller(),
            name: RefCell::default(),
            holders: RefCell::default(),
            is_unpaired: Cell::new(false),
        }
    }

    pub(crate) fn set_name(&self, name: &str) {
        self.name.replace(Some(Name::new(name.to_owned())));
    }

    pub(crate) fn primitive(&self) -> Primitive {
        Primitive {
            kind: self.want.kind(),
            number: self.number,
            name: self.name.borrow().clone(),
            made_at: self.made_at,
        }
    }

    /// Anybody may release what nobody has acquired.
    pub(crate) fn note_unpaired(&self) {
        self.is_unpaired.set(true);
    }

    /// Whether whoever ends the wait need not hold anything.
    pub(crate) fn is_open(&self) -> bool {
        match self.want {
            Want::Value | Want::Room | Want::Set => true,
            Want::Permit => self.is_unpaired.get(),
            Want::Lock => false,
        }
    }

    /// Notes that `task` has taken what is waited for here.
    pub(crate) fn hold(&self, task: Option<TaskId>) -> Hold {
        let run = runner::run_number();
        self.holders.borrow_mut().add(Holder { run, task })
    }

    /// It has been given back.
    pub(crate) fn let_go(&self, hold: Hold) {
        self.holders.borrow_mut().remove(hold);
    }

    pub(crate) fn holders(&self) -> Vec<Holder> {
        self.holders.borrow().iter().collect()
    }
}

/// Who has taken something, as it was when they took it: what holds it may have been moved since.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Holder {
    /// Tasks are counted from 1 in every run.
    pub(crate) run: u64,
    /// `None` outside of any task.
    pub(crate) task: Option<TaskId>,
}

/// The entry of one holder.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Hold(usize);

/// All who hold something. Adding and removing cost O(1).
#[derive(Debug, Default)]
struct Holders {
    entries: Vec<Option<Holder>>,
    free: Vec<usize>,
}

impl Holders {
    fn add(&mut self, holder: Holder) -> Hold {
        let Some(free) = self.free.pop() else {
            self.entries.push(Some(holder));
            return Hold(self.entries.len() - 1);
        };
        self.entries[free] = Some(holder);
        Hold(free)
    }

    fn remove(&mut self, hold: Hold) {
        self.entries[hold.0] = None;
        self.free.push(hold.0);
    }

    fn iter(&self) -> impl Iterator<Item = Holder> {
        self.entries.iter().copied().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_used_again() {
        let sign = Sign::new(Want::Permit);
        let [a, b] = [1, 2].map(|n| sign.hold(Some(TaskId(n))));
        sign.let_go(a);
        let c = sign.hold(Some(TaskId(3)));
        let numbers = |sign: &Sign| -> Vec<_> { sign.holders().iter().map(|h| h.task).collect() };
        assert_eq!(numbers(&sign), [Some(TaskId(3)), Some(TaskId(2))]);
        sign.let_go(b);
        sign.let_go(c);
        assert!(numbers(&sign).is_empty());
    }

    #[test]
    fn the_two_lines_of_a_channel_have_one_number_and_one_place() {
        let line = line!() + 1;
        let [getters, putters] = Sign::pair([Want::Value, Want::Room]);
        assert_eq!(getters.primitive(), putters.primitive());
        assert_eq!(getters.primitive().made_at().line(), line);
    }
}
