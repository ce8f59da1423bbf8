//! Gradients and tangents.

use super::*;

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

/// The inputs' gradient alone, or that of some columns, and the gradient of some rows, have the bits of the whole.
#[test]
fn parts_of_a_gradient_are_the_wholes() {
    for activation in ACTIVATIONS {
        for net in [Mlp::new, Mlp::layer_normalised].map(|new| new(&[5, 30, 20, 2], activation)) {
            let net = net.unwrap();
            let (params, x) = (draws(net.n_params(), 1), table(12, 5, 2));
            let mut c = table(12, 2, 3);
            let rows = [0, 3, 4, 11];
            for (i, mut c) in c.outer_iter_mut().enumerate() {
                if !rows.contains(&i) {
                    c.fill(0.0);
                }
            }
            let (d_params, d_x) = vjp(&net, &params, &x, &c);
            let mut cache = Cache::default();
            net.forward(&params, x.view(), &mut cache);
            let mut part = Array2::from_elem((12, 2), f64::NAN);
            net.input_vjp(&params, &mut cache, c.view(), 2..4, part.view_mut());
            assert_eq!(part, d_x.slice(s![.., 2..4]));

            cache.keep_rows(&rows);
            let (c, d_x) = (c.select(Axis(0), &rows), d_x.select(Axis(0), &rows));
            let mut part = Array2::from_elem((4, 3), f64::NAN);
            net.input_vjp(&params, &mut cache, c.view(), 2..5, part.view_mut());
            assert_eq!(part, d_x.slice(s![.., 2..]));
            let mut fewer = vec![0.0; params.len()];
            net.vjp(&params, &mut cache, c.view(), &mut fewer, None);
            let off = fewer.iter().zip(&d_params).map(|(f, d)| (f - d).abs());
            assert!(off.fold(0.0, f64::max) < 1e-14, "{activation:?}");
        }
    }
}

#[test]
#[should_panic(expected = "rows to keep must ascend")]
fn rows_are_kept_in_their_order() {
    let net = Mlp::new(&[1, 1], Activation::Tanh).unwrap();
    let mut cache = Cache::default();
    net.forward(&[1.0, 0.0], table(3, 1, 1).view(), &mut cache);
    cache.keep_rows(&[1, 0]);
}
