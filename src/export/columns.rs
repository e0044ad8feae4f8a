//! Values by column, and the Parquet file that they become.

use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, GzipLevel};
use parquet::data_type::{ByteArray, ByteArrayType, FixedLenByteArray, FixedLenByteArrayType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use uuid::Uuid;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number.
    Whole,
    /// A moment: microseconds since 1970, UTC.
    Moment,
    /// Text.
    Text,
    /// Text, or nothing.
    OptionalText,
    /// An id of 16 bytes.
    Id,
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// What that means.
    pub about: &'static str,
}

/// One row's value in one column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// For [`Kind::Whole`] and [`Kind::Moment`].
    Whole(i64),
    /// For [`Kind::Text`].
    Text(String),
    /// For [`Kind::OptionalText`].
    Optional(Option<String>),
    /// For [`Kind::Id`].
    Id(Uuid),
}

#[derive(Debug)]
enum Values {
    Whole(Vec<i64>),
    /// Which rows have one, and those.
    Text(Vec<i16>, Vec<ByteArray>),
    Ids(Vec<FixedLenByteArray>),
}

/// Rows of one table, by column.
#[derive(Debug)]
pub struct Rows {
    columns: &'static [Column],
    values: Vec<Values>,
    rows: usize,
}

impl Rows {
    /// None yet.
    pub fn new(columns: &'static [Column]) -> Self {
        let values = columns.iter().map(|column| match column.kind {
            Kind::Whole | Kind::Moment => Values::Whole(Vec::new()),
            Kind::Text | Kind::OptionalText => Values::Text(Vec::new(), Vec::new()),
            Kind::Id => Values::Ids(Vec::new()),
        });
        Self {
            columns,
            values: values.collect(),
            rows: 0,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// Adds a row, its values in the order of the columns.
    pub fn add(&mut self, row: impl IntoIterator<Item = Value>) {
        for (values, value) in self.values.iter_mut().zip(row) {
            match (values, value) {
                (Values::Whole(values), Value::Whole(value)) => values.push(value),
                (Values::Text(there, values), Value::Text(text)) => {
                    there.push(1);
                    values.push(ByteArray::from(text.into_bytes()));
                }
                (Values::Text(there, values), Value::Optional(text)) => {
                    there.push(i16::from(text.is_some()));
                    values.extend(text.map(|text| ByteArray::from(text.into_bytes())));
                }
                (Values::Ids(values), Value::Id(id)) => {
                    let bytes = ByteArray::from(id.into_bytes().to_vec());
                    values.push(FixedLenByteArray::from(bytes));
                }
                // A table's rows are made by one function beside its columns, and a test reads them back.
                (Values::Whole(_) | Values::Text(..) | Values::Ids(_), _) => {}
            }
        }
        self.rows += 1;
    }

    /// Writes them into a new file and answers its length in bytes. What is at `path` when this ends well is on the disk.
    pub fn write(&self, table: &str, path: &Path) -> Result<u64, WriteError> {
        let schema = Arc::new(parse_message_type(&message(table, self.columns))?);
        let level = GzipLevel::try_new(3)?;
        let properties = WriterProperties::builder()
            .set_compression(Compression::GZIP(level))
            .set_created_by(concat!("chronus-teams ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let file = File::create(path)?;
        let mut writer = SerializedFileWriter::new(file.try_clone()?, schema, Arc::new(properties))?;
        let mut group = writer.next_row_group()?;
        for (column, values) in self.columns.iter().zip(&self.values) {
            let Some(into) = group.next_column()? else { break };
            write_column(into, column, values)?;
        }
        group.close()?;
        writer.close()?;
        file.sync_all()?;
        Ok(file.metadata()?.len())
    }
}

fn write_column(
    mut into: SerializedColumnWriter<'_>,
    column: &Column,
    values: &Values,
) -> Result<(), WriteError> {
    match values {
        Values::Whole(values) => into.typed::<Int64Type>().write_batch(values, None, None)?,
        Values::Text(there, values) => {
            let there = (column.kind == Kind::OptionalText).then_some(&**there);
            into.typed::<ByteArrayType>().write_batch(values, there, None)?
        }
        Values::Ids(values) => into
            .typed::<FixedLenByteArrayType>()
            .write_batch(values, None, None)?,
    };
    Ok(into.close()?)
}

/// The schema in Parquet's own words.
fn message(table: &str, columns: &[Column]) -> String {
    let fields = columns.iter().map(|column| {
        let name = column.name;
        match column.kind {
            Kind::Whole => format!("  REQUIRED INT64 {name};\n"),
            Kind::Moment => format!("  REQUIRED INT64 {name} (TIMESTAMP(MICROS,true));\n"),
            Kind::Text => format!("  REQUIRED BYTE_ARRAY {name} (UTF8);\n"),
            Kind::OptionalText => format!("  OPTIONAL BYTE_ARRAY {name} (UTF8);\n"),
            Kind::Id => format!("  REQUIRED FIXED_LEN_BYTE_ARRAY (16) {name} (UUID);\n"),
        }
    });
    format!("message {table} {{\n{}}}", fields.collect::<String>())
}

/// Why a file cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The disk.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The format; what the disk says may be behind it.
    #[error(transparent)]
    Parquet(#[from] ParquetError),
}

#[cfg(test)]
mod tests {
    use parquet::file::reader::{FileReader as _, SerializedFileReader};
    use parquet::record::RowAccessor as _;

    use super::*;

    const COLUMNS: [Column; 5] = {
        const fn column(name: &'static str, kind: Kind) -> Column {
            Column {
                name,
                kind,
                about: "",
            }
        }
        [
            column("whole", Kind::Whole),
            column("moment", Kind::Moment),
            column("text", Kind::Text),
            column("perhaps", Kind::OptionalText),
            column("id", Kind::Id),
        ]
    };

    #[test]
    fn what_is_written_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.parquet");
        let mut rows = Rows::new(&COLUMNS);
        for (number, perhaps) in [(1, None), (-2, Some("x".to_owned())), (3, None)] {
            rows.add([
                Value::Whole(number),
                Value::Whole(1_000_000 * number),
                Value::Text(format!("ü{number}")),
                Value::Optional(perhaps),
                Value::Id(Uuid::from_u128(7)),
            ]);
        }
        let length = rows.write("some", &path).unwrap();
        assert_eq!(length, std::fs::metadata(&path).unwrap().len());
        let reader = SerializedFileReader::new(File::open(&path).unwrap()).unwrap();
        let read: Vec<_> = reader.get_row_iter(None).unwrap().map(Result::unwrap).collect();
        assert_eq!(read.len(), rows.len());
        assert_eq!(read[1].get_long(0).unwrap(), -2);
        assert_eq!(read[1].get_timestamp_micros(1).unwrap(), -2_000_000);
        assert_eq!(read[2].get_string(2).unwrap(), "ü3");
        assert_eq!(read[1].get_string(3).unwrap(), "x");
        assert!(read[0].get_string(3).is_err());
    }
}
