//! Python's datetimes as the ten bytes that they are pickled as: year, month, day, hour, minute,
//! second, microseconds. The calendar is Howard Hinnant's,
//! <https://howardhinnant.github.io/date_algorithms.html>.

/// The ten bytes of a Python datetime, for the years 1 to 9999.
pub(crate) fn fields_of(ms: f64) -> Option<[u8; 10]> {
    const FIRST: f64 = -62_135_596_800_000.0;
    const LAST: f64 = 253_402_300_799_999.0;
    if !(FIRST..=LAST).contains(&ms) {
        return None;
    }
    let ms = ms as i64;
    let (days, ms) = (ms.div_euclid(86_400_000), ms.rem_euclid(86_400_000));
    // `civil_from_days`.
    let z = days + 719_468;
    let (era, doe) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    let us = ms % 1000 * 1000;
    let seconds = ms / 1000;
    let fields = [
        year >> 8,
        year & 255,
        month,
        day,
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        us >> 16,
        us >> 8 & 255,
        us & 255,
    ];
    Some(fields.map(|field| field as u8))
}

/// Microseconds since 1970 of the ten bytes of a datetime without its time zone.
pub(crate) fn microseconds(fields: &[u8]) -> Option<i64> {
    let &[high, low, month, day, hour, minute, second, us2, us1, us0] = fields else {
        return None;
    };
    let (year, month, day) = (
        i64::from(high) << 8 | i64::from(low),
        i64::from(month),
        i64::from(day),
    );
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // `days_from_civil`.
    let y = year - i64::from(month <= 2);
    let (era, yoe) = (y.div_euclid(400), y.rem_euclid(400));
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let days = era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468;
    let seconds =
        days * 86_400 + i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
    let us = i64::from(us2) << 16 | i64::from(us1) << 8 | i64::from(us0);
    Some(seconds * 1_000_000 + us)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_survives() {
        for day in (-719_162..2_932_896).step_by(17) {
            let ms = day as f64 * 86_400_000.0 + 45_296_789.0;
            let fields = fields_of(ms).expect("a year of four digits");
            assert_eq!(microseconds(&fields), Some(ms as i64 * 1000));
        }
        assert_eq!(fields_of(-62_135_596_800_001.0), None);
        assert_eq!(fields_of(f64::NAN), None);
    }
}
