"""`dp3t facilities enrol`: facilities from a table, each with a key; what is there is skipped."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.markup import escape
from rich.table import Table

from dp3t.cli.facilities import options
from dp3t.cli.facilities.authority import Authority, acting
from dp3t.cli.facilities.key_file import make_facility_key, read_facility_key
from dp3t.cli.language import language, number, text
from dp3t.cli.output import emit_json, progress_bar, show
from dp3t.cli.presence.extra import extra_needed
from dp3t.cli.presence.reading import read_up_to
from dp3t.errors import PolicyError
from dp3t.facilities.authority_acts import Enrolment
from dp3t.facilities.csv_import import (
    MAX_TABLE_BYTES,
    FacilityRow,
    FacilityTable,
    TableFault,
    read_facilities,
)
from dp3t.facilities.local_time import LocalDay
from dp3t.facilities.refusal import RefusedError
from dp3t.publication.signing import TrustedKeys


@dataclass(slots=True)
class _Enrolled:
    """What has come of a table: names of facilities, and files of keys."""

    enrolled: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


@extra_needed()
def enrol(
    table: Annotated[
        Path,
        typer.Argument(
            metavar="CSV",
            help=text(
                en="Columns id, kind, name, address, latitude, longitude, commune, weekdays and, "
                "if you like, public_key.",
                vi="Các cột id, kind, name, address, latitude, longitude, commune, weekdays và có "
                "thể thêm public_key.",
            ),
        ),
    ],
    server: options.Server,
    authority_key: options.AuthorityKey,
    token_file: options.TokenFile,
    keys: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help=text(
                en="Where the keys go of facilities that have none; a file for each.",
                vi="Thư mục lưu khóa cho cơ sở chưa có khóa; mỗi cơ sở một tệp.",
            ),
        ),
    ] = None,
    first: options.FromText = None,
    authority: options.FormerAuthorities = None,
    now: options.Now = None,
    *,
    strict: Annotated[
        bool,
        typer.Option(
            "--strict",
            help=text(
                en="Enrol nobody where a row is bad.", vi="Có dòng sai thì không đăng ký cơ sở nào."
            ),
        ),
    ] = False,
    as_json: options.Json = False,
) -> None:
    """Enrol the good rows and report the bad ones; status 1 with bad ones [TERMINAL-70]."""
    read = read_facilities(read_up_to(table, MAX_TABLE_BYTES))
    if keys is None and any(row.public is None for row in read.rows):
        raise PolicyError("some facilities have no public key: --keys says where to make them")
    rows = () if strict and read.faults else read.rows
    found = _Enrolled()
    if rows:

        async def act(signer: Authority) -> None:
            former = options.trusted(authority or (), "--authority")
            enrolling = _Enrolling(signer, keys, first, former, found)
            await enrolling.all(rows)

        acting(server, authority_key, token_file, now, act)
    _tell(read, found, as_json=as_json)
    if read.faults:
        raise typer.Exit(1)


class _Enrolling:
    """A table on its way into the record."""

    def __init__(
        self,
        authority: Authority,
        keys: Path | None,
        first: str | None,
        former: TrustedKeys,
        found: _Enrolled,
    ) -> None:
        self._authority, self._keys, self._found = authority, keys, found
        self._first = options.local_day(first, authority.today, "--from")
        self._is_first_given = first is not None
        self._trusted = TrustedKeys([*former, authority.key.public()])

    async def all(self, rows: Sequence[FacilityRow]) -> None:
        """Enrol all that are not enrolled alike."""
        if self._keys is not None:
            self._keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        shown = await self._authority.client.fetch_names()
        with progress_bar(text(en="Facilities", vi="Cơ sở")) as tell:
            for done, row in enumerate(rows, start=1):
                try:
                    await self._one(row, is_shown=row.facility.facility in shown)
                except RefusedError as error:
                    raise PolicyError(
                        f"line {row.line}, {row.facility.facility}: {error}"
                    ) from None
                tell(done, len(rows))

    async def _one(self, row: FacilityRow, *, is_shown: bool) -> None:
        name, public, first = row.facility.facility, row.public, self._first
        if is_shown:
            place = await self._authority.client.fetch_place(name, authorities=self._trusted)
            before = place.enrolment
            if before.facility == row.facility and public in (None, before.public, place.public):
                self._found.skipped.append(name)
                return
            first = first if self._is_first_given else before.first_day
            public = public or place.public  # a change of details leaves it its key
        await self._put(row, public or self._made(name), first)

    async def _put(self, row: FacilityRow, public: bytes, first: LocalDay) -> None:
        await self._authority.put(
            lambda head: Enrolment(head=head, facility=row.facility, public=public, first_day=first)
        )
        self._found.enrolled.append(row.facility.facility)

    def _made(self, name: str) -> bytes:
        """Return the public half of a facility's key, whose file is there before it is sent."""
        path = (self._keys or Path()) / f"{name}.json"
        if path.exists():
            key, _ = read_facility_key(path, name)
        else:
            key = make_facility_key(path, name)
        self._found.keys.append(str(path))
        return key.public().public


def _tell(read: FacilityTable, found: _Enrolled, *, as_json: bool) -> None:
    if as_json:
        emit_json(
            {
                "enrolled": found.enrolled,
                "faults": [_described(each) for each in read.faults],
                "keys": found.keys,
                "skipped": found.skipped,
            }
        )
        return
    if read.faults:
        table = Table(box=SIMPLE_HEAD)
        for en, vi in (("Line", "Dòng"), ("Column", "Cột"), ("What is wrong", "Lỗi")):
            table.add_column(text(en=en, vi=vi))
        for each in read.faults:
            reason = escape(each.text.in_language(language()))
            table.add_row(str(each.line), each.column, reason)
        show(table)
    counts = [number(len(each)) for each in (found.enrolled, found.skipped, read.faults)]
    show(
        text(
            en=f"Enrolled: {counts[0]}. Enrolled alike before: {counts[1]}. Faults: {counts[2]}.",
            vi=f"Đã đăng ký: {counts[0]}. Đã có từ trước: {counts[1]}. Lỗi: {counts[2]}.",
        )
    )


def _described(fault: TableFault) -> dict[str, object]:
    return {
        "line": fault.line,
        "column": fault.column,
        "code": fault.code,
        "message": fault.text.in_language(language()),
    }
