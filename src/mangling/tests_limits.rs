//! Hostile names: no panic, no overflow, no long run.

use super::{Style, demangle, parse};

/// Everything the module offers, on one name.
fn exercise(name: &str) {
    let _ = demangle(name);
    if let Ok(read) = parse(name) {
        for style in [Style::Gnu, Style::Canonical, Style::Cxx11Neutral] {
            let text = read.text(style);
            assert!(text.is_none_or(|text| text.len() <= 64 * 1024));
        }
        let _ = read.signature().map(|signature| signature.qualified_name());
        let _ = (read.entity(), read.dual_abi());
    }
}

/// On a stack of 1 MiB, half of what a thread of a test or of a pool has.
fn on_small_stack(name: String) {
    let run = std::thread::Builder::new().stack_size(1 << 20).spawn(move || exercise(&name));
    run.expect("a thread").join().expect("no panic");
}

#[test]
fn deep_nesting_is_refused() {
    for unit in [
        "P", "N", "Z", "F", "X", "L", "J", "I", "1aI", "N1aI", "Dp", "M", "A_", "Dv_", "Tt", "TtTp", "Ul",
        "cv", "pl", "cl", "sr", "srN", "Dt", "LZ", "XadL_Z", "fL", "gs", "K", "DO", "U1a", "u1aI", "StI",
        "rq", "rQ", "N1aM", "cvT_I", "PF", "RA1_", "TC", "TA", "GR", "tl", "nw", "W1a", "St1aI", "soi",
        "mci", "dX", "TyQ", "UlTy", "UlQ", "on", "DTfp", "ZN1aUl",
    ] {
        for start in ["_Z1f", "_ZN", "_Z1fI", "_Z1fIX", "_Z", "_ZN1acv", "_ZTA"] {
            on_small_stack(format!("{start}{}", unit.repeat(3000)));
            on_small_stack(format!("{start}{}{}", unit.repeat(90), "E".repeat(200)));
            on_small_stack(format!("{start}{}i{}", unit.repeat(150), "EE_".repeat(150)));
        }
    }
}

#[test]
fn depth_just_below_the_limit_prints() {
    for unit in ["P", "PF", "RA1_", "1aI", "DpN1aI", "M1a", "PKF", "U1aU1b", "C"] {
        for count in [30, 60, 90, 94] {
            let (close, name) = match unit {
                "PF" | "PKF" => ("vE", "_Z1f"),
                "1aI" => ("E", "_Z1f"),
                "DpN1aI" => ("EE", "_Z1f"),
                _ => ("", "_Z1f"),
            };
            on_small_stack(format!("{name}{}i{}", unit.repeat(count), close.repeat(count)));
        }
    }
}

#[test]
fn shared_subtrees_do_not_explode() {
    // Every parameter doubles the one before.
    let mut name = String::from("_Z1f1aIiiE");
    for index in 0..30u32 {
        let digits = if index == 0 { "_".into() } else { format!("{}_", index - 1) };
        name.push_str(&format!("1bIS{digits}S{digits}E"));
    }
    on_small_stack(name);
    // Packs in packs in packs.
    let pack = "J".to_owned() + &"i".repeat(200) + "E";
    on_small_stack(format!("_Z1fI{pack}Evv1aIDpS1_IDpT_EE"));
    on_small_stack(format!("_Z1fI{pack}{pack}{pack}EvDp1aIT_Dp1bIT0_Dp1cIT1_EEE"));
    on_small_stack(format!("_Z1fIJ{}EEvDpT_", "JEJEJE".repeat(5000)));
}

#[test]
fn a_parameter_that_stands_for_itself_is_refused() {
    for name in ["_Z1fIT_EvT_", "_Z1fIT0_T_EvT_", "_Z1fI1aIT_EEvT_", "_Z1fIRT_EvOT_", "_ZN1acvT_IT_EEv"] {
        on_small_stack(name.to_owned());
    }
}

#[test]
fn numbers_do_not_overflow() {
    for name in [
        "_Z99999999999999999999a",
        "_Z4294967295a",
        "_Z1fT99999999999_",
        "_Z1fT4294967295_",
        "_Z1fS1Z141Z4_",
        "_Z1fSZZZZZZZZZZZZZZ_",
        "_ZThn9223372036854775808_1fv",
        "_ZTh9223372036854775808_1fv",
        "_ZThn99999999999999999999999_1fv",
        "_ZZ1fvEd4294967295_1a",
        "_ZZ1fvENUlvE4294967294_E",
        "_ZZ1fvENUlvE4294967295_E",
        "_Z1fIXfp4294967294_EEvv",
        "_Z1fITL4294967295__Evv",
        "_ZGR1aZZZZZZZZZ_",
        "_ZZ1fvE1a__99999999999999_",
    ] {
        on_small_stack(name.to_owned());
    }
}

#[test]
fn text_that_is_not_ascii_does_not_panic() {
    for name in ["_Z2é", "_Z1é", "_Z1fé", "_Zé", "é", "_Z2aé", "_ZN2éaE", "_Z3éa", "_Z1fLié", "_Z\0"]
    {
        exercise(name);
    }
    assert_eq!(demangle("_Z2év").as_deref(), Some("é()"));
}

#[test]
fn long_output_is_refused() {
    let name = format!("_Z1f{}", "St6vectorIiE".repeat(6000));
    assert_eq!(demangle(&name), None);
}

/// Cheap randomness that is the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound.max(1) as u64).unwrap_or(0)
    }
}

#[test]
fn mutated_names_do_not_panic() {
    let seeds: Vec<&str> = super::tests::PAIRS.iter().map(|(name, _)| *name).collect();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for _ in 0..20_000 {
        let mut bytes = seeds[random.below(seeds.len())].as_bytes().to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len());
            match random.below(4) {
                0 => bytes[at] = b' ' + u8::try_from(random.below(95)).unwrap_or(0),
                1 => bytes.truncate(at.max(3)),
                2 => {
                    bytes.remove(at);
                }
                _ => {
                    let other = seeds[random.below(seeds.len())].as_bytes();
                    bytes.splice(at.., other[random.below(other.len())..].iter().copied());
                }
            }
            if bytes.is_empty() {
                bytes.push(b'_');
            }
        }
        exercise(&String::from_utf8_lossy(&bytes));
    }
}
