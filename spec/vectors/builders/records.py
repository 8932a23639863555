"""Cases of records: what a design takes for one of its keys, and what it calls malformed."""

from collections.abc import Iterator, Mapping, Sequence


def record_cases(
    records: Mapping[str, tuple[Sequence[int], int, str]], *, clause: str
) -> Iterator[dict[str, object]]:
    """Yield a case for each record.

    Args:
        records: by the name of the case, the attributes, the length of the key and the result.
        clause: what the cases verify.
    """
    for name, (attributes, length, result) in records.items():
        yield {
            "id": name,
            "operation": "record",
            "spec": [clause],
            "attributes": attributes,
            "key": bytes(range(length)).hex(),
            "result": result,
        }
