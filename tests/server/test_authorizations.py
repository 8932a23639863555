"""The three forms of authorisation in use, through HTTP, and what is stored of them."""

import pytest

from authorizations import (
    SINCE,
    activate,
    active,
    bound,
    config,
    each_design,
    inactive,
    phone,
    published,
    rows,
    send,
    send_bound,
    state,
    statement_of,
)
from databases import sqlite_only
from dp3t import Day, Instant, UploadCode, day_of, random_from_os, release_after
from dp3t.proximity import DESIGN_NAMES
from dp3t.publication import ANSWER_BYTES
from dp3t_server.promises import masked
from dp3t_server.tables import codes, commitments
from key_server import DAY, HOUR, NOW, InnerServer
from tested_phones import body_of

SERVER_CONFIG = config()


class TestHonestUse:
    """Each form, in each design."""

    @each_design
    @pytest.mark.spec("COMMITMENT-11", "COMMITMENT-10")
    async def test_committed_keys_are_accepted_and_published(
        self, server: InnerServer, name: str
    ) -> None:
        report, openings = await bound(server, phone(name))
        assert await send(server, openings, report) == "accepted"
        assert await published(server) == len(report.records)

    @each_design
    @pytest.mark.spec("AUTHORIZATION-8", "AUTHORIZATION-9")
    async def test_an_activated_code_takes_keys_since_its_first_day(
        self, server: InnerServer, name: str
    ) -> None:
        report = phone(name).report(since=SINCE)
        assert await send(server, await active(server), report) == "accepted"
        assert await published(server) == len(report.records)

    @pytest.mark.spec("AUTHORIZATION-8")
    async def test_a_code_that_the_phone_drew_can_be_activated(self, server: InnerServer) -> None:
        code = UploadCode.generate(rand=random_from_os)
        report = phone().report(since=SINCE)
        assert await send(server, code, report) == "unknown-code"
        assert await activate(server, code) == "ok"
        assert await send(server, code, report) == "accepted"

    @pytest.mark.spec("AUTHORIZATION-8")
    async def test_an_activated_code_is_good_for_some_hours(self, server: InnerServer) -> None:
        """Six hours from 10:30 and up to the even hour: until 18:00."""
        last, late = await active(server), await active(server)
        report = phone().report(since=SINCE)
        end = NOW - NOW % DAY + 18 * HOUR
        await server.move_to(end - 1)
        assert await send(server, last, report) == "accepted"
        await server.move_to(end)
        assert await send(server, late, report) == "expired-code"
        assert await activate(server, late) == "ok"
        assert await send(server, late, report) == "accepted"

    @pytest.mark.spec("AUTHORIZATION-8")
    async def test_what_cannot_be_activated_is_refused(self, server: InnerServer) -> None:
        simple, spent, old = await server.code(), await active(server), await inactive(server)
        assert await send(server, spent, phone().report(since=SINCE)) == "accepted"
        assert await activate(server, simple) == "refused"
        assert await activate(server, spent) == "refused"
        assert await activate(server, old, Day(day_of(NOW) + 1)) == "refused"
        await server.move_to(NOW + 15 * DAY)
        assert await activate(server, old) == "refused"

    @pytest.mark.spec("SERVER-13", "COMMITMENT-13")
    async def test_the_same_bound_upload_again_is_accepted_and_published_once(
        self, server: InnerServer
    ) -> None:
        report, openings = await bound(server, phone())
        body = body_of(openings, report)
        assert [await server.send(body) for _ in range(2)] == ["accepted"] * 2
        await server.move_to(NOW + 4 * DAY)  # the statement has expired
        assert await server.send(body) == "accepted"
        assert len(await server.published()) == len(report.records)

    @pytest.mark.spec("SERVER-9", "REPORT-4")
    async def test_every_answer_looks_alike(self, server: InnerServer) -> None:
        report, openings = await bound(server, phone())
        swapped, _ = phone(seed=2).bound(phone(seed=2).committed(), since=SINCE)
        bodies = [
            body_of(openings, swapped),
            body_of(openings, report),
            body_of(await inactive(server), report),
            body_of(await active(server, day_of(NOW)), report),
            body_of(UploadCode.generate(rand=random_from_os), report),
        ]
        shapes = set()
        for body in bodies:
            async with server.session.post(server.url + "/v1/reports", data=body) as response:
                answer = await response.read()
                headers = {name: len(value) for name, value in response.headers.items()}
                shapes.add((response.status, len(answer), tuple(headers.items())))
        ((status, length, _),) = shapes
        assert (status, length) == (200, ANSWER_BYTES)


class TestStorage:
    """What the database holds, and for how long."""

    @pytest.mark.spec("SERVER-18", "AUTHORIZATION-11")
    async def test_a_spent_code_has_forgotten_its_hours_and_its_day(
        self, server: InnerServer
    ) -> None:
        waiting, good, spent = await inactive(server), await active(server), await active(server)
        body = body_of(spent, phone().report(since=SINCE))
        assert await server.send(body) == "accepted"
        key = server.parts.secrets.load().digest_key
        until = NOW - NOW % DAY + 18 * HOUR
        expires = day_of(NOW) + 15
        promised = masked(release_after(NOW), digest=spent.digest(key), body=body)
        assert {tuple(row) for row in await rows(server, codes)} == {
            (waiting.digest(key), expires, 0, bytes(32), 0, None, None, "report"),
            (good.digest(key), expires, 0, bytes(32), until, SINCE, None, "report"),
            (spent.digest(key), expires, 1, spent.binding(body), 0, None, promised, "report"),
        }

    @pytest.mark.spec("COMMITMENT-12", "COMMITMENT-13")
    async def test_of_a_hash_digest_expiry_use_and_binding_are_stored(
        self, server: InnerServer
    ) -> None:
        tested = phone()
        secret = tested.committed()
        statement = statement_of(secret.commitment())
        await state(server, statement)
        found = await rows(server, commitments)
        assert {row.digest for row in found}.isdisjoint(statement.hashes)
        assert {tuple(row)[1:] for row in found} == {(statement.expires, 0, bytes(32), None)}
        assert await send_bound(server, tested.bound(secret, since=SINCE)) == "accepted"
        spent = await rows(server, commitments)
        assert len({row.binding for row in spent}) == len({row.promised for row in spent}) == 5

    @pytest.mark.spec("SERVER-27")
    async def test_hashes_are_erased_when_their_days_are_over(self, server: InnerServer) -> None:
        await bound(server, phone())
        await server.move_to(release_after(Instant(NOW + 14 * DAY)))
        assert len(await rows(server, commitments)) == 5
        await server.move_to(release_after(Instant(NOW + 17 * DAY)))
        assert await rows(server, commitments) == []

    @each_design
    @pytest.mark.spec("SERVER-52")
    @sqlite_only
    async def test_after_publication_the_files_hold_no_key_that_the_batch_does_not(
        self, server: InnerServer, name: str
    ) -> None:
        report, openings = await bound(server, phone(name))
        assert await send(server, openings, report) == "accepted"
        await published(server)
        in_batches = b"".join(batch.content for batch in await server.batches())
        folder = server.data.database.parent
        kept = b"".join(path.read_bytes() for path in folder.glob("server.sqlite3*"))
        for record in report.records:
            assert (record.key in kept) == (record.key in in_batches)
        assert all(random not in kept for random in openings.randoms)

    async def test_the_longest_upload_of_a_design_is_stored_and_recognised(
        self, server: InnerServer
    ) -> None:
        """Far more keys than one query may name."""
        name = "unlinkable" if "unlinkable" in DESIGN_NAMES else "hybrid"
        report = phone(name).report(since=Day(day_of(NOW) - 14))
        for code in await server.codes(2):
            assert await send(server, code, report) == "accepted"
        assert await published(server) == len(report.records)
