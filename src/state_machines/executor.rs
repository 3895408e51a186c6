//! The loop of lanes 2 and 3: a queue of tasks to poll.
//!
//! All that the executor knows of a waiting task is that somebody may keep its waker. Put this file beside
//! `generators/kernel.rs`, where the loop is told what each task waits for.
//!
//! One invariant keeps the rest simple: **no borrow is held while user code runs**. Polls, destructors and foreign wakers may
//! call any method below.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::panic::{Location, resume_unwind};
use std::pin::pin;
use std::rc::Weak;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::copies::Copies;
use super::inbox::{self, Inbox};
use super::table::{Extras, Task, TaskBody};
use super::timer::Timer;
use super::trace::Stands;
use super::waiters::Waiters;
use super::waker::{Address, LentWaker};
use crate::clock::{Time, Timers};
use crate::error::{JoinError, PanicPayload};
use crate::graves::Graves;
use crate::info::TaskId;
use crate::key::{Key, KeyHashing, ROOT};
use crate::reports::{Deadlock, Exit, Watch};
use crate::runner::{self, Counts, Entered, Report};
use crate::slots::Slots;
use crate::trace::observer;
use crate::unwind::{Panic, caught, contain, discard, first_of};

enum End {
    Done,
    Deadlock(Deadlock),
}

/// Polls the root, whose future lives with the caller of `run`.
type PollRoot<'a> = dyn FnMut(&mut Context<'_>) -> Poll<()> + 'a;

/// The loop of this thread. It is idle unless `loop_number` is set.
pub(crate) struct Executor {
    pub(super) loop_number: Cell<Option<u16>>,
    pub(super) inbox: RefCell<Option<Arc<Inbox>>>,
    pub(super) tasks: RefCell<Slots<TaskBody, Task>>,
    pub(super) extras: RefCell<Extras>,
    pub(super) timers: RefCell<Timers<Timer>>,
    /// Where the report looks for those who wait.
    pub(super) lines: RefCell<Vec<Weak<Waiters>>>,
    /// Whose turn it is, or whose destructors run.
    pub(super) current: Cell<Option<Address>>,
    /// How many `yield_now`s of the running turn want another one.
    pub(super) yields: Cell<u32>,
    pub(super) copies: Copies,
    /// Turns given since the thread began, over all runs: a number names one turn for ever.
    pub(super) turns: Cell<u64>,
    first_turn: Cell<u64>,
    pub(super) spawns: Cell<u64>,
    pub(super) exit: RefCell<Exit>,
    pub(super) graves: Graves<TaskBody>,
    pub(super) slow_step: Cell<Option<Duration>>,
    /// Whether somebody wants to know of each turn.
    pub(super) watched: Cell<bool>,
    pub(super) watch: RefCell<Option<Watch>>,
    pub(super) stands: RefCell<Stands>,
    pub(super) closing: Cell<bool>,
    /// Tasks that were spawned while the loop was closing: dropped by a loop, however deep their destructors nest.
    pub(super) refused: RefCell<VecDeque<Key>>,
}

thread_local! {
    // Never torn down, so that wakers and handles work in thread-local destructors too; an idle executor owns nothing.
    static EXECUTOR: ManuallyDrop<Executor> = const { ManuallyDrop::new(Executor::new()) };
}

impl Executor {
    const fn new() -> Self {
        Self {
            loop_number: Cell::new(None),
            inbox: RefCell::new(None),
            tasks: RefCell::new(Slots::new()),
            extras: RefCell::new(Extras::with_hasher(KeyHashing::new())),
            timers: RefCell::new(Timers::new()),
            lines: RefCell::new(Vec::new()),
            current: Cell::new(None),
            yields: Cell::new(0),
            copies: Copies::new(),
            turns: Cell::new(0),
            first_turn: Cell::new(0),
            spawns: Cell::new(0),
            exit: RefCell::new(Exit::new()),
            graves: Graves::new(),
            slow_step: Cell::new(None),
            watched: Cell::new(false),
            watch: RefCell::new(None),
            stands: RefCell::new(Stands::with_hasher(KeyHashing::new())),
            closing: Cell::new(false),
            refused: RefCell::new(VecDeque::new()),
        }
    }

    /// The executor of this thread, whether or not it runs.
    // The thread-local is a fixed place: a call would cost more than what most closures do.
    #[inline(always)]
    pub(crate) fn with<T>(f: impl FnOnce(&Self) -> T) -> T {
        EXECUTOR.with(|executor| f(executor))
    }

    #[inline]
    pub(crate) fn is_running(&self, loop_number: u16) -> bool {
        self.loop_number.get() == Some(loop_number)
    }

    #[inline]
    pub(crate) fn is_active(&self) -> bool {
        self.loop_number.get().is_some()
    }

    /// Drives `main` and everything it spawns.
    pub(crate) fn run<F: Future>(
        &self,
        _entered: &Entered,
        main: F,
        place: &'static Location<'static>,
        slow_step: Option<Duration>,
    ) -> Report<F::Output> {
        self.open(place);
        self.slow_step.set(slow_step);
        self.watched.set(slow_step.is_some() || observer::listens());
        let mut main = pin!(Some(main));
        let mut output = None;
        let ended = self.drive(&mut |cx| {
            let future = main.as_mut().as_pin_mut();
            let future = future.expect("the root is not polled after its end");
            future.poll(cx).map(|value| {
                // Before the destructors run: if both panic, one of them is dropped outside of any unwinding.
                output = Some(value);
                main.set(None);
            })
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
        let panic = first_of(panic, self.drop_as(ROOT, || main.set(None)).err());
        let panic = self.close(panic);
        let panic = first_of(panic, observer::end());
        let counts = Counts {
            steps: self.steps(),
            spawns: self.spawns.get(),
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
        let (loop_number, inbox) = inbox::open();
        self.loop_number.set(Some(loop_number));
        self.inbox.replace(Some(inbox));
        self.first_turn.set(self.turns.get());
        self.spawns.set(0);
        let root = Task {
            id: TaskId(0),
            spawned_at: place,
        };
        let mut tasks = self.tasks.borrow_mut();
        tasks.insert_root(root);
        tasks.enqueue(ROOT);
        if observer::listens() {
            observer::spawned(TaskId(0), Some("main"), place);
        }
    }

    /// Runs rounds until the root has ended or nothing can go on. A panic in a poll ends that task, and the next rounds begin:
    /// catching it here, once, is what makes a turn cheap.
    fn drive(&self, poll_root: &mut PollRoot<'_>) -> Result<End, Panic> {
        loop {
            // Outside the unwinding, so that a future that panicked is dropped after it and not by it.
            let mut in_hand = None;
            let rounds = caught(|| self.rounds(poll_root, &mut in_hand));
            self.stop_watching();
            let panic = match rounds {
                Ok(end) => return Ok(end),
                Err(panic) => panic,
            };
            match self.current.take().map(Address::key) {
                Some(ROOT) => return Err(panic),
                Some(key) => {
                    // The task has one outcome to give, and the first panic is it.
                    self.discard(key, &mut in_hand).unwrap_or_else(discard);
                    let error = JoinError::Panicked(PanicPayload::new(panic));
                    self.fail(key, in_hand, error);
                }
                // A foreign waker, or the destructor of an outcome that nobody took: no task of ours to blame.
                None => discard(panic),
            }
        }
    }

    fn rounds(&self, poll_root: &mut PollRoot<'_>, in_hand: &mut Option<TaskBody>) -> End {
        let inbox = self.inbox();
        loop {
            let mut turns = self.tasks.borrow_mut().begin_round();
            // A round whose turns are watched goes on one by one.
            if self.watched.get() {
                self.watch_turn();
                turns = turns.min(1);
            }
            for _ in 0..turns {
                if self.turn(poll_root, in_hand).is_ready() {
                    return End::Done;
                }
            }
            if self.watched.get() {
                self.note_turn();
                if self.tasks.borrow().is_in_round() {
                    continue;
                }
            }
            if inbox.has_mail() {
                self.take_mail();
            }
            if (!self.is_ready() || !self.timers.borrow().is_empty())
                && let Err(deadlock) = self.pass_time()
            {
                return End::Deadlock(deadlock);
            }
        }
    }

    /// One turn of the task that is first in the queue; ready when the root has ended.
    fn turn(&self, poll_root: &mut PollRoot<'_>, in_hand: &mut Option<TaskBody>) -> Poll<()> {
        let mut tasks = self.tasks.borrow_mut();
        // It may have ended since it was queued.
        let Some((key, slot)) = tasks.dequeue() else {
            return Poll::Pending;
        };
        let cancelled = slot.marks.is_cancelled();
        *in_hand = slot.body.take();
        drop(tasks);
        if cancelled {
            let error = self.cancelled(key, in_hand);
            self.fail(key, in_hand.take(), error);
            return Poll::Pending;
        }

        self.turns.set(self.turns.get() + 1);
        let address = self.address(key);
        self.current.set(Some(address));
        self.yields.set(0);
        let waker = LentWaker::new(address);
        let mut cx = Context::from_waker(&waker);
        let poll = match in_hand {
            Some(body) => body.as_mut().poll(&mut cx),
            None => poll_root(&mut cx),
        };
        if poll.is_pending() {
            self.current.set(None);
            let mut tasks = self.tasks.borrow_mut();
            if self.yields.get() > 0 {
                tasks.suspend_ready(key, in_hand.take());
            } else {
                tasks.suspend(key, in_hand.take());
            }
            return Poll::Pending;
        }
        self.finish(key, in_hand.take());
        if key == ROOT { poll } else { Poll::Pending }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.tasks.borrow().is_ready()
    }

    /// Puts the task at the back of the queue, unless it is there already or has ended.
    #[inline]
    pub(crate) fn wake(&self, key: Key) {
        let is_new = self.tasks.borrow_mut().enqueue(key);
        if is_new && observer::listens() {
            self.tell_woken(key);
        }
    }

    pub(crate) fn current(&self) -> Option<Key> {
        self.current.get().map(Address::key)
    }

    /// Turns given in this run.
    pub(super) fn steps(&self) -> u64 {
        self.turns.get() - self.first_turn.get()
    }
}
