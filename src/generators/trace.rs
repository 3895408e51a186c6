//! What the kernel tells an observer.
//!
//! What a suspended task waits for the kernel reads from the trap.

use std::time::{Duration, Instant};

use super::kernel::Kernel;
use super::table::{Task, Waiting};
use crate::clock::TimerId;
use crate::info::TaskId;
use crate::key::Key;
use crate::reports::{Needed, Stopwatch, Survey, TaskState, Watch};
use crate::trace::{Cause, Wait, What, observer};

impl Kernel {
    /// Watches the turn that is about to begin.
    #[cold]
    pub(super) fn watch_turn(&self) {
        observer::hand_on();
        let step = self.begin_step();
        observer::hand_on();
        let stopwatch = self
            .slow_step
            .get()
            .and_then(|limit| self.time_turn(limit, step.is_some()));
        self.watch.replace(Some(Watch { step, stopwatch }));
    }

    /// The turn is over that was watched.
    #[cold]
    pub(super) fn note_turn(&self) {
        if let Some(key) = self.stop_watching()
            && observer::listens()
            && !self.has_ended(key)
            && let Some(id) = self.id(key)
        {
            observer::suspended(id, self.waits_of(key), true);
        }
        observer::nobody_acts();
        observer::hand_on();
    }

    /// The turn is over, if one was watched, or has panicked. Whose step it was, if it was one.
    #[cold]
    pub(super) fn stop_watching(&self) -> Option<Key> {
        self.watch.take()?.stop(&self.exit)
    }

    /// The task whose step begins; `None` if the turn is not a step: the task has ended, or is to be dropped.
    fn begin_step(&self) -> Option<Key> {
        let tasks = self.tasks.borrow();
        let key = tasks.first()?;
        let Some(slot) = tasks.slot(key).filter(|slot| !slot.marks.has_ended()) else {
            observer::passed_over();
            return None;
        };
        if slot.marks.is_cancelled() {
            return None;
        }
        if let Some(task) = tasks.task(key)
            && observer::listens()
        {
            observer::step_began(task.id(), tasks.queued() - 1);
        }
        Some(key)
    }

    fn time_turn(&self, limit: Duration, is_step: bool) -> Option<Stopwatch> {
        let key = self.tasks.borrow().first()?;
        Some(Stopwatch {
            limit,
            task: self.info(key)?,
            step: self.steps() + u64::from(is_step),
            began: Instant::now(),
        })
    }

    #[cold]
    pub(super) fn tell_spawned(&self, key: Key) {
        if let Some(info) = self.info(key) {
            observer::spawned(info.id(), info.name(), info.spawned_at());
        }
    }

    /// Whoever is to be dropped has had its place in the queue since it was cancelled.
    #[cold]
    pub(super) fn tell_woken(&self, key: Key) {
        let tasks = self.tasks.borrow();
        let leaves = tasks
            .slot(key)
            .is_some_and(|slot| slot.marks.is_cancelled());
        drop(tasks);
        if !leaves && let Some(id) = self.id(key) {
            observer::woken(id);
        }
    }

    #[cold]
    pub(super) fn tell_cancel(&self, key: Key) {
        if let Some(id) = self.id(key) {
            observer::cancel_requested(id);
        }
    }

    #[cold]
    pub(super) fn tell_end(&self, key: Key, how: What) {
        if !observer::listens() {
            return;
        }
        let queued = self
            .tasks
            .borrow()
            .slot(key)
            .map(|slot| slot.marks.is_queued());
        if let Some(id) = self.id(key) {
            observer::ended(id, how, queued == Some(true));
        }
    }

    /// Says that what comes is done by the destructors of this task; returns who acted before.
    #[cold]
    pub(super) fn tell_actor(&self, key: Key) -> Cause {
        observer::act_as(self.id(key).map_or(Cause::Elsewhere, Cause::Task))
    }

    pub(super) fn id(&self, key: Key) -> Option<TaskId> {
        self.tasks.borrow().task(key).map(Task::id)
    }

    /// What a task waits for that has just been suspended, in the words of the reports.
    fn waits_of(&self, key: Key) -> Vec<Wait> {
        let tasks = self.tasks.borrow();
        let (Some(slot), Some(task)) = (tasks.slot(key), tasks.task(key)) else {
            return Vec::new();
        };
        let mut survey = Survey::of_reasons();
        survey.task(key, task.info(), TaskState::Waiting, false);
        let timer = |survey: &mut Survey, id: TimerId| {
            if let Some(timer) = self.timers.borrow().get(id) {
                survey.timer(key, id, timer.limit, timer.since);
            }
        };
        match &task.waiting {
            Waiting::Nothing => {}
            Waiting::Timer(id) => timer(&mut survey, *id),
            Waiting::Line(line, _) if line.is_of_a_parent() => {
                self.survey_watchers(&mut survey, Some(line));
            }
            Waiting::Line(line, ticket) => line.survey(&mut survey, key, *ticket),
            Waiting::End(other, ticket) => {
                if let Some(other) = tasks.task(*other)
                    && let Some(watchers) = other.watchers()
                    && let Some(stand) = watchers.stand(*ticket)
                {
                    survey.end(key, stand, &other.info(), Needed::Any);
                }
            }
        }
        for id in task.limits().iter().filter_map(|limit| limit.timer) {
            timer(&mut survey, id);
        }
        let status = survey.statuses().pop();
        let waits = status.iter().flat_map(|status| status.waits());
        let mut waits: Vec<Wait> = waits.map(Wait::from).collect();
        // It has yielded, or was called from the line before it stopped.
        let is_over = waits.first().is_none_or(|wait| *wait == Wait::Nothing);
        let is_over = is_over || matches!(task.waiting, Waiting::Nothing);
        if is_over && slot.marks.is_queued() {
            waits.retain(|wait| *wait != Wait::Nothing);
            waits.insert(0, Wait::Turn);
        }
        waits
    }
}
