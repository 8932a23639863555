"""The desks that read declarations: the border's, and that of each province."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dp3t.arrivals.parts import Part
from dp3t.arrivals.sealing import Envelope
from dp3t.cli.demo.declarations.authority import Authority
from dp3t.cli.demo.declarations.checks import Check, check
from dp3t.cli.demo.declarations.places import PROVINCE_NAMES
from dp3t.errors import VerificationError
from dp3t.primitives import X25519PrivateKey

Answers = Mapping[str, object]
BORDER = "border"
_NOT_FOR_PROVINCES = {"document_number", "nationality", "service_number", "seat", "places"}


@dataclass(frozen=True, slots=True)
class Desk:
    """What a desk can do with all that the server keeps.

    Attributes:
        place: "border", or the two digits of a province.
        opened: the parts that its key opens, by the id of the declaration.
        others: how many parts its key does not open.
    """

    place: str
    opened: Mapping[bytes, Part] = field(repr=False)
    others: int

    @property
    def fields(self) -> list[str]:
        """The names of the answers that it reads of some declaration, in order."""
        return sorted({name for part in self.opened.values() for name in part.values})

    def faithful(self, expected: Mapping[bytes, Answers]) -> int:
        """Return how many parts say what was answered, and nothing else."""
        return sum(
            not part.problems and _says_so(part, expected.get(each, {}))
            for each, part in self.opened.items()
        )


def read(envelopes: Sequence[Envelope], authority: Authority) -> list[Desk]:
    """Let every desk try every declaration."""
    desks = [_desk(BORDER, "border", envelopes, authority.border)]
    for code, key in authority.provinces.items():
        desks.append(_desk(code, "province", envelopes, key))
    return desks


def crossed(envelopes: Sequence[Envelope], authority: Authority) -> int:
    """Return how many parts open for a desk of the other kind; there should be none."""
    swapped = [(key, "border") for key in authority.provinces.values()]
    swapped.append((authority.border, "province"))
    return sum(len(_desk("", role, envelopes, key).opened) for key, role in swapped)


def checks(desks: Sequence[Desk], expected: Mapping[bytes, Answers]) -> Iterator[Check]:
    """Yield whether each desk opened its parts and no others, and read in them what was said."""
    for desk in desks:
        mine = len(expected)
        if desk.place != BORDER:
            mine = sum(answers["province"] == desk.place for answers in expected.values())
        name = PROVINCE_NAMES.get(desk.place, "")
        yield check(
            f"{name} opens the parts for it, reads what was answered, and opens no others"
            if name
            else "The border opens its part of each declaration and reads what was answered",
            f"{name} mở được phần gửi cho mình, đọc đúng nội dung, không mở được phần khác"
            if name
            else "Cửa khẩu mở được phần của mình trong mọi tờ khai và đọc đúng nội dung",
            due={"opened": mine, "faithful": mine, "others": len(expected) - mine},
            came={
                "opened": len(desk.opened),
                "faithful": desk.faithful(expected),
                "others": desk.others,
            },
        )
    seen = {field for desk in desks if desk.place != BORDER for field in desk.fields}
    yield check(
        "What provinces read of passport, flight and countries",
        "Những gì tỉnh đọc được về hộ chiếu, chuyến bay và các nước đã qua",
        due=[],
        came=sorted(seen & _NOT_FOR_PROVINCES),
    )


def _desk(place: str, role: str, envelopes: Sequence[Envelope], key: X25519PrivateKey) -> Desk:
    opened = dict[bytes, Part]()
    for envelope in envelopes:
        try:
            content = envelope.open(key, role=role)
        except VerificationError:
            continue
        opened[envelope.declaration_id] = Part.decode(content, header=envelope.header, role=role)
    return Desk(place, opened, len(envelopes) - len(opened))


def _says_so(part: Part, answers: Answers) -> bool:
    return all(
        name in answers and _as_read(value, answers[name]) for name, value in part.values.items()
    )


def _as_read(read_value: object, answered: object) -> bool:
    """Return whether a desk reads what was answered, or of lists and items a part of it."""
    if isinstance(read_value, Mapping) and isinstance(answered, Mapping):
        return all(
            name in answered and _as_read(value, answered[name])
            for name, value in read_value.items()
        )
    if isinstance(read_value, list) and isinstance(answered, list):
        return len(read_value) == len(answered) and all(map(_as_read, read_value, answered))
    return read_value == answered
