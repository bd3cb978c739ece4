//! Types that something still there was declared with, and that the new release does not describe.

use std::collections::BTreeMap;

use foldhash::HashMap;

use super::super::{Change, ChangeId, Changes, Exposure, Subject, SubjectKind, Value};
use super::{Comparison, enclosing_of_unnamed, encoded, is_toolchains, names, reach};
use crate::abi::{Library, Type, TypeKind};
use crate::rules::Rule;
use crate::spelling;

impl<'a> Comparison<'_, 'a> {
    /// Types that something still there was declared with, and that are no longer.
    pub(super) fn gone(&self, gone: &[(&'a Library, &'a Type)], changes: &mut Changes) {
        // Functions and variables that are there with other types.
        let retypes = [
            Rule::SignatureChanged,
            Rule::ParameterTypeChanged,
            Rule::ReturnTypeChanged,
            Rule::VariableTypeChanged,
            Rule::StaticMemberChanged,
            Rule::CallingConventionChanged,
        ];
        let retyped: BTreeMap<String, ChangeId> = changes
            .as_slice()
            .iter()
            .enumerate()
            .filter(|(_, c)| retypes.contains(&c.rule))
            .flat_map(|(id, c)| c.members.iter().map(move |m| (m.name().to_owned(), id)))
            .collect();
        for (library, type_) in gone {
            let is_called_otherwise =
                self.renames.renamed(&type_.name).any(|name| self.equivalences.new.find(&name).is_some());
            if is_called_otherwise
                || self.has_members(type_)
                || is_toolchains(type_)
                || type_.is_incomplete()
                || enclosing_of_unnamed(&type_.name).is_some()
                // Programs cannot name it: what has it is declared otherwise now, which is told.
                || names::is_unnamed(&type_.name)
            {
                continue;
            }
            let other = self.other_arguments(type_);
            // Instances of templates, with what is in them, come and go with what uses them; so do the names of types
            // between compilers.
            let is_instance =
                reach::is_instance(&type_.name) || (type_.kind == TypeKind::Typedef && self.other_compiler);
            if is_instance && other.is_none() {
                continue;
            }
            // Where nothing that is left mentions it, nobody can say that it is gone.
            let users = self.reach.users(&type_.name);
            let is_mentioned = || users.iter().any(|user| self.is_left(user) || retyped.contains_key(*user));
            let is_header = || self.reach.exposure(type_).is_some_and(|e| e >= Exposure::Declared);
            if !is_mentioned() || !is_header() {
                continue;
            }
            let subject = Subject::named(SubjectKind::Type, &*type_.name, &library.name);
            let mut change = match other {
                Some(other) => {
                    let (from, to) = (Value::name(&*type_.name), Value::Name(other));
                    Change::new(Rule::TemplateParametersChanged, subject).between(from, to)
                }
                None => Change::new(Rule::TypeRemoved, subject),
            };
            change.location.clone_from(&type_.location);
            let is_other = change.rule == Rule::TemplateParametersChanged;
            let id = changes.push(change);
            // It went because everything that is left of its users is declared with another type.
            let left = users.iter().filter(|user| self.is_left(user));
            let retypes: Option<Vec<ChangeId>> = left.map(|user| retyped.get(*user).copied()).collect();
            let cause = retypes.and_then(|all| all.first().copied()).filter(|_| !is_other);
            changes.attach(id, cause);
            // Whatever mentions an instance is spelt otherwise.
            for user in users.iter().filter(|_| is_other).filter_map(|user| retyped.get(*user)) {
                changes.attach(*user, Some(id));
            }
        }
    }

    /// Lets types that went follow from the aliases that stand for something else now.
    pub(super) fn left_by_aliases(&self, changes: &mut Changes) {
        let aliases: BTreeMap<String, ChangeId> = changes
            .as_slice()
            .iter()
            .enumerate()
            .filter(|(_, c)| c.rule == Rule::TypedefChanged)
            .map(|(id, c)| (c.subject.name.clone(), id))
            .collect();
        for id in 0..changes.as_slice().len() {
            let Some(change) = changes.as_slice().get(id) else { break };
            if change.rule != Rule::TypeRemoved || change.derived_from.is_some() {
                continue;
            }
            let users = self.reach.users(&change.subject.name);
            let alias = users.iter().find_map(|user| aliases.get(*user).copied());
            changes.attach(id, alias);
        }
    }

    /// Whether the new release exports something that is in the class: then it is there, whatever debug info mentions.
    fn has_members(&self, type_: &Type) -> bool {
        encoded(&type_.name).is_some_and(|encoded| {
            let prefixes = ["_ZN", "_ZNK"].map(|prefix| format!("{prefix}{encoded}"));
            type_.kind.is_class() && self.context.new_has_prefix(&prefixes)
        })
    }

    /// The same template with more or fewer arguments, which the old release did not have.
    fn other_arguments(&self, type_: &Type) -> Option<String> {
        let (template, arguments) = spelling::template_arguments(&type_.name)?;
        let arguments = spelling::split_arguments(arguments);
        let same = |name: &&str| {
            let Some((_, list)) = spelling::template_arguments(name) else { return false };
            let list = spelling::split_arguments(list);
            arguments.iter().zip(&list).all(|(a, b)| a == b) && list.len() != arguments.len()
        };
        let instances = self.new_instances.get_or_init(|| self.new_instances()).get(template)?;
        instances.iter().copied().filter(same).min().map(str::to_owned)
    }

    /// Instances that only the new release has, by their template.
    fn new_instances(&self) -> HashMap<&'a str, Vec<&'a str>> {
        let mut instances: HashMap<&str, Vec<&str>> = HashMap::default();
        for (name, _) in self.equivalences.new.names() {
            if let Some((template, _)) = spelling::template_arguments(name)
                && self.equivalences.old.find(name).is_none()
            {
                instances.entry(template).or_default().push(name);
            }
        }
        instances
    }

    /// Whether a symbol or type of the old release is there in the new one.
    fn is_left(&self, user: &str) -> bool {
        self.context.provider(user, None).is_some() || self.equivalences.new.find(user).is_some()
    }
}
