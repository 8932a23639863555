"""What each design takes for a record of its own, as the vectors say."""

import pytest

from dp3t.errors import MalformedError
from dp3t.proximity.designs import DESIGN_NAMES, design_named
from dp3t.publication.records import KeyRecord
from vectors import Case, vector_cases


@pytest.mark.parametrize(
    ("name", "case"),
    [
        pytest.param(name, *each.values, id=f"{name}-{each.id}", marks=each.marks)
        for name in DESIGN_NAMES
        for each in vector_cases(name, operation="record")
    ],
)
def test_a_record_is_a_key_or_malformed(name: str, case: Case) -> None:
    record = KeyRecord(tuple(case["attributes"]), bytes.fromhex(case["key"]))
    if case["result"] == "valid":
        assert design_named(name).tracing_key(record).record() == record
    else:
        with pytest.raises(MalformedError):
            design_named(name).tracing_key(record)
