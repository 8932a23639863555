"""The two languages of the pages: texts from TOML, and which of the two a browser wants."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from importlib import resources
from types import MappingProxyType

TAGS = ("vi", "en")
"""The languages; the first is the one for whoever wants neither."""


@dataclass(frozen=True, slots=True)
class Language:
    """One language.

    Attributes:
        tag: `vi` or `en`, as BCP 47 has it.
        texts: what is said, by `section.name`.
    """

    tag: str
    texts: Mapping[str, str]

    def say(self, key: str, **values: object) -> str:
        """Return a text with its places filled in; KeyError where there is none."""
        return self.texts[key].format(**values)

    def date(self, day: date) -> str:
        """Return a day as people write it."""
        return self.say(
            "time.date",
            weekday=self.say(f"weekday.{day.weekday()}"),
            day=day.day,
            month=self.say(f"month.{day.month}"),
            year=day.year,
        )


def language(tag: str) -> Language:
    """Return the language of a tag; KeyError for another than `TAGS`."""
    return _LANGUAGES[tag]


def wanted(accept_language: str) -> Language:
    """Return the language that a browser's `Accept-Language` weighs most [OPERATOR-PAGE-9]."""
    weights = dict.fromkeys(TAGS, 0.0)
    for name, weight in _weighed(accept_language):
        tag = name.partition("-")[0]
        if tag in weights:
            weights[tag] = max(weights[tag], weight)
    return language(max(TAGS, key=weights.__getitem__))


def _weighed(accept_language: str) -> Iterator[tuple[str, float]]:
    for item in accept_language.lower().split(","):
        name, _, quality = item.replace(" ", "").partition(";q=")
        try:
            yield name, float(quality or 1)
        except ValueError:
            continue


def _read(tag: str) -> Language:
    text = resources.files(__package__).joinpath("languages", f"{tag}.toml").read_text("utf-8")
    flat = {
        f"{section}.{name}": words
        for section, texts in tomllib.loads(text).items()
        for name, words in texts.items()
    }
    return Language(tag, MappingProxyType(flat))


_LANGUAGES = {tag: _read(tag) for tag in TAGS}
