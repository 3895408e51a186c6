//! The figures as two tables in Markdown: what everything takes, and what that makes of the lanes.

use std::fmt::Write;

use crate::measure::Figures;
use crate::peers::Peer;
use crate::place;

pub(crate) fn markdown(all: &[Figures]) -> String {
    let mut text = format!("{}\n\n", place::line());
    text += "![The figures of the table below, as bars](benches/report.svg)\n\n";
    text +=
        "Grey are the limits, blue the lanes of this crate, orange the executors of others.\n\n";
    shows(&mut text, all);
    text += "\nNanoseconds, medians:\n\n";
    times(&mut text, all);
    text += "\nThe lanes beside the floor / beside the best of the other executors (less is faster):\n\n";
    ratios(&mut text, all);
    text.trim_end().to_owned()
}

/// What each workload is.
fn shows(text: &mut String, all: &[Figures]) {
    let mut workloads: Vec<_> = all.iter().map(|figures| figures.workload).collect();
    workloads.dedup_by_key(|workload| workload.name);
    for workload in workloads {
        writeln!(text, "* *{}*: {}", workload.name, workload.shows).expect("a string takes all");
    }
}

fn times(text: &mut String, all: &[Figures]) {
    row(text, "workload", "size", Peer::ALL.map(code));
    rule(text, Peer::ALL.len());
    for figures in all {
        let times = Peer::ALL.map(|peer| figures.of(peer).map_or("–".to_owned(), nanos));
        row(text, &name(figures), &figures.size(), times);
    }
}

fn ratios(text: &mut String, all: &[Figures]) {
    let heads = Peer::LANES.iter().map(|&lane| code(lane));
    row(
        text,
        "workload",
        "size",
        heads.chain(["the best other".to_owned()]),
    );
    rule(text, Peer::LANES.len() + 1);
    for figures in all {
        let (best, best_nanos) = figures.best_other();
        let floor = figures
            .of(Peer::Floor)
            .expect("the floor can do everything");
        let lanes = Peer::LANES.iter().map(|&lane| match figures.of(lane) {
            Some(nanos) => format!("{:.1} / {:.2}", nanos / floor, nanos / best_nanos),
            None => "–".to_owned(),
        });
        row(
            text,
            &name(figures),
            &figures.size(),
            lanes.chain([code(best)]),
        );
    }
}

fn name(figures: &Figures) -> String {
    format!("{}, per {}", figures.workload.name, figures.workload.unit)
}

/// The name as code: rustdoc reads the README, too, where lints ask for it.
fn code(peer: Peer) -> String {
    format!("`{}`", peer.name())
}

fn row(text: &mut String, name: &str, size: &str, cells: impl IntoIterator<Item = String>) {
    let cells: Vec<_> = cells.into_iter().collect();
    writeln!(text, "| {name} | {size} | {} |", cells.join(" | ")).expect("a string takes all");
}

fn rule(text: &mut String, cells: usize) {
    writeln!(text, "|---|---|{}", "--:|".repeat(cells)).expect("a string takes all");
}

/// Two or three digits say what there is to say.
pub(crate) fn nanos(nanos: f64) -> String {
    if nanos < 10.0 {
        format!("{nanos:.1}")
    } else {
        format!("{nanos:.0}")
    }
}
