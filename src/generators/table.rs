//! What the kernel keeps of a task.

use std::pin::Pin;
use std::rc::Rc;

use genawaiter::Coroutine;

use super::state::AnyState;
use super::trap::{Reply, Trap};
use super::waiters::Waiters;
use crate::clock::{Time, TimerId};
use crate::line::Ticket;
use crate::runner;
use crate::slots::Key;

pub(super) type DynCoroutine<'a> = dyn Coroutine<Yield = Trap, Resume = Reply, Return = ()> + 'a;
pub(super) type TaskCoroutine = Pin<Box<DynCoroutine<'static>>>;

pub(super) struct Task {
    /// Out of its slot while it is resumed. The root's lives with the caller of `run`.
    pub(super) coroutine: Option<TaskCoroutine>,
    pub(super) state: Rc<dyn AnyState>,
    pub(super) queued: bool,
    pub(super) cancelled: bool,
    /// What it waits for has happened.
    pub(super) answered: bool,
    pub(super) waiting: Waiting,
    /// The time limits around its trap, the outermost first.
    pub(super) limits: Vec<Limit>,
}

/// What the last trap of a task left behind, to be taken back if the task gives up.
pub(super) enum Waiting {
    Nothing,
    Timer(TimerId),
    Line(Rc<Waiters>, Ticket),
    End(Key, Ticket),
}

#[derive(Debug)]
pub(super) struct Limit {
    pub(super) deadline: Time,
    /// When it began: what began later stands inside it.
    pub(super) ticket: u64,
    pub(super) timer: Option<TimerId>,
}

#[derive(Debug)]
pub(super) struct Timer {
    pub(super) key: Key,
    /// The ticket of a time limit around another wait; a sleep has none.
    pub(super) limit: Option<u64>,
}

impl Task {
    pub(super) fn new(coroutine: Option<TaskCoroutine>, state: Rc<dyn AnyState>) -> Self {
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
    pub(super) fn reply(&mut self) -> Option<Reply> {
        if self.answered {
            self.answered = false;
            self.waiting = Waiting::Nothing;
            return Some(Reply::Go);
        }
        self.passed_limit().map(Reply::Expired)
    }

    /// The innermost limit that has passed.
    pub(super) fn passed_limit(&self) -> Option<usize> {
        if self.limits.is_empty() {
            return None;
        }
        let now = runner::now()?;
        let passed = |limit: &Limit| limit.deadline <= now && limit.deadline != Time::NEVER;
        self.limits.iter().rposition(passed)
    }
}
