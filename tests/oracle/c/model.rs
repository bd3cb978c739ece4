//! A small C library as data: what its public header declares, and the source files that define it.
//!
//! Whatever has an `id` keeps it through every edit: what the library computes depends on ids and values, never on names
//! or places, so that an edit which leaves the ABI alone leaves the output of a program alone.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    Struct,
    Union,
}

impl Key {
    pub(crate) fn keyword(self) -> &'static str {
        match self {
            Key::Struct => "struct",
            Key::Union => "union",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    /// A base type or a typedef of one: `unsigned char`.
    Number(String),
    /// `enum NAME`
    Enum(String),
    /// A struct or union of the library by its tag.
    Record(Key, String),
    /// A pointer, as it is written; nothing is read behind it.
    Pointer(String),
    Array(Box<Type>, usize),
    /// A struct or union without a tag.
    Unnamed(Key, Vec<Member>),
}

impl Type {
    pub(crate) fn number(name: &str) -> Type {
        Type::Number(name.to_owned())
    }

    pub(crate) fn array(of: Type, bound: usize) -> Type {
        Type::Array(Box::new(of), bound)
    }

    /// A declaration of something of this type.
    pub(crate) fn declare(&self, name: &str) -> String {
        match self {
            Type::Number(text) => format!("{text} {name}"),
            Type::Enum(tag) => format!("enum {tag} {name}"),
            Type::Record(key, tag) => format!("{} {tag} {name}", key.keyword()),
            Type::Pointer(text) => format!("{text} {name}"),
            Type::Array(of, bound) => of.declare(&format!("{name}[{bound}]")),
            Type::Unnamed(key, members) => {
                let list: String = members.iter().map(|m| format!(" {};", m.declare())).collect();
                format!("{} {{{list} }} {name}", key.keyword())
            }
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) id: u32,
    /// Empty for an anonymous struct or union.
    pub(crate) name: String,
    pub(crate) type_: Type,
    pub(crate) bits: Option<u32>,
    /// Came with an edit: nothing depends on it.
    pub(crate) is_fresh: bool,
}

impl Member {
    pub(crate) fn declare(&self) -> String {
        let declared = self.type_.declare(&self.name);
        match self.bits {
            Some(bits) => format!("{declared} : {bits}"),
            None => declared.trim_end().to_owned(),
        }
    }
}

/// How programs get hold of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    /// They make, copy, embed and pass it by value.
    Value,
    /// They have pointers only; the library defines it in a source file.
    Handle,
    /// They make it, and say in its first member how large it is.
    Sized,
    /// The library hands out pointers to its own.
    HandedOut,
    /// Functions of theirs that the library calls.
    Callbacks,
    /// A flexible array at its end.
    Flexible,
}

#[derive(Clone, Debug)]
pub(crate) struct Record {
    pub(crate) key: Key,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) members: Vec<Member>,
    /// Behind the closing brace.
    pub(crate) attributes: String,
}

#[derive(Clone, Debug)]
pub(crate) struct Enum {
    pub(crate) name: String,
    /// Ids, names, and values where they are written.
    pub(crate) enumerators: Vec<(u32, String, Option<i64>)>,
    /// Counts the others.
    pub(crate) sentinel: Option<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Parameter {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) type_: Type,
    pub(crate) is_const: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Function {
    pub(crate) id: u32,
    pub(crate) name: String,
    pub(crate) returns: Type,
    pub(crate) parameters: Vec<Parameter>,
    /// The source file that defines it.
    pub(crate) unit: usize,
    /// No program calls it.
    pub(crate) is_fresh: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Variable {
    pub(crate) name: String,
    pub(crate) type_: Type,
    pub(crate) is_thread_local: bool,
    pub(crate) is_fresh: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Item {
    Record(Record),
    Enum(Enum),
    /// A typedef of a base type.
    Alias(String, String),
    Function(Function),
    Variable(Variable),
}

/// A type that is one source file's own, with a function that is exported for the library's other files.
#[derive(Clone, Debug)]
pub(crate) struct Private {
    pub(crate) tag: String,
    pub(crate) unit: usize,
    pub(crate) members: Vec<String>,
}

#[derive(Clone, Debug)]
pub(crate) struct Library {
    pub(crate) items: Vec<Item>,
    pub(crate) private: Vec<Private>,
    /// Number of source files, and the order in which they are linked.
    pub(crate) units: Vec<usize>,
    /// Version nodes with the functions that have them; empty: nothing is versioned.
    pub(crate) versions: Vec<(String, Vec<String>)>,
    /// Flags of the compiler for the library alone.
    pub(crate) flags: Vec<String>,
    /// Nothing but comments and white space in front of every file.
    pub(crate) remark: String,
    next_id: u32,
}

impl Library {
    pub(crate) fn new(units: usize) -> Library {
        Library {
            items: Vec::new(),
            private: Vec::new(),
            units: (0..units).collect(),
            versions: Vec::new(),
            flags: Vec::new(),
            remark: String::new(),
            next_id: 0,
        }
    }

    pub(crate) fn id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id
    }

    pub(crate) fn records(&self) -> impl Iterator<Item = &Record> {
        self.items.iter().filter_map(|item| if let Item::Record(record) = item { Some(record) } else { None })
    }

    pub(crate) fn records_mut(&mut self) -> impl Iterator<Item = &mut Record> {
        self.items
            .iter_mut()
            .filter_map(|item| if let Item::Record(record) = item { Some(record) } else { None })
    }

    pub(crate) fn enums(&self) -> impl Iterator<Item = &Enum> {
        self.items.iter().filter_map(|item| if let Item::Enum(one) = item { Some(one) } else { None })
    }

    pub(crate) fn enums_mut(&mut self) -> impl Iterator<Item = &mut Enum> {
        self.items.iter_mut().filter_map(|item| if let Item::Enum(one) = item { Some(one) } else { None })
    }

    pub(crate) fn functions(&self) -> impl Iterator<Item = &Function> {
        self.items.iter().filter_map(|item| if let Item::Function(one) = item { Some(one) } else { None })
    }

    pub(crate) fn functions_mut(&mut self) -> impl Iterator<Item = &mut Function> {
        self.items.iter_mut().filter_map(|item| if let Item::Function(one) = item { Some(one) } else { None })
    }

    pub(crate) fn variables_mut(&mut self) -> impl Iterator<Item = &mut Variable> {
        self.items.iter_mut().filter_map(|item| if let Item::Variable(one) = item { Some(one) } else { None })
    }

    pub(crate) fn record(&self, name: &str) -> Option<&Record> {
        self.records().find(|record| record.name == name)
    }
}

/// A number inside a record: how it is reached, and what it is.
#[derive(Clone, Debug)]
pub(crate) struct Leaf {
    pub(crate) id: u32,
    pub(crate) path: String,
    pub(crate) type_: Type,
}

/// The numbers of a list of members that a library or program looks at: of a union, the member with the least id; nothing
/// that came with an edit.
pub(crate) fn leaves(library: &Library, key: Key, members: &[Member]) -> Vec<Leaf> {
    let mut found = Vec::new();
    gather(library, key, members, "", 0, &mut found);
    found
}

fn gather(library: &Library, key: Key, members: &[Member], path: &str, id: u32, found: &mut Vec<Leaf>) {
    let known = members.iter().filter(|m| !m.is_fresh);
    let oldest = known.clone().map(age).min();
    for member in known.filter(|m| key == Key::Struct || Some(age(m)) == oldest) {
        // What is wrapped without a name is reached as before.
        let (path, id) = match &*member.name {
            "" => (path.to_owned(), id),
            name => (format!("{path}.{name}"), (id * 31 + member.id) % 9973),
        };
        descend(library, &member.type_, &path, id, found);
    }
}

/// The members of a union are told apart by age, whatever they are wrapped in.
fn age(member: &Member) -> u32 {
    match &member.type_ {
        Type::Unnamed(_, members) if member.name.is_empty() => {
            members.iter().filter(|m| !m.is_fresh).map(age).min().unwrap_or(u32::MAX)
        }
        _ => member.id,
    }
}

fn descend(library: &Library, type_: &Type, path: &str, id: u32, found: &mut Vec<Leaf>) {
    match type_ {
        Type::Number(_) | Type::Enum(_) => {
            found.push(Leaf { id: id % 97 + 1, path: path.to_owned(), type_: type_.clone() });
        }
        Type::Record(key, tag) => {
            if let Some(record) = library.record(tag) {
                gather(library, *key, &record.members, path, id, found);
            }
        }
        Type::Array(of, bound) => {
            for at in 0..*bound {
                descend(library, of, &format!("{path}[{at}]"), id + at as u32, found);
            }
        }
        Type::Unnamed(key, members) => gather(library, *key, members, path, id, found),
        Type::Pointer(_) => {}
    }
}
