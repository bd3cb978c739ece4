//! The table. One row per rule, in the order of the reference: evidence, library, symbols, vtables, types.

use super::{Entry, Evidence, Family, Severity};

/// Declares [`Rule`] and [`CATALOGUE`] from one list, so that neither can lack what the other has.
macro_rules! catalogue {
    ($($rule:ident = $id:literal, $family:ident, $severity:ident, $evidence:ident,
        title: $title:literal,
        trigger: $trigger:literal,
        effect: $effect:literal,
        remedy: $remedy:literal;)*) => {
        /// A rule of the catalogue.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Rule {
            $(#[doc = $title] $rule,)*
        }

        impl Rule {
            /// The stable id.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Rule::$rule => $id,)*
                }
            }
        }

        /// Every rule, indexed by `Rule as usize`.
        pub static CATALOGUE: &[Entry] = &[
            $(Entry {
                rule: Rule::$rule,
                family: Family::$family,
                severity: Severity::$severity,
                evidence: Evidence::$evidence,
                title: $title,
                trigger: $trigger,
                effect: $effect,
                remedy: $remedy,
                since: "0.1.0",
            },)*
        ];
    };
}

catalogue! {
    EvidenceLost = "evidence-lost", Evidence, CannotCertify, Rtti,
        title: "evidence was lost",
        trigger: "The baseline knew the vtable or typeinfo of an entity that the new release still exports but no longer describes, for example because it was stripped.",
        effect: "Unknown: a break in what is no longer described would not be seen.",
        remedy: "Build the new release with the same information as the baseline (keep .symtab, do not strip before dumping), or make a new baseline deliberately.";
    ProducerChanged = "producer-changed", Evidence, Compatible, Header,
        title: "compiler or linker changed",
        trigger: "The producers recorded in .comment differ.",
        effect: "None by itself; it explains other findings, such as inline functions that are emitted or not.",
        remedy: "Nothing. To keep noise out of a comparison, build both releases with one toolchain.";
    ReleaseSuspect = "release-suspect", Evidence, Risky, Header,
        title: "the new release is the old one",
        trigger: "Every library of the new release is the old one, fact for fact and by build-id.",
        effect: "None; but the comparison says nothing about the change that was meant to be checked.",
        remedy: "Check that the build produced new files, and that the right folder is compared.";
    LibraryRemoved = "library-removed", Library, Breaking, Header,
        title: "library removed",
        trigger: "The release no longer has the shared object.",
        effect: "Programs that list it in DT_NEEDED do not start.",
        remedy: "Keep a library of that name that depends on its successor (a stub with the same SONAME).";
    LibraryAdded = "library-added", Library, Compatible, Header,
        title: "library added",
        trigger: "The release has a shared object that the old one did not.",
        effect: "None.",
        remedy: "Nothing.";
    SonameChanged = "soname-changed", Library, Breaking, Header,
        title: "SONAME changed",
        trigger: "DT_SONAME differs.",
        effect: "Programs ask the loader for the old name and do not start unless it is still installed.",
        remedy: "Keep the SONAME while the ABI is compatible; change it deliberately with a new major version.";
    MachineChanged = "machine-changed", Library, Breaking, Header,
        title: "compiled for another machine",
        trigger: "Architecture, word size, byte order or calling ABI in the ELF header differs.",
        effect: "The loader refuses the library.",
        remedy: "Compare builds for the same platform.";
    StdlibChanged = "stdlib-changed", Library, Breaking, Dynsym,
        title: "other C++ standard library",
        trigger: "Names moved from libstdc++ to libc++ or back.",
        effect: "Every function that takes or returns a standard type has another name and another layout.",
        remedy: "Build the release with the same standard library as before, or publish both variants.";
    Cxx11AbiChanged = "cxx11-abi-changed", Library, Breaking, Dynsym,
        title: "libstdc++ dual ABI flipped",
        trigger: "Names of the old std::string ABI became names of the new one (std::__cxx11, [abi:cxx11]) or back.",
        effect: "Every function that mentions std::string or std::list has another name: programs do not link or load.",
        remedy: "Rebuild consumers with the same _GLIBCXX_USE_CXX11_ABI as the library, or publish both variants.";
    NeededAdded = "needed-added", Library, Risky, Header,
        title: "new run-time dependency",
        trigger: "DT_NEEDED names a library that is not in the release and was not needed before.",
        effect: "The library does not load where the dependency is not installed.",
        remedy: "Link it statically, load it on demand, or ship it with the release.";
    NeededRemoved = "needed-removed", Library, Risky, Header,
        title: "run-time dependency dropped",
        trigger: "DT_NEEDED no longer names a library.",
        effect: "Programs that used its symbols without naming it themselves no longer find them.",
        remedy: "Tell consumers to link what they use.";
    PlatformFloorRaised = "platform-floor-raised", Library, Risky, Dynsym,
        title: "needs a newer platform",
        trigger: "The highest GLIBC_, GLIBCXX_, CXXABI_, GCC_ or GOMP_ version needed from the system rises.",
        effect: "The library does not load on older distributions.",
        remedy: "Build on the oldest platform that is supported, such as the image of the manylinux tag.";
    IsaFloorRaised = "isa-floor-raised", Library, Breaking, Header,
        title: "needs a newer processor",
        trigger: "The GNU property for the x86 ISA level rises.",
        effect: "The loader refuses the library on older processors.",
        remedy: "Keep the baseline level and dispatch at run time (ifunc, function multiversioning).";
    VersionNodeRemoved = "version-node-removed", Library, Breaking, Dynsym,
        title: "symbol version removed",
        trigger: "A symbol version that the library defined is gone.",
        effect: "Programs that need the version do not start, whichever symbols they use.",
        remedy: "Keep the version node, even without symbols.";
    StaticTlsRequired = "static-tls-required", Library, Risky, Header,
        title: "static TLS required",
        trigger: "DF_STATIC_TLS is newly set.",
        effect: "dlopen fails when the reserve of static TLS is used up, as from Python.",
        remedy: "Compile without -ftls-model=initial-exec.";
    ExecutableStackRequired = "executable-stack-required", Library, Breaking, Header,
        title: "executable stack required",
        trigger: "PT_GNU_STACK became executable.",
        effect: "Current C libraries refuse to dlopen it, and hardened systems refuse to start.",
        remedy: "Add .note.GNU-stack to assembly files, or link with -z noexecstack.";
    TextRelocationsAdded = "text-relocations-added", Library, Risky, Header,
        title: "relocations in code",
        trigger: "DT_TEXTREL is newly set.",
        effect: "The library does not load under SELinux and other hardened systems, and its code is not shared.",
        remedy: "Compile every object with -fPIC.";
    HardeningLost = "hardening-lost", Library, Risky, Header,
        title: "hardening lost",
        trigger: "RELRO, BIND_NOW, IBT, SHSTK, BTI or PAC was there and is not.",
        effect: "Processes that demand the property, or audits, fail; one library without IBT or SHSTK turns it off for the process.",
        remedy: "Restore the linker and compiler flags.";
    SearchPathChanged = "search-path-changed", Library, Risky, Header,
        title: "library search path changed",
        trigger: "DT_RPATH or DT_RUNPATH differs.",
        effect: "Dependencies may be found elsewhere or not at all.",
        remedy: "Keep the path, or check that every dependency is still found.";
    UnresolvedSymbol = "unresolved-symbol", Library, Breaking, Dynsym,
        title: "a symbol it needs has no definition",
        trigger: "The new release imports a symbol that the old release resolved and no library that it needs can define.",
        effect: "The library does not load, or fails at the first call.",
        remedy: "Link the library that defines the symbol.";
    UnresolvedLibrary = "unresolved-library", Library, Breaking, Header,
        title: "a library it needs is missing",
        trigger: "DT_NEEDED names a library that the old release carried and the new one neither carries nor gets from the system.",
        effect: "The library does not load.",
        remedy: "Ship the library or drop the dependency.";
    UnresolvedVersion = "unresolved-version", Library, Breaking, Dynsym,
        title: "a version it needs is missing",
        trigger: "A symbol version is needed from a library of the release that does not define it.",
        effect: "The library does not load.",
        remedy: "Build all libraries of a release together.";
    OdrViolation = "odr-violation", Library, Risky, Rtti,
        title: "one class, two shapes",
        trigger: "Two libraries of the new release carry vtables of one class that differ in shape, or debug info has several definitions of one type in one library, and the old release had not.",
        effect: "Which one counts depends on the order of loading and linking: virtual calls may reach the wrong function, members the wrong place.",
        remedy: "Build all libraries of a release from the same headers and flags.";
    SymbolRemoved = "symbol-removed", Symbols, Breaking, Dynsym,
        title: "symbol removed",
        trigger: "An exported strong definition is gone from the whole release.",
        effect: "Programs that use it do not start, or fail at the first call.",
        remedy: "Keep the old function as a forwarder, or deprecate it for a release first.";
    SymbolsRenamedTogether = "symbols-renamed-together", Symbols, Breaking, Dynsym,
        title: "symbols renamed in one way",
        trigger: "Many symbols changed name in one systematic way: a namespace, an alias, an ABI tag, an inline namespace.",
        effect: "Programs that use any of them do not start.",
        remedy: "Keep the old spelling reachable (an alias keeps source compatible, not binaries), or do it in a major version.";
    LeakedSymbolRemoved = "leaked-symbol-removed", Symbols, Compatible, Dynsym,
        title: "a third party's symbol is no longer exported",
        trigger: "Symbols of a bundled third-party project are gone from the exports.",
        effect: "None for programs that bring that project themselves, as they should.",
        remedy: "Nothing: hiding them is right.";
    SymbolMoved = "symbol-moved", Symbols, Compatible, Dynsym,
        title: "symbol moved to another library",
        trigger: "Gone here, exported by another library of the release that this one needs.",
        effect: "None: the loader finds it there.",
        remedy: "Nothing.";
    SymbolOrphaned = "symbol-orphaned", Symbols, Breaking, Dynsym,
        title: "symbol moved out of reach",
        trigger: "Gone here, exported by a library of the release that this one does not need.",
        effect: "Programs that link only the old library do not find it.",
        remedy: "Let the old library need the new one.";
    WeakSymbolRemoved = "weak-symbol-removed", Symbols, Risky, Dynsym,
        title: "inline function no longer emitted",
        trigger: "A weak definition (inline function, implicit instantiation, vtable of a class without key function) is gone.",
        effect: "Programs normally carry their own copy; one that did not emit it does not start.",
        remedy: "Nothing as a rule. If it is a promise, instantiate it explicitly.";
    InstantiationRemoved = "instantiation-removed", Symbols, Breaking, Dynsym,
        title: "explicit instantiation removed",
        trigger: "A strong definition of a template specialization is gone.",
        effect: "Programs that saw extern template or the specialization's declaration do not link or start.",
        remedy: "Keep the explicit instantiation.";
    SymbolAdded = "symbol-added", Symbols, Compatible, Dynsym,
        title: "symbols added",
        trigger: "The release exports symbols that the old one did not.",
        effect: "None.",
        remedy: "Nothing.";
    SignatureChanged = "signature-changed", Symbols, Breaking, Dynsym,
        title: "signature changed",
        trigger: "One function is gone and one of the same qualified name was added: a parameter, cv- or ref-qualifier or return type changed.",
        effect: "Programs ask for the old name and do not start.",
        remedy: "Add the new function as an overload and keep the old one as a forwarder.";
    SymbolRenamed = "symbol-renamed", Symbols, Breaking, Dynsym,
        title: "symbol renamed",
        trigger: "One function is gone and one with the same scope and parameters and a similar name was added.",
        effect: "Programs ask for the old name and do not start.",
        remedy: "Keep the old name as a forwarder.";
    DefaultArgumentAbsorbed = "default-argument-absorbed", Symbols, Breaking, Dynsym,
        title: "overload folded into another",
        trigger: "An overload is gone, and another that starts with the same parameters is still there: source calls reach it by a default argument, binaries do not.",
        effect: "Programs ask for the old overload and do not start.",
        remedy: "Keep the shorter overload as a forwarder.";
    SymbolVersionChanged = "symbol-version-changed", Symbols, Breaking, Dynsym,
        title: "symbol version changed",
        trigger: "The symbol is there under other versions only.",
        effect: "Programs ask for the old version and do not start.",
        remedy: "Keep the old version with .symver.";
    DefaultVersionChanged = "default-version-changed", Symbols, Risky, Dynsym,
        title: "default version changed",
        trigger: "The old version is still there, but new links bind to another one.",
        effect: "None for old binaries; programs linked now need the new release.",
        remedy: "Nothing, if that was the intent.";
    SymbolKindChanged = "symbol-kind-changed", Symbols, Breaking, Dynsym,
        title: "symbol is of another kind",
        trigger: "Function, object, thread-local or ifunc changed into another.",
        effect: "Programs treat code as data or the other way round and crash.",
        remedy: "Give the new entity a new name.";
    SymbolWeakened = "symbol-weakened", Symbols, Risky, Dynsym,
        title: "strong symbol became weak",
        trigger: "Binding global became weak.",
        effect: "None for loading; static links and interposition may pick another definition.",
        remedy: "Nothing, unless the definition was meant to win.";
    SymbolStrengthened = "symbol-strengthened", Symbols, Risky, Dynsym,
        title: "weak symbol became strong",
        trigger: "Binding weak became global.",
        effect: "None for loading; a program that defines it too may clash in static links.",
        remedy: "Nothing, unless others were meant to override it.";
    SymbolBecameUnique = "symbol-became-unique", Symbols, Risky, Dynsym,
        title: "symbol became unique",
        trigger: "Binding became GNU_UNIQUE.",
        effect: "The library can no longer be unloaded, and one definition serves the whole process.",
        remedy: "Compile with -fno-gnu-unique where unloading matters.";
    SymbolVisibilityChanged = "symbol-visibility-changed", Symbols, Risky, Dynsym,
        title: "symbol visibility changed",
        trigger: "Default became protected, or back.",
        effect: "Interposition stops or starts; copy relocations and address comparisons in programs may go wrong.",
        remedy: "Keep the visibility of data and of functions whose address is compared.";
    ObjectSizeChanged = "object-size-changed", Symbols, Breaking, Dynsym,
        title: "exported data changed size",
        trigger: "The size of an exported object differs.",
        effect: "Programs with a copy relocation reserve the old size: the rest is cut off or overwritten.",
        remedy: "Export a function that returns a pointer, or add a new object.";
    AliasSplit = "alias-split", Symbols, Risky, Dynsym,
        title: "aliases no longer share an address",
        trigger: "Two names shared an address and no longer do.",
        effect: "Programs that use both names see two functions or two objects.",
        remedy: "Keep the alias.";
    VariableBecameConst = "variable-became-const", Symbols, Breaking, Dynsym,
        title: "variable became read-only",
        trigger: "Exported data moved from a writable section to a read-only one.",
        effect: "Programs that write to it crash.",
        remedy: "Keep it writable, or give the constant a new name.";
    ReturnTypeChanged = "return-type-changed", Symbols, Breaking, Dwarf,
        title: "return type changed",
        trigger: "A function that both releases export and describe returns another type. The linkage name of a function that is no template does not say what it returns.",
        effect: "Callers read the result from the wrong register or memory, or take it for what it is not.",
        remedy: "Add a function under a new name and keep the old one.";
    ParameterTypeChanged = "parameter-type-changed", Symbols, Breaking, Dwarf,
        title: "parameter type changed",
        trigger: "A function with C linkage takes other parameters: its name does not say which.",
        effect: "Callers pass what the function takes for something else: wrong values, or a crash.",
        remedy: "Add a function under a new name and keep the old one.";
    VariadicChanged = "variadic-changed", Symbols, Breaking, Dwarf,
        title: "variable arguments added or removed",
        trigger: "A function with C linkage takes `...` now, or no longer.",
        effect: "On some platforms variable arguments are passed in other places: the function reads what nobody wrote.",
        remedy: "Add a function under a new name and keep the old one.";
    CallingConventionChanged = "calling-convention-changed", Symbols, Breaking, Dwarf,
        title: "calling convention changed",
        trigger: "The convention that debug info records differs, or a member function became static or no longer is, which its linkage name does not say.",
        effect: "Callers pass arguments, or `this`, where the function does not look for them.",
        remedy: "Add a function under a new name and keep the old one.";
    FunctionBecameNoreturn = "function-became-noreturn", Symbols, Risky, Dwarf,
        title: "function no longer returns",
        trigger: "A function is declared noreturn now.",
        effect: "Code behind the call, which old programs rely on, does not run.",
        remedy: "Keep returning, or give the function that ends the program a new name.";
    VariableTypeChanged = "variable-type-changed", Symbols, Breaking, Dwarf,
        title: "variable type changed",
        trigger: "Exported data has a type of another representation.",
        effect: "Programs read and write it as what it was.",
        remedy: "Add a variable under a new name, or hide data behind functions.";
    ThreadLocalChanged = "thread-local-changed", Symbols, Breaking, Dwarf,
        title: "variable became thread-local, or no longer is",
        trigger: "Exported data moved to thread-local storage or out of it.",
        effect: "Programs address it in the other way: the loader refuses them, or they reach other memory.",
        remedy: "Add a variable under a new name, or hide data behind functions.";
    AccessChanged = "access-changed", Symbols, Source, Dwarf,
        title: "member function less accessible",
        trigger: "A public member function is protected or private now, or a protected one private.",
        effect: "None for programs that are built; their sources no longer compile.",
        remedy: "Keep the function public and deprecate it first.";
    VirtualInserted = "virtual-inserted", Vtables, Breaking, Rtti,
        title: "virtual function inserted",
        trigger: "A slot was added before the end of a vtable.",
        effect: "Calls through later slots reach the wrong function.",
        remedy: "Add virtual functions at the end, or in a derived interface.";
    VirtualReordered = "virtual-reordered", Vtables, Breaking, Rtti,
        title: "virtual functions reordered",
        trigger: "The same slots stand in another order.",
        effect: "Calls reach the wrong function.",
        remedy: "Keep the order of declaration.";
    VirtualRemoved = "virtual-removed", Vtables, Breaking, Rtti,
        title: "virtual function removed",
        trigger: "A slot is gone.",
        effect: "Calls through this and later slots reach the wrong function or run off the table.",
        remedy: "Keep the slot, even if it only reports an error.";
    VirtualAppended = "virtual-appended", Vtables, Breaking, Rtti,
        title: "virtual function appended",
        trigger: "A slot was added after the last old one.",
        effect: "Classes that programs derive, and vtables that programs emit, lack it: calls run off the table.",
        remedy: "Safe only when nobody outside derives; else use a new interface class.";
    PureVirtualAdded = "pure-virtual-added", Vtables, Breaking, Rtti,
        title: "pure virtual function added",
        trigger: "A slot was added and is pure virtual.",
        effect: "Implementations in programs lack it: calls run off their table or abort.",
        remedy: "Give it a default implementation, or use a new interface class.";
    VirtualBecamePure = "virtual-became-pure", Vtables, Breaking, Rtti,
        title: "virtual function became pure",
        trigger: "A slot with a function is pure virtual now.",
        effect: "Programs that relied on the implementation abort with a pure virtual call or lack its symbol.",
        remedy: "Keep the implementation.";
    PureBecameDefined = "pure-became-defined", Vtables, Compatible, Rtti,
        title: "pure virtual function got a definition",
        trigger: "A pure virtual slot has a function now.",
        effect: "None.",
        remedy: "Nothing.";
    OverrideAdded = "override-added", Vtables, Risky, Rtti,
        title: "override added",
        trigger: "A slot holds this class's own function where it held a base's.",
        effect: "Virtual calls reach it; programs that call the base's function directly (devirtualized or qualified) miss it.",
        remedy: "Nothing, if skipping it is harmless.";
    OverrideRemoved = "override-removed", Vtables, Risky, Rtti,
        title: "override removed",
        trigger: "A slot holds a base's function where it held this class's own.",
        effect: "Virtual calls reach the base's; programs that name the override do not find it.",
        remedy: "Keep a forwarding override.";
    VtableRemoved = "vtable-removed", Vtables, Breaking, Dynsym,
        title: "vtable no longer exported",
        trigger: "The class is still there and its strong vtable is not exported.",
        effect: "Programs that construct or derive from it inline do not start.",
        remedy: "Keep the class's visibility attribute and its key function.";
    TypeinfoRemoved = "typeinfo-removed", Vtables, Breaking, Dynsym,
        title: "typeinfo no longer exported",
        trigger: "The class is still there and its strong typeinfo is not exported.",
        effect: "Programs that derive, throw, catch or dynamic_cast do not start or no longer match.",
        remedy: "Keep the class's visibility attribute.";
    ClassBecamePolymorphic = "class-became-polymorphic", Vtables, Breaking, Dynsym,
        title: "class became polymorphic",
        trigger: "A class that had no vtable has one.",
        effect: "Every object grows a pointer at its start: members move.",
        remedy: "Put the virtual functions into a new class.";
    ClassLostPolymorphism = "class-lost-polymorphism", Vtables, Breaking, Dynsym,
        title: "class is no longer polymorphic",
        trigger: "A class that had a vtable and typeinfo has neither.",
        effect: "Members move, and virtual calls, dynamic_cast and typeid break.",
        remedy: "Keep one virtual function, such as the destructor.";
    VtableOffsetChanged = "vtable-offset-changed", Vtables, Breaking, Rtti,
        title: "vtable offset changed",
        trigger: "Offset-to-top, a vcall offset or a vbase offset differs.",
        effect: "Casts and virtual calls adjust this by the old amount.",
        remedy: "Keep the layout of bases.";
    SecondaryVtableChanged = "secondary-vtable-changed", Vtables, Breaking, Rtti,
        title: "secondary vtable changed",
        trigger: "The number of secondary virtual tables, or the slots of one, differ.",
        effect: "Calls through that base reach the wrong function.",
        remedy: "Keep the bases and their virtual functions.";
    ConstructionVtableChanged = "construction-vtable-changed", Vtables, Breaking, Rtti,
        title: "construction vtable changed",
        trigger: "A construction vtable or the VTT differs in shape.",
        effect: "Derived classes in programs construct with the old tables and call the wrong functions meanwhile.",
        remedy: "Keep virtual bases and their order.";
    ThunkChanged = "thunk-changed", Vtables, Breaking, Rtti,
        title: "this-adjustment changed",
        trigger: "A slot's thunk adjusts this by another amount.",
        effect: "Classes derived in programs carry the old thunk: functions run on a wrong this.",
        remedy: "Keep the layout of bases.";
    RttiBasesChanged = "rtti-bases-changed", Vtables, Breaking, Rtti,
        title: "base classes changed",
        trigger: "Kind, bases, offsets or flags in the typeinfo differ.",
        effect: "dynamic_cast and catch go wrong, and derived classes in programs have another layout.",
        remedy: "Keep the bases; add interfaces in a new class.";
    CovariantReturnChanged = "covariant-return-changed", Vtables, Breaking, Rtti,
        title: "covariant return changed",
        trigger: "A slot's return adjustment appeared, disappeared or differs.",
        effect: "Callers get a pointer that is off by the adjustment.",
        remedy: "Keep the return type of overrides.";
    FunctionBecameVirtual = "function-became-virtual", Vtables, Breaking, Rtti,
        title: "function became virtual",
        trigger: "An exported member function has a slot now and had none.",
        effect: "Old programs call it directly and miss overrides; the vtable's shape changes.",
        remedy: "Add a new virtual function instead.";
    FunctionBecameNonvirtual = "function-became-nonvirtual", Vtables, Breaking, Rtti,
        title: "function is no longer virtual",
        trigger: "An exported member function had a slot and has none.",
        effect: "Old programs call through a slot that is gone; overrides in programs are ignored.",
        remedy: "Keep it virtual.";
    TypeRemoved = "type-removed", Types, Source, Dwarf,
        title: "type removed",
        trigger: "Something that is still there was declared with the type, and no longer is.",
        effect: "None for programs that are built; sources that name the type no longer compile.",
        remedy: "Keep an alias of the old name for a release.";
    TypeBecameIncomplete = "type-became-incomplete", Types, Source, Dwarf,
        title: "type no longer defined",
        trigger: "The type was defined where its users see it and is only declared now.",
        effect: "None for programs that hold pointers; sources that create or look into objects no longer compile.",
        remedy: "Announce it: functions that do what programs did with the members have to be there first.";
    TypeKindChanged = "type-kind-changed", Types, Breaking, Dwarf,
        title: "another kind of type",
        trigger: "A class became a union, an enumeration or a typedef of something with another representation, or the other way round. `struct` and `class` are one kind.",
        effect: "Programs use the memory of objects in the old way.",
        remedy: "Give the new type a new name.";
    TypeSizeChanged = "type-size-changed", Types, Breaking, Dwarf,
        title: "size changed",
        trigger: "`sizeof` of the type differs. It follows from another finding wherever the declaration, or a type that is part of it, says why.",
        effect: "Programs set aside too little memory, step through arrays wrongly, and place members behind it elsewhere.",
        remedy: "Keep data behind a pointer to a class that only the library defines (pimpl), or keep reserved members to grow into.";
    TypeAlignmentChanged = "type-alignment-changed", Types, Breaking, Dwarf,
        title: "alignment changed",
        trigger: "`alignof` of the type differs.",
        effect: "Objects that programs create stand at addresses that the library's code may not use; members behind one move.",
        remedy: "Keep the alignment; ask for more where the memory is allocated.";
    PassingChanged = "passing-changed", Types, Breaking, Dwarf,
        title: "passed in another way",
        trigger: "The class was trivially copyable for the purposes of calls and is not, or the other way round: a copy constructor, move constructor or destructor was added or removed, here or in a part.",
        effect: "Functions that take or return it by value look for it in registers while callers pass an address, or the reverse.",
        remedy: "Keep special member functions defaulted, or take and return references.";
    BaseAdded = "base-added", Types, Breaking, Dwarf,
        title: "base class added",
        trigger: "The class has a base that it had not. An empty one that moves nothing is only worth knowing.",
        effect: "Members move; conversions that programs have compiled in give wrong addresses; virtual tables have other parts.",
        remedy: "Hold the new class as a member behind a pointer.";
    BaseRemoved = "base-removed", Types, Breaking, Dwarf,
        title: "base class removed",
        trigger: "The class no longer has a base.",
        effect: "Conversions to the base that programs have compiled in reach something else; members move.",
        remedy: "Keep the base, empty if need be.";
    BaseReordered = "base-reordered", Types, Breaking, Dwarf,
        title: "base classes in another order",
        trigger: "The bases are declared in another order.",
        effect: "Bases and members stand elsewhere; virtual tables have their parts in another order.",
        remedy: "Keep the order.";
    BaseMoved = "base-moved", Types, Breaking, Dwarf,
        title: "base class moved",
        trigger: "A base stands at another offset.",
        effect: "Conversions that programs have compiled in give wrong addresses.",
        remedy: "See the finding that this one follows from.";
    BaseVirtualityChanged = "base-virtuality-changed", Types, Breaking, Dwarf,
        title: "base class became virtual, or no longer is",
        trigger: "A base is inherited virtually now, or no longer.",
        effect: "Programs look for the base at a fixed place while it is found through the virtual table, or the reverse.",
        remedy: "Keep it as it is: this is another class.";
    BaseAccessChanged = "base-access-changed", Types, Source, Dwarf,
        title: "base class less accessible",
        trigger: "A public base is protected or private now.",
        effect: "None for programs that are built; conversions in sources no longer compile.",
        remedy: "Keep the base public.";
    MemberAdded = "member-added", Types, Breaking, Dwarf,
        title: "data member added",
        trigger: "A data member is there that was not, and it changes the size of the class or the place of another member.",
        effect: "Programs set aside too little memory for objects, or reach for members where they were.",
        remedy: "Use reserved members or padding, or keep data behind a pointer (pimpl).";
    MemberRemoved = "member-removed", Types, Breaking, Dwarf,
        title: "data member removed",
        trigger: "A data member is gone.",
        effect: "Programs read and write what stands in its place now, and everything behind it has moved.",
        remedy: "Leave the member where it is, and stop using it.";
    MemberMoved = "member-moved", Types, Breaking, Dwarf,
        title: "data members moved",
        trigger: "A data member stands at another offset. It follows from another finding wherever the declaration, or a type that is part of it, says why.",
        effect: "Code that was compiled into programs, inline functions above all, reads and writes the wrong bytes.",
        remedy: "See the finding that this one follows from.";
    MemberReordered = "member-reordered", Types, Breaking, Dwarf,
        title: "data members in another order",
        trigger: "Members of the same names stand in another order.",
        effect: "Code that was compiled into programs, inline functions above all, reads and writes other members.",
        remedy: "Keep the order; sort only what is private to the library.";
    MemberAddedInPadding = "member-added-in-padding", Types, Risky, Dwarf,
        title: "data member added in padding",
        trigger: "A data member was added where there was padding: size and all other offsets are what they were.",
        effect: "Objects that old programs create or copy have no value there.",
        remedy: "Make the library set it in a constructor that is not inline, and let a value of anything mean the old behaviour.";
    MemberAddedInReserve = "member-added-in-reserve", Types, Compatible, Dwarf,
        title: "reserved member put to use",
        trigger: "A data member took the place of one whose name says that it is reserved; size and all other offsets are what they were.",
        effect: "None, if reserved members were initialised.",
        remedy: "Nothing. The policy can say which names are reserved.";
    MemberTypeChanged = "member-type-changed", Types, Breaking, Dwarf,
        title: "type of a data member changed",
        trigger: "A data member has a type with another representation: size, alignment, passing convention or the scalars in it. With the same representation only sources notice.",
        effect: "Programs take the bytes for what they were.",
        remedy: "Add a new member and keep the old one, or hide the data behind functions.";
    MemberRenamed = "member-renamed", Types, Source, Dwarf,
        title: "data member renamed",
        trigger: "A data member of the same type, in the same place, has another name.",
        effect: "None for programs that are built; sources that use the old name no longer compile.",
        remedy: "Nothing for private members; for public ones keep the name.";
    MemberAccessChanged = "member-access-changed", Types, Source, Dwarf,
        title: "data member less accessible",
        trigger: "A public data member is protected or private now, or a protected one private.",
        effect: "None for programs that are built; sources that use it no longer compile.",
        remedy: "Offer a function first.";
    MemberBecameMutable = "member-became-mutable", Types, Source, Dwarf,
        title: "data member became mutable",
        trigger: "A data member is declared mutable now.",
        effect: "Compilers may have kept its value across calls that take a const object.",
        remedy: "Rebuild what relies on const objects not changing.";
    MemberCvChanged = "member-cv-changed", Types, Source, Dwarf,
        title: "const or volatile of a data member changed",
        trigger: "A data member gained or lost const or volatile.",
        effect: "None for programs that are built, unless a value was kept that now changes; sources that assign may no longer compile.",
        remedy: "Nothing for private members.";
    BitfieldChanged = "bitfield-changed", Types, Breaking, Dwarf,
        title: "bit-field changed",
        trigger: "The width, the position or the storage unit of a bit-field differs, or a member became one or no longer is.",
        effect: "Programs read and write other bits.",
        remedy: "Add bit-fields behind the last one in a unit that has room, and leave the others as they are.";
    AnonymousMemberChanged = "anonymous-member-changed", Types, Breaking, Dwarf,
        title: "unnamed member changed",
        trigger: "An unnamed union or struct in a class changed; the text says how.",
        effect: "Its members are the class's own: what happens to them happens to every object of the class.",
        remedy: "As for the members of the class itself.";
    StaticMemberChanged = "static-member-changed", Types, Breaking, Dwarf,
        title: "static data member changed",
        trigger: "A static data member has another type, or a member became static or no longer is.",
        effect: "Programs use the data as what it was.",
        remedy: "Add a new member and keep the old one.";
    EnumeratorValueChanged = "enumerator-value-changed", Types, Breaking, Dwarf,
        title: "value of an enumerator changed",
        trigger: "An enumerator stands for another number.",
        effect: "Programs have the old number compiled in: they ask for one thing and get another.",
        remedy: "Append enumerators at the end, and give each its number.";
    EnumeratorRemoved = "enumerator-removed", Types, Source, Dwarf,
        title: "enumerator removed",
        trigger: "An enumerator is gone, and no other has its number under a new name.",
        effect: "Programs still pass the number, which may mean nothing now; sources that use it no longer compile.",
        remedy: "Keep it as deprecated.";
    EnumeratorRenamed = "enumerator-renamed", Types, Source, Dwarf,
        title: "enumerator renamed",
        trigger: "Another name stands for the number.",
        effect: "None for programs that are built; sources that use the old name no longer compile.",
        remedy: "Keep the old name beside the new one.";
    EnumeratorAdded = "enumerator-added", Types, Compatible, Dwarf,
        title: "enumerator added",
        trigger: "An enumerator is there that was not.",
        effect: "None, unless programs index tables by it or switch over all of them.",
        remedy: "Nothing. A policy can say that an enumeration indexes tables.";
    EnumSentinelMoved = "enum-sentinel-moved", Types, Risky, Dwarf,
        title: "last enumerator moved",
        trigger: "An enumerator whose name says that it counts or ends the others has another number.",
        effect: "Arrays that programs have sized by it are too short for the new values.",
        remedy: "Do not size arrays in headers by it, or keep room for more.";
    UnderlyingTypeChanged = "underlying-type-changed", Types, Breaking, Dwarf,
        title: "underlying type changed",
        trigger: "The type that holds the enumeration has another size. Another sign only is a risk.",
        effect: "Objects and arguments of the type take another number of bytes.",
        remedy: "Fix the underlying type in the declaration (enum E : int).";
    EnumScopedChanged = "enum-scoped-changed", Types, Source, Dwarf,
        title: "enum became enum class, or no longer is",
        trigger: "The enumeration became scoped, or no longer is.",
        effect: "None for programs that are built; sources that name its enumerators no longer compile.",
        remedy: "Keep it as it is, or offer constants of the old names.";
    TypedefChanged = "typedef-changed", Types, Breaking, Dwarf,
        title: "typedef stands for another type",
        trigger: "An alias stands for a type with another representation. With the same representation only sources notice.",
        effect: "Programs lay out and pass what they declare with it in the old way; functions that mention it have other linkage names.",
        remedy: "Give the new type a new alias.";
    ArrayBoundChanged = "array-bound-changed", Types, Breaking, Dwarf,
        title: "length of an array changed",
        trigger: "An array in a class or an exported array has another number of elements.",
        effect: "Everything behind it moves; programs that copy the data take too much or too little.",
        remedy: "Keep the bound, and hand the data out through functions.";
    UnionMemberAdded = "union-member-added", Types, Compatible, Dwarf,
        title: "union member added",
        trigger: "A member was added to a union. If that changes the size it breaks what contains it.",
        effect: "None while the size is kept.",
        remedy: "Keep the new member no larger than the largest.";
    UnionMemberRemoved = "union-member-removed", Types, Breaking, Dwarf,
        title: "union member removed",
        trigger: "A member of a union is gone. While the size is kept nothing moves.",
        effect: "What contains the union moves with its size; programs that use the member write what nobody reads.",
        remedy: "Keep the member.";
    TemplateParametersChanged = "template-parameters-changed", Types, Breaking, Dwarf,
        title: "template parameters changed",
        trigger: "A class template that the surface mentions has more, fewer or other parameters, so that its instances are other types.",
        effect: "Everything that mentions an instance has another linkage name.",
        remedy: "Add a template of a new name, and keep an alias for the old one.";
    ConstantChanged = "constant-changed", Types, Risky, Dwarf,
        title: "value of a constant changed",
        trigger: "A constexpr variable, a static const member or a macro has another value.",
        effect: "Programs have the old value compiled in, while the library uses the new one.",
        remedy: "Offer a function that returns the value, or leave it. Names that say VERSION are expected to change.";
}
