"""Targets of the fuzz loop for the record of facilities: objections, pages, maps, any act."""

from dp3t.facilities.judging import read_content
from dp3t.facilities.ledger import Ledger
from dp3t.facilities.objection import Objection
from dp3t.facilities.page import RecordPage
from dp3t.facilities.snapshot import FacilityMap
from dp3t.publication.signing import HEADER_BYTES
from fuzz_target import Target, again
from lenient_judge import LenientJudge
from spec.vectors.builders.board_refusals import NOW, base
from vectors import load


def of_records() -> dict[str, Target]:
    """Return the decoders of what a record holds, and the judge of what it takes."""
    cases = load("board")["cases"]
    acts = tuple(bytes.fromhex(case["act"]) for case in cases if _enters(case))
    ledger: Ledger = base().board()._ledger
    judge = LenientJudge(ledger, NOW)
    return {
        "objection": Target(
            again(Objection.decode, Objection.encode), _payloads(cases, "objection")
        ),
        "page of a record": Target(
            again(RecordPage.decode, RecordPage.encode), _payloads(cases, "page")
        ),
        "map of facilities": Target(
            again(FacilityMap.decode, FacilityMap.encode), _payloads(cases, "map")
        ),
        "anything in a record": Target(read_content, acts),
        "act that is judged": Target(judge.judge, acts),
    }


def _enters(case: dict[str, object]) -> bool:
    wanted = {"operation": "judge", "refusal": "", "record": "base", "received": NOW}
    return wanted.items() <= case.items()


def _payloads(cases: list[dict[str, str]], operation: str) -> tuple[bytes, ...]:
    """Return what is signed in the cases of an operation."""
    signed = (case["signed"] for case in cases if case["operation"] == operation)
    return tuple(bytes.fromhex(each)[HEADER_BYTES:] for each in signed)
