//! A report as one Parquet file with the columns of CSV: text as it is, figures as exact decimals, and `hidden` where few people are
//! behind one. The file's own key-value metadata has question and hash.

use std::sync::Arc;

use parquet::basic::{Compression, GzipLevel};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::super::document::{Document, Written};
use super::flat::{self, Field, Flat, Kind};

/// Which figures are not shown.
const HIDDEN: &str = "hidden";
const QUERY: &str = "query";
const SHA256: &str = "sha256";
/// What a file begins with.
const MAGIC: &[u8] = b"PAR1";

/// The file. The same report gives the same bytes.
///
/// # Errors
///
/// What the format's library says; writing into memory gives it no reason to.
pub(in super::super) fn write(document: &Document) -> Result<Vec<u8>, ParquetError> {
    let flat = flat::of(document);
    let facts = [(QUERY, document.head.query.clone()), (SHA256, document.sha256())];
    let facts = facts.map(|(name, value)| KeyValue::new(name.to_owned(), value));
    let properties = WriterProperties::builder()
        .set_compression(Compression::GZIP(GzipLevel::try_new(3)?))
        .set_created_by(concat!("chronus-teams ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(facts.to_vec()))
        .build();
    let schema = Arc::new(parse_message_type(&message(&flat))?);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties))?;
    let mut group = writer.next_row_group()?;
    for (at, (_, kind)) in flat.columns.iter().enumerate() {
        let fields = flat.lines.iter().map(|line| &line[at]);
        match kind {
            Kind::Text => texts(&mut group, fields)?,
            Kind::Whole | Kind::Figure => numbers(&mut group, fields)?,
        }
        if *kind == Kind::Figure {
            let hidden = flat
                .lines
                .iter()
                .map(|line| line[at] == Field::Figure(Written::Hidden));
            booleans(&mut group, hidden)?;
        }
    }
    group.close()?;
    writer.into_inner()
}

/// The schema in Parquet's own words. Shares have tenths, which a fraction in binary would not keep.
fn message(flat: &Flat) -> String {
    let fields = flat.columns.iter().map(|(name, kind)| match kind {
        Kind::Text => format!("  REQUIRED BYTE_ARRAY {name} (UTF8);\n"),
        Kind::Whole => format!("  OPTIONAL INT64 {name};\n"),
        Kind::Figure => {
            format!("  OPTIONAL INT64 {name} (DECIMAL(18,1));\n  REQUIRED BOOLEAN {HIDDEN};\n")
        }
    });
    format!("message report {{\n{}}}", fields.collect::<String>())
}

fn texts<'f>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    fields: impl Iterator<Item = &'f Field>,
) -> Result<(), ParquetError> {
    let values: Vec<ByteArray> = fields
        .map(|field| match field {
            Field::Own(text) | Field::Told(text) => ByteArray::from(text.as_bytes().to_vec()),
            Field::Whole(_) | Field::Figure(_) => ByteArray::from(Vec::new()),
        })
        .collect();
    let Some(mut column) = group.next_column()? else {
        return Ok(());
    };
    column.typed::<ByteArrayType>().write_batch(&values, None, None)?;
    column.close()
}

fn numbers<'f>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    fields: impl Iterator<Item = &'f Field>,
) -> Result<(), ParquetError> {
    let numbers: Vec<Option<i64>> = fields.map(number).collect();
    let there: Vec<i16> = numbers.iter().map(|number| i16::from(number.is_some())).collect();
    let values: Vec<i64> = numbers.into_iter().flatten().collect();
    let Some(mut column) = group.next_column()? else {
        return Ok(());
    };
    column
        .typed::<Int64Type>()
        .write_batch(&values, Some(&there), None)?;
    column.close()
}

fn booleans(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: impl Iterator<Item = bool>,
) -> Result<(), ParquetError> {
    let values: Vec<bool> = values.collect();
    let Some(mut column) = group.next_column()? else {
        return Ok(());
    };
    column.typed::<BoolType>().write_batch(&values, None, None)?;
    column.close()
}

/// A number as its column holds it: figures in tenths.
fn number(field: &Field) -> Option<i64> {
    match field {
        Field::Whole(number) => *number,
        Field::Figure(Written::Whole(value) | Written::Millis(value)) => Some(value.saturating_mul(10)),
        Field::Figure(Written::Permille(tenths)) => Some(*tenths),
        Field::Figure(Written::Nothing | Written::Hidden) | Field::Own(_) | Field::Told(_) => None,
    }
}

/// Whether bytes are a file of this format.
pub(in super::super) fn is(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The question and the hash that a file says it has.
pub(in super::super) fn claimed(bytes: &[u8]) -> (Option<String>, Option<String>) {
    let Ok(reader) = SerializedFileReader::new(bytes::Bytes::copy_from_slice(bytes)) else {
        return (None, None);
    };
    let facts = reader.metadata().file_metadata().key_value_metadata();
    let fact = |name: &str| {
        let mut facts = facts.into_iter().flatten();
        facts
            .find(|fact| fact.key == name)
            .and_then(|fact| fact.value.clone())
    };
    (fact(QUERY), fact(SHA256))
}
