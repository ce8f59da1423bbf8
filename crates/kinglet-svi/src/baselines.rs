//! The baselines of all sites.

use kinglet_critics::DecayingAverage;

use crate::how::Baseline;
use crate::{Error, Name};

/// What is kept of each site between steps, and what is gathered in a step.
#[derive(Debug, Default)]
pub(crate) struct Baselines {
    sites: Vec<Site>,
    /// The site that was asked for last.
    last: usize,
}

#[derive(Debug)]
struct Site {
    name: Name,
    average: Option<DecayingAverage>,
    /// Σ w R and Σ w over the particles of this step.
    sum: f64,
    weight: f64,
}

impl Baselines {
    /// The number of a site. Sites come in about the same order each time.
    pub(crate) fn id(&mut self, name: Name) -> usize {
        let next = if self.last + 1 < self.sites.len() {
            self.last + 1
        } else {
            0
        };
        let known = |id: usize| self.sites.get(id).is_some_and(|site| site.name == name);
        self.last = if known(next) {
            next
        } else if let Some(id) = self.sites.iter().position(|site| site.name == name) {
            id
        } else {
            self.sites.push(Site {
                name,
                average: None,
                sum: 0.0,
                weight: 0.0,
            });
            self.sites.len() - 1
        };
        self.last
    }

    /// The baseline that earlier steps give.
    pub(crate) fn before(&mut self, id: usize, baseline: Baseline) -> Result<f64, Error> {
        let Baseline::DecayingAverage(decay) = baseline else {
            return Ok(0.0);
        };
        let average = &mut self.sites[id].average;
        if average.is_none_or(|known| known.decay != decay) {
            *average = Some(DecayingAverage::new(decay)?);
        }
        Ok(average.map_or(0.0, |known| known.value))
    }

    /// Takes in the weight R of one score.
    pub(crate) fn add(&mut self, id: usize, w: f64, reward: f64) {
        self.sites[id].sum += w * reward;
        self.sites[id].weight += w;
    }

    /// The mean of the others: of all but what is given.
    pub(crate) fn without(&self, id: usize, w: f64, sum: f64) -> f64 {
        let site = &self.sites[id];
        let left = site.weight - w;
        if left > 1e-12 * site.weight {
            (site.sum - sum) / left
        } else {
            0.0
        }
    }

    /// The step is over.
    pub(crate) fn end_step(&mut self) {
        for site in &mut self.sites {
            if let Some(average) = &mut site.average
                && site.weight > 0.0
            {
                average.update(site.sum / site.weight);
            }
            (site.sum, site.weight) = (0.0, 0.0);
        }
    }
}
