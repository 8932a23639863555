"""The committed protocol buffer modules are what their .proto files give."""

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from project import ROOT, files, named

SCHEMAS = files("*.proto")


def settled(generated: str) -> str:
    """Return generated code without the version of its generator, which may be any newer one."""
    version = r"(?<=# Protobuf Python Version: )\S+|(?<=Domain\.PUBLIC,\n)(    \d+,\n){3}    '\S*',"
    return re.sub(version, "…", generated)


def test_there_is_a_schema_to_check() -> None:
    assert {named(schema) for schema in SCHEMAS} == {
        "dp3t/presence/presence.proto",
        "dp3t/proximity/export/key_export.proto",
    }


@pytest.mark.parametrize("schema", SCHEMAS, ids=named)
@pytest.mark.parametrize("suffix", ["_pb2.py", "_pb2.pyi"])
def test_a_generated_module_is_current(schema: Path, suffix: str, tmp_path: Path) -> None:
    if find_spec("grpc_tools") is None:
        pytest.skip("needs grpcio-tools, a development tool, to generate the modules again")
    subprocess.run(
        [
            *(sys.executable, "-m", "grpc_tools.protoc", "-I."),
            *(f"--python_out={tmp_path}", f"--pyi_out={tmp_path}", named(schema)),
        ],
        cwd=ROOT,
        check=True,
    )
    committed = schema.with_name(schema.stem + suffix)
    generated = tmp_path / committed.relative_to(ROOT)
    wanted = generated.read_text(encoding="utf-8")
    assert settled(committed.read_text(encoding="utf-8")) == settled(wanted)


def test_a_change_of_the_schema_would_be_seen() -> None:
    committed = (ROOT / "dp3t/proximity/export/key_export_pb2.py").read_text(encoding="utf-8")
    assert settled(committed) != settled(committed.replace("region", "regiom"))
    assert settled(committed) == settled(committed.replace("6.31.1", "9.0.0"))
