"""The HTTP side of a phone: fetch what is new, verify it, upload a report.

Everything it fetches is measured against a `ServerView` before anything looks at it: signatures,
the number of the index, the transparency log. It hands the phone one batch at a time, so that a
failure loses nothing that came before.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp

from dp3t.connection import Connection, ConnectionFailedError, Fetched, continued
from dp3t.errors import Dp3tError, MalformedError, PolicyError, VerificationError
from dp3t.phone import Phone
from dp3t.presence.matching import PresenceMatch, Run
from dp3t.presence.owner_dummies import OwnerDummies, dummy_upload
from dp3t.presence.upload import TraceUpload, check_trace_answer
from dp3t.primitives import Rand, X25519PublicKey
from dp3t.proximity.disclosure import DISCLOSURE_BYTES, check_disclosure_answer
from dp3t.proximity.interface import Match
from dp3t.publication.answer import ANSWER_BYTES
from dp3t.publication.authorization import UploadCode
from dp3t.publication.batch import Batch
from dp3t.publication.index import MAX_INDEX_BYTES, Index
from dp3t.publication.listing import DayEntry, IndexEntry
from dp3t.publication.receipt import Receipt
from dp3t.publication.report import Report, Upload, check_answer
from dp3t.publication.server_view import NO_WITNESSES, ServerView, Witnesses
from dp3t.publication.transparency import inclusion_tiles
from dp3t.timeline import Day, Instant, Stretch, day_of, day_start

__all__ = ["Client", "Update"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What one call of `Client.update` brought.

    Attributes:
        batches: how many batches were fetched.
        bytes_downloaded: body bytes of everything that was fetched: index, lists of days, tiles of
            the log and batches.
        matches: the new matches, of encounters and of visits.
    """

    batches: int
    bytes_downloaded: int
    matches: tuple[Match | PresenceMatch, ...]


class Client:
    """A connection to one key-publication server; use it as an asynchronous context manager.

    Attributes:
        view: what the phone knows of the server. It changes with every index: save its `encode()`
            with the phone and give `ServerView.decode` of that to the next client, or a server
            could show the app an old index after a restart.
    """

    def __init__(
        self,
        base_url: str,
        *,
        view: ServerView,
        witnesses: Witnesses = NO_WITNESSES,
        uploads_to: str = "",
        connector: aiohttp.BaseConnector | None = None,
    ) -> None:
        """Prepare a connection.

        Args:
            base_url: scheme, host and port, and a path prefix if the server has one; a region that
                is not the server's first has its name for a prefix.
            view: what the phone knows of the server; at first the keys from the app's own package.
            witnesses: who else has to have seen what the server's log shows.
            uploads_to: where reports and disclosures go, if `base_url` only hands out files, as a
                static tree on a CDN does.
            connector: connections to share, which stay open; new ones are made otherwise. The
                session is always the client's own: another could carry cookies [CLIENT-8].
        """
        self.view = view
        self._witnesses = witnesses
        self._connection = Connection(base_url, connector)
        self._uploads = Connection(uploads_to or base_url, connector)
        self._index: Index | None = None

    async def __aenter__(self) -> Self:
        self._connection.open()
        self._uploads.open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._connection.close()
        await self._uploads.close()

    @property
    def index(self) -> Index | None:
        """The newest index fetched, or None before the first update."""
        return self._index

    async def update(self, phone: Phone, *, now: Instant, run: Run = map) -> Update:
        """Fetch, verify and ingest every batch the phone has not seen [CLIENT-1] [CLIENT-2].

        Tick the phone to `now` first. A batch or a list of a day that is refused does not keep the
        others from being ingested; the first refusal is raised after the last batch [CLIENT-5].

        Args:
            phone: the phone.
            now: the present.
            run: as `Phone.ingest` has it.

        Raises:
            TransportError: the server is unreachable or breaks the protocol.
            VerificationError: something is not signed by a trusted key, the index went back, or the
                log does not hold what the index lists.
            SplitViewError: the log shows another history than before, with the proof of it.
            ExpiredError: the index is too old: the server or somebody before it is silent.
            TooEarlyError: the index was issued more than two hours after `now`.
            MalformedError: something is not what the index says.
        """
        fetched = Fetched(self._connection)
        index = await self._fetch_index(fetched, now)
        matches: list[Match | PresenceMatch] = []
        refusals: list[Dp3tError] = []
        batches = 0
        older = await self._older(fetched, index, phone, now, refusals)
        recent = _new_entries(index.entries, phone, index.region, now)
        for day, entries in [*older, (None, recent)]:
            whole = True
            for entry in entries:
                try:
                    matches += phone.ingest(await self._fetch_batch(fetched, entry), run=run)
                    batches += 1
                except ConnectionFailedError:
                    raise
                except Dp3tError as refusal:
                    whole = False
                    refusals.append(refusal)
            if day is not None and whole:
                self.view = self.view.with_day(day)
        phone.settle(now)
        if refusals:
            raise refusals[0]
        oldest = _oldest(phone, Instant(max(now, index.issued)))
        phone.caught_up(index.region, listed=Stretch(oldest, index.issued))
        return Update(batches=batches, bytes_downloaded=fetched.total, matches=tuple(matches))

    async def upload(self, phone: Phone, code: UploadCode | None = None) -> None:
        """Upload the phone's pending report [CLIENT-4].

        The report stays pending unless the server says that it accepted it; repeating the call
        after a lost answer is safe. A receipt that a trusted key has signed for a region of the
        server, as far as its index or the phone's batches tell it, goes to the phone [CLIENT-11].

        Args:
            phone: the phone.
            code: what the official gave; none where a test has committed to the report's keys.

        Raises:
            PolicyError: the server refused it (ExpiredError, ReplayError where that is why), or the
                service has ended [INDEX-16].
            TransportError: no answer, or none that is understood.
            ValueError: the phone has no pending report, or one that needs a code.
            TypeError: the code is not an UploadCode.
        """
        if not (code is None or isinstance(code, UploadCode)):
            raise TypeError("a code is what UploadCode.parse makes of the digits")
        if phone.pending is None:
            raise ValueError("the phone has no pending report")
        if self._index is not None and self._index.sunset is not None:
            raise PolicyError("the service has ended and takes no reports")
        authorization = code or phone.openings
        if authorization is None:
            raise ValueError("no test has committed to the pending report, so it needs a code")
        report = phone.pending
        receipt = check_answer(await self._send(Upload(authorization, report), phone))
        for region in self._regions(phone):
            if receipt is not None and self._promises(receipt, report, region):
                phone.report_accepted(receipt, region=region)
                return
        phone.report_accepted()

    async def send_dummies(self, phone: Phone, *, now: Instant, rand: Rand) -> int:
        """Upload every dummy that is due; return how many [DUMMY-7] [CLIENT-10].

        A dummy carries a code that nobody has issued, so the server refuses it; the request and the
        answer have the sizes of a report's. What is not answered stays due.

        Raises:
            TransportError: no answer, or none that is understood.
        """
        sent = 0
        while phone.dummy_due(now):
            report = phone.dummy_report(now=now, rand=rand)
            answer = await self._send(Upload(UploadCode.generate(rand=rand), report), phone)
            with suppress(PolicyError):
                check_answer(answer)
            phone.dummy_sent(now, rand=rand)
            sent += 1
        return sent

    async def disclose(self, sealed: bytes) -> None:
        """Hand in a sealed disclosure [DISCLOSURE-14].

        Call it only because the person has asked for it now. Repeating the call after a lost
        answer is safe.

        Raises:
            PolicyError: the server has no room.
            TransportError: no answer, or none that is understood.
            ValueError: not the bytes of a disclosure.
        """
        if len(sealed) != DISCLOSURE_BYTES:
            raise ValueError(f"a disclosure has {DISCLOSURE_BYTES} bytes")
        _, answer = await self._uploads.request(
            "POST", "/v1/disclosures", limit=ANSWER_BYTES, body=sealed
        )
        check_disclosure_answer(answer)

    async def upload_trace(self, sealed: bytes, code: UploadCode) -> None:
        """Hand in a venue's sealed pre-trace [CLIENT-16].

        Repeating the call with the same bytes after a lost answer is safe.

        Args:
            sealed: what `PreTrace.seal` returned.
            code: what the official gave, good for one upload.

        Raises:
            PolicyError: the server refused it (ExpiredError, ReplayError where that is why).
            TransportError: no answer, or none that is understood.
            ValueError: not the bytes of a pre-trace.
            TypeError: the code is not an UploadCode.
        """
        if not isinstance(code, UploadCode):
            raise TypeError("a code is what UploadCode.parse makes of the digits")
        check_trace_answer(await self._send_trace(TraceUpload(code, sealed)))

    async def send_owner_dummies(
        self, dummies: OwnerDummies, *, authority: X25519PublicKey, now: Instant, rand: Rand
    ) -> OwnerDummies:
        """Upload every dummy of an owner's app that is due; return what the app keeps [CLIENT-16].

        A dummy that is not answered stays due: keep the old state if this raises.

        Raises:
            TransportError: no answer, or none that is understood.
        """
        while dummies.due(now=now):
            answer = await self._send_trace(dummy_upload(authority, rand=rand))
            with suppress(PolicyError):
                check_trace_answer(answer)
            dummies = dummies.sent(now=now, rand=rand)
        return dummies

    async def _send_trace(self, upload: TraceUpload) -> bytes:
        """Return the answer to an owner's upload, a pre-trace's or a dummy's."""
        _, answer = await self._uploads.request(
            "POST", "/v1/traces", limit=ANSWER_BYTES, body=upload.encode()
        )
        return answer

    async def _send(self, upload: Upload, phone: Phone) -> bytes:
        """Return the answer to an upload, a report's or a dummy's."""
        body = upload.encode(to_bytes=phone.design.upload_bytes(phone.parameters))
        _, answer = await self._uploads.request(
            "POST", "/v1/reports", limit=ANSWER_BYTES, body=body
        )
        return answer

    def _regions(self, phone: Phone) -> list[str]:
        """Return the region of the server, or where no index was fetched those of the phone."""
        return [self.view.region] if self.view.number else sorted(phone.regions)

    def _promises(self, receipt: Receipt, report: Report, region: str) -> bool:
        """Return whether a trusted key promises to publish a report in a region [RECEIPT-4]."""
        try:
            receipt.verify(
                report.records, design=report.design, region=region, trusted=self.view.trusted
            )
        except VerificationError:
            return False
        return True

    async def _fetch_index(self, fetched: Fetched, now: Instant) -> Index:
        """Return the newest index once the log is known to continue [CLIENT-13]."""
        known = self._index
        # The tag is computed here, so that a server cannot mark a phone with one of its own.
        tag = f'"{self.view.digest.hex()}"' if known else ""
        status, data = await self._connection.request(
            "GET", "/v1/index", limit=MAX_INDEX_BYTES, etag=tag
        )
        if known and status == 304:
            known.require_fresh(now)
            return known
        fetched.total += len(data)
        index, self.view = await continued(
            fetched, self.view, data, now=now, witnesses=self._witnesses
        )
        self._index = index
        return index

    async def _older(
        self,
        fetched: Fetched,
        index: Index,
        phone: Phone,
        now: Instant,
        refusals: list[Dp3tError],
    ) -> list[tuple[DayEntry | None, list[IndexEntry]]]:
        """Return the days whose batches were not all read yet, each with those to read."""
        oldest = day_of(_oldest(phone, now))
        days = list[tuple[DayEntry | None, list[IndexEntry]]]()
        for day in index.days:
            if day.day >= oldest and not self.view.has_read(day):
                try:
                    data = await fetched.get(f"/v1/days/{day.name}", limit=day.size_bytes)
                    listed = day.open(data, region=index.region)
                except ConnectionFailedError:
                    raise
                except Dp3tError as refusal:
                    refusals.append(refusal)
                    continue
                days.append((day, _new_entries(listed.entries, phone, index.region, now)))
        return days

    async def _fetch_batch(self, fetched: Fetched, entry: IndexEntry) -> Batch:
        """Return a batch that index and log know, signed by a trusted key [CLIENT-14]."""
        size = self.view.log.size
        if entry.leaf >= size:
            raise MalformedError(f"the log has no place {entry.leaf} yet")
        tree = await fetched.tree(size, inclusion_tiles(entry.leaf, size))
        self.view.require_logged(entry, tree.inclusion_proof(entry.leaf))
        data = await fetched.get(f"/v1/batches/{entry.name}", limit=entry.size_bytes)
        entry.require_describes(data)
        batch = Batch.open(data, trusted=self.view.trusted)
        found = (batch.design, batch.release, batch.region)
        if found != (entry.design, entry.release, self.view.region):
            raise MalformedError(f"batch {entry.name} is of another design, time or region")
        return batch


def _new_entries(
    entries: Iterable[IndexEntry], phone: Phone, region: str, now: Instant
) -> list[IndexEntry]:
    """Return the batches that the phone can still use and has not ingested."""
    return [
        entry
        for entry in entries
        if entry.design in phone.reads
        and entry.release >= _oldest(phone, now)
        and not phone.has_ingested(release=entry.release, region=region, design=entry.design)
    ]


def _oldest(phone: Phone, now: Instant) -> Instant:
    """Return the earliest release of which a batch can still tell the phone something."""
    return day_start(Day(max(0, day_of(now) - phone.parameters.retention_days)))
