//! A row of numbers for each state.

use crate::Scalar;

/// A table: what a network is where states can be counted.
///
/// Its parameters are one slice, a row of outputs for each state. It holds its sizes only.
///
/// # Example
/// ```
/// use kinglet_nn::Table;
/// let table = Table { states: 3, outputs: 2 };
/// let params = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
/// let mut y = [0.0; 4];
/// table.forward(&params, &[2, 0], &mut y);
/// assert_eq!(y, [4.0, 5.0, 0.0, 1.0]);
/// let mut d_params = [0.0; 6];
/// table.vjp(&[2, 2], &[1.0, 10.0, 2.0, 20.0], &mut d_params);
/// assert_eq!(d_params, [0.0, 0.0, 0.0, 0.0, 3.0, 30.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Table {
    /// The number of rows.
    pub states: usize,
    /// The length of a row.
    pub outputs: usize,
}

impl Table {
    /// The number of parameters.
    pub fn n_params(self) -> usize {
        self.states * self.outputs
    }

    /// The row of one state.
    ///
    /// # Panics
    /// If the parameters are of another length, or there is no such state.
    pub fn row<S>(self, params: &[S], state: usize) -> &[S] {
        self.check(params.len(), state);
        &params[state * self.outputs..][..self.outputs]
    }

    /// y ← the rows of some states.
    ///
    /// It is linear in the parameters: with a tangent for `params` it is the Jacobian-vector product.
    ///
    /// # Shapes
    /// `params`: `[n_params]`; `states`: `[B]`; `y`: `[B, outputs]`, row by row.
    /// # Panics
    /// If a length does not fit, or there is no such state.
    pub fn forward<S: Scalar>(self, params: &[S], states: &[usize], y: &mut [S]) {
        self.check_rows(states, y.len());
        for (&state, y) in states.iter().zip(y.chunks_exact_mut(self.outputs)) {
            y.copy_from_slice(self.row(params, state));
        }
    }

    /// The vector-Jacobian product: **adds** each row of `d_y` to the gradient of its state.
    ///
    /// # Shapes
    /// As [`forward`](Self::forward); `d_params`: `[n_params]`, `d_y` as `y`.
    /// # Panics
    /// If a length does not fit, or there is no such state.
    pub fn vjp<S: Scalar>(self, states: &[usize], d_y: &[S], d_params: &mut [S]) {
        self.check_rows(states, d_y.len());
        for (&state, d_y) in states.iter().zip(d_y.chunks_exact(self.outputs)) {
            self.check(d_params.len(), state);
            let row = &mut d_params[state * self.outputs..][..self.outputs];
            for (d, d_y) in row.iter_mut().zip(d_y) {
                *d += *d_y;
            }
        }
    }

    fn check(self, params: usize, state: usize) {
        assert_eq!(
            params,
            self.n_params(),
            "the parameters' length (left) is not that of {self:?} (right)"
        );
        assert!(state < self.states, "state {state} of {self:?}");
    }

    fn check_rows(self, states: &[usize], y: usize) {
        let expected = states.len() * self.outputs;
        assert_eq!(
            y, expected,
            "the length of y (left) is not that of the states' rows (right)"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_a_layer_of_indicators() {
        let table = Table {
            states: 4,
            outputs: 3,
        };
        let layer = crate::Linear {
            inputs: 4,
            outputs: 3,
        };
        let params: Vec<f64> = (0..12).map(|i| f64::from(i * i)).collect();
        let with_bias = [params.as_slice(), &[0.0; 3]].concat();
        let states = [3, 1, 3, 0];
        let indicators: Vec<f64> = (states.iter())
            .flat_map(|&s| (0..4).map(move |i| f64::from(u8::from(i == s))))
            .collect();
        let (mut y, mut expected) = ([0.0; 12], [0.0; 12]);
        table.forward(&params, &states, &mut y);
        layer.forward(&with_bias, &indicators, &mut expected);
        assert_eq!(y, expected);
        let (mut d, mut d_expected) = ([1.0; 12], [1.0; 15]);
        table.vjp(&states, &y, &mut d);
        layer.vjp(&with_bias, &indicators, &y, &mut d_expected, None);
        assert_eq!(d, d_expected[..12]);
    }
}
