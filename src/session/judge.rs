//! Two releases to a verdict, as often as somebody needs it, under the policy of the configuration.

use super::{Environment, Error, Phase, Session, environment};
use crate::abi::Release;
use crate::consumers::consumer_impact;
use crate::diff;
use crate::policy::{self, Date, JudgeContext, Policy, Verdict};

impl Session {
    /// The policy, which knows what consumers import where it goes by that.
    ///
    /// # Errors
    /// It has a mistake, or a consumer that it names cannot be read.
    pub fn policy(&self) -> Result<Policy, Error> {
        let mut policy = self.config.policy()?;
        if policy.goes_by_consumers() {
            policy.meet(&self.install(|| environment::named(self))?);
        }
        Ok(policy)
    }

    /// Compares two releases under the policy, with what it means to the consumers that the policy names. For several
    /// comparisons, [`Session::judge`] reads policy and consumers once.
    ///
    /// # Errors
    /// The policy has a mistake, or a consumer that it names cannot be read.
    pub fn compare(&self, old: &Release, new: &Release, today: Date) -> Result<Verdict, Error> {
        let context = JudgeContext { file: self.config.file_name(), ..JudgeContext::of(old, new, today) };
        self.judge()?.verdict(old, new, &context)
    }

    /// Reads the policy and the consumers that it names. What they have wrong is an error before minutes of reading.
    ///
    /// # Errors
    /// The policy has a mistake, or a consumer that it names cannot be read.
    pub fn judge(&self) -> Result<Judge, Error> {
        let mut policy = self.config.policy()?;
        let consumers = self.install(|| environment::named(self))?;
        policy.meet(&consumers);
        Ok(Judge { policy, consumers, environment: None, session: self.clone() })
    }

    /// Compares two releases under a policy, and nothing else.
    ///
    /// # Errors
    /// The policy has a waiver that it does not allow.
    pub fn judge_under(
        &self,
        old: &Release,
        new: &Release,
        policy: &Policy,
        context: &JudgeContext,
    ) -> Result<Verdict, Error> {
        self.events.phase(Phase::Comparing);
        self.install(|| {
            let changes = diff::compare_with(old, new, policy.patterns());
            policy::judge(changes, old, new, policy, context)
        })
        .map_err(|cause| self.config.at(cause))
    }
}

/// The policy of the project with the consumers that it names, which are read once for all comparisons.
pub struct Judge {
    pub(super) policy: Policy,
    /// Those of every machine, until it is known which one is compared.
    consumers: Vec<Release>,
    environment: Option<(String, Environment)>,
    session: Session,
}

impl Judge {
    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The verdict over two releases, and what it means to the consumers that are for their machine.
    ///
    /// # Errors
    /// The policy has a waiver that it does not allow.
    pub fn verdict(
        &mut self,
        old: &Release,
        new: &Release,
        context: &JudgeContext,
    ) -> Result<Verdict, Error> {
        let mut context = context.clone();
        context.aside.extend(Session::ambiguous(old, new));
        let mut verdict = self.session.judge_under(old, new, &self.policy, &context)?;
        let arch = old.machine().arch;
        let consumers = std::mem::take(&mut self.consumers).into_iter();
        let (here, elsewhere): (Vec<Release>, Vec<Release>) =
            consumers.partition(|consumer| consumer.machine().arch == arch);
        self.consumers = elsewhere;
        if !here.is_empty() {
            let names: Vec<String> = here.iter().map(|consumer| consumer.name.clone()).collect();
            self.environment = Some((arch.clone(), Environment::new(here, &names, &self.session)?));
        }
        if let Some((_, environment)) = self.environment.as_ref().filter(|(of, _)| *of == arch) {
            let impacts = self.session.install(|| environment.impacts(old, new, &verdict));
            consumer_impact::tell(&mut verdict, &impacts);
        }
        Ok(verdict)
    }
}
