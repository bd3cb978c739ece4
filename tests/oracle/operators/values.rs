//! Edits of enums, constants and typedefs.

use super::Operator;
use super::functions::alias;
use super::places::enum_;
use crate::model::{Enumerator, Library};

pub(super) const OPERATORS: &[Operator] = &[
    Operator::breaks("value of an enumerator changed", &["enumerator-value-changed"], |library, dice| {
        let enum_ = enum_(library, "Mode")?;
        let at = dice.below(enum_.enumerators.len());
        enum_.enumerators[at].value = Some((101 + at).to_string());
        Some("Mode".to_owned())
    }),
    Operator::breaks("enumerator inserted", &["enumerator-value-changed"], |library, dice| {
        let id = library.id();
        let enum_ = enum_(library, "Color")?;
        let at = dice.below(enum_.enumerators.len());
        enum_.enumerators.insert(at, arrived(id, "color_arrived"));
        Some("Color".to_owned())
    }),
    Operator::breaks("enumerators swapped", &["enumerator-value-changed"], |library, dice| {
        let enum_ = enum_(library, "Color")?;
        let at = dice.below(enum_.enumerators.len() - 1);
        enum_.enumerators.swap(at, at + 1);
        Some("Color".to_owned())
    }),
    Operator::breaks(
        "enumerator in the middle removed",
        &["enumerator-value-changed", "enumerator-removed"],
        |library, _| {
            let enum_ = enum_(library, "Color")?;
            enum_.enumerators.remove(1);
            Some("Color".to_owned())
        },
    ),
    Operator::tells("enumerator with a value removed", &["enumerator-removed"], |library, dice| {
        let enum_ = enum_(library, "Mode")?;
        let at = dice.below(enum_.enumerators.len());
        let gone = enum_.enumerators.remove(at);
        enum_.retired.push((gone.id, gone.value?.parse().ok()?));
        Some("Mode".to_owned())
    }),
    Operator::tells("enumerator renamed", &["enumerator-renamed"], |library, dice| {
        let enum_ = enum_(library, "Mode")?;
        let at = dice.below(enum_.enumerators.len());
        enum_.enumerators[at].name.push_str("_now");
        Some("Mode".to_owned())
    }),
    Operator::breaks("sentinel moved", &["enum-sentinel-moved"], |library, _| {
        let id = library.id();
        let enum_ = enum_(library, "Color")?;
        enum_.enumerators.push(arrived(id, "color_arrived"));
        Some("Color".to_owned())
    }),
    Operator::breaks("underlying type grew", &["underlying-type-changed"], |library, _| {
        enum_(library, "Mode")?.underlying = Some("long".to_owned());
        Some("Mode".to_owned())
    })
    .unseen("a small value is the same in the lower bytes where nothing moves"),
    Operator::breaks("underlying type shrank", &["underlying-type-changed"], |library, _| {
        let enum_ = enum_(library, "Mode")?;
        if enum_.underlying.is_some() {
            return None;
        }
        enum_.underlying = Some("unsigned char".to_owned());
        Some("Mode".to_owned())
    })
    .unseen("a small value is the same in the lower bytes where nothing moves"),
    Operator::tells("enum became scoped", &["enum-scoped-changed"], |library, _| {
        let enum_ = enum_(library, "Color")?;
        enum_.is_scoped = true;
        enum_.underlying = Some("unsigned".to_owned());
        Some("Color".to_owned())
    }),
    Operator::breaks("typedef of a whole number grew", &["typedef-changed"], |library, _| {
        alias(library, "count_t", "long")
    }),
    Operator::breaks("typedef of a fraction shrank", &["typedef-changed"], |library, _| {
        alias(library, "ratio_t", "float")
    }),
    Operator::breaks("constant changed", &["constant-changed"], |library, _| constant(library, "batch_size")),
    Operator::breaks("macro changed", &["constant-changed"], |library, _| constant(library, "SHOP_BLOCK")),
    Operator::breaks("static constant changed", &["constant-changed"], |library, _| {
        constant(library, "capacity")
    }),
];

fn arrived(id: u32, name: &str) -> Enumerator {
    Enumerator { id, name: name.to_owned(), value: None }
}

fn constant(library: &mut Library, name: &str) -> Option<String> {
    let constant = library.constants_mut().find(|c| c.name == name)?;
    constant.value = format!("{} + 3", constant.value);
    Some(name.to_owned())
}
