//! The tree a mangled name is read into.
//!
//! Nodes live in one `Vec` and name each other by [`Id`]; lists of nodes are runs in a second
//! `Vec`; source names are byte ranges of the input. A node only ever names nodes that were
//! there before it, so a substitution can share a subtree but never close a cycle.

use super::tables::{BuiltinKind, Op};

/// A node's index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Id(pub(super) u32);

/// A run of node ids in [`Tree::lists`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(super) struct List {
    pub(super) start: u32,
    pub(super) len: u32,
}

/// A byte range of the mangled name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) start: u32,
    pub(super) len: u32,
}

/// `<substitution>` abbreviations of the standard library, section 5.1.10.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StdSub {
    Allocator,
    BasicString,
    String,
    Istream,
    Ostream,
    Iostream,
}

/// Which constructor or destructor a name stands for: `<ctor-dtor-name>`, section 5.1.4.3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CtorDtor {
    /// `C1`, the complete object constructor.
    CompleteCtor,
    /// `C2`, the base object constructor.
    BaseCtor,
    /// `C3`, the complete object allocating constructor.
    AllocatingCtor,
    /// `C4`, GCC's unified constructor (never emitted as a symbol of its own).
    UnifiedCtor,
    /// `C5`, GCC's comdat group of constructors.
    CtorGroup,
    /// `CI1`, a complete object inheriting constructor.
    CompleteInheritingCtor,
    /// `CI2`, a base object inheriting constructor.
    BaseInheritingCtor,
    /// `D0`, the deleting destructor.
    DeletingDtor,
    /// `D1`, the complete object destructor.
    CompleteDtor,
    /// `D2`, the base object destructor.
    BaseDtor,
    /// `D4`, GCC's unified destructor (never emitted as a symbol of its own).
    UnifiedDtor,
    /// `D5`, GCC's comdat group of destructors.
    DtorGroup,
}

impl CtorDtor {
    /// Whether it is a destructor.
    #[must_use]
    pub fn is_dtor(self) -> bool {
        matches!(
            self,
            Self::DeletingDtor | Self::CompleteDtor | Self::BaseDtor | Self::UnifiedDtor | Self::DtorGroup
        )
    }
}

/// What a type modifier adds to the type it wraps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Modifier {
    Restrict,
    Volatile,
    Const,
    Pointer,
    Reference,
    RvalueReference,
    Complex,
    Imaginary,
}

/// What a qualifier adds to a function (its `this`, its exceptions), as opposed to a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FnQual {
    Restrict,
    Volatile,
    Const,
    Reference,
    RvalueReference,
    /// `Dx`.
    TransactionSafe,
    /// `Do`.
    Noexcept,
    /// `DO <expression> E`.
    NoexceptIf(Id),
    /// `Dw <type>+ E`.
    Throw(List),
    /// `H`: the function has an explicit object parameter (`this auto self`).
    ExplicitObject,
}

/// `<special-name>`, section 5.1.4.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Special {
    Vtable,
    Vtt,
    /// The node is the base whose table it is; the field is the class under construction.
    ConstructionVtable(Id),
    Typeinfo,
    TypeinfoName,
    TypeinfoFunction,
    JavaClass,
    TlsInit,
    TlsWrapper,
    /// Index into [`Tree::thunks`].
    NonVirtualThunk(u32),
    VirtualThunk(u32),
    CovariantThunk(u32),
    Guard,
    ReferenceTemporary(u32),
    HiddenAlias,
    TransactionClone,
    NonTransactionClone,
    TemplateParamObject,
    ModuleInit,
    GlobalConstructors,
    GlobalDestructors,
    /// What stands before the scalar function's name.
    VectorVariant(Span),
}

/// `<call-offset>`, section 5.1.4.4: how a thunk moves a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Hash)]
pub struct Adjustment {
    /// The fixed byte offset.
    pub offset: i64,
    /// The offset into the vtable where a further adjustment is read, if there is one.
    pub vcall: Option<i64>,
}

/// One `<template-param-decl>` of a lambda's head, section 5.1.8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ParamDecl {
    /// `Ty`, and `Tk <name>` with its concept.
    Type(Option<Id>),
    /// `Tn <type>`.
    Value(Id),
    /// `Tt <template-param-decl>* E`.
    Template(List),
    /// `Tp <template-param-decl>`.
    Pack(Id),
}

/// A node. The productions are those of the Itanium C++ ABI, section 5.1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Node {
    /// `<source-name>`.
    Name(Span),
    /// A word the grammar stands for without spelling it.
    Word(&'static str),
    /// `St`, namespace std.
    Std,
    AnonymousNamespace,
    /// `Sa`, `Ss` and so on.
    Abbreviation(StdSub),
    /// `<abi-tag>`.
    Tagged {
        name: Id,
        tag: Span,
    },
    Module {
        parent: Option<Id>,
        name: Id,
        partition: bool,
    },
    /// An entity attached to a named module.
    ModuleEntity {
        name: Id,
        module: Id,
    },
    Qualified {
        scope: Id,
        name: Id,
    },
    /// `<local-name>`.
    Local {
        function: Id,
        name: Id,
    },
    DefaultArg {
        index: u32,
        name: Id,
    },
    /// `<encoding>` of a function.
    Typed {
        name: Id,
        function: Id,
    },
    Template {
        name: Id,
        args: List,
    },
    /// `Q <constraint-expression>`.
    Constrained {
        inner: Id,
        constraint: Id,
    },
    /// `<template-param>`; looked up while printing, since a conversion operator's type may
    /// name arguments that come after it.
    TemplateParam {
        level: u32,
        index: u32,
    },
    /// `gnu` is the name c++filt gives it (the last name it read), `owner` the class.
    CtorDtor {
        kind: CtorDtor,
        gnu: Id,
        owner: Id,
    },
    Operator(&'static Op),
    VendorOperator(Id),
    LiteralOperator(Id),
    Conversion(Id),
    /// `DC <source-name>+ E`.
    Binding(List),
    /// `F <name>`: a member-like friend, or a lambda's `M` scope.
    Friend(Id),
    Lambda {
        head: List,
        params: List,
        index: u32,
    },
    UnnamedType(u32),
    Special {
        kind: Special,
        target: Id,
    },
    Clone {
        inner: Id,
        suffix: Span,
    },

    Builtin(&'static BuiltinKind),
    /// `DF <n> [x|b] _`.
    Float {
        width: Span,
        extended: bool,
    },
    /// `DB <n> _`, `DU <n> _`.
    BitInt {
        signed: bool,
        width: Id,
    },
    VendorType {
        name: Id,
        args: Option<List>,
    },
    Modified {
        modifier: Modifier,
        inner: Id,
    },
    FnQualified {
        qual: FnQual,
        inner: Id,
    },
    VendorQualified {
        qualifier: Id,
        inner: Id,
    },
    Function {
        result: Option<Id>,
        params: List,
    },
    Array {
        bound: Option<Id>,
        element: Id,
    },
    MemberPointer {
        class: Id,
        member: Id,
    },
    Vector {
        bound: Id,
        element: Id,
    },
    Decltype(Id),
    PackExpansion(Id),
    /// `J <template-arg>* E`.
    Pack(List),
    ParamDecl(ParamDecl),
    /// Digits taken as they are: an array's bound, a vector's length.
    Number(Span),
    /// `Q <constraint-expression>` at the end of template arguments.
    Constraint(Id),
    /// `Dk`, `DK`: `auto` or `decltype(auto)` with a concept.
    ConstrainedAuto {
        concept: Id,
        decltype: bool,
    },
    /// `Ts`, `Tu`, `Te`.
    Elaborated {
        keyword: &'static str,
        name: Id,
    },

    Literal {
        ty: Id,
        negative: bool,
        value: Span,
    },
    /// `fp`, `fL`: 0 is `this`.
    FunctionParam(u32),
    InitList {
        ty: Option<Id>,
        items: List,
    },
    VendorExpr {
        name: Id,
        args: List,
    },
    Nullary(&'static Op),
    Unary {
        op: &'static Op,
        operand: Id,
    },
    Postfix {
        op: &'static Op,
        operand: Id,
    },
    /// `sP <template-arg>* E`.
    SizeofArgs(List),
    /// `cv <type> <expression>`, `cv <type> _ <expression>* E`.
    Cast {
        ty: Id,
        operand: Id,
    },
    /// Several expressions where one can stand.
    ExprList(List),
    Binary {
        op: &'static Op,
        left: Id,
        right: Id,
    },
    Call {
        callee: Id,
        args: List,
    },
    NamedCast {
        op: &'static Op,
        ty: Id,
        operand: Id,
    },
    Conditional {
        test: Id,
        yes: Id,
        no: Id,
    },
    New {
        placement: List,
        ty: Id,
        init: Option<Id>,
    },
    Fold {
        kind: FoldKind,
        op: &'static Op,
        first: Id,
        second: Option<Id>,
    },
    Designated {
        kind: DesignatorKind,
        first: Id,
        last: Option<Id>,
        value: Id,
    },
    Global(Id),
    DestructorName(Id),
    Subobject {
        ty: Id,
        expr: Id,
        offset: Id,
    },
    Requires {
        params: List,
        requirements: List,
    },
    Requirement(Requirement),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FoldKind {
    UnaryLeft,
    UnaryRight,
    Binary,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DesignatorKind {
    Field,
    Index,
    Range,
}

/// `<requirement>`, section 5.1.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Requirement {
    Expression { expr: Id, noexcept: bool, constraint: Option<Id> },
    Type(Id),
    Nested(Id),
}

/// The nodes of one mangled name.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    pub(super) input: String,
    pub(super) nodes: Vec<Node>,
    pub(super) lists: Vec<Id>,
    pub(super) thunks: Vec<(Adjustment, Adjustment)>,
    pub(super) root: Id,
}

impl Tree {
    /// The node; a dangling id, which the parser never makes, reads as an empty word.
    pub(super) fn node(&self, id: Id) -> Node {
        self.nodes.get(id.0 as usize).copied().unwrap_or(Node::Word(""))
    }

    pub(super) fn list(&self, list: List) -> &[Id] {
        let start = list.start as usize;
        self.lists.get(start..start + list.len as usize).unwrap_or(&[])
    }

    /// The name under a function's qualifiers and scopes of other functions: the one whose
    /// template arguments the function's type speaks of.
    pub(super) fn bare_name(&self, name: Id) -> Id {
        let mut id = name;
        loop {
            id = match self.node(id) {
                Node::FnQualified { inner, .. } => inner,
                Node::Local { name, .. } | Node::DefaultArg { name, .. } => name,
                _ => return id,
            };
        }
    }

    /// The template arguments of the innermost part of a name that has some: its own, else those of the class around it.
    pub(super) fn innermost_args(&self, name: Id) -> Option<List> {
        let mut id = self.bare_name(name);
        loop {
            id = match self.node(id) {
                Node::Template { args, .. } => return Some(args),
                Node::Tagged { name, .. } => name,
                Node::Qualified { scope, name } => match self.node(self.bare_name(name)) {
                    Node::Template { args, .. } => return Some(args),
                    _ => scope,
                },
                _ => return None,
            }
        }
    }

    /// Whether a constraint is part of the name: a requires-clause, or the concept of a template's parameter.
    pub(super) fn is_constrained(&self) -> bool {
        let constrains = |node: &Node| {
            matches!(
                node,
                Node::Constrained { .. } | Node::Constraint(_) | Node::ParamDecl(ParamDecl::Type(Some(_)))
            )
        };
        self.nodes.iter().any(constrains)
    }

    pub(super) fn span(&self, span: Span) -> &str {
        let start = span.start as usize;
        self.input.get(start..start + span.len as usize).unwrap_or("")
    }
}
