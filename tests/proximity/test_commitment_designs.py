"""spec/publication/commitment.md, where the designs are known."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import oracle_commitment
from dp3t.errors import Dp3tError, MalformedError, PolicyError
from dp3t.params import MINIMAL, STANDARD
from dp3t.proximity.commitment import CommitmentSecret, DaySecret, commit, opened_hashes
from dp3t.proximity.designs import DESIGN_NAMES, design_named
from dp3t.publication.commitment import Openings
from dp3t.publication.records import KeyRecord
from dp3t.publication.report import Report, Upload
from dp3t.timeline import Day, Instant, day_of
from tested_phones import TestedPhone
from vectors import Case, vector_cases

NOW = Instant(1_625_481_000)
TODAY = day_of(NOW)
SINCE = Day(TODAY - 4)
each_design = pytest.mark.parametrize("name", DESIGN_NAMES)


def phone(name: str, *, seed: int = 1, age_days: int = 16) -> TestedPhone:
    return TestedPhone.of(name, now=NOW, seed=seed, age_days=age_days)


@pytest.mark.parametrize("case", vector_cases("commitment", operation="upload"))
def test_an_upload_fits_what_is_authorised_or_does_not_for_both_witnesses(case: Case) -> None:
    message, size = bytes.fromhex(case["message"]), case["body_bytes"]
    upload = Upload.decode((message + b"\x80").ljust(size, b"\0"))
    assert isinstance(upload.authorization, Openings)
    assert upload.encode(to_bytes=size).startswith(message + b"\x80")
    by_day: dict[int, list[tuple[int, bytes]]] = {}
    for record in upload.report.records:
        start = record.attributes[0]
        by_day.setdefault(start // 144, []).append((start, record.key))
    opened = dict(upload.authorization.items())
    witnessed = {
        oracle_commitment.day_hash("gaen", day, opened.get(Day(day), bytes(32)), keys).hex()
        for day, keys in by_day.items()
    }
    fits = witnessed <= set(case["authorized"]) and set(by_day) == set(opened)
    assert fits is (case["result"] == "valid")
    try:
        hashes = opened_hashes(upload.report, upload.authorization, parameters=STANDARD)
    except MalformedError:
        assert case["result"] == "policy"
    else:
        assert {value.hex() for value in hashes.values()} == witnessed


@each_design
@pytest.mark.spec("COMMITMENT-3", "COMMITMENT-4")
def test_every_design_commits_to_fifteen_days_in_500_bytes(name: str) -> None:
    commitment = phone(name).committed().commitment()
    assert (commitment.first_day, commitment.last_day) == (TODAY - 14, TODAY)
    assert len(commitment.encode()) == 500


@each_design
@pytest.mark.spec("COMMITMENT-2", "COMMITMENT-11")
def test_what_is_published_has_the_hashes_that_were_shown(name: str) -> None:
    tested = phone(name)
    secret = tested.committed()
    report, openings = tested.bound(secret, since=SINCE)
    hashes = opened_hashes(report, openings, parameters=STANDARD)
    shown = dict(enumerate(secret.commitment().hashes, start=TODAY - 14))
    assert hashes == {day: shown[day] for day in hashes}
    assert list(hashes) == ([SINCE] if name == "lowcost" else list(range(SINCE, TODAY + 1)))


@each_design
@pytest.mark.spec("COMMITMENT-2")
def test_the_second_witness_computes_the_hash_of_a_day_from_its_records(name: str) -> None:
    """The number is the record's first attribute in every design."""
    secret = phone(name).committed()
    for day, kept in enumerate(secret.days, start=secret.first_day):
        keys = [(record.attributes[0], record.key) for record in kept.records]
        expected = oracle_commitment.day_hash(name, day, kept.random, keys)
        assert secret.commitment().hashes[day - secret.first_day] == expected


@each_design
@pytest.mark.spec("COMMITMENT-14")
def test_keys_of_days_after_the_test_are_left_out(name: str) -> None:
    tested = phone(name)
    secret = tested.committed()
    report, openings = tested.later(2).bound(secret, since=SINCE)
    assert max(openings.days) <= TODAY
    assert opened_hashes(report, openings, parameters=STANDARD)
    of = design_named(name).tracing_key
    assert max(of(record).day(STANDARD) for record in report.records) <= TODAY


@each_design
@pytest.mark.spec("COMMITMENT-14")
def test_a_day_is_published_with_every_key_it_was_committed_with(name: str) -> None:
    tested = phone(name)
    secret = tested.committed()
    report, openings = tested.later(1).bound(secret, since=SINCE)
    of = design_named(name).tracing_key
    published = {of(record).committed() for record in report.records}
    kept = [secret.days[day - secret.first_day] for day in openings.days]
    assert published == {of(record).committed() for each in kept for record in each.records}


@pytest.mark.spec("COMMITMENT-14")
def test_a_gaen_key_is_published_with_the_period_it_has_by_then() -> None:
    tested = phone("gaen")
    secret = tested.committed()
    today, _ = tested.bound(secret, since=TODAY)
    tomorrow, _ = tested.later(1).bound(secret, since=TODAY)
    assert [record.attributes[1] for record in today.records] == [NOW % 86_400 // 600 + 1]
    assert [record.attributes[1] for record in tomorrow.records] == [144]


@each_design
def test_days_can_be_held_back_as_a_whole(name: str) -> None:
    tested = phone(name)
    secret = tested.committed()
    if name == "lowcost":
        with pytest.raises(PolicyError, match="chain"):
            tested.bound(secret, since=SINCE, redacted_days=(SINCE,))
        return
    report, openings = tested.bound(secret, since=SINCE, redacted_days=(Day(SINCE + 1),))
    assert SINCE + 1 not in openings.days
    assert opened_hashes(report, openings, parameters=STANDARD)


@each_design
@pytest.mark.spec("COMMITMENT-3")
def test_a_young_phone_shows_as_many_hashes_as_an_old_one(name: str) -> None:
    """Days from before the app was installed are empty, or hold decoys where there are any."""
    secret = phone(name, age_days=3).committed()
    if name in ("lowcost", "gaen"):
        assert [bool(each.records) for each in secret.days] == [False] * 11 + [True] * 4
    commitment = secret.commitment()
    assert len(commitment.encode()) == 500
    assert len(set(commitment.hashes)) == 15


@pytest.mark.spec("COMMITMENT-3")
def test_each_day_has_random_bytes_of_its_own_and_each_commitment_too() -> None:
    tested = phone("gaen")
    one, other = tested.committed(), tested.committed()
    randoms = {each.random for secret in (one, other) for each in secret.days}
    assert len(randoms) == 30
    assert set(one.commitment().hashes).isdisjoint(other.commitment().hashes)


@each_design
@pytest.mark.spec("COMMITMENT-6")
def test_what_the_authority_gets_holds_neither_keys_nor_random_bytes(name: str) -> None:
    secret = phone(name).committed()
    shown = secret.commitment().encode()
    for each in secret.days:
        assert each.random not in shown
        assert all(record.key not in shown for record in each.records)
    assert secret.days[-1].random.hex() not in repr(secret) + repr(secret.commitment())


@each_design
@pytest.mark.spec("COMMITMENT-1")
def test_a_commitment_of_one_design_does_not_open_as_another(name: str) -> None:
    tested = phone(name)
    secret = tested.committed()
    report, openings = tested.bound(secret, since=SINCE)
    shown = set(secret.commitment().hashes)
    for other in set(DESIGN_NAMES) - {name}:
        disguised = replace(report, design=other)
        try:
            hashes = opened_hashes(disguised, openings, parameters=STANDARD)
        except MalformedError:
            continue
        assert shown.isdisjoint(hashes.values())


@each_design
def test_openings_of_other_days_than_the_records_are_refused(name: str) -> None:
    tested = phone(name)
    report, openings = tested.bound(tested.committed(), since=SINCE)
    more = Openings(
        days=(Day(openings.days[0] - 1), *openings.days),
        randoms=(bytes(32), *openings.randoms),
    )
    with pytest.raises(MalformedError, match="openings"):
        opened_hashes(report, more, parameters=STANDARD)


def test_a_key_that_stands_twice_with_other_attributes_is_refused() -> None:
    records = tuple(KeyRecord((TODAY * 144, period, 1, 127), bytes(16)) for period in (1, 144))
    openings = Openings(days=(TODAY,), randoms=(bytes(32),))
    with pytest.raises(MalformedError, match="twice"):
        opened_hashes(Report(design="gaen", records=records), openings, parameters=STANDARD)


def test_a_region_with_a_short_memory_commits_to_fewer_days() -> None:
    secret = commit("gaen", [], today=TODAY, parameters=MINIMAL, rand=lambda n: bytes(n))
    assert (secret.first_day, secret.last_day) == (TODAY - 2, TODAY)


class TestSecret:
    """What a phone keeps until its keys are published."""

    @each_design
    def test_a_secret_is_saved_and_loaded(self, name: str) -> None:
        secret = phone(name).committed()
        assert CommitmentSecret.from_value(secret.to_value()) == secret

    @given(
        value=st.recursive(
            st.binary(max_size=40) | st.integers(0, 9) | st.text(max_size=9),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(
                    st.sampled_from(["days", "design", "first_day", "random", "records"]), inner
                )
            ),
        )
    )
    def test_any_value_is_refused_with_an_error_of_ours(self, value: object) -> None:
        for decode in (CommitmentSecret.from_value, DaySecret.from_value):
            with pytest.raises(Dp3tError):
                decode(value)  # type: ignore[arg-type]  # drawn from what decoding can give
