//! What happened in a run, in order.

/// Something that happened, and how often the program had looked at a value before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    pub(crate) what: What,
    pub(crate) seen: usize,
}

/// What happened.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    /// A plate begins.
    Open,
    /// One element of a plate is done.
    Next,
    /// A plate ends.
    Close,
    /// A draw of the guide.
    Draw(usize),
    /// The model begins.
    Model,
    /// A term of the model.
    Term(usize),
}
