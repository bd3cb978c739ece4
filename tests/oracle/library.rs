//! The sources of a library: its public header, and the implementation of each of its shared objects.

use std::fmt::Write as _;

use crate::model::{
    Access, Class, Constant, Enum, Function, Home, Item, Key, Library, Member, Role, Template, Type,
    Variable, Virtual,
};

/// Files that make up a library.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Sources {
    pub(crate) header: String,
    pub(crate) main: String,
    pub(crate) base: String,
    pub(crate) apart: String,
    pub(crate) version_script: String,
}

pub(crate) fn sources(library: &Library) -> Sources {
    Sources {
        header: header(library),
        main: implementation(library, Home::Main),
        base: implementation(library, Home::Base),
        apart: implementation(library, Home::Apart),
        version_script: version_script(library),
    }
}

fn namespaces(library: &Library) -> (String, String) {
    let mut open = format!("namespace {} {{\n", library.namespace);
    let mut close = "}\n".to_owned();
    if let Some(inner) = &library.inline_namespace {
        let _ = writeln!(open, "inline namespace {inner} {{");
        close.push_str("}\n");
    }
    (open, close)
}

fn header(library: &Library) -> String {
    let mut text = "#pragma once\n".to_owned();
    if library.has_strings {
        text.push_str("#include <string>\n#define WITH_STRINGS\n");
    }
    for constant in library.constants().filter(|c| c.is_macro) {
        let _ = writeln!(text, "#define {} {}", constant.name, constant.value);
    }
    let (open, close) = namespaces(library);
    text.push_str(&open);
    for class in library.classes().filter(|c| c.template.is_none() && c.key != Key::Union) {
        let _ = writeln!(text, "{} {};", key(class.key), class.name);
    }
    for item in &library.items {
        text.push_str(&declaration(library, item));
    }
    text.push_str("void raise(int kind);\nint caught(void (*action)());\n");
    text + &close
}

fn key(key: Key) -> &'static str {
    match key {
        Key::Struct => "struct",
        Key::Class => "class",
        Key::Union => "union",
    }
}

fn declaration(library: &Library, item: &Item) -> String {
    match item {
        Item::Class(class) if class.is_incomplete => helpers(class),
        Item::Class(class) => definition(library, class) + &helpers(class),
        Item::Enum(enum_) => enumeration(enum_) + &enum_helpers(enum_),
        Item::Function(function) => free_function(function),
        Item::Variable(variable) => {
            let local = if variable.is_thread_local { "thread_local " } else { "" };
            let constant = if variable.is_const { "const " } else { "" };
            let declared = variable.type_.declare(&variable.name);
            let prefix = &variable.prefix;
            let peek = format!("long peek_{}();\n", variable.name);
            match variable.owner {
                Some(_) => peek,
                None => format!("extern {prefix}{local}{constant}{declared};\n{peek}"),
            }
        }
        Item::Constant(constant) => {
            let Constant { name, type_, value, is_macro, owner } = constant;
            let defined = if *is_macro || owner.is_some() {
                String::new()
            } else {
                format!("constexpr {type_} {name} = {value};\n")
            };
            format!("{defined}long constant_{name}();\n")
        }
        Item::Alias { name, target } => match target.split_once("(*)") {
            Some((returns, parameters)) => format!("typedef {returns}(*{name}){parameters};\n"),
            None => format!("typedef {target} {name};\n"),
        },
        Item::Text(text) => format!("{text}\n"),
    }
}

fn enumeration(enum_: &Enum) -> String {
    let scope = if enum_.is_scoped { "class " } else { "" };
    let underlying = enum_.underlying.as_ref().map_or(String::new(), |u| format!(" : {u}"));
    let mut text = format!("enum {scope}{}{underlying} {{", enum_.name);
    for enumerator in &enum_.enumerators {
        let value = enumerator.value.as_ref().map_or(String::new(), |v| format!(" = {v}"));
        let _ = write!(text, " {}{value},", enumerator.name);
    }
    if let Some(sentinel) = &enum_.sentinel {
        let _ = write!(text, " {sentinel}");
    }
    text + " };\n"
}

fn enum_helpers(enum_: &Enum) -> String {
    let name = &enum_.name;
    let count = enum_.sentinel.as_ref().map_or(String::new(), |_| format!("int count_of_{name}();\n"));
    format!("int code({name} value);\n{name} pick_{name}(int index);\n{count}")
}

/// Functions of the library around a class, which no mutation touches.
fn helpers(class: &Class) -> String {
    let (name, word) = (class.full_name(), class.word());
    let mut text = String::new();
    if let Some(template) = class.template.as_ref().filter(|t| t.is_explicit) {
        let _ = writeln!(text, "extern template struct {}<{}>;", class.name, template.arguments.join(", "));
    }
    match class.role {
        Role::Handle => return text,
        Role::Value => {
            let _ = writeln!(text, "long pass_{word}({name} value);\n{name} make_{word}(int number);");
            let _ = writeln!(text, "void fill_row({name}* row, int count);\n{name}* new_{word}(int number);");
        }
        Role::Polymorphic => {
            let _ = writeln!(text, "long drive({name}& object);\n{name}* create_{word}(int number);");
        }
        Role::Exception => {}
    }
    let _ = writeln!(text, "void fill({name}& value, int number);\nlong digest(const {name}& value);");
    for item in &class.nested {
        if let Item::Class(inner) = item {
            text.push_str(&helpers(inner));
        }
    }
    text
}

/// The name of a class within the one that it is declared in.
fn own_name(class: &Class) -> &str {
    class.name.rsplit("::").next().unwrap_or(&class.name)
}

fn definition(library: &Library, class: &Class) -> String {
    let name = own_name(class);
    let mut text = String::new();
    if let Some(template) = &class.template {
        let parameters: Vec<String> = template.parameters.iter().map(|p| format!("class {p}")).collect();
        let _ = writeln!(text, "template <{}>", parameters.join(", "));
    }
    let is_final = if class.is_final { " final" } else { "" };
    let attributes = &class.attributes;
    let _ = write!(text, "{} {attributes}{name}{is_final}{}", key(class.key), bases(class));
    text.push_str(" {\npublic:\n");
    for item in &class.nested {
        match item {
            Item::Class(inner) => text.push_str(&definition(library, inner)),
            Item::Enum(enum_) => text.push_str(&enumeration(enum_)),
            other => text.push_str(&declaration(library, other)),
        }
    }
    if class.has_constructor {
        let _ = writeln!(text, "  {name}();");
    }
    if let Some(destructor) = &class.destructor {
        let virtual_ = if destructor.is_virtual { "virtual " } else { "" };
        let end = if destructor.is_inline { "{}" } else { ";" };
        let _ = writeln!(text, "  {virtual_}~{name}(){end}");
    }
    for method in &class.methods {
        let _ = writeln!(text, "{}:\n  {}", method.access.label(), method_declaration(method));
    }
    let _ = writeln!(text, "public:");
    for line in &class.extra {
        let _ = writeln!(text, "  {line}");
    }
    text.push_str(&statics(library, class));
    text.push_str(&data(class));
    text.push_str(&friends(class));
    text + "};\n"
}

/// Static members, constants among them.
fn statics(library: &Library, class: &Class) -> String {
    let mut text = String::new();
    for variable in library.variables().filter(|v| v.owner == Some(&*class.name)) {
        let _ = writeln!(text, "  static {};", variable.type_.declare(&variable.name));
    }
    for constant in library.constants().filter(|c| c.owner == Some(&*class.name)) {
        let _ =
            writeln!(text, "  static constexpr {} {} = {};", constant.type_, constant.name, constant.value);
    }
    text
}

fn bases(class: &Class) -> String {
    let bases: Vec<String> = class
        .bases
        .iter()
        .map(|base| {
            let virtual_ = if base.is_virtual { "virtual " } else { "" };
            format!("{} {virtual_}{}", base.access.label(), base.name)
        })
        .collect();
    if bases.is_empty() { String::new() } else { format!(" : {}", bases.join(", ")) }
}

/// Data members, with inline accessors for those that programs do not see.
fn data(class: &Class) -> String {
    let mut text = String::new();
    let mut group = None;
    for member in &class.members {
        if group != member.group {
            text.push_str(if group.is_some() { "  };\n" } else { "" });
            if let Some(number) = member.group {
                text.push_str(if number % 2 == 1 { "public:\n  union {\n" } else { "public:\n  struct {\n" });
            }
            group = member.group;
        }
        // Labels have no place within an anonymous aggregate.
        if group.is_none() {
            let _ = writeln!(text, "{}:", member.access.label());
        }
        let bits = member.bits.map_or(String::new(), |bits| format!(" : {bits}"));
        let _ = writeln!(text, "  {}{}{bits};", member.prefix, member.type_.declare(&member.name));
    }
    text.push_str(if group.is_some() { "  };\n" } else { "" });
    text.push_str("public:\n");
    for member in class.members.iter().filter(|m| has_accessors(m)) {
        let Member { name, type_: Type { name: type_, .. }, .. } = member;
        let _ = writeln!(text, "  {type_} get_{name}() const {{ return {name}; }}");
        if !type_.contains("const") {
            let _ = writeln!(text, "  void set_{name}({type_} value) {{ {name} = value; }}");
        }
    }
    if class.role == Role::Handle {
        text.push_str("private:\n  struct Hidden;\n  Hidden* hidden_;\n");
    }
    text
}

pub(crate) fn has_accessors(member: &Member) -> bool {
    member.name.ends_with('_') && member.type_.bound.is_none() && member.bits.is_none()
}

fn friends(class: &Class) -> String {
    if class.template.is_some() || class.key == Key::Union || class.role == Role::Handle {
        return String::new();
    }
    let name = &class.name;
    if name.contains("::") {
        return String::new();
    }
    let drive =
        if class.role == Role::Polymorphic { format!(" friend long drive({name}&);") } else { String::new() };
    format!("  friend void fill({name}&, int); friend long digest(const {name}&);{drive}\n")
}

pub(crate) fn parameters(function: &Function, with_defaults: bool) -> String {
    let mut list: Vec<String> = function
        .parameters
        .iter()
        .map(|p| match &p.default {
            Some(value) if with_defaults => format!("{} {} = {value}", p.type_, p.name),
            _ => format!("{} {}", p.type_, p.name),
        })
        .collect();
    if function.is_variadic {
        list.push("...".to_owned());
    }
    list.join(", ")
}

fn tail(function: &Function) -> String {
    let constant = if function.is_const { " const" } else { "" };
    let suffix = if function.suffix.is_empty() { String::new() } else { format!(" {}", function.suffix) };
    format!("{constant}{suffix}")
}

fn method_declaration(method: &Function) -> String {
    let before = match method.virtual_ {
        _ if method.is_static => "static ",
        Virtual::Yes | Virtual::Pure => "virtual ",
        Virtual::No | Virtual::Override => "",
    };
    let (prefix, returns, name) = (&method.prefix, &method.returns, &method.name);
    let parameters = parameters(method, true);
    let declared = format!("{prefix}{before}{returns} {name}({parameters}){}", tail(method));
    match (method.virtual_, method.is_inline) {
        (Virtual::Pure, _) => format!("{declared} = 0;"),
        (Virtual::Override, false) => format!("{declared} override;"),
        (_, true) => format!("{declared} {{ {} }}", method.body.as_deref().unwrap_or_default()),
        _ => format!("{declared};"),
    }
}

fn template_head(template: &Template) -> String {
    let parameters: Vec<String> = template.parameters.iter().map(|p| format!("class {p}")).collect();
    format!("template <{}>\n", parameters.join(", "))
}

/// A type with the arguments of a template in the place of its parameters.
fn substituted<'t>(type_: &'t str, template: &'t Template) -> &'t str {
    match template.parameters.iter().position(|p| p == type_) {
        Some(at) => &template.arguments[at],
        None => type_,
    }
}

/// A function instantiated with the arguments of its template.
fn instance(function: &Function, template: &Template) -> String {
    let with = |type_| substituted(type_, template);
    let parameters: Vec<&str> = function.parameters.iter().map(|p| with(&p.type_)).collect();
    format!("{} {}({})", with(&function.returns), function.name, parameters.join(", "))
}

fn free_function(function: &Function) -> String {
    let Function { name, returns, prefix, .. } = function;
    let prefix = if is_alias(function) { "" } else { &**prefix };
    let parameters = parameters(function, true);
    let linkage = if function.has_c_linkage { "extern \"C\" " } else { "" };
    let head = format!("{linkage}{prefix}{returns} {name}({parameters}){}", tail(function));
    let body = function.body.as_deref().unwrap_or_default();
    match &function.template {
        Some(template) => {
            let extern_ = if template.is_explicit {
                format!("extern template {};\n", instance(function, template))
            } else {
                String::new()
            };
            format!("{}{head} {{ {body} }}\n{extern_}", template_head(template))
        }
        None if function.is_inline => format!("inline {head} {{ {body} }}\n"),
        None => format!("{head};\n"),
    }
}

fn implementation(library: &Library, home: Home) -> String {
    let (open, close) = namespaces(library);
    // The small ones are made of numbers alone, so that they stay as they are when the header changes.
    let mut text = String::new();
    if home == Home::Main {
        text.push_str("#include \"shop.h\"\n#include \"observe.h\"\n");
    }
    let mut parts: Vec<String> = Vec::new();
    let functions = library.functions().filter(|f| f.home == home && !f.is_inline && !f.is_undefined);
    parts.extend(functions.map(|function| out_of_line(function, None)));
    if home == Home::Main {
        parts.extend(library.items.iter().map(|item| item_implementation(library, item)));
        parts.push(exceptions(library));
    }
    if library.is_backwards {
        parts.reverse();
    }
    text.push_str(&open);
    if home == Home::Main {
        for class in library.classes().filter(|c| c.is_incomplete) {
            text.push_str(&definition(library, class));
        }
        for part in &library.private_source {
            let _ = writeln!(text, "{part}");
        }
        for class in library.classes().filter(|c| c.role == Role::Polymorphic) {
            text.push_str(&concrete(library, class));
        }
    }
    // Whoever calls the other libraries' functions is what makes this one need them.
    if home == Home::Main {
        let bases = library.functions().filter(|f| f.home == Home::Base);
        let calls: Vec<String> = bases
            .map(|f| {
                format!("{}({})", f.name, f.parameters.iter().map(|_| "1").collect::<Vec<_>>().join(", "))
            })
            .collect();
        let _ = writeln!(
            text,
            "long lean() {{ return {}; }}",
            if calls.is_empty() { "0".to_owned() } else { calls.join(" + ") }
        );
    }
    text.push_str(&parts.concat());
    text + &close
}

fn item_implementation(library: &Library, item: &Item) -> String {
    match item {
        Item::Class(class) => class_implementation(library, class),
        Item::Enum(enum_) => enum_implementation(enum_),
        Item::Variable(variable) => variable_definition(variable),
        Item::Constant(constant) => {
            format!("long constant_{}() {{ return {}; }}\n", constant.name, constant.full_name())
        }
        Item::Function(_) | Item::Alias { .. } | Item::Text(_) => String::new(),
    }
}

fn variable_definition(variable: &Variable) -> String {
    let Variable { id, name, type_, is_const, is_thread_local, prefix, .. } = variable;
    let local = if *is_thread_local { "thread_local " } else { "" };
    let constant = if *is_const { "const " } else { "" };
    let value = if *is_const && type_.bound.is_none() { format!(" = {id}") } else { "{}".to_owned() };
    let full = variable.full_name();
    let declared = type_.declare(&full);
    format!("{prefix}{local}{constant}{declared}{value};\nlong peek_{name}() {{ return num({full}); }}\n")
}

fn enum_implementation(enum_: &Enum) -> String {
    let name = &enum_.name;
    let mut text = format!("int code({name} value) {{\n");
    let full = |enumerator: &str| {
        if enum_.is_scoped { format!("{name}::{enumerator}") } else { enumerator.to_owned() }
    };
    for enumerator in &enum_.enumerators {
        let _ = writeln!(text, "  if (value == {}) return {};", full(&enumerator.name), enumerator.id);
    }
    for (id, value) in &enum_.retired {
        let _ = writeln!(text, "  if (static_cast<long>(value) == {value}) return {id};");
    }
    let _ = writeln!(text, "  return -1;\n}}\n{name} pick_{name}(int index) {{\n  switch (index) {{");
    for enumerator in &enum_.enumerators {
        let _ = writeln!(text, "    case {}: return {};", enumerator.id, full(&enumerator.name));
    }
    for (id, value) in &enum_.retired {
        let _ = writeln!(text, "    case {id}: return static_cast<{name}>({value});");
    }
    text.push_str("  }\n");
    let _ = writeln!(text, "  return static_cast<{name}>(0);\n}}");
    if let Some(sentinel) = &enum_.sentinel {
        let _ = writeln!(text, "int count_of_{name}() {{ return static_cast<int>({}); }}", full(sentinel));
    }
    text
}

/// What a function computes: its id, its arguments, and what it is called on.
pub(crate) fn result(function: &Function, state: &str) -> String {
    let mut sum = format!("{}L{state}", 100 + function.id);
    for (at, parameter) in function.parameters.iter().enumerate() {
        let _ = write!(sum, " + {} * num({})", at + 2, parameter.name);
    }
    format!("return make<{}>({sum});", function.returns)
}

/// Another name for a function, which only its source knows.
fn is_alias(function: &Function) -> bool {
    function.prefix.contains("alias(")
}

fn out_of_line(function: &Function, class: Option<&Class>) -> String {
    if let Some(template) = &function.template {
        let explicit = template.is_explicit;
        return if explicit {
            format!("template {};\n", instance(function, template))
        } else {
            String::new()
        };
    }
    let state = match class {
        Some(class) if class.role == Role::Value && !function.is_static => " + digest(*this)",
        _ => "",
    };
    let body = function.body.clone().unwrap_or_else(|| result(function, state));
    let scope = class.map_or(String::new(), |class| format!("{}::", class.name));
    let linkage = if function.has_c_linkage { "extern \"C\" " } else { "" };
    let Function { prefix, returns, name, .. } = function;
    if is_alias(function) {
        return format!("{linkage}{prefix}{returns} {name}({});\n", parameters(function, false));
    }
    // What only a declaration may say.
    let prefix = prefix.replace("explicit ", "");
    let parameters = parameters(function, false);
    let suffix = if ["noexcept", "&", "&&"].contains(&&*function.suffix) {
        tail(function)
    } else {
        tail(&Function { suffix: String::new(), ..function.clone() })
    };
    format!("{linkage}{prefix}{returns} {scope}{name}({parameters}){suffix} {{ {body} }}\n")
}

fn class_implementation(library: &Library, class: &Class) -> String {
    let mut text = String::new();
    let name = class.full_name();
    if let Some(template) = class.template.as_ref().filter(|t| t.is_explicit) {
        let _ = writeln!(text, "template struct {}<{}>;", class.name, template.arguments.join(", "));
    }
    if class.role == Role::Handle {
        text.push_str(&hidden(class));
    }
    text.push_str(&special_members(class));
    if class.template.is_none() {
        let defined =
            class.methods.iter().filter(|m| !m.is_inline && m.virtual_ != Virtual::Pure && !m.is_undefined);
        for method in defined {
            text.push_str(&out_of_line(method, Some(class)));
        }
    }
    match class.role {
        Role::Handle => return text,
        Role::Value => text.push_str(&value_helpers(&name, &class.word())),
        Role::Polymorphic => text.push_str(&drive(library, class)),
        Role::Exception => {}
    }
    text.push_str(&fill_and_digest(class, &name));
    for item in &class.nested {
        if let Item::Class(inner) = item {
            text.push_str(&class_implementation(library, inner));
        }
    }
    text
}

/// The hidden part of a handle.
fn hidden(class: &Class) -> String {
    let name = &class.name;
    let members: Vec<String> = (0..class.hidden_members).map(|at| format!("long part{at} = {at};")).collect();
    format!("struct {name}::Hidden {{ {} long last = 9; }};\n", members.join(" "))
}

fn special_members(class: &Class) -> String {
    let (name, own) = (&class.name, own_name(class));
    let mut text = String::new();
    let handle = class.role == Role::Handle;
    if class.has_constructor {
        let start = if handle { " : hidden_(new Hidden)" } else { "" };
        let _ = write!(text, "{name}::{own}(){start} {{");
        for member in &class.members {
            text.push_str(&assignment(member, "", "0"));
        }
        text.push_str(" }\n");
    }
    if class.destructor.as_ref().is_some_and(|d| !d.is_inline) {
        let body = if handle { " delete hidden_; " } else { "" };
        let _ = writeln!(text, "{name}::~{own}() {{{body}}}");
    }
    text
}

/// Gives a member of `object` a value that depends on its id.
pub(crate) fn assignment(member: &Member, object: &str, number: &str) -> String {
    let Member { id, name, bits, .. } = member;
    match bits {
        Some(bits) => format!(" {object}{name} = ({number} + {id}) & {};", (1_u64 << (bits - 1)) - 1),
        None => format!(" put({object}{name}, {number} + {id});"),
    }
}

fn value_helpers(name: &str, word: &str) -> String {
    format!(
        "long pass_{word}({name} value) {{ return digest(value); }}
{name} make_{word}(int number) {{ {name} value{{}}; fill(value, number); return value; }}
void fill_row({name}* row, int count) {{ for (int at = 0; at < count; ++at) fill(row[at], at); }}
{name}* new_{word}(int number) {{ auto* value = new {name}(); fill(*value, number); return value; }}
"
    )
}

fn fill_and_digest(class: &Class, name: &str) -> String {
    let mut fill = format!("void fill({name}& value, int number) {{ (void)value; (void)number;");
    let mut digest = format!("long digest(const {name}& value) {{ (void)value; long sum = 0;");
    for base in &class.bases {
        let _ = write!(fill, " fill(static_cast<{}&>(value), number);", base.name);
        let _ = write!(digest, " sum += digest(static_cast<const {}&>(value));", base.name);
    }
    // Of members that share their place, the first is the one that is looked at.
    let is_union = |member: &Member| class.key == Key::Union || member.group.is_some_and(|g| g % 2 == 1);
    let mut members: Vec<&Member> = class.members.iter().collect();
    members.sort_by_key(|m| (!m.is_fresh, m.id));
    let eldest = members.iter().find(|m| is_union(m) && !m.is_fresh).map(|m| m.id);
    for member in members {
        if is_union(member) && !member.is_fresh && Some(member.id) != eldest {
            continue;
        }
        fill.push_str(&assignment(member, "value.", "number"));
        if !member.is_fresh {
            let _ = write!(
                digest,
                " sum += {} * num({}value.{});",
                member.id,
                if member.bits.is_some() { "+" } else { "" },
                member.name
            );
        }
    }
    format!("{fill} }}\n{digest} return sum; }}\n")
}

/// Two functions are the same to a vtable.
pub(crate) fn same_slot(one: &Function, other: &Function) -> bool {
    one.name == other.name
        && one.is_const == other.is_const
        && one.suffix.contains('&') == other.suffix.contains('&')
        && one.parameters.iter().map(|p| &p.type_).eq(other.parameters.iter().map(|p| &p.type_))
}

/// All virtual functions of a class, those of its bases first, each as it was declared last.
pub(crate) fn virtual_functions(library: &Library, class: &Class) -> Vec<Function> {
    let mut found: Vec<Function> = Vec::new();
    for base in &class.bases {
        for function in library.class(&base.name).map_or(Vec::new(), |base| virtual_functions(library, base))
        {
            match found.iter_mut().find(|f| same_slot(f, &function)) {
                Some(known) if known.virtual_ == Virtual::Pure => *known = function,
                Some(_) => {}
                None => found.push(function),
            }
        }
    }
    for method in &class.methods {
        match found.iter_mut().find(|f| same_slot(f, method)) {
            Some(known) => *known = method.clone(),
            None if method.virtual_ != Virtual::No => found.push(method.clone()),
            None => {}
        }
    }
    found
}

/// A class of the library's own that implements what an abstract one leaves open.
fn concrete(library: &Library, class: &Class) -> String {
    let functions = virtual_functions(library, class);
    let pure: Vec<&Function> = functions.iter().filter(|f| f.virtual_ == Virtual::Pure).collect();
    if pure.is_empty() {
        return String::new();
    }
    let mut text = format!("namespace {{ struct Concrete_{0} : {0} {{\n", class.name);
    for function in pure {
        let Function { returns, name, .. } = function;
        let body = function.body.clone().unwrap_or_else(|| result(function, ""));
        let _ = writeln!(
            text,
            "  {returns} {name}({}){} override {{ {body} }}",
            parameters(function, false),
            tail(function)
        );
    }
    text + "}; }\n"
}

fn drive(library: &Library, class: &Class) -> String {
    let name = &class.name;
    let abstract_ = virtual_functions(library, class).iter().any(|f| f.virtual_ == Virtual::Pure);
    let made = if abstract_ { format!("Concrete_{name}") } else { name.clone() };
    let mut text = format!("long drive({name}& object) {{ (void)object; long sum = 0;");
    for method in class.methods.iter().filter(|m| m.virtual_ != Virtual::No) {
        let call = format!("object.{}({})", method.name, arguments(method, 2));
        let line = match (method.is_fresh, method.returns.ends_with('*')) {
            (true, _) => format!(" (void){call};"),
            (false, true) => format!(" sum += {} * ({call} != nullptr);", method.id),
            (false, false) => format!(" sum += {} * num({call});", method.id),
        };
        text.push_str(&line);
    }
    text.push_str(" return sum; }\n");
    let _ = writeln!(
        text,
        "{name}* create_{name}(int number) {{ auto* object = new {made}; fill(static_cast<{name}&>(*object), number); return object; }}"
    );
    text
}

/// Arguments for a call, made of a number.
pub(crate) fn arguments(function: &Function, number: usize) -> String {
    let list: Vec<String> = function
        .parameters
        .iter()
        .enumerate()
        .map(|(at, parameter)| {
            let type_ = &parameter.type_;
            let template = function.template.as_ref();
            argument(template.map_or(type_, |template| substituted(type_, template)), number + at)
        })
        .chain(function.is_variadic.then(|| "10, 20, 30".to_owned()))
        .collect();
    list.join(", ")
}

fn argument(type_: &str, number: usize) -> String {
    match type_ {
        "callback_t" => "on_event".to_owned(),
        "void*" => "nullptr".to_owned(),
        _ => {
            let value = type_.trim_start_matches("const ").trim_end_matches('&');
            format!("make<{value}>({number})")
        }
    }
}

fn exceptions(library: &Library) -> String {
    let names: Vec<&String> =
        library.classes().filter(|c| c.role == Role::Exception).map(|c| &c.name).collect();
    let mut raise = "void raise(int kind) {\n".to_owned();
    for (at, name) in names.iter().enumerate() {
        let _ = writeln!(raise, "  if (kind == {at}) {{ {name} thrown; fill(thrown, 4); throw thrown; }}");
    }
    raise.push_str("}\nint caught(void (*action)()) {\n  try { action(); }\n");
    for name in names.iter().rev() {
        let _ = writeln!(
            raise,
            "  catch (const {name}& thrown) {{ return static_cast<int>(digest(thrown) % 1000); }}"
        );
    }
    raise + "  return -1;\n}\n"
}

fn version_script(library: &Library) -> String {
    let mut text = String::new();
    let mut before = String::new();
    for version in &library.versions {
        let functions: String = version.functions.iter().map(|f| format!(" {f};")).collect();
        let global = if functions.is_empty() { String::new() } else { format!(" global:{functions}") };
        let _ = writeln!(text, "{} {{{global} }}{before};", version.name);
        before = format!(" {}", version.name);
    }
    text
}

/// Is this function called by programs, and so.
pub(crate) fn is_called(function: &Function) -> bool {
    !function.is_fresh && function.home != Home::Apart && function.access == Access::Public
}
