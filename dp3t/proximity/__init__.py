"""Proximity: phones hear each other's identifiers, published keys are matched on the phone.

The modules behind these names are imported when one of them is used.
"""

from typing import TYPE_CHECKING

from dp3t.faces import face

if TYPE_CHECKING:
    from dp3t.primitives import X25519PrivateKey, X25519PublicKey
    from dp3t.proximity.advertisement import EphID, Metadata, ServiceData
    from dp3t.proximity.capture.events import AdvertReceived
    from dp3t.proximity.capture.reader import read_capture
    from dp3t.proximity.commitment import CommitmentSecret, commit, committable, opened_hashes
    from dp3t.proximity.designs import DESIGN_NAMES
    from dp3t.proximity.designs import design_named as design
    from dp3t.proximity.disclosure import (
        DISCLOSURE_BYTES,
        MAX_VALIDITY_DAYS,
        VALIDITY_DAYS,
        Disclosure,
        Row,
        Standing,
        check_disclosure_answer,
        encode_disclosure_answer,
    )
    from dp3t.proximity.encounters import AttenuationClass, Encounter, encounter_of, encounters_of
    from dp3t.proximity.export.of_batch import exports_of_batch
    from dp3t.proximity.export.writer import Signer as ExportSigner
    from dp3t.proximity.interface import (
        Design,
        Expansion,
        KeyRing,
        Match,
        PreparedBatch,
        Selection,
        TracingKey,
    )
    from dp3t.proximity.matching import find
    from dp3t.proximity.observations import Kept, Observation, ObservationStore, Sighting
    from dp3t.proximity.padding import FIRST_PADDED_RELEASE, pad_records
    from dp3t.proximity.receipt import published_records, revisable, revises
    from dp3t.proximity.revision import revision_allowed
    from dp3t.timeline import Stretch

__all__ = [
    "DESIGN_NAMES",
    "DISCLOSURE_BYTES",
    "FIRST_PADDED_RELEASE",
    "MAX_VALIDITY_DAYS",
    "VALIDITY_DAYS",
    "AdvertReceived",
    "AttenuationClass",
    "CommitmentSecret",
    "Design",
    "Disclosure",
    "Encounter",
    "EphID",
    "Expansion",
    "ExportSigner",
    "Kept",
    "KeyRing",
    "Match",
    "Metadata",
    "Observation",
    "ObservationStore",
    "PreparedBatch",
    "Row",
    "Selection",
    "ServiceData",
    "Sighting",
    "Standing",
    "Stretch",
    "TracingKey",
    "X25519PrivateKey",
    "X25519PublicKey",
    "check_disclosure_answer",
    "commit",
    "committable",
    "design",
    "encode_disclosure_answer",
    "encounter_of",
    "encounters_of",
    "exports_of_batch",
    "find",
    "opened_hashes",
    "pad_records",
    "published_records",
    "read_capture",
    "revisable",
    "revises",
    "revision_allowed",
]

_HOMES = {
    "dp3t.primitives": (
        "X25519PrivateKey",
        "X25519PublicKey",
    ),
    "dp3t.proximity.advertisement": (
        "EphID",
        "Metadata",
        "ServiceData",
    ),
    "dp3t.proximity.capture.events": ("AdvertReceived",),
    "dp3t.proximity.capture.reader": ("read_capture",),
    "dp3t.proximity.commitment": (
        "CommitmentSecret",
        "commit",
        "committable",
        "opened_hashes",
    ),
    "dp3t.proximity.designs": (
        "DESIGN_NAMES",
        "design",
    ),
    "dp3t.proximity.disclosure": (
        "DISCLOSURE_BYTES",
        "MAX_VALIDITY_DAYS",
        "VALIDITY_DAYS",
        "Disclosure",
        "Row",
        "Standing",
        "check_disclosure_answer",
        "encode_disclosure_answer",
    ),
    "dp3t.proximity.encounters": (
        "AttenuationClass",
        "Encounter",
        "encounter_of",
        "encounters_of",
    ),
    "dp3t.proximity.export.of_batch": ("exports_of_batch",),
    "dp3t.proximity.export.writer": ("ExportSigner",),
    "dp3t.proximity.interface": (
        "Design",
        "Expansion",
        "KeyRing",
        "Match",
        "PreparedBatch",
        "Selection",
        "TracingKey",
    ),
    "dp3t.proximity.matching": ("find",),
    "dp3t.proximity.observations": (
        "Kept",
        "Observation",
        "ObservationStore",
        "Sighting",
    ),
    "dp3t.proximity.padding": (
        "FIRST_PADDED_RELEASE",
        "pad_records",
    ),
    "dp3t.proximity.receipt": (
        "published_records",
        "revisable",
        "revises",
    ),
    "dp3t.proximity.revision": ("revision_allowed",),
    "dp3t.timeline": ("Stretch",),
}
"""The modules in which the names are."""
_RENAMED = {"design": "design_named", "ExportSigner": "Signer"}


def __getattr__(name: str) -> object:
    """Return a public name, whose module is imported when somebody asks for it."""
    return face(__name__, name, homes=_HOMES, renamed=_RENAMED)


def __dir__() -> list[str]:
    """Return the public names, also those that nobody has asked for."""
    return __all__
