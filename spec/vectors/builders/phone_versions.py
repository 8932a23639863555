"""States of phones as older versions had them, and what later ones make of those."""

from collections.abc import Mapping
from typing import cast

from dp3t.codec import Value
from dp3t.phone import Phone
from dp3t.publication.records import KeyRecord, KeyTable

_NEW_IN_VERSION_3 = ("commitment", "dummies")


def state_of(phone: Phone) -> dict[str, Value]:
    """Return the state as the present version has it."""
    return cast(dict[str, Value], phone.to_value())


def version_5(phone: Phone) -> dict[str, Value]:
    """Return the state as version 5 had it: without visits."""
    return {name: item for name, item in state_of(phone).items() if name != "visits"}


def with_visits(older: Mapping[str, Value]) -> dict[str, Value]:
    """Return what version 6 makes of version 5, written out from the chapter."""
    nothing = list[Value]()
    diary: dict[str, Value] = {"open": nothing, "records": nothing}
    return {
        **older,
        "visits": {"diary": diary, "ingested": nothing, "matches": nothing, "waiting": nothing},
    }


def version_4(phone: Phone) -> dict[str, Value]:
    """Return the state as version 4 had it: without receipts, and without own keys seen."""
    state = {name: item for name, item in version_5(phone).items() if name != "receipts"}
    pending = cast(list[Mapping[str, Value]], state["pending"])
    known = ("made", "openings", "report")
    return {**state, "pending": [{name: one[name] for name in known} for one in pending]}


def with_receipts(older: Mapping[str, Value]) -> dict[str, Value]:
    """Return what version 5 makes of version 4, written out from the chapter."""
    pending = cast(list[Mapping[str, Value]], older["pending"])
    unseen: dict[str, Value] = {"sightings": list[Value]()}
    return with_visits(
        {
            **older,
            "pending": [{**one, **unseen} for one in pending],
            "receipts": list[Value](),
        }
    )


def version_3(phone: Phone) -> dict[str, Value]:
    """Return the state as version 3 had it: matches without their keys."""
    state = version_4(phone)
    matches = cast(list[Mapping[str, Value]], state["matches"])
    known = ("metadata", "observation")
    return {**state, "matches": [{name: one[name] for name in known} for one in matches]}


def with_keys_unknown(older: Mapping[str, Value]) -> dict[str, Value]:
    """Return what version 4 makes of version 3, written out from the chapter."""
    matches = cast(list[Mapping[str, Value]], older["matches"])
    unknown: dict[str, Value] = {"key": list[Value](), "release": 0}
    return {
        **older,
        "ingested": list[Value]() if matches else older["ingested"],
        "matches": [{**one, **unknown} for one in matches],
    }


def version_2(phone: Phone) -> dict[str, Value]:
    """Return the state as version 2 had it: one sighting's bytes together, no periods."""
    state = version_3(phone)

    def observation(value: Mapping[str, Value]) -> dict[str, Value]:
        whole = cast(bytes, value["identity"]) + cast(bytes, value["metadata"])
        rest = {name: value[name] for name in ("coarse", "offsets", "rssi", "slot")}
        return {**rest, "service_data": whole}

    parameters = cast(Mapping[str, Value], state["parameters"])
    matches = cast(list[Mapping[str, Mapping[str, Value]]], state["matches"])
    records = phone.pending.records if phone.pending else ()
    older = [{"attributes": list(one.attributes), "key": one.key} for one in records]
    return {
        **{name: item for name, item in state.items() if name not in _NEW_IN_VERSION_3},
        "matches": [{**one, "observation": observation(one["observation"])} for one in matches],
        "observations": [
            observation(one) for one in cast(list[Mapping[str, Value]], state["observations"])
        ],
        "parameters": {
            name: parameters[name]
            for name in ("clock_drift_intervals", "epoch_minutes", "retention_days")
        },
        "pending": [
            {"made": one["made"], "report": {"design": phone.design.name, "records": older}}
            for one in cast(list[Mapping[str, Value]], state["pending"])
        ],
    }


def migrated(older: Mapping[str, Value], design: str) -> dict[str, Value]:
    """Return what version 3 makes of version 2, written out from the chapter."""

    def observation(value: Mapping[str, Value]) -> dict[str, Value]:
        whole, slot = cast(bytes, value["service_data"]), cast(int, value["slot"])
        rest = {name: value[name] for name in ("coarse", "offsets", "rssi", "slot")}
        period = slot // 12 if design == "lowcost" else -1
        return {**rest, "identity": whole[:16], "metadata": whole[16:], "period": period}

    matches = cast(list[Mapping[str, Mapping[str, Value]]], older["matches"])
    observations = cast(list[Mapping[str, Value]], older["observations"])
    pending = cast(list[Mapping[str, Mapping[str, Value]]], older["pending"])
    return {
        **older,
        "matches": [{**one, "observation": observation(one["observation"])} for one in matches],
        "observations": [observation(one) for one in observations],
        "parameters": {
            **cast(Mapping[str, Value], older["parameters"]),
            "clock_skew_seconds": 0,
            "share_threshold": 0,
            "shares": 0,
            "window_minutes": 1440,
        },
        "commitment": list[Value](),
        "dummies": {"next_due": older["clock"]},
        "pending": [
            {
                **one,
                "openings": list[Value](),
                "report": {"design": design, "records": _table(one["report"])},
            }
            for one in pending
        ],
    }


def _table(report: Mapping[str, Value]) -> Value:
    records = cast(list[Mapping[str, Value]], report["records"])
    return KeyTable.of(
        KeyRecord(tuple(cast(list[int], one["attributes"])), cast(bytes, one["key"]))
        for one in records
    ).to_value()
