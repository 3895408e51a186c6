//! Random programs, as typed statements that shrink: proptest takes statements out of blocks, blocks out of statements, and
//! makes numbers smaller.
//!
//! They cannot run for ever. Loops are counted, and a body names only bodies that come after it, so nobody calls himself. What a
//! program may cost in all is limited by [`cost`].

use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::rc::Rc;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use crate::program::{Block, Name, Program, Resources, Source, Statement};
use crate::writer::write_all;

const BODIES: [&str; 5] = ["a", "b", "c", "d", "e"];
const SLOTS: &[&str] = &["t1", "t2", "t3"];
const QUEUES: &[&str] = &["q1", "q2"];
const EVENTS: &[&str] = &["e1", "e2"];
const SEMS: &[&str] = &["s1", "s2"];
const LOCKS: &[&str] = &["l1", "l2"];
const TEXTS: &[&str] = &["x", "y", "z"];
const LABELS: &[&str] = &["E1", "E2"];

/// Sizes of queues, permits of semaphores.
const SIZES: RangeInclusive<usize> = 0..=2;
/// Few, and short: two timers should often be due together.
const MILLISECONDS: RangeInclusive<u64> = 0..=5;
/// Statements that a program performs at most, those of its tasks included.
const MOST: u64 = 500;

pub(super) fn programs() -> impl Strategy<Value = Rc<Program>> {
    let sizes = (vec(SIZES, QUEUES.len()), vec(SIZES, SEMS.len()));
    let bodies: Vec<_> = (0..BODIES.len()).map(body).collect();
    let parts = (sizes, bodies);
    let affordable = parts.prop_filter("too much work", |(_, bodies)| cost(bodies) <= MOST);
    affordable.prop_map(|((queues, sems), bodies)| program(&queues, &sems, &bodies))
}

fn program(queues: &[usize], sems: &[usize], bodies: &[Vec<Statement>]) -> Rc<Program> {
    let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    let sized = |names: &[&str], sizes: &[usize]| {
        let names = names.iter().map(ToString::to_string);
        names.zip(sizes.iter().copied()).collect()
    };
    let source = Source {
        id: "random".to_owned(),
        root: BODIES[0].to_owned(),
        bodies: BODIES
            .iter()
            .zip(bodies)
            .map(|(name, body)| (name.to_string(), write_all(body)))
            .collect(),
        res: Resources {
            queues: sized(QUEUES, queues),
            events: owned(EVENTS),
            sems: sized(SEMS, sems),
            locks: owned(LOCKS),
        },
        trace: Vec::new(),
        result: String::new(),
    };
    Program::new(source).unwrap_or_else(|malformed| panic!("{malformed}"))
}

fn body(number: usize) -> BoxedStrategy<Vec<Statement>> {
    let later = &BODIES[number + 1..];
    let statements = vec(statement(later), 1..=8);
    if number > 0 {
        let last = prop_oneof![
            3 => Just(Statement::Yield),
            2 => digit().prop_map(Statement::Return),
            1 => name(LABELS).prop_map(Statement::Raise),
        ];
        return (statements, last)
            .prop_map(|(statements, last)| [statements, vec![last]].concat())
            .boxed();
    }
    // The root begins with tasks, so that there is somebody to meet, and stays for a while: the others are dropped with it.
    let last = (0..=30u64).prop_map(|ms| Statement::Sleep(Duration::from_millis(ms)));
    (vec(spawn(later), 1..=4), statements, last)
        .prop_map(|(spawns, statements, last)| [spawns, statements, vec![last]].concat())
        .boxed()
}

fn statement(later: &'static [&'static str]) -> BoxedStrategy<Statement> {
    let leaf = if later.is_empty() {
        leaf()
    } else {
        prop_oneof![3 => leaf(), 1 => with_bodies(later)].boxed()
    };
    let nested = leaf.clone().prop_recursive(3, 12, 4, |inner| {
        let block = || vec(inner.clone(), 0..=4).prop_map(Block::from);
        prop_oneof![
            3 => (milliseconds(), block()).prop_map(|(limit, block)| Statement::Timeout(limit, block)),
            2 => attempt(block().boxed()),
            2 => (block(), vec(name(TEXTS), 1..=2)).prop_map(|(block, lines)| Statement::Finally {
                block,
                lines: lines.into(),
            }),
            1 => (0..=3u32, block()).prop_map(|(times, block)| Statement::Loop(times, block)),
            2 => (name(SEMS), block()).prop_map(|(sem, block)| Statement::WithSem(sem, block)),
            2 => (name(LOCKS), block()).prop_map(|(lock, block)| Statement::WithLock(lock, block)),
        ]
    });
    prop_oneof![2 => leaf, 1 => nested].boxed()
}

/// A `try`, and in every other one something to catch.
fn attempt(block: BoxedStrategy<Block>) -> BoxedStrategy<Statement> {
    (block.clone(), option::of(name(LABELS)), block)
        .prop_map(|(block, error, handler)| {
            let raise = error.map(Statement::Raise);
            let block = block.iter().cloned().chain(raise).collect();
            Statement::Try { block, handler }
        })
        .boxed()
}

/// What needs no other body.
fn leaf() -> BoxedStrategy<Statement> {
    prop_oneof![
        2 => name(TEXTS).prop_map(Statement::Print),
        8 => milliseconds().prop_map(Statement::Sleep),
        6 => Just(Statement::Yield),
        4 => prop_oneof![name(SLOTS).prop_map(Statement::Join), name(SLOTS).prop_map(Statement::Await)],
        4 => name(SLOTS).prop_map(Statement::Cancel),
        1 => wait(),
        // Waits that do not get their task stuck.
        6 => (milliseconds(), vec(wait(), 1..=2))
            .prop_map(|(limit, waits)| Statement::Timeout(limit, waits.into())),
        4 => put(),
        3 => name(EVENTS).prop_map(Statement::Set),
        1 => name(EVENTS).prop_map(Statement::Clear),
        1 => name(EVENTS).prop_map(pulse),
        3 => name(SEMS).prop_map(Statement::Release),
    ]
    .boxed()
}

/// For those who wait already, and nobody else.
fn pulse(event: Name) -> Statement {
    let both = [Statement::Set(Rc::clone(&event)), Statement::Clear(event)];
    Statement::Loop(1, both.into())
}

/// What may well wait for ever.
fn wait() -> BoxedStrategy<Statement> {
    prop_oneof![
        put(),
        name(QUEUES).prop_map(Statement::Get),
        name(EVENTS).prop_map(Statement::Wait),
        name(SEMS).prop_map(Statement::Acquire),
    ]
    .boxed()
}

fn put() -> BoxedStrategy<Statement> {
    (name(QUEUES), digit())
        .prop_map(|(queue, value)| Statement::Put(queue, value))
        .boxed()
}

fn with_bodies(later: &'static [&'static str]) -> BoxedStrategy<Statement> {
    let several = || vec(name(later), 0..=3);
    prop_oneof![
        5 => spawn(later),
        2 => name(later).prop_map(Statement::Call),
        2 => several().prop_map(Statement::Gather),
        1 => several().prop_map(Statement::GatherAll),
        2 => several().prop_map(Statement::AsCompleted),
    ]
    .boxed()
}

fn spawn(later: &'static [&'static str]) -> BoxedStrategy<Statement> {
    (name(SLOTS), name(later))
        .prop_map(|(slot, body)| Statement::Spawn { slot, body })
        .boxed()
}

fn name(names: &'static [&'static str]) -> impl Strategy<Value = Name> + Clone {
    select(names).prop_map(Name::from)
}

fn digit() -> impl Strategy<Value = u32> {
    0..10u32
}

fn milliseconds() -> impl Strategy<Value = Duration> {
    MILLISECONDS.prop_map(Duration::from_millis)
}

/// How many statements the root performs at most, those of the tasks that it makes included.
fn cost(bodies: &[Vec<Statement>]) -> u64 {
    // From the last on, since bodies name later ones.
    let mut costs = HashMap::new();
    for (body, statements) in BODIES.iter().zip(bodies).rev() {
        let cost = cost_of_block(statements, &costs);
        costs.insert(*body, cost);
    }
    costs[BODIES[0]]
}

fn cost_of_block(statements: &[Statement], costs: &HashMap<&str, u64>) -> u64 {
    let block = |statements: &[Statement]| cost_of_block(statements, costs);
    let inside = |statement: &Statement| match statement {
        Statement::Call(body) | Statement::Spawn { body, .. } => costs[&**body],
        Statement::Gather(bodies)
        | Statement::GatherAll(bodies)
        | Statement::AsCompleted(bodies) => bodies.iter().map(|body| costs[&**body]).sum(),
        Statement::Timeout(_, statements)
        | Statement::WithSem(_, statements)
        | Statement::WithLock(_, statements) => block(statements),
        Statement::Try {
            block: statements,
            handler,
        } => block(statements) + block(handler),
        Statement::Finally {
            block: statements,
            lines,
        } => block(statements) + lines.len() as u64,
        Statement::Loop(times, statements) => u64::from(*times) * block(statements),
        _ => 0,
    };
    let costs = statements.iter().map(|statement| 1 + inside(statement));
    costs.sum()
}
