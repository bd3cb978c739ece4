//! The printer of expressions and literals.

use super::ast::{DesignatorKind, FoldKind, Id, List, Node, Requirement, Span};
use super::print::{PackIndex, Printed, Printer, Unprintable};
use super::tables::{LiteralStyle, Op};

impl Printer<'_> {
    pub(super) fn type_or_expr(&mut self, node: Node) -> Printed {
        match node {
            Node::Literal { ty, negative, value } => self.literal(ty, negative, value),
            Node::Number(span) => {
                self.push_span(span);
                Ok(())
            }
            Node::Decltype(expr) => self.wrapped("decltype (", expr, ")"),
            Node::Float { width, extended } => {
                self.push("_Float");
                self.push_span(width);
                self.push(if extended { "x" } else { "" });
                Ok(())
            }
            Node::BitInt { signed, width } => {
                self.wrapped(if signed { "_BitInt(" } else { "unsigned _BitInt(" }, width, ")")
            }
            Node::VendorType { name, args } => {
                self.comp(name)?;
                args.map_or(Ok(()), |args| self.template_args(args))
            }
            Node::ConstrainedAuto { concept, decltype } => {
                self.comp(concept)?;
                self.push(if decltype { " decltype(auto)" } else { " auto" });
                Ok(())
            }
            Node::Elaborated { keyword, name } => self.wrapped(keyword, name, ""),
            Node::FunctionParam(0) => {
                self.push("this");
                Ok(())
            }
            Node::FunctionParam(index) => {
                self.push("{parm#");
                self.number(index);
                self.push("}");
                Ok(())
            }
            _ => self.expression(node),
        }
    }

    fn expression(&mut self, node: Node) -> Printed {
        match node {
            Node::InitList { ty, items } => {
                if let Some(ty) = ty {
                    self.comp(ty)?;
                }
                self.listed("{", items, "}")
            }
            Node::VendorExpr { name, args } => {
                self.comp(name)?;
                self.listed("(", args, ")")
            }
            Node::Nullary(op) => {
                self.push(op.text);
                Ok(())
            }
            Node::Unary { op, operand } => self.unary(op, operand),
            Node::Postfix { op, operand } => {
                self.subexpr(operand)?;
                self.push(op.text);
                Ok(())
            }
            Node::SizeofArgs(args) => self.sizeof_args(args),
            Node::Cast { ty, operand } => {
                self.wrapped("(", ty, ")")?;
                self.subexpr(operand)
            }
            Node::ExprList(items) => self.list(items),
            Node::Binary { op, left, right } => self.binary(op, left, right),
            Node::Call { callee, args } => self.call(callee, args),
            Node::NamedCast { op, ty, operand } => {
                self.push(op.text);
                self.wrapped("<", ty, ">(")?;
                self.wrapped("", operand, ")")
            }
            Node::Conditional { test, yes, no } => {
                self.subexpr(test)?;
                self.push("?");
                self.subexpr(yes)?;
                self.push(" : ");
                self.subexpr(no)
            }
            Node::New { placement, ty, init } => self.new_expr(placement, ty, init),
            Node::Fold { kind, op, first, second } => self.fold(kind, op, first, second),
            Node::Designated { kind, first, last, value } => self.designated(kind, first, last, value),
            Node::Global(operand) => self.wrapped("::", operand, ""),
            Node::DestructorName(name) => self.wrapped("~", name, ""),
            Node::Subobject { ty, expr, offset } => {
                self.comp(expr)?;
                self.wrapped(".<", ty, " at offset ")?;
                self.wrapped("", offset, ">")
            }
            Node::Requires { params, requirements } => self.requires(params, requirements),
            Node::Requirement(requirement) => self.requirement(requirement),
            _ => Err(Unprintable),
        }
    }

    fn push_span(&mut self, span: Span) {
        let tree = self.tree;
        self.push(tree.span(span));
    }

    fn wrapped(&mut self, before: &str, id: Id, after: &str) -> Printed {
        self.push(before);
        self.comp(id)?;
        self.push(after);
        Ok(())
    }

    fn listed(&mut self, before: &str, list: List, after: &str) -> Printed {
        self.push(before);
        self.list(list)?;
        self.push(after);
        Ok(())
    }

    /// An operand, in parentheses unless it is a name or the like.
    pub(super) fn subexpr(&mut self, id: Id) -> Printed {
        let simple = matches!(
            self.tree.node(id),
            Node::Name(_)
                | Node::Qualified { .. }
                | Node::InitList { .. }
                | Node::FunctionParam(_)
                | Node::AnonymousNamespace
        );
        if simple { self.comp(id) } else { self.wrapped("(", id, ")") }
    }

    fn literal(&mut self, ty: Id, negative: bool, value: Span) -> Printed {
        let style = match self.tree.node(ty) {
            Node::Builtin(kind) => kind.literal,
            _ => LiteralStyle::Cast,
        };
        let tree = self.tree;
        let text = tree.span(value);
        match style {
            LiteralStyle::Bool if !negative && text == "0" => {
                self.push("false");
                return Ok(());
            }
            LiteralStyle::Bool if !negative && text == "1" => {
                self.push("true");
                return Ok(());
            }
            LiteralStyle::Suffix(suffix) => {
                self.push(if negative { "-" } else { "" });
                self.push(text);
                self.push(suffix);
                return Ok(());
            }
            _ => {}
        }
        self.wrapped("(", ty, ")")?;
        self.push(if negative { "-" } else { "" });
        let is_float = style == LiteralStyle::Float;
        self.push(if is_float { "[" } else { "" });
        self.push(text);
        self.push(if is_float { "]" } else { "" });
        Ok(())
    }

    fn unary(&mut self, op: &'static Op, operand: Id) -> Printed {
        let mut operand = operand;
        match &op.code {
            b"sZ" => {
                let count = match self.find_pack(operand)? {
                    Some(pack) => self.args_len(pack),
                    None => 0,
                };
                self.number(count);
                return Ok(());
            }
            b"st" | b"nx" => {
                self.push(op.text);
                return self.wrapped("(", operand, ")");
            }
            // The address of a function needs no parameters.
            b"ad" => {
                if let Node::Typed { name, .. } = self.tree.node(operand)
                    && matches!(self.tree.node(name), Node::Qualified { .. })
                {
                    operand = name;
                }
            }
            _ => {}
        }
        self.push(op.text);
        self.subexpr(operand)
    }

    /// `sizeof...` of arguments given one by one, expansions counting their elements.
    fn sizeof_args(&mut self, args: List) -> Printed {
        let tree = self.tree;
        let mut count: u32 = 0;
        for &arg in tree.list(args) {
            let more = match tree.node(arg) {
                Node::PackExpansion(pattern) => match self.find_pack(pattern)? {
                    Some(pack) => self.args_len(pack),
                    None => 1,
                },
                _ => 1,
            };
            count = count.saturating_add(more);
        }
        self.number(count);
        Ok(())
    }

    fn binary(&mut self, op: &'static Op, left: Id, right: Id) -> Printed {
        // A bare `>` would look like the end of the arguments.
        let guarded = op.text == ">";
        self.push(if guarded { "(" } else { "" });
        self.subexpr(left)?;
        if op.text == "[]" {
            self.wrapped("[", right, "]")?;
        } else {
            self.push(op.text);
            self.subexpr(right)?;
        }
        self.push(if guarded { ")" } else { "" });
        Ok(())
    }

    fn call(&mut self, callee: Id, args: List) -> Printed {
        // A called function is told by its name; its parameters would look like arguments.
        let callee = match self.tree.node(callee) {
            Node::Typed { name, .. } => name,
            _ => callee,
        };
        self.subexpr(callee)?;
        self.listed("(", args, ")")
    }

    fn new_expr(&mut self, placement: List, ty: Id, init: Option<Id>) -> Printed {
        self.push("new ");
        if placement.len > 0 {
            self.listed("(", placement, ") ")?;
        }
        self.comp(ty)?;
        init.map_or(Ok(()), |init| self.subexpr(init))
    }

    fn fold(&mut self, kind: FoldKind, op: &Op, first: Id, second: Option<Id>) -> Printed {
        // A fold is over the pack as a whole.
        let hold = std::mem::replace(&mut self.pack_index, PackIndex::Whole);
        match (kind, second) {
            (FoldKind::Binary, Some(second)) => {
                self.push("(");
                self.subexpr(first)?;
                self.push(op.text);
                self.push("...");
                self.push(op.text);
                self.subexpr(second)?;
                self.push(")");
            }
            (FoldKind::UnaryLeft, _) => {
                self.push("(...");
                self.push(op.text);
                self.subexpr(first)?;
                self.push(")");
            }
            _ => {
                self.push("(");
                self.subexpr(first)?;
                self.push(op.text);
                self.push("...)");
            }
        }
        self.pack_index = hold;
        Ok(())
    }

    fn designated(&mut self, kind: DesignatorKind, first: Id, last: Option<Id>, value: Id) -> Printed {
        self.push(if kind == DesignatorKind::Field { "." } else { "[" });
        self.comp(first)?;
        if let Some(last) = last {
            self.wrapped(" ... ", last, "")?;
        }
        self.push(if kind == DesignatorKind::Field { "" } else { "]" });
        // A designator that goes on is not a value yet.
        if matches!(self.tree.node(value), Node::Designated { .. }) {
            return self.comp(value);
        }
        self.push("=");
        self.subexpr(value)
    }

    fn requires(&mut self, params: List, requirements: List) -> Printed {
        let tree = self.tree;
        self.push("requires");
        if params.len > 0 {
            self.listed(" (", params, ")")?;
        }
        self.push(" {");
        for &requirement in tree.list(requirements) {
            self.wrapped("", requirement, ";")?;
        }
        self.push(" }");
        Ok(())
    }

    fn requirement(&mut self, requirement: Requirement) -> Printed {
        match requirement {
            Requirement::Expression { expr, noexcept, constraint } => {
                if !noexcept && constraint.is_none() {
                    return self.wrapped(" ", expr, "");
                }
                self.wrapped(" {", expr, "}")?;
                self.push(if noexcept { " noexcept" } else { "" });
                constraint.map_or(Ok(()), |concept| self.wrapped(" -> ", concept, ""))
            }
            Requirement::Type(ty) => self.wrapped(" typename ", ty, ""),
            Requirement::Nested(expr) => self.wrapped(" requires ", expr, ""),
        }
    }
}
