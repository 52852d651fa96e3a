//! Moments as people write them.

/// Seconds since 1970 as `2026-05-12 14:00:00 UTC`; a number where no calendar reaches.
pub fn utc(seconds: u64) -> String {
    const LAST: u64 = 253_402_300_799;
    if seconds > LAST {
        return format!("{seconds} seconds after 1970");
    }
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Howard Hinnant's civil_from_days, with years that begin in March.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02} UTC", rest / 3600, rest / 60 % 60, rest % 60)
}

/// A time of so many seconds as `30 days`, `12 hours` or `1 day 6 hours 30 seconds`.
pub fn span(seconds: u64) -> String {
    let units =
        [(seconds / 86_400, "day"), (seconds / 3600 % 24, "hour"), (seconds / 60 % 60, "minute"), (seconds % 60, "second")];
    let parts: Vec<_> = units
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| format!("{count} {unit}{}", if *count == 1 { "" } else { "s" }))
        .collect();
    if parts.is_empty() { "no time".into() } else { parts.join(" ") }
}

/// Seconds since 1970 of a moment in UTC; none before 1970, or if there is no such day or time.
pub fn seconds(year: u16, month: u8, day: u8, time: [u8; 3]) -> Option<u64> {
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u8::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let [hour, minute, second] = time;
    if year < 1970 || !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Howard Hinnant's days_from_civil, with years that begin in March.
    let (year, month, day) = (u64::from(year) - u64::from(month <= 2), u64::from(month), u64::from(day));
    let (era, year_of_era) = (year / 400, year % 400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468;
    Some(days * 86_400 + u64::from(hour) * 3600 + u64::from(minute) * 60 + u64::from(second))
}

/// A time as [`span`] writes it, in seconds; units stand in falling order, each at most once.
pub fn parse_span(text: &str) -> Option<u64> {
    const UNITS: [(&str, u64); 4] = [("day", 86_400), ("hour", 3600), ("minute", 60), ("second", 1)];
    let words: Vec<_> = text.split(' ').collect();
    let (mut total, mut next) = (0u64, 0);
    for pair in words.chunks(2) {
        let [count, unit] = *pair else { return None };
        let count = Some(count).filter(|count| !count.is_empty() && count.bytes().all(|b| b.is_ascii_digit()))?;
        let unit = unit.strip_suffix('s').unwrap_or(unit);
        let (index, (_, length)) = UNITS.iter().enumerate().skip(next).find(|(_, (name, _))| *name == unit)?;
        total = total.checked_add(count.parse::<u64>().ok()?.checked_mul(*length)?)?;
        next = index + 1;
    }
    Some(total)
}

#[cfg(test)]
mod tests {
    use super::{parse_span, seconds, span, utc};

    #[test]
    fn moments_read_back() {
        for at in (0..4_102_444_800).step_by(86_400 * 13 + 3_671) {
            let text = utc(at);
            let number = |range: std::ops::Range<usize>| text[range].parse::<u16>().unwrap();
            let two = |from: usize| number(from..from + 2) as u8;
            assert_eq!(seconds(number(0..4), two(5), two(8), [two(11), two(14), two(17)]), Some(at), "{text}");
        }
        for (year, month, day, time) in [
            (1969, 12, 31, [23, 59, 59]),
            (2026, 2, 29, [0; 3]),
            (2026, 4, 31, [0; 3]),
            (2026, 13, 1, [0; 3]),
            (2026, 1, 0, [0; 3]),
        ] {
            assert_eq!(seconds(year, month, day, time), None);
        }
        assert_eq!(seconds(2100, 2, 29, [0; 3]), None);
        assert_eq!(seconds(2024, 2, 29, [24, 0, 0]), None);
    }

    #[test]
    fn spans_read_back() {
        for time in [1, 60, 86_400, 2_592_000, 108_030, 3_661] {
            assert_eq!(parse_span(&span(time)), Some(time));
        }
        let bad =
            ["", "30", "days", "30days", "30 weeks", "1 hour 1 day", "1 day 1 day", "-1 day", "1.5 days", " 1 day", "1  day"];
        for text in bad.into_iter().chain(["18446744073709551615 days"]) {
            assert_eq!(parse_span(text), None, "{text:?}");
        }
    }

    #[test]
    fn known_moments() {
        for (seconds, text) in [
            (0, "1970-01-01 00:00:00 UTC"),
            (951_782_400, "2000-02-29 00:00:00 UTC"),
            (1_709_251_199, "2024-02-29 23:59:59 UTC"),
            (4_102_444_800, "2100-01-01 00:00:00 UTC"),
            (253_402_300_799, "9999-12-31 23:59:59 UTC"),
        ] {
            assert_eq!(utc(seconds), text);
        }
        assert_eq!(utc(u64::MAX), "18446744073709551615 seconds after 1970");
    }

    #[test]
    fn known_spans() {
        for (seconds, text) in [(0, "no time"), (86_400, "1 day"), (2_592_000, "30 days"), (108_030, "1 day 6 hours 30 seconds")]
        {
            assert_eq!(span(seconds), text);
        }
    }
}
