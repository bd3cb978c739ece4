//! Names and their texts, and the structure taken from them.

use super::{
    Adjustment, CtorDtor, DualAbi, Entity, RefQualifier, Signature, Style, demangle, display, parse,
};

/// The texts are those of `c++filt` of GNU binutils 2.40, one for each feature of the grammar.
pub(super) const PAIRS: &[(&str, &str)] = &[
    ("_Z1fv", "f()"),
    ("_Z1fz", "f(...)"),
    ("_ZNK3c1013intrusive_ptrIN2at6TensorEE3getEv", "c10::intrusive_ptr<at::Tensor>::get() const"),
    (
        "_ZN2at6native3addERKNS_6TensorES3_RKN3c106ScalarE",
        "at::native::add(at::Tensor const&, at::Tensor const&, c10::Scalar const&)",
    ),
    ("_Z1fPFvvES0_", "f(void (*)(), void (*)())"),
    ("_Z1fPFivEM1AKFvvRE", "f(int (*)(), void (A::*)() const &)"),
    ("_Z1fRA4_KiPA3_A4_iOA2_PFivE", "f(int const (&) [4], int (*) [3][4], int (* (&&) [2])())"),
    ("_Z2fpRA4_iM1FiMS1_KFviRE", "fp(int (&) [4], int F::*, void (F::*)(int) const &)"),
    ("_Z1fPDoFvvEPDxFvvE", "f(void (*)() noexcept, void (*)() transaction_safe)"),
    ("_Z1fPDOLb1EEFvvEPDwicEFvvE", "f(void (*)() noexcept(true), void (*)() throw(int, char))"),
    ("_Z1fPKFvvRE", "f(void (*)() const &)"),
    ("_Z1fPU3ASTIiEi", "f(int AST<int>*)"),
    ("_Z1fu3foo", "f(foo)"),
    ("_Z1fCfGdPCe", "f(float _Complex, double _Imaginary, long double _Complex*)"),
    ("_Z1fDv4_fDn", "f(float __vector(4), decltype(nullptr))"),
    ("_Z1fDF16_DF16bDF32xDh", "f(_Float16, std::bfloat16_t, _Float32x, half)"),
    ("_Z1fDuDsDiDdDeDf", "f(char8_t, char16_t, char32_t, decimal64, decimal128, decimal32)"),
    (
        "_Z1fabcdefghijlmnostwxy",
        "f(signed char, bool, char, double, long double, float, __float128, unsigned char, int, unsigned int, long, unsigned long, __int128, unsigned __int128, short, unsigned short, wchar_t, long long, unsigned long long)",
    ),
    ("_Z1fPrVKi", "f(int const volatile restrict*)"),
    ("_Z1gIiEPFT_S0_EPA5_S0_", "int (*g<int>(int (*) [5]))(int)"),
    ("_ZNSaIcEC1Ev", "std::allocator<char>::allocator()"),
    (
        "_ZNSsC1ERKSs",
        "std::basic_string<char, std::char_traits<char>, std::allocator<char> >::basic_string(std::basic_string<char, std::char_traits<char>, std::allocator<char> > const&)",
    ),
    ("_ZNSoD0Ev", "std::basic_ostream<char, std::char_traits<char> >::~basic_ostream()"),
    (
        "_ZNSiC2EPSt15basic_streambufIcSt11char_traitsIcEE",
        "std::basic_istream<char, std::char_traits<char> >::basic_istream(std::basic_streambuf<char, std::char_traits<char> >*)",
    ),
    (
        "_ZNSbIwSt11char_traitsIwESaIwEE6appendEv",
        "std::basic_string<wchar_t, std::char_traits<wchar_t>, std::allocator<wchar_t> >::append()",
    ),
    (
        "_ZNKSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE4sizeEv",
        "std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> >::size() const",
    ),
    ("_ZNSt3fooEv", "std::foo()"),
    ("_ZNVK3foo3barEv", "foo::bar() const volatile"),
    ("_ZNKR3foo3barEv", "foo::bar() const &"),
    ("_ZNO3foo3barEv", "foo::bar() &&"),
    ("_ZN12_GLOBAL__N_11fEv", "(anonymous namespace)::f()"),
    ("_ZN3FooB5cxx11C1Ev", "Foo[abi:cxx11]::Foo()"),
    ("_Z3fooB5cxx11B3abcv", "foo[abi:cxx11][abi:abc]()"),
    ("_ZlsRSoRK1A", "operator<<(std::basic_ostream<char, std::char_traits<char> >&, A const&)"),
    ("_Zli2_xPKc", "operator\"\" _x(char const*)"),
    ("_ZnaPv", "operator new[](void*)"),
    ("_ZdlPvm", "operator delete(void*, unsigned long)"),
    ("_ZssRK1AS1_", "operator<=>(A const&, A const&)"),
    ("_ZStlsIcEvv", "void std::operator<< <char>()"),
    ("_ZN1AcvbEv", "A::operator bool()"),
    ("_ZN1AcvPT_IiEEv", "A::operator int*<int>()"),
    ("_ZN1AcvT_I1BIiEEEv", "A::operator B<int><B<int> >()"),
    ("_ZN1BIiEcvPT_IcEEv", "B<int>::operator char*<char>()"),
    ("_ZN1BIiEcvPSaIcEEv", "B<int>::operator std::allocator<char>*()"),
    ("_ZN1BIiEcvPS_IcEEv", "B<int>::operator B<char>*()"),
    ("_ZN1AcvS_IiEEv", "A::operator A<int>()"),
    ("_ZN1AclEv", "A::operator()()"),
    ("_ZN1AixEi", "A::operator[](int)"),
    ("_ZN1AptEv", "A::operator->()"),
    ("_Z1fIJidEEvDpOT_", "void f<int, double>(int&&, double&&)"),
    ("_Z1fIJEiEvDpT_T0_", "void f<, int>(, int)"),
    ("_Z1fIiJEdEvDpT0_T1_", "void f<int, , double>(, double)"),
    (
        "_Z1hIJclEEvDpSt4pairIT_iEDpPFiS1_E",
        "void h<char, long>(std::pair<char, int>, std::pair<long, int>, int (*)(char), int (*)(long))",
    ),
    (
        "_Z2ttISt6vectoriEvT_IJT0_EEPS3_S2_",
        "void tt<std::vector, int>(std::vector<int>, std::vector<int>*, int)",
    ),
    ("_Z1gIJiiEEDTfrplfp_EDpT_", "decltype (({parm#1}+...)) g<int, int>(int, int)"),
    (
        "_Z1fIJiiEEDTflplT_EDpS0_",
        "decltype ((...+(int, int))) f<int, int>(decltype ((...+(int, int))), decltype ((...+(int, int))))",
    ),
    (
        "_Z1fILj32EN3c1010ScalarTypeELS0_3ELb1ELb0ELln1ELc65EEvv",
        "void f<32u, c10::ScalarType, (c10)3, true, false, -1l, (char)65>()",
    ),
    ("_Z1fILi1ELl2ELm3ELx4ELy5ELs6EEvv", "void f<1, 2l, 3ul, 4ll, 5ull, (short)6>()"),
    ("_Z1fILf3f800000ELDn0EEvv", "void f<(float)[3f800000], (decltype(nullptr))0>()"),
    ("_Z1fIXadL_ZN1a1bEvEEXadL_Z1cvEEEvv", "void f<&a::b, &(c())>()"),
    ("_Z1fIXgtLi1ELi2EEXltLi1ELi2EEEvv", "void f<((1)>(2)), (1)<(2)>()"),
    ("_Z1fIiEvDTcl1gfp_EE", "void f<int>(decltype (g({parm#1})))"),
    ("_Z1fIiEDTcmcl1gfp_Edtfp_1xET_", "decltype ((g({parm#1})),({parm#1}.x)) f<int>(int)"),
    ("_Z1fIiEDTquLb1Eixfp_Li0EppfpTET_", "decltype ((true)?({parm#1}[0]) : (this++)) f<int>(int)"),
    ("_Z1fIJiiEEvDTsZT_E", "void f<int, int>(decltype (2))"),
    ("_Z1fIiEvDTstT_E", "void f<int>(decltype (sizeof (int)))"),
    ("_Z1fIiEvDTcvT__Li1ELi2EEE", "void f<int>(decltype ((int)(1, 2)))"),
    ("_Z1fIiEvDTscT_fp_E", "void f<int>(decltype (static_cast<int>({parm#1})))"),
    ("_Z1fIiEvDTnw_T_piLi1EEE", "void f<int>(decltype (new int(1)))"),
    ("_Z1fI1AEvDTsrT_1xE", "void f<A>(decltype (A::x))"),
    ("_Z1fI1AEvDTsr1B1xE", "void f<A>(decltype (B::x))"),
    ("_Z1fIiEvDTtlT_Li1EEE", "void f<int>(decltype (int{1}))"),
    ("_Z2tpIXtl1FLi1ELf40200000EEEEiv", "int tp<F{1, (float)[40200000]}>()"),
    (
        "_ZSt12construct_atIcJRKcEEDTgsnwcvPvLi0E_T_pispcl7declvalIT0_EEEEPS3_DpOS4_",
        "decltype (::new ((void*)(0)) char((declval<char const&>)())) std::construct_at<char, char const&>(char*, char const&)",
    ),
    ("_ZZ1fiENKUlvE_clEv", "f(int)::{lambda()#1}::operator()() const"),
    ("_ZZ1fiEd0_NKUlvE_clEv", "f(int)::{default arg#2}::{lambda()#1}::operator()() const"),
    ("_ZZ1fvE1x_0", "f()::x"),
    ("_ZZ1fvEs_0", "f()::string literal"),
    ("_ZZ1fvEN1A1gEv", "f()::A::g()"),
    ("_ZZN1A1fEvENK1B1gEv", "A::f()::B::g() const"),
    ("_ZZ1fvENUt_1xE", "f()::{unnamed type#1}::x"),
    (
        "_ZZ3lamIiEDaT_ENKUlTyTniS0_RAT0__iT1_E_clIcLi3EdEEDaS0_S2_S3_",
        "auto lam<int>(int)::{lambda<typename $T0, int $N1>($T0, int (&) [$N1], auto:3)#1}::operator()<char, 3, double>(char, int (&) [3], double) const",
    ),
    (
        "_ZNK2glMUlT_DpT0_E_clIiJiiEEEDaS0_S2_",
        "auto gl::{lambda(auto:1, (auto:2)...)#1}::operator()<int, int, int>(int, int, int) const",
    ),
    (
        "_ZZ1fvENUlTtTyTpTnjEiE0_D1Ev",
        "f()::{lambda<template<typename, unsigned int...> class $TT0>(int)#2}::~f()",
    ),
    ("_ZTV1A", "vtable for A"),
    ("_ZTT1A", "VTT for A"),
    ("_ZTC1A8_1B", "construction vtable for B-in-A"),
    ("_ZTI1A", "typeinfo for A"),
    ("_ZTSPKc", "typeinfo name for char const*"),
    ("_ZThn16_N1A1fEv", "non-virtual thunk to A::f()"),
    ("_ZTv0_n24_N1A1fEv", "virtual thunk to A::f()"),
    ("_ZTcv0_n32_v0_n24_N1X2clEv", "covariant return thunk to X::cl()"),
    ("_ZGVN1A1xE", "guard variable for A::x"),
    ("_ZGVZ1fvE1x", "guard variable for f()::x"),
    ("_ZGRL1a_", "reference temporary #0 for a"),
    ("_ZTH1x", "TLS init function for x"),
    ("_ZTWN1A1xE", "TLS wrapper function for A::x"),
    ("_ZTAXtl1ALi1EEE", "template parameter object for A{1}"),
    ("_ZGTtNSt3fooEv", "transaction clone for std::foo()"),
    ("_ZGTn1fv", "non-transaction clone for f()"),
    ("_ZGIW3Foo", "initializer for module Foo"),
    ("_ZW3FooW3Bar3bazv", "baz@Foo.Bar()"),
    ("_ZDC1a1bE", "[a, b]"),
    ("_ZN1aDC1b1cEE", "a::[b, c]"),
    ("_ZN1BCI21AEi", "B::A(int)"),
    ("_Z1fv.cold", "f() [clone .cold]"),
    ("_Z1fv.isra.0.part.1", "f() [clone .isra.0] [clone .part.1]"),
    ("_Z1fv.constprop.0.cold", "f() [clone .constprop.0] [clone .cold]"),
    ("_GLOBAL__I__Z3foov", "global constructors keyed to foo()"),
    (
        "_ZN4llvm11PassBuilder15parseModulePassERNS_11PassManagerINS_6ModuleENS_15AnalysisManagerIS2_JEEEJEEERKNS0_15PipelineElementE",
        "llvm::PassBuilder::parseModulePass(llvm::PassManager<llvm::Module, llvm::AnalysisManager<llvm::Module>>&, llvm::PassBuilder::PipelineElement const&)",
    ),
    (
        "_ZN4llvm12handleErrorsIJZN5clang8cross_tu27CrossTranslationUnitContext20importDefinitionImplINS1_7VarDeclEEENS_8ExpectedIPKT_EES9_PNS1_7ASTUnitEEUlRKNS1_11ImportErrorEE_EEENS_5ErrorESH_DpOT_",
        "llvm::Error llvm::handleErrors<clang::cross_tu::CrossTranslationUnitContext::importDefinitionImpl<clang::VarDecl>(clang::VarDecl const*, clang::ASTUnit*)::{lambda(clang::ImportError const&)#1}>(llvm::Error, clang::cross_tu::CrossTranslationUnitContext::importDefinitionImpl<clang::VarDecl>(clang::VarDecl const*, clang::ASTUnit*)::{lambda(clang::ImportError const&)#1}&&)",
    ),
];

#[test]
fn texts_are_those_of_gnu() {
    for (name, text) in PAIRS {
        assert_eq!(demangle(name).as_deref(), Some(*text), "{name}");
    }
}

/// `c++filt` 2.40 refuses these or, for unnamed types, reads them otherwise than GCC and Clang
/// write them.
#[test]
fn texts_of_our_own() {
    let pairs = [
        ("_ZGVnN2v_sin", "sin [SIMD variant _ZGVnN2v]"),
        ("_ZGVnN2_Sleef_getInt", "Sleef_getInt [SIMD variant _ZGVnN2]"),
        ("_ZGVbN4vv_powf", "powf [SIMD variant _ZGVbN4vv]"),
        ("_ZGVdM8vl4__Z1fdi", "f(double, int) [SIMD variant _ZGVdM8vl4]"),
        ("_ZGVsMxv__Z1fd", "f(double) [SIMD variant _ZGVsMxv]"),
        ("__Z1fv", "f()"),
        ("_ZL3foo.lto_priv.0", "foo [clone .lto_priv.0]"),
        ("_ZL4argv.llvm.123", "argv [clone .llvm.123]"),
        ("_Z1fDB32_DU17_", "f(_BitInt(32), unsigned _BitInt(17))"),
        ("_ZN3fooF3barEv", "foo::bar()"),
        ("_ZN1BIiEcvSt4pairIT_iEIcEEv", "B<int>::operator std::pair<char, int><char>()"),
        (
            "_Z2f1N1AUt_EPS0_PS_NS_Ut0_EPS3_",
            "f1(A::{unnamed type#1}, A::{unnamed type#1}*, A*, A::{unnamed type#2}, A::{unnamed type#2}*)",
        ),
        ("_ZGR1a0_", "reference temporary #1 for a"),
        ("_Z1fIiEvT_Q1CIS0_E", "void f<int>(int) requires C<int>"),
        ("_ZN1VIiE1hEvQ1CIT_E", "V<int>::h() requires C<int>"),
        ("_Z1fIiQ1CIT_EEvv", "void f<int requires C<int> >()"),
        ("_Z1fIiEvDk1C", "void f<int>(C auto)"),
        ("_Z1fu3barIiE", "f(bar<int>)"),
        ("_ZNH1A1fERS_", "A::f(A&) this"),
    ];
    for (name, text) in pairs {
        assert_eq!(demangle(name).as_deref(), Some(text), "{name}");
    }
}

#[test]
fn no_mangled_name_gives_none() {
    for name in ["", "_", "_Z", "main", "f()", "_ZERO", "DW.ref._ZTI1A", "_Z1fvx y", "_Z3ab", "_GLOBAL_"] {
        assert_eq!(demangle(name), None, "{name}");
        assert_eq!(display(name), name);
    }
    let error = parse("_ZN1a").expect_err("no end");
    assert_eq!((error.offset, error.is_limit), (5, false));
    assert!(error.to_string().contains("at byte 5"));
}

fn signature(name: &str) -> Signature {
    parse(name).expect(name).signature().expect(name)
}

fn canonical(name: &str) -> String {
    parse(name).expect(name).text(Style::Canonical).expect(name)
}

#[test]
fn signature_of_a_member_template() {
    let s = signature("_ZNKR3c1013intrusive_ptrIN2at6TensorEE3getIiJSsEEEPT_DpRKT0_z");
    assert_eq!(s.scope, ["c10", "intrusive_ptr<at::Tensor>"]);
    assert_eq!(s.namespace_root(), Some("c10"));
    assert_eq!((s.name.as_str(), s.is_const, s.is_local), ("get", true, false));
    assert_eq!(s.ref_qualifier, RefQualifier::Lvalue);
    assert_eq!(s.return_type.as_deref(), Some("int*"));
    assert!(s.variadic);
}

#[test]
fn signature_lays_packs_out() {
    let s = signature("_Z1fIJiSsEPcEPT0_DpRKT_z");
    let string = "std::basic_string<char, std::char_traits<char>, std::allocator<char>>";
    assert_eq!(s.template_args, Some(vec!["int".into(), string.into(), "char*".into()]));
    assert_eq!(s.params, Some(vec!["int const&".into(), format!("{string} const&")]));
    assert_eq!(s.return_type.as_deref(), Some("char**"));
    assert!(s.variadic);
    assert_eq!(s.qualified_name(), format!("f<int, {string}, char*>"));
}

#[test]
fn signature_of_constructors_and_destructors() {
    let s = signature("_ZN1a3FooB3tagIiEC2ERKS1_");
    assert_eq!((s.name.as_str(), s.ctor_dtor), ("Foo", Some(CtorDtor::BaseCtor)));
    assert_eq!(s.scope, ["a", "Foo[abi:tag]<int>"]);
    assert_eq!(s.params, Some(vec!["a::Foo[abi:tag]<int> const&".into()]));
    let s = signature("_ZNSsD1Ev");
    assert_eq!((s.name.as_str(), s.ctor_dtor), ("~basic_string", Some(CtorDtor::CompleteDtor)));
    assert_eq!(s.scope.len(), 2);
    assert_eq!(s.params, Some(vec![]));
    assert_eq!(s.qualified_name(), canonical("_ZNSsD1Ev").trim_end_matches("()"));
}

#[test]
fn signature_of_operators_and_tags() {
    let s = signature("_ZN1BIiEcvPT_IcEEv");
    assert_eq!((s.name.as_str(), s.template_args), ("operator char*", Some(vec!["char".into()])));
    let s = signature("_ZN1a1fB5cxx11Ev");
    assert_eq!((s.name.as_str(), s.abi_tags.clone()), ("f", vec!["cxx11".to_owned()]));
    assert_eq!(s.qualified_name(), "a::f[abi:cxx11]");
    assert_eq!(signature("_ZltIiEbT_S0_").qualified_name(), "operator< <int>");
}

#[test]
fn signature_of_local_things() {
    let s = signature("_ZZN1a1fIiEEvT_ENKUlcE_clEc");
    assert_eq!(s.scope, ["a", "f<int>(int)", "{lambda(char)#1}"]);
    assert_eq!((s.name.as_str(), s.is_local, s.is_const), ("operator()", true, true));
    assert!(signature("_ZN12_GLOBAL__N_11fEv").is_local);
    assert!(signature("_ZZ1fvE1x").is_local);
    assert_eq!(signature("_ZZ1fvE1x").params, None);
    assert_eq!(signature("_ZZN1A1fEvENKUlvE_D1Ev").name, "~{lambda()#1}");
    let s = signature("_ZZ1fiEd_NKUlvE_clEv");
    assert_eq!(s.scope, ["f(int)", "{default arg#1}", "{lambda()#1}"]);
}

#[test]
fn signature_of_what_special_names_are_about() {
    assert_eq!(signature("_ZTVN1a1BIiEE").qualified_name(), "a::B<int>");
    assert_eq!(signature("_ZTC1A8_1B").qualified_name(), "B");
    assert_eq!(signature("_ZThn16_NK1A1fEi.cold").params, Some(vec!["int".into()]));
    assert_eq!(signature("_ZGVN1A1xE").qualified_name(), "A::x");
    assert_eq!(signature("_ZGVnN2v_sin").qualified_name(), "sin");
    assert_eq!(signature("_ZTIPKc").qualified_name(), "char const*");
}

#[test]
fn entities() {
    let entity = |name: &str| parse(name).expect(name).entity();
    let at = |offset, vcall| Adjustment { offset, vcall };
    for (name, expected) in [
        ("_Z1fv", Entity::Function),
        ("_Z1fv.cold", Entity::Function),
        ("_ZN1A1xE", Entity::Variable),
        ("_ZTV1A", Entity::Vtable),
        ("_ZTT1A", Entity::Vtt),
        ("_ZTC1A8_1B", Entity::ConstructionVtable),
        ("_ZTI1A", Entity::Typeinfo),
        ("_ZTS1A", Entity::TypeinfoName),
        ("_ZGVN1A1xE", Entity::Guard),
        ("_ZGRL1a_", Entity::ReferenceTemporary),
        ("_ZTH1x", Entity::TlsInit),
        ("_ZTW1x", Entity::TlsWrapper),
        ("_ZThn16_N1A1fEv", Entity::NonVirtualThunk { this: -16 }),
        ("_ZTv0_n24_N1A1fEv", Entity::VirtualThunk { this: 0, vcall: -24 }),
        ("_ZTch8_v0_n24_N1X2clEv", Entity::CovariantThunk { this: at(8, None), result: at(0, Some(-24)) }),
        ("_ZGTt1fv", Entity::TransactionClone),
        ("_ZGTn1fv", Entity::NonTransactionClone),
        ("_ZTAXtl1ALi1EEE", Entity::TemplateParamObject),
        ("_ZGIW3Foo", Entity::ModuleInit),
        ("_ZGVnN2v_sin", Entity::VectorVariant),
        ("_GLOBAL__I_x", Entity::GlobalInit),
    ] {
        assert_eq!(entity(name), expected, "{name}");
    }
}

#[test]
fn canonical_texts() {
    let vector = "std::vector<int, std::allocator<int>>";
    let text = format!("f(std::vector<{vector}, std::allocator<{vector}>>)");
    assert_eq!(canonical("_Z1fSt6vectorIS_IiSaIiEESaIS1_EE.cold"), text);
    // An empty pack leaves no trace.
    assert_eq!(canonical("_Z1fIJEiEvDpT_T0_"), "void f<int>(int)");
    assert_eq!(canonical("_Z1fIiJEdEvDpT0_T1_"), "void f<int, double>(double)");
}

#[test]
fn names_of_both_string_abis_meet() {
    let neutral = |name: &str| parse(name).expect(name).cxx11_neutral().expect(name);
    let abi = |name: &str| parse(name).expect(name).dual_abi();
    for (old, new) in [
        ("_ZN1a1fESs", "_ZN1a1fENSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEE"),
        ("_ZN1a1gEv", "_ZN1a1gB5cxx11Ev"),
        ("_Z1fRKSt4listIiSaIiEE", "_Z1fRKNSt7__cxx114listIiSaIiEEE"),
        ("_ZNSs6appendEPKc", "_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEE6appendEPKc"),
        ("_ZNSsC1Ev", "_ZNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEC1Ev"),
        ("_ZNSt8ios_base7failureD1Ev", "_ZNSt8ios_base7failureB5cxx11D1Ev"),
    ] {
        assert_eq!(neutral(old), neutral(new));
        assert_eq!(abi(new), DualAbi::New, "{new}");
        let expected = if old == "_ZN1a1gEv" { DualAbi::Neutral } else { DualAbi::Old };
        assert_eq!(abi(old), expected, "{old}");
    }
    assert_eq!(abi("_Z1fSsNSt7__cxx114listIiSaIiEEE"), DualAbi::Both);
    assert_eq!(abi("_Z1fRSo"), DualAbi::Neutral);
}
