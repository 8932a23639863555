"""`dp3t facilities verify`: the public record replayed, and the map held to it."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.markup import escape

from dp3t.cli.facilities import options
from dp3t.cli.facilities.record_files import CHECKPOINT, MAP, Keeping, have_pages, page_path
from dp3t.cli.facilities.record_view import RecordView
from dp3t.cli.facilities.verifying import (
    Found,
    Trust,
    Verified,
    Verifying,
    pages_of,
    rewritten,
)
from dp3t.cli.files import naming
from dp3t.cli.language import number, text
from dp3t.cli.log.audit import log_entries, require_grown
from dp3t.cli.log.site import Site, opened
from dp3t.cli.moments import iso_moment
from dp3t.cli.output import emit_json, progress_bar, show
from dp3t.errors import Dp3tError, PolicyError, VerificationError
from dp3t.facilities.audit import Difference
from dp3t.facilities.page import RecordPage
from dp3t.facilities.snapshot import FacilityMap
from dp3t.publication.signing import HEADER_BYTES
from dp3t.publication.transparency import Entry, LogPolicy, NoteKey, SignedCheckpoint
from dp3t.timeline import Instant

_PAUSE_SECONDS = 5
Tell = Callable[[float, int], None]


def verify(
    public_key: options.PublicKeys,
    authority: options.Authorities,
    log_key: Annotated[
        str,
        typer.Option(
            metavar="KEY",
            help=text(
                en="The log's verification key, as `dp3t-server run` prints it.",
                vi="Khóa kiểm chứng của nhật ký, như `dp3t-server run` in ra.",
            ),
        ),
    ],
    server: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help=text(en="Verify this server.", vi="Kiểm chứng máy chủ này.")
        ),
    ] = None,
    folder: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="DIR",
            help=text(
                en="Verify what --save kept in this folder, without any server.",
                vi="Kiểm chứng những gì --save đã lưu trong thư mục này, không cần máy chủ.",
            ),
        ),
    ] = None,
    save: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help=text(
                en="Keep all files here; pages that are there are not fetched again.",
                vi="Lưu mọi tệp tại đây; trang đã có thì không tải lại.",
            ),
        ),
    ] = None,
    view: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help=text(
                en="What the last run saw: finds a record that was rewritten since. Replaced where "
                "all is right.",
                vi="Những gì lần trước đã thấy: phát hiện sổ bị viết lại. "
                "Chỉ thay khi tất cả đúng.",
            ),
        ),
    ] = None,
    wait: Annotated[
        int,
        typer.Option(
            metavar="SECONDS",
            min=0,
            help=text(
                en="How long to wait for the page of what the map shows.",
                vi="Chờ bao lâu để có trang chứa những gì bản đồ cho thấy.",
            ),
        ),
    ] = 120,
    now: options.Now = None,
    *,
    as_json: options.Json = False,
) -> None:
    """Verify everything; status 1 where something is not as it should be [TERMINAL-67]."""
    if (server is None) == (folder is None) or (folder is not None and save is not None):
        raise PolicyError("give --server, with --save if you like, or --from")
    moment = options.now_given(now)
    trust = Trust(
        authorities=options.trusted(authority, "--authority"),
        servers=options.trusted(public_key, "--public-key"),
    )
    with naming("--log-key"):
        key = NoteKey.decode(log_key)
        policy = LogPolicy(origin=key.name, keys=(key,))
    known = RecordView.read(view, policy) if view is not None and view.exists() else None
    with ExitStack() as stack:
        kept = folder or save or Path(stack.enter_context(TemporaryDirectory()))
        tell = stack.enter_context(progress_bar(text(en="Pages", vi="Trang")))
        run = _Run(
            place=str(server or folder),
            is_server=server is not None,
            folder=kept,
            policy=policy,
            trust=trust,
            now=moment,
            known=known,
            wait_seconds=wait,
            tell=tell,
        )
        found = asyncio.run(run.all())
    if view is not None and found.is_good:
        seen = RecordView(found.region, found.acts, tuple(found.digests), run.checkpoint)
        seen.write(view)
    _tell(found, run, as_json=as_json)
    if not found.is_good:
        raise typer.Exit(1)


@dataclass(slots=True, kw_only=True)
class _Run:
    """One run: what it reads, and from where.

    Attributes:
        place: the server, or a folder.
        is_server: whether it is a server.
        folder: where files are kept, or lie.
        policy: the log's keys.
        trust: whom to believe.
        now: the present.
        known: what an earlier run saw.
        wait_seconds: how long to wait for a page.
        tell: hears how many pages of how many are there.
    """

    place: str
    is_server: bool
    folder: Path
    policy: LogPolicy
    trust: Trust
    now: Instant
    known: RecordView | None
    wait_seconds: int
    tell: Tell
    checkpoint: SignedCheckpoint = field(init=False)
    shown: FacilityMap = field(init=False)
    entries: tuple[Entry, ...] = ()
    missing: frozenset[int] = frozenset()

    async def all(self) -> Verified:
        """Read everything, and verify it."""
        faults = list[Found]()
        async with opened(self.place) as found:
            site: Site = Keeping(found, self.folder) if self.is_server else found
            await self._read(site)
            if self.known is not None:
                try:
                    await require_grown(site, self.known.checkpoint, self.checkpoint)
                except VerificationError as error:
                    faults.append(Found(None, None, f"the log: {error}"))
        verifying = Verifying(
            folder=self.folder,
            entries=self.entries,
            missing=self.missing,
            shown=self.shown,
            trust=self.trust,
            asked=self.now if self.is_server else None,
        )
        verified = verifying.run()
        verified.faults += faults
        if self.known is not None:
            verified.faults += rewritten(self.known, verified)
        return verified

    async def _read(self, site: Site) -> None:
        """Read the map, then log and pages until these hold what the map shows."""
        signed = await site.read(MAP)
        region = FacilityMap.decode(signed[HEADER_BYTES:]).region
        servers = self.trust.servers
        self.shown = FacilityMap.open(signed, trusted=servers, region=region, now=self.now)
        while True:
            await self._read_record(site)
            if self._acts() >= self.shown.acts or self.wait_seconds <= 0 or not self.is_server:
                return
            await asyncio.sleep(min(_PAUSE_SECONDS, self.wait_seconds))
            self.wait_seconds -= _PAUSE_SECONDS

    async def _read_record(self, site: Site) -> None:
        self.checkpoint = self.policy.open(await site.read(CHECKPOINT))
        self.entries = await log_entries(site, self.checkpoint)
        pages = pages_of(self.entries, self.shown.region)
        self.missing = await have_pages(site, self.folder, pages, tell=self.tell)

    def _acts(self) -> int:
        """Return how many acts the pages hold, by the last of them."""
        count = len(pages_of(self.entries, self.shown.region))
        last = self.folder / page_path(count - 1)
        try:
            page = RecordPage.decode(last.read_bytes()[HEADER_BYTES:])
        except (OSError, Dp3tError):
            return self.shown.acts if count else 0  # nothing to wait for: the audit says why
        return page.first + len(page.acts)


def _tell(found: Verified, run: _Run, *, as_json: bool) -> None:
    if as_json:
        emit_json(
            {
                "acts": found.acts,
                "compared": found.is_compared,
                "differences": [
                    {"facility": each.facility, "shown": each.shown, "found": each.found}
                    for each in found.differences
                ],
                "facilities": found.facilities,
                "faults": [each._asdict() for each in found.faults],
                "log_entries": len(run.entries),
                "map_acts": run.shown.acts,
                "map_made": iso_moment(run.shown.made),
                "pages": found.pages,
                "region": found.region,
                "verified": found.is_good,
            }
        )
        return
    for fault in found.faults:
        show(escape(_line(fault)))
    for each in found.differences:
        show(_difference(each))
    counts = [number(each) for each in (found.pages, found.acts, found.facilities)]
    show(
        text(
            en=f"{counts[0]} pages of {found.region} in the log, {counts[1]} acts replayed, "
            f"{counts[2]} facilities on the map of {iso_moment(run.shown.made)}.",
            vi=f"{counts[0]} trang của {found.region} trong nhật ký, đã phát lại {counts[1]} hành "
            f"vi, {counts[2]} cơ sở trên bản đồ lúc {iso_moment(run.shown.made)}.",
        )
    )
    show(_verdict(found))


def _difference(each: Difference) -> str:
    if each.shown == each.found:
        en, vi = "the map shows other details than the record", "bản đồ ghi chi tiết khác với sổ"
        return f"{each.facility}: {text(en=en, vi=vi)}"
    nothing = text(en="nothing", vi="không có")
    states = (each.shown or nothing, each.found or nothing)
    return text(
        en=f"{each.facility}: the map shows {states[0]}, the record gives {states[1]}",
        vi=f"{each.facility}: bản đồ ghi {states[0]}, sổ công khai cho ra {states[1]}",
    )


def _line(fault: Found) -> str:
    where = []
    if fault.page is not None:
        where.append(text(en=f"page {fault.page}", vi=f"trang {fault.page}"))
    if fault.act is not None:
        where.append(text(en=f"act {fault.act}", vi=f"hành vi {fault.act}"))
    return f"{', '.join(where)}: {fault.what}" if where else fault.what


def _verdict(found: Verified) -> str:
    if found.is_good:
        return text(
            en="Every act is signed by whom it should be, none is missing, and the map shows what "
            "the record gives.",
            vi="Mọi hành vi đều có chữ ký đúng người, không thiếu hành vi nào, và bản đồ khớp với "
            "sổ công khai.",
        )
    if found.is_compared:
        return text(en="Not all is as it should be.", vi="Có điều không đúng.")
    return text(
        en="Not all is as it should be, and the map could not be held to the record.",
        vi="Có điều không đúng, và chưa đối chiếu được bản đồ với sổ công khai.",
    )
