//! One recording of a run, and every view of it, in a folder.
//!
//! `cargo run --release --example timeline -- --program pipeline`, and `-- --help` for the rest.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use lexopt::prelude::*;
use yield_to_await::programs::{DEADLOCKS, PROGRAMS, Program};

use self::views::File;

mod index;
mod views;

const HELP: &str = "\
Records a program in every lane, and writes all views of the recording to a folder: the page to step through it, a picture, a text, a Mermaid diagram, a trace for
Perfetto (https://ui.perfetto.dev), and the recording itself.

Usage: timeline [--program PROGRAM] [--size SIZE] [--out FOLDER] [--force]
       timeline --pictures [--out FOLDER]

  --program PROGRAM  only this program; otherwise all of them
  --size SIZE        its size; otherwise the one that its page shows
  --out FOLDER       where to write, target/timeline or target/timeline/PROGRAM unless you say so
  --force            write over files that are there already
  --pictures         write the pictures that the docs show, over those in src/programs/timelines unless you name another folder
  --help             this text

The exit code is 1 when something cannot be written, and 2 when the arguments make no sense.";

struct Options {
    programs: Vec<&'static Program>,
    size: Option<usize>,
    out: Option<PathBuf>,
    force: bool,
    pictures: bool,
}

fn all() -> impl Iterator<Item = &'static Program> {
    PROGRAMS.iter().chain(DEADLOCKS)
}

fn find(name: &str) -> Result<&'static Program, String> {
    let found = all().find(|program| program.name == name);
    found.ok_or_else(|| {
        let names: Vec<_> = all().map(|program| program.name).collect();
        format!(
            "there is no program `{name}`; there are: {}",
            names.join(", ")
        )
    })
}

fn parse() -> Result<Option<Options>, String> {
    let mut options = Options {
        programs: all().collect(),
        size: None,
        out: None,
        force: false,
        pictures: false,
    };
    let mut arguments = lexopt::Parser::from_env();
    let text = |error: lexopt::Error| error.to_string();
    while let Some(argument) = arguments.next().map_err(text)? {
        match argument {
            Long("program") => {
                let name = arguments.value().and_then(|name| name.string());
                options.programs = vec![find(&name.map_err(text)?)?];
            }
            Long("size") => {
                let size = arguments.value().and_then(|size| size.parse());
                options.size = Some(size.map_err(text)?);
            }
            Long("out") => options.out = Some(arguments.value().map_err(text)?.into()),
            Long("force") => options.force = true,
            Long("pictures") => options.pictures = true,
            Short('h') | Long("help") => return Ok(None),
            _ => return Err(argument.unexpected().to_string()),
        }
    }
    let [program] = options.programs[..] else {
        return match options.size {
            Some(_) => Err(
                "a size means something else in every program: name one with --program".to_owned(),
            ),
            None => Ok(Some(options)),
        };
    };
    let most = program.sizes.iter().max();
    if options.size.as_ref() > most {
        return Err(format!(
            "`{}` is tried in sizes up to {}",
            program.name,
            most.copied().unwrap_or_default()
        ));
    }
    match options.pictures {
        true => Err(
            "--pictures are those of all programs, each in the size that its page shows".to_owned(),
        ),
        false => Ok(Some(options)),
    }
}

/// Writes the files, or none of them if one is there already and may not be written over.
fn write(folder: &Path, files: &[File], force: bool) -> Result<(), String> {
    let there = files.iter().map(|file| folder.join(&file.name));
    let there: Vec<_> = there.filter(|path| !force && path.exists()).collect();
    if let Some(first) = there.first() {
        return Err(format!(
            "{} is there already, and {} more: say --force to write over them, or name another folder with --out",
            first.display(),
            there.len() - 1
        ));
    }
    let cannot =
        |path: &Path, error: io::Error| format!("cannot write {}: {error}", path.display());
    fs::create_dir_all(folder).map_err(|error| cannot(folder, error))?;
    for file in files {
        let path = folder.join(&file.name);
        fs::write(&path, &file.text).map_err(|error| cannot(&path, error))?;
    }
    Ok(())
}

fn pictures(options: &Options) -> Result<(), String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/programs/timelines");
    let folder = options.out.clone().unwrap_or(folder);
    let files: Vec<_> = all().map(views::picture_for_the_docs).collect();
    write(&folder, &files, true)?;
    println!("{} pictures are in {}", files.len(), folder.display());
    Ok(())
}

fn timelines(options: &Options) -> Result<(), String> {
    let mut folder = Path::new("target").join("timeline");
    if let [program] = options.programs[..] {
        folder.push(program.name);
    }
    let folder = options.out.clone().unwrap_or(folder);
    let mut files = Vec::new();
    for program in &options.programs {
        let size = options.size.unwrap_or_else(|| views::shown_size(program));
        files.extend(views::of(program, size)?);
    }
    files.push(index::page(&options.programs));
    write(&folder, &files, options.force)?;
    let open = match options.programs[..] {
        [program] => folder.join(format!("{}.html", program.name)),
        _ => folder.join("index.html"),
    };
    let open = open.canonicalize().unwrap_or(open);
    println!("{} files are in {}", files.len(), folder.display());
    println!("open {}", open.display());
    Ok(())
}

fn main() -> ExitCode {
    let options = match parse() {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(complaint) => {
            eprintln!("{complaint}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    let written = match options.pictures {
        true => pictures(&options),
        false => timelines(&options),
    };
    match written {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaint) => {
            eprintln!("{complaint}");
            ExitCode::FAILURE
        }
    }
}
