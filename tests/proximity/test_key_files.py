"""spec/proximity/export.md and publication/batch.md, several files: put in order, then matched."""

import io
import random
import zipfile
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dp3t.errors import Dp3tError, LimitError, MalformedError, VerificationError
from dp3t.params import STANDARD
from dp3t.proximity.designs import design_named
from dp3t.proximity.export import reader
from dp3t.proximity.export.container import MAX_FILE_BYTES, read_container
from dp3t.proximity.export.content import ExportedKey
from dp3t.proximity.file_matching import match_key_files
from dp3t.proximity.gaen import TemporaryExposureKey
from dp3t.proximity.interface import Match
from dp3t.proximity.kernels import engine
from dp3t.proximity.key_batches import match_table
from dp3t.proximity.key_files import KeyFile, open_key_file, ordered_files
from dp3t.proximity.observations import Kept, ObservationStore
from dp3t.publication import opened_table
from dp3t.publication.batch import Batch, BatchName
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.publication.sources import Buffer
from dp3t.timeline import Instant, Interval
from key_files import KEY, OTHER, written
from publication_cases import SIGNER, TRUSTED

DAY = 18_377
RELEASE = Instant(DAY * 86_400)
GAEN = design_named("gaen")
START = 144 * (DAY - 1)


def record(number: int, *, report_type: int = 1) -> KeyRecord:
    return KeyRecord((START, 144, report_type, 127), number.to_bytes(16, "little"))


def batch_of(
    records: Iterable[KeyRecord], *, release: int = RELEASE, design: str = "gaen"
) -> bytes:
    name = BatchName(design=design, region="VN", release=Instant(release))
    return Batch(name, KeyTable.of(records).encode()).sign(SIGNER)


def exported(number: int, *, report_type: int = 1) -> ExportedKey:
    return ExportedKey(
        key=TemporaryExposureKey(
            key=number.to_bytes(16, "little"),
            rolling_start=Interval(START),
            report_type=report_type,
        )
    )


def export_of(numbers: Iterable[int], **changes: Any) -> bytes:
    options = {"start": Instant(RELEASE - 86_400), "end": RELEASE}
    return written(*map(exported, numbers), **(options | changes))


def compressed(numbers: Iterable[int]) -> bytes:
    """Return the same key file as many servers write it."""
    members = read_container(export_of(numbers))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, member in members.items():
            archive.writestr(name, member.content)
    return packed.getvalue()


def opened(*files: bytes) -> list[KeyFile]:
    return [open_key_file(Buffer(file), trusted=TRUSTED) for file in files]


def store_of(heard: Iterable[int]) -> ObservationStore:
    """Return a phone that heard the first identifier of some keys, and of a stranger."""
    store = ObservationStore()
    for number in (*heard, 2**40):
        (expansion,) = GAEN.tracing_key(record(number)).expand(before=RELEASE, parameters=STANDARD)
        kept = Kept(expansion.split()[0], expansion.period, b"")
        store.add(kept, at=Instant(600 * START), rssi_dbm=-50)
    return store


def matches(store: ObservationStore, files: Sequence[KeyFile], **options: Any) -> list[Match]:
    return list(match_key_files(store, files, GAEN, parameters=STANDARD, **options))


def keys_of(found: Iterable[Match]) -> list[int]:
    return [int.from_bytes(each.key.key, "little") for each in found if each.key]


class TestMatching:
    @pytest.mark.spec("EXPORT-37")
    @settings(max_examples=30)
    @given(data=st.data(), threads=st.integers(1, 4), at_once=st.integers(1, 9))
    def test_however_keys_are_split_each_sighting_is_found_once(
        self, data: st.DataObject, threads: int, at_once: int
    ) -> None:
        numbers = data.draw(st.lists(st.integers(0, 30), min_size=1, max_size=40))
        heard = data.draw(st.sets(st.integers(0, 35), max_size=10))
        cuts = sorted(data.draw(st.lists(st.integers(0, len(numbers)), max_size=4)))
        parts = [numbers[a:b] for a, b in zip([0, *cuts], [*cuts, len(numbers)], strict=True)]
        files = opened(
            *(
                batch_of(map(record, part), release=RELEASE + 7200 * n)
                for n, part in enumerate(parts)
            )
        )
        store, table = store_of(heard), KeyTable.of(map(record, numbers))
        plain = list(match_table(store, table, GAEN, release=RELEASE, parameters=STANDARD))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(opened_table.OpenedTable.parts, "__kwdefaults__", {"at_once": at_once})
            one = matches(store, files)
            several = matches(store, files[::-1], threads=threads)
        assert one == several
        assert sorted(keys_of(one)) == sorted(keys_of(plain)) == sorted(heard & set(numbers))

    @pytest.mark.spec("EXPORT-37", "KERNELS-1")
    def test_threads_that_share_a_kernel_find_what_one_finds_in_the_same_order(self) -> None:
        dice, numbers = random.Random(5), list(range(3000))
        dice.shuffle(numbers)
        files = opened(
            batch_of(map(record, numbers[:1200])),
            batch_of(map(record, numbers[1000:2200]), release=RELEASE + 7200),
            export_of(numbers[2000:], batch_number=1, batch_size=1),
        )
        store = store_of(range(0, 3000, 7))
        found = [matches(store, files, threads=threads) for threads in (1, 2, 3, 4)]
        assert found[0] == found[1] == found[2] == found[3]
        assert sorted(keys_of(found[0])) == list(range(0, 3000, 7))

    @pytest.mark.spec("EXPORT-37")
    @pytest.mark.parametrize("threads", [1, 3])
    @pytest.mark.parametrize("at_once", [1, 100])
    def test_a_revised_key_speaks_for_itself_however_its_list_is_cut(
        self, threads: int, at_once: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(reader.OpenedExport.lists, "__kwdefaults__", {"at_once": at_once})
        file = written(
            *map(exported, range(5)),
            start=Instant(RELEASE - 86_400),
            end=RELEASE,
            revised_keys=[exported(3, report_type=2)],
        )
        found = matches(store_of([2, 3]), opened(file), threads=threads)
        told = {each.key.attributes[2] for each in found if each.key and each.key.key[0] == 3}
        assert told == {2}
        assert keys_of(found) == [2, 3]

    @pytest.mark.parametrize("threads", [1, 2])
    def test_progress_hears_of_every_key_once(self, threads: int) -> None:
        seen = list[int]()
        files = opened(batch_of(map(record, range(7))), export_of(range(20, 25)))
        matches(store_of([1]), files, threads=threads, progress=seen.append)
        assert sorted(seen) == [5, 7]

    def test_a_list_of_which_a_part_is_invalid_is_matched_as_a_whole_one_is(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        bad = KeyRecord((START, 0, 1, 127), bytes(16))
        parts = opened_table.OpenedTable.parts
        monkeypatch.setattr(parts, "__kwdefaults__", {"at_once": 1})
        found = matches(store_of([1]), opened(batch_of([bad, record(1)])))
        assert keys_of(found) == [1]
        with pytest.raises(MalformedError, match="no key of the batch is valid"):
            matches(store_of([1]), opened(batch_of([bad])))

    def test_a_compressed_key_file_is_matched_as_a_stored_one(self) -> None:
        store = store_of([3, 7])
        found = [
            matches(store, opened(file)) for file in (export_of(range(9)), compressed(range(9)))
        ]
        assert found[0] == found[1]
        assert keys_of(found[0]) == [3, 7]

    def test_a_filter_is_matched_too(self) -> None:
        design = design_named("unlinkable")
        seed, epoch = bytes(range(32)), RELEASE // 900 - 9
        name = BatchName(design="unlinkable", region="VN", release=RELEASE)
        batch = design.publish(
            [KeyRecord((epoch,), seed)],
            name=name,
            parameters=STANDARD,
            rand=random.Random(1).randbytes,
        )
        key = design.tracing_key(KeyRecord((epoch,), seed))
        (expansion,) = key.expand(before=RELEASE, parameters=STANDARD)
        identity = design.identity(expansion.split()[0], period=epoch)
        store = ObservationStore()
        store.add(Kept(identity, -1, b""), at=Instant(900 * epoch), rssi_dbm=-50)
        (file,) = opened(batch.sign(SIGNER))
        found = match_key_files(store, [file], design, parameters=STANDARD, threads=2)
        assert [each.observation.identity for each in found] == [identity]
        assert len(file) == 0

    def test_a_file_of_another_design_and_no_thread_are_refused(self) -> None:
        files = opened(batch_of([KeyRecord((DAY,), bytes(32))], design="lowcost"))
        with pytest.raises(MalformedError, match=r"the batch lowcost VN .* not of the design gaen"):
            matches(store_of([]), files)
        with pytest.raises(ValueError, match="thread"):
            matches(store_of([]), [], threads=0)

    @pytest.mark.parametrize("threads", [1, 2])
    @pytest.mark.parametrize("make", [export_of, compressed])
    def test_a_fault_in_a_later_part_comes_before_any_match(
        self, threads: int, make: Callable[[Iterable[int]], bytes]
    ) -> None:
        class Changing:
            def __init__(self, data: bytes) -> None:
                self.data = data
                self.size_bytes = len(data)

            def read(self, start: int, length: int) -> bytes:
                return self.data[start : start + length]

        source = Changing(make(range(5)))
        files = [*opened(batch_of([record(1)])), open_key_file(source)]
        source.data = source.data[:-1] + b"?"
        with pytest.raises(VerificationError, match="changed while it was read"):
            next(match_key_files(store_of([1]), files, GAEN, parameters=STANDARD, threads=threads))

    def test_without_a_kernel_threads_find_the_same(self, monkeypatch: pytest.MonkeyPatch) -> None:
        files = opened(batch_of(map(record, range(600))))
        store = store_of([5, 599])
        with_kernel = matches(store, files, threads=2)
        monkeypatch.setattr(engine, "WORTHWHILE_KEYS", 2**62)
        assert matches(store, files, threads=2) == with_kernel
        assert sorted(keys_of(with_kernel)) == [5, 599]


class TestOpening:
    def test_a_file_says_what_it_is(self) -> None:
        batch, export = opened(batch_of(map(record, range(3))), export_of(range(4)))
        assert (batch.design, batch.region, batch.release, len(batch)) == ("gaen", "VN", RELEASE, 3)
        assert (export.design, export.region, len(export)) == ("gaen", "VN", 4)
        assert (batch.verified, export.verified) == (True, False)

    def test_a_key_file_counts_as_verified_where_a_trusted_key_has_signed(self) -> None:
        file = Buffer(export_of([1]))
        assert open_key_file(file, export_keys=[KEY.public()]).verified
        with pytest.raises(VerificationError):
            open_key_file(file, export_keys=[OTHER.public()])
        with pytest.raises(VerificationError):
            open_key_file(file, export_keys=[KEY.public(), OTHER.public()], threshold=2)

    def test_a_batch_that_nobody_vouches_for_is_refused(self) -> None:
        with pytest.raises(VerificationError):
            open_key_file(Buffer(batch_of([record(1)])))

    @pytest.mark.spec("EXPORT-36")
    @pytest.mark.parametrize(("end", "release"), [(0, 0), (7199, 0), (7200, 7200), (7201, 7200)])
    def test_a_key_file_is_public_from_the_last_slot_before_its_end(
        self, end: int, release: int
    ) -> None:
        (file,) = opened(export_of([1], start=Instant(0), end=Instant(end)))
        assert file.release == release

    @pytest.mark.spec("EXPORT-36")
    def test_what_was_heard_in_the_slot_of_its_end_does_not_count(self) -> None:
        store = store_of([1])
        after = Instant(600 * START + 7200)
        assert matches(store, opened(export_of([1], end=after, start=Instant(0))))
        before = Instant(after - 1)
        assert not matches(store, opened(export_of([1], end=before, start=Instant(0))))

    @pytest.mark.spec("EXPORT-1")
    def test_a_zip_that_is_too_long_is_not_read(self) -> None:
        class Long(Buffer):
            size_bytes = MAX_FILE_BYTES + 1

            def read(self, start: int, length: int) -> bytes:
                assert length <= 2
                return b"PK"

        with pytest.raises(LimitError, match="a key file has at most"):
            open_key_file(Long(b""))

    @given(data=st.binary(max_size=200), zipped=st.booleans())
    def test_any_bytes_are_refused_with_an_error_of_ours(self, data: bytes, zipped: bool) -> None:
        with pytest.raises(Dp3tError):
            open_key_file(Buffer(b"PK" * zipped + data), trusted=TRUSTED)


class TestOrder:
    def test_files_come_by_release_whatever_the_order_given(self) -> None:
        window: dict[str, Any] = {"batch_size": 2, "end": Instant(RELEASE - 7200)}
        files = opened(
            batch_of([record(1)], release=RELEASE + 7200),
            export_of([2], batch_number=2, **window),
            batch_of([record(3)]),
            export_of([4], batch_number=1, **window),
        )
        expected = [files[3], files[1], files[2], files[0]]
        for order in (files, files[::-1]):
            assert ordered_files(order) == expected

    @pytest.mark.spec("EXPORT-35")
    @pytest.mark.parametrize(
        ("files", "fault"),
        [
            ([(1, 3), (3, 3)], "key file 2 of 3 of VN, .* is missing"),
            ([(2, 2)], "key file 1 of 2 of VN, .* is missing"),
            ([(1, 2), (2, 2), (2, 2)], "key file 2 of 2 of VN, .* is there twice"),
            ([(1, 2), (2, 3)], "key files of VN, .* belong to 2 and to 3 files"),
            ([(1, 1), (2, 2)], "key files of VN, .* belong to 1 and to 2 files"),
        ],
    )
    def test_key_files_that_do_not_belong_together_are_refused(
        self, files: list[tuple[int, int]], fault: str
    ) -> None:
        given_files = opened(
            *(export_of([n], batch_number=n, batch_size=size) for n, size in files)
        )
        with pytest.raises(MalformedError, match=fault):
            ordered_files(given_files)

    @pytest.mark.spec("EXPORT-35")
    def test_windows_and_regions_are_counted_apart(self) -> None:
        files = opened(
            *(export_of([n], batch_number=n, batch_size=2) for n in (1, 2)),
            *(export_of([n], batch_number=n, batch_size=2, region="LA") for n in (1, 2)),
            export_of([5], start=Instant(RELEASE - 3600)),
        )
        assert len(ordered_files(files)) == 5
        with pytest.raises(MalformedError, match=r"of LA, .* is missing"):
            ordered_files(files[:3])

    def test_one_batch_twice_is_refused(self) -> None:
        file = batch_of([record(1)])
        with pytest.raises(
            MalformedError, match="the batch gaen VN 2020-04-25T00:00:00Z is there twice"
        ):
            ordered_files(opened(file, file))
