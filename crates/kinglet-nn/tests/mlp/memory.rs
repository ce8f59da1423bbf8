//! What a cache does and does not do; edges and errors.

use super::*;

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
