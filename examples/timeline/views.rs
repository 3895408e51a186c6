//! The views of one program.

use std::fs;
use std::path::Path;

use yield_to_await::programs::{Lane, Log, Program};
use yield_to_await::trace::{
    Recorder, Recording, Stepper, What, chart, difference, mermaid, perfetto, svg, text,
};
use yield_to_await::{Clock, Setup};

/// A file that is to be written.
pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// How wide a chart is, in characters.
const WIDTH: usize = 100;

pub(crate) fn shown_size(program: &Program) -> usize {
    let expected = program.expected();
    let shown = expected.first().and_then(|expected| expected.size);
    shown.unwrap_or(program.sizes[0])
}

fn record(program: &Program, lane: Lane, size: usize) -> Recording {
    let recorder = Recorder::new();
    let setup = Setup::new().clock(Clock::Simulated).record(&recorder);
    // That some of them get stuck is in the recording.
    drop(program.form(lane)(setup, Log::new(), size));
    recorder.take()
}

fn title(program: &Program, size: usize) -> String {
    match program.sizes {
        [_] => program.name.to_owned(),
        _ => format!("{}, size {size}", program.name),
    }
}

/// Without places: a picture need not be drawn anew when a line is added to a page.
pub(crate) fn picture_for_the_docs(program: &Program) -> File {
    let size = shown_size(program);
    let recording = record(program, Lane::AsyncAwait, size);
    File {
        name: format!("{}.svg", program.name),
        text: svg(&recording.without_places(), &title(program, size)),
    }
}

/// All views of a program, as files.
pub(crate) fn of(program: &Program, size: usize) -> Result<Vec<File>, String> {
    let title = title(program, size);
    let recordings = Lane::ALL.map(|lane| (lane, record(program, lane, size)));
    let mut stepper = Stepper::new(&title).about(program.shows);
    for (lane, recording) in &recordings {
        stepper = stepper.run(lane.name(), recording);
        if let Some(source) = source(recording, *lane)? {
            stepper = stepper.source(lane.name(), source.file, source.first_line, source.text);
        }
    }
    let [(_, first), (_, second), (_, third)] = &recordings;
    for other in [first, second] {
        if let Some(difference) = difference(&third.without_places(), &other.without_places()) {
            return Err(format!("the lanes of {title} differ:\n{difference}"));
        }
    }
    let json = serde_json::to_string(third).map_err(|error| error.to_string())?;
    let lines = text(third);
    let files = [
        ("html", stepper.to_html()),
        ("svg", svg(third, &title)),
        (
            "txt",
            format!("{title}\n\n{}\n{lines}", chart(third, WIDTH)),
        ),
        ("mmd", mermaid(third)),
        ("perfetto.json", perfetto(third)),
        ("recording.json", json),
    ];
    let file = |(ending, text)| File {
        name: format!("{}.{ending}", program.name),
        text,
    };
    Ok(files.into_iter().map(file).collect())
}

/// The form of one lane on a program's page.
struct Source {
    file: String,
    first_line: u32,
    text: String,
}

/// Read from the page that the recording names.
fn source(recording: &Recording, lane: Lane) -> Result<Option<Source>, String> {
    let root = recording.iter().find_map(|event| match &event.what {
        What::Spawned { place, .. } => Some(place.file.clone()),
        _ => None,
    });
    let Some(file) = root else { return Ok(None) };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(&*file);
    let page = fs::read_to_string(&path)
        .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
    let heading = format!("mod {} {{", lane.name());
    let lines = page.lines().skip_while(|line| *line != heading);
    let mut form: Vec<&str> = lines.take_while(|line| *line != "}").collect();
    form.push("}");
    let before = page.lines().take_while(|line| *line != heading).count();
    Ok(Some(Source {
        file: file.into_owned(),
        first_line: u32::try_from(before + 1).map_err(|error| error.to_string())?,
        text: form.join("\n") + "\n",
    }))
}
