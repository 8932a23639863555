"""Cases of the GAEN chapter: published identifiers and metadata, and our own edges."""

from collections.abc import Iterator

from dp3t.errors import PolicyError
from dp3t.params import EPHID_BYTES, INTERVAL_SECONDS, STANDARD
from dp3t.proximity.advertisement import EphID, Metadata, ServiceData
from dp3t.proximity.gaen import (
    TemporaryExposureKey,
    aem_key,
    crypt_metadata,
    identifiers,
    rpi_key,
)
from dp3t.timeline import Instant, Interval
from spec.vectors.builders.records import record_cases

_ROOT = "exposure-notifications-internals aaada6c, app/src/androidTest/java/com/google/samples/"
_SOURCE = _ROOT + "exposurenotification/testing/TestVectors.java"
_ROUND_TRIP = _ROOT + "exposurenotification/testing/AssociatedEncryptedMetadataGeneratorTest.java"
_PUBLISHED_TEK = bytes.fromhex("75c734c6dd1a782de7a965da5eb93125")
_PUBLISHED_START = 2_642_976
_PUBLISHED = """
8be6cd371c5c891604bfbe49df84509672033874 3c9a1de5dd6b02afa7fded7b570b3e56c29211b1
243ffe9a3b08bded3094bac8630bb8ad6adfad03 dfc3ed265e97d0eabb630e168b4214edf1e2f80b
b3b85a69ebaec78db739852d1f34e0fa5668c474 298abd6fdad29efbf0f85a63956cf188f7b97e84
105e8221dd603d25b94aba0c3cc8dee1eeabfdc7 9888ca7e6738ec4bc6e420b20f878b3a9f84a9a6
8694a79ae99671be3f18aaf6b090657ac11acb4d b8cde28ad20d1cd2fdd7369dc0c6f7c81f8d53de
f60123c67bd2fc4b62002b4b7d595ba6e0a7f9f2 8a84c86e05f7a8772aae7a80686e1a1cf4b7b09d
ac461bf2b93b0d90841746f51aded6c07391dd64 f2567eed0aa1cdf2cd3d0bd28252f196127db09e
a255225baa9e37b730a95f997a6972f5435ea556 04cfaee41021cb7d4d020b306b24bea8dc1f1906
f5372bbc92f7805964701e879b48d431b3eaafdd f2c811546382b10df1ac06c32c617ba7cd5186f9
f8f3441f76223dac15ec6b35fdb251407f387e7f d07183db3c8045087d61ee9e730c93061a42a15b
c742dd9c96a3e6fa7c4f22621dacc24d06390ded 082333fad9fa292ab899d6000c6597970f01bcd7
be4300dafb8d07c88cb2b5077a061166c7bfbb92 5fed1b4d3b3a13332f05447560352632217c8e4a
fd1ee2cc5c60e6eee61f04919f6759a7ee639bd6 96adf5b8dc7ee75df46fbd8a1fc4ad0d608c130f
fa4ba2206d42a1c80d5248ae688309a474b2c873 a590f95dbf240261da101a7cdb24dbba956a95eb
67e81b91d1cf9e0958135429dad01e82c6fa3c7a 183cac2236c3e0533be4704d836e4755a2abc703
341162551c29319bc53538edfcf230408009b2aa 2251687018214b65dd8ee83eaed330abcfe804cb
a4cf6e50215fe278cc5cff1b0534a3e0cb2a7e22 df8f2ac303232b2e5b3efd8681aaa8dd6503a727
ba2e75d7f48cf55c0c868fd45cf16b5c8f29787e ec6a40058debffff3c51977f24562e21b2add3b7
6a68e30b2fb93b5df78ee3a9a350a6ce1bfb460a 8d33a70562629994f8df99052b0eb69a8ecf077b
21053ccb8f925111e254bd694e97946b2ba77b38 e1c9cdf20f900ae6d24bf7bcb4e661358c1240de
baf789f550946b431064450771b2a143438999b6 f7f91ec25085d0353e0278e598cc62011dcbdc6e
c8933d70220ba9c8c148393a3959d2566385ffda f2932e6e6ef60f0f5bbce439100a90e4696c0cdf
18f5d8102a5930d80230f2c39a4266d663842bba e6075c28939fb0c67246ce38c5ff938ab7e22c60
66168862bc445f48e5b0ed07e1df3f5ad2e7d6d8 1d0a01c38da4ac41ec7a638f5df705a991be922c
a737001a2d2f802c64789a9952e6d1a77e0421bb 7c3725b6084e681fb34d26c3a394a6437ea5209f
26d1f836557a259a81b5db5419c6a7291c920628 ebc2a6062854d1ec627b1f6e8432e1664a764632
113274e80c31cfcd81c2ad086444517869a749b6 4567976c48be725906247d0bd81bb8116f9485db
748154ba523a1aa810b7062a13e5aa6874780723 30bceb3345745153352365998587cd108917da61
8f2d7b8700a82fd4514dfa4202ee298ffec4f8b1 0e664953700cdfc0d2792fadf07329eb781a3eaf
f44958c4dd70d9968a26fd60ba927290b9759b61 55fd2f6cbde0e13fd22c0b3db16228e5483c9410
49f3f9d12469dcc9ed356364c30066e42da6ebac c57d2d6e0d25a0651cd72786f8c951ce43eacf34
88ef256351ac49dfd15ab5a2de97c013b9a13653 d0fb6fd6db89da52361f1a30fb436ce7356dea55
8a42a330f01928e51631231981603fd53505b7f3 6e51b2a2aecbab1df80826ef6d1e19585c05cd94
3ce681a28b1be19c9e36b9c580b123ab984745d6 1e958ed89b86b98977f79e1b83f3d05f93fdf708
1d667b01d6634b5f3b6f33ac4b150d23d70f744c 67f222156c517debc07068cbc5eec1dd60578c31
a8454b9c947d1625ee3fba2607c23aff7900eead 416ffc7a32fcfda9a316d01790e31945c122ad68
c19a30c39c9c3a089bcadde1c6699447340aa382 786ddfae6fc77c4c410c4ec32d34247d67c60dfb
ef0fd3a95b9661e1fccb4e30cde32c514556b673 fc1f8a66f405ccb63dc3e48207da77889e4f1db4
0eacc28631b10f4498368666130ff0c95be04e9d e8db4a4626385ae6e3b2451d0a66edbf806af2f9
c600678d4fbe9245ad4973b1c8971bc57af8d4fd 081926c361834c5c1d4319b840f315aefc8dddd0
1d829eafa04232a6bb4d3c2022ac3d0fda881568 798abce8c8f62510de595a9973fb218e1395cf7b
61fc0deb47084fdaf1483e342d73b148d9e25db6 4969edd40f3eab468b8a8d49685a4eddc1b20597
1d69d6d4158a318f1d9cafba13587017eb539199 ab7c61f1cca813fd36e8f1b1e5df6a0fc81ab854
94f24fdec17aa31f74f202ae4a6874be46ee82dc 6e5de02579d3dfb194cc7bd49270253d8a0528bd
fe3e1e3621773f188040aa5db3ff1d4e28033aae d7376e0d77255de23d540f027183f1baa01ce712
64a71e48a50e7b5a37ac91816e2b0f53c9cb8c70 0f22a2c0b699e189d59e30d1745d67d3dbe68f47
de876baf31228e3b7fe0f08e1f38ea7b4cb1d94f 8c6927bcf5f7aee1eed8abbe43e2e2d127740632
bc96830f182a72c89e65cea9c47d88c0e8adeb6d 7b2fbe746dd2da86e9866a0e6aadbc4de53a5ac7
93e20f14a13d56567594aa962350f170943242a4 9e3814f951fa03796b9a66f89a9f400d0648dc89
95fa09845aa8d4b60047faf99aebca0c855e31b3 ef0a7579331853b9ebc250b4d6f3ebcc9c1f07c2
7fe9a90de00c9f0737d3b45fda651115984e1ff3 443b7b5ab9a86a1fee67e18cb8c40764b3fba7e1
e8a6fa9a5ca9fb061c4cdbe217c61d593b6d9de8 087a08040686fd635ef389752741cc1ff085551c
587c0486644ceb2d0b7ebdd39dd3a8600a6b326e dd827ba60f8a35b1dd4e4cdfe49c426381eb20e2
cf234000080a4e8da8feb533aa5904d334d86ee5 c50fb1ec3ef54e916178ca9d56ee4f5ceaeac3d2
d45fde46f467d76ed28dd4d2496dcb7feaa64a8e e9baf81c961f510d08a663c7524f36df1e2ca37b
e3b02cc031e144fae61a3899501b492144c0d706 a75eea58232e7366cea1a0e72da0cec55a8c79b7
6ad7621fe1da0139ff8bad7f379cabf6279f16b1 6fe2ac45f65c8ac69fdc5ef7fa9ff7f04bd907aa
2fbec68fd27ddddb4223044efc7798512df6c5eb 32bf688a7c834be1bfab7c8e0e580adb66852d43
dae3a7d8c62427b09c0e7bbf489d34bd836d3b95 3c4b02bd5ed28c67829c97791079afd22735b997
e2faeac3dbd150ec8ea8e7b3e5bb8454d71f97c2 69942a7213eaf3c14a69996ba6c6bfeb53bc4db5
1c5c4dd25452e97dd187dd7ce1d1ee8148a4d379 fbf5607a7c612aced160e755a987262db78dc1f5
3e2de13070f27443d9ba3eb43f9a71ea582170ca 8a12d25f006fab5a2707da9e6c4e96be939594cc
6fd98c22e227838e6f67369764437725c14f5b11 3da212aebdb78ba819809d03c6cf56e2300912da
8c48da73e29effc9b74bb097096e0a0ace79c50a e53c68b4b01c68f37e65a0dc8e67f45de04f3867
8331dde6364b119527af76fee17aabcf64187bdf 8c14471f5571926396dde6f7b7b35b56e87c05fd
4eb6b2deb40e5ec9bc39838102a4f4f94e708325 77f2141ceffd0aa3bee4b67c450d9aa6a157eb59
043d78e20cb59c0bcb1578ff93ea544a8d30432a 65b8ecc4561c1cca053d814ffd8961d45b243890
32f25a1724f2bdcad05abc1482e1329e7490d211 203ba3f3f7230266b993b3ee7b2d86081f019df2
e5e7a47069216e1a887b90ef0394a35c99e612b7 3ffc8bb91dbcd8ee924948f5080b190d264a577e
32375391077fbf7686bafa7dc156be1ca811ba62 a8904965aec5ddb655e97007d223db482b483321
415cf7af1dc9feacb3978488f5046893e2ef537e 86f8ddc0c93e53e3a582e61f01f7df2f711dbf6d
a65ef7ba9752c4173ba48a33849c5e52592dbca8 f431b62ecf443102ce4ed0407de54bd41215e57e
"""
"""RPI and AEM of metadata 40080000, for each of the 144 intervals."""

_TEK = bytes(range(16))
_START = 2_646_288
_LAST = 2**32 // INTERVAL_SECONDS
_NOON = (_START + 72) * INTERVAL_SECONDS
_CLEAR = {
    "version-1.0": Metadata(tx_power_dbm=8, minor_version=0).encode(),
    "version-1.1": Metadata(tx_power_dbm=-24, calibration_confidence=3).encode(),
}
_UNREADABLE = {
    "version-0": "10080000",
    "version-2.0": "80080000",
    "version-1.2": "60080000",
    "reserved-bit": "51080000",
    "reserved-byte": "50080100",
}
_PERIODS = {
    "one-interval": (_START, 1),
    "cut-at-noon": (_START, 73),
    "rest-of-the-day": (_START + 72, 72),
    "first-key-of-all": (0, 144),
    "last-interval-of-all": (_LAST - 1, 1),
}
_RECORDS = {
    "record": ([_START, 144, 1, 127], 16, "valid"),
    "record-onset-lowest": ([_START, 144, 1, -14], 16, "valid"),
    "record-onset-highest": ([_START, 1, 5, 14], 16, "valid"),
    "record-start-0": ([0, 144, 0, 0], 16, "valid"),
    "record-end-last": ([_LAST - 144, 144, 1, 127], 16, "valid"),
    "record-end-after-last": ([_LAST - 143, 144, 1, 127], 16, "malformed"),
    "record-start-before-1970": ([-1, 144, 1, 127], 16, "malformed"),
    "record-period-0": ([_START, 0, 1, 127], 16, "malformed"),
    "record-period-145": ([_START, 145, 1, 127], 16, "malformed"),
    "record-report-type-6": ([_START, 144, 6, 127], 16, "malformed"),
    "record-report-type-negative": ([_START, 144, -1, 127], 16, "malformed"),
    "record-onset-15": ([_START, 144, 1, 15], 16, "malformed"),
    "record-onset-minus-15": ([_START, 144, 1, -15], 16, "malformed"),
    "record-onset-126": ([_START, 144, 1, 126], 16, "malformed"),
    "record-three-attributes": ([_START, 144, 1], 16, "malformed"),
    "record-five-attributes": ([_START, 144, 1, 127, 0], 16, "malformed"),
    "record-key-17-bytes": ([_START, 144, 1, 127], 17, "malformed"),
    "record-of-lowcost": ([18_377], 32, "malformed"),
}
_ACCEPTANCES = {
    "accept-key-of-today": (_START, 144),
    "accept-key-cut-now": (_START, 73),
    "accept-key-that-begins-now": (_START + 72, 72),
    "refuse-key-that-begins-next": (_START + 73, 71),
    "accept-key-of-28-days-ago": (_START - 28 * 144, 144),
    "accept-key-that-ends-in-the-first-interval-accepted": (_START - 28 * 144 - 10, 11),
    "refuse-key-that-ends-just-before": (_START - 28 * 144 - 10, 10),
    "refuse-key-of-29-days-ago": (_START - 29 * 144, 144),
}


def build() -> dict[str, object]:
    """Return the vector file."""
    return {
        "spec": [f"GAEN-{n}" for n in (2, 3, 4, 5, 6, 7, 9, 10, 11)],
        "source": f"cases named published: {_SOURCE} (version 1.2) and {_ROUND_TRIP}; all else "
        "ours",
        "cases": [
            _published(),
            _round_trip(),
            *_metadata(),
            *_unreadable(),
            *_periods(),
            *record_cases(_RECORDS, clause="GAEN-9"),
            *_acceptances(),
        ],
    }


def _published() -> dict[str, object]:
    rows = enumerate(_PUBLISHED.split())
    return {
        "id": "published-day",
        "comment": _SOURCE,
        "operation": "derive",
        "spec": ["GAEN-2", "GAEN-3", "GAEN-4"],
        "key": _PUBLISHED_TEK.hex(),
        "rolling_start": _PUBLISHED_START,
        "rpik": "185ad91db69ec7dd048960f1f3ba6175",
        "aemk": "d57c46af7a1d83965b9bed8bd152936a",
        "metadata": "40080000",
        "advertised": [
            {"interval": _PUBLISHED_START + at, "identifier": row[:32], "metadata": row[32:]}
            for at, row in rows
        ],
        "result": "valid",
    }


def _round_trip() -> dict[str, object]:
    tek = bytes.fromhex("fedcba9876543210fedcba9876543210")
    identifier = EphID(bytes.fromhex("aabbccddeeff00112233445566778899"))
    return {
        "id": "published-metadata-round-trip",
        "comment": f"{_ROUND_TRIP} prints key, AEMK and identifier and asks that decryption "
        "returns the two bytes it keeps; the encrypted bytes are ours",
        "operation": "metadata",
        "spec": ["GAEN-2", "GAEN-4"],
        "key": tek.hex(),
        "aemk": "1a27b17821350c4854fb9e2a35125caa",
        "identifier": identifier.hex(),
        "clear": "01020000",
        "encrypted": crypt_metadata(tek, identifier, bytes.fromhex("01020000")).hex(),
        "result": "valid",
    }


def _service_data(clear: bytes) -> tuple[EphID, ServiceData]:
    identifier = EphID(identifiers(_TEK, [_START]))
    return identifier, ServiceData(identifier + crypt_metadata(_TEK, identifier, clear))


def _metadata() -> Iterator[dict[str, object]]:
    for name, clear in _CLEAR.items():
        identifier, service_data = _service_data(clear)
        yield {
            "id": f"metadata-{name}",
            "operation": "metadata",
            "spec": ["GAEN-4"],
            "key": _TEK.hex(),
            "aemk": aem_key(_TEK).hex(),
            "identifier": identifier.hex(),
            "clear": clear.hex(),
            "encrypted": service_data[EPHID_BYTES:].hex(),
            "result": "valid",
        }


def _unreadable() -> Iterator[dict[str, object]]:
    for name, clear in _UNREADABLE.items():
        yield {
            "id": f"unreadable-metadata-{name}",
            "comment": "the match stands without metadata",
            "operation": "open",
            "spec": ["GAEN-5"],
            "key": _TEK.hex(),
            "service_data": _service_data(bytes.fromhex(clear))[1].hex(),
            "clear": clear,
            "result": "malformed",
        }


def _periods() -> Iterator[dict[str, object]]:
    for name, (start, period) in _PERIODS.items():
        key = TemporaryExposureKey(key=_TEK, rolling_start=Interval(start), rolling_period=period)
        (expansion,) = key.expand(before=key.releasable_from(STANDARD), parameters=STANDARD)
        last = period - 1
        yield {
            "id": f"period-{name}",
            "comment": "what a reader derives of the key, released when it ends",
            "operation": "expand",
            "spec": ["GAEN-6", "GAEN-7", "GAEN-11"],
            "key": _TEK.hex(),
            "rpik": rpi_key(_TEK).hex(),
            "rolling_start": start,
            "rolling_period": period,
            "releasable_from": key.releasable_from(STANDARD),
            "count": len(expansion.identifiers) // EPHID_BYTES,
            "first": {
                "identifier": expansion.identifiers[:EPHID_BYTES].hex(),
                "valid_from": expansion.validity(0).start,
                "valid_until": expansion.validity(0).end,
            },
            "last": {
                "identifier": expansion.identifiers[-EPHID_BYTES:].hex(),
                "valid_from": expansion.validity(last).start,
                "valid_until": expansion.validity(last).end,
            },
            "result": "valid",
        }


def _acceptances() -> Iterator[dict[str, object]]:
    for name, (start, period) in _ACCEPTANCES.items():
        key = TemporaryExposureKey(key=_TEK, rolling_start=Interval(start), rolling_period=period)
        try:
            key.require_publishable(now=Instant(_NOON), parameters=STANDARD)
            result = "valid"
        except PolicyError:
            result = "policy"
        yield {
            "id": name,
            "operation": "accept",
            "spec": ["GAEN-10"],
            "rolling_start": start,
            "rolling_period": period,
            "now": _NOON,
            "retention_days": STANDARD.retention_days,
            "result": result,
        }
