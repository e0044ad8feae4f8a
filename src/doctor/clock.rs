//! This machine's time against the `Date` of others' answers (RFC 9110, section 6.6.1: seconds).

use chrono::{DateTime, TimeDelta, Utc};
use events::Clock;
use reqwest::header::DATE;

use super::finding::{Check, Finding};
use super::places::Place;
use crate::http_client::failure;

/// From here on times in cards and reports are visibly off.
const UNEASY: TimeDelta = TimeDelta::seconds(5);
/// From here on tokens and signatures are about to be refused: others allow five minutes, some one.
const UNUSABLE: TimeDelta = TimeDelta::seconds(60);

/// Asks for anything; any answer has a date.
pub(super) async fn look(place: Place, http: &reqwest::Client, clock: &dyn Clock) -> Vec<Finding> {
    let mut origin = place.url.clone();
    origin.set_path("/");
    origin.set_query(None);
    let asked = clock.now();
    let answer = http.get(origin).send().await;
    let answered = clock.now();
    vec![match answer {
        // That nobody answers there is told by another look.
        Err(error) => Finding::skipped(
            Check::Clock,
            place.about(),
            format!("no answer to compare with ({})", failure(&error)),
        ),
        Ok(answer) => match answer
            .headers()
            .get(DATE)
            .and_then(|date| read(date.to_str().ok()?))
        {
            None => Finding::skipped(Check::Clock, place.about(), "its answer names no time"),
            Some(date) => judge(place.about(), ahead(date, asked, answered)),
        },
    }]
}

fn read(date: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc2822(date).ok().map(|date| date.to_utc())
}

/// How far this clock is ahead of the other, as little as fits: the other's second may be any moment of it, and it was
/// written some time between question and answer.
fn ahead(date: DateTime<Utc>, asked: DateTime<Utc>, answered: DateTime<Utc>) -> TimeDelta {
    let (least, most) = (asked - date - TimeDelta::seconds(1), answered - date);
    if least > TimeDelta::zero() {
        least
    } else {
        most.min(TimeDelta::zero())
    }
}

fn judge(about: String, ahead: TimeDelta) -> Finding {
    let far = ahead.abs();
    let seconds = far.num_seconds();
    if far <= UNEASY {
        let what = format!("at most {} s from its time", seconds + 1);
        return Finding::good(Check::Clock, about, what);
    }
    let direction = if ahead > TimeDelta::zero() {
        "ahead of"
    } else {
        "behind"
    };
    let what = format!("this machine's clock is {seconds} s {direction} its time");
    let fix = "let NTP set this machine's clock, such as by systemctl enable --now systemd-timesyncd";
    if far <= UNUSABLE {
        Finding::warning(Check::Clock, about, what, fix)
    } else {
        Finding::wrong(Check::Clock, about, what, fix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::finding::Verdict;

    #[test]
    fn the_least_skew_that_fits_question_answer_and_whole_seconds_counts() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let date = at("2026-11-02T09:14:30Z");
        let seen = |asked, answered| ahead(date, at(asked), at(answered)).num_milliseconds();
        assert_eq!(seen("2026-11-02T09:14:30.400Z", "2026-11-02T09:14:30.900Z"), 0);
        assert_eq!(
            seen("2026-11-02T09:14:29.000Z", "2026-11-02T09:14:33.000Z"),
            0,
            "a slow answer"
        );
        assert_eq!(
            seen("2026-11-02T09:14:41.000Z", "2026-11-02T09:14:41.200Z"),
            10_000
        );
        assert_eq!(
            seen("2026-11-02T09:14:19.000Z", "2026-11-02T09:14:20.000Z"),
            -10_000
        );
    }

    #[test]
    fn a_clock_is_judged_by_what_others_allow() {
        for (seconds, verdict) in [
            (0, Verdict::Good),
            (-5, Verdict::Good),
            (6, Verdict::Warning),
            (-60, Verdict::Warning),
            (61, Verdict::Wrong),
        ] {
            let finding = judge("login".to_owned(), TimeDelta::seconds(seconds));
            assert_eq!(finding.verdict, verdict, "{finding:?}");
        }
        let behind = judge("login".to_owned(), TimeDelta::seconds(-90));
        assert_eq!(behind.what, "this machine's clock is 90 s behind its time");
    }
}
