//! The number that a replacement text of a macro comes to, where it is a constant expression of whole numbers, or one number
//! with a fraction.

/// Operators and operands, and macros that name macros, after which a text is taken for something else.
const MOST_STEPS: usize = 4096;
const DEEPEST: usize = 64;

/// Looks up the replacement text of a macro.
pub(super) type Lookup<'l> = dyn Fn(&str) -> Option<&'l str> + 'l;

/// A number and what says of which type it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Number {
    value: i128,
    is_unsigned: bool,
    is_long: bool,
}

/// Whether two texts come to one number of one type, each read with the macros of its release.
pub(super) fn is_same(old: (&str, &Lookup<'_>), new: (&str, &Lookup<'_>)) -> bool {
    let of = |(text, lookup): (&str, &Lookup<'_>)| {
        let mut steps = MOST_STEPS;
        let number = evaluate(text, lookup, &mut steps, DEEPEST)?;
        // Of which type a larger one is depends on how it is written.
        i32::try_from(number.value).is_ok().then_some(number)
    };
    of(old).is_some_and(|number| of(new) == Some(number))
        || fraction(old.0).is_some_and(|number| fraction(new.0) == Some(number))
}

/// Whether two texts come to one number in a constant whose type is declared: of which type each is by itself decides nothing.
pub(super) fn is_same_constant(old: &str, new: &str) -> bool {
    let whole = |text| number(text, &|_| None);
    whole(old).is_some_and(|number| whole(new) == Some(number))
}

/// What `-1.5e3f` comes to, and whether it is a `float`. A `long double` is more than can be told here.
fn fraction(text: &str) -> Option<(f64, bool)> {
    let text = text.replace(' ', "");
    let (digits, is_float) = match text.strip_suffix(['f', 'F']) {
        Some(digits) => (digits, true),
        None => (&*text, false),
    };
    let is_number = digits.contains(['.', 'e', 'E'])
        && digits.contains(|c: char| c.is_ascii_digit())
        && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-'));
    is_number.then(|| digits.parse().ok().map(|number| (number, is_float))).flatten()
}

/// The number that a text comes to.
pub(super) fn number(text: &str, lookup: &Lookup<'_>) -> Option<i128> {
    let mut steps = MOST_STEPS;
    evaluate(text, lookup, &mut steps, DEEPEST).map(|number| number.value)
}

fn evaluate(text: &str, lookup: &Lookup<'_>, steps: &mut usize, depth: usize) -> Option<Number> {
    let mut parser = Parser { rest: text, lookup, steps, depth };
    let number = parser.binary(0)?;
    parser.rest.trim().is_empty().then_some(number)
}

struct Parser<'p, 'l> {
    rest: &'p str,
    lookup: &'p Lookup<'l>,
    steps: &'p mut usize,
    depth: usize,
}

/// Binary operators with their precedence, longer ones first.
const OPERATORS: [(&str, u8); 10] =
    [("<<", 4), (">>", 4), ("|", 1), ("^", 2), ("&", 3), ("+", 5), ("-", 5), ("*", 6), ("/", 6), ("%", 6)];

impl Parser<'_, '_> {
    fn binary(&mut self, least: u8) -> Option<Number> {
        let mut left = self.unary()?;
        loop {
            let rest = self.rest.trim_start();
            // Comparisons and assignments are left alone.
            let found = OPERATORS.iter().find(|(operator, _)| rest.starts_with(operator));
            let Some((operator, precedence)) = found.filter(|(_, precedence)| *precedence > least) else {
                return Some(left);
            };
            self.rest = &rest[operator.len()..];
            if self.rest.starts_with(['=', '&', '|']) {
                return None;
            }
            let right = self.binary(*precedence)?;
            left = apply(operator, left, right)?;
        }
    }

    fn unary(&mut self) -> Option<Number> {
        *self.steps = self.steps.checked_sub(1)?;
        self.depth = self.depth.checked_sub(1)?;
        let rest = self.rest.trim_start();
        let first = rest.chars().next()?;
        let number = match first {
            '(' => {
                self.rest = &rest[1..];
                let number = self.binary(0)?;
                self.rest = self.rest.trim_start().strip_prefix(')')?;
                number
            }
            '-' | '+' | '~' => {
                self.rest = &rest[1..];
                let number = self.unary()?;
                let value = match first {
                    '-' => number.value.checked_neg()?,
                    '~' => !number.value,
                    _ => number.value,
                };
                // What wraps around depends on the type.
                (!number.is_unsigned || value >= 0).then_some(Number { value, ..number })?
            }
            c if c == '_' || c.is_ascii_alphanumeric() => {
                let end = rest.find(|c: char| c != '_' && !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
                let (word, rest) = rest.split_at(end);
                self.rest = rest;
                if c.is_ascii_digit() {
                    literal(word)?
                } else if rest.trim_start().starts_with('(') {
                    return None;
                } else {
                    evaluate((self.lookup)(word)?, self.lookup, self.steps, self.depth)?
                }
            }
            _ => return None,
        };
        self.depth += 1;
        Some(number)
    }
}

fn apply(operator: &str, left: Number, right: Number) -> Option<Number> {
    let (a, b) = (left.value, right.value);
    let is_shift = matches!(operator, "<<" | ">>");
    let value = match operator {
        "<<" => u32::try_from(b).ok().filter(|b| *b < 63).and_then(|b| a.checked_mul(1i128 << b))?,
        ">>" => u32::try_from(b).ok().filter(|b| *b < 64).map(|b| a >> b)?,
        "|" => a | b,
        "^" => a ^ b,
        "&" => a & b,
        "+" => a.checked_add(b)?,
        "-" => a.checked_sub(b)?,
        "*" => a.checked_mul(b)?,
        "/" => a.checked_div(b)?,
        _ => a.checked_rem(b)?,
    };
    let is_unsigned = left.is_unsigned || (right.is_unsigned && !is_shift);
    let is_long = left.is_long || (right.is_long && !is_shift);
    let number = Number { value, is_unsigned, is_long };
    // Beyond these, the type decides what it comes to.
    let is_small = |n: i128| i32::try_from(n).is_ok() && (n >= 0 || !is_unsigned);
    ([a, b, value].into_iter().all(is_small) || (is_long && !is_unsigned && i64::try_from(value).is_ok()))
        .then_some(number)
}

/// `0x1fUL`, `017`, `42`. None for what is no whole number.
fn literal(word: &str) -> Option<Number> {
    let digits = word.trim_end_matches(['u', 'U', 'l', 'L']);
    let suffix = &word[digits.len()..];
    let has = |c: char| suffix.chars().any(|found| found.eq_ignore_ascii_case(&c));
    let (digits, radix) = match digits.get(..2) {
        Some("0x" | "0X") => (&digits[2..], 16),
        Some("0b" | "0B") => (&digits[2..], 2),
        _ if digits.len() > 1 && digits.starts_with('0') => (&digits[1..], 8),
        _ => (digits, 10),
    };
    let value = i128::from(u64::from_str_radix(digits, radix).ok()?);
    Some(Number { value, is_unsigned: has('u'), is_long: has('l') })
}

#[cfg(test)]
mod tests {
    fn same(old: &str, new: &str) -> bool {
        let lookup = |name: &str| match name {
            "BITS" => Some("(1 << 4)"),
            "SELF" => Some("SELF + 1"),
            _ => None,
        };
        super::is_same((old, &lookup), (new, &lookup))
    }

    #[test]
    fn one_number_in_other_words() {
        for (old, new) in [
            ("0x10", "16"),
            ("(4*16)", "64"),
            ("(1 << 3) | 1", "9"),
            ("BITS * 2", "040"),
            ("-(2 + 3) * 4", "-20"),
            ("10 - 2 - 3", "5"),
            ("~0", "-1"),
            ("1 + 2 << 3", "24"),
            ("0b101UL", "5lu"),
            ("1.50", "15e-1"),
            ("-2.0f", "- 2.F"),
        ] {
            assert!(same(old, new), "{old} {new}");
        }
    }

    #[test]
    fn constants_have_a_type_of_their_own() {
        assert!(super::is_same_constant("0xffffffff", "4294967295u"));
        assert!(super::is_same_constant("1L << 40", "0x10000000000"));
        assert!(!super::is_same_constant("0xffffffff", "0xfffffffe"));
        assert!(!super::is_same_constant("list", "list"), "what is no number is not known");
    }

    #[test]
    fn other_numbers_types_and_texts() {
        for (old, new) in [
            ("16", "17"),
            ("1.5", "1.5f"),
            ("1.0L", "1.00L"),
            ("0.1", "0.2"),
            ("a.b", "a.b.c"),
            ("1", "1UL"),
            ("0x80000000", "2147483648"),
            ("1u - 2", "-1"),
            ("SELF", "SELF"),
            ("f(1)", "f(1)"),
            ("1 == 1", "1"),
            ("1 && 1", "1"),
            ("1 / 0", "1 / 0"),
            ("x", "x"),
            ("", ""),
            ("sizeof(int)", "4"),
            ("(1", "1"),
        ] {
            assert!(!same(old, new), "{old} {new}");
        }
        assert!(!same(&"(".repeat(1000), "1") && !same(&format!("{}1", "-".repeat(1000)), "1"));
    }
}
