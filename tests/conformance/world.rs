//! What the tasks of a running program share, whichever lane runs it, and whether anything is left when all of them are gone.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use crate::census::Census;
use crate::pace::Pace;
use crate::program::{Name, Program};
use crate::trace::Log;

/// The types that a lane has for what programs use.
pub(crate) trait Lane: 'static {
    type Queue;
    type Event;
    type Semaphore;
    type Lock;
    type Handle: Clone;

    /// A size of 0 is unlimited.
    fn queue(size: usize) -> Self::Queue;
    fn event() -> Self::Event;
    fn semaphore(permits: usize) -> Self::Semaphore;
    fn lock() -> Self::Lock;

    /// How many values are inside.
    fn len(queue: &Self::Queue) -> usize;
    /// How many permits are free.
    fn permits(semaphore: &Self::Semaphore) -> usize;
    fn is_locked(lock: &Self::Lock) -> bool;
}

/// A queue or a semaphore, and what must be inside once all tasks are gone.
pub(crate) struct Booked<T> {
    pub(crate) thing: T,
    balance: Cell<i64>,
}

impl<T> Booked<T> {
    fn new(thing: T, inside: usize) -> Self {
        let balance = Cell::new(count(inside));
        Self { thing, balance }
    }

    pub(crate) fn book(&self, change: i64) {
        self.balance.set(self.balance.get() + change);
    }
}

fn count(things: usize) -> i64 {
    things.try_into().expect("programs are small")
}

/// What all tasks of a program share.
pub(crate) struct World<L: Lane> {
    pub(crate) program: Rc<Program>,
    pub(crate) log: Log,
    pub(crate) pace: Pace,
    /// From before the first task was made.
    census: Census,
    pub(crate) queues: HashMap<Name, Booked<L::Queue>>,
    pub(crate) events: HashMap<Name, L::Event>,
    pub(crate) semaphores: HashMap<Name, Booked<L::Semaphore>>,
    pub(crate) locks: HashMap<Name, L::Lock>,
    pub(crate) slots: RefCell<HashMap<Name, L::Handle>>,
}

impl<L: Lane> World<L> {
    pub(crate) fn new(program: &Rc<Program>, log: &Log, pace: &Pace) -> Rc<Self> {
        let res = &program.source.res;
        let name = |name: &String| Name::from(name.as_str());
        let queues = res
            .queues
            .iter()
            .map(|(n, size)| (name(n), Booked::new(L::queue(*size), 0)));
        let sems = res
            .sems
            .iter()
            .map(|(n, permits)| (name(n), Booked::new(L::semaphore(*permits), *permits)));
        Rc::new(Self {
            program: Rc::clone(program),
            log: log.clone(),
            pace: pace.clone(),
            census: Census::take(),
            queues: queues.collect(),
            events: res.events.iter().map(|n| (name(n), L::event())).collect(),
            semaphores: sems.collect(),
            locks: res.locks.iter().map(|n| (name(n), L::lock())).collect(),
            slots: RefCell::default(),
        })
    }

    /// What should be gone now that the run is over, and is not; what should be there, and is not.
    pub(crate) fn left_behind(self: Rc<Self>) -> Vec<String> {
        let mut left = Vec::new();
        for (name, Booked { thing, balance }) in &self.queues {
            let (inside, expected) = (count(L::len(thing)), balance.get());
            if inside != expected {
                left.push(format!("{inside} values in {name}, not {expected}"));
            }
        }
        for (name, Booked { thing, balance }) in &self.semaphores {
            let (free, expected) = (count(L::permits(thing)), balance.get());
            if free != expected {
                left.push(format!("{free} permits in {name}, not {expected}"));
            }
        }
        for (name, lock) in &self.locks {
            if L::is_locked(lock) {
                left.push(format!("{name} is locked"));
            }
        }
        let others = Rc::strong_count(&self) - 1;
        if others > 0 {
            left.push(format!("{others} who could still do something"));
        }
        // The slots go with the world, and what they held with them.
        let before = self.census;
        drop(self);
        let Census { begun, dropped } = Census::take().since(before);
        if begun != dropped {
            left.push(format!(
                "{begun} tasks, frames, guards and values begun, {dropped} dropped"
            ));
        }
        left
    }
}
