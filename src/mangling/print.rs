//! The printer: names, templates and the lookup of template parameters.
//!
//! Types and their declarators are in `print_type`, expressions in `print_expr`. GNU `c++filt`
//! decides while printing what a template parameter stands for, and where a declarator's parts
//! go; its texts can be matched to the letter only by deciding in the same places.

use super::ast::{Id, List, Node, ParamDecl, Special, StdSub, Tree};

/// Longest text that is made.
pub(super) const MAX_OUTPUT: usize = 64 * 1024;
/// Nesting that is followed; parameters can nest deeper than the name that is read.
const MAX_DEPTH: u32 = 160;
/// Nodes that are visited: sharing lets a short name stand for a huge tree.
const MAX_STEPS: u32 = 200_000;

/// How a name is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// The text of GNU `c++filt`, to the letter.
    Gnu,
    /// For comparing: no abbreviations, no blank in `>>`, no marks of clones.
    Canonical,
    /// As `Canonical`, without libstdc++'s inline namespace `__cxx11` and ABI tag `cxx11`.
    Cxx11Neutral,
}

/// The name means too much text, too much nesting, or a parameter that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unprintable;

pub(super) type Printed = Result<(), Unprintable>;

/// No entry, in the chains of modifiers and template frames.
pub(super) const NONE: u32 = u32::MAX;

/// Template arguments in scope, and the scope around them.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) next: u32,
    pub(super) args: List,
}

/// A part of a declarator that waits for its place.
#[derive(Clone, Copy)]
pub(super) struct Pending {
    pub(super) next: u32,
    pub(super) node: Id,
    pub(super) printed: bool,
    pub(super) frame: u32,
}

/// Which element of a pack is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum PackIndex {
    At(u32),
    /// All of them, in a fold expression.
    Whole,
}

pub(super) struct Printer<'a> {
    pub(super) tree: &'a Tree,
    pub(super) out: String,
    pub(super) style: Style,
    /// Chained by index, so that a chain can be set aside and taken up again.
    pub(super) pending: Vec<Pending>,
    pub(super) modifiers: u32,
    pub(super) frames: Vec<Frame>,
    pub(super) frame: u32,
    /// Arguments of the template whose name is printed, for conversion operators in it.
    pub(super) current_template: Option<List>,
    /// The frame a referenced parameter was first met in, for when a substitution repeats it.
    pub(super) saved: Vec<(Id, u32)>,
    /// The nodes being printed, outermost first.
    pub(super) path: Vec<Id>,
    pub(super) pack_index: PackIndex,
    pub(super) lambda_depth: u32,
    /// The template head of the lambda being printed.
    pub(super) lambda_head: List,
    /// Where a comma was taken back: c++filt takes the blank after it for the last character
    /// still, and so writes `>>` there.
    dropped_comma: Option<usize>,
    depth: u32,
    steps: u32,
}

impl<'a> Printer<'a> {
    pub(super) fn new(tree: &'a Tree, style: Style) -> Self {
        Printer {
            tree,
            out: String::with_capacity(tree.input.len() * 2 + 32),
            style,
            pending: Vec::with_capacity(16),
            modifiers: NONE,
            frames: Vec::with_capacity(8),
            frame: NONE,
            current_template: None,
            saved: Vec::new(),
            path: Vec::with_capacity(32),
            pack_index: PackIndex::At(0),
            lambda_depth: 0,
            lambda_head: List::default(),
            dropped_comma: None,
            depth: 0,
            steps: 0,
        }
    }

    // ---- The tools of every production.

    pub(super) fn push(&mut self, text: &str) {
        self.out.push_str(text);
    }

    pub(super) fn number(&mut self, number: u32) {
        let mut digits = [0u8; 10];
        let mut at = digits.len();
        let mut rest = number;
        while let Some(slot) = at.checked_sub(1).and_then(|before| digits.get_mut(before)) {
            // A digit of base ten is always a byte.
            *slot = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            at -= 1;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.out.extend(digits.iter().skip(at).map(|&digit| char::from(digit)));
    }

    pub(super) fn last(&self) -> u8 {
        if self.dropped_comma == Some(self.out.len()) {
            return b' ';
        }
        self.out.as_bytes().last().copied().unwrap_or(0)
    }

    pub(super) fn is_gnu(&self) -> bool {
        self.style == Style::Gnu
    }

    pub(super) fn step(&mut self) -> Printed {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.out.len() > MAX_OUTPUT {
            return Err(Unprintable);
        }
        Ok(())
    }

    pub(super) fn comp(&mut self, id: Id) -> Printed {
        self.step()?;
        if self.depth >= MAX_DEPTH {
            return Err(Unprintable);
        }
        self.depth += 1;
        self.path.push(id);
        let result = self.comp_inner(id);
        self.path.pop();
        self.depth -= 1;
        result
    }

    fn comp_inner(&mut self, id: Id) -> Printed {
        match self.tree.node(id) {
            Node::Name(span) => {
                let tree = self.tree;
                self.push(tree.span(span));
                Ok(())
            }
            Node::Word(word) => {
                self.push(word);
                Ok(())
            }
            Node::Std => {
                self.push("std");
                Ok(())
            }
            Node::Builtin(kind) => {
                self.push(kind.text);
                Ok(())
            }
            Node::AnonymousNamespace => {
                self.push("(anonymous namespace)");
                Ok(())
            }
            Node::Qualified { scope, name } => self.qualified(scope, name),
            Node::Template { name, args } => self.template(name, args),
            Node::TemplateParam { level, index } => self.template_param(level, index),
            Node::Typed { .. }
            | Node::Function { .. }
            | Node::Modified { .. }
            | Node::FnQualified { .. }
            | Node::VendorQualified { .. }
            | Node::Array { .. }
            | Node::MemberPointer { .. }
            | Node::Vector { .. } => self.declarator(id),
            node => self.other(node),
        }
    }

    fn other(&mut self, node: Node) -> Printed {
        match node {
            Node::Abbreviation(sub) => {
                self.abbreviation(sub);
                Ok(())
            }
            Node::Local { function, name } => self.local(function, name),
            Node::Lambda { head, params, index } => self.lambda(head, params, index),
            Node::UnnamedType(index) => {
                self.push("{unnamed type#");
                self.number(index.saturating_add(1));
                self.push("}");
                Ok(())
            }
            Node::CtorDtor { kind, gnu, owner } => {
                if kind.is_dtor() {
                    self.push("~");
                }
                self.comp(if self.is_gnu() { gnu } else { owner })
            }
            Node::Tagged { name, tag } => self.tagged(name, tag),
            Node::Special { kind, target } => self.special(kind, target),
            Node::PackExpansion(pattern) => self.pack_expansion(pattern),
            Node::Pack(args) => self.list(args),
            Node::Conversion(ty) => self.conversion(ty),
            Node::Operator(_) | Node::VendorOperator(_) | Node::LiteralOperator(_) => {
                self.operator_function(node)
            }
            Node::Clone { inner, suffix } => self.clone_mark(inner, suffix),
            Node::Module { .. } | Node::ModuleEntity { .. } | Node::Binding(_) => {
                self.module_or_binding(node)
            }
            Node::Friend(name) => self.comp(name),
            Node::DefaultArg { name, .. } => self.comp(name),
            Node::Constrained { inner, constraint } => self.constrained(inner, constraint),
            node => self.type_or_expr(node),
        }
    }

    // ---- Lists and packs.

    /// c++filt leaves out the commas after the last argument that prints anything, but not
    /// those before or between; outside `Gnu`, an empty pack leaves no trace.
    pub(super) fn list(&mut self, list: List) -> Printed {
        let tree = self.tree;
        let mut end = self.out.len();
        let mut first = true;
        for &id in tree.list(list) {
            if let Node::Constraint(constraint) = tree.node(id) {
                self.out.truncate(end);
                self.push(" requires ");
                // It speaks of the very arguments it ends.
                let hold = self.push_frame(list)?;
                self.comp(constraint)?;
                self.frame = hold;
                end = self.out.len();
                continue;
            }
            let gnu = self.is_gnu();
            if !first {
                self.push(", ");
            }
            let before = self.out.len();
            self.comp(id)?;
            if self.out.len() > before || (gnu && first) {
                end = self.out.len();
                first = false;
            } else if !gnu {
                self.out.truncate(end);
            }
        }
        if end < self.out.len() {
            self.out.truncate(end);
            self.dropped_comma = self.is_gnu().then_some(end);
        }
        Ok(())
    }

    fn pack_expansion(&mut self, pattern: Id) -> Printed {
        let pack = if self.lambda_depth == 0 { self.find_pack(pattern)? } else { None };
        let Some(pack) = pack else {
            // A pack of function parameters, or one that is not known yet.
            self.subexpr(pattern)?;
            self.push("...");
            return Ok(());
        };
        let hold = self.pack_index;
        let mut result = Ok(());
        let count = self.args_len(pack);
        for at in 0..count {
            self.pack_index = PackIndex::At(at);
            result = self.comp(pattern);
            if result.is_err() {
                break;
            }
            if at + 1 < count {
                self.push(", ");
            }
        }
        self.pack_index = hold;
        result
    }

    /// The number of arguments, a constraint not being one.
    pub(super) fn args_len(&self, args: List) -> u32 {
        let is_arg = |id: &&Id| !matches!(self.tree.node(**id), Node::Constraint(_));
        let count = self.tree.list(args).iter().filter(is_arg).count();
        u32::try_from(count).unwrap_or(0)
    }

    /// The first pack a pattern names.
    pub(super) fn find_pack(&mut self, pattern: Id) -> Result<Option<List>, Unprintable> {
        self.step()?;
        if self.depth >= MAX_DEPTH {
            return Err(Unprintable);
        }
        if let Node::TemplateParam { index, .. } = self.tree.node(pattern) {
            return Ok(match self.argument(index).map(|arg| self.tree.node(arg)) {
                Some(Node::Pack(args)) => Some(args),
                _ => None,
            });
        }
        self.depth += 1;
        let mut found = Ok(None);
        let (nodes, lists) = super::walk::pattern_children(self.tree.node(pattern));
        let tree = self.tree;
        let listed = lists.into_iter().flatten().flat_map(|list| tree.list(list).iter().copied());
        for child in nodes.into_iter().flatten().chain(listed) {
            found = self.find_pack(child);
            if !matches!(found, Ok(None)) {
                break;
            }
        }
        self.depth -= 1;
        found
    }

    // ---- Template parameters.

    pub(super) fn push_frame(&mut self, args: List) -> Result<u32, Unprintable> {
        let hold = self.frame;
        let Ok(index) = u32::try_from(self.frames.len()) else { return Err(Unprintable) };
        self.frames.push(Frame { next: hold, args });
        self.frame = index;
        Ok(hold)
    }

    /// The argument a parameter stands for in the innermost frame.
    pub(super) fn argument(&self, index: u32) -> Option<Id> {
        let frame = self.frames.get(self.frame as usize)?;
        self.tree.list(frame.args).get(index as usize).copied()
    }

    /// As [`Printer::argument`], one element of it when it is a pack.
    pub(super) fn single_argument(&self, index: u32) -> Option<Id> {
        let arg = self.argument(index)?;
        match (self.tree.node(arg), self.pack_index) {
            (Node::Pack(args), PackIndex::At(at)) => self.tree.list(args).get(at as usize).copied(),
            _ => Some(arg),
        }
    }

    fn template_param(&mut self, level: u32, index: u32) -> Printed {
        if self.lambda_depth > 0 {
            self.lambda_param(index);
            return Ok(());
        }
        let Some(arg) = self.single_argument(index) else {
            if level == 0 {
                return Err(Unprintable);
            }
            // A parameter of a lambda or of a template template parameter around.
            self.lambda_param(index);
            return Ok(());
        };
        // The argument may name parameters of the template around.
        let hold = self.frame;
        self.frame = self.frames.get(hold as usize).map_or(NONE, |frame| frame.next);
        let result = self.comp(arg);
        self.frame = hold;
        result
    }

    /// A lambda's own parameter: `$T0` when its head declares it, else that of an `auto`.
    fn lambda_param(&mut self, index: u32) {
        let tree = self.tree;
        match tree.list(self.lambda_head).get(index as usize) {
            Some(&decl) => self.param_name(decl, index),
            None => {
                self.push("auto:");
                self.number(index.saturating_add(1));
            }
        }
    }

    fn param_name(&mut self, decl: Id, index: u32) {
        let tree = self.tree;
        let mut decl = tree.node(decl);
        // Packs of packs do not nest deeper than the name that was read.
        while let Node::ParamDecl(ParamDecl::Pack(inner)) = decl {
            decl = tree.node(inner);
        }
        self.push(match decl {
            Node::ParamDecl(ParamDecl::Value(_)) => "$N",
            Node::ParamDecl(ParamDecl::Template(_)) => "$TT",
            _ => "$T",
        });
        self.number(index);
    }

    /// `named`: the lambda's own; those of a template template parameter have no names.
    fn param_decls(&mut self, decls: List, named: bool) -> Printed {
        let tree = self.tree;
        for (index, &decl) in (0u32..).zip(tree.list(decls)) {
            if let Node::Constraint(constraint) = tree.node(decl) {
                self.push("> requires ");
                self.comp(constraint)?;
                continue;
            }
            if index > 0 {
                self.push(", ");
            }
            let is_pack = self.param_decl(decl, false)?;
            if named {
                self.push(if is_pack { "... " } else { " " });
                self.param_name(decl, index);
            } else if is_pack {
                self.push("...");
            }
        }
        Ok(())
    }

    /// The kind of parameter that is declared; answers whether it is a pack.
    fn param_decl(&mut self, id: Id, is_pack: bool) -> Result<bool, Unprintable> {
        self.step()?;
        let Node::ParamDecl(decl) = self.tree.node(id) else { return Err(Unprintable) };
        match decl {
            ParamDecl::Pack(inner) if !is_pack => return self.param_decl(inner, true),
            ParamDecl::Pack(_) => return Err(Unprintable),
            ParamDecl::Type(None) => self.push("typename"),
            ParamDecl::Type(Some(concept)) => self.comp(concept)?,
            ParamDecl::Value(ty) => self.comp(ty)?,
            ParamDecl::Template(decls) => {
                if self.depth >= MAX_DEPTH {
                    return Err(Unprintable);
                }
                self.depth += 1;
                self.push("template<");
                self.param_decls(decls, false)?;
                self.push("> class");
                self.depth -= 1;
            }
        }
        Ok(is_pack)
    }

    fn lambda(&mut self, head: List, params: List, index: u32) -> Printed {
        self.push("{lambda");
        let hold = std::mem::replace(&mut self.lambda_head, head);
        self.lambda_depth += 1;
        if head.len > 0 {
            self.push("<");
            self.param_decls(head, true)?;
            self.push(">");
        }
        self.push("(");
        let result = self.list(params);
        self.lambda_depth -= 1;
        self.lambda_head = hold;
        result?;
        self.push(")#");
        self.number(index.saturating_add(1));
        self.push("}");
        Ok(())
    }

    // ---- Names.

    fn qualified(&mut self, scope: Id, name: Id) -> Printed {
        if self.style == Style::Cxx11Neutral && super::dual_abi::is_cxx11_namespace(self.tree, name) {
            return self.comp(scope);
        }
        self.comp(scope)?;
        self.push("::");
        self.comp(name)
    }

    /// A local name's function, then what is in it.
    pub(super) fn local_scope(&mut self, function: Id, name: Id) -> Result<Id, Unprintable> {
        self.comp(function)?;
        self.push("::");
        if let Node::DefaultArg { index, name } = self.tree.node(name) {
            self.push("{default arg#");
            self.number(index.saturating_add(1));
            self.push("}::");
            return Ok(name);
        }
        Ok(name)
    }

    fn local(&mut self, function: Id, name: Id) -> Printed {
        let name = self.local_scope(function, name)?;
        self.comp(name)
    }

    fn template(&mut self, name: Id, args: List) -> Printed {
        // Declarators of the whole do not reach into the arguments.
        let hold = std::mem::replace(&mut self.modifiers, NONE);
        let hold_template = self.current_template.replace(args);
        self.comp(name)?;
        self.template_args(args)?;
        self.modifiers = hold;
        self.current_template = hold_template;
        Ok(())
    }

    pub(super) fn template_args(&mut self, args: List) -> Printed {
        if self.last() == b'<' {
            self.push(" ");
        }
        self.push("<");
        self.list(args)?;
        if self.is_gnu() && self.last() == b'>' {
            self.push(" ");
        }
        self.push(">");
        Ok(())
    }

    fn tagged(&mut self, name: Id, tag: super::ast::Span) -> Printed {
        let tree = self.tree;
        self.comp(name)?;
        if self.style == Style::Cxx11Neutral && tree.span(tag) == "cxx11" {
            return Ok(());
        }
        self.push("[abi:");
        self.push(tree.span(tag));
        self.push("]");
        Ok(())
    }

    /// c++filt, being verbose, tells the whole class everywhere.
    fn abbreviation(&mut self, sub: StdSub) {
        let (class, args) = match sub {
            StdSub::Allocator => ("std::allocator", ""),
            StdSub::BasicString => ("std::basic_string", ""),
            StdSub::String => ("std::basic_string", "<char, std::char_traits<char>, std::allocator<char> >"),
            StdSub::Istream => ("std::basic_istream", "<char, std::char_traits<char> >"),
            StdSub::Ostream => ("std::basic_ostream", "<char, std::char_traits<char> >"),
            StdSub::Iostream => ("std::basic_iostream", "<char, std::char_traits<char> >"),
        };
        self.push(class);
        match args.strip_suffix(" >").filter(|_| !self.is_gnu()) {
            Some(tight) => {
                self.push(tight);
                self.push(">");
            }
            None => self.push(args),
        }
    }

    fn operator_function(&mut self, node: Node) -> Printed {
        self.push("operator");
        match node {
            Node::Operator(op) => {
                if op.text.starts_with(|first: char| first.is_ascii_lowercase()) {
                    self.push(" ");
                }
                self.push(op.text.trim_end_matches(' '));
                Ok(())
            }
            Node::LiteralOperator(name) => {
                self.push("\"\" ");
                self.comp(name)
            }
            Node::VendorOperator(name) => {
                self.push(" ");
                self.comp(name)
            }
            _ => Err(Unprintable),
        }
    }

    /// A conversion operator's type may name the arguments of the template it is.
    fn conversion(&mut self, ty: Id) -> Printed {
        self.push("operator ");
        let Some(args) = self.current_template else { return self.comp(ty) };
        let hold = self.push_frame(args)?;
        let result = self.comp(ty);
        self.frame = hold;
        result
    }

    /// A trailing requires-clause speaks of the function's template arguments, and that of a function which is no template of
    /// those of the class around it.
    fn constrained(&mut self, inner: Id, constraint: Id) -> Printed {
        self.comp(inner)?;
        self.push(" requires ");
        let tree = self.tree;
        let hold = self.frame;
        if let Node::Typed { name, .. } = tree.node(inner)
            && let Some(args) = tree.innermost_args(name)
        {
            self.push_frame(args)?;
        }
        let result = self.comp(constraint);
        self.frame = hold;
        result
    }

    fn clone_mark(&mut self, inner: Id, suffix: super::ast::Span) -> Printed {
        let tree = self.tree;
        self.comp(inner)?;
        if self.is_gnu() {
            self.push(" [clone ");
            self.push(tree.span(suffix));
            self.push("]");
        }
        Ok(())
    }

    fn module_or_binding(&mut self, node: Node) -> Printed {
        match node {
            Node::Module { parent, name, partition } => {
                if let Some(parent) = parent {
                    self.comp(parent)?;
                }
                if partition {
                    self.push(":");
                } else if parent.is_some() {
                    self.push(".");
                }
                self.comp(name)
            }
            Node::ModuleEntity { name, module } => {
                self.comp(name)?;
                self.push("@");
                self.comp(module)
            }
            Node::Binding(names) => {
                self.push("[");
                self.list(names)?;
                self.push("]");
                Ok(())
            }
            _ => Err(Unprintable),
        }
    }

    fn special(&mut self, kind: Special, target: Id) -> Printed {
        let before = match kind {
            Special::Vtable => "vtable for ",
            Special::Vtt => "VTT for ",
            Special::ConstructionVtable(derived) => {
                self.push("construction vtable for ");
                self.comp(target)?;
                self.push("-in-");
                return self.comp(derived);
            }
            Special::VectorVariant(prefix) => {
                let tree = self.tree;
                self.comp(target)?;
                self.push(" [SIMD variant ");
                self.push(tree.span(prefix));
                self.push("]");
                return Ok(());
            }
            Special::ReferenceTemporary(number) => {
                self.push("reference temporary #");
                self.number(number);
                " for "
            }
            Special::Typeinfo => "typeinfo for ",
            Special::TypeinfoName => "typeinfo name for ",
            Special::TypeinfoFunction => "typeinfo fn for ",
            Special::JavaClass => "java Class for ",
            Special::TlsInit => "TLS init function for ",
            Special::TlsWrapper => "TLS wrapper function for ",
            Special::NonVirtualThunk(_) => "non-virtual thunk to ",
            Special::VirtualThunk(_) => "virtual thunk to ",
            Special::CovariantThunk(_) => "covariant return thunk to ",
            Special::Guard => "guard variable for ",
            Special::HiddenAlias => "hidden alias for ",
            Special::TransactionClone => "transaction clone for ",
            Special::NonTransactionClone => "non-transaction clone for ",
            Special::TemplateParamObject => "template parameter object for ",
            Special::ModuleInit => "initializer for module ",
            Special::GlobalConstructors => "global constructors keyed to ",
            Special::GlobalDestructors => "global destructors keyed to ",
        };
        self.push(before);
        self.comp(target)
    }
}
