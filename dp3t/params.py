"""Every constant of the protocol; the table with reasons is `spec/parameters.md`."""

from dataclasses import dataclass

EPHID_BYTES = 16
"""Length of an ephemeral identifier, the same in every design."""

METADATA_BYTES = 4
"""Length of the metadata broadcast beside an identifier."""

SERVICE_DATA_BYTES = EPHID_BYTES + METADATA_BYTES
"""Length of what one advertisement carries for us."""

DAY_SECONDS = 86_400
INTERVAL_SECONDS = 600
"""Length of a GAEN interval (ENIN)."""

INTERVALS_PER_DAY = DAY_SECONDS // INTERVAL_SECONDS

RELEASE_SLOT_SECONDS = 7_200
"""Batches are released at multiples of this many seconds since the Unix epoch."""

LAST_INSTANT = 2**32 - 1
"""The latest moment the formats can hold, in Unix seconds."""

LAST_DAY = LAST_INSTANT // DAY_SECONDS
"""The latest day the formats can hold, counted from 1970-01-01."""

CLOCK_TOLERANCE_SECONDS = RELEASE_SLOT_SECONDS
"""By how much a reader's clock may differ from the writer's of what is signed or sealed."""

MAX_NAME_LENGTH = 16
"""Longest name of a design, a region or a purpose, in characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """What a health authority chooses; all phones and servers of a region share one value.

    Attributes:
        epoch_minutes: how long a phone of a DP-3T design broadcasts one identifier; a divisor of
            1440 between 1 and 120.
        window_minutes: how long a key of the hybrid design lasts; a multiple of `epoch_minutes`
            between 10 and 1440.
        retention_days: how many days before today keys and observations are kept; 1 to 63.
        clock_drift_intervals: how many GAEN intervals before and after its own an identifier is
            still accepted; 0 to 12.
        clock_skew_seconds: how near to a boundary between two epochs, windows or days a sighting
            also counts for the other one, in the DP-3T designs; 0 to 60 * `epoch_minutes`.
        shares: over how many shares an identifier is spread, 2 to 255; 0 where it is sent whole.
        share_threshold: how many of them recover it, 2 to `shares`; 0 with them.

    Raises:
        ValueError: a value outside its range.
    """

    epoch_minutes: int = 15
    window_minutes: int = 240
    retention_days: int = 14
    clock_drift_intervals: int = 12
    clock_skew_seconds: int = 60
    shares: int = 0
    share_threshold: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.epoch_minutes <= 120 or 1440 % self.epoch_minutes:
            raise ValueError("epoch_minutes must divide 1440 and lie between 1 and 120")
        if not 10 <= self.window_minutes <= 1440 or self.window_minutes % self.epoch_minutes:
            raise ValueError("window_minutes must be epochs and lie between 10 and 1440")
        if not 1 <= self.retention_days <= 63:
            raise ValueError("retention_days must lie between 1 and 63")
        if not 0 <= self.clock_drift_intervals <= 12:
            raise ValueError("clock_drift_intervals must lie between 0 and 12")
        if not 0 <= self.clock_skew_seconds <= self.epoch_seconds:
            raise ValueError("clock_skew_seconds must lie between 0 and one epoch")
        spread = 2 <= self.share_threshold <= self.shares <= 255
        if not spread and (self.shares or self.share_threshold):
            raise ValueError("2 <= share_threshold <= shares <= 255, or both are 0")

    @property
    def upload_days(self) -> int:
        """How many days old a key may be when a server accepts it.

        A report holds keys of up to `retention_days` and may wait as long for its upload.
        """
        return 2 * self.retention_days

    @property
    def epoch_seconds(self) -> int:
        """How long an epoch lasts."""
        return 60 * self.epoch_minutes

    @property
    def window_seconds(self) -> int:
        """How long a window lasts."""
        return 60 * self.window_minutes

    @property
    def epochs_per_day(self) -> int:
        """How many epochs a UTC day has."""
        return 1440 // self.epoch_minutes

    @property
    def epochs_per_window(self) -> int:
        """How many epochs a window has."""
        return self.window_minutes // self.epoch_minutes


STANDARD = Parameters()
"""The white paper's values."""

MINIMAL = Parameters(epoch_minutes=120, retention_days=2, clock_drift_intervals=1)
"""Twelve epochs a day and two days' memory, so that a test can walk through everything."""
