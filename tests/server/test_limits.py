"""Limits: how often a client may ask, and that nobody can tell afterwards who it was."""

import gc
import tracemalloc
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from aiohttp import hdrs

from dp3t import UploadCode, random_from_os
from dp3t.proximity import DISCLOSURE_BYTES
from dp3t_server.config import Config
from dp3t_server.limits import KEY_SECONDS, MAX_CLIENTS, Limiter, Limits, address_behind, client_of
from key_server import InnerServer, in_process, lowcost_record, upload_of

ONE, OTHER = client_of("203.0.113.77"), client_of("203.0.113.78")
LOOPBACK = Config(
    reads_per_minute=5,
    reports_per_minute=3,
    disclosures_per_minute=2,
    wrong_tokens_per_minute=4,
)


class Watch:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def limiter(per_minute: int, watch: Watch) -> Limiter:
    return Limiter(per_minute, clock=watch, rand=random_from_os)


@pytest.mark.spec("OPERATING-4")
@pytest.mark.parametrize("per_minute", [1, 3, 7, 60, 120, 6000])
def test_a_burst_of_a_minutes_allowance_passes_and_no_more(per_minute: int) -> None:
    limits = limiter(per_minute, Watch())
    assert [limits.wait_seconds(ONE) for _ in range(per_minute)] == [0] * per_minute
    assert limits.wait_seconds(ONE) == max(1, -(-60 // per_minute))


@pytest.mark.spec("OPERATING-4")
def test_an_allowance_comes_back_evenly_and_no_more_than_a_minutes() -> None:
    watch = Watch()
    limits = limiter(6, watch)
    for _ in range(6):
        limits.wait_seconds(ONE)
    for _ in range(3):
        wait_seconds = limits.wait_seconds(ONE)
        assert wait_seconds == 10
        watch.seconds += 9.9
        assert limits.wait_seconds(ONE) == 1  # a refusal costs nothing
        watch.seconds += 0.1
        assert limits.wait_seconds(ONE) == 0
    watch.seconds += 500
    assert [limits.wait_seconds(ONE) for _ in range(7)] == [0] * 6 + [10]


@pytest.mark.spec("OPERATING-4")
def test_two_addresses_have_an_allowance_each() -> None:
    limits = limiter(2, Watch())
    assert [limits.wait_seconds(ONE) for _ in range(3)] == [0, 0, 30]
    assert [limits.wait_seconds(OTHER) for _ in range(3)] == [0, 0, 30]


@pytest.mark.spec("OPERATING-4")
def test_a_limit_that_is_turned_off_remembers_nobody() -> None:
    limits = limiter(0, Watch())
    assert [limits.wait_seconds(ONE) for _ in range(1000)] == [0] * 1000
    assert len(limits) == 0


@pytest.mark.spec("OPERATING-4")
@pytest.mark.parametrize(
    ("address", "other", "same"),
    [
        ("203.0.113.77", "203.0.113.77", True),
        ("203.0.113.77", "203.0.113.78", False),
        ("203.0.113.77", "::ffff:203.0.113.77", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("", "not an address", True),
    ],
)
def test_what_counts_as_one_client(address: str, other: str, same: bool) -> None:
    assert (client_of(address) == client_of(other)) is same


@pytest.mark.spec("OPERATING-6")
def test_after_an_hour_key_and_digests_are_others() -> None:
    watch, keys = Watch(), list[bytes]()

    def rand(length: int) -> bytes:
        keys.append(random_from_os(length))
        return keys[-1]

    limits = Limiter(2, clock=watch, rand=rand)
    assert [limits.wait_seconds(ONE) for _ in range(3)] == [0, 0, 30]
    before = held_by(limits)
    watch.seconds += KEY_SECONDS - 1
    limits.wait_seconds(OTHER)
    assert len(keys) == 1
    watch.seconds += 1
    assert [limits.wait_seconds(ONE) for _ in range(3)] == [0, 0, 30]
    assert [len(key) for key in keys] == [32, 32]
    assert len(limits) == 1
    digests = {value for value in held_by(limits) if isinstance(value, bytes)}
    assert digests.isdisjoint(value for value in before if isinstance(value, bytes))


@pytest.mark.spec("OPERATING-6")
def test_two_limiters_know_a_client_by_other_digests() -> None:
    found = []
    for _ in range(2):
        limits = limiter(2, Watch())
        limits.wait_seconds(ONE)
        found.append({value for value in held_by(limits) if isinstance(value, bytes)})
    assert found[0].isdisjoint(found[1])


@pytest.mark.spec("OPERATING-9")
def test_the_memory_is_bounded_whatever_the_number_of_addresses() -> None:
    limits = limiter(2, Watch())
    for _ in range(3):
        limits.wait_seconds(ONE)
    tracemalloc.start()
    try:
        for number in range(MAX_CLIENTS + 5000):
            limits.wait_seconds(number.to_bytes(8, "big"))
        used, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(limits) == MAX_CLIENTS == 32_768
    assert used < 12 * 2**20
    assert limits.wait_seconds(ONE) == 0  # silent longest, and so forgotten


@pytest.mark.spec("OPERATING-9")
def test_who_keeps_asking_is_not_forgotten() -> None:
    limits = limiter(2, Watch())
    for number in range(2 * MAX_CLIENTS):
        limits.wait_seconds(number.to_bytes(8, "big"))
        if number % 1000 == 0:
            waited = limits.wait_seconds(ONE)
    assert waited > 0


@pytest.mark.spec("OPERATING-5")
@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("198.51.100.1", ["203.0.113.5"], "198.51.100.1"),
        ("127.0.0.1", [], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.5"], "203.0.113.5"),
        ("127.0.0.1", ["1.2.3.4, 203.0.113.5"], "203.0.113.5"),
        ("127.0.0.1", ["1.2.3.4", "203.0.113.5, 10.1.1.1"], "203.0.113.5"),
        ("127.0.0.1", ["10.1.1.2,10.1.1.1"], "10.1.1.2"),
        ("::ffff:127.0.0.1", ["2001:db8::7"], "2001:db8::7"),
        ("127.0.0.1", ["203.0.113.5, unknown"], "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.5:4711"], "127.0.0.1"),
        ("127.0.0.1", [""], "127.0.0.1"),
        (None, ["203.0.113.5"], None),
    ],
)
def test_only_a_trusted_proxy_says_for_whom_it_asks(
    peer: str | None, forwarded: list[str], expected: str | None
) -> None:
    """Of a list only the last address that is no proxy's; what stands before can be invented."""
    trusted = [ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8")]
    assert address_behind(peer, forwarded, trusted=trusted) == expected


async def statuses(server: InnerServer, path: str, count: int, forged: str = "") -> list[int]:
    """Return what a file's requests are answered; each names other addresses, if any."""
    found = []
    for number in range(count):
        headers = {"X-Forwarded-For": forged.format(number)} if forged else {}
        async with server.session.get(server.url + path, headers=headers) as response:
            found.append(response.status)
    return found


@pytest.mark.spec("OPERATING-5")
async def test_a_forged_header_does_not_help_who_is_no_trusted_proxy(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=LOOPBACK) as server:
        assert await statuses(server, "/v1/index", 7, "203.0.113.{}") == [200] * 5 + [429] * 2


@pytest.mark.spec("OPERATING-5")
async def test_a_forged_address_before_the_one_a_proxy_added_does_not_help(tmp_path: Path) -> None:
    config = Config(reads_per_minute=5, trusted_proxies=(ip_network("127.0.0.0/8"),))
    async with in_process(tmp_path, config=config) as server:
        forged = "203.0.113.{}, 198.51.100.9"
        assert await statuses(server, "/v1/index", 7, forged) == [200] * 5 + [429] * 2
        assert await statuses(server, "/v1/index", 7, "203.0.113.{}") == [200] * 7


@pytest.mark.spec("OPERATING-4", "SERVER-5")
async def test_each_kind_of_request_has_its_own_limit_and_the_common_shape(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=LOOPBACK) as server:
        assert await statuses(server, "/v1/index", 6) == [200] * 5 + [429]
        assert await statuses(server, "/nowhere", 1) == [429]
        body = upload_of(UploadCode.generate(rand=random_from_os), lowcost_record())
        for path, sent, allowed in (
            ("/v1/reports", body, 3),
            ("/v1/disclosures", bytes(DISCLOSURE_BYTES), 2),
        ):
            for _ in range(allowed):
                status, _ = await server.ask("POST", path, sent)
                assert status == 200
            async with server.session.post(server.url + path, data=sent) as response:
                answer = await response.json()
                assert response.status == 429
            assert response.headers[hdrs.CONNECTION] == "close"  # its body stays unread
            assert answer["error"]["code"] == "too-many-requests"
            assert set(answer["error"]) == {"code", "message"}
            assert 1 <= int(response.headers[hdrs.RETRY_AFTER]) <= 60
        await server.codes(2)  # the operator is not limited


@pytest.mark.spec("OPERATING-10")
async def test_dummies_use_up_the_same_allowance_as_reports(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=LOOPBACK) as server:
        real = upload_of(await server.code(), lowcost_record())
        dummy = upload_of(UploadCode.generate(rand=random_from_os), lowcost_record())
        found = [(await server.ask("POST", "/v1/reports", sent))[0] for sent in (dummy, real) * 3]
        assert found == [200] * 3 + [429] * 3
        longer = bytes(100_000)
        assert (await server.ask("POST", "/v1/reports", longer))[0] == 429  # not 413: unread


@pytest.mark.spec("OPERATING-7", "OPERATING-8")
async def test_wrong_tokens_are_limited_and_the_right_one_never_is(tmp_path: Path) -> None:
    async with in_process(tmp_path, config=LOOPBACK) as server:
        found = [
            (await server.ask("POST", "/v1/operator/codes", {"count": 1}, token="0" * 64))[0]
            for _ in range(6)
        ]
        assert found == [401] * 4 + [429] * 2
        for _ in range(6):
            assert len(await server.codes(1)) == 1


@pytest.mark.spec("OPERATING-4")
def test_limits_are_on_unless_somebody_turns_them_off() -> None:
    config = Config()
    kinds = ("reads", "reports", "disclosures", "wrong_tokens")
    assert all(getattr(config, f"{kind}_per_minute") > 0 for kind in kinds)
    assert config.trusted_proxies == ()


def held_by(root: object) -> list[object]:
    """Return everything that an object keeps alive, the code aside."""
    seen, found, todo = set[int](), list[object](), [root]
    while todo:
        each = todo.pop()
        if id(each) in seen or isinstance(each, type) or callable(each):
            continue
        seen.add(id(each))
        found.append(each)
        todo += gc.get_referents(each)
    return found


def mentions(values: Iterable[object], address: str) -> bool:
    """Return whether an address stands among values, as text, bytes, number or object."""
    parsed = ip_address(address)
    hidden: tuple[Any, ...] = (parsed.packed, address.encode(), address, parsed)
    return any(
        (isinstance(value, bytes) and any(h in value for h in hidden[:2]))
        or (isinstance(value, str) and address in value)
        or value == parsed
        or value == int(parsed)
        for value in values
    )


@pytest.mark.spec("OPERATING-6", "SERVER-20")
async def test_no_address_stays_in_the_limiter_its_representation_or_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = "203.0.113.77"
    config = Config(reads_per_minute=3, trusted_proxies=(ip_network("127.0.0.1"),))
    limits = Limits(config, clock=Watch(), rand=random_from_os)
    limiters = [each for each in held_by(vars(limits)) if isinstance(each, Limiter)]
    assert len(limiters) >= 8
    for each in limiters:
        for _ in range(200):
            each.wait_seconds(client_of(address))
    assert not mentions(held_by(vars(limits)) + [vars(each) for each in limiters], address)
    assert mentions([b"x" + ip_address(address).packed], address)  # the search can find one
    assert address not in repr(limits) + "".join(map(repr, limiters))
    async with in_process(tmp_path, config=config) as server:
        assert 429 in await statuses(server, "/v1/index", 5, address)
    written = capsys.readouterr()
    assert address not in written.out + written.err
