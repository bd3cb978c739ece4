//! Calendar days, and how long a waiver lasts. No clock: who asks says what day it is.

use std::fmt;

use super::profile;
use crate::versions;

/// A day of the Gregorian calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

impl Date {
    /// Reads `2027-01-31`; none if there is no such day.
    pub fn parse(text: &str) -> Option<Date> {
        let is_shaped = text.len() == 10
            && text
                .bytes()
                .enumerate()
                .all(|(at, b)| if at == 4 || at == 7 { b == b'-' } else { b.is_ascii_digit() });
        if !is_shaped {
            return None;
        }
        let (year, month, day) = (text[..4].parse().ok()?, text[5..7].parse().ok()?, text[8..].parse().ok()?);
        let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let last = match month {
            2 if is_leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => return None,
        };
        (1..=last).contains(&day).then_some(Date { year, month, day })
    }

    /// The day that many days after 1970-01-01. The algorithm is Howard Hinnant's `civil_from_days`.
    pub fn from_days(days: i32) -> Date {
        let days = i64::from(days) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        // Months are counted from March, so that the leap day comes last.
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Date { year: year as i32, month: month as u8, day: day as u8 }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// The end of a waiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Until {
    /// That day is the last.
    Date(Date),
    /// Over when this release, or a later one, is what is compared against.
    Release(String),
}

impl Until {
    /// Reads a day or the name of a release.
    pub(super) fn parse(text: &str) -> Option<Until> {
        match Date::parse(text) {
            Some(date) => Some(Until::Date(date)),
            None => profile::is_version(text).then(|| Until::Release(text.to_owned())),
        }
    }

    /// Whether it is over on that day, for a comparison against that release.
    pub(super) fn is_over(&self, today: Date, old: &str) -> bool {
        match self {
            Until::Date(last) => today > *last,
            Until::Release(release) => {
                let bare = |name: &str| name.strip_prefix('v').unwrap_or(name).to_owned();
                profile::is_version(old) && versions::compare(&bare(old), &bare(release)).is_ge()
            }
        }
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Until::Date(date) => date.fmt(f),
            Until::Release(release) => f.write_str(release),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        for (days, text) in [
            (0, "1970-01-01"),
            (11_016, "2000-02-29"),
            (20_453, "2025-12-31"),
            (20_454, "2026-01-01"),
            (-1, "1969-12-31"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(Date::from_days(days).to_string(), text);
            assert_eq!(Date::parse(text), Some(Date::from_days(days)));
        }
        for text in ["2026-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "2026-01-32", "20260101", "x", ""]
        {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn the_last_day_counts() {
        let until = Until::parse("2026-11-30").unwrap();
        let over = |day: &str| until.is_over(Date::parse(day).unwrap(), "v1.0");
        assert!(!over("2026-11-30") && over("2026-12-01"));
    }

    #[test]
    fn a_release_ends_a_waiver_when_it_is_the_baseline() {
        let today = Date::from_days(0);
        let over = |until: &str, old: &str| Until::parse(until).unwrap().is_over(today, old);
        assert!(!over("v2.16", "v2.15.3") && over("v2.16", "v2.16.0") && over("2.16", "v2.16.1"));
        assert!(!over("v2.10", "v2.9.1") && over("v2.10.0", "v2.10.0"));
        // Nobody knows of a build without a name.
        assert!(!over("v2.16", "HEAD"));
        assert_eq!(Until::parse("soon"), None);
        assert_eq!(Until::parse("2026-02-30"), None);
    }
}
