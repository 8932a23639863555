"""Cases of the sharing chapter: the field, whole groups, recovery, framing and assembly."""

from collections.abc import Iterable, Iterator, Sequence

from dp3t.errors import MalformedError, PolicyError, VerificationError
from dp3t.proximity.advertisement import EphID
from dp3t.proximity.sharing.assembler import Assembler
from dp3t.proximity.sharing.gf256 import multiply
from dp3t.proximity.sharing.polynomial import from_coefficients
from dp3t.proximity.sharing.share import Share, Sharing, recover, share_of
from dp3t.timeline import Instant

_IDENTIFIER = EphID(bytes.fromhex("000102030405060708090a0b0c0d0eff"))
_OTHER = EphID(bytes.fromhex("eb0958c011492732c59e3ed2a5eef01d"))
_TAG, _OTHER_TAG = b"\x5a\x00\xff", b"\x5a\x00\xfe"
_COEFFICIENTS = bytes((37 * n + 11) % 256 for n in range(16 * 254))
_PUBLISHED = {  # FIPS 197 (2001), sections 4.2 and 4.2.1
    (0x57, 0x83): 0xC1,
    (0x57, 0x02): 0xAE,
    (0x57, 0x04): 0x47,
    (0x57, 0x08): 0x8E,
    (0x57, 0x10): 0x07,
    (0x57, 0x13): 0xFE,
}
_NOON = 18_377 * 86_400 + 43_200


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": [f"SHARING-{n}" for n in (2, 4, 7, 8, 9, 10, 11)],
        "source": "cases named published: FIPS 197 (2001), sections 4.2 and 4.2.1; all else ours",
        "cases": [
            *_products(),
            *_splits(),
            *_recoveries(),
            *_frames(),
            *_assemblies(),
        ],
    }


def _products() -> Iterator[dict[str, object]]:
    more = {(0, 0): 0, (0, 0xFF): 0, (1, 0xFF): 0xFF, (0xFF, 0xFF): multiply(0xFF, 0xFF)}
    for (one, other), product in (_PUBLISHED | more).items():
        name = "published-product" if (one, other) in _PUBLISHED else "product"
        yield {
            "id": f"{name}-{one:02x}-{other:02x}",
            "operation": "multiply",
            "spec": ["SHARING-2"],
            "factors": [one, other],
            "product": product,
            "result": "valid",
        }


def _group(
    threshold: int,
    shares: int,
    *,
    identifier: EphID = _IDENTIFIER,
    tag: bytes = _TAG,
    skip: int = 0,
) -> list[Share]:
    coefficients = _COEFFICIENTS[skip : skip + 16 * (threshold - 1)]
    polynomial = from_coefficients(identifier, coefficients)
    return [share_of(polynomial, place=place, tag=tag) for place in range(1, shares + 1)]


def _splits() -> Iterator[dict[str, object]]:
    for threshold, shares in ((2, 2), (2, 3), (3, 5), (5, 16), (12, 12)):
        yield {
            "id": f"split-{threshold}-of-{shares}",
            "operation": "split",
            "spec": ["SHARING-2", "SHARING-4"],
            "threshold": threshold,
            "shares": shares,
            "identifier": _IDENTIFIER.hex(),
            "tag": _TAG.hex(),
            "coefficients": _COEFFICIENTS[: 16 * (threshold - 1)].hex(),
            "service_data": [share.encode().hex() for share in _group(threshold, shares)],
            "result": "valid",
        }
    last = _group(255, 255)[-1]
    yield {
        "id": "split-255-of-255",
        "comment": "only the last share; coefficient byte number i, from 0, is (37 i + 11) mod 256",
        "operation": "split-last",
        "spec": ["SHARING-2", "SHARING-4"],
        "threshold": 255,
        "shares": 255,
        "identifier": _IDENTIFIER.hex(),
        "tag": _TAG.hex(),
        "service_data": [last.encode().hex()],
        "result": "valid",
    }


def _changed(share: Share, mask: str = "ff") -> Share:
    change = int.from_bytes(bytes.fromhex(mask), "big")
    value = (int.from_bytes(share.value, "big") ^ change).to_bytes(16, "big")
    return Share(place=share.place, tag=share.tag, value=value)


def _recoveries() -> Iterator[dict[str, object]]:
    group = _group(3, 8)
    first, second, third, fourth, fifth, sixth, seventh, _ = group
    wrong, wild = _changed(second), _changed(fourth, "01" * 16)
    cases: dict[str, tuple[list[Share], str]] = {
        "recover-first-three": (group[:3], "SHARING-7"),
        "recover-last-three-backwards": (group[:4:-1], "SHARING-7"),
        "recover-any-three": ([seventh, first, fourth], "SHARING-7"),
        "recover-all": (group, "SHARING-7"),
        "recover-with-a-share-twice": ([first, first, second, third], "SHARING-7"),
        "recover-one-wrong-of-exactly-k-goes-unnoticed": ([first, wrong, third], "SHARING-8"),
        "recover-one-wrong-of-k-plus-2": ([first, wrong, third, fourth, fifth], "SHARING-8"),
        "recover-two-wrong-of-k-plus-4": (
            [first, wrong, third, wild, fifth, sixth, seventh],
            "SHARING-8",
        ),
        "recover-disputed-place-left-out": ([first, second, wrong, third, fourth], "SHARING-9"),
        "one-wrong-of-k-plus-1": ([first, wrong, third, fourth], "SHARING-8"),
        "two-wrong-of-k-plus-3": ([first, wrong, third, wild, fifth, sixth], "SHARING-8"),
        "too-few": (group[:2], "SHARING-10"),
        "too-few-however-often": ([first, second, first, second], "SHARING-10"),
        "too-few-undisputed": ([first, second, wrong, third], "SHARING-9"),
        "none": ([], "SHARING-10"),
    }
    for name, (shares, clause) in cases.items():
        recovered = _recovered(shares)
        refused = recovered["result"] != "valid"
        yield {
            "id": name,
            "operation": "recover",
            "spec": [clause, "SHARING-19"] if refused else [clause],
            "threshold": 3,
            "service_data": [share.encode().hex() for share in shares],
            **recovered,
        }


def _recovered(shares: Iterable[Share]) -> dict[str, object]:
    try:
        return {"identifier": recover(shares, threshold=3).hex(), "result": "valid"}
    except PolicyError:
        return {"result": "policy"}
    except VerificationError:
        return {"result": "unauthentic"}


def _frames() -> Iterator[dict[str, object]]:
    frames = {
        "frame": bytes([7]) + _TAG + _OTHER,
        "frame-place-1": bytes([1]) + _TAG + _OTHER,
        "frame-place-n": bytes([16]) + _TAG + _OTHER,
        "frame-all-zero-but-the-place": bytes([1]) + bytes(19),
        "frame-place-0": bytes([0]) + _TAG + _OTHER,
        "frame-place-beyond-n": bytes([17]) + _TAG + _OTHER,
        "frame-place-255-beyond-n": bytes([255]) + _TAG + _OTHER,
        "frame-19-bytes": bytes([7]) + _TAG + _OTHER[:15],
        "frame-21-bytes": bytes([7]) + _TAG + _OTHER + b"\0",
        "frame-empty": b"",
    }
    for name, data in frames.items():
        yield {
            "id": name,
            "operation": "frame",
            "spec": ["SHARING-4"],
            "threshold": 5,
            "shares": 16,
            "service_data": data.hex(),
            **_framed(data),
        }


def _framed(data: bytes) -> dict[str, object]:
    try:
        Assembler(Sharing(threshold=5, shares=16)).hear(data, at=Instant(_NOON), rssi_dbm=-60)
    except MalformedError:
        return {"result": "malformed"}
    share = Share.decode(data)
    parts = {"place": share.place, "tag": share.tag.hex(), "value": share.value.hex()}
    return {**parts, "result": "valid"}


def _assemblies() -> Iterator[dict[str, object]]:
    one = _group(2, 8)
    two = _group(2, 8, identifier=_OTHER, tag=_OTHER_TAG, skip=16)
    same_tag = _group(2, 8, identifier=_OTHER, skip=16)
    fresh = _group(2, 8, tag=_OTHER_TAG, skip=32)
    wrong = _changed(one[1])
    orders: dict[str, tuple[Sequence[Share], int, str]] = {
        "assemble-in-order": (one[:4], 1, "SHARING-10"),
        "assemble-backwards": (one[3::-1], 1, "SHARING-10"),
        "assemble-a-share-again": ((one[0], one[0], one[1], one[0]), 1, "SHARING-10"),
        "assemble-below-the-threshold": ((one[4], one[4]), 1, "SHARING-10"),
        "assemble-two-phones": ((one[0], two[0], two[5], one[6], two[1], one[2]), 1, "SHARING-10"),
        "assemble-groups-of-one-phone-apart": ((one[0], fresh[1]), 1, "SHARING-6"),
        "assemble-wrong-share-late": ((one[0], one[2], wrong, one[3]), 1, "SHARING-11"),
        "assemble-wrong-share-first": ((wrong, one[0], one[2], one[3]), 1, "SHARING-11"),
        "assemble-dispute-before": ((one[1], wrong, one[0], one[2]), 1, "SHARING-9"),
        "assemble-dispute-after": ((one[0], one[1], wrong, one[2], one[3]), 1, "SHARING-9"),
        "assemble-two-phones-with-one-tag": (
            (one[0], same_tag[4], one[1], one[2], same_tag[5], one[3], same_tag[6], same_tag[7]),
            1,
            "SHARING-11",
        ),
        "assemble-within-900-seconds": (one[:2], 899, "SHARING-12"),
        "assemble-900-seconds-apart": (one[:3], 900, "SHARING-12"),
    }
    for name, (shares, step, clause) in orders.items():
        assembler = Assembler(Sharing(threshold=2, shares=8))
        heard: list[list[dict[str, object]]] = []
        events = []
        for number, share in enumerate(shares):
            at, rssi = Instant(_NOON + number * step), -60 - number
            events.append({"at": at, "rssi_dbm": rssi, "service_data": share.encode().hex()})
            found = assembler.hear(share.encode(), at=at, rssi_dbm=rssi)
            heard.append(
                [
                    {"identifier": each.identifier.hex(), "at": each.at, "rssi_dbm": each.rssi_dbm}
                    for each in found
                ]
            )
        yield {
            "id": name,
            "operation": "assemble",
            "spec": [clause],
            "threshold": 2,
            "shares": 8,
            "events": events,
            "heard": heard,
            "result": "valid",
        }
