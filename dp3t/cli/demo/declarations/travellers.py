"""Who is on the plane, what they declare, and what will happen to them at the gates."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random  # noqa: TID251 - a plan from a seed is what the demonstration promises

from dp3t.arrivals.travel_document import TravelDocument
from dp3t.arrivals.verdict import Verdict
from dp3t.cli.demo.declarations.places import DA_NANG, HUE, LANDING, PROVINCE_NAMES, at
from dp3t.timeline import Instant

TRAVELLERS = 32
DECLARED_AT = at(0, 9)
LANDED_AT = at(1, 2.5)
EXCHANGED_AT = at(1, 5)
"""When the gates exchange their marks; whoever comes to a gate later is noticed at all of them."""

LATE_AT = at(3, 3)
"""More than 41 hours after the day of entry began; by then no receipt of the plane is good."""

GATES = ("GATE-1", "GATE-2", "GATE-3")
_ARRIVAL = "2021-07-06T09:20"
_SURNAMES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Sato", "Kim", "Martin")
_GIVEN = ("Lan", "Minh", "Hoa", "Tuấn", "Mai", "Hùng", "Thu", "Linh", "Bình", "Yến", "Aiko", "Jun")
_STREETS = ("Bạch Đằng", "Trần Phú", "Lê Lợi", "Hùng Vương", "Nguyễn Huệ", "Hải Phòng")
_WARDS = {DA_NANG: ("Hải Châu", "Sơn Trà", "Ngũ Hành Sơn"), HUE: ("Thuận Hóa", "Phú Xuân")}


class Fate(StrEnum):
    """What happens to a traveller's receipt."""

    GOOD = "good"
    ALTERED = "altered"
    BORROWED = "borrowed"
    FORGED = "forged"
    TWICE = "twice"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"
    ELSEWHERE = "elsewhere"
    LATE = "late"


ODD = tuple(fate for fate in Fate if fate is not Fate.GOOD)
"""Of each of these there is one traveller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traveller:
    """Somebody who declares, perhaps for a family too.

    Attributes:
        values: the answers to the form.
        fate: of the receipt.
    """

    values: Mapping[str, object]
    fate: Fate

    @property
    def name(self) -> str:
        """How they are called."""
        return f"{self.values['surname']} {self.values['given_names']}"

    @property
    def province(self) -> str:
        """Where they go: two digits."""
        return str(self.values["province"])

    @property
    def party(self) -> int:
        """How many people the declaration is of."""
        companions = self.values.get("companions", [])
        return 1 + (len(companions) if isinstance(companions, list) else 0)

    @property
    def document(self) -> TravelDocument:
        """What they show at the gate."""
        return TravelDocument.of(
            number=str(self.values["document_number"]),
            birth=str(self.values["birth_date"]),
            expiry=str(self.values["document_expiry"]),
        )

    def corrected(self) -> dict[str, object]:
        """Return the answers of somebody who noticed a wrong seat."""
        return {**self.values, "seat": "12C"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """Somebody at a gate, and the verdict that is due.

    Attributes:
        traveller: by number.
        gate: its name; the last one stands at another airport.
        at: when.
        fate: of the receipt that is shown.
        due: the verdict.
        later: whether it is shown once the gates have exchanged their marks.
    """

    traveller: int
    gate: str
    at: Instant
    fate: Fate
    due: Verdict
    later: bool


def board(random: Random) -> tuple[Traveller, ...]:
    """Return the travellers; which of them has which fate is drawn."""
    fates = [*ODD, *[Fate.GOOD] * (TRAVELLERS - len(ODD))]
    random.shuffle(fates)
    return tuple(
        Traveller(values=_answers(number, random), fate=fate) for number, fate in enumerate(fates)
    )


def first_of(travellers: tuple[Traveller, ...], fate: Fate) -> int:
    """Return the number of the first traveller of a fate."""
    return next(number for number, each in enumerate(travellers) if each.fate is fate)


def showings(travellers: tuple[Traveller, ...]) -> tuple[Showing, ...]:
    """Return who comes to which gate, in order of time."""
    found = []
    for number, traveller in enumerate(travellers):
        for gate, due, later in _DUE[traveller.fate]:
            comes = Instant((EXCHANGED_AT if later else LANDED_AT) + 60 * number)
            found.append(
                Showing(
                    traveller=number,
                    gate=gate or GATES[number % 2],
                    at=LATE_AT if traveller.fate is Fate.LATE else comes,
                    fate=traveller.fate,
                    due=due,
                    later=later,
                )
            )
    return tuple(sorted(found, key=lambda each: (each.at, each.traveller)))


_DUE: Mapping[Fate, tuple[tuple[str | None, Verdict, bool], ...]] = {
    Fate.GOOD: ((None, Verdict.VALID, False),),
    Fate.ALTERED: ((None, Verdict.ALTERED, False),),
    Fate.BORROWED: ((None, Verdict.OTHER_TRAVELLER, False),),
    Fate.FORGED: ((None, Verdict.UNKNOWN_KEY, False),),
    Fate.TWICE: ((GATES[0], Verdict.VALID, False), (GATES[1], Verdict.USED, True)),
    Fate.WITHDRAWN: ((None, Verdict.WITHDRAWN, False),),
    Fate.CORRECTED: ((None, Verdict.WITHDRAWN, False), (None, Verdict.VALID, True)),
    Fate.ELSEWHERE: ((GATES[2], Verdict.OTHER_POINT, False),),
    Fate.LATE: ((None, Verdict.EXPIRED, False),),
}
"""For each fate the gate, the verdict, and whether the gates have exchanged marks before.

Who corrected a declaration shows the old receipt first, and then the new one.
"""


def _answers(number: int, random: Random) -> dict[str, object]:
    province = DA_NANG if number % 3 else HUE
    surname = random.choice(_SURNAMES)
    is_ill = random.random() < 0.1
    return {
        "surname": surname,
        "given_names": random.choice(_GIVEN),
        "sex": random.choice("FM"),
        "birth_date": f"{random.randint(1950, 1999)}-{random.randint(1, 12):02}-15",
        "nationality": "JP" if surname in ("Sato",) else "VN",
        "document_kind": "passport",
        "document_number": f"B{random.randrange(10**6, 10**7)}{number % 10}",
        "document_country": "VN",
        "document_expiry": f"{random.randint(2023, 2029)}-0{random.randint(1, 9)}-11",
        "phone": f"+8491{random.randrange(10**6, 10**7)}",
        "arrival_point": LANDING,
        "arrival": _ARRIVAL,
        "means": "air",
        "carrier": "Vietnam Airlines",
        "service_number": "VN337",
        "seat": f"{number // 6 + 11}{'ABCDEF'[number % 6]}",
        "places": [{"country": "JP", "first_day": "2021-06-16", "last_day": "2021-07-05"}],
        **_family(surname, random),
        "province": province,
        "commune": random.choice(_WARDS[province]),
        "street": f"{random.randint(1, 300)} {random.choice(_STREETS)}",
        "quarantine": "hotel",
        "quarantine_place": f"Khách sạn Sông Hương, {PROVINCE_NAMES[province]}",
        "symptoms": ["cough"] if is_ill else ["none"],
        **({"symptoms_since": "2021-07-03"} if is_ill else {}),
        "contact": "no",
        "tests": [{"method": "pcr", "day": "2021-07-03", "result": "negative"}],
    }


def _family(surname: str, random: Random) -> dict[str, object]:
    size = random.choice((0, 0, 0, 1, 2, 3))
    companions = [
        {
            "surname": surname,
            "given_names": random.choice(_GIVEN),
            "birth_date": f"{random.randint(2008, 2020)}-{random.randint(1, 12):02}-07",
            "relation": "child",
        }
        for _ in range(size)
    ]
    return {"companions": companions} if companions else {}
