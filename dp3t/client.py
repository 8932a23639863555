"""The HTTP side of a phone: fetch what is new, verify it, upload a report.

Everything it fetches passes through `TrustedKeys` before anything looks at it, and it hands the
phone one batch at a time, so that a failure loses nothing that came before.
"""

from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

import aiohttp

from dp3t.errors import (
    Dp3tError,
    LimitError,
    MalformedError,
    PolicyError,
    TransportError,
    VerificationError,
)
from dp3t.phone import Phone
from dp3t.primitives import Rand, sha256
from dp3t.proximity.disclosure import (
    DISCLOSURE_BYTES,
    check_disclosure_answer,
)
from dp3t.proximity.interface import Match
from dp3t.publication.answer import ANSWER_BYTES
from dp3t.publication.authorization import UploadCode
from dp3t.publication.batch import Batch
from dp3t.publication.index import MAX_INDEX_BYTES, Index, IndexEntry
from dp3t.publication.receipt import Receipt
from dp3t.publication.report import Report, Upload, check_answer
from dp3t.publication.signing import TrustedKeys
from dp3t.timeline import Day, Instant, Stretch, day_of, day_start

__all__ = ["Client", "Update"]

_CHUNK_BYTES = 2**16
_TIMEOUT_SECONDS = 60
_USER_AGENT = "dp3t"


class _ConnectionFailedError(TransportError):
    """No answer came; the next request would fare no better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """What one call of `Client.update` brought.

    Attributes:
        batches: how many batches were fetched.
        bytes_downloaded: body bytes of the index and the batches.
        matches: the new matches.
    """

    batches: int
    bytes_downloaded: int
    matches: tuple[Match, ...]


class Client:
    """A connection to one key-publication server; use it as an asynchronous context manager.

    Attributes:
        trusted: the keys that may sign. It changes when a trusted index announces new ones; save
            its `encode()` with the phone and give `TrustedKeys.decode` of that to the next client.
    """

    def __init__(
        self,
        base_url: str,
        *,
        trusted: TrustedKeys,
        connector: aiohttp.BaseConnector | None = None,
    ) -> None:
        """Prepare a connection.

        Args:
            base_url: scheme, host and port, and a path prefix if the server has one.
            trusted: at least one key of the server, from the app's own package.
            connector: connections to share, which stay open; new ones are made otherwise. The
                session is always the client's own: another could carry cookies [CLIENT-8].
        """
        self.trusted = trusted
        self._base_url = base_url.rstrip("/")
        self._connector = connector
        self._session: aiohttp.ClientSession | None = None
        self._index: tuple[str, Index] | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            connector=self._connector,
            connector_owner=self._connector is None,
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT_SECONDS),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    @property
    def index(self) -> Index | None:
        """The newest index fetched, or None before the first update."""
        return self._index[1] if self._index else None

    async def update(self, phone: Phone, *, now: Instant) -> Update:
        """Fetch, verify and ingest every batch the phone has not seen [CLIENT-1] [CLIENT-2].

        Tick the phone to `now` first. A batch that is refused does not keep the others from being
        ingested; the first refusal is raised after the last batch [CLIENT-5].

        Raises:
            TransportError: the server is unreachable or breaks the protocol.
            VerificationError: something is not signed by a trusted key, or the index went back.
            TooEarlyError: the index was issued more than two hours after `now`.
            MalformedError: something is not what the index says.
        """
        index, downloaded = await self._fetch_index(now)
        matches: list[Match] = []
        refusals: list[Dp3tError] = []
        batches = 0
        for entry in _new_entries(index, phone, now):
            try:
                data = await self._fetch_batch(entry)
                downloaded += len(data)
                matches += phone.ingest(self._open_batch(data, entry, index.region))
                batches += 1
            except _ConnectionFailedError:
                raise
            except Dp3tError as refusal:
                refusals.append(refusal)
        phone.settle(now)
        if refusals:
            raise refusals[0]
        oldest = _oldest_day(Instant(max(now, index.issued)), phone)
        phone.caught_up(index.region, listed=Stretch(day_start(oldest), index.issued))
        return Update(batches=batches, bytes_downloaded=downloaded, matches=tuple(matches))

    async def upload(self, phone: Phone, code: UploadCode | None = None) -> None:
        """Upload the phone's pending report [CLIENT-4].

        The report stays pending unless the server says that it accepted it; repeating the call
        after a lost answer is safe. A receipt that a trusted key has signed for a region of the
        server, as far as its index or the phone's batches tell it, goes to the phone [CLIENT-11].

        Args:
            phone: the phone.
            code: what the official gave; none where a test has committed to the report's keys.

        Raises:
            PolicyError: the server refused it (ExpiredError, ReplayError where that is why).
            TransportError: no answer, or none that is understood.
            ValueError: the phone has no pending report, or one that needs a code.
            TypeError: the code is not an UploadCode.
        """
        if not (code is None or isinstance(code, UploadCode)):
            raise TypeError("a code is what UploadCode.parse makes of the digits")
        if phone.pending is None:
            raise ValueError("the phone has no pending report")
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
        _, answer = await self._request("POST", "/v1/disclosures", limit=ANSWER_BYTES, body=sealed)
        check_disclosure_answer(answer)

    async def _send(self, upload: Upload, phone: Phone) -> bytes:
        """Return the answer to an upload, a report's or a dummy's."""
        body = upload.encode(to_bytes=phone.design.upload_bytes(phone.parameters))
        _, answer = await self._request("POST", "/v1/reports", limit=ANSWER_BYTES, body=body)
        return answer

    def _regions(self, phone: Phone) -> list[str]:
        """Return the region of the server, or where no index was fetched those of the phone."""
        return [self._index[1].region] if self._index else sorted(phone.regions)

    def _promises(self, receipt: Receipt, report: Report, region: str) -> bool:
        """Return whether a trusted key promises to publish a report in a region [RECEIPT-4]."""
        try:
            receipt.verify(
                report.records, design=report.design, region=region, trusted=self.trusted
            )
        except VerificationError:
            return False
        return True

    async def _fetch_index(self, now: Instant) -> tuple[Index, int]:
        known = self._index
        status, data = await self._request(
            "GET",
            "/v1/index",
            limit=MAX_INDEX_BYTES,
            etag=known[0] if known else "",
        )
        if known and status == 304:
            return known[1], 0
        index = Index.open(data, trusted=self.trusted, now=now)
        if known and (index.region != known[1].region or index.issued < known[1].issued):
            raise VerificationError("the index is older than one seen before, or of another region")
        ended = index.entries[0].release if index.entries else index.issued
        self.trusted = self.trusted.without_ended(before=ended).with_keys(index.keys)
        # The tag is computed here, so that a server cannot mark a phone with one of its own.
        self._index = (f'"{sha256(data).hex()}"', index)
        return index, len(data)

    async def _fetch_batch(self, entry: IndexEntry) -> bytes:
        path = f"/v1/batches/{entry.name}"
        _, data = await self._request("GET", path, limit=entry.size_bytes)
        return data

    def _open_batch(self, data: bytes, entry: IndexEntry, region: str) -> Batch:
        entry.require_describes(data)
        batch = Batch.open(data, trusted=self.trusted)
        found = (batch.design, batch.release, batch.region)
        if found != (entry.design, entry.release, region):
            raise MalformedError(f"batch {entry.name} is of another design, time or region")
        return batch

    async def _request(
        self, method: str, path: str, *, limit: int, body: bytes | None = None, etag: str = ""
    ) -> tuple[int, bytes]:
        if self._session is None:
            raise TypeError("use the client in an `async with` block")
        headers = {"User-Agent": _USER_AGENT}
        if etag:
            headers["If-None-Match"] = etag
        if body is not None:
            headers["Content-Type"] = "application/octet-stream"
        try:
            async with self._session.request(
                method, self._base_url + path, data=body, headers=headers, allow_redirects=False
            ) as response:
                if response.status != 200 and not (etag and response.status == 304):
                    raise TransportError(f"{method} {path}: the server answered {response.status}")
                return response.status, await _read(response, limit)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise _ConnectionFailedError(f"{method} {path}: {type(error).__name__}") from error


def _new_entries(index: Index, phone: Phone, now: Instant) -> list[IndexEntry]:
    """Return the batches that the phone can still use and has not ingested."""
    oldest = day_start(_oldest_day(now, phone))
    return [
        entry
        for entry in index.entries
        if entry.design == phone.design.name
        and entry.release >= oldest
        and not phone.has_ingested(release=entry.release, region=index.region)
    ]


def _oldest_day(now: Instant, phone: Phone) -> Day:
    return Day(max(0, day_of(now) - phone.parameters.retention_days))


async def _read(response: aiohttp.ClientResponse, limit: int) -> bytes:
    chunks = bytearray()
    async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
        chunks += chunk
        if len(chunks) > limit:
            raise LimitError("the server sent more than the protocol allows")
    return bytes(chunks)
