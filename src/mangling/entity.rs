//! What kind of thing a mangled name stands for.

use super::ast::{Adjustment, Node, Special, Tree};

/// What a mangled name names: `<encoding>` and `<special-name>`, sections 5.1.2 and 5.1.4.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Entity {
    Function,
    /// A variable, a static member, a structured binding, or a string literal of a function.
    Variable,
    /// `TV`.
    Vtable,
    /// `TT`.
    Vtt,
    /// `TC`.
    ConstructionVtable,
    /// `TI`.
    Typeinfo,
    /// `TS`.
    TypeinfoName,
    /// `GV`.
    Guard,
    /// `GR`.
    ReferenceTemporary,
    /// `TH`.
    TlsInit,
    /// `TW`.
    TlsWrapper,
    /// `Th`: `this` is moved by so many bytes.
    NonVirtualThunk {
        this: i64,
    },
    /// `Tv`: by so many bytes, then by what the vtable says at `vcall`.
    VirtualThunk {
        this: i64,
        vcall: i64,
    },
    /// `Tc`: the result is moved as well.
    CovariantThunk {
        this: Adjustment,
        result: Adjustment,
    },
    /// `GTt`.
    TransactionClone,
    /// `GTn`.
    NonTransactionClone,
    /// `GA`.
    HiddenAlias,
    /// `TA`.
    TemplateParamObject,
    /// `GI`.
    ModuleInit,
    /// `_ZGV` of the vector function ABIs.
    VectorVariant,
    /// `_GLOBAL__I_` and `_GLOBAL__D_`.
    GlobalInit,
    /// What only compilers of long ago made.
    Other,
}

pub(super) fn entity(tree: &Tree) -> Entity {
    let mut id = tree.root;
    let kind = loop {
        id = match tree.node(id) {
            Node::Clone { inner, .. } | Node::Constrained { inner, .. } => inner,
            Node::Typed { .. } => return Entity::Function,
            Node::Special { kind, .. } => break kind,
            _ => return Entity::Variable,
        };
    };
    let thunk = |index: u32| tree.thunks.get(index as usize).copied().unwrap_or_default();
    match kind {
        Special::Vtable => Entity::Vtable,
        Special::Vtt => Entity::Vtt,
        Special::ConstructionVtable(_) => Entity::ConstructionVtable,
        Special::Typeinfo => Entity::Typeinfo,
        Special::TypeinfoName => Entity::TypeinfoName,
        Special::TlsInit => Entity::TlsInit,
        Special::TlsWrapper => Entity::TlsWrapper,
        Special::NonVirtualThunk(index) => Entity::NonVirtualThunk { this: thunk(index).0.offset },
        Special::VirtualThunk(index) => {
            let this = thunk(index).0;
            Entity::VirtualThunk { this: this.offset, vcall: this.vcall.unwrap_or(0) }
        }
        Special::CovariantThunk(index) => {
            let (this, result) = thunk(index);
            Entity::CovariantThunk { this, result }
        }
        Special::Guard => Entity::Guard,
        Special::ReferenceTemporary(_) => Entity::ReferenceTemporary,
        Special::HiddenAlias => Entity::HiddenAlias,
        Special::TransactionClone => Entity::TransactionClone,
        Special::NonTransactionClone => Entity::NonTransactionClone,
        Special::TemplateParamObject => Entity::TemplateParamObject,
        Special::ModuleInit => Entity::ModuleInit,
        Special::GlobalConstructors | Special::GlobalDestructors => Entity::GlobalInit,
        Special::VectorVariant(_) => Entity::VectorVariant,
        Special::TypeinfoFunction | Special::JavaClass => Entity::Other,
    }
}
