//! From statements to JSON: what `reader.rs` does, backwards.

use serde_json::{Value, json};

use crate::program::{Name, Statement};

pub(crate) fn write_all(statements: &[Statement]) -> Vec<Value> {
    statements.iter().map(write).collect()
}

fn write(statement: &Statement) -> Value {
    match statement {
        Statement::Print(text) => json!(["print", **text]),
        Statement::Sleep(time) => json!(["sleep", milliseconds(*time)]),
        Statement::Yield => json!(["yield"]),
        Statement::Call(body) => json!(["call", **body]),
        Statement::Spawn { slot, body } => json!(["spawn", **slot, **body]),
        Statement::Join(slot) => json!(["join", **slot]),
        Statement::Await(slot) => json!(["await", **slot]),
        Statement::Cancel(slot) => json!(["cancel", **slot]),
        Statement::Gather(bodies) => json!(["gather", names(bodies)]),
        Statement::GatherAll(bodies) => json!(["gather_all", names(bodies)]),
        Statement::AsCompleted(bodies) => json!(["as_completed", names(bodies)]),
        Statement::Timeout(limit, block) => {
            json!(["timeout", milliseconds(*limit), write_all(block)])
        }
        Statement::Raise(label) => json!(["raise", **label]),
        Statement::Return(value) => json!(["return", value]),
        Statement::Try { block, handler } => {
            json!(["try", write_all(block), write_all(handler)])
        }
        Statement::Finally { block, lines } => {
            let lines: Vec<Value> = lines.iter().map(|text| json!(["print", **text])).collect();
            json!(["finally", write_all(block), lines])
        }
        Statement::Loop(times, block) => json!(["loop", times, write_all(block)]),
        Statement::Put(queue, value) => json!(["put", **queue, value]),
        Statement::Get(queue) => json!(["get", **queue]),
        Statement::Set(event) => json!(["set", **event]),
        Statement::Clear(event) => json!(["clear", **event]),
        Statement::Wait(event) => json!(["wait", **event]),
        Statement::Acquire(sem) => json!(["acquire", **sem]),
        Statement::Release(sem) => json!(["release", **sem]),
        Statement::WithSem(sem, block) => json!(["with_sem", **sem, write_all(block)]),
        Statement::WithLock(lock, block) => json!(["with_lock", **lock, write_all(block)]),
    }
}

fn names(names: &[Name]) -> Vec<&str> {
    names.iter().map(|name| &**name).collect()
}

/// Programs count in whole milliseconds.
fn milliseconds(time: std::time::Duration) -> u64 {
    time.as_millis().try_into().expect("programs are short")
}
