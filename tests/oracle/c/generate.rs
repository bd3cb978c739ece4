//! Makes a C library of a seed: always the same cast, each with members, functions and an order of its own.

use super::model::{
    Enum, Function, Item, Key, Library, Member, Parameter, Private, Record, Role, Type, Variable,
};
use crate::dice::Dice;

/// Types of members: of every size and class of register, so that there are holes and mixtures.
const NUMBERS: [&str; 11] = [
    "char",
    "short",
    "int",
    "long",
    "unsigned",
    "unsigned char",
    "float",
    "double",
    "unsigned long",
    "count_t",
    "long double",
];
/// Types of by-value records: small, so that registers decide.
const SMALL: [&str; 7] = ["int", "float", "double", "long", "short", "unsigned", "char"];
/// No word for what a size beside it may be the size of.
const WORDS: [&str; 20] = [
    "width", "height", "weight", "depth", "total", "price", "volume", "rank", "level", "offset", "speed",
    "angle", "amount", "share", "limit", "score", "phase", "gain", "tempo", "stop",
];
const VERBS: [&str; 12] = [
    "measure", "settle", "compare", "gather", "refine", "convert", "adjust", "resolve", "balance", "inspect",
    "arrange", "combine",
];

/// Source files of a library.
const UNITS: usize = 3;

struct Generator {
    dice: Dice,
    library: Library,
}

pub(crate) fn library(seed: u64) -> Library {
    let mut generator = Generator { dice: Dice::of(seed, "c library"), library: Library::new(UNITS) };
    generator.enums();
    generator.values();
    generator.others();
    generator.functions();
    generator.variables();
    generator.private();
    generator.versions(seed);
    generator.library
}

impl Generator {
    fn words(&mut self, count: usize) -> Vec<&'static str> {
        let mut words = WORDS.to_vec();
        self.dice.shuffle(&mut words);
        words.truncate(count);
        words
    }

    fn member(&mut self, name: &str, type_: Type) -> Member {
        Member { id: self.library.id(), name: name.to_owned(), type_, bits: None, is_fresh: false }
    }

    fn members(&mut self, of: &[&'static str], low: usize, high: usize) -> Vec<Member> {
        let count = self.dice.between(low, high);
        let words = self.words(count);
        words
            .iter()
            .map(|word| {
                let type_ = Type::number(self.dice.pick(of));
                self.member(word, type_)
            })
            .collect()
    }

    fn record(&mut self, key: Key, role: Role, name: &str, members: Vec<Member>) {
        let record = Record { key, name: name.to_owned(), role, members, attributes: String::new() };
        self.library.items.push(Item::Record(record));
    }

    fn enums(&mut self) {
        self.library.items.push(Item::Alias("count_t".to_owned(), "int".to_owned()));
        self.library.items.push(Item::Alias("ratio_t".to_owned(), "float".to_owned()));
        for (name, has_sentinel) in [("mode", false), ("color", true)] {
            let count = self.dice.between(3, 5);
            let words = self.words(count);
            let enumerators = words.iter().enumerate().map(|(at, word)| {
                let value = (!has_sentinel).then_some(at as i64 * 2);
                (self.library.id(), format!("{}_{}", name.to_uppercase(), word.to_uppercase()), value)
            });
            let enumerators = enumerators.collect();
            let sentinel = has_sentinel.then(|| {
                self.dice
                    .pick(&["COLOR_COUNT", "color_max", "Color_Last", "COLOR_LASTENTRY", "NUM_COLORS"])
                    .to_owned()
            });
            self.library.items.push(Item::Enum(Enum { name: name.to_owned(), enumerators, sentinel }));
        }
    }

    fn values(&mut self) {
        let members = self.members(&SMALL, 2, 3);
        self.record(Key::Struct, Role::Value, "point", members);
        let members = self.members(&NUMBERS, 3, 6);
        self.record(Key::Struct, Role::Value, "entry", members);
        let one = self.dice.pick(&SMALL);
        let members = vec![self.member("only", Type::number(one))];
        self.record(Key::Struct, Role::Value, "single", members);

        let mut members = Vec::new();
        for (name, type_) in
            [("whole", "int"), ("wide", "long"), ("fine", self.dice.pick(&["float", "double"]))]
        {
            let member = self.member(name, Type::number(type_));
            members.push(member);
        }
        self.record(Key::Union, Role::Value, "number", members);

        let mut members = Vec::new();
        for word in self.words(4) {
            let type_ = Type::number(self.dice.pick(&["unsigned", "int", "unsigned char"]));
            let bits = Some(self.dice.between(4, 7) as u32);
            let member = Member { bits, ..self.member(word, type_) };
            members.push(member);
        }
        let last = self.member("last", Type::number("int"));
        members.push(last);
        self.record(Key::Struct, Role::Value, "flags", members);

        // Unnamed types with one first member, which are different types all the same.
        let mut members = self.members(&NUMBERS, 1, 2);
        for name in ["near", "far"] {
            let inner =
                vec![self.member("x", Type::number("int")), self.member("y", Type::number(name_of(name)))];
            let member = self.member(name, Type::Unnamed(Key::Struct, inner));
            members.push(member);
        }
        let inner =
            vec![self.member("small", Type::number("short")), self.member("large", Type::number("double"))];
        let anonymous = self.member("", Type::Unnamed(Key::Union, inner));
        members.push(anonymous);
        self.dice.shuffle(&mut members);
        self.record(Key::Struct, Role::Value, "mixed", members);

        let bound = self.dice.between(2, 4);
        let parts = [
            ("place", Type::Record(Key::Struct, "point".to_owned())),
            ("mode", Type::Enum("mode".to_owned())),
            ("color", Type::Enum("color".to_owned())),
            ("lines", Type::array(Type::number("short"), bound)),
            ("amount", Type::Record(Key::Union, "number".to_owned())),
            ("share", Type::number("ratio_t")),
        ];
        let mut members = Vec::new();
        for (name, type_) in parts {
            let member = self.member(name, type_);
            members.push(member);
        }
        self.dice.shuffle(&mut members);
        self.record(Key::Struct, Role::Value, "order", members);
    }

    fn others(&mut self) {
        let members = self.members(&NUMBERS, 2, 4);
        self.record(Key::Struct, Role::Handle, "store", members);

        let mut members = vec![self.member("size", Type::number("unsigned long"))];
        members.extend(self.members(&SMALL, 2, 3));
        self.record(Key::Struct, Role::Sized, "options", members);

        let members = self.members(&NUMBERS, 2, 4);
        self.record(Key::Struct, Role::HandedOut, "info", members);

        let mut members = Vec::new();
        for name in ["open", "read", "close"] {
            let member = self.member(name, Type::number("callback"));
            members.push(member);
        }
        self.record(Key::Struct, Role::Callbacks, "driver", members);

        let element = self.dice.pick(&["int", "short", "double"]);
        let members =
            vec![self.member("count", Type::number("int")), self.member("data", Type::number(element))];
        self.record(Key::Struct, Role::Flexible, "packet", members);
    }

    fn functions(&mut self) {
        let mut verbs = VERBS.to_vec();
        self.dice.shuffle(&mut verbs);
        for verb in verbs.into_iter().take(7) {
            let returns = Type::number(self.dice.pick(&["int", "long", "double"]));
            let count = self.dice.between(2, 4);
            let mut parameters = Vec::new();
            for word in self.words(count) {
                let type_ = match self.dice.below(9) {
                    0 => Type::Enum("mode".to_owned()),
                    1 => Type::Record(Key::Struct, "point".to_owned()),
                    2 => Type::Record(Key::Union, "number".to_owned()),
                    3 => Type::Record(Key::Struct, "single".to_owned()),
                    _ => Type::number(
                        self.dice.pick(&["int", "long", "double", "float", "unsigned", "char", "count_t"]),
                    ),
                };
                parameters.push(Parameter {
                    id: self.library.id(),
                    name: word.to_owned(),
                    type_,
                    is_const: false,
                });
            }
            let (id, unit) = (self.library.id(), self.dice.below(UNITS));
            let function = Function { id, name: verb.to_owned(), returns, parameters, unit, is_fresh: false };
            self.library.items.push(Item::Function(function));
        }
    }

    fn variables(&mut self) {
        let point = Type::Record(Key::Struct, "point".to_owned());
        let inner = vec![self.member("x", Type::number("int")), self.member("z", Type::number("float"))];
        for (name, type_) in [
            ("counter", Type::number("int")),
            ("origin", point),
            ("table", Type::array(Type::number("long"), 4)),
            ("settings", Type::Unnamed(Key::Struct, inner)),
        ] {
            let variable = Variable { name: name.to_owned(), type_, is_thread_local: false, is_fresh: false };
            self.library.items.push(Item::Variable(variable));
        }
    }

    /// Types of one name in several source files.
    fn private(&mut self) {
        for unit in 0..UNITS {
            let members = match unit {
                0 => vec!["int state".to_owned(), "long total".to_owned()],
                1 => vec!["double weight".to_owned()],
                _ => vec!["char name[24]".to_owned(), "int used".to_owned()],
            };
            self.library.private.push(Private { tag: "node".to_owned(), unit, members });
        }
    }

    fn versions(&mut self, seed: u64) {
        if seed % 3 == 1 {
            let names: Vec<String> = self.library.functions().map(|f| f.name.clone()).collect();
            let (early, late) = names.split_at(names.len() / 2);
            self.library.versions =
                vec![("SHOP_1".to_owned(), early.to_vec()), ("SHOP_2".to_owned(), late.to_vec())];
        }
    }
}

fn name_of(name: &str) -> &'static str {
    if name == "near" { "int" } else { "double" }
}
