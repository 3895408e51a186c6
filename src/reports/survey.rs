//! Collects who waits for what, from the lines and timers where the waiting stand.

use std::collections::{BTreeMap, HashMap};
use std::ptr;

use super::circle::{self, Needs};
use super::deadlock::{Deadlock, DeadlockKind, Link};
use super::primitive::{Holder, PrimitiveStatus};
use super::sign::{Sign, Want};
use super::status::{TaskState, TaskStatus, WaitReason};
use crate::clock::{Time, TimerId};
use crate::info::{TaskId, TaskInfo};
use crate::key::{Key, KeyHashing};
use crate::line::{Stand, Ticket};
use crate::runner;

/// What is known of the tasks so far. First they are told of, then what they wait for.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    tasks: BTreeMap<TaskId, Draft>,
    ids: HashMap<Key, TaskId, KeyHashing>,
    primitives: BTreeMap<SignId, PrimitiveStatus>,
    /// Who has what is waited for is not asked.
    reasons_only: bool,
}

/// By what is wanted and the number; where a primitive is left from an earlier run, two may have the same.
type SignId = (Want, u32, usize);

#[derive(Debug)]
struct Draft {
    info: TaskInfo,
    state: TaskState,
    /// Whether code outside the crate holds its waker.
    is_held: bool,
    waits: Vec<Wait>,
}

#[derive(Debug)]
struct Wait {
    stand: Stand,
    reason: WaitReason,
    whom: Whom,
}

/// Who could end a wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whom {
    /// Time, or nobody.
    Nobody,
    /// Whoever holds what is waited for.
    Sign(SignId),
    Task(TaskId, Needed),
}

/// Whether a task that waits for the ends of several needs them all, or any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needed {
    Any,
    All,
}

impl Survey {
    /// A survey of what is waited for, and not of who has it.
    pub(crate) fn of_reasons() -> Self {
        Self {
            reasons_only: true,
            ..Self::default()
        }
    }

    /// `is_held`: whether code outside the crate holds its waker.
    pub(crate) fn task(&mut self, key: Key, info: TaskInfo, state: TaskState, is_held: bool) {
        let id = info.id();
        self.ids.insert(key, id);
        let draft = Draft {
            info,
            state,
            is_held,
            waits: Vec::new(),
        };
        self.tasks.insert(id, draft);
    }

    /// How many waits it knows of.
    pub(crate) fn waits(&self) -> usize {
        self.tasks.values().map(|draft| draft.waits.len()).sum()
    }

    fn wait(&mut self, key: Key, stand: Stand, reason: WaitReason, whom: Whom) {
        let draft = self.ids.get(&key).and_then(|id| self.tasks.get_mut(id));
        if let Some(draft) = draft {
            draft.waits.push(Wait {
                stand,
                reason,
                whom,
            });
        }
    }

    /// The task `key` waits for the end of a task, or of several from one place.
    pub(crate) fn end(&mut self, key: Key, stand: Stand, task: &TaskInfo, needed: Needed) {
        let reason = WaitReason::End(task.clone());
        self.wait(key, stand, reason, Whom::Task(task.id(), needed));
    }

    /// It waits for a moment; `limit` is where it began to, if that is a time limit.
    pub(crate) fn timer(&mut self, key: Key, timer: TimerId, limit: Option<Ticket>, since: Time) {
        let until = timer.deadline.moment();
        let (ticket, reason) = match limit {
            Some(ticket) => (ticket, WaitReason::Timeout(until)),
            None => (Ticket::numbered(timer.ticket), WaitReason::Sleep(until)),
        };
        self.wait(key, Stand { ticket, since }, reason, Whom::Nobody);
    }

    /// It stands in the line under this sign. Of a channel: `others` ends are on the other side.
    pub(crate) fn line(&mut self, key: Key, stand: Stand, sign: &Sign, others: usize) {
        if !self.ids.contains_key(&key) {
            return;
        }
        let primitive = sign.primitive();
        let id = id(sign);
        if !self.reasons_only && !self.primitives.contains_key(&id) {
            let holders = sign.holders().into_iter();
            let holders = holders.map(|holder| self.holder(holder.run, holder.task));
            let mut holders: Vec<Holder> = holders.collect();
            holders.dedup();
            let status = PrimitiveStatus::new(primitive.clone(), sign, holders, others);
            self.primitives.insert(id, status);
        }
        let reason = match sign.want {
            Want::Value => WaitReason::Receive(primitive),
            Want::Room => WaitReason::Send(primitive),
            Want::Set => WaitReason::Event(primitive),
            Want::Permit => WaitReason::Semaphore(primitive),
            Want::Lock => WaitReason::Mutex(primitive),
        };
        self.wait(key, stand, reason, Whom::Sign(id));
    }

    fn holder(&self, run: u64, task: Option<TaskId>) -> Holder {
        match task {
            Some(id) if run == runner::run_number() => match self.tasks.get(&id) {
                Some(draft) => Holder::Task(draft.info.clone()),
                None => Holder::Ended(id),
            },
            _ => Holder::Outside,
        }
    }

    /// A future of this task was called from the line under this sign, in which others stand, and has not been polled since.
    pub(crate) fn snoozed(&mut self, sign: &Sign, key: Option<Key>) {
        let task = key.and_then(|key| self.ids.get(&key));
        let holder = match task.and_then(|id| self.tasks.get(id)) {
            Some(draft) => Holder::Task(draft.info.clone()),
            None => Holder::Outside,
        };
        if let Some(status) = self.primitives.get_mut(&id(sign)) {
            status.snoozed.push(holder);
        }
    }

    /// All tasks, oldest first.
    pub(crate) fn statuses(self) -> Vec<TaskStatus> {
        self.tasks.into_values().map(Draft::status).collect()
    }

    /// The report that nothing can go on. `foreign`: whether code outside the crate may still hold a waker.
    pub(crate) fn report(mut self, foreign: bool) -> Deadlock {
        for draft in self.tasks.values_mut() {
            draft.waits.sort_by_key(|wait| wait.stand.ticket);
        }
        let cycle = self.cycle();
        let kind = match (foreign, cycle.is_empty()) {
            (_, false) => DeadlockKind::Cycle,
            (true, true) => DeadlockKind::ForeignWaker,
            (false, true) => DeadlockKind::NobodyLeft,
        };
        let primitives = self.primitives.into_values().collect();
        let tasks = self.tasks.into_values().map(Draft::status).collect();
        Deadlock::new(kind, tasks, primitives, cycle)
    }

    /// Tasks and primitives need one another: a task what it waits for, a primitive one of those who hold it.
    fn cycle(&self) -> Vec<Link> {
        let tasks: Vec<&Draft> = self.tasks.values().collect();
        let primitives: Vec<&PrimitiveStatus> = self.primitives.values().collect();
        let places = Places {
            tasks: self.tasks.keys().copied().zip(0..).collect(),
            signs: self.primitives.keys().copied().zip(tasks.len()..).collect(),
        };
        let of_tasks = tasks.iter().map(|draft| draft.needs(&places));
        let of_primitives = primitives.iter().map(|status| {
            let holders = status.tasks();
            holders.map(|id| places.task(id)).collect()
        });
        let needs: Vec<Needs> = of_tasks.chain(of_primitives).collect();
        let mut cycle = Vec::new();
        for place in circle::find(&needs) {
            match tasks.get(place) {
                Some(draft) => cycle.push(Link::new(draft.info.clone())),
                None => {
                    let primitive = primitives[place - tasks.len()].primitive();
                    let holds = cycle.last_mut().map(|link: &mut Link| &mut link.through);
                    holds.map(|through| through.replace(primitive.clone()));
                }
            }
        }
        cycle
    }
}

/// Where tasks and primitives stand among those who need and are needed.
struct Places {
    tasks: HashMap<TaskId, usize>,
    signs: HashMap<SignId, usize>,
}

impl Places {
    /// Who is no live task is somebody else.
    fn task(&self, id: Option<TaskId>) -> Vec<usize> {
        let place = id.and_then(|id| self.tasks.get(&id));
        place.copied().into_iter().collect()
    }
}

fn id(sign: &Sign) -> SignId {
    (sign.want, sign.number, ptr::from_ref(sign).addr())
}

impl Draft {
    /// In the order in which the waits began.
    fn needs(&self, places: &Places) -> Needs {
        let mut needs = Needs::new();
        if self.is_held {
            needs.push(Vec::new());
        }
        let mut all_of: Option<Ticket> = None;
        for wait in &self.waits {
            let ticket = wait.stand.ticket;
            match wait.whom {
                Whom::Nobody => continue,
                Whom::Sign(id) => needs.push(places.signs.get(&id).copied().into_iter().collect()),
                Whom::Task(id, Needed::All) if all_of == Some(ticket) => {
                    if let Some(all) = needs.last_mut() {
                        all.extend(places.task(Some(id)));
                    }
                }
                Whom::Task(id, _) => needs.push(places.task(Some(id))),
            }
            all_of = Some(ticket);
        }
        needs
    }

    fn status(self) -> TaskStatus {
        let mut waits = self.waits;
        // A limit encloses what was begun after it: the younger of two limits is the inner one.
        waits.sort_by_key(|wait| match is_limit(wait) {
            true => (true, u64::MAX - wait.stand.ticket.number()),
            false => (false, wait.stand.ticket.number()),
        });
        let since = waits.iter().filter(|wait| !is_limit(wait));
        let since = since.map(|wait| wait.stand.since).min();
        let mut reasons: Vec<WaitReason> = Vec::new();
        let mut group = None;
        for wait in waits {
            let before = group.replace(wait.stand.ticket);
            match (reasons.last_mut(), wait.whom) {
                (Some(reason), Whom::Task(_, needed)) if before == group => {
                    join(reason, wait.reason, needed);
                }
                _ => reasons.push(wait.reason),
            }
        }
        let is_limit = |reason: &WaitReason| matches!(reason, WaitReason::Timeout(_));
        let limits = reasons.iter().position(is_limit).unwrap_or(reasons.len());
        if self.is_held {
            reasons.insert(limits, WaitReason::Elsewhere);
        } else if limits == 0 {
            reasons.insert(0, WaitReason::Nothing);
        }
        if self.state != TaskState::Waiting {
            reasons.clear();
        }
        TaskStatus {
            info: self.info,
            state: self.state,
            since: since
                .filter(|_| self.state == TaskState::Waiting)
                .map(Time::moment),
            waits: reasons,
        }
    }
}

/// Makes one of two ends that are waited for from the same place.
fn join(reason: &mut WaitReason, other: WaitReason, needed: Needed) {
    let WaitReason::End(other) = other else {
        return;
    };
    match reason {
        WaitReason::EndOfAll(tasks) | WaitReason::EndOfAny(tasks) => tasks.push(other),
        WaitReason::End(first) => {
            let tasks = vec![first.clone(), other];
            *reason = match needed {
                Needed::All => WaitReason::EndOfAll(tasks),
                Needed::Any => WaitReason::EndOfAny(tasks),
            };
        }
        _ => {}
    }
}

fn is_limit(wait: &Wait) -> bool {
    matches!(wait.reason, WaitReason::Timeout(_))
}
