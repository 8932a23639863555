"""Records for measurements: a district that is enrolled, and its acts, put into the database.

What a server is measured with it takes over HTTP; what was there before is written at once.
"""

import asyncio
import contextlib
import json
import sqlite3
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import cycle
from pathlib import Path

from benchmarks.server.client import post
from dp3t import Instant
from dp3t.facilities import ActHead, Attestation, LocalDay, sign_act
from spec.vectors.builders.facility_record import (
    AUTHORITY,
    CHECKLIST,
    REGION,
    SETTINGS,
    Record,
    at,
    attestation,
    key_of,
)

NOW = at(0, 8)
"""Eight o'clock of the place's Monday, two hours before the deadline."""

DEADLINE = at(0, 10)
ACTS, OBJECTIONS = "/v1/facilities/acts", "/v1/facilities/objections"
_COLUMNS = ("number", "received", "digest", "kind", "facility", "signed", "page")
_INSERT = (
    "INSERT INTO facility_acts (number, received, digest, kind, facility, signed, page) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_PAGED = 0
"""Where a page holds an act: a server that stops puts all others into pages first."""

_AT_ONCE = 10_000
_EAST, _NORTH = 107_000_000, 15_000_000
_SPREAD = 1_000

Row = tuple[int, int, bytes, str, str, bytes, int | None]


def settings_of(*, page_seconds: int) -> str:
    """Return lines of a server's file of settings: it keeps the record of these tests' region."""
    public = AUTHORITY.public()
    first, last = (
        f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%SZ}"
        for moment in (public.valid_from, public.valid_until)
    )
    entry = f'public = "{public.public.hex()}", valid_from = {first}, valid_until = {last}'
    return (
        f'region = "{REGION}"\nfacilities = true\nfacility_authorities = [{{ {entry} }}]\n'
        f"facility_page_seconds = {page_seconds}\nacts_per_minute = 0\nmin_batch_keys = 0\n"
        "key_files = false\n"
    )


def names(count: int) -> list[str]:
    """Return the names of so many schools."""
    return [f"school-{number:05}" for number in range(count)]


def enrolled(count: int, *, before_days: int = 0) -> Record:
    """Return a record in which a region is settled and so many schools are enrolled.

    Args:
        count: how many.
        before_days: how many days ago.
    """
    record, then = Record(), Instant(NOW - 86_400 * before_days - 60)
    today = SETTINGS.day_of_place(then)
    record.settle(then)
    record.publish(then, replace(CHECKLIST, valid_from=LocalDay(today - 1)))
    for number, name in enumerate(names(count)):
        place = {
            "longitude_microdegrees": _EAST + number % 100 * _SPREAD,
            "latitude_microdegrees": _NORTH + number // 100 * _SPREAD,
        }
        record.enrol(name, then, first_day=today, **place)
    return record


def rows_of(record: Record, count: int) -> Iterator[Row]:
    """Return the rows of a record that `enrolled` made, for the database."""
    kinds = ["settings", "checklist"] + ["enrolment"] * count
    about = ["", "", *names(count)]
    for number, ((received, signed), kind, name) in enumerate(
        zip(record.acts, kinds, about, strict=True)
    ):
        yield number, received, sha256(signed).digest(), kind, name, signed, None


def history(count: int, *, days: int, first: int) -> Iterator[Row]:
    """Yield attestations of the days before today, of all schools, without good signatures.

    A server does not verify again what its own database holds.

    Args:
        count: how many schools.
        days: how many days.
        first: the number of the first act.
    """
    number, previous = first, dict.fromkeys(names(count), bytes(32))
    for day in range(-days, 0):
        moment, act = at(day, 8), day + days
        before, between, after = _template(act, moment)
        for name, last in previous.items():
            signed = b"".join((before, name.encode(), between, last.hex().encode(), after))
            previous[name] = digest = sha256(signed).digest()
            yield number, moment, digest, "attestation", name, signed, _PAGED
            number += 1


def _template(act: int, moment: Instant) -> tuple[bytes, bytes, bytes]:
    """Return an attestation without its facility and the digest of the act before it."""
    name, previous = "school-template", b"\xee" * 32 if act else bytes(32)
    head = ActHead(region=REGION, made=moment, number=act, previous=previous)
    signed = sign_act(Attestation(head=head, **attestation(name, moment)), key_of(name))
    before, _, rest = signed.partition(name.encode())
    between, _, after = rest.partition(previous.hex().encode())
    return before, between, after


def store(database: str, data: Path, rows: Iterable[Row]) -> None:
    """Put acts into a server's database.

    Args:
        database: the URL of a PostgreSQL database; empty for a SQLite file.
        data: the folder of the server, which does not run.
        rows: in order.
    """
    if database:
        asyncio.run(_store_in_postgresql(database, rows))
        return
    with contextlib.closing(sqlite3.connect(data / "server.sqlite3")) as connection, connection:
        for part in _parts(rows):
            connection.executemany(_INSERT, part)


async def _store_in_postgresql(url: str, rows: Iterable[Row]) -> None:
    import asyncpg  # type: ignore[import-untyped]  # it has no types

    connection = await asyncpg.connect(url)
    try:
        for part in _parts(rows):
            await connection.copy_records_to_table("facility_acts", records=part, columns=_COLUMNS)
    finally:
        await connection.close()


def _parts(rows: Iterable[Row]) -> Iterator[list[Row]]:
    part = list[Row]()
    for row in rows:
        part.append(row)
        if len(part) == _AT_ONCE:
            yield part
            part = []
    if part:
        yield part


def attested(record: Record, count: int, *, now: Instant) -> list[bytes]:
    """Return today's attestation of each school, signed."""
    return [record.attest(name, now) for name in names(count)]


def corrections(record: Record, count: int, *, now: Instant) -> Iterator[bytes]:
    """Yield corrections of today's attestations: one of each school in turn, and again.

    Args:
        record: in which each school has attested, and nothing since.
        count: how many schools.
        now: when.
    """
    for name in cycle(names(count)):
        yield record.attest(name, now, corrects=record.ends[name].previous)


def request(path: str, signed: bytes) -> bytes:
    """Return the request that hands an act in."""
    body = json.dumps({"act": b64encode(signed).decode(), "words": None}).encode()
    return post(path, body)
