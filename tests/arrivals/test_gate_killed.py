"""spec/arrivals/gate.md: what an officer was shown as good is noted, whenever the device dies."""

from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import pytest

from dp3t.arrivals.gate import Gate
from dp3t.arrivals.verdict import Verdict
from dp3t.cli.arrivals.gate_file import changing, create_gate, read_gate
from dp3t.primitives import random_from_os
from forked_programs import nursery
from travellers import GATES, KEYS, NOON, PASSPORT, POINT, receipt, text

_RAND = Random(8)


def admit_all(path: Path, shown: Connection) -> None:
    """Let one after another pass, and say of each that it is good."""
    number = 0
    while True:
        name = str(number)
        with changing(path) as file:
            file.gate, passing = file.gate.admit(
                text(name), PASSPORT, keys=KEYS, secret=GATES, now=NOON, rand=random_from_os
            )
        shown.send((name, passing.checked.verdict.value))
        number += 1


@pytest.mark.spec("GATE-4")
@pytest.mark.parametrize("after_seconds", [_RAND.uniform(0.05, 0.25) for _ in range(3)])
def test_a_gate_killed_at_any_moment_has_noted_whoever_passed(
    tmp_path: Path, after_seconds: float
) -> None:
    path = tmp_path / "gate"
    create_gate(path, Gate(name="A", arrival_point=POINT))
    here, there = nursery().Pipe(duplex=False)
    process = nursery().Process(target=admit_all, args=(path, there))
    process.start()
    there.close()
    shown = [here.recv()]  # from now on somebody passes at every moment
    process.join(after_seconds)
    process.kill()
    process.join()
    while here.poll():
        try:
            shown.append(here.recv())
        except EOFError:
            break
    assert {verdict for _, verdict in shown} == {Verdict.VALID}
    used = read_gate(path).used
    for name, _ in shown:
        assert len(used.uses(GATES.tag(receipt(name).receipt_id), GATES)) == 1
    assert len(shown) <= len(used) <= len(shown) + 1
    with changing(path) as file:  # nothing that the dead process held is in the way
        _, passing = file.gate.admit(
            text("0"), PASSPORT, keys=KEYS, secret=GATES, now=NOON, rand=random_from_os
        )
    assert passing.checked.verdict is Verdict.USED
