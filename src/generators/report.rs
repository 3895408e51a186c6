//! Who waits for what, for the report of a program that can make no progress.

use super::kernel::Kernel;
use super::table::Waiting;
use crate::clock::TimerId;
use crate::deadlock::{Deadlock, Survey};
use crate::line::Ticket;

impl Kernel {
    /// Who waits for what: the traps say it.
    pub(super) fn survey(&self) -> Deadlock {
        let mut survey = Survey::default();
        let tasks = self.tasks.borrow();
        let mut by_id: Vec<_> = tasks.iter().collect();
        by_id.sort_unstable_by_key(|(_, task)| task.state.info().id());
        for (key, task) in &by_id {
            survey.task(*key, task.state.info());
        }
        for (key, task) in by_id {
            task.state.survey(&mut survey);
            if let Waiting::Line(line, Ticket(ticket)) = &task.waiting
                && let Some(wait) = line.wait()
            {
                survey.wait(key, *ticket, wait);
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
