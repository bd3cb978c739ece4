//! What a policy says of names alone, found out once for a name, however many releases have it.
//!
//! Neighbouring releases have nine names of ten in common, and reading a mangled name and holding it against every pattern
//! takes longer than everything else that a policy asks about it.

use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError};

use foldhash::fast::RandomState;
use foldhash::{HashMap, HashSet};

use super::compile::Policy;
use super::named::{Answers, Named};

/// Parts that the names are divided into, so that threads seldom wait for each other.
const SHARDS: usize = 64;

/// A policy, with what it says of the names that came up.
pub struct NameIndex<'p> {
    pub(super) policy: &'p Policy,
    pub(super) patterns: PatternNumbers,
    hasher: RandomState,
    shards: Vec<Mutex<Shard>>,
}

#[derive(Default)]
struct Shard {
    symbols: HashMap<Box<str>, Arc<Answers>>,
    names: HashMap<Box<str>, Arc<Answers>>,
    /// Most names are answered alike.
    distinct: HashSet<Arc<Answers>>,
}

/// How the patterns of a policy are numbered: of each tier its `names` and `c-names`, then what is required.
pub(super) struct PatternNumbers {
    names: Vec<usize>,
    c_names: Vec<usize>,
    required: usize,
    /// How many there are.
    pub(super) count: usize,
}

impl PatternNumbers {
    fn of(policy: &Policy) -> PatternNumbers {
        let mut numbers = PatternNumbers { names: Vec::new(), c_names: Vec::new(), required: 0, count: 0 };
        for members in policy.tiers.iter().map(|tier| &tier.members) {
            numbers.names.push(numbers.count);
            numbers.c_names.push(numbers.count + members.names.len());
            numbers.count += members.names.len() + members.c_names.len();
        }
        numbers.required = numbers.count;
        numbers.count += policy.required.len();
        numbers
    }

    /// The number of a pattern among the `names` of a tier.
    pub(super) fn name(&self, tier: usize, at: usize) -> usize {
        self.names[tier] + at
    }

    /// The number of a pattern among the `c-names` of a tier.
    pub(super) fn c_name(&self, tier: usize, at: usize) -> usize {
        self.c_names[tier] + at
    }

    /// The number of a pattern among what is required.
    pub(super) fn required(&self, at: usize) -> usize {
        self.required + at
    }
}

impl<'p> NameIndex<'p> {
    /// Of a policy, without any name yet.
    pub fn new(policy: &'p Policy) -> NameIndex<'p> {
        NameIndex {
            policy,
            patterns: PatternNumbers::of(policy),
            hasher: RandomState::default(),
            shards: (0..SHARDS).map(|_| Mutex::default()).collect(),
        }
    }

    /// A symbol, with what the policy says of it.
    pub(super) fn symbol<'n>(&self, symbol: &'n str) -> (Named<'n>, Arc<Answers>) {
        self.known(Named::symbol(symbol), |shard| &mut shard.symbols)
    }

    /// A type or constant.
    pub(super) fn name<'n>(&self, name: &'n str) -> (Named<'n>, Arc<Answers>) {
        self.known(Named::name(name), |shard| &mut shard.names)
    }

    fn known<'n>(
        &self,
        named: Named<'n>,
        kind: fn(&mut Shard) -> &mut HashMap<Box<str>, Arc<Answers>>,
    ) -> (Named<'n>, Arc<Answers>) {
        let text = named.symbol.or(named.plain_name()).unwrap_or_default();
        let shard = &self.shards[self.hasher.hash_one(text) as usize % SHARDS];
        let lock = || shard.lock().unwrap_or_else(PoisonError::into_inner);
        let known = kind(&mut lock()).get(text).cloned();
        let answers = known.unwrap_or_else(|| {
            let answers = Arc::new(self.answers(&named));
            let mut shard = lock();
            let answers = shard.distinct.get(&answers).cloned().unwrap_or(answers);
            shard.distinct.insert(Arc::clone(&answers));
            kind(&mut shard).insert(text.into(), Arc::clone(&answers));
            answers
        });
        (named.answered(Arc::clone(&answers)), answers)
    }

    fn answers(&self, named: &Named<'_>) -> Answers {
        let mut answers = Answers::default();
        for (tier, members) in self.policy.tiers.iter().map(|tier| &tier.members).enumerate() {
            answers.tiers.push((members.has_name(named), members.excepts(named)));
            let names = (0..).zip(&members.names).filter(|(_, pattern)| named.is(pattern));
            answers.patterns.extend(names.map(|(at, _)| self.patterns.name(tier, at)));
            if let Some(identifier) = named.identifier() {
                let c_names = (0..).zip(&members.c_names).filter(|(_, glob)| glob.matches(identifier));
                answers.patterns.extend(c_names.map(|(at, _)| self.patterns.c_name(tier, at)));
            }
        }
        let required = (0..).zip(&self.policy.required).filter(|(_, pattern)| pattern.matches(named));
        answers.patterns.extend(required.map(|(at, _)| self.patterns.required(at)));
        answers
    }
}
