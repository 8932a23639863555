"""What phones sent and what a server published, one set against the other.

Everything here is pure: the self-check alters what was published and sees each fault counted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum

from dp3t import Instant
from dp3t.publication import KeyRecord


class Answer(Enum):
    """What a phone heard of one upload."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    """An error: the server has no working database, or is closing."""

    LOST = "lost"
    """No answer, or half of one: nobody knows what became of the report."""


@dataclass(eq=False, slots=True, kw_only=True)
class Sent:
    """A report.

    Attributes:
        design: its design.
        records: its keys.
        body: the upload, the same bytes each time it is sent.
        answers: one for each time.
    """

    design: str
    records: tuple[KeyRecord, ...] = field(repr=False)
    body: bytes = field(repr=False)
    answers: list[Answer] = field(default_factory=list)

    @property
    def is_acknowledged(self) -> bool:
        """Whether the server said once that it has the report."""
        return Answer.ACCEPTED in self.answers

    @property
    def is_refused(self) -> bool:
        """Whether the server said each time that it does not take it."""
        return set(self.answers) == {Answer.REFUSED}

    @property
    def is_open(self) -> bool:
        """Whether a phone would send it again."""
        return not self.is_acknowledged and Answer.REFUSED not in self.answers


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A batch as an auditor read it.

    Attributes:
        design: its design.
        release: its release time.
        records: its keys.
    """

    design: str
    release: Instant
    records: tuple[KeyRecord, ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """What the two sides come to.

    Attributes:
        sent: reports that were sent at least once.
        acknowledged: those that were accepted.
        open: those of which no answer ever told.
        refused: all others.
        published: keys of phones that were published.
        padding: keys that no phone sent, in a run whose batches are padded.
        batches: how many batches there are.
        missing: acknowledged keys in no batch.
        twice: keys in more than one place.
        altered: keys that stand with other attributes than they were sent with.
        half: reports of which some keys are published and others are not.
        unwanted: reports that were refused and are published.
        unsent: keys that no phone sent, in a run whose batches are not padded.
    """

    sent: int
    acknowledged: int
    open: int
    refused: int
    published: int
    padding: int
    batches: int
    missing: int
    twice: int
    altered: int
    half: int
    unwanted: int
    unsent: int


VIOLATIONS = ("missing", "twice", "altered", "half", "unwanted", "unsent")
"""The fields that have to be 0."""

_Key = tuple[str, bytes]


def settle(sent: Sequence[Sent], batches: Sequence[Published], *, padded: bool) -> Accounts:
    """Return the accounts once everything that is due is published.

    Args:
        sent: all reports that were made.
        batches: all batches.
        padded: whether batches may hold keys that no phone sent.
    """
    sent = [each for each in sent if each.answers]
    places = _places(batches)
    known = _known(sent)
    strange = sum(key not in known for key in places)
    states = Counter(_state(each) for each in sent)
    promised = {key for each in sent if each.is_acknowledged for key in _keys(each)}
    return Accounts(
        sent=len(sent),
        acknowledged=states["acknowledged"],
        open=states["open"],
        refused=states["refused"],
        published=len(places) - strange,
        padding=strange if padded else 0,
        batches=len(batches),
        missing=len(promised - places.keys()),
        twice=sum(len(attributes) > 1 for attributes in places.values()),
        altered=sum(
            any(one not in known[key] for one in attributes)
            for key, attributes in places.items()
            if key in known
        ),
        **_of_reports(sent, places),
        unsent=0 if padded else strange,
    )


def _places(batches: Iterable[Published]) -> dict[_Key, list[tuple[int, ...]]]:
    """Return for each published key the attributes that it stands with, once for each place."""
    places = defaultdict[_Key, list[tuple[int, ...]]](list)
    for batch in batches:
        for record in batch.records:
            places[batch.design, record.key].append(record.attributes)
    return dict(places)


def _known(sent: Iterable[Sent]) -> dict[_Key, set[tuple[int, ...]]]:
    known = defaultdict[_Key, set[tuple[int, ...]]](set)
    for each in sent:
        for record in each.records:
            known[each.design, record.key].add(record.attributes)
    return known


def _of_reports(sent: Sequence[Sent], places: Mapping[_Key, object]) -> dict[str, int]:
    """Count the reports that ought to be there or not as a whole.

    A key that several reports name tells nothing of any one of them.
    """
    named = Counter(key for each in sent for key in _keys(each))
    half = unwanted = 0
    for each in sent:
        own = [key in places for key in _keys(each) if named[key] == 1]
        half += any(own) and not all(own)
        unwanted += each.is_refused and any(own)
    return {"half": half, "unwanted": unwanted}


def _keys(sent: Sent) -> list[_Key]:
    return [(sent.design, record.key) for record in sent.records]


def _state(sent: Sent) -> str:
    if sent.is_acknowledged:
        return "acknowledged"
    return "open" if sent.is_open else "refused"
