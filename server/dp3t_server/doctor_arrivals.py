"""The doctor's look at entry declarations: whether travellers find keys, and receipts a signer."""

from collections.abc import Iterator

from dp3t import Dp3tError, Instant, PolicyError, to_datetime
from dp3t_server.config import Config
from dp3t_server.keys import Secrets, SecretsFile
from dp3t_server.store import Transaction
from dp3t_server.visit import Finding, Visit, problem, warning

_WARNING_DAYS = 14
_DAY_SECONDS = 86_400
_ROOM = 0.9


async def look_at_arrivals(visit: Visit) -> list[Finding]:
    """Look at document, keys of receipts and room, where declarations are taken.

    Settings and keys that cannot be read are for other checks to say.

    Raises:
        OSError: the database is not there.
        SQLAlchemyError: it cannot be read.
    """
    try:
        config, secrets = visit.settings(), SecretsFile(visit.data.secrets).load()
    except (Dp3tError, OSError):
        return []
    if not (config.declarations and config.arrivals_authorities):
        return []
    async with visit.reading() as connection:
        transaction = Transaction(connection, writes=False)
        declared = await transaction.arrivals.declared()
        found = await _of_keys(transaction, config, secrets, now=visit.now)
    return [*found, *_of_room(declared, config)]


async def _of_keys(
    transaction: Transaction, config: Config, secrets: Secrets, *, now: Instant
) -> list[Finding]:
    from dp3t_server.arrivals_keys import installed  # with it dp3t.arrivals

    try:
        document = await installed(transaction, config)
        if document is None:
            return [
                warning(
                    "no document of keys is installed, so nobody can declare an entry; see "
                    "`dp3t-server arrivals install`",
                    "chưa cài tài liệu khóa nên chưa ai khai nhập cảnh được; xem "
                    "`dp3t-server arrivals install`",
                )
            ]
        if now < document.keys.valid_until:
            document.receipt_key(secrets, now=now, until=now)
    except PolicyError as error:
        return [problem(str(error), f"không nhận được tờ khai nhập cảnh: {error}")]
    return list(_of_term(document.keys.valid_until, now=now))


def _of_term(until: Instant, *, now: Instant) -> Iterator[Finding]:
    day = to_datetime(until).date().isoformat()
    if until <= now:
        yield problem(
            f"the document of keys of entry declarations ended on {day}; install the next one",
            f"tài liệu khóa của tờ khai nhập cảnh đã hết hạn ngày {day}; hãy cài tài liệu kế tiếp",
        )
    elif until <= now + _WARNING_DAYS * _DAY_SECONDS:
        yield warning(
            f"the document of keys of entry declarations ends on {day}; install the next one",
            f"tài liệu khóa của tờ khai nhập cảnh hết hạn ngày {day}; hãy cài tài liệu kế tiếp",
        )


def _of_room(declared: int, config: Config) -> Iterator[Finding]:
    if declared >= _ROOM * config.max_declarations:
        yield warning(
            f"there are {declared} entry declarations of at most {config.max_declarations}; see "
            "max_declarations",
            f"đã có {declared} tờ khai nhập cảnh trên tối đa {config.max_declarations}; xem "
            "max_declarations",
        )
