//! Edits that break nobody, and of which nothing is to be said that stops anybody.

use super::Operator;
use super::functions::{alias, body_of_numbers};
use super::places::{class, enum_, fresh, function, insert, is_class, method, named, plain, take, variable};
use crate::model::{
    Access, Base, Class, Destructor, Enumerator, Function, Home, Item, Key, Role, Type, Virtual,
};

pub(super) const OPERATORS: &[Operator] = &[
    Operator::harmless("private function added", |library, dice| {
        let method = Function { access: Access::Private, ..fresh(library, "arrive") };
        let class = class(library, dice, |c| c.key == Key::Class)?;
        class.methods.push(method);
        Some(class.name.clone())
    }),
    Operator::harmless("public function added", |library, dice| {
        let method = fresh(library, "arrive");
        let class = class(library, dice, |c| c.key == Key::Class)?;
        class.methods.push(method);
        Some(class.name.clone())
    }),
    Operator::harmless("static function added", |library, dice| {
        let method = Function { is_static: true, ..fresh(library, "arrive") };
        let class = class(library, dice, |c| c.key == Key::Class)?;
        class.methods.push(method);
        Some(class.name.clone())
    }),
    Operator::harmless("inline function added to a class", |library, dice| {
        let method = inline(fresh(library, "arrive"));
        let class = class(library, dice, |c| c.key == Key::Class)?;
        class.methods.push(method);
        Some(class.name.clone())
    }),
    Operator::harmless("implementation reordered", |library, _| {
        library.is_backwards = true;
        Some("*".to_owned())
    }),
    Operator::harmless("functions declared in another order", |library, dice| {
        let class = class(library, dice, |c| !c.is_polymorphic() && c.methods.len() > 1)?;
        class.methods.reverse();
        Some(class.name.clone())
    }),
    Operator::harmless("non-virtual functions declared before virtual ones", |library, _| {
        let class = named(library, "Shape")?;
        let at = class.methods.iter().position(|m| m.virtual_ == Virtual::No)?;
        let method = class.methods.remove(at);
        class.methods.insert(0, method);
        Some("Shape".to_owned())
    }),
    Operator::harmless("free functions declared in another order", |library, _| {
        let at = library.position(|item| matches!(item, Item::Function(f) if f.is_plain()))?;
        let last =
            library.items.iter().rposition(|item| matches!(item, Item::Function(f) if f.is_plain()))?;
        library.items.swap(at, last);
        Some("*".to_owned())
    }),
    Operator::harmless("classes declared in another order", |library, _| {
        let label = take(library, is_class("Label"))?;
        insert(library, is_class("Record"), label)?;
        Some("Label".to_owned())
    }),
    Operator::harmless("parameter renamed", |library, dice| {
        let function = function(library, dice, |f| f.is_plain() && !f.parameters.is_empty())?;
        function.parameters[0].name = "other_name".to_owned();
        Some(function.name.clone())
    }),
    Operator::harmless("parameter of a virtual function renamed", |library, dice| {
        let has =
            |c: &Class| c.role == Role::Polymorphic && c.methods.iter().any(|m| !m.parameters.is_empty());
        let class = class(library, dice, has)?;
        class.methods.iter_mut().find(|m| !m.parameters.is_empty())?.parameters[0].name =
            "other_name".to_owned();
        Some(class.name.clone())
    }),
    Operator::harmless("hidden implementation grew", |library, _| {
        named(library, "Engine")?.hidden_members += 3;
        Some("Engine".to_owned())
    }),
    Operator::harmless("hidden implementation shrank", |library, _| {
        named(library, "Engine")?.hidden_members = 0;
        Some("Engine".to_owned())
    }),
    Operator::harmless("comments and blank lines", |library, _| {
        library.items.insert(0, Item::Text("// What is for sale.\n\n\n".to_owned()));
        library.private_source.push("// How it is sold.\n\n\n".to_owned());
        Some("*".to_owned())
    }),
    Operator::harmless("overload added", |library, _| {
        let overload = fresh(library, "greet").with("int", "second").with("double", "third");
        library.items.push(Item::Function(overload));
        Some("greet".to_owned())
    })
    .told_as(&["symbol-added"]),
    Operator::harmless("overload of a member function added", |library, dice| {
        let (class, method) = method(library, dice, |_| true)?;
        let name = method.name.clone();
        let overload = fresh(library, &name).with("int", "second").with("int", "third").with("int", "fourth");
        named(library, &class)?.methods.push(overload);
        Some(class)
    }),
    Operator::harmless("class added", |library, _| {
        let id = library.id();
        let mut class = Class::new(Key::Struct, Role::Value, "Arrived");
        super::places::insert_member(id, &mut class, 0, Type::of("int"));
        library.items.push(Item::Class(class));
        Some("Arrived".to_owned())
    }),
    Operator::harmless("derived class added", |library, _| {
        let mut class = Class::new(Key::Class, Role::Polymorphic, "Arrived");
        class.bases.push(Base { name: "Shape".to_owned(), access: Access::Public, is_virtual: false });
        (class.has_constructor, class.destructor) =
            (true, Some(Destructor { is_virtual: true, is_inline: false }));
        library.items.push(Item::Class(class));
        Some("Arrived".to_owned())
    }),
    Operator::harmless("template added", |library, _| {
        library.items.push(Item::Text(
            "template <class T> struct Arrived { T value; T get() { return value; } };".to_owned(),
        ));
        library.private_source.push("static int arrived() { return Arrived<int>{3}.get(); }".to_owned());
        library.private_source.push("int use_arrived() { return arrived(); }".to_owned());
        Some("Arrived".to_owned())
    }),
    Operator::harmless("free function added", |library, _| {
        let function = fresh(library, "arrive");
        library.items.push(Item::Function(function));
        Some("arrive".to_owned())
    })
    .told_as(&["symbol-added"]),
    Operator::harmless("C function added", |library, _| {
        let function = Function { has_c_linkage: true, ..fresh(library, "shop_arrive") };
        library.items.push(Item::Function(function));
        Some("shop_arrive".to_owned())
    })
    .told_as(&["symbol-added"]),
    Operator::harmless("version added", |library, _| {
        let function = Function { has_c_linkage: true, ..fresh(library, "shop_arrive") };
        library.versions.last()?;
        library.items.push(Item::Function(function));
        library.versions.push(crate::model::Version {
            name: "SHOP_1.2".to_owned(),
            functions: vec!["shop_arrive".to_owned()],
        });
        Some("shop_arrive".to_owned())
    }),
    Operator::harmless("variable added", |library, _| {
        library.items.push(Item::Text("extern int arrived;".to_owned()));
        library.private_source.push("int arrived = 3;".to_owned());
        Some("arrived".to_owned())
    })
    .told_as(&["symbol-added"]),
    Operator::harmless("constant added", |library, _| {
        library.items.push(Item::Text("constexpr int arrived = 3;\n#define SHOP_ARRIVED 4".to_owned()));
        Some("arrived".to_owned())
    }),
    Operator::harmless("static constant added to a class", |library, dice| {
        let class = class(library, dice, |c| c.key == Key::Class)?;
        class.extra.push("static constexpr int arrived = 3;".to_owned());
        Some(class.name.clone())
    }),
    Operator::harmless("static member added to a class", |library, dice| {
        let class = class(library, dice, |c| c.key == Key::Class && c.template.is_none())?;
        class.extra.push("static long arrived;".to_owned());
        let name = class.name.clone();
        library.private_source.push(format!("long {name}::arrived = 3;"));
        Some(name)
    }),
    Operator::harmless("typedef added to a class", |library, dice| {
        let class = class(library, dice, |c| c.key == Key::Class)?;
        class.extra.push("typedef int arrived_t; using other_t = arrived_t;".to_owned());
        Some(class.name.clone())
    }),
    Operator::harmless("nested type added", |library, dice| {
        let class = class(library, dice, |c| c.key == Key::Class)?;
        class
            .extra
            .push("struct Arrived { int value; }; enum ArrivedMode { arrived_one, arrived_two };".to_owned());
        Some(class.name.clone())
    }),
    Operator::harmless("friend added", |library, dice| {
        let class = class(library, dice, |c| c.key == Key::Class && c.template.is_none())?;
        class.extra.push("friend class Stranger; friend int stranger(int);".to_owned());
        Some(class.name.clone())
    }),
    Operator::harmless("file-local function added", |library, _| {
        library.private_source.push("static int local(int value) { return value * 2; }\nnamespace { int other(int value) { return local(value); } }\nint (*volatile keep_local)(int) = other;".to_owned());
        library.private_source.push(
            "namespace { struct Local { long a; virtual ~Local() {} virtual int f() { return 1; } }; }"
                .to_owned(),
        );
        Some("*".to_owned())
    }),
    Operator::harmless("default argument changed", |library, _| {
        library.functions_mut().find(|f| f.name == "greet")?.parameters[1].default = Some("9".to_owned());
        Some("greet".to_owned())
    }),
    Operator::harmless("default argument added", |library, dice| {
        let last_is_int = |f: &Function| {
            f.name != "rate"
                && f.parameters
                    .last()
                    .is_some_and(|p| ["int", "long"].contains(&&*p.type_) && p.default.is_none())
        };
        let function = function(library, dice, |f| f.is_plain() && last_is_int(f))?;
        function.parameters.last_mut()?.default = Some("9".to_owned());
        Some(function.name.clone())
    }),
    Operator::harmless("default argument removed", |library, _| {
        library.functions_mut().find(|f| f.name == "greet")?.parameters[1].default = None;
        Some("greet".to_owned())
    }),
    Operator::harmless("inline function moved out of line", |library, _| {
        let function = library.functions_mut().find(|f| f.name == "quick")?;
        function.is_inline = false;
        Some("quick".to_owned())
    }),
    Operator::harmless("member function moved out of line", |library, _| {
        let class = named(library, "Record")?;
        class.methods.iter_mut().find(|m| m.is_inline)?.is_inline = false;
        Some("Record".to_owned())
    }),
    Operator::harmless("inline destructor moved out of line", |library, _| {
        named(library, "Listener")?.destructor.as_mut()?.is_inline = false;
        Some("Listener".to_owned())
    }),
    Operator::harmless("typedef through another one", |library, _| {
        let at = library.position(|item| matches!(item, Item::Alias { name, .. } if name == "count_t"))?;
        library.items.insert(at, Item::Alias { name: "whole_t".to_owned(), target: "int".to_owned() });
        alias(library, "count_t", "whole_t")
    }),
    Operator::harmless("member named through a typedef", |library, dice| {
        let class = class(library, dice, |c| {
            c.template.is_none() && c.members.iter().any(|m| m.type_.name == "double")
        })?;
        class.members.iter_mut().find(|m| m.type_.name == "double")?.type_.name = "arrived_t".to_owned();
        let name = class.name.clone();
        library.items.insert(0, Item::Alias { name: "arrived_t".to_owned(), target: "double".to_owned() });
        Some(name)
    }),
    Operator::harmless("parameter named through a typedef", |library, dice| {
        let function =
            function(library, dice, |f| f.is_plain() && f.parameters.iter().any(|p| p.type_ == "double"))?;
        function.parameters.iter_mut().find(|p| p.type_ == "double")?.type_ = "arrived_t".to_owned();
        let name = function.name.clone();
        library.items.insert(0, Item::Alias { name: "arrived_t".to_owned(), target: "double".to_owned() });
        Some(name)
    }),
    Operator::harmless("type spelled otherwise", |library, dice| {
        let class = class(library, dice, |c| c.members.iter().any(|m| m.type_.name == "unsigned"))?;
        class.members.iter_mut().find(|m| m.type_.name == "unsigned")?.type_.name = "unsigned int".to_owned();
        Some(class.name.clone())
    }),
    Operator::harmless("long spelled otherwise", |library, dice| {
        let class = class(library, dice, |c| c.members.iter().any(|m| m.type_.name == "unsigned long"))?;
        let member = class.members.iter_mut().find(|m| m.type_.name == "unsigned long")?;
        member.type_.name = "long unsigned int".to_owned();
        Some(class.name.clone())
    }),
    Operator::harmless("enumerator added at the end", |library, _| {
        let id = library.id();
        let enum_ = enum_(library, "Mode")?;
        let value = Some((enum_.enumerators.len() * 2 + 3).to_string());
        enum_.enumerators.push(Enumerator { id, name: "arrived".to_owned(), value });
        Some("Mode".to_owned())
    })
    .told_as(&["enumerator-added"]),
    Operator::harmless("enumerator written as an expression", |library, _| {
        let enum_ = enum_(library, "Mode")?;
        for enumerator in &mut enum_.enumerators {
            enumerator.value = enumerator.value.as_ref().map(|value| format!("{value} + 1 - 1"));
        }
        Some("Mode".to_owned())
    }),
    Operator::harmless("values of enumerators written down", |library, _| {
        let enum_ = enum_(library, "Color")?;
        for (at, enumerator) in enum_.enumerators.iter_mut().enumerate() {
            enumerator.value = Some(at.to_string());
        }
        Some("Color".to_owned())
    }),
    Operator::harmless("constant written as an expression", |library, _| {
        for constant in library.constants_mut().filter(|c| !c.is_macro) {
            constant.value = format!("{} + 3 - 3", constant.value);
        }
        Some("*".to_owned())
    }),
    Operator::harmless("array bound written as an expression", |library, _| {
        let class = named(library, "Order")?;
        let bound = class.members.iter_mut().find(|m| m.name == "lines")?.type_.bound.as_mut()?;
        *bound = format!("{bound} * 2 / 2");
        Some("Order".to_owned())
    }),
    Operator::harmless("struct instead of class", |library, dice| {
        let class = class(library, dice, |c| c.key == Key::Class)?;
        class.key = Key::Struct;
        Some(class.name.clone())
    }),
    Operator::harmless("class instead of struct", |library, dice| {
        let class = class(library, dice, |c| c.key == Key::Struct && c.template.is_none())?;
        class.key = Key::Class;
        Some(class.name.clone())
    }),
    Operator::harmless("function became noexcept", |library, dice| {
        let function = plain(library, dice)?;
        function.suffix = "noexcept".to_owned();
        Some(function.name.clone())
    }),
    Operator::harmless("member function became noexcept", |library, dice| {
        let (class, method) = method(library, dice, |_| true)?;
        method.suffix = "noexcept".to_owned();
        Some(class)
    }),
    Operator::harmless("attributes that only advise", |library, dice| {
        let function = plain(library, dice)?;
        function.prefix = "[[nodiscard, deprecated]] __attribute__((cold)) ".to_owned();
        Some(function.name.clone())
    }),
    Operator::harmless("const on a parameter by value", |library, dice| {
        let function =
            function(library, dice, |f| f.is_plain() && f.parameters.iter().any(|p| p.type_ == "int"))?;
        function.parameters.iter_mut().find(|p| p.type_ == "int")?.type_ = "const int".to_owned();
        Some(function.name.clone())
    }),
    Operator::harmless("member became mutable", |library, dice| {
        let class = class(library, dice, |c| {
            c.role == Role::Value && c.template.is_none() && !c.members.is_empty() && c.key != Key::Union
        })?;
        class.members.iter_mut().find(|m| m.group.is_none())?.prefix = "mutable ".to_owned();
        Some(class.name.clone())
    }),
    Operator::harmless("nested class that nobody uses", |library, _| {
        let class = named(library, "Record")?;
        class.extra.push("struct Unused { int value = 3; };".to_owned());
        Some("Record".to_owned())
    }),
    Operator::harmless("destructor declared as it was", |library, dice| {
        let class = class(library, dice, |c| ["Point", "Label", "Options"].contains(&&*c.name))?;
        let name = class.name.clone();
        class.extra.push(format!("~{name}() = default;"));
        Some(name)
    }),
    Operator::harmless("assertions added", |library, _| {
        library.items.push(Item::Text("static_assert(sizeof(Point) > 0, \"\");".to_owned()));
        Some("Point".to_owned())
    }),
    Operator::harmless("names brought in", |library, _| {
        library.items.push(Item::Text(
            "namespace parts { int inner(int); struct Part; }\nusing parts::Part; namespace pieces = parts;"
                .to_owned(),
        ));
        library.private_source.push("namespace parts { int inner(int value) { return value; } struct Part { int value; }; Part kept; }".to_owned());
        Some("parts".to_owned())
    }),
    Operator::harmless("forward declarations added", |library, _| {
        library
            .items
            .insert(0, Item::Text("class Unknown; struct Never; enum class Later : int;".to_owned()));
        Some("*".to_owned())
    }),
    Operator::harmless("parameter of a template renamed", |library, _| {
        let class = named(library, "Both")?;
        class.template.as_mut()?.parameters = vec!["First".to_owned(), "Second".to_owned()];
        class.members[0].type_.name = "First".to_owned();
        class.members[1].type_.name = "Second".to_owned();
        Some("Both".to_owned())
    }),
    Operator::harmless("another instantiation", |library, _| {
        library.items.push(Item::Text("long weigh_more(const Both<long, long>& both);".to_owned()));
        library
            .private_source
            .push("long weigh_more(const Both<long, long>& both) { return both.left; }".to_owned());
        Some("Both".to_owned())
    }),
    Operator::harmless("private member function of a hidden class", |library, _| {
        library
            .private_source
            .push("struct Secret { int value; int get(); };\nint Secret::get() { return value; }".to_owned());
        Some("Secret".to_owned())
    }),
    Operator::harmless("using a name of a base", |library, _| {
        named(library, "Archive")?.extra.push("using Record::made;".to_owned());
        Some("Archive".to_owned())
    }),
    Operator::harmless("variable defined elsewhere", |library, _| {
        let item = take(library, |item| matches!(item, Item::Variable(v) if v.name == "price_table"))?;
        library.items.push(item);
        variable(library, "price_table").map(|v| v.name.clone())
    }),
    Operator::harmless("function body rewritten", |library, dice| {
        let function = function(library, dice, |f| f.is_plain() && f.is_of_numbers())?;
        for (parameter, name) in function.parameters.iter_mut().zip(["first", "second", "third"]) {
            parameter.name = name.to_owned();
        }
        function.body = Some(body_of_numbers(function.id, function.parameters.len()));
        Some(function.name.clone())
    }),
    Operator::harmless("unused function added to the small library", |library, _| {
        let function = fresh(library, "arrive");
        let body = Some("return first;".to_owned());
        library.items.push(Item::Function(Function { home: Home::Base, body, ..function }));
        Some("arrive".to_owned())
    }),
];

fn inline(function: Function) -> Function {
    Function { is_inline: true, body: Some("return first * 2;".to_owned()), ..function }
}
