//! Debug info to the model: what types, functions, variables and constants are like.
//!
//! Reads DWARF 2 to 5 in all the forms that compilers, linkers and dwz leave it in. Units are walked in parallel, each
//! once; what they repeat is read once. No tree of entries is kept: memory follows what comes out.
//!
//! In reading order: [`sections`] and [`relocate`] (bytes), [`debug_files`] (files beside), [`debug_units`] (units and
//! references between them), [`sources`] (paths), [`surface`] (what is looked for), [`unit_scanner`] and [`name_builder`] (one unit),
//! [`names`] (all of them), [`unnamed`] and [`namesakes`] (what C leaves to where a type stands), [`entry`], [`spell`], [`value`], [`layout`] (single entries), [`facts`], [`class`],
//! [`passing`],
//! [`function`] (entries to facts), [`declared`] (what headers leave to libraries), [`macros`], [`reach`] (which facts are kept),
//! [`join`] (debug info against the virtual tables in the image); [`inlined`] (what a consumer copied).

mod by_address;
mod class;
mod common_blocks;
pub mod debug_files;
mod debug_units;
mod declared;
mod entry;
mod enumerators;
mod facts;
mod function;
mod inlined;
mod join;
mod layout;
mod macros;
mod name_builder;
mod names;
mod namesakes;
mod passing;
mod reach;
mod relocate;
mod sections;
mod sources;
mod special;
mod spell;
mod surface;
mod unit_scanner;
mod unnamed;
mod value;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use foldhash::HashMap;
use gimli::SectionId;
use rayon::prelude::*;

use crate::abi::{
    AbiOption, BaseType, Constant, DwarfCoverage, Export, Function, Inlined, Library, Macro, SymbolKind,
    Type, Variable,
};
use crate::binary::{Error, Image};
use debug_files::{Bytes, DebugFileSource, SplitFile};
use debug_units::{DebugUnits, DieRef, Slice};
use facts::Table;
use name_builder::{Foreign, UnitIndex};
use names::{NameCache, NameId, Names};
use namesakes::Namesakes;
use reach::{Search, SymbolEntry};
use sections::Sections;
use surface::Surface;
use unit_scanner::SymbolCache;

/// Prefix of the variables by which a probe in C asks about a function or a variable: pointers to it. What is asked for by
/// such a name is described as the function or variable.
pub const PROBED: &str = "abigate_probe_of_";

/// What to read.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Keep types that nothing exported reaches as well.
    pub all_types: bool,
    /// Directories that paths of sources are relative to.
    pub roots: Vec<String>,
    /// It is a probe of headers: the surface is what their own files define and declare.
    pub headers: bool,
    /// Nothing but the functions that there is code of: of a consumer only what it copied matters.
    pub inlined: bool,
}

/// What debug info says.
#[derive(Debug, Default)]
pub struct Facts {
    /// Types, sorted by name and variant.
    pub types: Vec<Type>,
    /// Functions behind exported symbols, sorted.
    pub functions: Vec<Function>,
    /// Variables behind exported symbols, sorted.
    pub variables: Vec<Variable>,
    /// Constants at namespace scope, sorted.
    pub constants: Vec<Constant>,
    /// Types of the language that all these mention, sorted.
    pub base_types: Vec<BaseType>,
    /// Options that change the ABI, sorted.
    pub options: Vec<AbiOption>,
    /// Macros of the library's own headers, sorted.
    pub macros: Vec<Macro>,
    /// Macros that the library was compiled with, sorted.
    pub command_line: Vec<Macro>,
    /// Functions that there is code of, sorted; only where they were asked for, and then nothing else.
    pub inlined: Vec<Inlined>,
    /// How much was there.
    pub coverage: DwarfCoverage,
    /// What headers declare and a library has to define, by linkage name; of a probe only.
    pub declared: BTreeSet<String>,
    /// What is missing or damaged, one sentence each.
    pub gaps: Vec<String>,
    /// Time by phase.
    pub timings: Vec<(&'static str, Duration)>,
}

impl Facts {
    /// Puts the facts where they belong.
    pub fn add_to(self, library: &mut Library) {
        library.types = self.types;
        library.functions = self.functions;
        library.variables = self.variables;
        library.constants = self.constants;
        library.base_types = self.base_types;
        library.options = self.options;
        library.macros = self.macros;
        library.command_line = self.command_line;
        library.inlined = self.inlined;
        library.evidence.dwarf = Some(self.coverage);
        library.evidence.gaps.extend(self.gaps);
        library.evidence.gaps.sort();
        library.evidence.gaps.dedup();
    }
}

/// Files that hold debug info, kept while it is read.
#[derive(Default)]
struct Opened {
    files: Vec<(String, Bytes)>,
}

/// Reads the debug info of a library whose symbols and vtables are known. None when there is none at all.
///
/// # Errors
/// A debug section that does not fit into the file or does not unpack. Damage inside one unit is a gap.
pub fn read(
    data: &[u8],
    library: &Library,
    debug_files: &dyn DebugFileSource,
    options: &Options,
) -> Result<Option<Facts>, Error> {
    let mut clock = Clock::new();
    let image = Image::parse(data)?;
    let mut gaps = Vec::new();
    let own = Sections::load(&image)?;
    let mut opened = Opened::default();
    let separate = if own.has_info() { None } else { debug_files::separate(&image, library, debug_files) };
    if let Some(bytes) = separate {
        opened.files.push(("debug file".to_owned(), bytes));
    }
    let separate_image = opened.files.first().map(|(_, bytes)| Image::parse(bytes)).transpose()?;
    let separate_sections = separate_image.as_ref().map(Sections::load).transpose()?;
    let (main_image, main) = match (&separate_image, &separate_sections) {
        (Some(image), Some(sections)) => (image, sections),
        _ => (&image, &own),
    };
    if !main.has_info() {
        return Ok(None);
    }
    let alternative = debug_files::alternative(main_image, debug_files, &mut gaps);
    let alternative_image = alternative.as_ref().map(|bytes| Image::parse(bytes)).transpose()?;
    let alternative_sections = alternative_image.as_ref().map(Sections::load).transpose()?;
    clock.lap("sections");

    let mut debug_units = DebugUnits::new(&image);
    let supplementary = alternative_sections
        .as_ref()
        .map(|sections| debug_units.add(dwarf(sections, false, None), "supplementary file", None, None));
    add_main(&mut debug_units, main, alternative_sections.as_ref(), supplementary);
    let split = debug_files::Split::open(&debug_units.skeletons(), debug_files, &mut gaps);
    let split_images = split.images(&mut gaps);
    let split_sections: Vec<_> = split_images.par_iter().map(|file| Sections::load(&file.content)).collect();
    for (file, sections) in split_images.iter().zip(&split_sections) {
        match sections {
            Ok(sections) => add_split(&mut debug_units, main, sections, file),
            Err(cause) => gaps.push(format!("{}: {cause}", file.name)),
        }
    }
    if options.inlined {
        let inlined = inlined::collect(&debug_units).into_iter();
        let inlined = inlined.map(|name| Inlined { name: name.into() }).collect();
        return Ok(Some(Facts { inlined, ..Facts::default() }));
    }
    debug_units.find_sources(&options.roots);
    clock.lap("units");
    gaps.append(&mut debug_units.gaps);
    gaps.extend(debug_units.terse());
    let mut facts = walk_and_reach(&debug_units, &image, library, options, &mut clock, &mut gaps);
    let macros = macros::collect(&debug_units, &mut gaps);
    (facts.macros, facts.command_line) = (macros.of_headers, macros.of_command_line);
    join::describe_once(&mut facts.types, &facts.functions);
    let join = join::join(&facts.types, library);
    facts.coverage.virtuals = join.joined;
    facts.coverage.disagreements = join.disagreements.len() as u32;
    gaps.extend(join.disagreements);
    gaps.sort();
    gaps.dedup();
    facts.gaps = gaps;
    facts.timings = clock.laps;
    Ok(Some(facts))
}

/// A view of the sections of one file.
fn dwarf<'a>(sections: &'a Sections<'_>, dwo: bool, info: Option<&'a [u8]>) -> gimli::Dwarf<Slice<'a>> {
    let slice = |bytes: &'a [u8]| Slice::new(bytes, sections.endian);
    let load = |id: SectionId| -> Result<Slice<'a>, std::convert::Infallible> {
        Ok(match (id, info) {
            (SectionId::DebugInfo, Some(info)) => slice(info),
            _ => slice(sections.get(id, dwo)),
        })
    };
    match gimli::Dwarf::load(load) {
        Ok(dwarf) => dwarf,
        Err(never) => match never {},
    }
}

/// Views of a file's sections; a relocatable one has a section for each group of type units.
fn parts<'a>(sections: &'a Sections<'_>, dwo: bool) -> impl Iterator<Item = gimli::Dwarf<Slice<'a>>> {
    let infos: Vec<&[u8]> = sections.all(SectionId::DebugInfo, dwo).collect();
    let types: Vec<&[u8]> = sections.all(SectionId::DebugTypes, dwo).collect();
    (0..infos.len().max(types.len()).max(1)).map(move |part| {
        let bytes = |list: &[&'a [u8]]| list.get(part).copied().unwrap_or(&[]);
        let mut dwarf = dwarf(sections, dwo, Some(bytes(&infos)));
        dwarf.debug_types = gimli::DebugTypes::from(Slice::new(bytes(&types), sections.endian));
        dwarf
    })
}

/// Adds the main file.
fn add_main<'a>(
    debug_units: &mut DebugUnits<'a>,
    main: &'a Sections<'_>,
    alternative: Option<&'a Sections<'_>>,
    supplementary: Option<u32>,
) {
    for mut dwarf in parts(main, false) {
        if let Some(sections) = alternative {
            dwarf.set_sup(self::dwarf(sections, false, None));
        }
        debug_units.add(dwarf, "debug info", supplementary, None);
    }
}

/// Adds the split units of a `.dwo` or `.dwp` file.
fn add_split<'a>(
    debug_units: &mut DebugUnits<'a>,
    main: &'a Sections<'_>,
    sections: &'a Sections<'_>,
    file: &SplitFile<Image<'_>>,
) {
    let (name, skeletons) = (&*file.name, &file.units);
    let parent = dwarf(main, false, None);
    if sections.get(SectionId::DebugCuIndex, false).is_empty() {
        let skeleton = skeletons.first().map(|(unit, _)| *unit);
        for mut split in parts(sections, true) {
            split.make_dwo(&parent);
            debug_units.add(split, name, None, skeleton);
        }
        return;
    }
    let slice = |bytes: &'a [u8]| Slice::new(bytes, sections.endian);
    let load = |id: SectionId| -> Result<Slice<'a>, gimli::Error> {
        let dwo = id != SectionId::DebugCuIndex && id != SectionId::DebugTuIndex;
        Ok(slice(sections.get(id, dwo)))
    };
    let package = match gimli::DwarfPackage::load(load, slice(&[])) {
        Ok(package) => package,
        Err(cause) => {
            debug_units.gaps.push(format!("{name}: {cause}"));
            return;
        }
    };
    for (skeleton, id) in skeletons {
        match package.find_cu(*id, &parent) {
            Ok(Some(unit)) => drop(debug_units.add(unit, name, None, Some(*skeleton))),
            Ok(None) => debug_units.gaps.push(format!("{name}: no split unit {:#018x}", id.0)),
            Err(cause) => debug_units.gaps.push(format!("{name}: split unit {:#018x}: {cause}", id.0)),
        }
    }
    for row in 1..=package.tu_index.unit_count() {
        match package.tu_sections(row, &parent) {
            Ok(unit) => drop(debug_units.add(unit, name, None, None)),
            Err(cause) => debug_units.gaps.push(format!("{name}: type unit {row}: {cause}")),
        }
    }
}

/// Caches of the threads; a thread uses its own.
struct PerThread<T>(Vec<Mutex<T>>);

impl<T: Default> PerThread<T> {
    fn new() -> PerThread<T> {
        PerThread((0..=rayon::current_num_threads()).map(|_| Mutex::default()).collect())
    }

    fn with<R>(&self, use_: impl FnOnce(&mut T) -> R) -> R {
        let own = rayon::current_thread_index().map_or(0, |index| index + 1);
        let mut cache = self.0[own.min(self.0.len() - 1)].lock().unwrap_or_else(PoisonError::into_inner);
        use_(&mut cache)
    }
}

fn walk_and_reach(
    debug_units: &DebugUnits<'_>,
    image: &Image<'_>,
    library: &Library,
    options: &Options,
    clock: &mut Clock,
    gaps: &mut Vec<String>,
) -> Facts {
    // Only some producers describe thunks, and they are no functions of their own.
    let is_thunk = |name: &str| ["_ZTh", "_ZTv", "_ZTc"].iter().any(|prefix| name.starts_with(prefix));
    let versions = described_versions(library);
    let mut symbols: Vec<&str> =
        library.exports.iter().map(|export| &*export.name).filter(|name| !is_thunk(name)).collect();
    symbols.extend(versions.iter().map(String::as_str));
    let declared = if options.headers { declared::collect(debug_units) } else { BTreeSet::new() };
    symbols.extend(declared.iter().map(String::as_str));
    symbols.sort_unstable();
    symbols.dedup();
    let surface = Surface::new(&symbols);
    clock.lap("surface");
    let names = Names::new();
    let foreign = Foreign::new(debug_units);
    let caches: PerThread<(NameCache, SymbolCache)> = PerThread::new();
    let index = |unit: u32, bodies: bool| -> gimli::Result<UnitIndex> {
        caches.with(|(name_cache, symbol_cache)| {
            let walk = unit_scanner::walk(debug_units, unit, &surface, symbol_cache, bodies)?;
            Ok(name_builder::index(debug_units, &foreign, unit, &names, name_cache, walk))
        })
    };
    let mut indexes: Vec<UnitIndex> = Vec::new();
    let results: Vec<gimli::Result<UnitIndex>> = (0..debug_units.units.len() as u32)
        .into_par_iter()
        .with_max_len(1)
        .map(|unit| index(unit, false))
        .collect();
    for (unit, result) in results.into_iter().enumerate() {
        indexes.push(result.unwrap_or_else(|cause| {
            let unit = &debug_units.units[unit];
            let place = unit.core.header.offset();
            gaps.push(format!(
                "{}: unit at {place:x?}: {cause}",
                debug_units.files[unit.file as usize].label
            ));
            UnitIndex::default()
        }));
    }
    enumerators::spell(debug_units, &names);
    let written = names.written();
    indexes.par_iter_mut().for_each(|index| index.complete(&written));
    let namesakes = find_namesakes(debug_units, &names, &mut indexes);
    clock.lap("walk");
    let deep: Vec<OnceLock<UnitIndex>> = (0..indexes.len()).map(|_| OnceLock::new()).collect();
    let texts = PerThread::new();
    let base_types = Mutex::default();
    let look_deeper = |unit: u32| {
        let mut index = index(unit, true).unwrap_or_default();
        index.complete(&written);
        namesakes.apply_to(debug_units, &names, unit, &mut index);
        index
    };
    let table = Table {
        debug_units,
        names: &names,
        indexes: &indexes,
        deep: &deep,
        look_deeper: &look_deeper,
        texts: &texts,
        base_types: &base_types,
    };
    let mut entries: Vec<Option<SymbolEntry>> = vec![None; surface.len()];
    let mut definitions: HashMap<u32, DieRef> = HashMap::default();
    let mut constants: HashMap<NameId, DieRef> = HashMap::default();
    let mut members: HashMap<NameId, Vec<(NameId, DieRef)>> = HashMap::default();
    for (unit, index) in indexes.iter().enumerate() {
        let unit = unit as u32;
        for symbol in &index.symbols {
            let entry = SymbolEntry {
                is_stub: symbol.is_stub,
                says_less: !symbol.completes_declaration,
                die: DieRef { unit, offset: symbol.offset },
                in_class: symbol.in_class,
            };
            let first = entries[symbol.group as usize].get_or_insert(entry);
            *first = (*first).min(entry);
            if let Some(offset) = symbol.definition {
                definitions.entry(symbol.group).or_insert(DieRef { unit, offset });
            }
        }
        for &(name, offset) in &index.constants {
            constants.entry(name).or_insert(DieRef { unit, offset });
        }
    }
    gaps.extend(untyped_ifuncs(add_by_address(debug_units, image, &surface, &mut entries)));
    for (group, die) in common_blocks::find(debug_units, &surface) {
        let entry = SymbolEntry { is_stub: false, says_less: true, die, in_class: None };
        entries[group as usize].get_or_insert(entry);
    }
    for (unit, index) in indexes.iter().enumerate() {
        for &(class, name, offset) in &index.members {
            let known = members.entry(class).or_default();
            if !known.iter().any(|(other, _)| *other == name) {
                known.push((name, DieRef { unit: unit as u32, offset }));
            }
        }
    }
    let constants = constants.into_iter().collect();
    let classes = classes(library, &names);
    let search = Search {
        table: &table,
        surface: &surface,
        entries,
        definitions,
        constants,
        members,
        classes,
        all_types: options.all_types,
        headers: options.headers,
        namesakes: &namesakes,
    };
    let mut reached = search.run();
    // A strong definition is a promise wherever it stands.
    let is_strong = |symbol: &str| library.exports_named(symbol).any(Export::is_strong);
    for function in reached.functions.iter_mut().filter(|function| function.only_here) {
        function.only_here = !is_strong(&function.symbol);
    }
    for variable in reached.variables.iter_mut().filter(|variable| variable.only_here) {
        variable.only_here = !is_strong(&variable.symbol);
    }
    forget_unreadable(&mut reached.types, &mut reached.functions, &mut reached.variables);
    clock.lap("facts");
    let (options, with_options) = debug_units.abi_options();
    // Data may be described as functions are; it is none of the symbols that are counted.
    let described: foldhash::HashSet<&str> =
        reached.functions.iter().map(|function| &*function.symbol).collect();
    let is_function = |export: &&Export| matches!(export.kind, SymbolKind::Func | SymbolKind::Ifunc);
    let exported = || library.exports.iter().filter(is_function);
    let coverage = DwarfCoverage {
        with_options,
        units: debug_units.units.iter().filter(|unit| !unit.is_skeleton).count() as u32,
        functions: exported().filter(|export| described.contains(&*export.name)).count() as u32,
        exported_functions: exported().count() as u32,
        variables: reached.variables.len() as u32,
        vector_units: has_large_vectors(&reached, library).then(|| debug_units.vector_units()),
        ..DwarfCoverage::default()
    };
    Facts {
        types: reached.types,
        functions: reached.functions,
        variables: reached.variables,
        constants: reached.constants,
        base_types: base_types.into_inner().unwrap_or_else(PoisonError::into_inner).into_iter().collect(),
        options,
        coverage,
        declared,
        ..Facts::default()
    }
}

/// Whether a vector is mentioned, for which not every machine of the kind may have registers: `double __vector(4)`.
fn has_large_vectors(reached: &reach::Reached, library: &Library) -> bool {
    let is_x86 = ["x86_64", "x32", "i386"].contains(&&*library.machine.arch);
    let is_vector = |type_: &str| type_.contains(" __vector(");
    let has = |type_: &Type| {
        type_.members.iter().map(|member| &*member.type_).chain(type_.target.as_deref()).any(is_vector)
    };
    is_x86
        && (reached.functions.iter().flat_map(Function::types).any(is_vector)
            || reached.types.iter().any(has))
}

/// Names for the versions of functions of C that their names alone do not stand for.
fn described_versions(library: &Library) -> Vec<String> {
    let of_name = library.exports.chunk_by(|a, b| a.name == b.name);
    let several = of_name.filter(|group| group.len() > 1 && !group[0].name.starts_with("_Z")).flatten();
    several
        .map(|export| library.described_name(export))
        .filter(|name| name.contains('@'))
        .map(std::borrow::Cow::into_owned)
        .collect()
}

/// Finds functions of C that debug info knows by another name than their symbols, and of several versions of a name each
/// by its own code. Gives the names of ifuncs whose type nothing tells.
fn add_by_address(
    debug_units: &DebugUnits<'_>,
    image: &Image<'_>,
    surface: &Surface<'_>,
    entries: &mut [Option<SymbolEntry>],
) -> Vec<String> {
    let is_missing = |group: u32| entries.get(group as usize).is_some_and(Option::is_none);
    let is_c = |group: u32| surface.symbols(group).first().is_some_and(|name| !name.starts_with("_Z"));
    if !(0..surface.len() as u32).any(|group| is_missing(group) && is_c(group)) {
        return Vec::new();
    }
    let mut addresses: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    let mut ifuncs: BTreeSet<u32> = BTreeSet::new();
    for function in crate::binary::exported_functions(image, |name| !name.starts_with(b"_Z")) {
        let Some(group) = surface.find(&function.name).filter(|group| is_c(*group)) else { continue };
        if !is_missing(group) && !function.has_versions {
            continue;
        }
        addresses.entry(function.address).or_default().push(group);
        if function.is_ifunc {
            ifuncs.insert(group);
        }
    }
    if addresses.is_empty() {
        return Vec::new();
    }
    let mut untyped = Vec::new();
    for (address, die) in by_address::functions(debug_units, &addresses) {
        for group in addresses.get(&address).into_iter().flatten() {
            let symbol = surface.symbols(*group).first().copied().unwrap_or_default();
            let name = crate::abi::unversioned(symbol);
            let die = match ifuncs.contains(group) {
                true => by_address::resolved(debug_units, die)
                    .or_else(|| by_address::implementation(debug_units, image, die, name)),
                false => Some(die),
            };
            match (die, entries.get_mut(*group as usize)) {
                (Some(die), Some(entry)) => {
                    *entry = Some(SymbolEntry { is_stub: false, says_less: false, die, in_class: None });
                }
                _ => untyped.push(symbol.to_owned()),
            }
        }
    }
    untyped
}

/// What is said of ifuncs whose type nothing tells.
fn untyped_ifuncs(mut names: Vec<String>) -> Option<String> {
    const SHOWN: usize = 3;
    names.sort_unstable();
    let more = names.len().saturating_sub(SHOWN);
    let shown = names.get(..SHOWN).unwrap_or(&names).join(", ");
    let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
    (!names.is_empty()).then(|| {
        format!(
            "ifuncs without types: {shown}{rest}: the resolver returns void*, and the functions that it chooses from were \
             not found or are of several types"
        )
    })
}

/// Tells types of C apart that share a name.
fn find_namesakes(debug_units: &DebugUnits<'_>, names: &Names, indexes: &mut [UnitIndex]) -> Namesakes {
    let namesakes = Namesakes::find(&Table {
        debug_units,
        names,
        indexes,
        // Types at the level of a unit have none of what is inside functions.
        deep: &indexes.iter().map(|_| OnceLock::new()).collect::<Vec<_>>(),
        look_deeper: &|_| UnitIndex::default(),
        texts: &PerThread::new(),
        base_types: &Mutex::default(),
    });
    namesakes.apply(debug_units, names, indexes);
    namesakes
}

/// What refers to debug info that could not be read is not known: neither `void`, nor a class without members.
fn forget_unreadable(types: &mut [Type], functions: &mut Vec<Function>, variables: &mut Vec<Variable>) {
    let is_unreadable = |text: &str| text.contains(spell::UNREADABLE);
    functions.retain(|function| !function.types().any(is_unreadable));
    variables.retain(|variable| !is_unreadable(&variable.type_));
    for type_ in types {
        let members = type_.members.iter().map(|member| &*member.type_);
        let bases = type_.bases.iter().map(|base| &*base.name);
        let target = type_.target.as_deref();
        if members.chain(bases).chain(target).any(is_unreadable) {
            let known = Type { name: type_.name.clone(), kind: type_.kind, c: type_.c, ..Type::default() };
            let (variant, location) = (type_.variant, type_.location.take());
            let reached = std::mem::take(&mut type_.reached);
            *type_ = Type { variant, location, reached, ..known };
        }
    }
}

/// Classes whose vtable or typeinfo is exported.
fn classes(library: &Library, names: &Names) -> Vec<NameId> {
    // Large libraries have debug info of a few C files of others, and ten thousands of classes in other scopes.
    let may_be_named =
        |mangled: &str| outermost_scope(mangled).is_none_or(|scope| names.find(scope).is_some());
    let mangled = library.exports.iter().filter(|export| {
        ["_ZTV", "_ZTI"].iter().any(|kind| export.name.strip_prefix(kind).is_some_and(may_be_named))
    });
    let mut classes: Vec<NameId> = mangled
        .collect::<Vec<_>>()
        .par_iter()
        .filter_map(|export| {
            let text = crate::mangling::demangle(&export.name)?;
            let class = text.split_once(" for ")?.1;
            names.find(&crate::spelling::canonical(class))
        })
        .collect();
    classes.sort_unstable();
    classes.dedup();
    classes
}

/// The identifier that a mangled class name begins with, where that is a component of the name: `a` of `N1a1bIiEE`, and of
/// `ZNK1a1b1fEvE1c`, a class inside a function. None of what is spelt in another way: templates, ABI tags, unnamed namespaces,
/// abbreviations.
fn outermost_scope(mangled: &str) -> Option<&str> {
    let in_function =
        mangled.strip_prefix("ZN").map(|name| name.trim_start_matches(['r', 'V', 'K', 'R', 'O']));
    let name = in_function.unwrap_or_else(|| mangled.strip_prefix('N').unwrap_or(mangled));
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    let length: usize = name.get(..digits)?.parse().ok()?;
    let end = digits.checked_add(length)?;
    let (identifier, rest) = (name.get(digits..end)?, name.get(end..)?);
    let is_whole = !rest.starts_with(['I', 'B']) && !identifier.starts_with("_GLOBAL_");
    is_whole.then_some(identifier)
}

/// Times the phases.
struct Clock {
    last: Instant,
    laps: Vec<(&'static str, Duration)>,
}

impl Clock {
    fn new() -> Clock {
        Clock { last: Instant::now(), laps: Vec::new() }
    }

    fn lap(&mut self, phase: &'static str) {
        let now = Instant::now();
        self.laps.push((phase, now - self.last));
        self.last = now;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn outermost_scopes_are_components() {
        let scopes = ["1A", "N1a1bIiEE", "ZNK1a1b1fEvE1c", "N1a1BB3tagE"].map(super::outermost_scope);
        assert_eq!(scopes, [Some("A"), Some("a"), Some("a"), Some("a")]);
        let spelt_otherwise =
            ["1AIiE", "1AB3tag", "N1aB3tag1bE", "N12_GLOBAL__N_11aE", "St9exception", "NSt3__11aE"];
        let others = ["Z1fiE1A", "Z1fIiEvvE1A", "9A", "N1", "", "99999999999999999999a"];
        for name in spelt_otherwise.into_iter().chain(others) {
            assert_eq!(super::outermost_scope(name), None, "{name}");
        }
    }
}
