//! Rows of measurements, as a table for people and as JSON for comparing runs.

use serde_json::json;

/// One measured number.
pub(super) struct Row {
    pub(super) case: &'static str,
    pub(super) measure: String,
    pub(super) value: f64,
    pub(super) unit: &'static str,
    /// What a reader must know to take the number right.
    pub(super) note: String,
}

impl Row {
    pub(super) fn new(
        case: &'static str,
        measure: impl Into<String>,
        value: f64,
        unit: &'static str,
        note: impl Into<String>,
    ) -> Self {
        Self { case, measure: measure.into(), value, unit, note: note.into() }
    }
}

/// An aligned table, a row a line.
pub(super) fn table(rows: &[Row]) -> String {
    let head = ["case", "measure", "value", "unit", "note"].map(str::to_owned);
    let cells: Vec<[String; 5]> = std::iter::once(head)
        .chain(rows.iter().map(|row| {
            [row.case.to_owned(), row.measure.clone(), number(row.value), row.unit.to_owned(), row.note.clone()]
        }))
        .collect();
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let (case, measure, value, unit) = (width(0), width(1), width(2), width(3));
    let lines = cells.iter().map(|[a, b, c, d, e]| {
        let line = format!("{a:<case$}  {b:<measure$}  {c:>value$}  {d:<unit$}  {e}");
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The rows as a JSON array, a row a line so that two runs can be compared with `diff`.
pub(super) fn json(rows: &[Row]) -> String {
    let rows = rows.iter().map(|row| {
        let row = json!({
            "case": row.case, "measure": row.measure, "value": row.value, "unit": row.unit, "note": row.note,
        });
        format!("  {row}")
    });
    format!("[\n{}\n]\n", rows.collect::<Vec<_>>().join(",\n"))
}

/// Three digits that mean something, never more.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 || size == 0.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        _ => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Row, json, table};

    fn rows() -> Vec<Row> {
        vec![
            Row { case: "memory", measure: "peak".into(), value: 48.25, unit: "MiB", note: "2 GiB file".into() },
            Row { case: "throughput", measure: "beside curl".into(), value: 0.973, unit: "×", note: String::new() },
        ]
    }

    #[test]
    fn columns_line_up_and_numbers_stand_to_the_right() {
        assert_eq!(
            table(&rows()),
            "case        measure      value  unit  note\n\
             memory      peak          48.2  MiB   2 GiB file\n\
             throughput  beside curl   0.97  ×"
        );
    }

    #[test]
    fn json_keeps_every_digit() {
        let parsed: serde_json::Value = serde_json::from_str(&json(&rows())).unwrap();
        assert_eq!(parsed[1]["value"], 0.973);
        assert_eq!(parsed[0]["note"], "2 GiB file");
    }
}
