//! The book: what people read who use abigate, in one place for three readers.
//!
//! The pages are Markdown files in this directory. `book.toml` makes an mdBook of them, the modules below show them in this
//! documentation, and `abigate help TOPIC` prints them. The pages of the rules are [`crate::rules::pages`].
//!
//! A page refers to another one by a label that is its file's name (`[how far a comparison goes][evidence.md]`). What the label
//! means stands at the end of each page for readers of the files, and in `links.md` for this documentation.

/// A page of the book.
#[derive(Clone, Copy, Debug)]
pub struct Topic {
    /// Its name: of the file, and for `abigate help`.
    pub name: &'static str,
    /// What the table of contents puts it under.
    pub part: &'static str,
    /// The page in Markdown, beginning with its title.
    pub text: &'static str,
}

impl Topic {
    /// The title.
    #[must_use]
    pub fn title(&self) -> &'static str {
        let line = self.text.lines().next().unwrap_or_default();
        line.strip_prefix("# ").unwrap_or(line)
    }
}

/// The page of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Topic> {
    TOPICS.iter().find(|topic| topic.name == name)
}

/// Declares the pages as modules and as data.
macro_rules! topics {
    ($($part:literal: $($module:ident = $name:literal),* ;)*) => {
        $($(
            #[doc = include_str!("links.md")]
            #[doc = ""]
            #[doc = include_str!(concat!($name, ".md"))]
            pub mod $module {}
        )*)*

        /// All pages, in the order of the book.
        pub static TOPICS: &[Topic] = &[
            $($(Topic { name: $name, part: $part, text: include_str!(concat!($name, ".md")) },)*)*
        ];
    };
}

topics! {
    "Start": introduction = "introduction", start = "start", install = "install";
    "Guides": cmake = "cmake", gitlab = "gitlab", any_ci = "any-ci", pytorch = "pytorch", kde_qt = "kde-qt", llvm = "llvm",
        c_libraries = "c-libraries", debian = "debian", wheels = "wheels", extensions = "extensions", plug_ins = "plug-ins",
        service = "service", migrating = "migrating";
    "Concepts": evidence = "evidence", tiers = "tiers", waivers = "waivers", trust = "trust", safe_changes = "safe-changes",
        faq = "faq";
    "Reference": commands = "commands", rules = "rules", formats = "formats", exit_codes = "exit-codes", truth = "truth";
}
