//! A network's passes against dual numbers, differences and loops as one would write them down.

use autodiff::{F1, Float};
use kinglet_nn::{Activation, Cache, Error, Mlp};
use ndarray::{Array1, Array2, ArrayView2};
use rand::RngExt;
use rand_xoshiro::{Xoshiro256PlusPlus, rand_core::SeedableRng};

const ACTIVATIONS: [Activation; 3] = [Activation::Tanh, Activation::Relu, Activation::Silu];

fn generator(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

fn draws(n: usize, seed: u64) -> Vec<f64> {
    let mut rng = generator(seed);
    (0..n).map(|_| rng.random_range(-1.0..1.0)).collect()
}

fn table(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
    Array2::from_shape_vec((rows, columns), draws(rows * columns, seed)).unwrap()
}

fn f<T: Float>(activation: Activation, z: T) -> T {
    match activation {
        Activation::Tanh => z.tanh(),
        Activation::Relu => {
            if z > T::zero() {
                z
            } else {
                T::zero()
            }
        }
        Activation::Silu => z / (T::one() + (-z).exp()),
    }
}

/// The outputs of one row, with the parameters read off one by one.
fn plain<T: Float>(sizes: &[usize], activation: Activation, params: &[T], x: &[T]) -> Vec<T> {
    let (mut values, mut at) = (x.to_vec(), 0);
    for (layer, pair) in sizes.windows(2).enumerate() {
        let (inputs, outputs) = (pair[0], pair[1]);
        let unit = |j: usize| {
            let bias = params[at + inputs * outputs + j];
            let weight = |i: usize| params[at + i * outputs + j];
            (0..inputs).fold(bias, |sum, i| sum + values[i] * weight(i))
        };
        let mut next: Vec<T> = (0..outputs).map(unit).collect();
        if layer + 2 < sizes.len() {
            next = next.into_iter().map(|z| f(activation, z)).collect();
        }
        at += (inputs + 1) * outputs;
        values = next;
    }
    values
}

/// [`plain`] with hidden layers normalised.
fn plain_normalised<T: Float>(
    sizes: &[usize],
    activation: Activation,
    params: &[T],
    x: &[T],
) -> Vec<T> {
    let (mut values, mut rest) = (x.to_vec(), params);
    let number = |n: f64| T::from(n).unwrap();
    for pair in sizes[..sizes.len() - 1].windows(2) {
        let (own, after) = rest.split_at((pair[0] + 1) * pair[1]);
        let z = plain(pair, activation, own, &values);
        let n = number(pair[1] as f64);
        let mean = z.iter().fold(number(0.0), |sum, z| sum + *z) / n;
        let variance = z
            .iter()
            .fold(number(0.0), |sum, z| sum + (*z - mean).powi(2))
            / n;
        let unit = |i: usize| {
            let normal = (z[i] - mean) / (variance + number(1e-5)).sqrt();
            f(activation, after[i] * normal + after[pair[1] + i])
        };
        values = (0..pair[1]).map(unit).collect();
        rest = &after[2 * pair[1]..];
    }
    plain(&sizes[sizes.len() - 2..], activation, rest, &values)
}

#[test]
fn normalised_layers_are_those_of_dual_numbers() {
    for (activation, sizes) in ACTIVATIONS
        .into_iter()
        .flat_map(|a| [vec![3, 2], vec![2, 5, 2], vec![3, 4, 3, 2]].map(|sizes| (a, sizes)))
    {
        let net = Mlp::layer_normalised(&sizes, activation).unwrap();
        let (params, x, c) = (
            draws(net.n_params(), 1),
            table(3, sizes[0], 2),
            table(3, 2, 3),
        );
        let (d_params, d_x) = vjp(&net, &params, &x, &c);
        let loss = |all: &[F1]| {
            let (params, x) = all.split_at(params.len());
            let rows = x.chunks(sizes[0]).zip(c.outer_iter());
            rows.fold(F1::cst(0.0), |sum, (x, c)| {
                let y = plain_normalised(&sizes, activation, params, x);
                y.iter()
                    .zip(c)
                    .fold(sum, |sum, (y, &c)| sum + *y * F1::cst(c))
            })
        };
        let all: Vec<F1> = params.iter().chain(&x).map(|&v| F1::cst(v)).collect();
        for (n, d) in d_params.iter().chain(&d_x).enumerate() {
            let mut all = all.clone();
            all[n] = F1::var(all[n].x);
            let exact = loss(&all).dx;
            assert!(
                (d - exact).abs() < 1e-11,
                "{activation:?} {sizes:?}, {n}: {d} and {exact}"
            );
        }
        let (t_params, t_x) = (draws(params.len(), 4), table(3, sizes[0], 5));
        let mut cache = Cache::default();
        net.forward(&params, x.view(), &mut cache);
        let tangent = net.jvp(&params, &t_params, Some(t_x.view()), &mut cache);
        let dual = all
            .iter()
            .zip(t_params.iter().chain(&t_x))
            .map(|(v, &t)| F1::new(v.x, t));
        let exact = loss(&dual.collect::<Vec<_>>()).dx;
        assert!(
            ((&c * &tangent).sum() - exact).abs() < 1e-11,
            "{activation:?} {sizes:?}"
        );
    }
}

/// Scaling a hidden layer's input weights changes nothing: the first thing that normalisation is for.
#[test]
fn normalised_layers_start_whole_and_do_not_see_scale() {
    let net = Mlp::layer_normalised(&[4, 16, 3], Activation::Tanh).unwrap();
    let plain = Mlp::new(&[4, 16, 3], Activation::Tanh).unwrap();
    assert_eq!(net.n_params(), plain.n_params() + 32);
    let mut params: Vec<f64> = net.init_orthogonal(1.0, 1.0, &mut generator(1)).to_vec();
    assert_eq!(params[80..112], [[1.0; 16], [0.0; 16]].concat());
    let (x, mut cache) = (table(5, 4, 2), Cache::default());
    let before = net.forward(&params, x.view(), &mut cache).to_owned();
    params[..80].iter_mut().for_each(|w| *w *= 100.0);
    let after = net.forward(&params, x.view(), &mut cache);
    // All but for what is added to the variance.
    assert!((&before - &after).iter().all(|off| off.abs() < 1e-3));
}

/// d_params and d_x of Σ c y over a batch.
fn vjp(net: &Mlp, params: &[f64], x: &Array2<f64>, c: &Array2<f64>) -> (Vec<f64>, Array2<f64>) {
    let mut cache = Cache::default();
    net.forward(params, x.view(), &mut cache);
    let (mut d_params, mut d_x) = (
        vec![0.0; params.len()],
        Array2::from_elem(x.dim(), f64::NAN),
    );
    net.vjp(
        params,
        &mut cache,
        c.view(),
        &mut d_params,
        Some(d_x.view_mut()),
    );
    (d_params, d_x)
}

#[test]
fn outputs_and_gradients_are_those_of_dual_numbers() {
    for (activation, sizes) in ACTIVATIONS
        .into_iter()
        .flat_map(|a| [vec![3, 2], vec![2, 5, 2], vec![3, 4, 3, 2]].map(|sizes| (a, sizes)))
    {
        let net = Mlp::new(&sizes, activation).unwrap();
        let (params, x) = (draws(net.n_params(), 1), table(4, sizes[0], 2));
        let c = table(4, 2, 3);
        let (d_params, d_x) = vjp(&net, &params, &x, &c);
        // Σ c y with the n-th of parameters and inputs a variable.
        let slope = |n: usize| {
            let mut all: Vec<F1> = params.iter().chain(&x).map(|&v| F1::cst(v)).collect();
            all[n] = F1::var(all[n].x);
            let (params, x) = all.split_at(params.len());
            let rows = x.chunks(sizes[0]).zip(c.outer_iter());
            let terms = rows.map(|(x, c)| {
                let y = plain(&sizes, activation, params, x);
                y.iter()
                    .zip(c)
                    .fold(F1::cst(0.0), |sum, (y, &c)| sum + *y * F1::cst(c))
            });
            terms.fold(F1::cst(0.0), |sum, term| sum + term).dx
        };
        for (n, d) in d_params.iter().chain(&d_x).enumerate() {
            let exact = slope(n);
            assert!(
                (d - exact).abs() < 1e-12,
                "{activation:?} {sizes:?}, {n}: {d} and {exact}"
            );
        }
        let mut cache = Cache::default();
        for (y, x) in net
            .forward(&params, x.view(), &mut cache)
            .outer_iter()
            .zip(x.outer_iter())
        {
            let expected = plain(&sizes, activation, &params, x.as_slice().unwrap());
            assert!(y.iter().zip(&expected).all(|(y, e)| (y - e).abs() < 1e-14));
        }
    }
}

#[test]
fn gradients_of_a_real_network_are_central_differences() {
    for activation in ACTIVATIONS {
        let net = Mlp::new(&[17, 64, 64, 6], activation).unwrap();
        let params: Array1<f64> = net.init_orthogonal(1.4, 0.5, &mut generator(4));
        let (params, x, c) = (params.to_vec(), table(64, 17, 5), table(64, 6, 6));
        let (d_params, d_x) = vjp(&net, &params, &x, &c);
        let loss = |params: &[f64], x: ArrayView2<f64>| {
            (&c * &net.forward(params, x, &mut Cache::default())).sum()
        };
        let along = |u: &[f64], w: &Array2<f64>, step: f64| {
            let moved: Vec<f64> = params.iter().zip(u).map(|(p, u)| p + step * u).collect();
            loss(&moved, (&x + &(step * w)).view())
        };
        for seed in 10..13 {
            let (u, w) = (draws(params.len(), seed), table(64, 17, seed + 10));
            let step = 1e-6;
            let difference = (along(&u, &w, step) - along(&u, &w, -step)) / (2.0 * step);
            let product: f64 = d_params.iter().zip(&u).map(|(d, u)| d * u).sum();
            let product = product + (&d_x * &w).sum();
            // A ReLU that turns within the step is all that remains of the difference.
            let bound = if activation == Activation::Relu {
                1e-3
            } else {
                1e-6
            };
            assert!(
                (difference / product - 1.0).abs() < bound,
                "{activation:?}: {difference} and {product}"
            );
        }
    }
}

/// c · (J t) = (Jᵀ c) · t for any c and t, and J t is a dual number's.
#[test]
fn tangents_are_those_of_dual_numbers_and_the_transposes_of_gradients() {
    for (activation, sizes) in ACTIVATIONS
        .into_iter()
        .flat_map(|a| [vec![3, 2], vec![5, 30, 20, 2]].map(|sizes| (a, sizes)))
    {
        let net = Mlp::new(&sizes, activation).unwrap();
        let (params, x) = (draws(net.n_params(), 1), table(12, sizes[0], 2));
        let (t_params, t_x) = (draws(net.n_params(), 3), table(12, sizes[0], 4));
        let c = table(12, 2, 5);
        let (d_params, d_x) = vjp(&net, &params, &x, &c);
        let mut cache = Cache::default();
        net.forward(&params, x.view(), &mut cache);
        let alone = net.jvp(&params, &t_params, None, &mut cache).to_owned();
        let both = net
            .jvp(&params, &t_params, Some(t_x.view()), &mut cache)
            .to_owned();
        let by_params: f64 = d_params.iter().zip(&t_params).map(|(d, t)| d * t).sum();
        let by_x = (&d_x * &t_x).sum();
        assert!(
            ((&c * &alone).sum() - by_params).abs() < 1e-12,
            "{activation:?} {sizes:?}"
        );
        assert!(
            ((&c * &both).sum() - by_params - by_x).abs() < 1e-12,
            "{activation:?} {sizes:?}"
        );
        let dual = |v: &[f64], t: &[f64]| -> Vec<F1> {
            v.iter().zip(t).map(|(&v, &t)| F1::new(v, t)).collect()
        };
        let params = dual(&params, &t_params);
        for ((x, t_x), t_y) in x.outer_iter().zip(t_x.outer_iter()).zip(both.outer_iter()) {
            let x = dual(x.as_slice().unwrap(), t_x.as_slice().unwrap());
            let y = plain(&sizes, activation, &params, &x);
            assert!(y.iter().zip(t_y).all(|(y, t)| (y.dx - t).abs() < 1e-12));
        }
        // The values of the forward pass are still there.
        let mut again = vec![0.0; d_params.len()];
        net.vjp(
            &draws(net.n_params(), 1),
            &mut cache,
            c.view(),
            &mut again,
            None,
        );
        assert_eq!(again, d_params);
    }
}

#[test]
fn a_row_is_a_batch_of_one() {
    for activation in ACTIVATIONS {
        let net = Mlp::new(&[5, 33, 20, 3], activation).unwrap();
        let (params, x) = (draws(net.n_params(), 1), table(40, 5, 2));
        let (mut cache, mut whole) = (Cache::default(), Cache::default());
        let together = net.forward(&params, x.view(), &mut whole);
        let c = [0.3, -0.7, 1.1];
        for (x, expected) in x.outer_iter().zip(together.outer_iter()) {
            let x = x.to_vec();
            let y = net.forward_row(&params, &x, &mut cache).to_vec();
            assert!(y.iter().zip(expected).all(|(y, e)| (y - e).abs() < 1e-14));
            let batch = Array2::from_shape_vec((1, 5), x.clone()).unwrap();
            let c_batch = Array2::from_shape_vec((1, 3), c.to_vec()).unwrap();
            let (d_params, d_x) = vjp(&net, &params, &batch, &c_batch);
            let (mut d_params_row, mut d_x_row) = (vec![0.0; params.len()], [0.0; 5]);
            net.vjp_row(
                &params,
                &mut cache,
                &c,
                &mut d_params_row,
                Some(&mut d_x_row),
            );
            assert_eq!(
                (d_params, d_x.into_raw_vec_and_offset().0),
                (d_params_row, d_x_row.to_vec())
            );
        }
    }
}

#[test]
fn gradients_add_up_and_inputs_may_be_left_out() {
    let net = Mlp::new(&[4, 8, 2], Activation::Silu).unwrap();
    let (params, x, c) = (draws(net.n_params(), 1), table(16, 4, 2), table(16, 2, 3));
    let (once, _) = vjp(&net, &params, &x, &c);
    let mut cache = Cache::default();
    net.forward(&params, x.view(), &mut cache);
    let mut d_params = vec![0.0; params.len()];
    net.vjp(&params, &mut cache, c.view(), &mut d_params, None);
    assert_eq!(d_params, once);
    net.vjp(&params, &mut cache, c.view(), &mut d_params, None);
    assert!(
        d_params
            .iter()
            .zip(&once)
            .all(|(d, o)| (d - 2.0 * o).abs() < 1e-13)
    );
}

/// Whatever a cache served before, and whatever the layout of x, the same bits come out.
#[test]
fn a_cache_keeps_no_trace_and_no_memory_moves() {
    let net = Mlp::new(&[6, 32, 32, 2], Activation::Silu).unwrap();
    let other = Mlp::new(&[3, 50, 1], Activation::Tanh).unwrap();
    let (params, x) = (draws(net.n_params(), 1), table(32, 6, 2));
    let mut cache = Cache::default();
    let first = net.forward(&params, x.view(), &mut cache).to_owned();
    let place = net.forward(&params, x.view(), &mut cache).as_ptr();
    net.forward_row(&params, &[1.0; 6], &mut cache);
    other.forward(
        &draws(other.n_params(), 3),
        table(9, 3, 4).view(),
        &mut cache,
    );
    let turned = x.t().as_standard_layout().into_owned();
    let again = net.forward(&params, turned.t(), &mut cache);
    assert_eq!(again, first);
    assert_eq!(again.as_ptr(), place);
}

#[test]
fn single_precision_is_double_precision_rounded() {
    for activation in ACTIVATIONS {
        let net = Mlp::new(&[17, 64, 64, 6], activation).unwrap();
        let params: Array1<f64> = net.init(&mut generator(1));
        let (x, c) = (table(64, 17, 2), table(64, 6, 3));
        let (d_params, _) = vjp(&net, params.as_slice().unwrap(), &x, &c);
        let params: Vec<f32> = params.iter().map(|&p| p as f32).collect();
        let (x, c, mut cache) = (x.mapv(|x| x as f32), c.mapv(|c| c as f32), Cache::default());
        net.forward(&params, x.view(), &mut cache);
        let mut single = vec![0f32; params.len()];
        net.vjp(&params, &mut cache, c.view(), &mut single, None);
        let off = single
            .iter()
            .zip(&d_params)
            .map(|(s, d)| (f64::from(*s) - d).abs());
        assert!(off.fold(0.0, f64::max) < 1e-4, "{activation:?}");
    }
}

#[test]
fn activations_at_their_edges() {
    for (activation, x, y, slope) in [
        (Activation::Relu, 0.0, 0.0, 0.0),
        (Activation::Relu, -0.0, 0.0, 0.0),
        (Activation::Silu, -1e3, 0.0, 0.0),
        (Activation::Silu, 1e3, 1e3, 1.0),
        (Activation::Silu, 0.0, 0.0, 0.5),
        (Activation::Tanh, 1e3, 1.0, 0.0),
        (Activation::Tanh, 0.0, 0.0, 1.0),
    ] {
        let net = Mlp::new(&[1, 1, 1], activation).unwrap();
        let (params, mut cache, mut d_x) = ([1.0, 0.0, 1.0, 0.0], Cache::default(), [f64::NAN]);
        assert_eq!(
            net.forward_row(&params, &[x], &mut cache),
            [y],
            "{activation:?} {x}"
        );
        net.vjp_row(&params, &mut cache, &[1.0], &mut [0.0; 4], Some(&mut d_x));
        assert_eq!(d_x, [slope], "{activation:?} {x}");
    }
}

#[test]
fn wrong_sizes_are_refused() {
    let new = |sizes: &[usize]| Mlp::new(sizes, Activation::Tanh).unwrap_err();
    assert_eq!(new(&[3]), Error::TooFewSizes { sizes: vec![3] });
    assert_eq!(new(&[]), Error::TooFewSizes { sizes: vec![] });
    assert_eq!(
        new(&[3, 0, 1]),
        Error::EmptyLayer {
            position: 1,
            sizes: vec![3, 0, 1]
        }
    );
    for sizes in [
        [usize::MAX, 1, 1],
        [1 << 40, 1 << 40, 1],
        [1, usize::MAX / 2, 4],
    ] {
        assert_eq!(
            new(&sizes),
            Error::TooLarge {
                sizes: sizes.to_vec()
            }
        );
    }
}
