"""spec/proximity/kernels.md: what is emitted for Arm, as far as another processor can tell."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("numba", reason="the extra fast is not installed")

from llvmlite import binding, ir
from numba import types

from dp3t.proximity.kernels import engine, features, programs
from dp3t.proximity.kernels.aes import QUAD, ArmAes, Form, schedule
from dp3t.proximity.kernels.lanes import in_lanes
from dp3t.proximity.kernels.probe import GROUP, group
from project import ROOT

# --- run on x86 ---------------------------------------------------------------------------------

AS_ON_ARM = """
from dp3t.proximity.kernels import features
features.ARM, features.WIDTH, features.LANES = True, 1, 8
from dp3t.proximity.kernels import aes
from arm_on_x86 import ArmOnX86
aes.ArmAes = ArmOnX86
from dp3t.proximity.kernels import engine, programs
assert programs.RPI.aes is programs.COUNTER.aes is programs.ONE_BLOCK is ArmOnX86
print([design for design in engine.PREPARED if engine.status(design).there])
"""


@pytest.mark.skipif(
    features.ARM or not features.SUPPORTED, reason="the processor has no x86 AES instructions"
)
@pytest.mark.spec("KERNELS-2", "KERNELS-4")
def test_kernels_as_emitted_for_arm_pass_their_test(tmp_path: Path) -> None:
    """Arm's instructions are made of x86's; the self-test compares with the portable path."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")]),
        "NUMBA_CACHE_DIR": str(tmp_path),  # where x86's own kernels are not
    }
    done = subprocess.run(
        [sys.executable, "-c", AS_ON_ARM],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
    )
    assert done.stdout == f"{list(engine.PREPARED)}\n"


# --- compiled for Arm ---------------------------------------------------------------------------

TRIPLE = "aarch64-unknown-linux-gnu"


class Context:
    """What the emitting functions ask numba for: where arrays stand, here simply pointers."""

    def make_array(self, _kind: Any) -> Any:
        return lambda _context, _builder, pointer: SimpleNamespace(data=pointer)

    def get_dummy_value(self) -> None:
        return None


def assembly(intrinsic: Any, kinds: list[Any]) -> list[str]:
    """Return the instructions of a function for compiled code, compiled for AArch64."""
    binding.initialize_all_targets()
    binding.initialize_all_asmprinters()
    try:
        target = binding.Target.from_triple(TRIPLE)
    except RuntimeError as error:
        pytest.skip(f"this LLVM does not compile for Arm: {error}")
    signature, emit = intrinsic._defn(None, *kinds)
    arguments = [
        ir.IntType(kind.dtype.bitwidth).as_pointer() if isinstance(kind, types.Array) else QUAD
        for kind in kinds
    ]
    module = ir.Module()
    module.triple = TRIPLE
    returned = ir.VoidType() if signature.return_type == types.void else QUAD
    function = ir.Function(module, ir.FunctionType(returned, arguments), "emitted")
    builder = ir.IRBuilder(function.append_basic_block())
    result = emit(Context(), builder, signature, list(function.args))
    builder.ret_void() if result is None else builder.ret(result)
    machine = target.create_target_machine(features="+neon,+aes", opt=3)
    parsed = binding.parse_assembly(str(module))
    parsed.verify()
    lines = machine.emit_assembly(parsed).splitlines()
    return [line.split("//")[0].strip() for line in lines if line.startswith("\t")]


QUADS, WORDS = (types.Array(kind, 1, "C") for kind in (types.uint64, types.uint32))
NUMBER = types.uint64


def named(instructions: list[str], name: str) -> int:
    return sum(each.split()[0] == name for each in instructions if each)


@pytest.mark.parametrize("rounds", [10, 14])
@pytest.mark.spec("KERNELS-2")
def test_a_group_of_blocks_is_arms_own_instructions(rounds: int) -> None:
    """A round is a pair of instructions, and the last is one."""
    form = Form(rounds, 1, 1 << 56, ArmAes)
    kinds = [QUADS, NUMBER, NUMBER, QUADS, NUMBER, QUADS, NUMBER]
    found = assembly(group(form), kinds)
    assert named(found, "aese") == GROUP * rounds
    assert named(found, "aesmc") == GROUP * (rounds - 1)
    assert named(found, "prfm") == GROUP
    assert not [each for each in found if each.startswith("bl\t")]


@pytest.mark.parametrize("rounds", [10, 14])
@pytest.mark.spec("KERNELS-2")
def test_a_schedule_takes_its_s_boxes_from_arms_instruction(rounds: int) -> None:
    """One for each round key that is not part of the key, of four keys at once."""
    found = assembly(schedule(rounds, ArmAes), [WORDS, NUMBER, QUADS])
    given = 1 if rounds == 10 else 2
    assert named(found, "aese") == 4 * (rounds + 1 - given)
    assert named(found, "aesmc") == 0


@pytest.mark.spec("KERNELS-2")
def test_hashing_is_vector_code_on_arm() -> None:
    found = assembly(in_lanes(programs._gaen_keys, words=20, lanes=8), [WORDS, WORDS])
    assert named(found, "add") > 100
    assert sum(".4s" in each for each in found) > 1000
    assert not [each for each in found if each.startswith("bl\t")]
