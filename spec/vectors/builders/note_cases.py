"""Cases of keys, notes and checkpoints of a transparency log."""

from collections.abc import Iterator
from itertools import chain

from dp3t.primitives import sha256
from dp3t.publication.transparency import NoteKey, NoteKeyType, NoteSigner
from dp3t.publication.transparency.note import Note, to_base64
from spec.vectors.builders.logs import (
    LOG,
    NEXT_LOG,
    NOON,
    OTHER_LOG,
    WITNESSES,
    Case,
    Fields,
    Log,
    log_cases,
)

_C2SP = "C2SP 5ba5ee8, signed-note.md, the example at its end"
_C2SP_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
_C2SP_NOTE = (
    "This is an example message.\n\n— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ON"
    "ncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
_TEXT = Log.of(5).checkpoint().text()
_LINE = LOG.sign(_TEXT).line()
_WITNESS_LINES = [each.cosign(_TEXT, at=NOON).line() for each in WITNESSES]
_LOG_KEY = LOG.key(NoteKeyType.LOG).encode()
_WITNESS_KEYS = [each.key(NoteKeyType.WITNESS).encode() for each in WITNESSES]


def notes() -> Iterator[Case]:
    """Yield the cases."""
    return chain(_keys(), _notes(), _checkpoints())


def _keys() -> Iterator[Case]:
    published = (_C2SP_KEY, "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2")
    sources = (_C2SP, "transparency-dev/formats 091ce41, note/note_cosigv1_test.go")
    for text in (*published, _LOG_KEY, _WITNESS_KEYS[0]):
        key = NoteKey.decode(text)
        fields = {
            "key": text,
            "name": key.name,
            "type": int(key.type),
            "public": key.public.hex(),
            "key_id": key.key_id.hex(),
        }
        if text in published:
            fields["source"] = sources[published.index(text)]
        good = {f"of-{key.name}".replace("/", "-"): fields}
        yield from log_cases("key", "valid", ["TRANSPARENCY-16", "TRANSPARENCY-17"], good, {})
    name, key_id, encoded = _LOG_KEY.split("+", 2)
    texts = {
        "empty": "",
        "two-parts": f"{name}+{key_id}",
        "name-empty": f"+{key_id}+{encoded}",
        "name-with-space": f"a log+{key_id}+{encoded}",
        "id-of-another-key": f"{name}+00000000+{encoded}",
        "id-in-upper-case": f"{name}+{key_id.upper()}+{encoded}",
        "id-of-7-digits": f"{name}+{key_id[1:]}+{encoded}",
        "base64-with-a-letter-more": f"{name}+{key_id}+{encoded}A",
        "not-base64": f"{name}+{key_id}+{encoded[:-1]}!",
        "type-2": _key_text(b"\2" + bytes(32)),
        "public-key-truncated": _key_text(b"\1" + bytes(31)),
    }
    malformed = {title: {"key": text} for title, text in texts.items()}
    yield from log_cases("key", "malformed", ["TRANSPARENCY-17"], malformed, {})


def _notes() -> Iterator[Case]:
    good = {"keys": [_LOG_KEY, *_WITNESS_KEYS]}
    cosigned = f"{_TEXT}\n{_LINE}{''.join(_WITNESS_LINES)}"
    other = LOG.sign("another text\n").line()
    stranger = OTHER_LOG.sign("whatever\n").line()
    same_name = NEXT_LOG.sign("whatever\n").line()
    valid: dict[str, Fields] = {
        "of-c2sp": {
            "note": _C2SP_NOTE,
            "keys": [_C2SP_KEY],
            "source": _C2SP,
            "signed": [_C2SP_KEY],
        },
        "cosigned": {"note": cosigned, "signed": [_LOG_KEY, *_WITNESS_KEYS]},
        "line-of-an-unknown-key": {"note": f"{_TEXT}\n{stranger}{_LINE}", "signed": [_LOG_KEY]},
        "unknown-key-of-a-known-name": {
            "note": f"{_TEXT}\n{_LINE}{same_name}",
            "signed": [_LOG_KEY],
        },
        "empty-line-in-the-text": {
            "note": f"a\n\nb\n\n{LOG.sign('a' + chr(10) * 2 + 'b' + chr(10)).line()}",
            "signed": [_LOG_KEY],
        },
    }
    clauses = ["TRANSPARENCY-14", "TRANSPARENCY-18"]
    yield from log_cases("note", "valid", clauses, valid, good)
    name, encoded = LOG.name, _LINE.split(" ")[2].rstrip("\n")
    stray = encoded[:-2] + chr(ord(encoded[-2]) + 1) + "="
    many = "".join(NoteSigner(name=f"key{n}", seed=bytes(32)).sign(_TEXT).line() for n in range(65))
    malformed = {
        "empty": "",
        "without-signatures": f"{_TEXT}\n",
        "without-empty-line": f"{_TEXT}{_LINE}",
        "without-text": f"\n\n{_LINE}",
        "without-last-newline": f"{_TEXT}\n{_LINE[:-1]}",
        "carriage-return": f"{_TEXT}\n{_LINE[:-1]}\r\n",
        "tab-in-text": f"a\tb\n\n{_LINE}",
        "hyphen-for-dash": f"{_TEXT}\n-{_LINE[1:]}",
        "line-without-dash": f"{_TEXT}\n{_LINE[2:]}",
        "line-without-name": f"{_TEXT}\n— {encoded}\n",
        "name-empty": f"{_TEXT}\n—  {encoded}\n",
        "name-with-no-break-space": f"{_TEXT}\n— a\u00a0b {encoded}\n",
        "name-with-plus": f"{_TEXT}\n— a+b {encoded}\n",
        "name-of-256": f"{_TEXT}\n— {'n' * 256} {encoded}\n",
        "base64-with-stray-bits": f"{_TEXT}\n— {name} {stray}\n",
        "base64-without-padding": f"{_TEXT}\n— {name} {encoded.rstrip('=')}\n",
        "base64-of-urls": f"{_TEXT}\n— {name} __{encoded[2:]}\n",
        "base64-with-newline": f"{_TEXT}\n— {name} {encoded[:8]}\n{encoded[8:]}\n",
        "signature-empty": f"{_TEXT}\n— {name} AAAAAA==\n",
        "line-twice": f"{_TEXT}\n{_LINE}{_LINE}",
        "two-lines-of-one-key": f"{_TEXT}\n{_LINE}{other}",
        "65-signatures": f"{_TEXT}\n{many}",
        "too-long": f"{'x' * 65_536}\n\n{_LINE}",
    }
    yield from log_cases(
        "note",
        "malformed",
        ["TRANSPARENCY-15"],
        {n: {"note": t} for n, t in malformed.items()},
        good,
    )
    unauthentic: dict[str, Fields] = {
        "no-trusted-key": {"note": f"{_TEXT}\n{stranger}"},
        "known-key-over-another-text": {"note": f"{_TEXT}\n{other}"},
        "known-key-fails-beside-a-good-one": {
            "note": f"{_TEXT}\n{_LINE}{WITNESSES[0].cosign('x' + chr(10), at=NOON).line()}"
        },
        "text-altered": {"note": f"{_TEXT.replace('5', '6', 1)}\n{_LINE}"},
        "same-id-another-name": {"note": f"{_TEXT}\n— other.example {encoded}\n"},
        "same-name-another-type": {"note": f"{_TEXT}\n{_LINE}", "keys": [_as_witness(LOG)]},
        "cosignature-at-another-time": {"note": f"{_TEXT}\n{_moved(WITNESSES[0])}"},
        "cosignature-truncated": {"note": f"{_TEXT}\n{_short(WITNESSES[0])}"},
    }
    yield from log_cases("note", "unauthentic", ["TRANSPARENCY-18"], unauthentic, good)


def _key_text(data: bytes) -> str:
    key_id = sha256(LOG.name.encode() + b"\n" + data)[:4]
    return f"{LOG.name}+{key_id.hex()}+{to_base64(data)}"


def _as_witness(signer: NoteSigner) -> str:
    return signer.key(NoteKeyType.WITNESS).encode()


def _moved(witness: NoteSigner) -> str:
    signed = witness.cosign(_TEXT, at=NOON)
    later = (NOON + 1).to_bytes(8, "big") + signed.data[8:]
    return f"— {signed.name} {to_base64(signed.key_id + later)}\n"


def _short(witness: NoteSigner) -> str:
    signed = witness.cosign(_TEXT, at=NOON)
    return f"— {signed.name} {to_base64(signed.key_id + signed.data[:-1])}\n"


def _signed(text: str) -> str:
    return Note(text, (LOG.sign(text),)).encode().decode()


def _checkpoints() -> Iterator[Case]:
    good = {"origin": LOG.name, "keys": [_LOG_KEY], "note": _signed(_TEXT)}
    valid = {
        f"of-{size}": {
            "note": Log.of(size).note().decode(),
            "size": size,
            "root": Log.of(size).root.hex(),
            "seed": LOG.seed.hex(),
        }
        for size in (0, 1, 5, 300)
    }
    yield from log_cases("checkpoint", "valid", ["TRANSPARENCY-19"], valid, good)
    root = to_base64(Log.of(5).root)
    texts = {
        "two-lines": f"{LOG.name}\n5\n",
        "extension-line": f"{_TEXT}for reader 17\n",
        "origin-empty": f"\n5\n{root}\n",
        "origin-with-space": f"{LOG.name} 2\n5\n{root}\n",
        "origin-with-plus": f"{LOG.name}+\n5\n{root}\n",
        "origin-not-ascii": f"nhật-ký.example\n5\n{root}\n",
        "size-empty": f"{LOG.name}\n\n{root}\n",
        "size-with-zero-before": f"{LOG.name}\n05\n{root}\n",
        "size-with-sign": f"{LOG.name}\n+5\n{root}\n",
        "size-negative": f"{LOG.name}\n-5\n{root}\n",
        "size-2-to-63": f"{LOG.name}\n{2**63}\n{root}\n",
        "size-in-other-digits": f"{LOG.name}\n\N{ARABIC-INDIC DIGIT FIVE}\n{root}\n",
        "root-truncated": f"{LOG.name}\n5\n{to_base64(bytes(31))}\n",
        "root-with-stray-bits": f"{LOG.name}\n5\n{root[:-2]}{chr(ord(root[-2]) + 1)}=\n",
        "root-without-padding": f"{LOG.name}\n5\n{root.rstrip('=')}\n",
        "root-of-entries-with-size-0": f"{LOG.name}\n0\n{root}\n",
    }
    malformed = {name: {"note": _signed(text)} for name, text in texts.items()}
    yield from log_cases("checkpoint", "malformed", ["TRANSPARENCY-19"], malformed, good)
    others = {
        "another-log": {"note": Log.of(5).note(log=OTHER_LOG).decode()},
        "another-log-signs": {
            "note": Note(_TEXT, (OTHER_LOG.sign(_TEXT),)).encode().decode(),
        },
        "another-key-of-the-name": {"note": Log.of(5).note(log=NEXT_LOG).decode()},
        "only-a-witness-signs": {"note": f"{_TEXT}\n{_WITNESS_LINES[0]}"},
    }
    yield from log_cases("checkpoint", "unauthentic", ["TRANSPARENCY-20"], others, good)
