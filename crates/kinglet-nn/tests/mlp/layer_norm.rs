//! Normalised layers.

use super::*;

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
