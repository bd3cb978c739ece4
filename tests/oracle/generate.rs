//! Makes a library of a seed: always the same cast of declarations, each with members, functions and an order of its
//! own.

use crate::dice::Dice;
use crate::model::{
    Access, Base, Class, Constant, Destructor, Enum, Enumerator, Function, Home, Item, Key, Library, Member,
    Role, Template, Type, Variable, Version, Virtual,
};

/// Types of members: of every size, so that there are holes.
const NUMBERS: [&str; 10] =
    ["bool", "char", "short", "int", "long", "unsigned", "unsigned char", "float", "double", "unsigned long"];
/// Types of parameters.
const ARGUMENTS: [&str; 7] = ["int", "long", "double", "const Point&", "Point", "Mode", "unsigned"];
const WORDS: [&str; 24] = [
    "width", "height", "weight", "depth", "total", "price", "volume", "rank", "level", "offset", "speed",
    "angle", "amount", "share", "limit", "score", "phase", "index", "gain", "start", "stop", "credit",
    "debit", "margin",
];
const VERBS: [&str; 16] = [
    "measure", "settle", "compare", "gather", "refine", "convert", "adjust", "resolve", "balance", "inspect",
    "arrange", "combine", "deliver", "estimate", "forward", "schedule",
];

struct Generator {
    dice: Dice,
    library: Library,
    verbs: Vec<&'static str>,
}

pub(crate) fn library(seed: u64) -> Library {
    let dice = Dice::of(seed, "library");
    let mut generator = Generator { dice, library: Library::new("shop"), verbs: Vec::new() };
    generator.library.has_strings = seed % 4 == 3;
    generator.enums();
    generator.constants();
    generator.plain_classes();
    generator.composed_classes();
    generator.templates();
    generator.polymorphic_classes();
    generator.handles_and_exceptions();
    generator.functions();
    generator.c_functions();
    generator.variables();
    generator.library
}

impl Generator {
    fn words(&mut self, count: usize) -> Vec<&'static str> {
        let mut words = WORDS.to_vec();
        self.dice.shuffle(&mut words);
        words.truncate(count);
        words
    }

    fn verb(&mut self) -> &'static str {
        if self.verbs.is_empty() {
            self.verbs = VERBS.to_vec();
            self.dice.shuffle(&mut self.verbs);
        }
        self.verbs.pop().expect("just filled")
    }

    fn member(&mut self, type_: Type, name: &str, access: Access) -> Member {
        let id = self.library.id();
        let name = name.to_owned();
        Member { id, name, type_, access, bits: None, prefix: String::new(), group: None, is_fresh: false }
    }

    fn members(&mut self, low: usize, high: usize, access: Access) -> Vec<Member> {
        let count = self.dice.between(low, high);
        let suffix = if access == Access::Public { "" } else { "_" };
        let words = self.words(count);
        words
            .iter()
            .map(|word| {
                let type_ = Type::of(self.dice.pick(&NUMBERS));
                self.member(type_, &format!("{word}{suffix}"), access)
            })
            .collect()
    }

    fn function(&mut self, name: &str, returns: &str, low: usize, high: usize) -> Function {
        let id = self.library.id();
        let mut function = Function::new(id, name, returns);
        let count = self.dice.between(low, high);
        for word in self.words(count) {
            function = function.with(self.dice.pick(&ARGUMENTS), word);
        }
        function
    }

    fn method(&mut self, virtual_: Virtual, is_const: bool) -> Function {
        let verb = self.verb();
        let returns = self.dice.pick(&["int", "long", "double"]);
        Function { virtual_, is_const, ..self.function(verb, returns, 0, 2) }
    }

    fn push(&mut self, class: Class) {
        self.library.items.push(Item::Class(class));
    }

    fn enums(&mut self) {
        let scoped = self.enum_("Mode", true);
        let plain = self.enum_("Color", false);
        self.library.items.push(Item::Enum(scoped));
        self.library.items.push(Item::Enum(plain));
    }

    fn enum_(&mut self, name: &str, is_scoped: bool) -> Enum {
        let count = self.dice.between(3, 6);
        let has_values = is_scoped;
        let prefix = if is_scoped { "" } else { "color_" };
        let mut enumerators = Vec::new();
        for (at, word) in self.words(count).into_iter().enumerate() {
            let value = has_values.then(|| (at * 2).to_string());
            enumerators.push(Enumerator { id: self.library.id(), name: format!("{prefix}{word}"), value });
        }
        let underlying = match self.dice.below(3) {
            0 if is_scoped => Some("unsigned char".to_owned()),
            1 if is_scoped => Some("short".to_owned()),
            _ => None,
        };
        let sentinel = (!is_scoped).then(|| "color_count".to_owned());
        Enum { name: name.to_owned(), is_scoped, underlying, enumerators, retired: Vec::new(), sentinel }
    }

    fn constants(&mut self) {
        self.constant("batch_size", None, false);
        self.constant("SHOP_BLOCK", None, true);
        let alias =
            |name: &str, target: &str| Item::Alias { name: name.to_owned(), target: target.to_owned() };
        self.library.items.push(alias("count_t", "int"));
        self.library.items.push(alias("ratio_t", "double"));
        self.library.items.push(alias("callback_t", "int (*)(int, void*)"));
    }

    fn constant(&mut self, name: &str, owner: Option<&'static str>, is_macro: bool) {
        let value = self.dice.between(4, 60).to_string();
        let (name, type_) = (name.to_owned(), "int".to_owned());
        self.library.items.push(Item::Constant(Constant { name, owner, type_, value, is_macro }));
    }

    fn plain_classes(&mut self) {
        let mut point = Class::new(Key::Struct, Role::Value, "Point");
        point.members = self.members(2, 4, Access::Public);
        self.push(point);

        let mut record = Class::new(Key::Class, Role::Value, "Record");
        record.members = self.members(3, 5, Access::Private);
        record.has_constructor = true;
        for is_const in [true, false, true] {
            let method = self.method(Virtual::No, is_const);
            record.methods.push(method);
        }
        let method = Function { is_static: true, ..self.method(Virtual::No, false) };
        record.methods.push(method);
        let method = Function { is_inline: true, parameters: Vec::new(), ..self.method(Virtual::No, true) };
        let body = Some(format!("return {} + {};", method.id, record.members[0].name));
        record.methods.push(Function { body, ..method });
        self.push(record);
        self.constant("capacity", Some("Record"), false);
        self.variable("made", Type::of("int"), Some("Record"));

        let mut flags = Class::new(Key::Struct, Role::Value, "Flags");
        for word in self.words(4) {
            let type_ = Type::of(self.dice.pick(&["unsigned", "unsigned", "int"]));
            let bits = Some(self.dice.between(3, 9) as u32);
            let member = Member { bits, ..self.member(type_, word, Access::Public) };
            flags.members.push(member);
        }
        let last = self.member(Type::of("int"), "last", Access::Public);
        flags.members.push(last);
        self.push(flags);

        let mut number = Class::new(Key::Union, Role::Value, "Number");
        for (type_, name) in [("int", "whole"), ("float", "real"), ("double", "wide")] {
            let member = self.member(Type::of(type_), name, Access::Public);
            number.members.push(member);
        }
        self.push(number);
    }

    /// Classes that are made of others.
    fn composed_classes(&mut self) {
        let mut order = Class::new(Key::Struct, Role::Value, "Order");
        let bound = self.dice.between(2, 4);
        let parts = [
            (Type::of("Point"), "place"),
            (Type::of("Mode"), "mode"),
            (Type::array("int", bound), "lines"),
            (Type::of("count_t"), "pieces"),
            (Type::of("Color"), "color"),
            (Type::of("Number"), "number"),
        ];
        for (type_, name) in parts {
            let member = self.member(type_, name, Access::Public);
            order.members.push(member);
        }
        self.dice.shuffle(&mut order.members);
        self.push(order);

        let mut options = Class::new(Key::Struct, Role::Value, "Options");
        options.members = self.members(2, 3, Access::Public);
        let reserved = self.member(Type::array("long", 4), "reserved", Access::Public);
        let reserved = Member { is_fresh: true, ..reserved };
        options.members.push(reserved);
        self.push(options);

        let mut outer = Class::new(Key::Class, Role::Value, "Outer");
        outer.has_constructor = true;
        let mut inner = Class::new(Key::Struct, Role::Value, "Outer::Inner");
        inner.members = self.members(2, 3, Access::Public);
        outer.nested.push(Item::Class(inner));
        outer.members = self.members(1, 2, Access::Private);
        let member = self.member(Type::of("Inner"), "inner", Access::Public);
        outer.members.push(member);
        let method = self.method(Virtual::No, true);
        outer.methods.push(method);
        self.push(outer);

        let mut mixed = Class::new(Key::Struct, Role::Value, "Mixed");
        mixed.members = self.members(1, 2, Access::Public);
        for (type_, name, group) in
            [("int", "small", 1), ("float", "fine", 1), ("short", "first", 2), ("long", "second", 2)]
        {
            let member = self.member(Type::of(type_), name, Access::Public);
            mixed.members.push(Member { group: Some(group), ..member });
        }
        self.push(mixed);

        let base = |name: &str| Base { name: name.to_owned(), access: Access::Public, is_virtual: false };
        let mut tag = Class::new(Key::Struct, Role::Value, "Label");
        tag.members = self.members(1, 2, Access::Public);
        self.push(tag);
        let mut place = Class::new(Key::Struct, Role::Value, "Place");
        place.bases = vec![base("Point"), base("Label")];
        place.members = vec![self.member(Type::of("int"), "floor", Access::Public)];
        self.push(place);
        // Derived, so that its tail padding may be used.
        let mut archive = Class::new(Key::Class, Role::Value, "Archive");
        archive.has_constructor = true;
        archive.destructor = Some(Destructor { is_virtual: false, is_inline: false });
        archive.bases = vec![base("Record")];
        archive.members = vec![self.member(Type::of("int"), "shelf_", Access::Private)];
        self.push(archive);
        if self.library.has_strings {
            let mut text = Class::new(Key::Struct, Role::Value, "Text");
            text.members = vec![
                self.member(Type::of("std::string"), "title", Access::Public),
                self.member(Type::of("int"), "pages", Access::Public),
            ];
            self.push(text);
        }
    }

    fn templates(&mut self) {
        let mut cell = Class::new(Key::Struct, Role::Value, "Cell");
        cell.template = Some(Template {
            parameters: vec!["T".to_owned()],
            arguments: vec!["int".to_owned()],
            is_explicit: true,
        });
        cell.members = vec![
            self.member(Type::of("T"), "content", Access::Public),
            self.member(Type::of("short"), "used", Access::Public),
        ];
        let id = self.library.id();
        let method = Function::new(id, "weight", "long").with("int", "factor");
        cell.methods.push(Function {
            is_const: true,
            is_inline: true,
            body: Some("return static_cast<long>(content) * factor + used;".to_owned()),
            prefix: "__attribute__((noinline)) ".to_owned(),
            ..method
        });
        self.push(cell);
        let mut both = Class::new(Key::Struct, Role::Value, "Both");
        both.template = Some(Template {
            parameters: vec!["T".to_owned(), "U".to_owned()],
            arguments: vec!["int".to_owned(), "double".to_owned()],
            is_explicit: false,
        });
        both.members = vec![
            self.member(Type::of("T"), "left", Access::Public),
            self.member(Type::of("U"), "right", Access::Public),
        ];
        self.push(both);
    }

    fn polymorphic(&mut self, name: &str, virtuals: &[Virtual], bases: &[(&str, bool)]) -> Class {
        let mut class = Class::new(Key::Class, Role::Polymorphic, name);
        class.has_constructor = true;
        class.destructor = Some(Destructor { is_virtual: true, is_inline: false });
        class.members = self.members(1, 2, Access::Private);
        for virtual_ in virtuals {
            let is_const = self.dice.one_in(2);
            let method = self.method(*virtual_, is_const);
            class.methods.push(method);
        }
        class.bases = bases
            .iter()
            .map(|(name, is_virtual)| Base {
                name: (*name).to_owned(),
                access: Access::Public,
                is_virtual: *is_virtual,
            })
            .collect();
        class
    }

    /// Overrides of some of the virtual functions of a base, with its parameters.
    fn overrides(&mut self, base: &Class, at_most: usize) -> Vec<Function> {
        let virtuals: Vec<&Function> = base.methods.iter().filter(|m| m.virtual_ != Virtual::No).collect();
        let mut overrides = Vec::new();
        for method in virtuals.into_iter().take(at_most) {
            let id = self.library.id();
            overrides.push(Function { id, virtual_: Virtual::Override, ..method.clone() });
        }
        overrides
    }

    fn polymorphic_classes(&mut self) {
        self.verbs.clear();
        let mut shape = self.polymorphic("Shape", &[Virtual::Yes, Virtual::Yes, Virtual::Yes], &[]);
        let method = self.method(Virtual::No, true);
        shape.methods.push(method);
        let id = self.library.id();
        let twin = Function::new(id, "twin", "Shape*");
        shape.methods.push(Function {
            virtual_: Virtual::Yes,
            body: Some("return nullptr;".to_owned()),
            ..twin
        });
        let mut circle = self.polymorphic("Circle", &[Virtual::Yes], &[("Shape", false)]);
        circle.methods.extend(self.overrides(&shape, 2));
        let mut sink = self.polymorphic("Sink", &[Virtual::Yes, Virtual::Yes], &[]);
        let id = self.library.id();
        let itself = Function::new(id, "itself", "Sink*");
        sink.methods.push(Function {
            virtual_: Virtual::Yes,
            body: Some("return this;".to_owned()),
            ..itself
        });
        let mut panel = self.polymorphic("Panel", &[Virtual::Yes], &[("Shape", false), ("Sink", false)]);
        panel.methods.extend(self.overrides(&shape, 1));
        panel.methods.extend(self.overrides(&sink, 1));
        let id = self.library.id();
        let itself = Function::new(id, "itself", "Sink*");
        panel.methods.push(Function {
            virtual_: Virtual::Override,
            body: Some("return this;".to_owned()),
            ..itself
        });
        for class in [shape, circle, sink, panel] {
            self.push(class);
        }
        self.verbs.clear();
        let root = self.polymorphic("Root", &[Virtual::Yes], &[]);
        let mut left = self.polymorphic("Left", &[Virtual::Yes], &[("Root", true)]);
        left.methods.extend(self.overrides(&root, 1));
        let right = self.polymorphic("Right", &[Virtual::Yes], &[("Root", true)]);
        let mut bottom = self.polymorphic("Bottom", &[Virtual::Yes], &[("Left", false), ("Right", false)]);
        bottom.methods.extend(self.overrides(&right, 1));
        bottom.methods.extend(self.overrides(&root, 1));
        for class in [root, left, right, bottom] {
            self.push(class);
        }
        self.verbs.clear();
        // Without a key function: every program has a copy of its vtable.
        let mut listener = Class::new(Key::Class, Role::Polymorphic, "Listener");
        listener.destructor = Some(Destructor { is_virtual: true, is_inline: true });
        for _ in 0..2 {
            let method = self.method(Virtual::Pure, false);
            listener.methods.push(method);
        }
        self.push(listener);
    }

    fn handles_and_exceptions(&mut self) {
        let mut engine = Class::new(Key::Class, Role::Handle, "Engine");
        engine.has_constructor = true;
        engine.destructor = Some(Destructor { is_virtual: false, is_inline: false });
        engine.hidden_members = self.dice.between(1, 3);
        for _ in 0..2 {
            let method = self.method(Virtual::No, false);
            engine.methods.push(method);
        }
        self.push(engine);
        let mut failure = self.polymorphic("Failure", &[Virtual::Yes], &[]);
        failure.role = Role::Exception;
        let mut timeout = self.polymorphic("Timeout", &[], &[("Failure", false)]);
        timeout.methods.extend(self.overrides(&failure, 1));
        timeout.role = Role::Exception;
        self.push(failure);
        self.push(timeout);
    }

    fn functions(&mut self) {
        self.verbs.clear();
        for _ in 0..4 {
            let verb = self.verb();
            let returns = self.dice.pick(&["int", "long", "double", "Mode", "Point"]);
            let function = self.function(verb, returns, 1, 3);
            self.library.items.push(Item::Function(function));
        }
        // Overloads that could be one.
        let id = self.library.id();
        let short = Function::new(id, "rate", "int").with("int", "first");
        let id = self.library.id();
        let long = Function::new(id, "rate", "int").with("int", "first").with("long", "second");
        let id = self.library.id();
        let mut defaulted = Function::new(id, "greet", "int").with("int", "first").with("int", "second");
        defaulted.parameters[1].default = Some("7".to_owned());
        let id = self.library.id();
        let by_value = Function::new(id, "weigh", "long")
            .with("Order", "order")
            .with("const Both<int, double>&", "both");
        let id = self.library.id();
        let inline = Function::new(id, "quick", "int").with("int", "first");
        let id = self.library.id();
        let kept = Function::new(id, "steady", "int").with("int", "first");
        let id = self.library.id();
        let template = Function::new(id, "twice", "T").with("T", "value");
        let template = Function {
            template: Some(Template {
                parameters: vec!["T".to_owned()],
                arguments: vec!["int".to_owned()],
                is_explicit: true,
            }),
            body: Some("return value + value;".to_owned()),
            prefix: "__attribute__((noinline)) ".to_owned(),
            ..template
        };
        let id = self.library.id();
        let body = |factor: u32| Some(format!("return {factor} * first + 1;"));
        let base = Function::new(id, "base_fee", "int").with("int", "first");
        let base = Function { home: Home::Base, body: body(3), ..base };
        let id = self.library.id();
        let apart = Function::new(id, "apart_fee", "int").with("int", "first");
        let apart = Function { home: Home::Apart, body: body(4), ..apart };
        let inline = Function { is_inline: true, body: body(5), ..inline };
        let used = "__attribute__((used)) ".to_owned();
        let kept = Function { is_inline: true, is_kept: true, prefix: used, body: body(6), ..kept };
        // Nobody calls it twice.
        let id = self.library.id();
        let give_up = Function::new(id, "give_up", "int").with("int", "first");
        let body = Some("(void)first; __builtin_trap();".to_owned());
        let give_up = Function { body, is_fresh: true, ..give_up };
        for function in [short, long, defaulted, by_value, inline, kept, template, base, apart, give_up] {
            self.library.items.push(Item::Function(function));
        }
    }

    fn c_functions(&mut self) {
        let mut functions = Vec::new();
        for (name, parameters) in [
            ("shop_open", vec![("int", "mode"), ("double", "ratio")]),
            ("shop_scale", vec![("count_t", "count"), ("ratio_t", "ratio")]),
            ("shop_place", vec![("Point", "where")]),
            ("shop_close", vec![("const Order*", "order")]),
            ("shop_sum", vec![("int", "count")]),
        ] {
            let id = self.library.id();
            let mut function = Function::new(id, name, "int");
            for (type_, parameter) in parameters {
                function = function.with(type_, parameter);
            }
            functions.push(Function { has_c_linkage: true, ..function });
        }
        let variadic = functions.last_mut().expect("five");
        variadic.is_variadic = true;
        variadic.body = Some(
            "__builtin_va_list list; __builtin_va_start(list, count); int sum = 0; \
             for (int at = 0; at < count % 4; ++at) sum += __builtin_va_arg(list, int); \
             __builtin_va_end(list); return sum;"
                .to_owned(),
        );
        let id = self.library.id();
        let each =
            Function::new(id, "shop_each", "int").with("callback_t", "callback").with("void*", "context");
        functions.push(Function {
            has_c_linkage: true,
            body: Some("return callback(3, context) + callback(4, context);".to_owned()),
            ..each
        });
        let id = self.library.id();
        let usual = Function::new(id, "shop_usual", "int").with("int", "first");
        let body = Some("return first * 3 + 1;".to_owned());
        functions.push(Function { has_c_linkage: true, body, ..usual });
        // Another name for it.
        let id = self.library.id();
        let also = Function::new(id, "shop_also", "int").with("int", "first");
        let prefix = "__attribute__((alias(\"shop_usual\"))) ".to_owned();
        functions.push(Function { has_c_linkage: true, prefix, ..also });
        let name = |function: &Function| function.name.clone();
        if self.dice.one_in(2) {
            self.library.versions = vec![
                Version { name: "SHOP_1.0".to_owned(), functions: functions[..2].iter().map(name).collect() },
                Version {
                    name: "SHOP_1.1".to_owned(),
                    functions: functions[2..4].iter().map(name).collect(),
                },
            ];
        }
        self.library.items.extend(functions.into_iter().map(Item::Function));
    }

    fn variable(&mut self, name: &str, type_: Type, owner: Option<&'static str>) -> &mut Variable {
        let (id, name) = (self.library.id(), name.to_owned());
        let (prefix, is_const, is_thread_local) = (String::new(), false, false);
        let variable = Variable { id, name, type_, is_const, is_thread_local, prefix, owner };
        self.library.items.push(Item::Variable(variable));
        self.library.variables_mut().last().expect("just pushed")
    }

    fn variables(&mut self) {
        let bound = self.dice.between(3, 6);
        self.variable("current_level", Type::of("int"), None);
        self.variable("price_table", Type::array("int", bound), None);
        self.variable("origin", Type::of("Point"), None);
        self.variable("fixed_rate", Type::of("long"), None).is_const = true;
        self.variable("session_count", Type::of("int"), None).is_thread_local = true;
    }
}
