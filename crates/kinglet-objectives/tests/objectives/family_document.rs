//! The document's table is the code's.

use kinglet_objectives::family::{
    Control, Critic, Direction, EStep, FAMILY, Member, Over, Prior, Temperature, TrustRegion,
};

fn row(member: &Member) -> String {
    let control = match member.control {
        Control::Kl => "KL",
        Control::Em => "EM",
        Control::Neither => "neither",
    };
    let over = match member.over {
        Over::Actions => "actions",
        Over::Parameters => "parameters, a map",
        Over::Particles => "parameters, particles",
        Over::Rewards => "trajectories, by reward",
    };
    let direction = match member.direction {
        Direction::Reverse => "reverse",
        Direction::Forward => "forward",
    };
    let e_step = match member.e_step {
        EStep::Tilted => "prior · exp(Q/τ)",
        EStep::Gradient => "slope",
        EStep::GradientPosterior => "slope, with a posterior",
        EStep::Visits => "visits",
    };
    let (prior, temperature) = (prior(member.prior), temperature(member.temperature));
    let (region, critic) = (trust_region(member.trust_region), critic(member.critic));
    let name = member.name;
    format!(
        "| `{name}` | {control} | {over} | {prior} | {temperature} | {direction} | {e_step} | {region} | {critic} |"
    )
}

fn prior(prior: Prior) -> String {
    match prior {
        Prior::Uniform => "uniform".to_owned(),
        Prior::OldPolicy => "old policy".to_owned(),
        Prior::Parameters { std } => format!("N(0, {std}²) of θ"),
    }
}

fn temperature(temperature: Temperature) -> String {
    match temperature {
        Temperature::Zero => "0".to_owned(),
        Temperature::Fixed(value) => format!("{value}"),
        Temperature::DualOfKl(kl_bound) => format!("dual of KL ≤ {kl_bound}"),
        Temperature::BellmanResidual(scale) => format!("{scale} · Bellman error"),
        Temperature::EntropyTarget(entropy) => format!("for entropy {entropy}"),
    }
}

fn trust_region(region: TrustRegion) -> String {
    match region {
        TrustRegion::None => "none".to_owned(),
        TrustRegion::Step(size) => format!("step {size}"),
        TrustRegion::NaturalGradient { kl_bound } => format!("natural gradient, δ = {kl_bound}"),
        TrustRegion::LineSearch { kl_bound } => {
            format!("natural gradient and line search, δ = {kl_bound}")
        }
        TrustRegion::Penalty {
            coefficient,
            direction: Direction::Forward,
        } => format!("{coefficient} · KL(old ‖ new)"),
        TrustRegion::Penalty { coefficient, .. } => format!("{coefficient} · KL(new ‖ old)"),
        TrustRegion::Bound { kl_bound } => format!("KL(old ‖ new) ≤ {kl_bound}"),
        TrustRegion::Clip { width, .. } => format!("clip at 1 ± {width}: no KL"),
    }
}

fn critic(critic: Critic) -> String {
    match critic {
        Critic::Returns => "returns".to_owned(),
        Critic::StateValues => "V^π".to_owned(),
        Critic::ActionValues => "Q^π".to_owned(),
        Critic::SoftBackup => "soft backup".to_owned(),
        Critic::Residual(step_size) => format!("Q + {step_size} (T*Q − Q)"),
        Critic::Messages => "messages".to_owned(),
    }
}

#[test]
fn the_documents_table_is_the_table() {
    let rows = FAMILY.map(|member| row(&member)).join("\n");
    let document = include_str!("../../FAMILY.md");
    let table = format!("|---|---|---|---|---|---|---|---|---|\n{rows}\n\n");
    assert!(
        document.contains(&table),
        "FAMILY.md wants these rows:\n{rows}"
    );
}
