//! The stepper in a real browser, if there is one: what it shows is what a `Replay` knows, at every moment.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde_json::Value;
use yield_to_await::programs::{DEADLOCKS, Lane, Log, PROGRAMS, Program};
use yield_to_await::trace::{Place, Recorder, Recording, Stepper};
use yield_to_await::{Clock, Setup};

use self::browser::Browser;
use self::seen::{expected, seen};

mod browser;
mod compare;
mod controls;
mod large;
mod looks;
mod odd;
mod seen;

/// In longer runs only some moments are looked at.
const MOST_MOMENTS: usize = 60;

/// The source as it is shown, with what the colours cut apart.
const SOURCE: &str =
    "return [...source.querySelectorAll('code')].map((code) => code.textContent).join('\\n')";

type Check = fn(&Browser);

/// One browser for all of it: it takes longer to begin than any of these checks.
#[test]
fn the_page_shows_what_the_replay_knows() {
    let Some(browser) = Browser::start() else {
        // Past the test harness, which would keep the word to itself.
        let skipped = "SKIPPED: there is no chromium with a chromedriver here; the stepper is not tried in a browser";
        writeln!(std::io::stderr(), "{skipped}").expect("standard error is there");
        return;
    };
    let checks: &[(&str, Check)] = &[
        ("programs", every_program_is_shown_as_it_ran_in_every_lane),
        ("equal", compare::equal_lanes_are_called_equal),
        ("differing", compare::the_first_difference_is_marked),
        ("keyboard", controls::the_keyboard_does_what_the_buttons_do),
        ("hash", controls::the_address_names_the_moment_and_the_lanes),
        ("choice", controls::a_chosen_task_is_stayed_with),
        (
            "contrast",
            looks::every_text_stands_out_from_what_is_behind_it,
        ),
        ("phone", looks::on_a_phone_nothing_is_wider_than_the_page),
        ("names", looks::every_control_says_what_it_is),
        ("markup", odd::what_looks_like_markup_is_text),
        ("nonsense", odd::nonsense_is_shown_as_the_replay_takes_it),
        (
            "changes",
            odd::any_change_is_found_but_for_places_and_states,
        ),
        ("long", large::of_what_is_long_a_part_is_shown),
        ("large", large::a_long_run_is_cut_and_quick_all_the_same),
    ];
    for (name, check) in checks {
        let begun = Instant::now();
        check(&browser);
        println!("{name}: {:?}", begun.elapsed());
        let complaints = browser.log("browser");
        assert!(complaints.is_empty(), "{name}: {complaints:#?}");
        nothing_is_fetched(&browser);
    }
}

fn nothing_is_fetched(browser: &Browser) {
    let mut pages = 0;
    for entry in browser.log("performance") {
        let entry: Value = serde_json::from_str(entry["message"].as_str().unwrap()).unwrap();
        let message = &entry["message"];
        if message["method"] == "Network.requestWillBeSent" {
            let url = message["params"]["request"]["url"].as_str().unwrap();
            let stays = ["file:", "data:", "about:"]
                .iter()
                .any(|scheme| url.starts_with(scheme));
            assert!(stays, "the page asks for {url}");
            pages += usize::from(url.starts_with("file:"));
        }
    }
    assert!(pages > 0, "not even the page was asked for");
}

fn recorded(program: &Program, lane: Lane, size: usize) -> Recording {
    let recorder = Recorder::new();
    let setup = Setup::new().clock(Clock::Simulated).record(&recorder);
    // Some get stuck, and that is recorded, too.
    drop(program.form(lane)(setup, Log::new(), size));
    recorder.take()
}

/// The lines of each lane: the first one's number and the text.
fn lanes_of(source: &str) -> [(u32, String); 3] {
    Lane::ALL.map(|lane| {
        let heading = format!("\nmod {lane} {{\n");
        let begin = source.find(&heading).unwrap() + 1;
        let end = begin + source[begin..].find("\n}\n").unwrap() + 3;
        let before = source[..begin].lines().count();
        (
            u32::try_from(before).unwrap() + 1,
            source[begin..end].to_owned(),
        )
    })
}

struct Shown {
    page: PathBuf,
    recordings: Vec<Recording>,
    /// By lane: the file, and its lines.
    sources: Vec<(String, u32, String)>,
}

fn written(name: &str, stepper: &Stepper) -> PathBuf {
    let page = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("stepper-{name}.html"));
    fs::write(&page, stepper.to_html()).unwrap();
    page
}

fn shown(program: &Program, folder: &str, size: usize) -> Shown {
    let file = format!("{folder}/{}.rs", program.name);
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(&file)).unwrap();
    let mut stepper = Stepper::new(program.name).about(program.shows);
    let (mut recordings, mut sources) = (Vec::new(), Vec::new());
    for (lane, (first, lines)) in Lane::ALL.into_iter().zip(lanes_of(&text)) {
        let recording = recorded(program, lane, size);
        stepper = stepper.run(lane.name(), &recording).source(
            lane.name(),
            file.as_str(),
            first,
            lines.as_str(),
        );
        recordings.push(recording);
        sources.push((file.clone(), first, lines));
    }
    Shown {
        page: written(program.name, &stepper),
        recordings,
        sources,
    }
}

/// The moments to look at, in order: of at most so many events all.
fn moments(events: usize, most: usize) -> Vec<usize> {
    let stride = events / most + 1;
    let mut moments: Vec<usize> = (0..events).step_by(stride).collect();
    moments.push(events);
    moments
}

fn every_program_is_shown_as_it_ran_in_every_lane(browser: &Browser) {
    let programs = PROGRAMS.iter().map(|program| (program, "src/programs"));
    let deadlocks = DEADLOCKS
        .iter()
        .map(|program| (program, "src/programs/deadlocks"));
    let mut placed = 0;
    for (turn, (program, folder)) in programs.chain(deadlocks).enumerate() {
        let size = program.sizes[program.sizes.len() / 2];
        let shown = shown(program, folder, size);
        for (i, lane) in Lane::ALL.into_iter().enumerate() {
            let (file, first, lines) = &shown.sources[i];
            let last = first + u32::try_from(lines.lines().count()).unwrap() - 1;
            let has = |place: &Place| place.file == *file && (*first..=last).contains(&place.line);
            let recording = &shown.recordings[i];
            // All of them in one lane, and each lane has its turn.
            let most = if turn % 3 == i { MOST_MOMENTS } else { 6 };
            let moments = moments(recording.len(), most);
            if i == 0 {
                browser.open(&shown.page, "");
            } else {
                browser.click(&format!("#lanes [data-key={lane}]"));
            }
            let text = browser.script(SOURCE, &[]);
            assert_eq!(text.as_str(), lines.strip_suffix('\n'));
            let seen = seen(browser, "", &moments);
            for (seen, expected) in seen.iter().zip(expected(recording, &moments, has)) {
                placed += usize::from(!seen["line"].is_null());
                assert_eq!(*seen, expected, "{} in {lane}", program.name);
            }
            assert_eq!(seen.len(), moments.len());
        }
    }
    assert!(
        placed > 700,
        "only {placed} moments have a line in the source"
    );
}

fn find(name: &str) -> &'static Program {
    Program::find(name).unwrap()
}
