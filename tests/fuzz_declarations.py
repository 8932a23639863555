"""Targets of the fuzz loop for entry declarations: forms, answers, documents of keys, envelopes."""

import json

from declarations import AUTHORITY, ENVELOPE_CASE, FULL, KEYS, NOW, TRUSTED
from dp3t.arrivals.checks import check, tidied
from dp3t.arrivals.form import Form, entry_form, form_document
from dp3t.arrivals.partial_date import PartialDate
from dp3t.arrivals.parts import Part
from dp3t.arrivals.recipients import KEYS_CONTEXT, RecipientKeys
from dp3t.arrivals.sealing import Envelope, Header
from dp3t.errors import MalformedError
from fuzz_target import Target, again, of_text


def of_declarations() -> dict[str, Target]:
    """Return the decoders of entry declarations."""
    envelope = bytes.fromhex(ENVELOPE_CASE["envelope"])
    header = Header.decode(envelope[:81])
    document = KEYS.sign(AUTHORITY)
    return {
        "form": Target(Form.parse, (form_document(),)),
        "answers": Target(_checked, (json.dumps(FULL).encode(),)),
        "partial date": Target(of_text(PartialDate.parse), (b"1984-02-00",)),
        "header of a declaration": Target(again(Header.decode, Header.encode), (envelope[:81],)),
        "declaration": Target(again(Envelope.decode, Envelope.encode), (envelope,)),
        "part of a declaration": Target(
            lambda data: Part.decode(data, header=header, role="border"),
            (ENVELOPE_CASE["border_content"].encode(),),
        ),
        "keys of arrivals": Target(
            lambda data: RecipientKeys.open(
                AUTHORITY.sign(data, context=KEYS_CONTEXT), authority=TRUSTED
            ),
            (document[72:],),
        ),
        "signed keys of arrivals": Target(
            lambda data: RecipientKeys.open(data, authority=TRUSTED), (document,)
        ),
    }


def _checked(data: bytes) -> object:
    try:
        values = json.loads(data)
    except ValueError:
        raise MalformedError("not JSON") from None
    if isinstance(values, dict):
        tidied(entry_form(), values)
    return check(entry_form(), values, now=NOW)
