"""Signing acts and reading them: one signed file each, of the authority or of a facility."""

from collections.abc import Mapping

from dp3t.canonical_json import decode_json, encode_json
from dp3t.codec import Fields, Value
from dp3t.errors import LimitError, MalformedError
from dp3t.facilities.act import ActHead
from dp3t.facilities.authority_acts import (
    AuthorityAct,
    ChecklistAct,
    Closure,
    Enrolment,
    Opening,
    Resolution,
    SettingsAct,
    Strike,
)
from dp3t.facilities.facility_acts import Answer, Attestation, FacilityAct, Rekey
from dp3t.publication.signing import HEADER_BYTES, KEY_ID_BYTES, SigningKey, TrustedKeys

Act = AuthorityAct | FacilityAct

AUTHORITY_CONTEXT = "authority act 1"
FACILITY_CONTEXT = "facility act 1"
MAX_AUTHORITY_ACT_BYTES = 65_536
"""How many bytes the payload of an act of the authority may have."""
MAX_FACILITY_ACT_BYTES = 4_096
"""How many bytes the payload of an act of a facility may have."""

_AUTHORITY_KINDS: Mapping[str, type[AuthorityAct]] = {
    each.kind: each
    for each in (SettingsAct, ChecklistAct, Enrolment, Closure, Opening, Resolution, Strike)
}
_FACILITY_KINDS: Mapping[str, type[FacilityAct]] = {
    each.kind: each for each in (Attestation, Answer, Rekey)
}


def sign_act(act: Act, key: SigningKey) -> bytes:
    """Return the signed file of an act [ACT-1] [ACT-5].

    Args:
        act: any.
        key: of the authority or of the facility.

    Raises:
        LimitError: the act is longer than one of its kind may be.
        UnknownKeyError: the key may not speak for the moment at which the act is made.
    """
    key.public().require_valid_at(act.head.made)
    payload = act_payload(act)
    context, most = _framed(act.kind)
    if len(payload) > most:
        raise LimitError(f"an act of kind {act.kind} has more than {most} bytes")
    return key.sign(payload, context=context)


def act_payload(act: Act) -> bytes:
    """Return what a signature of the act covers: its canonical JSON."""
    return encode_json({"kind": act.kind, **act.head.to_json(), **act.to_json()})


def read_act(signed: bytes) -> tuple[Act, bytes]:
    """Return the act in a signed file and the id of the key it names; nothing is verified.

    Raises:
        MalformedError: no signed act of a chain.
        LimitError: longer than its kind may be.
    """
    payload, key_id = signed[HEADER_BYTES:], signed[:KEY_ID_BYTES]
    value = payload_value(signed)
    fields = Fields(value, what="an act")
    kind = fields.text("kind", longest=16)
    its_class = _class_of(kind)
    _, most = _framed(kind)
    if len(payload) > most:
        raise LimitError(f"an act of kind {kind} has more than {most} bytes")
    act = its_class.take(fields, ActHead.take(fields))
    fields.done()
    return act, key_id


def payload_value(signed: bytes) -> Value:
    """Return the value in a signed file of the record, of whatever kind; nothing is verified.

    Raises:
        MalformedError: too short for a signed file, or no canonical JSON in it.
        LimitError: longer than any act may be.
    """
    if len(signed) < HEADER_BYTES:
        raise MalformedError("the signed file is truncated")
    return decode_json(signed[HEADER_BYTES:], limit_bytes=MAX_AUTHORITY_ACT_BYTES)


def verify_act(signed: bytes, trusted: TrustedKeys) -> Act:
    """Return the act in a signed file that one of the keys signed [ACT-4].

    Args:
        signed: the file.
        trusted: the authority's keys for an act of the authority, the facility's for one of its.

    Raises:
        MalformedError: no signed act of a chain.
        UnknownKeyError: signed with another key, or one that may not speak for that moment.
        VerificationError: the signature does not verify.
    """
    act, _ = read_act(signed)
    context, most = _framed(act.kind)
    _, signer = trusted.open(signed, context=context, limit_bytes=HEADER_BYTES + most)
    signer.require_valid_at(act.head.made)
    return act


def is_of_authority(act: Act) -> bool:
    """Return whether an act belongs to the authority's chain, and not to a facility's."""
    return act.kind in _AUTHORITY_KINDS


def _framed(kind: str) -> tuple[str, int]:
    """Return the context of a kind's signature and how long its payload may be."""
    if kind in _AUTHORITY_KINDS:
        return AUTHORITY_CONTEXT, MAX_AUTHORITY_ACT_BYTES
    return FACILITY_CONTEXT, MAX_FACILITY_ACT_BYTES


def _class_of(kind: str) -> type[AuthorityAct] | type[FacilityAct]:
    found = _AUTHORITY_KINDS.get(kind) or _FACILITY_KINDS.get(kind)
    if found is None:
        raise MalformedError("the act is of no known kind")
    return found
