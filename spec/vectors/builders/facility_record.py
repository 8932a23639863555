"""Records of facilities, act by act, with keys and tokens of their own, for vectors and tests."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from dp3t.facilities.act import START, ActHead, ChainEnd, act_digest
from dp3t.facilities.acts import Act, sign_act
from dp3t.facilities.authority_acts import (
    ChecklistAct,
    Closure,
    Enrolment,
    Opening,
    Resolution,
    SettingsAct,
    Strike,
    Verdict,
)
from dp3t.facilities.board import Board
from dp3t.facilities.checklist import Checklist, Task
from dp3t.facilities.facility import Facility
from dp3t.facilities.facility_acts import Answer, Attestation, Done, Rekey
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.objection import Objection, objection_key_of
from dp3t.facilities.settings import Settings
from dp3t.facilities.texts import Texts
from dp3t.primitives import sha256
from dp3t.publication.signing import SigningKey, TrustedKeys
from dp3t.timeline import Instant
from spec.vectors.builders.objection_tokens import token, token_list

REGION = "VN-26"
TODAY = LocalDay(20_780)
"""2026-11-23, a Monday in Huế."""

MIDNIGHT = Instant(TODAY * 86_400 - 7 * 3_600)
DEADLINE = Instant(MIDNIGHT + 10 * 3_600)
ALL_DAYS = (True,) * 7
SETTINGS = Settings(
    utc_offset_minutes=420,
    deadline_minutes=600,
    late_days=1,
    objection_days=7,
    name=Texts("Sở Y tế thành phố Huế", "Department of Health of Huế"),
)


def key_of(word: str) -> SigningKey:
    """Return a key that follows from a word."""
    return SigningKey(
        seed=sha256(word.encode()), valid_from=Instant(0), valid_until=Instant(2**32 - 1)
    )


AUTHORITY, SERVER = key_of("authority"), key_of("server")
AUTHORITIES, SERVERS = TrustedKeys([AUTHORITY.public()]), TrustedKeys([SERVER.public()])


def task(name: str, *, period_days: int = 1, critical: bool = False) -> Task:
    """Return a task."""
    text = Texts(f"việc {name}", f"task {name}")
    return Task(task=name, text=text, role="nurse", period_days=period_days, critical=critical)


DAILY, CRITICAL = task("air"), task("hands", critical=True)
WEEKLY = task("deep", period_days=7)
CHECKLIST = Checklist(
    facility_kind="school",
    number=1,
    valid_from=LocalDay(TODAY - 400),
    title=Texts("Trường học", "School"),
    source="a test",
    tasks=(DAILY, CRITICAL, WEEKLY),
)


def facility(name: str, **changes: Any) -> Facility:
    """Return a school."""
    school = Facility(
        facility=name,
        facility_kind="school",
        name=f"Trường {name}",
        address="1 Lê Lợi, Huế",
        latitude_microdegrees=16_460_000,
        longitude_microdegrees=107_590_000,
        commune="19789",
        weekdays=ALL_DAYS,
    )
    return replace(school, **changes)


def at(day: int, hour: float) -> Instant:
    """Return the moment of an hour at the place, some days after the Monday of the tests."""
    return Instant(int(MIDNIGHT + 86_400 * day + 3_600 * hour))


def new_board() -> Board:
    """Return a board that has seen nothing."""
    return Board(REGION, authorities=AUTHORITIES, servers=SERVERS)


@dataclass
class Record:
    """A record under construction: its acts, and the ends of its chains."""

    acts: list[tuple[Instant, bytes]] = field(default_factory=list)
    ends: dict[str, ChainEnd] = field(default_factory=dict)
    keys: dict[str, SigningKey] = field(default_factory=dict)

    def copy(self) -> "Record":
        """Return a record that goes on from here apart from this one."""
        return Record(list(self.acts), dict(self.ends), dict(self.keys))

    def board(self) -> Board:
        """Return a replay."""
        return new_board().replay(self.acts)

    def add(self, received: Instant, signed: bytes) -> bytes:
        """Add a signed act as it is and return it."""
        self.acts.append((received, signed))
        return signed

    def sign(self, chain: str, kind: type[Act], received: Instant, **fields: Any) -> bytes:
        """Return the next act of a chain, signed, without adding it."""
        end = self.ends.get(chain, START)
        head = ActHead.at(end, region=REGION, made=received)
        act: Any = kind
        key = self.keys.get(chain) or (AUTHORITY if chain == "authority" else key_of(chain))
        return sign_act(act(head=head, **fields), key)

    def put(self, chain: str, kind: type[Act], received: Instant, **fields: Any) -> bytes:
        """Add the next act of a chain."""
        signed = self.sign(chain, kind, received, **fields)
        self.ends[chain] = self.ends.get(chain, START).after(signed)
        return self.add(received, signed)

    def settle(self, received: Instant, settings: Settings = SETTINGS) -> bytes:
        """Add settings."""
        return self.put("authority", SettingsAct, received, settings=settings)

    def publish(self, received: Instant, checklist: Checklist = CHECKLIST) -> bytes:
        """Add a checklist."""
        return self.put("authority", ChecklistAct, received, checklist=checklist)

    def enrol(
        self, name: str, received: Instant, *, first_day: int = TODAY, **changes: Any
    ) -> bytes:
        """Add an enrolment; its key follows from the name."""
        return self.put(
            "authority",
            Enrolment,
            received,
            facility=facility(name, **changes),
            public=key_of(name).public().public,
            first_day=LocalDay(first_day),
        )

    def close(self, name: str, received: Instant, *, from_day: int, until_day: int = -1) -> bytes:
        """Add a closure."""
        fields = {"from_day": LocalDay(from_day), "until_day": until_day, "words": b""}
        return self.put("authority", Closure, received, facility=name, **fields)

    def open(self, name: str, received: Instant, *, from_day: int) -> bytes:
        """Add an opening."""
        return self.put("authority", Opening, received, facility=name, from_day=LocalDay(from_day))

    def resolve(self, objection: bytes, received: Instant, verdict: Verdict) -> bytes:
        """Add a verdict on a signed objection."""
        digest = act_digest(objection)
        return self.put(
            "authority", Resolution, received, objection=digest, verdict=verdict, words=b""
        )

    def strike(self, signed: bytes, received: Instant) -> bytes:
        """Add the strike of a signed act's words."""
        return self.put(
            "authority", Strike, received, act=act_digest(signed), reason="it names a person"
        )

    def attest(self, name: str, received: Instant, **changes: Any) -> bytes:
        """Add an attestation."""
        return self.put(name, Attestation, received, **attestation(name, received, **changes))

    def answer(self, name: str, objection: bytes, received: Instant) -> bytes:
        """Add an answer to a signed objection."""
        fields = {"objection": act_digest(objection), "words": bytes(range(32))}
        return self.put(name, Answer, received, facility=name, **fields)

    def rekey(self, name: str, received: Instant, key: SigningKey) -> bytes:
        """Add a change of key, and go on under the new one."""
        signed = self.put(name, Rekey, received, facility=name, public=key.public().public)
        self.keys[name] = key
        return signed

    def list_keys(self, received: Instant) -> bytes:
        """Add the list of token keys of the day."""
        return self.add(received, token_list(received, key=SERVER, region=REGION))

    def object(self, name: str, received: Instant, **changes: Any) -> bytes:
        """Add an objection."""
        return self.add(received, objection(name, received, **changes))


def attestation(
    name: str,
    received: Instant,
    *,
    day: int | None = None,
    done: Iterable[str] = ("air", "deep", "hands"),
    **changes: Any,
) -> dict[str, Any]:
    """Return the fields of an attestation of a local day, that of its receipt if none is given."""
    fields = {
        "facility": name,
        "day": SETTINGS.day_of_place(received) if day is None else LocalDay(day),
        "checklist": 1,
        "done": tuple(Done(task=each, role="nurse", at=received) for each in sorted(done)),
        "absent": (),
        "closed": False,
        "photos": (),
        "presence": b"",
        "corrects": b"",
        "words": b"",
    }
    return fields | changes


def objection(
    name: str, received: Instant, *, who: str = "citizen", presence: bytes = b"", **changes: Any
) -> bytes:
    """Return a signed objection of somebody; `presence` is the seed of a proof."""
    seed = sha256(who.encode())
    fields: dict[str, Any] = {
        "region": REGION,
        "made": received,
        "facility": name,
        "day": SETTINGS.day_of_place(received),
        "task": "",
        "token": token(seed, received // 86_400),
    }
    made = Objection(**(fields | changes))
    if presence:
        made = made.with_presence(presence)
    return made.sign(objection_key_of(seed))
