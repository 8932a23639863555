"""Identifiers heard under more than one Bluetooth address: both should change at once."""

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.radio.logs import PhoneLog, identifier


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlived:
    """An identifier that outlived an address.

    Attributes:
        addresses: how many it was heard under.
        lifetime_seconds: from its first sighting in any log to its last.
    """

    addresses: int
    lifetime_seconds: float


def outlived(logs: Mapping[int, PhoneLog]) -> list[Outlived]:
    """Return the identifiers heard under several addresses, by their first sighting."""
    times_us: dict[bytes, list[int]] = {}
    addresses: dict[bytes, set[bytes]] = {}
    for log in logs.values():
        for seen in log.received:
            times_us.setdefault(identifier(seen), []).append(seen.at_us)
            addresses.setdefault(identifier(seen), set()).add(seen.address)
    several = [each for each, under in addresses.items() if len(under) > 1]
    return [
        Outlived(
            addresses=len(addresses[each]),
            lifetime_seconds=(max(times_us[each]) - min(times_us[each])) / 1_000_000,
        )
        for each in sorted(several, key=lambda each: min(times_us[each]))
    ]
