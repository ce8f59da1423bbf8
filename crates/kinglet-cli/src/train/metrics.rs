//! `metrics.csv`: a row an update.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The file's name.
pub(crate) const NAME: &str = "metrics.csv";

/// A table that grows by a row an update. Its first column is the step.
#[derive(Debug)]
pub(crate) struct Metrics {
    file: File,
    /// The names of the columns, once they are written.
    header: Option<String>,
}

impl Metrics {
    /// Begins a table, or goes on in one: rows of later steps, and one that is not whole, are cut off.
    pub(crate) fn open(path: &Path, step: u64) -> io::Result<Self> {
        let options = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .clone();
        let mut file = options.open(path)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (kept, header) = kept(&bytes, step);
        file.set_len(kept as u64)?;
        file.seek(SeekFrom::End(0))?;
        Ok(Self { file, header })
    }

    /// Adds a row; an empty cell for what is not there. Names and their order are the same in every row.
    ///
    /// # Panics
    /// If the names are not those of the table.
    pub(crate) fn write(&mut self, step: u64, row: &[(&str, Option<f64>)]) -> io::Result<()> {
        let names: Vec<_> = row.iter().map(|(name, _)| *name).collect();
        let header = format!("step,{}", names.join(","));
        let mut text = String::new();
        match &self.header {
            Some(found) => assert_eq!(
                *found, header,
                "columns of the table (left), of the row (right)"
            ),
            None => text = format!("{header}\n"),
        }
        let cells = row
            .iter()
            .map(|(_, cell)| cell.map(|x| x.to_string()).unwrap_or_default());
        text += &format!("{step},{}\n", cells.collect::<Vec<_>>().join(","));
        self.header = Some(header);
        self.file.write_all(text.as_bytes())
    }

    /// Waits until what was written is on the disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

/// The bytes of the whole lines up to a step, from the beginning, and the header if it is one of them.
fn kept(bytes: &[u8], step: u64) -> (usize, Option<String>) {
    let (mut end, mut header) = (0, None);
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let Some(text) = line
            .strip_suffix(b"\n")
            .and_then(|line| str::from_utf8(line).ok())
        else {
            break;
        };
        if header.is_none() {
            header = Some(text.to_owned());
        } else {
            let first = text
                .split(',')
                .next()
                .and_then(|cell| cell.parse::<u64>().ok());
            if first.is_none_or(|found| found > step) {
                break;
            }
        }
        end += line.len();
    }
    (end, header)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(metrics: &mut Metrics, steps: &[u64]) {
        for &step in steps {
            let there = (step != 200).then_some(step as f64 / 3.0);
            metrics
                .write(step, &[("return", there), ("kl", Some(1e-7))])
                .unwrap();
        }
    }

    #[test]
    fn numbers_come_back_to_the_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        write(&mut Metrics::open(&path, 0).unwrap(), &[100, 200]);
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!((lines[0], lines[2]), ("step,return,kl", "200,,0.0000001"));
        let cell = lines[1].split(',').nth(1).unwrap();
        assert_eq!(
            cell.parse::<f64>().unwrap().to_bits(),
            (100.0f64 / 3.0).to_bits()
        );
    }

    #[test]
    fn what_goes_on_has_no_row_twice() {
        let folder = tempfile::tempdir().unwrap();
        let (path, whole) = (folder.path().join(NAME), folder.path().join("whole"));
        write(
            &mut Metrics::open(&whole, 0).unwrap(),
            &[100, 200, 300, 400],
        );
        let expected = std::fs::read(&whole).unwrap();
        // Killed after any byte, and resumed at a checkpoint whose row is there.
        for length in 0..=expected.len() {
            std::fs::write(&path, &expected[..length]).unwrap();
            let done = str::from_utf8(&expected[..length])
                .unwrap()
                .matches('\n')
                .count();
            let checkpoint = if done >= 3 { 200 } else { 0 };
            let rest: Vec<_> = [100, 200, 300, 400]
                .into_iter()
                .filter(|s| *s > checkpoint)
                .collect();
            write(&mut Metrics::open(&path, checkpoint).unwrap(), &rest);
            assert!(std::fs::read(&path).unwrap() == expected, "{length} bytes");
        }
    }

    #[test]
    #[should_panic(expected = "columns of the table")]
    fn a_row_of_other_columns_panics() {
        let folder = tempfile::tempdir().unwrap();
        let mut metrics = Metrics::open(&folder.path().join(NAME), 0).unwrap();
        write(&mut metrics, &[100]);
        metrics.write(200, &[("loss", None)]).unwrap();
    }
}
