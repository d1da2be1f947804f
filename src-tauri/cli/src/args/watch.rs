//! `slipway watch` as a person types it.

use super::{category, time};
use clap::{Args as ClapArgs, Subcommand, ValueEnum};
use slipway_engine::folder::{AfterUpload, OnChange};
use slipway_engine::item::{Category, Locale};
use std::path::PathBuf;
use std::time::Duration;

#[derive(Debug, Default, Subcommand)]
pub(crate) enum Watch {
    /// Show the watched folders and how it is with each.
    #[default]
    List,
    /// Watch a folder.
    Add(Box<Add>),
    /// Watch a folder no more; its ledger is kept for the case that it is added again.
    Remove {
        /// The folder.
        dir: PathBuf,
        /// Forget the ledger as well.
        #[arg(long)]
        forget: bool,
    },
    /// Let a folder rest.
    Pause {
        /// The folder.
        dir: PathBuf,
    },
    /// Watch a paused folder again.
    Resume {
        /// The folder.
        dir: PathBuf,
    },
    /// Show what became of each file of a folder, and why.
    Ledger {
        /// The folder; all when it is left out.
        dir: Option<PathBuf>,
    },
    /// Send a file of a folder again, as a video of its own, whatever its ledger says; not one that is on its way, nor one
    /// that the folder leaves out.
    Again {
        /// The file.
        file: PathBuf,
    },
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Add {
    /// The folder.
    pub(crate) dir: PathBuf,
    /// The workspace's domain; not needed while you are signed in to only one.
    #[arg(long, short)]
    pub(crate) workspace: Option<String>,
    /// A category of every video, by its id or its name; may be given several times.
    #[arg(long, value_name = "CATEGORY", value_parser = category)]
    pub(crate) category: Vec<Category>,
    /// The name of the topmost subfolder is a category as well.
    #[arg(long)]
    pub(crate) category_per_subfolder: bool,
    /// Tags, separated by spaces; quote one that has a space in it.
    #[arg(long, value_name = "TAGS")]
    pub(crate) tags: Option<String>,
    /// The title, with {name}, {folder} and {date} in it; the file's name, cleaned, when left out.
    #[arg(long, short, value_name = "PATTERN")]
    pub(crate) title: Option<String>,
    #[command(flatten)]
    pub(crate) becomes: Visibility,
    /// How long a file must have stood still (10s, 2m); 10 seconds when left out, 30 on a network drive.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub(crate) settle: Option<Duration>,
    #[command(flatten)]
    pub(crate) begin: Begin,
    /// Take only files that this fits, such as *.mp4 or masters/**; may be given several times.
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,
    /// Leave out files that this fits; may be given several times.
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,
    /// Names that are never anybody's video, in the place of the usual list; may be given several times.
    #[arg(long, value_name = "GLOB")]
    pub(crate) ignore: Vec<String>,
    /// What happens to a file that changed after it was taken.
    #[arg(long, value_enum, default_value_t, value_name = "RULE")]
    pub(crate) on_change: Change,
    /// What is done with a file once its video is there.
    #[arg(long, value_enum, default_value_t, value_name = "WHAT")]
    pub(crate) after: After,
    /// A name such as "[123456] talk.mp4" replaces that video, "[123456].jpg" its thumbnail.
    #[arg(long)]
    pub(crate) replace_by_id: bool,
    /// The language of subtitles whose names say none, such as en or pt-BR.
    #[arg(long, value_name = "LOCALE")]
    pub(crate) subtitles_locale: Option<Locale>,
}

#[derive(Debug, Default, ClapArgs)]
#[group(multiple = false)]
pub(crate) struct Visibility {
    /// Publish each video as soon as it is stored.
    #[arg(long)]
    pub(crate) publish: bool,
    /// Publish each video once it can be played.
    #[arg(long)]
    pub(crate) publish_when_playable: bool,
    /// Leave the videos drafts (the default).
    #[arg(long)]
    pub(crate) draft: bool,
}

#[derive(Debug, Default, ClapArgs)]
#[group(multiple = false)]
pub(crate) struct Begin {
    /// Send what is in the folder already as well.
    #[arg(long)]
    pub(crate) existing: bool,
    /// Send only what is put into the folder from now on (the default).
    #[arg(long)]
    pub(crate) new_only: bool,
}

/// What happens to a file that changed.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum Change {
    /// Nothing.
    #[default]
    Ignore,
    /// It becomes another video.
    New,
    /// It takes the place of the video's file.
    Replace,
}

/// What is done with a file once its video is there.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum After {
    /// Nothing.
    #[default]
    Leave,
    /// It is moved into a subfolder called Published.
    Move,
    /// It is put into the desktop's trash.
    Trash,
}

impl From<After> for AfterUpload {
    fn from(after: After) -> Self {
        match after {
            After::Leave => Self::Leave,
            After::Move => Self::Move,
            After::Trash => Self::Trash,
        }
    }
}

impl From<Change> for OnChange {
    fn from(change: Change) -> Self {
        match change {
            Change::Ignore => Self::Ignore,
            Change::New => Self::New,
            Change::Replace => Self::Replace,
        }
    }
}
