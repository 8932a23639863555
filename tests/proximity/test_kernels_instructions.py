"""spec/proximity/kernels.md: the instructions and the filter that kernels are built of."""

from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.proximity import gaen, hybrid, lowcost
from oracle_crypto import aes_encrypt_block

np = pytest.importorskip("numpy", reason="the extra fast is not installed")
numba = pytest.importorskip("numba", reason="the extra fast is not installed")

from arm_on_x86 import ArmOnX86  # noqa: E402 - only where numba is
from dp3t.proximity.kernels import features, programs  # noqa: E402
from dp3t.proximity.kernels.aes import Emitter, Form, schedule, two_blocks  # noqa: E402
from dp3t.proximity.kernels.index import Index, index_of  # noqa: E402
from dp3t.proximity.kernels.lanes import Sha256, Vector, in_lanes  # noqa: E402
from dp3t.proximity.kernels.layout import PROBE_SHIFTS  # noqa: E402
from dp3t.proximity.kernels.probe import BUFFER, GROUP, group  # noqa: E402

if not features.SUPPORTED:
    pytest.skip("the processor has no AES instructions", allow_module_level=True)

# --- the instructions ---------------------------------------------------------------------------

PLAIN = bytes.fromhex("00112233445566778899aabbccddeeff")
EMITTERS: list[Emitter] = [programs.ONE_BLOCK]
if not features.ARM:
    EMITTERS.append(ArmOnX86)
if features.WIDTH == 2:
    EMITTERS.append(two_blocks)
LABEL, COUNTER = (int.from_bytes(PLAIN[at : at + 8], "little") for at in (0, 8))


@pytest.mark.parametrize(
    ("rounds", "encrypted"),
    [
        (10, "69c4e0d86a7b0430d8cdb78070b4c55a"),
        (14, "8ea2b7ca516745bfeafc49904b496089"),
    ],
    ids=["C.1", "C.3"],
)
@pytest.mark.parametrize("blocks", EMITTERS, ids=lambda emitter: emitter.__name__)
@pytest.mark.spec("KERNELS-2")
def test_aes_encrypts_as_fips_197_says(rounds: int, encrypted: str, blocks: Emitter) -> None:
    step = 1 << 56
    expand = schedule(rounds, ArmOnX86 if blocks is ArmOnX86 else programs.ONE_BLOCK)
    encrypt = group(Form(rounds, LABEL, step, blocks))

    def run(keys: Any, counter: Any, expanded: Any, words: Any, shift: Any, buffer: Any) -> None:
        for lane in range(0, 16, 4):
            expand(keys, lane, expanded)
        encrypt(expanded, 9, counter, words, shift, buffer, 0)

    key = bytes(range(4 * (rounds - 6)))
    keys = np.frombuffer(key * 16, np.uint32).copy()
    expanded = np.zeros(16 * (2 * rounds + 2), np.uint64)
    buffer = np.zeros(BUFFER, np.uint64)
    numba.njit(run)(
        keys, np.uint64(COUNTER), expanded, np.zeros(2, np.uint64), np.uint64(63), buffer
    )
    heads = [int(head).to_bytes(8, "little") for head in buffer[:GROUP]]
    assert heads[0] == bytes.fromhex(encrypted)[:8]
    assert len(set(heads)) == GROUP
    later = (COUNTER + 5 * step).to_bytes(9, "little")[:8]
    assert heads[5] == aes_encrypt_block(key, PLAIN[:8] + later)[:8]


def _abc(sha: Sha256, _words: list[Vector]) -> list[Vector]:
    return sha.compress(sha.initial(), sha.last_block([], tail=b"abc", hashed_bytes=3))


def _rfc_4231(sha: Sha256, words: list[Vector]) -> list[Vector]:
    return sha.hmac(words, b"what do ya want for nothing?")


@pytest.mark.parametrize("lanes", [4, 8, 16])
@pytest.mark.parametrize(
    ("program", "key", "digest"),
    [
        (_abc, b"", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            _rfc_4231,
            b"Jefe",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
    ],
    ids=["FIPS 180-4", "RFC 4231"],
)
@pytest.mark.spec("KERNELS-2")
def test_sha_256_and_hmac_are_the_standards(
    program: Any, key: bytes, digest: str, lanes: int
) -> None:
    hashed = in_lanes(program, words=len(key) // 4, lanes=lanes)

    def run(taken: Any, given: Any) -> None:
        hashed(taken, given)

    words = [int.from_bytes(key[at : at + 4], "big") for at in range(0, len(key), 4)]
    taken = np.repeat(np.array([*words, 0], np.uint32), lanes)
    given = np.zeros(8 * lanes, np.uint32)
    numba.njit(run)(taken, given)
    for lane in range(lanes):
        found = b"".join(int(word).to_bytes(4, "big") for word in given[lane::lanes])
        assert found.hex() == digest


def test_kernels_and_designs_name_the_same_labels() -> None:
    """A label that one of them changed would be seen only as matches that are missing."""
    assert gaen.RPIK_INFO == b"EN-RPIK"
    assert [b"EN-RPI" + bytes(6)] == [gaen.RPI_LABEL]
    assert lowcost.BROADCAST_LABEL == b"broadcast key"
    assert hybrid.HYBRID_LABEL == b"DP3T-HYBRID"


# --- what was heard -----------------------------------------------------------------------------


def passes(head: int, index: Index) -> bool:
    """Return what the chapter says of the filter's answer."""
    word = int(index.words[head >> int(index.word_shift)])
    return all(word >> (head >> shift & 63) & 1 for shift in PROBE_SHIFTS)


@given(st.lists(st.binary(min_size=16, max_size=16), min_size=1, max_size=300))
@pytest.mark.spec("KERNELS-3")
def test_the_filter_passes_every_head_and_the_list_holds_it(identifiers: list[bytes]) -> None:
    index = index_of(identifiers)
    assert index is not None
    heads = {int.from_bytes(one[:8], "little") for one in identifiers}
    assert [int(head) for head in index.heads] == sorted(heads)
    assert 64 * len(index.words) >= 20 * len(heads)
    for place, head in enumerate(sorted(heads)):
        assert passes(head, index)
        part = head >> int(index.shift)
        assert index.starts[part] <= place < index.starts[part + 1]
    assert len(index.starts) - 1 <= max(2, 2 * len(heads))


@pytest.mark.spec("KERNELS-3")
def test_fewer_than_one_head_in_two_hundred_passes_by_chance() -> None:
    dice = Random(1)
    index = index_of(dice.randbytes(16) for _ in range(13_000))
    assert index is not None
    assert sum(passes(dice.getrandbits(64), index) for _ in range(20_000)) < 100
