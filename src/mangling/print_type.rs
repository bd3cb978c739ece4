//! The printer of types: declarators are written inside out.
//!
//! A modifier (`*`, `const`, a function's name) waits in a chain while the type it wraps is
//! printed; a function or array type that comes by takes the waiting ones into its middle, and
//! what nobody took is printed after the type.

use super::ast::{FnQual, Id, List, Modifier, Node};
use super::print::{NONE, Pending, Printed, Printer, Unprintable};

/// A function's name and qualifiers, or an array's qualifiers, waiting together.
const MAX_TOGETHER: usize = 6;

impl Printer<'_> {
    pub(super) fn declarator(&mut self, id: Id) -> Printed {
        match self.tree.node(id) {
            Node::Typed { name, function } => self.typed(name, function),
            Node::Function { result, params } => self.function(id, result, params),
            Node::Modified { modifier, inner } => match modifier {
                Modifier::Const | Modifier::Volatile | Modifier::Restrict => self.cv(id, modifier, inner),
                Modifier::Reference | Modifier::RvalueReference => self.reference(id, modifier, inner),
                _ => self.modified(id, inner),
            },
            Node::FnQualified { inner, .. } | Node::VendorQualified { inner, .. } => self.modified(id, inner),
            Node::Array { element, .. } => self.array(id, element),
            Node::MemberPointer { member, .. } => self.modified(id, member),
            Node::Vector { element, .. } => self.modified(id, element),
            _ => Err(Unprintable),
        }
    }

    // ---- The chain.

    fn wait(&mut self, node: Id) -> Result<u32, Unprintable> {
        let entry = Pending { next: self.modifiers, node, printed: false, frame: self.frame };
        self.chain(entry)
    }

    fn chain(&mut self, entry: Pending) -> Result<u32, Unprintable> {
        let Ok(index) = u32::try_from(self.pending.len()) else { return Err(Unprintable) };
        self.pending.push(entry);
        self.modifiers = index;
        Ok(index)
    }

    fn waiting(&self, index: u32) -> Option<Pending> {
        self.pending.get(index as usize).copied()
    }

    fn mark_printed(&mut self, index: u32) {
        if let Some(entry) = self.pending.get_mut(index as usize) {
            entry.printed = true;
        }
    }

    /// Whether it was taken by the type it wraps.
    fn was_printed(&self, index: u32) -> bool {
        self.waiting(index).is_none_or(|entry| entry.printed)
    }

    /// Drops the entry and those after it.
    fn unchain(&mut self, index: u32, modifiers: u32) {
        self.pending.truncate(index as usize);
        self.modifiers = modifiers;
    }

    // ---- Functions.

    /// A function's encoding: its name waits for the place between return type and parameters.
    fn typed(&mut self, name: Id, function: Id) -> Printed {
        let hold = std::mem::replace(&mut self.modifiers, NONE);
        let base = self.pending.len();
        let innermost = self.wait_for_name(name)?;
        let template = match self.tree.node(innermost) {
            Node::Template { args, .. } => Some(args),
            _ => None,
        };
        let frame = self.frame;
        if let Some(args) = template {
            self.push_frame(args)?;
        }
        self.comp(function)?;
        self.frame = frame;
        // What the type did not take, which happens when it is no function.
        while self.pending.len() > base {
            if let Some(entry) = self.pending.pop().filter(|entry| !entry.printed) {
                self.push(" ");
                self.modifier(entry.node)?;
            }
        }
        self.modifiers = hold;
        Ok(())
    }

    /// Puts a name and the qualifiers of its function into the chain; answers the bare name.
    fn wait_for_name(&mut self, name: Id) -> Result<Id, Unprintable> {
        let mut name = name;
        let mut count = 0;
        loop {
            count += 1;
            if count > MAX_TOGETHER {
                return Err(Unprintable);
            }
            let index = self.wait(name)?;
            match self.tree.node(name) {
                Node::FnQualified { inner, .. } => name = inner,
                // A class that is local to a function has its member's qualifiers on the
                // inside; they go before the name in the chain.
                Node::Local { name: local, .. } => {
                    return self.wait_for_local(index, local, count);
                }
                _ => return Ok(name),
            }
        }
    }

    fn wait_for_local(&mut self, at: u32, local: Id, count: usize) -> Result<Id, Unprintable> {
        let mut count = count;
        let mut at = at;
        let mut inner = match self.tree.node(local) {
            Node::DefaultArg { name, .. } => name,
            _ => local,
        };
        while let Node::FnQualified { inner: next, .. } = self.tree.node(inner) {
            count += 1;
            let (Some(entry), true) = (self.waiting(at), count <= MAX_TOGETHER) else {
                return Err(Unprintable);
            };
            // The name moves one on, the qualifier takes its place.
            if let Some(slot) = self.pending.get_mut(at as usize) {
                slot.node = inner;
            }
            at = self.chain(Pending { next: at, ..entry })?;
            inner = next;
        }
        Ok(inner)
    }

    fn function(&mut self, id: Id, result: Option<Id>, params: List) -> Printed {
        if let Some(result) = result {
            // The return type may be a declarator around this one.
            let hold = self.modifiers;
            let index = self.wait(id)?;
            self.comp(result)?;
            let taken = self.was_printed(index);
            self.unchain(index, hold);
            if taken {
                return Ok(());
            }
            self.push(" ");
        }
        self.function_rest(params, self.modifiers)
    }

    /// `name(params) quals`, the name being what waits.
    fn function_rest(&mut self, params: List, modifiers: u32) -> Printed {
        let (parens, mut space) = self.needs_parens(modifiers);
        if parens {
            space = space || !matches!(self.last(), b'(' | b'*');
            if space && self.last() != b' ' {
                self.push(" ");
            }
            self.push("(");
        }
        let hold = std::mem::replace(&mut self.modifiers, NONE);
        self.take_modifiers(modifiers, false)?;
        if parens {
            self.push(")");
        }
        self.push("(");
        self.list(params)?;
        self.push(")");
        self.take_modifiers(modifiers, true)?;
        self.modifiers = hold;
        Ok(())
    }

    /// Whether the waiting declarator goes into parentheses, and wants a blank before them.
    fn needs_parens(&mut self, modifiers: u32) -> (bool, bool) {
        let mut at = modifiers;
        while let Some(entry) = self.waiting(at).filter(|entry| !entry.printed) {
            match self.tree.node(entry.node) {
                Node::Modified {
                    modifier: Modifier::Pointer | Modifier::Reference | Modifier::RvalueReference,
                    ..
                } => return (true, false),
                Node::Modified { .. } | Node::VendorQualified { .. } | Node::MemberPointer { .. } => {
                    return (true, true);
                }
                _ => at = entry.next,
            }
        }
        (false, false)
    }

    // ---- Modifiers.

    fn cv(&mut self, id: Id, modifier: Modifier, inner: Id) -> Printed {
        // Arrays put the same qualifier down twice; it is printed once.
        let mut at = self.modifiers;
        while let Some(entry) = self.waiting(at) {
            if !entry.printed {
                match self.tree.node(entry.node) {
                    Node::Modified { modifier: other, .. } if other == modifier => {
                        return self.comp(inner);
                    }
                    Node::Modified {
                        modifier: Modifier::Const | Modifier::Volatile | Modifier::Restrict,
                        ..
                    } => {}
                    _ => break,
                }
            }
            at = entry.next;
        }
        self.modified(id, inner)
    }

    fn modified(&mut self, id: Id, inner: Id) -> Printed {
        let hold = self.modifiers;
        let index = self.wait(id)?;
        self.comp(inner)?;
        let taken = self.was_printed(index);
        if !taken {
            self.modifier(id)?;
        }
        self.unchain(index, hold);
        Ok(())
    }

    /// A reference, collapsed with one that its template parameter stands for.
    fn reference(&mut self, id: Id, modifier: Modifier, inner: Id) -> Printed {
        let frame = self.frame;
        let mut target = inner;
        if self.lambda_depth == 0
            && let Node::TemplateParam { index, .. } = self.tree.node(inner)
        {
            self.enter_saved_frame(id, inner);
            match self.single_argument(index) {
                Some(arg) => target = arg,
                None => {
                    self.frame = frame;
                    return self.modified(id, inner);
                }
            }
        }
        let result = match self.tree.node(target) {
            // `& &`, `& &&` and `&& &` are `&`; `&& &&` is itself.
            Node::Modified { modifier: found, inner }
                if found == Modifier::Reference || found == modifier =>
            {
                self.modified(target, inner)
            }
            Node::Modified { modifier: Modifier::RvalueReference, inner } => self.modified(id, inner),
            _ => self.modified(id, inner),
        };
        self.frame = frame;
        result
    }

    /// A substitution can repeat a parameter where other arguments are in scope; the first
    /// time decides what it stands for.
    fn enter_saved_frame(&mut self, reference: Id, param: Id) {
        let Some(&(_, frame)) = self.saved.iter().find(|(saved, _)| *saved == param) else {
            self.saved.push((param, self.frame));
            return;
        };
        let above = self.path.split_last().map_or(&[][..], |(_, above)| above);
        let inside = above.iter().any(|&id| id == reference || id == param);
        if !inside {
            self.frame = frame;
        }
    }

    fn array(&mut self, id: Id, element: Id) -> Printed {
        let hold = self.modifiers;
        let base = self.pending.len();
        let index = self.wait(id)?;
        // Qualifiers of the array are its elements'.
        let mut at = hold;
        let mut moved = 0;
        while let Some(entry) = self.waiting(at) {
            let is_cv = matches!(
                self.tree.node(entry.node),
                Node::Modified { modifier: Modifier::Const | Modifier::Volatile | Modifier::Restrict, .. }
            );
            if !is_cv {
                break;
            }
            if !entry.printed {
                moved += 1;
                if moved > MAX_TOGETHER {
                    return Err(Unprintable);
                }
                self.chain(Pending { next: self.modifiers, ..entry })?;
                self.mark_printed(at);
            }
            at = entry.next;
        }
        self.comp(element)?;
        self.modifiers = hold;
        if !self.was_printed(index) {
            while self.pending.len() > base + 1 {
                if let Some(entry) = self.pending.pop() {
                    self.modifier(entry.node)?;
                }
            }
            self.array_rest(id, hold)?;
        }
        self.pending.truncate(base);
        Ok(())
    }

    fn array_rest(&mut self, id: Id, modifiers: u32) -> Printed {
        let Node::Array { bound, .. } = self.tree.node(id) else { return Err(Unprintable) };
        let mut at = modifiers;
        while self.waiting(at).is_some_and(|entry| entry.printed) {
            at = self.waiting(at).map_or(NONE, |entry| entry.next);
        }
        let first = self.waiting(at).map(|entry| self.tree.node(entry.node));
        let of_array = matches!(first, Some(Node::Array { .. }));
        let parens = first.is_some() && !of_array;
        if parens {
            self.push(" (");
        }
        self.take_modifiers(modifiers, false)?;
        if parens {
            self.push(")");
        }
        if !of_array {
            self.push(" ");
        }
        self.push("[");
        if let Some(bound) = bound {
            self.comp(bound)?;
        }
        self.push("]");
        Ok(())
    }

    /// Prints what waits, inside out; `suffix`: the qualifiers after the parameters as well.
    fn take_modifiers(&mut self, modifiers: u32, suffix: bool) -> Printed {
        let mut at = modifiers;
        while let Some(entry) = self.waiting(at) {
            self.step()?;
            let node = self.tree.node(entry.node);
            if entry.printed || (!suffix && matches!(node, Node::FnQualified { .. })) {
                at = entry.next;
                continue;
            }
            self.mark_printed(at);
            let hold = std::mem::replace(&mut self.frame, entry.frame);
            let rest = match node {
                Node::Function { params, .. } => {
                    self.function_rest(params, entry.next)?;
                    NONE
                }
                Node::Array { .. } => {
                    self.array_rest(entry.node, entry.next)?;
                    NONE
                }
                Node::Local { function, name } => {
                    self.local_name_of_function(function, name)?;
                    NONE
                }
                _ => {
                    self.modifier(entry.node)?;
                    entry.next
                }
            };
            self.frame = hold;
            at = rest;
        }
        Ok(())
    }

    /// A local function's name, its qualifiers being in the chain already.
    fn local_name_of_function(&mut self, function: Id, name: Id) -> Printed {
        let hold = std::mem::replace(&mut self.modifiers, NONE);
        let mut name = self.local_scope(function, name)?;
        self.modifiers = hold;
        while let Node::FnQualified { inner, .. } = self.tree.node(name) {
            name = inner;
        }
        self.comp(name)
    }

    /// What one modifier adds to the text.
    fn modifier(&mut self, id: Id) -> Printed {
        match self.tree.node(id) {
            Node::Modified { modifier, .. } => {
                self.push(match modifier {
                    Modifier::Restrict => " restrict",
                    Modifier::Volatile => " volatile",
                    Modifier::Const => " const",
                    Modifier::Pointer => "*",
                    Modifier::Reference => "&",
                    Modifier::RvalueReference => "&&",
                    Modifier::Complex => " _Complex",
                    Modifier::Imaginary => " _Imaginary",
                });
                Ok(())
            }
            Node::FnQualified { qual, .. } => self.fn_qual(qual),
            Node::VendorQualified { qualifier, .. } => {
                self.push(" ");
                self.comp(qualifier)
            }
            Node::MemberPointer { class, .. } => {
                if self.last() != b'(' {
                    self.push(" ");
                }
                self.comp(class)?;
                self.push("::*");
                Ok(())
            }
            Node::Vector { bound, .. } => {
                self.push(" __vector(");
                self.comp(bound)?;
                self.push(")");
                Ok(())
            }
            Node::Typed { name, .. } => self.comp(name),
            _ => self.comp(id),
        }
    }

    fn fn_qual(&mut self, qual: FnQual) -> Printed {
        self.push(match qual {
            FnQual::Restrict => " restrict",
            FnQual::Volatile => " volatile",
            FnQual::Const => " const",
            FnQual::Reference => " &",
            FnQual::RvalueReference => " &&",
            FnQual::TransactionSafe => " transaction_safe",
            FnQual::Noexcept | FnQual::NoexceptIf(_) => " noexcept",
            FnQual::Throw(_) => " throw",
            FnQual::ExplicitObject => " this",
        });
        match qual {
            FnQual::NoexceptIf(condition) => {
                self.push("(");
                self.comp(condition)?;
                self.push(")");
                Ok(())
            }
            FnQual::Throw(types) => {
                self.push("(");
                self.list(types)?;
                self.push(")");
                Ok(())
            }
            _ => Ok(()),
        }
    }
}
