from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class QRCodePayload(_message.Message):
    __slots__ = ("version", "location_data", "crowd_notifier_data", "vendor_data")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    LOCATION_DATA_FIELD_NUMBER: _ClassVar[int]
    CROWD_NOTIFIER_DATA_FIELD_NUMBER: _ClassVar[int]
    VENDOR_DATA_FIELD_NUMBER: _ClassVar[int]
    version: int
    location_data: TraceLocation
    crowd_notifier_data: CrowdNotifierData
    vendor_data: bytes
    def __init__(self, version: _Optional[int] = ..., location_data: _Optional[_Union[TraceLocation, _Mapping]] = ..., crowd_notifier_data: _Optional[_Union[CrowdNotifierData, _Mapping]] = ..., vendor_data: _Optional[bytes] = ...) -> None: ...

class TraceLocation(_message.Message):
    __slots__ = ("version", "description", "address", "timestamp_4", "timestamp_5", "timestamp_6")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_4_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_5_FIELD_NUMBER: _ClassVar[int]
    TIMESTAMP_6_FIELD_NUMBER: _ClassVar[int]
    version: int
    description: bytes
    address: bytes
    timestamp_4: int
    timestamp_5: int
    timestamp_6: int
    def __init__(self, version: _Optional[int] = ..., description: _Optional[bytes] = ..., address: _Optional[bytes] = ..., timestamp_4: _Optional[int] = ..., timestamp_5: _Optional[int] = ..., timestamp_6: _Optional[int] = ...) -> None: ...

class CrowdNotifierData(_message.Message):
    __slots__ = ("version", "public_key", "cryptographic_seed", "type")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PUBLIC_KEY_FIELD_NUMBER: _ClassVar[int]
    CRYPTOGRAPHIC_SEED_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    version: int
    public_key: bytes
    cryptographic_seed: bytes
    type: int
    def __init__(self, version: _Optional[int] = ..., public_key: _Optional[bytes] = ..., cryptographic_seed: _Optional[bytes] = ..., type: _Optional[int] = ...) -> None: ...

class CWALocationData(_message.Message):
    __slots__ = ("version", "type", "default_check_in_length_in_minutes")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    DEFAULT_CHECK_IN_LENGTH_IN_MINUTES_FIELD_NUMBER: _ClassVar[int]
    version: int
    type: int
    default_check_in_length_in_minutes: int
    def __init__(self, version: _Optional[int] = ..., type: _Optional[int] = ..., default_check_in_length_in_minutes: _Optional[int] = ...) -> None: ...

class NotifyMeLocationData(_message.Message):
    __slots__ = ("version", "type", "room")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    ROOM_FIELD_NUMBER: _ClassVar[int]
    version: int
    type: int
    room: bytes
    def __init__(self, version: _Optional[int] = ..., type: _Optional[int] = ..., room: _Optional[bytes] = ...) -> None: ...

class QRCodeTrace(_message.Message):
    __slots__ = ("version", "qr_code_payload", "master_secret_key_location", "cipher_text_health_authority")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    QR_CODE_PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    MASTER_SECRET_KEY_LOCATION_FIELD_NUMBER: _ClassVar[int]
    CIPHER_TEXT_HEALTH_AUTHORITY_FIELD_NUMBER: _ClassVar[int]
    version: int
    qr_code_payload: bytes
    master_secret_key_location: bytes
    cipher_text_health_authority: bytes
    def __init__(self, version: _Optional[int] = ..., qr_code_payload: _Optional[bytes] = ..., master_secret_key_location: _Optional[bytes] = ..., cipher_text_health_authority: _Optional[bytes] = ...) -> None: ...

class AssociatedData(_message.Message):
    __slots__ = ("version", "message", "start_timestamp", "end_timestamp", "country_data")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    START_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    END_TIMESTAMP_FIELD_NUMBER: _ClassVar[int]
    COUNTRY_DATA_FIELD_NUMBER: _ClassVar[int]
    version: int
    message: bytes
    start_timestamp: int
    end_timestamp: int
    country_data: bytes
    def __init__(self, version: _Optional[int] = ..., message: _Optional[bytes] = ..., start_timestamp: _Optional[int] = ..., end_timestamp: _Optional[int] = ..., country_data: _Optional[bytes] = ...) -> None: ...
