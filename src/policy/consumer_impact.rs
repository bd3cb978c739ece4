//! What a comparison means to the consumers that a policy names, finding by finding and altogether.

use serde::Serialize;

/// Consumers that a root cause concerns, by name and version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct AffectedConsumers {
    /// Those that load with the old release and not with the new one, for this among other things.
    pub breaks: Vec<String>,
    /// Those that load with both, and that it reaches.
    pub reaches: Vec<String>,
    /// What the new release does not have for those that it breaks, the most wanted first.
    #[serde(skip)]
    pub symbols: Vec<LostSymbol>,
}

/// A symbol that consumers import and the new release does not have for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LostSymbol {
    /// Linkage name.
    pub name: String,
    /// How many consumers import it.
    pub consumers: usize,
}

/// All consumers that were held against the releases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ConsumerImpact {
    /// How many load with the old release; of the others nothing can be said.
    pub loaded: usize,
    /// Those of them that do not load with the new one.
    pub broken: Vec<String>,
    /// Those that load with both, and that something breaking reaches.
    pub exposed: Vec<String>,
}
