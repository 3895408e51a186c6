//! Who waits for what, for the report of a program that can make no progress.

use std::rc::{Rc, Weak};

use super::executor::Executor;
use super::waiters::{Target, Waiters};
use crate::clock::TimerId;
use crate::deadlock::{Deadlock, Survey, WaitReason};

impl Executor {
    /// Who waits for what: found in the lines, timers and tasks where the waiting have left their number, so that nobody pays
    /// for the report before it is wanted.
    pub(super) fn survey(&self, foreign: bool) -> Deadlock {
        let mut survey = Survey::default();
        let tasks = self.tasks.borrow();
        let mut by_id: Vec<_> = tasks.alive().collect();
        by_id.sort_unstable_by_key(|(_, task)| task.id);
        for (key, _) in &by_id {
            survey.task(*key, &self.info(*key).expect("it is in the table"));
        }
        for (key, task) in by_id {
            if let Some(extra) = self.extras.borrow().get(&key) {
                let wait = WaitReason::End(task.id);
                extra.watchers.survey(&mut survey, wait);
            }
        }
        for line in self.lines.borrow().iter().filter_map(Weak::upgrade) {
            line.survey(&mut survey, None);
        }
        for (TimerId { deadline, ticket }, timer) in self.timers.borrow().iter() {
            match timer.target {
                Target::Task(key) => match timer.limit {
                    Some(begun) => survey.timeout(key, begun, deadline),
                    None => survey.sleep(key, ticket, deadline),
                },
                Target::Foreign(_) => {}
            }
        }
        survey.report(foreign)
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
