//! How large a library, a section or the list of relocations may be and become.

use super::config_error::{Place, Wrong};
use super::file::BudgetEntry;
use crate::abi::{Library, Release};
use crate::diff::{Change, Subject, pair_libraries};
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

#[derive(Clone, Debug, PartialEq, Eq)]
enum Measure {
    /// All sections that are loaded.
    Size,
    Section(String),
    Relocations,
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
        let now = self.of.measure(new);
        let before = old.map(|old| self.of.measure(old));
        // What was too large before and did not grow is nobody's news.
        if before.is_some_and(|before| now <= before) {
            return None;
        }
        let too_large =
            self.most.filter(|most| now > *most).map(|most| format!("the budget is {}", self.of.text(most)));
        let grew = self.growth.zip(before).filter(|(growth, before)| match growth {
            Growth::By(most) => now - before > *most,
            Growth::Percent(percent) => (now - before) as f64 > *before as f64 * percent / 100.0,
        });
        let grew = grew.map(|(growth, _)| match growth {
            Growth::By(most) => format!("it may grow by {}", self.of.text(most)),
            Growth::Percent(percent) => format!("it may grow by {percent} %"),
        });
        let detail = too_large.into_iter().chain(grew).collect::<Vec<_>>();
        if detail.is_empty() {
            return None;
        }
        let mut change = Change::new(Rule::SizeBudgetExceeded, Subject::library(&new.name))
            .with_detail(format!("{}: {}", self.of.name(), detail.join(", ")));
        change.old = before.map(|before| self.of.text(before));
        change.new = Some(self.of.text(now));
        Some(change)
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

impl Measure {
    fn measure(&self, library: &Library) -> u64 {
        match self {
            Measure::Size => library.sections.iter().fold(0, |sum, section| sum.saturating_add(section.size)),
            Measure::Section(name) => library
                .sections
                .iter()
                .find(|section| section.name == *name)
                .map_or(0, |section| section.size),
            Measure::Relocations => {
                let count = library.dynamic.relocations;
                count.rela.saturating_add(count.relr).saturating_add(count.plt)
            }
        }
    }

    fn name(&self) -> &str {
        match self {
            Measure::Size => "size in memory",
            Measure::Section(name) => name,
            Measure::Relocations => "relocations",
        }
    }

    fn text(&self, amount: u64) -> String {
        match self {
            Measure::Relocations => amount.to_string(),
            _ => size_text(amount),
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

/// A size for people, with its bytes where the unit hides some.
fn size_text(bytes: u64) -> String {
    let units = [("GiB", 1u64 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)];
    match units.iter().find(|(_, factor)| bytes >= *factor) {
        Some((unit, factor)) => format!("{:.2} {unit}", bytes as f64 / *factor as f64),
        None => format!("{bytes} bytes"),
    }
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

    fn told(text: &str, old: &Library, new: &Library) -> Option<String> {
        budget(text).unwrap().exceeded(Some(old), new).and_then(|change| change.detail)
    }

    #[test]
    fn sizes_sections_and_relocations() {
        let (small, large) = (library(10_000, 100), library(12_000, 150));
        let of = |text: &str| told(&format!("{{library: 'lib*', {text}}}"), &small, &large);
        assert_eq!(of("most: 12 KiB").unwrap(), "size in memory: the budget is 12.00 KiB");
        assert_eq!(of("most: 13 KiB"), None);
        assert_eq!(of("of: .text, growth: 10%").unwrap(), ".text: it may grow by 10 %");
        assert_eq!(of("of: .text, growth: 20%"), None);
        assert_eq!(of("of: relocations, growth: 49").unwrap(), "relocations: it may grow by 49");
        assert_eq!(of("of: relocations, growth: 50, most: 150"), None);
        assert!(of("of: .text, most: 1 kB, growth: 1%").unwrap().contains("1000 bytes, it may grow by 1 %"));
        // Smaller, if not small enough.
        assert_eq!(told("{library: liba.so, most: 1 kB}", &large, &small), None);
        assert_eq!(told("{library: libb.so, most: 1 kB}", &small, &small), None);
        let new = budget("{library: liba.so, most: 1 kB}").unwrap().exceeded(None, &small).unwrap();
        assert_eq!((new.old, new.new.as_deref()), (None, Some("10.74 KiB")));
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
