//! What a coroutine asks the kernel for, how the kernel does it, and how it is taken back.

use std::rc::Rc;

use super::kernel::Kernel;
use super::table::{Limit, Timer, Waiting};
use super::waiters::Waiters;
use crate::clock::Time;
use crate::deadlock::WaitReason;
use crate::slots::Key;

/// What a coroutine can wait for. One word of payload each: a larger trap would make every step dearer.
///
/// Only waiting is a trap. What never waits (spawn, cancel, set, release, and all that destructors do) is a plain call on the
/// kernel: a destructor cannot yield.
#[derive(Debug)]
pub(crate) enum Trap {
    /// Another turn.
    Yield,
    /// A moment.
    Sleep(Time),
    /// The end of a task.
    Join(Key),
    /// To be called from a line.
    Wait(Rc<Waiters>),
}

impl Trap {
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Yield => "yield_now",
            Self::Sleep(_) => "sleep",
            Self::Join(_) => "join",
            Self::Wait(waiters) => match waiters.wait() {
                Some(WaitReason::Receive(_)) => "recv",
                Some(WaitReason::Send(_)) => "send",
                Some(WaitReason::Event(_)) => "wait",
                Some(WaitReason::Semaphore(_)) => "acquire",
                Some(WaitReason::Mutex(_)) => "lock",
                _ => "gather",
            },
        }
    }
}

/// The kernel's answer to a trap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    /// It has happened: go on.
    Go,
    /// It has not, and the time limit of this depth has passed.
    Expired(usize),
}

impl Kernel {
    /// Does what a trap asks for. A trap that comes when a time limit has passed already is refused, with the reply to resume
    /// the task with in the same turn.
    pub(super) fn carry_out(&self, key: Key, trap: Trap) -> Option<Reply> {
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
                let timer = Timer { key, limit: None };
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
            Some(task) => {
                // It may have been answered just now: the next wait must not take that for its own.
                task.answered = false;
                std::mem::replace(&mut task.waiting, Waiting::Nothing)
            }
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

    /// What the task waits for has happened.
    pub(crate) fn answer(&self, key: Key) {
        if let Some(task) = self.tasks.borrow_mut().get_mut(key) {
            task.answered = true;
            self.enqueue(key, task);
        }
    }

    /// Begins a time limit inside those that the task has already; its depth names it.
    pub(crate) fn push_limit(&self, key: Key, deadline: Time, ticket: u64) -> usize {
        let mut tasks = self.tasks.borrow_mut();
        let limits = tasks.get_mut(key).map(|task| &mut task.limits);
        limits.map_or(0, |limits| {
            limits.push(Limit {
                deadline,
                ticket,
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
            ticket,
            timer: timer @ None,
        }) = limit
        {
            let limit = Some(*ticket);
            let armed = Timer { key, limit };
            *timer = Some(self.timers.borrow_mut().arm(*deadline, armed));
        }
    }

    /// Ends a limit, and those that were begun inside it. False if that has been done.
    pub(crate) fn pop_limit(&self, key: Key, depth: usize, ticket: u64) -> bool {
        let mut tasks = self.tasks.borrow_mut();
        let limits = tasks.get_mut(key).map(|task| &mut task.limits);
        let stands =
            |limits: &&mut Vec<Limit>| limits.get(depth).is_some_and(|l| l.ticket == ticket);
        let Some(limits) = limits.filter(stands) else {
            return false;
        };
        for timer in limits.drain(depth..).filter_map(|limit| limit.timer) {
            self.timers.borrow_mut().disarm(timer);
        }
        true
    }
}
