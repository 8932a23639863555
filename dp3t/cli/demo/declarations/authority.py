"""The authority at its desk: who holds which private key, and what it signs for all others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from dp3t.arrivals.mark import SECRET_BYTES, GateSecret
from dp3t.arrivals.recipients import RecipientKeys
from dp3t.cli.demo.declarations.places import Commune
from dp3t.params import LAST_INSTANT
from dp3t.primitives import Rand, X25519PrivateKey
from dp3t.publication.signing import SigningKey, TrustedKeys, VerificationKey
from dp3t.symptoms.built_in import built_in_rules_value
from dp3t.symptoms.rules import sign_rules
from dp3t.symptoms.stations import Station, StationKeys
from dp3t.symptoms.survey import Survey
from dp3t.symptoms.words import Texts
from dp3t.timeline import Instant, instant

SINCE = instant(datetime(2021, 6, 1, tzinfo=UTC))
UNTIL = Instant(LAST_INSTANT)
"""Documents hold as long as they can: a command that installs one looks at the real clock."""

QUESTION = Texts(
    vi="Hôm nay bạn có sốt, ho, khó thở hoặc mất khứu giác không?",
    en="Do you have a fever, a cough, trouble breathing or no sense of smell today?",
)
TURNED_PER_MILLE = 250
MOST_REPORTS = 4
WINDOW_DAYS = 28
REPORT_PER_MILLE = 1_000 * MOST_REPORTS // WINDOW_DAYS
MIN_REPORTS = 30


@dataclass(slots=True, kw_only=True)
class Authority:
    """Keys that never leave the desks at which they were drawn.

    Attributes:
        signing: signs every document.
        border: opens the border's part of declarations.
        provinces: each opens the part of those who go to that province.
        stations: each opens the requests for help of that commune.
        gates: what the gates share.
    """

    signing: SigningKey
    border: X25519PrivateKey = field(repr=False)
    provinces: Mapping[str, X25519PrivateKey] = field(repr=False)
    stations: Mapping[Commune, X25519PrivateKey] = field(repr=False)
    gates: GateSecret = field(repr=False)

    @classmethod
    def create(
        cls, provinces: tuple[str, ...], communes: tuple[Commune, ...], *, rand: Rand
    ) -> "Authority":
        """Draw every key."""
        return cls(
            signing=SigningKey.generate(valid_from=SINCE, valid_until=UNTIL, rand=rand),
            border=X25519PrivateKey.generate(rand=rand),
            provinces={code: X25519PrivateKey.generate(rand=rand) for code in provinces},
            stations={commune: X25519PrivateKey.generate(rand=rand) for commune in communes},
            gates=GateSecret(rand(SECRET_BYTES)),
        )

    @property
    def trusted(self) -> TrustedKeys:
        """What an app carries of it."""
        return TrustedKeys([self.signing.public()])

    def settings(self) -> str:
        """Return what stands in a server's file of settings for it to take the documents."""
        public = self.signing.public()
        entry = (
            f'{{ public = "{public.public.hex()}", '
            f"valid_from = {_toml(public.valid_from)}, valid_until = {_toml(public.valid_until)} }}"
        )
        return f"arrivals_authorities = [{entry}]\nsymptoms_authorities = [{entry}]\n"

    def recipient_keys(self, receipts: tuple[VerificationKey, ...]) -> bytes:
        """Return the signed document of keys for entry declarations."""
        return RecipientKeys(
            number=1,
            valid_from=SINCE,
            valid_until=UNTIL,
            border=self.border.public(),
            provinces={code: key.public() for code, key in self.provinces.items()},
            receipt_keys=receipts,
        ).sign(self.signing)

    def station_keys(self) -> bytes:
        """Return the signed list of health stations."""
        return StationKeys(
            number=1,
            valid_from=SINCE,
            valid_until=UNTIL,
            stations=tuple(
                Station(
                    commune=commune.code,
                    name=Texts(
                        vi=f"Trạm y tế {commune.name}", en=f"Health station of {commune.name}"
                    ),
                    telephone="0236383" + commune.code[-3:],
                    key=key.public(),
                    valid_from=SINCE,
                    valid_until=UNTIL,
                )
                for commune, key in sorted(self.stations.items())
            ),
        ).sign(self.signing)

    def rules(self) -> bytes:
        """Return the signed table of rules: the one that the program has, with a lifetime."""
        table = built_in_rules_value()
        if not isinstance(table, Mapping):
            raise TypeError("the table of rules is no object")
        return sign_rules({**table, "valid_from": SINCE, "valid_until": UNTIL}, self.signing)

    def survey(self) -> bytes:
        """Return the signed survey."""
        return survey(tuple(self.stations)).sign(self.signing)


def survey(communes: tuple[Commune, ...]) -> Survey:
    """Return the survey that is held in some communes."""
    return Survey(
        number=1,
        valid_from=SINCE,
        valid_until=UNTIL,
        question=QUESTION,
        turned_per_mille=TURNED_PER_MILLE,
        report_per_mille=REPORT_PER_MILLE,
        most_reports=MOST_REPORTS,
        window_days=WINDOW_DAYS,
        min_reports=MIN_REPORTS,
        communes=tuple(sorted(commune.code for commune in communes)),
    )


def _toml(moment: Instant) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
