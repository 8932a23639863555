"""spec/phone.md: time and hearing."""

from collections.abc import Mapping
from contextlib import suppress
from typing import cast

import pytest

from dp3t.codec import Value, encode
from dp3t.errors import (
    ClockError,
    LimitError,
    MalformedError,
)
from dp3t.params import LAST_INSTANT
from dp3t.phone import Phone, saved, state
from dp3t.phone.state import MAX_LATE_SECONDS
from dp3t.proximity.designs import DESIGN_NAMES, design_named
from dp3t.proximity.observations import (
    MAX_IDENTIFIERS_PER_SLOT,
    MAX_SIGHTINGS_PER_IDENTIFIER,
    MAX_SIGHTINGS_PER_SLOT,
)
from dp3t.timeline import Day, Instant, day_of, day_start, release_after
from phones import (
    DAY,
    LATER,
    METADATA,
    MORNING,
    RELEASE,
    STATE_KEY,
    batch_of,
    every_design,
    hear,
    items,
    new,
    rand,
    report,
    say,
)


@every_design
@pytest.mark.spec("PHONE-3")
def test_a_phone_that_has_not_ticked_has_nothing_to_broadcast(name: str) -> None:
    phone = new(name)
    for now in (MORNING - 7200, MORNING + 7200, MORNING + 10**8):
        with pytest.raises(ClockError):
            phone.advertisement(Instant(now), metadata=METADATA)


@every_design
@pytest.mark.spec("PHONE-2", "PHONE-13")
@pytest.mark.parametrize("jump", [86_400, 40 * 86_400, 30 * 365 * 86_400])
def test_a_clock_that_jumped_ahead_is_survived_by_starting_anew(name: str, jump: int) -> None:
    phone, other = new(name), new(name)
    hear(phone, say(other))
    before = say(phone)
    wrong = Instant(MORNING + jump)
    phone.tick(wrong, rand=rand)
    hear(phone, say(other, wrong), wrong)
    made = report(other, wrong + 900, since=day_of(wrong))
    assert len(phone.ingest(batch_of(made, release=release_after(wrong)))) == 1
    with pytest.raises(ClockError):
        phone.tick(MORNING, rand=rand)
    phone.restart_keys(MORNING, rand=rand)
    assert not items(phone, "matches")
    assert not items(phone, "ingested")
    assert len(items(phone, "observations")) == (1 if jump < 15 * 86_400 else 0)
    assert say(phone, MORNING) != before
    hear(phone, say(new(name)))


@every_design
@pytest.mark.spec("PHONE-13")
def test_starting_anew_keeps_what_the_right_clock_wrote(name: str) -> None:
    phone, other = new(name), new(name)
    hear(phone, say(other))
    phone.restart_keys(Instant(MORNING + 60), rand=rand)
    assert len(phone.observations) == 1


@every_design
def test_a_phone_lives_until_its_formats_end(name: str) -> None:
    last = Instant(LAST_INSTANT - 86_400)
    phone = new(name, now=last)
    hear(phone, say(new(name, now=last), last), last)
    phone.tick(last, rand=rand)
    assert report(phone, last).records


@every_design
def test_a_phone_can_live_in_1970(name: str) -> None:
    phone, other = new(name, now=0), new(name, now=0)
    hear(phone, say(other, 0), 0)
    batch = batch_of(report(other, 900), release=7200)
    phone.tick(Instant(7200), rand=rand)
    assert len(phone.ingest(batch)) == 1
    assert Phone.load(phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY) == phone


@every_design
@pytest.mark.spec("PHONE-2", "PHONE-10")
def test_a_small_step_back_does_not_move_the_clock(name: str) -> None:
    phone, other = new(name), new(name)
    phone.tick(Instant(MORNING + 479), rand=rand)
    phone.tick(MORNING, rand=rand)
    with pytest.raises(ClockError):
        hear(phone, say(other), MORNING + 479 - MAX_LATE_SECONDS - 1)


@every_design
@pytest.mark.spec("PHONE-4")
def test_an_echo_is_not_kept(name: str) -> None:
    phone = new(name)
    first = say(phone)
    hear(phone, first)
    again = Phone.load(phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY)
    hear(again, first)
    second = say(phone, MORNING + 900)
    hear(phone, first, MORNING + 900)
    hear(phone, second, MORNING + 900)
    fresh = report(phone, MORNING + 901)
    hear(phone, second, MORNING + 902)
    assert fresh.records
    assert len(phone.observations) == len(again.observations) == 0


@every_design
@pytest.mark.spec("PHONE-4")
def test_a_report_erases_older_echoes_of_what_it_releases(name: str) -> None:
    """An attacker plays a phone its own words of this morning; its owner later reports."""
    phone, other, witness = new(name), new(name), new(name)
    own = [say(phone, MORNING + 900 * step) for step in range(6)]
    theirs = say(other, MORNING + 4600)
    witness.tick(Instant(MORNING + 4600), rand=rand)
    for words in (*own, theirs):
        hear(phone, words, MORNING + 4600)
    hear(witness, theirs, MORNING + 4600)
    assert len(phone.observations) == 5
    batch = batch_of(report(phone, MORNING + 4700), release=RELEASE)
    if name != "unlinkable":  # which keeps hashes, and these of epochs in which nothing counts
        assert list(phone.observations) == list(witness.observations)
    phone.tick(RELEASE, rand=rand)
    assert phone.ingest(batch) == ()


@every_design
@pytest.mark.spec("PHONE-10")
@pytest.mark.parametrize(
    ("offset", "kept"),
    [
        (-(10**6), False),
        (-MAX_LATE_SECONDS - 1, False),
        (-MAX_LATE_SECONDS, True),
        (0, True),
        (86_400, True),
        (86_401, False),
        (10**9, False),
    ],
)
def test_a_sighting_far_from_the_clock_is_refused(name: str, offset: int, kept: bool) -> None:
    phone, other = new(name), new(name)
    if kept:
        hear(phone, say(other), MORNING + offset)
    else:
        with pytest.raises(ClockError):
            hear(phone, say(other), MORNING + offset)
    assert len(phone.observations) == kept


@every_design
@pytest.mark.spec("PHONE-10", "MATCHING-1")
def test_no_clock_set_back_revives_a_replay_of_published_words(name: str) -> None:
    phone, other = new(name), new(name)
    words = say(other)
    batch = batch_of(report(other, LATER), release=RELEASE)
    after = Instant(RELEASE + MAX_LATE_SECONDS)
    phone.tick(after, rand=rand)
    with pytest.raises(ClockError):
        phone.tick(MORNING, rand=rand)
    with pytest.raises(ClockError):
        hear(phone, words, RELEASE - 1)
    assert phone.ingest(batch) == ()


@every_design
@pytest.mark.spec("PHONE-14")
def test_a_sighting_of_unknown_strength_is_not_kept(name: str) -> None:
    phone, other = new(name), new(name)
    hear(phone, say(other), rssi_dbm=127)
    assert len(phone.observations) == 0
    hear(phone, say(other), rssi_dbm=126)
    assert len(phone.observations) == 1


@every_design
def test_words_of_another_service_or_garbage_are_refused_and_not_kept(name: str) -> None:
    stranger = "lowcost" if name == "gaen" else "gaen"
    phone = new(name)
    for words in (say(new(stranger)), b"", bytes(31)):
        with pytest.raises(MalformedError):
            hear(phone, words)
    assert len(phone.observations) == 0


@every_design
@pytest.mark.parametrize("second", [-1, 0, 1])
def test_what_is_heard_around_midnight_belongs_to_its_own_day(name: str, second: int) -> None:
    midnight = day_start(Day(DAY + 1))
    phone, other = new(name, now=midnight - 5), new(name, now=midnight - 5)
    now = midnight + second
    hear(phone, say(other, now), now)
    day = DAY + (second >= 0)
    kept = list(phone.observations)
    assert [one.day for one in kept] == [day] * (1 if name == "gaen" else 2)
    batch = batch_of(report(other, now + 900), release=midnight + 14_400)
    phone.tick(Instant(midnight + 14_400), rand=rand)
    assert [one.day for one in phone.ingest(batch)] == [day]


SHARED_SERVICE = [name for name in DESIGN_NAMES if design_named(name).service_uuid == 0xFD68]


@pytest.mark.parametrize("stranger", SHARED_SERVICE)
@pytest.mark.parametrize("name", SHARED_SERVICE)
def test_words_of_another_design_of_the_same_service_match_nothing(
    name: str, stranger: str
) -> None:
    """Three designs share a service: a phone cannot tell their words apart and keeps them."""
    phone, other = new(name), new(stranger)
    hear(phone, say(other))
    assert len(phone.observations) == 1
    made = report(other, LATER)
    phone.tick(RELEASE, rand=rand)
    if stranger == name:
        assert len(phone.ingest(batch_of(made, release=RELEASE))) == 1
    else:
        with pytest.raises(MalformedError, match="another design"):
            phone.ingest(batch_of(made, release=RELEASE))
        assert phone.ingest(batch_of(report(new(name), LATER), release=RELEASE)) == ()


@pytest.mark.spec("PHONE-7")
def test_low_cost_times_go_ten_minutes_after_their_slot_in_matches_too() -> None:
    phone, other = new("lowcost"), new("lowcost")
    for offset in (0, 200):
        hear(phone, say(other, MORNING + offset), MORNING + offset)
    early = batch_of(report(other, MORNING + 300), release=RELEASE)
    phone.tick(RELEASE, rand=rand)
    phone.ingest(early)
    assert [one["coarse"] for one in coarse_maps(phone)] == [False, False]
    exposures = phone.exposures
    phone.tick(Instant(RELEASE + MAX_LATE_SECONDS - 1), rand=rand)
    assert [one["coarse"] for one in coarse_maps(phone)] == [False, False]
    phone.tick(Instant(RELEASE + MAX_LATE_SECONDS), rand=rand)
    assert [(one["coarse"], one["offsets"]) for one in coarse_maps(phone)] == [(True, [0, 200])] * 2
    assert phone.exposures == exposures


@pytest.mark.spec("PHONE-7")
def test_an_app_may_drop_times_as_soon_as_the_slot_is_over() -> None:
    phone, other = new("lowcost"), new("lowcost")
    hear(phone, say(other))
    phone.settle(Instant(RELEASE - 1))
    assert [one.coarse for one in phone.observations] == [False]
    phone.settle(RELEASE)
    assert [one.coarse for one in phone.observations] == [True]


@pytest.mark.spec("PHONE-7")
def test_gaen_times_stay() -> None:
    phone, other = new("gaen"), new("gaen")
    hear(phone, say(other))
    phone.tick(Instant(RELEASE + 86_400), rand=rand)
    phone.settle(Instant(RELEASE + 86_400))
    assert [one.coarse for one in phone.observations] == [False]


def coarse_maps(phone: Phone) -> list[Mapping[str, Value]]:
    """Return the observation in the store and the one in the match, as they are saved."""
    found: list[Mapping[str, Value]] = []
    for item in (*items(phone, "observations"), *items(phone, "matches")):
        assert isinstance(item, Mapping)
        one = item.get("observation", item)
        assert isinstance(one, Mapping)
        found.append(one)
    return found


@pytest.mark.spec("PHONE-18", "OBSERVATIONS-5")
def test_a_phone_in_a_flood_still_saves_and_loads() -> None:
    phone = new("gaen")
    frame = say(new("gaen"))
    for number in range(MAX_IDENTIFIERS_PER_SLOT + 10):
        with suppress(LimitError):
            hear(phone, frame[:11] + number.to_bytes(20, "big"))
    assert len(phone.observations) == MAX_IDENTIFIERS_PER_SLOT
    with pytest.raises(LimitError):
        hear(phone, frame)
    hear(phone, frame, RELEASE)
    assert Phone.load(phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY) == phone


@pytest.mark.spec("PHONE-18")
def test_the_fullest_state_there_can_be_is_within_the_limits_of_loading() -> None:
    """By arithmetic: every slot of the longest retention full, all of it matched."""
    one: dict[str, Value] = {
        "coarse": True,
        "identity": bytes(32),
        "metadata": bytes(4),
        "offsets": [7199],
        "period": 2**32 - 1,
        "rssi": [-128],
        "slot": 2**19,
    }
    frame = len(encode({"metadata": bytes(4), "observation": one})) + len(encode(one)) + 16
    slots = (63 + 2) * 12 + 1
    entries = slots * MAX_IDENTIFIERS_PER_SLOT
    sightings = slots * MAX_SIGHTINGS_PER_SLOT
    assert entries <= state._MAX_ENTRIES
    assert entries * frame + 2 * sightings * 5 + 10**6 < saved.MAX_STATE_BYTES
    assert MAX_SIGHTINGS_PER_IDENTIFIER <= MAX_SIGHTINGS_PER_SLOT


@every_design
@pytest.mark.spec("TIMELINE-1")
def test_a_moment_that_is_no_whole_number_is_refused_at_once(name: str) -> None:
    """Invalid: a float is kept, and the phone can no longer be saved."""
    phone, other = new(name), new(name)
    words = say(other)
    moment = cast(Instant, MORNING + 0.5)
    for attempt in (
        lambda: phone.hear(words, now=moment, rssi_dbm=-60),
        lambda: phone.hear(words, now=MORNING, rssi_dbm=cast(int, -60.5)),
        lambda: phone.tick(moment, rand=rand),
        lambda: phone.restart_keys(moment, rand=rand),
        lambda: Phone.create(name, now=moment, rand=rand),
    ):
        with pytest.raises(TypeError, match="whole number"):
            attempt()
    assert phone == Phone.load(phone.save(key=STATE_KEY, rand=rand), key=STATE_KEY)


@every_design
@pytest.mark.spec("PHONE-3")
def test_a_phone_says_when_its_identifier_changes(name: str) -> None:
    phone = new(name)
    words, change = say(phone), phone.next_change(MORNING)
    assert MORNING < change <= MORNING + 900
    assert say(phone, change - 1) == words
    assert say(phone, change) != words
