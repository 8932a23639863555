"""One run in this process: files opened, kernels loaded, keys matched, memory looked up."""

import resource
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter

from benchmarks.streaming.files import BATCH, EXPORT_KEY, SIGNING_KEY, phone
from dp3t.cli.files import FileSource
from dp3t.params import STANDARD
from dp3t.primitives import P256PublicKey
from dp3t.proximity.designs import design_named
from dp3t.proximity.file_matching import match_key_files
from dp3t.proximity.kernels import engine
from dp3t.proximity.key_files import KeyFile, open_key_file
from dp3t.publication.signing import TrustedKeys

_UNIT_BYTES = 2**10 if sys.platform == "linux" else 1
"""In which the system counts resident memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What came out of one run.

    Attributes:
        kind: "batch" or "exports".
        files: how many.
        keys: in all of them.
        threads: how many matched.
        open_seconds: to verify the files.
        match_seconds: from the first key to the last match, kernels loaded before.
        peak_resident_mb: of the whole process with everything loaded, in 10**6 bytes.
        matches: as many as there are keys that the phone heard.
        kernel: False where this machine has none.
    """

    kind: str
    files: int
    keys: int
    threads: int
    open_seconds: float
    match_seconds: float
    peak_resident_mb: float
    matches: int
    kernel: bool

    def to_document(self) -> dict[str, object]:
        """Return the fields by name."""
        return asdict(self)


def measure(folder: Path, *, kind: str, keys: int, scans: int, threads: int) -> Run:
    """Match the files in a folder.

    Raises:
        AssertionError: other keys are found than the phone heard.
    """
    store, heard = phone(keys=keys, scans=scans, exports=kind == "exports")
    start = perf_counter()
    files = _opened(folder, kind)
    open_seconds = perf_counter() - start
    with_kernel = engine.prepare(["gaen"], announce=lambda _: None)
    store.heard_none_of(())
    done = 0

    def progress(looked_at: int) -> None:
        nonlocal done
        done += looked_at
        sys.stderr.write(f"\r{kind}, {threads} thread(s): {done:,} of {keys:,} keys")

    start = perf_counter()
    found = list(
        match_key_files(
            store,
            files,
            design_named("gaen"),
            parameters=STANDARD,
            threads=threads,
            progress=progress,
        )
    )
    match_seconds = perf_counter() - start
    sys.stderr.write("\n")
    if (len(found), done) != (heard, keys):
        raise AssertionError(f"{kind}: {len(found)} of {heard} found in {done} of {keys} keys")
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _UNIT_BYTES
    return Run(
        kind=kind,
        files=len(files),
        keys=keys,
        threads=threads,
        open_seconds=round(open_seconds, 3),
        match_seconds=round(match_seconds, 6),
        peak_resident_mb=round(peak_bytes / 10**6, 1),
        matches=len(found),
        kernel=with_kernel,
    )


def _opened(folder: Path, kind: str) -> list[KeyFile]:
    if kind == "batch":
        trusted = TrustedKeys([SIGNING_KEY.public()])
        return [open_key_file(FileSource(folder / BATCH), trusted=trusted)]
    public = P256PublicKey.from_pem((folder / EXPORT_KEY).read_bytes())
    paths = sorted(folder.glob("keys-*.zip"))
    return [open_key_file(FileSource(path), export_keys=[public]) for path in paths]
