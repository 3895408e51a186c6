//! The programs in lane 3: async fns.

use std::rc::Rc;

use yield_to_await::async_await as aw;

use crate::census::Token;
use crate::outcome::{Flow, Outcome, Raise, Value, look, render, render_list, settle};
use crate::pace::Pace;
use crate::program::{Name, Program, Statement};
use crate::task::{EndLine, FinalLines};
use crate::trace::{Log, Run};
use crate::world::Lane;

enum AsyncAwait {}

type Task = crate::task::Task<AsyncAwait>;
type Handle = aw::JoinHandle<Outcome>;

impl Lane for AsyncAwait {
    type Queue = (aw::Sender<Value>, aw::Receiver<Value>);
    type Event = aw::Event;
    type Semaphore = aw::Semaphore;
    type Lock = aw::Mutex<()>;
    type Handle = Handle;

    fn queue(size: usize) -> Self::Queue {
        match size {
            0 => aw::unbounded(),
            size => aw::channel(size),
        }
    }

    fn event() -> Self::Event {
        aw::Event::new()
    }

    fn semaphore(permits: usize) -> Self::Semaphore {
        aw::Semaphore::new(permits)
    }

    fn lock() -> Self::Lock {
        aw::Mutex::new(())
    }

    fn len((_, receiver): &Self::Queue) -> usize {
        receiver.len()
    }

    fn permits(semaphore: &Self::Semaphore) -> usize {
        semaphore.available_permits()
    }

    fn is_locked(lock: &Self::Lock) -> bool {
        lock.is_locked()
    }
}

pub(crate) fn run(program: &Rc<Program>, log: &Log, pace: &Pace) -> Run {
    let (root, world) = Task::root(program, log, pace);
    let setup = log.setup(pace.clock());
    let report = aw::run_with(setup, perform(root, Rc::clone(&program.root)));
    Run::new(world, report)
}

/// A whole task.
async fn perform(task: Rc<Task>, body: Name) -> Outcome {
    let mut end = EndLine::of(&task);
    let outcome = call(&task, &body).await;
    end.write(&outcome);
    outcome
}

fn spawn(task: &Task, body: &Name) -> Handle {
    aw::spawn(perform(task.child(), Rc::clone(body)))
}

fn spawn_all(task: &Task, bodies: &[Name]) -> impl Iterator<Item = Handle> {
    bodies.iter().map(|body| spawn(task, body))
}

async fn call(task: &Rc<Task>, body: &Name) -> Outcome {
    // Bodies call bodies: without a box the future would contain itself.
    let flow = Box::pin(block(task, &task.body(body))).await?;
    Ok(flow.into())
}

async fn block(task: &Rc<Task>, statements: &[Statement]) -> Result<Flow, Raise> {
    let _frame = Token::new();
    for statement in statements {
        let flow = Box::pin(perform_one(task, statement)).await?;
        if flow != Flow::Next {
            return Ok(flow);
        }
    }
    Ok(Flow::Next)
}

async fn perform_one(task: &Rc<Task>, statement: &Statement) -> Result<Flow, Raise> {
    task.look_at_clock();
    match statement {
        Statement::Print(text) => task.line(text),
        Statement::Sleep(time) => {
            let timer = task.timer(*time);
            aw::sleep(timer.lasts()).await;
        }
        Statement::Yield => aw::yield_now().await,
        Statement::Call(body) => {
            let value = call(task, body).await?;
            task.line(format_args!("call {body}={value}"));
        }
        Statement::Spawn { slot, body } => task.fill_slot(slot, spawn(task, body)),
        Statement::Join(slot) => match task.slot(slot) {
            Some(handle) => {
                let outcome = outcome_of(&handle).await;
                task.line(format_args!("join {slot}={}", render(&outcome)));
            }
            None => task.line(format_args!("join {slot}=unset")),
        },
        Statement::Await(slot) => match task.slot(slot) {
            Some(handle) => {
                let value = outcome_of(&handle).await?;
                task.line(format_args!("await {slot}={value}"));
            }
            None => task.line(format_args!("await {slot}=unset")),
        },
        Statement::Cancel(slot) => match task.slot(slot) {
            Some(handle) => task.line(format_args!("cancel {slot}={}", handle.cancel())),
            None => task.line(format_args!("cancel {slot}=unset")),
        },
        Statement::Gather(bodies) => {
            let values = aw::try_gather(spawn_all(task, bodies)).await?;
            let values: Vec<Outcome> = values.into_iter().map(Ok).collect();
            task.line(format_args!("gather={}", render_list(&values)));
        }
        Statement::GatherAll(bodies) => {
            let given = aw::gather_all(spawn_all(task, bodies)).await;
            let outcomes: Vec<Outcome> = given.iter().map(settle).collect();
            task.line(format_args!("gather={}", render_list(&outcomes)));
        }
        Statement::AsCompleted(bodies) => {
            let mut children = aw::as_completed(spawn_all(task, bodies));
            while let Some(given) = children.next().await {
                match settle(&given) {
                    Err(Raise::Cancelled) => return Err(Raise::Cancelled),
                    outcome => task.line(format_args!("next={}", render(&outcome))),
                }
            }
        }
        Statement::Timeout(limit, statements) => {
            let timer = task.timer(*limit);
            match aw::timeout(timer.lasts(), block(task, statements)).await {
                Ok(left) => {
                    let flow = left?;
                    task.line("timeout=ok");
                    return Ok(flow);
                }
                Err(_elapsed) => task.line("timeout=expired"),
            }
        }
        Statement::Raise(label) => return Err(Raise::Error(Rc::clone(label))),
        Statement::Return(value) => return Ok(Flow::Return(*value)),
        Statement::Try {
            block: statements,
            handler,
        } => match block(task, statements).await {
            Err(Raise::Error(label)) => {
                task.line(format_args!("caught {label}"));
                return block(task, handler).await;
            }
            left => return left,
        },
        Statement::Finally {
            block: statements,
            lines,
        } => {
            let _lines = FinalLines::new(task, lines);
            return block(task, statements).await;
        }
        Statement::Loop(times, statements) => {
            for _ in 0..*times {
                let flow = block(task, statements).await?;
                if flow != Flow::Next {
                    return Ok(flow);
                }
            }
        }
        Statement::Put(queue, value) => {
            let (sender, _) = task.queue(queue);
            let sent = sender.send(Value::new(Some(*value))).await;
            task.put(queue, *value, sent);
        }
        Statement::Get(queue) => {
            let (_, receiver) = task.queue(queue);
            let value = receiver.recv().await;
            task.got(queue, value);
        }
        Statement::Set(event) => task.event(event).set(),
        Statement::Clear(event) => task.event(event).clear(),
        Statement::Wait(event) => {
            task.event(event).wait().await;
            task.line(format_args!("wait {event}"));
        }
        Statement::Acquire(sem) => {
            task.semaphore(sem).acquire().await.forget();
            task.acquired(sem);
        }
        Statement::Release(sem) => {
            task.semaphore(sem).release();
            task.released(sem);
        }
        Statement::WithSem(sem, statements) => {
            let _permit = task.semaphore(sem).acquire().await;
            task.line(format_args!("acquire {sem}"));
            return block(task, statements).await;
        }
        Statement::WithLock(lock, statements) => {
            let _guard = task.lock(lock).lock().await;
            task.line(format_args!("lock {lock}"));
            return block(task, statements).await;
        }
    }
    Ok(Flow::Next)
}

/// Waits for a task and leaves its outcome to the others who may want it.
async fn outcome_of(handle: &Handle) -> Outcome {
    handle.finished().await;
    handle.peek(look)
}
