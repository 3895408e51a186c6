//! What a running program consists of, whichever lane runs it: the log, what the tasks share, and each task's path.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use crate::outcome::{Outcome, render};
use crate::program::{Block, Name, Program};
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
}

/// What all tasks of a program share.
struct World<L: Lane> {
    program: Rc<Program>,
    log: Log,
    queues: HashMap<Name, L::Queue>,
    events: HashMap<Name, L::Event>,
    semaphores: HashMap<Name, L::Semaphore>,
    locks: HashMap<Name, L::Lock>,
    slots: RefCell<HashMap<Name, L::Handle>>,
}

/// A task of the program, seen by the statements that it runs. The reader has made sure that what they name is there.
pub(crate) struct Task<L: Lane> {
    world: Rc<World<L>>,
    path: String,
    /// Tasks made so far.
    children: Cell<u32>,
}

impl<L: Lane> Task<L> {
    pub(crate) fn root(program: &Rc<Program>, log: &Log) -> Rc<Self> {
        let res = &program.source.res;
        let name = |name: &String| Name::from(name.as_str());
        let queues = res
            .queues
            .iter()
            .map(|(n, size)| (name(n), L::queue(*size)));
        let sems = res
            .sems
            .iter()
            .map(|(n, permits)| (name(n), L::semaphore(*permits)));
        let world = World {
            program: Rc::clone(program),
            log: log.clone(),
            queues: queues.collect(),
            events: res.events.iter().map(|n| (name(n), L::event())).collect(),
            semaphores: sems.collect(),
            locks: res.locks.iter().map(|n| (name(n), L::lock())).collect(),
            slots: RefCell::default(),
        };
        Rc::new(Self {
            world: Rc::new(world),
            path: "0".to_owned(),
            children: Cell::new(0),
        })
    }

    /// The next task that this one makes.
    pub(crate) fn child(&self) -> Rc<Self> {
        let n = self.children.get() + 1;
        self.children.set(n);
        Rc::new(Self {
            world: Rc::clone(&self.world),
            path: format!("{}.{n}", self.path),
            children: Cell::new(0),
        })
    }

    /// Writes a line of the trace.
    pub(crate) fn line(&self, event: impl fmt::Display) {
        self.world.log.write(&self.path, event);
    }

    pub(crate) fn body(&self, name: &Name) -> Block {
        Rc::clone(&self.world.program.bodies[name])
    }

    pub(crate) fn queue(&self, name: &Name) -> &L::Queue {
        &self.world.queues[name]
    }

    pub(crate) fn event(&self, name: &Name) -> &L::Event {
        &self.world.events[name]
    }

    pub(crate) fn semaphore(&self, name: &Name) -> &L::Semaphore {
        &self.world.semaphores[name]
    }

    pub(crate) fn lock(&self, name: &Name) -> &L::Lock {
        &self.world.locks[name]
    }

    /// The task in the slot at this moment; the slot may be overwritten while somebody waits for it.
    pub(crate) fn slot(&self, name: &Name) -> Option<L::Handle> {
        self.world.slots.borrow().get(name).cloned()
    }

    pub(crate) fn fill_slot(&self, name: &Name, handle: L::Handle) {
        // The handle that was there is dropped with nothing borrowed.
        let _old = self
            .world
            .slots
            .borrow_mut()
            .insert(Rc::clone(name), handle);
    }
}

/// Writes how the body of a task ended, `end=cancelled` if it is dropped before. It belongs to the task's first turn and outlives
/// the body: a task that never began writes nothing, and the destructors inside the body write before it.
pub(crate) struct EndLine<L: Lane> {
    task: Rc<Task<L>>,
    written: bool,
}

impl<L: Lane> EndLine<L> {
    pub(crate) fn of(task: &Rc<Task<L>>) -> Self {
        Self {
            task: Rc::clone(task),
            written: false,
        }
    }

    pub(crate) fn write(&mut self, outcome: &Outcome) {
        self.written = true;
        self.task.line(format_args!("end={}", render(outcome)));
    }
}

impl<L: Lane> Drop for EndLine<L> {
    fn drop(&mut self) {
        if !self.written {
            self.task.line("end=cancelled");
        }
    }
}

/// The second half of a `finally`: prints when it is dropped, for whatever reason.
pub(crate) struct FinalLines<L: Lane> {
    task: Rc<Task<L>>,
    lines: Rc<[Name]>,
}

impl<L: Lane> FinalLines<L> {
    pub(crate) fn new(task: &Rc<Task<L>>, lines: &Rc<[Name]>) -> Self {
        Self {
            task: Rc::clone(task),
            lines: Rc::clone(lines),
        }
    }
}

impl<L: Lane> Drop for FinalLines<L> {
    fn drop(&mut self) {
        self.lines.iter().for_each(|line| self.task.line(line));
    }
}
