//! The files of a library, and the program that uses it.

use std::fmt::Write as _;

use super::model::{Enum, Function, Item, Key, Leaf, Library, Member, Record, Role, Type, leaves};

/// Names and texts of the files that a library is built of.
pub(crate) type Files = Vec<(String, String)>;

/// The file that declares what only pointers are known of.
const HIDDEN: &str = "shop_internal.h";

pub(crate) fn files(library: &Library) -> Files {
    let mut files = vec![
        ("shop.h".to_owned(), format!("{}{}", library.remark, header(library))),
        (HIDDEN.to_owned(), hidden(library)),
    ];
    let mut units = vec![String::new(); library.units.len()];
    for (at, unit) in units.iter_mut().enumerate() {
        let _ = write!(unit, "{}#include \"shop.h\"\n#include \"shop_internal.h\"\n", library.remark);
        private(library, at, unit);
    }
    for (at, item) in library.items.iter().enumerate() {
        let unit = match item {
            Item::Function(function) => function.unit,
            _ => at % units.len(),
        };
        define(library, item, &mut units[unit]);
    }
    let main = units.iter().map(|unit| unit.as_str()).collect::<Vec<_>>();
    files.extend(main.iter().enumerate().map(|(at, text)| (format!("unit{at}.c"), (*text).to_owned())));
    files.push(("shop.map".to_owned(), version_script(library)));
    files
}

fn version_script(library: &Library) -> String {
    if library.versions.is_empty() {
        return String::new();
    }
    let mut text = String::new();
    let mut before = String::new();
    for (name, functions) in &library.versions {
        let list: String = functions.iter().map(|f| format!(" {f};")).collect();
        // What has no version of its own is of the first.
        let rest = if before.is_empty() { " *;" } else { "" };
        let _ = writeln!(text, "{name} {{ global:{list}{rest} }}{before};");
        before = format!(" {name}");
    }
    text
}

fn header(library: &Library) -> String {
    let mut text = "#pragma once\n".to_owned();
    for item in &library.items {
        match item {
            Item::Alias(name, target) => drop(writeln!(text, "typedef {target} {name};")),
            Item::Enum(one) => enum_(one, &mut text),
            Item::Record(record) => record_(record, &mut text),
            Item::Function(function) => drop(writeln!(text, "{};", prototype(function))),
            Item::Variable(variable) => {
                let local = if variable.is_thread_local { "__thread " } else { "" };
                let _ = writeln!(text, "extern {local}{};", variable.type_.declare(&variable.name));
            }
        }
    }
    text
}

fn enum_(one: &Enum, text: &mut String) {
    let mut list: Vec<String> = one
        .enumerators
        .iter()
        .map(|(_, name, value)| value.map_or_else(|| name.clone(), |value| format!("{name} = {value}")))
        .collect();
    list.extend(one.sentinel.clone());
    let _ = writeln!(text, "enum {} {{ {} }};\nlong rank_{0}(enum {0} value);", one.name, list.join(", "));
}

fn body(record: &Record) -> String {
    let mut text = format!("{} {} {{\n", record.key.keyword(), record.name);
    for member in &record.members {
        let _ = match (record.role, &*member.name) {
            (Role::Callbacks, name) => writeln!(text, "  {};", callback(member, name)),
            (Role::Flexible, "data") => writeln!(text, "  {};", member.type_.declare("data[]")),
            _ => writeln!(text, "  {};", member.declare()),
        };
    }
    let _ = writeln!(text, "}}{};", record.attributes);
    text
}

/// A function pointer; the id says what it takes, so that an edit can change it.
fn callback(member: &Member, name: &str) -> String {
    match &member.type_ {
        Type::Pointer(parameters) => format!("long (*{name})({parameters})"),
        _ => format!("long (*{name})(int)"),
    }
}

fn record_(record: &Record, text: &mut String) {
    let (name, keyed) = (&record.name, format!("{} {}", record.key.keyword(), record.name));
    if record.role == Role::Handle {
        let _ = writeln!(
            text,
            "{keyed};\n{keyed} *open_{name}(int seed);\nlong use_{name}({keyed} *it, int by);\nvoid close_{name}({keyed} *it);"
        );
        return;
    }
    text.push_str(&body(record));
    let _ = match record.role {
        Role::Value => writeln!(
            text,
            "{keyed} make_{name}(int seed);\nlong take_{name}({keyed} it, int by);\nlong sum_{name}(const {keyed} *it);\n\
             void fill_{name}({keyed} *it, int seed);\nlong total_{name}(const {keyed} *list, int count);"
        ),
        Role::Sized | Role::Flexible => writeln!(text, "long sum_{name}(const {keyed} *it);"),
        Role::HandedOut => writeln!(text, "const {keyed} *current_{name}(void);"),
        Role::Callbacks => writeln!(text, "long drive_{name}(const {keyed} *it);"),
        Role::Handle => Ok(()),
    };
}

fn hidden(library: &Library) -> String {
    let mut text = "#pragma once\n#include <stddef.h>\n#include <stdlib.h>\n".to_owned();
    for record in library.records().filter(|record| record.role == Role::Handle) {
        text.push_str(&body(record));
    }
    text
}

/// Types that one source file has to itself; its function is exported for the others, as it happens in C.
fn private(library: &Library, unit: usize, text: &mut String) {
    for one in library.private.iter().filter(|one| one.unit == unit) {
        let members: String = one.members.iter().map(|member| format!(" {member};")).collect();
        let tag = &one.tag;
        let _ = writeln!(
            text,
            "struct {tag} {{{members} }};\nlong size_of_{tag}{unit}(const struct {tag} *it) {{ return it ? 1 : 0; }}"
        );
    }
}

fn prototype(function: &Function) -> String {
    let list: Vec<String> = function
        .parameters
        .iter()
        .map(|p| format!("{}{}", if p.is_const { "const " } else { "" }, p.type_.declare(&p.name)))
        .collect();
    let list = if list.is_empty() { "void".to_owned() } else { list.join(", ") };
    function.returns.declare(&format!("{}({list})", function.name))
}

/// A number that an expression of a type stands for.
fn number(library: &Library, type_: &Type, expression: &str) -> String {
    match type_ {
        Type::Enum(tag) => format!("rank_{tag}({expression})"),
        Type::Number(_) => format!("(long)(({expression}) * 2)"),
        Type::Record(key, tag) => {
            let list = library.record(tag).map(|r| leaves(library, *key, &r.members)).unwrap_or_default();
            sum(library, &list, expression)
        }
        _ => "0".to_owned(),
    }
}

fn sum(library: &Library, list: &[Leaf], object: &str) -> String {
    let parts: Vec<String> = list
        .iter()
        .map(|leaf| {
            format!("{} * {}L", number(library, &leaf.type_, &format!("{object}{}", leaf.path)), leaf.id)
        })
        .collect();
    if parts.is_empty() { "0".to_owned() } else { parts.join(" + ") }
}

/// Statements that give every number a value that depends on its id and a seed.
fn fill(library: &Library, list: &[Leaf], object: &str, seed: &str) -> String {
    let mut text = String::new();
    for leaf in list {
        let place = format!("{object}{}", leaf.path);
        let _ = match &leaf.type_ {
            Type::Enum(tag) => {
                let first = library.enums().find(|e| e.name == *tag).and_then(|e| {
                    e.enumerators.iter().min_by_key(|(id, ..)| *id).map(|(_, name, _)| name.clone())
                });
                writeln!(text, "  {place} = {};", first.unwrap_or_else(|| "0".to_owned()))
            }
            // Small enough for the narrowest bit-field.
            _ => writeln!(text, "  {place} = ({seed} + {}) % 7;", leaf.id),
        };
    }
    text
}

fn define(library: &Library, item: &Item, text: &mut String) {
    match item {
        Item::Alias(..) => {}
        Item::Enum(one) => {
            let _ = writeln!(text, "long rank_{0}(enum {0} value) {{\n  switch (value) {{", one.name);
            for (id, name, _) in &one.enumerators {
                let _ = writeln!(text, "    case {name}: return {id};");
            }
            text.push_str("    default: return -1;\n  }\n}\n");
        }
        Item::Function(function) => {
            let parts: Vec<String> = function
                .parameters
                .iter()
                .map(|p| format!("{} * {}", number(library, &p.type_, &p.name), p.id))
                .collect();
            let parts = if parts.is_empty() { "0".to_owned() } else { parts.join(" + ") };
            let _ =
                writeln!(text, "{} {{ return ({parts} + {}) % 30011; }}", prototype(function), function.id);
        }
        Item::Variable(variable) => {
            let local = if variable.is_thread_local { "__thread " } else { "" };
            let list = leaves_of(library, &variable.type_);
            // A struct without a tag cannot be written twice.
            let _ = match &variable.type_ {
                Type::Unnamed(..) => writeln!(text, "{local}__typeof__({0}) {0};", variable.name),
                type_ => writeln!(text, "{local}{};", type_.declare(&variable.name)),
            };
            let _ = writeln!(
                text,
                "long sum_of_{0}(void) {{ return {1}; }}",
                variable.name,
                sum(library, &list, &variable.name)
            );
            let _ = writeln!(
                text,
                "void fill_of_{0}(int seed) {{\n{1}}}",
                variable.name,
                fill(library, &list, &variable.name, "seed")
            );
        }
        Item::Record(record) => define_record(library, record, text),
    }
}

/// The numbers of a variable; one that is a number itself is its own.
fn leaves_of(library: &Library, type_: &Type) -> Vec<Leaf> {
    let member = Member { id: 3, name: "it".to_owned(), type_: type_.clone(), bits: None, is_fresh: false };
    let mut list = leaves(library, Key::Struct, std::slice::from_ref(&member));
    for leaf in &mut list {
        leaf.path = leaf.path.trim_start_matches(".it").to_owned();
    }
    list
}

fn define_record(library: &Library, record: &Record, text: &mut String) {
    let (name, keyed) = (&record.name, format!("{} {}", record.key.keyword(), record.name));
    let list = leaves(library, record.key, &record.members);
    let sum = sum(library, &list, "(*it)");
    let fill = fill(library, &list, "(*it)", "seed");
    let _ = match record.role {
        Role::Value => writeln!(
            text,
            "long sum_{name}(const {keyed} *it) {{ return {sum}; }}\n\
             void fill_{name}({keyed} *it, int seed) {{\n  static const {keyed} zero;\n  *it = zero;\n{fill}}}\n\
             {keyed} make_{name}(int seed) {{ {keyed} it; fill_{name}(&it, seed); return it; }}\n\
             long take_{name}({keyed} it, int by) {{ return sum_{name}(&it) * 3 + by; }}\n\
             long total_{name}(const {keyed} *list, int count) {{\n  long all = 0;\n  for (int at = 0; at < count; ++at) all = all * 5 + sum_{name}(list + at);\n  return all % 1000003;\n}}"
        ),
        Role::Handle => writeln!(
            text,
            "{keyed} *open_{name}(int seed) {{\n  {keyed} *it = calloc(1, sizeof *it);\n{fill}  return it;\n}}\n\
             long use_{name}({keyed} *it, int by) {{ return ({sum}) * by; }}\nvoid close_{name}({keyed} *it) {{ free(it); }}"
        ),
        Role::Sized => {
            sized(library, record, &list, text);
            Ok(())
        }
        Role::HandedOut => writeln!(
            text,
            "const {keyed} *current_{name}(void) {{\n  static {keyed} own;\n  {keyed} *it = &own;\n  int seed = 4;\n{fill}  return it;\n}}"
        ),
        Role::Callbacks => {
            let calls: Vec<String> = record
                .members
                .iter()
                .filter(|m| !m.is_fresh)
                .map(|m| match &m.type_ {
                    Type::Pointer(_) => format!("it->{0}(2.5, {1}) * {1}", m.name, m.id),
                    _ => format!("it->{0}({1}) * {1}", m.name, m.id),
                })
                .collect();
            let calls = if calls.is_empty() { "0".to_owned() } else { calls.join(" + ") };
            writeln!(text, "long drive_{name}(const {keyed} *it) {{ return {calls}; }}")
        }
        Role::Flexible => writeln!(
            text,
            "long sum_{name}(const {keyed} *it) {{\n  long all = 0;\n  for (int at = 0; at < it->count; ++at) all = all * 3 + (long)(it->data[at] * 2);\n  return all;\n}}"
        ),
    };
}

/// Reads no member that the program did not have.
fn sized(library: &Library, record: &Record, list: &[Leaf], text: &mut String) {
    let name = &record.name;
    let _ = writeln!(text, "long sum_{name}(const struct {name} *it) {{\n  long all = 0;");
    for leaf in list.iter().filter(|leaf| leaf.path != ".size") {
        let _ = writeln!(
            text,
            "  if (it->size >= offsetof(struct {name}, {0}) + sizeof it->{0}) all += {1} * {2};",
            &leaf.path[1..],
            number(library, &leaf.type_, &format!("(*it){}", leaf.path)),
            leaf.id
        );
    }
    text.push_str("  return all;\n}\n");
}

/// The program: uses everything that the header declares, and prints what it sees.
pub(crate) fn program(library: &Library) -> String {
    let mut text = "#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include \"shop.h\"\n\
                    static void line(const char *what, long number) { printf(\"%s = %ld\\n\", what, number); }\n"
        .to_owned();
    let mut main = String::new();
    for (at, item) in library.items.iter().enumerate() {
        let mut body = String::new();
        match item {
            Item::Alias(..) => continue,
            Item::Enum(one) => {
                for (_, name, _) in &one.enumerators {
                    let _ = writeln!(body, "  line(\"{name}\", rank_{}({name}));", one.name);
                }
            }
            Item::Function(function) if function.is_fresh => continue,
            Item::Function(function) => call(library, function, &mut body),
            Item::Variable(variable) if variable.is_fresh => continue,
            Item::Variable(variable) => {
                let (name, list) = (&variable.name, leaves_of(library, &variable.type_));
                let _ = write!(text, "long sum_of_{name}(void);\nvoid fill_of_{name}(int seed);\n");
                let _ = writeln!(
                    body,
                    "  fill_of_{name}(5);\n  line(\"{name}\", {});",
                    sum(library, &list, name)
                );
                body.push_str(&fill(library, &list, name, "9"));
                let _ = writeln!(body, "  line(\"{name} there\", sum_of_{name}());");
            }
            Item::Record(record) => use_record(library, record, &mut text, &mut body),
        }
        let _ = writeln!(text, "static void part{at}(void) {{\n{body}}}");
        let _ = writeln!(main, "  part{at}();");
    }
    let _ = writeln!(
        text,
        "int main(void) {{\n  setvbuf(stdout, 0, _IOLBF, 0);\n{main}  line(\"end\", 0);\n  return 0;\n}}"
    );
    text
}

fn call(library: &Library, function: &Function, body: &mut String) {
    let mut list = Vec::new();
    for (at, parameter) in function.parameters.iter().enumerate() {
        list.push(match &parameter.type_ {
            Type::Record(_, tag) => format!("make_{tag}({})", at + 2),
            Type::Enum(tag) => {
                let first = library.enums().find(|e| e.name == *tag).and_then(|e| e.enumerators.first());
                first.map_or_else(|| "0".to_owned(), |(_, name, _)| name.clone())
            }
            Type::Number(text) if text == "char" => format!("(char)({} - 5)", at),
            Type::Number(text) => format!("({text})({}.5)", at + 3),
            _ => "0".to_owned(),
        });
    }
    let name = &function.name;
    let _ = writeln!(
        body,
        "  line(\"{name}\", {});",
        number(library, &function.returns, &format!("{name}({})", list.join(", ")))
    );
}

fn use_record(library: &Library, record: &Record, text: &mut String, body: &mut String) {
    let (name, keyed) = (&record.name, format!("{} {}", record.key.keyword(), record.name));
    let list = leaves(library, record.key, &record.members);
    let _ = match record.role {
        Role::Value => writeln!(
            body,
            "  struct {{ char before[64]; {keyed} it; char after[64]; }} box;\n  memset(&box, 77, sizeof box);\n  fill_{name}(&box.it, 3);\n\
             \x20 line(\"{name} read\", {read});\n  long guards = 0;\n  for (int at = 0; at < 64; ++at) guards += box.before[at] + box.after[at];\n\
             \x20 line(\"{name} guards\", guards);\n  memset(&box.it, 0, sizeof box.it);\n{write}  line(\"{name} summed\", sum_{name}(&box.it));\n\
             \x20 line(\"{name} taken\", take_{name}(box.it, 11));\n  {keyed} made = make_{name}(6);\n  line(\"{name} made\", {made});\n\
             \x20 {keyed} *list = calloc(3, sizeof *list);\n  for (int at = 0; at < 3; ++at) {{\n    {keyed} *it = list + at;\n{each}  }}\n\
             \x20 line(\"{name} total\", total_{name}(list, 3));\n  free(list);",
            read = sum(library, &list, "box.it"),
            write = fill(library, &list, "box.it", "8"),
            made = sum(library, &list, "made"),
            each = fill(library, &list, "(*it)", "at"),
        ),
        Role::Handle => writeln!(
            body,
            "  {keyed} *it = open_{name}(2);\n  line(\"{name}\", use_{name}(it, 7));\n  close_{name}(it);"
        ),
        Role::Sized => writeln!(
            body,
            "  {keyed} *it = calloc(1, sizeof *it);\n{fill}  it->size = sizeof *it;\n  line(\"{name}\", sum_{name}(it));\n  free(it);",
            fill = fill(library, &list, "(*it)", "5"),
        ),
        Role::HandedOut => writeln!(
            body,
            "  const {keyed} *it = current_{name}();\n  line(\"{name}\", {});",
            sum(library, &list, "(*it)")
        ),
        Role::Callbacks => {
            let mut names = Vec::new();
            for member in &record.members {
                let parameters = match &member.type_ {
                    Type::Pointer(parameters) => parameters.clone(),
                    _ => "int by".to_owned(),
                };
                let _ = writeln!(
                    text,
                    "static long own_{}({parameters}) {{ return by + {}; }}",
                    member.name, member.id
                );
                names.push(format!(".{0} = own_{0}", member.name));
            }
            writeln!(
                body,
                "  {keyed} it = {{ {} }};\n  line(\"{name}\", drive_{name}(&it));",
                names.join(", ")
            )
        }
        Role::Flexible => writeln!(
            body,
            "  {keyed} *it = calloc(1, sizeof *it + 5 * sizeof it->data[0]);\n  it->count = 5;\n\
             \x20 for (int at = 0; at < 5; ++at) it->data[at] = at + 1;\n  line(\"{name}\", sum_{name}(it));\n  free(it);"
        ),
    };
}
