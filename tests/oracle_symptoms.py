"""The second witness for voluntary declarations: diaries, requests for help, and rules.

Written from `spec/symptoms` and `spec/canonical-json.md`. Rules are asked here by plain functions
over the JSON of a table.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import oracle_hpke
from oracle import msgpack_encode, signed_file
from oracle_aead import xchacha20_poly1305_open

URGENCY = ["emergency", "call", "test", "stay"]
MEASURES = ("temperature_tenths", "spo2_percent", "breaths_per_minute", "pulse_per_minute")


def text(value: object) -> bytes:
    """Return canonical JSON."""
    written = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    return written.encode()


def station_keys(seed: bytes, said: object) -> bytes:
    """Return a signed list of stations."""
    return signed_file(seed, "dp3t station keys 1", text(said))


def sealed_help(said: object, ephemeral: bytes, public: bytes, number: int, expires: int) -> bytes:
    """Return a sealed request for help."""
    header = b"\1" + number.to_bytes(4, "big") + expires.to_bytes(4, "big")
    content = (text(said) + b"\x80").ljust(4_039, b"\0")
    return header + oracle_hpke.seal(ephemeral, public, b"dp3t help 1\0" + header, content)


def diary_content(said: object) -> bytes:
    """Return the content of a diary as it is sealed."""
    encoded = msgpack_encode(said)
    return (encoded + b"\x80").ljust((len(encoded) // 4_096 + 1) * 4_096, b"\0")


def opened_diary(key: bytes, saved: bytes) -> bytes:
    """Return what was sealed into a saved diary."""
    assert saved[:20] == b"dp3t symptom diary\0\1"
    return xchacha20_poly1305_open(key, saved[20:], saved[:20])


def advice(table: Mapping[str, Any], person: Mapping[str, Any], days: Any, today: int) -> Any:
    """Return the outcome, and for each rule that is true the texts of its facts."""
    fired: dict[str, tuple[str, list[list[str]]]] = {}
    for rule in table["rules"]:
        for facts in _people(table["windows"], person, days, today):
            if _true(rule["when"], facts) is True:
                told = [_words(table, facts, *each) for each in _why(rule["when"], facts)]
                unique = [one for at, one in enumerate(told) if one not in told[:at]]
                fired[rule["id"]] = (rule["outcome"], unique)
                break
    outcome = min((found for found, _ in fired.values()), key=URGENCY.index)
    return outcome, {name: told for name, (_, told) in fired.items()}


def _people(windows: Any, person: Any, days: Any, today: int) -> Iterator[dict[str, Any]]:
    noted = {each["day"]: dict(each) for each in days}
    for each in noted.values():
        fever = each.get("temperature_tenths", 0) >= windows["fever_tenths"]
        each["signs"] = set(each.get("symptoms", ())) | ({"fever"} if fever else set())
    tests = [(day, noted[day]["test"]) for day in sorted(noted) if "test" in noted[day]]
    facts: dict[str, Any] = {name: noted[today].get(name) for name in MEASURES}
    facts["symptoms"] = noted[today]["signs"]
    facts["chronic"], facts["pregnant"] = person["chronic"], person["pregnant"]
    facts["exposed"] = any(
        each.get("exposed") and today - day <= windows["exposure_days"]
        for day, each in noted.items()
    )
    facts["positive"] = bool(tests) and (
        tests[-1][1] == "positive" and today - tests[-1][0] <= windows["positive_days"]
    )
    facts["days_ill"] = _stretch({day: bool(each["signs"]) for day, each in noted.items()}, today)
    facts["days_feverish"] = _stretch(
        {day: "fever" in each["signs"] for day, each in noted.items()}, today
    )
    for born in _births(person):
        yield {**facts, "age_months": max(0, _months(born, today))}


def _births(person: Any) -> Iterator[date]:
    """Yield the last and the first day on which the person may have been born."""
    year, month = person["birth_year"], person["birth_month"]
    after = date(year + 1, 1, 1) if month in (0, 12) else date(year, month + 1, 1)
    yield after - timedelta(1)
    yield date(year, month or 1, 1)


def _months(born: date, today: int) -> int:
    now = date(1970, 1, 1) + timedelta(today)
    whole = 12 * (now.year - born.year) + now.month - born.month
    last = (now + timedelta(1)).day == 1
    return whole if now.day >= born.day and not (last and born.day > now.day) else whole - 1


def _stretch(so: Mapping[int, bool], today: int) -> int | None:
    if not so[today]:
        return None
    first = today
    for day in range(today - 1, today - 40, -1):
        if first - day > 3 or so.get(day) is False:
            break
        if so.get(day):
            first = day
    return today - first + 1


def _true(when: Any, facts: Any) -> bool | None:
    match when:
        case {"always": True}:
            return True
        case {"symptom": code}:
            return code in facts["symptoms"]
        case {"flag": name}:
            return bool(facts[name])
        case {"not": part}:
            found = _true(part, facts)
            return None if found is None else not found
        case {"all": parts}:
            found_all = [_true(part, facts) for part in parts]
            return False if False in found_all else None if None in found_all else True
        case {"any": parts}:
            found_any = [_true(part, facts) for part in parts]
            return True if True in found_any else None if None in found_any else False
        case {"at_least": least, "of": parts}:
            found_of = [_true(part, facts) for part in parts]
            most = len([each for each in found_of if each is not False])
            sure = len([each for each in found_of if each])
            return True if sure >= least else None if most >= least else False
    value = _value(when["quantity"], facts)
    return None if value is None else when.get("from", 0) <= value < when.get("below", 10_000)


def _value(name: str, facts: Any) -> int | None:
    value: int | None = facts["age_months"] // 12 if name == "age_years" else facts[name]
    return value


def _why(when: Any, facts: Any) -> Iterator[tuple[Any, bool]]:
    parts = when.get("all") or when.get("any") or when.get("of")
    if "not" in when:
        yield from _why(when["not"], facts)
    elif parts:
        whole = _true(when, facts)
        for part in parts:
            if _true(part, facts) is whole:
                yield from _why(part, facts)
    elif "always" not in when and _true(when, facts) is not None:
        yield when, _true(when, facts) is True


def _words(table: Any, facts: Any, atom: Any, holds: bool) -> list[str]:
    if "quantity" in atom:
        name = atom["quantity"]
        value = _value(name, facts) or 0
        tenths = name == "temperature_tenths"
        said = {"vi": str(value), "en": str(value)}
        if tenths:
            said["en"] = f"{value / 10:.1f}"
            said["vi"] = said["en"].replace(".", ",")
        return [table["quantities"][name][each].replace("{}", said[each]) for each in ("vi", "en")]
    words = (
        table["symptoms"][atom["symptom"]] if "symptom" in atom else table["flags"][atom["flag"]]
    )
    absent = table["phrases"]["absent"]
    return [
        words[each] if holds else absent[each].replace("{}", words[each]) for each in ("vi", "en")
    ]
