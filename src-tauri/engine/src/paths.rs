//! A path as bytes and as text, for the database and for the way between two processes: a name that is not Unicode must
//! come back as it was.

use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// The platform's own bytes of a path: on Windows its UTF-16 units, little-endian.
#[cfg(unix)]
pub(crate) fn to_bytes(path: &Path) -> Vec<u8> {
    use std::os::unix::ffi::OsStrExt;
    path.as_os_str().as_bytes().to_vec()
}

/// The path that these bytes are of.
#[cfg(unix)]
pub(crate) fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::unix::ffi::OsStringExt;
    std::ffi::OsString::from_vec(bytes).into()
}

/// The platform's own bytes of a path: on Windows its UTF-16 units, little-endian.
#[cfg(windows)]
pub(crate) fn to_bytes(path: &Path) -> Vec<u8> {
    use std::os::windows::ffi::OsStrExt;
    path.as_os_str().encode_wide().flat_map(u16::to_le_bytes).collect()
}

/// The path that these bytes are of.
#[cfg(windows)]
pub(crate) fn from_bytes(bytes: Vec<u8>) -> PathBuf {
    use std::os::windows::ffi::OsStringExt;
    let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    std::ffi::OsString::from_wide(&units).into()
}

/// A path that means the same in every process: another one has another working folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Absolute(#[serde(with = "exact")] PathBuf);

impl Absolute {
    /// Of a path that may begin at this process's working folder.
    pub fn of(path: &Path) -> std::io::Result<Self> {
        std::path::absolute(path).map(Self)
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }
}

/// For `#[serde(with = "…")]`: text where the path is Unicode, else its bytes as numbers.
pub(crate) mod exact {
    use super::{from_bytes, to_bytes};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use std::path::{Path, PathBuf};

    #[derive(Serialize, Deserialize)]
    #[serde(untagged)]
    enum Form {
        Text(String),
        Bytes(Vec<u8>),
    }

    impl Form {
        fn of(path: &Path) -> Self {
            path.to_str().map_or_else(|| Self::Bytes(to_bytes(path)), |text| Self::Text(text.to_owned()))
        }

        fn path(self) -> PathBuf {
            match self {
                Self::Text(text) => text.into(),
                Self::Bytes(bytes) => from_bytes(bytes),
            }
        }
    }

    pub(crate) fn serialize<S: Serializer>(path: &Path, to: S) -> Result<S::Ok, S::Error> {
        Form::of(path).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<PathBuf, D::Error> {
        Form::deserialize(from).map(Form::path)
    }

    /// The same for a path that may be left out.
    pub(crate) mod option {
        use super::{Deserialize, Deserializer, Form, PathBuf, Serialize, Serializer};

        #[allow(clippy::ref_option, reason = "serde hands it over like this")]
        pub(crate) fn serialize<S: Serializer>(path: &Option<PathBuf>, to: S) -> Result<S::Ok, S::Error> {
            path.as_deref().map(Form::of).serialize(to)
        }

        pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<PathBuf>, D::Error> {
            Ok(Option::<Form>::deserialize(from)?.map(Form::path))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct Named(#[serde(with = "exact")] PathBuf);

    fn there_and_back(path: &Path) -> (String, PathBuf) {
        let text = serde_json::to_string(&Named(path.to_owned())).unwrap();
        let Named(back) = serde_json::from_str(&text).unwrap();
        (text, back)
    }

    #[test]
    fn a_path_in_unicode_is_plain_text() {
        let path = Path::new("/films/Åben \"talk\".mp4");
        let (text, back) = there_and_back(path);
        assert_eq!((text.as_str(), back.as_path()), (r#""/films/Åben \"talk\".mp4""#, path));
        assert_eq!(from_bytes(to_bytes(path)), path);
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_not_unicode_comes_back_as_it_was() {
        use std::os::unix::ffi::OsStrExt;
        let path = Path::new(std::ffi::OsStr::from_bytes(b"/films/\xff\xfe talk.mp4"));
        assert!(path.to_str().is_none());
        assert_eq!(there_and_back(path).1, path);
        assert_eq!(from_bytes(to_bytes(path)), path);
    }
}
