//! What the outputs of a policy's network mean.

/// The law of an action that the outputs of a network stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Head {
    /// One of as many actions as the network has outputs, which are the logits. An action is stored as its index.
    Categorical,
    /// Independent normals; the network gives the means.
    Normal(LogStd),
    /// tanh of independent normals, in (−1, 1). An action is stored as the number u before the tanh, from which its
    /// log-probability is right even where tanh u rounds to ±1.
    TanhNormal(LogStd),
}

/// Where the log-scale ln σ of a normal comes from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum LogStd {
    /// This value for every number of the action; not learned.
    Fixed(f64),
    /// A parameter for each number of the action, behind the network's, the same in every state; this is where it starts.
    Learned(f64),
    /// Outputs of the network, behind the means.
    OfState,
}

impl Head {
    /// The log-scale of a normal.
    pub(crate) fn log_std(self) -> Option<LogStd> {
        match self {
            Head::Categorical => None,
            Head::Normal(log_std) | Head::TanhNormal(log_std) => Some(log_std),
        }
    }
}
