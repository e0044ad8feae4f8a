//! Lists as CSV: what the API tells of each row, a column for each field, and nothing that a spreadsheet computes.

use std::collections::BTreeSet;

use actix_web::HttpResponse;
use actix_web::http::header::CONTENT_DISPOSITION;
use serde_json::Value;

use crate::report::safe_in_a_spreadsheet;

/// Answers with rows.
pub(super) fn answer(name: &str, rows: impl IntoIterator<Item = Value>) -> HttpResponse {
    let rows: Vec<Value> = rows.into_iter().collect();
    let columns: BTreeSet<&str> = rows
        .iter()
        .filter_map(Value::as_object)
        .flat_map(|row| row.keys().map(String::as_str))
        .collect();
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing into memory does not fail.
    let heading = writer.write_record(&columns);
    let written = rows.iter().try_for_each(|row| {
        let fields = columns.iter().map(|column| match &row[*column] {
            Value::Null => String::new(),
            Value::String(text) => safe_in_a_spreadsheet(text),
            other @ (Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
                safe_in_a_spreadsheet(&other.to_string())
            }
        });
        writer.write_record(fields)
    });
    match (heading.and(written), writer.into_inner()) {
        (Ok(()), Ok(bytes)) => HttpResponse::Ok()
            .content_type("text/csv; charset=utf-8")
            .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
            .body(bytes),
        _ => HttpResponse::InternalServerError().finish(),
    }
}
