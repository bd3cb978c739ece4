//! Projects that get linked into, or packed beside, other people's libraries: what their symbols, libraries and headers are
//! called, and what shows that a name is really theirs.
//!
//! An entry is a guess. Names are free for everybody: a namespace `testing` is GoogleTest's only where something is in it
//! that GoogleTest has. [`super::Origins`] asks for such signs, and lets the release's own facts overrule them.

/// A project, and how it is told.
#[derive(Debug, Default)]
pub(super) struct Project {
    /// As people call it.
    pub(super) name: &'static str,
    /// Outermost namespaces, or one in another's: `google::protobuf`.
    pub(super) namespaces: &'static [&'static str],
    /// How its C names begin.
    pub(super) prefixes: &'static [&'static str],
    /// How some of what stands directly in the namespaces begins, or some of its C names. One of them has to be there,
    /// defined or referred to, or the names are somebody else's. None: the names say enough.
    pub(super) signs: &'static [&'static str],
    /// Others use the namespace too: only what the signs name is the project's.
    pub(super) shares_namespace: bool,
    /// Stems of its own libraries, without `lib`, where namespaces and prefixes are no part of them.
    pub(super) called: &'static [&'static str],
    /// Stems of its libraries that releases of others carry along; a word may follow after a digit, `_` or `-`.
    pub(super) libraries: &'static [&'static str],
    /// Parts of paths that only its headers have.
    pub(super) headers: &'static [&'static str],
}

/// So that entries name only what they have.
const NONE: Project = Project {
    name: "",
    namespaces: &[],
    prefixes: &[],
    signs: &[],
    shares_namespace: false,
    called: &[],
    libraries: &[],
    headers: &[],
};

/// All that are known, by name.
pub(super) const PROJECTS: &[Project] = &[
    Project {
        name: "Abseil",
        namespaces: &["absl"],
        signs: &[
            "lts_",
            "debian",
            "Status",
            "Mutex",
            "Cord",
            "Time",
            "Duration",
            "string_view",
            "InlinedVector",
            "StrCat",
            "base_internal",
            "container_internal",
            "hash_internal",
            "log_internal",
            "strings_internal",
            "synchronization_internal",
            "time_internal",
            "status_internal",
        ],
        headers: &["absl/"],
        ..NONE
    },
    Project {
        name: "Arm Compute Library",
        namespaces: &["arm_compute", "arm_conv", "arm_gemm"],
        signs: &[
            "cpu",
            "experimental",
            "graph",
            "depthwise",
            "pooling",
            "winograd",
            "Gemm",
            "TensorInfo",
            "NE",
            "ITensor",
            "CPUInfo",
            "Window",
            "Scheduler",
            "IScheduler",
        ],
        libraries: &["arm_compute"],
        headers: &["arm_compute/", "arm_gemm/", "arm_conv/"],
        ..NONE
    },
    Project {
        name: "asmjit",
        namespaces: &["asmjit"],
        signs: &["_abi_", "CodeHolder", "JitRuntime", "Zone", "x86", "a64", "Base", "ErrorHandler", "v1_"],
        headers: &["asmjit/"],
        ..NONE
    },
    Project {
        name: "Boost",
        namespaces: &["boost"],
        signs: &[
            "system",
            "exception_detail",
            "filesystem",
            "shared_ptr",
            "asio",
            "thread",
            "regex",
            "re_detail",
            "program_options",
            "python",
            "iostreams",
            "chrono",
            "multiprecision",
            "wrapexcept",
            "throw_exception",
            "container",
            "serialization",
            "archive",
            "date_time",
            "locale",
            "uuids",
            "intrusive_ptr",
        ],
        headers: &["boost/"],
        ..NONE
    },
    Project {
        name: "cpuinfo",
        prefixes: &["cpuinfo_", "clog_"],
        signs: &["cpuinfo_initialize", "cpuinfo_get_", "cpuinfo_isa", "clog_vlog_"],
        headers: &["cpuinfo.h", "clog.h"],
        ..NONE
    },
    Project {
        name: "CUDA",
        // What NVIDIA's packages carry, and what is loaded by name from it.
        libraries: &[
            "cublas",
            "cublasLt",
            "cudart",
            "cudnn",
            "cufft",
            "cufftw",
            "cufile",
            "cupti",
            "curand",
            "cusolver",
            "cusolverMg",
            "cusparse",
            "cusparseLt",
            "nccl",
            "nvToolsExt",
            "nvJitLink",
            "nvfatbin",
            "nvjpeg",
            "nvperf",
            "nvrtc",
            "nvshmem",
        ],
        called: &["cuda"],
        headers: &["cuda", "cudnn", "nccl", "nvrtc", "nvshmem", "nvtx"],
        ..NONE
    },
    Project {
        name: "CUTLASS",
        namespaces: &["cutlass", "cute"],
        signs: &[
            "gemm",
            "epilogue",
            "conv",
            "arch",
            "layout",
            "kernel_launch",
            "cuda_exception",
            "ClusterLauncher",
            "DeviceAllocation",
            "KernelHardwareInfo",
            "tuple",
            "Layout",
            "reduction",
            "transform",
        ],
        headers: &["cutlass/", "cute/"],
        ..NONE
    },
    Project {
        name: "Eigen",
        namespaces: &["Eigen"],
        signs: &[
            "internal",
            "Matrix",
            "Array",
            "Map",
            "Block",
            "DenseBase",
            "PlainObjectBase",
            "ThreadPool",
            "Quaternion",
            "Sparse",
            "Tensor",
            "half",
            "bfloat16",
            "LLT",
            "JacobiSVD",
        ],
        headers: &["Eigen/"],
        ..NONE
    },
    Project {
        name: "FBGEMM",
        namespaces: &["fbgemm"],
        signs: &[
            "PackMatrix",
            "PackA",
            "PackB",
            "PackW",
            "fbgemm",
            "GenerateEmbedding",
            "requantize",
            "ReQuantize",
            "ExecuteKernel",
            "CodeCache",
            "QuantUtils",
            "Quantize",
            "cblas_",
            "SparseAdaGrad",
            "conv",
            "FloatOrHalf",
            "FloatToBfloat16",
            "transpose_simd",
            "RequantizationParams",
            "Xor128",
        ],
        headers: &["fbgemm/"],
        ..NONE
    },
    Project {
        name: "FlatBuffers",
        namespaces: &["flatbuffers"],
        signs: &[
            "FlatBuffer",
            "Verifier",
            "Table",
            "Vector",
            "Parser",
            "ClassicLocale",
            "DefaultAllocator",
            "vector_downward",
            "DetachedBuffer",
            "Allocator",
        ],
        headers: &["flatbuffers/"],
        ..NONE
    },
    Project {
        name: "fmt",
        namespaces: &["fmt"],
        // The version has been an inline namespace since 5.0.
        signs: &[
            "v10",
            "v11",
            "v12",
            "v13",
            "v5",
            "v6",
            "v7",
            "v8",
            "v9",
            "BasicWriter",
            "internal",
            "FormatError",
        ],
        headers: &["fmt/"],
        ..NONE
    },
    Project {
        name: "GCC",
        libraries: &["atomic", "gcc_s", "gfortran", "gomp", "quadmath", "stdc++"],
        ..NONE
    },
    Project {
        name: "gflags",
        namespaces: &["gflags"],
        // A library's own flags are called so as well: what it defines by gflags' macros.
        prefixes: &["FLAGS_"],
        headers: &["gflags/"],
        ..NONE
    },
    Project {
        name: "glog",
        namespaces: &["google"],
        signs: &[
            "LogMessage",
            "LogSink",
            "LogSeverity",
            "LogDestination",
            "InitGoogleLogging",
            "ShutdownGoogleLogging",
            "InstallFailure",
            "InstallPrefixFormatter",
            "IsGoogleLoggingInitialized",
            "FlushLogFiles",
            "SetLog",
            "SetStderrLogging",
            "SetEmailLogging",
            "SetApplicationFingerprint",
            "SetVLOGLevel",
            "AddLogSink",
            "RemoveLogSink",
            "EnableLogCleaner",
            "DisableLogCleaner",
            "ErrnoLogMessage",
            "NullStream",
            "CheckOpMessageBuilder",
            "CheckStr",
            "Check_",
            "MakeCheckOp",
            "RawLog",
            "VLOG",
            "base",
            "glog_internal_namespace_",
            "logging",
            "Demangle",
            "GetStackTrace",
            "Symbolize",
            "TruncateLogFile",
            "ReprintFatalMessage",
            "DumpStackTrace",
            "GetLogSeverityName",
            "StrError",
            "posix_strerror_r",
            "g_logging_fail_func",
            "kLogSiteUninitialized",
            "nonstd",
            "tools",
            "fLI",
            "fLB",
        ],
        shares_namespace: true,
        called: &["glog"],
        headers: &["glog/"],
        ..NONE
    },
    Project {
        name: "gloo",
        namespaces: &["gloo"],
        signs: &["transport", "rendezvous", "Context", "EnforceNotMet", "Algorithm", "Cuda", "MakeString"],
        headers: &["gloo/"],
        ..NONE
    },
    Project {
        name: "GoogleTest",
        namespaces: &["testing"],
        signs: &[
            "Test",
            "UnitTest",
            "AssertionResult",
            "AssertionSuccess",
            "AssertionFailure",
            "InitGoogle",
            "EmptyTestEventListener",
            "ScopedTrace",
            "TempDir",
            "FLAGS_gtest",
            "FLAGS_gmock",
            "Mock",
            "InSequence",
        ],
        called: &["gtest", "gmock"],
        headers: &["gtest/", "gmock/"],
        ..NONE
    },
    Project {
        name: "gRPC",
        namespaces: &["grpc", "grpc_core"],
        signs: &[
            "Server",
            "Channel",
            "ClientContext",
            "CompletionQueue",
            "Status",
            "internal",
            "ByteBuffer",
            "Call",
            "CreateChannel",
            "GrpcLibrary",
            "ExecCtx",
            "Json",
            "Slice",
            "Resolver",
        ],
        headers: &["grpc/", "grpcpp/", "grpc++/"],
        ..NONE
    },
    Project {
        name: "ITT",
        prefixes: &["__itt_"],
        signs: &[
            "__itt_api_version",
            "__itt_domain_create",
            "__itt_task_begin",
            "__itt_init_ittlib",
            "__itt_fini",
        ],
        called: &["ittnotify"],
        headers: &["ittnotify"],
        ..NONE
    },
    Project {
        name: "JSON for Modern C++",
        namespaces: &["nlohmann"],
        signs: &["json_abi_", "basic_json", "detail", "ordered_map", "json_pointer", "adl_serializer"],
        headers: &["nlohmann/"],
        ..NONE
    },
    Project {
        name: "Kineto",
        namespaces: &["libkineto", "KINETO_NAMESPACE"],
        signs: &[
            "Activity",
            "Cupti",
            "Config",
            "ChromeTrace",
            "AbstractConfig",
            "Logger",
            "api",
            "LibkinetoApi",
            "GenericTraceActivity",
            "DaemonConfigLoader",
            "TraceSpan",
            "Roctracer",
            "CpuTraceBuffer",
        ],
        called: &["kineto"],
        headers: &["kineto/"],
        ..NONE
    },
    Project {
        name: "KleidiAI",
        namespaces: &["kai"],
        prefixes: &["kai_"],
        signs: &["kai_get_", "kai_run_", "kai_kernel_", "ukernels"],
        headers: &["kai/"],
        ..NONE
    },
    Project {
        name: "libpng",
        prefixes: &["png_"],
        signs: &["png_create_", "png_read_", "png_write_", "png_init_io", "png_destroy_", "png_sig_cmp"],
        headers: &["png.h", "pngconf.h"],
        ..NONE
    },
    Project {
        name: "libuv",
        prefixes: &["uv_", "uv__"],
        signs: &[
            "uv_run",
            "uv_loop_",
            "uv_default_loop",
            "uv_async_",
            "uv__io_",
            "uv_handle_size",
            "uv_version",
        ],
        headers: &["uv.h", "uv/"],
        ..NONE
    },
    Project { name: "LLVM", libraries: &["c++", "c++abi", "omp", "iomp"], ..NONE },
    Project {
        name: "LZ4",
        prefixes: &["LZ4_", "LZ4F_"],
        signs: &[
            "LZ4_compress",
            "LZ4_decompress",
            "LZ4_version",
            "LZ4F_compress",
            "LZ4F_decompress",
            "LZ4F_create",
        ],
        headers: &["lz4"],
        ..NONE
    },
    Project {
        name: "miniz",
        prefixes: &["mz_", "tdefl_", "tinfl_", "miniz_"],
        signs: &[
            "mz_zip_",
            "mz_compress",
            "mz_deflate",
            "mz_inflate",
            "tdefl_compress",
            "tinfl_decompress",
            "miniz_def_",
        ],
        headers: &["miniz"],
        ..NONE
    },
    Project { name: "MKL", libraries: &["mkl"], ..NONE },
    Project { name: "MPI", libraries: &["mpi"], ..NONE },
    Project {
        name: "NNPACK",
        prefixes: &["nnp_"],
        signs: &[
            "nnp_initialize",
            "nnp_convolution_",
            "nnp_fft",
            "nnp_ifft",
            "nnp_relu_",
            "nnp_kwt",
            "nnp_hwinfo",
        ],
        called: &["nnpack"],
        headers: &["nnpack"],
        ..NONE
    },
    Project { name: "numactl", libraries: &["numa"], ..NONE },
    Project {
        name: "oneDNN",
        namespaces: &["dnnl", "ideep", "mkldnn", "Xbyak", "Xbyak_aarch64"],
        prefixes: &["dnnl_", "mkldnn_"],
        signs: &[
            "impl",
            "engine",
            "error",
            "memory",
            "stream",
            "primitive",
            "graph",
            "tensor",
            "CodeGenerator",
            "CodeArray",
            "util",
            "dnnl_engine_",
            "dnnl_primitive_",
            "dnnl_memory_",
            "dnnl_stream_",
            "dnnl_version",
            "mkldnn_engine_",
            "mkldnn_primitive_",
            "utils",
            "fetch",
        ],
        headers: &["oneapi/dnnl/", "dnnl", "mkldnn", "ideep", "xbyak"],
        ..NONE
    },
    Project {
        name: "ONNX",
        namespaces: &["onnx", "onnx_torch"],
        signs: &[
            "ModelProto",
            "TensorProto",
            "GraphProto",
            "NodeProto",
            "AttributeProto",
            "TypeProto",
            "OpSchema",
            "OpSet",
            "Common",
            "checker",
            "shape_inference",
            "version_conversion",
            "optimization",
        ],
        headers: &["onnx/"],
        ..NONE
    },
    Project {
        name: "OpenBLAS",
        prefixes: &["openblas_", "cblas_"],
        signs: &[
            "openblas_get_",
            "openblas_set_",
            "cblas_sgemm",
            "cblas_dgemm",
            "cblas_saxpy",
            "cblas_daxpy",
            "cblas_sdot",
        ],
        called: &["blas"],
        libraries: &["openblas", "openblasp"],
        headers: &["openblas", "cblas"],
        ..NONE
    },
    Project {
        name: "OpenMP",
        prefixes: &["GOMP_", "omp_", "kmp_", "__kmpc_"],
        signs: &[
            "GOMP_parallel",
            "GOMP_barrier",
            "omp_get_",
            "omp_set_",
            "__kmpc_fork_call",
            "__kmpc_barrier",
        ],
        headers: &["omp.h"],
        ..NONE
    },
    Project {
        name: "OpenSSL",
        prefixes: &["SSL_", "EVP_", "CRYPTO_"],
        signs: &[
            "SSL_new",
            "SSL_CTX_new",
            "SSL_connect",
            "EVP_MD_CTX_",
            "EVP_CIPHER_CTX_",
            "EVP_PKEY_",
            "EVP_Digest",
            "EVP_sha",
            "CRYPTO_malloc",
            "CRYPTO_free",
            "CRYPTO_THREAD_",
            "CRYPTO_memcmp",
        ],
        called: &["openssl"],
        libraries: &["crypto", "ssl"],
        headers: &["openssl/"],
        ..NONE
    },
    Project {
        name: "Protocol Buffers",
        namespaces: &["google::protobuf"],
        // Nobody else has such a namespace.
        signs: &[],
        called: &["protoc", "protobuf", "upb"],
        headers: &["google/protobuf/"],
        ..NONE
    },
    Project {
        name: "pthreadpool",
        prefixes: &["pthreadpool_"],
        signs: &["pthreadpool_create", "pthreadpool_parallelize", "pthreadpool_compute"],
        headers: &["pthreadpool.h"],
        ..NONE
    },
    Project {
        name: "pybind11",
        namespaces: &["pybind11"],
        signs: &[
            "detail",
            "object",
            "handle",
            "error_already_set",
            "module_",
            "str",
            "dict",
            "list",
            "tuple",
            "cast",
            "class_",
            "cpp_function",
            "builtin_exception",
            "buffer",
            "bytes",
            "gil_scoped",
            "function",
        ],
        headers: &["pybind11/"],
        ..NONE
    },
    Project {
        name: "SLEEF",
        prefixes: &["Sleef_"],
        signs: &["Sleef_sin", "Sleef_cos", "Sleef_exp", "Sleef_log", "Sleef_pow", "Sleef_fin", "Sleef_cin"],
        headers: &["sleef"],
        ..NONE
    },
    Project {
        name: "spdlog",
        namespaces: &["spdlog"],
        signs: &[
            "logger",
            "sinks",
            "details",
            "level",
            "async_logger",
            "pattern_formatter",
            "spdlog_ex",
            "formatter",
            "set_",
            "get",
            "default_logger",
            "throw_spdlog_ex",
        ],
        headers: &["spdlog/"],
        ..NONE
    },
    Project {
        name: "TBB",
        namespaces: &["tbb"],
        signs: &[
            "detail",
            "interface",
            "internal",
            "task",
            "global_control",
            "mutex",
            "spin_mutex",
            "queuing_mutex",
            "concurrent_",
            "filter",
            "pipeline",
        ],
        libraries: &["tbb", "tbbmalloc"],
        headers: &["tbb/"],
        ..NONE
    },
    Project {
        name: "TensorPipe",
        namespaces: &["tensorpipe"],
        signs: &[
            "transport",
            "channel",
            "Pipe",
            "Context",
            "Listener",
            "DeferredExecutor",
            "NopHolder",
            "Error",
        ],
        headers: &["tensorpipe/"],
        ..NONE
    },
    Project {
        name: "Thrust",
        namespaces: &["thrust", "cub"],
        signs: &["THRUST_", "CUB_", "system", "cuda_cub", "detail", "device_", "host_vector", "Device", "V_"],
        headers: &["thrust/", "cub/"],
        ..NONE
    },
    Project {
        name: "XNNPACK",
        prefixes: &["xnn_"],
        signs: &[
            "xnn_initialize",
            "xnn_create_",
            "xnn_setup_",
            "xnn_run",
            "xnn_define_",
            "xnn_delete_",
            "xnn_f32_",
        ],
        headers: &["xnnpack"],
        ..NONE
    },
    Project {
        name: "yaml-cpp",
        namespaces: &["YAML"],
        signs: &[
            "Node",
            "Emitter",
            "Parser",
            "Exception",
            "Load",
            "Dump",
            "detail",
            "Scanner",
            "RegEx",
            "Stream",
            "BadConversion",
            "ParserException",
            "NodeBuilder",
            "Exp",
        ],
        headers: &["yaml-cpp/"],
        ..NONE
    },
    Project {
        name: "zlib",
        libraries: &["z"],
        called: &["minizip"],
        headers: &["zlib.h", "zconf.h"],
        ..NONE
    },
    Project {
        name: "Zstandard",
        prefixes: &["ZSTD_", "HUF_", "FSE_"],
        signs: &[
            "ZSTD_compress",
            "ZSTD_decompress",
            "ZSTD_create",
            "ZSTD_version",
            "HUF_compress",
            "HUF_decompress",
        ],
        headers: &["zstd"],
        ..NONE
    },
];

impl Project {
    /// The longest of its namespaces or prefixes that a symbol of that scope and name has.
    pub(super) fn mark(&self, is_in: impl Fn(&str) -> bool, name: &str) -> Option<usize> {
        let namespaces = self.namespaces.iter().filter(|n| is_in(n)).map(|n| n.len());
        let prefixes = self.prefixes.iter().filter(|p| name.starts_with(**p)).map(|p| p.len());
        namespaces.chain(prefixes).max()
    }

    /// Whether a library of that file name, SONAME or package is the project's own.
    pub(super) fn is_called(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        let last = |mark: &&'static str| mark.rsplit("::").next().unwrap_or(mark).trim_matches('_');
        let marks = self.namespaces.iter().chain(self.prefixes).chain(self.called).map(last);
        // At the start of a word: `compute` is not OpenMP's.
        let starts = |at: usize| {
            let before = name.get(..at).unwrap_or("");
            before.is_empty() || before == "lib" || !before.ends_with(|c: char| c.is_ascii_alphanumeric())
        };
        let is_in = |mark: &str| name.match_indices(mark).any(|(at, _)| starts(at));
        marks.into_iter().any(|mark| is_in(&mark.to_ascii_lowercase()))
            || self.has_library(super::library_stem(&name))
    }

    /// Whether a library of that stem is one that releases of others carry along.
    pub(super) fn has_library(&self, stem: &str) -> bool {
        let Some(stem) = stem.strip_prefix("lib") else { return false };
        let goes_on = |rest: &str| {
            rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_digit() || "_-".contains(c))
        };
        self.libraries.iter().any(|library| stem.strip_prefix(library).is_some_and(goes_on))
    }
}
