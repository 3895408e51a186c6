//! Runs statements: a stack of frames, where lane 3 has the compiler's state machines.

use std::any::Any;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use yield_to_await::state_machines as sm;

use super::wait::{Timed, Wait};
use super::{Task, spawn, spawn_all};
use crate::census::Token;
use crate::outcome::{Flow, Raise, Value};
use crate::program::{Block, Name, Statement};
use crate::task::FinalLines;

/// Statements that are being run: a task's, or those under a time limit. Nothing in it is pinned: whatever refers to itself is in
/// a box.
pub(super) struct Machine {
    task: Rc<Task>,
    wait: Wait,
    /// The innermost comes last.
    frames: Vec<Frame>,
}

/// What the machine is inside of.
enum Frame {
    Block {
        statements: Block,
        next: usize,
        _token: Token,
    },
    Loop {
        left: u32,
        statements: Block,
    },
    Call(Name),
    Try {
        handler: Block,
    },
    /// To be dropped on the way out, however that comes about: the lines of a `finally`, a permit, a lock.
    Guard {
        _guard: Box<dyn Any>,
    },
}

/// How to go on.
pub(super) enum Step {
    Next,
    Wait(Wait),
    /// Into a block, holding something meanwhile.
    Hold(Box<dyn Any>, Block),
    Return(u32),
    End,
}

impl Future for Machine {
    type Output = Result<Flow, Raise>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let machine = &mut *self;
        loop {
            let mut step = ready!(machine.wait.poll(&machine.task, cx));
            machine.wait = Wait::Nothing;
            if let Ok(Step::Next) = step {
                step = machine.step();
            }
            if let Some(end) = machine.follow(step) {
                return Poll::Ready(end);
            }
        }
    }
}

impl Machine {
    pub(super) fn new(task: &Rc<Task>, statements: &Block) -> Self {
        let mut machine = Self {
            task: Rc::clone(task),
            wait: Wait::Nothing,
            frames: Vec::new(),
        };
        machine.enter(statements);
        machine
    }

    pub(super) fn task(&self) -> &Rc<Task> {
        &self.task
    }

    fn enter(&mut self, statements: &Block) {
        let statements = Rc::clone(statements);
        self.frames.push(Frame::Block {
            statements,
            next: 0,
            _token: Token::new(),
        });
    }

    /// Goes where the step leads; gives how the statements were left if that is out of the machine.
    fn follow(&mut self, step: Result<Step, Raise>) -> Option<Result<Flow, Raise>> {
        match step {
            Ok(Step::Next) => {}
            Ok(Step::Wait(wait)) => self.wait = wait,
            Ok(Step::Hold(guard, statements)) => {
                self.frames.push(Frame::Guard { _guard: guard });
                self.enter(&statements);
            }
            Ok(Step::Return(value)) => return self.leave(Ok(value)),
            Ok(Step::End) => return Some(Ok(Flow::Next)),
            Err(raise) => return self.leave(Err(raise)),
        }
        None
    }

    /// Leaves frames until one of them takes the value or the error.
    fn leave(&mut self, with: Result<u32, Raise>) -> Option<Result<Flow, Raise>> {
        while let Some(frame) = self.frames.pop() {
            match (frame, &with) {
                (Frame::Call(body), Ok(value)) => {
                    self.task.line(format_args!("call {body}={value}"));
                    return None;
                }
                (Frame::Try { handler }, Err(Raise::Error(label))) => {
                    self.task.line(format_args!("caught {label}"));
                    self.enter(&handler);
                    return None;
                }
                _ => {}
            }
        }
        Some(with.map(Flow::Return))
    }

    /// The next thing to be done in the innermost frame.
    fn step(&mut self) -> Result<Step, Raise> {
        let Some(frame) = self.frames.last_mut() else {
            return Ok(Step::End);
        };
        match frame {
            Frame::Block {
                statements, next, ..
            } if *next < statements.len() => {
                let (statements, index) = (Rc::clone(statements), *next);
                *next += 1;
                return self.perform(&statements[index]);
            }
            Frame::Loop { left, statements } if *left > 0 => {
                *left -= 1;
                let statements = Rc::clone(statements);
                self.enter(&statements);
            }
            Frame::Call(body) => {
                self.task
                    .line(format_args!("call {body}={}", Value::new(None)));
                self.frames.pop();
            }
            Frame::Block { .. } | Frame::Loop { .. } | Frame::Try { .. } | Frame::Guard { .. } => {
                self.frames.pop();
            }
        }
        Ok(Step::Next)
    }

    fn perform(&mut self, statement: &Statement) -> Result<Step, Raise> {
        let task = &self.task;
        task.look_at_clock();
        match statement {
            Statement::Print(text) => task.line(text),
            Statement::Sleep(time) => {
                let timer = task.timer(*time);
                let sleep = sm::sleep(timer.lasts());
                return wait(Wait::Sleep(Timed::new(sleep, timer)));
            }
            Statement::Yield => return wait(Wait::Yield(sm::yield_now())),
            Statement::Call(body) => {
                let statements = task.body(body);
                self.frames.push(Frame::Call(Rc::clone(body)));
                self.enter(&statements);
            }
            Statement::Spawn { slot, body } => task.fill_slot(slot, spawn(task, body)),
            Statement::Join(slot) => match task.slot(slot) {
                Some(handle) => {
                    let finished = handle.finished();
                    return wait(Wait::Join(Rc::clone(slot), handle, finished));
                }
                None => task.line(format_args!("join {slot}=unset")),
            },
            Statement::Await(slot) => match task.slot(slot) {
                Some(handle) => {
                    let finished = handle.finished();
                    return wait(Wait::Await(Rc::clone(slot), handle, finished));
                }
                None => task.line(format_args!("await {slot}=unset")),
            },
            Statement::Cancel(slot) => match task.slot(slot) {
                Some(handle) => task.line(format_args!("cancel {slot}={}", handle.cancel())),
                None => task.line(format_args!("cancel {slot}=unset")),
            },
            Statement::Gather(bodies) => {
                return wait(Wait::Gather(sm::try_gather(spawn_all(task, bodies))));
            }
            Statement::GatherAll(bodies) => {
                return wait(Wait::GatherAll(sm::gather_all(spawn_all(task, bodies))));
            }
            Statement::AsCompleted(bodies) => {
                return wait(Wait::AsCompleted(sm::as_completed(spawn_all(task, bodies))));
            }
            Statement::Timeout(limit, statements) => {
                let timer = task.timer(*limit);
                let limited = sm::timeout(timer.lasts(), Self::new(task, statements));
                return wait(Wait::Timeout(Box::new(Timed::new(limited, timer))));
            }
            Statement::Raise(label) => return Err(Raise::Error(Rc::clone(label))),
            Statement::Return(value) => return Ok(Step::Return(*value)),
            Statement::Try { block, handler } => {
                let handler = Rc::clone(handler);
                self.frames.push(Frame::Try { handler });
                self.enter(block);
            }
            Statement::Finally { block, lines } => {
                let lines = FinalLines::new(task, lines);
                return Ok(Step::Hold(Box::new(lines), Rc::clone(block)));
            }
            Statement::Loop(times, statements) => {
                let (left, statements) = (*times, Rc::clone(statements));
                self.frames.push(Frame::Loop { left, statements });
            }
            Statement::Put(queue, value) => {
                let (sender, _) = task.queue(queue);
                return wait(Wait::Put(
                    Rc::clone(queue),
                    *value,
                    sender.send(Value::new(Some(*value))),
                ));
            }
            Statement::Get(queue) => {
                let (_, receiver) = task.queue(queue);
                return wait(Wait::Get(Rc::clone(queue), receiver.recv()));
            }
            Statement::Set(event) => task.event(event).set(),
            Statement::Clear(event) => task.event(event).clear(),
            Statement::Wait(event) => {
                return wait(Wait::Event(Rc::clone(event), task.event(event).wait()));
            }
            Statement::Acquire(sem) => {
                let acquire = task.semaphore(sem).acquire();
                return wait(Wait::Acquire(Rc::clone(sem), acquire));
            }
            Statement::Release(sem) => {
                task.semaphore(sem).release();
                task.released(sem);
            }
            Statement::WithSem(sem, statements) => {
                let acquire = task.semaphore(sem).acquire();
                let statements = Rc::clone(statements);
                return wait(Wait::WithSem(Rc::clone(sem), statements, acquire));
            }
            Statement::WithLock(lock, statements) => {
                let locking = task.lock(lock).lock();
                let statements = Rc::clone(statements);
                return wait(Wait::WithLock(Rc::clone(lock), statements, locking));
            }
        }
        Ok(Step::Next)
    }
}

fn wait(wait: Wait) -> Result<Step, Raise> {
    Ok(Step::Wait(wait))
}

/// What is inside goes first, as it does in lane 3. (A `Vec` would drop its elements from the first to the last.)
impl Drop for Machine {
    fn drop(&mut self) {
        self.wait = Wait::Nothing;
        while self.frames.pop().is_some() {}
    }
}
