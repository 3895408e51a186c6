//! Where and when it was measured.

use std::process::Command;
use std::time::SystemTime;
use std::{env, fs};

/// `2026-01-31, some CPU, rustc 1.88.0, cargo bench --bench report`, as a sentence of Markdown.
pub(crate) fn line() -> String {
    let arguments: Vec<_> = env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let arguments = match arguments.join(" ") {
        none if none.is_empty() => none,
        some => format!(" -- {some}"),
    };
    format!(
        "Measured on {}, {}, {}, by `cargo bench --bench report{arguments}`.",
        today(),
        cpu().unwrap_or_else(|| "a CPU that does not say its name".to_owned()),
        rustc().unwrap_or_else(|| "a rustc that does not say its version".to_owned()),
    )
}

fn cpu() -> Option<String> {
    let info = fs::read_to_string("/proc/cpuinfo").ok()?;
    let model = info.lines().find(|line| line.starts_with("model name"))?;
    let (_, model) = model.split_once(": ")?;
    Some(model.to_owned())
}

fn rustc() -> Option<String> {
    let output = Command::new("rustc").arg("--version").output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    // Without the commit that it was built from.
    Some(version.split(" (").next()?.trim().to_owned())
}

/// The date in UTC, of the Gregorian calendar.
fn today() -> String {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let (mut year, mut day) = (1970, now.map_or(0, |now| now.as_secs() / 86_400));
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    while day >= 365 + u64::from(is_leap(year)) {
        day -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for days in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30] {
        if day < days {
            break;
        }
        day -= days;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", day + 1)
}
