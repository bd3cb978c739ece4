//! How large a library, a section or the list of relocations may be and become.

use super::config_error::{Place, Wrong};
use super::file::BudgetEntry;
use crate::abi::{Library, Release};
use crate::diff::{self, Change, Detail, Measure, Subject, pair_libraries};
use crate::patterns::Glob;
use crate::rules::Rule;

/// A budget of the libraries that a pattern names.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Budget {
    library: Glob,
    of: Measure,
    most: Option<u64>,
    growth: Option<Growth>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Growth {
    By(u64),
    Percent(f64),
}

impl Budget {
    pub(super) fn read(entry: &BudgetEntry, place: &Place) -> Result<Budget, Wrong> {
        let library = Glob::parse(&entry.library).map_err(|bad| place.key("library").wrong(bad.0))?;
        let of = match entry.of.as_deref() {
            None | Some("size") => Measure::Size,
            Some("relocations") => Measure::Relocations,
            Some(section) if section.starts_with('.') => Measure::Section(section.to_owned()),
            Some(other) => {
                let what = format!(
                    "{other:?} cannot be measured; there are size, relocations, and sections such as .text"
                );
                return Err(place.key("of").wrong(what));
            }
        };
        let amount = |text: &str, key: &str| {
            let is_count = of == Measure::Relocations;
            amount(text, is_count).ok_or_else(|| {
                let wanted = if is_count { "a number" } else { "a size such as 2 MiB" };
                place.key(key).wrong(format!("{text:?} is not {wanted}"))
            })
        };
        let growth = match entry.growth.as_deref() {
            None => None,
            Some(text) => Some(match text.strip_suffix('%').map(|number| number.trim().parse::<f64>()) {
                Some(Ok(percent)) if percent.is_finite() && percent >= 0.0 => Growth::Percent(percent),
                Some(_) => return Err(place.key("growth").wrong(format!("{text:?} is no percentage"))),
                None => Growth::By(amount(text, "growth")?),
            }),
        };
        let most = entry.most.as_deref().map(|text| amount(text, "most")).transpose()?;
        if most.is_none() && growth.is_none() {
            return Err(place.wrong("a budget needs most, growth, or both"));
        }
        Ok(Budget { library, of, most, growth })
    }

    /// The change that a library's growth past the budget is.
    fn exceeded(&self, old: Option<&Library>, new: &Library) -> Option<Change> {
        let now = measure(&self.of, new);
        let before = old.map(|old| measure(&self.of, old));
        // What was too large before and did not grow is nobody's news.
        if before.is_some_and(|before| now <= before) {
            return None;
        }
        let too_large = self.most.filter(|most| now > *most);
        let grew = self.growth.zip(before).filter(|(growth, before)| match growth {
            Growth::By(most) => now - before > *most,
            Growth::Percent(percent) => (now - before) as f64 > *before as f64 * percent / 100.0,
        });
        let grew = grew.map(|(growth, _)| match growth {
            Growth::By(most) => diff::Growth::By(most),
            Growth::Percent(percent) => diff::Growth::Percent(percent.to_string()),
        });
        if too_large.is_none() && grew.is_none() {
            return None;
        }
        let measure = self.of.clone();
        let detail = Detail::Budget { measure, old: before, new: now, most: too_large, growth: grew };
        Some(Change::new(Rule::SizeBudgetExceeded, Subject::library(&new.name)).with_detail(detail))
    }
}

/// Everything that grew past a budget.
pub(super) fn exceeded(budgets: &[Budget], old: &Release, new: &Release) -> Vec<Change> {
    let mut changes = Vec::new();
    for pair in pair_libraries(old, new) {
        let Some(after) = pair.new else { continue };
        let concerns = |b: &&Budget| b.library.matches(&after.name) || b.library.matches(after.link_name());
        changes.extend(budgets.iter().filter(concerns).filter_map(|budget| budget.exceeded(pair.old, after)));
    }
    changes
}

/// How much of it a library has.
fn measure(of: &Measure, library: &Library) -> u64 {
    match of {
        Measure::Size => library.sections.iter().fold(0, |sum, section| sum.saturating_add(section.size)),
        Measure::Section(name) => {
            library.sections.iter().find(|section| section.name == *name).map_or(0, |section| section.size)
        }
        Measure::Relocations => {
            let count = library.dynamic.relocations;
            count.rela.saturating_add(count.relr).saturating_add(count.plt)
        }
    }
}

/// Reads `2 MiB`, `500 kB`, `4096`; a count has no unit.
fn amount(text: &str, is_count: bool) -> Option<u64> {
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.' || c == '_')).unwrap_or(text.len());
    let (number, unit) = (text[..end].replace('_', ""), text[end..].trim());
    let factor: u64 = match unit {
        "" | "B" => 1,
        _ if is_count => return None,
        "kB" => 1000,
        "KiB" | "K" => 1 << 10,
        "MB" => 1_000_000,
        "MiB" | "M" => 1 << 20,
        "GB" => 1_000_000_000,
        "GiB" | "G" => 1 << 30,
        _ => return None,
    };
    if let Ok(whole) = number.parse::<u64>() {
        return whole.checked_mul(factor);
    }
    let parts: f64 = number.parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0)?;
    Some((parts * factor as f64) as u64).filter(|_| factor > 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::abi::Section;

    fn library(text: u64, rela: u64) -> Library {
        let mut library = Library { name: "liba.so".to_owned(), ..Library::default() };
        library.sections = vec![
            Section { name: ".data".to_owned(), size: 1000 },
            Section { name: ".text".to_owned(), size: text },
        ];
        library.dynamic.relocations.rela = rela;
        library
    }

    fn budget(text: &str) -> Result<Budget, Wrong> {
        Budget::read(&serde_yaml::from_str(text).unwrap(), &Place::root("budgets").at(0))
    }

    /// Limit and growth that a library is past.
    fn told(text: &str, old: &Library, new: &Library) -> Option<(Option<u64>, Option<diff::Growth>)> {
        match budget(text).unwrap().exceeded(Some(old), new)?.detail {
            Detail::Budget { most, growth, .. } => Some((most, growth)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn sizes_sections_and_relocations() {
        let (small, large) = (library(10_000, 100), library(12_000, 150));
        let of = |text: &str| told(&format!("{{library: 'lib*', {text}}}"), &small, &large);
        let percent = |text: &str| Some(diff::Growth::Percent(text.to_owned()));
        assert_eq!(of("most: 12 KiB").unwrap(), (Some(12 << 10), None));
        assert_eq!(of("most: 13 KiB"), None);
        assert_eq!(of("of: .text, growth: 10%").unwrap(), (None, percent("10")));
        assert_eq!(of("of: .text, growth: 20%"), None);
        assert_eq!(of("of: relocations, growth: 49").unwrap(), (None, Some(diff::Growth::By(49))));
        assert_eq!(of("of: relocations, growth: 50, most: 150"), None);
        assert_eq!(of("of: .text, most: 1 kB, growth: 1%").unwrap(), (Some(1000), percent("1")));
        // Smaller, if not small enough.
        assert_eq!(told("{library: liba.so, most: 1 kB}", &large, &small), None);
        assert_eq!(told("{library: libb.so, most: 1 kB}", &small, &small), None);
        let new = budget("{library: liba.so, most: 1 kB}").unwrap().exceeded(None, &small).unwrap();
        assert!(matches!(new.detail, Detail::Budget { old: None, new: 11_000, .. }), "{new:?}");
    }

    #[test]
    fn mistakes() {
        let wrong = |text: &str| format!("{:?}", budget(text).unwrap_err());
        assert!(wrong("{library: a}").contains("most, growth, or both"));
        assert!(wrong("{library: a, most: 2 mib}").contains("such as 2 MiB"));
        assert!(wrong("{library: a, of: relocations, most: 2 MiB}").contains("is not a number"));
        assert!(wrong("{library: a, growth: x%}").contains("no percentage"));
        assert!(wrong("{library: a, of: text, most: 1}").contains("cannot be measured"));
        assert!(wrong("{library: '[', most: 1}").contains("unbalanced ["));
        assert!(wrong("{library: a, most: 99999999999999 GiB}").contains("such as"));
        assert_eq!(amount("1.5 MiB", false), Some(3 << 19));
    }
}
