"""Estimates: from counts of randomised answers to the share of yes, with what is uncertain in it.

Each report counts in one number, that of its commune and day. No sum over days or communes is
published, so no difference of two published numbers is about a smaller group [ESTIMATE-5].
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dp3t.canonical_json import JsonValue, decode_json, encode_json
from dp3t.codec import Fields, Value
from dp3t.errors import MalformedError, UnknownKeyError
from dp3t.params import LAST_DAY, LAST_INSTANT
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.symptoms.documents import HIGHEST_NUMBER, moment
from dp3t.symptoms.survey import MAX_COMMUNES, WHOLE, Survey
from dp3t.symptoms.words import require_commune
from dp3t.timeline import Day, Instant, day_start

PARTS = 100_000
"""Parts in which shares are published."""

MAX_ESTIMATES_BYTES = 2**22

ESTIMATES_AFTER_SECONDS = 7_200
"""How long after its end a day's estimates are published: clocks of servers differ."""

_Z_SQUARED = 3.841458820694124  # of the normal distribution, 95 % within
_MOST_REPORTS = 2**31
_MAX_REGION_BYTES = 32
_CONTEXT = "dp3t symptom estimates 1"
_VERSION = 1


class Share(NamedTuple):
    """A share of yes, in parts of 100,000, with the interval that holds it 19 times in 20."""

    low: int
    likely: int
    high: int


def share(reports: int, positives: int, *, turned_per_mille: int) -> Share:
    """Return the share of yes among those who reported [ESTIMATE-1] [ESTIMATE-2].

    Args:
        reports: how many there are, at least one.
        positives: in how many the randomised answer is yes.
        turned_per_mille: of 1,000 answers, how many are turned round; 1 to 499.

    Raises:
        ValueError: counts or a chance that there cannot be.
    """
    if not (0 <= positives <= reports and reports >= 1 and 1 <= turned_per_mille <= 499):
        raise ValueError("there are no such counts, or no such chance")
    above = PARTS * (WHOLE * positives - turned_per_mille * reports)
    below = (WHOLE - 2 * turned_per_mille) * reports
    turned = reports * turned_per_mille / WHOLE
    possible = min(max(positives, turned), reports - turned)  # beyond, chance alone speaks
    centre = possible + _Z_SQUARED / 2
    spread = math.sqrt(_Z_SQUARED * (possible * (reports - possible) / reports + _Z_SQUARED / 4))
    ends = (
        _true_share((centre + sign * spread) / (reports + _Z_SQUARED), turned_per_mille)
        for sign in (-1, 1)
    )
    low, high = ends
    likely = (2 * above + below) // (2 * below)
    return Share(_clip(math.floor(low)), _clip(likely), _clip(math.ceil(high)))


def _true_share(observed: float, turned_per_mille: int) -> float:
    """Return which share of yes gives a share of observed yes, in parts."""
    turned = turned_per_mille / WHOLE
    return PARTS * (observed - turned) / (1 - 2 * turned)


def _clip(parts: int) -> int:
    return min(max(parts, 0), PARTS)


class Count(NamedTuple):
    """How many reports there are, and how many of them say yes."""

    reports: int
    positives: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimates:
    """The estimates of a day, as a server publishes them once.

    Attributes:
        region: of the server.
        day: a UTC day that is over.
        issued: when they were signed, two hours after that day or later.
        survey: the survey's number.
        turned_per_mille: of 1,000 answers, how many were turned round.
        min_reports: of how many reports a share is published.
        counts: by commune, each of at least `min_reports` reports.

    Raises:
        MalformedError: values that no estimates have [ESTIMATE-4].
    """

    region: str
    day: Day
    issued: Instant
    survey: int
    turned_per_mille: int
    min_reports: int
    counts: Mapping[str, Count]

    def __post_init__(self) -> None:
        if not (0 <= self.day < LAST_DAY and 1 <= self.survey <= HIGHEST_NUMBER):
            raise MalformedError("the estimates are of an impossible day or survey")
        if not published_from(self.day) <= self.issued <= LAST_INSTANT:
            raise MalformedError("the estimates were signed before their day was over")
        if not (1 <= self.turned_per_mille <= 499 and self.min_reports >= 1):
            raise MalformedError("the estimates are of an impossible survey")
        if len(self.counts) > MAX_COMMUNES or list(self.counts) != sorted(self.counts):
            raise MalformedError("the communes of the estimates are too many or out of order")
        for commune, count in self.counts.items():
            require_commune(commune)
            if not 0 <= count.positives <= count.reports <= _MOST_REPORTS:
                raise MalformedError("a commune has impossible counts")
            if count.reports < self.min_reports:
                raise MalformedError("a commune has fewer reports than may be published")

    @classmethod
    def of(
        cls,
        survey: Survey,
        *,
        region: str,
        day: Day,
        issued: Instant,
        counts: Iterable[tuple[str, Count]],
    ) -> "Estimates":
        """Return what is published of a day: communes with too few reports are left out.

        Args:
            survey: which was held.
            region: of the server.
            day: which is over.
            issued: the moment, two hours after that day or later.
            counts: of every commune, in any order.
        """
        return cls(
            region=region,
            day=day,
            issued=issued,
            survey=survey.number,
            turned_per_mille=survey.turned_per_mille,
            min_reports=survey.min_reports,
            counts={
                commune: count
                for commune, count in sorted(counts)
                if count.reports >= survey.min_reports
            },
        )

    def share(self, commune: str) -> Share:
        """Return the share of a commune that is listed; KeyError for another."""
        return share(*self.counts[commune], turned_per_mille=self.turned_per_mille)

    def sign(self, key: SigningKey) -> bytes:
        """Return the signed file [ESTIMATE-4]."""
        rows: list[JsonValue] = []
        for commune, count in self.counts.items():
            found = self.share(commune)
            rows.append(
                {
                    "commune": commune,
                    "high": found.high,
                    "low": found.low,
                    "positives": count.positives,
                    "reports": count.reports,
                    "share": found.likely,
                }
            )
        value: JsonValue = {
            "communes": rows,
            "day": self.day,
            "issued": self.issued,
            "min_reports": self.min_reports,
            "region": self.region,
            "survey": self.survey,
            "turned_per_mille": self.turned_per_mille,
            "version": _VERSION,
        }
        return key.sign(encode_json(value), context=_CONTEXT)

    @classmethod
    def open(cls, data: bytes, *, trusted: TrustedKeys, region: str, day: Day) -> "Estimates":
        """Return the estimates in a signed file [ESTIMATE-6].

        Args:
            data: the file.
            trusted: the server's keys.
            region: of the server.
            day: of which estimates were asked for.

        Raises:
            MalformedError: no such file, or shares that do not follow from their counts.
            VerificationError: not signed by the server, or not with a key of that time.
            UnknownKeyError: of another region or day.
        """
        payload, signer = trusted.open(data, context=_CONTEXT, limit_bytes=MAX_ESTIMATES_BYTES)
        estimates = cls.of_value(decode_json(payload, limit_bytes=MAX_ESTIMATES_BYTES))
        if (estimates.region, estimates.day) != (region, day):
            raise UnknownKeyError("the estimates are of another region or day")
        signer.require_valid_at(estimates.issued)
        return estimates

    @classmethod
    def of_value(cls, value: Value) -> "Estimates":
        """Return the estimates that a document describes; MalformedError otherwise."""
        fields = Fields(value, what="the estimates")
        fields.version(_VERSION)
        turned = fields.integer("turned_per_mille", 1, 499)
        rows = [_row(row, turned) for row in fields.items("communes", most=MAX_COMMUNES)]
        if len(dict(rows)) < len(rows):
            raise MalformedError("a commune stands twice in the estimates")
        estimates = cls(
            region=fields.text("region", longest=_MAX_REGION_BYTES),
            day=Day(fields.integer("day", 0, LAST_DAY)),
            issued=moment(fields, "issued"),
            survey=fields.integer("survey", 1, HIGHEST_NUMBER),
            turned_per_mille=turned,
            min_reports=fields.integer("min_reports", 1, 2**20),
            counts=dict(rows),
        )
        fields.done()
        return estimates


def published_from(day: Day) -> Instant:
    """Return the moment from which the estimates of a day are published [SYMPTOMS-SERVER-6]."""
    return Instant(day_start(Day(day + 1)) + ESTIMATES_AFTER_SECONDS)


def _row(value: Value, turned_per_mille: int) -> tuple[str, Count]:
    fields = Fields(value, what="a commune's estimate")
    commune = fields.text("commune", longest=5)
    reports = fields.integer("reports", 1, _MOST_REPORTS)
    count = Count(reports, fields.integer("positives", 0, reports))
    said = Share(*(fields.integer(name, 0, PARTS) for name in ("low", "share", "high")))
    fields.done()
    found = share(*count, turned_per_mille=turned_per_mille)
    if any(abs(one - other) > 1 for one, other in zip(said, found, strict=True)):
        raise MalformedError("a commune's share does not follow from its counts")
    return commune, count
