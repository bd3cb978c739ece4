//! The reader of types and template arguments: sections 5.1.5 and 5.1.7 of the ABI.
//!
//! What becomes a substitution candidate is decided here: builtin types and plain
//! substitutions do not, and a type with several cv-qualifiers does once, as a whole.

use super::ast::{FnQual, Id, List, Modifier, Node};
use super::parse::{Parsed, Parser};
use super::tables::{d_type, letter_type};

/// A qualifier as it stands before a type, before it is known what it applies to.
#[derive(Clone, Copy)]
enum Qualifier {
    Cv(Modifier, FnQual),
    Function(FnQual),
}

/// More than any type can have: three cv-qualifiers, an exception specification, `Dx`.
const MAX_QUALIFIERS: usize = 6;

impl Parser<'_> {
    /// `<type>`.
    pub(super) fn ty(&mut self) -> Parsed<Id> {
        self.enter()?;
        let result = self.ty_inner();
        self.leave();
        result
    }

    fn at_qualifier(&self) -> bool {
        match self.peek() {
            b'r' | b'V' | b'K' => true,
            b'D' => matches!(self.peek2(), b'x' | b'o' | b'O' | b'w'),
            _ => false,
        }
    }

    fn ty_inner(&mut self) -> Parsed<Id> {
        if self.at_qualifier() {
            return self.qualified_type();
        }
        let letter = self.peek();
        if letter.is_ascii_lowercase() && letter != b'u' {
            let Some(kind) = letter_type(letter) else { return self.fail("a type") };
            self.pos += 1;
            return self.add(Node::Builtin(kind));
        }
        let id = match letter {
            b'u' => self.vendor_type()?,
            b'F' => self.function_type()?,
            b'A' => self.array_type()?,
            b'M' => {
                self.pos += 1;
                let class = self.ty()?;
                let member = self.ty()?;
                self.add(Node::MemberPointer { class, member })?
            }
            b'T' if matches!(self.peek2(), b's' | b'u' | b'e') => self.elaborated()?,
            b'T' => self.template_param_type()?,
            b'P' => self.modified(Modifier::Pointer)?,
            b'R' => self.modified(Modifier::Reference)?,
            b'O' => self.modified(Modifier::RvalueReference)?,
            b'C' => self.modified(Modifier::Complex)?,
            b'G' => self.modified(Modifier::Imaginary)?,
            b'U' if !matches!(self.peek2(), b'l' | b't') => self.vendor_qualified()?,
            b'S' => return self.substituted_type(),
            b'D' => return self.d_type(),
            _ => self.name()?,
        };
        self.add_substitution(id);
        Ok(id)
    }

    /// `<qualified-type>`: the bare type and the fully qualified one are candidates, nothing
    /// between, so all qualifiers are taken off at once.
    fn qualified_type(&mut self) -> Parsed<Id> {
        let mut found = [Qualifier::Function(FnQual::Const); MAX_QUALIFIERS];
        let mut count = 0;
        while self.at_qualifier() {
            let qualifier = self.qualifier()?;
            let Some(slot) = found.get_mut(count) else { return self.fail("fewer qualifiers") };
            *slot = qualifier;
            count += 1;
        }
        // Before a function type they belong to `this`.
        let on_function = self.peek() == b'F';
        let mut id = if on_function { self.function_type()? } else { self.ty()? };
        // The ref-qualifier is read last but belongs outside the cv-qualifiers.
        let mut reference = None;
        if on_function && let Node::FnQualified { qual, inner } = self.node(id) {
            reference = Some(qual);
            id = inner;
        }
        for &qualifier in found.iter().take(count).rev() {
            id = match qualifier {
                Qualifier::Cv(_, qual) if on_function => self.add(Node::FnQualified { qual, inner: id })?,
                Qualifier::Cv(modifier, _) => self.add(Node::Modified { modifier, inner: id })?,
                Qualifier::Function(qual) => self.add(Node::FnQualified { qual, inner: id })?,
            };
        }
        if let Some(qual) = reference {
            id = self.add(Node::FnQualified { qual, inner: id })?;
        }
        self.add_substitution(id);
        Ok(id)
    }

    fn qualifier(&mut self) -> Parsed<Qualifier> {
        if let Some((modifier, qual)) = cv_qualifier(self.peek()) {
            self.pos += 1;
            return Ok(Qualifier::Cv(modifier, qual));
        }
        self.pos += 1;
        let letter = self.peek();
        self.pos += 1;
        let qual = match letter {
            b'x' => FnQual::TransactionSafe,
            b'o' => FnQual::Noexcept,
            b'O' => {
                let condition = self.expression()?;
                self.expect(b"E", "E")?;
                FnQual::NoexceptIf(condition)
            }
            _ => {
                let types = self.parameters()?;
                self.expect(b"E", "E")?;
                FnQual::Throw(types)
            }
        };
        Ok(Qualifier::Function(qual))
    }

    fn modified(&mut self, modifier: Modifier) -> Parsed<Id> {
        self.pos += 1;
        let inner = self.ty()?;
        self.add(Node::Modified { modifier, inner })
    }

    /// `F [Y] <bare-function-type> [<ref-qualifier>] E`.
    fn function_type(&mut self) -> Parsed<Id> {
        self.pos += 1;
        // extern "C" is not printed.
        self.eat(b"Y");
        let function = self.bare_function_type(true)?;
        let qual = match self.peek() {
            b'R' => Some(FnQual::Reference),
            b'O' => Some(FnQual::RvalueReference),
            _ => None,
        };
        self.pos += usize::from(qual.is_some());
        self.expect(b"E", "E")?;
        match qual {
            Some(qual) => self.add(Node::FnQualified { qual, inner: function }),
            None => Ok(function),
        }
    }

    /// `A [<number> | <expression>] _ <type>`.
    fn array_type(&mut self) -> Parsed<Id> {
        self.pos += 1;
        let bound = match self.peek() {
            b'_' => None,
            b'0'..=b'9' => {
                let digits = self.take_while(|byte| byte.is_ascii_digit());
                Some(self.add(Node::Number(digits))?)
            }
            _ => Some(self.expression()?),
        };
        self.expect(b"_", "_")?;
        let element = self.ty()?;
        self.add(Node::Array { bound, element })
    }

    fn vendor_type(&mut self) -> Parsed<Id> {
        self.pos += 1;
        let name = self.source_name()?;
        let args = if self.peek() == b'I' { Some(self.template_args()?) } else { None };
        self.add(Node::VendorType { name, args })
    }

    fn vendor_qualified(&mut self) -> Parsed<Id> {
        self.pos += 1;
        let mut qualifier = self.source_name()?;
        if self.peek() == b'I' {
            let args = self.template_args()?;
            qualifier = self.add(Node::Template { name: qualifier, args })?;
        }
        let inner = self.ty()?;
        self.add(Node::VendorQualified { qualifier, inner })
    }

    fn elaborated(&mut self) -> Parsed<Id> {
        let keyword = match self.peek2() {
            b's' => "struct ",
            b'u' => "union ",
            _ => "enum ",
        };
        self.pos += 2;
        let name = self.name()?;
        self.add(Node::Elaborated { keyword, name })
    }

    /// A type that starts with `S`: a candidate only when something was added to what it
    /// stands for.
    fn substituted_type(&mut self) -> Parsed<Id> {
        if self.peek2() == b't' {
            let id = self.name()?;
            self.add_substitution(id);
            return Ok(id);
        }
        let id = self.substitution()?;
        if let Node::Module { .. } = self.node(id) {
            // A module's name before an entity: it is a name after all.
            let name = self.unqualified_name(None, Some(id))?;
            self.add_substitution(name);
            if self.peek() != b'I' {
                return Ok(name);
            }
            let args = self.template_args()?;
            let id = self.add(Node::Template { name, args })?;
            self.add_substitution(id);
            return Ok(id);
        }
        if self.peek() != b'I' {
            return Ok(id);
        }
        if self.is_conversion && !self.sub_is_template {
            return self.maybe_template(id, false);
        }
        let args = self.template_args()?;
        let id = self.add(Node::Template { name: id, args })?;
        self.add_substitution(id);
        Ok(id)
    }

    /// Types of two letters and more.
    fn d_type(&mut self) -> Parsed<Id> {
        let id = match self.peek2() {
            b't' | b'T' => return self.decltype(),
            b'p' => {
                self.pos += 2;
                let pattern = self.ty()?;
                self.add(Node::PackExpansion(pattern))?
            }
            b'v' => self.vector_type()?,
            b'F' => return self.float_type(),
            b'B' | b'U' => return self.bit_int(),
            b'k' | b'K' => {
                let decltype = self.peek2() == b'K';
                self.pos += 2;
                let concept = self.name()?;
                return self.add(Node::ConstrainedAuto { concept, decltype });
            }
            letter => {
                let Some(kind) = d_type(letter) else { return self.fail("a type") };
                self.pos += 2;
                return self.add(Node::Builtin(kind));
            }
        };
        self.add_substitution(id);
        Ok(id)
    }

    /// `Dt <expression> E`, `DT <expression> E`.
    pub(super) fn decltype(&mut self) -> Parsed<Id> {
        self.pos += 2;
        let expr = self.expression()?;
        self.expect(b"E", "E")?;
        let id = self.add(Node::Decltype(expr))?;
        self.add_substitution(id);
        Ok(id)
    }

    /// `Dv <number> _ <type>`, `Dv _ <expression> _ <type>`.
    fn vector_type(&mut self) -> Parsed<Id> {
        self.pos += 2;
        let bound = if self.eat(b"_") {
            self.expression()?
        } else if self.peek().is_ascii_digit() {
            let digits = self.take_while(|byte| byte.is_ascii_digit());
            self.add(Node::Number(digits))?
        } else {
            self.expression()?
        };
        self.expect(b"_", "_")?;
        let element = self.ty()?;
        self.add(Node::Vector { bound, element })
    }

    /// `DF <number> _`, with `x` before the `_` or `b` in its place.
    fn float_type(&mut self) -> Parsed<Id> {
        self.pos += 2;
        let width = self.take_while(|byte| byte.is_ascii_digit());
        if width.len == 0 {
            return self.fail("a width");
        }
        if self.eat(b"b") {
            return self.add(Node::Word("std::bfloat16_t"));
        }
        let extended = self.eat(b"x");
        if !extended {
            self.expect(b"_", "_")?;
        }
        self.add(Node::Float { width, extended })
    }

    /// `DB <number> _`, `DU <number> _`.
    fn bit_int(&mut self) -> Parsed<Id> {
        let signed = self.peek2() == b'B';
        self.pos += 2;
        let width = if self.peek().is_ascii_digit() {
            let digits = self.take_while(|byte| byte.is_ascii_digit());
            self.add(Node::Number(digits))?
        } else {
            self.expression()?
        };
        self.expect(b"_", "_")?;
        self.add(Node::BitInt { signed, width })
    }

    /// `T_`, `T0_`, `TL0__`, `TL0_1_`.
    pub(super) fn template_param(&mut self) -> Parsed<Id> {
        self.pos += 1;
        let mut level = 0;
        if self.eat(b"L") {
            let Some(next) = self.unsigned()?.checked_add(1) else {
                return self.fail("a smaller level");
            };
            level = next;
            self.expect(b"_", "_")?;
        }
        let index = self.compact_number()?;
        self.add(Node::TemplateParam { level, index })
    }

    fn template_param_type(&mut self) -> Parsed<Id> {
        let param = self.template_param()?;
        if self.peek() != b'I' {
            return Ok(param);
        }
        if self.is_conversion {
            return self.maybe_template(param, true);
        }
        self.add_substitution(param);
        let args = self.template_args()?;
        self.add(Node::Template { name: param, args })
    }

    /// `operator T<int>` and `operator T` of a template with `<int>` start alike: the
    /// arguments belong to the type only when more arguments follow them.
    fn maybe_template(&mut self, name: Id, is_param: bool) -> Parsed<Id> {
        let before = self.checkpoint();
        // Candidates are counted in the order they end, so the name comes before its arguments.
        if is_param {
            self.add_substitution(name);
        }
        let args = self.template_args()?;
        if self.peek() != b'I' {
            self.back_to(&before);
            return Ok(name);
        }
        let id = self.add(Node::Template { name, args })?;
        if !is_param {
            self.add_substitution(id);
        }
        Ok(id)
    }

    /// `<template-args>`, section 5.1.7.
    pub(super) fn template_args(&mut self) -> Parsed<List> {
        let name = self.last_name;
        // No ambiguity between these brackets.
        let was_conversion = std::mem::replace(&mut self.is_conversion, false);
        if !matches!(self.peek(), b'I' | b'J') {
            return self.fail("template arguments");
        }
        self.pos += 1;
        let args = self.args_until_e()?;
        self.is_conversion = was_conversion;
        self.last_name = name;
        Ok(args)
    }

    /// `<template-arg>* [Q <constraint-expression>] E`.
    pub(super) fn args_until_e(&mut self) -> Parsed<List> {
        let base = self.scratch.len();
        while !self.eat(b"E") {
            let arg = if self.eat(b"Q") {
                let constraint = self.expression()?;
                self.add(Node::Constraint(constraint))?
            } else {
                self.template_arg()?
            };
            self.scratch.push(arg);
        }
        self.list_since(base)
    }

    /// `<template-arg>`.
    pub(super) fn template_arg(&mut self) -> Parsed<Id> {
        self.enter()?;
        let result = self.template_arg_inner();
        self.leave();
        result
    }

    fn template_arg_inner(&mut self) -> Parsed<Id> {
        match (self.peek(), self.peek2()) {
            (b'X', _) => {
                self.pos += 1;
                let expr = self.expression()?;
                self.expect(b"E", "E")?;
                Ok(expr)
            }
            (b'L', _) => self.literal(),
            (b'I' | b'J', _) => {
                let args = self.template_args()?;
                self.add(Node::Pack(args))
            }
            // The declaration of the parameter the argument is for says nothing more.
            (b'T', b'y' | b'n' | b't' | b'p' | b'k') => {
                self.param_decl()?;
                self.template_arg()
            }
            _ => self.ty(),
        }
    }
}

/// A cv-qualifier of a type and the same on a function.
fn cv_qualifier(byte: u8) -> Option<(Modifier, FnQual)> {
    match byte {
        b'r' => Some((Modifier::Restrict, FnQual::Restrict)),
        b'V' => Some((Modifier::Volatile, FnQual::Volatile)),
        b'K' => Some((Modifier::Const, FnQual::Const)),
        _ => None,
    }
}
