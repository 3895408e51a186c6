//! Who waits for what, for whoever asks.

use std::rc::{Rc, Weak};
use std::time::{Duration, Instant};

use super::executor::Executor;
use super::waiters::Waiters;
use crate::info::TaskInfo;
use crate::reports::{Deadlock, Listing, Stopwatch, Survey, TaskState, TaskStatus};

impl Executor {
    pub(super) fn deadlock(&self, foreign: bool) -> Deadlock {
        self.survey(usize::MAX).report(foreign)
    }

    /// Measures the turn that is about to begin.
    #[cold]
    pub(super) fn time_turn(&self, limit: Duration) -> Option<Stopwatch<'_, impl Fn() -> u64>> {
        let key = self.tasks.borrow().first()?;
        Some(Stopwatch {
            exit: &self.exit,
            limit,
            task: self.info(key)?,
            step: || self.steps(),
            began: Instant::now(),
        })
    }

    /// Notes whom the end of the root leaves behind.
    pub(super) fn note_pending(&self) {
        let total = self.tasks.borrow().living();
        if total > 0 {
            let oldest = self.statuses(Listing::<()>::MOST);
            self.exit.borrow_mut().pending = Listing::of(oldest, total);
        }
    }

    /// The oldest live tasks, at most so many.
    pub(super) fn statuses(&self, most: usize) -> Vec<TaskStatus> {
        self.survey(most).statuses()
    }

    /// Who waits for what: found in the lines, timers and tasks where the waiting have left their number. Of the tasks, the oldest `most`.
    fn survey(&self, most: usize) -> Survey {
        self.is_held_elsewhere(); // so that what other threads did with wakers is counted
        let mut survey = Survey::default();
        let tasks = self.tasks.borrow();
        for (key, marks, _) in tasks.oldest(most, |task| task.id) {
            let state = match self.current() == Some(key) {
                true => TaskState::Running,
                false => TaskState::of_waiting(marks, self.is_closing()),
            };
            let is_held = self.copies.of(key) > 0;
            let info = self.info(key).expect("it is in the table");
            survey.task(key, info, state, is_held);
        }
        let extras = self.extras.borrow();
        let watched = extras
            .iter()
            .filter(|(_, extra)| !extra.watchers.is_empty());
        let mut watched: Vec<_> = watched
            .filter_map(|(key, extra)| Some((tasks.task(*key)?, extra)))
            .collect();
        watched.sort_unstable_by_key(|(task, _)| task.id);
        for (task, extra) in watched {
            let info = TaskInfo::new(task.id, extra.name.clone(), task.spawned_at);
            extra.watchers.survey(&mut survey, &info);
        }
        for line in self.lines.borrow().iter().filter_map(Weak::upgrade) {
            line.survey(&mut survey);
        }
        for (id, timer) in self.timers.borrow().iter() {
            if let Some(key) = timer.target.task() {
                survey.timer(key, id, timer.limit, timer.since);
            }
        }
        survey
    }

    pub(crate) fn remember_line(&self, line: &Rc<Waiters>) {
        let mut lines = self.lines.borrow_mut();
        if lines.len() == lines.capacity() {
            lines.retain(|line| line.strong_count() > 0);
            // Room for as many again: a sweep that frees little must not be followed by another at once.
            let len = lines.len();
            lines.reserve(len);
        }
        lines.push(Rc::downgrade(line));
    }
}
