//! A node's children, for the search of packs in a pattern.

use super::ast::{FnQual, Id, List, Node};

type Children = ([Option<Id>; 3], [Option<List>; 2]);

/// The children in which a pack of the pattern may be named. A lambda and a nested expansion
/// have their own.
pub(super) fn pattern_children(node: Node) -> Children {
    let (nodes, lists) = match node {
        Node::Qualified { scope: a, name: b }
        | Node::Local { function: a, name: b }
        | Node::Typed { name: a, function: b }
        | Node::ModuleEntity { name: a, module: b }
        | Node::MemberPointer { class: a, member: b }
        | Node::Vector { bound: a, element: b }
        | Node::VendorQualified { inner: a, qualifier: b }
        | Node::Cast { ty: a, operand: b }
        | Node::Binary { left: a, right: b, .. }
        | Node::NamedCast { ty: a, operand: b, .. }
        | Node::Subobject { ty: a, expr: b, .. }
        | Node::FnQualified { inner: a, qual: FnQual::NoexceptIf(b) } => {
            ([Some(a), Some(b), None], [None; 2])
        }
        Node::FnQualified { inner, qual: FnQual::Throw(types) } => {
            ([Some(inner), None, None], [Some(types), None])
        }
        Node::Template { name, args } => ([Some(name), None, None], [Some(args), None]),
        Node::Function { result, params } => ([result, None, None], [Some(params), None]),
        Node::Array { bound, element } => ([bound, Some(element), None], [None; 2]),
        Node::Conversion(inner)
        | Node::Decltype(inner)
        | Node::Friend(inner)
        | Node::DestructorName(inner)
        | Node::Global(inner)
        | Node::Tagged { name: inner, .. }
        | Node::CtorDtor { owner: inner, .. }
        | Node::Modified { inner, .. }
        | Node::FnQualified { inner, .. }
        | Node::BitInt { width: inner, .. }
        | Node::Unary { operand: inner, .. }
        | Node::Postfix { operand: inner, .. }
        | Node::Literal { ty: inner, .. } => ([Some(inner), None, None], [None; 2]),
        Node::VendorType { name, args } => ([Some(name), None, None], [args, None]),
        Node::VendorExpr { name, args } => ([Some(name), None, None], [Some(args), None]),
        Node::Pack(items) | Node::SizeofArgs(items) | Node::ExprList(items) => {
            ([None; 3], [Some(items), None])
        }
        Node::InitList { ty, items } => ([ty, None, None], [Some(items), None]),
        Node::Call { callee, args } => ([Some(callee), None, None], [Some(args), None]),
        Node::Conditional { test, yes, no } => ([Some(test), Some(yes), Some(no)], [None; 2]),
        Node::New { placement, ty, init } => ([Some(ty), init, None], [Some(placement), None]),
        Node::Fold { first, second, .. } => ([Some(first), second, None], [None; 2]),
        Node::Designated { first, last, value, .. } => ([Some(first), last, Some(value)], [None; 2]),
        Node::Requires { params, requirements } => ([None; 3], [Some(params), Some(requirements)]),
        _ => ([None; 3], [None; 2]),
    };
    (nodes, lists)
}
