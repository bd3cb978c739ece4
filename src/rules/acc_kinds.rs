//! The kinds of change that abi-compliance-checker tells apart, and what each of them is here.
//!
//! Who comes from that tool finds the rule by the name that is known there, and nothing that it notices is missing
//! without a reason. Where it has a kind for each combination of a change and its consequences (size, layout, stack),
//! there is one rule here, and what follows is derived from it.

use super::Rule;
use super::Rule::*;

/// A kind of change of abi-compliance-checker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its name there.
    pub name: &'static str,
    /// What tells of it, the likeliest first; none where it is not applicable.
    pub rules: &'static [Rule],
    /// Why it is not applicable, or why it is told in another way than its name suggests.
    pub why: &'static str,
}

/// The kind of that name.
pub fn find(name: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|kind| kind.name == name)
}

const fn told(name: &'static str, rules: &'static [Rule]) -> Kind {
    Kind { name, rules, why: "" }
}

const fn told_so(name: &'static str, rules: &'static [Rule], why: &'static str) -> Kind {
    Kind { name, rules, why }
}

const fn never(name: &'static str, why: &'static str) -> Kind {
    Kind { name, rules: &[], why }
}

/// The signature of a C++ function is in its name, that of a C function in debug info only.
const PARAMETERS: &[Rule] = &[SignatureChanged, ParameterTypeChanged];
const BY_NAME: &str = "the name of a C++ function says its parameters, so that the old one is gone; of a C function debug info says them";
const STATIC_ACCESS: &str =
    "compilers alone check access: no program built already notices, and the next build says so";
const DEFAULTS: &str =
    "neither names nor debug info say default arguments, and callers have them compiled in";
const RESTRICT: &str = "no other argument is passed: restrict binds who writes the function and who calls it";
const REGISTER: &str =
    "the keyword never changed how GCC and Clang pass a parameter, and C++17 has dropped it";

/// All of them, in the order and sections of that tool.
pub static KINDS: &[Kind] = &[
    // Virtual tables.
    told("Added_Virtual_Method", &[VirtualInserted, VirtualAppended]),
    told("Added_Pure_Virtual_Method", &[PureVirtualAdded]),
    told("Added_Virtual_Method_At_End_Of_Leaf_Copying_Class", &[VirtualAppended]),
    told_so(
        "Added_Virtual_Method_At_End_Of_Leaf_Allocable_Class",
        &[VirtualAppended],
        "whether nobody derives from a class is not known, unless it is final or its vtable is hidden",
    ),
    told("Added_First_Virtual_Method", &[ClassBecamePolymorphic]),
    told("Removed_Virtual_Method", &[VirtualRemoved]),
    told("Removed_Pure_Virtual_Method", &[VirtualRemoved]),
    told("Removed_Last_Virtual_Method", &[ClassLostPolymorphism]),
    told_so(
        "Virtual_Replacement",
        &[VirtualRemoved, VirtualInserted],
        "the function that a slot held is gone, and another one stands there",
    ),
    told_so(
        "Pure_Virtual_Replacement",
        &[VirtualRemoved, PureVirtualAdded],
        "the function that a slot held is gone, and another one stands there",
    ),
    told_so(
        "Virtual_Table_Changed_Unknown",
        &[SecondaryVtableChanged, VtableOffsetChanged, ConstructionVtableChanged, ThunkChanged],
        "every word of a vtable is read, so that each change has a reason; one that can no longer be read is \
         evidence-lost",
    ),
    told("Virtual_Method_Position", &[VirtualReordered, VirtualInserted, VirtualRemoved]),
    told("Pure_Virtual_Method_Position", &[VirtualReordered, VirtualInserted, VirtualRemoved]),
    told("Overridden_Virtual_Method", &[OverrideAdded]),
    told("Overridden_Virtual_Method_B", &[OverrideAdded, OverrideRemoved]),
    // Classes.
    told("Size_Of_Allocable_Class_Increased", &[TypeSizeChanged]),
    told("Size_Of_Allocable_Class_Decreased", &[TypeSizeChanged]),
    told("Size_Of_Copying_Class", &[TypeSizeChanged]),
    told("Base_Class_Position", &[BaseReordered, RttiBasesChanged]),
    told("Base_Class_Became_Virtually_Inherited", &[BaseVirtualityChanged, RttiBasesChanged]),
    told("Base_Class_Became_Non_Virtually_Inherited", &[BaseVirtualityChanged, RttiBasesChanged]),
    told("Added_Base_Class_And_Shift", &[BaseAdded, RttiBasesChanged]),
    told("Added_Base_Class_And_Size", &[BaseAdded, RttiBasesChanged]),
    told("Added_Base_Class_And_Shift_And_VTable", &[BaseAdded, RttiBasesChanged]),
    told("Added_Base_Class_And_Size_And_VTable", &[BaseAdded, RttiBasesChanged]),
    told("Added_Base_Class_And_VTable", &[BaseAdded, RttiBasesChanged]),
    told("Added_Base_Class", &[BaseAdded, RttiBasesChanged]),
    told("Removed_Base_Class_And_Size", &[BaseRemoved, RttiBasesChanged]),
    told("Removed_Base_Class_And_Shift", &[BaseRemoved, RttiBasesChanged]),
    told("Removed_Base_Class_And_Shift_And_VTable", &[BaseRemoved, RttiBasesChanged]),
    told("Removed_Base_Class_And_Size_And_VTable", &[BaseRemoved, RttiBasesChanged]),
    told("Removed_Base_Class_And_VTable", &[BaseRemoved, RttiBasesChanged]),
    told("Removed_Base_Class", &[BaseRemoved, RttiBasesChanged]),
    // Types.
    told("DataType_Size", &[TypeSizeChanged]),
    told("DataType_Type", &[TypeKindChanged]),
    told("DataType_Size_And_Stack", &[TypeSizeChanged, PassingChanged]),
    told("Typedef_BaseType", &[TypedefChanged]),
    told("Typedef_BaseType_Format", &[TypedefChanged]),
    told("Field_Became_Const", &[MemberCvChanged]),
    told("Field_Became_Non_Const", &[MemberCvChanged]),
    told_so(
        "Field_Added_Const",
        &[MemberTypeChanged],
        "what a member points at became const: it has another type",
    ),
    told_so(
        "Field_Removed_Const",
        &[MemberTypeChanged],
        "what a member points at was const: it has another type",
    ),
    told("Field_Became_Private", &[MemberAccessChanged]),
    told("Field_Became_Protected", &[MemberAccessChanged]),
    told("Virtual_Method_Became_Pure", &[VirtualBecamePure]),
    told("Virtual_Method_Became_Non_Pure", &[PureBecameDefined]),
    told("Type_Became_Opaque", &[TypeBecameIncomplete]),
    // Fields.
    told("Moved_Field", &[MemberReordered, MemberMoved]),
    told("Moved_Field_And_Size", &[MemberReordered, MemberMoved]),
    told("Moved_Private_Field_And_Size", &[MemberReordered, MemberMoved]),
    told("Added_Field", &[MemberAddedInPadding]),
    told("Added_Field_And_Size", &[MemberAdded]),
    told("Added_Field_And_Layout", &[MemberAdded]),
    told("Added_Field_And_Layout_And_Size", &[MemberAdded]),
    told("Added_Private_Field_And_Size", &[MemberAdded]),
    told("Added_Private_Field_And_Layout", &[MemberAdded]),
    told("Added_Private_Field_And_Layout_And_Size", &[MemberAdded]),
    told("Added_Union_Field_And_Size", &[UnionMemberAdded]),
    told("Added_Union_Field", &[UnionMemberAdded]),
    told("Removed_Field", &[MemberRemoved]),
    told("Removed_Field_And_Layout", &[MemberRemoved]),
    told("Removed_Field_And_Size", &[MemberRemoved]),
    told("Removed_Field_And_Layout_And_Size", &[MemberRemoved]),
    told("Removed_Private_Field_And_Size", &[MemberRemoved]),
    told("Removed_Private_Field_And_Layout", &[MemberRemoved]),
    told("Removed_Private_Field_And_Layout_And_Size", &[MemberRemoved]),
    told("Removed_Union_Field_And_Size", &[UnionMemberRemoved]),
    told("Removed_Union_Field", &[UnionMemberRemoved]),
    told("Renamed_Field", &[MemberRenamed]),
    told("Used_Reserved_Field", &[MemberAddedInReserve]),
    told("Field_Type", &[MemberTypeChanged]),
    told("Field_Type_And_Size", &[MemberTypeChanged, ArrayBoundChanged]),
    told("Field_Type_And_Size_And_Layout", &[MemberTypeChanged, ArrayBoundChanged]),
    told("Field_Type_And_Size_And_Type_Size", &[MemberTypeChanged, ArrayBoundChanged]),
    told("Field_Type_And_Size_And_Layout_And_Type_Size", &[MemberTypeChanged, ArrayBoundChanged]),
    told("Private_Field_Type_And_Size_And_Layout", &[MemberTypeChanged, ArrayBoundChanged]),
    told("Private_Field_Type_And_Size", &[MemberTypeChanged, ArrayBoundChanged]),
    told("Private_Field_Type_And_Size_And_Type_Size", &[MemberTypeChanged, ArrayBoundChanged]),
    told("Private_Field_Type_And_Size_And_Layout_And_Type_Size", &[MemberTypeChanged, ArrayBoundChanged]),
    told("Field_BaseType_And_Size", &[MemberTypeChanged]),
    told("Field_BaseType", &[MemberTypeChanged]),
    told("Field_PointerLevel_Increased", &[MemberTypeChanged]),
    told("Field_PointerLevel_Decreased", &[MemberTypeChanged]),
    told_so(
        "Field_Size",
        &[BitfieldChanged, TypeSizeChanged],
        "a member grows by the width of a bit-field, or because of its type, where the cause is",
    ),
    told("Struct_Field_Size_Increased", &[TypeSizeChanged]),
    told("Field_Size_And_Layout", &[BitfieldChanged, TypeSizeChanged]),
    told("Field_Size_And_Type_Size", &[BitfieldChanged, TypeSizeChanged]),
    told("Field_Size_And_Layout_And_Type_Size", &[BitfieldChanged, TypeSizeChanged]),
    told("Private_Field_Size_And_Layout", &[BitfieldChanged, TypeSizeChanged]),
    told("Private_Field_Size", &[BitfieldChanged, TypeSizeChanged]),
    told("Private_Field_Size_And_Type_Size", &[BitfieldChanged, TypeSizeChanged]),
    told("Private_Field_Size_And_Layout_And_Type_Size", &[BitfieldChanged, TypeSizeChanged]),
    told("Field_Became_Volatile", &[MemberCvChanged]),
    told("Field_Became_Non_Volatile", &[MemberCvChanged]),
    told("Field_Type_Format", &[MemberTypeChanged]),
    told("Field_BaseType_Format", &[MemberTypeChanged]),
    told("Field_Became_Mutable", &[MemberBecameMutable]),
    told("Field_Became_Non_Mutable", &[MemberBecameMutable]),
    // Constants.
    told("Enum_Member_Value", &[EnumeratorValueChanged]),
    told("Enum_Member_Removed", &[EnumeratorRemoved]),
    told("Enum_Last_Member_Value", &[EnumSentinelMoved]),
    told("Enum_Private_Member_Value", &[EnumeratorValueChanged]),
    told("Enum_Member_Name", &[EnumeratorRenamed]),
    told("Changed_Constant", &[ConstantChanged]),
    never("Added_Constant", "no program built against the old release knows it"),
    told_so(
        "Removed_Constant",
        &[StaticMemberChanged],
        "a constant or macro outside of a class is not told of: programs have its value compiled in, and a compiler \
         names those that cannot be built again",
    ),
    told("Added_Enum_Member", &[EnumeratorAdded]),
    // Symbols.
    told("Added_Symbol", &[SymbolAdded]),
    told("Removed_Symbol", &[SymbolRemoved, WeakSymbolRemoved, SymbolOrphaned]),
    told_so(
        "Method_Became_Static",
        &[CallingConventionChanged],
        "the name stays as it is, and the object is no longer passed",
    ),
    told_so(
        "Method_Became_Non_Static",
        &[CallingConventionChanged],
        "the name stays as it is, and an object is expected first",
    ),
    told("Parameter_Type_And_Register", PARAMETERS),
    told_so(
        "Parameter_Changed_Register",
        &[PassingChanged, ParameterTypeChanged, CallingConventionChanged],
        "a parameter goes elsewhere because its class is passed in another way, or one before it changed",
    ),
    told_so(
        "Parameter_Changed_Offset",
        &[PassingChanged, ParameterTypeChanged, TypeSizeChanged],
        "a parameter goes elsewhere because one before it, or its class, changed",
    ),
    told("Return_Type_Became_Const", &[ReturnTypeChanged]),
    told("Return_Type_Added_Const", &[ReturnTypeChanged]),
    told("Return_Type_And_Size", &[ReturnTypeChanged]),
    told("Global_Data_Type_And_Size", &[VariableTypeChanged, ObjectSizeChanged]),
    told("Return_Type", &[ReturnTypeChanged]),
    told("Global_Data_Type", &[VariableTypeChanged]),
    told("Global_Data_Type_Format", &[VariableTypeChanged]),
    told("Global_Data_Size", &[ObjectSizeChanged, ArrayBoundChanged]),
    told("Return_Type_Became_Void", &[ReturnTypeChanged]),
    told("Return_Type_Became_Void_And_Stack_Layout", &[ReturnTypeChanged]),
    told("Return_Type_Became_Void_And_Register", &[ReturnTypeChanged]),
    told("Return_Type_From_Void_And_Stack_Layout", &[ReturnTypeChanged]),
    told("Return_Type_From_Void_And_Register", &[ReturnTypeChanged]),
    told("Return_Type_From_Void", &[ReturnTypeChanged]),
    told("Return_Type_From_Register_To_Stack", &[ReturnTypeChanged, PassingChanged]),
    told("Return_Type_And_Register_Became_Hidden_Parameter", &[ReturnTypeChanged, PassingChanged]),
    told("Return_Type_From_Stack_To_Register", &[ReturnTypeChanged, PassingChanged]),
    told("Return_Type_And_Register_Was_Hidden_Parameter", &[ReturnTypeChanged, PassingChanged]),
    never(
        "Global_Data_Became_Non_Const",
        "old programs go on reading it where it stands; a value that they had compiled in is told by constant-changed",
    ),
    told("Global_Data_Removed_Const", &[VariableTypeChanged]),
    told("Global_Data_Became_Const", &[VariableBecameConst]),
    told("Global_Data_Added_Const", &[VariableTypeChanged]),
    told("Return_BaseType_And_Size", &[ReturnTypeChanged]),
    told("Return_BaseType", &[ReturnTypeChanged]),
    told("Return_PointerLevel_Increased", &[ReturnTypeChanged]),
    told("Return_PointerLevel_Decreased", &[ReturnTypeChanged]),
    told_so(
        "Symbol_Became_Static",
        &[SignatureChanged],
        "a const function that became static has another name",
    ),
    told_so(
        "Symbol_Became_Non_Static",
        &[SignatureChanged],
        "a const function that was static has another name",
    ),
    told("Symbol_Became_Virtual", &[FunctionBecameVirtual]),
    told("Symbol_Became_Non_Virtual", &[FunctionBecameNonvirtual]),
    told_so(
        "Symbol_Changed_Return",
        &[SignatureChanged],
        "only the names of templates and of conversions say what they return; the others are return-type-changed",
    ),
    told_so(
        "Global_Data_Symbol_Changed_Type",
        &[VariableTypeChanged],
        "names of data do not say its type in the Itanium ABI, so that the name stays as it is",
    ),
    told("Symbol_Changed_Parameters", &[SignatureChanged, DefaultArgumentAbsorbed]),
    told("Method_Became_Non_Const", &[SignatureChanged]),
    told("Method_Became_Const", &[SignatureChanged]),
    told("Method_Became_Volatile", &[SignatureChanged]),
    told("Method_Became_Non_Volatile", &[SignatureChanged]),
    told("Return_Value_Became_Volatile", &[ReturnTypeChanged]),
    told_so("Parameter_Became_Non_Volatile", PARAMETERS, BY_NAME),
    told("Return_Type_Format", &[ReturnTypeChanged]),
    told("Return_Type_And_Register", &[ReturnTypeChanged]),
    told("Return_BaseType_Format", &[ReturnTypeChanged]),
    told("Global_Data_Value_Changed", &[ConstantChanged]),
    told("Method_Became_Private", &[AccessChanged]),
    told("Method_Became_Protected", &[AccessChanged]),
    never("Method_Became_Public", "what was allowed still is: nobody is kept from anything"),
    never("Global_Data_Became_Private", STATIC_ACCESS),
    never("Global_Data_Became_Protected", STATIC_ACCESS),
    never("Global_Data_Became_Public", "what was allowed still is: nobody is kept from anything"),
    // Parameters.
    never("Parameter_Default_Value_Changed", DEFAULTS),
    never("Parameter_Default_Value_Removed", DEFAULTS),
    never("Parameter_Default_Value_Added", DEFAULTS),
    told_so("Parameter_Type_And_Stack", PARAMETERS, BY_NAME),
    told_so("Parameter_Type_And_Size", PARAMETERS, BY_NAME),
    told_so("Parameter_Type_From_Stack_To_Register", PARAMETERS, BY_NAME),
    told_so("Parameter_Type_From_Register_To_Stack", PARAMETERS, BY_NAME),
    told_so("Parameter_Type", PARAMETERS, BY_NAME),
    told_so("Parameter_Became_Non_Const", PARAMETERS, BY_NAME),
    told_so("Parameter_Removed_Const", PARAMETERS, BY_NAME),
    never("Parameter_Became_Restrict", RESTRICT),
    never("Parameter_Became_Non_Restrict", RESTRICT),
    never("Parameter_Became_Register", REGISTER),
    never("Parameter_Became_Non_Register", REGISTER),
    told_so(
        "Parameter_To_Register",
        &[PassingChanged, CallingConventionChanged],
        "a parameter of the same type goes elsewhere only by its class or by the convention of the function",
    ),
    told_so(
        "Parameter_From_Register",
        &[PassingChanged, CallingConventionChanged],
        "a parameter of the same type goes elsewhere only by its class or by the convention of the function",
    ),
    told_so("Parameter_BaseType_And_Size", PARAMETERS, BY_NAME),
    told_so("Parameter_BaseType", PARAMETERS, BY_NAME),
    told_so("Parameter_PointerLevel_Increased", PARAMETERS, BY_NAME),
    told_so("Parameter_PointerLevel_Decreased", PARAMETERS, BY_NAME),
    told_so("Removed_Parameter", PARAMETERS, BY_NAME),
    told_so("Removed_Unnamed_Parameter", PARAMETERS, BY_NAME),
    told_so("Added_Parameter", PARAMETERS, BY_NAME),
    told_so("Added_Unnamed_Parameter", PARAMETERS, BY_NAME),
    told_so("Removed_Middle_Parameter", PARAMETERS, BY_NAME),
    told_so("Removed_Middle_Unnamed_Parameter", PARAMETERS, BY_NAME),
    told_so("Added_Middle_Parameter", PARAMETERS, BY_NAME),
    told_so("Added_Middle_Unnamed_Parameter", PARAMETERS, BY_NAME),
    never("Renamed_Parameter", "arguments are passed by position, and names of parameters bind nobody"),
    told_so("Parameter_Type_Format", PARAMETERS, BY_NAME),
    told_so("Parameter_BaseType_Format", PARAMETERS, BY_NAME),
    told_so(
        "Parameter_Became_Non_VaList",
        &[VariadicChanged, SignatureChanged, ParameterTypeChanged],
        BY_NAME,
    ),
    told_so("Parameter_Became_VaList", &[VariadicChanged, SignatureChanged, ParameterTypeChanged], BY_NAME),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// As many as its list of rules for binary compatibility has.
    #[test]
    fn every_kind_is_there_once() {
        let names: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!((KINDS.len(), names.len()), (196, 196));
        assert!(names.iter().all(|name| name.chars().all(|c| c.is_ascii_alphabetic() || c == '_')));
    }

    #[test]
    fn each_is_told_or_has_a_reason() {
        for kind in KINDS {
            assert!(!kind.rules.is_empty() || !kind.why.is_empty(), "{}", kind.name);
            assert_eq!(kind.why, kind.why.trim(), "{}", kind.name);
            let once: BTreeSet<_> = kind.rules.iter().collect();
            assert_eq!(once.len(), kind.rules.len(), "{}", kind.name);
        }
    }

    #[test]
    fn a_kind_is_found_by_its_name() {
        assert_eq!(find("Added_Virtual_Method").unwrap().rules[0], VirtualInserted);
        assert_eq!(find("Renamed_Parameter").unwrap().rules, []);
        assert_eq!(find("Added_Virtual"), None);
    }
}
