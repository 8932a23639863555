"""People-facing text in Vietnamese and English.

`DP3T_LANG` decides (`vi` or `en`); without it the terminal's locale does, and English is the rest.
"""

import os


def language() -> str:
    """Return "vi" or "en"."""
    for name in ("DP3T_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(name, "")
        if value:
            return "vi" if value.lower().startswith("vi") else "en"
    return "en"


def text(*, en: str, vi: str) -> str:
    """Return the text in the language of the person at the terminal."""
    return vi if language() == "vi" else en


def number(value: float, *, decimals: int = 0) -> str:
    """Return a number as the person at the terminal writes it: 1,234.5 or 1.234,5."""
    written = f"{value:,.{decimals}f}"
    return written.translate(str.maketrans(",.", ".,")) if language() == "vi" else written
