"""Applying: what an act that was accepted changes. Nothing is refused here."""

from dp3t.facilities.acts import Act, is_of_authority
from dp3t.facilities.authority_acts import (
    ChecklistAct,
    Closure,
    Enrolment,
    Opening,
    Resolution,
    SettingsAct,
    Strike,
)
from dp3t.facilities.facility_acts import Answer, Attestation, Rekey
from dp3t.facilities.history import Attested, Objected
from dp3t.facilities.ledger import Accepted, Ledger, Place
from dp3t.facilities.objection import OBJECTIONS_SCOPE, Objection
from dp3t.publication.token_keys import TokenKeys
from dp3t.timeline import Day, day_of


def apply(ledger: Ledger, accepted: Accepted) -> None:
    """Add an act to what the next one is judged by.

    Raises:
        ValueError: others have entered since it was judged.
    """
    if accepted.number != ledger.acts:
        raise ValueError("the act was judged before others that have entered since")
    content = accepted.content
    if isinstance(content, TokenKeys):
        _token_keys(ledger, content, accepted)
    elif isinstance(content, Objection):
        _objection(ledger, content, accepted)
    else:
        _act(ledger, content, accepted)
    if accepted.has_words:
        ledger.worded[accepted.digest] = accepted.facility
    count(ledger, accepted)


def count(ledger: Ledger, accepted: Accepted) -> None:
    """Count an act, and note whom it touches."""
    if accepted.facility:
        ledger.places[accepted.facility].touched = accepted.number
    elif isinstance(accepted.content, SettingsAct | ChecklistAct):
        ledger.everywhere = accepted.number
    ledger.acts += 1
    ledger.received = accepted.received


def _act(ledger: Ledger, act: Act, accepted: Accepted) -> None:
    received = accepted.received
    match act:
        case SettingsAct():
            ledger.rules.settle(act.settings, received)
        case ChecklistAct():
            ledger.rules.publish(act.checklist, received)
        case Enrolment():
            _enrol(ledger, act, accepted)
        case Closure() | Opening():
            ledger.places[act.facility].history.closures.append((received, act))
        case Resolution():
            history = ledger.places[_against(ledger, act.objection)].history
            history.decide(act.objection, received, act.verdict)
        case Strike():
            ledger.struck.add(act.act)
        case Attestation():
            history = ledger.places[act.facility].history
            history.attest(act.day, _attested(ledger, act, accepted))
        case Answer():
            against = ledger.places[_against(ledger, act.objection)]
            against.history.objections[act.objection].answers.append(received)
        case Rekey():
            ledger.places[act.facility].public = act.public
            ledger.places[act.facility].rekeyed.append(received)
    chain = ledger.authority if is_of_authority(act) else ledger.places[accepted.facility].chain
    chain.add(accepted.digest)


def _enrol(ledger: Ledger, act: Enrolment, accepted: Accepted) -> None:
    place = ledger.places.setdefault(act.facility.facility, Place(act.public))
    place.public = act.public
    place.history.enrolments.add(accepted.received, act)


def _attested(ledger: Ledger, act: Attestation, accepted: Accepted) -> Attested:
    return Attested(
        received=accepted.received,
        digest=accepted.digest,
        done=frozenset(each.task for each in act.done),
        absent=frozenset(act.absent),
        closed=act.closed,
        counts=not act.closed or ledger.rules.is_in_time(act.day, accepted.received),
        presence=act.presence,
    )


def _objection(ledger: Ledger, objection: Objection, accepted: Accepted) -> None:
    history = ledger.places[objection.facility].history
    objected = Objected(accepted.received, objection.day, objection.task)
    history.object(accepted.digest, objected)
    ledger.objected[accepted.digest] = objection.facility
    today = day_of(accepted.received)
    for past in [day for day in ledger.spent if day < today]:
        del ledger.spent[past]
    ledger.spent.setdefault(today, set()).add(objection.nullifier)


def _token_keys(ledger: Ledger, keys: TokenKeys, accepted: Accepted) -> None:
    today = day_of(accepted.received)
    ledger.token_lists[keys.day] = accepted.digest
    for key in keys.keys:
        if key.scope == OBJECTIONS_SCOPE:
            ledger.token_keys[key.day] = key
    for days in (ledger.token_keys, ledger.token_lists):
        for past in [day for day in days if day < Day(today - 1)]:
            del days[past]


def _against(ledger: Ledger, objection: bytes) -> str:
    facility = ledger.facility_of(objection)
    if not facility:
        raise ValueError("the objection was judged against another record")
    return facility
