//! Edits of C libraries, each with what has to be said of it.

use super::model::{Enum, Function, Item, Key, Library, Member, Parameter, Record, Role, Type, Variable};
use crate::dice::Dice;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Effect {
    /// Some program that was built against the old library breaks.
    Breaks,
    /// Libraries change so on purpose: risky at most.
    Risky,
    /// Nothing above `source` may be said.
    Harmless,
}

pub(crate) struct Operator {
    pub(crate) name: &'static str,
    pub(crate) effect: Effect,
    /// One of these has to be among the findings, where the edit breaks a program.
    pub(crate) rules: &'static [&'static str],
    /// Makes the edit at a place that is chosen by chance; false where there is none.
    pub(crate) edit: fn(&mut Library, &mut Dice) -> bool,
    /// Why it is a break where the program does not notice.
    pub(crate) unseen: &'static str,
}

const fn breaks(
    name: &'static str,
    rules: &'static [&'static str],
    edit: fn(&mut Library, &mut Dice) -> bool,
) -> Operator {
    Operator { name, effect: Effect::Breaks, rules, edit, unseen: "" }
}

const fn unseen(operator: Operator, why: &'static str) -> Operator {
    Operator { unseen: why, ..operator }
}

const fn risky(name: &'static str, edit: fn(&mut Library, &mut Dice) -> bool) -> Operator {
    Operator { name, effect: Effect::Risky, rules: &[], edit, unseen: "" }
}

const fn harmless(name: &'static str, edit: fn(&mut Library, &mut Dice) -> bool) -> Operator {
    Operator { name, effect: Effect::Harmless, rules: &[], edit, unseen: "" }
}

const LAYOUT: &[&str] = &[
    "member-added",
    "member-removed",
    "member-moved",
    "member-reordered",
    "member-type-changed",
    "type-size-changed",
    "type-alignment-changed",
    "passing-changed",
    "member-added-in-padding",
    "array-bound-changed",
    "bitfield-changed",
];
const CALL: &[&str] = &["parameter-type-changed", "return-type-changed", "passing-changed"];
const OTHER_REGISTER: &str = "the number happens to come out as before";

pub(crate) const OPERATORS: &[Operator] = &[
    breaks("c: member in front", LAYOUT, |l, d| insert(l, d, Role::Value, 0)),
    breaks("c: member in the middle", LAYOUT, |l, d| insert(l, d, Role::Value, 1)),
    unseen(
        breaks("c: member at the end", LAYOUT, |l, d| insert(l, d, Role::Value, usize::MAX)),
        "programs make less room than the library uses",
    ),
    unseen(
        breaks("c: member removed", LAYOUT, remove_member),
        "the last of a class that fits into its padding",
    ),
    unseen(breaks("c: members exchanged", LAYOUT, exchange), "two of one type, seen the same way"),
    unseen(breaks("c: member retyped to another size", LAYOUT, |l, d| retype(l, d, false)), OTHER_REGISTER),
    unseen(
        breaks("c: member retyped to another register", LAYOUT, |l, d| retype(l, d, true)),
        OTHER_REGISTER,
    ),
    unseen(breaks("c: the only member retyped", LAYOUT, retype_single), OTHER_REGISTER),
    unseen(breaks("c: union member retyped", LAYOUT, retype_union), OTHER_REGISTER),
    breaks("c: union grows", &["type-size-changed", "union-member-added"], grow_union),
    unseen(
        breaks("c: bit-field wider", LAYOUT, wider_bits),
        "an unsigned char behind it starts a byte of its own, and the number fits into the old bits",
    ),
    breaks("c: array longer", LAYOUT, longer_array),
    unseen(
        breaks(
            "c: typedef target",
            &["typedef-changed", "member-type-changed", "parameter-type-changed", "type-size-changed"],
            retarget,
        ),
        "not every library uses it",
    ),
    unseen(
        breaks(
            "c: one of two unnamed types changes",
            &[
                "member-type-changed",
                "member-added",
                "member-moved",
                "type-size-changed",
                "member-reordered",
                "anonymous-member-changed",
            ],
            change_unnamed,
        ),
        OTHER_REGISTER,
    ),
    breaks(
        "c: unnamed types exchanged",
        &[
            "member-type-changed",
            "member-reordered",
            "member-moved",
            "anonymous-member-changed",
            "type-size-changed",
        ],
        exchange_unnamed,
    ),
    unseen(
        breaks("c: member of an anonymous union grows", LAYOUT, grow_anonymous),
        "what stands behind it may have been aligned so far",
    ),
    unseen(
        breaks("c: aligned", &["type-alignment-changed", "type-size-changed"], align),
        "programs place it less well than the library may assume",
    ),
    breaks("c: packed", &["type-alignment-changed", "type-size-changed", "member-moved"], pack),
    breaks("c: enumerator in front", &["enumerator-value-changed"], enumerator_in_front),
    breaks(
        "c: enumerator exchanged",
        &["enumerator-value-changed", "enumerator-renamed"],
        exchange_enumerators,
    ),
    unseen(
        breaks(
            "c: enumerator removed",
            &["enumerator-removed", "enumerator-value-changed", "enum-sentinel-moved"],
            remove_enumerator,
        ),
        "the program does not use it",
    ),
    breaks("c: function removed", &["symbol-removed"], remove_function),
    breaks("c: function renamed", &["symbol-removed", "symbol-renamed", "signature-changed"], |l, d| {
        on_function(l, d, |f| f.name.push_str("_now"))
    }),
    unseen(breaks("c: parameter retyped", CALL, retype_parameter), OTHER_REGISTER),
    unseen(breaks("c: parameter added in front", CALL, parameter_in_front), OTHER_REGISTER),
    unseen(breaks("c: parameters exchanged", CALL, exchange_parameters), OTHER_REGISTER),
    unseen(breaks("c: result retyped", CALL, retype_result), OTHER_REGISTER),
    unseen(
        breaks("c: callback gets another parameter", &["member-type-changed"], |l, d| {
            on_role(l, d, Role::Callbacks, |r, d| {
                let at = d.below(r.members.len());
                r.members[at].type_ = Type::Pointer("double more, int by".to_owned());
                true
            })
        }),
        "the number that was there before comes in the register that it came in",
    ),
    breaks("c: callback in front", LAYOUT, |l, d| insert_pointer(l, d, 0)),
    breaks("c: callbacks exchanged", LAYOUT, |l, d| {
        on_role(l, d, Role::Callbacks, |r, _| {
            r.members.swap(0, 1);
            true
        })
    }),
    unseen(
        breaks("c: flexible array of another type", &["member-type-changed"], |l, d| {
            on_role(l, d, Role::Flexible, |r, _| {
                let now = if r.members[1].type_ == Type::number("int") { "long" } else { "int" };
                r.members[1].type_ = Type::number(now);
                true
            })
        }),
        OTHER_REGISTER,
    ),
    breaks("c: sized struct grows in the middle", LAYOUT, |l, d| insert(l, d, Role::Sized, 1)),
    breaks("c: struct of the library's grows in front", LAYOUT, |l, d| insert(l, d, Role::HandedOut, 0)),
    unseen(
        breaks("c: variable longer", &["array-bound-changed", "object-size-changed"], |l, d| {
            on_variable(l, d, "table", |v| v.type_ = Type::array(Type::number("long"), 6))
        }),
        "the program's copy is too short",
    ),
    breaks("c: variable retyped", &["variable-type-changed"], |l, d| {
        on_variable(l, d, "counter", |v| v.type_ = Type::number("float"))
    }),
    breaks(
        "c: unnamed variable retyped",
        &["variable-type-changed", "member-type-changed", "member-reordered", "member-moved"],
        |l, d| {
            on_variable(l, d, "settings", |v| {
                if let Type::Unnamed(_, members) = &mut v.type_ {
                    members.swap(0, 1);
                }
            })
        },
    ),
    breaks("c: variable removed", &["symbol-removed"], |l, _| {
        drop_item(l, |i| matches!(i, Item::Variable(v) if v.name == "counter"))
    }),
    breaks("c: variable of each thread", &["thread-local-changed", "symbol-kind-changed"], |l, d| {
        on_variable(l, d, "counter", |v| v.is_thread_local = true)
    }),
    breaks("c: version removed", &["version-node-removed", "symbol-version-changed"], |l, _| {
        let Some((_, functions)) = l.versions.pop() else { return false };
        l.versions.first_mut().is_some_and(|first| {
            first.1.extend(functions);
            true
        })
    }),
    unseen(breaks("c: public namesake of a private type changes", LAYOUT, namesake), OTHER_REGISTER),
    unseen(
        breaks(
            "c: -fshort-enums",
            &[
                "abi-option-changed",
                "base-type-changed",
                "type-size-changed",
                "underlying-type-changed",
                "member-type-changed",
                "member-moved",
            ],
            |l, _| flag(l, "-fshort-enums"),
        ),
        "no enumeration where it shows",
    ),
    unseen(
        breaks("c: -funsigned-char", &["abi-option-changed", "base-type-changed"], |l, _| {
            flag(l, "-funsigned-char")
        }),
        "no char where it shows",
    ),
    unseen(
        breaks("c: -mlong-double-64", &["abi-option-changed", "base-type-changed"], |l, _| {
            flag(l, "-mlong-double-64")
        }),
        "no long double where it shows",
    ),
    unseen(
        breaks(
            "c: -fpack-struct",
            &["abi-option-changed", "type-size-changed", "member-moved", "type-alignment-changed"],
            |l, _| flag(l, "-fpack-struct=1"),
        ),
        "nothing that had a hole",
    ),
    // On purpose.
    risky("c: sized struct grows at its end", |l, d| insert(l, d, Role::Sized, usize::MAX)),
    risky("c: struct of the library's grows at its end", |l, d| insert(l, d, Role::HandedOut, usize::MAX)),
    risky("c: handle changes inside", |l, d| insert(l, d, Role::Handle, 0)),
    risky("c: enumerator before the count", enumerator_before_sentinel),
    risky("c: private type changes", |l, d| {
        let at = d.below(l.private.len());
        l.private[at].members.insert(0, "long before".to_owned());
        true
    }),
    risky("c: private types change apart", |l, _| {
        l.private[0].members.reverse();
        l.private[1].members.push("int more".to_owned());
        true
    }),
    // Nothing to anybody.
    harmless("c: function added", add_function),
    harmless("c: record added", |l, _| {
        add_record(l, "ticket");
        true
    }),
    harmless("c: enumerator at the end", |l, _| {
        on_enum(l, false, |one, id| one.enumerators.push((id, "MODE_LATEST".to_owned(), Some(40))))
    }),
    harmless("c: member renamed", |l, d| {
        on_value(l, d, |r, d| {
            let at = d.below(r.members.len());
            let name = &mut r.members[at].name;
            if name.is_empty() {
                return false;
            }
            name.push_str("_new");
            true
        })
    }),
    harmless("c: parameter renamed", |l, d| on_parameter(l, d, |p| p.name.push_str("_in"))),
    harmless("c: parameter const", |l, d| on_parameter(l, d, |p| p.is_const = true)),
    harmless("c: parameter under a typedef", |l, d| {
        on_parameter_of(l, d, "int", |p| p.type_ = Type::number("count_t"))
    }),
    harmless("c: member under a typedef", |l, d| {
        on_member_of(l, d, "int", |m| m.type_ = Type::number("count_t"))
    }),
    harmless("c: member wrapped in an anonymous struct", |l, d| wrap(l, d, Key::Struct)),
    harmless("c: member wrapped in an anonymous union", |l, d| wrap(l, d, Key::Union)),
    harmless("c: linked in another order", |l, _| {
        l.units.reverse();
        true
    }),
    harmless("c: sources merged", |l, _| {
        let last = l.units.len() - 1;
        l.functions_mut().for_each(|f| {
            if f.unit == last {
                f.unit = 0
            }
        });
        true
    }),
    harmless("c: functions in other files", |l, d| {
        let n = l.units.len();
        l.functions_mut().for_each(|f| f.unit = d.below(n));
        true
    }),
    harmless("c: declarations in another order", |l, d| {
        reorder(l, d);
        true
    }),
    harmless("c: comments", |l, _| {
        l.remark = "/* A remark. */\n\n\n".to_owned();
        true
    }),
    harmless("c: private type added", |l, _| {
        let mut more = l.private[0].clone();
        more.tag = "cell".to_owned();
        more.members = vec!["int x".to_owned()];
        l.private.push(more);
        true
    }),
    harmless("c: unnamed variable added", |l, _| {
        let inner = vec![fresh(l, "x", "int"), fresh(l, "q", "long")];
        l.items.push(Item::Variable(Variable {
            name: "extras".to_owned(),
            type_: Type::Unnamed(Key::Struct, inner),
            is_thread_local: false,
            is_fresh: true,
        }));
        true
    }),
];

/// A member that nothing depends on.
fn fresh(library: &mut Library, name: &str, type_: &str) -> Member {
    Member { id: library.id(), name: name.to_owned(), type_: Type::number(type_), bits: None, is_fresh: true }
}

fn pick<'l>(
    library: &'l mut Library,
    dice: &mut Dice,
    is: impl Fn(&Record) -> bool,
) -> Option<&'l mut Record> {
    let count = library.records().filter(|r| is(r)).count();
    if count == 0 {
        return None;
    }
    let at = dice.below(count);
    library.records_mut().filter(|r| is(r)).nth(at)
}

fn is_struct(record: &Record, role: Role) -> bool {
    record.key == Key::Struct && record.role == role
}

fn on_role(
    library: &mut Library,
    dice: &mut Dice,
    role: Role,
    edit: impl Fn(&mut Record, &mut Dice) -> bool,
) -> bool {
    pick(library, dice, |r| is_struct(r, role)).is_some_and(|record| edit(record, dice))
}

fn on_value(library: &mut Library, dice: &mut Dice, edit: impl Fn(&mut Record, &mut Dice) -> bool) -> bool {
    on_role(library, dice, Role::Value, edit)
}

fn insert(library: &mut Library, dice: &mut Dice, role: Role, at: usize) -> bool {
    let type_ = if at == usize::MAX { "long" } else { dice.pick(&["long", "double"]) };
    let mut member = fresh(library, "added", type_);
    if at == usize::MAX {
        // Where there was room at the end it would not show.
        member.type_ = Type::array(member.type_, 2);
    }
    let Some(record) = pick(library, dice, |r| is_struct(r, role)) else { return false };
    let at = at.min(record.members.len());
    record.members.insert(at, member);
    true
}

fn insert_pointer(library: &mut Library, dice: &mut Dice, at: usize) -> bool {
    let member = fresh(library, "early", "callback");
    pick(library, dice, |r| is_struct(r, Role::Callbacks)).is_some_and(|r| {
        r.members.insert(at, member);
        true
    })
}

fn remove_member(library: &mut Library, dice: &mut Dice) -> bool {
    pick(library, dice, |r| is_struct(r, Role::Value) && r.members.len() > 2).is_some_and(|record| {
        record.members.remove(0);
        true
    })
}

fn exchange(library: &mut Library, dice: &mut Dice) -> bool {
    let differ = |r: &Record| {
        r.members
            .windows(2)
            .position(|m| m[0].type_ != m[1].type_ && m[0].bits.is_none() && m[1].bits.is_none())
    };
    pick(library, dice, |r| is_struct(r, Role::Value) && differ(r).is_some()).is_some_and(|record| {
        let Some(at) = differ(record) else { return false };
        record.members.swap(at, at + 1);
        true
    })
}

/// The same size in another register class, or another size.
fn other(type_: &str, is_class: bool) -> Option<&'static str> {
    Some(match (type_, is_class) {
        ("int" | "unsigned" | "count_t", true) => "float",
        ("float" | "ratio_t", true) => "int",
        ("long" | "unsigned long", true) => "double",
        ("double", true) => "long",
        ("char" | "unsigned char", false) => "int",
        ("short", false) => "long",
        ("int" | "unsigned" | "count_t", false) => "long",
        ("long" | "unsigned long", false) => "int",
        ("float" | "ratio_t", false) => "double",
        ("double", false) => "float",
        _ => return None,
    })
}

fn number_of(member: &Member) -> Option<&str> {
    match &member.type_ {
        Type::Number(text) if member.bits.is_none() => Some(text),
        _ => None,
    }
}

fn retype(library: &mut Library, dice: &mut Dice, is_class: bool) -> bool {
    let place =
        |r: &Record| r.members.iter().position(|m| number_of(m).and_then(|t| other(t, is_class)).is_some());
    pick(library, dice, |r| is_struct(r, Role::Value) && place(r).is_some()).is_some_and(|record| {
        let Some(at) = place(record) else { return false };
        let now = number_of(&record.members[at]).and_then(|t| other(t, is_class));
        now.is_some_and(|now| {
            record.members[at].type_ = Type::number(now);
            true
        })
    })
}

fn retype_single(library: &mut Library, dice: &mut Dice) -> bool {
    pick(library, dice, |r| r.name == "single").is_some_and(|record| {
        let now = number_of(&record.members[0]).and_then(|t| other(t, true));
        now.is_some_and(|now| {
            record.members[0].type_ = Type::number(now);
            true
        })
    })
}

fn retype_union(library: &mut Library, dice: &mut Dice) -> bool {
    pick(library, dice, |r| r.key == Key::Union).is_some_and(|record| {
        let now = number_of(&record.members[0]).and_then(|t| other(t, true));
        now.is_some_and(|now| {
            record.members[0].type_ = Type::number(now);
            true
        })
    })
}

fn grow_union(library: &mut Library, dice: &mut Dice) -> bool {
    let mut member = fresh(library, "large", "long");
    member.type_ = Type::array(Type::number("long"), 4);
    pick(library, dice, |r| r.key == Key::Union).is_some_and(|record| {
        record.members.push(member);
        true
    })
}

fn wider_bits(library: &mut Library, dice: &mut Dice) -> bool {
    pick(library, dice, |r| r.members.iter().any(|m| m.bits.is_some())).is_some_and(|record| {
        record.members[0].bits = record.members[0].bits.map(|bits| bits + 1);
        true
    })
}

fn longer_array(library: &mut Library, dice: &mut Dice) -> bool {
    let place = |r: &Record| r.members.iter().position(|m| matches!(m.type_, Type::Array(..)));
    pick(library, dice, |r| is_struct(r, Role::Value) && place(r).is_some()).is_some_and(|record| {
        let Some(at) = place(record) else { return false };
        if let Type::Array(_, bound) = &mut record.members[at].type_ {
            *bound += 4;
        }
        true
    })
}

fn retarget(library: &mut Library, _: &mut Dice) -> bool {
    library.items.iter_mut().any(|item| match item {
        Item::Alias(name, target) if name == "count_t" => {
            *target = "long".to_owned();
            true
        }
        _ => false,
    })
}

fn unnamed(record: &Record) -> Vec<usize> {
    let named = |m: &Member| !m.name.is_empty() && matches!(m.type_, Type::Unnamed(..));
    record.members.iter().enumerate().filter(|(_, m)| named(m)).map(|(at, _)| at).collect()
}

fn change_unnamed(library: &mut Library, dice: &mut Dice) -> bool {
    let choice = dice.below(2);
    pick(library, dice, |r| unnamed(r).len() > 1).is_some_and(|record| {
        let at = unnamed(record)[choice];
        if let Type::Unnamed(_, members) = &mut record.members[at].type_ {
            members[1].type_ = Type::number("float");
        }
        true
    })
}

fn exchange_unnamed(library: &mut Library, dice: &mut Dice) -> bool {
    pick(library, dice, |r| unnamed(r).len() > 1).is_some_and(|record| {
        let at = unnamed(record);
        record.members.swap(at[0], at[1]);
        true
    })
}

fn grow_anonymous(library: &mut Library, dice: &mut Dice) -> bool {
    pick(library, dice, |r| r.members.iter().any(|m| m.name.is_empty())).is_some_and(|record| {
        for member in record.members.iter_mut().filter(|m| m.name.is_empty()) {
            if let Type::Unnamed(_, members) = &mut member.type_ {
                members[1].type_ = Type::array(Type::number("double"), 3);
            }
        }
        true
    })
}

fn align(library: &mut Library, dice: &mut Dice) -> bool {
    pick(library, dice, |r| is_struct(r, Role::Value)).is_some_and(|record| {
        record.attributes = " __attribute__((aligned(32)))".to_owned();
        true
    })
}

fn pack(library: &mut Library, dice: &mut Dice) -> bool {
    pick(library, dice, |r| r.name == "mixed").is_some_and(|record| {
        record.attributes = " __attribute__((packed))".to_owned();
        true
    })
}

fn on_enum(library: &mut Library, has_sentinel: bool, edit: impl Fn(&mut Enum, u32)) -> bool {
    let id = library.id();
    library.enums_mut().find(|one| one.sentinel.is_some() == has_sentinel).is_some_and(|one| {
        edit(one, id);
        true
    })
}

fn enumerator_in_front(library: &mut Library, _: &mut Dice) -> bool {
    on_enum(library, true, |one, id| one.enumerators.insert(0, (id, "COLOR_FIRST".to_owned(), None)))
}

fn enumerator_before_sentinel(library: &mut Library, _: &mut Dice) -> bool {
    on_enum(library, true, |one, id| one.enumerators.push((id, "COLOR_NEWEST".to_owned(), None)))
}

fn exchange_enumerators(library: &mut Library, _: &mut Dice) -> bool {
    on_enum(library, true, |one, _| one.enumerators.swap(0, 1))
}

fn remove_enumerator(library: &mut Library, _: &mut Dice) -> bool {
    on_enum(library, false, |one, _| {
        one.enumerators.pop();
    })
}

fn drop_item(library: &mut Library, is: impl Fn(&Item) -> bool) -> bool {
    let at = library.items.iter().position(is);
    at.is_some_and(|at| {
        library.items.remove(at);
        true
    })
}

fn remove_function(library: &mut Library, dice: &mut Dice) -> bool {
    let names: Vec<String> = library.functions().map(|f| f.name.clone()).collect();
    let name = names[dice.below(names.len())].clone();
    library.versions.iter_mut().for_each(|(_, list)| list.retain(|f| *f != name));
    drop_item(library, |i| matches!(i, Item::Function(f) if f.name == name))
}

fn on_function(library: &mut Library, dice: &mut Dice, edit: impl Fn(&mut Function)) -> bool {
    let count = library.functions().count();
    let at = dice.below(count);
    let Some(function) = library.functions_mut().nth(at) else { return false };
    let before = function.name.clone();
    edit(function);
    let now = function.name.clone();
    library
        .versions
        .iter_mut()
        .flat_map(|(_, list)| list)
        .filter(|f| **f == before)
        .for_each(|f| f.clone_from(&now));
    true
}

fn on_parameter_where(
    library: &mut Library,
    dice: &mut Dice,
    is: impl Fn(&Parameter) -> bool,
    edit: impl Fn(&mut Parameter),
) -> bool {
    let count = library.functions().flat_map(|f| &f.parameters).filter(|p| is(p)).count();
    if count == 0 {
        return false;
    }
    let at = dice.below(count);
    library.functions_mut().flat_map(|f| &mut f.parameters).filter(|p| is(p)).nth(at).is_some_and(|p| {
        edit(p);
        true
    })
}

fn on_parameter(library: &mut Library, dice: &mut Dice, edit: impl Fn(&mut Parameter)) -> bool {
    on_parameter_where(library, dice, |_| true, edit)
}

fn on_parameter_of(
    library: &mut Library,
    dice: &mut Dice,
    type_: &str,
    edit: impl Fn(&mut Parameter),
) -> bool {
    on_parameter_where(library, dice, |p| p.type_ == Type::number(type_), edit)
}

fn on_member_of(library: &mut Library, _: &mut Dice, type_: &str, edit: impl Fn(&mut Member)) -> bool {
    let mut members = library.records_mut().filter(|r| r.role == Role::Value).flat_map(|r| &mut r.members);
    members.find(|m| m.bits.is_none() && m.type_ == Type::number(type_)).is_some_and(|m| {
        edit(m);
        true
    })
}

fn retype_parameter(library: &mut Library, dice: &mut Dice) -> bool {
    let now = |p: &Parameter| match &p.type_ {
        Type::Number(text) => other(text, true),
        _ => None,
    };
    on_parameter_where(
        library,
        dice,
        |p| now(p).is_some(),
        |p| {
            if let Some(now) = now(p) {
                p.type_ = Type::number(now);
            }
        },
    )
}

fn parameter_in_front(library: &mut Library, dice: &mut Dice) -> bool {
    let id = library.id();
    on_function(library, dice, |f| {
        let parameter =
            Parameter { id, name: "early".to_owned(), type_: Type::number("long"), is_const: false };
        f.parameters.insert(0, parameter);
    })
}

fn exchange_parameters(library: &mut Library, dice: &mut Dice) -> bool {
    let class = |t: &Type| matches!(t, Type::Number(n) if ["float", "double"].contains(&n.as_str()));
    let differ = |f: &Function| {
        f.parameters.windows(2).position(|p| {
            p[0].type_ != p[1].type_ && class(&p[0].type_) == class(&p[1].type_) && !class(&p[0].type_)
        })
    };
    let count = library.functions().filter(|f| differ(f).is_some()).count();
    if count == 0 {
        return false;
    }
    let at = dice.below(count);
    library.functions_mut().filter(|f| differ(f).is_some()).nth(at).is_some_and(|f| {
        let Some(at) = differ(f) else { return false };
        f.parameters.swap(at, at + 1);
        true
    })
}

fn retype_result(library: &mut Library, dice: &mut Dice) -> bool {
    on_function(library, dice, |f| {
        let now = if f.returns == Type::number("double") { "long" } else { "double" };
        f.returns = Type::number(now);
    })
}

fn on_variable(library: &mut Library, _: &mut Dice, name: &str, edit: impl Fn(&mut Variable)) -> bool {
    library.variables_mut().find(|v| v.name == name).is_some_and(|v| {
        edit(v);
        true
    })
}

fn flag(library: &mut Library, flag: &str) -> bool {
    library.flags.push(flag.to_owned());
    true
}

fn add_function(library: &mut Library, dice: &mut Dice) -> bool {
    let (id, unit) = (library.id(), dice.below(library.units.len()));
    let returns = Type::number("long");
    let function =
        Function { id, name: "novelty".to_owned(), returns, parameters: Vec::new(), unit, is_fresh: true };
    library.items.push(Item::Function(function));
    true
}

fn add_record(library: &mut Library, name: &str) {
    let members = vec![fresh(library, "x", "int"), fresh(library, "y", "double")];
    let record = Record {
        key: Key::Struct,
        name: name.to_owned(),
        role: Role::Value,
        members,
        attributes: String::new(),
    };
    library.items.push(Item::Record(record));
}

/// A public record is called like the private ones, and changes.
fn namesake(library: &mut Library, dice: &mut Dice) -> bool {
    // The private types keep their name; that of the public one is only the tag of what is edited.
    let Some(at) = library.private.iter().position(|p| p.unit == 1) else { return false };
    library.private[at].members.push("long behind".to_owned());
    insert(library, dice, Role::Value, 0)
}

fn wrap(library: &mut Library, dice: &mut Dice, key: Key) -> bool {
    let id = library.id();
    let is = |r: &Record| is_struct(r, Role::Value) && r.members.iter().all(|m| m.bits.is_none());
    pick(library, dice, is).is_some_and(|record| {
        let last = record.members.len() - 1;
        let member = record.members.remove(last);
        if member.name.is_empty() {
            record.members.push(member);
            return false;
        }
        let type_ = Type::Unnamed(key, vec![member]);
        record.members.push(Member { id, name: String::new(), type_, bits: None, is_fresh: false });
        true
    })
}

/// Functions and variables, which no declaration needs, in another order.
fn reorder(library: &mut Library, dice: &mut Dice) {
    let (mut later, first): (Vec<Item>, Vec<Item>) =
        library.items.drain(..).partition(|item| matches!(item, Item::Function(_) | Item::Variable(_)));
    dice.shuffle(&mut later);
    library.items = first.into_iter().chain(later).collect();
}
