//! Every format of the same verdict, held against `tests/golden/`; `UPDATE_GOLDEN=1 cargo test` renews the files.

use std::path::Path;

use super::style::text_layout;
use super::*;

fn report(verdict: &Verdict, format: Format, options: &Options) -> String {
    let mut out = Vec::new();
    write(verdict, format, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Compares with a file that is kept under version control.
fn check(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        actual == expected,
        "{name} is not what is expected.\n--- expected\n{expected}\n--- actual\n{actual}"
    );
}

#[test]
fn brief_text() {
    check("report.txt", &report(&samples::verdict(), Format::Text, &Options::default()));
}

#[test]
fn brief_text_in_colour() {
    let options = Options { color: true, ..Options::default() };
    check("report.color.txt", &report(&samples::verdict(), Format::Text, &options));
}

#[test]
fn brief_text_on_a_small_terminal() {
    let options = Options { width: 60, height: 24, ..Options::default() };
    check("report.small.txt", &report(&samples::verdict(), Format::Text, &options));
}

#[test]
fn full_text() {
    let options = Options { full: true, ..Options::default() };
    check("report.full.txt", &report(&samples::verdict(), Format::Text, &options));
}

#[test]
fn text_of_an_unchanged_release() {
    check("report.unchanged.txt", &report(&samples::unchanged(), Format::Text, &Options::default()));
}

#[test]
fn text_under_a_policy() {
    check("report.waived.txt", &report(&samples::waived(), Format::Text, &Options::default()));
    let options = Options { full: true, ..Options::default() };
    let full = report(&samples::waived(), Format::Text, &options);
    let told = "waived by ada until v2.16: nobody calls it (https://example.org/1)";
    assert!(full.contains("symbol-removed  ×1  breaking  waived") && full.contains(told), "{full}");
}

#[test]
fn json() {
    check("report.json", &report(&samples::verdict(), Format::Json, &Options::default()));
}

#[test]
fn html() {
    let page = report(&samples::drawn(), Format::Html, &Options::default());
    check("report.html", &page);
    assert_eq!(page, report(&samples::drawn(), Format::Html, &Options::default()));
    // One script of data and one of the page's own, whatever names are in it.
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
}

#[test]
fn html_of_an_unchanged_release() {
    let page = report(&samples::unchanged(), Format::Html, &Options::default());
    assert!(page.contains("There are none in the enforced tiers."), "{page}");
}

#[test]
fn json_is_what_the_schema_says() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    let validator = jsonschema::draft202012::new(&schema).unwrap();
    for verdict in [samples::verdict(), samples::unchanged(), samples::waived(), samples::drawn()] {
        let text = report(&verdict, Format::Json, &Options::default());
        let value = serde_json::from_str(&text).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn the_schema_knows_every_rule() {
    let schema: serde_json::Value = serde_json::from_str(SCHEMA).unwrap();
    let known = schema["$defs"]["rule"]["enum"].as_array().unwrap();
    let ids: Vec<&str> = crate::rules::CATALOGUE.iter().map(|e| e.rule.id()).collect();
    assert_eq!(known.iter().filter_map(|v| v.as_str()).collect::<Vec<_>>(), ids);
}

#[test]
fn a_brief_report_fits_whatever_the_screen() {
    let verdict = samples::verdict();
    for height in 18..60 {
        for width in [40, 60, 80, 100, 200] {
            let options = Options { width, height, ..Options::default() };
            let text = report(&verdict, Format::Text, &options);
            assert!(height < 24 || text.lines().count() <= height, "{height} {width}\n{text}");
            let widest = text.lines().map(text_layout::columns).max().unwrap();
            assert!(widest <= width.max(60), "{width}: {widest}\n{text}");
        }
    }
}

/// A verdict with what every format has to say: places, names that look like markup, waivers and consumers.
fn everything() -> Verdict {
    let mut verdict = samples::waived();
    verdict.consumers = Some(crate::policy::ConsumerImpact {
        loaded: 3,
        broken: vec!["vision 0.24.1".to_owned()],
        exposed: vec!["audio 2.9.1".to_owned()],
    });
    let hostile = "a|b<script>alert(1)</script>`%\n]]>";
    for (at, finding) in verdict.findings.iter_mut().filter(|f| f.derived_from.is_none()).enumerate() {
        if at == 1 {
            finding.consumers.breaks.push("vision 0.24.1".to_owned());
            finding.change.location =
                Some(crate::abi::Location { file: "c10/core/Tensor Impl.h".into(), line: 12 });
        }
        if at == 2 {
            finding.change.subject.name = hostile.to_owned();
        }
    }
    verdict
}

#[test]
fn every_format_of_the_same_findings() {
    let verdict = everything();
    let files = [
        ("everything.txt", Format::Text),
        ("everything.json", Format::Json),
        ("everything.html", Format::Html),
        ("everything.md", Format::Markdown),
        ("everything.sarif", Format::Sarif),
        ("everything.junit.xml", Format::Junit),
        ("everything.github.txt", Format::Github),
        ("everything.gitlab.json", Format::Gitlab),
    ];
    for (name, format) in files {
        check(name, &report(&verdict, format, &Options::default()));
    }
}

#[test]
fn sarif_is_what_oasis_says() {
    let schema = include_str!("../../tests/fixtures/sarif-schema-2.1.0.json");
    // One of its patterns is no regular expression as ECMA-262 has them: a bracket too many.
    let schema = schema.replace("[a-zA-Z]{2}]?$", "[a-zA-Z]{2}$");
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::draft7::new(&schema).unwrap();
    for verdict in [everything(), samples::verdict(), samples::unchanged()] {
        let log = report(&verdict, Format::Sarif, &Options::default());
        let log: serde_json::Value = serde_json::from_str(&log).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&log).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
        // A check that cannot fail shows nothing.
        let mut wrong = log;
        wrong["runs"][0]["results"] = serde_json::json!([{ "level": "terrible" }]);
        assert!(!validator.is_valid(&wrong));
    }
}

#[test]
fn junit_is_well_formed() {
    // Each tag that is opened is closed, and nothing else looks like one.
    let text = report(&everything(), Format::Junit, &Options::default());
    let mut open: Vec<&str> = Vec::new();
    for tag in text.split('<').skip(2) {
        let (tag, rest) = tag.split_once('>').expect("a tag ends");
        assert!(!rest.contains('>') || !rest.contains(']'), "{rest}");
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) => assert_eq!(open.pop(), Some(name)),
            (false, false) => open.push(name),
            (false, true) => {}
        }
    }
    assert!(open.is_empty(), "{open:?}");
    let failures = text.matches("<failure").count();
    assert!(text.contains(&format!("failures=\"{failures}\"")), "{text}");
}

/// A verdict in which everything that somebody else wrote ends with that text.
fn hostile_verdict(hostile: &str) -> Verdict {
    let mut verdict = everything();
    let with = |text: &str| format!("{text}{hostile}");
    verdict.releases = (with("v1"), with("v2"));
    verdict.platform = Some(with("linux"));
    verdict.policy = Some(with("abigate.yaml"));
    verdict.notices.push(with("a"));
    verdict.unmet.push(with("b"));
    verdict.ledger.gaps.push(with("c"));
    verdict.ledger.unknown_layouts.push(with("d"));
    let baselines = Some(with("baselines"));
    let policy = Some(crate::policy::OtherPolicy::File(with("mine.yaml")));
    verdict.trust =
        Some(crate::policy::Trust::Enforced { commit: "0".repeat(40), of: with("main"), baselines, policy });
    if let Some(accept) = &mut verdict.accept {
        accept.label = Some(with("label"));
        accept.waivers += hostile;
    }
    if let Some(toll) = &mut verdict.consumers {
        toll.broken.push(with("e"));
        toll.exposed.push(with("f"));
    }
    for finding in &mut verdict.findings {
        let change = &mut finding.change;
        change.subject.name += hostile;
        change.subject.symbol = change.subject.symbol.take().map(|symbol| with(&symbol));
        change.subject.library = change.subject.library.take().map(|library| with(&library));
        change.location = Some(crate::abi::Location { file: format!("a{hostile}.h").into(), line: 1 });
        change.affects.names.push(with("g"));
        change.members.iter_mut().for_each(|member| member.symbol += hostile);
        change.detail = crate::diff::Detail::Libraries(vec![with("h")]);
        finding.consumers.breaks.push(with("i"));
        if let Some(waived) = &mut finding.waived {
            (waived.by, waived.reason) = (Some(with("j")), with("k"));
            (waived.issue, waived.until) = (Some(with("l")), Some(with("m")));
        }
        finding.unreleased = finding.unreleased.take().map(|release| with(&release));
    }
    verdict
}

/// What stops somebody says how to go on, in the words that do it, wherever it is read.
#[test]
fn every_format_says_how_to_go_on() {
    let verdict = everything();
    for format in Format::ALL {
        let text = report(&verdict, format, &Options::default()).replace("&#39;", "'").replace("&apos;", "'");
        assert!(text.contains("abi-break-accepted"), "{}: {text}", format.name());
        assert!(text.contains("somebody else with write access"), "{}: {text}", format.name());
        let is_remark = matches!(format, Format::Github | Format::Gitlab);
        assert!(is_remark || text.contains("--write-waivers="), "{}: {text}", format.name());
        let fixes = ["To fix ", "fix: ", "How to fix", "What to do: ", "\"remedy\": "];
        assert!(fixes.iter().any(|fix| text.contains(fix)), "{}: {text}", format.name());
        let fine = report(&samples::unchanged(), format, &Options::default());
        assert!(!fine.contains("To fix ") && !fine.contains("o accept"), "{}: {fine}", format.name());
    }
}

/// Who reads that something breaks, and at its rule that it does not, is told that the policy says so.
#[test]
fn every_format_says_what_a_policy_weighs() {
    use crate::rules::{Rule, Severity};
    let mut verdict = everything();
    for finding in &mut verdict.findings {
        if finding.waived.is_none() && finding.change.rule == Rule::PlatformFloorRaised {
            finding.severity = Severity::Breaking;
        }
    }
    for format in Format::ALL.into_iter().filter(|format| *format != Format::Json) {
        let text = report(&verdict, format, &Options::default());
        let whole = "breaking by policy, risky without it";
        let is_said = match format {
            // Beside its heading, where there is room for no more.
            Format::Text => text.contains("breaking by policy"),
            Format::Html => {
                text.contains("<span class=\"badge\">breaking by policy</span>")
                    && text.contains("Breaking by policy, risky without it")
            }
            _ => text.contains(whole),
        };
        assert!(is_said, "{}: {text}", format.name());
        let unweighed = report(&everything(), format, &Options::default());
        assert!(!unweighed.contains("by policy"), "{}: {unweighed}", format.name());
    }
}

/// A floor is summed up by what it is now, not by how often it rose.
#[test]
fn a_summary_says_from_what_to_what_a_floor_rose() {
    for (width, height) in [(100, 8), (60, 12), (100, 40)] {
        let options = Options { width, height, ..Options::default() };
        let text = report(&samples::verdict(), Format::Text, &options);
        assert!(!text.contains("platform-floor-raised ×1"), "{text}");
        let line = text.lines().find(|line| line.contains("platform-floor-raised"));
        let told = line.is_none_or(|line| {
            line.contains("GLIBC_2.17 → 2.28") || text.contains("GLIBC_2.17 → GLIBC_2.28")
        });
        assert!(told, "{text}");
    }
}

/// Names that a terminal, a log or a page would obey leave in no format: in no text of a verdict, wherever it stands. A few
/// hundred names of pieces that somebody obeys, and one of all of them.
#[test]
fn no_format_obeys_a_name() {
    const PIECES: [&str; 28] = [
        "\n",
        "\r",
        "\r\n",
        "\t",
        "\u{0}",
        "\u{1b}[2J",
        "\u{1b}]8;;x\u{7}",
        "\u{9b}1m",
        "\u{85}",
        "\u{202e}",
        "\u{200b}",
        "\u{2028}",
        "\u{feff}",
        "\u{e0041}",
        "::error file=x::forged",
        "::stop-commands::x",
        "##[error]",
        "##[",
        "</script>",
        "<!--",
        "]]>",
        "&lt;",
        "`",
        "|",
        "@everybody",
        "](javascript:x)",
        "\\",
        "\"'",
    ];
    let mut state = 21u64;
    let mut dice = |most: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % most
    };
    let mut names: Vec<String> = vec![PIECES.concat()];
    for _ in 0..150 {
        names.push((0..=dice(4)).map(|_| PIECES[dice(PIECES.len())]).collect());
    }
    // A page breaks long names with tags of its own, which are no scripts and no comments.
    let tags = |format: Format, text: &str| match format {
        Format::Html => {
            ["<script", "</script", "<!--", "javascript:x\""].map(|tag| text.matches(tag).count())
        }
        _ => [text.matches('<').count(), 0, 0, 0],
    };
    let plain: Vec<[usize; 4]> = Format::ALL
        .iter()
        .map(|format| tags(*format, &report(&hostile_verdict("x"), *format, &Options::default())))
        .collect();
    for name in &names {
        let verdict = hostile_verdict(name);
        for (format, plain) in Format::ALL.iter().zip(&plain) {
            let text = report(&verdict, *format, &Options::default());
            let wrong = |c: char| {
                (c.is_control() && c != '\n')
                    || matches!(c, '\u{202e}' | '\u{200b}' | '\u{2028}' | '\u{feff}' | '\u{e0041}')
            };
            assert!(!text.contains(wrong), "{}: {name:?}: {text:?}", format.name());
            assert!(!text.contains("##["), "{}", format.name());
            let is_forged = |line: &str| {
                ["::error file=x", "::stop"].iter().any(|start| line.trim_start().starts_with(start))
            };
            assert!(!text.lines().any(is_forged), "{}: {name:?}: {text}", format.name());
            match format {
                Format::Json | Format::Sarif | Format::Gitlab => {
                    serde_json::from_str::<serde_json::Value>(&text).unwrap();
                }
                // No name opens a tag.
                Format::Html | Format::Junit => {
                    assert_eq!(tags(*format, &text), *plain, "{}: {name:?}", format.name())
                }
                Format::Github => {
                    let starts = ["::error ", "::warning ", "::notice "];
                    let is_own = |line: &str| {
                        starts.iter().any(|start| line.starts_with(start))
                            || line.contains("without an annotation")
                    };
                    assert!(text.lines().all(is_own), "{name:?}: {text}");
                }
                Format::Text | Format::Markdown => {}
            }
        }
        for text in [markdown(&verdict, MARKDOWN), headline(&verdict)] {
            assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']) && !text.contains("##["), "{text:?}");
        }
        for annotation in annotations(&verdict) {
            let all = [&annotation.title, &annotation.message];
            let all = all.into_iter().chain(annotation.lines.iter().map(|lines| &lines.path));
            assert!(
                !all.clone().any(|text| text.contains(|c: char| c.is_control() && c != '\n')),
                "{annotation:?}"
            );
        }
    }
}
