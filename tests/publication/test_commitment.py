"""spec/publication/commitment.md: hashes, QR codes, statements and openings as bytes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_commitment
from dp3t.codec import decode, encode
from dp3t.errors import (
    Dp3tError,
    ExpiredError,
    MalformedError,
    TooEarlyError,
    UnknownKeyError,
    UnsupportedVersionError,
)
from dp3t.publication.authorization import UploadCode, authorization_of
from dp3t.publication.commitment import (
    HEADER_BYTES,
    MAX_DAYS,
    Commitment,
    Openings,
    commitment_digest,
    day_hash,
)
from dp3t.publication.statement import MAX_STATEMENT_BYTES, Statement
from dp3t.timeline import Day, Instant
from publication_cases import DAY, NOON, REFUSALS, SIGNER, TRUSTED, altered, keys_of, signer
from vectors import Case, vector_cases

TODAY = Day(NOON // DAY)
CODE = "0123456789012345678968"
hash_lists = st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=15, unique=True)


def committed(days: int = 15) -> Commitment:
    hashes = tuple(bytes([n]) * 32 for n in range(days))
    return Commitment(design="gaen", first_day=Day(TODAY - days + 1), hashes=hashes)


def stated(first_day: int = TODAY - 3, *, now: int = NOON, hours: int = 24) -> Statement:
    return Statement.authorize(
        committed(),
        region="VN",
        first_day=Day(first_day),
        now=Instant(now),
        lifetime_hours=hours,
    )


@pytest.mark.parametrize("case", vector_cases("commitment", operation="hash"))
def test_a_day_has_the_hash_that_both_witnesses_compute(case: Case) -> None:
    keys = [(number, bytes.fromhex(key)) for number, key in case["keys"]]
    random = bytes.fromhex(case["random"])
    ours = day_hash(
        design=case["design"],
        day=Day(case["day"]),
        random=random,
        keys=[encode([number, key]) for number, key in keys],
    )
    assert ours.hex() == case["hash"]
    assert ours == oracle_commitment.day_hash(case["design"], case["day"], random, keys)


@pytest.mark.parametrize("case", vector_cases("commitment", operation="qr", result="valid"))
def test_a_commitment_is_read_to_its_fields_and_both_witnesses_write_it(case: Case) -> None:
    encoded, hashes = bytes.fromhex(case["encoded"]), tuple(map(bytes.fromhex, case["hashes"]))
    commitment = Commitment.decode(encoded)
    assert (commitment.design, commitment.first_day) == (case["design"], case["first_day"])
    assert commitment.hashes == hashes
    assert commitment.encode() == encoded
    assert encoded == oracle_commitment.qr(case["design"], case["first_day"], hashes)


@pytest.mark.parametrize("case", vector_cases("commitment", operation="qr", result="malformed"))
def test_a_commitment_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        Commitment.decode(bytes.fromhex(case["encoded"]))


@pytest.mark.parametrize("case", vector_cases("commitment", operation="statement"))
def test_a_statement_is_taken_or_refused_as_the_case_says(case: Case) -> None:
    file, authorities = bytes.fromhex(case["file"]), keys_of(case["trusted"])
    if case["result"] != "valid":
        with pytest.raises(REFUSALS[case["result"]]):
            Statement.open(file, authorities=authorities, region=case["region"], now=case["now"])
        return
    statement = Statement.open(
        file, authorities=authorities, region=case["region"], now=case["now"]
    )
    if "seed" in case:
        hashes = [bytes.fromhex(each) for each in case["hashes"]]
        assert list(statement.hashes) == hashes
        assert file == oracle_commitment.statement(
            bytes.fromhex(case["seed"]),
            design=statement.design,
            region=case["region"],
            first_day=statement.first_day,
            hashes=hashes,
            issued=case["issued"],
            expires=case["expires"],
        )


@pytest.mark.parametrize("case", vector_cases("commitment", operation="openings", result="valid"))
def test_openings_are_read_and_bound_as_both_witnesses_do(case: Case) -> None:
    encoded, randoms = bytes.fromhex(case["encoded"]), list(map(bytes.fromhex, case["randoms"]))
    body = bytes.fromhex(case["body"]).ljust(case["body_bytes"], b"\0")
    openings = authorization_of(decode(encoded, limit_bytes=4096))
    assert isinstance(openings, Openings)
    assert dict(openings.items()) == dict(zip(case["days"], randoms, strict=True))
    assert (
        encode(openings.to_value()) == encoded == oracle_commitment.openings(case["days"], randoms)
    )
    bindings = [each.hex() for each in openings.bindings(body).values()]
    assert bindings == case["bindings"]
    assert bindings == [oracle_commitment.binding(random, body).hex() for random in randoms]
    key, value = bytes.fromhex(case["key"]), bytes.fromhex(case["hash"])
    assert commitment_digest(value, key=key).hex() == case["digest"]
    assert oracle_commitment.stored(key, value).hex() == case["digest"]


@pytest.mark.parametrize(
    "case", vector_cases("commitment", operation="openings", result="malformed")
)
def test_an_authorisation_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        authorization_of(decode(bytes.fromhex(case["encoded"]), limit_bytes=4096))


@pytest.mark.spec("AUTHORIZATION-7")
def test_a_code_stands_in_an_upload_as_both_witnesses_write_it() -> None:
    encoded = encode(UploadCode(CODE).to_value())
    assert encoded == oracle_commitment.code(CODE)
    assert authorization_of(decode(encoded, limit_bytes=100)) == UploadCode(CODE)


class TestHash:
    """Another anything is another hash."""

    @pytest.mark.spec("COMMITMENT-1")
    def test_each_part_changes_the_hash(self) -> None:
        keys = [encode([1, bytes(16)]), encode([2, bytes(16)])]
        variants = [
            ("gaen", 5, bytes(32), keys),
            ("hybrid", 5, bytes(32), keys),
            ("gaen", 6, bytes(32), keys),
            ("gaen", 5, b"\1" + bytes(31), keys),
            ("gaen", 5, bytes(32), keys[:1]),
            ("gaen", 5, bytes(32), []),
            ("gaen", 5, bytes(32), [b"".join(keys)]),
            ("gaen", 5, bytes(32), [keys[0] + keys[1][:1], keys[1][1:]]),
        ]
        hashes = {
            day_hash(design=design, day=Day(day), random=random, keys=some)
            for design, day, random, some in variants
        }
        assert len(hashes) == len(variants)

    @pytest.mark.spec("COMMITMENT-1")
    def test_the_order_of_keys_does_not_matter_and_a_key_stands_once(self) -> None:
        def of(*keys: bytes) -> bytes:
            return day_hash(design="gaen", day=Day(1), random=bytes(32), keys=keys)

        assert of(b"a", b"b") == of(b"b", b"a")
        with pytest.raises(MalformedError, match="twice"):
            of(b"a", b"b", b"a")

    @pytest.mark.parametrize("length", [0, 31, 33])
    def test_random_bytes_of_another_length_are_refused(self, length: int) -> None:
        with pytest.raises(MalformedError, match="32"):
            day_hash(design="gaen", day=Day(1), random=bytes(length), keys=[])


class TestQrCode:
    """Five hundred bytes."""

    @pytest.mark.spec("COMMITMENT-4")
    def test_a_commitment_fits_into_the_qr_codes_that_the_chapter_names(self) -> None:
        """ISO/IEC 18004: in byte mode, from version 10 on, all data codewords but 2.5 carry."""
        data_codewords = {"15-L": 523, "17-M": 507, "33-L": 2071}
        capacity = {name: (8 * words - 4 - 16) // 8 for name, words in data_codewords.items()}
        assert capacity == {"15-L": 520, "17-M": 504, "33-L": 2068}
        assert len(committed(15).encode()) == HEADER_BYTES + 15 * 32 == 500 <= capacity["17-M"]
        assert len(committed(MAX_DAYS).encode()) == 2068 <= capacity["33-L"]
        assert [17 + 4 * version for version in (15, 17, 33)] == [77, 85, 149]

    @pytest.mark.spec("COMMITMENT-4", "COMMITMENT-5")
    @given(hashes=hash_lists, first_day=st.integers(0, 40_000))
    def test_what_is_written_is_read(self, hashes: list[bytes], first_day: int) -> None:
        commitment = Commitment(design="hybrid", first_day=Day(first_day), hashes=tuple(hashes))
        assert Commitment.decode(commitment.encode()) == commitment

    @pytest.mark.spec("COMMITMENT-5")
    @given(data=st.binary(max_size=100) | altered(committed(3).encode()))
    def test_any_bytes_are_refused_or_the_one_encoding_of_a_commitment(self, data: bytes) -> None:
        try:
            commitment = Commitment.decode(data)
        except Dp3tError:
            return
        assert commitment.encode() == data

    @pytest.mark.spec("CODEC-8")
    def test_a_later_version_is_refused_by_that_name(self) -> None:
        with pytest.raises(UnsupportedVersionError, match="version 2"):
            Commitment.decode(b"\2" + committed().encode()[1:])


class TestStatement:
    """The authority's word."""

    @pytest.mark.spec("COMMITMENT-7")
    @pytest.mark.parametrize("first_day", range(TODAY - 20, TODAY + 1))
    def test_it_covers_every_day_from_the_first_contagious_one_to_the_test(
        self, first_day: int
    ) -> None:
        statement = stated(first_day)
        covered = range(max(first_day, TODAY - 14), TODAY + 1)
        assert statement.first_day == covered[0]
        assert statement.hashes == committed().hashes[-len(covered) :]

    @pytest.mark.spec("COMMITMENT-7")
    def test_a_first_contagious_day_after_the_test_is_refused(self) -> None:
        with pytest.raises(TooEarlyError, match="after the test"):
            stated(TODAY + 1)

    @pytest.mark.spec("COMMITMENT-7", "COMMITMENT-9")
    def test_a_test_in_the_future_is_refused(self) -> None:
        with pytest.raises(MalformedError, match="no day after"):
            stated(TODAY - 3, now=NOON - DAY)

    @pytest.mark.parametrize(
        ("now", "hours", "seconds"),
        [(NOON, 2, 7200), (NOON, 1, 7200), (NOON, 3, 14_400), (NOON + 1, 2, 14_400)],
    )
    def test_it_is_good_for_at_least_the_time_wanted_in_steps_of_two_hours(
        self, now: int, hours: int, seconds: int
    ) -> None:
        statement = stated(now=now, hours=hours)
        assert (statement.issued, statement.expires) == (NOON, NOON + seconds)

    @pytest.mark.spec("COMMITMENT-9")
    @pytest.mark.parametrize("hours", [0, -2, 337])
    def test_a_lifetime_out_of_range_is_refused(self, hours: int) -> None:
        with pytest.raises(MalformedError, match="14 days"):
            stated(hours=hours)

    @pytest.mark.spec("COMMITMENT-10")
    def test_an_expired_statement_is_refused(self) -> None:
        file = stated().sign(SIGNER)
        assert (
            Statement.open(file, authorities=TRUSTED, region="VN", now=Instant(NOON + DAY - 1))
            == stated()
        )
        with pytest.raises(ExpiredError):
            Statement.open(file, authorities=TRUSTED, region="VN", now=Instant(NOON + DAY))

    @pytest.mark.spec("COMMITMENT-10")
    def test_a_stolen_key_that_has_ended_signs_nothing_whatever_date_it_writes(self) -> None:
        stolen = signer(7, ends=NOON + DAY)
        file = stated(hours=300).sign(stolen)
        trusted = keys_of(
            [{"public": stolen.public().public.hex(), "valid_from": 0, "valid_until": NOON + DAY}]
        )
        Statement.open(file, authorities=trusted, region="VN", now=Instant(NOON + DAY - 1))
        with pytest.raises(UnknownKeyError):
            Statement.open(file, authorities=trusted, region="VN", now=Instant(NOON + DAY))

    def test_the_longest_statement_fits(self) -> None:
        hashes = tuple(bytes([n]) * 32 for n in range(MAX_DAYS))
        first_day = Day(TODAY - MAX_DAYS + 1)
        longest = replace(
            stated(), design="x" * 16, region="X" * 16, hashes=hashes, first_day=first_day
        )
        file = longest.sign(SIGNER)
        assert len(file) < MAX_STATEMENT_BYTES
        assert Statement.open(file, authorities=TRUSTED, region="X" * 16, now=NOON) == longest

    @pytest.mark.spec("COMMITMENT-10")
    @given(data=st.binary(max_size=200) | altered(stated().sign(SIGNER)))
    def test_any_other_bytes_are_refused_with_an_error_of_ours(self, data: bytes) -> None:
        with pytest.raises(Dp3tError):
            Statement.open(data, authorities=TRUSTED, region="VN", now=NOON)

    @pytest.mark.spec("COMMITMENT-9")
    @given(data=altered(stated().encode()))
    def test_an_altered_payload_is_refused_or_the_one_encoding_of_another(
        self, data: bytes
    ) -> None:
        try:
            statement = Statement.decode(data)
        except Dp3tError:
            return
        assert statement.encode() == data


class TestOpenings:
    """What opens a commitment."""

    @pytest.mark.spec("COMMITMENT-8")
    @given(days=st.lists(st.integers(0, 40_000), min_size=1, max_size=64, unique=True))
    def test_openings_are_read_back(self, days: list[int]) -> None:
        ordered = tuple(map(Day, sorted(days)))
        randoms = tuple(day.to_bytes(32, "big") for day in ordered)
        openings = Openings(days=ordered, randoms=randoms)
        assert authorization_of(openings.to_value()) == openings

    @pytest.mark.spec("COMMITMENT-6")
    def test_openings_hide_their_random_bytes(self) -> None:
        assert "AAAA" not in repr(Openings(days=(Day(1),), randoms=(b"A" * 32,)))

    @pytest.mark.spec("COMMITMENT-13")
    def test_the_days_of_an_upload_have_bindings_that_nobody_can_join(self) -> None:
        openings = Openings(days=(Day(1), Day(2)), randoms=(bytes(32), b"\1" * 32))
        bindings = openings.bindings(b"body")
        assert len(set(bindings.values())) == 2
        assert set(openings.bindings(b"another").values()).isdisjoint(bindings.values())
