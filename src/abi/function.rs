//! What stands behind exported symbols, as debug info describes it: functions and variables; and what consumers have
//! compiled into them: constants and macros.

use serde::{Deserialize, Serialize};

use super::{Access, Location, is_default};

/// A function behind an exported symbol.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Function {
    /// Linkage name.
    #[serde(rename = "function")]
    pub symbol: Box<str>,
    /// Type of the result; none for `void`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<Box<str>>,
    /// Parameters, with `this` and other artificial ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parameters: Vec<Parameter>,
    /// Ends with `...`.
    #[serde(default, skip_serializing_if = "is_default")]
    pub variadic: bool,
    /// Does not return.
    #[serde(default, skip_serializing_if = "is_default")]
    pub noreturn: bool,
    /// `= delete`
    #[serde(default, skip_serializing_if = "is_default")]
    pub deleted: bool,
    /// `explicit`
    #[serde(default, skip_serializing_if = "is_default")]
    pub explicit: bool,
    /// `&` or `&&` after the parameters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Reference>,
    /// Member of a class without `this`.
    #[serde(default, skip_serializing_if = "is_default", rename = "static")]
    pub is_static: bool,
    /// Access of a member.
    #[serde(default, skip_serializing_if = "is_default")]
    pub access: Access,
    /// `virtual`
    #[serde(default, skip_serializing_if = "is_default", rename = "virtual")]
    pub is_virtual: bool,
    /// Slot in the virtual table of its class.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slot: Option<u64>,
    /// Calling convention, where it is not the platform's usual one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calling_convention: Option<Box<str>>,
    /// Place of the declaration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// A weak definition that programs cannot make themselves: a header declares it, and its body stands in a source
    /// file. Explicit instantiations of templates are like that.
    #[serde(default, skip_serializing_if = "is_default")]
    pub only_here: bool,
}

/// What compilers call the vendors' values of `DW_AT_calling_convention`, by number.
const CONVENTIONS: [(&str, &str); 23] = [
    ("0xb0", "safecall"),
    ("0xb1", "stdcall"),
    ("0xb2", "pascal"),
    ("0xb3", "fastcall"),
    ("0xb4", "msreturn"),
    ("0xb5", "thiscall"),
    ("0xb6", "Borland fastcall"),
    ("0xc0", "vectorcall"),
    ("0xc1", "ms_abi"),
    ("0xc2", "sysv_abi"),
    ("0xc3", "pcs(aapcs)"),
    ("0xc4", "pcs(aapcs-vfp)"),
    ("0xc5", "intel_ocl_bicc"),
    ("0xc6", "SPIR function"),
    ("0xc7", "OpenCL kernel"),
    ("0xc8", "swiftcall"),
    ("0xc9", "preserve_most"),
    ("0xca", "preserve_all"),
    ("0xcb", "regcall"),
    ("0xcc", "m68k_rtd"),
    ("0xcd", "preserve_none"),
    ("0xce", "riscv_vector_cc"),
    ("0xcf", "swiftasynccall"),
];

impl Function {
    /// The calling convention by the name of its attribute, where it is not the platform's usual one.
    pub fn convention(&self) -> Option<&str> {
        let stored = self.calling_convention.as_deref()?;
        Some(CONVENTIONS.iter().find(|(number, _)| *number == stored).map_or(stored, |(_, name)| name))
    }

    /// Types of the parameters, then that of the result where there is one.
    pub fn types(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().map(|parameter| &*parameter.type_).chain(self.returns.as_deref())
    }

    /// Looks at all names of types in it.
    pub fn for_each_name(&mut self, look: &impl Fn(&mut Box<str>)) {
        self.returns.iter_mut().for_each(look);
        self.parameters.iter_mut().for_each(|parameter| look(&mut parameter.type_));
    }
}

/// A parameter.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Type in canonical spelling.
    #[serde(rename = "type")]
    pub type_: Box<str>,
    /// Made by the compiler: `this`, a VTT.
    #[serde(default, skip_serializing_if = "is_default")]
    pub artificial: bool,
    /// Name, where another parameter could be taken for it or it may say the size of one. Changing it changes nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Box<str>>,
}

impl Parameter {
    /// Whether both are passed as one type, whatever they are called.
    pub fn is_typed_as(&self, other: &Parameter) -> bool {
        self.type_ == other.type_ && self.artificial == other.artificial
    }
}

/// Reference qualifier of a member function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Reference {
    /// `&`
    #[serde(rename = "&")]
    Lvalue,
    /// `&&`
    #[serde(rename = "&&")]
    Rvalue,
}

/// A variable behind an exported symbol.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Variable {
    /// Linkage name.
    #[serde(rename = "variable")]
    pub symbol: Box<str>,
    /// Type in canonical spelling.
    #[serde(rename = "type")]
    pub type_: Box<str>,
    /// Access, of a static member; none of other variables, and in dumps that do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access: Option<Access>,
    /// Place of the declaration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
    /// As [`Function::only_here`]: a static member of an explicit instance, or an instance of a template of variables.
    #[serde(default, skip_serializing_if = "is_default")]
    pub only_here: bool,
}

/// A constant at namespace scope, whose value programs have compiled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constant {
    /// Qualified name in canonical spelling.
    #[serde(rename = "constant")]
    pub name: Box<str>,
    /// Type in canonical spelling.
    #[serde(rename = "type")]
    pub type_: Box<str>,
    /// Value as text.
    pub value: Box<str>,
    /// Place of the declaration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<Location>,
}

/// A macro of one of the library's own files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Macro {
    /// Name, with parameters where it has any.
    #[serde(rename = "macro")]
    pub name: Box<str>,
    /// Replacement text.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub value: Box<str>,
}

impl Macro {
    /// The parts of a definition as preprocessors and debug info write it, `ADD(a,b) ((a)+(b))`: the name alone, the name
    /// with its parameters, and the replacement. Parameters follow the name at once; the replacement follows a space.
    pub fn parts_of(definition: &str) -> (&str, &str, &str) {
        let name_end = definition.find(['(', ' ']).unwrap_or(definition.len());
        let end = match definition[name_end..].starts_with('(') {
            true => definition[name_end..].find(')').map_or(definition.len(), |at| name_end + at + 1),
            false => name_end,
        };
        (&definition[..name_end], &definition[..end], definition[end..].trim())
    }
}

#[cfg(test)]
mod tests {
    use super::Function;

    #[test]
    fn conventions_have_the_names_of_their_attributes() {
        let named = |stored: &str| {
            let function = Function { calling_convention: Some(stored.into()), ..Function::default() };
            function.convention().unwrap_or_default().to_owned()
        };
        assert_eq!(
            (&*named("0xc3"), &*named("0xb1"), &*named("LLVM_Win64")),
            ("pcs(aapcs)", "stdcall", "LLVM_Win64")
        );
        assert_eq!(Function::default().convention(), None);
    }
}
