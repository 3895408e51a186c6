//! A table of plain text: the first column to the left, figures to the right.

/// Columns in groups: each group has a title above the heads of its columns.
pub(crate) struct Table {
    groups: Vec<(&'static str, Vec<&'static str>)>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new(groups: &[(&'static str, &[&'static str])]) -> Self {
        let groups = groups.iter().map(|(title, heads)| (*title, heads.to_vec()));
        Self {
            groups: groups.collect(),
            rows: Vec::new(),
        }
    }

    /// # Panics
    ///
    /// If the row has not as many cells as the table has columns.
    pub(crate) fn row(&mut self, cells: Vec<String>) {
        let columns: usize = self.groups.iter().map(|(_, heads)| heads.len()).sum();
        assert_eq!(cells.len(), columns, "a cell for each column");
        self.rows.push(cells);
    }

    pub(crate) fn print(&self) {
        let heads = self.groups.iter().flat_map(|(_, heads)| heads.clone());
        let mut widths: Vec<usize> = heads.clone().map(str::len).collect();
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.len());
            }
        }
        // A title that is wider than its columns pushes the first of them out.
        let mut first = 0;
        for (title, heads) in &self.groups {
            let columns = first..first + heads.len();
            let width = widths[columns.clone()].iter().sum::<usize>() + 2 * (heads.len() - 1);
            widths[first] += title.len().saturating_sub(width);
            first = columns.end;
        }
        let mut titles = String::new();
        let mut first = 0;
        for (title, heads) in &self.groups {
            let columns = &widths[first..first + heads.len()];
            let width = columns.iter().sum::<usize>() + 2 * (heads.len() - 1);
            let align_left = first == 0;
            first += heads.len();
            titles += &match align_left {
                true => format!("{title:<width$}"),
                false => format!("  {title:>width$}"),
            };
        }
        if !titles.trim().is_empty() {
            println!("{}", titles.trim_end());
        }
        println!("{}", line(heads, &widths));
        for row in &self.rows {
            println!("{}", line(row.iter().map(String::as_str), &widths));
        }
    }
}

fn line<'a>(cells: impl Iterator<Item = &'a str>, widths: &[usize]) -> String {
    let mut line = String::new();
    for (column, (cell, &width)) in cells.zip(widths).enumerate() {
        line += &match column {
            0 => format!("{cell:<width$}"),
            _ => format!("  {cell:>width$}"),
        };
    }
    line.trim_end().to_owned()
}
