"""Limits on what one client may ask for, kept without its address.

A client is an IPv4 address or the first half of an IPv6 address. It is known by a keyed digest; the
key is drawn at the start, is in memory only and is replaced every hour, with all that was counted
under it. So nobody can tell later who was counted, and a client may at most once an hour begin
anew before its time [OPERATING-6].
"""

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from socket import AF_INET, inet_pton

from aiohttp import web
from aiohttp.typedefs import Handler

from dp3t import Rand
from dp3t.primitives import hmac_sha256
from dp3t_server.config import Config
from dp3t_server.faults import Fault

MAX_CLIENTS = 32_768
"""How many clients one limiter remembers; a further one takes the place of who was silent longest.

That one is forgotten with a fresh allowance. Whoever has more addresses than this has as many
allowances anyway.
"""

KEY_SECONDS = 3_600
_MINUTE_SECONDS = 60
_DIGEST_BYTES = 16

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Limiter:
    """Token buckets that are found by a keyed digest of the client.

    A bucket holds the requests of one minute and fills up within a minute. What is stored of it is
    the moment at which it will be full.

    Args:
        per_minute: how many tokens a bucket holds and gets in a minute; 0 for no limit.
        clock: seconds that never go back.
        rand: where keys come from.
    """

    def __init__(self, per_minute: int, *, clock: Callable[[], float], rand: Rand) -> None:
        self._step_seconds = _MINUTE_SECONDS / per_minute if per_minute else 0.0
        self._clock = clock
        self._rand = rand
        self._full_at = OrderedDict[bytes, float]()
        self._key = b""
        self._key_until = -math.inf

    def __len__(self) -> int:
        """Return how many clients are remembered."""
        return len(self._full_at)

    def wait_seconds(self, client: bytes) -> int:
        """Take a token of a client; return 0, or after how many seconds there will be one."""
        if not self._step_seconds:
            return 0
        now = self._clock()
        self._renew_key(now)
        digest = hmac_sha256(self._key, client)[:_DIGEST_BYTES]
        full_at = max(self._full_at.pop(digest, now), now) + self._step_seconds
        excess = full_at - now - _MINUTE_SECONDS
        refused = excess > self._step_seconds * 1e-6  # sums of fractions are not exact
        self._full_at[digest] = full_at - self._step_seconds if refused else full_at
        if len(self._full_at) > MAX_CLIENTS:
            self._full_at.popitem(last=False)
        return math.ceil(excess) if refused else 0

    def _renew_key(self, now: float) -> None:
        if now >= self._key_until:
            self._key, self._key_until = self._rand(32), now + KEY_SECONDS
            self._full_at.clear()


def client_of(address: str | None) -> bytes:
    """Return what counts as one client: 4 bytes of IPv4, the first 8 of IPv6; none where unknown.

    Within 64 bits a household can take any address it likes.
    """
    with suppress(OSError, ValueError):
        return inet_pton(AF_INET, address or "")  # nearly all, and ten times as fast
    parsed = _parsed(address or "")
    if parsed is None:
        return b""
    return parsed.packed if isinstance(parsed, IPv4Address) else parsed.packed[:8]


def address_behind(
    peer: str | None, forwarded: Iterable[str], *, trusted: Iterable[Network]
) -> str | None:
    """Return the address of whoever asks.

    Args:
        peer: the other end of the connection.
        forwarded: the values of the header, in order; each a list separated by commas, to which
            every proxy has added from whom it got the request.
        trusted: the proxies' addresses.

    Returns:
        The last address that no trusted proxy has. What stands before it can be invented.
    """
    networks = tuple(trusted)
    hops = [hop.strip() for value in forwarded for hop in value.split(",")]
    asking = peer
    while hops and _is_within(asking, networks):
        hop = hops.pop()
        if _parsed(hop) is None:  # not an address: the proxy that said so is all that is known
            break
        asking = hop
    return asking


def _is_within(address: str | None, networks: Iterable[Network]) -> bool:
    parsed = _parsed(address or "")
    return parsed is not None and any(parsed in network for network in networks)


def _parsed(address: str) -> Address | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed


class Limits:
    """A limiter for each kind of request [OPERATING-4]."""

    def __init__(self, config: Config, *, clock: Callable[[], float], rand: Rand) -> None:
        def limiter(per_minute: int) -> Limiter:
            return Limiter(per_minute, clock=clock, rand=rand)

        self._trusted = config.trusted_proxies
        self._header = config.forwarded_for
        self._reads = limiter(config.reads_per_minute)
        self._wrong_tokens = limiter(config.wrong_tokens_per_minute)
        self._uploads = {
            "/v1/reports": limiter(config.reports_per_minute),
            "/v1/disclosures": limiter(config.disclosures_per_minute),
            "/v1/traces": limiter(config.reports_per_minute),
            "/v1/tokens": limiter(config.reports_per_minute),
            "/v1/symptoms/reports": limiter(config.reports_per_minute),
            "/v1/symptoms/help": limiter(config.disclosures_per_minute),
            "/v1/arrivals/declarations": limiter(config.declarations_per_minute),
            "/v1/arrivals/withdrawals": limiter(config.reports_per_minute),
            "/v1/facilities/acts": limiter(config.acts_per_minute),
            "/v1/facilities/objections": limiter(config.acts_per_minute),
        }

    @web.middleware
    async def limit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse a client that asks too often, before its body is read.

        So the limit cannot tell a report from a dummy. The operator is limited in `wrong_token`.
        """
        resource = request.match_info.route.resource
        refusal = self.refusal(request, "" if resource is None else resource.canonical)
        return await handler(request) if refusal is None else refusal

    def refusal(self, request: web.BaseRequest, route: str) -> web.Response | None:
        """Return the answer to a client that asks too often; None where it may ask.

        Args:
            request: what it asks.
            route: the pattern of its path; empty where there is none.
        """
        if route == "/metrics" or route.startswith(("/v1/operator/", "/operator/")):
            return None
        wait_seconds = self._uploads.get(route, self._reads).wait_seconds(self.client(request))
        if not wait_seconds:
            return None
        answer = too_many(wait_seconds)
        if request.can_read_body:
            answer.force_close()  # rather than read it
        return answer

    def wrong_token(self, request: web.Request) -> int:
        """Count a wrong token; return 0, or for how many seconds its client shall wait.

        A right one is never counted nor refused: it cannot be guessed at any rate, and whoever
        shares an address with the operator could otherwise lock the operator out.
        """
        return self._wrong_tokens.wait_seconds(self.client(request))

    def client(self, request: web.BaseRequest) -> bytes:
        """Return what counts as the client that asks; it is kept nowhere."""
        forwarded = request.headers.getall(self._header, []) if self._trusted else []
        peer = request.transport.get_extra_info("peername") if request.transport else None
        address = peer[0] if isinstance(peer, tuple) else None
        return client_of(address_behind(address, forwarded, trusted=self._trusted))


def too_many(wait_seconds: int) -> web.Response:
    """Return the answer to a client that asks too often."""
    return Fault.TOO_MANY_REQUESTS.answer(
        "too many requests from this network", Retry_After=str(wait_seconds)
    )
