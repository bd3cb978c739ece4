//! The reader of names and substitutions: sections 5.1.3, 5.1.4 and 5.1.10 of the ABI.

use super::ast::{CtorDtor, FnQual, Id, Node, ParamDecl, StdSub};
use super::parse::{Parsed, Parser};
use super::tables::{Op, operator};

impl Parser<'_> {
    // ---- <name>, section 5.1.3.

    pub(super) fn name(&mut self) -> Parsed<Id> {
        self.enter()?;
        let result = self.name_inner();
        self.leave();
        result
    }

    fn name_inner(&mut self) -> Parsed<Id> {
        let mut is_substitution = false;
        let name = match self.peek() {
            b'N' => return self.nested_name(),
            b'Z' => return self.local_name(),
            b'S' if self.peek2() == b't' => {
                self.pos += 2;
                let std = self.add(Node::Std)?;
                let module = self.module_name(None)?;
                self.unqualified_name(Some(std), module)?
            }
            b'S' => {
                let id = self.substitution()?;
                if matches!(self.node(id), Node::Module { .. }) {
                    let module = self.module_name(Some(id))?;
                    self.unqualified_name(None, module)?
                } else {
                    is_substitution = true;
                    id
                }
            }
            _ => {
                let module = self.module_name(None)?;
                self.unqualified_name(None, module)?
            }
        };
        if self.peek() != b'I' {
            return Ok(name);
        }
        if !is_substitution {
            self.add_substitution(name);
        }
        let args = self.template_args()?;
        self.add(Node::Template { name, args })
    }

    /// `<nested-name>`: `N [<CV-qualifiers>] [<ref-qualifier>] <prefix> E`.
    fn nested_name(&mut self) -> Parsed<Id> {
        self.pos += 1;
        let mut quals = [FnQual::Const; 3];
        let mut count = 0;
        if self.eat(b"H") {
            quals[0] = FnQual::ExplicitObject;
            count = 1;
        }
        while let Some(qual) = cv_of_function(self.peek()) {
            let Some(slot) = quals.get_mut(count) else { return self.fail("fewer qualifiers") };
            *slot = qual;
            count += 1;
            self.pos += 1;
        }
        let reference = match self.peek() {
            b'R' => Some(FnQual::Reference),
            b'O' => Some(FnQual::RvalueReference),
            _ => None,
        };
        self.pos += usize::from(reference.is_some());
        let mut id = self.prefix(true)?;
        self.expect(b"E", "E")?;
        for &qual in quals.iter().take(count).rev() {
            id = self.add(Node::FnQualified { qual, inner: id })?;
        }
        if let Some(qual) = reference {
            id = self.add(Node::FnQualified { qual, inner: id })?;
        }
        Ok(id)
    }

    /// `<prefix>` up to the `E`, which stays.
    pub(super) fn prefix(&mut self, substitutable: bool) -> Parsed<Id> {
        let mut so_far: Option<Id> = None;
        loop {
            let ahead = self.peek();
            let next = match (ahead, so_far) {
                (b'E', Some(id)) => return Ok(id),
                // The scope of a lambda in a member's initializer, a candidate already.
                (b'M', Some(_)) => {
                    self.pos += 1;
                    continue;
                }
                (b'I', Some(name)) => {
                    let args = self.template_args()?;
                    self.add(Node::Template { name, args })?
                }
                (b'T', None) => self.template_param()?,
                (b'D', None) if matches!(self.peek2(), b't' | b'T') => self.decltype()?,
                (b'S', _) => {
                    let id = self.substitution()?;
                    match (self.node(id), so_far) {
                        (Node::Module { .. }, scope) => {
                            let module = self.module_name(Some(id))?;
                            self.unqualified_name(scope, module)?
                        }
                        (_, None) => id,
                        (_, Some(_)) => return self.fail("a name"),
                    }
                }
                (0, _) => return self.fail("a name"),
                (_, scope) => {
                    let module = self.module_name(None)?;
                    self.unqualified_name(scope, module)?
                }
            };
            so_far = Some(next);
            if substitutable && ahead != b'S' && self.peek() != b'E' {
                self.add_substitution(next);
            }
        }
    }

    /// `<local-name>`, section 5.1.4.6.
    fn local_name(&mut self) -> Parsed<Id> {
        self.pos += 1;
        let function = self.encoding()?;
        self.drop_return_type(function);
        self.expect(b"E", "E")?;
        let name = if self.eat(b"s") {
            self.discriminator()?;
            self.add(Node::Word("string literal"))?
        } else {
            let default = if self.eat(b"d") { Some(self.compact_number()?) } else { None };
            let name = self.name()?;
            if !matches!(self.node(name), Node::Lambda { .. } | Node::UnnamedType(_)) {
                self.discriminator()?;
            }
            match default {
                Some(index) => self.add(Node::DefaultArg { index, name })?,
                None => name,
            }
        };
        self.add(Node::Local { function, name })
    }

    /// The return type of the function around must not look like that of the local one.
    fn drop_return_type(&mut self, encoding: Id) {
        let inner = match self.node(encoding) {
            Node::Constrained { inner, .. } => inner,
            _ => encoding,
        };
        if let Node::Typed { function, .. } = self.node(inner)
            && let Some(Node::Function { result, .. }) = self.nodes.get_mut(function.0 as usize)
        {
            *result = None;
        }
    }

    /// `<discriminator>`: `_ <digit>`, `__ <number> _`.
    fn discriminator(&mut self) -> Parsed<()> {
        if !self.eat(b"_") {
            return Ok(());
        }
        let long = self.eat(b"_");
        let number = if self.peek().is_ascii_digit() { self.unsigned()? } else { 0 };
        if long && number >= 10 {
            self.expect(b"_", "_")?;
        }
        Ok(())
    }

    // ---- <unqualified-name>, section 5.1.3.

    /// `<module-name>`: every part is a candidate.
    pub(super) fn module_name(&mut self, mut module: Option<Id>) -> Parsed<Option<Id>> {
        while self.eat(b"W") {
            let partition = self.eat(b"P");
            let name = self.source_name()?;
            let id = self.add(Node::Module { parent: module, name, partition })?;
            self.add_substitution(id);
            module = Some(id);
        }
        Ok(module)
    }

    pub(super) fn unqualified_name(&mut self, scope: Option<Id>, module: Option<Id>) -> Parsed<Id> {
        let is_friend = self.eat(b"F");
        let mut id = self.bare_unqualified_name(scope)?;
        if let Some(module) = module {
            id = self.add(Node::ModuleEntity { name: id, module })?;
        }
        if self.peek() == b'B' {
            id = self.abi_tags(id)?;
        }
        if is_friend {
            id = self.add(Node::Friend(id))?;
        }
        match scope {
            Some(scope) => self.add(Node::Qualified { scope, name: id }),
            None => Ok(id),
        }
    }

    fn bare_unqualified_name(&mut self, scope: Option<Id>) -> Parsed<Id> {
        match (self.peek(), self.peek2()) {
            (b'0'..=b'9', _) => self.source_name(),
            (b'a'..=b'z', _) => {
                self.eat(b"on");
                let was_expression = std::mem::replace(&mut self.is_expression, false);
                let result = self.operator_function();
                self.is_expression = was_expression;
                result
            }
            (b'D', b'C') => self.structured_binding(),
            (b'C' | b'D', _) => self.ctor_dtor(scope),
            (b'L', _) => {
                self.pos += 1;
                let id = self.source_name()?;
                self.discriminator()?;
                Ok(id)
            }
            (b'U', b'l') => self.lambda(),
            (b'U', b't') => {
                self.pos += 2;
                let index = self.compact_number()?;
                self.add(Node::UnnamedType(index))
            }
            _ => self.fail("a name"),
        }
    }

    /// `<source-name>`: the length, then the name.
    pub(super) fn source_name(&mut self) -> Parsed<Id> {
        let len = self.unsigned()? as usize;
        let start = self.pos;
        let text = start.checked_add(len).and_then(|end| self.input.get(start..end));
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return self.fail("as many bytes of a name as the length says");
        };
        self.pos += len;
        // GCC names the unnamed namespace so; the byte between depends on the target.
        let is_anonymous = text.starts_with("_GLOBAL_") && text.as_bytes().get(9) == Some(&b'N') && len >= 10;
        let id = if is_anonymous && matches!(text.as_bytes().get(8), Some(b'.' | b'_' | b'$')) {
            self.add(Node::AnonymousNamespace)?
        } else {
            self.add(Node::Name(Self::span(start, self.pos)))?
        };
        self.last_name = Some(id);
        Ok(id)
    }

    /// `<abi-tags>`: `B <source-name>`, any number of them.
    fn abi_tags(&mut self, mut id: Id) -> Parsed<Id> {
        let hold = self.last_name;
        while self.eat(b"B") {
            let tag = self.source_name()?;
            let tag = match self.node(tag) {
                Node::Name(span) => span,
                _ => return self.fail("an ABI tag"),
            };
            id = self.add(Node::Tagged { name: id, tag })?;
        }
        self.last_name = hold;
        Ok(id)
    }

    fn structured_binding(&mut self) -> Parsed<Id> {
        self.pos += 2;
        let base = self.scratch.len();
        while self.peek() != b'E' {
            let name = self.source_name()?;
            self.scratch.push(name);
        }
        self.pos += 1;
        let names = self.list_since(base)?;
        self.add(Node::Binding(names))
    }

    /// `<operator-name>` as the name of a function.
    fn operator_function(&mut self) -> Parsed<Id> {
        if self.peek() == b'v' && self.peek2().is_ascii_digit() {
            self.pos += 2;
            let name = self.source_name()?;
            return self.add(Node::VendorOperator(name));
        }
        if self.eat(b"cv") {
            let was = std::mem::replace(&mut self.is_conversion, true);
            let result = self.ty();
            self.is_conversion = was;
            let ty = result?;
            return self.add(Node::Conversion(ty));
        }
        if self.eat(b"li") {
            let name = self.source_name()?;
            return self.add(Node::LiteralOperator(name));
        }
        let op = self.operator()?;
        self.add(Node::Operator(op))
    }

    pub(super) fn operator(&mut self) -> Parsed<&'static Op> {
        match operator([self.peek(), self.peek2()]) {
            Some(op) => {
                self.pos += 2;
                Ok(op)
            }
            None => self.fail("an operator"),
        }
    }

    /// `<ctor-dtor-name>`, section 5.1.4.3.
    fn ctor_dtor(&mut self, scope: Option<Id>) -> Parsed<Id> {
        let inheriting = self.at(b"CI");
        self.pos += usize::from(inheriting);
        let code = if inheriting { [b'I', self.peek2()] } else { [self.peek(), self.peek2()] };
        let kind = match &code {
            b"C1" => CtorDtor::CompleteCtor,
            b"C2" => CtorDtor::BaseCtor,
            b"C3" => CtorDtor::AllocatingCtor,
            b"C4" => CtorDtor::UnifiedCtor,
            b"C5" => CtorDtor::CtorGroup,
            b"I1" => CtorDtor::CompleteInheritingCtor,
            b"I2" => CtorDtor::BaseInheritingCtor,
            b"D0" => CtorDtor::DeletingDtor,
            b"D1" => CtorDtor::CompleteDtor,
            b"D2" => CtorDtor::BaseDtor,
            b"D4" => CtorDtor::UnifiedDtor,
            b"D5" => CtorDtor::DtorGroup,
            _ => return self.fail("a constructor or destructor"),
        };
        self.pos += 2;
        if inheriting {
            // The base is named for the linker only; c++filt takes its name for the class.
            self.ty()?;
        }
        let Some(scope) = scope else { return self.fail("a class before its constructor") };
        let owner = self.owner(scope)?;
        let gnu = self.last_name.unwrap_or(owner);
        self.add(Node::CtorDtor { kind, gnu, owner })
    }

    /// The class name a constructor repeats.
    fn owner(&mut self, mut scope: Id) -> Parsed<Id> {
        loop {
            scope = match self.node(scope) {
                Node::Template { name, .. }
                | Node::Qualified { name, .. }
                | Node::Local { name, .. }
                | Node::Tagged { name, .. }
                | Node::ModuleEntity { name, .. } => name,
                Node::Abbreviation(sub) => return self.add(Node::Word(sub.class())),
                _ => return Ok(scope),
            };
        }
    }

    /// `<closure-type-name>`, section 5.1.8.
    fn lambda(&mut self) -> Parsed<Id> {
        self.pos += 2;
        let base = self.scratch.len();
        while self.peek() == b'T' && matches!(self.peek2(), b'y' | b'n' | b't' | b'p' | b'k') {
            let decl = self.param_decl()?;
            self.scratch.push(decl);
        }
        if self.eat(b"Q") {
            let constraint = self.expression()?;
            let constraint = self.add(Node::Constraint(constraint))?;
            self.scratch.push(constraint);
        }
        let head = self.list_since(base)?;
        let params = self.parameters()?;
        if self.eat(b"Q") {
            self.expression()?;
        }
        self.expect(b"E", "E")?;
        let index = self.compact_number()?;
        self.add(Node::Lambda { head, params, index })
    }

    /// `<template-param-decl>`, section 5.1.8.
    pub(super) fn param_decl(&mut self) -> Parsed<Id> {
        self.enter()?;
        let code = self.peek2();
        self.pos += 2;
        let decl = match code {
            b'y' => ParamDecl::Type(None),
            b'k' => ParamDecl::Type(Some(self.name()?)),
            b'n' => ParamDecl::Value(self.ty()?),
            b'p' => ParamDecl::Pack(self.param_decl()?),
            b't' => {
                let base = self.scratch.len();
                while !self.eat(b"E") {
                    if self.peek() != b'T' {
                        return self.fail("a template parameter");
                    }
                    let decl = self.param_decl()?;
                    self.scratch.push(decl);
                }
                ParamDecl::Template(self.list_since(base)?)
            }
            _ => return self.fail("a template parameter"),
        };
        self.leave();
        self.add(Node::ParamDecl(decl))
    }

    // ---- <substitution>, section 5.1.10.

    pub(super) fn substitution(&mut self) -> Parsed<Id> {
        self.pos += 1;
        let code = self.peek();
        if code == b'_' || code.is_ascii_digit() || code.is_ascii_uppercase() {
            let index = self.seq_id()?;
            return match self.subs.get(index as usize) {
                Some(&(id, is_template)) => {
                    self.sub_is_template = is_template;
                    Ok(id)
                }
                None => self.fail("a substitution that was there before"),
            };
        }
        let sub = match code {
            b't' => {
                self.pos += 1;
                return self.add(Node::Std);
            }
            b'a' => StdSub::Allocator,
            b'b' => StdSub::BasicString,
            b's' => StdSub::String,
            b'i' => StdSub::Istream,
            b'o' => StdSub::Ostream,
            b'd' => StdSub::Iostream,
            _ => return self.fail("a substitution"),
        };
        self.pos += 1;
        self.sub_is_template = matches!(sub, StdSub::Allocator | StdSub::BasicString);
        self.last_name = Some(self.add(Node::Word(sub.class()))?);
        let mut id = self.add(Node::Abbreviation(sub))?;
        if self.peek() == b'B' {
            id = self.abi_tags(id)?;
            self.add_substitution(id);
        }
        Ok(id)
    }
}

impl StdSub {
    /// The name of the class template.
    pub(super) fn class(self) -> &'static str {
        match self {
            Self::Allocator => "allocator",
            Self::BasicString | Self::String => "basic_string",
            Self::Istream => "basic_istream",
            Self::Ostream => "basic_ostream",
            Self::Iostream => "basic_iostream",
        }
    }
}

fn cv_of_function(byte: u8) -> Option<FnQual> {
    match byte {
        b'r' => Some(FnQual::Restrict),
        b'V' => Some(FnQual::Volatile),
        b'K' => Some(FnQual::Const),
        _ => None,
    }
}
