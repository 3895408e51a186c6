//! From JSON to statements. Whatever a statement names is looked up here, so that the interpreters may take it for granted.

use std::collections::HashMap;
use std::rc::Rc;
use std::time::Duration;

use serde_json::Value;

use crate::program::{Block, Malformed, Name, Source, Statement};

pub(crate) struct Reader<'a> {
    source: &'a Source,
}

/// The reader while it is in one body, which its complaints name.
struct InBody<'a> {
    source: &'a Source,
    body: &'a str,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(source: &'a Source) -> Self {
        Self { source }
    }

    pub(crate) fn root(&self) -> Result<Name, Malformed> {
        let Source {
            id, root, bodies, ..
        } = self.source;
        if !bodies.contains_key(root) {
            return Err(Malformed(format!("{id}: the root `{root}` is no body")));
        }
        Ok(root.as_str().into())
    }

    pub(crate) fn bodies(&self) -> Result<HashMap<Name, Block>, Malformed> {
        let source = self.source;
        let body = |(body, statements): (&'a String, &'a Vec<Value>)| {
            let block = InBody { source, body }.statements(statements)?;
            Ok((Name::from(body.as_str()), block))
        };
        source.bodies.iter().map(body).collect()
    }
}

impl InBody<'_> {
    fn malformed(&self, complaint: &str) -> Malformed {
        let (id, body) = (&self.source.id, self.body);
        Malformed(format!("{id}, body {body}: {complaint}"))
    }

    fn statements(&self, statements: &[Value]) -> Result<Block, Malformed> {
        statements
            .iter()
            .map(|value| self.statement(value))
            .collect()
    }

    fn statement(&self, value: &Value) -> Result<Statement, Malformed> {
        let unknown = || self.malformed(&format!("no such statement: {value}"));
        let parts = value.as_array().map_or(&[][..], Vec::as_slice);
        let (name, arguments) = parts.split_first().ok_or_else(unknown)?;
        Ok(match (name.as_str().unwrap_or_default(), arguments) {
            ("print", [text]) => Statement::Print(self.name(text)?),
            ("sleep", [ms]) => Statement::Sleep(self.milliseconds(ms)?),
            ("yield", []) => Statement::Yield,
            ("call", [body]) => Statement::Call(self.body(body)?),
            ("spawn", [slot, body]) => Statement::Spawn {
                slot: self.name(slot)?,
                body: self.body(body)?,
            },
            ("join", [slot]) => Statement::Join(self.name(slot)?),
            ("await", [slot]) => Statement::Await(self.name(slot)?),
            ("cancel", [slot]) => Statement::Cancel(self.name(slot)?),
            ("gather", [bodies]) => Statement::Gather(self.body_list(bodies)?),
            ("gather_all", [bodies]) => Statement::GatherAll(self.body_list(bodies)?),
            ("as_completed", [bodies]) => Statement::AsCompleted(self.body_list(bodies)?),
            ("timeout", [ms, block]) => {
                Statement::Timeout(self.milliseconds(ms)?, self.block(block)?)
            }
            ("raise", [label]) => Statement::Raise(self.name(label)?),
            ("return", [value]) => Statement::Return(self.number(value)?),
            ("try", [block, handler]) => Statement::Try {
                block: self.block(block)?,
                handler: self.block(handler)?,
            },
            ("finally", [block, lines]) => Statement::Finally {
                block: self.block(block)?,
                lines: self.lines(lines)?,
            },
            ("loop", [times, block]) => Statement::Loop(self.number(times)?, self.block(block)?),
            ("put", [queue, value]) => Statement::Put(self.queue(queue)?, self.number(value)?),
            ("get", [queue]) => Statement::Get(self.queue(queue)?),
            ("set", [event]) => Statement::Set(self.event(event)?),
            ("clear", [event]) => Statement::Clear(self.event(event)?),
            ("wait", [event]) => Statement::Wait(self.event(event)?),
            ("acquire", [sem]) => Statement::Acquire(self.semaphore(sem)?),
            ("release", [sem]) => Statement::Release(self.semaphore(sem)?),
            ("with_sem", [sem, block]) => {
                Statement::WithSem(self.semaphore(sem)?, self.block(block)?)
            }
            ("with_lock", [lock, block]) => {
                Statement::WithLock(self.lock(lock)?, self.block(block)?)
            }
            _ => return Err(unknown()),
        })
    }

    fn array<'v>(&self, value: &'v Value) -> Result<&'v [Value], Malformed> {
        let array = value.as_array().map(Vec::as_slice);
        array.ok_or_else(|| self.malformed(&format!("{value} where a list was expected")))
    }

    fn block(&self, value: &Value) -> Result<Block, Malformed> {
        self.statements(self.array(value)?)
    }

    /// What a `finally` does at its end: it prints, since destructors can do no more.
    fn lines(&self, value: &Value) -> Result<Rc<[Name]>, Malformed> {
        let line = |statement: &Value| match self.statement(statement)? {
            Statement::Print(text) => Ok(text),
            _ => Err(self.malformed(&format!("{statement} where a print was expected"))),
        };
        self.array(value)?.iter().map(line).collect()
    }

    fn name(&self, value: &Value) -> Result<Name, Malformed> {
        let name = value.as_str().map(Name::from);
        name.ok_or_else(|| self.malformed(&format!("{value} where a name was expected")))
    }

    fn number(&self, value: &Value) -> Result<u32, Malformed> {
        let number = value.as_u64().and_then(|n| u32::try_from(n).ok());
        number.ok_or_else(|| self.malformed(&format!("{value} where a number was expected")))
    }

    fn milliseconds(&self, value: &Value) -> Result<Duration, Malformed> {
        Ok(Duration::from_millis(self.number(value)?.into()))
    }

    /// A name that has to stand for something.
    fn known(
        &self,
        value: &Value,
        what: &str,
        is_known: impl FnOnce(&str) -> bool,
    ) -> Result<Name, Malformed> {
        let name = self.name(value)?;
        if is_known(&name) {
            Ok(name)
        } else {
            Err(self.malformed(&format!("there is no {what} `{name}`")))
        }
    }

    fn body(&self, value: &Value) -> Result<Name, Malformed> {
        let bodies = &self.source.bodies;
        self.known(value, "body", |name| bodies.contains_key(name))
    }

    fn body_list(&self, value: &Value) -> Result<Vec<Name>, Malformed> {
        let bodies = self.array(value)?.iter();
        bodies.map(|body| self.body(body)).collect()
    }

    fn queue(&self, value: &Value) -> Result<Name, Malformed> {
        let queues = &self.source.res.queues;
        self.known(value, "queue", |name| queues.contains_key(name))
    }

    fn event(&self, value: &Value) -> Result<Name, Malformed> {
        let events = &self.source.res.events;
        self.known(value, "event", |name| events.iter().any(|e| e == name))
    }

    fn semaphore(&self, value: &Value) -> Result<Name, Malformed> {
        let sems = &self.source.res.sems;
        self.known(value, "semaphore", |name| sems.contains_key(name))
    }

    fn lock(&self, value: &Value) -> Result<Name, Malformed> {
        let locks = &self.source.res.locks;
        self.known(value, "lock", |name| locks.iter().any(|l| l == name))
    }
}
