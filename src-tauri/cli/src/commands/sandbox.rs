//! `slipway sandbox`: a pretend workspace on this machine.

use super::{Done, Trouble};
use crate::args::{Profile, Sandbox as Args};
use crate::exit::Exit;
use crate::report;
use crate::words;
use slipway_sandbox::{Config, Sandbox};

pub(crate) async fn sandbox(args: Args) -> Done {
    let config = Config {
        listen: args.listen,
        dir: args.dir,
        profile: match args.profile {
            Profile::Documented => slipway_sandbox::Profile::Documented,
            Profile::Hostile => slipway_sandbox::Profile::Hostile,
        },
        token: args.token.clone(),
        tls: args.tls,
        sink: args.sink,
        seed: args.seed,
        videos: args.videos,
        ..Config::default()
    };
    let sandbox = Sandbox::start(config).await.map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        Trouble::Usage(format!("{error}{cause}"), Exit::Usage)
    })?;
    report::line_to_stdout(&words::say("cli.sandbox_up", &[("url", &sandbox.url())]));
    if args.token.is_none() {
        report::line_to_stdout(&words::say("cli.sandbox_token", &[("token", sandbox.token())]));
    }
    if args.oauth {
        let keys = sandbox.oauth();
        let fields = [
            ("key", keys.consumer_key.as_str()),
            ("secret", &keys.consumer_secret),
            ("token", &keys.token),
            ("token_secret", &keys.token_secret),
        ];
        report::line_to_stdout(&words::say("cli.sandbox_oauth", &fields));
    }
    if let Some(file) = sandbox.ca_file() {
        report::line_to_stdout(&words::say("cli.sandbox_ca", &[("file", &file.display().to_string())]));
    }
    // An error means that signals cannot be had; then only a kill ends it.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    sandbox.stop().await;
    Ok(Exit::Done)
}
