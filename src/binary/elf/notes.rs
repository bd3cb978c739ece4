//! Notes: the build-id and GNU program properties.

use object::elf;

use super::image::Image;
use crate::abi::Property;

/// What the notes say.
#[derive(Default)]
pub(in crate::binary) struct Notes {
    pub build_id: Option<String>,
    pub properties: Vec<Property>,
}

const NT_GNU_BUILD_ID: u32 = 3;
const NT_GNU_PROPERTY_TYPE_0: u32 = 5;
const X86_FEATURE_1_AND: u32 = 0xc000_0002;
const X86_ISA_1_NEEDED: u32 = 0xc000_8002;
const AARCH64_FEATURE_1_AND: u32 = 0xc000_0000;

impl Notes {
    /// Reads all note segments; where there are none, note sections. A damaged note is a gap: the loader does not care.
    pub(in crate::binary) fn read(image: &Image<'_>, gaps: &mut Vec<String>) -> Notes {
        let mut notes = Notes::default();
        let segments = image.segments.iter().filter(|s| s.kind == elf::PT_NOTE);
        let mut parts: Vec<(u64, u64, u64)> = segments.map(|s| (s.offset, s.file_size, s.align)).collect();
        if parts.is_empty() {
            let sections = image.sections.iter().filter(|s| s.kind == elf::SHT_NOTE);
            parts = sections.map(|s| (s.offset, s.size, s.align)).collect();
        }
        for (offset, size, align) in parts {
            let bytes = image.file_bytes(offset, size);
            if bytes.and_then(|bytes| notes.read_part(image, bytes, align)).is_none() {
                gaps.push(format!("notes at offset {offset:#x} are damaged"));
            }
        }
        notes.properties.sort_unstable();
        notes.properties.dedup();
        notes
    }

    fn read_part(&mut self, image: &Image<'_>, mut bytes: &[u8], align: u64) -> Option<()> {
        let align: usize = if align == 8 { 8 } else { 4 };
        let field = |bytes: &[u8], at: usize| image.u32_in(bytes, at);
        while bytes.len() >= 12 {
            let (name_size, size) = (field(bytes, 0)? as usize, field(bytes, 4)? as usize);
            let kind = field(bytes, 8)?;
            let name = bytes.get(12..12usize.checked_add(name_size)?)?;
            let start = (12 + name_size).next_multiple_of(align);
            let content = bytes.get(start..start.checked_add(size)?)?;
            if name == b"GNU\0" {
                match kind {
                    NT_GNU_BUILD_ID => {
                        self.build_id = Some(crate::hex::hex(content));
                    }
                    NT_GNU_PROPERTY_TYPE_0 => self.read_properties(image, content)?,
                    _ => {}
                }
            }
            let next = (start + size).next_multiple_of(align);
            bytes = bytes.get(next..).unwrap_or(&[]);
        }
        Some(())
    }

    fn read_properties(&mut self, image: &Image<'_>, mut bytes: &[u8]) -> Option<()> {
        while bytes.len() >= 8 {
            let kind = image.u32_in(bytes, 0)?;
            let size = image.u32_in(bytes, 4)? as usize;
            let data = bytes.get(8..8usize.checked_add(size)?)?;
            if let Some(value) = image.u32_in(data, 0) {
                self.add(image, kind, value);
            }
            let next = (8 + size).next_multiple_of(image.word_size() as usize);
            bytes = bytes.get(next..).unwrap_or(&[]);
        }
        Some(())
    }

    fn add(&mut self, image: &Image<'_>, kind: u32, value: u32) {
        let x86 = matches!(image.machine, elf::EM_X86_64 | elf::EM_386);
        let bits: &[(u32, Property)] = match kind {
            X86_FEATURE_1_AND if x86 => &[(1, Property::Ibt), (2, Property::Shstk)],
            X86_ISA_1_NEEDED if x86 => &[
                (1, Property::X86Baseline),
                (2, Property::X86V2),
                (4, Property::X86V3),
                (8, Property::X86V4),
            ],
            AARCH64_FEATURE_1_AND if image.machine == elf::EM_AARCH64 => {
                &[(1, Property::Bti), (2, Property::Pac), (4, Property::Gcs)]
            }
            _ => &[],
        };
        self.properties.extend(bits.iter().filter(|(bit, _)| value & bit != 0).map(|(_, p)| *p));
    }
}
