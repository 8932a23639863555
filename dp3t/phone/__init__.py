"""A phone as a value; the chapter is `spec/phone.md`.

`phone.Phone` is what an app calls. `state` puts the parts together: what the phone says and hears
(`radio`), what matched (`matches`), where it was (`visits`), what is on its way to a server
(`outbox`); `saved` is how all of it looks in sealed bytes. `notices` is what a person is told.
"""

from dp3t.phone.notices import Language, Notice
from dp3t.phone.phone import Phone

__all__ = ["Language", "Notice", "Phone"]
