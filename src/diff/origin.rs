//! Whose symbol is it: the library's own, a bundled project's, or the toolchain's.
//!
//! Read off the mangled name and the library it is in, without a policy: these are the names that every library with
//! the same compiler and the same bundled projects exports by accident.

use super::context::exports_with_prefix;
use crate::abi::{Export, Library, Release};
use crate::mangling;

/// Who wrote the entity behind a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Origin {
    /// The library's authors.
    Own,
    /// A project that the library bundles.
    ThirdParty(&'static str),
    /// Compiler, linker or C++ library.
    Toolchain,
}

/// Namespaces of projects that get linked into other people's libraries: project, outermost namespaces.
const NAMESPACES: &[(&str, &[&str])] = &[
    ("Abseil", &["absl"]),
    ("Arm Compute Library", &["arm_compute", "arm_conv", "arm_gemm"]),
    ("asmjit", &["asmjit"]),
    ("Boost", &["boost"]),
    ("CUTLASS", &["cutlass", "cute"]),
    ("Eigen", &["Eigen"]),
    ("FBGEMM", &["fbgemm"]),
    ("FlatBuffers", &["flatbuffers"]),
    ("fmt", &["fmt"]),
    ("gflags", &["gflags"]),
    ("glog", &["google"]),
    ("gloo", &["gloo"]),
    ("GoogleTest", &["testing"]),
    ("gRPC", &["grpc", "grpc_core"]),
    ("JSON for Modern C++", &["nlohmann"]),
    ("Kineto", &["libkineto", "KINETO_NAMESPACE"]),
    ("KleidiAI", &["kai"]),
    ("oneDNN", &["dnnl", "ideep", "mkldnn", "Xbyak", "Xbyak_aarch64"]),
    ("ONNX", &["onnx", "onnx_torch"]),
    ("Protocol Buffers", &["google::protobuf"]),
    ("pybind11", &["pybind11"]),
    ("spdlog", &["spdlog"]),
    ("TBB", &["tbb"]),
    ("TensorPipe", &["tensorpipe"]),
    ("Thrust", &["thrust", "cub"]),
    ("yaml-cpp", &["YAML"]),
];

/// Names of projects' own libraries, where no namespace or prefix of theirs is part of them.
const FILES: &[(&str, &str)] = &[
    ("glog", "glog"),
    ("GoogleTest", "gtest"),
    ("GoogleTest", "gmock"),
    ("ITT", "ittnotify"),
    ("OpenBLAS", "blas"),
];

/// Prefixes of C names: project, prefixes.
const C_PREFIXES: &[(&str, &[&str])] = &[
    ("cpuinfo", &["cpuinfo_", "clog_"]),
    ("gflags", &["FLAGS_"]),
    ("ITT", &["__itt_"]),
    ("KleidiAI", &["kai_"]),
    ("libuv", &["uv_", "uv__"]),
    ("LZ4", &["LZ4_", "LZ4F_"]),
    ("miniz", &["mz_", "tdefl_", "tinfl_", "miniz_"]),
    ("NNPACK", &["nnp_"]),
    ("oneDNN", &["dnnl_", "mkldnn_"]),
    ("OpenBLAS", &["openblas_", "cblas_"]),
    ("OpenMP", &["GOMP_", "omp_", "kmp_", "__kmpc_"]),
    ("OpenSSL", &["SSL_", "EVP_", "CRYPTO_"]),
    ("libpng", &["png_"]),
    ("pthreadpool", &["pthreadpool_"]),
    ("SLEEF", &["Sleef_"]),
    ("XNNPACK", &["xnn_"]),
    ("Zstandard", &["ZSTD_", "HUF_", "FSE_"]),
];

/// Libraries of other projects that releases carry along, by stem; a word may follow after a digit, `_` or `-`.
const BUNDLED: &[&str] = &[
    "libarm_compute",
    "libatomic",
    "libc++",
    "libc++abi",
    "libcrypto",
    "libcublas",
    "libcublasLt",
    "libcudart",
    "libcudnn",
    "libcufft",
    "libcufftw",
    "libcufile",
    "libcupti",
    "libcurand",
    "libcusolver",
    "libcusolverMg",
    "libcusparse",
    "libcusparseLt",
    "libgcc_s",
    "libgfortran",
    "libgomp",
    "libiomp",
    "libmkl",
    "libmpi",
    "libnccl",
    "libnuma",
    "libnvToolsExt",
    "libnvJitLink",
    "libnvfatbin",
    "libnvjpeg",
    "libnvperf",
    "libnvrtc",
    "libnvshmem",
    "libomp",
    "libopenblas",
    "libopenblasp",
    "libquadmath",
    "libssl",
    "libstdc++",
    "libtbb",
    "libtbbmalloc",
    "libz",
];

/// Strong symbols of one project that show that it is really in the library: a function of one's own may well be
/// called `uv_to_rgb`.
const FEWEST_STRONG: usize = 4;

/// Symbols that linkers and start files define in every shared object.
const LINKER_MADE: &[&str] = &[
    "_init",
    "_fini",
    "_edata",
    "_end",
    "edata",
    "end",
    "__bss_start",
    "__bss_start__",
    "_bss_start__",
    "_bss_end__",
    "__bss_end__",
    "__end__",
    "__data_start",
    "data_start",
    "__dso_handle",
    "_GLOBAL_OFFSET_TABLE_",
    "_DYNAMIC",
    "__TMC_END__",
    "__stack",
];

/// Placement new and delete: inline functions of the C++ library in the global namespace.
const PLACEMENT: &[&str] = &["_ZnwmPv", "_ZnamPv", "_ZnwjPv", "_ZnajPv", "_ZdlPvS_", "_ZdaPvS_"];

/// Tells the origin of the symbols of one release.
pub struct Origins {
    /// A release of nothing but "bundled" names is that project's own release.
    has_own_libraries: bool,
}

impl Origins {
    /// Looks at what the release consists of.
    pub fn of(release: &Release) -> Origins {
        Origins { has_own_libraries: release.libraries.iter().any(|l| !looks_bundled(l)) }
    }

    /// Whether a whole library is another project's.
    pub fn is_bundled(&self, library: &Library) -> bool {
        self.has_own_libraries && looks_bundled(library)
    }

    /// Origin of a symbol that `library` exports. `strong`: nobody else is asked to define it.
    pub fn symbol(&self, name: &str, strong: bool, library: &Library) -> Origin {
        if self.is_bundled(library) {
            return Origin::ThirdParty("bundled library");
        }
        match of_name(name, strong, &library.name) {
            Origin::ThirdParty(_) if strong && !is_linked_in(name, library) => Origin::Own,
            origin => origin,
        }
    }

    /// Origin of a type or constant by its qualified name, as `library` of the release describes it. What the standard
    /// library defines is told where its layout changed, which concerns everybody who has it in a class of theirs: it
    /// counts as the library's own.
    pub fn named(&self, name: &str, library: &Library) -> Origin {
        if self.is_bundled(library) {
            return Origin::ThirdParty("bundled library");
        }
        let goes_on = |rest: &str| rest.starts_with("::") || rest.is_empty();
        let is_in = |namespace: &&str| name.strip_prefix(*namespace).is_some_and(goes_on);
        of_namespace(is_in, &library.name)
    }
}

/// The project whose namespace matches. Longer names count first: google::protobuf is not glog.
fn of_namespace(matches: impl Fn(&&str) -> bool, library: &str) -> Origin {
    let found = NAMESPACES.iter().filter_map(|(project, names)| {
        let longest = names.iter().filter(|n| matches(n)).map(|n| n.len()).max()?;
        Some((longest, *project, *names))
    });
    let best = found.max_by_key(|found| found.0);
    best.and_then(|(_, project, names)| foreign(project, names, library)).unwrap_or(Origin::Own)
}

/// A project by its marks, unless the library is that project's own: libprotobuf's symbols are no third party's.
fn foreign(project: &'static str, marks: &[&str], library: &str) -> Option<Origin> {
    let library = library.to_ascii_lowercase();
    let files = FILES.iter().filter(|f| f.0 == project).map(|f| f.1);
    let own = marks.iter().copied().chain(files).any(|m| {
        let mark = m.rsplit("::").next().unwrap_or(m).trim_matches('_').to_ascii_lowercase();
        library.contains(&mark)
    });
    (!own).then_some(Origin::ThirdParty(project))
}

fn looks_bundled(library: &Library) -> bool {
    let path = library.path.as_deref().unwrap_or("");
    // Wheel repair tools put foreign libraries into <project>.libs and .dylibs.
    let repaired = path.rsplit('/').skip(1).any(|folder| folder.ends_with(".libs") || folder == ".dylibs");
    let stem = super::pairing::stem(&library.name);
    let goes_on =
        |rest: &str| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit() || "_-".contains(c));
    repaired || BUNDLED.iter().any(|b| stem.strip_prefix(b).is_some_and(goes_on))
}

/// Whether the library defines a few more symbols that begin like this one of a third party's does.
fn is_linked_in(name: &str, library: &Library) -> bool {
    let prefixes = C_PREFIXES.iter().flat_map(|(_, prefixes)| *prefixes).find(|p| name.starts_with(**p));
    let beginnings = match (prefixes, Outermost::of(name)) {
        (Some(prefix), _) => vec![(*prefix).to_owned()],
        (None, Outermost::Namespace(root, _)) => {
            ["_ZN", "_ZNK"].map(|p| format!("{p}{}{root}", root.len())).to_vec()
        }
        (None, _) => return true,
    };
    let strong =
        beginnings.iter().flat_map(|b| exports_with_prefix(library, b)).filter(|e| Export::is_strong(e));
    strong.take(FEWEST_STRONG).count() == FEWEST_STRONG
}

fn of_name(name: &str, strong: bool, library: &str) -> Origin {
    let name = mangling::scalar(name).unwrap_or(name);
    if LINKER_MADE.contains(&name)
        || PLACEMENT.contains(&name)
        || name.starts_with("_ZGTt")
        || name.starts_with("_ZGTn")
    {
        return Origin::Toolchain;
    }
    for (found, prefixes) in C_PREFIXES {
        if prefixes.iter().any(|p| name.starts_with(p)) {
            return foreign(found, prefixes, library).unwrap_or(Origin::Own);
        }
    }
    match Outermost::of(name) {
        Outermost::Std if library.starts_with("libstdc++") || library.starts_with("libc++") => Origin::Own,
        // A strong definition in namespace std is a specialization for a type of the library, or a part of a C++
        // library that was linked in.
        Outermost::Std if strong && has_foreign_argument(name) => Origin::Own,
        Outermost::Std | Outermost::PlainType => Origin::Toolchain,
        Outermost::Namespace(root, rest) => {
            let matches = |wanted: &&str| match wanted.split_once("::") {
                Some((first, second)) => {
                    root == first && mangling::source_name(rest).is_some_and(|n| n.0 == second)
                }
                None => root == *wanted,
            };
            of_namespace(matches, library)
        }
        Outermost::Other => Origin::Own,
    }
}

/// Whether a template argument names something outside of the standard library.
fn has_foreign_argument(name: &str) -> bool {
    name.match_indices('I').any(|(at, _)| {
        let rest = name[at + 1..].trim_start_matches('N');
        mangling::source_name(rest).is_some_and(|(first, _)| !first.is_empty() && !first.starts_with("__"))
    })
}

/// The outermost scope of what a mangled name is about.
enum Outermost<'n> {
    Std,
    /// A namespace or class, and the mangled text after it.
    Namespace(&'n str, &'n str),
    /// Typeinfo of a type that is no class: emitted wherever it is thrown or asked for.
    PlainType,
    Other,
}

impl<'n> Outermost<'n> {
    fn of(name: &'n str) -> Outermost<'n> {
        let Some(mut rest) = name.strip_prefix("_Z") else { return Outermost::Other };
        let is_rtti = rest.starts_with("TI") || rest.starts_with("TS");
        for special in ["TV", "TT", "TI", "TS", "TC", "GV", "GR", "TH", "TW"] {
            if let Some(after) = rest.strip_prefix(special) {
                rest = after;
                break;
            }
        }
        if ["Th", "Tv", "Tc"].iter().any(|t| rest.starts_with(t)) {
            // Offsets end with an underscore each; the target starts after the last of them.
            rest = rest.find("_N").map_or("", |at| &rest[at + 1..]);
        }
        if is_rtti && rest.starts_with(['F', 'P', 'A', 'M', 'D']) {
            return Outermost::PlainType;
        }
        rest = rest.trim_start_matches(['Z', 'L']);
        let is_nested = rest.starts_with('N');
        let rest = rest.strip_prefix('N').unwrap_or(rest).trim_start_matches(['K', 'V', 'r', 'R', 'O']);
        if ["St", "Sa", "Sb", "Ss", "Si", "So", "Sd"].iter().any(|s| rest.starts_with(s)) {
            return Outermost::Std;
        }
        match mangling::source_name(rest) {
            Some(("__gnu_cxx" | "__cxxabiv1" | "__gnu_internal", _)) => Outermost::Std,
            // What NVIDIA's compiler makes of lambdas for devices.
            Some((root, _)) if root.starts_with("__nv_hdl_") => Outermost::Std,
            Some((root, after)) if is_nested => Outermost::Namespace(root, after),
            _ => Outermost::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(name: &str) -> Origin {
        of_name(name, false, "libtorch_cpu.so")
    }

    #[test]
    fn toolchain() {
        for name in [
            "_ZNSt6vectorIN3c106SymIntESaIS1_EE9push_backERKS1_",
            "_ZGTtNSt13runtime_errorC1EPKc",
            "_end",
            "_ZTIPFvvE",
            "_ZNK9__gnu_cxx13new_allocatorIcE8max_sizeEv",
            "_ZTVSt9exception",
            "_ZZNSt19_Sp_make_shared_tag5_S_tiEvE5__tag",
            "_ZN15__nv_hdl_helperI11__nv_dl_tagIPFvvELj1EEE5fp_copE",
        ] {
            assert_eq!(origin(name), Origin::Toolchain, "{name}");
        }
        assert_eq!(of_name("_ZNSt4hashI3FooEclES0_", true, "libfoo.so"), Origin::Own);
        assert_eq!(of_name("_ZNSt11logic_errorC1EPKc", true, "libfoo.so"), Origin::Toolchain);
        assert_eq!(of_name("_ZNSs4swapERSs", false, "libstdc++.so.6"), Origin::Own);
    }

    #[test]
    fn third_parties() {
        assert_eq!(origin("_ZN6google8protobuf7MessageD1Ev"), Origin::ThirdParty("Protocol Buffers"));
        assert_eq!(origin("_ZN6google10LogMessageD1Ev"), Origin::ThirdParty("glog"));
        assert_eq!(origin("_ZThn16_N4dnnl4impl1fEv"), Origin::ThirdParty("oneDNN"));
        assert_eq!(origin("xnn_run"), Origin::ThirdParty("XNNPACK"));
        assert_eq!(origin("_ZGVnN4vv_Sleef_powf_u10"), Origin::ThirdParty("SLEEF"));
        assert_eq!(of_name("_ZN3fmt3v106formatEv", false, "libfmt.so.10"), Origin::Own);
        assert_eq!(of_name("_ZN6google10LogMessageD1Ev", false, "libglog.so.0"), Origin::Own);
        assert_eq!(of_name("_ZN7testing4TestC2Ev", false, "libgmock.so"), Origin::Own);
    }

    #[test]
    fn own() {
        for name in ["_ZN3c105ErrorD1Ev", "_ZTIN2at6TensorE", "aoti_torch_cpu_add", "_Z3foov", "_ZTV3Foo"] {
            assert_eq!(origin(name), Origin::Own, "{name}");
        }
    }

    #[test]
    fn types_of_third_parties() {
        let library = |name: &str| Library { name: name.to_owned(), ..Library::default() };
        let release = Release { libraries: vec![library("libtorch_cpu.so")], ..Release::default() };
        let of = |name: &str, file: &str| Origins::of(&release).named(name, &library(file));
        assert_eq!(
            of("google::protobuf::Message", "libtorch_cpu.so"),
            Origin::ThirdParty("Protocol Buffers")
        );
        assert_eq!(of("google::protobuf::Message", "libprotobuf.so"), Origin::Own);
        assert_eq!(of("fmt::v9::context", "libc10.so"), Origin::ThirdParty("fmt"));
        assert_eq!(of("fmtx::A", "libc10.so"), Origin::Own);
        assert_eq!(of("c10::TensorImpl", "libc10.so"), Origin::Own);
    }

    #[test]
    fn one_function_makes_no_third_party() {
        let export = |name: String| Export { name: name.into(), ..Export::default() };
        let with = |names: &[&str]| Library {
            name: "libcolor.so".to_owned(),
            exports: names.iter().map(|n| export(format!("uv_{n}"))).collect(),
            ..Library::default()
        };
        let origin = |library: &Library| {
            let release = Release { libraries: vec![library.clone()], ..Release::default() };
            Origins::of(&release).symbol("uv_to_rgb", true, library)
        };
        assert_eq!(origin(&with(&["to_rgb"])), Origin::Own);
        assert_eq!(origin(&with(&["a", "b", "run", "to_rgb"])), Origin::ThirdParty("libuv"));
    }

    #[test]
    fn a_name_that_begins_like_a_bundled_library_is_none() {
        let bundled = |name: &str| looks_bundled(&Library { name: name.to_owned(), ..Library::default() });
        for name in
            ["libz.so.1", "libcudnn_ops.so.9", "libnvrtc-builtins.so.12", "libmkl_core.so", "libiomp5.so"]
        {
            assert!(bundled(name), "{name}");
        }
        for name in ["libzmq.so.5", "libcustomer.so", "libcurl.so.4", "libnvme.so.1"] {
            assert!(!bundled(name), "{name}");
        }
    }

    #[test]
    fn a_library_compared_by_itself_is_nobodys_bundle() {
        let library = |name: &str, path: &str| Library {
            name: name.to_owned(),
            path: Some(path.to_owned()),
            ..Library::default()
        };
        let gomp = library("libgomp-0123abcd.so.1", "torch.libs/libgomp-0123abcd.so.1");
        let alone = Release { libraries: vec![gomp.clone()], ..Release::default() };
        assert!(!Origins::of(&alone).is_bundled(&gomp));
        let libraries = vec![gomp.clone(), library("libc10.so", "torch/lib/libc10.so")];
        let wheel = Release { libraries, ..Release::default() };
        assert!(Origins::of(&wheel).is_bundled(&gomp));
    }
}
