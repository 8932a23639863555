"""Targets of the fuzz loop of voluntary declarations: diaries, tables, stations, requests."""

from diaries import KEY, TODAY, family
from dp3t.canonical_json import decode_json, encode_json, read_json
from dp3t.codec import pad
from dp3t.primitives import seal, unseal
from dp3t.symptoms.diary import Diary
from dp3t.symptoms.help import HelpRequest, SealedHelp
from dp3t.symptoms.rules import RuleTable
from dp3t.symptoms.stations import StationKeys
from fuzz_target import Target, again
from rule_tables import document
from stations import AUTHORITY, NOW, TRUSTED, private, request, station_keys

_HEADER = b"dp3t symptom diary\0\1"


def _nonce(length: int) -> bytes:
    return b"n" * length


def _diary_with(content: bytes) -> Diary:
    """Return the diary with a content that somebody who has the key has sealed."""
    padded = pad(content, to_bytes=(len(content) // 4_096 + 1) * 4_096)
    return Diary.load(
        _HEADER + seal(KEY, padded, header=_HEADER, rand=_nonce), key=KEY, today=TODAY
    )


def of_symptoms() -> dict[str, Target]:
    """Return the decoders of what families, stations and authorities exchange and keep."""
    saved = family().save(key=KEY, today=TODAY, rand=_nonce)
    content = unseal(KEY, saved[20:], header=_HEADER).rstrip(b"\0")[:-1]
    sealed = request().seal_with_os_randomness(station_keys())
    listed = station_keys().sign(AUTHORITY)
    table = encode_json(document())
    return {
        "canonical JSON": Target(
            again(lambda data: decode_json(data, limit_bytes=2**20), encode_json), (table,)
        ),
        "JSON of a person": Target(lambda data: read_json(data, limit_bytes=2**20), (table,)),
        "saved diary": Target(lambda data: Diary.load(data, key=KEY, today=TODAY), (saved,)),
        "content of a diary": Target(_diary_with, (content,)),
        "table of rules": Target(
            lambda data: RuleTable.of_value(decode_json(data, limit_bytes=2**20)), (table,)
        ),
        "signed list of stations": Target(
            lambda data: StationKeys.open(data, trusted=TRUSTED, now=NOW), (listed,)
        ),
        "list of stations": Target(
            lambda data: StationKeys.of_value(decode_json(data, limit_bytes=2**20)), (listed[72:],)
        ),
        "sealed request for help": Target(again(SealedHelp.decode, SealedHelp.encode), (sealed,)),
        "content of a request for help": Target(
            lambda data: HelpRequest.of_value(decode_json(data, limit_bytes=2**20)),
            (encode_json(request().to_value()),),
        ),
        "request for help": Target(
            lambda data: SealedHelp.decode(data).open([private("Huế")]), (sealed,)
        ),
    }
