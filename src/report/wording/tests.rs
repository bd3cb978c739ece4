use super::*;
use crate::diff::{Enumerator, Member, Part, Room, SlotsDetail, Value};

fn detail(detail: &Detail) -> String {
    Wording::new(Rule::MemberAdded, detail).detail.expect("a sentence")
}

#[test]
fn members_with_their_places() {
    let member = |name: &str, type_: &str, bit_offset, bits| Member {
        name: name.to_owned(),
        type_: type_.to_owned(),
        bit_offset,
        bits,
    };
    let members = vec![
        member("boxed", "Box<int[4]>", 128, None),
        member("extra", "int (*)(int)", 192, None),
        member("set", "bool", 257, Some(1)),
        member("name", "char[16]", 264, None),
        member("", "union A::(unnamed)", 320, None),
    ];
    assert_eq!(
        detail(&Detail::Members { members: members.clone(), room: Room::AtEnd }),
        "Box<int[4]> boxed at byte 16, int (*extra)(int) at byte 24, bool set : 1 at byte 32 bit 1, char name[16] at \
         byte 33 and 1 more (at the end)"
    );
    let one = Detail::Members { members: members[..1].to_vec(), room: Room::PaddingUnset };
    assert!(detail(&one).starts_with("Box<int[4]> boxed at byte 16, which was padding: programs"));
}

#[test]
fn lists_count_what_they_leave_out() {
    let enumerators = |n: i128| {
        let one = |value| Enumerator { name: format!("E{value}"), value };
        Detail::Enumerators((0..n).map(one).collect())
    };
    assert_eq!(detail(&enumerators(4)), "E0 = 0, E1 = 1, E2 = 2, E3 = 3");
    assert_eq!(detail(&enumerators(6)), "E0 = 0, E1 = 1, E2 = 2, E3 = 3 and 2 more");
    let added = |slots: &[u64]| {
        let functions = slots.iter().map(|slot| format!("f{slot}()")).collect();
        detail(&Detail::Slots { count: None, what: SlotsDetail::Added { slots: slots.to_vec(), functions } })
    };
    assert_eq!(added(&[3]), "slot 3 is new: f3()");
    assert_eq!(added(&[3, 7]), "slots 3 and 7 are new: f3(), f7()");
    assert_eq!(added(&[3, 4, 5, 6]), "slots 3 to 6 are new: f3(), f4(), f5() and 1 more");
    assert_eq!(added(&[3, 5, 9]), "3 slots from 3 on are new: f3(), f5(), f9()");
}

#[test]
fn a_part_and_what_it_was_and_is() {
    let part = Part::Member { name: "x".to_owned(), bit_offset: Some(96) };
    let changed = Detail::part_changed(part, Value::type_("int"), Value::type_("float"));
    let inside = Detail::Inside { rule: Rule::MemberTypeChanged, detail: Box::new(changed) };
    let wording = Wording::new(Rule::AnonymousMemberChanged, &inside);
    assert_eq!((wording.old.as_deref(), wording.new.as_deref()), (Some("int"), Some("float")));
    let title = Rule::MemberTypeChanged.entry().title;
    assert_eq!(wording.detail, Some(format!("{title}: x at byte 12")));
    let required = Detail::Required(Box::new(Detail::Nothing));
    assert_eq!(detail(&required), "the policy requires it");
}

#[test]
fn sizes_of_budgets() {
    use crate::diff::{Growth, Measure};
    let exceeded = Detail::Budget {
        measure: Measure::Section(".text".to_owned()),
        old: Some(10_000),
        new: 12_000,
        most: Some(1000),
        growth: Some(Growth::Percent("1".to_owned())),
    };
    let wording = Wording::new(Rule::SizeBudgetExceeded, &exceeded);
    assert_eq!(wording.detail.as_deref(), Some(".text: the budget is 1000 bytes, it may grow by 1 %"));
    assert_eq!((wording.old.as_deref(), wording.new.as_deref()), (Some("9.77 KiB"), Some("11.72 KiB")));
}
