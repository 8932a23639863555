"""Cases of the unlinkable chapter: seeds, epochs, hashes, records, filters and released epochs."""

from collections.abc import Iterator

from dp3t.errors import PolicyError
from dp3t.params import LAST_INSTANT, STANDARD, Parameters
from dp3t.proximity.advertisement import EphID, ServiceData
from dp3t.proximity.interface import Selection
from dp3t.proximity.unlinkable import (
    SEED_BYTES,
    Unlinkable,
    UnlinkableKey,
    UnlinkableRing,
    epoch_of,
    hashed_observation,
    identifier_of_seed,
)
from dp3t.publication.batch import BatchName
from dp3t.publication.records import KeyRecord
from dp3t.timeline import Day, Instant, Stretch
from spec.vectors.builders.records import record_cases

_SOURCE = "DP-3T reference_implementation fa2aafc, utils/testvectors_unlinkable.py"
_HEARD = EphID(bytes.fromhex("b7b1d06cd81686669aeea51e9f4723b5"))
_PUBLISHED_SEEDS = {
    "published-seed-of-zeros": (bytes(32), "66687aadf862bd776c8fc18b8e9f8e20"),
    "published-seed": (
        bytes.fromhex("eaa2054637009757b9988b28998209d253eede69345f835bb91b3b333108d229"),
        _HEARD.hex(),
    ),
}
_PUBLISHED_HASHES = {  # moment, epoch, hash
    "published-2020-04-10T07:15:00Z": (
        1_586_502_900,
        1_762_781,
        "93e8cffb4f828baf9e36b658ab8988b9afd39bec9f95b24930768157148adcc9",
    ),
    "published-2020-04-15T14:32:00Z": (
        1_586_961_120,
        1_763_290,
        "bc2667e5bc9d3ea33c0193f19884aefcb4879968f65250145c3c9bcb703ccb10",
    ),
    "published-2020-04-16T14:32:00Z": (
        1_587_047_520,
        1_763_386,
        "db1e699e198e3cc2791416dcb2db7b97b2b7f783b93534910bee1d74f02d9921",
    ),
}
_DAY = 18_377
_NOON = _DAY * 86_400 + 43_200
_EPOCH = _NOON // 900
_FIRST_OF_28_DAYS = (_DAY - 28) * 96
_MOMENTS = {  # epoch_minutes, moment
    "first-second-of-1970": (15, 0),
    "last-second-of-an-epoch": (15, _NOON - 1),
    "first-second-of-an-epoch": (15, _NOON),
    "one-minute": (1, _NOON + 61),
    "two-hours": (120, _NOON - 1),
    "last-second-15-minutes": (15, LAST_INSTANT),
    "last-second-one-minute": (1, LAST_INSTANT),
}
_SIGHTINGS = {  # epoch_minutes, clock_skew_seconds, moment
    "in-the-middle": (15, 60, _NOON + 450),
    "just-nearer-than-the-skew-to-the-start": (15, 60, _NOON + 59),
    "one-skew-after-the-start": (15, 60, _NOON + 60),
    "one-second-farther-than-the-skew-from-the-end": (15, 60, _NOON + 839),
    "one-skew-before-the-end": (15, 60, _NOON + 840),
    "first-second": (15, 60, _NOON),
    "last-second": (15, 60, _NOON + 899),
    "first-second-without-skew": (15, 0, _NOON),
    "last-second-without-skew": (15, 0, _NOON + 899),
    "both-neighbours": (1, 60, _NOON + 30),
    "first-second-of-1970": (15, 60, 0),
}
_RECORDS = {
    "record": ([_EPOCH], 32, "valid"),
    "record-epoch-0": ([0], 32, "valid"),
    "record-last-epoch": ([71_582_788], 32, "valid"),
    "record-epoch-before-1970": ([-1], 32, "malformed"),
    "record-epoch-after-2106": ([71_582_789], 32, "malformed"),
    "record-without-attributes": ([], 32, "malformed"),
    "record-with-two-attributes": ([_EPOCH, 0], 32, "malformed"),
    "record-of-gaen": ([2_642_976, 144, 1, 127], 16, "malformed"),
    "record-of-hybrid": ([110_265], 16, "malformed"),
    "record-key-31-bytes": ([_EPOCH], 31, "malformed"),
    "record-key-33-bytes": ([_EPOCH], 33, "malformed"),
}
_ACCEPTANCES = {  # epoch, now
    "accept-the-epoch-that-has-just-ended": (_EPOCH - 1, _NOON),
    "accept-the-present-epoch-one-skew-early": (_EPOCH, _NOON + 840),
    "refuse-the-present-epoch-a-second-earlier": (_EPOCH, _NOON + 839),
    "refuse-the-next-epoch": (_EPOCH + 1, _NOON),
    "refuse-the-last-epoch": (71_582_788, _NOON),
    "accept-the-first-epoch-of-28-days-ago": (_FIRST_OF_28_DAYS, _NOON),
    "refuse-the-last-epoch-of-29-days-ago": (_FIRST_OF_28_DAYS - 1, _NOON),
}
_SALT = bytes(range(16))
_DECOY = b"\xff" * SEED_BYTES


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": [f"UNLINKABLE-{n}" for n in (2, 3, 5, 6, 8, 9, 10, 12, 13, 14)],
        "source": f"cases named published: {_SOURCE}; all else ours",
        "cases": [
            *_derivations(),
            *_hashes(),
            *_epochs(),
            *_sightings(),
            *record_cases(_RECORDS, clause="UNLINKABLE-9"),
            *_acceptances(),
            *_publications(),
            *_reports(),
        ],
    }


def _derivations() -> Iterator[dict[str, object]]:
    seeds = {name: seed for name, (seed, _) in _PUBLISHED_SEEDS.items()}
    for name, seed in (seeds | {"derive-seed-0-to-31": bytes(range(32))}).items():
        published = _PUBLISHED_SEEDS.get(name)
        yield {
            "id": name,
            "comment": _SOURCE if published else "",
            "operation": "derive",
            "spec": ["UNLINKABLE-3"],
            "seed": seed.hex(),
            "identifier": published[1] if published else identifier_of_seed(seed).hex(),
            "result": "valid",
        }


def _hashes() -> Iterator[dict[str, object]]:
    for name, (moment, epoch, hashed) in _PUBLISHED_HASHES.items():
        yield {
            "id": name,
            "comment": _SOURCE,
            "operation": "hash",
            "spec": ["UNLINKABLE-2", "UNLINKABLE-5"],
            "identifier": _HEARD.hex(),
            "epoch_minutes": 15,
            "moment": moment,
            "epoch": epoch,
            "hashed_observation": hashed,
            "result": "valid",
        }
    for name, moment in (("hash-epoch-0", 0), ("hash-last-epoch", LAST_INSTANT)):
        epoch = epoch_of(Instant(moment), parameters=Parameters(epoch_minutes=1))
        yield {
            "id": name,
            "operation": "hash",
            "spec": ["UNLINKABLE-2", "UNLINKABLE-5"],
            "identifier": _HEARD.hex(),
            "epoch_minutes": 1,
            "moment": moment,
            "epoch": epoch,
            "hashed_observation": hashed_observation(_HEARD, epoch=epoch).hex(),
            "result": "valid",
        }


def _epochs() -> Iterator[dict[str, object]]:
    for name, (minutes, moment) in _MOMENTS.items():
        yield {
            "id": f"epoch-{name}",
            "operation": "epoch",
            "spec": ["UNLINKABLE-2"],
            "epoch_minutes": minutes,
            "moment": moment,
            "epoch": epoch_of(Instant(moment), parameters=Parameters(epoch_minutes=minutes)),
            "result": "valid",
        }


def _sightings() -> Iterator[dict[str, object]]:
    for name, (minutes, skew, moment) in _SIGHTINGS.items():
        parameters = Parameters(epoch_minutes=minutes, clock_skew_seconds=skew, window_minutes=120)
        kept = Unlinkable().kept(
            ServiceData(_HEARD + bytes(4)), at=Instant(moment), parameters=parameters
        )
        yield {
            "id": f"hear-{name}",
            "comment": "the hashes a phone keeps, one for each epoch the sender may have been in",
            "operation": "hear",
            "spec": ["UNLINKABLE-5", "UNLINKABLE-6"],
            "epoch_minutes": minutes,
            "clock_skew_seconds": skew,
            "identifier": _HEARD.hex(),
            "moment": moment,
            "hashed_observations": [one.identity.hex() for one in kept],
            "result": "valid",
        }


def _acceptances() -> Iterator[dict[str, object]]:
    for name, (epoch, now) in _ACCEPTANCES.items():
        try:
            UnlinkableKey(epoch, _seed(epoch)).require_publishable(
                now=Instant(now), parameters=STANDARD
            )
            result = "valid"
        except PolicyError:
            result = "policy"
        yield {
            "id": name,
            "operation": "accept",
            "spec": ["UNLINKABLE-10"],
            "epoch_minutes": STANDARD.epoch_minutes,
            "epoch": epoch,
            "now": now,
            "retention_days": STANDARD.retention_days,
            "clock_skew_seconds": STANDARD.clock_skew_seconds,
            "result": result,
        }


def _seed(epoch: int) -> bytes:
    return epoch.to_bytes(SEED_BYTES, "big")


def _publications() -> Iterator[dict[str, object]]:
    """Yield batches that are built at the first try, so that the salt is the one given."""
    for name, count in (("nothing", 0), ("one-seed", 1), ("a-day", 96)):
        records = [KeyRecord((epoch,), _seed(epoch)) for epoch in range(_EPOCH - count, _EPOCH)]
        release = Instant(_NOON + 7_200)
        batch = Unlinkable().publish(
            records,
            name=BatchName(design="unlinkable", region="VN", release=release),
            parameters=STANDARD,
            rand=lambda length: _SALT[:length],
        )
        yield {
            "id": f"publish-{name}",
            "comment": "the seed of epoch n is n as 32 bytes, big-endian; the filter is built with "
            "this salt; another epoch's hash of the same identifier is not in it",
            "operation": "publish",
            "spec": ["UNLINKABLE-12", "UNLINKABLE-13"],
            "region": "VN",
            "release": release,
            "first": _EPOCH - count,
            "count": count,
            "salt": _SALT.hex(),
            "content": batch.content.hex(),
            "result": "valid",
        }


def _reports() -> Iterator[dict[str, object]]:
    """Yield reports of a phone with a seed of each epoch of three days but two."""
    night = (_NOON - 14 * 3_600, _NOON - 6 * 3_600)
    edge = (_NOON - 900, _NOON)
    midnight = _NOON - 43_200
    cases: dict[str, tuple[int, int, int, list[tuple[int, int]]]] = {
        "today": (_DAY, 14, _NOON, []),
        "yesterday-with-gaps": (_DAY - 1, 14, _NOON, []),
        "longer-than-the-phone-has-seeds": (_DAY - 4, 14, _NOON, []),
        "longer-than-is-kept": (_DAY - 60, 2, _NOON, []),
        "in-the-last-second-of-an-epoch": (_DAY, 14, _NOON + 899, []),
        "in-the-second-epoch-of-the-day": (_DAY, 14, midnight + 900, []),
        "a-night-held-back": (_DAY - 1, 14, _NOON, [night]),
        "held-back-from-edge-to-edge": (_DAY, 14, _NOON, [edge]),
        "held-back-one-second-more": (_DAY, 14, _NOON, [(edge[0] - 1, edge[1] + 1)]),
        "everything-held-back": (_DAY, 14, _NOON, [(0, _NOON + 1)]),
    }
    for name, case in cases.items():
        yield _report(name, *case)
    yield {
        **_report_fields("in-the-first-epoch-of-the-day", _DAY, 14, midnight + 899, []),
        "comment": "no epoch of the day is over",
        "spec": ["UNLINKABLE-14"],
        "result": "policy",
    }
    yield {
        **_report_fields("tomorrow", _DAY + 1, 14, _NOON, []),
        "comment": "the first contagious day lies in the future",
        "spec": ["UNLINKABLE-14"],
        "result": "policy",
    }


def _seeds_of(now: int) -> list[int]:
    last = now // 900
    return [epoch for epoch in range(last - 288, last + 1) if last - epoch not in (3, 50)]


def _report_fields(
    name: str, since: int, retention: int, now: int, redacted: list[tuple[int, int]]
) -> dict[str, object]:
    return {
        "id": f"report-{name}",
        "operation": "report",
        "epoch_minutes": 15,
        "retention_days": retention,
        "seeds": {
            "first": now // 900 - 288,
            "last": now // 900,
            "missing": [now // 900 - 50, now // 900 - 3],
        },
        "since": since,
        "now": now,
        "redacted": [list(stretch) for stretch in redacted],
    }


def _report(
    name: str, since: int, retention: int, now: int, redacted: list[tuple[int, int]]
) -> dict[str, object]:
    ring = UnlinkableRing(tuple(UnlinkableKey(epoch, _seed(epoch)) for epoch in _seeds_of(now)))
    stretches = tuple(Stretch(Instant(start), Instant(end)) for start, end in redacted)
    released, _ = ring.released(
        since=Day(since),
        onset=None,
        now=Instant(now),
        parameters=Parameters(retention_days=retention),
        rand=lambda length: _DECOY[:length],
        selection=Selection(redacted=stretches),
    )
    records = [key.record() for key in released]
    return {
        **_report_fields(name, since, retention, now, redacted),
        "comment": "the seed of epoch n is n as 32 bytes, big-endian; a decoy is 32 random bytes",
        "spec": ["UNLINKABLE-8"],
        "first": records[0].attributes[0],
        "count": len(records),
        "decoys": [record.attributes[0] for record in records if record.key == _DECOY],
        "result": "valid",
    }
