"""spec/presence/proof.md: proofs of presence."""

import pytest

from dp3t.errors import MalformedError, VerificationError
from dp3t.facilities.presence_proof import check_presence, presence_key, prove_presence
from dp3t.params import LAST_DAY
from dp3t.presence import EntryCode, presence_proof_seed
from dp3t.presence.identity import secrets_of
from dp3t.primitives import sha256
from spec.vectors.builders.entry_payloads import WRITTEN

ENTRIES = [EntryCode.parse(each.payload) for each in WRITTEN.values()]
DAY = 20_780


@pytest.mark.spec("PROOF-1")
def test_each_code_and_each_day_has_a_seed_of_its_own() -> None:
    days = (0, DAY, DAY + 1, LAST_DAY)
    seeds = {presence_proof_seed(entry, day) for entry in ENTRIES for day in days}
    assert len(seeds) == len({entry.payload for entry in ENTRIES}) * len(days)
    assert {len(seed) for seed in seeds} == {32}


@pytest.mark.spec("PROOF-1")
def test_a_seed_is_nothing_that_a_trace_publishes() -> None:
    """Negative: the notification key, which the authority has, does not lead to it."""
    secrets = secrets_of(ENTRIES[0].payload)
    seed = presence_proof_seed(ENTRIES[0], DAY)
    assert seed not in (secrets.nonce_preid, secrets.nonce_timekey, secrets.notification_key)


@pytest.mark.spec("PROOF-1")
@pytest.mark.parametrize("day", [-1, LAST_DAY + 1])
def test_a_day_that_no_calendar_has_is_a_programming_mistake(day: int) -> None:
    """Negative."""
    with pytest.raises(ValueError, match="1970"):
        presence_proof_seed(ENTRIES[0], day)


@pytest.mark.spec("PROOF-2")
def test_what_a_facility_publishes_does_not_say_the_seed() -> None:
    seed = presence_proof_seed(ENTRIES[0], DAY)
    assert presence_key(seed) != seed
    with pytest.raises(MalformedError):
        presence_key(seed[:31])


@pytest.mark.spec("PROOF-3")
def test_a_proof_is_for_one_digest_under_one_key() -> None:
    """Negative: neither of another day nor for another thing."""
    today, tomorrow = (presence_proof_seed(ENTRIES[0], DAY + ahead) for ahead in (0, 1))
    digest, other = sha256(b"one"), sha256(b"other")
    proof = prove_presence(today, digest)
    check_presence(presence_key(today), digest, proof)
    for public, wanted, shown in (
        (presence_key(tomorrow), digest, proof),
        (presence_key(today), other, proof),
        (presence_key(today), digest, proof[:-1] + bytes([proof[-1] ^ 1])),
        (presence_key(today), digest, b""),
    ):
        with pytest.raises(VerificationError):
            check_presence(public, wanted, shown)


@pytest.mark.spec("PROOF-3")
def test_a_digest_of_another_length_is_a_programming_mistake() -> None:
    """Negative."""
    with pytest.raises(ValueError, match="32 bytes"):
        prove_presence(bytes(32), b"short")
