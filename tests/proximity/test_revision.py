"""spec/proximity/revision.md: which report type may follow which, and what stays."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.proximity.report_type import ReportType
from dp3t.proximity.revision import gaen_revises, revision_allowed
from vectors import Case, vector_cases

ALLOWED = {(1, 5), (2, 1), (2, 5), (3, 1), (3, 2), (3, 5)}


@pytest.mark.parametrize("case", vector_cases("revision", operation="revision"))
def test_attributes_may_follow_others_or_not(case: Case) -> None:
    before, after = tuple(case["before"]), tuple(case["after"])
    allowed = before[:2] == after[:2] and (before[2], after[2]) in ALLOWED
    assert gaen_revises(before, after) == allowed == (case["result"] == "valid")


@pytest.mark.spec("REVISION-1")
def test_six_of_the_pairs_of_types_are_in_the_table() -> None:
    pairs = {pair for pair in product(range(6), repeat=2) if revision_allowed(*pair)}
    assert pairs == ALLOWED


@pytest.mark.spec("REVISION-1")
@given(old=st.sampled_from(ReportType))
def test_no_key_comes_back_from_revoked_and_no_type_follows_itself(old: ReportType) -> None:
    assert not revision_allowed(ReportType.REVOKED, old)
    assert not revision_allowed(old, old)


@pytest.mark.spec("REVISION-1")
def test_revisions_never_go_round_in_a_circle() -> None:
    """Whatever is allowed leads to a surer type, so that the last word is one."""
    surer = [3, 2, 1, 5]
    assert all(surer.index(old) < surer.index(new) for old, new in ALLOWED)


def test_a_type_that_no_key_has_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="6"):
        revision_allowed(6, 1)
    assert not revision_allowed(1, 6)
