"""Cases of the authorization chapter: the check digits, what is typed, what is stored."""

from collections.abc import Iterator

from dp3t.publication.authorization import UploadCode

Case = dict[str, object]

_KEY = bytes(range(32))
_CODES = {
    "number-0": "0000000000000000000098",
    "number-1": "0000000000000000000195",
    "check-digits-02": "0000000000000000003202",
    "check-digits-97": "0000000000000000006597",
    "number-highest": "9999999999999999999976",
    "all-digits": "0123456789012345678968",
}
_SEPARATED = {
    "groups-of-four": "0123 4567 8901 2345 6789 68",
    "hyphens": "0123-4567-8901-2345-6789-68",
    "spaces-everywhere": "  0 1 23456789 0123456 7896 8 ",
}
_FAULTS = {
    "empty": ("", "nothing was typed"),
    "21-digits": ("012345678901234567896", "one digit is missing"),
    "23-digits": ("01234567890123456789680", "one digit too many"),
    "digit-wrong": ("0123456789012345679968", "the nineteenth digit"),
    "neighbours-exchanged": ("0123456789012345687968", "8 and 7 changed places"),
    "check-digit-wrong": ("0123456789012345678969", "68 became 69"),
    "check-digits-99-for-02": ("0000000000000000003299", "leaves 1, but is a second spelling"),
    "check-digits-00-for-97": ("0000000000000000006500", "leaves 1, but is a second spelling"),
    "check-digits-01-for-98": ("0000000000000000000001", "leaves 1, but is a second spelling"),
    "letter-o-for-zero": ("O123456789012345678968", "not a digit"),
    "full-width-digit": ("\uff10123456789012345678968", "a digit to Unicode, not to us"),
    "arabic-digits": ("\u0660" * 20 + "\u0669\u0668", "digits to Unicode, not to us"),
    "superscript": ("\u00b2" * 22, "a digit to Unicode, without a value"),
    "sign": ("+123456789012345678968", "not a digit"),
    "underscores": ("0123_4567_8901_2345_6789_68", "not a separator"),
    "tabs": ("0123\t456789012345678968", "not a separator"),
    "newline-at-the-end": ("0123456789012345678968\n", "not a separator"),
}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["AUTHORIZATION-2"],
        "source": "ours; check digits by ISO/IEC 7064, re-derived by tests/oracle.py",
        "cases": [*_valid(), *_faults(), *_stored()],
    }


def _valid() -> Iterator[Case]:
    for name, digits in _CODES.items():
        yield {
            "id": name,
            "comment": "twenty digits and the two that belong to them",
            "spec": ["AUTHORIZATION-2", "AUTHORIZATION-5"],
            "flags": [],
            "operation": "parse",
            "text": digits,
            "result": "valid",
            "digits": digits,
            "shown": UploadCode(digits).display(),
        }
    for name, text in _SEPARATED.items():
        yield {
            "id": name,
            "comment": "spaces and hyphens do not count",
            "flags": ["separators"],
            "operation": "parse",
            "text": text,
            "result": "valid",
            "digits": _CODES["all-digits"],
            "shown": _SEPARATED["groups-of-four"],
        }


def _faults() -> Iterator[Case]:
    for name, (text, comment) in _FAULTS.items():
        yield {
            "id": name,
            "comment": comment,
            "flags": [],
            "operation": "parse",
            "text": text,
            "result": "malformed",
        }


def _stored() -> Iterator[Case]:
    for name in ("number-0", "all-digits"):
        code = UploadCode(_CODES[name])
        for body in (b"", b"\x83" + bytes(4095)):
            yield {
                "id": f"stored-{name}-{len(body)}",
                "comment": "what a server keeps; zeros fill body up to body_bytes",
                "spec": ["AUTHORIZATION-3", "AUTHORIZATION-6"],
                "flags": [],
                "operation": "store",
                "digits": code.digits(),
                "key": _KEY.hex(),
                "body_bytes": len(body),
                "body": body.rstrip(b"\0").hex(),
                "result": "valid",
                "digest": code.digest(_KEY).hex(),
                "binding": code.binding(body).hex(),
            }
