//! A small C++ library as data: what its header declares, in order. The generator makes one, mutations edit it, and
//! the writers turn it into sources.
//!
//! Whatever has an `id` keeps it through every edit: what the library computes depends on ids and values, never on
//! names, so that an edit which leaves the ABI alone leaves the output of a program alone.

/// The access of a member, as its label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Public,
    Private,
}

impl Access {
    pub(crate) fn label(self) -> &'static str {
        match self {
            Access::Public => "public",
            Access::Private => "private",
        }
    }
}

/// A type as it is written: `int`, `Point`, `const char*`; with a bound, an array of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Type {
    pub(crate) name: String,
    pub(crate) bound: Option<String>,
}

impl Type {
    pub(crate) fn of(name: &str) -> Type {
        Type { name: name.to_owned(), bound: None }
    }

    pub(crate) fn array(name: &str, bound: usize) -> Type {
        Type { name: name.to_owned(), bound: Some(bound.to_string()) }
    }

    /// A declaration of something of this type.
    pub(crate) fn declare(&self, name: &str) -> String {
        let bound = self.bound.as_ref().map_or(String::new(), |bound| format!("[{bound}]"));
        format!("{} {name}{bound}", self.name)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Library {
    /// What programs call it by.
    pub(crate) namespace: String,
    /// One that the whole library is in besides, unseen by programs.
    pub(crate) inline_namespace: Option<String>,
    /// The header, in order.
    pub(crate) items: Vec<Item>,
    /// Functions with C linkage by the version that they have; empty: nothing is versioned.
    pub(crate) versions: Vec<Version>,
    /// What is only in the implementation.
    pub(crate) private_source: Vec<String>,
    /// The implementation is written backwards.
    pub(crate) is_backwards: bool,
    /// Flags of the compiler and the linker that belong to this library and not to the tools.
    pub(crate) flags: Vec<String>,
    pub(crate) link_flags: Vec<String>,
    /// Does the header need `<string>`.
    pub(crate) has_strings: bool,
    next_id: u32,
}

/// A version node of the version script.
#[derive(Clone, Debug)]
pub(crate) struct Version {
    pub(crate) name: String,
    pub(crate) functions: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) enum Item {
    Class(Class),
    Enum(Enum),
    Function(Function),
    Variable(Variable),
    Constant(Constant),
    /// A typedef: name, target, and whether it is written with `using`.
    Alias {
        name: String,
        target: String,
    },
    /// Anything else, as it is.
    Text(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Struct,
    Class,
    Union,
}

/// How programs use a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// Made, copied, embedded, passed by value.
    Value,
    /// Derived from, made by the library, used through references.
    Polymorphic,
    /// Only behind a pointer, with an implementation that is hidden.
    Handle,
    /// Thrown.
    Exception,
}

#[derive(Clone, Debug)]
pub(crate) struct Class {
    pub(crate) name: String,
    pub(crate) key: Key,
    pub(crate) role: Role,
    /// Between the key and the name.
    pub(crate) attributes: String,
    pub(crate) is_final: bool,
    /// Parameters, and the arguments that it is instantiated with.
    pub(crate) template: Option<Template>,
    pub(crate) bases: Vec<Base>,
    pub(crate) members: Vec<Member>,
    pub(crate) methods: Vec<Function>,
    /// Types declared within.
    pub(crate) nested: Vec<Item>,
    /// Other declarations within, as they are.
    pub(crate) extra: Vec<String>,
    /// A destructor: none, or what is before `~`.
    pub(crate) destructor: Option<Destructor>,
    /// Has a constructor that the library defines (otherwise none is declared).
    pub(crate) has_constructor: bool,
    /// Members of the hidden implementation of a handle.
    pub(crate) hidden_members: usize,
    /// Is written to the implementation; the header only declares it.
    pub(crate) is_incomplete: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destructor {
    pub(crate) is_virtual: bool,
    pub(crate) is_inline: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Template {
    pub(crate) parameters: Vec<String>,
    pub(crate) arguments: Vec<String>,
    /// An explicit instantiation, declared `extern template` in the header.
    pub(crate) is_explicit: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Base {
    pub(crate) name: String,
    pub(crate) access: Access,
    pub(crate) is_virtual: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) type_: Type,
    pub(crate) access: Access,
    pub(crate) bits: Option<u32>,
    /// Before the type: `mutable`, `alignas(16)`.
    pub(crate) prefix: String,
    /// Is in the anonymous aggregate of this number.
    pub(crate) group: Option<u32>,
    /// Came with a mutation: it is written to, and nothing depends on it.
    pub(crate) is_fresh: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Virtual {
    No,
    Yes,
    Pure,
    Override,
}

#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) type_: String,
    pub(crate) name: String,
    pub(crate) default: Option<String>,
}

/// A function, a member or not. Its body computes a number of its id and its arguments.
#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) returns: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) access: Access,
    pub(crate) virtual_: Virtual,
    pub(crate) is_static: bool,
    pub(crate) is_const: bool,
    pub(crate) is_inline: bool,
    pub(crate) is_variadic: bool,
    pub(crate) has_c_linkage: bool,
    /// Behind the parameters: `noexcept`, `&`.
    pub(crate) suffix: String,
    /// Before everything: attributes.
    pub(crate) prefix: String,
    /// Another body than the usual.
    pub(crate) body: Option<String>,
    /// Which library defines it.
    pub(crate) home: Home,
    /// `template <…>`, with the arguments of its explicit instantiation.
    pub(crate) template: Option<Template>,
    /// Is called by the library only (an inline function that it keeps emitting).
    pub(crate) is_kept: bool,
    /// Came with a mutation: no program calls it.
    pub(crate) is_fresh: bool,
    /// Is declared and nowhere defined.
    pub(crate) is_undefined: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Home {
    Main,
    /// The library that the main one needs.
    Base,
    /// One that nobody needs.
    Apart,
}

#[derive(Clone, Debug)]
pub(crate) struct Enum {
    pub(crate) name: String,
    pub(crate) is_scoped: bool,
    pub(crate) underlying: Option<String>,
    pub(crate) enumerators: Vec<Enumerator>,
    /// Enumerators that are gone, which the library goes on to understand: id and value.
    pub(crate) retired: Vec<(u32, i64)>,
    /// Counts the others; not a value that anything has.
    pub(crate) sentinel: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Enumerator {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) value: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) type_: Type,
    pub(crate) is_const: bool,
    pub(crate) is_thread_local: bool,
    pub(crate) prefix: String,
    /// The class that it is a static member of.
    pub(crate) owner: Option<&'static str>,
}

/// A number that is compiled into programs.
#[derive(Clone, Debug)]
pub(crate) struct Constant {
    pub(crate) name: String,
    /// The class that it is a static member of.
    pub(crate) owner: Option<&'static str>,
    pub(crate) type_: String,
    pub(crate) value: String,
    pub(crate) is_macro: bool,
}

impl Library {
    pub(crate) fn new(namespace: &str) -> Library {
        Library {
            namespace: namespace.to_owned(),
            inline_namespace: None,
            items: Vec::new(),
            versions: Vec::new(),
            private_source: Vec::new(),
            is_backwards: false,
            flags: Vec::new(),
            link_flags: Vec::new(),
            has_strings: false,
            next_id: 0,
        }
    }

    pub(crate) fn id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    pub(crate) fn classes(&self) -> impl Iterator<Item = &Class> {
        self.items.iter().filter_map(|item| match item {
            Item::Class(class) => Some(class),
            _ => None,
        })
    }

    pub(crate) fn class(&self, name: &str) -> Option<&Class> {
        self.classes().find(|class| class.name == name)
    }

    pub(crate) fn classes_mut(&mut self) -> impl Iterator<Item = &mut Class> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Class(class) => Some(class),
            _ => None,
        })
    }

    pub(crate) fn enums_mut(&mut self) -> impl Iterator<Item = &mut Enum> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Enum(enum_) => Some(enum_),
            _ => None,
        })
    }

    pub(crate) fn functions(&self) -> impl Iterator<Item = &Function> {
        self.items.iter().filter_map(|item| match item {
            Item::Function(function) => Some(function),
            _ => None,
        })
    }

    pub(crate) fn functions_mut(&mut self) -> impl Iterator<Item = &mut Function> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Function(function) => Some(function),
            _ => None,
        })
    }

    pub(crate) fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.items.iter().filter_map(|item| match item {
            Item::Variable(variable) => Some(variable),
            _ => None,
        })
    }

    pub(crate) fn variables_mut(&mut self) -> impl Iterator<Item = &mut Variable> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Variable(variable) => Some(variable),
            _ => None,
        })
    }

    pub(crate) fn constants(&self) -> impl Iterator<Item = &Constant> {
        self.items.iter().filter_map(|item| match item {
            Item::Constant(constant) => Some(constant),
            _ => None,
        })
    }

    pub(crate) fn constants_mut(&mut self) -> impl Iterator<Item = &mut Constant> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Constant(constant) => Some(constant),
            _ => None,
        })
    }

    /// Where an item stands.
    pub(crate) fn position(&self, matches: impl Fn(&Item) -> bool) -> Option<usize> {
        self.items.iter().position(matches)
    }
}

impl Variable {
    /// As programs name it.
    pub(crate) fn full_name(&self) -> String {
        qualified(self.owner, &self.name)
    }
}

impl Constant {
    /// As programs name it.
    pub(crate) fn full_name(&self) -> String {
        qualified(self.owner, &self.name)
    }
}

fn qualified(owner: Option<&str>, name: &str) -> String {
    owner.map_or_else(|| name.to_owned(), |owner| format!("{owner}::{name}"))
}

impl Class {
    pub(crate) fn new(key: Key, role: Role, name: &str) -> Class {
        Class {
            name: name.to_owned(),
            key,
            role,
            attributes: String::new(),
            is_final: false,
            template: None,
            bases: Vec::new(),
            members: Vec::new(),
            methods: Vec::new(),
            nested: Vec::new(),
            extra: Vec::new(),
            destructor: None,
            has_constructor: false,
            hidden_members: 0,
            is_incomplete: false,
        }
    }

    pub(crate) fn is_polymorphic(&self) -> bool {
        self.methods.iter().any(|m| m.virtual_ != Virtual::No)
            || self.destructor.as_ref().is_some_and(|d| d.is_virtual)
    }

    /// As programs name it: with template arguments.
    pub(crate) fn full_name(&self) -> String {
        match &self.template {
            Some(template) => format!("{}<{}>", self.name, template.arguments.join(", ")),
            None => self.name.clone(),
        }
    }

    /// A word for it in the names of functions.
    pub(crate) fn word(&self) -> String {
        self.name.replace("::", "_")
    }
}

impl Function {
    pub(crate) fn new(id: u32, name: &str, returns: &str) -> Function {
        Function {
            id,
            name: name.to_owned(),
            returns: returns.to_owned(),
            parameters: Vec::new(),
            access: Access::Public,
            virtual_: Virtual::No,
            is_static: false,
            is_const: false,
            is_inline: false,
            is_variadic: false,
            has_c_linkage: false,
            suffix: String::new(),
            prefix: String::new(),
            body: None,
            home: Home::Main,
            template: None,
            is_kept: false,
            is_fresh: false,
            is_undefined: false,
        }
    }

    /// Takes and gives nothing but `int`, so that it can do without any header.
    pub(crate) fn is_of_numbers(&self) -> bool {
        self.returns == "int" && self.parameters.iter().all(|p| p.type_ == "int")
    }

    pub(crate) fn with(mut self, type_: &str, name: &str) -> Function {
        self.parameters.push(Parameter { type_: type_.to_owned(), name: name.to_owned(), default: None });
        self
    }

    /// A free function with C++ linkage that nothing else depends on.
    pub(crate) fn is_plain(&self) -> bool {
        // `rate` has an overload that may be taken for what became of it.
        self.name != "rate"
            && !self.has_c_linkage
            && !self.is_inline
            && !self.is_fresh
            && self.template.is_none()
            && self.body.is_none()
            && self.home == Home::Main
            && self.prefix.is_empty()
    }
}
