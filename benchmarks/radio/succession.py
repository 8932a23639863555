"""Identifiers without a known owner, shared out among the fewest phones that can have sent them."""

from collections.abc import Container, Mapping

from benchmarks.radio.logs import PhoneLog, identifier

_CLOCKS_APART_US = 10_000_000
"""The clocks of two logs differ by up to 10 s."""


def fewest_senders(
    logs: Mapping[int, PhoneLog], owned: Container[bytes], opens_us: int, closes_us: int
) -> dict[bytes, int]:
    """Return a sender, 0 or more, for each identifier heard that no log owns.

    A phone broadcasts one identifier at a time, so two that overlap are of two phones. In the order
    of their first sighting each goes to the sender that fell silent last, or to a new one where all
    still speak: no other way needs fewer senders. Who they are cannot be told.

    Args:
        logs: by phone; an identifier lived from its first sighting in any of them to its last.
        owned: identifiers to leave out.
        opens_us: Unix microseconds from which sightings count.
        closes_us: Unix microseconds to which they count.
    """
    lives: dict[bytes, tuple[int, int]] = {}
    for log in logs.values():
        for seen in log.received:
            if opens_us <= seen.at_us <= closes_us and identifier(seen) not in owned:
                first, last = lives.get(identifier(seen), (seen.at_us, seen.at_us))
                lives[identifier(seen)] = min(first, seen.at_us), max(last, seen.at_us)
    senders: dict[bytes, int] = {}
    silent_since_us: list[int] = []
    for each, (first, last) in sorted(lives.items(), key=lambda item: (item[1], item[0])):
        silent = [
            sender
            for sender, since in enumerate(silent_since_us)
            if since <= first + _CLOCKS_APART_US
        ]
        if not silent:
            silent = [len(silent_since_us)]
            silent_since_us.append(0)
        senders[each] = max(silent, key=lambda sender: silent_since_us[sender])
        silent_since_us[senders[each]] = last
    return senders
