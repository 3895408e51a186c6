//! The loop of lanes 2 and 3: a queue of tasks to poll.
//!
//! All that the executor knows of a waiting task is that somebody may keep its waker. Put this file beside
//! `generators/kernel.rs`, where the loop is told what each task waits for.
//!
//! One invariant keeps the rest simple: **no borrow is held while user code runs**. Polls, destructors and foreign wakers may
//! call any method below.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::rc::{Rc, Weak};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use super::inbox::{self, Inbox};
use super::task::{AnyState, State};
use super::waiters::{Target, Waiters, keep_current};
use super::waker::{Address, LentWaker};
use crate::clock::{Time, Timeline, TimerId, Timers};
use crate::deadlock::{Deadlock, Survey};
use crate::error::{JoinError, PanicPayload};
use crate::info::TaskInfo;
use crate::runner::{self, Counts, Report, Setup};
use crate::slots::{Key, ROOT, Slots, TaskId};

pub(crate) type TaskFuture = Pin<Box<dyn Future<Output = ()>>>;
type Panic = Box<dyn Any + Send>;

pub(crate) struct Task {
    /// Out of its slot while it is polled. The root's lives with the caller of `run`.
    pub(crate) future: Option<TaskFuture>,
    pub(crate) state: Rc<dyn AnyState>,
    queued: bool,
    cancelled: bool,
}

#[derive(Debug)]
pub(crate) struct Timer {
    pub(crate) target: Target,
    /// A time limit around other waits, or a sleep.
    pub(crate) is_limit: bool,
}

enum End {
    Done,
    Deadlock(Deadlock),
    Panicked(Panic),
}

/// The loop of this thread. It is idle unless `loop_number` is set.
pub(crate) struct Executor {
    loop_number: Cell<Option<u16>>,
    inbox: RefCell<Option<Arc<Inbox>>>,
    ready: RefCell<VecDeque<Key>>,
    tasks: RefCell<Slots<Task>>,
    timers: RefCell<Timers<Timer>>,
    /// Where the report looks for those who wait.
    lines: RefCell<Vec<Weak<Waiters>>>,
    current: Cell<Option<Key>>,
    /// How many `yield_now`s of the running turn want another one.
    yields: Cell<u32>,
    /// Copies of this loop's wakers made on this thread less those dropped on it.
    copies: Cell<isize>,
    /// Turns given since the thread began, over all runs: a number names one turn for ever.
    turns: Cell<u64>,
    first_turn: Cell<u64>,
    spawns: Cell<u64>,
    closing: Cell<bool>,
    /// Tasks that were spawned while the loop was closing: dropped by a loop, however deep their destructors nest.
    refused: RefCell<VecDeque<Task>>,
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
            ready: RefCell::new(VecDeque::new()),
            tasks: RefCell::new(Slots::new()),
            timers: RefCell::new(Timers::new()),
            lines: RefCell::new(Vec::new()),
            current: Cell::new(None),
            yields: Cell::new(0),
            copies: Cell::new(0),
            turns: Cell::new(0),
            first_turn: Cell::new(0),
            spawns: Cell::new(0),
            closing: Cell::new(false),
            refused: RefCell::new(VecDeque::new()),
        }
    }

    /// The executor of this thread, whether or not it runs.
    pub(crate) fn with<T>(f: impl FnOnce(&Self) -> T) -> T {
        EXECUTOR.with(|executor| f(executor))
    }

    pub(crate) fn is_running(&self, loop_number: u16) -> bool {
        self.loop_number.get() == Some(loop_number)
    }

    pub(crate) fn is_active(&self) -> bool {
        self.loop_number.get().is_some()
    }

    /// Drives `main` and everything it spawns.
    pub(crate) fn run<F: Future>(
        &self,
        setup: &Setup,
        main: F,
        place: &'static Location<'static>,
    ) -> Report<F::Output> {
        let _entered = runner::enter("state_machines", setup.clock);
        self.open(place);
        let mut main = pin!(Some(main));
        let mut output = None;
        let end = self.drive(&mut |cx| {
            let future = main.as_mut().as_pin_mut();
            let future = future.expect("the root is not polled after its end");
            future.poll(cx).map(|value| {
                main.set(None);
                output = Some(value);
            })
        });
        self.closing.set(true);
        // The root is the oldest: what is left of it goes first.
        let mut panic = catch_unwind(AssertUnwindSafe(|| main.set(None))).err();
        panic = panic.or(self.close());
        let counts = Counts {
            steps: self.turns.get() - self.first_turn.get(),
            spawns: self.spawns.get(),
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
        let (loop_number, inbox) = inbox::open();
        self.loop_number.set(Some(loop_number));
        self.inbox.replace(Some(inbox));
        self.first_turn.set(self.turns.get());
        self.spawns.set(0);
        let info = TaskInfo::new(TaskId(0), Some("main"), place);
        let root = Rc::new(State::<()>::new(info));
        let key = self.enter(None, root);
        self.wake(key);
    }

    /// Runs rounds until the root has ended or nothing can go on. A panic in a poll ends that task, and the next rounds begin:
    /// catching it here, once, is what makes a turn cheap.
    fn drive(&self, poll_root: &mut dyn FnMut(&mut Context<'_>) -> Poll<()>) -> End {
        loop {
            // Outside the unwinding, so that a future that panicked is dropped after it and not by it.
            let mut in_hand = None;
            let rounds = AssertUnwindSafe(|| self.rounds(poll_root, &mut in_hand));
            let panic = match catch_unwind(rounds) {
                Ok(end) => return end,
                Err(panic) => panic,
            };
            self.yields.set(0);
            match self.current.take() {
                Some(ROOT) => return End::Panicked(panic),
                Some(key) => {
                    // The task has one outcome to give, and the first panic is it.
                    let _ = self.drop_future(key, in_hand);
                    self.fail(key, JoinError::Panicked(PanicPayload::new(panic)));
                }
                // A foreign waker, or the destructor of an outcome that nobody took: no task of ours to blame.
                None => drop(panic),
            }
        }
    }

    fn rounds(
        &self,
        poll_root: &mut dyn FnMut(&mut Context<'_>) -> Poll<()>,
        in_hand: &mut Option<TaskFuture>,
    ) -> End {
        loop {
            let turns = self.ready.borrow().len();
            for _ in 0..turns {
                let Some(key) = self.ready.borrow_mut().pop_front() else {
                    break;
                };
                if self.turn(key, poll_root, in_hand).is_ready() {
                    return End::Done;
                }
            }
            self.take_mail();
            if let Err(deadlock) = self.pass_time() {
                return End::Deadlock(deadlock);
            }
        }
    }

    /// One turn of one task; ready when the root has ended.
    fn turn(
        &self,
        key: Key,
        poll_root: &mut dyn FnMut(&mut Context<'_>) -> Poll<()>,
        in_hand: &mut Option<TaskFuture>,
    ) -> Poll<()> {
        let mut tasks = self.tasks.borrow_mut();
        // It may have ended since it was queued.
        let Some(task) = tasks.get_mut(key) else {
            return Poll::Pending;
        };
        task.queued = false;
        if task.cancelled {
            drop(tasks);
            self.discard(key);
            return Poll::Pending;
        }
        *in_hand = task.future.take();
        drop(tasks);

        self.turns.set(self.turns.get() + 1);
        self.current.set(Some(key));
        let loop_number = self.loop_number.get().expect("a running loop has a number");
        let waker = LentWaker::new(Address { loop_number, key });
        let mut cx = Context::from_waker(&waker);
        let poll = match in_hand {
            Some(future) => future.as_mut().poll(&mut cx),
            None => poll_root(&mut cx),
        };
        self.current.set(None);
        let yielded = self.yields.take() > 0;

        if poll.is_pending() {
            if let Some(task) = self.tasks.borrow_mut().get_mut(key) {
                task.future = in_hand.take();
            }
            if yielded {
                self.wake(key);
            }
            return Poll::Pending;
        }
        let task = self.tasks.borrow_mut().remove(key);
        drop((task, in_hand.take()));
        if key == ROOT { poll } else { Poll::Pending }
    }

    /// Goes on to the moment when a task is ready.
    fn pass_time(&self) -> Result<(), Deadlock> {
        loop {
            let timeline = runner::timeline().expect("a running loop has a clock");
            let next = self.timers.borrow().next_deadline();
            let idle = self.ready.borrow().is_empty();
            match (timeline, next) {
                (Timeline::Simulated { .. }, _) if !idle => return Ok(()),
                (Timeline::Simulated { .. }, Some(deadline)) => {
                    runner::jump(deadline);
                    self.fire(deadline);
                }
                (Timeline::Real { .. }, Some(deadline)) => {
                    let now = timeline.now();
                    if idle && now < deadline {
                        let limit = deadline.since_start() - now.since_start();
                        self.inbox().wait(Some(limit), self.copies.get());
                        self.take_mail();
                    }
                    self.fire(timeline.now());
                }
                (Timeline::Real { .. }, None) if !idle => return Ok(()),
                (_, None) => {
                    // In this order: when no copy is alive, no more mail can come, and what has come is there.
                    let foreign = self.inbox().copies(self.copies.get()) > 0;
                    if self.take_mail() {
                        return Ok(());
                    }
                    if !foreign || matches!(timeline, Timeline::Simulated { .. }) {
                        return Err(self.survey(foreign));
                    }
                    self.inbox().wait(None, self.copies.get());
                    self.take_mail();
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
                Some(timer) => timer.target.wake(),
                None => return,
            }
        }
    }

    fn inbox(&self) -> Arc<Inbox> {
        let inbox = self.inbox.borrow();
        Arc::clone(inbox.as_ref().expect("a running loop has an inbox"))
    }

    fn take_mail(&self) -> bool {
        let inbox = self.inbox.borrow();
        let mail = inbox.as_ref().map_or(Vec::new(), |inbox| inbox.take());
        mail.iter().for_each(|key| self.wake(*key));
        !mail.is_empty()
    }

    /// Puts the task at the back of the queue, unless it is there already or has ended.
    pub(crate) fn wake(&self, key: Key) {
        if let Some(task) = self.tasks.borrow_mut().get_mut(key)
            && !std::mem::replace(&mut task.queued, true)
        {
            self.ready.borrow_mut().push_back(key);
        }
    }

    /// Asks for the task to be dropped at its turn.
    pub(crate) fn cancel(&self, key: Key) {
        if let Some(task) = self.tasks.borrow_mut().get_mut(key) {
            task.cancelled = true;
        }
        self.wake(key);
    }

    /// Gives a new task its number; the root was 0.
    pub(crate) fn next_id(&self) -> TaskId {
        self.spawns.set(self.spawns.get() + 1);
        TaskId(self.spawns.get())
    }

    /// Takes a task in. The queue is another matter.
    pub(crate) fn enter(&self, future: Option<TaskFuture>, state: Rc<dyn AnyState>) -> Key {
        self.tasks.borrow_mut().insert(Task {
            future,
            state,
            queued: false,
            cancelled: false,
        })
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.closing.get()
    }

    pub(crate) fn refuse(&self, future: TaskFuture, state: Rc<dyn AnyState>) {
        self.refused.borrow_mut().push_back(Task {
            future: Some(future),
            state,
            queued: false,
            cancelled: true,
        });
    }

    /// Drops a cancelled task. First its destructors run, then those who wait for it are woken.
    fn discard(&self, key: Key) {
        let future = self.take_future(key);
        let error = match self.drop_future(key, future) {
            Ok(()) => JoinError::Cancelled,
            Err(panic) => JoinError::Panicked(PanicPayload::new(panic)),
        };
        self.fail(key, error);
    }

    fn take_future(&self, key: Key) -> Option<TaskFuture> {
        self.tasks.borrow_mut().get_mut(key)?.future.take()
    }

    /// Runs destructors, as the task that they belong to.
    fn drop_future(&self, key: Key, future: Option<TaskFuture>) -> Result<(), Panic> {
        let outer = self.current.replace(Some(key));
        let dropped = catch_unwind(AssertUnwindSafe(|| drop(future)));
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
            let future = self.take_future(key);
            note(self.drop_future(key, future));
            let fail = AssertUnwindSafe(|| self.fail(key, JoinError::Cancelled));
            note(catch_unwind(fail));
        }
        loop {
            let task = self.refused.borrow_mut().pop_front();
            let Some(task) = task else { break };
            note(self.drop_future(ROOT, task.future));
            let fail = AssertUnwindSafe(|| task.state.fail(JoinError::LoopEnded));
            note(catch_unwind(fail));
        }
        let timers = self.timers.replace(Timers::new());
        note(catch_unwind(AssertUnwindSafe(|| drop(timers))));
        self.tasks.replace(Slots::new());
        self.ready.take();
        self.lines.take();
        self.closing.set(false);
        if let Some(loop_number) = self.loop_number.take() {
            inbox::close(loop_number, self.copies.take());
        }
        self.inbox.take();
        panic
    }

    /// Who waits for what: found in the lines, timers and tasks where the waiting have left their number, so that nobody pays
    /// for the report before it is wanted.
    fn survey(&self, foreign: bool) -> Deadlock {
        let mut survey = Survey::default();
        let tasks = self.tasks.borrow();
        let mut by_id: Vec<_> = tasks.iter().collect();
        by_id.sort_unstable_by_key(|(_, task)| task.state.info().id());
        for (key, task) in &by_id {
            survey.task(*key, task.state.info());
        }
        for (_, task) in by_id {
            task.state.survey(&mut survey);
        }
        for line in self.lines.borrow().iter().filter_map(Weak::upgrade) {
            line.survey(&mut survey, None);
        }
        for (TimerId { deadline, ticket }, timer) in self.timers.borrow().iter() {
            match timer.target {
                Target::Task(key) if timer.is_limit => survey.timeout(key, ticket, deadline),
                Target::Task(key) => survey.sleep(key, ticket, deadline),
                Target::Foreign(_) => {}
            }
        }
        survey.report(foreign)
    }

    pub(crate) fn remember_line(&self, line: &Rc<Waiters>) {
        let mut lines = self.lines.borrow_mut();
        if lines.len() == lines.capacity() {
            lines.retain(|line| line.strong_count() > 0);
        }
        lines.push(Rc::downgrade(line));
    }

    pub(crate) fn current(&self) -> Option<Key> {
        self.current.get()
    }

    pub(crate) fn info(&self, key: Key) -> Option<TaskInfo> {
        let tasks = self.tasks.borrow();
        tasks.get(key).map(|task| task.state.info().clone())
    }

    pub(crate) fn count_waker_copies(&self, copies: isize) {
        self.copies.set(self.copies.get() + copies);
    }

    pub(crate) fn arm(&self, deadline: Time, is_limit: bool, cx: &Context<'_>) -> TimerId {
        let target = Target::of(cx);
        let timer = Timer { target, is_limit };
        self.timers.borrow_mut().arm(deadline, timer)
    }

    /// Whether the timer has yet to fire; lets it wake whoever polls now.
    pub(crate) fn is_armed(&self, id: TimerId, cx: &Context<'_>) -> bool {
        keep_current(cx, |look| {
            let mut timers = self.timers.borrow_mut();
            timers
                .get_mut(id)
                .map(|timer| look(&mut timer.target))
                .is_some()
        })
    }

    pub(crate) fn disarm(&self, id: TimerId) {
        let timer = self.timers.borrow_mut().disarm(id);
        drop(timer);
    }

    /// Leaves the note of a `yield_now`: the running task wants another turn. Returns the number of this turn.
    pub(crate) fn note_yield(&self) -> u64 {
        self.yields.set(self.yields.get() + 1);
        self.turns.get()
    }

    /// Takes the note back, if it was left in this very turn.
    pub(crate) fn take_back_yield(&self, turn: u64) {
        if self.is_turn(turn) {
            self.yields.set(self.yields.get().saturating_sub(1));
        }
    }

    pub(crate) fn is_turn(&self, turn: u64) -> bool {
        self.current.get().is_some() && self.turns.get() == turn
    }
}
