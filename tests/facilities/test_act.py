"""spec/facilities/act.md: what is signed, chains, lines, words beside an act."""

from dataclasses import replace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_facilities
from dp3t.canonical_json import decode_json, encode_json
from dp3t.errors import (
    Dp3tError,
    LimitError,
    MalformedError,
    UnknownKeyError,
    VerificationError,
)
from dp3t.facilities.act import START, ActHead, ChainEnd, act_digest
from dp3t.facilities.acts import (
    MAX_AUTHORITY_ACT_BYTES,
    MAX_FACILITY_ACT_BYTES,
    Act,
    act_payload,
    is_of_authority,
    read_act,
    sign_act,
    verify_act,
)
from dp3t.facilities.authority_acts import ChecklistAct, Enrolment, Opening
from dp3t.facilities.facility_acts import Answer, Attestation, Done, Rekey
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.texts import LANGUAGES, Texts, require_line
from dp3t.facilities.words import MAX_WORDS, Words
from dp3t.primitives import sha256
from dp3t.publication.signing import SigningKey, TrustedKeys, VerificationKey
from dp3t.timeline import Instant
from vectors import Case, load, vector_cases

RESULTS: dict[str, type[Dp3tError]] = {
    "limit": LimitError,
    "malformed": MalformedError,
    "unauthentic": VerificationError,
}
NOW = Instant(1_795_392_000)
KEY = SigningKey(
    seed=sha256(b"a facility"), valid_from=NOW, valid_until=Instant(NOW + 365 * 86_400)
)
HEAD = ActHead.at(START, region="VN-26", made=NOW)
SAMPLES: dict[str, Act] = {
    case["id"]: read_act(bytes.fromhex(case["file"]))[0]
    for case in load("facilities")["cases"]
    if case["operation"] == "act" and case["result"] == "valid"
}
REKEY = Rekey(head=HEAD, facility="th-1", public=sha256(b"another"))


def trusted(case: Case) -> TrustedKeys:
    return TrustedKeys(
        VerificationKey(
            public=bytes.fromhex(key["public"]),
            valid_from=Instant(key["valid_from"]),
            valid_until=Instant(key["valid_until"]),
        )
        for key in case["trusted"]
    )


def refused(operation: str, *results: str) -> list[Any]:
    return [
        case
        for result in results
        for case in vector_cases("facilities", operation=operation, result=result)
    ]


@pytest.mark.spec("ACT-1", "ACT-2")
@pytest.mark.parametrize("case", vector_cases("facilities", operation="act", result="valid"))
def test_an_act_is_read_and_signed_as_it_was(case: Case) -> None:
    data, seed = bytes.fromhex(case["file"]), bytes.fromhex(case["seed"])
    act, key_id = read_act(data)
    assert decode_json(act_payload(act), limit_bytes=2**16) == case["said"]
    key = replace(KEY, seed=seed)
    assert key.public().key_id == key_id
    assert sign_act(act, key) == data
    assert verify_act(data, TrustedKeys([key.public()])) == act
    assert act_digest(data).hex() == case["digest"] == oracle_facilities.digest(data)
    assert oracle_facilities.act(seed, case["said"]) == data
    assert is_of_authority(act) == (act.kind in oracle_facilities.AUTHORITY_KINDS)


@pytest.mark.parametrize("case", refused("act", "malformed", "limit"))
def test_an_act_is_refused_by_its_fault(case: Case) -> None:
    with pytest.raises(Dp3tError) as failure:
        read_act(bytes.fromhex(case["file"]))
    kinds = [kind for kind in RESULTS.values() if isinstance(failure.value, kind)]
    assert kinds[0] is RESULTS[case["result"]]


@pytest.mark.parametrize("case", vector_cases("facilities", operation="chain"))
def test_a_chain_goes_on_from_the_digest_of_its_last_act(case: Case) -> None:
    files = [bytes.fromhex(file) for file in case["files"]]
    end = START
    for file in files:
        act, _ = read_act(file)
        assert act.head.place == end
        assert ActHead.at(end, region="VN-26", made=act.head.made) == act.head
        end = end.after(file)
    assert (end.number, end.previous.hex()) == (case["next"]["number"], case["next"]["previous"])
    assert oracle_facilities.chain_faults(files) == []
    assert oracle_facilities.chain_faults([files[0], files[2]]) == [1]


@pytest.mark.spec("ACT-3")
def test_no_chain_has_an_act_beyond_32_bits_or_a_digest_of_another_length() -> None:
    last = ChainEnd(2**32 - 1, sha256(b""))
    with pytest.raises(MalformedError, match="number"):
        last.after(b"")
    with pytest.raises(MalformedError, match="previous"):
        ChainEnd(1, bytes(31) + b"\1\1")


@pytest.mark.parametrize("case", vector_cases("facilities", operation="verify", result="valid"))
def test_an_act_verifies_under_the_key_that_signed_it(case: Case) -> None:
    data, [key] = bytes.fromhex(case["file"]), trusted(case)
    assert verify_act(data, TrustedKeys([key])) == read_act(data)[0]
    assert oracle_facilities.verifies(data, key.public)
    assert not oracle_facilities.verifies(data, sha256(key.public))


@pytest.mark.parametrize("case", refused("verify", "unauthentic", "malformed"))
def test_an_act_of_somebody_else_is_refused(case: Case) -> None:
    with pytest.raises(RESULTS[case["result"]]):
        verify_act(bytes.fromhex(case["file"]), trusted(case))


@pytest.mark.spec("ACT-5")
@pytest.mark.parametrize("made", [NOW - 1, NOW + 365 * 86_400])
def test_nothing_is_signed_outside_the_lifetime_of_a_key(made: int) -> None:
    with pytest.raises(UnknownKeyError):
        sign_act(replace(REKEY, head=replace(HEAD, made=Instant(made))), KEY)


@pytest.mark.spec("ACT-1")
def test_an_act_is_as_long_as_one_of_its_kind_may_be_and_no_longer() -> None:
    act = SAMPLES["checklist"]
    assert isinstance(act, ChecklistAct)
    [task, _] = act.checklist.tasks
    long = replace(task.text, vi="ế" * 300, en="ế" * 300)
    many = tuple(replace(task, task=f"t{n}", text=long) for n in range(40))
    most = replace(act, checklist=replace(act.checklist, tasks=many))
    assert MAX_FACILITY_ACT_BYTES < len(act_payload(most)) > MAX_AUTHORITY_ACT_BYTES
    with pytest.raises(LimitError, match="checklist"):
        sign_act(most, KEY)
    forged = KEY.sign(act_payload(most), context="authority act 1")
    with pytest.raises(LimitError):
        read_act(forged)
    fewer = replace(act, checklist=replace(act.checklist, tasks=many[:30]))
    assert read_act(sign_act(fewer, KEY))[0] == fewer


def attestation(**changes: Any) -> Attestation:
    fields: dict[str, Any] = {
        "head": HEAD,
        "facility": "th-1",
        "day": LocalDay(20_780),
        "checklist": 1,
        "done": (),
        "absent": (),
        "closed": False,
        "photos": (),
        "presence": b"",
        "corrects": b"",
        "words": b"",
    }
    return Attestation(**{**fields, **changes})


@pytest.mark.spec("ACT-1")
def test_a_facility_says_no_more_than_4096_bytes() -> None:
    done = tuple(Done(task=f"{n:02}" + "t" * 30, role="r" * 24, at=NOW) for n in range(40))
    photos = tuple(sha256(bytes([n])) for n in range(8))
    with pytest.raises(LimitError, match="4096"):
        sign_act(attestation(done=done, photos=photos), KEY)
    act = attestation(done=done)
    assert read_act(sign_act(act, KEY))[0] == act
    forged = KEY.sign(act_payload(attestation(done=done, photos=photos)), context="facility act 1")
    with pytest.raises(LimitError):
        read_act(forged)


@pytest.mark.spec("ACT-6")
def test_a_line_has_every_other_character() -> None:
    for line in (
        "Trường “Lê Lợi”, cơ sở 2",
        "<b>&amp;</b>",
        "学校",
        "\U0001f469\u200d\U0001f3eb",
        "a\u00a0b",
    ):
        require_line(line, longest=120, what="a line")
    require_line("😷" * 120, longest=120, what="a line")


@pytest.mark.spec("ACT-6")
@pytest.mark.parametrize(
    "line",
    [
        "Tru\u031bo\u031b\u0300ng",
        "a\ud800",
        "\u180e.",
        "\u061c.",
        "\u2028.",
        "\ufff9.",
        "a\u3164",
        "a\u115f",
        "a\u1160",
        "a\u2800",
        "a\u034f",
        "a\u17b4",
        "a\uffa0",
        "a\U000e0000",
        "a\U000e007f",
        "\u00a0",
        " \u00a0\u3000 ",
        "\u2003",
        "\u202f",
        "\u205f\u1680",
    ],
)
def test_a_line_has_no_second_form_and_nothing_that_nobody_sees(line: str) -> None:
    with pytest.raises(MalformedError) as failure:
        require_line(line, longest=120, what="a line")
    assert line not in str(failure.value)


def test_texts_are_in_two_languages() -> None:
    texts = Texts(vi="Trường", en="School")
    assert [texts.in_language(each) for each in LANGUAGES] == ["Trường", "School"]
    with pytest.raises(ValueError, match="vi and en"):
        texts.in_language("fr")


@pytest.mark.parametrize("case", vector_cases("facilities", operation="words", result="valid"))
def test_an_act_commits_to_words(case: Case) -> None:
    words = Words.of_value(case["words"])
    assert words.to_json() == case["words"]
    assert words.commitment().hex() == case["commitment"]
    assert oracle_facilities.commitment(case["words"]) == case["commitment"]
    words.require_of(bytes.fromhex(case["commitment"]))


@pytest.mark.parametrize("case", refused("words", "malformed", "unauthentic"))
def test_other_words_are_refused(case: Case) -> None:
    with pytest.raises(RESULTS[case["result"]]):
        Words.of_value(case["words"]).require_of(bytes.fromhex(case["commitment"]))


@pytest.mark.spec("ACT-8")
def test_words_have_a_salt_of_their_own() -> None:
    drawn = iter([b"a" * 16, b"b" * 16])
    first, second = (Words.write("như nhau", rand=lambda _: next(drawn)) for _ in range(2))
    assert (first.salt, second.salt) == (b"a" * 16, b"b" * 16)
    assert first.commitment() != second.commitment()


@given(st.binary(max_size=400))
def test_whatever_the_bytes_are_an_act_is_read_or_refused(data: bytes) -> None:
    signed = KEY.sign(data, context="facility act 1")
    with pytest.raises(MalformedError):
        read_act(signed)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "task", "at", "vi"]), inner, max_size=3)
    ),
    max_leaves=4,
)


@given(st.sampled_from(sorted(SAMPLES)), st.data())
def test_an_act_with_any_value_in_a_field_is_read_or_refused(
    name: str, data: st.DataObject
) -> None:
    said = cast(dict[str, Any], decode_json(act_payload(SAMPLES[name]), limit_bytes=2**16))
    said[data.draw(st.sampled_from(sorted(said)))] = data.draw(VALUES)
    try:
        payload = encode_json(said)
    except (TypeError, ValueError):
        return
    signed = KEY.sign(payload, context="facility act 1")
    try:
        found, _ = read_act(signed)
    except MalformedError:
        return
    assert act_payload(found) == payload


def test_acts_of_other_kinds_are_not_equal() -> None:
    opening = Opening(head=HEAD, facility="th-1", from_day=LocalDay(1))
    assert len({opening, REKEY}) == 2
    with pytest.raises(MalformedError, match="public"):
        replace(REKEY, public=b"")
    with pytest.raises(MalformedError, match="words"):
        Answer(head=HEAD, facility="th-1", objection=sha256(b""), words=b"")
    assert {act.kind for act in SAMPLES.values()} >= {Enrolment.kind, Attestation.kind}
    assert MAX_WORDS == 500
