//! What differs between architectures: names, ABI flags, and which relocation types store an address.

use object::elf;

use super::image::Image;
use crate::abi;

/// How a dynamic relocation computes the word that it stores.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::binary) enum Stores {
    /// Load address plus addend (`R_*_RELATIVE`).
    Base,
    /// Symbol plus addend (`R_*_64`, `R_*_ABS32`, `R_*_GLOB_DAT`, …).
    Symbol,
    /// Something that no vtable or typeinfo holds.
    Other,
}

/// Classifies a relocation type of the word size of `image`.
pub(in crate::binary) fn relocation(image: &Image<'_>, kind: u32) -> Stores {
    // (relative, symbolic word, GLOB_DAT), from each processor supplement.
    let (relative, symbolic, glob_dat) = match (image.machine, image.is_64) {
        (elf::EM_X86_64, true) => (8, 1, 6),
        (elf::EM_X86_64, false) => (8, 10, 6), // x32
        (elf::EM_386, _) => (8, 1, 6),
        (elf::EM_AARCH64, true) => (1027, 257, 1025),
        (elf::EM_AARCH64, false) => (183, 1, 181), // ILP32
        (elf::EM_ARM, _) => (23, 2, 21),
        (elf::EM_PPC64, _) => (22, 38, 20),
        (elf::EM_PPC, _) => (22, 1, 20),
        (elf::EM_S390, true) => (12, 22, 10),
        (elf::EM_S390, false) => (12, 4, 10),
        (elf::EM_RISCV, true) => (3, 2, u32::MAX),
        (elf::EM_RISCV, false) => (3, 1, u32::MAX),
        (elf::EM_LOONGARCH, true) => (3, 2, u32::MAX),
        (elf::EM_LOONGARCH, false) => (3, 1, u32::MAX),
        _ => return Stores::Other,
    };
    match kind {
        k if k == relative => Stores::Base,
        k if k == symbolic || k == glob_dat => Stores::Symbol,
        _ => Stores::Other,
    }
}

/// The type of `R_*_COPY`, from each processor supplement.
pub(in crate::binary) fn copy_relocation(image: &Image<'_>) -> Option<u32> {
    Some(match image.machine {
        elf::EM_X86_64 | elf::EM_386 => 5,
        elf::EM_AARCH64 if image.is_64 => 1024,
        elf::EM_AARCH64 => 180, // ILP32
        elf::EM_ARM => 20,
        elf::EM_PPC64 | elf::EM_PPC => 19,
        elf::EM_S390 => 9,
        elf::EM_RISCV | elf::EM_LOONGARCH => 4,
        _ => return None,
    })
}

/// Whether [`relocation`] knows this machine, so that vtables can be decoded.
pub(in crate::binary) fn has_relocation_table(image: &Image<'_>) -> bool {
    [
        elf::EM_X86_64,
        elf::EM_386,
        elf::EM_AARCH64,
        elf::EM_ARM,
        elf::EM_PPC64,
        elf::EM_PPC,
        elf::EM_S390,
        elf::EM_RISCV,
        elf::EM_LOONGARCH,
    ]
    .contains(&image.machine)
}

/// Address of the instruction that a code pointer names: on 32-bit Arm the lowest bit selects Thumb.
pub(in crate::binary) fn code_address(image: &Image<'_>, pointer: u64) -> u64 {
    if image.machine == elf::EM_ARM { pointer & !1 } else { pointer }
}

/// The model's description of what the file was compiled for.
pub(in crate::binary) fn describe(image: &Image<'_>) -> abi::Machine {
    let little = image.endian == object::Endianness::Little;
    let bits = if image.is_64 { 64 } else { 32 };
    let arch = match (image.machine, image.is_64, little) {
        (elf::EM_X86_64, true, _) => "x86_64".to_owned(),
        (elf::EM_X86_64, false, _) => "x32".to_owned(),
        (elf::EM_386, ..) => "i386".to_owned(),
        (elf::EM_AARCH64, ..) => "aarch64".to_owned(),
        (elf::EM_ARM, ..) => "arm".to_owned(),
        (elf::EM_PPC64, _, true) => "ppc64le".to_owned(),
        (elf::EM_PPC64, _, false) => "ppc64".to_owned(),
        (elf::EM_PPC, ..) => "ppc".to_owned(),
        (elf::EM_S390, true, _) => "s390x".to_owned(),
        (elf::EM_S390, false, _) => "s390".to_owned(),
        (elf::EM_RISCV, true, _) => "riscv64".to_owned(),
        (elf::EM_RISCV, false, _) => "riscv32".to_owned(),
        (elf::EM_LOONGARCH, ..) => format!("loongarch{bits}"),
        (machine, ..) => format!("machine-{}", machine.0),
    };
    abi::Machine { arch, bits, big_endian: !little, abi: abi_flags(image) }
}

fn abi_flags(image: &Image<'_>) -> Option<String> {
    let flags = image.flags;
    let name = match image.machine {
        elf::EM_ARM if flags & 0x400 != 0 => "hard-float",
        elf::EM_ARM if flags & 0x200 != 0 => "soft-float",
        elf::EM_PPC64 => match flags & 3 {
            1 => "elfv1",
            2 => "elfv2",
            _ => return None,
        },
        elf::EM_RISCV => match flags & 6 {
            0 => "soft-float",
            2 => "single-float",
            4 => "double-float",
            _ => "quad-float",
        },
        elf::EM_LOONGARCH => match flags & 7 {
            1 => "soft-float",
            2 => "single-float",
            3 => "double-float",
            _ => return None,
        },
        _ => return None,
    };
    Some(name.to_owned())
}
