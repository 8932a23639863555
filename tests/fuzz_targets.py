"""Every decoder of the library with inputs it accepts, for the fuzz loop."""

from random import Random

from dp3t.codec import decode, encode
from dp3t.proximity.designs import DESIGN_NAMES
from fuzz_codes import of_codes
from fuzz_declarations import of_declarations
from fuzz_facilities import of_facilities
from fuzz_lives import life_of
from fuzz_owners import of_owners
from fuzz_pairing import of_encryption
from fuzz_phones import of_phones
from fuzz_proximity import of_files, of_scoring, on_the_air
from fuzz_publication import of_batches, of_commitments, of_uploads
from fuzz_receipts import of_receipts
from fuzz_records import of_records
from fuzz_statistics import of_statistics
from fuzz_symptoms import of_symptoms
from fuzz_target import Target
from fuzz_tokens import of_tokens
from fuzz_transparency import of_transparency
from fuzz_visits import of_visits


def targets() -> dict[str, Target]:
    """Return every decoder of the library by name."""
    rand = Random(0).randbytes
    lives = {name: life_of(name, rand) for name in DESIGN_NAMES}
    return {
        "codec": Target(lambda data: decode(data, limit_bytes=2**20), (encode({"a": [1, b"x"]}),)),
        **on_the_air(lives["lowcost"].words, rand),
        **of_phones(lives),
        **of_batches(lives, rand),
        **of_uploads(lives, rand),
        **of_commitments(),
        **of_tokens(),
        **of_transparency(),
        **of_scoring(),
        **of_files(),
        **of_visits(),
        **of_codes(),
        **of_owners(),
        **of_declarations(),
        **of_facilities(),
        **of_records(),
        **of_encryption(),
        **of_receipts(),
        **of_symptoms(),
        **of_statistics(),
    }
