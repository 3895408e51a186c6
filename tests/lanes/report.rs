//! Reports without the places in them, which every lane has its own of.

/// Puts `..` in the place of each `file.rs:line:column`.
pub(crate) fn without_places(report: &impl ToString) -> String {
    let report = report.to_string();
    let mut text = String::new();
    for (i, part) in report.split(" at ").enumerate() {
        if i == 0 {
            text.push_str(part);
            continue;
        }
        text.push_str(" at ");
        let end = part.find(|c: char| c == ',' || c == '\n' || c.is_whitespace());
        let place = part[..end.unwrap_or(part.len())].trim_end_matches(':');
        let rest = &part[place.len()..];
        let is_place = place.contains(".rs:");
        text.push_str(if is_place { ".." } else { place });
        text.push_str(rest);
    }
    text
}
