"""Parameters of the radio: a small file that a fit to captures has written."""

import tomllib
from dataclasses import dataclass, fields
from importlib.resources import files

TX_POWER_DBM = -29
"""What every phone's metadata tell, so that attenuation = TX_POWER_DBM - RSSI.

The phones of the captures send with -24 dBm and add 5 dB to what they receive, by the calibration
that exposure notification had for them; RSSI here is as in the captures, without the 5 dB.
"""

RANGES: dict[str, tuple[float, float]] = {
    "loss_at_1_m_db": (30, 80),
    "exponent": (1, 4),
    "shortest_cm": (10, 100),
    "table_db": (-10, 10),
    "body_sd_db": (0, 15),
    "pair_sd_db": (0, 15),
    "fading_sd_db": (0, 15),
    "sensitivity_dbm": (-110, -80),
    "sensitivity_width_db": (0.2, 10),
    "scan_loss": (0, 1),
    "scan_period_seconds": (200, 305),
    "scan_spread_seconds": (0, 52),
    "scan_gap_seconds": (200, 305),
    "sent_db": (-15, 15),
    "received_db": (-15, 15),
}
"""From where to where each parameter makes sense, and what follows from two of them: the gap from
scan to scan [RADIO-7]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A phone of the captures, and what it adds to the loss as sender and as receiver.

    Raises:
        ValueError: a value outside its range.
    """

    model: str
    sent_db: float
    received_db: float

    def __post_init__(self) -> None:
        _check("sent_db", self.sent_db)
        _check("received_db", self.received_db)


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioParameters:
    """A fit.

    Attributes:
        loss_at_1_m_db: attenuation at one metre of the average phone and body.
        exponent: of distance; 2 in free space.
        shortest_cm: below it loss does not fall.
        table_db: what a phone adds that lies on a table; one that is carried adds 0 on average.
        body_sd_db: standard deviation of what a person adds for a while.
        pair_sd_db: of what two people add for a while, to both directions.
        fading_sd_db: of what a single scan adds.
        sensitivity_dbm: half of the scans of this strength are heard.
        sensitivity_width_db: scale of the logistic curve around it.
        scan_loss: share of scans that miss a sender, however near.
        scan_period_seconds: from scan to scan on average.
        scan_spread_seconds: how much shorter or longer that can be.
        phones: what people carry, all equally often.

    Raises:
        ValueError: a value outside its range, or no phones.
    """

    loss_at_1_m_db: float
    exponent: float
    shortest_cm: int
    table_db: float
    body_sd_db: float
    pair_sd_db: float
    fading_sd_db: float
    sensitivity_dbm: float
    sensitivity_width_db: float
    scan_loss: float
    scan_period_seconds: int
    scan_spread_seconds: int
    phones: tuple[Phone, ...]

    def __post_init__(self) -> None:
        for name, value in self.numbers().items():
            _check(name, value)
        for sign in (-1, 1):
            gap = self.scan_period_seconds + sign * self.scan_spread_seconds
            _check("scan_gap_seconds", gap)
        if not self.phones:
            raise ValueError("a fit has phones")

    def numbers(self) -> dict[str, float]:
        """Return all but the phones, by name."""
        return {
            each.name: getattr(self, each.name) for each in fields(self) if each.name != "phones"
        }


def shipped(fit: str) -> RadioParameters:
    """Return the parameters of a fit that comes with the simulator, by its name.

    Raises:
        ValueError: no such fit.
    """
    path = files("dp3t_simulator.radio") / "data" / f"{fit}.toml"
    if not fit.replace("-", "").isalnum() or not path.is_file():
        raise ValueError("there is no radio fit of that name")
    return parsed(path.read_text(encoding="utf-8"))


def parsed(document: str) -> RadioParameters:
    """Return the parameters that a TOML document holds.

    Raises:
        ValueError: no TOML, or a value outside its range.
        TypeError: a parameter is missing or unknown.
    """
    given = tomllib.loads(document)
    phones = tuple(Phone(**each) for each in given["phones"])
    return RadioParameters(**given["parameters"], phones=phones)


def rendered(parameters: RadioParameters, *, provenance: str) -> str:
    """Return the TOML document that `parsed` reads.

    Args:
        parameters: a fit.
        provenance: from what, when and by which command, in lines.
    """
    lines = [f"# {line}".rstrip() for line in provenance.splitlines()]
    lines += ["", "[parameters]"]
    lines += [f"{name} = {value}" for name, value in parameters.numbers().items()]
    for each in parameters.phones:
        lines += ["", "[[phones]]", f'model = "{each.model}"']
        lines += [f"sent_db = {each.sent_db}", f"received_db = {each.received_db}"]
    return "\n".join(lines) + "\n"


def _check(name: str, value: float) -> None:
    lowest, highest = RANGES[name]
    if not lowest <= value <= highest:
        raise ValueError(f"{name} lies between {lowest} and {highest}")
