"""spec/symptoms/survey.md: the signed survey, and what an app takes."""

import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.canonical_json import decode_json
from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    MalformedError,
    PolicyError,
    TooEarlyError,
    UnknownKeyError,
    VerificationError,
)
from dp3t.publication.signing import HEADER_BYTES, SigningKey, TrustedKeys
from dp3t.symptoms.survey import MAX_SURVEY_BYTES, Survey
from dp3t.timeline import Instant
from surveys import AUTHORITY, DA_NANG, HUE, NOW, TRUSTED, survey


def value(**changes: Any) -> Any:
    """Return what a survey's document says, with some of it changed."""
    payload = survey().sign(AUTHORITY)[HEADER_BYTES:]
    found: Any = decode_json(payload, limit_bytes=MAX_SURVEY_BYTES)
    return {**found, **changes}


@pytest.mark.spec("SURVEY-1")
def test_a_signed_survey_is_opened_as_it_was() -> None:
    signed = survey().sign(AUTHORITY)
    assert Survey.open(signed, trusted=TRUSTED, now=NOW) == survey() == Survey.read(signed)
    assert set(json.loads(signed[HEADER_BYTES:])) == {
        *("communes", "min_reports", "most_reports", "number", "question", "report_per_mille"),
        *("turned_per_mille", "valid_from", "valid_until", "version", "window_days"),
    }


@pytest.mark.spec("SURVEY-1")
@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("number", 0),
        ("number", 2**32),
        ("turned_per_mille", 0),
        ("turned_per_mille", 500),
        ("report_per_mille", 0),
        ("report_per_mille", 1_001),
        ("most_reports", 0),
        ("most_reports", 29),
        ("window_days", 0),
        ("window_days", 29),
        ("min_reports", 0),
        ("min_reports", 2**20 + 1),
        ("communes", []),
        ("communes", [DA_NANG, HUE]),
        ("communes", [HUE, HUE]),
        ("communes", ["1975"]),
        ("communes", [19750]),
        ("communes", [f"{number:05}" for number in range(16_385)]),
        ("question", {"vi": "", "en": "?"}),
        ("question", {"vi": "?" * 1_001, "en": "?"}),
        ("valid_until", NOW - 86_400),
        ("version", 2),
        ("further", 1),
    ],
)
def test_a_document_with_a_bad_field_is_refused(field: str, bad: object) -> None:
    assert Survey.of_value(value()) == survey()
    with pytest.raises(MalformedError):
        Survey.of_value(value(**{field: bad}))


@pytest.mark.spec("SURVEY-2")
def test_a_report_costs_the_logarithm_of_the_odds_rounded_up() -> None:
    assert survey(turned_per_mille=250).epsilon_thousandths == 1_099
    assert survey(turned_per_mille=499).epsilon_thousandths == 5
    assert survey(turned_per_mille=1).epsilon_thousandths == 6_907
    for turned in range(1, 500):
        exact = 1_000 * math.log((1_000 - turned) / turned)
        assert exact <= survey(turned_per_mille=turned).epsilon_thousandths < exact + 1


@pytest.mark.spec("SURVEY-3")
@pytest.mark.parametrize(
    ("changes", "tolerable"),
    [
        ({}, True),
        ({"turned_per_mille": 249}, False),
        ({"most_reports": 5}, False),
        ({"window_days": 14, "most_reports": 2}, True),
        ({"window_days": 13, "most_reports": 2}, False),
        ({"window_days": 7, "most_reports": 1}, True),
        ({"window_days": 1, "most_reports": 1, "turned_per_mille": 461}, True),
        ({"window_days": 1, "most_reports": 28, "turned_per_mille": 461}, True),
        ({"window_days": 1, "most_reports": 1, "turned_per_mille": 460}, False),
        ({"min_reports": 20}, True),
        ({"min_reports": 19}, False),
    ],
)
def test_an_app_takes_no_survey_beyond_its_own_limits(
    changes: dict[str, int], tolerable: bool
) -> None:
    """Negative: one that tells too much at once, too much in 28 days, or of too few."""
    with contextlib.nullcontext() if tolerable else pytest.raises(PolicyError, match="this app"):
        survey(**changes).require_tolerable()


@pytest.mark.spec("SURVEY-4")
def test_a_survey_of_somebody_else_of_another_time_or_replaced_is_refused() -> None:
    signed = survey().sign(AUTHORITY)
    other = SigningKey(seed=bytes(32), valid_from=Instant(0), valid_until=Instant(2**32 - 1))
    with pytest.raises(UnknownKeyError):
        Survey.open(survey().sign(other), trusted=TRUSTED, now=NOW)
    with pytest.raises(VerificationError):
        Survey.open(signed[:-1] + b" ", trusted=TRUSTED, now=NOW)
    with pytest.raises(VerificationError):
        Survey.open(AUTHORITY.sign(signed[72:], context="x"), trusted=TRUSTED, now=NOW)
    with pytest.raises(ExpiredError, match="replaced by 4"):
        Survey.open(signed, trusted=TRUSTED, now=NOW, newest=4)
    with pytest.raises(ExpiredError):
        Survey.open(signed, trusted=TRUSTED, now=survey().valid_until)
    with pytest.raises(TooEarlyError):
        Survey.open(signed, trusted=TRUSTED, now=Instant(survey().valid_from - 1))
    late = SigningKey(seed=AUTHORITY.seed, valid_from=NOW, valid_until=AUTHORITY.valid_until)
    with pytest.raises(UnknownKeyError, match="is not valid at"):
        Survey.open(survey().sign(late), trusted=TrustedKeys([late.public()]), now=NOW)


@pytest.mark.spec("SURVEY-1")
def test_a_survey_knows_its_communes() -> None:
    for commune in (HUE, DA_NANG):
        assert survey().has_commune(commune)
        survey().require_commune(commune)
    for commune in ("", "00000", "19751", "99999"):
        assert not survey().has_commune(commune)
        with pytest.raises(PolicyError, match="not held in that commune"):
            survey().require_commune(commune)


@pytest.mark.spec("SURVEY-1")
@given(st.binary(max_size=300))
def test_any_bytes_are_a_survey_or_refused(payload: bytes) -> None:
    with contextlib.suppress(Dp3tError):
        Survey.open(
            AUTHORITY.sign(payload, context="dp3t symptom survey 1"), trusted=TRUSTED, now=NOW
        )
