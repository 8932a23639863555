"""A plane lands: travellers declare on their devices, one corrects it and one withdraws."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from dp3t.arrivals.binding import Binding
from dp3t.arrivals.declaration import Declaration
from dp3t.arrivals.recipients import RecipientKeys
from dp3t.arrivals.sealing import WITHDRAWAL_SECRET_BYTES, Envelope
from dp3t.arrivals.submission import Withdrawal
from dp3t.arrivals_client import ArrivalsClient
from dp3t.cli.demo.declarations import desks
from dp3t.cli.demo.declarations.authority import Authority
from dp3t.cli.demo.declarations.checks import ADMITTED, Check, check, refusal
from dp3t.cli.demo.declarations.desks import Answers, Desk
from dp3t.cli.demo.declarations.office import DECLARATIONS, Office
from dp3t.cli.demo.declarations.travellers import DECLARED_AT, Fate, Traveller, first_of
from dp3t.errors import Dp3tError
from dp3t.primitives import Rand

_SIGNIFICANT_BYTES = 64
"""So many bytes of a sealed part are found nowhere by chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handed:
    """What somebody keeps of a declaration that they handed in."""

    envelope: Envelope
    withdrawal: Withdrawal
    receipt: str = field(repr=False)


@dataclass(slots=True, kw_only=True)
class Declared:
    """What came of the declarations.

    Attributes:
        travellers: by number.
        handed: each one's first declaration.
        corrected: the later one of whoever corrected theirs, by number.
        desks: what they opened.
        checks: what had to be so.
    """

    travellers: tuple[Traveller, ...]
    handed: list[Handed] = field(default_factory=list)
    corrected: dict[int, Handed] = field(default_factory=dict)
    desks: list[Desk] = field(default_factory=list)
    checks: list[Check] = field(default_factory=list)

    def expected(self) -> dict[bytes, Answers]:
        """Return what was answered in each declaration that holds, by its id."""
        found = dict[bytes, Answers]()
        for number, traveller in enumerate(self.travellers):
            if number in self.corrected:
                newer = self.corrected[number].envelope
                found[newer.declaration_id] = traveller.corrected()
            elif traveller.fate is not Fate.WITHDRAWN:
                found[self.handed[number].envelope.declaration_id] = traveller.values
        return found

    def secrets(self) -> Iterator[tuple[str, bytes]]:
        """Yield what no file of the server may hold: what was declared."""
        for traveller in self.travellers:
            for name in ("document_number", "phone", "street"):
                yield f"{traveller.name}: {name}", str(traveller.values[name]).encode()

    def erased(self) -> Iterator[tuple[str, bytes]]:
        """Yield what no file of the server holds any more: declarations that were erased."""
        for handed in (*self.handed, *self.corrected.values()):
            name = f"erased declaration {handed.envelope.declaration_id.hex()[:8]}"
            yield name, handed.envelope.border[:_SIGNIFICANT_BYTES]


async def declare(
    travellers: tuple[Traveller, ...],
    *,
    client: ArrivalsClient,
    keys: RecipientKeys,
    rand: Rand,
) -> Declared:
    """Let everybody declare, one correct it and one withdraw.

    Args:
        travellers: of the plane.
        client: a connection to the server; devices would have one each.
        keys: to which they seal.
        rand: of all devices.
    """
    declared = Declared(travellers=travellers)

    async def hand_in(values: Answers, corrects: Withdrawal | None = None) -> Handed:
        envelope, withdrawal = _sealed(values, keys, rand)
        receipt = await client.declare(envelope, keys=keys.receipts(), corrects=corrects)
        return Handed(envelope=envelope, withdrawal=withdrawal, receipt=receipt)

    for traveller in travellers:
        declared.handed.append(await hand_in(traveller.values))
    corrects = first_of(travellers, Fate.CORRECTED)
    declared.corrected[corrects] = await hand_in(
        travellers[corrects].corrected(), declared.handed[corrects].withdrawal
    )
    await client.withdraw(declared.handed[first_of(travellers, Fate.WITHDRAWN)].withdrawal)
    good = declared.handed[first_of(travellers, Fate.GOOD)].withdrawal
    secret = declared.handed[corrects].withdrawal.secret
    declared.checks.append(
        check(
            "Withdrawing somebody else's declaration",
            "Rút tờ khai của người khác",
            due="unknown-declaration",
            came=await _withdrawn(client, Withdrawal(good.declaration_id, secret)),
        )
    )
    return declared


async def open_all(declared: Declared, *, office: Office, authority: Authority) -> None:
    """Let each desk open what it can, and the officials have everything erased."""
    kept = await office.fetch(DECLARATIONS)
    envelopes = [Envelope.decode(sealed) for sealed in kept.values()]
    expected = declared.expected()
    declared.desks += desks.read(envelopes, authority)
    for name in kept:
        await office.erase(DECLARATIONS, name)
    declared.checks += [
        check(
            "The server keeps the corrected declaration and not the withdrawn one",
            "Máy chủ giữ bản đã sửa và không giữ bản đã rút",
            due=sorted(each.hex()[:8] for each in expected),
            came=sorted(each.declaration_id.hex()[:8] for each in envelopes),
        ),
        check(
            "How many lengths declarations have, of one person and of families",
            "Số độ dài khác nhau của tờ khai, của một người hay cả gia đình",
            due=1,
            came=len({len(each) for each in kept.values()}),
        ),
        *desks.checks(declared.desks, expected),
        check(
            "Parts that open for a desk of the other kind",
            "Số phần mở được ở cơ quan không được giao",
            due=0,
            came=desks.crossed(envelopes, authority),
        ),
        check(
            "Declarations left at the server once the officials have them",
            "Số tờ khai còn trên máy chủ sau khi cơ quan đã nhận",
            due=0,
            came=len(await office.fetch(DECLARATIONS)),
        ),
    ]


def _sealed(
    values: Mapping[str, object], keys: RecipientKeys, rand: Rand
) -> tuple[Envelope, Withdrawal]:
    """Do what a device does with the answers to the form."""
    declaration = Declaration.of(values, now=DECLARED_AT)
    secret = rand(WITHDRAWAL_SECRET_BYTES)
    binding = Binding.of(declaration.travel_document(), rand=rand)
    envelope = declaration.seal(
        keys, binding=binding.encode(), withdrawal_secret=secret, now=DECLARED_AT
    )
    return envelope, Withdrawal(envelope.declaration_id, secret)


async def _withdrawn(client: ArrivalsClient, withdrawal: Withdrawal) -> str:
    try:
        await client.withdraw(withdrawal)
    except Dp3tError as error:
        return refusal(error)
    return ADMITTED
