//! The programs in lane 2: hand-written futures.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use yield_to_await::state_machines as sm;

use self::machine::Machine;
use crate::outcome::{Outcome, Value};
use crate::pace::Pace;
use crate::program::{Name, Program};
use crate::task::EndLine;
use crate::trace::{Log, Run};
use crate::world::Lane;

mod machine;
mod wait;

enum StateMachines {}

type Task = crate::task::Task<StateMachines>;
type Handle = sm::JoinHandle<Outcome>;

impl Lane for StateMachines {
    type Queue = (sm::Sender<Value>, sm::Receiver<Value>);
    type Event = sm::Event;
    type Semaphore = sm::Semaphore;
    type Lock = sm::Mutex<()>;
    type Handle = Handle;

    fn queue(size: usize) -> Self::Queue {
        match size {
            0 => sm::unbounded(),
            size => sm::channel(size),
        }
    }

    fn event() -> Self::Event {
        sm::Event::new()
    }

    fn semaphore(permits: usize) -> Self::Semaphore {
        sm::Semaphore::new(permits)
    }

    fn lock() -> Self::Lock {
        sm::Mutex::new(())
    }

    fn len((_, receiver): &Self::Queue) -> usize {
        receiver.len()
    }

    fn permits(semaphore: &Self::Semaphore) -> usize {
        semaphore.available_permits()
    }

    fn is_locked(lock: &Self::Lock) -> bool {
        lock.is_locked()
    }
}

pub(crate) fn run(program: &Rc<Program>, log: &Log, pace: &Pace) -> Run {
    let (root, world) = Task::root(program, log, pace);
    let setup = log.setup(pace.clock());
    let report = sm::run_with(setup, Perform::new(&root, &program.root));
    drop(root);
    Run::new(world, report)
}

fn spawn(task: &Task, body: &Name) -> Handle {
    sm::spawn(Perform::new(&task.child(), body))
}

fn spawn_all(task: &Task, bodies: &[Name]) -> impl Iterator<Item = Handle> {
    bodies.iter().map(|body| spawn(task, body))
}

/// A whole task. The machine is declared, and so dropped, before the line that ends its trace.
struct Perform {
    machine: Machine,
    /// `None` before the first turn.
    end: Option<EndLine<StateMachines>>,
}

impl Perform {
    fn new(task: &Rc<Task>, body: &Name) -> Self {
        Self {
            machine: Machine::new(task, &task.body(body)),
            end: None,
        }
    }
}

impl Future for Perform {
    type Output = Outcome;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Outcome> {
        let Self { machine, end } = &mut *self;
        let end = end.get_or_insert_with(|| EndLine::of(machine.task()));
        let outcome = ready!(Pin::new(&mut *machine).poll(cx)).map(Value::from);
        end.write(&outcome);
        Poll::Ready(outcome)
    }
}
