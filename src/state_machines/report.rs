//! Who waits for what, for whoever asks.

use std::rc::{Rc, Weak};

use super::executor::Executor;
use super::waiters::Waiters;
use crate::info::TaskInfo;
use crate::reports::{Deadlock, Listing, Survey, TaskState, TaskStatus};

impl Executor {
    pub(super) fn deadlock(&self, foreign: bool) -> Deadlock {
        self.survey(usize::MAX).report(foreign)
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
        self.count_copies();
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
        drop(tasks);
        self.survey_watchers(&mut survey, None);
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

    /// Who waits for the ends of tasks; only those who stand in `line`, if one is given.
    pub(super) fn survey_watchers(&self, survey: &mut Survey, line: Option<&Rc<Waiters>>) {
        let tasks = self.tasks.borrow();
        let extras = self.extras.borrow();
        let watched = extras
            .iter()
            .filter(|(_, extra)| !extra.watchers.is_empty())
            .filter(|(_, extra)| line.is_none_or(|line| extra.watchers.have_in_line(line)));
        let mut watched: Vec<_> = watched
            .filter_map(|(key, extra)| Some((tasks.task(*key)?, extra)))
            .collect();
        watched.sort_unstable_by_key(|(task, _)| task.id);
        for (task, extra) in watched {
            let info = TaskInfo::new(task.id, extra.name.clone(), task.spawned_at);
            extra.watchers.survey(survey, &info);
        }
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
