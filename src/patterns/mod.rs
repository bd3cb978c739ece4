//! Wildcards over the names that a policy speaks of: identifiers, C++ names, paths.
//!
//! Knows no policy, no release and no file: a pattern is text that was read once, and matching is bounded by the length of
//! the pattern times the length of the name, whatever both say.
//!
//! | file | what it does |
//! |---|---|
//! | `glob` | `*`, `?`, `[a-z]`, `{a,b}` over one piece of text |
//! | `braces` | `{a,b}` written out |
//! | `sequence` | `**` over what a separator takes apart |
//! | `name` | patterns over qualified C++ names |
//! | `qualified` | a C++ name taken apart |
//! | `path` | patterns over the paths of files |
//! | `entity` | patterns over whatever has a linkage name or a qualified name |
//! | `claims` | whose things are, by patterns |

mod braces;
mod claims;
mod entity;
mod glob;
mod name;
mod path;
mod qualified;
mod sequence;

pub use claims::{Claims, Whose};
pub use entity::{EntityPattern, SymbolName};
pub use glob::Glob;
pub use name::{NamePattern, Trigrams};
pub use path::PathPattern;
pub use qualified::QualifiedName;

/// A pattern that cannot be read: one sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadPattern(pub String);

/// Longest pattern, in bytes. Who needs more has a list to write.
const LONGEST: usize = 2048;

/// What somebody who knows the project says about names: which promise something by convention, and whose they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patterns {
    /// Members that are there to be replaced: `reserved`, `_pad1`.
    pub reserved: Vec<Glob>,
    /// Enumerators that count or end the others, so that they move with every new one: `NumOptions`, `COUNT`.
    pub sentinels: Vec<Glob>,
    /// Whose symbols, types and libraries are, where somebody says so.
    pub claims: Claims,
}

/// Reserved members, unless a policy says otherwise.
const RESERVED: &[&str] = &[
    "{,m}{,_,__}{reserved,reserve,pad,padding,spare,unused,dummy,placeholder}{,_,__}",
    "{,m}{,_,__}{reserved,reserve,pad,padding,spare,unused,dummy,placeholder}{,_}[0-9]",
    "{,m}{,_,__}{reserved,reserve,pad,padding,spare,unused,dummy,placeholder}{,_}[0-9][0-9]",
    "{,m}{,_,__}reserved_*",
    "*_reserved{,_}",
    "{,_,__}{resv,rsvd,rsv,rfu,filler,future,future_use,for_future_use}{,_,__}",
    "{,_,__}{resv,rsvd,rsv,rfu,filler}{,_}[0-9]",
    "*_{resv,rsvd}{,_}",
    "*_reserved[0-9]",
];

/// Sentinels, unless a policy says otherwise.
const SENTINELS: &[&str] = &[
    "{,k}{Count,End,Last,Max,Min,Sentinel,Num,Total,Limit}",
    "{count,end,last,max,sentinel,num,total,limit}",
    "{COUNT,END,LAST,MAX,SENTINEL,NUM,TOTAL,LIMIT}",
    "{,k}{Num,Max,Count,Last,End}[A-Z]*",
    "{,k}{,_}N{,UM,umber}_*",
    "{NUM,MAX,COUNT,LAST,END}_*",
    "{num,max,count,last,end}_*",
    "*_{COUNT,END,LAST,MAX,SENTINEL,NUM,TOTAL,LIMIT}{,_,__}",
    "*_{count,end,last,max,sentinel,num,total,limit}{,_,__}",
    "*[a-z0-9]{Count,End,Last,Max,Sentinel,Total,Limit}",
    "*_{Count,End,Last,Max,Sentinel,Num,Total,Limit,Nb,Cnt}{,_,__}",
    "{,*_}{LASTONE,LASTENTRY,LAST_ENTRY,LAST_ONE,LASTITEM,NENTRIES,NUMENTRIES,NB,CNT,NR}{,_,__}",
    "{,*_}{lastone,lastentry,last_entry,last_one,nb,cnt,nr}{,_,__}",
    "{,*_}{NUMOF,NUM_OF,GUARD,NELEMS,NELTS,NITEMS,ENUM_SIZE,ARRAY_SIZE,TABLE_SIZE,MAXVAL,MAXNUM}{,_,__}",
    "{,*_}{numof,num_of,guard,nelems,nelts,nitems,enum_size,array_size,table_size,maxval,maxnum}{,_,__}",
    "NR_[A-Z]*",
    "*_{ENSURE,MAKE,PAD}{,_ENUM}_{32,INT}{,_BIT,BIT,BITS}",
    "*[a-z0-9]{LastEntry,LastOne}",
    "*_LAST_*",
    "*_FORCE_{INT,32,32BIT,32_BIT,DWORD,U32,UINT32}*",
    "*_MAX_*",
];

impl Default for Patterns {
    fn default() -> Patterns {
        let read = |texts: &[&str]| texts.iter().filter_map(|text| Glob::parse(text).ok()).collect();
        Patterns { reserved: read(RESERVED), sentinels: read(SENTINELS), claims: Claims::default() }
    }
}

impl Patterns {
    /// Whether a member of that name is there to be replaced.
    pub fn is_reserved(&self, name: &str) -> bool {
        self.reserved.iter().any(|glob| glob.matches(name))
    }

    /// Whether an enumerator of that name counts or ends the others.
    pub fn is_sentinel(&self, name: &str) -> bool {
        self.sentinels.iter().any(|glob| glob.matches(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_pattern_reads() {
        let patterns = Patterns::default();
        assert_eq!((patterns.reserved.len(), patterns.sentinels.len()), (RESERVED.len(), SENTINELS.len()));
    }

    #[test]
    fn room_for_later() {
        let patterns = Patterns::default();
        for name in [
            "reserved",
            "_reserved",
            "reserved2",
            "__pad1",
            "m_padding",
            "spare_",
            "reserved_ptr",
            "pad_12",
            "__glibc_reserved1",
            "dso_reserved",
            "resv",
            "__resv2",
        ] {
            assert!(patterns.is_reserved(name), "{name}");
        }
        for name in ["preserved", "x", "", "paddle", "padded", "reservation", "unused_count_total"] {
            assert!(!patterns.is_reserved(name), "{name}");
        }
    }

    #[test]
    fn enumerators_that_count() {
        let patterns = Patterns::default();
        for name in [
            "COUNT",
            "NumOptions",
            "kNumModes",
            "COMPILE_TIME_MAX_DEVICE_TYPES",
            "MODE_END",
            "Last",
            "kMax",
            "NUM_COLORS",
            "kColorCount",
            "N_MODES",
            "P_Max",
            "_TAG_MAX",
            "OPT_LASTENTRY",
            "INFO_LASTONE",
            "AVMEDIA_TYPE_NB",
            "NR_PAGEFLAGS",
            "GROUP_NUMOF",
            "KIND_ARRAY_SIZE",
            "STAGE_GUARD",
        ] {
            assert!(patterns.is_sentinel(name), "{name}");
        }
        for name in [
            "CPU", "Red", "Counter", "Friend", "maximal", "Endian", "Numeric", "k", "DEFENDER", "OPT_SIZE",
            "NRF",
        ] {
            assert!(!patterns.is_sentinel(name), "{name}");
        }
    }
}
