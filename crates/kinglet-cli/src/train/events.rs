//! Scalars for TensorBoard: its event file, which is a sequence of records with a protocol buffer in each.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;

/// The file's name; TensorBoard takes every file that has `tfevents` in it.
pub(crate) const NAME: &str = "events.out.tfevents.0.kinglet";

/// An event file that grows.
#[derive(Debug)]
pub(crate) struct Events {
    file: File,
}

impl Events {
    /// Begins a file, or goes on in one: what it holds of later steps, or has not to the end, is cut off.
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
        let kept = kept(&bytes, step);
        file.set_len(kept as u64)?;
        file.seek(SeekFrom::End(0))?;
        if kept == 0 {
            file.write_all(&record(&version(now())))?;
        }
        Ok(Self { file })
    }

    /// Adds one event: some named numbers at a step.
    pub(crate) fn write<'a>(
        &mut self,
        step: u64,
        scalars: impl IntoIterator<Item = (&'a str, f64)>,
    ) -> io::Result<()> {
        self.file.write_all(&record(&event(now(), step, scalars)))
    }
}

/// Seconds since 1970, for TensorBoard's axis of time.
fn now() -> f64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0.0, |since| since.as_secs_f64())
}

/// The bytes of the whole records up to a step, from the beginning.
fn kept(bytes: &[u8], step: u64) -> usize {
    let mut end = 0;
    while let Some(data) = data(&bytes[end..]) {
        if step_of(data).is_none_or(|found| found > step) {
            break;
        }
        end += FRAME + data.len();
    }
    end
}

/// Bytes of a record beside its data: length, checksum of the length, checksum of the data.
const FRAME: usize = 16;

/// length u64, checksum u32, data, checksum u32; all little-endian.
fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    let checksum = |bytes| masked(bytes).to_le_bytes();
    [&length[..], &checksum(&length), data, &checksum(data)].concat()
}

/// The data of the first record, if it is whole.
fn data(bytes: &[u8]) -> Option<&[u8]> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let (carried, rest) = rest.split_first_chunk::<4>()?;
    if u32::from_le_bytes(*carried) != masked(length) {
        return None;
    }
    let (data, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
    let carried = rest.first_chunk::<4>()?;
    (u32::from_le_bytes(*carried) == masked(data)).then_some(data)
}

/// CRC-32C, rotated and shifted so that a checksum of checksums is none itself.
fn masked(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes)
        .rotate_right(15)
        .wrapping_add(0xa282_ead8)
}

/// `Event { wall_time: 1, step: 2, summary: 5 { value: 1 { tag: 1, simple_value: 2 } } }`.
fn event<'a>(
    wall_time: f64,
    step: u64,
    scalars: impl IntoIterator<Item = (&'a str, f64)>,
) -> Vec<u8> {
    let mut summary = Vec::new();
    for (tag, number) in scalars {
        let mut value = Vec::new();
        bytes(&mut value, 1, tag.as_bytes());
        key(&mut value, 2, Wire::Four);
        value.extend((number as f32).to_le_bytes());
        bytes(&mut summary, 1, &value);
    }
    let mut out = time(wall_time);
    key(&mut out, 2, Wire::Varint);
    varint(&mut out, step);
    bytes(&mut out, 5, &summary);
    out
}

/// `Event { wall_time: 1, file_version: 3 }`, the first of a file.
fn version(wall_time: f64) -> Vec<u8> {
    let mut out = time(wall_time);
    bytes(&mut out, 3, b"brain.Event:2");
    out
}

fn time(wall_time: f64) -> Vec<u8> {
    let mut out = Vec::new();
    key(&mut out, 1, Wire::Eight);
    out.extend(wall_time.to_le_bytes());
    out
}

/// How a field's length is known.
#[derive(Clone, Copy)]
enum Wire {
    Varint = 0,
    Eight = 1,
    Bytes = 2,
    Four = 5,
}

fn key(out: &mut Vec<u8>, field: u64, wire: Wire) {
    varint(out, field << 3 | wire as u64);
}

fn bytes(out: &mut Vec<u8>, field: u64, data: &[u8]) {
    key(out, field, Wire::Bytes);
    varint(out, data.len() as u64);
    out.extend(data);
}

/// Seven bits a byte, the lowest first.
fn varint(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// The step of an event; 0 where it names none. `None` for what is no event of ours.
fn step_of(event: &[u8]) -> Option<u64> {
    let (first, rest) = event.split_at_checked(9)?;
    if first[0] != 9 {
        return None;
    }
    let Some((16, digits)) = rest.split_first() else {
        return Some(0);
    };
    let mut step = 0;
    for (i, byte) in digits.iter().take(10).enumerate() {
        step |= u64::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return Some(step);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values of RFC 3720, B.4.
    #[test]
    fn the_checksum_is_castagnolis() {
        let rising: Vec<u8> = (0..32).collect();
        for (bytes, crc) in [
            (&[0; 32][..], 0x8a91_36aa),
            (&[0xff; 32], 0x62a8_ab43),
            (&rising, 0x46dd_794e),
        ] {
            assert_eq!(crc32c::crc32c(bytes), crc);
        }
    }

    /// Bytes that TensorBoard 2.21 wrote:
    ///
    /// ```text
    /// event = Event(wall_time=1700000000.25, step=70000)
    /// event.summary.value.add(tag="return", simple_value=123.5)
    /// event.summary.value.add(tag="kl", simple_value=0.01)
    /// RecordWriter(file).write(event.SerializeToString())
    /// RecordWriter(file).write(Event(wall_time=1700000000.25, file_version="brain.Event:2").SerializeToString())
    /// ```
    #[test]
    fn records_are_tensorboards() {
        let hex = |bytes: Vec<u8>| {
            bytes
                .iter()
                .map(|byte| format!("{byte:02x}"))
                .collect::<String>()
        };
        let scalars = [("return", 123.5), ("kl", 0.01)];
        assert_eq!(
            hex(record(&event(1_700_000_000.25, 70_000, scalars))),
            "290000000000000037ff5f000900001040fc54d94110f0a2042a1a0a0d0a0672657475726e150000f7420a090a026b6c150ad7233c\
             c2f568b7"
        );
        assert_eq!(
            hex(record(&version(1_700_000_000.25))),
            "1800000000000000a37f4b220900001040fc54d9411a0d627261696e2e4576656e743a32338d2fe9"
        );
    }

    fn steps(path: &Path) -> Vec<u64> {
        let file = std::fs::read(path).unwrap();
        let (mut end, mut steps) = (0, Vec::new());
        while let Some(data) = data(&file[end..]) {
            steps.push(step_of(data).unwrap());
            end += FRAME + data.len();
        }
        assert_eq!(end, file.len(), "a file of whole records");
        steps
    }

    fn write(events: &mut Events, steps: &[u64]) {
        for &step in steps {
            events
                .write(step, [("return", step as f64), ("kl", 0.01)])
                .unwrap();
        }
    }

    #[test]
    fn what_goes_on_has_no_step_twice() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        write(
            &mut Events::open(&path, 0).unwrap(),
            &[100, 200, 300, 70_000],
        );
        assert_eq!(steps(&path), [0, 100, 200, 300, 70_000]);
        write(&mut Events::open(&path, 200).unwrap(), &[300, 400]);
        assert_eq!(steps(&path), [0, 100, 200, 300, 400]);
        // Killed while it wrote: at any byte, what is whole stays.
        let whole = std::fs::read(&path).unwrap();
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            write(&mut Events::open(&path, u64::MAX).unwrap(), &[500]);
            let found = steps(&path);
            assert!(
                [0, 100, 200, 300, 400].starts_with(&found[..found.len() - 1]),
                "{found:?}"
            );
            assert!(length == 0 || found.len() >= 2);
        }
    }
}
