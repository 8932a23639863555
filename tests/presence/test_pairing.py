"""spec/presence/pairing.md: scalars, points of both groups, and the pairing."""

import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import oracle_pairing as oracle
from dp3t.errors import MalformedError
from dp3t.presence.pairing import (
    G1_BYTES,
    G2_BYTES,
    ORDER,
    SCALAR_BYTES,
    G1Point,
    G2Point,
    Scalar,
    has_logarithm,
    pairing_digest,
)
from vectors import Case, load, vector_cases

GROUPS: dict[int, type[G1Point] | type[G2Point]] = {1: G1Point, 2: G2Point}
DECODE = {1: oracle.decode_g1, 2: oracle.decode_g2}
ENCODE = {1: oracle.encode_g1, 2: oracle.encode_g2}
SMALL_ORDERS = [
    case for case in vector_cases("pairing", operation="point") if "of-order" in str(case.id)
]
COFACTOR_PRIMES = [(1, prime) for prime in (3, 11, 10_177, 859_267, 52_437_899)] + [
    (2, prime) for prime in (13, 23, 2_713, 11_953, 262_069)
]
GENERATOR = oracle.encode_g1(oracle.GENERATOR_G1)


def octets(case: Case, *names: str) -> list[bytes]:
    return [bytes.fromhex(case[name]) for name in names]


def number(scalar: bytes) -> int:
    return int.from_bytes(scalar, "little")


class TestScalars:
    @pytest.mark.parametrize("case", vector_cases("pairing", operation="scalar", result="valid"))
    def test_a_scalar_is_read_and_written(self, case: Case) -> None:
        (data,) = octets(case, "scalar")
        assert Scalar.from_bytes(data).to_bytes() == data
        assert 0 < number(data) < oracle.ORDER == ORDER

    @pytest.mark.parametrize(
        "case", vector_cases("pairing", operation="scalar", result="malformed")
    )
    def test_what_is_no_scalar_is_refused(self, case: Case) -> None:
        with pytest.raises(MalformedError):
            Scalar.from_bytes(bytes.fromhex(case["scalar"]))

    @pytest.mark.spec("PAIRING-2")
    @given(st.binary(max_size=40) | st.binary(min_size=32, max_size=32))
    def test_any_bytes_are_a_scalar_or_malformed(self, data: bytes) -> None:
        try:
            assert Scalar.from_bytes(data).to_bytes() == data
        except MalformedError:
            assert len(data) != SCALAR_BYTES or not 0 < number(data) < oracle.ORDER

    @pytest.mark.parametrize("case", vector_cases("pairing", operation="hash-to-scalar"))
    def test_the_scalar_of_a_hash_is_mcls(self, case: Case) -> None:
        (data,) = octets(case, "data")
        assert Scalar.of_hash(data).to_bytes().hex() == case["scalar"]
        assert oracle.scalar_of_hash(data) == number(bytes.fromhex(case["scalar"]))

    @pytest.mark.spec("PAIRING-5")
    @given(st.binary(max_size=100))
    def test_the_scalar_of_any_hash_is_the_oracles(self, data: bytes) -> None:
        assert number(Scalar.of_hash(data).to_bytes()) == oracle.scalar_of_hash(data)

    @pytest.mark.spec("PAIRING-4")
    def test_a_scalar_is_drawn_until_one_is_in_range(self) -> None:
        """The highest bit does not count; zero, r, and r with the highest bit are drawn again."""
        draws = [
            bytes(32),
            ORDER.to_bytes(32, "little"),
            (ORDER | 1 << 255).to_bytes(32, "little"),
            (ORDER - 1 | 1 << 255).to_bytes(32, "little"),
        ]
        asked: list[int] = []

        def rand(length: int) -> bytes:
            asked.append(length)
            return draws[len(asked) - 1]

        assert Scalar.generate(rand=rand) == Scalar(ORDER - 1)
        assert asked == [32] * 4

    @pytest.mark.spec("PAIRING-4")
    def test_a_scalar_in_range_is_taken_as_drawn(self) -> None:
        drawn = Random(1).randbytes(31) + b"\0"
        assert Scalar.generate(rand=lambda _: drawn).to_bytes() == drawn

    @pytest.mark.parametrize("wrong", [0, -1, ORDER, ORDER + 1])
    def test_a_number_out_of_range_is_a_mistake_of_the_program(self, wrong: int) -> None:
        with pytest.raises(ValueError, match="r - 1"):
            Scalar(wrong)

    def test_a_scalar_hides_and_compares_by_its_number(self) -> None:
        scalar, same = Scalar(77), Scalar(77)
        assert (scalar == same, hash(scalar) == hash(same), scalar == Scalar(78)) == (
            True,
            True,
            False,
        )
        assert scalar != 77
        assert repr(scalar) == str(scalar) == "Scalar(hidden)"


class TestPoints:
    @pytest.mark.parametrize("case", vector_cases("pairing", operation="point", result="valid"))
    def test_a_point_is_read_and_written(self, case: Case) -> None:
        (data,) = octets(case, "point")
        point = GROUPS[case["group"]].from_bytes(data)
        assert point.to_bytes() == data
        assert ENCODE[case["group"]](DECODE[case["group"]](data)) == data

    @pytest.mark.parametrize("case", vector_cases("pairing", operation="point", result="malformed"))
    def test_what_is_no_point_of_the_group_is_refused_by_both_witnesses(self, case: Case) -> None:
        (data,) = octets(case, "point")
        with pytest.raises(MalformedError):
            GROUPS[case["group"]].from_bytes(data)
        with pytest.raises(oracle.OracleError):
            DECODE[case["group"]](data)

    @pytest.mark.parametrize("case", SMALL_ORDERS)
    def test_a_point_of_small_order_has_the_order_that_its_case_says(self, case: Case) -> None:
        """So these are points of the curve, and nothing but their order refuses them."""
        (point,) = (p for p in on_curve(case) if ENCODE[case["group"]](p).hex() == case["point"])
        assert oracle.has_order(point, case["order"])

    @pytest.mark.parametrize("group", [1, 2])
    def test_points_of_the_curve_outside_the_group_are_of_no_small_order_alone(
        self, group: int
    ) -> None:
        """The generator plus a point of small order passes any check of small orders only."""
        names = {f"g{group}-outside-the-group"} | {
            f"g{group}-generator-plus-order-{order}" for order in ([3, 11] if group == 1 else [13])
        }
        cases = [case for case in load("pairing")["cases"] if case["id"] in names]
        assert len(cases) == len(names)
        for case in cases:
            for point in on_curve(case):
                assert not oracle.has_order(point, oracle.ORDER)
                cofactor = oracle.COFACTOR_G1 if group == 1 else oracle.COFACTOR_G2
                assert oracle.has_order(point, oracle.ORDER * cofactor)

    @pytest.mark.spec("PAIRING-3")
    @pytest.mark.parametrize(("group", "order"), COFACTOR_PRIMES)
    def test_no_point_with_a_part_of_small_order_enters(self, group: int, order: int) -> None:
        """For every prime below 2^30 that divides a cofactor, alone and beside the generator."""
        small = of_order(order, group=group)
        generator = oracle.GENERATOR_G1 if group == 1 else oracle.GENERATOR_G2
        for point in (small, oracle.add(generator, small)):
            with pytest.raises(MalformedError):
                GROUPS[group].from_bytes(ENCODE[group](point))

    @pytest.mark.spec("PAIRING-3")
    @settings(max_examples=30)
    @given(x=st.integers(0, 2**384 - 1), other=st.integers(0, 2**384 - 1))
    def test_any_bytes_are_a_point_or_malformed(self, x: int, other: int) -> None:
        data = x.to_bytes(48, "little") + other.to_bytes(48, "little")
        for kind, piece in ((G1Point, data[:48]), (G2Point, data), (G1Point, data), (G2Point, b"")):
            try:
                assert kind.from_bytes(piece).to_bytes() == piece
            except MalformedError:
                with pytest.raises(oracle.OracleError):
                    DECODE[1 if kind is G1Point else 2](piece)

    @pytest.mark.spec("PAIRING-3")
    @settings(max_examples=30)
    @given(bit=st.integers(0, 8 * G2_BYTES - 1), scalar=st.integers(1, ORDER - 1), group=st.just(2))
    def test_a_flipped_bit_makes_another_point_or_none(
        self, bit: int, scalar: int, group: int
    ) -> None:
        data = bytearray(G2Point.of(Scalar(scalar)).to_bytes())
        data[bit // 8] ^= 1 << bit % 8
        if bit == 8 * G2_BYTES - 1:
            assert GROUPS[group].from_bytes(bytes(data)).to_bytes() == data  # its negative
        else:
            with pytest.raises(MalformedError):
                GROUPS[group].from_bytes(bytes(data))

    @pytest.mark.parametrize("case", vector_cases("pairing", operation="hash-to-point"))
    def test_an_identity_is_hashed_to_the_point_of_both_witnesses(self, case: Case) -> None:
        (identity,) = octets(case, "identity")
        assert G1Point.hashed(identity).to_bytes().hex() == case["point"]
        assert oracle.encode_g1(oracle.hash_to_g1(identity)).hex() == case["point"]

    @pytest.mark.spec("PAIRING-6")
    @settings(max_examples=20)
    @given(st.binary(max_size=64))
    def test_any_bytes_are_hashed_to_the_oracles_point(self, identity: bytes) -> None:
        expected = oracle.encode_g1(oracle.hash_to_g1(identity))
        assert G1Point.hashed(identity).to_bytes() == expected
        assert G1Point.from_bytes(expected).to_bytes() == expected

    @pytest.mark.parametrize("case", vector_cases("pairing", operation="times"))
    def test_multiples_are_those_of_both_witnesses(self, case: Case) -> None:
        scalar, base = octets(case, "scalar", "base")
        ours = Scalar.from_bytes(scalar)
        assert G1Point.from_bytes(base).times(ours).to_bytes().hex() == case["product"]
        assert G2Point.of(ours).to_bytes().hex() == case["public"]
        product = oracle.multiply(oracle.decode_g1(base), number(scalar))
        assert oracle.encode_g1(product).hex() == case["product"]
        public = oracle.multiply(oracle.GENERATOR_G2, number(scalar))
        assert oracle.encode_g2(public).hex() == case["public"]

    def test_points_compare_by_their_bytes_and_a_key_hides(self) -> None:
        one, other = G1Point.from_bytes(GENERATOR), G1Point.hashed(b"x")
        assert (one == G1Point.from_bytes(GENERATOR), one == other) == (True, False)
        assert hash(one) == hash(G1Point.from_bytes(GENERATOR))
        assert one != GENERATOR
        assert repr(one) == "G1Point(hidden)"
        public = G2Point.of(Scalar(1))
        assert public == G2Point.from_bytes(public.to_bytes())
        assert (public == G2Point.of(Scalar(2)), public == public.to_bytes()) == (False, False)
        assert hash(public) == hash(G2Point.of(Scalar(1)))
        assert public.to_bytes().hex() in repr(public)


def on_curve(case: Case) -> list[tuple[oracle.Fp2, oracle.Fp2]]:
    """Return the two points of the curve with the x of a case."""
    data = bytes.fromhex(case["point"])
    parts = [number(data[at : at + 48]) % 2**383 for at in range(0, len(data), 48)]
    x = (parts[0], parts[1] if case["group"] == 2 else 0)
    return oracle.points_at(x, b=oracle.B1 if case["group"] == 1 else oracle.B2)


def of_order(order: int, *, group: int) -> oracle.Point:
    """Return a point of a curve of a prime order that divides its cofactor."""
    cofactor = oracle.COFACTOR_G1 if group == 1 else oracle.COFACTOR_G2
    rest = cofactor * oracle.ORDER
    while rest % order == 0:
        rest //= order
    for x in range(1, 100):
        for point in on_curve({"group": group, "point": x.to_bytes(48 * group, "little").hex()}):
            part = oracle.multiply(point, rest)
            while part is not None:
                part, before = oracle.multiply(part, order), part
                if part is None:
                    return before
    raise AssertionError(order)


class TestSums:
    @pytest.mark.parametrize("case", vector_cases("pairing", operation="plus", result="valid"))
    def test_sums_are_those_of_both_witnesses(self, case: Case) -> None:
        one, other = (Scalar.from_bytes(bytes.fromhex(scalar)) for scalar in case["scalars"])
        base = G1Point.from_bytes(bytes.fromhex(case["base"]))
        assert one.plus(other).to_bytes().hex() == case["scalar"]
        assert base.times(one).plus(base.times(other)).to_bytes().hex() == case["g1"]
        assert G2Point.of(one).plus(G2Point.of(other)).to_bytes().hex() == case["g2"]
        total = sum(number(bytes.fromhex(scalar)) for scalar in case["scalars"])
        assert number(bytes.fromhex(case["scalar"])) == total % oracle.ORDER
        point = oracle.multiply(oracle.decode_g1(base.to_bytes()), total)
        assert oracle.encode_g1(point).hex() == case["g1"]
        assert oracle.encode_g2(oracle.multiply(oracle.GENERATOR_G2, total)).hex() == case["g2"]

    @pytest.mark.parametrize("case", vector_cases("pairing", operation="plus", result="malformed"))
    def test_what_cancels_is_refused(self, case: Case) -> None:
        one, other = (Scalar.from_bytes(bytes.fromhex(scalar)) for scalar in case["scalars"])
        base = G1Point.from_bytes(bytes.fromhex(case["base"]))
        cancelling: list[Callable[[], object]] = [
            lambda: one.plus(other),
            lambda: base.times(one).plus(base.times(other)),
            lambda: G2Point.of(one).plus(G2Point.of(other)),
        ]
        for make in cancelling:
            with pytest.raises(MalformedError, match="cancel"):
                make()


class TestPairing:
    @pytest.mark.parametrize("case", vector_cases("pairing", operation="pair"))
    def test_a_pairing_is_that_of_both_witnesses(self, case: Case) -> None:
        one, other = octets(case, "g1", "g2")
        digest = pairing_digest(G1Point.from_bytes(one), G2Point.from_bytes(other))
        assert digest.hex() == case["digest"]
        value = oracle.encode_gt(oracle.pairing(oracle.decode_g1(one), oracle.decode_g2(other)))
        assert sha256(value).hexdigest() == case["digest"]
        assert case.get("pairing") in (None, value.hex())

    @pytest.mark.spec("PAIRING-7")
    def test_scalars_move_from_one_side_to_the_other(self) -> None:
        base, a, b = G1Point.hashed(b"P"), Scalar(3), Scalar(5)
        product = G2Point.of(Scalar(15))
        assert pairing_digest(base.times(a), G2Point.of(b)) == pairing_digest(base, product)
        assert pairing_digest(base.times(b), G2Point.of(b)) != pairing_digest(base, product)

    @pytest.mark.parametrize("case", vector_cases("pairing", operation="logarithm"))
    def test_a_point_belongs_to_a_public_key_or_not(self, case: Case) -> None:
        point, base, public, secret = octets(case, "point", "base", "public", "secret")
        ours = G1Point.from_bytes(point), G1Point.from_bytes(base), G2Point.from_bytes(public)
        assert has_logarithm(ours[0], base=ours[1], public=ours[2]) is case["agrees"]
        times = number(secret)
        assert oracle.encode_g2(oracle.multiply(oracle.GENERATOR_G2, times)) == public
        product = oracle.encode_g1(oracle.multiply(oracle.decode_g1(base), times))
        assert (product == point) is case["agrees"]


@pytest.mark.spec("PAIRING-3")
@pytest.mark.parametrize("length", [0, 1, G1_BYTES - 1, G1_BYTES + 1, G2_BYTES - 1, G2_BYTES + 1])
def test_a_length_that_is_wrong_is_named(length: int) -> None:
    for kind in (G1Point, G2Point):
        with pytest.raises(MalformedError, match=f"not {length}"):
            kind.from_bytes(bytes(length))


def test_without_the_library_the_error_says_what_to_install() -> None:
    """And the package imports without it: a phone that never checks in does not need it."""
    code = (
        "import sys; sys.modules['pymcl'] = None\n"
        "import dp3t, dp3t.presence\n"
        "from dp3t.presence.pairing import Scalar\n"
        "try: Scalar(1)\n"
        "except ModuleNotFoundError as error: print(error, error.name)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == (
        "QR check-in needs a pairing library: pip install 'dp3t[presence]' pymcl\n"
    )
