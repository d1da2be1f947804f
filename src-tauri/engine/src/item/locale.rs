//! The language of a subtitle file, as names of files and people write it (`en`, `pt-BR`, `zh-Hans`, `eng`) and as the
//! workspace wants it (`en_US`).

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A language, perhaps with a script and a region: `da`, `pt-BR`, `zh-Hans`. Only languages that are known count: the
/// `final` of `talk.final.srt` is none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Locale {
    language: String,
    script: Option<String>,
    region: Option<String>,
}

/// This is no language that we know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is no locale such as en, pt-BR or zh-Hans")]
pub struct NoLocale(pub String);

/// Each language with the region that is meant where none is said, by population as a rule, and its codes of three
/// letters as media tools write them.
const LANGUAGES: &[(&str, &str, &[&str])] = &[
    ("af", "ZA", &["afr"]),
    ("am", "ET", &["amh"]),
    ("ar", "EG", &["ara"]),
    ("az", "AZ", &["aze"]),
    ("be", "BY", &["bel"]),
    ("bg", "BG", &["bul"]),
    ("bn", "BD", &["ben"]),
    ("bs", "BA", &["bos"]),
    ("ca", "ES", &["cat"]),
    ("cs", "CZ", &["cze", "ces"]),
    ("cy", "GB", &["wel", "cym"]),
    ("da", "DK", &["dan"]),
    ("de", "DE", &["ger", "deu"]),
    ("el", "GR", &["gre", "ell"]),
    ("en", "US", &["eng"]),
    ("es", "ES", &["spa"]),
    ("et", "EE", &["est"]),
    ("eu", "ES", &["baq", "eus"]),
    ("fa", "IR", &["per", "fas"]),
    ("fi", "FI", &["fin"]),
    ("fil", "PH", &[]),
    ("fo", "FO", &["fao"]),
    ("fr", "FR", &["fre", "fra"]),
    ("ga", "IE", &["gle"]),
    ("gl", "ES", &["glg"]),
    ("gu", "IN", &["guj"]),
    ("he", "IL", &["heb"]),
    ("hi", "IN", &["hin"]),
    ("hr", "HR", &["hrv"]),
    ("hu", "HU", &["hun"]),
    ("hy", "AM", &["arm", "hye"]),
    ("id", "ID", &["ind"]),
    ("is", "IS", &["ice", "isl"]),
    ("it", "IT", &["ita"]),
    ("ja", "JP", &["jpn"]),
    ("ka", "GE", &["geo", "kat"]),
    ("kk", "KZ", &["kaz"]),
    ("kl", "GL", &["kal"]),
    ("km", "KH", &["khm"]),
    ("kn", "IN", &["kan"]),
    ("ko", "KR", &["kor"]),
    ("lo", "LA", &["lao"]),
    ("lt", "LT", &["lit"]),
    ("lv", "LV", &["lav"]),
    ("mk", "MK", &["mac", "mkd"]),
    ("ml", "IN", &["mal"]),
    ("mn", "MN", &["mon"]),
    ("mr", "IN", &["mar"]),
    ("ms", "MY", &["may", "msa"]),
    ("mt", "MT", &["mlt"]),
    ("my", "MM", &["bur", "mya"]),
    ("nb", "NO", &["nob"]),
    ("ne", "NP", &["nep"]),
    ("nl", "NL", &["dut", "nld"]),
    ("nn", "NO", &["nno"]),
    ("no", "NO", &["nor"]),
    ("pa", "IN", &["pan"]),
    ("pl", "PL", &["pol"]),
    ("ps", "AF", &["pus"]),
    ("pt", "BR", &["por"]),
    ("ro", "RO", &["rum", "ron"]),
    ("ru", "RU", &["rus"]),
    ("si", "LK", &["sin"]),
    ("sk", "SK", &["slo", "slk"]),
    ("sl", "SI", &["slv"]),
    ("so", "SO", &["som"]),
    ("sq", "AL", &["alb", "sqi"]),
    ("sr", "RS", &["srp"]),
    ("sv", "SE", &["swe"]),
    ("sw", "KE", &["swa"]),
    ("ta", "IN", &["tam"]),
    ("te", "IN", &["tel"]),
    ("th", "TH", &["tha"]),
    ("tr", "TR", &["tur"]),
    ("uk", "UA", &["ukr"]),
    ("ur", "PK", &["urd"]),
    ("uz", "UZ", &["uzb"]),
    ("vi", "VN", &["vie"]),
    ("yue", "HK", &[]),
    ("zh", "CN", &["chi", "zho"]),
    ("zu", "ZA", &["zul"]),
];

impl Locale {
    /// The region that is meant: as said, or as the script or the language has it.
    fn likely_region(&self) -> &str {
        if let Some(region) = &self.region {
            return region;
        }
        match (self.language.as_str(), self.script.as_deref()) {
            ("zh", Some("Hant")) => "TW",
            (language, _) => {
                LANGUAGES.iter().find(|(code, _, _)| *code == language).map_or("", |(_, region, _)| region)
            }
        }
    }

    /// As the API writes it where the workspace does not say which ones it has.
    #[must_use]
    pub fn on_the_wire(&self) -> String {
        match self.likely_region() {
            "" => self.language.clone(),
            region => format!("{}_{region}", self.language),
        }
    }

    /// The one of the workspace's own that is meant: the very one, the language with the region that is meant, the
    /// language alone, or the only one of the language. `None` when it has none, or several of which none is meant.
    #[must_use]
    pub fn among<'a>(&self, offered: &'a [String]) -> Option<&'a str> {
        let read: Vec<(&str, Self)> =
            offered.iter().filter_map(|code| Some((code.as_str(), code.parse().ok()?))).collect();
        let of_language: Vec<_> = read.iter().filter(|(_, it)| it.language == self.language).collect();
        let by = |wanted: &dyn Fn(&Self) -> bool| of_language.iter().find(|(_, it)| wanted(it)).map(|(code, _)| *code);
        by(&|it| it == self)
            .or_else(|| by(&|it| it.likely_region() == self.likely_region()))
            .or_else(|| by(&|it| it.region.is_none() && it.script.is_none() && self.region.is_none()))
            .or_else(|| match of_language[..] {
                [(code, _)] if self.region.is_none() => Some(*code),
                _ => None,
            })
    }
}

impl FromStr for Locale {
    type Err = NoLocale;

    fn from_str(text: &str) -> Result<Self, NoLocale> {
        let no = || NoLocale(text.to_owned());
        let mut parts = text.trim().split(['-', '_']);
        let said = parts.next().unwrap_or_default().to_ascii_lowercase();
        let known = LANGUAGES.iter().find(|(code, _, long)| *code == said || long.contains(&said.as_str()));
        let language = known.ok_or_else(no)?.0.to_owned();
        let (mut script, mut region) = (None, None);
        for part in parts {
            let letters = part.bytes().all(|byte| byte.is_ascii_alphabetic());
            match part.len() {
                4 if letters && script.is_none() && region.is_none() => {
                    script = Some(part[..1].to_ascii_uppercase() + &part[1..].to_ascii_lowercase());
                }
                2 if letters && region.is_none() => region = Some(part.to_ascii_uppercase()),
                3 if region.is_none() && part.bytes().all(|byte| byte.is_ascii_digit()) => {
                    region = Some(part.to_owned());
                }
                _ => return Err(no()),
            }
        }
        Ok(Self { language, script, region })
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.language)?;
        for part in [&self.script, &self.region].into_iter().flatten() {
            write!(f, "-{part}")?;
        }
        Ok(())
    }
}

impl TryFrom<String> for Locale {
    type Error = NoLocale;
    fn try_from(text: String) -> Result<Self, NoLocale> {
        text.parse()
    }
}

impl From<Locale> for String {
    fn from(locale: Locale) -> Self {
        locale.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locale(text: &str) -> Locale {
        text.parse().unwrap()
    }

    #[test]
    fn a_locale_is_read_as_people_and_tools_write_it() {
        for (written, read) in [
            ("en", "en"),
            ("EN", "en"),
            ("eng", "en"),
            ("dan", "da"),
            ("pt-BR", "pt-BR"),
            ("pt_br", "pt-BR"),
            ("zh-hans", "zh-Hans"),
            ("zh-Hant-HK", "zh-Hant-HK"),
            ("es-419", "es-419"),
            ("sr-Latn-RS", "sr-Latn-RS"),
        ] {
            assert_eq!(locale(written).to_string(), read, "{written}");
        }
        for none in ["", "final", "v2", "cut", "en-", "en-final", "en-US-US", "e", "xx", "en.US", "US"] {
            assert!(none.parse::<Locale>().is_err(), "{none}");
        }
    }

    #[test]
    fn without_the_workspaces_list_the_likely_region_is_meant() {
        for (written, wire) in
            [("en", "en_US"), ("en-GB", "en_GB"), ("da", "da_DK"), ("zh-Hant", "zh_TW"), ("zh-Hans", "zh_CN")]
        {
            assert_eq!(locale(written).on_the_wire(), wire);
        }
    }

    #[test]
    fn of_the_workspaces_own_the_one_that_is_meant_is_chosen() {
        let offered = ["en_GB", "en_US", "da_DK", "pt_BR", "pt_PT", "zh_CN", "zh_TW", "fr_CA", "nb_NO", "de"];
        let offered = offered.map(str::to_owned);
        for (written, chosen) in [
            ("en", Some("en_US")),
            ("en-GB", Some("en_GB")),
            ("da", Some("da_DK")),
            ("pt", Some("pt_BR")),
            ("zh-Hans", Some("zh_CN")),
            ("zh-Hant", Some("zh_TW")),
            ("de", Some("de")),
            // The only one there is of its language.
            ("fr", Some("fr_CA")),
            // Another region than the one that was asked for is not what was asked for.
            ("fr-BE", None),
            ("en-AU", None),
            ("sv", None),
        ] {
            assert_eq!(locale(written).among(&offered), chosen, "{written}");
        }
        assert_eq!(locale("en").among(&[]), None);
    }
}
