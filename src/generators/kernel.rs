//! The loop of lane 1: a queue of generators, resumed in turn.
//!
//! A coroutine yields a trap, the kernel carries it out and, when that has happened, resumes the coroutine with the reply. So
//! the kernel knows at every moment what each task waits for. Put this file beside `state_machines/executor.rs`, where the loop is told
//! nothing and somebody else must keep a waker.
//!
//! One invariant keeps the rest simple: **no borrow is held while user code runs**. Coroutines and destructors may call any
//! method below.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use genawaiter::rc::Gen;
use genawaiter::{Coroutine, GeneratorState};

use super::co::{Co, Reply, Trap};
use super::task::{AnyState, State, body};
use super::waiters::Waiters;
use crate::clock::{Time, Timeline, TimerId, Timers};
use crate::deadlock::{Deadlock, Survey};
use crate::error::{JoinError, PanicPayload};
use crate::info::TaskInfo;
use crate::line::Ticket;
use crate::runner::{self, Counts, Report, Setup};
use crate::slots::{Key, ROOT, Slots, TaskId};

type DynCoroutine<'a> = dyn Coroutine<Yield = Trap, Resume = Reply, Return = ()> + 'a;
pub(crate) type TaskCoroutine = Pin<Box<DynCoroutine<'static>>>;
type Panic = Box<dyn Any + Send>;

pub(crate) struct Task {
    /// Out of its slot while it is resumed. The root's lives with the caller of `run`.
    pub(crate) coroutine: Option<TaskCoroutine>,
    pub(crate) state: Rc<dyn AnyState>,
    queued: bool,
    cancelled: bool,
    /// What it waits for has happened.
    answered: bool,
    waiting: Waiting,
    /// The time limits around its trap, the outermost first.
    limits: Vec<Limit>,
}

/// What the last trap of a task left behind, to be taken back if the task gives up.
enum Waiting {
    Nothing,
    Timer(TimerId),
    Line(Rc<Waiters>, Ticket),
    End(Key, Ticket),
}

#[derive(Debug)]
struct Limit {
    deadline: Time,
    timer: Option<TimerId>,
}

#[derive(Debug)]
struct Timer {
    key: Key,
    /// A time limit around another wait, or a sleep.
    is_limit: bool,
}

impl Task {
    fn new(coroutine: Option<TaskCoroutine>, state: Rc<dyn AnyState>) -> Self {
        Self {
            coroutine,
            state,
            queued: false,
            cancelled: false,
            // The first resume starts the coroutine; its reply is lost.
            answered: true,
            waiting: Waiting::Nothing,
            limits: Vec::new(),
        }
    }

    /// What there is to tell the task at its turn. What has happened wins over a limit that has passed.
    fn reply(&mut self) -> Option<Reply> {
        if self.answered {
            self.answered = false;
            self.waiting = Waiting::Nothing;
            return Some(Reply::Go);
        }
        self.passed_limit().map(Reply::Expired)
    }

    /// The innermost limit that has passed.
    fn passed_limit(&self) -> Option<usize> {
        if self.limits.is_empty() {
            return None;
        }
        let now = runner::now()?;
        let passed = |limit: &Limit| limit.deadline <= now && limit.deadline != Time::NEVER;
        self.limits.iter().rposition(passed)
    }
}

enum End {
    Done,
    Deadlock(Deadlock),
    Panicked(Panic),
}

/// The loop of this thread.
pub(crate) struct Kernel {
    ready: RefCell<VecDeque<Key>>,
    tasks: RefCell<Slots<Task>>,
    timers: RefCell<Timers<Timer>>,
    current: Cell<Option<Key>>,
    steps: Cell<u64>,
    spawns: Cell<u64>,
    closing: Cell<bool>,
    /// Tasks that were spawned while the loop was closing: dropped by a loop, however deep their destructors nest.
    refused: RefCell<VecDeque<Task>>,
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
        setup: &Setup,
        main: impl AsyncFnOnce(&Co) -> T,
        place: &'static Location<'static>,
    ) -> Report<T> {
        let _entered = runner::enter("generators", setup.clock);
        self.open(place);
        let mut output = None;
        let mut root = Gen::new(|raw| body(raw, || ROOT, main, |value| output = Some(value)));
        let pinned = Pin::new(&mut root);
        let end = self.drive(pinned);
        self.closing.set(true);
        // The root is the oldest: what is left of it goes first.
        let mut panic = self.drop_as(ROOT, || drop(root)).err();
        panic = panic.or(self.close());
        let counts = Counts {
            steps: self.steps.take(),
            spawns: self.spawns.take(),
        };
        let elapsed = runner::now().map_or(Duration::ZERO, Time::since_start);
        let outcome = match (end, panic) {
            (End::Panicked(panic), _) | (_, Some(panic)) => resume_unwind(panic),
            (End::Done, None) => Ok(output.expect("a root that is done has left its value")),
            (End::Deadlock(deadlock), None) => Err(deadlock),
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
        self.wake(key);
    }

    /// Runs rounds until the root has ended or nothing can go on. A panic in a coroutine ends that task, and the next rounds
    /// begin.
    fn drive(&self, mut root: Pin<&mut DynCoroutine<'_>>) -> End {
        loop {
            // Outside the unwinding, so that a coroutine that panicked is dropped after it and not by it.
            let mut in_hand = None;
            let rounds = AssertUnwindSafe(|| self.rounds(root.as_mut(), &mut in_hand));
            let panic = match catch_unwind(rounds) {
                Ok(end) => return end,
                Err(panic) => panic,
            };
            match self.current.take() {
                Some(ROOT) => return End::Panicked(panic),
                Some(key) => {
                    // The task has one outcome to give, and the first panic is it.
                    let _ = self.drop_as(key, || drop(in_hand));
                    self.fail(key, JoinError::Panicked(PanicPayload::new(panic)));
                }
                // The destructor of an outcome that nobody took: no task of ours to blame.
                None => drop(panic),
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
            if let Err(deadlock) = self.pass_time() {
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
        let mut reply = task.reply()?;
        *in_hand = task.coroutine.take();
        drop(tasks);

        self.steps.set(self.steps.get() + 1);
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

    /// Does what a trap asks for. A trap that comes when a time limit has passed already is refused, with the reply to resume
    /// the task with in the same turn.
    fn carry_out(&self, key: Key, trap: Trap) -> Option<Reply> {
        let mut tasks = self.tasks.borrow_mut();
        let task = tasks.get_mut(key)?;
        if let Some(depth) = task.passed_limit() {
            return Some(Reply::Expired(depth));
        }
        task.waiting = match trap {
            Trap::Yield => {
                task.answered = true;
                self.enqueue(key, task);
                Waiting::Nothing
            }
            Trap::Sleep(deadline) => {
                let is_limit = false;
                let timer = Timer { key, is_limit };
                Waiting::Timer(self.timers.borrow_mut().arm(deadline, timer))
            }
            Trap::Wait(line) => {
                let ticket = line.stand(key);
                Waiting::Line(line, ticket)
            }
            Trap::Join(other) => {
                let state = tasks.get(other).map(|other| Rc::clone(&other.state));
                let waiting = match state {
                    Some(state) => Waiting::End(other, state.stand(key)),
                    None => Waiting::Nothing,
                };
                tasks.get_mut(key)?.waiting = waiting;
                return None;
            }
        };
        None
    }

    /// Takes back what a task waits for. True if it has happened, and nobody has noticed.
    pub(crate) fn withdraw(&self, key: Key) -> bool {
        let waiting = match self.tasks.borrow_mut().get_mut(key) {
            Some(task) => std::mem::replace(&mut task.waiting, Waiting::Nothing),
            None => Waiting::Nothing,
        };
        match waiting {
            Waiting::Nothing => false,
            Waiting::Timer(timer) => self.timers.borrow_mut().disarm(timer).is_none(),
            Waiting::Line(line, ticket) => line.leave(ticket),
            Waiting::End(other, ticket) => {
                let tasks = self.tasks.borrow();
                tasks
                    .get(other)
                    .is_none_or(|other| other.state.leave(ticket))
            }
        }
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
                    let now = timeline.now();
                    if idle && now < deadline {
                        std::thread::sleep(deadline.since_start() - now.since_start());
                    }
                    self.fire(timeline.now());
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
                Some(Timer {
                    key,
                    is_limit: true,
                }) => self.wake(key),
                Some(Timer { key, .. }) => self.answer(key),
                None => return,
            }
        }
    }

    fn enqueue(&self, key: Key, task: &mut Task) {
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

    /// What the task waits for has happened.
    pub(crate) fn answer(&self, key: Key) {
        if let Some(task) = self.tasks.borrow_mut().get_mut(key) {
            task.answered = true;
            self.enqueue(key, task);
        }
    }

    /// Asks for the task to be dropped at its turn.
    pub(crate) fn cancel(&self, key: Key) {
        if let Some(task) = self.tasks.borrow_mut().get_mut(key) {
            task.cancelled = true;
            self.enqueue(key, task);
        }
    }

    /// Gives a new task its number; the root was 0.
    pub(crate) fn next_id(&self) -> TaskId {
        self.spawns.set(self.spawns.get() + 1);
        TaskId(self.spawns.get())
    }

    /// Takes a task in. The queue is another matter.
    pub(crate) fn enter(&self, coroutine: Option<TaskCoroutine>, state: Rc<dyn AnyState>) -> Key {
        let task = Task::new(coroutine, state);
        self.tasks.borrow_mut().insert(task)
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.get()
    }

    pub(crate) fn refuse(&self, coroutine: TaskCoroutine, state: Rc<dyn AnyState>) {
        let task = Task::new(Some(coroutine), state);
        self.refused.borrow_mut().push_back(task);
    }

    /// Drops a cancelled task. First its destructors run, then those who wait for it are woken.
    fn discard(&self, key: Key) {
        let coroutine = self.take_coroutine(key);
        let error = match self.drop_as(key, || drop(coroutine)) {
            Ok(()) => JoinError::Cancelled,
            Err(panic) => JoinError::Panicked(PanicPayload::new(panic)),
        };
        self.fail(key, error);
    }

    fn take_coroutine(&self, key: Key) -> Option<TaskCoroutine> {
        self.tasks.borrow_mut().get_mut(key)?.coroutine.take()
    }

    /// Runs destructors, as the task that they belong to.
    fn drop_as(&self, key: Key, drop: impl FnOnce()) -> Result<(), Panic> {
        let outer = self.current.replace(Some(key));
        let dropped = catch_unwind(AssertUnwindSafe(drop));
        self.current.set(outer);
        dropped
    }

    fn fail(&self, key: Key, error: JoinError) {
        let task = self.tasks.borrow_mut().remove(key);
        if let Some(task) = task {
            task.state.fail(error);
        }
    }

    /// Drops what is left, oldest first, and gives back the first panic of a destructor.
    fn close(&self) -> Option<Panic> {
        let mut left: Vec<(TaskId, Key)> = {
            let tasks = self.tasks.borrow();
            let by_id = tasks
                .iter()
                .map(|(key, task)| (task.state.info().id(), key));
            by_id.collect()
        };
        left.sort_unstable_by_key(|(id, _)| *id);
        let mut panic = None;
        let mut note = |dropped: Result<(), Panic>| panic = panic.take().or(dropped.err());
        for (_, key) in left {
            let coroutine = self.take_coroutine(key);
            note(self.drop_as(key, || drop(coroutine)));
            let fail = AssertUnwindSafe(|| self.fail(key, JoinError::Cancelled));
            note(catch_unwind(fail));
        }
        loop {
            let task = self.refused.borrow_mut().pop_front();
            let Some(task) = task else { break };
            note(self.drop_as(ROOT, || drop(task.coroutine)));
            let fail = AssertUnwindSafe(|| task.state.fail(JoinError::LoopEnded));
            note(catch_unwind(fail));
        }
        self.timers.replace(Timers::new());
        self.tasks.replace(Slots::new());
        self.ready.take();
        self.closing.set(false);
        panic
    }

    /// Who waits for what: the traps say it.
    fn survey(&self) -> Deadlock {
        let mut survey = Survey::default();
        let tasks = self.tasks.borrow();
        let mut by_id: Vec<_> = tasks.iter().collect();
        by_id.sort_unstable_by_key(|(_, task)| task.state.info().id());
        for (key, task) in &by_id {
            survey.task(*key, task.state.info());
        }
        for (key, task) in by_id {
            task.state.survey(&mut survey);
            if let Waiting::Line(line, Ticket(ticket)) = &task.waiting
                && let Some(wait) = line.wait()
            {
                survey.wait(key, *ticket, wait);
            }
        }
        for (TimerId { deadline, ticket }, timer) in self.timers.borrow().iter() {
            if timer.is_limit {
                survey.timeout(timer.key, ticket, deadline);
            } else {
                survey.sleep(timer.key, ticket, deadline);
            }
        }
        survey.report(false)
    }

    pub(crate) fn info(&self, key: Key) -> Option<TaskInfo> {
        let tasks = self.tasks.borrow();
        tasks.get(key).map(|task| task.state.info().clone())
    }

    /// Begins a time limit inside those that the task has already; its depth names it.
    pub(crate) fn push_limit(&self, key: Key, deadline: Time) -> usize {
        let mut tasks = self.tasks.borrow_mut();
        let limits = tasks.get_mut(key).map(|task| &mut task.limits);
        limits.map_or(0, |limits| {
            limits.push(Limit {
                deadline,
                timer: None,
            });
            limits.len() - 1
        })
    }

    /// Arms the timer of a limit that there is something to wait under.
    pub(crate) fn arm_limit(&self, key: Key, depth: usize) {
        let mut tasks = self.tasks.borrow_mut();
        let limits = tasks.get_mut(key).map(|task| &mut task.limits);
        let limit = limits.and_then(|limits| limits.get_mut(depth));
        if let Some(Limit {
            deadline,
            timer: timer @ None,
        }) = limit
        {
            let is_limit = true;
            let armed = Timer { key, is_limit };
            *timer = Some(self.timers.borrow_mut().arm(*deadline, armed));
        }
    }

    /// Ends the limit of this depth.
    pub(crate) fn pop_limit(&self, key: Key, depth: usize) {
        let mut tasks = self.tasks.borrow_mut();
        let Some(task) = tasks.get_mut(key) else {
            return;
        };
        for timer in task.limits.drain(depth..).filter_map(|limit| limit.timer) {
            self.timers.borrow_mut().disarm(timer);
        }
    }
}
