"""Attacks on what authorises a report, each through HTTP: what happens, form by form."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from authorizations import (
    AUTHORITY,
    SINCE,
    active,
    bound,
    config,
    each_design,
    fault,
    inactive,
    phone,
    rows,
    send,
    send_bound,
    state,
    statement_of,
)
from dp3t import Day, Instant, UploadCode, day_to_date, random_from_os
from dp3t.proximity import DESIGN_NAMES
from dp3t.publication import Report, SigningKey
from dp3t_server.tables import commitments
from key_server import DAY, SLOT, InnerServer, in_process
from tested_phones import body_of

SERVER_CONFIG = config()


class TestGuessing:
    """Brute force."""

    @pytest.mark.spec("AUTHORIZATION-1")
    def test_the_numbers_of_the_chapter(self) -> None:
        """With a million active codes and a thousand guesses a second for a year."""
        active_codes, guesses = 10**6, 1_000 * 365 * DAY
        assert 1 / 3_300 < active_codes * guesses / 10**20 < 1 / 3_100
        assert 10**10 / (active_codes * 1_000) == 10  # seconds, with ten digits

    @pytest.mark.spec("AUTHORIZATION-10")
    async def test_a_hit_on_an_inactive_code_is_answered_like_a_miss(
        self, server: InnerServer
    ) -> None:
        """But for the signature, which is another each time [RECEIPT-5]."""
        report, answers = phone().report(since=SINCE), list[dict[str, object]]()
        for code in (await inactive(server), UploadCode.generate(rand=random_from_os)):
            for days_ago in (4, 40):
                late = replace(report.records[0], attributes=((SINCE - days_ago) * 144, 144, 1, 0))
                body = body_of(code, Report(design="gaen", records=(late,)))
                async with server.session.post(server.url + "/v1/reports", data=body) as response:
                    answers.append(json.loads(await response.read()))
        assert len({answer.pop("receipt") for answer in answers}) == 4
        assert all(answer == answers[0] for answer in answers)
        assert answers[0]["refusal"] == "unknown-code"

    async def test_guessed_random_bytes_open_nothing(self, server: InnerServer) -> None:
        """The keys may be known: without r there is no hash that is authorised."""
        report, openings = await bound(server, phone())
        guess = replace(openings, randoms=tuple(random_from_os(32) for _ in openings.days))
        assert await send(server, guess, report) == "uncovered-keys"
        assert await send(server, openings, report) == "accepted"


class TestReplay:
    """A second use."""

    @pytest.mark.spec("SERVER-12")
    @pytest.mark.parametrize("kind", ["simple", "activated"])
    async def test_a_spent_code_takes_no_other_keys(self, server: InnerServer, kind: str) -> None:
        code = await (server.code() if kind == "simple" else active(server))
        assert await send(server, code, phone().report(since=SINCE)) == "accepted"
        assert await send(server, code, phone(seed=2).report(since=SINCE)) == "used-code"

    @pytest.mark.spec("COMMITMENT-11")
    async def test_committed_keys_are_spent_by_one_upload(self, server: InnerServer) -> None:
        tested = phone()
        secret = tested.committed()
        await state(server, statement_of(secret.commitment()))
        assert await send_bound(server, tested.bound(secret, since=SINCE)) == "accepted"
        fewer = tested.bound(secret, since=SINCE, redacted_days=(SINCE,))
        assert await send_bound(server, fewer) == "used-code"

    @pytest.mark.spec("COMMITMENT-15")
    async def test_a_statement_posted_again_revives_nothing(self, server: InnerServer) -> None:
        tested = phone()
        secret = tested.committed()
        short, long = (statement_of(secret.commitment(), hours=hours) for hours in (2, 48))
        assert [await state(server, each) for each in (short, short)] == ["ok", "ok"]
        report, openings = tested.bound(secret, since=SINCE)
        assert await send(server, openings, report) == "accepted"
        assert await state(server, long) == "ok"
        spent = [row for row in await rows(server, commitments) if row.used]
        assert {row.expires for row in spent} == {short.expires}
        other = tested.bound(secret, since=Day(SINCE + 1))
        assert await send_bound(server, other) == "used-code"

    @pytest.mark.spec("COMMITMENT-15")
    async def test_a_later_statement_prolongs_what_is_not_spent_and_no_earlier_one_cuts_it(
        self, server: InnerServer
    ) -> None:
        tested = phone()
        secret = tested.committed()
        short, long = (statement_of(secret.commitment(), hours=hours) for hours in (2, 48))
        for each in (short, long, short):
            assert await state(server, each) == "ok"
        assert {row.expires for row in await rows(server, commitments)} == {long.expires}

    @pytest.mark.spec("COMMITMENT-10", "COMMITMENT-11")
    async def test_an_authorisation_ends_when_its_statement_does(self, server: InnerServer) -> None:
        tested = phone()
        secret = tested.committed()
        statement = statement_of(secret.commitment(), hours=2)
        await state(server, statement)
        report, openings = tested.bound(secret, since=SINCE)
        await server.move_to(statement.expires)
        assert await send(server, openings, report) == "expired-code"
        assert await state(server, statement) == "refused"


class TestTheft:
    """A code that was stolen, forwarded or talked out of a patient, and its like in each form."""

    @pytest.mark.parametrize("kind", ["simple", "activated"])
    async def test_who_has_a_code_publishes_own_keys(self, server: InnerServer, kind: str) -> None:
        """What it does not protect against: the thief is first, the patient is too late."""
        code = await (server.code() if kind == "simple" else active(server))
        thief, patient = phone(seed=2), phone(seed=1)
        assert await send(server, code, thief.report(since=SINCE)) == "accepted"
        assert await send(server, code, patient.report(since=SINCE)) == "used-code"

    @pytest.mark.spec("AUTHORIZATION-10")
    async def test_an_activated_code_stolen_before_the_result_is_worth_nothing_yet(
        self, server: InnerServer
    ) -> None:
        code, report = await inactive(server), phone(seed=2).report(since=SINCE)
        assert await send(server, code, report) == "unknown-code"

    @each_design
    @pytest.mark.spec("COMMITMENT-11")
    async def test_swapped_keys_are_refused_where_they_were_committed_to(
        self, server: InnerServer, name: str
    ) -> None:
        """A thief may even have the patient's random bytes, or the patient may help."""
        report, openings = await bound(server, phone(name, seed=1))
        other = phone(name, seed=2)
        swapped, own = other.bound(other.committed(), since=SINCE)
        assert await send(server, openings, swapped) == "uncovered-keys"
        assert await send(server, own, swapped) == "uncovered-keys"
        assert await send(server, openings, report) == "accepted"

    @each_design
    async def test_one_swapped_key_among_the_committed_ones_is_refused(
        self, server: InnerServer, name: str
    ) -> None:
        report, openings = await bound(server, phone(name))
        *kept, last = report.records
        swapped = replace(last, key=bytes(len(last.key)))
        forged = replace(report, records=(*kept, swapped))
        more = replace(report, records=tuple(sorted((*report.records, swapped))))
        assert await send(server, openings, forged) == "uncovered-keys"
        assert await send(server, openings, more) == "uncovered-keys"

    async def test_a_swap_after_the_result_works_with_codes(self, server: InnerServer) -> None:
        """The patient uploads from another phone; the code does not notice."""
        for code in (await server.code(), await active(server)):
            keys = phone(seed=random_from_os(1)[0] + 10).report(since=SINCE)
            assert await send(server, code, keys) == "accepted"

    @pytest.mark.spec("COMMITMENT-11")
    async def test_keys_committed_to_under_one_design_are_refused_under_another(
        self, server: InnerServer
    ) -> None:
        """A low-cost key and an unlinkable seed both have 32 bytes and a number beside them."""
        report, openings = await bound(server, phone("lowcost"))
        for name in set(DESIGN_NAMES) - {"lowcost"}:
            _, statement_free = phone(name).bound(phone(name).committed(), since=SINCE)
            disguised = replace(report, design=name)
            assert await send(server, openings, disguised) == "uncovered-keys"
            assert await send(server, statement_free, disguised) == "uncovered-keys"


class TestFirstDay:
    """The first contagious day is the official's."""

    @each_design
    async def test_with_a_simple_code_the_patient_chooses(
        self, server: InnerServer, name: str
    ) -> None:
        report = phone(name).report(since=Day(SINCE - 5))
        assert await send(server, await server.code(), report) == "accepted"

    @each_design
    @pytest.mark.spec("AUTHORIZATION-9")
    async def test_with_an_activated_code_an_earlier_day_is_refused_and_a_later_one_taken(
        self, server: InnerServer, name: str
    ) -> None:
        code, tested = await active(server), phone(name)
        earlier, later = (tested.report(since=Day(SINCE + step)) for step in (-1, 1))
        assert await send(server, code, earlier) == "uncovered-keys"
        assert await send(server, code, later) == "accepted"

    @each_design
    @pytest.mark.spec("COMMITMENT-7", "COMMITMENT-11")
    async def test_with_commitments_an_earlier_day_is_not_authorised(
        self, server: InnerServer, name: str
    ) -> None:
        tested = phone(name)
        secret = tested.committed()
        await state(server, statement_of(secret.commitment()))
        earlier = tested.bound(secret, since=Day(SINCE - 1))
        assert await send_bound(server, earlier) == "uncovered-keys"
        later = tested.bound(secret, since=Day(SINCE + 1))
        assert await send_bound(server, later) == "accepted"

    async def test_a_day_written_anew_beside_the_key_is_another_key(
        self, server: InnerServer
    ) -> None:
        """Moving a low-cost key to an earlier day would claim the days between."""
        report, openings = await bound(server, phone("lowcost"))
        (record,) = report.records
        moved = replace(record, attributes=(SINCE - 1,))
        for days in (openings.days, (Day(SINCE - 1),)):
            forged = replace(openings, days=days)
            body = replace(report, records=(moved,))
            assert await send(server, forged, body) == "uncovered-keys"

    @pytest.mark.spec("COMMITMENT-17")
    async def test_the_authority_cannot_be_quoted_in_another_region(
        self, server: InnerServer
    ) -> None:
        """Both trust the same authority; only the region that it named takes the statement."""
        commitment = phone().committed().commitment()
        for region in ("TH", "VN-HN"):
            assert await state(server, statement_of(commitment, region=region)) == "refused"
        assert await rows(server, commitments) == []
        assert await state(server, statement_of(commitment)) == "ok"

    @pytest.mark.spec("COMMITMENT-17")
    async def test_a_statement_of_a_design_that_is_not_run_is_refused(self, tmp_path: Path) -> None:
        async with in_process(tmp_path, config=config(designs=("lowcost",))) as server:
            for name, expected in {"gaen": "refused", "lowcost": "ok"}.items():
                statement = statement_of(phone(name).committed().commitment())
                assert await state(server, statement) == expected
            assert len(await rows(server, commitments)) == len(statement.hashes)

    async def test_the_authority_cannot_be_quoted_for_another_day(
        self, server: InnerServer
    ) -> None:
        """The statement is signed: a byte changed is a statement nobody made."""
        signed = statement_of(phone().committed().commitment()).sign(AUTHORITY)
        for at in (10, 80, 120, len(signed) - 1):
            altered = signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]
            assert await fault(server, "statements", {"statement": altered.hex()}) == "refused"
        assert await rows(server, commitments) == []


class TestInsiders:
    """One of the two who have to work together, alone."""

    @pytest.mark.spec("COMMITMENT-16", "AUTHORIZATION-12")
    async def test_the_operator_alone_publishes_nothing_where_only_bound_keys_are_taken(
        self, tmp_path: Path
    ) -> None:
        async with in_process(tmp_path, config=config(authorizations=("bound",))) as server:
            code = UploadCode.generate(rand=random_from_os)
            day = day_to_date(SINCE).isoformat()
            own = SigningKey.generate(
                valid_from=AUTHORITY.valid_from,
                valid_until=AUTHORITY.valid_until,
                rand=random_from_os,
            )
            statement = statement_of(phone().committed().commitment())
            assert await fault(server, "codes", {"count": 1}) == "refused"
            assert await fault(server, "codes", {"count": 1, "inactive": True}) == "refused"
            activation = {"code": code.display(), "first_day": day}
            assert await fault(server, "activations", activation) == "refused"
            assert await state(server, statement, own) == "refused"
            report, openings = await bound(server, phone())
            assert await send(server, openings, report) == "accepted"

    @pytest.mark.spec("COMMITMENT-16", "SERVER-29")
    async def test_the_authority_alone_posts_nothing(self, server: InnerServer) -> None:
        statement = {"statement": statement_of(phone().committed().commitment()).sign(AUTHORITY)}
        body = {name: value.hex() for name, value in statement.items()}
        for token in ("", "0" * 64):
            assert await fault(server, "statements", body, token=token) == "unauthorized"
        assert await rows(server, commitments) == []

    @pytest.mark.spec("AUTHORIZATION-12")
    async def test_codes_of_before_are_not_taken_once_a_region_has_dropped_them(
        self, tmp_path: Path
    ) -> None:
        async with in_process(tmp_path, config=config()) as server:
            simple, activated = await server.code(), await active(server)
            report, openings = await bound(server, phone())
        for form, expected in {
            "simple": ["accepted", "unknown-code", "uncovered-keys"],
            "activated": ["unknown-code", "accepted", "uncovered-keys"],
            "bound": ["unknown-code", "unknown-code", "accepted"],
        }.items():
            async with in_process(tmp_path, config=config(authorizations=(form,))) as server:
                found = [
                    await send(server, permission, report)
                    for permission in (simple, activated, openings)
                ]
            assert found == expected, form

    @pytest.mark.spec("COMMITMENT-10")
    async def test_a_key_that_has_ended_signs_nothing_more(self, server: InnerServer) -> None:
        """A thief dates the statement back; the key has ended by now."""
        commitment = phone().committed().commitment()
        statement = statement_of(commitment, hours=300)
        late = replace(
            statement,
            issued=Instant(AUTHORITY.valid_until - AUTHORITY.valid_until % SLOT - SLOT),
            expires=Instant(AUTHORITY.valid_until - AUTHORITY.valid_until % SLOT + 10 * DAY),
        )
        await server.move_to(AUTHORITY.valid_until)
        assert await state(server, late) == "refused"
