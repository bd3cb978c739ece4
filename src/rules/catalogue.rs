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

        /// The page of each rule, as `abigate explain` and the book have it.
        pub mod pages {
            $(
                #[doc = include_str!(concat!("../guide/rules/", $id, ".md"))]
                #[allow(non_snake_case)]
                pub mod $rule {}
            )*
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
                page: include_str!(concat!("../guide/rules/", $id, ".md")),
            },)*
        ];
    };
}

catalogue! {
    EvidenceLost = "evidence-lost", Evidence, CannotCertify, Rtti,
        title: "debug info, symbols or headers are missing",
        trigger: "The baseline knew something of what the new release still has, and the new release no longer says it: types of exported functions and variables (debug info), functions in vtables, vtables and typeinfos (symbol table), or what public headers declare. A few entities of many weigh risky; a whole library or all headers leave the verdict open.",
        effect: "Unknown: a break in what is no longer described would not be seen.",
        remedy: "Give the new release the same evidence as the baseline: build with -g, name separate debug info with --debug-dir, dump before stripping, pass the same --headers. If it is to stay like that, make a new baseline, or weigh the rule in the policy (severity: evidence-lost: note).";
    ProducerChanged = "producer-changed", Evidence, Compatible, Header,
        title: "compiler or linker changed",
        trigger: "The producers recorded in .comment differ.",
        effect: "None by itself; it explains other findings, such as inline functions that are emitted or not.",
        remedy: "Nothing. To keep noise out of a comparison, build both releases with one toolchain.";
    ReleaseSuspect = "release-suspect", Evidence, Risky, Header,
        title: "the new release is the old one",
        trigger: "Every library of the new release is the old one, fact for fact and by build-id.",
        effect: "None; but the comparison says nothing about the change that was meant to be checked.",
        remedy: "Check that the build produced new files, and that the right directory is compared.";
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
        effect: "Old binaries need the old name and do not start unless it is still installed.",
        remedy: "Keep the SONAME while the ABI is compatible; change it deliberately with a new major version.";
    SonameBumpOwed = "soname-bump-owed", Library, Risky, Header,
        title: "the change owes a new SONAME",
        trigger: "Something in a library whose SONAME carries a version (libx.so.1) breaks programs, and the SONAME is the same.",
        effect: "The loader takes the new library for the old one: programs start, and fail on what broke.",
        remedy: "Undo the break, or release it as a new major version with a new SONAME (libx.so.2), so that old and new can be installed side by side.";
    SonameBumpUnneeded = "soname-bump-unneeded", Library, Compatible, Header,
        title: "a new SONAME that nothing asks for",
        trigger: "The SONAME carries another version, and nothing that was compared breaks or may break programs.",
        effect: "Programs have to be linked anew without need: they would have gone on working.",
        remedy: "Keep the old SONAME until something breaks, unless the new one is due for what is not compared.";
    MachineChanged = "machine-changed", Library, Breaking, Header,
        title: "compiled for a different machine",
        trigger: "Architecture, word size, byte order or calling ABI in the ELF header differs.",
        effect: "The loader refuses the library.",
        remedy: "Compare builds for the same platform.";
    StdlibChanged = "stdlib-changed", Library, Breaking, Dynsym,
        title: "C++ standard library changed",
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
    NeededSonameChanged = "needed-soname-changed", Library, Risky, Header,
        title: "run-time dependency of another major version",
        trigger: "DT_NEEDED names another SONAME of a library that is not in the release: libcudart.so.12 became libcudart.so.13.",
        effect: "It does not load where only the old version is installed, and whoever uses both has two versions in one process.",
        remedy: "Announce the version with the release; consumers have to use the same one.";
    PlatformFloorRaised = "platform-floor-raised", Library, Risky, Dynsym,
        title: "requires a newer system",
        trigger: "The highest GLIBC_, GLIBCXX_, CXXABI_, GCC_ or GOMP_ version needed from the system rises.",
        effect: "The library does not load on older distributions.",
        remedy: "Build on the oldest platform that is supported, such as the image of the manylinux tag.";
    IsaFloorRaised = "isa-floor-raised", Library, Breaking, Header,
        title: "requires a newer processor",
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
        title: "undefined symbol",
        trigger: "The new release imports a symbol that the old release resolved and no library that it needs can define.",
        effect: "The library does not load, or fails at the first call.",
        remedy: "Link the library that defines the symbol.";
    UnresolvedLibrary = "unresolved-library", Library, Breaking, Header,
        title: "needed library is missing",
        trigger: "DT_NEEDED names a library that the old release carried and the new one neither carries nor gets from the system.",
        effect: "The library does not load.",
        remedy: "Ship the library or drop the dependency.";
    UnresolvedVersion = "unresolved-version", Library, Breaking, Dynsym,
        title: "needed symbol version is missing",
        trigger: "A symbol version is needed from a library of the release that does not define it.",
        effect: "The library does not load.",
        remedy: "Build all libraries of a release together.";
    OdrViolation = "odr-violation", Library, Risky, Rtti,
        title: "one class, two definitions",
        trigger: "Two libraries of the new release carry vtables of one class that differ in shape, or debug info has several definitions of one type in one library, and the old release had not.",
        effect: "Which one counts depends on the order of loading and linking: virtual calls may reach the wrong function, members the wrong place.",
        remedy: "Build all libraries of a release from the same headers and flags.";
    HeaderBinaryMismatch = "header-binary-mismatch", Library, Breaking, Headers,
        title: "headers and library disagree about a class",
        trigger: "A class has another size, or its members other places, in the public headers as programs compile them than in the library's debug info: a macro (NDEBUG, a feature), packing or a compiler option differs. Risky where the old release had it as well, or no exported function takes the class.",
        effect: "Programs and the library do not agree where members are: each reads and writes what the other takes for something else.",
        remedy: "Let no macro decide about members of a public class, or write its value into an installed header; if the headers were compiled for this report with other macros than programs use, name these with --probe-flag.";
    SizeBudgetExceeded = "size-budget-exceeded", Library, Risky, Header,
        title: "size budget exceeded",
        trigger: "A library, one of its sections or its number of relocations grew past what the policy allows.",
        effect: "None for what they compute: they load more slowly, take more memory, or no longer fit the image or package they ship in.",
        remedy: "Find what grew (symbol-added lists the new exports), hide what need not be exported, or raise the budget in the policy with the reason.";
    LibraryAmbiguous = "library-ambiguous", Library, CannotCertify, Header,
        title: "several libraries of one name",
        trigger: "The new release has more libraries under one SONAME (or file name) than the old one, and they are not alike, so that which of them a program loads is not known.",
        effect: "Unknown: the comparison looked at one of them, and programs may load another one.",
        remedy: "Leave one library of each name in what is compared: clean the build directory, or name the library's own directory in build:.";
    SymbolRemoved = "symbol-removed", Symbols, Breaking, Dynsym,
        title: "symbol removed",
        trigger: "An exported strong definition is gone from the whole release.",
        effect: "Programs that use it do not start, or fail at the first call.",
        remedy: "Keep the old function as a forwarder, or deprecate it for a release first.";
    SymbolsRenamedTogether = "symbols-renamed-together", Symbols, Breaking, Dynsym,
        title: "symbols renamed together",
        trigger: "Many symbols changed name in one systematic way: a namespace, an alias, an ABI tag, an inline namespace.",
        effect: "Programs that use any of them do not start.",
        remedy: "Keep the old spelling reachable (an alias keeps source compatible, not binaries), or do it in a major version.";
    LeakedSymbolRemoved = "leaked-symbol-removed", Symbols, Compatible, Dynsym,
        title: "a third party's symbol is no longer exported",
        trigger: "Symbols of a bundled third-party project are gone from the exports.",
        effect: "None for programs that bring that project themselves, as they should.",
        remedy: "Nothing: hiding them is right.";
    ForbiddenExport = "forbidden-export", Symbols, Breaking, Dynsym,
        title: "forbidden symbol exported",
        trigger: "The new release exports a symbol that the policy forbids.",
        effect: "None for old programs; but the definition may take the place of the one in another library of the process, and programs built now will lean on it.",
        remedy: "Hide it: -fvisibility=hidden, a version script, or -Wl,--exclude-libs for static libraries that are linked in.";
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
        trigger: "A definition of a template specialization is gone that programs cannot make themselves: it was strong; or it was weak and its body stands in a source file, a public header says `extern template`, or the public headers have no body for it.",
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
        effect: "Old binaries fail with \"undefined symbol\".",
        remedy: "Add the new function as an overload and keep the old one as a forwarder.";
    SymbolRenamed = "symbol-renamed", Symbols, Breaking, Dynsym,
        title: "symbol renamed",
        trigger: "One function is gone and one with the same scope and parameters and a similar name was added.",
        effect: "Old binaries fail with \"undefined symbol\".",
        remedy: "Keep the old name as a forwarder.";
    DefaultArgumentAbsorbed = "default-argument-absorbed", Symbols, Breaking, Dynsym,
        title: "overload folded into another",
        trigger: "An overload is gone, and another that starts with the same parameters is still there: source calls reach it by a default argument, binaries do not.",
        effect: "Old binaries fail with \"undefined symbol\": they call the old overload.",
        remedy: "Keep the shorter overload as a forwarder.";
    SymbolVersionChanged = "symbol-version-changed", Symbols, Breaking, Dynsym,
        title: "symbol version changed",
        trigger: "The symbol is there under other versions only.",
        effect: "Old binaries fail to start: the loader finds no such version of the symbol.",
        remedy: "Keep the old version with .symver.";
    DefaultVersionChanged = "default-version-changed", Symbols, Risky, Dynsym,
        title: "default version changed",
        trigger: "The old version is still there, but new links bind to another one.",
        effect: "None for old binaries; programs linked now need the new release.",
        remedy: "Nothing, if that was the intent.";
    SymbolKindChanged = "symbol-kind-changed", Symbols, Breaking, Dynsym,
        title: "symbol type changed",
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
    ReturnTypeChanged = "return-type-changed", Symbols, Breaking, Dwarf,
        title: "return type changed",
        trigger: "A function that kept its linkage name returns another type, or a pointer to another type. The names of functions that are no templates do not say what they return.",
        effect: "The program still links, and reads the result from another register, in another size or through a hidden pointer that nobody filled: it computes with garbage or crashes.",
        remedy: "Add a function of another name that returns the new type, and keep the old one as a forwarder.";
    ParameterTypeChanged = "parameter-type-changed", Symbols, Breaking, Dwarf,
        title: "parameter of a C function changed",
        trigger: "A parameter of a function with C linkage was added, removed or has another type. Its name does not say what it takes.",
        effect: "The program still links, and passes the old arguments: the function reads missing ones from registers that hold something else, cuts others short, or takes numbers for pointers.",
        remedy: "Keep the old function, and add one of another name that takes the new arguments, or a struct with its own size in it.";
    VariadicChanged = "variadic-changed", Symbols, Breaking, Dwarf,
        title: "variable arguments appeared or disappeared",
        trigger: "A function that kept its linkage name newly ends with `...`, or no longer does.",
        effect: "Callers pass arguments by the other convention (on x86-64 the number of vector registers in al, on Apple arm64 all on the stack): the function reads garbage.",
        remedy: "Add a function of another name; let the old one forward to a variant that takes a va_list.";
    CallingConventionChanged = "calling-convention-changed", Symbols, Breaking, Dwarf,
        title: "calling convention changed",
        trigger: "The calling convention that the debug info records for a function changed (ms_abi, vectorcall, regparm, pcs and their like), a member function became static or no longer is, which its linkage name does not say, or a function that was marked `noreturn` no longer is.",
        effect: "The program passes arguments, or `this`, where the function does not look for them, and may find its saved registers or its stack pointer destroyed. A function that returns now returns to a place where its caller has no code for that.",
        remedy: "Keep the attribute, and give the function of the other convention another name.";
    FunctionBecameNoreturn = "function-became-noreturn", Symbols, Risky, Dwarf,
        title: "function no longer returns",
        trigger: "A function is marked `noreturn` now and was not.",
        effect: "A program goes on after the call today; with the new release that code never runs: cleanup, unlocking and error handling that follow the call are skipped.",
        remedy: "Keep the old function returning and add one of another name that does not.";
    VariableTypeChanged = "variable-type-changed", Symbols, Breaking, Dwarf,
        title: "type of exported data changed",
        trigger: "An exported variable has another type.",
        effect: "The program reads and writes it by the old type, which it compiled in: wrong values, or writes over what stands beside it; a copy relocation moves as many bytes as the old type had.",
        remedy: "Export a variable of another name, or better a function that returns it, and keep the old one in step.";
    VariableBecameConst = "variable-became-const", Symbols, Breaking, Dynsym,
        title: "variable became read-only",
        trigger: "Exported data moved from a writable section to a read-only one.",
        effect: "Programs that write to it crash.",
        remedy: "Keep it writable, or give the constant a new name.";
    ThreadLocalChanged = "thread-local-changed", Symbols, Breaking, Dynsym,
        title: "variable became or ceased to be thread-local",
        trigger: "Exported data that kept its name is thread-local on one side only.",
        effect: "The code that old programs compiled addresses it the other way: they do not load, or all threads see one value where each had its own.",
        remedy: "Give the new variable another name, or hide it behind a function.";
    AccessChanged = "access-changed", Symbols, Source, Dwarf,
        title: "access of a member function narrowed",
        trigger: "An exported member function that was public is protected or private, or one that was protected is private.",
        effect: "None: access is checked by the compiler only. Programs that call it no longer compile.",
        remedy: "Keep it public and mark it [[deprecated]] for a release first.";
    DeclaredNotExported = "declared-not-exported", Symbols, Risky, Headers,
        title: "declared but not exported",
        trigger: "A public header of the new release declares a function, not inline, that no library of the release exports and none exported before.",
        effect: "Programs that call it compile and do not link, or do not load.",
        remedy: "Export it, define it inline, or take the declaration out of the public headers.";
    TypeReplaced = "type-replaced", Symbols, Breaking, Dynsym,
        title: "type replaced throughout",
        trigger: "In five or more functions, variables, members or typedefs the same type took the place of another one.",
        effect: "Old binaries do not find functions whose names have the type in them, and members of it have another size. As severe as the worst of these changes.",
        remedy: "Keep the old type everywhere, or change all of them in the next major release.";
    VirtualInserted = "virtual-inserted", Vtables, Breaking, Rtti,
        title: "virtual function inserted",
        trigger: "A slot was added before the end of a vtable.",
        effect: "Calls through later slots reach the wrong function.",
        remedy: "Put new virtual functions into a new interface class; at the end of this one only when nobody outside derives.";
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
        remedy: "Keep it as it is, and put a virtual one under another name into a new interface class.";
    FunctionBecameNonvirtual = "function-became-nonvirtual", Vtables, Breaking, Rtti,
        title: "function is no longer virtual",
        trigger: "An exported member function had a slot and has none.",
        effect: "Old programs call through a slot that is gone; overrides in programs are ignored.",
        remedy: "Keep it virtual.";
    TypeRemoved = "type-removed", Types, Source, Dwarf,
        title: "type removed",
        trigger: "A class, union, enum or typedef that was complete and reachable from the surface is declared nowhere any more.",
        effect: "None by itself: its effect on exported functions is reported with their symbols. Programs that name the type no longer compile.",
        remedy: "Keep the declaration, or an alias to its successor, and mark it [[deprecated]] for a release.";
    TypeBecameIncomplete = "type-became-incomplete", Types, Source, Dwarf,
        title: "type became incomplete",
        trigger: "A class, union or enum that was complete in a public header is only declared there now.",
        effect: "They go on with the layout they compiled in, which is right only as long as it does not change, and from now on nothing shows that it does. Programs that make, copy or look into objects of it no longer compile.",
        remedy: "Hide a type from the start (a handle, a pimpl); to hide it later, publish an opaque type of another name.";
    BecameFinal = "became-final", Types, Breaking, Headers,
        title: "class or virtual function became final",
        trigger: "A class with virtual functions or virtual bases, or a virtual function, that programs could derive from or override is declared `final` now. Source only for a class without either.",
        effect: "The library calls its own function instead of what the program overrides, and takes a virtual base to lie where its own objects have it: wrong results or a crash, though every symbol and layout is what it was.",
        remedy: "Do not add `final` to what was published without; deprecate deriving from it, and do it with the next SONAME.";
    TypeKindChanged = "type-kind-changed", Types, Breaking, Dwarf,
        title: "kind of type changed",
        trigger: "A name that was a class, union, enum or typedef is one of another kind now. `struct` against `class` is nothing, since the Itanium ABI does not tell them apart.",
        effect: "The program uses the old layout and passes it by the old convention: members overlap or move, numbers are taken for objects.",
        remedy: "Give the new type another name, and keep the old one for the functions that already take it.";
    TypeSizeChanged = "type-size-changed", Types, Breaking, Dwarf,
        title: "size of a type changed",
        trigger: "The size of a complete type changed, and no change of its own members or bases says why (tail padding, packing, alignment, a compiler option).",
        effect: "Programs allocate, copy and step through arrays by the old size: the library writes past the end of their objects, and classes that embed or derive from it have everything after it at another place.",
        remedy: "Make objects in the library (a factory, a pimpl), so that no program knows the size; or keep the size with a reserve of bytes that later members take from.";
    TypeAlignmentChanged = "type-alignment-changed", Types, Breaking, Dwarf,
        title: "alignment of a type changed",
        trigger: "The alignment of a complete type changed.",
        effect: "Objects made by programs stand at addresses that the library no longer expects (aligned vector loads crash), and in types that embed it members move.",
        remedy: "Align what needs it inside the library, on memory that it allocates itself; do not put `alignas` on a published type later, or take it away.";
    TailPaddingChanged = "tail-padding-changed", Types, Breaking, Dwarf,
        title: "data of a class ends elsewhere",
        trigger: "The size of a class stayed, and what classes derived from it, or what follows a [[no_unique_address]] member of it, may use of the padding at its end did not: its last member ends elsewhere, or it stopped or started being POD for the purpose of layout (a constructor, destructor, copy assignment or base, a private or initialized member). Risky for unions and final classes; not for a class whose constructors are all private.",
        effect: "Members of classes that programs derive from it, or embed it in with [[no_unique_address]], stand where they stood when the program was built: the library and new programs write over them, or look for them elsewhere.",
        remedy: "Leave the class as it is, and put what is new into a function beside it or a class that derives from it; a published struct without constructors keeps being one.";
    PassingChanged = "passing-changed", Types, Breaking, Dwarf,
        title: "passed differently by value",
        trigger: "A type that is passed by value goes elsewhere: its copy or move constructor or destructor became non-trivial or trivial, or its members give its bytes another class in the psABI (a union of doubles that may be an integer now, an integer in what was padding).",
        effect: "The program puts the value into registers, or into memory, where the function does not look for it: the function works on garbage and crashes.",
        remedy: "Leave the copy and move constructors and the destructor as they are: `= default` in the class keeps it trivial. Pass by pointer or reference what may change.";
    BaseTypeChanged = "base-type-changed", Types, Breaking, Dwarf,
        title: "base type changed",
        trigger: "A type of the language kept its name and has another size or encoding: long double, wchar_t, char, bool.",
        effect: "The program passes and stores it as it was: the library reads other bytes, or the same bytes as other numbers.",
        remedy: "Compile with the options that the platform and the old release use (no -mlong-double-*, -funsigned-char, -fshort-wchar).";
    AbiOptionChanged = "abi-option-changed", Types, Breaking, Dwarf,
        title: "compiler option that changes the ABI",
        trigger: "The compiler recorded an option that changes the ABI for one release and not for the other (-fshort-enums, -funsigned-char, -mlong-double-*, -fpack-struct, -mregparm, _FILE_OFFSET_BITS, _TIME_BITS, _GLIBCXX_DEBUG, …).",
        effect: "Programs are compiled without it, or with the old one: types, layouts or calls differ, even where no declaration changed. Where nothing follows from it that debug info shows, what the option is for may still differ.",
        remedy: "Set or drop the option for both releases alike, or make it part of the headers so that programs have it as well.";
    BaseAdded = "base-added", Types, Breaking, Dwarf,
        title: "base class added",
        trigger: "A class has a direct base that it had not.",
        effect: "Objects grow or members move: the program reads and writes at the old places, and passes pointers to the old bases unadjusted. An empty base that takes no place moves nothing, but adds conversions and overloads that match.",
        remedy: "Hold the new part as a member behind the pimpl, or derive a new class.";
    BaseRemoved = "base-removed", Types, Breaking, Dwarf,
        title: "base class removed",
        trigger: "A class no longer has a direct base.",
        effect: "Members move, and pointers that the program converts to the base point into something else; exceptions are no longer caught as the base.",
        remedy: "Keep the base, if need be as an empty shell that forwards.";
    BaseReordered = "base-reordered", Types, Breaking, Dwarf,
        title: "base classes reordered",
        trigger: "The same direct bases are declared in another order.",
        effect: "Each base part stands where another one was: pointers that the program converted by the old offsets reach the wrong base, and virtual calls the wrong function.",
        remedy: "Keep the order of declaration.";
    BaseMoved = "base-moved", Types, Breaking, Dwarf,
        title: "base class moved",
        trigger: "A direct base stands at another offset, though the list of bases is the same: one before it grew, or the pointer to the vtable appeared before it.",
        effect: "The program converts pointers by the old offset: member functions of the base run on a wrong `this`.",
        remedy: "Do not let published bases grow: keep a reserve in them or a pimpl; append members to the most derived class at most.";
    BaseVirtualityChanged = "base-virtuality-changed", Types, Breaking, Dwarf,
        title: "base became virtual or non-virtual",
        trigger: "A direct base is inherited virtually on one side only.",
        effect: "The program looks for the base at a fixed offset, and the library through the vtable, or the other way round; constructors take a VTT or none.",
        remedy: "Decide at the first release; afterwards make a new class.";
    BaseAccessChanged = "base-access-changed", Types, Source, Dwarf,
        title: "access of a base changed",
        trigger: "A direct base became public, protected or private.",
        effect: "None for layout; `catch` and dynamic_cast to the base may stop matching where it is no longer public. Programs that convert to the base no longer compile.",
        remedy: "Keep public inheritance public; deprecate the conversion first.";
    MemberAdded = "member-added", Types, Breaking, Dwarf,
        title: "data member added",
        trigger: "A class has a new non-static data member that takes more than unused bytes: at the end, so that it grows, or before the end, so that later members move.",
        effect: "Objects that the program makes are too small, or it reads later members at the old place. The library reads and writes past the end of what is too small, and classes that embed or derive from it shift.",
        remedy: "Put new state behind a pimpl, or use reserved padding that was declared for it; let only the library make objects.";
    MemberRemoved = "member-removed", Types, Breaking, Dwarf,
        title: "data member removed",
        trigger: "A non-static data member is gone.",
        effect: "The program still reads and writes its place: where later members moved up or the object shrank, it overwrites them or what follows the object.",
        remedy: "Leave a member of the same size and alignment there, and call it reserved.";
    MemberMoved = "member-moved", Types, Breaking, Dwarf,
        title: "data member moved",
        trigger: "A member stands at another offset, though its declaration and the order of members are the same: packing, alignment or something else that its own class declares.",
        effect: "Inline functions and direct accesses in the program read and write at the old place: wrong values, overwritten neighbours.",
        remedy: "Keep packing and alignment of published types; reach members by functions that are not inline.";
    MemberReordered = "member-reordered", Types, Breaking, Dwarf,
        title: "data members reordered",
        trigger: "The same members are declared in another order.",
        effect: "The program reads one member where another one stands now, and brace initialisation fills them in the old order.",
        remedy: "Keep the order of declaration; add a comment that it is part of the ABI.";
    MemberAddedInPadding = "member-added-in-padding", Types, Risky, Dwarf,
        title: "data member added in padding",
        trigger: "A new member took bytes that were padding: size, alignment and the offset of every other member are kept.",
        effect: "Old programs never set it: objects that they make hold whatever was there, or zero where they cleared all of it (memset, `T x = {}` of a plain struct), and copies made member by member leave the new one out.",
        remedy: "Let the library set the member wherever it makes or is given an object, and treat what it finds there as unset; a version or size field at the start says who filled it.";
    MemberAddedInReserve = "member-added-in-reserve", Types, Compatible, Dwarf,
        title: "reserved member used",
        trigger: "A new member took the place of one that the policy counts as reserved, or of a part of it: size and the offset of every other member are kept.",
        effect: "None, if programs set the reserve to what its documentation says, mostly zero.",
        remedy: "Let zero in the new member mean what the library did before.";
    MemberTypeChanged = "member-type-changed", Types, Breaking, Dwarf,
        title: "type of a data member changed",
        trigger: "A member of the same name at the same offset has another type. Whether its representation is the same (size, alignment, passing and the layout of all scalars in it) decides how much it weighs.",
        effect: "The program reads and writes the member by the old type: it takes a number for a pointer, signed for unsigned, the old struct for the new one. With the same representation nothing changes until it is compiled again.",
        remedy: "Add a member of the new type in a reserve or behind the pimpl, and keep the old one in step.";
    MemberRenamed = "member-renamed", Types, Source, Dwarf,
        title: "data member renamed",
        trigger: "A member of the same type stands at the same offset under another name.",
        effect: "None, if it means the same. Programs that name it no longer compile.",
        remedy: "Keep the old name as a member of an anonymous union, or leave a deprecated accessor.";
    MemberAccessChanged = "member-access-changed", Types, Source, Dwarf,
        title: "access of a data member changed",
        trigger: "A member became public, protected or private.",
        effect: "None: access is checked by the compiler only. Where it was narrowed, programs that use the member no longer compile.",
        remedy: "Add an accessor, and deprecate direct use for a release first.";
    MemberBecameMutable = "member-became-mutable", Types, Source, Dwarf,
        title: "data member became mutable",
        trigger: "A member is `mutable` on one side only.",
        effect: "Mostly none; a const object of it that a program made stands in read-only memory, and crashes when the library writes to the member.",
        remedy: "Guard the member (a mutex, an atomic), since programs call const functions from several threads; add it as a new member rather than change an old one.";
    MemberCvChanged = "member-cv-changed", Types, Source, Dwarf,
        title: "const or volatile of a data member changed",
        trigger: "A member of the same type became or ceased to be const or volatile.",
        effect: "A program goes on to write a member that became const, and to keep in registers one that became volatile. Programs that assign to it, or copy objects by assignment, no longer compile.",
        remedy: "Make it private with an accessor instead.";
    BitfieldChanged = "bitfield-changed", Types, Breaking, Dwarf,
        title: "bit-field changed",
        trigger: "The width, position or storage unit of a bit-field changed, or a member became or ceased to be one.",
        effect: "Masks and shifts are compiled into the program: it reads and writes the wrong bits, its neighbours among them.",
        remedy: "Append bit-fields only in bits that were declared reserved; publish functions or a flags word with named constants instead.";
    StaticMemberChanged = "static-member-changed", Types, Breaking, Dwarf,
        title: "static data member changed",
        trigger: "A static data member has another type, became or ceased to be a constant without an address of its own, or is gone, while the class is still there.",
        effect: "The program reads it by the old type, or asks for a symbol that is no longer defined; where it was a constant it goes on with the value that was compiled in.",
        remedy: "Add a static member of another name; keep an out-of-class definition as long as somebody may take its address.";
    EnumeratorValueChanged = "enumerator-value-changed", Types, Breaking, Dwarf,
        title: "value of an enumerator changed",
        trigger: "An enumerator of the same name has another value.",
        effect: "The value is compiled into programs: they ask the library for one thing and get another, and their switches take the wrong branch.",
        remedy: "Append enumerators at the end with values of their own; write out the values of published enums.";
    EnumeratorRemoved = "enumerator-removed", Types, Risky, Dwarf,
        title: "enumerator removed",
        trigger: "An enumerator is gone.",
        effect: "They go on passing its value, which the library no longer expects or takes for an unknown one. Programs that name it no longer compile.",
        remedy: "Keep it, mark it [[deprecated]], and answer it with an error; never give its value to another.";
    EnumeratorRenamed = "enumerator-renamed", Types, Source, Dwarf,
        title: "enumerator renamed",
        trigger: "An enumerator is gone and another one has its value.",
        effect: "None, if it means the same. Programs that name it no longer compile.",
        remedy: "Keep the old name as a second enumerator of the same value, marked [[deprecated]].";
    EnumeratorAdded = "enumerator-added", Types, Compatible, Dwarf,
        title: "enumerator added",
        trigger: "An enum has a new enumerator, and all others kept their values.",
        effect: "None, unless the library hands it out: switches and tables of old programs do not know it.",
        remedy: "Say in the documentation that the enum may grow, so that programs have a default branch; do not return new values from old functions.";
    EnumSentinelMoved = "enum-sentinel-moved", Types, Risky, Dwarf,
        title: "last enumerator moved",
        trigger: "An enumerator that counts the others or marks their end (COUNT, NumOptions, MAX, …_END) has another value.",
        effect: "The old count is compiled into programs: arrays of that size are indexed past their end by new values, and loops and range checks leave the new ones out.",
        remedy: "Publish the count as a function; do not put a count into a published enum.";
    UnderlyingTypeChanged = "underlying-type-changed", Types, Breaking, Dwarf,
        title: "underlying type of an enum changed",
        trigger: "The underlying type of an enum differs in size or sign.",
        effect: "Members, parameters and arrays of it have another size: later members move, and upper bytes that the program does not set are read.",
        remedy: "Write the underlying type out (`enum E : int`), with room for more values, and keep it.";
    EnumScopedChanged = "enum-scoped-changed", Types, Source, Dwarf,
        title: "enum became scoped or unscoped",
        trigger: "`enum` became `enum class`, or the other way round, with the same underlying type.",
        effect: "None: values and names of functions are the same. Programs that name an enumerator without the enum, or convert it to a number, no longer compile.",
        remedy: "Keep constants of the old names beside an enum class.";
    TypedefChanged = "typedef-changed", Types, Breaking, Dwarf,
        title: "typedef changed",
        trigger: "A typedef stands for another type. Whether its representation is the same decides how much it weighs.",
        effect: "Programs have the old type compiled in, with its size and offsets, and call functions whose names have it in them. With the same representation only new compilations notice.",
        remedy: "Add a typedef of another name; make it a class of your own if it is meant to change.";
    ArrayBoundChanged = "array-bound-changed", Types, Breaking, Dwarf,
        title: "array bound changed",
        trigger: "The bound of an array in a member, variable or parameter type changed.",
        effect: "The program reserves, copies and loops by the old bound: a longer array is cut off or runs past the end of its object, behind a shorter one other members are overwritten.",
        remedy: "Publish a pointer and a length, or keep the bound and add a second array.";
    UnionMemberAdded = "union-member-added", Types, Compatible, Dwarf,
        title: "union member added",
        trigger: "A union has a new member, and its size is kept.",
        effect: "None, unless the library hands out unions with the new member set: old programs do not know its tag.",
        remedy: "Keep a tag beside the union, and set new ones only for who asked for them.";
    UnionMemberRemoved = "union-member-removed", Types, Breaking, Dwarf,
        title: "union member removed",
        trigger: "A union member is gone, or members came and went so that the size of the union changed.",
        effect: "The program goes on setting and reading the member, which the library no longer understands; where the size changed everything after it has moved.",
        remedy: "Keep the member and its size; refuse its tag with an error.";
    TemplateParametersChanged = "template-parameters-changed", Types, Breaking, Dwarf,
        title: "template parameters changed",
        trigger: "A class template whose instantiations are reachable takes other parameters: one was added (with a default), removed, or is of another kind.",
        effect: "Each instantiation has another name, and so have all functions that mention one: programs do not start, and typeid and dynamic_cast no longer match.",
        remedy: "Add a template of another name; keep the old one as a class that derives from it, not as an alias.";
    ConstantChanged = "constant-changed", Types, Risky, Dwarf,
        title: "constant changed",
        trigger: "A public constexpr variable, a constant static member or a public macro has another value; or a macro takes another number of arguments.",
        effect: "The old value is compiled into programs: both sides disagree on sizes, limits, flags or versions until they are compiled again.",
        remedy: "Publish what may change as a function; give a constant of another meaning another name.";
    AnonymousMemberChanged = "anonymous-member-changed", Types, Breaking, Dwarf,
        title: "anonymous union or struct changed",
        trigger: "The members of an anonymous union or struct inside of a class changed.",
        effect: "As for a member of the class itself: the program finds them at the old places and in the old size.",
        remedy: "Keep size and members; add alternatives that are no larger than the largest one.";
    PolicyChanged = "policy-changed", Gate, Breaking, Repository,
        title: "policy changed by the change itself",
        trigger: "The change edits abigate.yaml, a list or consumer that it names, a workflow that runs the gate or a script that a workflow runs it with, or who owns these files in CODEOWNERS. Those of the commit that the change starts from, or newer ones of its branch, count for this change all the same.",
        effect: "None for programs; the next changes are judged by the new policy, which nobody else has agreed to yet.",
        remedy: "Let somebody else with write access look at it and accept it (the label of the gate, put there after the last push), or propose the policy in a change of its own.";
    BaselineChanged = "baseline-changed", Gate, Breaking, Repository,
        title: "stored baseline changed",
        trigger: "The change edits or removes a stored release, or adds one. The baselines of the commit that the change starts from count for this change all the same.",
        effect: "None for programs; the next changes are compared with something else than what was released.",
        remedy: "Leave stored releases as they are; add one where a release is made, in a change of its own that somebody else accepts.";
    WaiverAdded = "waiver-added", Gate, Breaking, Repository,
        title: "waiver added by the change itself",
        trigger: "The change adds a waiver to abigate.yaml. It counts once it is on the branch that the change is merged into.",
        effect: "None for programs; the break that it accepts stops nobody from then on.",
        remedy: "Let somebody else with write access accept it (the label of the gate, put there after the last push), or merge the waiver first, in a change of its own.";
    StoreMoved = "store-moved", Gate, Breaking, Repository,
        title: "store of baselines moved",
        trigger: "The change names another directory of baselines, or makes a link of it. The store of the commit that the change starts from counts for this change all the same.",
        effect: "None for programs; the next changes are compared with what is in the other directory.",
        remedy: "Keep the store where it is, or move it in a change of its own that somebody else accepts.";
}
