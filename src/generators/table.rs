//! What the kernel keeps of a task.

use std::any::Any;
use std::panic::Location;
use std::rc::Rc;

use genawaiter::GeneratorState;

use super::kernel::Kernel;
use super::trap::Trap;
use super::waiters::Waiters;
use super::watchers::Watchers;
use crate::clock::{Time, TimerId};
use crate::error::JoinError;
use crate::info::{Name, TaskId, TaskInfo};
use crate::key::Key;
use crate::line::Ticket;
use crate::runner;

/// What there is to know of a task, beside its body. Small, for there may be millions: what most tasks do without stands aside.
pub(super) struct Task {
    id: TaskId,
    spawned_at: &'static Location<'static>,
    extra: Option<Box<Extra>>,
    /// Only if the task's marks say to look aside, as with the time limits.
    pub(super) waiting: Waiting,
}

#[derive(Default)]
struct Extra {
    name: Option<Name>,
    watchers: Watchers,
    /// The time limits around its trap, the outermost first.
    limits: Vec<Limit>,
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
    pub(super) ticket: Ticket,
    pub(super) timer: Option<TimerId>,
}

impl Task {
    pub(super) fn new(
        id: TaskId,
        name: Option<Name>,
        spawned_at: &'static Location<'static>,
    ) -> Self {
        let extra = name.map(|name| {
            Box::new(Extra {
                name: Some(name),
                ..Extra::default()
            })
        });
        Self {
            id,
            spawned_at,
            extra,
            waiting: Waiting::Nothing,
        }
    }

    pub(super) fn id(&self) -> TaskId {
        self.id
    }

    pub(super) fn info(&self) -> TaskInfo {
        let name = self.extra.as_ref().and_then(|extra| extra.name.clone());
        TaskInfo::new(self.id, name, self.spawned_at)
    }

    /// Those who are to know when the task ends, if there have been any.
    pub(super) fn watchers(&self) -> Option<&Watchers> {
        let watchers = self.extra.as_ref().map(|extra| &extra.watchers);
        watchers.filter(|watchers| !watchers.is_empty())
    }

    pub(super) fn watchers_mut(&mut self) -> &mut Watchers {
        &mut self.extra.get_or_insert_default().watchers
    }

    pub(super) fn take_watchers(&mut self) -> Option<Watchers> {
        let extra = self.extra.as_mut()?;
        Some(std::mem::take(&mut extra.watchers))
    }

    pub(super) fn limits(&self) -> &[Limit] {
        match &self.extra {
            Some(extra) => &extra.limits,
            None => &[],
        }
    }

    pub(super) fn limits_mut(&mut self) -> &mut Vec<Limit> {
        &mut self.extra.get_or_insert_default().limits
    }

    /// What is left of its waits when it has ended: of those that were leaked.
    pub(super) fn take_waits(&mut self) -> (Waiting, Vec<Limit>) {
        let limits = self.extra.as_mut().map(|extra| &mut extra.limits);
        let limits = limits.map(std::mem::take).unwrap_or_default();
        (
            std::mem::replace(&mut self.waiting, Waiting::Nothing),
            limits,
        )
    }

    /// Forgets what it has waited for. False if there is nothing more about the wait.
    pub(super) fn settle(&mut self) -> bool {
        self.waiting = Waiting::Nothing;
        self.extra
            .as_ref()
            .is_some_and(|extra| !extra.limits.is_empty())
    }

    /// The depth of the innermost limit that has passed.
    pub(super) fn passed_limit(&self) -> Option<u32> {
        let limits = &self.extra.as_ref()?.limits;
        if limits.is_empty() {
            return None;
        }
        let now = runner::now()?;
        let passed = |limit: &Limit| limit.deadline <= now && limit.deadline != Time::NEVER;
        let depth = limits.iter().rposition(passed)?;
        u32::try_from(depth).ok()
    }
}

/// The user's part of a task, in one box: the generator, and in the same place its outcome when it has ended.
pub(super) type TaskBody = Box<dyn Body>;

/// What the loop can do with a generator whose type it does not know.
pub(super) trait Body {
    /// Complete when the outcome is there. The generator has been dropped by then.
    fn resume(&mut self) -> GeneratorState<Trap, ()>;
    /// Drops the generator.
    fn discard(&mut self);
    /// The outcome of a task that has no value to give.
    fn fail(&mut self, error: JoinError);
    /// What an outcome that nobody has read says of a failure. Not of a cancel: that was asked for.
    fn failure(&self) -> Option<String>;
    /// Where the outcome is, an `Option<Result<T, JoinError>>`: `None` before the end, and when it has been taken.
    fn outcome(&mut self) -> &mut dyn Any;
}

impl Kernel {
    /// The number of the task whose turn it is, or whose destructors run.
    pub(crate) fn current_id(&self) -> Option<TaskId> {
        let key = self.current.get()?;
        self.tasks.borrow().task(key).map(Task::id)
    }

    pub(crate) fn info(&self, key: Key) -> Option<TaskInfo> {
        let tasks = self.tasks.borrow();
        tasks.task(key).map(Task::info)
    }
}
