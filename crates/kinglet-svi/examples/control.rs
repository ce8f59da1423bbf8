//! `model(env)` and `guide(env, policy)` over two environments: a gridworld with a softmax table, and the direction
//! environment with a network and a learnt baseline.
//!
//! `cargo run --release -p kinglet-svi --example control`

use kinglet_envs::{Env, GridRules, Gridworld, Horizon};
use kinglet_nn::{Activation, Mlp};
use kinglet_svi::direction::Pointing;
use kinglet_svi::{
    Baseline, ControlGuide, ControlModel, Credit, Elbo, GaussianNetwork, Gradient, Policy,
    SoftmaxTable, Svi, Trace, Uniform,
};
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let rules = GridRules::cliff_walking(Horizon::Finite(8));
    let world = Gridworld::from_map("...\n.#.\nSCG", rules)?;
    let policy = SoftmaxTable {
        states: world.mdp.n_states(),
        times: 8,
    };
    println!("{world}");
    train(&world.mdp, 8, policy)?;

    let policy = GaussianNetwork {
        net: Mlp::new(&[2, 16, 2], Activation::Tanh)?,
        std: 0.5,
        baseline: Some(Mlp::new(&[2, 16, 1], Activation::Tanh)?),
    };
    println!("\ntargets on a circle, episodes of up to ten steps");
    train(&Pointing { ends: 0.1 }, 10, policy)
}

/// Shows the bound as it rises, and one run at the end.
fn train<E: Env, P: Policy<E>>(
    env: &E,
    horizon: usize,
    policy: P,
) -> Result<(), Box<dyn std::error::Error>>
where
    E::Actions: Uniform,
{
    let elbo = Elbo {
        particles: 20,
        gradient: Gradient::Score,
        credit: Credit::Dependencies,
        baseline: Baseline::LeaveOneOut,
        ..Elbo::default()
    };
    let (model, guide) = (
        ControlModel { env, horizon },
        ControlGuide {
            env,
            horizon,
            policy,
        },
    );
    let mut svi = Svi::new(elbo, 0.03);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(0);
    for tenth in 0..10 {
        let mut sum = 0.0;
        for _ in 0..100 {
            sum += svi.step(&model, &guide, &mut rng)?;
        }
        println!(
            "steps {:4} to {:4}: ELBO {:8.3}",
            tenth * 100,
            tenth * 100 + 99,
            sum / 100.0
        );
    }
    println!(
        "{}",
        Trace::<f64>::of(&model, &guide, svi.params(), &mut rng)?
    );
    Ok(())
}
