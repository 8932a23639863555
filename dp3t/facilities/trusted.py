"""Acts of one's own database: they were judged when they were taken, and are not judged again.

A rule that was made stricter since so keeps no server from starting.

Nearly all acts of a record are attestations. A server that starts reads millions of them, and needs
of each who, which day, and what was done. Canonical JSON has one order of keys, and none of these
values holds a quotation mark or a bracket, so one expression finds them in a tenth of the time.
"""

import re

from dp3t.facilities.act import act_digest
from dp3t.facilities.authority_acts import Enrolment, Resolution
from dp3t.facilities.facility_acts import Answer
from dp3t.facilities.history import Attested
from dp3t.facilities.judging import accepted_as, read_content
from dp3t.facilities.ledger import Accepted, Ledger
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.refusal import BoardRefusal, require
from dp3t.publication.signing import HEADER_BYTES
from dp3t.timeline import Instant

_ATTESTATION = re.compile(
    rb'\{"absent":\[(?P<absent>[^]]*)\],"checklist":\d+,"closed":(?P<closed>true|false),'
    rb'"corrects":"[0-9a-f]*","day":(?P<day>\d+),"done":\[(?P<done>[^]]*)\],'
    rb'"facility":"(?P<facility>[0-9a-z-]+)","kind":"attestation","made":\d+,"number":\d+,'
    rb'"photos":\[[^]]*\],"presence":"(?P<presence>[0-9a-f]*)","previous":"[0-9a-f]*",'
    rb'"region":"[0-9A-Z-]+","version":1,"words":"(?P<words>[0-9a-f]*)"\}'
)
_DONE = re.compile(rb'"task":"([0-9a-z-]+)"')
_ABSENT = re.compile(rb'"([0-9a-z-]+)"')


def accept_trusted(ledger: Ledger, received: Instant, signed: bytes) -> Accepted:
    """Return an act as it stands in the record, whatever rule would refuse it today.

    Raises:
        RefusedError: nothing that a record can hold, or about what the record does not have.
    """
    content = read_content(signed)
    accepted = accepted_as(content, signed, ledger=ledger, received=received)
    if isinstance(content, Resolution | Answer):
        require(ledger.objection(content.objection) is not None, BoardRefusal.UNKNOWN_OBJECTION)
    elif accepted.facility and not isinstance(content, Enrolment):
        require(accepted.facility in ledger.places, BoardRefusal.UNKNOWN_FACILITY)
    return accepted


def take_trusted(ledger: Ledger, received: Instant, signed: bytes) -> bool:
    """Let an attestation enter that was judged before.

    Args:
        ledger: what entered before it.
        received: when it was received.
        signed: the signed act.

    Returns:
        Whether it is one, and has entered; if not, nothing has changed.
    """
    said = _ATTESTATION.fullmatch(signed, HEADER_BYTES)
    if said is None:
        return False
    absent, closed, day, done, name, presence, words = said.groups()
    facility = name.decode()
    place = ledger.places.get(facility)
    if place is None:
        return False
    digest, about, is_closed = act_digest(signed), LocalDay(int(day)), closed == b"true"
    attested = Attested(
        received=received,
        digest=digest,
        done=_tasks(ledger, _DONE, done),
        absent=_tasks(ledger, _ABSENT, absent),
        closed=is_closed,
        counts=not is_closed or ledger.rules.is_in_time(about, received),
        presence=bytes.fromhex(presence.decode()),
    )
    place.history.attest(about, attested)
    place.chain.add(digest)
    place.touched = ledger.acts
    if words:
        ledger.worded[digest] = facility
    ledger.acts += 1
    ledger.received = received
    return True


def _tasks(ledger: Ledger, expression: re.Pattern[bytes], text: bytes) -> frozenset[str]:
    """Return the tasks in a text; each set of them is made once."""
    found = tuple(expression.findall(text))
    known = ledger.task_sets.get(found)
    if known is None:
        known = frozenset(name.decode() for name in found)
        ledger.task_sets[found] = known
    return known
