"""The error tree, and what must never appear in a message or a repr."""

import pytest

import dp3t
from dp3t import errors
from dp3t.errors import Dp3tError, LimitError, MalformedError, PolicyError, VerificationError
from dp3t.phone import Phone
from dp3t.primitives import P256PrivateKey
from dp3t.proximity.gaen import TemporaryExposureKey
from dp3t.proximity.lowcost import LowCostKey
from dp3t.publication.authorization import UploadCode
from dp3t.publication.signing import SigningKey
from dp3t.timeline import Day, Instant, Interval

TREE = {
    "MalformedError": "Dp3tError",
    "UnsupportedVersionError": "MalformedError",
    "LimitError": "MalformedError",
    "VerificationError": "Dp3tError",
    "SplitViewError": "VerificationError",
    "UnknownKeyError": "VerificationError",
    "PolicyError": "Dp3tError",
    "UnauthorizedError": "PolicyError",
    "ExpiredError": "PolicyError",
    "TooEarlyError": "PolicyError",
    "ReplayError": "PolicyError",
    "ClockError": "PolicyError",
    "TransportError": "Dp3tError",
}
NOW = Instant(1_625_486_400)
SECRET = bytes(range(0x80, 0xA0))


def classes() -> dict[str, type[Exception]]:
    return {
        name: member
        for name, member in vars(errors).items()
        if isinstance(member, type) and issubclass(member, Exception)
    }


def test_the_tree_is_this_one() -> None:
    parents = {name: member.__bases__ for name, member in classes().items()}
    assert parents.pop("Dp3tError") == (Exception,)
    assert {name: base.__name__ for name, (base,) in parents.items()} == TREE


def test_no_error_passes_for_a_mistake_of_the_program() -> None:
    for member in classes().values():
        assert not issubclass(member, (ValueError, TypeError, OSError, LookupError))


def test_the_three_faults_exclude_each_other() -> None:
    for member in classes().values():
        kinds = [issubclass(member, k) for k in (MalformedError, VerificationError, PolicyError)]
        assert sum(kinds) <= 1


def test_every_error_is_on_the_public_face_and_says_what_it_means() -> None:
    for name, member in classes().items():
        assert name in dp3t.__all__
        assert getattr(dp3t, name) is member
        assert member.__doc__


def test_a_limit_is_a_malformation_and_everything_is_ours() -> None:
    with pytest.raises(MalformedError):
        raise LimitError("too large")
    with pytest.raises(Dp3tError, match="too large"):
        raise LimitError("too large")


@pytest.mark.parametrize(
    ("value", "secret"),
    [
        pytest.param(LowCostKey(Day(18_000), SECRET), SECRET, id="low-cost-key"),
        pytest.param(
            TemporaryExposureKey(key=SECRET[:16], rolling_start=Interval(2_592_000)),
            SECRET[:16],
            id="gaen-key",
        ),
        pytest.param(
            SigningKey(seed=SECRET, valid_from=NOW, valid_until=Instant(NOW + 1)),
            SECRET,
            id="signing-key",
        ),
        pytest.param(
            UploadCode.generate(rand=lambda n: SECRET[:n]),
            UploadCode.generate(rand=lambda n: SECRET[:n]).digits().encode(),
            id="upload-code",
        ),
        pytest.param(
            Phone.create("lowcost", now=NOW, rand=lambda n: (SECRET * n)[:n]), SECRET, id="phone"
        ),
        pytest.param(
            Phone.create("gaen", now=NOW, rand=lambda n: (SECRET * n)[:n]),
            SECRET[:16],
            id="gaen-phone",
        ),
    ],
)
def test_a_repr_and_a_str_hide_the_secret(value: object, secret: bytes) -> None:
    for shown in (repr(value), str(value), f"{[value]}"):
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown
        assert repr(secret[4:12])[2:-1] not in shown


def test_a_private_key_hides_itself() -> None:
    assert repr(P256PrivateKey.generate_from_os()) == "P256PrivateKey(hidden)"
