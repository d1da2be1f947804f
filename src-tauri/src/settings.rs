//! Settings as the pages read and write them. The page sends all of them back; what it cannot mean by that, such as the path
//! of a file, is taken from what is set already.

use crate::desktop::{Choice, off_thread};
use crate::ipc::Nothing;
use crate::means::Means;
use crate::shell::Shell;
use crate::updates::News;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use slipway_engine::failure::{Code, Failure};
use slipway_engine::settings::{Behaviour, ProxySetting, Publishing, Settings as Set, Theme, Tongue};
use std::sync::Arc;
use ts_rs::TS;

/// What is set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    #[ts(inline)]
    language: Tongue,
    #[ts(inline)]
    theme: Theme,
    /// The workspace that is shown and that drops go to, by its host.
    workspace: Option<String>,
    #[ts(inline)]
    publish: Publishing,
    /// A folder of more videos than this opens the sheet.
    sheet_from: usize,
    /// Simultaneous chunks; `null` for as many as are right.
    in_flight: Option<usize>,
    #[ts(inline)]
    proxy: Proxy,
    /// To be shown; `null` takes it away, and `choose_ca_file` sets another.
    ca_file: Option<String>,
    #[ts(inline)]
    behaviour: Behaviour,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Proxy {
    System,
    None,
    Manual {
        address: String,
        name: Option<String>,
        /// Said by the app alone.
        has_password: bool,
    },
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeSettings {
    settings: Settings,
    /// The proxy's; `null` leaves it as it is, and an empty one takes it away.
    #[ts(type = "string | null")]
    proxy_password: Option<SecretString>,
}

impl Settings {
    /// Of what is set.
    pub(crate) fn of(means: &Means) -> Self {
        let set = means.settings();
        Self {
            language: set.language,
            theme: set.theme,
            workspace: set.workspace.as_ref().map(|origin| origin.host().to_owned()),
            publish: set.publish,
            sheet_from: set.sheet_from,
            in_flight: set.in_flight,
            proxy: match set.proxy.clone() {
                ProxySetting::System => Proxy::System,
                ProxySetting::Straight => Proxy::None,
                ProxySetting::Through { address, user, .. } => {
                    Proxy::Manual { address, name: user, has_password: means.has_password() }
                }
            },
            ca_file: set.ca_file.as_ref().map(|path| path.display().to_string()),
            behaviour: set.behaviour,
        }
    }
}

#[derive(Debug, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetStartAtLogin {
    wanted: bool,
}

impl Shell {
    /// As the system has it: a person may change it there, too, and so it is written down nowhere else.
    pub(crate) async fn starts_at_login(&self) -> bool {
        let desktop = Arc::clone(&self.desktop);
        off_thread(move || Ok(desktop.starts_at_login())).await.unwrap_or_default()
    }

    /// Has Slipway start when the person signs in to the machine, or not any more. How it is then.
    pub(crate) async fn set_start_at_login(
        &self,
        SetStartAtLogin { wanted }: SetStartAtLogin,
    ) -> Result<bool, Failure> {
        let desktop = Arc::clone(&self.desktop);
        off_thread(move || desktop.start_at_login(wanted)).await?;
        Ok(self.starts_at_login().await)
    }

    /// Ends the program, whatever closing the window does.
    pub(crate) async fn quit(&self, _: Nothing) -> Result<(), Failure> {
        let desktop = Arc::clone(&self.desktop);
        off_thread(move || {
            desktop.end();
            Ok(())
        })
        .await
    }

    pub(crate) async fn change_settings(&self, change: ChangeSettings) -> Result<Settings, Failure> {
        let ChangeSettings { settings: wanted, proxy_password } = change;
        // Others write into the file as well: how fast, and when, is theirs to say.
        let file = self.means.file.clone();
        let throttle = off_thread(move || Ok(file.read().settings.throttle)).await?;
        let before = self.means.settings();
        let workspace = match &wanted.workspace {
            Some(host) => Some(self.workspace_called(host).await?),
            None => None,
        };
        let proxy = match wanted.proxy {
            Proxy::System => ProxySetting::System,
            Proxy::None => ProxySetting::Straight,
            Proxy::Manual { address, name, has_password: _ } => {
                ProxySetting::Through { address, user: name.filter(|it| !it.is_empty()), password_kept: false }
            }
        };
        let is_left = proxy_password.is_none() && before.proxy.clone().with_password_kept(false) == proxy;
        let proxy = if is_left {
            before.proxy
        } else {
            // No proxy is told the password of another.
            let password = proxy_password.filter(|it| !it.expose_secret().is_empty());
            let kept = self.means.change_password(&proxy, password).await?;
            proxy.with_password_kept(kept)
        };
        let after = Set {
            language: wanted.language,
            theme: wanted.theme,
            workspace,
            publish: wanted.publish,
            sheet_from: wanted.sheet_from,
            finished_days: before.finished_days,
            in_flight: wanted.in_flight,
            throttle,
            proxy,
            ca_file: before.ca_file.filter(|_| wanted.ca_file.is_some()),
            behaviour: wanted.behaviour,
        };
        self.set(after, !is_left).await
    }

    /// Lets the person choose further certificate authorities; `None` where nobody does.
    pub(crate) async fn choose_ca_file(&self, _: Nothing) -> Result<Option<Settings>, Failure> {
        let Some(file) = self.choose(Choice::CaFile).await?.into_iter().next() else { return Ok(None) };
        if file.to_str().is_none() {
            let detail = file.display().to_string();
            return Err(Failure::new(Code::SettingsInvalid).detail(detail).because("why.not_utf8", []));
        }
        let set = self.means.file.clone();
        let throttle = off_thread(move || Ok(set.read().settings.throttle)).await?;
        let after = Set { ca_file: Some(file), throttle, ..self.means.settings() };
        self.set(after, false).await.map(Some)
    }

    /// Writes settings down and makes them true.
    async fn set(&self, after: Set, has_other_password: bool) -> Result<Settings, Failure> {
        let before = self.means.settings();
        let (file, wanted) = (self.means.file.clone(), after.clone());
        let reading = off_thread(move || {
            // A file of authorities that cannot be read would leave no engine at all.
            Means::check(&wanted)?;
            file.change(&wanted)
        })
        .await?;
        let language = self.voice.language();
        self.means.set(reading, &self.voice);
        if self.voice.language() != language {
            self.updates.tell(News::Language);
        }
        if has_other_password || (&after.proxy, &after.ca_file) != (&before.proxy, &before.ca_file) {
            self.place.replace().await;
        } else if after.in_flight != before.in_flight {
            let in_flight = after.in_flight.unwrap_or(self.means.usual_in_flight());
            self.place.engine().await?.set_in_flight(in_flight).await?;
        }
        self.outside.look_again();
        let settings = Settings::of(&self.means);
        self.updates.tell(News::Settings(settings.clone()));
        Ok(settings)
    }
}
