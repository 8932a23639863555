"""spec/publication/authorization.md."""

import copy
import logging
import math
import traceback
from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle
from dp3t.errors import MalformedError
from dp3t.publication.authorization import RANDOM_DIGITS, UploadCode
from dp3t.publication.records import KeyRecord
from dp3t.publication.report import Report, Upload
from oracle_crypto import hmac_sha256
from vectors import Case, load, vector_cases

SAMPLES = [
    case["digits"]
    for case in load("authorization")["cases"]
    if case["operation"] == "parse" and case["result"] == "valid"
]
CODE = "0123456789012345678968"
numbers = st.integers(0, 10**RANDOM_DIGITS - 1)


def code_of(number: int) -> str:
    digits = f"{number:020d}"
    return digits + oracle.mod_97_10(digits)


def refused(text: str) -> bool:
    try:
        UploadCode.parse(text)
    except MalformedError:
        return True
    return False


@pytest.mark.parametrize("case", vector_cases("authorization", operation="parse", result="valid"))
def test_a_code_is_read_as_it_is_typed_and_shown_in_groups(case: Case) -> None:
    code = UploadCode.parse(case["text"])
    assert (code.digits(), code.display()) == (case["digits"], case["shown"])
    assert case["digits"][20:] == oracle.mod_97_10(case["digits"][:20])


@pytest.mark.parametrize(
    "case", vector_cases("authorization", operation="parse", result="malformed")
)
def test_a_code_with_one_fault_is_refused(case: Case) -> None:
    with pytest.raises(MalformedError):
        UploadCode.parse(case["text"])


@pytest.mark.parametrize("case", vector_cases("authorization", operation="store"))
def test_what_a_server_stores_of_a_code(case: Case) -> None:
    code, key = UploadCode(case["digits"]), bytes.fromhex(case["key"])
    body = bytes.fromhex(case["body"]).ljust(case["body_bytes"], b"\0")
    digits = case["digits"].encode()
    assert code.digest(key).hex() == case["digest"]
    assert code.binding(body).hex() == case["binding"]
    assert hmac_sha256(key, b"dp3t code 1" + digits).hex() == case["digest"]
    assert hmac_sha256(digits, b"dp3t upload 1" + body).hex() == case["binding"]


class TestCheckDigits:
    """What a person gets wrong is noticed on the phone."""

    @pytest.mark.spec("AUTHORIZATION-2")
    @pytest.mark.parametrize("digits", SAMPLES)
    def test_every_single_wrong_digit_is_caught(self, digits: str) -> None:
        wrong = [
            digits[:place] + other + digits[place + 1 :]
            for place in range(22)
            for other in "0123456789"
            if other != digits[place]
        ]
        assert len(wrong) == 22 * 9
        assert all(map(refused, wrong))

    @pytest.mark.spec("AUTHORIZATION-2")
    @pytest.mark.parametrize("digits", SAMPLES)
    def test_every_exchange_of_neighbours_is_caught(self, digits: str) -> None:
        for place in range(21):
            one, other = digits[place], digits[place + 1]
            exchanged = digits[:place] + other + one + digits[place + 2 :]
            assert one == other or refused(exchanged)

    @pytest.mark.spec("AUTHORIZATION-2")
    @given(number=numbers)
    def test_twenty_digits_have_one_pair_of_check_digits(self, number: int) -> None:
        accepted = [check for check in range(100) if not refused(f"{number:020d}{check:02d}")]
        assert [f"{check:02d}" for check in accepted] == [code_of(number)[20:]]

    @pytest.mark.spec("AUTHORIZATION-2")
    @given(text=st.text(max_size=30) | st.text("0123456789 -", min_size=20, max_size=30))
    def test_any_text_is_refused_or_is_a_code(self, text: str) -> None:
        if not refused(text):
            digits = text.replace(" ", "").replace("-", "")
            assert digits == code_of(int(digits[:20]))

    @pytest.mark.spec("AUTHORIZATION-5")
    @given(number=numbers)
    def test_what_is_shown_is_read_back(self, number: int) -> None:
        code = UploadCode(code_of(number))
        assert [len(group) for group in code.display().split(" ")] == [4, 4, 4, 4, 4, 2]
        assert UploadCode.parse(code.display()) == code
        assert UploadCode.parse(code.display().replace(" ", "-")) == code


class TestGeneration:
    """Twenty digits that nobody can predict."""

    @pytest.mark.spec("AUTHORIZATION-1")
    def test_a_code_has_more_than_64_bits(self) -> None:
        assert math.log2(10**RANDOM_DIGITS) > 64

    @pytest.mark.spec("AUTHORIZATION-1")
    @given(number=numbers)
    def test_every_number_below_10_to_the_20_is_drawn_by_one_draw(self, number: int) -> None:
        """Valid: a draw that is below the bound is the number, so all are as likely."""
        draws = iter([number])
        code = UploadCode.generate(rand=lambda length: next(draws).to_bytes(length, "big"))
        assert code.digits() == code_of(number)

    @pytest.mark.spec("AUTHORIZATION-1")
    def test_a_draw_beyond_the_bound_is_thrown_away_not_folded_back(self) -> None:
        draws = iter([10**20, 2**67 - 1, 5])
        code = UploadCode.generate(rand=lambda length: next(draws).to_bytes(length, "big"))
        assert code.digits() == code_of(5)

    @pytest.mark.spec("AUTHORIZATION-1")
    def test_every_digit_is_as_likely_at_every_place(self) -> None:
        rand = Random(97).randbytes
        codes = [UploadCode.generate(rand=rand).digits() for _ in range(5_000)]
        for place in range(RANDOM_DIGITS):
            seen = Counter(code[place] for code in codes)
            chi_squared = sum((seen[digit] - 500) ** 2 / 500 for digit in "0123456789")
            assert chi_squared < 33.7, place  # one in 10,000 with nine degrees of freedom

    @pytest.mark.spec("AUTHORIZATION-1")
    def test_codes_do_not_repeat(self) -> None:
        rand = Random(1).randbytes
        assert len({UploadCode.generate(rand=rand) for _ in range(2_000)}) == 2_000


class TestSecrecy:
    """A code shows where it is meant to, and nowhere else."""

    @pytest.mark.spec("AUTHORIZATION-4")
    def test_a_code_hides_in_every_text_made_of_it(self) -> None:
        code = UploadCode(CODE)
        upload = Upload(code, Report(design="gaen", records=(KeyRecord((1,), bytes(16)),)))
        texts = [repr(code), str(code), f"{code}", f"{code!r:>40}", "%s" % code, repr([code])]  # noqa: UP031 - the form is what is tested
        for text in [*texts, repr(upload), str(upload), repr(copy.deepcopy(upload))]:
            assert not any(CODE[at : at + 4] in text for at in range(19)), text
        assert "0123" in code.display()

    @pytest.mark.spec("AUTHORIZATION-4")
    def test_a_code_hides_in_logs(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO):
            logging.getLogger("test").info("code %s %r", UploadCode(CODE), UploadCode(CODE))
        assert "UploadCode(hidden)" in caplog.text
        assert CODE[:6] not in caplog.text

    @pytest.mark.spec("AUTHORIZATION-4")
    @pytest.mark.parametrize(
        "text", [CODE[:-1] + "9", CODE[:-1], CODE + "0", "x" + CODE[1:], CODE[::-1]]
    )
    def test_what_was_mistyped_hides_in_the_error(self, text: str) -> None:
        with pytest.raises(MalformedError) as refusal:
            UploadCode.parse(text)
        message = "".join(traceback.format_exception_only(refusal.value))
        assert not any(text[at : at + 4] in message for at in range(len(text) - 3))
        assert refusal.value.__cause__ is None
        assert refusal.value.__context__ is None

    def test_codes_are_equal_by_their_digits(self) -> None:
        code, same, other = UploadCode(CODE), UploadCode(CODE), UploadCode(code_of(1))
        assert code == same
        assert hash(code) == hash(same)
        assert code != other
        assert code != CODE


class TestStorage:
    """What a server keeps tells nothing without its key."""

    @pytest.mark.spec("AUTHORIZATION-3")
    def test_another_key_gives_another_digest(self) -> None:
        code = UploadCode(CODE)
        assert code.digest(bytes(32)) != code.digest(b"\1" + bytes(31))
        assert code.digest(bytes(32)) != UploadCode(code_of(1)).digest(bytes(32))

    @pytest.mark.spec("AUTHORIZATION-3")
    @pytest.mark.parametrize("length", [0, 16, 31, 33])
    def test_a_key_of_another_length_is_a_mistake_of_the_program(self, length: int) -> None:
        with pytest.raises(ValueError, match="32 bytes"):
            UploadCode(CODE).digest(bytes(length))

    @pytest.mark.spec("AUTHORIZATION-6")
    @given(body=st.binary(max_size=60), other=st.binary(max_size=60))
    def test_a_binding_tells_one_upload_from_another(self, body: bytes, other: bytes) -> None:
        code = UploadCode(CODE)
        assert (code.binding(body) == code.binding(other)) is (body == other)
        assert code.binding(body) != UploadCode(code_of(1)).binding(body)
