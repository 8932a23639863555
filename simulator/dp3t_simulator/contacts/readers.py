"""All formats of measured contacts, by name, and which of them a file has."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from dp3t_simulator.contacts.copenhagen import read_copenhagen
from dp3t_simulator.contacts.haslemere import read_haslemere
from dp3t_simulator.contacts.records import ContactRecords
from dp3t_simulator.contacts.sociopatterns import read_sociopatterns
from dp3t_simulator.contacts.table import first_line

READERS: Mapping[str, Callable[[Path], ContactRecords]] = MappingProxyType(
    {
        "sociopatterns": read_sociopatterns,
        "copenhagen": read_copenhagen,
        "haslemere": read_haslemere,
    }
)


def read_contacts(path: Path) -> ContactRecords:
    """Return the contacts of a file, whose format its first line tells [SIMULATOR-5].

    Raises:
        LimitError: a line of more than 1,024 bytes.
        MalformedError: anything that is not such a file, by file, line and field.
        OSError: the file cannot be read.
    """
    return READERS[format_of(path)](path)


def format_of(path: Path) -> str:
    """Return the name of a file's format; whatever has no known header is taken for SocioPatterns.

    Raises:
        MalformedError: a damaged gzip file.
        OSError: the file cannot be read.
    """
    line = first_line(path)
    if line.startswith(b"#"):
        return "copenhagen"
    return "haslemere" if line.startswith(b"time_step") else "sociopatterns"
