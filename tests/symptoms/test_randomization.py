"""spec/symptoms/randomization.md: the answer turned round, and the report that carries it."""

import ast
import contextlib
import inspect
import math
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opendp.measurements import make_randomized_response_bool

from dp3t.errors import Dp3tError, MalformedError, PolicyError, TransportError
from dp3t.symptoms import randomization
from dp3t.symptoms.randomization import randomize_with_os_randomness, require_cost
from dp3t.symptoms.report import (
    SYMPTOM_REPORT_BYTES,
    SYMPTOM_REPORT_REFUSALS,
    SymptomReport,
    check_symptom_answer,
    encode_symptom_answer,
)
from surveys import DA_NANG, HUE, survey, token

DRAWS = 4_000


@pytest.mark.spec("RANDOMIZATION-1", "RANDOMIZATION-3")
@pytest.mark.parametrize("turned", [250, 400])
@pytest.mark.parametrize("answer", [False, True])
def test_the_answer_is_turned_round_as_often_as_the_survey_says(turned: int, answer: bool) -> None:
    """The bound is 6.5 standard deviations: once in ten thousand million runs."""
    drawn = [
        randomize_with_os_randomness(answer, survey(turned_per_mille=turned)) for _ in range(DRAWS)
    ]
    chance = turned / 1_000
    spread = math.sqrt(DRAWS * chance * (1 - chance))
    assert abs(drawn.count(not answer) - DRAWS * chance) < 6.5 * spread


@pytest.mark.spec("RANDOMIZATION-3", "SURVEY-2")
def test_by_opendps_own_account_no_survey_tells_more_than_it_says() -> None:
    for turned in range(1, 500):
        account: Callable[[int], float] = make_randomized_response_bool(1 - turned / 1_000).map
        epsilon = account(1)
        held = survey(turned_per_mille=turned)
        require_cost(epsilon, held)
        with pytest.raises(PolicyError, match="would tell more"):
            require_cost(epsilon + 0.0011, held)
    with pytest.raises(PolicyError, match="would tell more"):
        require_cost(math.nan, survey())


@pytest.mark.spec("RANDOMIZATION-3")
def test_a_mechanism_that_tells_more_draws_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative: the account is asked for before each draw."""

    def refuse(epsilon: float, held: object) -> None:
        raise PolicyError(f"asked with {epsilon:.3f}")

    monkeypatch.setattr(randomization, "require_cost", refuse)
    with pytest.raises(PolicyError, match=r"asked with 1\.099"):
        randomize_with_os_randomness(True, survey())


@pytest.mark.spec("RANDOMIZATION-3")
def test_without_opendp_the_message_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opendp.measurements", None)
    with pytest.raises(PolicyError, match=r"pip install 'dp3t\[symptoms\]'"):
        randomize_with_os_randomness(True, survey())


@pytest.mark.spec("RANDOMIZATION-2")
def test_a_report_is_drawn_once_and_says_the_same_ever_after(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Negative: neither encoding again nor decoding draws."""
    draws = []

    def draw(answer: bool, held: object) -> bool:
        draws.append(answer)
        return not answer

    monkeypatch.setattr("dp3t.symptoms.report.randomize_with_os_randomness", draw)
    made = SymptomReport.make_with_os_randomness(True, survey=survey(), commune=HUE, token=token())
    assert not made.positive
    assert {made.encode() for _ in range(5)} == {SymptomReport.decode(made.encode()).encode()}
    assert draws == [True]
    source = ast.parse(inspect.getsource(randomization))
    assert not [node for node in ast.walk(source) if isinstance(node, ast.For | ast.While)]


@pytest.mark.spec("RANDOMIZATION-4", "RANDOMIZATION-5")
def test_a_report_is_five_fields_and_nothing_else() -> None:
    """Negative: every byte of it is one of them."""
    made = SymptomReport(survey=3, commune=HUE, positive=True, token=token())
    assert made.encode() == b"\1\0\0\0\3" + HUE.encode() + b"\1" + token().encode()
    assert len(made.encode()) == SYMPTOM_REPORT_BYTES
    assert SymptomReport.decode(made.encode()) == made
    other = replace(made, survey=2**32 - 1, commune=DA_NANG, positive=False)
    assert SymptomReport.decode(other.encode()) == other
    assert repr(made) == "SymptomReport(hidden)"


@pytest.mark.spec("RANDOMIZATION-4")
@pytest.mark.parametrize(
    ("at", "by"),
    [(0, b"\2"), (1, b"\0\0\0\0"), (5, b"1975x"), (5, b"\xff"), (10, b"\2"), (11, b"\0")],
)
def test_a_report_with_a_bad_byte_is_refused(at: int, by: bytes) -> None:
    good = SymptomReport(survey=3, commune=HUE, positive=True, token=token()).encode()
    with pytest.raises(MalformedError):
        SymptomReport.decode(good[:at] + by + good[at + len(by) :])


@pytest.mark.spec("RANDOMIZATION-4")
@given(st.binary(max_size=400) | st.binary(min_size=352, max_size=352))
def test_any_bytes_are_a_report_or_refused(data: bytes) -> None:
    with contextlib.suppress(Dp3tError):
        assert SymptomReport.decode(data).encode() == data


def test_a_report_of_a_commune_without_a_survey_is_not_made() -> None:
    with pytest.raises(PolicyError, match="not held in that commune"):
        SymptomReport.make_with_os_randomness(True, survey=survey(), commune="00001", token=token())


@pytest.mark.spec("SYMPTOMS-SERVER-4")
def test_an_answer_is_understood_as_it_was_given_and_no_other_is() -> None:
    check_symptom_answer(encode_symptom_answer())
    for refusal, error in SYMPTOM_REPORT_REFUSALS.items():
        assert len(encode_symptom_answer(refusal)) == 256
        with pytest.raises(error, match=refusal):
            check_symptom_answer(encode_symptom_answer(refusal))
    for body in (b"", b"{}", encode_symptom_answer() + b" "):
        with pytest.raises(TransportError):
            check_symptom_answer(body)
    with pytest.raises(ValueError, match="no refusal"):
        encode_symptom_answer("full")
