//! What a coroutine asks the kernel for, how the kernel does it, and how it is taken back.

use std::fmt;
use std::rc::Rc;

use super::kernel::Kernel;
use super::table::{Limit, Task, TaskBody, Waiting};
use super::timer::Timer;
use super::waiters::Waiters;
use super::watchers::Watcher;
use crate::clock::{Time, TimerId};
use crate::key::Key;
use crate::line::Ticket;
use crate::slots::Slots;
use crate::trace::observer;

/// What a coroutine yields: it wants another turn, or it waits for what it has put into the kernel's tray.
///
/// Only waiting is a trap. What never waits (spawn, cancel, set, release, and all that destructors do) is a plain call on the
/// kernel: a destructor cannot yield.
///
/// A trap is one byte, and there is nothing in a resume. What a generator yields and is resumed with goes through a cell four times a
/// step, and if that cell held a request of two words, it would cost as much as all the rest of the step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trap {
    Yield,
    Wait,
}

/// What a coroutine can wait for.
#[derive(Debug)]
pub(crate) enum Request {
    /// Another turn, by a coroutine with a time limit. Without one it yields, and there is nothing to look at.
    Turn,
    /// A timer, which has been armed.
    Timer(TimerId),
    /// The end of a task.
    Join(Key),
    /// To be called from a line, in which it stands already.
    Line(Rc<Waiters>, Ticket),
}

/// The function that was called to wait, for the messages about its misuse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    YieldNow,
    Sleep,
    Join,
    Recv,
    Send,
    Wait,
    Acquire,
    Lock,
    Gather,
}

impl Call {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::YieldNow => "yield_now",
            Self::Sleep => "sleep",
            Self::Join => "join",
            Self::Recv => "recv",
            Self::Send => "send",
            Self::Wait => "wait",
            Self::Acquire => "acquire",
            Self::Lock => "lock",
            Self::Gather => "gather",
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a coroutine is resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// What it asked for has happened: go on.
    Go,
    /// It has not, and the time limit of this depth has passed.
    Expired(u32),
}

impl Kernel {
    /// Does what a trap asks for, and puts the task back into its slot. A trap that comes when a time limit has passed already is refused,
    /// with the reply to resume the task with in the same turn.
    #[inline]
    pub(super) fn carry_out(
        &self,
        key: Key,
        trap: Trap,
        in_hand: &mut Option<TaskBody>,
    ) -> Option<Reply> {
        let mut tasks = self.tasks.borrow_mut();
        if trap == Trap::Yield {
            tasks.suspend_ready(key, in_hand.take());
            return None;
        }
        self.begin_to_wait(&mut tasks, key, in_hand)
    }

    #[inline(never)]
    fn begin_to_wait(
        &self,
        tasks: &mut Slots<TaskBody, Task>,
        key: Key,
        in_hand: &mut Option<TaskBody>,
    ) -> Option<Reply> {
        let request = self.tray.take().expect("who waits has said for what");
        let refusal = tasks.task(key)?.passed_limit().map(Reply::Expired);
        if refusal.is_some() && matches!(request, Request::Turn | Request::Join(_)) {
            return refusal;
        }
        let waiting = match request {
            Request::Turn => {
                tasks.suspend_ready(key, in_hand.take());
                return None;
            }
            Request::Timer(timer) => Waiting::Timer(timer),
            Request::Line(line, ticket) => Waiting::Line(line, ticket),
            Request::Join(other) => {
                tasks.slot_mut(other)?.marks.watch();
                let watchers = tasks.task_mut(other)?.watchers_mut();
                let ticket = watchers.join(Watcher::Joiner(key));
                Waiting::End(other, ticket)
            }
        };
        tasks.task_mut(key)?.waiting = waiting;
        tasks.slot_mut(key)?.marks.look_aside(true);
        if refusal.is_none() {
            tasks.suspend(key, in_hand.take());
        }
        refusal
    }

    /// What a coroutine with more to its wait is to be resumed with; `None` if it has to go on waiting.
    pub(super) fn look_aside(tasks: &mut Slots<TaskBody, Task>, key: Key) -> Option<Reply> {
        let answered = tasks.slot_mut(key)?.marks.take_answer();
        let task = tasks.task_mut(key)?;
        if !answered {
            return task.passed_limit().map(Reply::Expired);
        }
        Some(Reply::Go)
    }

    /// The coroutine has noticed that its wait is over. Until then it can be dropped, and passes on what it was called for.
    pub(crate) fn settle(&self, key: Key) {
        let mut tasks = self.tasks.borrow_mut();
        if let Some(task) = tasks.task_mut(key) {
            let more = task.settle();
            if let Some(slot) = tasks.slot_mut(key) {
                slot.marks.look_aside(more);
            }
        }
    }

    /// Takes back what a task waits for. True if it has happened, and nobody has noticed.
    pub(crate) fn withdraw(&self, key: Key) -> bool {
        let waiting = self.take_waiting(key).unwrap_or(Waiting::Nothing);
        self.stop(match self.tray.take() {
            // It was asked for in this very turn, and has not been carried out yet.
            Some(Request::Line(line, ticket)) => Waiting::Line(line, ticket),
            Some(Request::Timer(timer)) => Waiting::Timer(timer),
            _ => waiting,
        })
    }

    fn stop(&self, waiting: Waiting) -> bool {
        match waiting {
            Waiting::Nothing => false,
            Waiting::Timer(timer) => !self.disarm(timer),
            Waiting::Line(line, ticket) => line.leave(ticket),
            Waiting::End(other, ticket) => self.leave(other, ticket),
        }
    }

    /// Takes back what a task that has ended waits for still: its coroutine has leaked a wait, or a limit.
    pub(super) fn forget_waits(&self, key: Key) {
        let waits = {
            let mut tasks = self.tasks.borrow_mut();
            tasks.task_mut(key).map(Task::take_waits)
        };
        if let Some((waiting, limits)) = waits {
            self.stop(waiting);
            let timers = limits.into_iter().filter_map(|limit| limit.timer);
            for timer in timers {
                self.disarm(timer);
            }
        }
    }

    fn take_waiting(&self, key: Key) -> Option<Waiting> {
        let mut tasks = self.tasks.borrow_mut();
        // It may have been answered just now: the next wait must not take that for its own.
        tasks.slot_mut(key)?.marks.take_answer();
        let waiting = &mut tasks.task_mut(key)?.waiting;
        Some(std::mem::replace(waiting, Waiting::Nothing))
    }

    /// What the task waits for has happened.
    pub(crate) fn answer(&self, key: Key) {
        let mut tasks = self.tasks.borrow_mut();
        if let Some(slot) = tasks.slot_mut(key) {
            slot.marks.answer();
            let is_new = tasks.enqueue(key);
            drop(tasks);
            if is_new && observer::listens() {
                self.tell_woken(key);
            }
        }
    }

    /// Begins a time limit inside those that the task has already; its depth names it.
    pub(crate) fn push_limit(&self, key: Key, deadline: Time, ticket: Ticket) -> u32 {
        let mut tasks = self.tasks.borrow_mut();
        if let Some(slot) = tasks.slot_mut(key) {
            slot.marks.look_aside(true);
        }
        let limits = tasks.task_mut(key).map(Task::limits_mut);
        limits.map_or(0, |limits| {
            limits.push(Limit {
                deadline,
                ticket,
                timer: None,
            });
            deepest(limits)
        })
    }

    /// Arms the timer of a limit that there is something to wait under. If that or one inside it has passed already, the wait is about to be refused,
    /// and there is nothing.
    pub(crate) fn arm_limit(&self, key: Key, depth: u32) {
        let mut tasks = self.tasks.borrow_mut();
        let Some(task) = tasks.task_mut(key) else {
            return;
        };
        let limit = task.limits_mut().get(depth as usize);
        if limit.is_none_or(|limit| limit.timer.is_some())
            || task.passed_limit().is_some_and(|passed| passed >= depth)
        {
            return;
        }
        let limit = &mut task.limits_mut()[depth as usize];
        let armed = Timer::of_a_limit(key, limit.ticket);
        limit.timer = Some(self.arm(limit.deadline, armed));
    }

    /// Ends a limit, and those that were begun inside it. False if that has been done.
    pub(crate) fn pop_limit(&self, key: Key, depth: u32, ticket: Ticket) -> bool {
        let mut tasks = self.tasks.borrow_mut();
        let limits = tasks.task_mut(key).map(Task::limits_mut);
        let stands = |limits: &&mut Vec<Limit>| {
            limits
                .get(depth as usize)
                .is_some_and(|l| l.ticket == ticket)
        };
        let Some(limits) = limits.filter(stands) else {
            return false;
        };
        for timer in limits
            .drain(depth as usize..)
            .filter_map(|limit| limit.timer)
        {
            self.disarm(timer);
        }
        true
    }
}

/// The depth of the innermost limit.
fn deepest(limits: &[Limit]) -> u32 {
    u32::try_from(limits.len() - 1).expect("limits nest as deep as the stack allows")
}
