//! What C++ leaves in an image (Itanium C++ ABI, section 2): virtual tables, typeinfo, and which C++ library the names
//! belong to. Knows the image as sections, symbols and relocated words, and nothing of the file format.

pub(super) mod rtti;
pub(super) mod stdlib;
pub(super) mod typeinfos;
pub(super) mod vtables;
