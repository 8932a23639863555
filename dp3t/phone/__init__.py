"""A phone as a value; the chapter is `spec/phone.md`.

`phone.Phone` puts the parts together: what it says and hears (`radio`), what matched (`matches`),
what is on its way to a server (`outbox`), and how all of it is saved (`state`).
"""

from dp3t.phone.phone import Phone

__all__ = ["Phone"]
