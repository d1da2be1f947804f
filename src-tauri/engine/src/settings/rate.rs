//! Bytes a second in words, on the command line and in the file of settings alike: `900`, `500k`, `2M` (10³, 10⁶).

/// The number, unless it is none, or nothing at all.
#[must_use]
pub fn read_rate(text: &str) -> Option<u64> {
    let split = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let factor: u64 = match unit {
        "" => 1,
        "k" | "K" => 1_000,
        "M" => 1_000_000,
        "G" => 1_000_000_000,
        _ => return None,
    };
    let rate = number.parse::<u64>().ok()?.checked_mul(factor)?;
    // Nothing at all is a pause, or an hour of the timetable; and the file has no greater number.
    (rate > 0 && i64::try_from(rate).is_ok()).then_some(rate)
}

/// The same number in the fewest signs.
#[must_use]
pub fn written_rate(rate: u64) -> String {
    let units = [(1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k"), (1, "")];
    let (factor, unit) = units.into_iter().find(|(factor, _)| rate.is_multiple_of(*factor)).unwrap_or((1, ""));
    format!("{}{unit}", rate / factor)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_rate_is_bytes_a_second_with_a_decimal_unit() {
        for (text, bytes) in [("900", 900), ("500k", 500_000), ("2M", 2_000_000), ("1G", 1_000_000_000)] {
            assert_eq!(read_rate(text), Some(bytes));
            assert_eq!(written_rate(bytes), text);
        }
        for text in ["", "0", "k", "2 M", "-1", "1.5M", "99999999999999G"] {
            assert_eq!(read_rate(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_rate_that_was_written_is_read_again(rate in 1..=i64::MAX as u64) {
            prop_assert_eq!(read_rate(&written_rate(rate)), Some(rate));
        }
    }
}
