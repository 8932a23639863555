"""spec/proximity/disclosure.md: what is disclosed, how it is sealed, and who can read it."""

import inspect
from collections import Counter
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
import oracle_seal
from dp3t.codec import decode, encode, pad
from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    LimitError,
    MalformedError,
    PolicyError,
    TooEarlyError,
    VerificationError,
)
from dp3t.primitives import X25519PrivateKey, random_from_os, seal_box
from dp3t.proximity.disclosure import (
    DISCLOSURE_BYTES,
    MAX_COUNT,
    MAX_ROWS,
    Disclosure,
    Row,
    Standing,
    name_of,
)
from dp3t.proximity.encounters import AttenuationClass, Encounter
from dp3t.timeline import Day, Instant
from vectors import Case, vector_cases

TODAY = Day(18_813)
NOW = Instant(TODAY * 86_400 + 43_200)
AUTHORITY = X25519PrivateKey(bytes(range(32)))
CONTENT_BYTES = DISCLOSURE_BYTES - 48
RESULTS = {
    "malformed": MalformedError,
    "unauthentic": VerificationError,
    "policy": PolicyError,
}


def encounter(day: int = TODAY, minutes: int = 15, score: int = 15) -> Encounter:
    return Encounter(Day(day), minutes, AttenuationClass.NEAR, score)


def disclosed(*encounters: Encounter, days: tuple[int, ...] = (TODAY,), **more: Any) -> Disclosure:
    options: dict[str, Any] = {
        "standing": Standing.CASE,
        "reference": "7K2-4411",
        "now": NOW,
        "retention_days": 14,
        **more,
    }
    return Disclosure.of(encounters, days=[Day(day) for day in days], **options)


def content_of(sealed: bytes) -> bytes:
    """Return the padded content, by the second witness."""
    return oracle_seal.seal_open(AUTHORITY.to_bytes(), sealed)


@st.composite
def encounters(draw: st.DrawFn) -> Encounter:
    minutes = draw(st.integers(1, 24)) * 5
    nearness = draw(st.sampled_from(AttenuationClass))
    unknown = nearness is AttenuationClass.UNKNOWN
    score = 0 if unknown else draw(st.integers(0, minutes // 5)) * 5
    return Encounter(Day(TODAY - draw(st.integers(0, 14))), minutes, nearness, score)


class TestVectors:
    """The cases of the vector file, and the second witness."""

    @pytest.mark.parametrize("case", vector_cases("disclosure", operation="open", result="valid"))
    def test_a_disclosure_opens(self, case: Case) -> None:
        private = X25519PrivateKey(bytes.fromhex(case["private_key"]))
        sealed = bytes.fromhex(case["sealed"])
        found = Disclosure.open(sealed, private, now=Instant(case["now"]))
        padded = oracle_seal.seal_open(private.to_bytes(), sealed)
        assert len(padded) == CONTENT_BYTES
        content = padded.rstrip(b"\0")[:-1]
        assert oracle.msgpack_encode(found.to_value()) == content
        if "disclosure" not in case:
            return
        assert found.to_value() == case["disclosure"]
        assert content.hex() == case["content"]
        public, ephemeral = bytes.fromhex(case["public_key"]), bytes.fromhex(case["ephemeral_key"])
        assert oracle_seal.seal(public, padded, ephemeral) == sealed
        assert found.seal(private.public(), rand=lambda _: ephemeral) == sealed

    @pytest.mark.parametrize(
        "case",
        [
            case
            for result in RESULTS
            for case in vector_cases("disclosure", operation="open", result=result)
        ],
    )
    def test_a_seal_with_one_fault_is_refused(self, case: Case) -> None:
        private = X25519PrivateKey(bytes.fromhex(case["private_key"]))
        sealed = bytes.fromhex(case["sealed"])
        with pytest.raises(RESULTS[case["result"]]):
            Disclosure.open(sealed, private, now=Instant(case["now"]))
        if case["result"] == "unauthentic" and any(sealed[:32]):
            with pytest.raises(oracle_seal.OracleError):
                oracle_seal.seal_open(private.to_bytes(), sealed)

    @pytest.mark.parametrize("case", vector_cases("disclosure", operation="read"))
    def test_a_map_with_one_fault_is_refused(self, case: Case) -> None:
        content = bytes.fromhex(case["content"])
        with pytest.raises(MalformedError):
            Disclosure.from_value(decode(content, limit_bytes=CONTENT_BYTES))
        padded = pad(content, to_bytes=CONTENT_BYTES)
        sealed = seal_box(AUTHORITY.public(), padded, rand=random_from_os)
        with pytest.raises(MalformedError):
            Disclosure.open(sealed, AUTHORITY, now=Instant(case["now"]))


class TestChoosing:
    """Nothing is disclosed that its person did not name."""

    @pytest.mark.spec("DISCLOSURE-5")
    def test_days_standing_and_reference_have_no_default(self) -> None:
        parameters = inspect.signature(Disclosure.of).parameters
        for name in ("days", "standing", "reference", "now", "retention_days"):
            assert parameters[name].default is inspect.Parameter.empty
            assert parameters[name].kind is inspect.Parameter.KEYWORD_ONLY

    @pytest.mark.spec("DISCLOSURE-6")
    @pytest.mark.parametrize(
        "days", [(), (TODAY + 1,), (TODAY - 15,), (TODAY - 15, TODAY), (TODAY, TODAY + 1)]
    )
    def test_no_day_or_one_outside_what_is_kept_is_refused(self, days: tuple[int, ...]) -> None:
        with pytest.raises(PolicyError, match="day"):
            disclosed(encounter(), days=days)

    @pytest.mark.spec("DISCLOSURE-6")
    @pytest.mark.parametrize("day", [TODAY - 14, TODAY])
    def test_the_oldest_day_kept_and_today_can_be_chosen(self, day: int) -> None:
        assert disclosed(encounter(day), days=(day,)).rows == (Row(encounter(day), 1),)

    @pytest.mark.spec("DISCLOSURE-4")
    def test_encounters_of_other_days_stay_on_the_phone(self) -> None:
        found = disclosed(
            *(encounter(TODAY - age) for age in range(15)), days=(TODAY - 3, TODAY, TODAY - 3)
        )
        assert found.days == (TODAY - 3, TODAY)
        assert {row.encounter.day for row in found.rows} == {TODAY - 3, TODAY}
        assert found.omitted == 0

    @pytest.mark.spec("DISCLOSURE-7")
    def test_a_chosen_day_without_an_encounter_is_told_from_one_not_chosen(self) -> None:
        found = disclosed(days=(TODAY - 1,))
        sealed = found.seal(AUTHORITY.public(), rand=random_from_os)
        assert Disclosure.open(sealed, AUTHORITY, now=NOW).days == (TODAY - 1,)

    @pytest.mark.spec("DISCLOSURE-7")
    @pytest.mark.parametrize("reference", ["", "a", "7K2 4411", "A" * 17, "7K2\n", "Đ"])
    def test_a_reference_of_another_form_is_malformed(self, reference: str) -> None:
        with pytest.raises(MalformedError, match="reference"):
            disclosed(encounter(), reference=reference)

    @pytest.mark.parametrize(
        "more",
        [
            {"retention_days": 0},
            {"retention_days": 64},
            {"validity_days": 0},
            {"validity_days": 31},
        ],
    )
    def test_a_parameter_out_of_range_is_a_programming_mistake(self, more: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="disclosure keeps"):
            disclosed(encounter(), **more)


class TestRows:
    """Rows count alike encounters; their order tells nothing."""

    @pytest.mark.spec("DISCLOSURE-7")
    @given(found=st.lists(encounters(), max_size=60), data=st.data())
    def test_any_order_of_encounters_gives_the_same_bytes(
        self, found: list[Encounter], data: st.DataObject
    ) -> None:
        days = tuple(TODAY - age for age in range(15))
        other = data.draw(st.permutations(found))
        one = disclosed(*found, days=days)
        assert encode(one.to_value()) == encode(disclosed(*other, days=days).to_value())
        assert Counter({row.encounter: row.count for row in one.rows}) == Counter(found)
        sealed = one.seal(AUTHORITY.public(), rand=random_from_os)
        assert Disclosure.open(sealed, AUTHORITY, now=NOW) == one

    @pytest.mark.spec("DISCLOSURE-8")
    def test_where_rows_are_too_many_the_strongest_stay_and_the_rest_is_counted(self) -> None:
        classes = (AttenuationClass.NEAR, AttenuationClass.MEDIUM, AttenuationClass.FAR)
        every = [
            Encounter(Day(TODAY - age), minutes, nearness, score)
            for age in range(15)
            for nearness in classes
            for minutes in (5, 10, 15)
            for score in range(0, minutes + 1, 5)
        ]
        found = disclosed(*every, *every, days=tuple(TODAY - age for age in range(15)))
        kept = {row.encounter for row in found.rows}
        assert len(every) > len(kept) == MAX_ROWS
        assert found.omitted == 2 * (len(every) - MAX_ROWS)
        by_strength = sorted(
            every, key=lambda e: (-e.score, -e.minutes, -e.day, e.attenuation_class)
        )
        assert kept == set(by_strength[:MAX_ROWS])
        assert len(found.seal(AUTHORITY.public(), rand=random_from_os)) == DISCLOSURE_BYTES

    @pytest.mark.spec("DISCLOSURE-8")
    def test_a_row_counts_so_many_and_the_rest_is_omitted(self) -> None:
        found = disclosed(*[encounter()] * (MAX_COUNT + 3))
        assert found.rows == (Row(encounter(), MAX_COUNT),)
        assert found.omitted == 3


class TestSeal:
    """Whoever carries it sees 4096 bytes."""

    @pytest.mark.spec("DISCLOSURE-9")
    @given(
        found=st.lists(encounters(), max_size=100),
        reference=st.from_regex("[0-9A-Z-]{1,16}", fullmatch=True),
    )
    def test_every_disclosure_has_one_length_and_no_two_are_alike(
        self, found: list[Encounter], reference: str
    ) -> None:
        one = disclosed(*found, days=tuple(range(TODAY - 14, TODAY + 1)), reference=reference)
        sealed = {one.seal(AUTHORITY.public(), rand=random_from_os) for _ in range(2)}
        assert {len(each) for each in sealed} == {DISCLOSURE_BYTES}
        assert len({each[:32] for each in sealed}) == 2
        assert {len(content_of(each)) for each in sealed} == {CONTENT_BYTES}

    @pytest.mark.spec("DISCLOSURE-9")
    def test_what_nobody_could_read_is_not_sealed(self) -> None:
        worse = Disclosure(
            standing=Standing.CASE,
            reference="7K2-4411",
            issued=TODAY,
            expires=Day(TODAY + 99),
            days=(TODAY,),
            rows=(),
            omitted=0,
        )
        with pytest.raises(MalformedError):
            worse.seal(AUTHORITY.public(), rand=random_from_os)

    @pytest.mark.spec("DISCLOSURE-11")
    def test_the_wrong_key_opens_nothing(self) -> None:
        sealed = disclosed(encounter()).seal(AUTHORITY.public(), rand=random_from_os)
        with pytest.raises(VerificationError):
            Disclosure.open(sealed, X25519PrivateKey(bytes(32)), now=NOW)

    @pytest.mark.spec("DISCLOSURE-11")
    @given(place=st.integers(0, 8 * DISCLOSURE_BYTES - 1))
    def test_any_flipped_bit_is_noticed(self, place: int) -> None:
        sealed = bytearray(disclosed(encounter()).seal(AUTHORITY.public(), rand=random_from_os))
        sealed[place // 8] ^= 1 << place % 8
        with pytest.raises(VerificationError):
            Disclosure.open(bytes(sealed), AUTHORITY, now=NOW)

    @pytest.mark.spec("DISCLOSURE-11")
    @given(sealed=st.binary(max_size=100) | st.binary(min_size=4096, max_size=4096))
    def test_any_bytes_end_in_one_of_our_errors(self, sealed: bytes) -> None:
        with pytest.raises((MalformedError, VerificationError)):
            Disclosure.open(sealed, AUTHORITY, now=NOW)

    @pytest.mark.spec("DISCLOSURE-11")
    @given(
        content=st.binary(min_size=4048, max_size=4048)
        | st.binary(max_size=300).map(lambda some: pad(some, to_bytes=CONTENT_BYTES))
    )
    def test_any_content_ends_in_a_value_or_one_of_our_errors(self, content: bytes) -> None:
        """Whoever knows the public key can seal anything."""
        sealed = seal_box(AUTHORITY.public(), content, rand=random_from_os)
        with pytest.raises(MalformedError):
            Disclosure.open(sealed, AUTHORITY, now=NOW)

    @pytest.mark.spec("DISCLOSURE-7")
    @given(data=st.data())
    def test_a_damaged_map_ends_in_a_value_or_one_of_our_errors(self, data: st.DataObject) -> None:
        content = bytearray(encode(disclosed(encounter(), encounter(minutes=20)).to_value()))
        for _ in range(data.draw(st.integers(1, 3))):
            content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
        padded = pad(bytes(content), to_bytes=CONTENT_BYTES)
        sealed = seal_box(AUTHORITY.public(), padded, rand=random_from_os)
        try:
            found = Disclosure.open(sealed, AUTHORITY, now=NOW)
        except Dp3tError:
            return
        assert encode(found.to_value()) == content

    def test_rows_beyond_the_limit_are_refused_as_too_many(self) -> None:
        value = {"rows": [[0, 5, 0, 0, 1]] * (MAX_ROWS + 1)}
        good = disclosed(encounter()).to_value()
        assert isinstance(good, dict)
        with pytest.raises(LimitError):
            Disclosure.from_value({**good, **value})

    @pytest.mark.spec("DISCLOSURE-12")
    def test_it_can_be_read_until_its_days_are_over_and_not_before_it_was_made(self) -> None:
        found = disclosed(encounter())
        sealed = found.seal(AUTHORITY.public(), rand=random_from_os)
        end, start = (TODAY + 8) * 86_400, TODAY * 86_400
        assert found.expires == TODAY + 8
        for now in (start - 7200, start, end - 1):
            assert Disclosure.open(sealed, AUTHORITY, now=Instant(now)) == found
        with pytest.raises(ExpiredError):
            Disclosure.open(sealed, AUTHORITY, now=Instant(end))
        with pytest.raises(TooEarlyError):
            Disclosure.open(sealed, AUTHORITY, now=Instant(start - 7201))

    @pytest.mark.spec("DISCLOSURE-12")
    @pytest.mark.parametrize("days", [1, 30])
    def test_a_health_authority_can_choose_for_how_long(self, days: int) -> None:
        found = disclosed(encounter(), validity_days=days)
        sealed = found.seal(AUTHORITY.public(), rand=random_from_os)
        last = Instant((TODAY + days + 1) * 86_400 - 1)
        assert Disclosure.open(sealed, AUTHORITY, now=last) == found
        with pytest.raises(ExpiredError):
            Disclosure.open(sealed, AUTHORITY, now=Instant(last + 1))

    @pytest.mark.spec("DISCLOSURE-13")
    def test_a_repeat_has_the_same_name_and_a_second_sealing_another(self) -> None:
        found = disclosed(encounter())
        one, other = (found.seal(AUTHORITY.public(), rand=random_from_os) for _ in range(2))
        assert name_of(one) == name_of(bytes(one)) == sha256(one).hexdigest()
        assert name_of(one) != name_of(other)


@pytest.mark.spec("DISCLOSURE-1")
def test_the_repr_of_a_disclosure_says_nothing_about_its_person() -> None:
    shown = repr(disclosed(encounter(TODAY - 2), days=(TODAY - 2,)))
    assert "7K2-4411" not in shown
    assert str(TODAY - 2) not in shown
    assert "near" not in shown.lower()
