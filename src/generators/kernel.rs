//! The loop of lane 1: a queue of generators, resumed in turn.
//!
//! A coroutine yields a trap, the kernel carries it out and, when that has happened, resumes the coroutine with the reply. So
//! the kernel knows at every moment what each task waits for. Put this file beside `state_machines/executor.rs`, where the loop is told
//! nothing and somebody else must keep a waker.
//!
//! One invariant keeps the rest simple: **no borrow is held while user code runs**. Coroutines and destructors may call any
//! method below.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::panic::{Location, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use genawaiter::GeneratorState;
use genawaiter::rc::Gen;

use super::co::Co;
use super::state::{AnyState, State};
use super::table::{DynCoroutine, Task, TaskCoroutine, Timer};
use super::task::body;
use crate::clock::{Time, Timeline, Timers};
use crate::deadlock::Deadlock;
use crate::error::{JoinError, PanicPayload};
use crate::info::TaskInfo;
use crate::runner::{self, Counts, Entered, Report};
use crate::slots::{Key, ROOT, Slots, TaskId};
use crate::unwind::{Panic, caught, contain, discard, first_of};

enum End {
    Done,
    Deadlock(Deadlock),
}

/// The loop of this thread.
pub(crate) struct Kernel {
    pub(super) ready: RefCell<VecDeque<Key>>,
    pub(super) tasks: RefCell<Slots<Task>>,
    pub(super) timers: RefCell<Timers<Timer>>,
    pub(super) current: Cell<Option<Key>>,
    steps: Cell<u64>,
    spawns: Cell<u64>,
    pub(super) closing: Cell<bool>,
    /// Tasks that were spawned while the loop was closing: dropped by a loop, however deep their destructors nest.
    pub(super) refused: RefCell<VecDeque<Task>>,
}

thread_local! {
    // Never torn down, so that handles work in thread-local destructors too; an idle kernel owns nothing.
    static KERNEL: ManuallyDrop<Kernel> = const { ManuallyDrop::new(Kernel::new()) };
}

impl Kernel {
    const fn new() -> Self {
        Self {
            ready: RefCell::new(VecDeque::new()),
            tasks: RefCell::new(Slots::new()),
            timers: RefCell::new(Timers::new()),
            current: Cell::new(None),
            steps: Cell::new(0),
            spawns: Cell::new(0),
            closing: Cell::new(false),
            refused: RefCell::new(VecDeque::new()),
        }
    }

    /// The kernel of this thread, whether or not it runs.
    pub(crate) fn with<T>(f: impl FnOnce(&Self) -> T) -> T {
        KERNEL.with(|kernel| f(kernel))
    }

    /// Drives `main` and everything it spawns.
    pub(crate) fn run<T>(
        &self,
        _entered: &Entered,
        main: impl AsyncFnOnce(&Co) -> T,
        place: &'static Location<'static>,
    ) -> Report<T> {
        self.open(place);
        let mut output = None;
        let mut root = Gen::new(|raw| body(raw, || ROOT, main, |value| output = Some(value)));
        let pinned = Pin::new(&mut root);
        let (end, panic) = match self.drive(pinned) {
            Ok(end) => (end, None),
            Err(panic) => (End::Done, Some(panic)),
        };
        self.closing.set(true);
        // The root is the oldest: what is left of it goes first.
        let panic = first_of(panic, self.drop_as(ROOT, || drop(root)).err());
        let panic = first_of(panic, self.close());
        let counts = Counts {
            steps: self.steps.take(),
            spawns: self.spawns.take(),
        };
        let elapsed = runner::now().map_or(Duration::ZERO, Time::since_start);
        if let Some(panic) = panic {
            contain(|| drop(output));
            resume_unwind(panic);
        }
        let outcome = match end {
            End::Done => Ok(output.expect("a root that is done has left its value")),
            End::Deadlock(deadlock) => Err(deadlock),
        };
        Report {
            outcome,
            counts,
            elapsed,
        }
    }

    fn open(&self, place: &'static Location<'static>) {
        let info = TaskInfo::new(TaskId(0), Some("main"), place);
        let root = Rc::new(State::<()>::new(info));
        let key = self.enter(None, root);
        debug_assert_eq!(key, ROOT, "the last run has left nothing behind");
        self.wake(key);
    }

    /// Runs rounds until the root has ended or nothing can go on. A panic in a coroutine ends that task, and the next rounds
    /// begin.
    fn drive(&self, mut root: Pin<&mut DynCoroutine<'_>>) -> Result<End, Panic> {
        loop {
            // Outside the unwinding, so that a coroutine that panicked is dropped after it and not by it.
            let mut in_hand = None;
            let panic = match caught(|| self.rounds(root.as_mut(), &mut in_hand)) {
                Ok(end) => return Ok(end),
                Err(panic) => panic,
            };
            match self.current.take() {
                Some(ROOT) => return Err(panic),
                Some(key) => {
                    // The task has one outcome to give, and the first panic is it.
                    self.drop_as(key, || drop(in_hand)).unwrap_or_else(discard);
                    self.fail(key, JoinError::Panicked(PanicPayload::new(panic)));
                }
                // The destructor of an outcome that nobody took: no task of ours to blame.
                None => discard(panic),
            }
        }
    }

    fn rounds(
        &self,
        mut root: Pin<&mut DynCoroutine<'_>>,
        in_hand: &mut Option<TaskCoroutine>,
    ) -> End {
        loop {
            let turns = self.ready.borrow().len();
            for _ in 0..turns {
                let Some(key) = self.ready.borrow_mut().pop_front() else {
                    break;
                };
                if self.turn(key, root.as_mut(), in_hand) == Some(ROOT) {
                    return End::Done;
                }
            }
            let idle = self.ready.borrow().is_empty();
            if (idle || !self.timers.borrow().is_empty())
                && let Err(deadlock) = self.pass_time()
            {
                return End::Deadlock(deadlock);
            }
        }
    }

    /// One turn of one task, which is returned if it has ended.
    fn turn(
        &self,
        key: Key,
        mut root: Pin<&mut DynCoroutine<'_>>,
        in_hand: &mut Option<TaskCoroutine>,
    ) -> Option<Key> {
        let mut tasks = self.tasks.borrow_mut();
        // It may have ended since it was queued.
        let task = tasks.get_mut(key)?;
        task.queued = false;
        if task.cancelled {
            drop(tasks);
            self.discard(key);
            return None;
        }
        self.steps.set(self.steps.get() + 1);
        // Nothing may have happened by its turn that it waits for: then it goes on waiting.
        let mut reply = task.reply()?;
        *in_hand = task.coroutine.take();
        drop(tasks);

        self.current.set(Some(key));
        loop {
            let state = match in_hand {
                Some(coroutine) => coroutine.as_mut().resume_with(reply),
                None => root.as_mut().resume_with(reply),
            };
            match state {
                GeneratorState::Yielded(trap) => match self.carry_out(key, trap) {
                    Some(refusal) => reply = refusal,
                    None => break,
                },
                GeneratorState::Complete(()) => {
                    self.current.set(None);
                    let task = self.tasks.borrow_mut().remove(key);
                    drop((task, in_hand.take()));
                    return Some(key);
                }
            }
        }
        self.current.set(None);
        if let Some(task) = self.tasks.borrow_mut().get_mut(key) {
            task.coroutine = in_hand.take();
        }
        None
    }

    /// Goes on to the moment when a task is ready.
    fn pass_time(&self) -> Result<(), Deadlock> {
        loop {
            let timeline = runner::timeline().expect("a running loop has a clock");
            let next = self.timers.borrow().next_deadline();
            let idle = self.ready.borrow().is_empty();
            match (timeline, next) {
                (Timeline::Simulated { .. }, _) | (_, None) if !idle => return Ok(()),
                // Every wait is a trap: if no timer is armed, nothing can ever happen.
                (_, None) => return Err(self.survey()),
                (Timeline::Simulated { .. }, Some(deadline)) => {
                    runner::jump(deadline);
                    self.fire(deadline);
                }
                (Timeline::Real { .. }, Some(deadline)) => {
                    let mut now = timeline.now();
                    if idle && now < deadline {
                        std::thread::sleep(deadline.since_start() - now.since_start());
                        now = timeline.now();
                    }
                    self.fire(now);
                }
            }
            if !self.ready.borrow().is_empty() {
                return Ok(());
            }
        }
    }

    fn fire(&self, now: Time) {
        loop {
            let due = self.timers.borrow_mut().pop_due(now);
            match due {
                Some(Timer { key, limit }) if limit.is_some() => self.wake(key),
                Some(Timer { key, .. }) => self.answer(key),
                None => return,
            }
        }
    }

    pub(super) fn enqueue(&self, key: Key, task: &mut Task) {
        if !std::mem::replace(&mut task.queued, true) {
            self.ready.borrow_mut().push_back(key);
        }
    }

    /// Puts the task at the back of the queue, unless it is there already or has ended.
    pub(crate) fn wake(&self, key: Key) {
        if let Some(task) = self.tasks.borrow_mut().get_mut(key) {
            self.enqueue(key, task);
        }
    }

    /// Gives a new task its number; the root was 0.
    pub(crate) fn next_id(&self) -> TaskId {
        self.tasks.borrow().assert_room();
        self.spawns.set(self.spawns.get() + 1);
        TaskId(self.spawns.get())
    }

    /// Takes a task in. The queue is another matter.
    pub(crate) fn enter(&self, coroutine: Option<TaskCoroutine>, state: Rc<dyn AnyState>) -> Key {
        let task = Task::new(coroutine, state);
        self.tasks.borrow_mut().insert(task)
    }

    pub(crate) fn info(&self, key: Key) -> Option<TaskInfo> {
        let tasks = self.tasks.borrow();
        tasks.get(key).map(|task| task.state.info().clone())
    }
}
