//! The owner's door for guests (`control.rs`): what they ask is asked of a copy of the engine's handle.

use super::calls::Ask;
use super::owner::Command;
use super::sign_in::Leaving;
use super::{Engine, WorkspaceReport, closed};
use crate::control::{self, Answer, Hello, Host, Listener};
use crate::failure::{Code, Failure};
use crate::store::Workspace;
use crate::transfer::Yard;
use crate::view::Update;
use crate::workspace::Origin;
use serde::Serialize;
use serde_json::value::RawValue;
use std::io;
use std::sync::{Arc, Mutex};
use tokio::sync::{broadcast, oneshot};
use tokio::task::JoinHandle;
use tokio_util::sync::{CancellationToken, DropGuard};

/// The open door. Dropping it shuts it at once.
#[derive(Debug)]
pub(super) struct Listening {
    closing: CancellationToken,
    /// Without a door there is none: the engine works all the same.
    task: Option<JoinHandle<()>>,
    _cut: DropGuard,
}

impl Listening {
    pub(super) fn at(door: io::Result<Listener>, engine: &Engine, yard: Arc<Yard>, works: bool) -> Self {
        let (closing, cut) = (CancellationToken::new(), CancellationToken::new());
        let task = match door {
            Ok(door) => {
                let host = Door { engine: engine.copy(), _yard: yard };
                let timing = engine.timing;
                let serving = control::serve(door, host, Hello::own(works), timing, closing.clone(), cut.clone());
                Some(tokio::spawn(serving))
            }
            Err(error) => {
                tracing::warn!("no guest can be let in, because there is no socket in the data folder: {error}");
                None
            }
        };
        Self { closing, task, _cut: cut.drop_guard() }
    }

    /// Shuts the door, once those who asked something before have their answers.
    pub(super) async fn end(self) {
        self.closing.cancel();
        if let Some(task) = self.task {
            // A panic in it has been reported already.
            let _ = task.await;
        }
    }
}

struct Door {
    engine: Engine,
    /// Keeps the folder owned until the socket is gone: it must not be the next owner's that is taken away.
    _yard: Arc<Yard>,
}

impl Host for Door {
    async fn answer(&self, ask: &RawValue) -> Answer {
        let ask: Ask =
            serde_json::from_str(ask.get()).map_err(|error| Failure::new(Code::OwnerOtherVersion).caused_by(&error))?;
        self.engine.answer(ask).await
    }

    async fn follow(&self) -> (Vec<Update>, broadcast::Receiver<Update>) {
        // Listened first, or something could begin to wait unheard.
        let news = self.engine.updates.subscribe();
        (self.engine.waiting().await.unwrap_or_default(), news)
    }
}

/// What goes to another process as an answer.
pub(super) fn written(answer: &impl Serialize) -> Answer {
    serde_json::value::to_raw_value(answer).map_err(|error| Failure::new(Code::NotPossibleNow).caused_by(&error))
}

impl Engine {
    /// The same engine without its life: dropping it ends nothing.
    pub(super) fn copy(&self) -> Self {
        Self {
            store: self.store.clone(),
            vault: Arc::clone(&self.vault),
            http: Arc::clone(&self.http),
            timing: self.timing,
            folders: self.folders.clone(),
            library: Arc::clone(&self.library),
            watch: Arc::clone(&self.watch),
            updates: self.updates.clone(),
            first_listener: Mutex::default(),
            commands: self.commands.clone(),
            run: None,
        }
    }

    /// What waits now, told as news.
    async fn waiting(&self) -> Result<Vec<Update>, Failure> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Waiting { reply }).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())
    }

    /// As [`Engine::look_at`].
    pub(super) async fn report_on(&self, workspace: Workspace) -> Result<WorkspaceReport, Failure> {
        Ok(self.look_at(&workspace).await)
    }

    /// A guest has put a credential where this process finds it, and these are the workspaces that it opens.
    pub(super) async fn signed_in(&self, workspaces: Vec<Workspace>) -> Result<(), Failure> {
        for workspace in &workspaces {
            self.vault.keys.forget_for_this_run(&workspace.login);
        }
        // Whoever signs in sits there.
        self.vault.keys.may_prompt();
        self.remember(workspaces).await
    }

    /// A guest has taken out of the keychain what no other workspace needs.
    pub(super) async fn signed_out(&self, origin: Origin) -> Result<(), Failure> {
        if let Some(login) = Leaving::of(&origin, &self.store.workspaces().await?)?.login {
            self.vault.keys.forget_for_this_run(&login);
        }
        self.library.forget(&origin).await?;
        self.store.remove_workspace(origin).await?;
        self.vault.turned();
        Ok(())
    }

    /// As [`Engine::sign_out`].
    pub(super) async fn sign_out_there(&self, origin: Origin) -> Result<(), Failure> {
        self.sign_out(&origin).await
    }
}
