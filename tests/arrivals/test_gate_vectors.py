"""spec/vectors/gate.json: every value derived again, every fault refused by its result."""

import pytest

import oracle_gate
from dp3t.arrivals.gate import Gate
from dp3t.arrivals.mark import GateSecret, Mark
from dp3t.arrivals.withdrawn import WithdrawnReceipts
from dp3t.errors import Dp3tError, MalformedError, PolicyError, VerificationError
from dp3t.publication.signing import SigningKey, TrustedKeys, VerificationKey
from dp3t.timeline import Day, Instant
from vectors import Case, vector_cases

RESULTS: dict[str, type[Dp3tError]] = {
    "malformed": MalformedError,
    "unauthentic": VerificationError,
    "policy": PolicyError,
}


def secret_in(case: Case) -> bytes:
    return bytes.fromhex(case["secret"])


@pytest.mark.parametrize("case", vector_cases("gate", operation="mark"))
def test_a_mark_is_what_the_second_witness_makes(case: Case) -> None:
    secret, receipt_id = secret_in(case), bytes.fromhex(case["receipt_id"])
    gates, draw = GateSecret(secret), bytes.fromhex(case["draw"])
    mark = Mark(
        expiry_day=Day(case["expiry_day"]),
        tag=gates.tag(receipt_id),
        moment=Instant(case["moment"]),
        gate=case["gate"],
        draw=draw,
    )
    use = (case["moment"], case["gate"], draw)
    expected = oracle_gate.mark(secret, receipt_id, case["expiry_day"], use)
    assert mark.seal(gates) == expected == bytes.fromhex(case["mark"])
    assert Mark.open(expected, gates) == mark


@pytest.mark.parametrize("case", vector_cases("gate", operation="open"))
def test_a_mark_of_no_gate_is_refused(case: Case) -> None:
    with pytest.raises(RESULTS[case["result"]]):
        Mark.open(bytes.fromhex(case["mark"]), GateSecret(secret_in(case)))


@pytest.mark.parametrize("case", vector_cases("gate", operation="merge"))
def test_lists_that_meet_are_what_the_second_witness_has(case: Case) -> None:
    secret, now = secret_in(case), Instant(case["now"])
    own, others = ([bytes.fromhex(each) for each in case[side]] for side in ("own", "others"))
    gates, receipt_id = GateSecret(secret), bytes.fromhex(case["receipt_id"])
    gate, _ = Gate(name="A", arrival_point="VDAD").merged(own, secret=gates, now=Instant(0))
    met, refused = gate.merged(others, secret=gates, now=now)
    expected, not_opened = oracle_gate.merged(secret, own, others, now // 86_400)
    assert met.used.encode() == b"".join(expected) == bytes.fromhex(case["used"])
    assert refused == not_opened == case["refused"]
    tag = oracle_gate.tag(secret, receipt_id)
    seen = [(each.moment, each.gate, each.draw) for each in met.used.uses(tag, gates)]
    assert seen == oracle_gate.uses(secret, expected, tag)
    assert [(use["moment"], use["gate"]) for use in case["uses"]] == [each[:2] for each in seen]
    twice = [
        [(each.moment, each.gate, each.draw) for each in uses] for uses in met.used.conflicts(gates)
    ]
    assert twice == oracle_gate.conflicts(secret, expected)
    assert [[(use["moment"], use["gate"]) for use in uses] for uses in case["conflicts"]] == [
        [each[:2] for each in uses] for uses in twice
    ]


@pytest.mark.parametrize("case", vector_cases("gate", operation="withdrawn"))
def test_a_list_of_withdrawn_receipts_is_what_the_second_witness_signs(case: Case) -> None:
    rows = {bytes.fromhex(each["receipt_id"]): Day(each["expiry_day"]) for each in case["rows"]}
    found, seed = WithdrawnReceipts(Instant(case["issued"]), rows), bytes.fromhex(case["seed"])
    key = SigningKey(seed=seed, valid_from=Instant(0), valid_until=Instant(2**32 - 1))
    listed = oracle_gate.withdrawn(case["issued"], rows.items())
    signed = oracle_gate.signed_withdrawn(seed, listed)
    assert found.encode() == listed
    assert found.sign(key) == signed == bytes.fromhex(case["list"])
    keys = TrustedKeys([key.public()])
    assert WithdrawnReceipts.open(signed, keys, now=found.issued) == found


@pytest.mark.parametrize("case", vector_cases("gate", operation="open-withdrawn"))
def test_a_list_that_no_server_makes_is_refused(case: Case) -> None:
    keys = TrustedKeys(
        VerificationKey(
            public=bytes.fromhex(key["public"]),
            valid_from=Instant(key["valid_from"]),
            valid_until=Instant(key["valid_until"]),
        )
        for key in case["trusted"]
    )
    data, now = bytes.fromhex(case["list"]), Instant(case["now"])
    if case["result"] == "valid":
        assert len(WithdrawnReceipts.open(data, keys, now=now).expiry_days) == 1
        return
    with pytest.raises(RESULTS[case["result"]]):
        WithdrawnReceipts.open(data, keys, now=now)


@pytest.mark.parametrize("case", vector_cases("gate", operation="file"))
def test_a_file_is_what_the_second_witness_writes_and_reads_back(case: Case) -> None:
    used, listed = (bytes.fromhex(case[part]) for part in ("used", "withdrawn"))
    expected = oracle_gate.gate_file(
        name=case["name"], point=case["arrival_point"], used=used, listed=listed
    )
    assert expected == bytes.fromhex(case["file"])
    gate = Gate.decode(expected)
    assert (gate.name, gate.arrival_point) == (case["name"], case["arrival_point"])
    assert (gate.used.encode(), gate.withdrawn.encode()) == (used, listed)
    assert gate.encode() == expected
