"""Cases of the record of facilities: what it takes, what follows from it, pages and maps."""

from collections.abc import Iterator

from dp3t.facilities.objection import Objection
from dp3t.facilities.page import NO_PAGE, RecordPage, page_digest
from dp3t.facilities.presence_proof import presence_key, prove_presence
from dp3t.facilities.snapshot import FacilityMap
from dp3t.presence.entry import EntryCode
from dp3t.presence.proof import presence_proof_seed
from dp3t.primitives import sha256
from spec.vectors.builders.board_limits import busy, limits
from spec.vectors.builders.board_refusals import NOW, PRESENCE, base, judged
from spec.vectors.builders.board_states import life, states
from spec.vectors.builders.entry_payloads import WRITTEN
from spec.vectors.builders.facility_record import (
    AUTHORITY,
    REGION,
    SERVER,
    TODAY,
    Record,
    at,
    objection,
)
from spec.vectors.builders.objection_tokens import token

Case = dict[str, object]
_WHO = "citizen"
_RESULTS = {"": "valid", "malformed": "malformed"} | dict.fromkeys(
    ("wrong-key", "wrong-words", "bad-token", "bad-presence"), "unauthentic"
)
"""The results of refusals; every other is a rule that forbids."""


def build() -> dict[str, object]:
    """Return the vector file."""
    records = {"nothing": Record(), "base": base(), "busy": busy(), "life": life()}
    return {
        "spec": ["RECORD-2", "STATE-3"],
        "source": "ours, from the chapters; re-derived by tests/oracle_board.py",
        "region": REGION,
        "authority": AUTHORITY.public().public.hex(),
        "server": SERVER.public().public.hex(),
        "records": {
            name: [{"received": received, "act": signed.hex()} for received, signed in record.acts]
            for name, record in records.items()
        },
        "cases": [
            *(
                {**case, "result": _RESULTS.get(str(case["refusal"]), "policy")}
                for case in (*judged(), *limits())
            ),
            *({**case, "result": "valid"} for case in _valid()),
        ],
    }


def _valid() -> Iterator[Case]:
    yield from (*states(), *_objections(), *_proofs(), *_pages(), *_maps())


def _objections() -> Iterator[Case]:
    for name, changes in (("plain", {}), ("with-a-proof", {"presence": PRESENCE})):
        signed = objection("an-cuu", NOW, who=_WHO, **changes)
        made = Objection.read(signed)
        yield {
            "id": f"objection-{name}",
            "operation": "objection",
            "spec": ["OBJECTION-1", "OBJECTION-2", "OBJECTION-5", "OBJECTION-8"],
            "seed": sha256(_WHO.encode()).hex(),
            "token": token(sha256(_WHO.encode()), NOW // 86_400).encode().hex(),
            "day": TODAY,
            "made": NOW,
            "facility": "an-cuu",
            "presence_seed": changes.get("presence", b"").hex(),
            "signed": signed.hex(),
            "digest": made.digest.hex(),
            "nullifier": made.nullifier.hex(),
        }


def _proofs() -> Iterator[Case]:
    entry = EntryCode.parse(WRITTEN["permanent-place-for-every-app"].payload)
    for name, day in (("first-day", 0), ("monday", TODAY), ("tuesday", TODAY + 1)):
        seed = presence_proof_seed(entry, day)
        digest = sha256(name.encode())
        yield {
            "id": f"proof-{name}",
            "operation": "proof",
            "spec": ["PROOF-1", "PROOF-2", "PROOF-3"],
            "payload": entry.payload.hex(),
            "day": day,
            "seed": seed.hex(),
            "public": presence_key(seed).hex(),
            "digest": digest.hex(),
            "proof": prove_presence(seed, digest).hex(),
        }


def _pages() -> Iterator[Case]:
    previous, first = NO_PAGE, 0
    acts = base().acts
    for number, most in enumerate((4, 1, len(acts))):
        page = RecordPage(
            number=number,
            region=REGION,
            made=at(0, 11),
            previous=previous,
            first=first,
            acts=tuple(acts[first : first + most]),
        )
        signed = page.sign(SERVER)
        yield {
            "id": f"page-{number}",
            "operation": "page",
            "spec": ["RECORD-10", "RECORD-11", "RECORD-9"],
            "record": "base",
            "seed": SERVER.seed.hex(),
            "number": number,
            "made": page.made,
            "first": first,
            "acts": len(page.acts),
            "previous": previous.hex(),
            "signed": signed.hex(),
            "entry": page.logged(signed).encode().hex(),
        }
        previous, first = page_digest(signed), first + len(page.acts)


def _maps() -> Iterator[Case]:
    for name, record in (("base", base()), ("life", life())):
        board = record.board()
        made = at(8, 12)
        found = FacilityMap.of(board, made=made, pages=3)
        yield {
            "id": f"map-of-{name}",
            "operation": "map",
            "spec": ["MAP-1", "MAP-3"],
            "record": name,
            "seed": SERVER.seed.hex(),
            "made": made,
            "pages": 3,
            "signed": found.sign(SERVER).hex(),
        }
