//! What the executor tells an observer.
//!
//! It is not told what a task waits for, so while somebody listens every wait notes where it stands. (The kernel reads it from the trap.)

use std::collections::{BTreeMap, HashMap};
use std::rc::Weak;
use std::time::{Duration, Instant};

use super::executor::Executor;
use super::waiters::Waiters;
use crate::clock::TimerId;
use crate::info::TaskId;
use crate::key::{Key, KeyHashing};
use crate::line::Ticket;
use crate::reports::{Needed, Stopwatch, Survey, TaskState, Watch};
use crate::trace::{Cause, Wait, What, observer};

/// Where each task has begun to wait; it may have left since.
pub(super) type Stands = HashMap<Key, BTreeMap<u64, Note>, KeyHashing>;

pub(super) enum Note {
    Line(Weak<Waiters>, Ticket),
    Timer(TimerId),
    End(Key, Ticket),
}

impl Note {
    fn ticket(&self) -> u64 {
        match self {
            Self::Line(_, ticket) | Self::End(_, ticket) => ticket.number(),
            Self::Timer(id) => id.ticket,
        }
    }
}

impl Executor {
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
            let (waits, is_ours) = self.waits_of(key);
            observer::suspended(id, waits, is_ours);
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
            observer::step_began(task.id, tasks.queued() - 1);
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
        self.stands.borrow_mut().remove(&key);
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
        self.tasks.borrow().task(key).map(|task| task.id)
    }

    #[cold]
    pub(super) fn note(&self, key: Option<Key>, note: Note) {
        if let Some(key) = key {
            let mut notes = self.stands.borrow_mut();
            let notes = notes.entry(key).or_default();
            notes.entry(note.ticket()).or_insert(note);
        }
    }

    #[cold]
    pub(super) fn tell_armed(&self, id: TimerId) {
        let task = self
            .timers
            .borrow()
            .get(id)
            .and_then(|timer| timer.target.task());
        self.note(task, Note::Timer(id));
        observer::timer_armed(id, task.and_then(|key| self.id(key)));
    }

    /// What a task waits for that has just been suspended, in the words of the reports, and whether any of it is a future of this crate.
    fn waits_of(&self, key: Key) -> (Vec<Wait>, bool) {
        self.count_copies();
        let Some(info) = self.info(key) else {
            return (Vec::new(), false);
        };
        let mut survey = Survey::of_reasons();
        survey.task(key, info, TaskState::Waiting, self.copies.of(key) > 0);
        let mut notes = self.stands.borrow_mut().remove(&key).unwrap_or_default();
        notes.retain(|_, note| self.survey_note(&mut survey, key, note));
        if !notes.is_empty() {
            self.stands.borrow_mut().insert(key, notes);
        }
        let status = survey.statuses().pop();
        let mut waits = status.map_or(Vec::new(), |status| {
            status.waits().iter().map(Wait::from).collect::<Vec<_>>()
        });
        let has_yielded = self.yields.get() > 0;
        let foreign = matches!(waits.first(), None | Some(Wait::Elsewhere | Wait::Nothing));
        let queued = self
            .tasks
            .borrow()
            .slot(key)
            .is_some_and(|slot| slot.marks.is_queued());
        if has_yielded || (queued && waits.first() == Some(&Wait::Nothing)) {
            waits.retain(|wait| *wait != Wait::Nothing);
            waits.insert(0, Wait::Turn);
        }
        (waits, has_yielded || !foreign)
    }

    /// Tells the survey of one wait; false if it is over.
    fn survey_note(&self, survey: &mut Survey, key: Key, note: &Note) -> bool {
        let before = survey.waits();
        match note {
            Note::Line(line, ticket) => {
                let line = line.upgrade();
                let line = line.filter(|line| line.survey_one(survey, key, *ticket));
                if let Some(line) = line.filter(|line| line.is_of_a_parent()) {
                    self.survey_watchers(survey, Some(&line));
                }
            }
            Note::Timer(id) => {
                let timers = self.timers.borrow();
                let timer = timers.get(*id);
                if let Some(timer) = timer.filter(|timer| timer.target.task() == Some(key)) {
                    survey.timer(key, *id, timer.limit, timer.since);
                }
            }
            Note::End(other, ticket) => {
                let info = self.info(*other);
                let mut extras = self.extras.borrow_mut();
                let extra = extras.get_mut(other);
                let stand = extra.and_then(|extra| extra.watchers.stand_of(key, *ticket));
                if let Some((stand, info)) = stand.zip(info) {
                    survey.end(key, stand, &info, Needed::Any);
                }
            }
        }
        survey.waits() > before
    }
}
