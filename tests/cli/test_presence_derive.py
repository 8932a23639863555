"""`dp3t presence derive` and `decrypt` against values that others published or computed."""

import json
from random import Random

import pytest

from dp3t.cli.presence import app
from dp3t.presence.encryption import Ciphertext, encrypt
from dp3t.timeline import Instant
from terminal import Terminal, document
from visits import NOON, Venue, venue

PAYLOAD = "50617273652074686973206173206279746573"
IDENTITY = "166c3a8cf1f168f0664f17dec7ca1af5377188762568582014a40764768539e0"
KEY = (
    "4f433d3e3e89d8faad826142644124e303baec7ecf61cd9163dd561e3eec9a86"
    "4dcab79c9b03091dfaeda1b3bb697f10"
)
C1 = (
    "c331618031a8be5c5ece342f379f07116d9ad5e9837be101c29e715d3116f323939addb9b1bc841be85d48bd50daeb04"
    "1d5b6c2c23d982a3a84af856addcf76711a80c1442328fefa4ab78c97899099e4f4be0792b7d3ecf34c4963bd6d73c19"
)
C2 = "1b5a03ac97b88adbc626584af186574e23454166a2920635aeabb273329820e9"
NONCE = "000102030405060708090a0b0c0d0e0f1011121314151617"
C3 = "f76bff5783688899bb311128a1bd0fffdf588e07a68b6bdeb8e791a4bd5b5c08207e08"
MESSAGE = "48656c6c6f2043726f77644e6f746966696572"
PLACE: Venue = venue(3)


def decrypted(terminal: Terminal, start: int, ciphertext: bytes) -> dict[str, object]:
    key = PLACE.key(start)
    arguments = ("--identity", key.identity.hex(), "--secret-key", key.key.to_bytes().hex())
    status, out, err = terminal.run(
        app, "decrypt", *arguments, "--ciphertext", ciphertext.hex(), "--json"
    )
    assert (status, err) == (0, "")
    found: dict[str, object] = json.loads(out)
    return found


def sealed(message: bytes, *, start: int = NOON) -> Ciphertext:
    return encrypt(
        PLACE.entry.public_key,
        identity=PLACE.key(start).identity,
        message=message,
        rand=Random(1).randbytes,
    )


@pytest.mark.spec("TERMINAL-2", "TERMINAL-19", "IDENTITY-1", "IDENTITY-2", "IDENTITY-3")
def test_derivations_follow_the_reference_library() -> None:
    """Valid: lib/src/v3/testvectors.ts of CrowdNotifier/libcrowdnotifier."""
    assert document("presence", "derive", "--payload", PAYLOAD, "--start", "12") == {
        "nonce_preid": "4ef68b947b90cf073f5e3df233d0b779b772a989b90d99958e1374a58bfeb730",
        "nonce_timekey": "9a5f04141dede47d737daa4b70c304463b69fa774b96dc3c76d8bbdc36957a22",
        "notification_key": "276208f25177b33d55739bbba7d7d131b3c2622e87703c2d9cbb4893da49934b",
        "preid": "c74376a98ffc85c4085410bf00d84331f90a7710f1504c57c66d20fda17e5578",
        "timekey": "93440de390b38965580fd49a1ddad040b22d4cd06fc65248651586107120584f",
        "identity": IDENTITY,
    }


@pytest.mark.spec("TERMINAL-19")
def test_another_length_gives_another_identity(terminal: Terminal) -> None:
    arguments = ("derive", "--payload", PAYLOAD, "--start", "12", "--json")
    found = [
        json.loads(terminal.run(app, *arguments, *more)[1])
        for more in ((), ("--length", "3600"), ("--length", "900"))
    ]
    assert found[0] == found[1]
    assert found[1]["preid"] == found[2]["preid"]
    assert found[1]["timekey"] != found[2]["timekey"]
    assert found[1]["identity"] != found[2]["identity"]


@pytest.mark.spec("TERMINAL-20", "ENCRYPTION-3")
@pytest.mark.parametrize(
    ("ciphertext", "order"),
    [(C1 + C2 + NONCE + C3, "c1 c2 nonce c3"), (C1 + C2 + C3 + NONCE, "c1 c2 c3 nonce")],
)
def test_a_ciphertext_of_the_reference_library_opens_in_either_order(
    ciphertext: str, order: str
) -> None:
    """Valid: computed with mcl 1.28, as the reference library does."""
    arguments = ("--identity", IDENTITY, "--secret-key", KEY, "--ciphertext", ciphertext)
    assert document("presence", "decrypt", *arguments) == {
        "message": MESSAGE,
        "order": order,
        "arrival": None,
        "departure": None,
    }


@pytest.mark.spec("TERMINAL-20")
def test_our_record_is_shown_with_its_times(terminal: Terminal) -> None:
    record = PLACE.visit(NOON + 60, NOON + 600)[0]
    found = decrypted(terminal, NOON, record.ciphertext)
    assert found["message"] == PLACE.read(record, NOON).encode().hex()
    assert (found["arrival"], found["departure"]) == (
        "2020-11-23T12:01:00Z",
        "2020-11-23T12:10:00Z",
    )


@pytest.mark.spec("TERMINAL-20")
@pytest.mark.parametrize("scale", [1, 1000], ids=["browser", "phone"])
def test_a_record_of_the_reference_library_is_shown_with_its_times(
    terminal: Terminal, scale: int
) -> None:
    times = {"arrivalTime": (NOON + 60) * scale, "departureTime": (NOON + 600) * scale}
    message = json.dumps({**times, "notificationKey": {"0": 1}}).encode()
    found = decrypted(terminal, NOON, sealed(message).encode())
    assert found == {
        "message": message.hex(),
        "order": "c1 c2 nonce c3",
        "arrival": "2020-11-23T12:01:00Z",
        "departure": "2020-11-23T12:10:00Z",
    }


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"[]",
        b"\xff",
        b"[" * 5000,
        b'{"arrivalTime": 5}',
        b'{"arrivalTime": -5, "departureTime": 1}',
        b'{"arrivalTime": "noon", "departureTime": 1}',
        b'{"arrivalTime": 1e400, "departureTime": 1}',
    ],
)
def test_any_other_message_has_no_times(terminal: Terminal, message: bytes) -> None:
    found = decrypted(terminal, NOON, sealed(message).encode())
    assert (found["message"], found["arrival"]) == (message.hex(), None)


@pytest.mark.spec("TERMINAL-1", "TERMINAL-3")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("derive", "--payload", "zz", "--start", "0"), "--payload is not hexadecimal"),
        (("derive", "--payload", "00" * 1025, "--start", "0"), "more than 1024 bytes"),
        (("derive", "--payload", PAYLOAD), "--start"),
        (("derive", "--payload", PAYLOAD, "--start", "-1"), "--start"),
        (("derive", "--payload", PAYLOAD, "--start", "4294967296"), "--start"),
        (("derive", "--payload", PAYLOAD, "--start", "0", "--length", "0"), "--length"),
        (("derive", "--payload", PAYLOAD, "--start", "0", "--length", "86401"), "--length"),
    ],
)
def test_wrong_arguments_are_one_line(
    terminal: Terminal, arguments: tuple[str, ...], words: str
) -> None:
    status, out, err = terminal.run(app, *arguments, "--json")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert words in err


@pytest.mark.spec("TERMINAL-1", "TERMINAL-3")
@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"--identity": "00" * 31}, "--identity has 31 bytes, not 32"),
        ({"--identity": "00" * 32}, "--ciphertext: does not open"),
        ({"--secret-key": KEY[:-2]}, "--secret-key has 47 bytes, not 48"),
        ({"--secret-key": "ff" * 48}, "--secret-key: "),
        ({"--secret-key": "00" * 48}, "--secret-key: "),
        ({"--ciphertext": C1 + C2 + NONCE}, "--ciphertext: a ciphertext has at least 168 bytes"),
        ({"--ciphertext": "ff" * 96 + C2 + NONCE + C3}, "--ciphertext: "),
        ({"--ciphertext": C1 + C2 + NONCE + "00" + C3[2:]}, "--ciphertext: does not open"),
    ],
)
def test_what_does_not_decrypt_is_one_line(
    terminal: Terminal, changed: dict[str, str], words: str
) -> None:
    given = {"--identity": IDENTITY, "--secret-key": KEY, "--ciphertext": C1 + C2 + NONCE + C3}
    arguments = [each for pair in (given | changed).items() for each in pair]
    status, out, err = terminal.run(app, "decrypt", *arguments)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert words in err
    assert KEY[:40] not in err


def test_without_json_there_is_a_table(terminal: Terminal) -> None:
    status, out, _ = terminal.run(app, "derive", "--payload", PAYLOAD, "--start", Instant(12))
    assert status == 0
    assert "identity" in out
    assert IDENTITY[:40] in out
