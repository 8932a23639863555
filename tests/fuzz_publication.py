"""Targets of the fuzz loop in the publication layer: what servers publish and are sent."""

from batches import index_of
from dp3t.codec import decode, encode
from dp3t.errors import Dp3tError
from dp3t.params import DAY_SECONDS, STANDARD
from dp3t.primitives import Rand
from dp3t.proximity.commitment import CommitmentSecret, opened_hashes
from dp3t.proximity.cuckoo.filter import CuckooFilter
from dp3t.proximity.designs import DESIGN_NAMES, design_named
from dp3t.publication.authorization import UploadCode, authorization_of
from dp3t.publication.batch import Batch
from dp3t.publication.commitment import Commitment, Openings
from dp3t.publication.index import Index
from dp3t.publication.listing import DayList, IndexEntry
from dp3t.publication.receipt import Receipt
from dp3t.publication.receipt_check import ReceiptCheck
from dp3t.publication.records import KeyRecord, KeyTable
from dp3t.publication.report import Report, Upload, check_answer, encode_answer
from dp3t.publication.request_log import read_log
from dp3t.publication.server_view import ServerView
from dp3t.publication.statement import Statement
from dp3t.publication.transparency import Checkpoint, Edge, Entry, NoteKeyType
from dp3t.timeline import day_of
from fuzz_lives import KEY, NOW, RELEASE, TRUSTED, Life
from fuzz_target import Target, again, of_value
from receipts import check_of
from tested_phones import TestedPhone
from transparency_logs import LOG


def of_batches(lives: dict[str, Life], rand: Rand) -> dict[str, Target]:
    """Return the decoders of batches, filters, indexes and views."""
    batches = [life.batch for life in lives.values()]
    index, days = index_of(batches, key=KEY, releases=(RELEASE, RELEASE - 3 * DAY_SECONDS))
    view = ServerView(trusted=TRUSTED, days_read=(bytes(32),))
    table = KeyTable.of(KeyRecord((18_800 + n % 3, n % 5), rand(32)) for n in range(20))
    filters = [
        CuckooFilter.build([rand(32) for _ in range(count)], batch_id=b"VN", rand=rand)
        for count in (0, 1, 30)
    ]
    return {
        "batch": Target(Batch.decode, tuple(batch.encode() for batch in batches)),
        "signed batch": Target(
            lambda data: Batch.open(data, trusted=TRUSTED), (batches[0].sign(KEY),)
        ),
        "index": Target(again(Index.decode, Index.encode), (index.encode(),)),
        "index of a trusted server": _acted_on(batches[0]),
        "list of a day": Target(again(DayList.decode, DayList.encode), (days[0].encode(),)),
        "view of a server": Target(again(ServerView.decode, ServerView.encode), (view.encode(),)),
        "table of keys": Target(KeyTable.decode, (table.encode(), KeyTable(()).encode())),
        "filter": Target(_filter, tuple(each.encode() for each in filters)),
        **{f"batch of {name}": _matched(life) for name, life in lives.items()},
        "records": Target(
            _tracing_keys,
            tuple(
                encode([list(record.attributes) for record in life.report.records])
                for life in lives.values()
            ),
        ),
    }


def _acted_on(batch: Batch) -> Target:
    """Return what a client does with whatever a trusted server signs as its index."""
    file, entry = batch.sign(KEY), Entry.of_batch(batch.sign(KEY), batch.name)
    edge = Edge().append([entry.encode()]).edge
    checkpoint = Checkpoint(origin=LOG.name, size=edge.size, root=edge.root())
    good, _ = Index.of(
        [IndexEntry.of_file(file, design=batch.design, release=batch.name.release, leaf=0)],
        keys=[KEY.public()],
        region=batch.name.region,
        number=1,
        issued=RELEASE,
        log_key=LOG.key(NoteKeyType.LOG).encode(),
        checkpoint=checkpoint.sign(LOG),
    )

    def act(data: bytes) -> object:
        signed = KEY.sign(data, context="dp3t index 1")
        index, view = ServerView(trusted=TRUSTED).accept(signed, now=RELEASE)
        assert view.log_size(index) >= 0
        view = view.with_checkpoint(index, (), now=RELEASE)
        for listed in index.entries:
            view.require_logged(listed, ())
        return ServerView.decode(view.encode())

    return Target(act, (good.encode(),))


def of_uploads(lives: dict[str, Life], rand: Rand) -> dict[str, Target]:
    """Return the decoders of reports, answers and receipts."""
    code = UploadCode.generate(rand=rand)
    reports = [life.report for life in lives.values()]
    checks = [check_of(one, due=RELEASE, key=KEY, seen=RELEASE) for one in reports]
    return {
        "upload": Target(
            Upload.decode,
            tuple(
                Upload(code, one).encode(to_bytes=design_named(one.design).upload_bytes(STANDARD))
                for one in reports
            ),
        ),
        "report": Target(
            of_value(Report.from_value), tuple(encode(one.to_value()) for one in reports)
        ),
        "authorisation": Target(of_value(authorization_of), (encode(code.to_value()),)),
        "answer": Target(check_answer, (encode_answer(), encode_answer(receipt=checks[0].receipt))),
        "receipt": Target(of_value(Receipt.from_value), (encode(checks[0].receipt.to_value()),)),
        "receipt check": Target(
            of_value(ReceiptCheck.from_value), tuple(encode(one.to_value()) for one in checks)
        ),
        "code": Target(
            lambda data: UploadCode.parse(data.decode(errors="replace")),
            (code.display().encode(),),
        ),
        "request log": Target(read_log, (b"a,1625486400\nb,1625486401,report\n",)),
    }


def of_commitments() -> dict[str, Target]:
    """Return the decoders of commitments and their openings."""
    phones = [TestedPhone.of(name, now=NOW, age_days=2) for name in DESIGN_NAMES]
    secrets = [phone.committed() for phone in phones]
    shown = [secret.commitment() for secret in secrets]
    since = day_of(NOW)
    report, openings = phones[-1].bound(secrets[-1], since=since)
    statement = Statement.authorize(
        shown[-1], region="VN", first_day=since, now=NOW, lifetime_hours=24
    )
    return {
        "commitment": Target(Commitment.decode, tuple(each.encode() for each in shown)),
        "commitment secret": Target(
            of_value(CommitmentSecret.from_value),
            tuple(encode(each.to_value()) for each in secrets),
        ),
        "statement": Target(Statement.decode, (statement.encode(),)),
        "openings": Target(of_value(authorization_of), (encode(openings.to_value()),)),
        "opened report": Target(lambda data: _opened(data, openings), (encode(report.to_value()),)),
    }


def _filter(data: bytes) -> object:
    """Read a filter and ask it something."""
    read = CuckooFilter.decode(data, batch_id=b"VN")
    return list(read.found(bytes([number]) * 32 for number in range(20)))


def _matched(life: Life) -> Target:
    """Match the content of a batch whose envelope is authentic."""
    phone, name = life.phone, life.batch.name

    def match(data: bytes) -> object:
        batch = Batch(name, data)
        return list(phone.design.match(phone.observations, batch, parameters=STANDARD))

    assert match(life.batch.content)
    return Target(match, (life.batch.content,))


def _tracing_keys(data: bytes) -> list[object]:
    """Read rows of attributes as records of each design and derive their identifiers."""
    value = decode(data, limit_bytes=2**16)
    found: list[object] = []
    for row in value if isinstance(value, list) else []:
        attributes = tuple(n for n in row if type(n) is int) if isinstance(row, list) else ()
        for name in DESIGN_NAMES:
            for length in (16, 32):
                try:
                    key = design_named(name).tracing_key(KeyRecord(attributes, bytes(length)))
                except Dp3tError:
                    continue
                found += key.expand(before=RELEASE, parameters=STANDARD)
    return found


def _opened(data: bytes, openings: Openings) -> object:
    report = Report.from_value(decode(data, limit_bytes=2**20))
    return opened_hashes(report, openings, parameters=STANDARD)
