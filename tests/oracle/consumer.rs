//! A program that uses all of a library, and prints what it sees. It is written for the old library and stays as it is.
//!
//! Every line is about one use of one thing: a line that differs tells what broke.

use std::fmt::Write as _;

use crate::library::{arguments, assignment, has_accessors, is_called, parameters, virtual_functions};
use crate::model::{Access, Class, Enum, Function, Item, Key, Library, Member, Role, Variable, Virtual};

pub(crate) fn consumer(library: &Library) -> String {
    let mut program = Program { library, text: String::new(), calls: Vec::new() };
    program.text.push_str(HEAD);
    let _ = writeln!(program.text, "using namespace {};\n{SUPPORT}", library.namespace);
    for item in &library.items {
        program.item(item);
    }
    program.exceptions();
    program.main();
    program.text
}

const HEAD: &str = "#include <cstdio>\n#include <typeinfo>\n#include \"shop.h\"\n#include \"observe.h\"\n";

const SUPPORT: &str = "static int on_event(int number, void*) { return number * 3; }
static void line(const char* what, long value) { std::printf(\"%s = %ld\\n\", what, value); std::fflush(stdout); }
// What is before and after something that the library writes to.
template <class T> struct Guarded { long before = 1111; T value{}; long after = 2222; };
template <class T> static long guards(const Guarded<T>& box) { return box.before + box.after; }
";

struct Program<'l> {
    library: &'l Library,
    text: String,
    calls: Vec<String>,
}

impl Program<'_> {
    fn section(&mut self, name: &str, body: &str) {
        let _ = writeln!(self.text, "static void use_{name}() {{\n{body}}}");
        self.calls.push(format!("use_{name}"));
    }

    fn main(&mut self) {
        self.text.push_str("int main() {\n");
        for call in &self.calls {
            let _ = writeln!(self.text, "  {call}();");
        }
        self.text.push_str("  line(\"end\", 0);\n}\n");
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Class(class) => self.class(class),
            Item::Enum(enum_) => self.enum_(enum_),
            Item::Function(function) if is_called(function) => self.function(function),
            Item::Variable(variable) => self.variable(variable),
            Item::Constant(constant) => {
                let (name, full) = (&constant.name, constant.full_name());
                self.section(name, &format!("  line(\"{name}\", {full});\n  line(\"{name} there\", {full} == constant_{name}());\n"));
            }
            Item::Function(_) | Item::Alias { .. } | Item::Text(_) => {}
        }
    }

    fn function(&mut self, function: &Function) {
        let name = &function.name;
        let mut body = String::new();
        for number in [3, 8] {
            let _ = writeln!(body, "  line(\"{name}\", num({name}({})));", arguments(function, number));
        }
        self.section(&format!("{name}_{}", function.id), &body);
    }

    fn variable(&mut self, variable: &Variable) {
        let (name, full) = (&variable.name, variable.full_name());
        let mut body = format!("  line(\"{name}\", num({full}));\n");
        if !variable.is_const {
            let _ = writeln!(body, "  put({full}, 5);");
        }
        let _ = writeln!(body, "  line(\"{name} there\", peek_{name}() == num({full}));");
        self.section(name, &body);
    }

    fn enum_(&mut self, enum_: &Enum) {
        let name = &enum_.name;
        let mut body = String::new();
        let full = |enumerator: &str| {
            if enum_.is_scoped { format!("{name}::{enumerator}") } else { enumerator.to_owned() }
        };
        for enumerator in &enum_.enumerators {
            let value = full(&enumerator.name);
            let _ = writeln!(
                body,
                "  line(\"code {0}\", code({value}));\n  switch (pick_{name}({1})) {{",
                enumerator.name, enumerator.id
            );
            for (at, other) in enum_.enumerators.iter().enumerate() {
                let _ = writeln!(body, "    case {}: line(\"picked\", {at}); break;", full(&other.name));
            }
            body.push_str("    default: line(\"picked\", -1);\n  }\n");
        }
        if let Some(sentinel) = &enum_.sentinel {
            let _ = writeln!(body, "  line(\"count\", {sentinel} == count_of_{name}());");
        }
        self.section(name, &body);
    }

    fn class(&mut self, class: &Class) {
        match class.role {
            Role::Value => self.value(class),
            Role::Polymorphic => self.polymorphic(class),
            Role::Handle => self.handle(class),
            Role::Exception => self.see(class),
        }
        for item in &class.nested {
            if let Item::Class(inner) = item {
                self.class(inner);
            }
        }
    }

    /// A function that prints every member as this program knows it.
    fn see(&mut self, class: &Class) {
        let name = class.full_name();
        let mut text = format!(
            "[[maybe_unused]] static void see(const char* what, const {name}& value) {{ (void)what; (void)value;\n"
        );
        for member in seen(class) {
            let read = read(member);
            let _ = writeln!(
                text,
                "  line(what, num({}value.{read}));",
                if member.bits.is_some() { "+" } else { "" }
            );
        }
        self.text.push_str(&text);
        self.text.push_str("}\n");
    }

    fn value(&mut self, class: &Class) {
        self.see(class);
        let (name, word) = (class.full_name(), class.word());
        let mut body =
            format!("  {{ Guarded<{name}> box; fill(box.value, 3); see(\"{word} filled\", box.value);\n");
        let _ = writeln!(body, "    line(\"{word} guards\", guards(box)); }}");
        let _ = writeln!(body, "  {{ Guarded<{name}> box;");
        for member in seen(class) {
            let _ = writeln!(body, "   {}", write(member, "box.value.", "6"));
        }
        let _ = writeln!(
            body,
            "    line(\"{word} digest\", digest(box.value));\n    line(\"{word} passed\", pass_{word}(box.value)); }}"
        );
        let _ = writeln!(body, "  {{ {name} made = make_{word}(5); see(\"{word} made\", made); }}");
        let _ = writeln!(
            body,
            "  {{ Guarded<{name}[3]> box; fill_row(box.value, 3); for (auto& one : box.value) see(\"{word} row\", one);\n    line(\"{word} row guards\", guards(box)); }}"
        );
        let _ = writeln!(
            body,
            "  {{ {name}* there = new_{word}(4); see(\"{word} there\", *there); delete there; }}"
        );
        let _ = writeln!(
            body,
            "  {{ auto* here = new {name}(); fill(*here, 6); see(\"{word} here\", *here);\n    line(\"{word} here digest\", digest(*here));"
        );
        for method in class.methods.iter().filter(|m| is_called(m)) {
            let _ = writeln!(
                body,
                "    line(\"{word}.{0}\", num(here->{0}({1})));",
                method.name,
                arguments(method, 4)
            );
        }
        body.push_str("    delete here; }\n");
        if !class.is_final && class.key != Key::Union {
            let _ = writeln!(self.text, "struct Derived_{word} : {name} {{ char next = 7; int own = 77; }};");
            let _ = writeln!(
                body,
                "  {{ Derived_{word} derived; fill(derived, 2); line(\"{word} derived\", derived.own + derived.next); }}"
            );
        }
        self.section(&word, &body);
    }

    fn handle(&mut self, class: &Class) {
        let name = &class.name;
        let mut body = format!("  Guarded<{name}> box;\n");
        for method in class.methods.iter().filter(|m| is_called(m)) {
            let _ = writeln!(
                body,
                "  line(\"{name}.{0}\", num(box.value.{0}({1})));",
                method.name,
                arguments(method, 4)
            );
        }
        let _ = writeln!(body, "  line(\"{name} guards\", guards(box));");
        self.section(name, &body);
    }

    fn polymorphic(&mut self, class: &Class) {
        self.see(class);
        let name = &class.name;
        let mut body = format!(
            "  {name}* object = create_{name}(2);\n  line(\"{name} driven\", drive(*object));\n  see(\"{name}\", *object);\n"
        );
        let _ = writeln!(body, "  line(\"{name} digest\", digest(*object));");
        for method in class.methods.iter().filter(|m| is_called(m)) {
            call(&mut body, class, method);
        }
        for base in &class.bases {
            let base = &base.name;
            let _ = writeln!(
                body,
                "  {{ {base}* base = object; line(\"{name} as {base}\", drive(*base)); see(\"{name} as {base}\", *base);"
            );
            let _ = writeln!(
                body,
                "    line(\"cast\", dynamic_cast<{name}*>(base) == object);\n    line(\"type\", typeid(*base) == typeid({name})); }}"
            );
        }
        if let [one, other] = &*class.bases {
            let _ = writeln!(
                body,
                "  {{ {0}* base = object; line(\"across\", dynamic_cast<{1}*>(base) == static_cast<{1}*>(object)); }}",
                one.name, other.name
            );
        }
        if !class.is_final {
            self.deriving(class, &mut body);
        }
        body.push_str("  delete object;\n");
        self.section(name, &body);
    }

    /// A class of the program that overrides everything, and one that overrides nothing.
    fn deriving(&mut self, class: &Class, body: &mut String) {
        let name = &class.name;
        let functions = virtual_functions(self.library, class);
        let _ = writeln!(self.text, "struct Own_{name} : {name} {{\n  char next = 7; long own = 4711;");
        for function in &functions {
            let Function { id, returns, name, .. } = function;
            let result = if returns.ends_with('*') {
                function.body.clone().unwrap_or_default()
            } else {
                let sum: String = function.parameters.iter().map(|p| format!(" + num({})", p.name)).collect();
                format!("return make<{returns}>(5000 + {id}{sum});")
            };
            let constant = if function.is_const { " const" } else { "" };
            let _ = writeln!(
                self.text,
                "  {returns} {name}({}){constant} override {{ {result} }}",
                parameters(function, false)
            );
        }
        self.text.push_str("};\n");
        let _ = writeln!(
            body,
            "  {{ Own_{name} own; fill(own, 3); line(\"{name} own driven\", drive(own)); line(\"{name} own\", own.own + own.next);"
        );
        for base in &class.bases {
            let _ =
                writeln!(body, "    line(\"{name} own as {0}\", drive(static_cast<{0}&>(own)));", base.name);
        }
        let _ = writeln!(
            body,
            "    {name}* based = &own; line(\"own cast\", dynamic_cast<Own_{name}*>(based) == &own); }}"
        );
        if functions.iter().all(|f| f.virtual_ != Virtual::Pure) {
            let _ = writeln!(self.text, "struct Plain_{name} : {name} {{ long own = 4712; }};");
            let _ = writeln!(
                body,
                "  {{ Plain_{name} plain; fill(plain, 3); line(\"{name} plain driven\", drive(plain)); line(\"{name} plain\", plain.own); }}"
            );
        }
    }

    fn exceptions(&mut self) {
        let names: Vec<&String> =
            self.library.classes().filter(|c| c.role == Role::Exception).map(|c| &c.name).collect();
        let mut body = "  for (int kind = 0; kind < 2; ++kind) {\n    try { raise(kind); line(\"raised nothing\", kind); }\n".to_owned();
        for name in names.iter().rev() {
            let _ = writeln!(
                body,
                "    catch ({name}& thrown) {{ line(\"caught {name}\", digest(thrown)); see(\"{name}\", thrown); }}"
            );
        }
        body.push_str("    catch (...) { line(\"caught something\", kind); }\n  }\n");
        for name in names {
            let _ = writeln!(
                self.text,
                "static void throw_{name}() {{ {name} thrown; fill(thrown, 8); throw thrown; }}"
            );
            let _ = writeln!(body, "  line(\"{name} there\", caught(throw_{name}));");
        }
        self.section("exceptions", &body);
    }
}

/// Calls a function through the class, and a virtual one by its own name too.
fn call(body: &mut String, class: &Class, method: &Function) {
    let (name, own) = (&class.name, &method.name);
    let arguments = arguments(method, 4);
    if method.returns.ends_with('*') {
        let _ = writeln!(
            body,
            "  {{ auto* result = object->{own}({arguments}); line(\"{name}.{own}\", result ? drive(*result) : 0); }}"
        );
        return;
    }
    let _ = writeln!(body, "  line(\"{name}.{own}\", num(object->{own}({arguments})));");
    if !matches!(method.virtual_, Virtual::No | Virtual::Pure) {
        let _ = writeln!(body, "  line(\"{name}::{own}\", num(object->{name}::{own}({arguments})));");
    }
}

/// Members that a program can look at; of those that share their place, the first.
fn seen(class: &Class) -> Vec<&Member> {
    let is_union = |member: &Member| class.key == Key::Union || member.group.is_some_and(|g| g % 2 == 1);
    let eldest = class.members.iter().filter(|m| is_union(m)).map(|m| m.id).min();
    let visible = |member: &&Member| member.access == Access::Public || has_accessors(member);
    let known = class.members.iter().filter(|m| !m.is_fresh);
    known.filter(visible).filter(|m| !is_union(m) || Some(m.id) == eldest).collect()
}

fn read(member: &Member) -> String {
    let name = &member.name;
    if member.access == Access::Public { name.clone() } else { format!("get_{name}()") }
}

fn write(member: &Member, object: &str, number: &str) -> String {
    let Member { id, name, .. } = member;
    if member.access == Access::Public {
        return assignment(member, object, number);
    }
    let type_ = &member.type_.name;
    format!(" {object}set_{name}(make<{type_}>({number} + {id}));")
}
