//! Functions and variables behind exported symbols, and constants at namespace scope, to facts.

use gimli::AttributeValue;

use super::class::{Older, access};
use super::debug_units::{DieRef, Language};
use super::entry::Die;
use super::facts::{Edge, Reader, location, place_in_file};
use super::value;
use crate::abi::{Access, Constant, Function, Parameter, Reference, Variable};

/// What an entry behind an exported symbol is.
pub(super) enum Described {
    Function(Function),
    Variable(Variable),
}

/// Declarations that are followed from an entry before they are taken for a cycle.
const CHAIN: usize = 8;

impl<'r, 'a> Reader<'r, 'a> {
    /// The facts behind a symbol, without its name. `in_class`: members are private unless they say otherwise; None where
    /// it is no member.
    pub(super) fn symbol_facts(
        &mut self,
        at: DieRef,
        in_class: Option<bool>,
        symbol: &str,
    ) -> Option<Described> {
        let chain = self.chain(at)?;
        if matches!(chain[0].tag, gimli::DW_TAG_subprogram | gimli::DW_TAG_subroutine_type) {
            return Some(Described::Function(self.function(&chain, in_class, symbol)));
        }
        if chain[0].tag == gimli::DW_TAG_common_block {
            return Some(Described::Variable(self.common_block(&chain[0])));
        }
        let typed = chain.iter().find(|die| die.has(gimli::DW_AT_type))?;
        if symbol.starts_with(super::PROBED) {
            return self.probed(typed, symbol);
        }
        let type_ = self.type_text(typed, Edge::Value).into();
        let declaration = chain.last()?;
        let in_class = in_class.or_else(|| self.class_of(declaration, symbol));
        // Where nothing is said, GCC in DWARF 2 means that it is public.
        let is_old = Older::of(self.debug_units(), declaration.at.unit) == Older::Gnu2;
        let access = in_class.map(|in_class| access(declaration, in_class && !is_old));
        let location = self.place(&chain);
        let only_here =
            self.is_defined_in_a_source(&chain) || self.is_defined_out_of_the_header(&chain, symbol);
        Some(Described::Variable(Variable { symbol: "".into(), type_, access, location, only_here }))
    }

    /// A COMMON block. Programs have names of their own for what is in it, so that order and types are all that counts.
    fn common_block(&mut self, block: &Die<'a>) -> Variable {
        let variables = self.debug_units().children(block);
        let variables = variables.iter().filter(|die| die.tag == gimli::DW_TAG_variable);
        let types: Vec<String> = variables.map(|die| self.type_text(die, Edge::Value)).collect();
        let type_ = format!("common({})", types.join(", ")).into();
        let location = location(self.debug_units(), block);
        Variable { type_, location, ..Variable::default() }
    }

    /// What a variable of a probe in C points at: a function, which C compilers describe nowhere else unless they compile
    /// it, or a variable. Where it was declared, the entry does not say.
    fn probed(&mut self, pointer: &Die<'a>, symbol: &str) -> Option<Described> {
        let target = |reader: &Self, die: &Die<'a>| {
            let at = reader.debug_units().reference(die, gimli::DW_AT_type)?;
            reader.debug_units().die(at)
        };
        let pointer = target(self, pointer)?;
        let mut function = target(self, &pointer)?;
        // A typedef of a function type, and what attributes make of one.
        for _ in 0..CHAIN {
            match function.tag {
                gimli::DW_TAG_subroutine_type => {
                    return Some(Described::Function(self.function(&[function], None, symbol)));
                }
                gimli::DW_TAG_typedef | gimli::DW_TAG_const_type | gimli::DW_TAG_volatile_type => {
                    let Some(next) = target(self, &function) else { break };
                    function = next;
                }
                _ => break,
            }
        }
        let type_ = self.type_text(&pointer, Edge::Value).into();
        Some(Described::Variable(Variable { type_, ..Variable::default() }))
    }

    /// An entry, and after it what it is an instance of and what it completes.
    fn chain(&self, at: DieRef) -> Option<Vec<Die<'a>>> {
        let mut chain = vec![self.debug_units().die(at)?];
        while chain.len() < CHAIN {
            let last = chain.last()?;
            let origin = self.debug_units().reference(last, gimli::DW_AT_abstract_origin);
            let origin = origin.or_else(|| self.debug_units().reference(last, gimli::DW_AT_specification));
            let Some(next) = origin.and_then(|at| self.debug_units().die(at)) else { break };
            chain.push(next);
        }
        Some(chain)
    }

    /// Place of the declaration, which comes last.
    fn place(&self, chain: &[Die<'a>]) -> Option<crate::abi::Location> {
        chain.iter().rev().find_map(|die| location(self.debug_units(), die))
    }

    /// Whether a definition completes a declaration in a header, and stands in a file that no program includes.
    pub(super) fn is_only_here(&self, definition: DieRef) -> bool {
        self.chain(definition).is_some_and(|chain| self.is_defined_in_a_source(&chain))
    }

    /// Declared in a header, and defined in a file that no program includes.
    fn is_defined_in_a_source(&self, chain: &[Die<'a>]) -> bool {
        let Some((declaration, definition)) = chain.split_last() else { return false };
        let place = |die: &Die<'a>| place_in_file(self.debug_units(), die);
        let is_header = place(declaration).is_some_and(|at| at.is_own_header());
        is_header && definition.iter().find_map(place).is_some_and(|at| at.is_source())
    }

    /// What a member that is defined out of its class is a member of, by its linkage name: whether of a class, whose
    /// members are private unless they say otherwise.
    fn class_of(&self, declaration: &Die<'a>, symbol: &str) -> Option<bool> {
        Some(self.class_around(declaration, symbol)?.tag == gimli::DW_TAG_class_type)
    }

    /// The class that a declaration of a member stands in, by its linkage name.
    fn class_around(&self, declaration: &Die<'a>, symbol: &str) -> Option<Die<'a>> {
        // Only members are declared and defined in two places and have a mangled name with a scope.
        let is_declaration = declaration.flag(gimli::DW_AT_declaration) && symbol.starts_with("_ZN");
        let scope =
            is_declaration.then(|| crate::mangling::parse(symbol).ok()?.signature())??.scope.join("::");
        let name = self.table.names.find(&crate::spelling::canonical(&scope))?;
        let definition = *self.table.names.definitions(name).first()?;
        self.debug_units().die(DieRef { unit: definition.unit, offset: definition.offset })
    }

    /// The same of a member of a class in a header: GCC gives the place of the body of an instance for that of the
    /// declaration.
    fn is_defined_out_of_the_header(&self, chain: &[Die<'a>], symbol: &str) -> bool {
        let place = |die: &Die<'a>| place_in_file(self.debug_units(), die);
        let Some(declaration) = chain.last() else { return false };
        place(declaration).is_some_and(|at| at.is_source())
            && self
                .class_around(declaration, symbol)
                .and_then(|c| place(&c))
                .is_some_and(|at| at.is_own_header())
    }

    fn function(&mut self, chain: &[Die<'a>], in_class: Option<bool>, symbol: &str) -> Function {
        // The declaration, where there is one, has all types; instances leave them out.
        let Some(declaration) = chain.last() else { return Function::default() };
        let older = Older::of(self.debug_units(), declaration.at.unit);
        let in_class = in_class.map(|in_class| in_class && older != Older::Gnu2);
        let flag = |name| chain.iter().any(|die| die.flag(name));
        // The declaration is in a file that is missing.
        let leads_nowhere = [gimli::DW_AT_specification, gimli::DW_AT_abstract_origin]
            .into_iter()
            .any(|to| declaration.has(to) && self.debug_units().reference(declaration, to).is_none());
        let mut function = Function {
            returns: match leads_nowhere {
                true => Some(super::spell::UNREADABLE.into()),
                false => declaration
                    .has(gimli::DW_AT_type)
                    .then(|| self.type_text(declaration, Edge::Value).into()),
            },
            noreturn: flag(gimli::DW_AT_noreturn),
            deleted: flag(gimli::DW_AT_deleted),
            explicit: flag(gimli::DW_AT_explicit),
            reference: match (flag(gimli::DW_AT_reference), flag(gimli::DW_AT_rvalue_reference)) {
                (true, _) => Some(Reference::Lvalue),
                (_, true) => Some(Reference::Rvalue),
                _ => None,
            },
            access: Access::Public,
            is_virtual: chain.iter().any(|die| die.has(gimli::DW_AT_virtuality)),
            calling_convention: self.convention(chain),
            // Of what nobody wrote, some producers say where the class is.
            location: if declaration.flag(gimli::DW_AT_artificial) { None } else { self.place(chain) },
            only_here: self.is_defined_in_a_source(chain) || self.is_defined_out_of_the_header(chain, symbol),
            ..Function::default()
        };
        let encoding = self.encoding(declaration.at.unit);
        let is_destructor =
            self.debug_units().text(declaration, gimli::DW_AT_name).is_some_and(|name| name.starts_with('~'));
        let slot = |die: &Die<'a>| die.constant_or_expression(gimli::DW_AT_vtable_elem_location, encoding);
        function.slot = chain.iter().find_map(slot).filter(|_| !is_destructor);
        let is_promoted = self.is_unprototyped(chain);
        // In a stand-in for the class of a type unit, GCC leaves parameters out.
        for die in chain.iter().rev() {
            self.parameters(die, is_promoted, &mut function);
            if !function.parameters.is_empty() || function.variadic {
                break;
            }
        }
        self.parameter_names(chain, symbol, &mut function.parameters);
        let has_this = function.parameters.first().is_some_and(|p| p.artificial);
        let class = in_class
            .or_else(|| self.class_of(declaration, symbol).map(|class| class && older != Older::Gnu2));
        function.is_static = class.is_some() && !has_this;
        function.access = class.map_or(Access::Public, |in_class| access(declaration, in_class));
        function
    }

    /// `is_promoted`: callers know no prototype, and pass a `double` for a `float`.
    fn parameters(&mut self, declaration: &Die<'a>, is_promoted: bool, function: &mut Function) {
        for child in self.debug_units().children(declaration) {
            match child.tag {
                gimli::DW_TAG_formal_parameter => {
                    let artificial = child.flag(gimli::DW_AT_artificial);
                    // Only some producers describe the VTT and the flag that constructors are passed.
                    if artificial && !function.parameters.is_empty() {
                        continue;
                    }
                    let type_ = match is_promoted && self.is_float(&child) {
                        true => "double".to_owned(),
                        false => self.parameter_text(&child, Edge::Value),
                    };
                    function.parameters.push(Parameter { type_: type_.into(), artificial, name: None });
                }
                gimli::DW_TAG_GNU_formal_parameter_pack => self.parameters(&child, is_promoted, function),
                gimli::DW_TAG_unspecified_parameters => function.variadic = true,
                _ => {}
            }
        }
    }

    /// Names parameters where types alone do not tell them apart, or one may be the size of another. The definition names them
    /// all, a declaration in a class mostly none.
    fn parameter_names(&self, chain: &[Die<'a>], symbol: &str, parameters: &mut [Parameter]) {
        let plain = |type_: &str| type_.replace(" const", "");
        let is_like = |(at, one): (usize, &Parameter)| {
            parameters.iter().skip(at + 1).any(|other| plain(&one.type_) == plain(&other.type_))
        };
        let is_c = !symbol.starts_with("_Z") && parameters.len() > 1;
        if !is_c && !parameters.iter().enumerate().any(is_like) {
            return;
        }
        for die in chain {
            let children = self.debug_units().children(die);
            // GCC leaves the names of an instance to the template, which debug info does not have.
            if children.iter().any(|child| child.tag == gimli::DW_TAG_template_type_parameter) {
                return;
            }
            let all = children.iter().filter(|child| child.tag == gimli::DW_TAG_formal_parameter);
            let all: Vec<_> = all.map(|child| self.debug_units().text(child, gimli::DW_AT_name)).collect();
            if all.len() == parameters.len() && all.iter().any(Option::is_some) {
                for (parameter, name) in parameters.iter_mut().zip(all).filter(|(p, _)| !p.artificial) {
                    parameter.name = name.map(|name| (*name).into());
                }
                return;
            }
        }
    }

    /// `int f(x) float x; {…}` in C, which its callers know as `int f()`. Compilers other than these may not say that there
    /// is a prototype.
    fn is_unprototyped(&self, chain: &[Die<'a>]) -> bool {
        let Some(last) = chain.last() else { return false };
        let unit = &self.debug_units().units[last.at.unit as usize];
        let says = unit.producer.starts_with("GNU C") || unit.producer.contains("clang version");
        unit.language == Language::C && says && !chain.iter().any(|die| die.flag(gimli::DW_AT_prototyped))
    }

    fn is_float(&self, parameter: &Die<'a>) -> bool {
        let type_ = self.debug_units().reference(parameter, gimli::DW_AT_type);
        type_.and_then(|at| value::strip(self.debug_units(), at)).is_some_and(|type_| {
            type_.tag == gimli::DW_TAG_base_type
                && self.debug_units().text(&type_, gimli::DW_AT_name).is_some_and(|name| name == "float")
        })
    }

    fn convention(&self, chain: &[Die<'a>]) -> Option<Box<str>> {
        let value = chain.iter().find_map(|die| die.value(gimli::DW_AT_calling_convention))?;
        match value {
            AttributeValue::CallingConvention(gimli::DW_CC_normal) => None,
            AttributeValue::CallingConvention(other) => {
                let name = other.static_string().and_then(|name| name.strip_prefix("DW_CC_"));
                Some(name.map_or_else(|| format!("{:#x}", other.0).into(), Into::into))
            }
            _ => None,
        }
    }

    /// A constant of that name.
    pub(super) fn constant_facts(&mut self, name: &str, at: DieRef) -> Option<Constant> {
        let die = self.debug_units().die(at)?;
        let value = value::constant(self.debug_units(), &die)?.into();
        let type_ = self.type_text(&die, Edge::Name).into();
        Some(Constant { name: name.into(), type_, value, location: location(self.debug_units(), &die) })
    }
}
