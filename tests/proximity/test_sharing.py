"""spec/proximity/sharing.md: the field, shares, groups and recovery."""

from collections import Counter
from itertools import combinations, product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_sharing
from dp3t.errors import Dp3tError, MalformedError, PolicyError, TooEarlyError, VerificationError
from dp3t.proximity import sharing as face
from dp3t.proximity.advertisement import EphID
from dp3t.proximity.sharing.assembler import Assembler
from dp3t.proximity.sharing.correction import decode
from dp3t.proximity.sharing.gf256 import inverse, multiply, scale
from dp3t.proximity.sharing.polynomial import drawn, from_coefficients, through
from dp3t.proximity.sharing.share import (
    Share,
    Sharing,
    recover,
    secret_of,
    share_of,
    unambiguous,
)
from dp3t.proximity.sharing.spreader import Spreader
from dp3t.timeline import Instant
from vectors import Case, vector_cases

IDENTIFIER = EphID(bytes(range(16)))
TAG = b"tag"
ERRORS: dict[str, type[Dp3tError]] = {
    "malformed": MalformedError,
    "policy": PolicyError,
    "unauthentic": VerificationError,
}


def shares_in(case: Case) -> list[Share]:
    return [Share.decode(bytes.fromhex(data)) for data in case["service_data"]]


@pytest.mark.parametrize("case", vector_cases("sharing", operation="multiply"))
def test_a_product_is_that_of_the_vector_by_both_multiplications(case: Case) -> None:
    one, other = case["factors"]
    assert scale(one, other) == multiply(one, other) == case["product"]


@pytest.mark.parametrize("case", vector_cases("sharing", operation="multiply"))
def test_the_second_witness_multiplies_alike(case: Case) -> None:
    assert oracle_sharing.multiply(*case["factors"]) == case["product"]


@pytest.mark.spec("SHARING-2")
def test_the_whole_multiplication_table_is_that_of_long_division() -> None:
    for one, other in product(range(256), repeat=2):
        expected = oracle_sharing.multiply(one, other)
        assert multiply(one, other) == expected
        assert scale(one, other) == expected


@pytest.mark.spec("SHARING-2")
def test_every_element_but_zero_has_an_inverse() -> None:
    assert all(multiply(element, inverse(element)) == 1 for element in range(1, 256))
    with pytest.raises(ZeroDivisionError):
        inverse(0)


@pytest.mark.spec("SHARING-2")
@given(vector=st.binary(min_size=16, max_size=16), factor=st.integers(0, 255))
def test_the_sixteen_bytes_of_a_vector_do_not_touch(vector: bytes, factor: int) -> None:
    scaled = scale(int.from_bytes(vector, "big"), factor).to_bytes(16, "big")
    assert scaled == bytes(multiply(element, factor) for element in vector)


@pytest.mark.parametrize("case", vector_cases("sharing", operation="split"))
def test_a_group_is_split_as_the_vector_says(case: Case) -> None:
    polynomial = from_coefficients(
        bytes.fromhex(case["identifier"]), bytes.fromhex(case["coefficients"])
    )
    tag, places = bytes.fromhex(case["tag"]), range(1, case["shares"] + 1)
    found = [share_of(polynomial, place=place, tag=tag).encode().hex() for place in places]
    assert found == case["service_data"]
    assert recover(shares_in(case), threshold=case["threshold"]).hex() == case["identifier"]


@pytest.mark.parametrize("case", vector_cases("sharing", operation="split"))
def test_the_second_witness_splits_alike(case: Case) -> None:
    identifier, tag = bytes.fromhex(case["identifier"]), bytes.fromhex(case["tag"])
    coefficients = bytes.fromhex(case["coefficients"])
    found = oracle_sharing.split(identifier, coefficients, tag, case["shares"])
    assert [data.hex() for data in found] == case["service_data"]


@pytest.mark.parametrize("case", vector_cases("sharing", operation="split-last"))
def test_the_largest_group_ends_as_the_vector_says(case: Case) -> None:
    identifier = bytes.fromhex(case["identifier"])
    coefficients = bytes((37 * i + 11) % 256 for i in range(16 * 254))
    value = oracle_sharing.value(identifier, coefficients, 255)
    assert from_coefficients(identifier, coefficients).at(255) == int.from_bytes(value, "big")
    assert [f"ff{case['tag']}{value.hex()}"] == case["service_data"]


@pytest.mark.parametrize("case", vector_cases("sharing", operation="recover"))
def test_shares_recover_what_the_vector_says(case: Case) -> None:
    if case["result"] == "valid":
        assert recover(shares_in(case), threshold=case["threshold"]).hex() == case["identifier"]
        return
    with pytest.raises(ERRORS[case["result"]]):
        recover(shares_in(case), threshold=case["threshold"])


@pytest.mark.parametrize("case", vector_cases("sharing", operation="recover"))
def test_the_second_witness_recovers_alike_by_trying_every_set(case: Case) -> None:
    held = [bytes.fromhex(data) for data in case["service_data"]]
    points = oracle_sharing.undisputed((data[0], data[4:]) for data in held)
    enough = len(points) >= case["threshold"]
    agreed = oracle_sharing.agreed(points, case["threshold"]) if enough else None
    verdict = "valid" if agreed else "unauthentic" if enough else "policy"
    assert verdict == case["result"]
    if agreed:
        assert oracle_sharing.interpolate(agreed, 0).hex() == case["identifier"]


@pytest.mark.parametrize("case", vector_cases("sharing", operation="frame"))
def test_service_data_are_a_share_or_malformed(case: Case) -> None:
    data = bytes.fromhex(case["service_data"])
    sharing = Sharing(threshold=case["threshold"], shares=case["shares"])
    hear = Assembler(sharing).hear
    if case["result"] == "malformed":
        with pytest.raises(MalformedError):
            hear(data, at=Instant(0), rssi_dbm=-60)
        return
    share = Share.decode(data)
    assert hear(data, at=Instant(0), rssi_dbm=-60) == []
    assert (share.place, share.tag.hex(), share.value.hex()) == (
        case["place"], case["tag"], case["value"],
    )  # fmt: skip
    assert (data[0], data[1:4], data[4:]) == (share.place, share.tag, share.value)
    assert share.encode() == data


@pytest.mark.spec("SHARING-4")
@given(data=st.binary(max_size=40))
def test_any_bytes_are_a_share_or_malformed(data: bytes) -> None:
    try:
        share = Share.decode(data)
    except Dp3tError:
        assert len(data) != 20 or data[0] == 0
        return
    assert share.encode() == data


@pytest.mark.spec("SHARING-1")
@pytest.mark.parametrize(
    ("threshold", "shares"), [(1, 5), (0, 5), (-1, 5), (6, 5), (2, 256), (256, 256), (2, 1)]
)
def test_an_impossible_sharing_is_refused(threshold: int, shares: int) -> None:
    with pytest.raises(ValueError, match="threshold"):
        Sharing(threshold=threshold, shares=shares)


@pytest.mark.spec("SHARING-1")
@pytest.mark.parametrize(("threshold", "shares"), [(2, 2), (2, 255), (255, 255), (5, 16)])
def test_a_possible_sharing_spreads_and_recovers(threshold: int, shares: int) -> None:
    sharing = Sharing(threshold=threshold, shares=shares)
    spreader = Spreader(IDENTIFIER, sharing=sharing, rand=Random(1).randbytes)
    held = [Share.decode(spreader.next()) for _ in range(shares)][-threshold:]
    assert recover(held, threshold=threshold) == IDENTIFIER


@pytest.mark.parametrize("place", [0, 256, -1])
def test_a_share_elsewhere_is_a_programming_mistake(place: int) -> None:
    with pytest.raises(ValueError, match="place"):
        Share(place=place, tag=TAG, value=bytes(16))


@pytest.mark.parametrize(("tag", "value"), [(b"ta", bytes(16)), (b"tags", bytes(16)), (TAG, b"")])
def test_a_share_of_another_length_is_a_programming_mistake(tag: bytes, value: bytes) -> None:
    with pytest.raises(ValueError, match="tag"):
        Share(place=1, tag=tag, value=value)


@pytest.mark.spec("SHARING-3", "SHARING-6")
def test_a_group_is_three_and_sixteen_per_coefficient_random_bytes_as_they_come() -> None:
    asked = []

    def rand(length: int) -> bytes:
        asked.append(length)
        return Random(len(asked)).randbytes(length)

    spreader = Spreader(IDENTIFIER, sharing=Sharing(threshold=4, shares=6), rand=rand)
    group = [spreader.next() for _ in range(6)]
    assert asked == [3, 48]
    tag, coefficients = Random(1).randbytes(3), Random(2).randbytes(48)
    assert group == oracle_sharing.split(IDENTIFIER, coefficients, tag, 6)


@pytest.mark.spec("SHARING-3")
def test_a_coefficient_of_zero_is_taken_as_any_other() -> None:
    polynomial = drawn(IDENTIFIER, threshold=3, rand=bytes)
    assert {polynomial.at(place) for place in range(256)} == {int.from_bytes(IDENTIFIER, "big")}


@pytest.mark.spec("SHARING-5")
def test_groups_follow_one_another_with_places_in_order_and_all_else_fresh() -> None:
    sharing = Sharing(threshold=3, shares=5)
    spreader = Spreader(IDENTIFIER, sharing=sharing, rand=Random(2).randbytes)
    shares = [Share.decode(spreader.next()) for _ in range(20)]
    assert [share.place for share in shares] == [1, 2, 3, 4, 5] * 4
    tags = [share.tag for share in shares]
    assert [tags[at] for at in (0, 5, 10, 15)] == [tags[at + 4] for at in (0, 5, 10, 15)]
    assert len(set(tags)) == 4
    assert len({share.value for share in shares}) == 20
    for at in (0, 5, 10, 15):
        assert recover(shares[at : at + 5], threshold=3) == IDENTIFIER


@pytest.mark.spec("SHARING-5")
def test_shares_of_different_groups_do_not_combine() -> None:
    sharing = Sharing(threshold=3, shares=4)
    spreader = Spreader(IDENTIFIER, sharing=sharing, rand=Random(3).randbytes)
    shares = [Share.decode(spreader.next()) for _ in range(12)]
    mixed = [shares[0], shares[5], shares[10]]
    assert [share.place for share in mixed] == [1, 2, 3]
    assert recover(mixed, threshold=3) != IDENTIFIER


@pytest.mark.spec("SHARING-6", "SHARING-15")
def test_a_tag_depends_on_nothing_but_dice() -> None:
    sharing = Sharing(threshold=2, shares=2)
    tags = set()
    for identifier in (IDENTIFIER, EphID(bytes(16)), EphID(b"\xff" * 16)):
        spreader = Spreader(identifier, sharing=sharing, rand=Random(4).randbytes)
        tags.add(tuple(spreader.next()[1:4] for _ in range(10)))
    assert len(tags) == 1
    spreader = Spreader(IDENTIFIER, sharing=sharing, rand=Random(5).randbytes)
    assert tuple(spreader.next()[1:4] for _ in range(10)) not in tags


@pytest.mark.spec("SHARING-15")
def test_a_published_identifier_cannot_be_tested_against_too_few_shares() -> None:
    """Forbidden: k - 1 shares and their tag would fit one identifier better than another."""
    sharing = Sharing(threshold=3, shares=5)
    spreader = Spreader(IDENTIFIER, sharing=sharing, rand=Random(6).randbytes)
    heard = [Share.decode(spreader.next()).point for _ in range(2)]
    random = Random(7)
    for candidate in [IDENTIFIER, *(EphID(random.randbytes(16)) for _ in range(50))]:
        polynomial = through([*heard, (0, int.from_bytes(candidate, "big"))])
        assert all(polynomial.passes(*point) for point in heard)
        assert secret_of(polynomial) == candidate


@pytest.mark.spec("SHARING-3")
@pytest.mark.parametrize("places", [(1,), (2,), (255,)])
def test_one_share_of_two_is_as_likely_under_every_secret(places: tuple[int]) -> None:
    """Exhaustive in one byte: over all coefficients every value occurs once, for every secret."""
    for secret in range(256):
        values = Counter(secret ^ multiply(slope, places[0]) for slope in range(256))
        assert set(values.values()) == {1}
        assert len(values) == 256


@pytest.mark.spec("SHARING-3")
@pytest.mark.parametrize("places", [(1, 2), (3, 200)])
def test_two_shares_of_three_are_as_likely_under_every_secret(places: tuple[int, int]) -> None:
    """Exhaustive over both coefficients for some secrets; the shape does not depend on them."""
    here, there = places
    for secret in (0, 1, 0xFF):
        pairs = {
            (
                secret ^ multiply(a, here) ^ multiply(b, multiply(here, here)),
                secret ^ multiply(a, there) ^ multiply(b, multiply(there, there)),
            )
            for a in range(256)
            for b in range(256)
        }
        assert len(pairs) == 65536


@pytest.mark.spec("SHARING-7")
@given(
    identifier=st.binary(min_size=16, max_size=16),
    threshold=st.integers(2, 12),
    seed=st.integers(0, 2**32),
)
def test_any_k_shares_recover_the_identifier(identifier: bytes, threshold: int, seed: int) -> None:
    random = Random(seed)
    polynomial = drawn(identifier, threshold=threshold, rand=random.randbytes)
    places = random.sample(range(1, 256), threshold)
    held = [share_of(polynomial, place=place, tag=TAG) for place in places]
    assert recover(held, threshold=threshold) == identifier


@pytest.mark.spec("SHARING-7")
def test_every_choice_of_three_of_seven_recovers_the_identifier() -> None:
    polynomial = drawn(IDENTIFIER, threshold=3, rand=Random(8).randbytes)
    group = [share_of(polynomial, place=place, tag=TAG) for place in range(1, 8)]
    for held in combinations(group, 3):
        assert recover(held, threshold=3) == IDENTIFIER
    for few in combinations(group, 2):
        with pytest.raises(TooEarlyError):
            recover(few, threshold=3)


@pytest.mark.spec("SHARING-8")
@given(
    threshold=st.integers(2, 8),
    spare=st.integers(0, 12),
    excess=st.integers(0, 2),
    columns=st.sampled_from(["all", "one", "some"]),
    seed=st.integers(0, 2**32),
)
def test_wrong_shares_are_corrected_up_to_half_of_what_is_spare(
    threshold: int, spare: int, excess: int, columns: str, seed: int
) -> None:
    """Valid up to floor((m - k) / 2); beyond, the true polynomial is not claimed to be found."""
    random = Random(seed)
    identifier = random.randbytes(16)
    polynomial = drawn(identifier, threshold=threshold, rand=random.randbytes)
    places = random.sample(range(1, 256), threshold + spare)
    points = {place: polynomial.at(place) for place in places}
    wrong = min(len(points), spare // 2 + excess)
    for place in random.sample(places, wrong):
        points[place] ^= _error(columns, random)
    found = decode(points, threshold=threshold)
    if wrong <= spare // 2:
        assert found is not None
        assert [found.at(place) for place in range(256)] == [polynomial.at(p) for p in range(256)]
    if found is not None:
        off = sum(not found.passes(*point) for point in points.items())
        assert off <= spare // 2
        assert len(found.coefficients) == threshold


def _error(columns: str, random: Random) -> int:
    """Return a difference in all bytes, in one, or in each of them by a coin."""
    if columns == "all":
        return int.from_bytes(bytes(random.randrange(1, 256) for _ in range(16)), "big")
    if columns == "one":
        return random.randrange(1, 256) << 8 * random.randrange(16)
    return random.randrange(1, 2**128) & random.getrandbits(128) or 1


@pytest.mark.spec("SHARING-8")
def test_the_largest_group_is_corrected() -> None:
    random = Random(9)
    polynomial = drawn(IDENTIFIER, threshold=5, rand=random.randbytes)
    points = {place: polynomial.at(place) for place in range(1, 256)}
    for place in random.sample(sorted(points), 125):
        points[place] = int.from_bytes(random.randbytes(16), "big")
    found = decode(points, threshold=5)
    assert found is not None
    assert secret_of(found) == IDENTIFIER


@pytest.mark.spec("SHARING-8")
def test_wrong_shares_that_agree_among_themselves_are_corrected_too() -> None:
    """An attacker sends shares of a polynomial of its own under the same tag."""
    right = drawn(IDENTIFIER, threshold=3, rand=Random(10).randbytes)
    theirs = drawn(bytes(16), threshold=3, rand=Random(11).randbytes)
    points = {place: right.at(place) for place in range(1, 9)}
    points |= {place: theirs.at(place) for place in range(20, 25)}
    found = decode(points, threshold=3)
    assert found is not None
    assert secret_of(found) == IDENTIFIER
    assert decode(points | {25: theirs.at(25)}, threshold=3) is None


@pytest.mark.spec("SHARING-9")
def test_a_disputed_place_counts_as_not_heard() -> None:
    assert unambiguous([(1, 5), (2, 6), (1, 7), (2, 6)]) == {2: 6}


def test_an_identifier_of_another_length_is_a_programming_mistake() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        Spreader(EphID(bytes(15)), sharing=Sharing(threshold=2, shares=2), rand=bytes)


def test_no_secret_shows_in_a_repr() -> None:
    polynomial = drawn(IDENTIFIER, threshold=3, rand=Random(12).randbytes)
    share = share_of(polynomial, place=1, tag=TAG)
    assert str(polynomial.coefficients[0]) not in repr(polynomial)
    assert repr(share.value) not in repr(share)
    spreader = Spreader(IDENTIFIER, sharing=Sharing(threshold=2, shares=2), rand=bytes)
    assert repr(IDENTIFIER) not in repr(spreader)


def test_the_face_names_what_a_phone_needs() -> None:
    assert face.__all__ == ["Assembler", "Heard", "Share", "Sharing", "Spreader", "recover"]
    assert all(getattr(face, name).__doc__ for name in face.__all__)
