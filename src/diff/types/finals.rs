//! Classes and virtual functions that became `final`, which only public headers say.

use super::super::{Change, Changes, Detail, Subject, SubjectKind, Virtual};
use super::model::Model;
use crate::abi::{HEADERS, Library, Release, Type};
use crate::mangling;
use crate::rules::{Rule, Severity};

/// Bases of bases that are followed.
const DEEPEST: u32 = 64;

/// Compares what the headers of two releases say.
pub(super) fn compare(old: &Release, new: &Release, model: &Model<'_>, changes: &mut Changes) {
    let (Some(before), Some(after)) = (&old.headers, &new.headers) else { return };
    let is_known = |library: &Library| library.evidence.headers.as_ref().is_some_and(|probe| probe.finals);
    if !is_known(before) || !is_known(after) {
        return;
    }
    // From a class that is final nobody derives, nor from one that only its friends create.
    let is_derivable = |type_: &&Type| !type_.is_final && !type_.closed && type_.size.is_some();
    for type_ in before.types.iter().filter(is_derivable) {
        let Some(now) = after.types_named(&type_.name).next() else { continue };
        let functions: Vec<&str> =
            now.finals.iter().filter(|name| !type_.finals.contains(name)).map(|name| &**name).collect();
        // A function that is new is nobody's to override.
        let was_there =
            |name: &&str| type_.virtuals.iter().any(|f| f.symbol.as_deref().unwrap_or(&f.name) == *name);
        let functions: Vec<&str> = functions.into_iter().filter(was_there).collect();
        if !now.is_final && functions.is_empty() {
            continue;
        }
        let subject = Subject::named(SubjectKind::Type, &*type_.name, HEADERS);
        let mut change = Change::new(Rule::BecameFinal, subject);
        if now.is_final {
            if !is_dynamic(type_, model, DEEPEST) {
                change = change.with_severity(Severity::Source);
            }
        } else {
            let named = |name: &&str| Virtual { name: mangling::display(name).into_owned(), slot: None };
            change = change.with_detail(Detail::Virtuals(functions.iter().map(named).collect()));
        }
        change.location.clone_from(&now.location);
        changes.push(change);
    }
}

/// Whether the class has virtual functions or virtual bases, of its own or of a base.
fn is_dynamic(type_: &Type, model: &Model<'_>, depth: u32) -> bool {
    type_.vptr.is_some()
        || !type_.virtuals.is_empty()
        || type_.bases.iter().any(|base| {
            let inherits = |base: &Type| depth > 0 && is_dynamic(base, model, depth - 1);
            base.is_virtual || model.find(&base.name).is_some_and(inherits)
        })
}
