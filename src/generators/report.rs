//! Who waits for what, for whoever asks.

use std::rc::Rc;

use super::kernel::Kernel;
use super::table::{Task, Waiting};
use super::waiters::Waiters;
use crate::reports::{Deadlock, Listing, Survey, TaskState, TaskStatus};

impl Kernel {
    pub(super) fn deadlock(&self) -> Deadlock {
        self.survey(usize::MAX).report(false)
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

    /// Who waits for what: the traps say it. Of the tasks, the oldest `most`.
    fn survey(&self, most: usize) -> Survey {
        let mut survey = Survey::default();
        let tasks = self.tasks.borrow();
        let oldest = tasks.oldest(most, Task::id);
        for (key, marks, task) in &oldest {
            let state = match self.current.get() == Some(*key) {
                true => TaskState::Running,
                false => TaskState::of_waiting(*marks, self.is_closing()),
            };
            survey.task(*key, task.info(), state, false);
        }
        for (key, _, task) in oldest {
            if let Waiting::Line(line, ticket) = &task.waiting {
                line.survey(&mut survey, key, *ticket);
            }
        }
        self.survey_watchers(&mut survey, None);
        for (id, timer) in self.timers.borrow().iter() {
            survey.timer(timer.key, id, timer.limit, timer.since);
        }
        survey
    }

    /// Who waits for the ends of tasks; only those who stand in `line`, if one is given.
    pub(super) fn survey_watchers(&self, survey: &mut Survey, line: Option<&Rc<Waiters>>) {
        let tasks = self.tasks.borrow();
        let watched = tasks
            .alive()
            .filter_map(|(_, _, task)| Some((task, task.watchers()?)));
        let watched =
            watched.filter(|(_, watchers)| line.is_none_or(|line| watchers.have_in_line(line)));
        let mut watched: Vec<_> = watched.collect();
        watched.sort_unstable_by_key(|(task, _)| task.id());
        for (task, watchers) in watched {
            watchers.survey(survey, &task.info());
        }
    }
}
