"""spec/phone.md: a phone of a region that spreads identifiers over shares."""

from contextlib import suppress
from random import Random

import pytest

from dp3t.codec import Fields
from dp3t.errors import ClockError, LimitError, MalformedError
from dp3t.params import STANDARD, Parameters
from dp3t.phone import Phone
from dp3t.phone.radio import RSSI_UNKNOWN
from dp3t.phone.saved import parameters_of, parameters_to_value
from dp3t.proximity import advertisement
from dp3t.proximity.advertisement import EphID
from dp3t.proximity.designs import DESIGN_NAMES
from dp3t.proximity.sharing.assembler import MAX_SIGHTINGS_PER_GROUP
from dp3t.proximity.sharing.polynomial import through
from dp3t.proximity.sharing.share import Share, share_of
from dp3t.publication.report import Report
from dp3t.timeline import Instant, day_start
from phones import STATE_KEY
from street import DAY, METADATA, MORNING, NOON, Street, every_design, state

SHARING = Parameters(shares=5, share_threshold=3)
STEP = 20
"""From one share to the next; ten of them fit into every design's identifier."""


def street(name: str, *, phones: int = 2) -> Street:
    return Street(name, SHARING, phones=phones)


def talk(
    street: Street, *, count: int, first: int = MORNING, speaker: int = 0, skip: int = 0
) -> list[bytes]:
    """Let one phone broadcast shares to the last; leave out those before `skip`."""
    words = [street.say(street.phones[speaker], first + STEP * place) for place in range(count)]
    for place in range(skip, count):
        street.hear(
            words[place], first + STEP * place, listener=len(street.phones) - 1, rssi=-60 - place
        )
    return words


def share(words: bytes) -> Share:
    return Share.decode(words[11:])


def framed(street: Street, service_data: bytes) -> bytes:
    return advertisement.encode(service_data, service_uuid=street.design.service_uuid)


@every_design
@pytest.mark.spec("PHONE-23", "SHARING-10")
def test_a_share_short_of_the_threshold_nothing_is_kept_and_with_it_every_sighting(
    name: str,
) -> None:
    met = street(name)
    talk(met, count=2)
    listener = met.phones[1]
    assert list(listener.observations) == []
    met.hear(met.say(met.phones[0], MORNING + 40), MORNING + 40, rssi=-62)
    (observation,) = listener.observations
    assert observation.times() == [MORNING, MORNING + 20, MORNING + 40]
    assert [sighting.rssi_dbm for sighting in observation.sightings] == [-60, -61, -62]
    assert observation.kept.metadata == b""


@every_design
@pytest.mark.spec("PHONE-23")
def test_a_contact_over_shares_is_matched_with_its_whole_time_and_without_attenuation(
    name: str,
) -> None:
    met = street(name)
    talk(met, count=10)
    batch = met.publish(met.report(NOON))
    (match,) = met.found(batch)
    assert match.metadata is None
    (exposure,) = met.phones[1].exposures
    assert (exposure.day, exposure.identifiers) == (DAY, 1)
    assert (exposure.sightings, exposure.seconds) == (10, 9 * STEP)
    assert (exposure.strongest_rssi_dbm, exposure.least_attenuation_db) == (-60, None)


@every_design
@pytest.mark.spec("PHONE-23")
def test_several_phones_that_speak_across_one_another_are_told_apart(name: str) -> None:
    """Valid: a third of the shares is lost, and each phone still has a group that is heard."""
    met, dice = street(name, phones=5), Random(4)
    heard = [0, 0, 0, 0]
    for second in range(200):
        speaker = dice.randrange(4)
        words = met.say(met.phones[speaker], MORNING + second)
        if dice.random() < 2 / 3:
            heard[speaker] += 1
            met.hear(words, MORNING + second, listener=4, rssi=-50 - speaker)
    observations = list(met.phones[4].observations)
    assert len(observations) == 4
    for observation in observations:
        (strength,) = {sighting.rssi_dbm for sighting in observation.sightings}
        assert heard[-50 - strength] // 2 < len(observation.sightings) <= heard[-50 - strength]


@every_design
@pytest.mark.spec("PHONE-23", "SHARING-10")
def test_of_groups_that_are_each_short_of_a_share_nothing_is_kept(name: str) -> None:
    met = street(name)
    for group in range(3):
        talk(met, count=5, first=MORNING + 100 * group, skip=3)
    assert list(met.phones[1].observations) == []


@every_design
@pytest.mark.spec("PHONE-23", "SHARING-5")
def test_a_new_identifier_begins_a_group_and_a_tick_in_between_does_not(name: str) -> None:
    speaker = street(name).phones[0]
    rand, next_change = Random(1).randbytes, speaker.next_change(MORNING)
    said = []
    for now in (MORNING, MORNING + 60, next_change, next_change + 60):
        speaker.tick(Instant(now), rand=rand)
        said.append(share(speaker.advertisement(Instant(now), metadata=METADATA)))
    assert [one.place for one in said] == [1, 2, 1, 2]
    assert said[0].tag == said[1].tag != said[2].tag == said[3].tag


@every_design
@pytest.mark.spec("PHONE-23")
def test_shares_of_two_identifiers_do_not_add_up(name: str) -> None:
    met = street(name)
    change = met.phones[0].next_change(MORNING)
    talk(met, count=2, first=change - 60)
    talk(met, count=2, first=change)
    assert list(met.phones[1].observations) == []


@every_design
@pytest.mark.spec("PHONE-3", "PHONE-23")
def test_a_loaded_phone_ticks_before_it_speaks_and_has_lost_its_groups(name: str) -> None:
    met = street(name)
    words = talk(met, count=2)
    before = met.phones[1].save(key=STATE_KEY, rand=met.rand)
    speaker, listener = (
        Phone.load(phone.save(key=STATE_KEY, rand=met.rand), key=STATE_KEY) for phone in met.phones
    )
    assert listener == met.phones[1] == Phone.load(before, key=STATE_KEY)
    assert listener.parameters == SHARING
    with pytest.raises(ClockError, match="tick"):
        speaker.advertisement(MORNING, metadata=METADATA)
    met.phones = [speaker, listener]
    fresh = talk(met, count=3, first=MORNING + 60)
    assert share(fresh[0]).tag != share(words[0]).tag
    (observation,) = listener.observations
    assert observation.times() == [MORNING + 60 + STEP * place for place in range(3)]


@every_design
@pytest.mark.spec("PHONE-23")
def test_a_phone_speaks_on_after_its_report(name: str) -> None:
    """Valid: without another tick, and in shares of what it says from now on."""
    met = street(name)
    speaker = met.phones[0]
    met.report(NOON)
    words = [speaker.advertisement(NOON, metadata=METADATA) for _ in range(3)]
    assert [share(one).place for one in words] == [1, 2, 3]
    for one in words:
        met.hear(one, NOON)
    assert len(met.phones[1].observations) == 1


@every_design
@pytest.mark.spec("PHONE-4")
def test_an_echo_of_own_shares_is_not_kept(name: str) -> None:
    """Invalid: the present identifier, and the one before it."""
    met = street(name, phones=1)
    change = met.phones[0].next_change(MORNING)
    words = talk(met, count=5, first=change - 100)
    talk(met, count=5, first=change)
    for one in words:
        met.hear(one, change + 100, listener=0)
    assert list(met.phones[0].observations) == []


@every_design
@pytest.mark.spec("PHONE-14")
def test_a_share_of_unknown_strength_is_no_sighting(name: str) -> None:
    met = street(name)
    talk(met, count=2)
    met.hear(met.say(met.phones[0], MORNING + 40), MORNING + 40, rssi=RSSI_UNKNOWN)
    assert list(met.phones[1].observations) == []


@every_design
def test_an_impossible_strength_is_refused_at_once_and_spoils_nothing(name: str) -> None:
    met = street(name)
    words = talk(met, count=2)
    for wrong in (-129, 128):
        with pytest.raises(ValueError, match="between"):
            met.hear(words[0], MORNING + 40, rssi=wrong)
    with pytest.raises(TypeError):
        met.hear(words[0], MORNING + 40, rssi=-60.0)  # type: ignore[arg-type]  # is refused
    met.hear(met.say(met.phones[0], MORNING + 40), MORNING + 40)
    (observation,) = met.phones[1].observations
    assert len(observation.sightings) == 3


@every_design
def test_whole_identifiers_do_no_harm_where_shares_are_expected(name: str) -> None:
    """Invalid: most are no share of the region; the others recover nothing."""
    plain = Street(name)
    listener = Phone.create(
        name,
        now=MORNING,
        rand=plain.rand,
        parameters=Parameters(shares=255, share_threshold=2),
    )
    for step in range(60):
        now = Instant(MORNING + 300 * step)
        listener.tick(now, rand=plain.rand)
        words = plain.say(plain.phones[0], now)
        for _ in range(2):
            with suppress(MalformedError):
                listener.hear(words, now=now, rssi_dbm=-60)
    assert list(listener.observations) == []


@every_design
def test_shares_do_no_harm_where_whole_identifiers_are_expected(name: str) -> None:
    """Valid: each is kept as an identifier that nobody has."""
    met = street(name)
    listener = Phone.create(name, now=MORNING, rand=met.rand)
    for step in range(20):
        now = Instant(MORNING + step)
        listener.hear(met.say(met.phones[0], now), now=now, rssi_dbm=-60)
    assert len(listener.observations) == 20
    batch = met.publish(met.report(NOON))
    listener.tick(batch.release, rand=met.rand)
    assert listener.ingest(batch) == ()


def identifier_valid_at(met: Street, report: Report, moment: int, *, before: int) -> EphID:
    """Return what the patient could have said at a moment, as whoever has the keys knows it."""
    return next(
        one
        for key in met.keys(report)
        for expansion in key.expand(before=Instant(before), parameters=SHARING)
        for place, one in enumerate(expansion.split())
        if expansion.validity(place).start <= moment < expansion.validity(place).end
    )


@every_design
@pytest.mark.spec("PHONE-26", "MATCHING-1")
def test_shares_from_before_a_release_cannot_be_made_a_patients_after_it(name: str) -> None:
    """Invalid: two random shares, then the one that completes them to a published identifier."""
    met = street(name)
    rand, release = met.rand, day_start(DAY) + 10 * 3600
    moment = release - 870
    met.say(met.phones[0], moment - 900)
    for now in range(moment - 900, moment + 60, 300):
        met.tick(now)
    tag = rand(3)
    early = [(place, int.from_bytes(rand(16), "big")) for place in (1, 2)]
    for place, value in early:
        words = Share(place=place, tag=tag, value=value.to_bytes(16, "big")).encode()
        met.hear(framed(met, words), moment)
    report = met.report(moment + 60)
    batch = met.publish(report, release=release)
    known = identifier_valid_at(met, report, moment, before=release)
    last = share_of(through([(0, int.from_bytes(known, "big")), *early]), place=3, tag=tag)
    met.hear(framed(met, last.encode()), release + 10)
    assert met.found(batch) == ()
    (*_, sighting) = (one for kept in met.phones[1].observations for one in kept.times())
    assert sighting == release + 10


@every_design
@pytest.mark.spec("PHONE-13", "PHONE-26")
def test_shares_that_a_wrong_clock_dated_are_gone_with_it(name: str) -> None:
    met = street(name)
    words = [met.say(met.phones[0], MORNING) for _ in range(3)]
    for one in words[:2]:
        met.hear(one, MORNING + 5 * 86_400)
    met.phones[1].restart_keys(MORNING, rand=met.rand)
    met.hear(words[2], MORNING)
    assert all(one.slot * 7200 <= MORNING for one in met.phones[1].observations)


@every_design
@pytest.mark.spec("SHARING-12")
def test_a_flood_of_shares_is_bounded_and_leaves_no_trace(name: str) -> None:
    met = street(name)
    listener, rand = met.phones[1], met.rand
    before = state(listener)
    flood = Share(place=1, tag=b"one", value=bytes(16))
    for _ in range(MAX_SIGHTINGS_PER_GROUP):
        met.hear(framed(met, flood.encode()), MORNING)
    with pytest.raises(LimitError):
        met.hear(framed(met, flood.encode()), MORNING)
    for _ in range(5000):
        one = Share(place=1, tag=rand(3), value=rand(16))
        listener.hear(framed(met, one.encode()), now=MORNING, rssi_dbm=-60)
    assert state(listener) == before
    talk(met, count=3, first=MORNING + 60)
    assert len(listener.observations) == 1


@pytest.mark.spec("PHONE-21")
@pytest.mark.parametrize("rssi", [-40, -110])
def test_a_hybrid_window_with_shares_in_it_has_somebody_close(rssi: int) -> None:
    """Valid: without metadata nobody knows how near it was, so the window is told."""
    met = street("hybrid")
    for step in range(3):
        met.hear(met.say(met.phones[0], MORNING + step), MORNING + step, rssi=rssi)
    window = MORNING // SHARING.window_seconds
    value = Fields(met.phones[1].to_value(), what="a phone").nested("ring")
    seed = value.octets("seeds")[:16]
    made = met.report(NOON, patient=1)
    told = {record.attributes[0]: record.key for record in made.records}
    assert told[window] == seed


@pytest.mark.parametrize(
    ("shares", "threshold"),
    [(0, 2), (5, 0), (5, 1), (1, 1), (4, 5), (256, 3), (-1, -1)],
)
@pytest.mark.spec("SHARING-1")
def test_parameters_that_share_nothing_are_refused(shares: int, threshold: int) -> None:
    with pytest.raises(ValueError, match="share_threshold"):
        Parameters(shares=shares, share_threshold=threshold)


@pytest.mark.parametrize("changed", [{"shares": 5}, {"share_threshold": 3}, {"shares": 2}])
@pytest.mark.spec("PHONE-17")
def test_a_saved_state_of_such_parameters_is_malformed(changed: dict[str, int]) -> None:
    values = parameters_to_value(STANDARD)
    assert isinstance(values, dict)
    with pytest.raises(MalformedError, match="parameters"):
        parameters_of(Fields({**values, **changed}, what="parameters"))


@pytest.mark.parametrize("name", DESIGN_NAMES)
@pytest.mark.parametrize(("shares", "threshold"), [(2, 2), (13, 8), (255, 255), (0, 0)])
def test_a_phone_keeps_its_regions_sharing_when_saved(
    name: str, shares: int, threshold: int
) -> None:
    parameters = Parameters(shares=shares, share_threshold=threshold)
    phone = Street(name, parameters, phones=1).phones[0]
    saved = phone.save(key=STATE_KEY, rand=Random(2).randbytes)
    assert Phone.load(saved, key=STATE_KEY).parameters == parameters
