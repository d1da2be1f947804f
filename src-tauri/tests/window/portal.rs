//! The desktop's file dialog, answered by the test: the portal's own interface on the session bus, with somebody behind it
//! who always knows at once which files they want.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::runtime::Handle;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};
use zbus::{Connection, connection, interface};

/// How long somebody looks at the dialog.
const THINKING: Duration = Duration::from_millis(300);

/// The dialog.
#[derive(Debug)]
pub(crate) struct Portal {
    answers: Arc<Mutex<Vec<PathBuf>>>,
    asked: Arc<Mutex<Vec<String>>>,
    _connection: Connection,
}

impl Portal {
    pub(crate) async fn open(address: &str) -> Self {
        let (answers, asked) = (Arc::default(), Arc::default());
        let runtime = Handle::current();
        let chooser = Chooser { answers: Arc::clone(&answers), asked: Arc::clone(&asked), runtime };
        let connection = connection::Builder::address(address)
            .and_then(|it| it.name("org.freedesktop.portal.Desktop"))
            .and_then(|it| it.serve_at("/org/freedesktop/portal/desktop", chooser))
            .unwrap();
        Self { answers, asked, _connection: connection.build().await.unwrap() }
    }

    /// What is chosen from now on; nothing means that the dialog is closed.
    pub(crate) fn choose(&self, files: &[&Path]) {
        *self.answers.lock().unwrap() = files.iter().map(|file| (*file).to_owned()).collect();
    }

    /// The titles of the dialogs that were opened.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

struct Chooser {
    answers: Arc<Mutex<Vec<PathBuf>>>,
    asked: Arc<Mutex<Vec<String>>>,
    /// The bus calls from a thread of its own.
    runtime: Handle,
}

type Options = HashMap<String, OwnedValue>;

#[interface(name = "org.freedesktop.portal.FileChooser")]
impl Chooser {
    #[zbus(property, name = "version")]
    #[expect(clippy::unused_self, reason = "the same for every chooser")]
    fn version(&self) -> u32 {
        4
    }

    fn open_file(
        &self,
        parent_window: String,
        title: String,
        options: Options,
        #[zbus(header)] header: zbus::message::Header<'_>,
        #[zbus(connection)] connection: &Connection,
    ) -> OwnedObjectPath {
        drop(parent_window);
        self.answer(title, &options, &header, connection)
    }
}

impl Chooser {
    /// The answer is a signal of an object whose path follows from who asked, so that the asker can listen before.
    fn answer(
        &self,
        title: String,
        options: &Options,
        header: &zbus::message::Header<'_>,
        connection: &Connection,
    ) -> OwnedObjectPath {
        let sender = header.sender().expect("a bus says who asks").trim_start_matches(':').replace('.', "_");
        let token: String = options["handle_token"].try_clone().unwrap().try_into().unwrap();
        let path = ObjectPath::try_from(format!("/org/freedesktop/portal/desktop/request/{sender}/{token}")).unwrap();
        self.asked.lock().unwrap().push(title);
        let uris: Vec<String> =
            self.answers.lock().unwrap().iter().map(|path| url::Url::from_file_path(path).unwrap().into()).collect();
        let status: u32 = u32::from(uris.is_empty());
        let results: HashMap<&str, Value<'_>> = [("uris", Value::from(uris))].into_iter().collect();
        let (connection, answered) = (connection.clone(), path.to_owned());
        self.runtime.spawn(async move {
            // Nobody chooses at once, and who asks begins to listen only while asking.
            tokio::time::sleep(THINKING).await;
            let emitter = SignalEmitter::new(&connection, answered).unwrap();
            emitter.emit("org.freedesktop.portal.Request", "Response", &(status, results)).await.unwrap();
        });
        path.into()
    }
}
