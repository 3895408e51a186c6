//! The loop of lane 1: a queue of generators, resumed in turn.
//!
//! A coroutine yields a trap, the kernel carries it out, and when that has happened leaves the reply and resumes the coroutine. So the kernel knows at every
//! moment what each task waits for. Put this file beside `state_machines/executor.rs`, where the loop is told
//! nothing and somebody else must keep a waker.
//!
//! One invariant keeps the rest simple: **no borrow is held while user code runs**. Coroutines and destructors may call any
//! method below.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::panic::{Location, resume_unwind};
use std::task::RawWakerVTable;
use std::time::Duration;

use genawaiter::GeneratorState;
use genawaiter::rc::Gen;

use super::co::Co;
use super::table::{Task, TaskBody};
use super::task::body;
use super::timer::Timer;
use super::trap::{Reply, Request, Trap};
use crate::clock::{Time, Timers};
use crate::error::{JoinError, PanicPayload};
use crate::graves::Graves;
use crate::info::{Name, TaskId};
use crate::key::{Key, ROOT};
use crate::reports::{Deadlock, Exit, Watch};
use crate::runner::{self, Counts, Entered, Report};
use crate::slots::Slots;
use crate::trace::observer;
use crate::unwind::{Panic, caught, contain, discard, first_of};

enum End {
    Done,
    Deadlock(Deadlock),
}

/// Resumes the root, whose generator lives with the caller of `run`.
type ResumeRoot<'a> = dyn FnMut() -> GeneratorState<Trap, ()> + 'a;

/// The loop of this thread.
pub(crate) struct Kernel {
    pub(super) tasks: RefCell<Slots<TaskBody, Task>>,
    pub(super) timers: RefCell<Timers<Timer>>,
    pub(super) current: Cell<Option<Key>>,
    /// What the running coroutine asks for, until it stops.
    pub(super) tray: Cell<Option<Request>>,
    /// Why it was resumed, until it has looked.
    pub(super) reply: Cell<Option<Reply>>,
    /// Whose waker it is polled with; `None` while destructors run.
    pub(super) waker: Cell<Option<&'static RawWakerVTable>>,
    steps: Cell<u64>,
    pub(super) spawns: Cell<u64>,
    pub(super) exit: RefCell<Exit>,
    pub(super) graves: Graves<TaskBody>,
    pub(super) slow_step: Cell<Option<Duration>>,
    /// Whether somebody wants to know of each turn.
    pub(super) watched: Cell<bool>,
    pub(super) watch: RefCell<Option<Watch>>,
    pub(super) closing: Cell<bool>,
    /// Tasks that were spawned while the loop was closing: dropped by a loop, however deep their destructors nest.
    pub(super) refused: RefCell<VecDeque<Key>>,
    pub(super) active: Cell<bool>,
}

thread_local! {
    // Never torn down, so that handles work in thread-local destructors too; an idle kernel owns nothing.
    static KERNEL: ManuallyDrop<Kernel> = const { ManuallyDrop::new(Kernel::new()) };
}

impl Kernel {
    const fn new() -> Self {
        Self {
            tasks: RefCell::new(Slots::new()),
            timers: RefCell::new(Timers::new()),
            current: Cell::new(None),
            tray: Cell::new(None),
            reply: Cell::new(None),
            waker: Cell::new(None),
            steps: Cell::new(0),
            spawns: Cell::new(0),
            exit: RefCell::new(Exit::new()),
            graves: Graves::new(),
            slow_step: Cell::new(None),
            watched: Cell::new(false),
            watch: RefCell::new(None),
            closing: Cell::new(false),
            refused: RefCell::new(VecDeque::new()),
            active: Cell::new(false),
        }
    }

    /// The kernel of this thread, whether or not it runs.
    // The thread-local is a fixed place: a call would cost more than what most closures do.
    #[inline(always)]
    pub(crate) fn with<T>(f: impl FnOnce(&Self) -> T) -> T {
        KERNEL.with(|kernel| f(kernel))
    }

    pub(crate) fn is_active(&self) -> bool {
        self.active.get()
    }

    /// Drives `main` and everything it spawns.
    pub(crate) fn run<T>(
        &self,
        _entered: &Entered,
        main: impl AsyncFnOnce(&Co) -> T,
        place: &'static Location<'static>,
        slow_step: Option<Duration>,
    ) -> Report<T> {
        self.open(place);
        self.slow_step.set(slow_step);
        self.watched.set(slow_step.is_some() || observer::listens());
        let mut output = None;
        let mut root = Some(Gen::new(|raw| body(raw, main)));
        let ended = self.drive(&mut || {
            let generator = root.as_mut();
            let generator = generator.expect("the root is not resumed after its end");
            match generator.resume() {
                GeneratorState::Yielded(trap) => GeneratorState::Yielded(trap),
                GeneratorState::Complete(value) => {
                    // Before the destructors run: if both panic, one of them is dropped outside of any unwinding.
                    output = Some(value);
                    root = None;
                    GeneratorState::Complete(())
                }
            }
        });
        let (end, panic) = match ended {
            Ok(end) => (end, None),
            Err(panic) => (End::Done, Some(panic)),
        };
        match end {
            End::Done if panic.is_none() => self.note_pending(),
            End::Done => {}
            End::Deadlock(_) => observer::stuck(),
        }
        self.closing.set(true);
        // The root is the oldest: what is left of it goes first.
        let panic = first_of(panic, self.drop_as(ROOT, || drop(root)).err());
        let panic = self.close(panic);
        let panic = first_of(panic, observer::end());
        let counts = Counts {
            steps: self.steps.take(),
            spawns: self.spawns.take(),
        };
        let exit = self.exit.take();
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
            exit,
        }
    }

    fn open(&self, place: &'static Location<'static>) {
        self.active.set(true);
        let root = Task::new(TaskId(0), Some(Name::new("main".to_owned())), place);
        let mut tasks = self.tasks.borrow_mut();
        tasks.insert_root(root);
        tasks.enqueue(ROOT);
        if observer::listens() {
            observer::spawned(TaskId(0), Some("main"), place);
        }
    }

    /// Runs rounds until the root has ended or nothing can go on. A panic in a coroutine ends that task, and the next rounds
    /// begin.
    fn drive(&self, resume_root: &mut ResumeRoot<'_>) -> Result<End, Panic> {
        loop {
            // Outside the unwinding, so that a coroutine that panicked is dropped after it and not by it.
            let mut in_hand = None;
            let rounds = caught(|| self.rounds(resume_root, &mut in_hand));
            self.stop_watching();
            let panic = match rounds {
                Ok(end) => return Ok(end),
                Err(panic) => panic,
            };
            match self.current.take() {
                Some(ROOT) => return Err(panic),
                Some(key) => {
                    // The task has one outcome to give, and the first panic is it.
                    self.discard(key, &mut in_hand).unwrap_or_else(discard);
                    let error = JoinError::Panicked(PanicPayload::new(panic));
                    self.fail(key, in_hand, error);
                }
                // The destructor of an outcome that nobody took: no task of ours to blame.
                None => discard(panic),
            }
        }
    }

    fn rounds(&self, resume_root: &mut ResumeRoot<'_>, in_hand: &mut Option<TaskBody>) -> End {
        loop {
            let mut turns = self.tasks.borrow_mut().begin_round();
            // A round whose turns are watched goes on one by one.
            if self.watched.get() {
                self.watch_turn();
                turns = turns.min(1);
            }
            for _ in 0..turns {
                if self.turn(resume_root, in_hand) == Some(ROOT) {
                    return End::Done;
                }
            }
            if self.watched.get() {
                self.note_turn();
                if self.tasks.borrow().is_in_round() {
                    continue;
                }
            }
            let idle = !self.is_ready();
            if (idle || !self.timers.borrow().is_empty())
                && let Err(deadlock) = self.pass_time()
            {
                return End::Deadlock(deadlock);
            }
        }
    }

    /// One turn of the task that is first in the queue; it is returned if it has ended.
    fn turn(
        &self,
        resume_root: &mut ResumeRoot<'_>,
        in_hand: &mut Option<TaskBody>,
    ) -> Option<Key> {
        let mut tasks = self.tasks.borrow_mut();
        // It may have ended since it was queued.
        let (key, slot) = tasks.dequeue()?;
        if slot.marks.is_cancelled() {
            *in_hand = slot.body.take();
            drop(tasks);
            let error = self.cancelled(key, in_hand);
            self.fail(key, in_hand.take(), error);
            return None;
        }
        self.steps.set(self.steps.get() + 1);
        // Nothing may have happened by its turn that it waits for: then it goes on waiting.
        let mut reply = if slot.marks.looks_aside() {
            let reply = Self::look_aside(&mut tasks, key)?;
            *in_hand = tasks.slot_mut(key)?.body.take();
            reply
        } else {
            let reply = slot.marks.take_answer().then_some(Reply::Go)?;
            *in_hand = slot.body.take();
            reply
        };
        drop(tasks);

        self.current.set(Some(key));
        loop {
            self.reply.set(Some(reply));
            let state = match in_hand {
                Some(body) => body.resume(),
                None => resume_root(),
            };
            let GeneratorState::Yielded(trap) = state else {
                break;
            };
            match self.carry_out(key, trap, in_hand) {
                Some(refusal) => reply = refusal,
                None => {
                    self.current.set(None);
                    return None;
                }
            }
        }
        self.finish(key, in_hand.take());
        Some(key)
    }

    pub(super) fn is_ready(&self) -> bool {
        self.tasks.borrow().is_ready()
    }

    /// Puts the task at the back of the queue, unless it is there already or has ended.
    pub(crate) fn wake(&self, key: Key) {
        let is_new = self.tasks.borrow_mut().enqueue(key);
        if is_new && observer::listens() {
            self.tell_woken(key);
        }
    }

    /// Turns given in this run.
    pub(super) fn steps(&self) -> u64 {
        self.steps.get()
    }
}
