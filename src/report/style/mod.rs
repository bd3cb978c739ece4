//! How text is set, in every format: colors, widths, shortened names, the words that differ, markup.

pub(super) mod color;
pub(super) mod markup;
pub mod page;
pub(super) mod shorten;
pub mod text_layout;
pub(super) mod word_diff;
