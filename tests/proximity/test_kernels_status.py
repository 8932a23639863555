"""spec/proximity/kernels.md: where there is no kernel, and the reason."""

import subprocess
import sys
from typing import Any

import pytest

from dp3t.params import DAY_SECONDS, STANDARD
from dp3t.proximity import gaen
from dp3t.proximity.designs import design_named
from dp3t.proximity.kernels import engine
from dp3t.proximity.kernels.status import Status, UnusableError, attempt
from dp3t.proximity.key_batches import match_table
from dp3t.proximity.observations import NO_PERIOD, Kept, ObservationStore
from dp3t.publication.records import KeyTable
from dp3t.timeline import Instant, Interval

numba = pytest.importorskip("numba", reason="the extra fast is not installed")

from dp3t.proximity.kernels import features, marking  # noqa: E402 - only where numba is

if not features.SUPPORTED:
    pytest.skip("the processor has no AES instructions", allow_module_level=True)

DAY = 18_377
THERE = Status(there=True, reason="")


@pytest.fixture(autouse=True)
def nothing_tested(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_marking", {})
    monkeypatch.setattr(engine, "_filters", [])
    monkeypatch.setattr(engine, "WORTHWHILE_KEYS", 0)


def _blind(*_arguments: Any) -> None:
    """Mark nothing."""


def _eager(*arguments: Any) -> None:
    arguments[-1][:] = 1


def _broken(*_arguments: Any) -> None:
    raise numba.core.errors.LoweringError("no such instruction\nin this place")


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        (_blind, "the kernel marks other keys than the portable path"),
        (_eager, "the kernel marks other keys than the portable path"),
        (_broken, "compilation failed with LoweringError: "),
    ],
)
@pytest.mark.spec("KERNELS-4", "KERNELS-5", "KERNELS-8")
def test_a_kernel_that_marks_something_else_is_never_used(
    mark: Any, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(marking._MARKS, "gaen", mark)
    assert engine.kernel("gaen") is None
    assert not engine.status("gaen").there
    assert engine.status("gaen").reason.startswith(reason)
    assert engine.status("hybrid") == THERE
    key = gaen.TemporaryExposureKey(key=bytes(16), rolling_start=Interval(DAY * 144))
    store, release = ObservationStore(), Instant((DAY + 1) * DAY_SECONDS)
    identifier = gaen.identifiers(key.key, [key.rolling_start])
    store.add(Kept(identifier, NO_PERIOD, b""), at=Instant(DAY * DAY_SECONDS), rssi_dbm=-50)
    table = KeyTable.of([key.record()])
    found = match_table(store, table, design_named("gaen"), release=release, parameters=STANDARD)
    assert len(list(found)) == 1


@pytest.mark.spec("KERNELS-5", "KERNELS-8")
def test_a_processor_without_the_instructions_takes_the_portable_path(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(features, "SUPPORTED", False)
    announced: list[str] = []
    assert engine.prepare(["gaen", "unlinkable"], announce=announced.append) is False
    assert announced == [
        "gaen",
        "gaen: the processor has no AES instructions",
        "unlinkable",
        "unlinkable: the processor has no AES instructions",
    ]
    assert not engine.worthwhile("gaen", keys=10**6)
    assert engine.filters(10**6) is None


@pytest.mark.spec("KERNELS-5", "KERNELS-8")
def test_a_design_without_a_kernel_has_none() -> None:
    assert engine.kernel("unlinkable") is None
    assert engine.status("rot13") == Status(there=False, reason="the design has no kernel")
    with pytest.raises(ValueError, match="no kernel"):
        engine.candidates("unlinkable", [], ObservationStore())


@pytest.mark.spec("KERNELS-8")
def test_preparing_announces_each_kernel_and_finds_all() -> None:
    announced: list[str] = []
    assert engine.prepare(announce=announced.append) is True
    assert announced == [*engine.DESIGNS, "unlinkable"]
    assert {engine.status(design) for design in engine.PREPARED} == {THERE}


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (UnusableError("so it is"), "so it is"),
        (ImportError("No module named 'numba'"), "numba cannot be imported: No module named"),
        (KeyError(), "compilation failed with KeyError: "),
        (ValueError("x" * 900), "compilation failed with ValueError: " + "x" * 200),
        (ValueError("\n\none\ntwo"), "compilation failed with ValueError: one"),
    ],
)
@pytest.mark.spec("KERNELS-8")
def test_whatever_keeps_a_kernel_away_is_told_in_one_line(error: Exception, reason: str) -> None:
    def load() -> int:
        raise error

    kernel, status = attempt(load)
    assert kernel is None
    assert not status.there
    assert status.reason.startswith(reason)
    assert len(status.reason) < 240
    assert "\n" not in status.reason


# --- in a process of its own --------------------------------------------------------------------


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], check=True, capture_output=True, text=True
    )
    return done.stdout


INGEST = """
import sys
from dp3t.params import STANDARD
from dp3t.proximity.designs import design_named
from dp3t.proximity.kernels import engine
from dp3t.proximity.key_batches import match_table
from dp3t.proximity.observations import ObservationStore
from dp3t.publication.records import KeyRecord, KeyTable
records = [KeyRecord((18377 * 144, 144, 1, 127), n.to_bytes(16, "big")) for n in range({keys})]
found = match_table(ObservationStore(), KeyTable.of(records), design_named("gaen"),
                    release=18378 * 86400, parameters=STANDARD)
print(list(found), "numba" in sys.modules)
"""


@pytest.mark.spec("KERNELS-6")
def test_a_small_table_does_not_load_the_compiler() -> None:
    assert python(INGEST.format(keys=3)) == "[] False\n"


@pytest.mark.spec("KERNELS-6")
def test_the_face_of_the_library_loads_neither_compiler_nor_arrays() -> None:
    loaded = "import sys, dp3t; dp3t.Phone; print({'numba', 'llvmlite', 'numpy'} & {*sys.modules})"
    assert python(loaded) == "set()\n"


@pytest.mark.spec("KERNELS-5", "KERNELS-6", "KERNELS-8")
def test_without_numba_a_large_table_is_matched_all_the_same() -> None:
    code = "import sys; sys.modules['numba'] = None\n" + INGEST.format(keys=600)
    found, reason = python(code + "print(engine.status('gaen').reason)").splitlines()
    assert found == "[] True"
    assert reason.startswith("numba cannot be imported: ")
