//! `abigate serve`, and the process that compares for it. In a program that was built without the service, it says so.

#[cfg(feature = "serve")]
pub(super) use with::{JudgeOne, Serve, judge_one, run};
#[cfg(not(feature = "serve"))]
pub(super) use without::{Serve, run};

#[cfg(feature = "serve")]
mod with {
    use std::path::PathBuf;

    use anyhow::Result;
    use clap::ValueEnum;
    use clap::builder::PossibleValue;

    use super::super::exit::Exit;
    use super::super::output;
    use crate::remote::api::Scope;
    use crate::serve::{self, Config, File, Role};

    /// Run the service: baselines of many projects, compared and shown.
    ///
    /// Without options it keeps everything in one directory, which it makes. What flags do not say, variables (ABIGATE_SERVE_…)
    /// and then the file of --serve-config do.
    #[derive(Debug, clap::Args)]
    #[command(
        args_conflicts_with_subcommands = true,
        after_help = "Examples:
  abigate serve --data /var/lib/abigate
  abigate serve --role worker --serve-config abigate-serve.yaml
  abigate serve link                    another link to sign in by
  abigate serve token ci --scope push-releases

Exit codes: 0 it was stopped, or all is well; 2 error"
    )]
    pub(in super::super) struct Serve {
        #[command(subcommand)]
        action: Option<Action>,
        #[command(flatten)]
        run: RunArgs,
    }

    #[derive(Debug, clap::Args)]
    struct RunArgs {
        /// Which parts run in this process
        #[arg(long, value_enum, default_value_t = Role::All)]
        role: Role,
        #[command(flatten)]
        options: ServeOptions,
    }

    /// What can be said of the service.
    #[derive(Debug, clap::Args)]
    struct ServeOptions {
        /// Configuration of the service, in YAML
        #[arg(long, value_name = "FILE", env = "ABIGATE_SERVE_CONFIG")]
        serve_config: Option<PathBuf>,
        /// Directory for everything that is not elsewhere [default: abigate-data]
        #[arg(long, value_name = "DIR", env = "ABIGATE_SERVE_DATA")]
        data: Option<PathBuf>,
        /// Where it listens [default: 127.0.0.1:8080]
        #[arg(long, value_name = "ADDRESS", env = "ABIGATE_SERVE_LISTEN")]
        listen: Option<String>,
        /// Where metrics are told [default: nowhere]
        #[arg(long, value_name = "ADDRESS", env = "ABIGATE_SERVE_METRICS_LISTEN", hide_short_help = true)]
        metrics_listen: Option<String>,
        /// How it is reached from outside: scheme, host and port
        #[arg(long, value_name = "URL", env = "ABIGATE_SERVE_PUBLIC_URL")]
        public_url: Option<String>,
        /// postgres://user@host/database [default: a file in the data directory]
        #[arg(long, value_name = "URL", env = "ABIGATE_SERVE_DATABASE", hide_env_values = true)]
        database: Option<String>,
        /// s3://bucket/prefix [default: a directory in the data directory]
        #[arg(long, value_name = "URL", env = "ABIGATE_SERVE_OBJECTS")]
        objects: Option<String>,
        /// Comparisons that are made at one time [default: one per processor]
        #[arg(long, value_name = "N", env = "ABIGATE_SERVE_WORKERS", hide_short_help = true)]
        workers: Option<usize>,
    }

    #[derive(Debug, clap::Subcommand)]
    enum Action {
        /// Say what is understood of the configuration
        #[command(after_help = "Example:\n  abigate serve check-config --serve-config abigate-serve.yaml")]
        CheckConfig(ServeOptions),
        /// Hold what is stored against what is known of it
        #[command(after_help = "Example:\n  abigate serve verify --data /var/lib/abigate")]
        Verify(ServeOptions),
        /// Look at everything that has to be there
        #[command(after_help = "Example:\n  abigate serve doctor --data /var/lib/abigate")]
        Doctor(ServeOptions),
        /// Print a link by which an administrator signs in, once
        #[command(after_help = "Example:\n  abigate serve link --data /var/lib/abigate")]
        Link(LinkArgs),
        /// Print a new token
        #[command(after_help = "Example:\n  abigate serve token ci --scope push-releases --days 30")]
        Token(TokenArgs),
    }

    #[derive(Debug, clap::Args)]
    struct LinkArgs {
        /// Organization that it is for, which is made if it is not there [default: the first]
        #[arg(long, value_name = "NAME")]
        organization: Option<String>,
        #[command(flatten)]
        options: ServeOptions,
    }

    #[derive(Debug, clap::Args)]
    struct TokenArgs {
        /// Organization that it is for, which is made if it is not there [default: the first]
        #[arg(long, value_name = "NAME")]
        organization: Option<String>,
        /// What people call it
        name: String,
        /// What it allows
        #[arg(long, value_enum)]
        scope: Scope,
        /// Days that it is good for
        #[arg(long, value_name = "N", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=366))]
        days: u32,
        #[command(flatten)]
        options: ServeOptions,
    }

    impl ValueEnum for Scope {
        fn value_variants<'a>() -> &'a [Scope] {
            &[Scope::Read, Scope::PushClaims, Scope::Push, Scope::PushReleases, Scope::Admin]
        }

        fn to_possible_value(&self) -> Option<PossibleValue> {
            Some(PossibleValue::new(self.name()))
        }
    }

    /// Makes one comparison for the service.
    #[derive(Debug, clap::Args)]
    pub(in super::super) struct JudgeOne {
        directory: PathBuf,
    }

    pub(in super::super) fn judge_one(args: &JudgeOne) -> Result<Exit> {
        serve::judge_one(&args.directory)?;
        Ok(Exit::Fine)
    }

    fn config(options: &ServeOptions) -> Result<Config> {
        let file = match &options.serve_config {
            Some(path) => File::read(path)?,
            None => File::default(),
        };
        let said = File {
            listen: options.listen.clone(),
            metrics_listen: options.metrics_listen.clone(),
            public_url: options.public_url.clone(),
            data: options.data.clone(),
            database: options.database.clone(),
            objects: options.objects.clone(),
            workers: options.workers,
            ..File::default()
        };
        Ok(Config::new(said.or(file))?)
    }

    pub(in super::super) fn run(args: &Serve) -> Result<Exit> {
        let text = match &args.action {
            None => {
                serve::run(config(&args.run.options)?, args.run.role)?;
                return Ok(Exit::Fine);
            }
            Some(Action::CheckConfig(options)) => serve::check_config(&config(options)?),
            Some(Action::Verify(options)) => serve::verify(config(options)?)?,
            Some(Action::Doctor(options)) => serve::doctor(config(options)?)?,
            Some(Action::Link(link)) => serve::link(config(&link.options)?, link.organization.as_deref())?,
            Some(Action::Token(token)) => {
                let TokenArgs { organization, name, scope, days, options } = token;
                serve::token(config(options)?, organization.as_deref(), name, *scope, *days)?
            }
        };
        output::print(|out| out.write_all(text.as_bytes()))?;
        Ok(Exit::Fine)
    }
}

#[cfg(not(feature = "serve"))]
mod without {
    use anyhow::{Result, bail};

    use super::super::exit::Exit;

    /// Run the service (this program was built without it).
    #[derive(Debug, clap::Args)]
    #[command(
        hide = true,
        after_help = "This abigate was built without the service: cargo install abigate --features serve"
    )]
    pub(in super::super) struct Serve {
        /// Whatever the service would be told
        #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
        _rest: Vec<String>,
    }

    pub(in super::super) fn run(_: &Serve) -> Result<Exit> {
        bail!("this program was built without the service: cargo install abigate --features serve")
    }
}
