//! What is asked of the library: which videos, and what is to be said of them.

use super::date;
use clap::Args as ClapArgs;
use jiff::Timestamp;
use slipway_engine::item::Moment;

#[derive(Debug, ClapArgs)]
pub(crate) struct Videos {
    /// Words to look for in titles, descriptions and tags; everything when left out.
    pub(crate) search: Option<String>,
    /// The workspace's domain; not needed while you are signed in to only one.
    #[arg(long, short)]
    pub(crate) workspace: Option<String>,
    #[command(flatten)]
    pub(crate) show: ShowChoice,
    /// Those of this category alone, by its id or its name.
    #[arg(long, value_name = "CATEGORY", value_parser = named)]
    pub(crate) category: Option<String>,
    /// Stop after so many.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Default, ClapArgs)]
#[group(multiple = false)]
pub(crate) struct ShowChoice {
    /// Those that the public does not see.
    #[arg(long)]
    pub(crate) drafts: bool,
    /// Those that the public sees.
    #[arg(long)]
    pub(crate) published: bool,
    /// Your own.
    #[arg(long)]
    pub(crate) mine: bool,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct Edit {
    /// The videos' numbers in the workspace.
    #[arg(required = true, value_name = "VIDEO_ID")]
    pub(crate) video_ids: Vec<u64>,
    /// The workspace's domain; not needed while you are signed in to only one.
    #[arg(long, short)]
    pub(crate) workspace: Option<String>,
    /// The title; for one video at a time.
    #[arg(long, short)]
    pub(crate) title: Option<String>,
    /// What the video is about.
    #[arg(long, short)]
    pub(crate) description: Option<String>,
    /// All tags, separated by spaces; double quotes around one that has a space in it. None when empty.
    #[arg(long)]
    pub(crate) tags: Option<String>,
    /// Tags beside those that are there.
    #[arg(long, value_name = "TAGS")]
    pub(crate) add_tags: Option<String>,
    /// Tags to take away.
    #[arg(long, value_name = "TAGS")]
    pub(crate) remove_tags: Option<String>,
    /// A category by its id or its name, in the place of all that it has. Again for each further one.
    #[arg(long, value_name = "CATEGORY", value_parser = named)]
    pub(crate) category: Vec<String>,
    /// Take it out of all categories.
    #[arg(long, conflicts_with = "category")]
    pub(crate) no_category: bool,
    #[command(flatten)]
    pub(crate) publish: PublicChoice,
    /// One JSON object a line.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Default, ClapArgs)]
#[group(multiple = false)]
pub(crate) struct PublicChoice {
    /// Let the public see it now.
    #[arg(long)]
    pub(crate) publish: bool,
    /// Make it a draft again.
    #[arg(long)]
    pub(crate) draft: bool,
    /// Have the workspace publish it on this date, such as 2027-01-31 or "2027-01-31 09:00".
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub(crate) publish_date: Option<Timestamp>,
}

/// A category's name or id.
fn named(text: &str) -> Result<String, String> {
    if text.trim().is_empty() { Err("expected an id or a name".to_owned()) } else { Ok(text.trim().to_owned()) }
}

/// Seconds (`12.5`), or minutes or hours before them (`2:03`, `1:02:03.5`).
pub(super) fn moment(text: &str) -> Result<Moment, String> {
    let wrong = || "expected seconds such as 12.5, or a time such as 2:03 or 1:02:03.5".to_owned();
    let (clock, seconds) =
        text.trim().rsplit_once(':').map_or((None, text.trim()), |(clock, rest)| (Some(clock), rest));
    let (whole, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str| if digits(text) { text.parse::<u64>().map_err(|_| wrong()) } else { Err(wrong()) };
    if !digits(fraction) {
        return Err(wrong());
    }
    let thousandths = number(&format!("{fraction:0<3}")[..3])?;
    let mut total = number(whole)?;
    let mut unit = 60_u64;
    for part in clock.into_iter().flat_map(|clock| clock.rsplit(':')) {
        if unit > 3600 {
            return Err(wrong());
        }
        total = number(part)?.checked_mul(unit).and_then(|it| it.checked_add(total)).ok_or_else(wrong)?;
        unit *= 60;
    }
    total.checked_mul(1000).and_then(|ms| ms.checked_add(thousandths)).map(Moment).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_seconds_or_a_time() {
        for (text, ms) in
            [("0", 0), ("12.5", 12_500), ("90", 90_000), ("2:03", 123_000), ("1:02:03.45", 3_723_450), ("0.12345", 123)]
        {
            assert_eq!(moment(text), Ok(Moment(ms)), "{text}");
        }
        for no in ["", ":", "1:", "-3", "12.", "1.2.3", "1:2:3:4", "soon", "12s", "99999999999999999999"] {
            assert!(moment(no).is_err(), "{no}");
        }
    }
}
