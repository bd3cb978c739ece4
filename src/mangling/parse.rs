//! The reader's tools, and encodings: sections 5.1.2 and 5.1.4.4 of the ABI.
//!
//! Names are in `parse_name`, types in `parse_type`, expressions in `parse_expr`. The input is hostile: every step down
//! is counted, every node is paid from a budget that grows with the input, and numbers are read
//! with checked arithmetic.

use super::ast::{Adjustment, Id, List, Node, Span, Special, Tree};
use super::vector_abi::{VectorVariant, vector_variant};

/// Longest name that is read; real ones stay below 64 KiB.
pub(super) const MAX_INPUT: usize = 256 * 1024;
/// Nesting that is followed: twice what a million real names need, and a debug build's frames
/// stay below 384 KiB.
pub(super) const MAX_DEPTH: u32 = 96;

/// Why a name could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MangleError {
    /// Byte offset in the name.
    pub offset: usize,
    /// What the grammar wants there.
    pub expected: &'static str,
    /// The name is too long, too deep or too involved rather than wrong.
    pub is_limit: bool,
}

impl std::fmt::Display for MangleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "expected {} at byte {}", self.expected, self.offset)
    }
}

impl std::error::Error for MangleError {}

pub(super) type Parsed<T> = Result<T, MangleError>;

pub(super) struct Parser<'a> {
    pub(super) input: &'a str,
    pub(super) bytes: &'a [u8],
    pub(super) pos: usize,
    pub(super) nodes: Vec<Node>,
    lists: Vec<Id>,
    thunks: Vec<(Adjustment, Adjustment)>,
    /// The candidates, and whether each was followed by template arguments, that is, names a
    /// template and no class.
    pub(super) subs: Vec<(Id, bool)>,
    /// Where lists are collected before they are copied to `lists` in one run.
    pub(super) scratch: Vec<Id>,
    /// The last source name read, which c++filt gives to constructors and destructors.
    pub(super) last_name: Option<Id>,
    depth: u32,
    budget: usize,
    /// The last substitution read stands for a template.
    pub(super) sub_is_template: bool,
    /// Inside the type of a conversion operator, where `T_ I` is ambiguous.
    pub(super) is_conversion: bool,
    pub(super) is_expression: bool,
    /// Read `sr` as compilers before 2011 wrote it.
    pub(super) old_unresolved: bool,
    /// An `sr` was met that both grammars might take.
    pub(super) saw_unresolved: bool,
}

/// A place to come back to when a guess fails.
pub(super) struct Checkpoint {
    pos: usize,
    nodes: usize,
    lists: usize,
    subs: usize,
    scratch: usize,
    last_name: Option<Id>,
}

/// Reads a whole mangled name.
pub(super) fn parse(input: &str) -> Parsed<Tree> {
    if input.len() > MAX_INPUT {
        return Err(MangleError { offset: MAX_INPUT, expected: "a shorter name", is_limit: true });
    }
    let mut parser = Parser::new(input, false);
    let mut result = parser.whole();
    // `sr1A1x` was the old form of `sr1AE1x`; which one is meant shows only at the end.
    if result.is_err() && parser.saw_unresolved {
        parser = Parser::new(input, true);
        result = parser.whole();
    }
    let root = result?;
    Ok(Tree {
        input: input.to_owned(),
        nodes: parser.nodes,
        lists: parser.lists,
        thunks: parser.thunks,
        root,
    })
}

impl<'a> Parser<'a> {
    fn new(input: &'a str, old_unresolved: bool) -> Self {
        let len = input.len();
        Parser {
            input,
            bytes: input.as_bytes(),
            pos: 0,
            nodes: Vec::with_capacity(len / 2 + 8),
            lists: Vec::with_capacity(len / 4 + 4),
            thunks: Vec::new(),
            subs: Vec::with_capacity(len / 4 + 4),
            scratch: Vec::with_capacity(16),
            last_name: None,
            depth: 0,
            budget: len.saturating_mul(8).saturating_add(64),
            sub_is_template: false,
            is_conversion: false,
            is_expression: false,
            old_unresolved,
            saw_unresolved: false,
        }
    }

    // ---- The tools every production uses.

    pub(super) fn fail<T>(&self, expected: &'static str) -> Parsed<T> {
        Err(MangleError { offset: self.pos, expected, is_limit: false })
    }

    fn refuse<T>(&self, expected: &'static str) -> Parsed<T> {
        Err(MangleError { offset: self.pos, expected, is_limit: true })
    }

    /// The byte ahead, 0 at the end.
    pub(super) fn peek(&self) -> u8 {
        self.bytes.get(self.pos).copied().unwrap_or(0)
    }

    pub(super) fn peek2(&self) -> u8 {
        self.bytes.get(self.pos + 1).copied().unwrap_or(0)
    }

    pub(super) fn at(&self, text: &[u8]) -> bool {
        self.bytes.get(self.pos..).is_some_and(|rest| rest.starts_with(text))
    }

    pub(super) fn eat(&mut self, text: &[u8]) -> bool {
        let found = self.at(text);
        if found {
            self.pos += text.len();
        }
        found
    }

    pub(super) fn expect(&mut self, text: &[u8], expected: &'static str) -> Parsed<()> {
        if self.eat(text) { Ok(()) } else { self.fail(expected) }
    }

    /// Steps down; the caller steps up again with [`Parser::leave`].
    pub(super) fn enter(&mut self) -> Parsed<()> {
        if self.depth >= MAX_DEPTH {
            return self.refuse("less nesting");
        }
        self.depth += 1;
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    pub(super) fn add(&mut self, node: Node) -> Parsed<Id> {
        // The budget is never given back, so guesses that are taken back are paid as well.
        let Some(left) = self.budget.checked_sub(1) else {
            return self.refuse("a simpler name");
        };
        self.budget = left;
        let Ok(id) = u32::try_from(self.nodes.len()) else {
            return self.refuse("a simpler name");
        };
        self.nodes.push(node);
        Ok(Id(id))
    }

    pub(super) fn node(&self, id: Id) -> Node {
        self.nodes.get(id.0 as usize).copied().unwrap_or(Node::Word(""))
    }

    /// Makes a list of what was collected since `base`.
    pub(super) fn list_since(&mut self, base: usize) -> Parsed<List> {
        let collected = self.scratch.get(base..).unwrap_or(&[]);
        let (Ok(start), Ok(len)) = (u32::try_from(self.lists.len()), u32::try_from(collected.len())) else {
            return self.refuse("a simpler name");
        };
        self.lists.extend_from_slice(collected);
        self.scratch.truncate(base);
        Ok(List { start, len })
    }

    pub(super) fn list_of(&mut self, ids: &[Id]) -> Parsed<List> {
        let base = self.scratch.len();
        self.scratch.extend_from_slice(ids);
        self.list_since(base)
    }

    pub(super) fn add_substitution(&mut self, id: Id) {
        let is_template = self.peek() == b'I';
        self.subs.push((id, is_template));
    }

    pub(super) fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            pos: self.pos,
            nodes: self.nodes.len(),
            lists: self.lists.len(),
            subs: self.subs.len(),
            scratch: self.scratch.len(),
            last_name: self.last_name,
        }
    }

    pub(super) fn back_to(&mut self, to: &Checkpoint) {
        self.pos = to.pos;
        self.nodes.truncate(to.nodes);
        self.lists.truncate(to.lists);
        self.subs.truncate(to.subs);
        self.scratch.truncate(to.scratch);
        self.last_name = to.last_name;
    }

    pub(super) fn span(start: usize, end: usize) -> Span {
        // The input is shorter than MAX_INPUT, so both fit.
        let start32 = u32::try_from(start).unwrap_or(0);
        let len = u32::try_from(end.saturating_sub(start)).unwrap_or(0);
        Span { start: start32, len }
    }

    /// The bytes up to the first that is not of the kind.
    pub(super) fn take_while(&mut self, kind: impl Fn(u8) -> bool) -> Span {
        let start = self.pos;
        while self.pos < self.bytes.len() && kind(self.peek()) {
            self.pos += 1;
        }
        Self::span(start, self.pos)
    }

    // ---- Numbers.

    /// Digits as an unsigned number.
    pub(super) fn unsigned(&mut self) -> Parsed<u32> {
        if !self.peek().is_ascii_digit() {
            return self.fail("a number");
        }
        let mut value: u32 = 0;
        while self.peek().is_ascii_digit() {
            let digit = u32::from(self.peek() - b'0');
            let Some(next) = value.checked_mul(10).and_then(|v| v.checked_add(digit)) else {
                return self.fail("a smaller number");
            };
            value = next;
            self.pos += 1;
        }
        Ok(value)
    }

    /// `<number>`: `n` marks a negative one.
    fn signed(&mut self) -> Parsed<i64> {
        let negative = self.eat(b"n");
        if !self.peek().is_ascii_digit() {
            return self.fail("a number");
        }
        let mut value: i64 = 0;
        while self.peek().is_ascii_digit() {
            let digit = i64::from(self.peek() - b'0');
            let Some(next) = value.checked_mul(10).and_then(|v| v.checked_sub(digit)) else {
                return self.fail("a smaller number");
            };
            value = next;
            self.pos += 1;
        }
        if negative {
            return Ok(value);
        }
        match value.checked_neg() {
            Some(value) => Ok(value),
            None => self.fail("a smaller number"),
        }
    }

    /// `_` is 0, `0_` is 1 and so on.
    pub(super) fn compact_number(&mut self) -> Parsed<u32> {
        let value = if self.peek() == b'_' {
            0
        } else {
            match self.unsigned()?.checked_add(1) {
                Some(value) => value,
                None => return self.fail("a smaller number"),
            }
        };
        self.expect(b"_", "_")?;
        Ok(value)
    }

    /// `<seq-id> _`, in base 36; `_` alone is 0.
    pub(super) fn seq_id(&mut self) -> Parsed<u32> {
        if self.eat(b"_") {
            return Ok(0);
        }
        let mut value: u32 = 0;
        loop {
            let digit = match self.peek() {
                digit @ b'0'..=b'9' => digit - b'0',
                letter @ b'A'..=b'Z' => letter - b'A' + 10,
                _ => return self.fail("a sequence id"),
            };
            let next = value.checked_mul(36).and_then(|v| v.checked_add(u32::from(digit)));
            let Some(next) = next else { return self.fail("a smaller sequence id") };
            value = next;
            self.pos += 1;
            if self.eat(b"_") {
                return match value.checked_add(1) {
                    Some(value) => Ok(value),
                    None => self.fail("a smaller sequence id"),
                };
            }
        }
    }

    // ---- <mangled-name> and <encoding>.

    fn whole(&mut self) -> Parsed<Id> {
        if self.at(b"_GLOBAL_") {
            return self.global_constructors();
        }
        if let Some(variant) = vector_variant(self.input) {
            return self.vector_variant(variant);
        }
        // Mach-O puts one more underscore before every symbol.
        if !self.eat(b"_Z") && !self.eat(b"__Z") {
            return self.fail("_Z");
        }
        let mut id = self.encoding()?;
        while self.peek() == b'.' {
            id = self.clone_suffix(id)?;
        }
        if self.pos < self.bytes.len() { self.fail("the end of the name") } else { Ok(id) }
    }

    /// `_GLOBAL__I_f`: GCC's function that runs the initializers of the file that defines `f`.
    fn global_constructors(&mut self) -> Parsed<Id> {
        self.pos += b"_GLOBAL_".len();
        if !matches!(self.peek(), b'.' | b'_' | b'$') {
            return self.fail("a separator");
        }
        self.pos += 1;
        let kind = match self.peek() {
            b'I' => Special::GlobalConstructors,
            b'D' => Special::GlobalDestructors,
            _ => return self.fail("I or D"),
        };
        self.pos += 1;
        self.expect(b"_", "_")?;
        let target = if self.eat(b"_Z") {
            let target = self.encoding()?;
            if self.pos < self.bytes.len() {
                return self.fail("the end of the name");
            }
            target
        } else {
            let rest = self.take_while(|_| true);
            self.add(Node::Name(rest))?
        };
        self.add(Node::Special { kind, target })
    }

    /// A SIMD variant, of a C function or of a C++ one.
    fn vector_variant(&mut self, variant: VectorVariant<'_>) -> Parsed<Id> {
        let prefix = Self::span(0, variant.prefix.len());
        self.pos = self.bytes.len().saturating_sub(variant.scalar.len());
        let target = if self.eat(b"_Z") {
            let target = self.encoding()?;
            if self.pos < self.bytes.len() {
                return self.fail("the end of the name");
            }
            target
        } else {
            let rest = self.take_while(|_| true);
            self.add(Node::Name(rest))?
        };
        self.add(Node::Special { kind: Special::VectorVariant(prefix), target })
    }

    /// GCC's marks of copies and parts it made of a function: `.cold`, `.constprop.0`.
    fn clone_suffix(&mut self, inner: Id) -> Parsed<Id> {
        let is_word = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        let start = self.pos;
        if is_word(self.peek2()) || self.peek2().is_ascii_digit() {
            self.pos += 2;
            self.take_while(|byte| is_word(byte) || byte.is_ascii_digit());
        }
        while self.peek() == b'.' && self.peek2().is_ascii_digit() {
            self.pos += 2;
            self.take_while(|byte| byte.is_ascii_digit());
        }
        if self.pos == start {
            return self.fail("a clone suffix");
        }
        self.add(Node::Clone { inner, suffix: Self::span(start, self.pos) })
    }

    /// `<encoding>`, section 5.1.2.
    pub(super) fn encoding(&mut self) -> Parsed<Id> {
        self.enter()?;
        let result = self.encoding_inner();
        self.leave();
        result
    }

    fn encoding_inner(&mut self) -> Parsed<Id> {
        if matches!(self.peek(), b'G' | b'T') {
            return self.special_name();
        }
        let name = self.name()?;
        let mut id = name;
        if !matches!(self.peek(), 0 | b'E' | b'.' | b'Q') {
            let function = self.bare_function_type(self.has_return_type(name, 0))?;
            id = self.add(Node::Typed { name, function })?;
        }
        if self.eat(b"Q") {
            let constraint = self.expression()?;
            id = self.add(Node::Constrained { inner: id, constraint })?;
        }
        Ok(id)
    }

    /// Templates carry their return type, except where it follows from the name.
    fn has_return_type(&self, id: Id, depth: u32) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        match self.node(id) {
            Node::Local { name, .. } => self.has_return_type(name, depth + 1),
            Node::FnQualified { inner, .. } => self.has_return_type(inner, depth + 1),
            Node::Template { name, .. } => !self.lacks_return_type(name),
            _ => false,
        }
    }

    fn lacks_return_type(&self, mut id: Id) -> bool {
        loop {
            match self.node(id) {
                Node::Qualified { name, .. } | Node::Local { name, .. } => id = name,
                Node::CtorDtor { .. } | Node::Conversion(_) => return true,
                _ => return false,
            }
        }
    }

    /// `<bare-function-type>`, section 5.1.5.3.
    pub(super) fn bare_function_type(&mut self, has_return_type: bool) -> Parsed<Id> {
        let has_return_type = self.eat(b"J") || has_return_type;
        let result = if has_return_type { Some(self.ty()?) } else { None };
        let params = self.parameters()?;
        self.add(Node::Function { result, params })
    }

    /// `<type>+`, a lone `v` being no parameter.
    pub(super) fn parameters(&mut self) -> Parsed<List> {
        if self.peek() == b'v' && matches!(self.peek2(), 0 | b'E' | b'.' | b'Q') {
            self.pos += 1;
            return self.list_of(&[]);
        }
        let base = self.scratch.len();
        loop {
            match self.peek() {
                0 | b'E' | b'.' | b'Q' => break,
                // A ref-qualifier of the function, not a reference.
                b'R' | b'O' if self.peek2() == b'E' => break,
                _ => {}
            }
            let ty = self.ty()?;
            self.scratch.push(ty);
        }
        if self.scratch.len() == base {
            return self.fail("a parameter type");
        }
        let is_void = |node: Node| matches!(node, Node::Builtin(kind) if kind.text == "void");
        if let Some(&[only]) = self.scratch.get(base..)
            && is_void(self.node(only))
        {
            self.scratch.truncate(base);
        }
        self.list_since(base)
    }

    /// `<special-name>`, section 5.1.4.4.
    fn special_name(&mut self) -> Parsed<Id> {
        let code = [self.peek(), self.peek2()];
        self.pos += 2;
        let (kind, target) = match &code {
            b"TV" => (Special::Vtable, self.ty()?),
            b"TT" => (Special::Vtt, self.ty()?),
            b"TI" => (Special::Typeinfo, self.ty()?),
            b"TS" => (Special::TypeinfoName, self.ty()?),
            b"TF" => (Special::TypeinfoFunction, self.ty()?),
            b"TJ" => (Special::JavaClass, self.ty()?),
            b"TA" => (Special::TemplateParamObject, self.template_arg()?),
            b"TH" => (Special::TlsInit, self.name()?),
            b"TW" => (Special::TlsWrapper, self.name()?),
            b"Th" | b"Tv" | b"Tc" => return self.thunk(code[1]),
            b"TC" => {
                let derived = self.ty()?;
                self.signed()?;
                self.expect(b"_", "_")?;
                (Special::ConstructionVtable(derived), self.ty()?)
            }
            b"GV" => (Special::Guard, self.name()?),
            b"GR" => return self.reference_temporary(),
            b"GA" => (Special::HiddenAlias, self.encoding()?),
            b"GT" if self.eat(b"n") => (Special::NonTransactionClone, self.encoding()?),
            b"GT" => {
                self.pos += usize::from(self.pos < self.bytes.len());
                (Special::TransactionClone, self.encoding()?)
            }
            b"GI" => match self.module_name(None)? {
                Some(module) => (Special::ModuleInit, module),
                None => return self.fail("a module name"),
            },
            _ => {
                self.pos -= 2;
                return self.fail("a special name");
            }
        };
        self.add(Node::Special { kind, target })
    }

    fn reference_temporary(&mut self) -> Parsed<Id> {
        let target = self.name()?;
        // GCC wrote the number alone once; `_` and `<seq-id> _` are today's grammar.
        let digits = self.pos;
        let number = match self.peek() {
            0 => 0,
            _ => match self.seq_id() {
                Ok(number) => number,
                Err(_) => {
                    self.pos = digits;
                    self.unsigned()?
                }
            },
        };
        self.add(Node::Special { kind: Special::ReferenceTemporary(number), target })
    }

    fn thunk(&mut self, kind: u8) -> Parsed<Id> {
        let (this, result) = if kind == b'c' {
            (self.call_offset()?, self.call_offset()?)
        } else {
            self.pos -= 1;
            (self.call_offset()?, Adjustment::default())
        };
        let Ok(index) = u32::try_from(self.thunks.len()) else {
            return self.refuse("a simpler name");
        };
        self.thunks.push((this, result));
        let kind = match kind {
            b'h' => Special::NonVirtualThunk(index),
            b'v' => Special::VirtualThunk(index),
            _ => Special::CovariantThunk(index),
        };
        let target = self.encoding()?;
        self.add(Node::Special { kind, target })
    }

    fn call_offset(&mut self) -> Parsed<Adjustment> {
        if self.eat(b"h") {
            let offset = self.signed()?;
            self.expect(b"_", "_")?;
            return Ok(Adjustment { offset, vcall: None });
        }
        self.expect(b"v", "a call offset")?;
        let offset = self.signed()?;
        self.expect(b"_", "_")?;
        let vcall = self.signed()?;
        self.expect(b"_", "_")?;
        Ok(Adjustment { offset, vcall: Some(vcall) })
    }
}
