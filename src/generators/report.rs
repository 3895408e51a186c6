//! Who waits for what, for the report of a program that can make no progress.

use super::kernel::Kernel;
use super::table::Waiting;
use crate::clock::TimerId;
use crate::deadlock::{Deadlock, Survey, WaitReason};

impl Kernel {
    /// Who waits for what: the traps say it.
    pub(super) fn survey(&self) -> Deadlock {
        let mut survey = Survey::default();
        let tasks = self.tasks.borrow();
        let mut by_id: Vec<_> = tasks.alive().collect();
        by_id.sort_unstable_by_key(|(_, task)| task.id());
        for (key, task) in &by_id {
            survey.task(*key, &task.info());
        }
        for (key, task) in by_id {
            if let Some(watchers) = task.watchers() {
                watchers.survey(&mut survey, WaitReason::End(task.id()));
            }
            if let Waiting::Line(line, ticket) = &task.waiting
                && let Some(wait) = line.wait()
            {
                survey.wait(key, ticket.number(), wait);
            }
        }
        for (TimerId { deadline, ticket }, timer) in self.timers.borrow().iter() {
            match timer.limit {
                Some(begun) => survey.timeout(timer.key, begun, deadline),
                None => survey.sleep(timer.key, ticket, deadline),
            }
        }
        survey.report(false)
    }
}
