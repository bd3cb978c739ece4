//! Which breaking root causes reach a consumer that loads.

mod leads;

use std::collections::BTreeMap;

use foldhash::{HashMap, HashSet};

use crate::abi::{Library, Release};
use crate::diff::SubjectKind;
use crate::mangling;
use crate::policy::{Finding, Verdict};
use crate::rules::{Rule, Severity};

/// One root cause, and how the consumer meets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposure {
    /// Id of the finding.
    pub finding: String,
    /// Its rule.
    pub rule: Rule,
    /// What it is about.
    pub subject: String,
    /// Ways in which it reaches the consumer, most telling first.
    pub ways: Vec<Way>,
}

/// How a change reaches a consumer.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "how")]
pub enum Way {
    /// One of its classes derives from a class that changed.
    Derives {
        /// The consumer's class.
        class: String,
        /// The class that changed.
        from: String,
    },
    /// It carries a copy of a virtual table or type information as it was.
    StaleCopy {
        /// The symbol.
        symbol: String,
    },
    /// It has its own code of an inline function of a class that changed.
    Inline {
        /// The function.
        symbol: String,
        /// The class.
        class: String,
    },
    /// It imports a symbol that the change is about.
    Imports {
        /// The symbol.
        symbol: String,
    },
    /// It imports a function of a class that changed, or one that takes it.
    Uses {
        /// The symbol.
        symbol: String,
        /// The class.
        class: String,
    },
}

/// What a root cause and everything that follows from it are about.
#[derive(Default)]
struct Reach<'v> {
    root: Option<&'v Finding>,
    symbols: HashSet<&'v str>,
    classes: HashSet<&'v str>,
}

/// The breaking root causes of a verdict, and what of the old release leads to them.
pub struct Exposures<'v> {
    reaches: Vec<Reach<'v>>,
    classes: HashMap<&'v str, Vec<usize>>,
    /// Exported functions and variables whose types lead to a type that changed, with that type.
    leading: HashMap<&'v str, Vec<(usize, &'v str)>>,
}

impl<'v> Exposures<'v> {
    /// Those of a verdict over `old` and a later release.
    pub fn new(old: &'v Release, verdict: &'v Verdict) -> Exposures<'v> {
        let reaches = reaches(verdict);
        let classes = by_class(&reaches);
        let leading = if classes.is_empty() { HashMap::default() } else { leads::to(&reaches, old) };
        Exposures { reaches, classes, leading }
    }

    /// All that reach the consumer, in the order of the verdict.
    pub fn of(&self, consumer: &Release) -> Vec<Exposure> {
        let mut ways: BTreeMap<usize, Vec<Way>> = BTreeMap::new();
        let mut note = |root: usize, way: Way| {
            let known = ways.entry(root).or_default();
            if !known.contains(&way) {
                known.push(way);
            }
        };
        for library in &consumer.libraries {
            self.imports(library, &mut note);
            copies(library, &self.classes, &mut note);
            bases(library, &self.classes, &mut note);
            inlined(library, &self.classes, &mut note);
        }
        let exposure = |(root, mut ways): (usize, Vec<Way>)| {
            ways.sort();
            let finding = self.reaches[root].root?;
            Some(Exposure {
                finding: finding.id.clone(),
                rule: finding.change.rule,
                subject: finding.change.subject.name.clone(),
                ways,
            })
        };
        ways.into_iter().filter_map(exposure).collect()
    }

    fn imports(&self, library: &Library, note: &mut impl FnMut(usize, Way)) {
        for import in &library.imports {
            let symbol = || mangling::display(&import.name).into_owned();
            let mut direct: HashSet<usize> = HashSet::default();
            for (at, reach) in self.reaches.iter().enumerate() {
                if reach.symbols.contains(&*import.name) {
                    direct.insert(at);
                    note(at, Way::Imports { symbol: symbol() });
                }
            }
            for (at, class) in self.leading.get(&*import.name).into_iter().flatten() {
                if direct.insert(*at) {
                    note(*at, Way::Uses { symbol: symbol(), class: (*class).to_owned() });
                }
            }
            // Without types of the release, what its mangled name mentions.
            for class in mentioned(&import.name) {
                for at in self.classes.get(class.as_str()).into_iter().flatten() {
                    if !direct.contains(at) {
                        note(*at, Way::Uses { symbol: symbol(), class: class.clone() });
                    }
                }
            }
        }
    }
}

fn reaches(verdict: &Verdict) -> Vec<Reach<'_>> {
    let is_root = |finding: &&Finding| {
        finding.derived_from.is_none()
            // Whatever the policy thinks of it: this is about who is hit, not about what is promised.
            && finding.change.severity == Severity::Breaking
            && finding.counts()
    };
    let mut reaches: Vec<Reach<'_>> = Vec::new();
    let mut positions: HashMap<&str, usize> = HashMap::default();
    for root in verdict.findings.iter().filter(is_root) {
        positions.insert(&root.id, reaches.len());
        reaches.push(Reach { root: Some(root), ..Reach::default() });
    }
    for finding in &verdict.findings {
        let root = finding.derived_from.as_deref().unwrap_or(&finding.id);
        let Some(&at) = positions.get(root) else { continue };
        let change = &finding.change;
        reaches[at].symbols.extend(change.members.iter().map(|member| member.name()));
        reaches[at].symbols.extend(change.subject.symbol.as_deref());
        if matches!(change.subject.kind, SubjectKind::Type | SubjectKind::Class) {
            reaches[at].classes.insert(class_name(&change.subject.name));
        }
    }
    reaches
}

/// `c10::TensorImpl` of `vtable for c10::TensorImpl`.
fn class_name(subject: &str) -> &str {
    ["vtable for ", "typeinfo for ", "VTT for "]
        .iter()
        .find_map(|prefix| subject.strip_prefix(prefix))
        .unwrap_or(subject)
}

fn by_class<'v>(reaches: &[Reach<'v>]) -> HashMap<&'v str, Vec<usize>> {
    let mut classes: HashMap<&str, Vec<usize>> = HashMap::default();
    for (at, reach) in reaches.iter().enumerate() {
        for class in &reach.classes {
            classes.entry(class).or_default().push(at);
        }
    }
    classes
}

/// Copies that vague linkage left in the consumer.
fn copies(library: &Library, classes: &HashMap<&str, Vec<usize>>, note: &mut impl FnMut(usize, Way)) {
    for export in &library.exports {
        if !["_ZTV", "_ZTI"].iter().any(|prefix| export.name.starts_with(prefix)) {
            continue;
        }
        let symbol = mangling::display(&export.name).into_owned();
        for at in classes.get(class_name(&symbol)).into_iter().flatten() {
            note(*at, Way::StaleCopy { symbol: symbol.clone() });
        }
    }
}

fn bases(library: &Library, classes: &HashMap<&str, Vec<usize>>, note: &mut impl FnMut(usize, Way)) {
    for typeinfo in &library.typeinfos {
        let name = mangling::display(&typeinfo.name).into_owned();
        for base in &typeinfo.bases {
            let from = mangling::display(&format!("_ZTI{}", base.base)).into_owned();
            let from = class_name(&from);
            for at in classes.get(from).into_iter().flatten() {
                note(*at, Way::Derives { class: class_name(&name).to_owned(), from: from.to_owned() });
            }
        }
    }
}

/// Functions of changed classes that the consumer has code of: what they knew of the class is compiled in.
fn inlined(library: &Library, classes: &HashMap<&str, Vec<usize>>, note: &mut impl FnMut(usize, Way)) {
    for function in &library.inlined {
        let signature = mangling::parse(&function.name).ok().and_then(|mangled| mangled.signature());
        let Some(class) = signature.map(|signature| signature.scope.join("::")) else { continue };
        for at in classes.get(class.as_str()).into_iter().flatten() {
            let symbol = mangling::display(&function.name).into_owned();
            note(*at, Way::Inline { symbol, class: class.clone() });
        }
    }
}

/// Classes that a linkage name mentions: the scope of a function, and what its parameters are of.
fn mentioned(symbol: &str) -> Vec<String> {
    let Some(signature) = mangling::parse(symbol).ok().and_then(|mangled| mangled.signature()) else {
        return Vec::new();
    };
    let mut classes = vec![signature.scope.join("::")];
    for parameter in signature.params.iter().flatten() {
        let plain = parameter.trim_end_matches(['&', '*', ' ']);
        let plain = plain.strip_suffix(" const").unwrap_or(plain).trim_end_matches(['&', '*', ' ']);
        classes.push(plain.to_owned());
    }
    classes.sort();
    classes.dedup();
    classes.retain(|class| !class.is_empty());
    classes
}
