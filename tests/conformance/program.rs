//! The programs: what the file holds, as types.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::Duration;
use std::{fmt, fs};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::reader::Reader;

/// Of a body, a slot, a queue ..
pub(crate) type Name = Rc<str>;
/// Frames and tasks keep the statements that they are at, so a block is shared and not borrowed.
pub(crate) type Block = Rc<[Statement]>;

#[derive(Clone, Debug)]
pub(crate) enum Statement {
    Print(Name),
    Sleep(Duration),
    Yield,
    Call(Name),
    Spawn { slot: Name, body: Name },
    Join(Name),
    Await(Name),
    Cancel(Name),
    Gather(Vec<Name>),
    GatherAll(Vec<Name>),
    AsCompleted(Vec<Name>),
    Timeout(Duration, Block),
    Raise(Name),
    Return(u32),
    Try { block: Block, handler: Block },
    Finally { block: Block, lines: Rc<[Name]> },
    Loop(u32, Block),
    Put(Name, u32),
    Get(Name),
    Set(Name),
    Clear(Name),
    Wait(Name),
    Acquire(Name),
    Release(Name),
    WithSem(Name, Block),
    WithLock(Name, Block),
}

/// What the tasks of a program share besides slots, all of it absent if need be.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(crate) struct Resources {
    /// With their maximal size; 0 is unlimited.
    pub(crate) queues: BTreeMap<String, usize>,
    pub(crate) events: Vec<String>,
    /// With their permits.
    pub(crate) sems: BTreeMap<String, usize>,
    pub(crate) locks: Vec<String>,
}

/// A program as it stands in the file. Unknown members are ignored.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) struct Source {
    pub(crate) id: String,
    pub(crate) root: String,
    /// In the order of their names, for the report.
    pub(crate) bodies: BTreeMap<String, Vec<Value>>,
    #[serde(default)]
    pub(crate) res: Resources,
    pub(crate) trace: Vec<String>,
    pub(crate) result: String,
}

/// A program that is ready to be run, and what is expected of it.
#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) source: Source,
    pub(crate) root: Name,
    pub(crate) bodies: HashMap<Name, Block>,
}

impl Program {
    /// # Errors
    ///
    /// What is wrong with the program, and where.
    pub(crate) fn new(source: Source) -> Result<Rc<Self>, Malformed> {
        let reader = Reader::new(&source);
        let (root, bodies) = (reader.root()?, reader.bodies()?);
        Ok(Rc::new(Self {
            source,
            root,
            bodies,
        }))
    }
}

/// The program as somebody would read it: one body, or resource, a line.
impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Source {
            root, res, bodies, ..
        } = &self.source;
        writeln!(f, "root {root}, {res:?}")?;
        for (name, statements) in bodies {
            writeln!(f, "{name}:")?;
            for statement in statements {
                writeln!(f, "  {statement}")?;
            }
        }
        Ok(())
    }
}

/// Why a file of programs cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Malformed(pub(crate) String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Deserialize)]
struct File {
    format: u32,
    programs: Vec<Source>,
}

/// Reads the text of a file of programs.
///
/// # Errors
///
/// What is wrong with it, and where.
pub(crate) fn read(text: &str) -> Result<Vec<Rc<Program>>, Malformed> {
    let file: File = serde_json::from_str(text).map_err(|e| Malformed(e.to_string()))?;
    if file.format != 1 {
        let format = file.format;
        return Err(Malformed(format!("format {format} where 1 was expected")));
    }
    file.programs.into_iter().map(Program::new).collect()
}

/// The programs of the file that `CORPUS` names, or of the one that belongs to the tests.
pub(crate) fn corpus() -> Vec<Rc<Program>> {
    match std::env::var("CORPUS") {
        Ok(path) => load(&path),
        Err(_) => load(&own("programs.json")),
    }
}

/// Miri looks at every step, of the reader too, so it gets a slice. A program is a line.
fn slice(text: &str) -> String {
    let programs = text.lines().filter(|line| line.starts_with(r#"{"id":"#));
    let some: Vec<&str> = programs
        .step_by(60)
        .map(|line| line.trim_end_matches(','))
        .collect();
    format!(r#"{{"format":1,"programs":[{}]}}"#, some.join(","))
}

/// The programs made by hand, for what the corpus leaves out.
pub(crate) fn extra() -> Vec<Rc<Program>> {
    load(&own("extra.json"))
}

fn own(file: &str) -> String {
    format!("{}/tests/conformance/{file}", env!("CARGO_MANIFEST_DIR"))
}

fn load(path: &str) -> Vec<Rc<Program>> {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let text = if cfg!(miri) { slice(&text) } else { text };
    read(&text).unwrap_or_else(|malformed| panic!("{path}: {malformed}"))
}
