//! A task of a running program, whichever lane runs it.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use yield_to_await::Closed;

use crate::census::Token;
use crate::outcome::{Outcome, Value, render};
use crate::pace::{Pace, Timer};
use crate::program::{Block, Name, Program};
use crate::trace::Log;
use crate::world::{Lane, World};

/// A task of the program, seen by the statements that it runs. The reader has made sure that what they name is there.
pub(crate) struct Task<L: Lane> {
    world: Rc<World<L>>,
    path: String,
    /// Tasks made so far.
    children: Cell<u32>,
    _token: Token,
}

impl<L: Lane> Task<L> {
    /// The root task of a new world.
    pub(crate) fn root(program: &Rc<Program>, log: &Log, pace: &Pace) -> (Rc<Self>, Rc<World<L>>) {
        let world = World::new(program, log, pace);
        let root = Self {
            world: Rc::clone(&world),
            path: "0".to_owned(),
            children: Cell::new(0),
            _token: Token::new(),
        };
        (Rc::new(root), world)
    }

    /// The next task that this one makes.
    pub(crate) fn child(&self) -> Rc<Self> {
        let n = self.children.get() + 1;
        self.children.set(n);
        Rc::new(Self {
            world: Rc::clone(&self.world),
            path: format!("{}.{n}", self.path),
            children: Cell::new(0),
            _token: Token::new(),
        })
    }

    /// Called before every statement.
    pub(crate) fn look_at_clock(&self) {
        self.world.pace.look();
    }

    /// Writes a line of the trace.
    pub(crate) fn line(&self, event: impl fmt::Display) {
        self.world.pace.look();
        self.world.log.write(&self.path, event);
    }

    pub(crate) fn body(&self, name: &Name) -> Block {
        Rc::clone(&self.world.program.bodies[name])
    }

    pub(crate) fn queue(&self, name: &Name) -> &L::Queue {
        &self.world.queues[name].thing
    }

    pub(crate) fn event(&self, name: &Name) -> &L::Event {
        &self.world.events[name]
    }

    pub(crate) fn semaphore(&self, name: &Name) -> &L::Semaphore {
        &self.world.semaphores[name].thing
    }

    pub(crate) fn lock(&self, name: &Name) -> &L::Lock {
        &self.world.locks[name]
    }

    /// Notes what came of a `put`.
    pub(crate) fn put(&self, queue: &Name, value: u32, sent: Result<(), Closed<Value>>) {
        match sent {
            Ok(()) => {
                self.world.queues[queue].book(1);
                self.line(format_args!("put {queue}={value}"));
            }
            // The other end lives as long as the program.
            Err(closed) => self.line(format_args!("put {queue}: {closed}")),
        }
    }

    /// Notes what came of a `get`.
    pub(crate) fn got(&self, queue: &Name, value: Option<Value>) {
        match value {
            Some(value) => {
                self.world.queues[queue].book(-1);
                self.line(format_args!("get {queue}={value}"));
            }
            None => self.line(format_args!("get {queue}: closed")),
        }
    }

    /// Notes that an `acquire` took a permit, which no guard will give back.
    pub(crate) fn acquired(&self, sem: &Name) {
        self.world.semaphores[sem].book(-1);
        self.line(format_args!("acquire {sem}"));
    }

    /// Notes that a `release` gave a permit.
    pub(crate) fn released(&self, sem: &Name) {
        self.world.semaphores[sem].book(1);
    }

    /// Begins what lasts `time`, or a limit of that length.
    pub(crate) fn timer(&self, time: Duration) -> Timer {
        self.world.pace.begin(time)
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
    _token: Token,
}

impl<L: Lane> EndLine<L> {
    pub(crate) fn of(task: &Rc<Task<L>>) -> Self {
        Self {
            task: Rc::clone(task),
            written: false,
            _token: Token::new(),
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
    _token: Token,
}

impl<L: Lane> FinalLines<L> {
    pub(crate) fn new(task: &Rc<Task<L>>, lines: &Rc<[Name]>) -> Self {
        Self {
            task: Rc::clone(task),
            lines: Rc::clone(lines),
            _token: Token::new(),
        }
    }
}

impl<L: Lane> Drop for FinalLines<L> {
    fn drop(&mut self) {
        self.lines.iter().for_each(|line| self.task.line(line));
    }
}
