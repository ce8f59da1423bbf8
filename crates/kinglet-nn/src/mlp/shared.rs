//! A first layer over rows that have their first columns in common.

use crate::cache::room;
use crate::matmul::{add_product, affine};
use crate::{Linear, Scalar};

/// The first `columns` columns of a matrix are the same in each group of `repeats` rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared {
    pub(super) columns: usize,
    pub(super) repeats: usize,
}

impl Shared {
    /// y ← x w + b; the product with the columns in common once a group.
    pub(super) fn forward<S: Scalar>(
        self,
        layer: Linear,
        params: &[S],
        x: &[S],
        [parts, sums]: &mut [Vec<S>; 2],
        y: &mut [S],
    ) {
        let Linear { inputs, outputs } = layer;
        let own = inputs - self.columns;
        let (w, bias) = layer.split(params);
        let (w_shared, w_own) = w.split_at(self.columns * outputs);
        let groups = x.len() / (inputs * self.repeats);

        let heads = room(parts, groups * self.columns);
        let firsts = x.chunks_exact(inputs * self.repeats);
        for (head, row) in heads.chunks_exact_mut(self.columns).zip(firsts) {
            head.copy_from_slice(&row[..self.columns]);
        }
        let sums = room(sums, groups * outputs);
        affine(heads, w_shared, bias, sums);
        let rows = y.chunks_exact_mut(outputs * self.repeats);
        for (rows, sum) in rows.zip(sums.chunks_exact(outputs)) {
            rows.chunks_exact_mut(outputs)
                .for_each(|row| row.copy_from_slice(sum));
        }

        let tails = room(parts, x.len() / inputs * own);
        for (tail, row) in tails.chunks_exact_mut(own).zip(x.chunks_exact(inputs)) {
            tail.copy_from_slice(&row[self.columns..]);
        }
        add_product(tails, w_own, y, own);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

    use crate::{Activation, Cache, Mlp};

    /// The outputs, and the gradients after them, are those of the plain pass.
    #[test]
    fn sharing_changes_neither_outputs_nor_gradients() {
        let rng = &mut Xoshiro256PlusPlus::seed_from_u64(4);
        for sizes in [&[5, 1][..], &[5, 7, 2], &[5, 33, 9, 1]] {
            let net = Mlp::new(sizes, Activation::Relu).unwrap();
            let params = net.init::<f64, _>(rng).to_vec();
            let x = Array2::from_shape_fn((12, 5), |(i, j)| {
                let row = if j < 3 { i / 4 } else { i };
                ((5 * row + j) as f64).sin()
            });
            let (mut plain, mut shared) = (Cache::default(), Cache::default());
            let expected = net.forward(&params, x.view(), &mut plain).to_owned();
            let found = net.forward_shared(&params, x.view(), 3, 4, &mut shared);
            assert!((&found - &expected).iter().all(|d| d.abs() < 1e-13));
            let d = Array2::ones(expected.dim());
            let (mut one, mut two) = (vec![0.0; params.len()], vec![0.0; params.len()]);
            net.vjp(&params, &mut plain, d.view(), &mut one, None);
            net.vjp(&params, &mut shared, d.view(), &mut two, None);
            assert!(one.iter().zip(&two).all(|(a, b)| (a - b).abs() < 1e-12));
        }
    }
}
