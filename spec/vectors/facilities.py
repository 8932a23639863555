"""Cases of the facilities' chapters: acts, words, local days, lists in force."""

from collections.abc import Iterator

from dp3t.canonical_json import JsonValue, encode_json
from dp3t.facilities.act import START, act_digest
from dp3t.facilities.acts import AUTHORITY_CONTEXT, FACILITY_CONTEXT
from dp3t.facilities.words import Words
from spec.vectors.builders.facility_acts import (
    AUTHORITY,
    AUTHORITY_KINDS,
    DAY,
    END,
    FIELDS,
    NOW,
    OBJECTION,
    SCHOOL,
    SUCCESSOR,
    TASK,
    WORDS,
    Case,
    Said,
    payload,
    public,
    signed,
    signing_key,
)
from spec.vectors.builders.facility_faults import UNSEEN, WRONG


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": ["ACT-1"],
        "source": "ours; re-derived by tests/oracle_facilities.py",
        "cases": [
            *_good(),
            *_chain(),
            *_wrong_heads(),
            *_wrong_fields(),
            *_wrong_encodings(),
            *_untrusted(),
            *_words(),
            *_days(),
            *_lists(),
        ],
    }


def _act(name: str, clause: str, data: bytes, **fields: object) -> Case:
    return {"id": name, "spec": [clause], "operation": "act", "file": data.hex(), **fields}


def _good() -> Iterator[Case]:
    """Yield acts of each kind, and acts at the limits of their fields."""
    variants: dict[str, tuple[str, Said]] = {kind: (kind, {}) for kind in FIELDS}
    variants |= {
        "settings-west": ("settings", {"utc_offset_minutes": -720, "deadline_minutes": 1440}),
        "closure-until-opened": ("closure", {"until_day": -1}),
        "closure-of-one-day": ("closure", {"until_day": DAY}),
        "enrolment-with-marks-of-html": ("enrolment", {"name": "<script>alert(1)</script>"}),
        "enrolment-at-a-corner": (
            "enrolment",
            {"latitude": -(10**6) * 90, "longitude": 18 * 10**7},
        ),
        "attestation-closed": ("attestation", {"closed": True, "done": [], "absent": []}),
        "attestation-corrects": ("attestation", {"corrects": OBJECTION, "photos": ["ab" * 32]}),
        "attestation-presence": ("attestation", {"presence": public(SUCCESSOR)}),
        "resolution-settled": ("resolution", {"verdict": "settled", "words": "cd" * 32}),
    }
    for name, (kind, changes) in variants.items():
        said = payload(kind, **changes)
        seed = AUTHORITY if kind in AUTHORITY_KINDS else SCHOOL
        data = signed(said)
        yield _act(
            name,
            _clause(kind),
            data,
            result="valid",
            said=said,
            seed=seed.hex(),
            digest=act_digest(data).hex(),
        )


def _clause(kind: str) -> str:
    return {
        "settings": "CHECKLIST-1",
        "checklist": "CHECKLIST-4",
        "enrolment": "FACILITY-1",
        "closure": "FACILITY-4",
        "opening": "FACILITY-5",
        "resolution": "FACILITY-6",
        "strike": "FACILITY-7",
        "attestation": "ATTESTATION-1",
        "answer": "ATTESTATION-5",
        "rekey": "ATTESTATION-6",
    }[kind]


def _chain() -> Iterator[Case]:
    """Yield a facility's first three acts, of which the second changes its key."""
    files: list[bytes] = []
    end = START
    for kind, seed in (("attestation", SCHOOL), ("rekey", SCHOOL), ("answer", SUCCESSOR)):
        files.append(signed(payload(kind, end=end), seed=seed))
        end = end.after(files[-1])
    yield {
        "id": "chain",
        "spec": ["ACT-3"],
        "operation": "chain",
        "files": [data.hex() for data in files],
        "next": {"number": end.number, "previous": end.previous.hex()},
        "result": "valid",
    }


def _refused(name: str, clause: str, said: JsonValue, flag: str = "payload") -> Case:
    return _act(name, clause, signed(said), flags=[flag], result="malformed")


def _wrong_heads() -> Iterator[Case]:
    wrong: dict[str, Said] = {
        "version-2": {"version": 2},
        "kind-unknown": {"kind": "objection"},
        "kind-in-capitals": {"kind": "Opening"},
        "region-empty": {"region": ""},
        "region-in-small-letters": {"region": "vn-26"},
        "made-negative": {"made": -1},
        "made-is-text": {"made": str(NOW)},
        "number-negative": {"number": -1},
        "previous-cut": {"previous": "00" * 31},
        "previous-in-capitals": {"number": 1, "previous": "AB" * 32},
        "another-field": {"note": ""},
    }
    for name, changes in wrong.items():
        yield _refused(f"head-{name}", "ACT-2", payload("opening", **changes), "head")
    for name, lacking in {"made": "made", "kind": "kind"}.items():
        said = payload("opening")
        del said[lacking]
        yield _refused(f"head-without-{name}", "ACT-2", said, "head")
    for name, end in {
        "second-after-nothing": (1, "00" * 32),
        "first-after-another": (0, "ab" * 32),
    }.items():
        said = payload("opening", number=end[0], previous=end[1])
        yield _refused(f"chain-{name}", "ACT-3", said, "chain")


def _wrong_fields() -> Iterator[Case]:
    for (kind, clause), wrong in WRONG.items():
        for name, changes in wrong.items():
            said = payload(kind, **changes)
            yield _refused(f"{kind}-{name}", clause, said, kind)
    for name, letter in UNSEEN.items():
        said = payload("enrolment", name=f"Trường{letter}")
        yield _refused(f"line-with-{name}", "ACT-6", said, "line")
    for name, text in {"empty": "", "only-spaces": "  ", "too-long": "x" * 121}.items():
        yield _refused(f"line-{name}", "ACT-6", payload("enrolment", name=text), "line")


def _wrong_encodings() -> Iterator[Case]:
    good = encode_json(payload("opening"))
    key = signing_key(AUTHORITY)
    decomposed = good.replace(b'"kind":"opening"', b'"kind":"o\xcc\x82"')
    for name, data in {
        "with-a-space": good.replace(b",", b", ", 1),
        "with-a-key-twice": good.replace(b"{", b'{"from_day":1,', 1),
        "not-in-form-c": decomposed,
        "empty": b"",
        "a-list": b"[]",
        "null": b"null",
        "cut": good[:-1],
    }.items():
        file = key.sign(data, context=AUTHORITY_CONTEXT)
        yield _act(f"encoding-{name}", "ACT-1", file, flags=["payload"], result="malformed")
    yield _act("file-cut", "ACT-1", bytes(71), flags=["payload"], result="malformed")
    yield from _limits()


def _limits() -> Iterator[Case]:
    """Yield what is longer than an act of its kind, or has more of something, than may be."""
    nine = [f"{n:064x}" for n in range(9)]
    many = [{**TASK, "id": f"t{n}"} for n in range(41)]
    for name, clause, data in (
        ("nine-photos", "ATTESTATION-1", signed(payload("attestation", photos=nine))),
        ("forty-one-in-a-checklist", "CHECKLIST-4", signed(payload("checklist", tasks=many))),
        ("eight-weekdays", "FACILITY-1", signed(payload("enrolment", weekdays=[True] * 8))),
        ("too-long-for-a-facility", "ACT-1", signed(payload("rekey", public="ab" * 2_000))),
    ):
        yield _act(f"limit-{name}", clause, data, flags=["limit"], result="limit")


def _untrusted() -> Iterator[Case]:
    """Yield cases of `verify`: the file is good, and `trusted` says whose it may be."""
    opening, answer = payload("opening"), payload("answer")
    authority, school = _trusted(AUTHORITY), _trusted(SCHOOL)
    file = signed(opening)
    turned = file[:-2] + bytes([file[-2] ^ 1]) + file[-1:]
    late = payload("opening", made=END)
    cases: dict[str, tuple[bytes, list[Said], str]] = {
        "of-the-authority": (file, authority, "valid"),
        "of-the-facility": (signed(answer), school, "valid"),
        "of-the-authority-by-the-facility": (
            signed(opening, seed=SCHOOL),
            authority,
            "unauthentic",
        ),
        "of-the-facility-by-another": (signed(answer, seed=SUCCESSOR), school, "unauthentic"),
        "signature-altered": (
            file[:20] + bytes([file[20] ^ 1]) + file[21:],
            authority,
            "unauthentic",
        ),
        "key-id-altered": (bytes([file[0] ^ 1]) + file[1:], authority, "unauthentic"),
        "payload-altered": (turned, authority, "malformed"),
        "context-of-a-facility": (
            signed(opening, context=FACILITY_CONTEXT),
            authority,
            "unauthentic",
        ),
        "made-after-the-key": (signed(late), authority, "unauthentic"),
        "made-before-the-key": (
            signed(payload("opening", made=NOW - 1)),
            authority,
            "unauthentic",
        ),
    }
    for name, (data, keys, result) in cases.items():
        yield {
            "id": f"verify-{name}",
            "spec": ["ACT-4"],
            "operation": "verify",
            "file": data.hex(),
            "trusted": keys,
            "result": result,
            **({"flags": ["signature"]} if result != "valid" else {}),
        }


def _trusted(seed: bytes) -> list[Said]:
    return [{"public": public(seed), "valid_from": NOW, "valid_until": END}]


def _words() -> Iterator[Case]:
    for name, words in {
        "words": WORDS,
        "words-of-one-character": Words(bytes(16), "a"),
        "words-of-500-characters": Words(bytes(range(16, 32)), "ế" * 499 + "😷"),
    }.items():
        yield _said_words(
            name,
            "ACT-7",
            words.to_json(),
            commitment=words.commitment().hex(),
            result="valid",
        )
    plain = {"salt": bytes(16).hex(), "text": "a"}
    for name, changes in {
        "salt-cut": {"salt": "00" * 15},
        "salt-in-capitals": {"salt": "AB" * 16},
        "text-empty": {"text": ""},
        "text-of-501": {"text": "a" * 501},
        "text-with-a-line-feed": {"text": "a\nb"},
        "another-field": {"name": ""},
    }.items():
        yield _said_words(
            f"words-{name}",
            "ACT-7",
            {**plain, **changes},
            commitment="00" * 32,
            result="malformed",
            flags=["words"],
        )
    for name, said in {
        "other-text": {**plain, "text": "b"},
        "other-salt": {**plain, "salt": "01" * 16},
    }.items():
        commitment = Words(bytes(16), "a").commitment().hex()
        yield _said_words(
            f"words-{name}",
            "ACT-9",
            said,
            commitment=commitment,
            result="unauthentic",
            flags=["words"],
        )


def _said_words(name: str, clause: str, words: JsonValue, **fields: object) -> Case:
    return {"id": name, "spec": [clause], "operation": "words", "words": words, **fields}


def _days() -> Iterator[Case]:
    """Yield moments at both sides of local midnight, with the day's deadline and weekday."""
    for name, moment, offset, deadline in (
        ("first-second-of-a-day-in-hue", NOW - 7 * 3_600, 420, 600),
        ("last-second-of-a-day-in-hue", NOW - 7 * 3_600 - 1, 420, 600),
        ("first-second-of-a-day-in-the-west", NOW + 12 * 3_600, -720, 1),
        ("last-second-of-a-day-in-the-west", NOW + 12 * 3_600 - 1, -720, 1440),
        ("first-day-of-all", 0, 0, 600),
    ):
        day = (moment + 60 * offset) // 86_400
        yield {
            "id": name,
            "spec": ["CHECKLIST-2", "CHECKLIST-3", "FACILITY-2"],
            "operation": "day",
            "moment": moment,
            "utc_offset_minutes": offset,
            "deadline_minutes": deadline,
            "day": day,
            "deadline": day * 86_400 + 60 * (deadline - offset),
            "weekday": (day + 3) % 7,
            "result": "valid",
        }


def _lists() -> Iterator[Case]:
    lists = [("school", 1, DAY - 7), ("school", 3, DAY), ("school", 2, DAY), ("clinic", 9, DAY)]
    lists += [("school", 5, DAY + 10), ("school", 4, DAY + 20)]
    for name, kind, day, number in (
        ("list-before-any", "school", DAY - 8, None),
        ("list-first-day", "school", DAY - 7, 1),
        ("list-last-day-of-the-first", "school", DAY - 1, 1),
        ("list-highest-of-two", "school", DAY, 3),
        ("list-highest-and-not-latest", "school", DAY + 20, 5),
        ("list-of-another-kind", "clinic", DAY + 100, 9),
        ("list-of-no-kind", "market", DAY, None),
    ):
        yield {
            "id": name,
            "spec": ["CHECKLIST-6"],
            "operation": "list",
            "lists": [
                {"checklist": each, "facility_kind": of, "valid_from": start}
                for of, each, start in lists
            ],
            "facility_kind": kind,
            "day": day,
            "in_force": number or 0,
            "result": "valid",
        }
