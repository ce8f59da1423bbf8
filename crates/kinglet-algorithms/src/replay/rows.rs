//! A replay's rows on the disk.

use kinglet_nn::Scalar;

use super::{Replay, code, decode};
use crate::{Element, Error, LogMark, RowLog};

impl<S: Scalar + Element> Replay<S> {
    /// A row's bytes on the disk: the observation, the next one, the action, ln π(a|s), the reward and the end.
    pub(crate) fn row_bytes(&self) -> usize {
        (2 * self.obs_dim + self.n_action + 2) * size_of::<S>() + 1
    }

    /// Appends a row that it still holds.
    pub(crate) fn encode(&self, row: u64, bytes: &mut Vec<u8>) {
        let (n, m, at) = (self.obs_dim, self.n_action, self.place(row));
        for (column, width) in [
            (&self.observations, n),
            (&self.next_observations, n),
            (&self.actions, m),
            (&self.log_probs, 1),
            (&self.rewards, 1),
        ] {
            for number in &column[at * width..(at + 1) * width] {
                number.write_le(bytes);
            }
        }
        bytes.push(code(self.ends[at]) as u8);
    }

    /// Takes up the rows that a checkpoint was saved with.
    ///
    /// # Errors
    /// As [`RowLog::restore`]; then what it holds is worth nothing.
    pub(crate) fn restore(&mut self, log: &mut RowLog, mark: &LogMark) -> Result<(), Error> {
        log.restore(mark, |row, bytes| self.decode(row, bytes))?;
        self.written = mark.written;
        Ok(())
    }

    fn decode(&mut self, row: u64, bytes: &[u8]) {
        let (n, m, at) = (self.obs_dim, self.n_action, self.place(row));
        let (numbers, end) = bytes.split_at(bytes.len() - 1);
        let mut numbers = numbers.chunks_exact(size_of::<S>()).map(S::read_le);
        for (column, width) in [
            (&mut self.observations, n),
            (&mut self.next_observations, n),
            (&mut self.actions, m),
            (&mut self.log_probs, 1),
            (&mut self.rewards, 1),
        ] {
            for (to, from) in column[at * width..(at + 1) * width]
                .iter_mut()
                .zip(&mut numbers)
            {
                *to = from;
            }
        }
        self.ends[at] = decode(f64::from(end[0]));
    }
}
