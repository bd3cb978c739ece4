//! All units of all files that describe one library, numbered, and how references between them are followed.
//!
//! The number of a unit comes from the order of the files and of their sections alone, so that "the first unit that
//! says so" means the same in every run.

use std::collections::BTreeMap;
use std::sync::Arc;

use foldhash::HashMap;
use gimli::{AttributeValue, Reader, Section, SectionId};
use object::elf;
use rayon::prelude::*;

use super::sources::{Root, SourceId, Sources};
use crate::abi::{self, AbiOption, VectorUnits};
use crate::binary::Image;

/// Bytes of a debug section.
pub(super) type Slice<'a> = gimli::EndianSlice<'a, gimli::RunTimeEndian>;
/// Value of an attribute.
pub(super) type Value<'a> = AttributeValue<Slice<'a>>;

/// An object file's debug sections: one `.debug_info`, one `.debug_types`, and what they share with others.
pub(super) struct File<'a> {
    pub dwarf: gimli::Dwarf<Slice<'a>>,
    /// Name for messages.
    pub label: String,
    /// The supplementary file that it refers to (dwz), by number.
    pub supplementary: Option<u32>,
    /// Units of `.debug_info` by section offset, ascending.
    info: Vec<(usize, u32)>,
}

/// A unit with what reading its entries takes.
pub(super) struct Unit<'a> {
    pub file: u32,
    pub core: gimli::Unit<Slice<'a>>,
    /// Producer as the unit says it, or one that it must share it with; empty where nothing tells.
    pub producer: Arc<str>,
    /// What it is written in.
    pub language: Language,
    /// Source files as the line table numbers them; see [`DebugUnits::find_sources`].
    pub sources: Arc<[SourceId]>,
    /// The skeleton of a split unit, by number.
    skeleton: Option<u32>,
    /// A split unit's skeleton, which stands for no entries of its own.
    pub is_skeleton: bool,
    /// Compiled for backtraces only (`-g1`): functions are named, and nothing says what they take and return.
    pub is_terse: bool,
}

/// An entry: unit and offset in it, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct DieRef {
    pub unit: u32,
    pub offset: u32,
}

/// Files and units.
pub(super) struct DebugUnits<'a> {
    pub files: Vec<File<'a>>,
    pub units: Vec<Unit<'a>>,
    /// Type units by signature: the entry of the type.
    signatures: HashMap<u64, DieRef>,
    pub sources: Sources,
    /// What a scalar is aligned to at most in a class, in bytes.
    pub largest_align: u64,
    /// See [`DebugUnits::rank`].
    ranks: Vec<u32>,
    /// What could not be read, one sentence each.
    pub gaps: Vec<String>,
}

/// Source files and producer of a unit.
type Named = (Arc<[SourceId]>, Arc<str>);

/// A split unit that is named by its skeleton.
pub(super) struct Skeleton {
    /// Number of the skeleton unit.
    pub unit: u32,
    pub id: gimli::DwoId,
    pub name: String,
    pub folder: String,
}

impl Unit<'_> {
    fn is_of_type(&self) -> bool {
        matches!(self.core.header.type_(), gimli::UnitType::Type { .. } | gimli::UnitType::SplitType { .. })
    }
}

impl File<'_> {
    pub(super) fn is_big_endian(&self) -> bool {
        self.dwarf.debug_info.reader().endian() == gimli::RunTimeEndian::Big
    }
}

impl<'a> DebugUnits<'a> {
    /// No files yet; `image` is the library's.
    pub(super) fn new(image: &Image<'_>) -> DebugUnits<'a> {
        let largest_align = match image.machine {
            elf::EM_386 => 4,
            elf::EM_S390 | elf::EM_ARM => 8,
            _ => 16,
        };
        DebugUnits {
            files: Vec::new(),
            units: Vec::new(),
            signatures: HashMap::default(),
            sources: Sources::default(),
            largest_align,
            ranks: Vec::new(),
            gaps: Vec::new(),
        }
    }

    /// Adds a file with all its units. `skeletons` are those whose split units the file holds.
    pub(super) fn add(
        &mut self,
        dwarf: gimli::Dwarf<Slice<'a>>,
        label: &str,
        supplementary: Option<u32>,
        skeleton: Option<u32>,
    ) -> u32 {
        let number = self.files.len() as u32;
        let mut headers = Vec::new();
        let mut units = dwarf.units();
        let mut types = dwarf.type_units();
        loop {
            match units.next() {
                Ok(Some(header)) => headers.push(header),
                Ok(None) => break,
                Err(cause) => {
                    self.gaps.push(format!("{label}: .debug_info: {cause}; the units after it are not read"));
                    break;
                }
            }
        }
        loop {
            match types.next() {
                Ok(Some(header)) => headers.push(header),
                Ok(None) => break,
                Err(cause) => {
                    self.gaps
                        .push(format!("{label}: .debug_types: {cause}; the units after it are not read"));
                    break;
                }
            }
        }
        let mut file = File { dwarf, label: label.to_owned(), supplementary, info: Vec::new() };
        file.dwarf.populate_abbreviations_cache(gimli::AbbreviationsCacheStrategy::Duplicates);
        let skeleton = skeleton.and_then(|unit| Some((unit, self.units.get(unit as usize)?)));
        let read: Vec<_> = headers
            .into_par_iter()
            .map(|header| {
                let (section, offset) = (header.section(), header.offset().0);
                let unit = load(&file, number, header, skeleton);
                (section, offset, unit)
            })
            .collect();
        for (section, offset, unit) in read {
            let unit = match unit {
                Ok(unit) => unit,
                Err(cause) => {
                    self.gaps.push(format!("{label}: {}, unit at {offset:#x}: {cause}", section.name()));
                    continue;
                }
            };
            let index = self.units.len() as u32;
            if section == SectionId::DebugInfo {
                file.info.push((offset, index));
            }
            if let gimli::UnitType::Type { type_signature, type_offset }
            | gimli::UnitType::SplitType { type_signature, type_offset } = unit.core.header.type_()
            {
                let die = DieRef { unit: index, offset: type_offset.0 as u32 };
                // Linkers keep one of each; in relocatable files the first will do.
                self.signatures.entry(type_signature.0).or_insert(die);
            }
            self.units.push(unit);
        }
        self.files.push(file);
        number
    }

    /// Reads the lists of source files, once all files are there. `roots` are the directories that the user named.
    ///
    /// Units of types and of what dwz found to be shared say neither name nor directory nor producer. They use the table of
    /// a unit that does, or one of their own, whose paths then start where those of all the others do.
    pub(super) fn find_sources(&mut self, roots: &[String]) {
        let units = &self.units;
        let text =
            |text: Option<Slice<'a>>| text.map(|t| t.to_string_lossy().into_owned()).unwrap_or_default();
        let owner = |unit: &'_ Unit<'a>| unit.skeleton.filter(|_| !unit.is_of_type());
        // Split units number files as their skeleton does, split units of types as the table beside them.
        let table = |index: usize| match owner(&units[index]) {
            Some(skeleton) if units[skeleton as usize].core.line_program.is_some() => skeleton as usize,
            _ => index,
        };
        let place = |index: usize| {
            let unit = &units[index];
            let section = self.files[unit.file as usize].dwarf.debug_line.reader();
            let offset = unit.core.line_program.as_ref()?.header().offset();
            Some((section.slice().as_ptr().addr(), offset.0))
        };
        let read = |index: usize, root: &Root| {
            let unit = &units[index];
            source_files(&self.files[unit.file as usize], &unit.core, root, &self.sources)
        };
        let mut found: Vec<Option<(Arc<[SourceId]>, Root)>> = (0..units.len())
            .into_par_iter()
            .map(|index| {
                let unit = &units[index];
                let name = unit.core.name.filter(|_| !unit.is_skeleton)?;
                let root = Root::new(roots, &text(unit.core.comp_dir), &text(Some(name)));
                Some((read(table(index), &root), root))
            })
            .collect();
        let shared = Root::of_all(roots, found.iter().flatten().map(|(_, root)| root));
        let producer = self.common_producer();
        let mut known: HashMap<(usize, usize), Named> = HashMap::default();
        for (index, found) in found.iter().enumerate() {
            if let (Some((sources, _)), Some(place)) = (found, place(table(index))) {
                let producer = &units[index].producer;
                known.entry(place).or_insert_with(|| (Arc::clone(sources), Arc::clone(producer)));
            }
        }
        let mut sources: Vec<Named> = Vec::with_capacity(units.len());
        for (index, found) in found.iter_mut().enumerate() {
            let unit = &units[index];
            sources.push(match (found.take(), place(index)) {
                (Some((sources, _)), _) => (sources, Arc::clone(&unit.producer)),
                (None, Some(place)) if !unit.is_skeleton => {
                    let read = || (read(index, &shared), Arc::clone(&producer));
                    known.entry(place).or_insert_with(read).clone()
                }
                _ => (Arc::default(), Arc::clone(&producer)),
            });
        }
        for (unit, (sources, producer)) in self.units.iter_mut().zip(sources) {
            unit.sources = sources;
            if unit.producer.is_empty() {
                unit.producer = producer;
            }
            unit.core.line_program = None;
        }
        self.find_languages();
        self.rank_units();
    }

    /// Units that others share do not say what they are written in: where all others agree, it is that.
    fn find_languages(&mut self) {
        let has = |language: Language| self.units.iter().any(|unit| unit.language == language);
        let shared = if has(Language::C) && !has(Language::Cxx) { Language::C } else { Language::Cxx };
        for unit in self.units.iter_mut().filter(|unit| unit.language == Language::Unknown) {
            unit.language = shared;
        }
    }

    fn rank_units(&mut self) {
        let count = self.units.len() as u32;
        let mut in_c: Vec<(String, u32)> = (0..count)
            .filter(|unit| self.units[*unit as usize].language == Language::C)
            .map(|unit| (self.unit_name(unit), unit))
            .collect();
        in_c.sort_unstable();
        self.ranks = (0..count).collect();
        for (rank, (_, unit)) in (count..).zip(in_c) {
            self.ranks[unit as usize] = rank;
        }
    }

    /// Order among units that say something of one thing: units of C come last and by name, so that the order in which
    /// they were linked does not matter. Those of C++ all say the same of a name.
    pub(super) fn rank(&self, unit: u32) -> u32 {
        self.ranks.get(unit as usize).copied().unwrap_or(unit)
    }

    /// Whether a unit has code at one of these addresses. A split unit's skeleton says it.
    pub(super) fn covers<T>(&self, unit: u32, addresses: &BTreeMap<u64, T>) -> bool {
        let Some(own) = self.units.get(unit as usize).filter(|unit| !unit.is_skeleton && !unit.is_of_type())
        else {
            return false;
        };
        let Some(unit) = self.units.get(own.skeleton.unwrap_or(unit) as usize) else { return false };
        let Some(file) = self.files.get(unit.file as usize) else { return false };
        let Ok(mut ranges) = file.dwarf.unit_ranges(&unit.core) else { return false };
        while let Ok(Some(range)) = ranges.next() {
            if range.begin < range.end && addresses.range(range.begin..range.end).next().is_some() {
                return true;
            }
        }
        false
    }

    /// Where the code of a function starts. One in several pieces starts with the first (DWARF 5, section 2.17.3), and
    /// Clang says so of all functions of a split unit but the first.
    pub(super) fn low_pc(&self, die: &super::entry::Die<'a>) -> Option<u64> {
        let unit = self.units.get(die.at.unit as usize)?;
        let Some(value) = die.raw_value(gimli::DW_AT_low_pc) else {
            return self.first_range(die).map(|range| range.begin);
        };
        self.files.get(unit.file as usize)?.dwarf.attr_address(&unit.core, value).ok()?
    }

    /// The first of the pieces that a function is in.
    fn first_range(&self, die: &super::entry::Die<'a>) -> Option<gimli::Range> {
        let unit = self.units.get(die.at.unit as usize)?;
        let dwarf = &self.files.get(unit.file as usize)?.dwarf;
        let value = die.raw_value(gimli::DW_AT_ranges)?;
        let offset = dwarf.attr_ranges_offset(&unit.core, value).ok()??;
        dwarf.ranges(&unit.core, offset).ok()?.next().ok()?
    }

    /// Bytes of code of a function, or of its first piece.
    pub(super) fn code_size(&self, die: &super::entry::Die<'a>) -> Option<u64> {
        let unit = self.units.get(die.at.unit as usize)?;
        let Some(value) = die.raw_value(gimli::DW_AT_high_pc) else {
            return self.first_range(die).and_then(|range| range.end.checked_sub(range.begin));
        };
        match self.files.get(unit.file as usize)?.dwarf.attr_address(&unit.core, value).ok()? {
            Some(end) => end.checked_sub(self.low_pc(die)?),
            None => die.unsigned(gimli::DW_AT_high_pc),
        }
    }

    /// What the unit was compiled from, as it says it.
    pub(super) fn unit_name(&self, unit: u32) -> String {
        let name = self.units.get(unit as usize).and_then(|unit| unit.core.name);
        name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    /// The entry of the whole unit.
    pub(super) fn root(&self, unit: u32) -> Option<super::entry::Die<'a>> {
        let offset = self.units.get(unit as usize)?.core.header.size_of_header();
        self.die(DieRef { unit, offset: offset as u32 })
    }

    /// The producer of units that do not say it, where all others agree in what matters: GCC or not.
    fn common_producer(&self) -> Arc<str> {
        let mut said = self.units.iter().map(|unit| &unit.producer).filter(|producer| !producer.is_empty());
        if !said.clone().all(|producer| producer.starts_with("GNU ")) {
            return Arc::default();
        }
        let cxx = said.clone().find(|producer| producer.starts_with("GNU C++"));
        cxx.or_else(|| said.next()).map(Arc::clone).unwrap_or_default()
    }

    /// Options that change the ABI with the number of units that have them, and how many units say their options at all.
    ///
    /// What is not written in C or C++ has options of its own.
    pub(super) fn abi_options(&self) -> (Vec<AbiOption>, u32) {
        let mut units: BTreeMap<String, u32> = BTreeMap::new();
        let mut with_options = 0;
        let mut known: HashMap<&str, Vec<String>> = HashMap::default();
        for producer in self.producers_of_code().filter(|producer| has_options(producer)) {
            with_options += 1;
            for option in known.entry(producer).or_insert_with(|| abi::abi_options(producer)) {
                *units.entry(option.clone()).or_default() += 1;
            }
        }
        let options = units.into_iter().map(|(option, units)| AbiOption { option: option.into(), units });
        (options.collect(), with_options)
    }

    /// What vector registers of x86 the units may use.
    pub(super) fn vector_units(&self) -> VectorUnits {
        let mut units = VectorUnits::default();
        for producer in self.producers_of_code() {
            let count = match abi::vector_bits(producer) {
                _ if !has_options(producer) => &mut units.unknown,
                128 => &mut units.bits_128,
                256 => &mut units.bits_256,
                _ => &mut units.bits_512,
            };
            *count += 1;
        }
        units
    }

    /// Producers of the units that are written in C or C++.
    fn producers_of_code(&self) -> impl Iterator<Item = &str> {
        let units = self.units.iter().filter(|unit| !unit.is_skeleton && !unit.is_of_type());
        // Partial units have no producer of their own. The linker's optimizer repeats it in each of its units.
        let units = units.filter(|unit| unit.core.name.is_some() && unit.language.is_c_family());
        units.map(|unit| &*unit.producer)
    }

    /// What is said of units that leave types out.
    pub(super) fn terse(&self) -> Option<String> {
        let terse = self.units.iter().filter(|unit| unit.is_terse).count();
        let all = self.units.iter().filter(|unit| !unit.is_skeleton && unit.core.name.is_some()).count();
        let units = if all == 1 { "unit" } else { "units" };
        (terse > 0).then(|| format!("{terse} of {all} {units} compiled with -g1, which leaves out all types"))
    }

    /// Skeletons whose split units have to be found.
    pub(super) fn skeletons(&self) -> Vec<Skeleton> {
        let skeleton = |(index, unit): (usize, &Unit<'a>)| {
            let id = unit.core.dwo_id?;
            let dwarf = &self.files[unit.file as usize].dwarf;
            let name = unit.core.dwo_name().ok().flatten()?;
            let name = dwarf.attr_string(&unit.core, name).ok()?;
            let folder = unit.core.comp_dir.map(|dir| dir.to_string_lossy().into_owned());
            Some(Skeleton {
                unit: index as u32,
                id,
                name: name.to_string_lossy().into_owned(),
                folder: folder.unwrap_or_default(),
            })
        };
        self.units.iter().enumerate().filter_map(skeleton).collect()
    }

    /// What a reference of a unit's entry stands for; None where nothing is there.
    pub(super) fn follow(&self, unit: u32, value: &Value<'a>) -> Option<DieRef> {
        let file = self.units.get(unit as usize)?.file;
        match value {
            AttributeValue::UnitRef(offset) => Some(DieRef { unit, offset: offset.0 as u32 }),
            AttributeValue::DebugInfoRef(offset) => self.in_file(file, offset.0),
            AttributeValue::DebugInfoRefSup(offset) => {
                self.in_file(self.files[file as usize].supplementary?, offset.0)
            }
            AttributeValue::DebugTypesRef(signature) => self.signatures.get(&signature.0).copied(),
            _ => None,
        }
    }

    fn in_file(&self, file: u32, offset: usize) -> Option<DieRef> {
        let info = &self.files[file as usize].info;
        let at = info.partition_point(|(start, _)| *start <= offset).checked_sub(1)?;
        let (start, unit) = info[at];
        Some(DieRef { unit, offset: u32::try_from(offset - start).ok()? })
    }

    /// The text of a string attribute.
    pub(super) fn string(&self, unit: u32, value: Value<'a>) -> Option<Slice<'a>> {
        let unit = &self.units[unit as usize];
        self.files[unit.file as usize].dwarf.attr_string(&unit.core, value).ok()
    }

    /// The section that most strings of a unit are in.
    pub(super) fn strings(&self, unit: u32) -> &[u8] {
        let file = &self.files[self.units[unit as usize].file as usize];
        file.dwarf.debug_str.reader().slice()
    }

    /// An address that stands for the content of a string attribute, without looking at it.
    pub(super) fn string_key(&self, unit: u32, value: &Value<'a>) -> Option<usize> {
        let unit = &self.units[unit as usize];
        let file = &self.files[unit.file as usize];
        let base = |section: &Slice<'a>| section.slice().as_ptr().addr();
        match value {
            AttributeValue::DebugStrRef(offset) => Some(base(file.dwarf.debug_str.reader()) + offset.0),
            AttributeValue::DebugStrRefSup(offset) => {
                let other = &self.files[file.supplementary? as usize];
                Some(base(other.dwarf.debug_str.reader()) + offset.0)
            }
            AttributeValue::DebugLineStrRef(offset) => {
                Some(base(file.dwarf.debug_line_str.reader()) + offset.0)
            }
            AttributeValue::DebugStrOffsetsIndex(index) => {
                let offset = file.dwarf.string_offset(&unit.core, *index).ok()?;
                Some(base(file.dwarf.debug_str.reader()) + offset.0)
            }
            AttributeValue::String(text) => Some(text.slice().as_ptr().addr()),
            _ => None,
        }
    }

    /// The source file of a `DW_AT_decl_file`.
    pub(super) fn source(&self, unit: u32, file: u64) -> Option<SourceId> {
        let unit = &self.units[unit as usize];
        let index = if unit.core.header.version() >= 5 { file } else { file.checked_sub(1)? };
        unit.sources.get(usize::try_from(index).ok()?).copied()
    }
}

/// What a unit is written in, as far as it matters whose types are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// C and what derives from it without C++: each unit has types of its own.
    C,
    /// C++ and its like: a name is one type.
    Cxx,
    /// Anything else: Fortran, Rust, Go, assembler.
    Other,
    /// The unit does not say: it is shared by others.
    Unknown,
}

impl Language {
    fn of(language: gimli::DwLang) -> Language {
        match language {
            gimli::DW_LANG_C89
            | gimli::DW_LANG_C
            | gimli::DW_LANG_C99
            | gimli::DW_LANG_C11
            | gimli::DW_LANG_C17
            | gimli::DW_LANG_ObjC
            | gimli::DW_LANG_OpenCL
            | gimli::DW_LANG_UPC => Language::C,
            gimli::DW_LANG_C_plus_plus
            | gimli::DW_LANG_C_plus_plus_03
            | gimli::DW_LANG_C_plus_plus_11
            | gimli::DW_LANG_C_plus_plus_14
            | gimli::DW_LANG_C_plus_plus_17
            | gimli::DW_LANG_C_plus_plus_20
            | gimli::DW_LANG_ObjC_plus_plus => Language::Cxx,
            // Numbered since DWARF 5: C23; HIP, OpenCL C++, SYCL, C++23, Metal.
            gimli::DwLang(0x3e) => Language::C,
            gimli::DwLang(0x30 | 0x37..=0x3a | 0x3d) => Language::Cxx,
            _ => Language::Other,
        }
    }

    pub(super) fn is_c_family(self) -> bool {
        matches!(self, Language::C | Language::Cxx)
    }
}

fn load<'a>(
    file: &File<'a>,
    number: u32,
    header: gimli::UnitHeader<Slice<'a>>,
    skeleton: Option<(u32, &Unit<'a>)>,
) -> gimli::Result<Unit<'a>> {
    let mut core = gimli::Unit::new(&file.dwarf, header)?;
    let (producer, language) = {
        let mut entries = core.entries();
        entries.next_entry()?;
        let root = entries.current().ok_or(gimli::Error::MissingUnitDie)?;
        let producer = root.attr_value(gimli::DW_AT_producer);
        let language = match root.attr_value(gimli::DW_AT_language) {
            Some(AttributeValue::Language(language)) => Some(language),
            _ => None,
        };
        (producer.and_then(|value| file.dwarf.attr_string(&core, value).ok()), language)
    };
    if let Some((_, skeleton)) = skeleton {
        core.copy_relocated_attributes(&skeleton.core);
        core.comp_dir = core.comp_dir.or(skeleton.core.comp_dir);
        core.name = core.name.or(skeleton.core.name);
    }
    let is_split = file.dwarf.file_type == gimli::DwarfFileType::Dwo;
    let is_skeleton = core.dwo_id.is_some() && !is_split && is_split_skeleton(&core);
    if core.line_program.is_none() && is_split {
        // A split unit has no offset of its own: the only table in its file is the one.
        let start = gimli::DebugLineOffset(0);
        let program =
            file.dwarf.debug_line.program(start, core.header.address_size(), core.comp_dir, core.name);
        core.line_program = program.ok();
    }
    let producer: Arc<str> = producer.map(|text| text.to_string_lossy().into()).unwrap_or_default();
    Ok(Unit {
        file: number,
        is_terse: is_terse(&producer),
        producer,
        language: language.map_or(Language::Unknown, Language::of),
        sources: Arc::default(),
        skeleton: skeleton.map(|(number, _)| number),
        is_skeleton,
        core,
    })
}

/// Whether GCC was asked for no more than backtraces need. Clang then describes no functions at all.
fn is_terse(producer: &str) -> bool {
    let options = producer.split(' ').filter_map(|option| option.strip_prefix("-g"));
    let level = options.fold(None, |level: Option<u8>, option| {
        // A format alone asks for what is usual, unless a level was asked for.
        let format = option.starts_with("dwarf") || option.starts_with("split-dwarf");
        match option.trim_start_matches("gdb").as_bytes() {
            [] => Some(level.unwrap_or(0).max(2)),
            [digit @ b'0'..=b'3'] => Some(digit - b'0'),
            _ if format => level.or(Some(2)),
            _ => level,
        }
    });
    producer.starts_with("GNU ") && level == Some(1)
}

/// Skeletons of DWARF 5 say so; those of the GNU extension are units with a file name of the rest.
fn is_split_skeleton(core: &gimli::Unit<Slice<'_>>) -> bool {
    matches!(core.header.type_(), gimli::UnitType::Skeleton(_)) || matches!(core.dwo_name(), Ok(Some(_)))
}

fn source_files<'a>(
    file: &File<'a>,
    core: &gimli::Unit<Slice<'a>>,
    root: &Root,
    sources: &Sources,
) -> Arc<[SourceId]> {
    let text = |value: Value<'a>| {
        let text = file.dwarf.attr_string(core, value).ok();
        text.map(|text| text.to_string_lossy().into_owned()).unwrap_or_default()
    };
    let Some(program) = &core.line_program else { return Arc::default() };
    let header = program.header();
    let folders: Vec<String> = header.include_directories().iter().map(|folder| text(*folder)).collect();
    let first = if header.version() >= 5 { 0 } else { 1 };
    header
        .file_names()
        .iter()
        .map(|entry| {
            let folder = entry
                .directory_index()
                .checked_sub(first)
                .and_then(|at| folders.get(usize::try_from(at).ok()?));
            sources.intern(root.relative(folder.map_or("", String::as_str), &text(entry.path_name())))
        })
        .collect()
}

/// Whether a compiler recorded its command line.
fn has_options(producer: &str) -> bool {
    producer.contains(" -")
}

/// Abbreviations that a unit's entries are read with.
pub(super) fn abbreviations<'u>(unit: &'u Unit<'_>) -> &'u Arc<gimli::Abbreviations> {
    &unit.core.abbreviations
}

#[cfg(test)]
mod tests {
    use super::is_terse;

    #[test]
    fn levels_of_debug_info() {
        for terse in ["-g1", "-g -g1", "-ggdb1", "-g1 -gdwarf-5", "-g3 -g1 -gno-strict-dwarf"] {
            assert!(is_terse(&format!("GNU C17 12.2.0 -mtune=generic {terse} -O2")), "{terse}");
        }
        for whole in ["-g", "-g1 -g", "-g1 -ggdb3", "-gdwarf-5", "-gdwarf-1", "", "-g1 -g0 -g2"] {
            assert!(!is_terse(&format!("GNU C17 12.2.0 {whole} -O2")), "{whole}");
        }
        assert!(!is_terse("clang version 14 -g1"));
    }
}
