//! Where the guide's values come from.

use rand::Rng;

use crate::how::Gradient;
use crate::law::Law;
use crate::{Error, Name, Scalar};

/// Where the guide's values come from: the generator; for sites that are enumerated, a list of choices; for a run that is
/// played again, what was recorded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Source {
    /// One for each number that is enumerated: its value, and how many there are.
    choices: Vec<(usize, usize)>,
    next_choice: usize,
    recorded: Option<Vec<f64>>,
    next_recorded: usize,
}

impl Source {
    pub(crate) fn restart(&mut self) {
        self.next_choice = 0;
        self.next_recorded = 0;
    }

    /// From here on, these values; or again the generator.
    pub(crate) fn play(&mut self, recorded: Option<Vec<f64>>) -> Option<Vec<f64>> {
        std::mem::replace(&mut self.recorded, recorded)
    }

    /// The first of all combinations.
    pub(crate) fn first_choice(&mut self) {
        self.choices.clear();
    }

    /// The next combination of choices; whether there is one.
    pub(crate) fn advance(&mut self) -> bool {
        self.choices.truncate(self.next_choice);
        while let Some((value, n)) = self.choices.pop() {
            if value + 1 < n {
                self.choices.push((value + 1, n));
                return true;
            }
        }
        false
    }

    #[inline]
    pub(crate) fn draw<S: Scalar, R: Rng + ?Sized>(
        &mut self,
        law: &Law<S>,
        gradient: Gradient,
        site: Name,
        rng: &mut R,
    ) -> Result<S, Error> {
        if let Some(recorded) = &self.recorded {
            let value = recorded.get(self.next_recorded);
            self.next_recorded += 1;
            let value = value.ok_or(Error::NotRecorded { site })?;
            return Ok(S::constant(*value));
        }
        if matches!(law, Law::Improper) {
            return Err(Error::NotDrawable { site });
        }
        Ok(match gradient {
            Gradient::Pathwise => law.draw(rng),
            Gradient::Score => law.draw(rng).detach(),
            Gradient::Enumerate => S::constant(self.choose(law.count().unwrap_or(1)) as f64),
        })
    }

    fn choose(&mut self, n: usize) -> usize {
        if self.next_choice == self.choices.len() {
            self.choices.push((0, n));
        }
        self.next_choice += 1;
        self.choices[self.next_choice - 1].0
    }
}
