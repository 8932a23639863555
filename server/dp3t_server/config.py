"""The server's settings: one frozen value, read from TOML, with a default for everything."""

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    IPvAnyNetwork,
    ValidationError,
    field_validator,
    model_validator,
)

from dp3t import STANDARD, MalformedError, Parameters, TrustedKeys, VerificationKey, instant
from dp3t.proximity import DESIGN_NAMES, MAX_VALIDITY_DAYS, VALIDITY_DAYS, design
from dp3t.publication.transparency import NoteKey, NoteKeyType
from dp3t_server.postgresql import normalized

_OF_THE_PROCESS = (
    "host",
    "port",
    "idle_connection_seconds",
    "shutdown_grace_seconds",
    "trusted_proxies",
    "forwarded_for",
)
"""What all regions of a process share."""


MAX_WITNESSES = 24
"""So many cosignatures fit into the checkpoint of an index."""


class Authority(BaseModel):
    """A health authority whose statements are taken.

    Attributes:
        public: its Ed25519 public key, 64 hexadecimal digits.
        valid_from: first moment for which it may sign.
        valid_until: first moment for which it may no longer sign.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    public: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    valid_from: AwareDatetime
    valid_until: AwareDatetime

    @property
    def key(self) -> VerificationKey:
        """The key with its lifetime."""
        return VerificationKey(
            public=bytes.fromhex(self.public),
            valid_from=instant(self.valid_from),
            valid_until=instant(self.valid_until),
        )

    @model_validator(mode="after")
    def _require_a_lifetime(self) -> Self:
        try:
            _ = self.key
        except MalformedError as error:
            raise ValueError(str(error)) from None
        return self


class Config(BaseModel):
    """What an operator may choose; `server/example.toml` shows every field with its default.

    Attributes:
        host: address to listen on.
        port: TCP port to listen on; 0 picks a free one.
        database: the URL of a PostgreSQL database, which can hold a password; empty for a SQLite
            file in the data folder.
        lease_seconds: for how long a publisher that is not heard of keeps others from its slot.
        region: name of the region, 1 to 16 of A to Z, 0 to 9 and hyphen.
        designs: names of the designs whose keys are accepted and published.
        min_batch_keys: batches with fewer keys are padded, and each design has one at each release;
            0 for neither, so that a batch tells how many have reported.
        revisions: whether a report may revise or revoke keys that were published before, and so,
            with a code and without being asked whose they are, other people's.
        key_files: whether GAEN key files are published beside each batch of GAEN.
        key_file_id: by which Apple and Google know whose key files they are, 1 to 64 letters,
            digits and underscores; usually the country's mobile code.
        epoch_minutes: how long the region's phones broadcast one identifier.
        window_minutes: how long a key of the hybrid design lasts.
        clock_skew_seconds: by how much the clock of a phone may be ahead.
        retention_days: how long batches, spent codes and memories of keys are kept.
        authorizations: the forms of authorisation that are taken: simple and activated codes, and
            commitments that an authority authorises.
        authorities: the health authorities whose statements are taken.
        code_lifetime_hours: how long an upload code is good, before rounding up to a UTC day's end.
        inactive_code_lifetime_days: how long a code waits for its activation.
        activation_hours: how long an activated code is good, before rounding up to an even hour.
        disclosure_days: how many days after the one on which it came a disclosure is kept.
        max_disclosures: how many disclosures are kept at once; more are refused.
        presence: whether venue owners can upload traces, and traces are published.
        min_batch_traces: batches with fewer traces are padded, unless `min_batch_keys` is 0.
        trace_upload_days: how many days after the one on which it came an owner's upload is kept.
        max_trace_uploads: how many of them are kept at once; more are refused.
        declarations: whether entry declarations and voluntary reports of symptoms are taken.
        arrivals_authorities: whose signed documents of keys for entry declarations are handed out.
        max_declarations: of how many entry declarations something is kept; more are refused.
        receipt_opens_hours: how long before 00:00 UTC of the day of entry a receipt is good.
        receipt_closes_hours: how long after that moment it is good no longer.
        symptoms_authorities: whose signed surveys, rules and lists of stations are handed out.
        max_help_requests: how many sealed requests for help are kept at once; more are refused.
        token_code_days: how long a code for anonymous tokens is good.
        facilities: whether the public record of facilities is kept, and shown on a map.
        facility_authorities: whose signed acts enrol facilities and settle objections.
        facility_page_seconds: how long an accepted act waits at most for its place in the log.
        facility_boundaries: path of a GeoJSON file that the map draws; empty for none.
        acts_per_minute: how many acts of facilities and objections one client may send in a minute;
            a ministry's schools may share an address.
        signing_key_lifetime_days: how long a new signing key may sign.
        body_timeout_seconds: how long a request's body may take to arrive.
        idle_connection_seconds: how long a connection without a request stays open.
        shutdown_grace_seconds: how long requests may take to end once the server is told to stop.
        max_concurrent_requests: how many requests are worked on at once; more are refused.
        answer_milliseconds: answers to uploads leave at multiples of this after the request; 0 lets
            them leave when they are ready, and tell by their time what was decided.
        reads_per_minute: how many files one client may ask for in a minute; 0 for no limit.
        reports_per_minute: the same for reports and dummies, and, each by itself, for owners'
            uploads, requests for tokens, withdrawals of entry declarations and reports of symptoms.
        disclosures_per_minute: the same for disclosures and for requests for help.
        declarations_per_minute: the same for entry declarations; everybody in the hall of an
            airport has one address.
        wrong_tokens_per_minute: the same for operator's tokens that are wrong.
        trusted_proxies: networks of the proxies that say for whom they ask.
        forwarded_for: the header in which they say it.
        witnesses: verification keys of those whose cosignatures of the log are taken.
        regions: settings of further regions, each below its name in the path; what one leaves out
            is as above, but for `database`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    host: Annotated[str, Field(min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8080
    database: Annotated[str, Field(repr=False, max_length=1_024)] = ""
    lease_seconds: Annotated[int, Field(ge=1, le=3_600)] = 30
    region: Annotated[str, Field(pattern=r"^[A-Z0-9-]{1,16}$")] = "VN"
    designs: Annotated[tuple[str, ...], Field(min_length=1)] = DESIGN_NAMES
    min_batch_keys: Annotated[int, Field(ge=0, le=65_536)] = 256
    key_files: bool = True
    revisions: bool = False
    key_file_id: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]{1,64}$")] = "452"
    epoch_minutes: Annotated[int, Field(ge=1, le=120)] = STANDARD.epoch_minutes
    window_minutes: Annotated[int, Field(ge=10, le=1440)] = STANDARD.window_minutes
    clock_skew_seconds: Annotated[int, Field(ge=0, le=7200)] = STANDARD.clock_skew_seconds
    retention_days: Annotated[int, Field(ge=1, le=63)] = STANDARD.retention_days
    authorizations: Annotated[
        tuple[Literal["simple", "activated", "bound"], ...], Field(min_length=1)
    ] = ("simple", "activated", "bound")
    authorities: Annotated[tuple[Authority, ...], Field(max_length=64)] = ()
    code_lifetime_hours: Annotated[int, Field(ge=1, le=720)] = 24
    inactive_code_lifetime_days: Annotated[int, Field(ge=1, le=63)] = 14
    activation_hours: Annotated[int, Field(ge=1, le=72)] = 6
    disclosure_days: Annotated[int, Field(ge=1, le=MAX_VALIDITY_DAYS)] = VALIDITY_DAYS
    max_disclosures: Annotated[int, Field(ge=0, le=1_000_000)] = 10_000
    presence: bool = False
    min_batch_traces: Annotated[int, Field(ge=0, le=4_096)] = 16
    trace_upload_days: Annotated[int, Field(ge=1, le=30)] = 7
    max_trace_uploads: Annotated[int, Field(ge=0, le=100_000)] = 1_000
    declarations: bool = False
    arrivals_authorities: Annotated[tuple[Authority, ...], Field(max_length=8)] = ()
    max_declarations: Annotated[int, Field(ge=0, le=1_000_000)] = 100_000
    receipt_opens_hours: Annotated[int, Field(ge=0, le=255)] = 19
    receipt_closes_hours: Annotated[int, Field(ge=1, le=255)] = 41
    symptoms_authorities: Annotated[tuple[Authority, ...], Field(max_length=8)] = ()
    max_help_requests: Annotated[int, Field(ge=0, le=1_000_000)] = 10_000
    token_code_days: Annotated[int, Field(ge=1, le=3_650)] = 365
    facilities: bool = False
    facility_authorities: Annotated[tuple[Authority, ...], Field(max_length=8)] = ()
    facility_page_seconds: Annotated[int, Field(ge=1, le=7_200)] = 60
    facility_boundaries: Annotated[str, Field(max_length=1_024)] = ""
    acts_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 1_200
    signing_key_lifetime_days: Annotated[int, Field(ge=2, le=3_650)] = 400
    body_timeout_seconds: Annotated[int, Field(ge=1, le=300)] = 20
    idle_connection_seconds: Annotated[int, Field(ge=1, le=3_600)] = 75
    shutdown_grace_seconds: Annotated[int, Field(ge=1, le=300)] = 10
    max_concurrent_requests: Annotated[int, Field(ge=1, le=10_000)] = 256
    answer_milliseconds: Annotated[int, Field(ge=0, le=5_000)] = 500
    reads_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 6_000
    reports_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 120
    disclosures_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 20
    declarations_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 1_200
    wrong_tokens_per_minute: Annotated[int, Field(ge=0, le=1_000_000)] = 10
    trusted_proxies: Annotated[tuple[IPvAnyNetwork, ...], Field(max_length=64)] = ()
    forwarded_for: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")] = "X-Forwarded-For"

    witnesses: Annotated[tuple[str, ...], Field(max_length=MAX_WITNESSES)] = ()
    regions: Annotated[tuple[dict[str, Any], ...], Field(max_length=64)] = ()

    @field_validator("database")
    @classmethod
    def _url_of_postgresql(cls, url: str) -> str:
        try:
            return normalized(url) if url else url
        except MalformedError as error:
            raise ValueError(str(error)) from None

    @field_validator("witnesses")
    @classmethod
    def _keys_of_witnesses(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            try:
                found = NoteKey.decode(key)
            except MalformedError as error:
                raise ValueError(str(error)) from None
            if found.type is not NoteKeyType.WITNESS:
                raise ValueError("the key is not one of a witness")
        if len(set(keys)) < len(keys):
            raise ValueError("a witness is named twice")
        return keys

    @field_validator("designs")
    @classmethod
    def _known_designs(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            try:
                design(name)
            except MalformedError as error:
                raise ValueError(str(error)) from None
        if len(set(names)) < len(names):
            raise ValueError("a design is named twice")
        return names

    @model_validator(mode="after")
    def _require_parameters_that_agree(self) -> Self:
        _ = self.upload_sizes  # raises ValueError where they contradict one another
        return self

    @model_validator(mode="after")
    def _require_a_grace_for_answers(self) -> Self:
        if self.answer_milliseconds > 1000 * self.shutdown_grace_seconds:
            raise ValueError("answer_milliseconds is longer than shutdown_grace_seconds")
        return self

    @model_validator(mode="after")
    def _require_regions_apart(self) -> Self:
        everywhere = (self, *self.further_regions)
        if len({each.region for each in everywhere}) < len(everywhere):
            raise ValueError("regions: two have one name, or one has none")
        databases = [each.database for each in everywhere if each.database]
        if len(set(databases)) < len(databases):
            raise ValueError("regions: two have one database")
        if databases and len(databases) < len(everywhere):
            raise ValueError("regions: with PostgreSQL each names a database")
        return self

    @property
    def further_regions(self) -> tuple[Self, ...]:
        """The settings of every region but the first; MalformedError for what none may have."""
        shared = self.model_dump(exclude={"region", "regions", "database"})
        return tuple(self._region(shared, settings) for settings in self.regions)

    @classmethod
    def _region(cls, shared: dict[str, Any], settings: dict[str, Any]) -> Self:
        for name in (*_OF_THE_PROCESS, "regions"):
            if name in settings:
                raise ValueError(f"regions: {name} is the process's, not a region's")
        try:
            return cls.model_validate({**shared, **settings})
        except ValidationError as error:
            raise ValueError(f"regions: {first_fault(error)}") from None

    @property
    def witness_keys(self) -> tuple[NoteKey, ...]:
        """The keys of the witnesses."""
        return tuple(NoteKey.decode(key) for key in self.witnesses)

    @property
    def trusted_authorities(self) -> TrustedKeys:
        """The keys of the authorities."""
        return TrustedKeys(authority.key for authority in self.authorities)

    @property
    def parameters(self) -> Parameters:
        """The protocol's parameters as far as a server needs them."""
        return Parameters(
            epoch_minutes=self.epoch_minutes,
            window_minutes=self.window_minutes,
            retention_days=self.retention_days,
            clock_skew_seconds=self.clock_skew_seconds,
        )

    @property
    def padded_traces(self) -> int:
        """How many traces a batch has at least; 0 where nothing is padded."""
        return self.min_batch_traces if self.min_batch_keys else 0

    @property
    def token_scopes(self) -> tuple[str, ...]:
        """For what anonymous tokens are given."""
        return ("objections",) * self.facilities + ("symptoms",) * self.declarations

    @property
    def upload_sizes(self) -> dict[str, int]:
        """The length of an upload of each design that is run here."""
        return {name: design(name).upload_bytes(self.parameters) for name in self.designs}

    @classmethod
    def from_toml(cls, text: str) -> Self:
        """Read settings; what is absent keeps its default [SERVER-36].

        Raises:
            MalformedError: not TOML, an unknown setting, or a value outside its range.
        """
        try:
            return cls._checked(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise MalformedError(f"the configuration is not TOML: {error}") from None

    @classmethod
    def _checked(cls, settings: dict[str, object]) -> Self:
        try:
            return cls.model_validate(settings)
        except ValidationError as error:
            raise MalformedError(f"the configuration: {first_fault(error)}") from None

    def with_settings(self, **settings: object) -> Self:
        """Return these settings with some replaced; what nobody chose stays a default.

        Raises:
            MalformedError: one is out of its range.
        """
        return self._checked({**self.model_dump(exclude_unset=True), **settings})

    @classmethod
    def load(cls, path: Path | None) -> Self:
        """Read settings from a file, or return the defaults where there is none.

        Raises:
            MalformedError: see `from_toml`.
            OSError: the file cannot be read.
        """
        if path is None:
            return cls()
        try:
            return cls.from_toml(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            raise MalformedError("the configuration is not UTF-8 text") from None


def first_fault(error: ValidationError) -> str:
    """Say where the first fault is and what it is, without the value: it can be a secret."""
    fault = error.errors(include_url=False, include_input=False, include_context=False)[0]
    words = fault["msg"].removeprefix("Value error, ")  # what pydantic puts before our own
    return ": ".join(filter(None, (".".join(str(part) for part in fault["loc"]), words)))
