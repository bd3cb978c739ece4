//! The reader of expressions: section 5.1.6 of the ABI.

use super::ast::{DesignatorKind, FoldKind, Id, List, Node, Requirement};
use super::parse::{Parsed, Parser};
use super::tables::{Arity, Op};

impl Parser<'_> {
    /// `<expression>` where one starts afresh.
    pub(super) fn expression(&mut self) -> Parsed<Id> {
        let was = std::mem::replace(&mut self.is_expression, true);
        let result = self.expr();
        self.is_expression = was;
        result
    }

    pub(super) fn expr(&mut self) -> Parsed<Id> {
        self.enter()?;
        let result = self.expr_inner();
        self.leave();
        result
    }

    fn expr_inner(&mut self) -> Parsed<Id> {
        match (self.peek(), self.peek2()) {
            (b'L', _) => self.literal(),
            (b'T', _) => self.template_param(),
            (b's', b'r') => self.unresolved_name(),
            (b's', b'o') => self.subobject(),
            (b's', b'p') => {
                self.pos += 2;
                let pattern = self.expr()?;
                self.add(Node::PackExpansion(pattern))
            }
            (b's', b'P') => {
                self.pos += 2;
                let args = self.args_until_e()?;
                self.add(Node::SizeofArgs(args))
            }
            (b'f', b'p' | b'L') => self.function_param(),
            (b'o', b'n') | (b'0'..=b'9', _) => self.dependent_name(),
            (b'i', b'l') | (b't', b'l') => self.init_list(),
            (b'u', _) => {
                self.pos += 1;
                let name = self.source_name()?;
                let args = self.args_until_e()?;
                self.add(Node::VendorExpr { name, args })
            }
            (b'r', b'q' | b'Q') => self.requires(),
            (b'c', b'v') => self.cast(),
            (b'c', b'p') => {
                self.pos += 2;
                self.call()
            }
            (b'm', b'c') => self.member_pointer_conversion(),
            (b'd', b'n') => self.destructor_name(),
            (b'f', b'l' | b'r' | b'R') => self.fold(),
            _ => self.operation(),
        }
    }

    /// `<expr-primary>`.
    pub(super) fn literal(&mut self) -> Parsed<Id> {
        self.expect(b"L", "a literal")?;
        // G++ once left the underscore out.
        if self.eat(b"_Z") || self.eat(b"Z") {
            let was = std::mem::replace(&mut self.is_expression, false);
            let result = self.encoding();
            self.is_expression = was;
            let id = result?;
            self.expect(b"E", "E")?;
            return Ok(id);
        }
        let ty = self.ty()?;
        let is_nullptr = matches!(self.node(ty), Node::Builtin(k) if k.text == "decltype(nullptr)");
        if is_nullptr && self.eat(b"E") {
            return Ok(ty);
        }
        let negative = self.eat(b"n");
        let value = self.take_while(|byte| byte != b'E');
        self.expect(b"E", "E")?;
        self.add(Node::Literal { ty, negative, value })
    }

    /// `sr`: `<unresolved-name>` with a scope.
    fn unresolved_name(&mut self) -> Parsed<Id> {
        self.pos += 2;
        let ahead = self.peek();
        let is_ambiguous =
            ahead.is_ascii_digit() || ahead.is_ascii_lowercase() || matches!(ahead, b'C' | b'U' | b'L');
        let scope = if is_ambiguous && !self.old_unresolved {
            self.saw_unresolved = true;
            let scope = self.prefix(false)?;
            self.expect(b"E", "E")?;
            scope
        } else if self.eat(b"N") {
            self.qualifier_levels()?
        } else {
            self.ty()?
        };
        self.base_unresolved_name(Some(scope))
    }

    /// `srN <unresolved-type> <unresolved-qualifier-level>+ E`; the older form was a whole
    /// `<nested-name>`, which reads the same.
    fn qualifier_levels(&mut self) -> Parsed<Id> {
        while matches!(self.peek(), b'K' | b'V' | b'r') {
            self.pos += 1;
        }
        let scope = self.prefix(true)?;
        self.expect(b"E", "E")?;
        self.add_substitution(scope);
        Ok(scope)
    }

    fn base_unresolved_name(&mut self, scope: Option<Id>) -> Parsed<Id> {
        let name = if self.at(b"dn") {
            let name = self.destructor_name()?;
            match scope {
                Some(scope) => self.add(Node::Qualified { scope, name })?,
                None => name,
            }
        } else {
            self.unqualified_name(scope, None)?
        };
        self.maybe_args(name)
    }

    fn maybe_args(&mut self, name: Id) -> Parsed<Id> {
        if self.peek() != b'I' {
            return Ok(name);
        }
        let args = self.template_args()?;
        self.add(Node::Template { name, args })
    }

    fn destructor_name(&mut self) -> Parsed<Id> {
        self.pos += 2;
        let name = if self.peek().is_ascii_digit() {
            let name = self.source_name()?;
            self.maybe_args(name)?
        } else {
            self.ty()?
        };
        self.add(Node::DestructorName(name))
    }

    fn dependent_name(&mut self) -> Parsed<Id> {
        let name = self.unqualified_name(None, None)?;
        self.maybe_args(name)
    }

    /// `so <type> <expression> [<offset>] <union-selector>* [p] E`.
    fn subobject(&mut self) -> Parsed<Id> {
        self.pos += 2;
        let ty = self.ty()?;
        let expr = self.expr()?;
        let offset = self.take_while(|byte| byte == b'n' || byte.is_ascii_digit());
        let offset = self.add(Node::Number(offset))?;
        while self.eat(b"_") {
            self.take_while(|byte| byte.is_ascii_digit());
        }
        self.eat(b"p");
        self.expect(b"E", "E")?;
        self.add(Node::Subobject { ty, expr, offset })
    }

    /// `fpT`, `fp <cv> [<number>] _`, `fL <level> p <cv> [<number>] _`.
    fn function_param(&mut self) -> Parsed<Id> {
        let has_level = self.peek2() == b'L';
        self.pos += 2;
        if has_level {
            if !self.peek().is_ascii_digit() {
                // Not a parameter but a fold over two operands.
                self.pos -= 2;
                return self.fold();
            }
            self.unsigned()?;
            self.expect(b"p", "p")?;
        } else if self.eat(b"T") {
            return self.add(Node::FunctionParam(0));
        }
        while matches!(self.peek(), b'r' | b'V' | b'K') {
            self.pos += 1;
        }
        let index = self.compact_number()?;
        match index.checked_add(1) {
            Some(index) => self.add(Node::FunctionParam(index)),
            None => self.fail("a smaller number"),
        }
    }

    /// `il <expression>* E`, `tl <type> <expression>* E`.
    fn init_list(&mut self) -> Parsed<Id> {
        let typed = self.peek() == b't';
        self.pos += 2;
        let ty = if typed { Some(self.ty()?) } else { None };
        let items = self.exprs_until(b"E")?;
        self.add(Node::InitList { ty, items })
    }

    /// `<expression>*` and the end mark.
    fn exprs_until(&mut self, end: &[u8]) -> Parsed<List> {
        let base = self.scratch.len();
        while !self.eat(end) {
            let expr = self.expr()?;
            self.scratch.push(expr);
        }
        self.list_since(base)
    }

    /// `rq <requirement>+ E`, `rQ <parameters> _ <requirement>+ E`.
    fn requires(&mut self) -> Parsed<Id> {
        let has_params = self.peek2() == b'Q';
        self.pos += 2;
        let mut params = List::default();
        if has_params {
            let base = self.scratch.len();
            while !self.eat(b"_") {
                let ty = self.ty()?;
                self.scratch.push(ty);
            }
            params = self.list_since(base)?;
        }
        let base = self.scratch.len();
        while !self.eat(b"E") {
            let requirement = match self.peek() {
                b'X' => {
                    self.pos += 1;
                    let expr = self.expr()?;
                    let noexcept = self.eat(b"N");
                    let constraint = if self.eat(b"R") { Some(self.name()?) } else { None };
                    Requirement::Expression { expr, noexcept, constraint }
                }
                b'T' => {
                    self.pos += 1;
                    Requirement::Type(self.ty()?)
                }
                b'Q' => {
                    self.pos += 1;
                    Requirement::Nested(self.expr()?)
                }
                _ => return self.fail("a requirement"),
            };
            let id = self.add(Node::Requirement(requirement))?;
            self.scratch.push(id);
        }
        let requirements = self.list_since(base)?;
        self.add(Node::Requires { params, requirements })
    }

    /// `cv <type> <expression>`, `cv <type> _ <expression>* E`.
    fn cast(&mut self) -> Parsed<Id> {
        self.pos += 2;
        // `T_ I` is ambiguous in the name of a conversion function only.
        let was = std::mem::replace(&mut self.is_conversion, false);
        let result = self.ty();
        self.is_conversion = was;
        let ty = result?;
        let operand = if self.eat(b"_") {
            let items = self.exprs_until(b"E")?;
            self.add(Node::ExprList(items))?
        } else {
            self.expr()?
        };
        self.add(Node::Cast { ty, operand })
    }

    fn call(&mut self) -> Parsed<Id> {
        let callee = self.expr()?;
        let args = self.exprs_until(b"E")?;
        self.add(Node::Call { callee, args })
    }

    /// `mc <type> <expression> [<offset>] E`: a pointer to member converted to a base's.
    fn member_pointer_conversion(&mut self) -> Parsed<Id> {
        self.pos += 2;
        let ty = self.ty()?;
        let operand = self.expr()?;
        self.take_while(|byte| byte == b'n' || byte.is_ascii_digit());
        self.expect(b"E", "E")?;
        self.add(Node::Cast { ty, operand })
    }

    fn fold(&mut self) -> Parsed<Id> {
        let kind = match self.peek2() {
            b'l' => FoldKind::UnaryLeft,
            b'r' => FoldKind::UnaryRight,
            _ => FoldKind::Binary,
        };
        self.pos += 2;
        let op = self.operator()?;
        let first = self.expr()?;
        let second = if kind == FoldKind::Binary { Some(self.expr()?) } else { None };
        self.add(Node::Fold { kind, op, first, second })
    }

    /// An operator with its operands.
    fn operation(&mut self) -> Parsed<Id> {
        let op = self.operator()?;
        match (&op.code, op.arity) {
            (_, Arity::Nullary) => self.add(Node::Nullary(op)),
            (b"gs", _) => self.global(),
            (b"pp" | b"mm", _) if !self.eat(b"_") => {
                let operand = self.expr()?;
                self.add(Node::Postfix { op, operand })
            }
            (_, Arity::Unary) => {
                let operand = self.expr()?;
                self.add(Node::Unary { op, operand })
            }
            (_, Arity::UnaryType) => {
                let operand = self.ty()?;
                self.add(Node::Unary { op, operand })
            }
            (b"cl", _) => self.call(),
            (b"cc" | b"dc" | b"rc" | b"sc", _) => {
                let ty = self.ty()?;
                let operand = self.expr()?;
                self.add(Node::NamedCast { op, ty, operand })
            }
            (b"di" | b"dx" | b"dX", _) => self.designated(op),
            (b"dt" | b"pt", _) => self.member_access(op),
            (b"qu", _) => {
                let test = self.expr()?;
                let yes = self.expr()?;
                let no = self.expr()?;
                self.add(Node::Conditional { test, yes, no })
            }
            (b"nw" | b"na", _) => self.new_expr(),
            _ => {
                let left = self.expr()?;
                let right = self.expr()?;
                self.add(Node::Binary { op, left, right })
            }
        }
    }

    /// `gs`: what follows is looked up in the global namespace.
    fn global(&mut self) -> Parsed<Id> {
        let operand = self.expr()?;
        self.add(Node::Global(operand))
    }

    fn designated(&mut self, op: &'static Op) -> Parsed<Id> {
        let (kind, first) = match &op.code {
            b"di" => (DesignatorKind::Field, self.unqualified_name(None, None)?),
            b"dx" => (DesignatorKind::Index, self.expr()?),
            _ => (DesignatorKind::Range, self.expr()?),
        };
        let last = if kind == DesignatorKind::Range { Some(self.expr()?) } else { None };
        let value = self.expr()?;
        self.add(Node::Designated { kind, first, last, value })
    }

    /// The member is a name; compilers before 2011 left `on` out before an operator.
    fn member_access(&mut self, op: &'static Op) -> Parsed<Id> {
        let left = self.expr()?;
        let right = match (self.peek(), self.peek2()) {
            (b'g', b's') | (b's', b'r') => self.expr()?,
            _ => self.base_unresolved_name(None)?,
        };
        self.add(Node::Binary { op, left, right })
    }

    /// `nw <expression>* _ <type> (E | pi <expression>* E | <init list>)`.
    fn new_expr(&mut self) -> Parsed<Id> {
        let placement = self.exprs_until(b"_")?;
        let ty = self.ty()?;
        let init = if self.eat(b"E") {
            None
        } else if self.eat(b"pi") {
            let items = self.exprs_until(b"E")?;
            Some(self.add(Node::ExprList(items))?)
        } else if self.at(b"il") {
            Some(self.expr()?)
        } else {
            return self.fail("an initializer");
        };
        self.add(Node::New { placement, ty, init })
    }
}
