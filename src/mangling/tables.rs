//! The fixed tables of the grammar: operators and builtin types.

/// How an operator's operands are mangled, `<expression>` of section 5.1.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arity {
    /// Not an operator an expression can start with by itself.
    Nullary,
    Unary,
    /// The operand is a type.
    UnaryType,
    Binary,
    Ternary,
}

/// One `<operator-name>`, section 5.1.4.2.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Op {
    pub(super) code: [u8; 2],
    /// The text in an expression; a trailing blank is left out after `operator`.
    pub(super) text: &'static str,
    pub(super) arity: Arity,
}

const fn op(code: &[u8; 2], text: &'static str, arity: Arity) -> Op {
    Op { code: *code, text, arity }
}

use Arity::{Binary, Nullary, Ternary, Unary, UnaryType};

/// Sorted by code, for the binary search.
static OPS: [Op; 72] = [
    op(b"aN", "&=", Binary),
    op(b"aS", "=", Binary),
    op(b"aa", "&&", Binary),
    op(b"ad", "&", Unary),
    op(b"an", "&", Binary),
    op(b"at", "alignof ", UnaryType),
    op(b"aw", "co_await ", Unary),
    op(b"az", "alignof ", Unary),
    op(b"cc", "const_cast", Binary),
    op(b"cl", "()", Binary),
    op(b"cm", ",", Binary),
    op(b"co", "~", Unary),
    op(b"dV", "/=", Binary),
    op(b"dX", "[...]=", Ternary),
    op(b"da", "delete[] ", Unary),
    op(b"dc", "dynamic_cast", Binary),
    op(b"de", "*", Unary),
    op(b"di", "=", Binary),
    op(b"dl", "delete ", Unary),
    op(b"ds", ".*", Binary),
    op(b"dt", ".", Binary),
    op(b"dv", "/", Binary),
    op(b"dx", "]=", Binary),
    op(b"eO", "^=", Binary),
    op(b"eo", "^", Binary),
    op(b"eq", "==", Binary),
    op(b"fL", "...", Ternary),
    op(b"fR", "...", Ternary),
    op(b"fl", "...", Binary),
    op(b"fr", "...", Binary),
    op(b"ge", ">=", Binary),
    op(b"gs", "::", Unary),
    op(b"gt", ">", Binary),
    op(b"ix", "[]", Binary),
    op(b"lS", "<<=", Binary),
    op(b"le", "<=", Binary),
    op(b"li", "\"\" ", Unary),
    op(b"ls", "<<", Binary),
    op(b"lt", "<", Binary),
    op(b"mI", "-=", Binary),
    op(b"mL", "*=", Binary),
    op(b"mi", "-", Binary),
    op(b"ml", "*", Binary),
    op(b"mm", "--", Unary),
    op(b"na", "new[]", Ternary),
    op(b"ne", "!=", Binary),
    op(b"ng", "-", Unary),
    op(b"nt", "!", Unary),
    op(b"nw", "new", Ternary),
    op(b"nx", "noexcept", Unary),
    op(b"oR", "|=", Binary),
    op(b"oo", "||", Binary),
    op(b"or", "|", Binary),
    op(b"pL", "+=", Binary),
    op(b"pl", "+", Binary),
    op(b"pm", "->*", Binary),
    op(b"pp", "++", Unary),
    op(b"ps", "+", Unary),
    op(b"pt", "->", Binary),
    op(b"qu", "?", Ternary),
    op(b"rM", "%=", Binary),
    op(b"rS", ">>=", Binary),
    op(b"rc", "reinterpret_cast", Binary),
    op(b"rm", "%", Binary),
    op(b"rs", ">>", Binary),
    op(b"sP", "sizeof...", Unary),
    op(b"sZ", "sizeof...", Unary),
    op(b"sc", "static_cast", Binary),
    op(b"ss", "<=>", Binary),
    op(b"st", "sizeof ", UnaryType),
    op(b"sz", "sizeof ", Unary),
    op(b"te", "typeid ", Unary),
];

/// Codes that sort after the table above and name no operator function.
static REST: [Op; 3] =
    [op(b"ti", "typeid ", UnaryType), op(b"tr", "throw", Nullary), op(b"tw", "throw ", Unary)];

/// The operator of a two-letter code.
pub(super) fn operator(code: [u8; 2]) -> Option<&'static Op> {
    match OPS.binary_search_by(|op| op.code.cmp(&code)) {
        Ok(at) => OPS.get(at),
        Err(_) => REST.iter().find(|op| op.code == code),
    }
}

/// How a literal of a builtin type is written, `<expr-primary>` of section 5.1.6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LiteralStyle {
    /// `(type)value`.
    Cast,
    /// The value and this suffix.
    Suffix(&'static str),
    Bool,
    /// `(type)[value]`, the bits being hexadecimal.
    Float,
}

/// A `<builtin-type>`, section 5.1.5.2.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct BuiltinKind {
    pub(super) text: &'static str,
    pub(super) literal: LiteralStyle,
}

const fn builtin(text: &'static str, literal: LiteralStyle) -> BuiltinKind {
    BuiltinKind { text, literal }
}

use LiteralStyle::{Bool, Cast, Float, Suffix};

/// The one-letter types from `a` to `z`; an empty text marks a letter that is no type.
static LETTERS: [BuiltinKind; 26] = [
    builtin("signed char", Cast),
    builtin("bool", Bool),
    builtin("char", Cast),
    builtin("double", Float),
    builtin("long double", Float),
    builtin("float", Float),
    builtin("__float128", Float),
    builtin("unsigned char", Cast),
    builtin("int", Suffix("")),
    builtin("unsigned int", Suffix("u")),
    builtin("", Cast),
    builtin("long", Suffix("l")),
    builtin("unsigned long", Suffix("ul")),
    builtin("__int128", Cast),
    builtin("unsigned __int128", Cast),
    builtin("", Cast),
    builtin("", Cast),
    builtin("", Cast),
    builtin("short", Cast),
    builtin("unsigned short", Cast),
    builtin("", Cast),
    builtin("void", Cast),
    builtin("wchar_t", Cast),
    builtin("long long", Suffix("ll")),
    builtin("unsigned long long", Suffix("ull")),
    builtin("...", Cast),
];

static D_TYPES: [(u8, BuiltinKind); 10] = [
    (b'a', builtin("auto", Cast)),
    (b'c', builtin("decltype(auto)", Cast)),
    (b'd', builtin("decimal64", Cast)),
    (b'e', builtin("decimal128", Cast)),
    (b'f', builtin("decimal32", Cast)),
    (b'h', builtin("half", Float)),
    (b'i', builtin("char32_t", Cast)),
    (b'n', builtin("decltype(nullptr)", Cast)),
    (b's', builtin("char16_t", Cast)),
    (b'u', builtin("char8_t", Cast)),
];

/// The type of a single letter.
pub(super) fn letter_type(letter: u8) -> Option<&'static BuiltinKind> {
    let at = letter.checked_sub(b'a')?;
    LETTERS.get(usize::from(at)).filter(|kind| !kind.text.is_empty())
}

/// The type of `D` and a letter.
pub(super) fn d_type(letter: u8) -> Option<&'static BuiltinKind> {
    let found = D_TYPES.iter().find(|(code, _)| *code == letter)?;
    Some(&found.1)
}
