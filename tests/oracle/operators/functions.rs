//! Edits of functions and variables: what has a symbol.

use super::Operator;
use super::places::{c_function, class, function, method, named, plain, take, variable};
use crate::dice::Dice;
use crate::model::{Access, Destructor, Home, Item, Library, Role, Virtual};

const NAME_KEPT: &str =
    "the file keeps its name on this machine; whoever installs by SONAME does not find it";

pub(super) const OPERATORS: &[Operator] = &[
    // Nothing in a binary says whether the overload that is left has a default argument.
    Operator::breaks(
        "function removed",
        &["symbol-removed", "default-argument-absorbed"],
        |library, dice| {
            let name = plain(library, dice)?.name.clone();
            let id = library.functions().find(|f| f.is_plain() && f.name == name)?.id;
            take(library, |item| matches!(item, Item::Function(f) if f.id == id)).map(|_| name)
        },
    ),
    Operator::breaks("C function removed", &["symbol-removed"], |library, dice| {
        let name = c_function(library, dice, |_| true)?.name.clone();
        take(library, |item| matches!(item, Item::Function(f) if f.name == name))?;
        for version in &mut library.versions {
            version.functions.retain(|f| *f != name);
        }
        Some(name)
    }),
    Operator::breaks("member function removed", &["symbol-removed"], |library, dice| {
        let (name, id) = method(library, dice, |_| true).map(|(class, method)| (class, method.id))?;
        named(library, &name)?.methods.retain(|m| m.id != id);
        Some(name)
    }),
    Operator::breaks("variable removed", &["symbol-removed"], |library, dice| {
        let name = dice.pick(&["current_level", "price_table", "origin", "fixed_rate", "session_count"]);
        take(library, |item| matches!(item, Item::Variable(v) if v.name == name))?;
        // Its reader stays, so that nothing else is missing.
        library.items.push(Item::Text(format!("long peek_{name}();")));
        library.private_source.push(format!("long peek_{name}() {{ return 0; }}"));
        Some(name.to_owned())
    }),
    Operator::breaks("function hidden", &["symbol-removed"], |library, dice| {
        prefixed(library, dice, "__attribute__((visibility(\"hidden\"))) ")
    }),
    Operator::breaks("function declared and no longer defined", &["symbol-removed"], |library, dice| {
        let function = plain(library, dice)?;
        function.is_undefined = true;
        Some(function.name.clone())
    }),
    Operator::breaks("function renamed", &["symbol-renamed", "symbol-removed"], |library, dice| {
        let function = plain(library, dice)?;
        function.name.push_str("_all");
        Some(function.name.clone())
    }),
    Operator::breaks("class renamed", &["symbols-renamed-together", "symbol-removed"], |library, _| {
        let class = named(library, "Engine")?;
        class.name = "Motor".to_owned();
        Some("Engine".to_owned())
    }),
    Operator::breaks("namespace renamed", &["symbols-renamed-together"], |library, _| {
        library.namespace = "store".to_owned();
        Some("*".to_owned())
    }),
    Operator::breaks("inline namespace added", &["symbols-renamed-together"], |library, _| {
        library.inline_namespace = Some("v2".to_owned());
        Some("*".to_owned())
    }),
    Operator::breaks(
        "ABI tag added",
        &["signature-changed", "symbol-renamed", "symbol-removed"],
        |library, dice| prefixed(library, dice, "[[gnu::abi_tag(\"fresh\")]] "),
    ),
    Operator::breaks(
        "function became inline",
        &["symbol-removed", "default-argument-absorbed"],
        |library, dice| {
            let function = function(library, dice, |f| f.is_plain() && f.is_of_numbers())?;
            function.body = Some(body_of_numbers(function.id, function.parameters.len()));
            (function.is_inline, function.is_fresh) = (true, true);
            Some(function.name.clone())
        },
    ),
    Operator::tells("function became inline and is emitted", &["symbol-weakened"], |library, dice| {
        let function = function(library, dice, |f| f.is_plain() && f.is_of_numbers())?;
        function.body = Some(body_of_numbers(function.id, function.parameters.len()));
        function.is_inline = true;
        function.prefix = "__attribute__((used)) ".to_owned();
        Some(function.name.clone())
    }),
    Operator::tells("emitted inline function moved out of line", &["symbol-strengthened"], |library, _| {
        let function = library.functions_mut().find(|f| f.is_kept)?;
        (function.is_inline, function.prefix) = (false, String::new());
        Some(function.name.clone())
    }),
    Operator::tells("inline function no longer emitted", &["weak-symbol-removed"], |library, _| {
        let function = library.functions_mut().find(|f| f.is_kept)?;
        function.prefix.clear();
        Some(function.name.clone())
    }),
    Operator::breaks("type of a parameter changed", &["signature-changed"], |library, dice| {
        let is_open = |type_: &str| ["int", "long", "double", "unsigned"].contains(&type_);
        let function =
            function(library, dice, |f| f.is_plain() && f.parameters.iter().any(|p| is_open(&p.type_)))?;
        let parameter = function.parameters.iter_mut().find(|p| is_open(&p.type_))?;
        parameter.type_ = if parameter.type_ == "double" { "float" } else { "double" }.to_owned();
        Some(function.name.clone())
    }),
    Operator::breaks("parameter by reference became by value", &["signature-changed"], |library, dice| {
        let function =
            function(library, dice, |f| f.is_plain() && f.parameters.iter().any(|p| p.type_.contains('&')))?;
        let parameter = function.parameters.iter_mut().find(|p| p.type_.contains('&'))?;
        parameter.type_ = parameter.type_.trim_start_matches("const ").trim_end_matches('&').to_owned();
        Some(function.name.clone())
    }),
    Operator::breaks("parameter added", &["signature-changed"], |library, dice| {
        let function = plain(library, dice)?;
        *function = function.clone().with("int", "extra");
        // What comes after a default argument has one.
        if let [.., before, extra] = &mut function.parameters[..]
            && before.default.is_some()
        {
            extra.default = Some("0".to_owned());
        }
        Some(function.name.clone())
    }),
    Operator::breaks("parameter removed", &["signature-changed"], |library, dice| {
        // A shorter overload would be there already.
        let function =
            function(library, dice, |f| f.is_plain() && !f.parameters.is_empty() && f.name != "rate")?;
        function.parameters.pop();
        Some(function.name.clone())
    }),
    Operator::breaks("parameters swapped", &["signature-changed"], |library, dice| {
        let function = function(library, dice, |f| {
            f.is_plain() && f.parameters.len() >= 2 && f.parameters[0].type_ != f.parameters[1].type_
        })?;
        function.parameters.swap(0, 1);
        Some(function.name.clone())
    }),
    Operator::breaks("default argument absorbs an overload", &["default-argument-absorbed"], |library, _| {
        take(
            library,
            |item| matches!(item, Item::Function(f) if f.name == "rate" && f.parameters.len() == 1),
        )?;
        let long = library.functions_mut().find(|f| f.name == "rate")?;
        long.parameters[1].default = Some("0".to_owned());
        Some("rate".to_owned())
    }),
    Operator::breaks("member function lost const", &["signature-changed"], |library, dice| {
        let (class, method) = method(library, dice, |m| m.is_const)?;
        method.is_const = false;
        Some(class)
    }),
    Operator::breaks("member function became const", &["signature-changed"], |library, dice| {
        let (class, method) = method(library, dice, |m| !m.is_const && !m.is_static)?;
        method.is_const = true;
        Some(class)
    }),
    Operator::breaks("ref-qualifier added", &["signature-changed"], |library, dice| {
        let (class, method) = method(library, dice, |m| !m.is_static)?;
        method.suffix = "&".to_owned();
        Some(class)
    }),
    Operator::breaks(
        "member function became static",
        &["calling-convention-changed", "signature-changed"],
        |library, dice| {
            let (class, method) = method(library, dice, |m| !m.is_static && !m.is_const)?;
            method.is_static = true;
            Some(class)
        },
    ),
    Operator::breaks(
        "member function is no longer static",
        &["calling-convention-changed", "signature-changed"],
        |library, dice| {
            let (class, method) = method(library, dice, |m| m.is_static)?;
            method.is_static = false;
            Some(class)
        },
    ),
    Operator::breaks("return type changed", &["return-type-changed"], |library, dice| {
        let function =
            function(library, dice, |f| f.is_plain() && ["int", "long", "double"].contains(&&*f.returns))?;
        function.returns = if function.returns == "double" { "long" } else { "double" }.to_owned();
        Some(function.name.clone())
    }),
    Operator::breaks(
        "return type of a member function changed",
        &["return-type-changed"],
        |library, dice| {
            let (class, method) = method(library, dice, |_| true)?;
            method.returns = if method.returns == "double" { "long" } else { "double" }.to_owned();
            Some(class)
        },
    ),
    Operator::breaks("return type became a class", &["return-type-changed"], |library, dice| {
        let is_small = |type_: &str| ["int", "long", "double"].contains(&type_);
        let function = function(library, dice, |f| f.is_plain() && is_small(&f.returns))?;
        function.returns = "Options".to_owned();
        Some(function.name.clone())
    }),
    Operator::breaks("return type is gone", &["return-type-changed"], |library, dice| {
        let function =
            function(library, dice, |f| f.is_plain() && ["int", "long", "double"].contains(&&*f.returns))?;
        function.returns = "void".to_owned();
        Some(function.name.clone())
    }),
    Operator::breaks("return type narrowed", &["return-type-changed"], |library, dice| {
        let function = function(library, dice, |f| f.is_plain() && f.returns == "long")?;
        function.returns = "short".to_owned();
        Some(function.name.clone())
    })
    .unseen("numbers that fit into the narrow type come through where the rest of the register is extended"),
    Operator::breaks("return type widened", &["return-type-changed"], |library, dice| {
        let function = function(library, dice, |f| f.is_plain() && f.returns == "int")?;
        function.returns = "long".to_owned();
        Some(function.name.clone())
    })
    .unseen("programs look at the lower half of a register, which is the same until numbers become large"),
    Operator::breaks(
        "type of a C function's parameter changed",
        &["parameter-type-changed"],
        |library, dice| {
            let is_open = |type_: &str| type_ == "int" || type_ == "double";
            let function = c_function(library, dice, |f| f.parameters.iter().any(|p| is_open(&p.type_)))?;
            let parameter = function.parameters.iter_mut().find(|p| is_open(&p.type_))?;
            parameter.type_ = if parameter.type_ == "int" { "double" } else { "int" }.to_owned();
            Some(function.name.clone())
        },
    ),
    Operator::breaks(
        "C function takes a pointer instead of a struct",
        &["parameter-type-changed"],
        |library, dice| {
            let function = c_function(library, dice, |f| f.parameters.iter().any(|p| p.type_ == "Point"))?;
            function.parameters.iter_mut().find(|p| p.type_ == "Point")?.type_ = "const Point*".to_owned();
            Some(function.name.clone())
        },
    ),
    Operator::breaks("C function takes one more", &["parameter-type-changed"], |library, dice| {
        let function = c_function(library, dice, |f| !f.is_variadic)?;
        *function = function.clone().with("int", "extra");
        Some(function.name.clone())
    }),
    Operator::breaks("C function takes one less", &["parameter-type-changed"], |library, dice| {
        let function = c_function(library, dice, |f| f.parameters.len() > 1)?;
        function.parameters.pop();
        Some(function.name.clone())
    })
    .unseen("what is passed and not read does no harm where the caller cleans up"),
    Operator::breaks("parameters of a C function swapped", &["parameter-type-changed"], |library, dice| {
        let function = c_function(library, dice, |f| f.name == "shop_open" && f.parameters.len() > 1)?;
        function.parameters.swap(0, 1);
        Some(function.name.clone())
    })
    .unseen(
        "a whole number and a fraction are passed in registers of their own on x86-64, whatever their order",
    ),
    Operator::breaks("C function is no longer variadic", &["variadic-changed"], |library, _| {
        let function = library.functions_mut().find(|f| f.is_variadic)?;
        function.is_variadic = false;
        function.body = Some("return count;".to_owned());
        Some(function.name.clone())
    }),
    Operator::breaks("C function became variadic", &["variadic-changed"], |library, dice| {
        let function = c_function(library, dice, |f| !f.is_variadic)?;
        function.is_variadic = true;
        Some(function.name.clone())
    })
    .unseen(
        "on x86-64 named arguments stay where they are; where variable ones go onto the stack, they do not",
    ),
    Operator::breaks(
        "callback takes another type",
        &["typedef-changed", "parameter-type-changed"],
        |library, _| alias(library, "callback_t", "int (*)(double, void*)"),
    ),
    Operator::breaks("calling convention changed", &["calling-convention-changed"], |library, dice| {
        prefixed(library, dice, "__attribute__((ms_abi)) ")
    })
    .untold_by("g++", "GCC writes no calling convention into debug info, and names do not have it"),
    Operator::tells("function became weak", &["symbol-weakened"], |library, dice| {
        prefixed(library, dice, "__attribute__((weak)) ")
    }),
    Operator::tells("function became protected", &["symbol-visibility-changed"], |library, dice| {
        prefixed(library, dice, "__attribute__((visibility(\"protected\"))) ")
    }),
    Operator::breaks("variable became protected", &["symbol-visibility-changed"], |library, _| {
        let variable = variable(library, "current_level")?;
        variable.prefix = "__attribute__((visibility(\"protected\"))) ".to_owned();
        Some(variable.name.clone())
    })
    .unseen("only programs at a fixed address have a copy of it, which the library then does not see"),
    Operator::breaks("C function became a variable", &["symbol-kind-changed"], |library, _| {
        take(library, |item| matches!(item, Item::Function(f) if f.name == "shop_open"))?;
        library.items.push(Item::Text("extern \"C\" { extern int (*shop_open)(int, double); }".to_owned()));
        library.private_source.push("extern \"C\" { int (*shop_open)(int, double) = nullptr; }".to_owned());
        Some("shop_open".to_owned())
    }),
    Operator::tells("C function became an ifunc", &["symbol-kind-changed"], became_ifunc),
    Operator::breaks("symbol version changed", &["symbol-version-changed"], |library, dice| {
        let [first, second] = &mut *library.versions else { return None };
        let at = dice.below(first.functions.len().max(1));
        let name = (at < first.functions.len()).then(|| first.functions.remove(at))?;
        second.functions.push(name.clone());
        Some(name)
    }),
    Operator::breaks("symbol version removed", &["version-node-removed"], |library, _| {
        let gone = library.versions.pop()?;
        let first = library.versions.first_mut()?;
        first.functions.extend(gone.functions);
        Some(gone.name)
    }),
    Operator::breaks("symbol version renamed", &["version-node-removed"], |library, _| {
        let version = library.versions.last_mut()?;
        version.name = "SHOP_2.0".to_owned();
        Some(version.name.clone())
    }),
    Operator::tells("default version changed", &["default-version-changed"], new_default_version),
    Operator::breaks(
        "explicit instantiation of a class removed",
        &["instantiation-removed", "weak-symbol-removed"],
        |library, _| {
            named(library, "Cell")?.template.as_mut()?.is_explicit = false;
            Some("Cell".to_owned())
        },
    )
    .unseen("where the compiler has put the function into its callers, nobody looks for it"),
    Operator::breaks(
        "explicit instantiation of a function removed",
        &["instantiation-removed", "weak-symbol-removed"],
        |library, _| {
            let function = library.functions_mut().find(|f| f.name == "twice")?;
            function.template.as_mut()?.is_explicit = false;
            Some(function.name.clone())
        },
    ),
    Operator::tells("function moved to a library that this one needs", &["symbol-moved"], |library, dice| {
        moved(library, dice, Home::Main, Home::Base)
    }),
    Operator::breaks(
        "function moved to a library that nobody needs",
        &["symbol-orphaned"],
        |library, dice| moved(library, dice, Home::Main, Home::Apart),
    ),
    Operator::breaks(
        "function moved to a library that needs this one",
        &["symbol-orphaned"],
        |library, dice| moved(library, dice, Home::Base, Home::Main),
    )
    .unseen(
        "the programs of the oracle load both libraries; one that needs only the smaller does not find it",
    ),
    Operator::tells("access of a member function narrowed", &["access-changed"], |library, dice| {
        let (class, method) = method(library, dice, |m| m.access == Access::Public)?;
        method.access = Access::Private;
        Some(class)
    }),
    Operator::breaks("type of a variable changed", &["variable-type-changed"], |library, _| {
        variable(library, "price_table")?.type_.name = "float".to_owned();
        Some("price_table".to_owned())
    }),
    Operator::breaks("variable widened", &["variable-type-changed", "object-size-changed"], |library, _| {
        variable(library, "current_level")?.type_.name = "long".to_owned();
        Some("current_level".to_owned())
    })
    .unseen("programs that find it in the library look at its lower half"),
    Operator::breaks("variable became const", &["variable-became-const"], |library, _| {
        variable(library, "current_level")?.is_const = true;
        Some("current_level".to_owned())
    })
    .unseen("a program at a fixed address writes to a copy of its own"),
    Operator::breaks("variable became thread-local", &["thread-local-changed"], |library, _| {
        variable(library, "current_level")?.is_thread_local = true;
        Some("current_level".to_owned())
    }),
    Operator::breaks("variable is no longer thread-local", &["thread-local-changed"], |library, _| {
        variable(library, "session_count")?.is_thread_local = false;
        Some("session_count".to_owned())
    }),
    Operator::breaks("exported array grew", &["array-bound-changed", "object-size-changed"], |library, _| {
        let bound = variable(library, "price_table")?.type_.bound.as_mut()?;
        *bound = format!("{bound} + 3");
        Some("price_table".to_owned())
    })
    .unseen("programs that find it in the library go on using the beginning"),
    Operator::breaks(
        "exported array shrank",
        &["array-bound-changed", "object-size-changed"],
        |library, _| {
            let bound = variable(library, "price_table")?.type_.bound.as_mut()?;
            *bound = format!("{bound} - 1");
            Some("price_table".to_owned())
        },
    )
    .unseen("what is behind it may be nothing that anybody looks at"),
    Operator::breaks("static member changed its type", &["static-member-changed"], |library, _| {
        variable(library, "made")?.type_.name = "double".to_owned();
        Some("Record".to_owned())
    }),
    Operator::tells("alias became a function of its own", &["alias-split"], |library, _| {
        let alias = library.functions_mut().find(|f| f.name == "shop_also")?;
        (alias.prefix, alias.body) = (String::new(), Some("return first * 3 + 1;".to_owned()));
        Some(alias.name.clone())
    }),
    Operator::tells("function no longer returns", &["function-became-noreturn"], |library, _| {
        let function = library.functions_mut().find(|f| f.name == "give_up")?;
        function.prefix = "[[noreturn]] ".to_owned();
        Some(function.name.clone())
    }),
    Operator::tells("needs a newer C library", &["platform-floor-raised"], |library, _| {
        // In 2.34 it moved to the library that everybody has.
        library.private_source.push(
            "extern \"C\" int pthread_detach(unsigned long);\nint detach(unsigned long thread) { return pthread_detach(thread); }"
                .to_owned(),
        );
        Some("pthread_detach".to_owned())
    }),
    Operator::breaks("SONAME changed", &["soname-changed"], |library, _| {
        link_flag(library, "-Wl,-soname,libshop.so.2")
    })
    .unseen(NAME_KEPT),
    Operator::tells("needs one more library", &["needed-added"], |library, _| {
        link_flag(library, "-Wl,--no-as-needed,-lrt,-lresolv")
    }),
    Operator::tells("static TLS", &["static-tls-required"], |library, _| {
        variable(library, "session_count")?.prefix =
            "__attribute__((tls_model(\"initial-exec\"))) ".to_owned();
        Some("session_count".to_owned())
    }),
    Operator::breaks("executable stack", &["executable-stack-required"], |library, _| {
        link_flag(library, "-Wl,-z,execstack")
    })
    .unseen("this machine's C library still makes its stack executable; from 2.41 on it refuses in dlopen"),
    Operator::tells("hardening lost", &["hardening-lost"], |library, _| link_flag(library, "-Wl,-z,norelro")),
    Operator::tells("search path added", &["search-path-changed"], |library, _| {
        link_flag(library, "-Wl,-rpath,/opt/shop/lib")
    }),
    Operator::breaks("processor of a later level needed", &["isa-floor-raised"], |library, _| {
        link_flag(library, "-Wl,-z,x86-64-v3")
    })
    .unseen("this machine's processor has that level"),
    Operator::breaks("dual ABI of libstdc++ flipped", &["cxx11-abi-changed"], |library, _| {
        library.has_strings.then(|| flag(library, "-D_GLIBCXX_USE_CXX11_ABI=0"))
    }),
    Operator::breaks("typeinfo no longer emitted", &["typeinfo-removed", "symbol-removed"], |library, _| {
        Some(flag(library, "-fno-rtti"))
    }),
    Operator::breaks("enums became as small as they can", &["underlying-type-changed"], |library, _| {
        Some(flag(library, "-fshort-enums"))
    })
    .unseen("a small value is the same in the lower bytes where nothing moves"),
    Operator::breaks("destructor became trivial", &["symbol-removed", "passing-changed"], |library, dice| {
        let class = class(library, dice, |c| c.role == Role::Value && c.destructor.is_some())?;
        class.destructor = None;
        Some(class.name.clone())
    }),
    Operator::breaks("destructor got a body", &["passing-changed"], |library, dice| {
        let is_passed =
            |c: &crate::model::Class| ["Point", "Label", "Order", "Flags", "Options"].contains(&&*c.name);
        let class = class(library, dice, is_passed)?;
        class.destructor = Some(Destructor { is_virtual: false, is_inline: dice.one_in(2) });
        Some(class.name.clone())
    })
    .unseen("an object of more than 16 bytes is passed in memory either way; who destroys it differs"),
    Operator::breaks(
        "function became virtual",
        &["function-became-virtual", "virtual-inserted", "virtual-appended"],
        |library, _| {
            let class = named(library, "Shape")?;
            let method = class.methods.iter_mut().find(|m| m.virtual_ == Virtual::No)?;
            method.virtual_ = Virtual::Yes;
            // It is driven like all others then, and may not count.
            method.is_fresh = true;
            Some("Shape".to_owned())
        },
    ),
];

fn prefixed(library: &mut Library, dice: &mut Dice, prefix: &str) -> Option<String> {
    let function = plain(library, dice)?;
    function.prefix = prefix.to_owned();
    Some(function.name.clone())
}

/// What the usual body computes where there are only numbers.
pub(super) fn body_of_numbers(id: u32, parameters: usize) -> String {
    let names = ["first", "second", "third"];
    let sum: String =
        (0..parameters).map(|at| format!(" + {} * static_cast<long>({})", at + 2, names[at])).collect();
    format!(
        "int number = static_cast<int>(({}L{sum}) % 30011); return number & 2 ? -number : number;",
        100 + id
    )
}

fn moved(library: &mut Library, dice: &mut Dice, from: Home, to: Home) -> Option<String> {
    let movable = |f: &crate::model::Function| {
        f.home == from && f.is_of_numbers() && !f.is_inline && f.template.is_none() && !f.has_c_linkage
    };
    let names: Vec<u32> = library.functions().filter(|f| movable(f)).map(|f| f.id).collect();
    let id = if names.is_empty() { return None } else { dice.pick(&names) };
    let function = library.functions_mut().find(|f| f.id == id)?;
    function.home = to;
    if function.body.is_none() {
        // Parameters are called as the body of numbers calls them.
        for (parameter, name) in function.parameters.iter_mut().zip(["first", "second", "third"]) {
            parameter.name = name.to_owned();
        }
        function.body = Some(body_of_numbers(id, function.parameters.len()));
    }
    Some(function.name.clone())
}

fn became_ifunc(library: &mut Library, _: &mut Dice) -> Option<String> {
    let function = library.functions_mut().find(|f| f.name == "shop_open")?;
    function.is_undefined = true;
    let id = function.id;
    library.private_source.push(format!(
        "extern \"C\" {{ static int open_usual(int mode, double ratio) {{ return make<int>({}L + 2 * num(mode) + 3 * num(ratio)); }}
__attribute__((visibility(\"hidden\"))) int (*choose_open())(int, double) {{ return open_usual; }}
int shop_open(int mode, double ratio) __attribute__((ifunc(\"choose_open\"))); }}",
        100 + id
    ));
    Some("shop_open".to_owned())
}

/// A function under its old version, and a new one of that name for who links from now on.
fn new_default_version(library: &mut Library, _: &mut Dice) -> Option<String> {
    library.versions.get(1)?;
    let function = library.functions_mut().find(|f| f.name == "shop_open")?;
    function.is_undefined = true;
    let id = function.id;
    library.versions[1].functions.push("shop_open".to_owned());
    library.private_source.push(format!(
        "extern \"C\" {{ int open_before(int mode, double ratio) {{ return make<int>({}L + 2 * num(mode) + 3 * num(ratio)); }}
int open_now(int mode, double ratio) {{ return make<int>(1L + num(mode) + num(ratio)); }} }}
__asm__(\".symver open_before, shop_open@SHOP_1.0\"); __asm__(\".symver open_now, shop_open@@SHOP_1.1\");",
        100 + id
    ));
    Some("shop_open".to_owned())
}

pub(super) fn alias(library: &mut Library, wanted: &str, to: &str) -> Option<String> {
    library.items.iter_mut().find_map(|item| match item {
        Item::Alias { name, target } if name == wanted => {
            *target = to.to_owned();
            Some(wanted.to_owned())
        }
        _ => None,
    })
}

fn link_flag(library: &mut Library, flag: &str) -> Option<String> {
    library.link_flags.push(flag.to_owned());
    Some(flag.to_owned())
}

fn flag(library: &mut Library, flag: &str) -> String {
    library.flags.push(flag.to_owned());
    "*".to_owned()
}
