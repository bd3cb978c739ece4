//! Two releases to changes.
//!
//! Knows the model and nothing of ELF, files or reports. Everything is judged at the level of the release: a symbol that
//! moved between libraries is not gone. A [`Change`] is a root cause unless `derived_from` names the change it follows
//! from; one change stands for all the symbols in its `members`, and every symbol that is gone is in exactly one.
//!
//! Reading order: [`pairing`] (which library is which), [`context`] (who needs whom), [`library`] and
//! [`platform_floor`] (headers), [`evidence`] (what is no longer known), [`headers`] (what public headers say of the whole),
//! [`loading`] (would the new release load), [`odr`] (one definition), [`symbols`] (exports that are there on both sides or
//! gone, and what goes with them), [`vtables`], [`types`] (what debug info says), [`repeated`] (one decision in many places).

mod change;
mod context;
mod detail;
mod evidence;
mod headers;
mod library;
mod loading;
mod odr;
pub(crate) mod pairing;
pub(crate) mod platform_floor;
mod repeated;
mod respelled;
pub(crate) mod symbols;
mod types;
mod vtables;

pub use change::{
    AffectedSymbol, Affects, Change, ChangeId, Changes, Exposure, LayoutChange, LayoutRow, SlotRow,
    SlotsChange, Subject, SubjectKind,
};
pub use detail::{
    Base, Changed, Definition, Detail, Enumerator, FileChange, Floor, Grown, Growth, Lost, Measure, Member,
    Moved, Note, Part, Renamed, Room, RttiBase, RttiDifference, SignatureDifference, SlotRetyped,
    SlotsDetail, Unit, Value, ValueChange, Virtual,
};
pub use pairing::{Pair, pair_libraries};

use crate::abi::Release;
use crate::patterns::Patterns;

/// Everything that changed from `old` to `new`.
pub fn compare(old: &Release, new: &Release) -> Changes {
    compare_with(old, new, &Patterns::default())
}

/// The same, where a project says itself which members are reserved and which enumerators count the others.
pub fn compare_with(old: &Release, new: &Release, patterns: &Patterns) -> Changes {
    let context = context::Context::new(old, new, patterns);
    let mut changes = Changes::default();
    let mut aside = Changes::default();
    // Symbol versions follow from the nodes that are gone.
    library::compare(&context, &mut changes);
    // These do not look at each other's changes.
    let (differences, ()) = rayon::join(
        || {
            loading::compare(&context, &mut changes);
            odr::compare(&context, &mut changes);
            let differences = symbols::exports::compare(&context, &mut changes);
            vtables::compare(&context, &mut changes);
            differences
        },
        || {
            platform_floor::compare(&context, &mut aside);
            evidence::compare(&context, &mut aside);
            headers::compare(&context, &mut aside);
        },
    );
    changes.append(aside);
    symbols::removed::compare(&context, differences, &mut changes);
    symbols::causes::attach(&context, &mut changes);
    // Last: what the image shows may follow from what was declared.
    types::compare(&context, &mut changes);
    respelled::attach(&mut changes);
    changes.flatten();
    changes
}
