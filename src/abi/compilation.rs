//! What the code was compiled with, as far as it changes the ABI: the representation of the language's own types, and
//! options of the compiler.

use serde::{Deserialize, Serialize};

use super::is_default;

/// How the bits of a base type are read (`DW_AT_encoding`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// `bool`
    Boolean,
    /// Two floating-point numbers.
    ComplexFloat,
    /// Decimal floating point.
    DecimalFloat,
    /// Binary floating point.
    Float,
    /// Two's complement.
    Signed,
    /// A character with a sign.
    SignedChar,
    /// No sign.
    Unsigned,
    /// A character without a sign.
    UnsignedChar,
    /// A code unit of Unicode.
    Utf,
    /// Anything else, or not said.
    #[default]
    Other,
}

impl Encoding {
    /// Whether values may be negative. None for what is no integer.
    pub fn is_signed(self) -> Option<bool> {
        match self {
            Encoding::Signed | Encoding::SignedChar => Some(true),
            Encoding::Unsigned | Encoding::UnsignedChar | Encoding::Utf | Encoding::Boolean => Some(false),
            Encoding::ComplexFloat | Encoding::DecimalFloat | Encoding::Float | Encoding::Other => None,
        }
    }
}

/// A type of the language itself that a kept fact mentions.
///
/// Several of one name are there where units were compiled with other options (`-funsigned-char`).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaseType {
    /// Canonical name, as types are spelled with it: `unsigned long`, `_BitInt(128)`.
    #[serde(rename = "base_type")]
    pub name: Box<str>,
    /// Size in bytes.
    pub size: u64,
    /// How its bits are read.
    pub encoding: Encoding,
    /// Alignment in bytes, where debug info says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub align: Option<u64>,
    /// Width in bits, where that is less than the size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bits: Option<u64>,
}

/// An option that changes the ABI, as the compiler recorded it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AbiOption {
    /// The option as it was given: `-fshort-enums`, `-fpack-struct=2`, `-D_TIME_BITS=64`.
    pub option: Box<str>,
    /// Units that were compiled with it.
    #[serde(default, skip_serializing_if = "is_default")]
    pub units: u32,
}

/// Options that change the ABI: how they begin, and the name that those which override each other share.
const OPTIONS: [(&str, &str); 45] = [
    ("-D_FILE_OFFSET_BITS=", "_FILE_OFFSET_BITS"),
    ("-D_TIME_BITS=", "_TIME_BITS"),
    ("-D_GLIBCXX_DEBUG", "_GLIBCXX_DEBUG"),
    ("-D_GLIBCXX_USE_CXX11_ABI=", "_GLIBCXX_USE_CXX11_ABI"),
    ("-D_LIBCPP_ABI_VERSION=", "_LIBCPP_ABI_VERSION"),
    ("-D_LIBCPP_ABI_UNSTABLE", "_LIBCPP_ABI_UNSTABLE"),
    ("-fabi-version=", "-fabi-version"),
    ("-fno-short-enums", "-fshort-enums"),
    ("-fshort-enums", "-fshort-enums"),
    ("-fno-short-wchar", "-fshort-wchar"),
    ("-fshort-wchar", "-fshort-wchar"),
    ("-fno-unsigned-char", "-fsigned-char"),
    ("-fno-signed-char", "-fsigned-char"),
    ("-funsigned-char", "-fsigned-char"),
    ("-fsigned-char", "-fsigned-char"),
    ("-funsigned-bitfields", "-fsigned-bitfields"),
    ("-fsigned-bitfields", "-fsigned-bitfields"),
    ("-fno-pack-struct", "-fpack-struct"),
    ("-fpack-struct", "-fpack-struct"),
    ("-fpcc-struct-return", "-freg-struct-return"),
    ("-freg-struct-return", "-freg-struct-return"),
    ("-fleading-underscore", "-fleading-underscore"),
    ("-fno-leading-underscore", "-fleading-underscore"),
    ("-fclang-abi-compat=", "-fclang-abi-compat"),
    ("-mlong-double-", "-mlong-double"),
    ("-m96bit-long-double", "-m128bit-long-double"),
    ("-m128bit-long-double", "-m128bit-long-double"),
    ("-mabi=", "-mabi"),
    ("-mfloat-abi=", "-mfloat-abi"),
    ("-mhard-float", "-mfloat"),
    ("-msoft-float", "-mfloat"),
    ("-msingle-float", "-mfloat"),
    ("-mdouble-float", "-mfloat"),
    ("-mlong64", "-mlong"),
    ("-mlong32", "-mlong"),
    ("-malign-double", "-malign-double"),
    ("-mno-align-double", "-malign-double"),
    ("-mms-bitfields", "-mms-bitfields"),
    ("-mno-ms-bitfields", "-mms-bitfields"),
    ("-mregparm=", "-mregparm"),
    ("-mrtd", "-mrtd"),
    ("-msseregparm", "-msseregparm"),
    ("-mstructure-size-boundary=", "-mstructure-size-boundary"),
    ("-mno-sse", "-msse"),
    ("-stdlib=", "-stdlib"),
];

/// The name that options share which override each other: `-fsigned-char` and `-funsigned-char` are one choice. None for
/// what does not change the ABI.
pub fn abi_option_choice(option: &str) -> Option<&'static str> {
    let known = OPTIONS.iter().find(|(start, _)| match option.strip_prefix(start) {
        // A whole option, unless its value follows.
        Some(rest) => rest.is_empty() || start.ends_with(['=', '-']) || rest.starts_with('='),
        None => false,
    });
    known.map(|(_, choice)| *choice)
}

/// Bits of the widest vector registers of x86 that what a compiler recorded of its command line allows: options say it, else
/// the processor that is named.
pub fn vector_bits(command_line: &str) -> u32 {
    let words = || command_line.split_ascii_whitespace().map(|word| word.trim_matches(['"', '\'']));
    let processor = words().filter_map(|word| word.strip_prefix("-march=")).next_back().unwrap_or_default();
    let mut bits = match processor {
        _ if AVX_512.iter().any(|name| processor.starts_with(name)) => 512,
        _ if AVX.iter().any(|name| processor.starts_with(name)) => 256,
        _ => 128,
    };
    for word in words() {
        bits = match word {
            "-mno-avx" | "-mno-sse" | "-mgeneral-regs-only" => 128,
            "-mno-avx512f" => bits.min(256),
            _ if word.starts_with("-mavx512") => 512,
            "-mavx" | "-mavx2" | "-mavxvnni" | "-mfma" | "-mfma4" | "-mf16c" | "-mxop" | "-mvaes"
            | "-mvpclmulqdq" => bits.max(256),
            _ => bits,
        };
    }
    bits
}

/// How the names of processors with AVX-512 begin.
const AVX_512: [&str; 16] = [
    "x86-64-v4",
    "skylake-avx512",
    "cannonlake",
    "icelake",
    "cascadelake",
    "cooperlake",
    "tigerlake",
    "rocketlake",
    "sapphirerapids",
    "emeraldrapids",
    "graniterapids",
    "diamondrapids",
    "knl",
    "knm",
    "znver4",
    "znver5",
];

/// How the names of processors with AVX begin.
const AVX: [&str; 26] = [
    "x86-64-v3",
    "sandybridge",
    "corei7-avx",
    "ivybridge",
    "core-avx",
    "haswell",
    "broadwell",
    "skylake",
    "alderlake",
    "raptorlake",
    "meteorlake",
    "arrowlake",
    "lunarlake",
    "pantherlake",
    "gracemont",
    "sierraforest",
    "grandridge",
    "clearwaterforest",
    "bdver",
    "btver2",
    "znver1",
    "znver2",
    "znver3",
    "lujiazui",
    "yongfeng",
    "shijidadao",
];

impl AbiOption {
    /// See [`abi_option_choice`].
    pub fn choice(&self) -> &str {
        abi_option_choice(&self.option).unwrap_or(&self.option)
    }
}

/// The options that change the ABI in what a compiler recorded of its command line, the last one of each choice, sorted.
pub fn abi_options(command_line: &str) -> Vec<String> {
    let mut chosen: Vec<(&str, &str)> = Vec::new();
    // Clang quotes what it has to, and GCC writes `-D NAME` as two words.
    let joined = command_line.replace(" -D ", " -D");
    for word in joined.split_ascii_whitespace() {
        let word = word.trim_matches(['"', '\'']);
        if let Some(choice) = abi_option_choice(word) {
            chosen.retain(|(known, _)| *known != choice);
            chosen.push((choice, word));
        }
    }
    let mut options: Vec<String> = chosen.into_iter().map(|(_, option)| option.to_owned()).collect();
    options.sort_unstable();
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_option_of_a_choice_counts() {
        let gcc = "GNU C17 12.2.0 -mtune=generic -march=x86-64 -g -O1 -fshort-enums -funsigned-char -fsigned-char \
                   -fpack-struct=2 -fPIC -mlong-double-64";
        assert_eq!(
            abi_options(gcc),
            ["-fpack-struct=2", "-fshort-enums", "-fsigned-char", "-mlong-double-64"]
        );
        assert_eq!(abi_options("clang version 14.0.6 -D_GLIBCXX_DEBUG -stdlib=libc++").len(), 2);
        assert!(abi_options("GNU C17 -fshort-enumsx -fpackage -O2").is_empty());
    }

    #[test]
    fn options_choose_vector_registers() {
        for (line, bits) in [
            ("GNU C17 12.2.0 -mtune=generic -march=x86-64 -g", 128),
            ("GNU C17 12.2.0 -mavx2 -march=x86-64", 256),
            ("GNU C17 12.2.0 -mavx512f -mtune=generic -march=x86-64", 512),
            ("GNU C17 12.2.0 -march=x86-64-v3", 256),
            ("GNU C17 12.2.0 -march=skylake", 256),
            ("GNU C17 12.2.0 -march=skylake-avx512", 512),
            ("GNU C17 12.2.0 -march=skylake-avx512 -mno-avx512f", 256),
            ("GNU C17 12.2.0 -march=haswell -mno-avx", 128),
        ] {
            assert_eq!(vector_bits(line), bits, "{line}");
        }
    }

    #[test]
    fn opposites_are_one_choice() {
        assert_eq!(abi_option_choice("-funsigned-char"), abi_option_choice("-fno-unsigned-char"));
        assert_eq!(abi_option_choice("-D_GLIBCXX_DEBUG=1"), Some("_GLIBCXX_DEBUG"));
        assert_eq!(abi_option_choice("-D_GLIBCXX_DEBUG_PEDANTIC"), None);
        assert_eq!(abi_option_choice("-O2"), None);
    }
}
