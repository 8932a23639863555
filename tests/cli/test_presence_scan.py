"""`dp3t presence scan` reads posters back from pictures as phones take them."""

import io
import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
import segno
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from dp3t.cli.presence import app
from dp3t.cli.presence.images import read_codes
from dp3t.cli.presence.page import code_png
from dp3t.errors import Dp3tError
from dp3t.presence.card import Card
from dp3t.presence.rotation import RotatingCode
from photographs import (
    as_jpeg,
    as_png,
    blurred,
    darkened,
    in_perspective,
    noisy,
    on_a_wall,
    opened,
    rotated,
    shrunk,
    side_by_side,
)
from posters import ADDRESS, AUTHORITY, NAME, market, photograph
from terminal import Terminal

Picture = Callable[[Image.Image], Image.Image]


def scanned(terminal: Terminal, path: Path) -> dict[str, Any]:
    status, out, err = terminal.run(app, "scan", path, "--json")
    assert (status, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def refused(terminal: Terminal, path: Path) -> str:
    status, out, err = terminal.run(app, "scan", path, "--json")
    assert (status, out, err.count("\n")) == (2, "", 1)
    return err


def written(folder: Path, data: bytes) -> Path:
    (folder / "picture").write_bytes(data)
    return folder / "picture"


def other_code(text: str) -> Image.Image:
    stream = io.BytesIO()
    segno.make_qr(text).save(stream, kind="png", scale=6)
    return opened(stream.getvalue())


@pytest.mark.spec("TERMINAL-2", "TERMINAL-21")
@pytest.mark.parametrize(
    "taken",
    [
        lambda image: image,
        rotated,
        lambda image: rotated(image, 180),
        in_perspective,
        noisy,
        lambda image: noisy(image, 0.7),
        blurred,
        lambda image: blurred(image, 4.6),
        darkened,
        lambda image: darkened(image, 24),
        lambda image: shrunk(image, 0.35),
        lambda image: darkened(on_a_wall(shrunk(image, 0.35)), 16),
        lambda image: noisy(darkened(blurred(in_perspective(rotated(image)), 1.2), 2), 0.15),
    ],
    ids=[
        *("straight", "askew", "upside-down", "perspective", "noisy", "very-noisy", "blurred"),
        *("out-of-focus", "dim", "dark", "far", "far-and-dark", "everything"),
    ],
)
def test_a_photograph_of_a_poster_is_read(
    terminal: Terminal, tmp_path: Path, taken: Picture
) -> None:
    path = written(tmp_path, as_jpeg(taken(photograph())))
    entry = market().entry
    assert scanned(terminal, path) == {
        "codes": [
            {
                "kind": "entry",
                "description": f"{NAME} 1",
                "address": ADDRESS,
                "start": None,
                "end": None,
                "default_stay_seconds": 5400,
                "location_id": entry.cwa_location_id.hex(),
                "payload": entry.payload.hex(),
            }
        ],
        "others": [],
    }


@pytest.mark.spec("TERMINAL-21")
def test_of_several_codes_on_a_wall_each_is_named(terminal: Terminal, tmp_path: Path) -> None:
    wall = side_by_side(photograph(1), other_code("https://example.org/menu"), photograph(2))
    found = scanned(terminal, written(tmp_path, as_jpeg(wall)))
    names = sorted(code["description"] for code in found["codes"])
    assert names == [f"{NAME} 1", f"{NAME} 2"]
    assert found["others"] == [{"kind": "QR code", "reason": "the link has no payload after '#'"}]


@pytest.mark.spec("TERMINAL-21")
def test_a_code_of_ours_is_looked_for_behind_one_that_is_easier_to_read(
    terminal: Terminal, tmp_path: Path
) -> None:
    wall = side_by_side(other_code("WIFI:S:cafe;;"), darkened(photograph(), 24))
    found = scanned(terminal, written(tmp_path, as_jpeg(wall, quality=90)))
    assert [code["description"] for code in found["codes"]] == [f"{NAME} 1"]
    assert [other["kind"] for other in found["others"]] == ["QR code"]


@pytest.mark.spec("TERMINAL-21", "TERMINAL-24")
def test_of_a_private_code_only_the_place_is_told(terminal: Terminal, tmp_path: Path) -> None:
    code = market()
    path = written(tmp_path, code_png(code.text()))
    (found,) = scanned(terminal, path)["codes"]
    assert (found["kind"], found["description"]) == ("trace", f"{NAME} 1")
    for as_json in ((), ("--json",)):
        printed = terminal.run(app, "scan", path, *as_json)[1]
        assert code.share.to_bytes().hex() not in printed
        assert code.text() not in "".join(printed.split())


@pytest.mark.spec("TERMINAL-21", "TERMINAL-24")
def test_a_rotating_code_and_a_card_are_told_apart(terminal: Terminal, tmp_path: Path) -> None:
    rotating = RotatingCode.generate(market(), rand=Random(1).randbytes)
    card = Card.of("090 123", authority=AUTHORITY.public(), rand=Random(2).randbytes)
    pictures = [opened(code_png(each.text())) for each in (rotating, card)]
    found = scanned(terminal, written(tmp_path, as_png(side_by_side(*pictures))))["codes"]
    assert sorted(found, key=lambda code: code["kind"]) == [
        {"kind": "card"},
        {"kind": "rotating", "description": f"{NAME} 1", "address": ADDRESS},
    ]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
def test_drawn_pictures_of_every_kind_are_read(
    terminal: Terminal, tmp_path: Path, mode: str
) -> None:
    grey = opened(code_png(market().entry.link())).convert("L")
    if mode == "I;16":  # Pillow does not widen by itself
        drawn = Image.frombytes(
            mode, grey.size, b"".join(bytes([0, 32 + v // 4]) for v in grey.tobytes())
        )
    elif mode in ("LA", "RGBA"):
        drawn = Image.new(mode, grey.size, 0)  # the ground is transparent black
        drawn.putalpha(grey.point(lambda value: 255 - value))
    else:
        drawn = grey.convert(mode)
    path = written(tmp_path, as_png(drawn))
    assert len(scanned(terminal, path)["codes"]) == 1


@pytest.mark.spec("TERMINAL-1", "TERMINAL-22")
def test_a_picture_without_a_code_says_so(terminal: Terminal, tmp_path: Path) -> None:
    path = written(tmp_path, as_png(Image.new("RGB", (300, 200), "grey")))
    assert "no code was found in the picture" in refused(terminal, path)


@pytest.mark.spec("TERMINAL-3", "TERMINAL-22")
def test_a_picture_with_only_other_codes_says_what_they_are(
    terminal: Terminal, tmp_path: Path
) -> None:
    menu, wifi = other_code("https://example.org/menu"), other_code("WIFI:P:top-secret;;")
    said = refused(terminal, written(tmp_path, as_png(side_by_side(menu, wifi))))
    assert said.count("QR code: ") == 2
    assert "the link has no payload" in said
    assert "top-secret" not in said


@pytest.mark.spec("TERMINAL-22")
def test_another_kind_of_code_is_named(terminal: Terminal, tmp_path: Path) -> None:
    import zxingcpp

    barcode = zxingcpp.create_barcode("4006381333931", zxingcpp.BarcodeFormat.EAN13)
    drawn = Image.fromarray(barcode.to_image(scale=4))
    assert "EAN" in refused(terminal, written(tmp_path, as_png(drawn)))


@pytest.mark.spec("TERMINAL-22", "TERMINAL-24")
def test_a_damaged_private_code_is_named_and_not_shown(terminal: Terminal, tmp_path: Path) -> None:
    text = market().text()
    said = refused(terminal, written(tmp_path, code_png(text[:-40])))
    assert "QR code: " in said
    assert text[30:60] not in said


def png_header(width: int, height: int) -> bytes:
    """Return the beginning of a picture that claims a size."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    dots = b"IDAT" + zlib.compress(b"")
    chunks = (
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        for chunk in (head, dots)
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.spec("TERMINAL-23")
@pytest.mark.parametrize(("width", "height"), [(8193, 8192), (60_000, 60_000), (2**26 + 1, 1)])
def test_a_decompression_bomb_is_refused_before_it_is_unpacked(
    terminal: Terminal, tmp_path: Path, width: int, height: int
) -> None:
    said = refused(terminal, written(tmp_path, png_header(width, height)))
    assert "more than 67108864 dots" in said


@pytest.mark.spec("TERMINAL-23")
def test_a_picture_at_the_limit_is_not_refused_for_its_size(
    terminal: Terminal, tmp_path: Path
) -> None:
    assert "is no picture" in refused(terminal, written(tmp_path, png_header(8192, 8192)))


@pytest.mark.spec("TERMINAL-23")
def test_a_file_that_is_too_long_is_refused(terminal: Terminal, tmp_path: Path) -> None:
    said = refused(terminal, written(tmp_path, bytes(2**25 + 1)))
    assert "has more than 33554432 bytes" in said


@pytest.mark.parametrize(
    "data",
    [b"", b"not a picture", b"%PDF-1.4\n", as_png(Image.new("L", (50, 50)))[:60], b"GIF89a"],
    ids=["empty", "text", "pdf", "cut", "header"],
)
def test_what_is_no_picture_is_named(terminal: Terminal, tmp_path: Path, data: bytes) -> None:
    said = refused(terminal, written(tmp_path, data))
    assert f"{tmp_path}/picture: is no picture that can be read" in said


def test_a_file_that_is_not_there_is_named(terminal: Terminal, tmp_path: Path) -> None:
    assert str(tmp_path / "none.png") in refused(terminal, tmp_path / "none.png")


SEEDS = [as_png(Image.new("L", (8, 8))), as_jpeg(Image.new("RGB", (8, 8))), b"GIF89a" + bytes(9)]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SEEDS), st.integers(0, 2**16), st.binary(max_size=24))
def test_any_bytes_are_a_picture_or_a_fault(seed: bytes, place: int, patch: bytes) -> None:
    at = place % len(seed)
    data = seed[:at] + patch + seed[at + len(patch) :]
    try:
        codes = read_codes(data, wanted=lambda _: True)
    except Dp3tError:
        return
    assert codes == ()


def test_a_person_sees_a_table_in_their_language(terminal: Terminal, tmp_path: Path) -> None:
    path = written(tmp_path, code_png(market().entry.link()))
    status, out, err = terminal.run(app, "scan", path)
    assert (status, err) == (0, "")
    assert f"{NAME} 1" in out
