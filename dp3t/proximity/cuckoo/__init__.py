"""The Cuckoo filter of the unlinkable design; the chapter is `spec/proximity/cuckoo.md`.

`filter.CuckooFilter` is the door. `layout` says where an item's fingerprint may stand, `table`
fills the slots and reads them, `budget` says how long a fingerprint is.
"""

from dp3t.proximity.cuckoo.filter import CuckooFilter

__all__ = ["CuckooFilter"]
