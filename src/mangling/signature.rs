//! What a name is about, taken apart: scopes, name, arguments, parameters.
//!
//! The strings are those of [`Style::Canonical`], printed piece by piece with the same printer,
//! so that a template parameter in a piece is looked up where it would be in the whole.

use super::ast::{CtorDtor, FnQual, Id, List, Node, StdSub, Tree};
use super::parse::MAX_DEPTH;
use super::print::{PackIndex, Printed, Printer, Style, Unprintable};

/// The ref-qualifier of a member function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RefQualifier {
    #[default]
    None,
    /// `&`
    Lvalue,
    /// `&&`
    Rvalue,
}

/// The structure of what a name is about: of a thunk or a clone its target, of a vtable or a
/// typeinfo the class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// The namespaces, classes and functions around, outermost first, with their template
    /// arguments and ABI tags: `["c10", "intrusive_ptr<at::Tensor>"]`.
    pub scope: Vec<String>,
    /// The last component without template arguments and ABI tags: `operator()`, `~Foo`.
    pub name: String,
    /// The template arguments of the last component, packs laid out flat.
    pub template_args: Option<Vec<String>>,
    /// The ABI tags of the last component.
    pub abi_tags: Vec<String>,
    /// The parameters' types, packs laid out flat, without the `...` of [`Signature::variadic`];
    /// None when it is no function.
    pub params: Option<Vec<String>>,
    /// The return type, which the names of templates tell.
    pub return_type: Option<String>,
    pub is_const: bool,
    pub is_volatile: bool,
    pub ref_qualifier: RefQualifier,
    /// A C variadic function.
    pub variadic: bool,
    /// Which constructor or destructor it is.
    pub ctor_dtor: Option<CtorDtor>,
    /// Inside a function, a lambda, an unnamed class or an unnamed namespace, or such itself:
    /// no other library can name it.
    pub is_local: bool,
}

impl Signature {
    /// `scope::name[abi:tag]<args>`.
    #[must_use]
    pub fn qualified_name(&self) -> String {
        let last = Component {
            text: self.name.clone(),
            tags: self.abi_tags.clone(),
            args: self.template_args.clone(),
        };
        let mut text = String::new();
        for scope in &self.scope {
            text.push_str(scope);
            text.push_str("::");
        }
        text.push_str(&last.joined());
        text
    }

    /// A member function without the class that defines it, which overriders in one slot share: `f(int) const`.
    #[must_use]
    pub fn without_scope(&self) -> String {
        let quals = if self.is_const { " const" } else { "" };
        format!("{}({}){quals}", self.name, self.params.as_deref().unwrap_or_default().join(", "))
    }

    /// The outermost scope.
    #[must_use]
    pub fn namespace_root(&self) -> Option<&str> {
        self.scope.first().map(String::as_str)
    }
}

/// One part of a qualified name.
#[derive(Default)]
struct Component {
    text: String,
    tags: Vec<String>,
    args: Option<Vec<String>>,
}

impl Component {
    fn joined(&self) -> String {
        let mut text = self.text.clone();
        for tag in &self.tags {
            text.push_str("[abi:");
            text.push_str(tag);
            text.push(']');
        }
        if let Some(args) = &self.args {
            text.push_str(if text.ends_with('<') { " <" } else { "<" });
            text.push_str(&args.join(", "));
            text.push('>');
        }
        text
    }
}

struct Taker<'a> {
    printer: Printer<'a>,
    components: Vec<Component>,
    signature: Signature,
}

/// The signature, or None when a part of it cannot be printed.
pub(super) fn signature(tree: &Tree) -> Option<Signature> {
    let mut taker = Taker {
        printer: Printer::new(tree, Style::Canonical),
        components: Vec::new(),
        signature: Signature::default(),
    };
    taker.encoding(tree.root).ok()?;
    taker.finish()
}

impl Taker<'_> {
    fn finish(mut self) -> Option<Signature> {
        let last = self.components.pop()?;
        self.signature.scope = self.components.iter().map(Component::joined).collect();
        self.signature.name = last.text;
        self.signature.abi_tags = last.tags;
        self.signature.template_args = last.args;
        Some(self.signature)
    }

    /// Looks through thunks and clones to what they are of.
    fn encoding(&mut self, id: Id) -> Printed {
        let mut id = id;
        loop {
            id = match self.printer.tree.node(id) {
                Node::Clone { inner, .. } | Node::Constrained { inner, .. } => inner,
                Node::Special { target, .. } => target,
                Node::Typed { name, function } => return self.typed(name, function),
                _ => return self.name(id, 0),
            };
        }
    }

    fn typed(&mut self, name: Id, function: Id) -> Printed {
        self.name(name, 0)?;
        let tree = self.printer.tree;
        let Node::Function { result, params } = tree.node(function) else {
            return Err(Unprintable);
        };
        let hold = self.printer.frame;
        if let Node::Template { args, .. } = tree.node(tree.bare_name(name)) {
            self.printer.push_frame(args)?;
        }
        let mut types = Vec::new();
        let mut listed = tree.list(params);
        if let Some((&last, before)) = listed.split_last()
            && matches!(tree.node(last), Node::Builtin(kind) if kind.text == "...")
        {
            self.signature.variadic = true;
            listed = before;
        }
        for &param in listed {
            self.flat(param, &mut types, 0)?;
        }
        self.signature.params = Some(types);
        self.signature.return_type = match result {
            Some(result) => Some(self.text(result)?),
            None => None,
        };
        self.printer.frame = hold;
        Ok(())
    }

    fn text(&mut self, id: Id) -> Result<String, Unprintable> {
        self.printer.out.clear();
        self.printer.comp(id)?;
        Ok(std::mem::take(&mut self.printer.out))
    }

    /// The texts of one argument or parameter: packs and their expansions are several.
    fn flat(&mut self, id: Id, to: &mut Vec<String>, depth: u32) -> Printed {
        self.printer.step()?;
        if depth > MAX_DEPTH {
            return Err(Unprintable);
        }
        let tree = self.printer.tree;
        match tree.node(id) {
            Node::Pack(items) => {
                for &item in tree.list(items) {
                    self.flat(item, to, depth + 1)?;
                }
            }
            Node::Constraint(_) => {}
            Node::PackExpansion(pattern) => {
                let Some(pack) = self.printer.find_pack(pattern)? else {
                    to.push(self.text(id)?);
                    return Ok(());
                };
                let hold = self.printer.pack_index;
                for at in 0..self.printer.args_len(pack) {
                    self.printer.pack_index = PackIndex::At(at);
                    self.flat(pattern, to, depth + 1)?;
                }
                self.printer.pack_index = hold;
            }
            _ => {
                let text = self.text(id)?;
                if !text.is_empty() {
                    to.push(text);
                }
            }
        }
        Ok(())
    }

    fn args(&mut self, args: List) -> Result<Vec<String>, Unprintable> {
        let mut texts = Vec::new();
        let tree = self.printer.tree;
        for &arg in tree.list(args) {
            self.flat(arg, &mut texts, 0)?;
        }
        Ok(texts)
    }

    /// Adds the components of a name.
    fn name(&mut self, id: Id, depth: u32) -> Printed {
        self.printer.step()?;
        if depth > MAX_DEPTH {
            return Err(Unprintable);
        }
        let tree = self.printer.tree;
        match tree.node(id) {
            Node::FnQualified { qual, inner } => {
                self.qualifier(qual);
                self.name(inner, depth + 1)
            }
            Node::Qualified { scope, name } => {
                self.name(scope, depth + 1)?;
                self.name(name, depth + 1)
            }
            Node::Local { function, name } => self.local(function, name, depth),
            Node::Template { name, args } => {
                let hold = self.printer.current_template.replace(args);
                self.name(name, depth + 1)?;
                self.printer.current_template = hold;
                let texts = self.args(args)?;
                if let Some(last) = self.components.last_mut() {
                    last.args = Some(texts);
                }
                Ok(())
            }
            Node::Tagged { name, tag } => {
                self.name(name, depth + 1)?;
                if let Some(last) = self.components.last_mut() {
                    last.tags.push(tree.span(tag).to_owned());
                }
                Ok(())
            }
            Node::Abbreviation(sub) => {
                self.abbreviation(sub);
                Ok(())
            }
            node => self.leaf(id, node),
        }
    }

    fn leaf(&mut self, id: Id, node: Node) -> Printed {
        match node {
            Node::AnonymousNamespace | Node::Lambda { .. } | Node::UnnamedType(_) => {
                self.signature.is_local = true;
            }
            Node::CtorDtor { kind, .. } => self.signature.ctor_dtor = Some(kind),
            _ => {}
        }
        let text = self.text(id)?;
        self.components.push(Component { text, ..Component::default() });
        Ok(())
    }

    fn qualifier(&mut self, qual: FnQual) {
        let signature = &mut self.signature;
        match qual {
            FnQual::Const => signature.is_const = true,
            FnQual::Volatile => signature.is_volatile = true,
            FnQual::Reference => signature.ref_qualifier = RefQualifier::Lvalue,
            FnQual::RvalueReference => signature.ref_qualifier = RefQualifier::Rvalue,
            _ => {}
        }
    }

    /// The function around is one component, with its parameters.
    fn local(&mut self, function: Id, name: Id, depth: u32) -> Printed {
        let inner = self.inner_signature(function, depth)?;
        let mut text = inner.0.joined();
        text.push_str(&inner.1);
        self.components.push(Component { text, ..Component::default() });
        self.signature.is_local = true;
        let mut name = name;
        if let Node::DefaultArg { index, name: inner } = self.printer.tree.node(name) {
            let text = format!("{{default arg#{}}}", index.saturating_add(1));
            self.components.push(Component { text, ..Component::default() });
            name = inner;
        }
        self.name(name, depth + 1)
    }

    /// Adds the scopes of the function around; answers its last component and the text of its
    /// parameters and qualifiers.
    fn inner_signature(&mut self, function: Id, depth: u32) -> Result<(Component, String), Unprintable> {
        let outer = std::mem::take(&mut self.signature);
        let tree = self.printer.tree;
        let inner = match tree.node(function) {
            Node::Constrained { inner, .. } => inner,
            _ => function,
        };
        match tree.node(inner) {
            Node::Typed { name, .. } => self.name(name, depth + 1)?,
            _ => {
                self.leaf(inner, Node::Std)?;
            }
        }
        let quals = std::mem::replace(&mut self.signature, outer);
        let last = self.components.pop().ok_or(Unprintable)?;
        let mut text = String::new();
        if let Node::Typed { name, function } = tree.node(inner)
            && let Node::Function { params, .. } = tree.node(function)
        {
            let hold = self.printer.frame;
            if let Node::Template { args, .. } = tree.node(tree.bare_name(name)) {
                self.printer.push_frame(args)?;
            }
            text.push('(');
            text.push_str(&self.args(params)?.join(", "));
            text.push(')');
            self.printer.frame = hold;
        }
        text.push_str(if quals.is_const { " const" } else { "" });
        text.push_str(if quals.is_volatile { " volatile" } else { "" });
        text.push_str(match quals.ref_qualifier {
            RefQualifier::None => "",
            RefQualifier::Lvalue => " &",
            RefQualifier::Rvalue => " &&",
        });
        Ok((last, text))
    }

    fn abbreviation(&mut self, sub: StdSub) {
        let args: Option<&[&str]> = match sub {
            StdSub::Allocator | StdSub::BasicString => None,
            StdSub::String => Some(&["char", "std::char_traits<char>", "std::allocator<char>"]),
            _ => Some(&["char", "std::char_traits<char>"]),
        };
        self.components.push(Component { text: "std".to_owned(), ..Component::default() });
        self.components.push(Component {
            text: sub.class().to_owned(),
            tags: Vec::new(),
            args: args.map(|args| args.iter().map(|&arg| arg.to_owned()).collect()),
        });
    }
}
