//! Networks and optimisers against PyTorch's, after five steps: `scripts/torch_fixtures.py` made the numbers.

use kinglet_nn::{Activation, Adam, Cache, Mlp, Sgd};
use ndarray::Array2;

const SIZES: [usize; 4] = [2, 4, 3, 2];

fn table(columns: usize, phase: f64) -> Array2<f64> {
    Array2::from_shape_fn((3, columns), |(i, j)| ((3 * i + j) as f64 + phase).cos())
}

fn network(activation: &str, normalised: &str) -> Mlp {
    let activation = match activation {
        "tanh" => Activation::Tanh,
        "relu" => Activation::Relu,
        "silu" => Activation::Silu,
        other => panic!("an activation {other}"),
    };
    match normalised {
        "yes" => Mlp::layer_normalised(&SIZES, activation).unwrap(),
        _ => Mlp::new(&SIZES, activation).unwrap(),
    }
}

/// The parameters after five steps on ½ |y − c|².
fn trained(net: &Mlp, mut step: impl FnMut(&mut [f64], &[f64])) -> Vec<f64> {
    let mut params: Vec<f64> = (0..net.n_params())
        .map(|i| 0.5 * (i as f64 + 1.0).sin())
        .collect();
    let (x, c, mut cache) = (table(2, 0.0), table(2, 0.5), Cache::default());
    for _ in 0..5 {
        let error = &net.forward(&params, x.view(), &mut cache) - &c;
        let mut gradient = vec![0.0; params.len()];
        net.vjp(&params, &mut cache, error.view(), &mut gradient, None);
        step(&mut params, &gradient);
    }
    params
}

#[test]
fn five_steps_lead_where_pytorch_goes() {
    let rows = include_str!("fixtures/torch.csv").lines();
    assert_eq!(rows.clone().count(), 12);
    for row in rows {
        let mut words = row.split(',');
        let [activation, normalised, optimiser] = [(); 3].map(|()| words.next().unwrap());
        let expected: Vec<f64> = words.map(|number| number.parse().unwrap()).collect();
        let net = network(activation, normalised);
        let n = net.n_params();
        let (mut adam, mut sgd) = (Adam::new(n, 0.05), Sgd::new(n, 0.02, 0.9));
        let params = match optimiser {
            "adam" => trained(&net, |params, gradient| adam.step(params, gradient)),
            _ => trained(&net, |params, gradient| sgd.step(params, gradient)),
        };
        assert_eq!(params.len(), expected.len());
        for (i, (p, e)) in params.iter().zip(&expected).enumerate() {
            assert!(
                (p - e).abs() < 1e-11,
                "{activation} {normalised} {optimiser}, {i}: {p} and {e}"
            );
        }
    }
}
