"""Settings of phones: who has the app and what its owner does, and checking in at venues.

What is given here are defaults, not recommendations.
"""

from dataclasses import dataclass
from typing import Annotated

from dp3t_simulator.scenario.about import About, choice, share, switch, whole_days

DESIGNS = ("lowcost", "unlinkable", "hybrid", "gaen")
UPLOADS_ON = ("test", "symptoms")
CONFIGURATIONS = ("dp3t", "swisscovid", "gaen-v1", "gaen-v2", "cwa")


@dataclass(frozen=True, slots=True, kw_only=True)
class AppSettings:
    """Who has the app, how it works and what its owner does; an uptake of 0 is no app."""

    uptake: Annotated[
        float,
        share("Who has a smartphone has the app", "Tỷ lệ cài đặt trong số người có điện thoại"),
    ] = 0.5
    smartphone_by_age: Annotated[
        tuple[float, ...] | None,
        About(
            en="Who has a smartphone, for ages 0-9, 10-19, ... 90 and more; left out: the preset's",
            vi="Tỷ lệ có điện thoại theo tuổi 0-9, 10-19, ... từ 90; bỏ trống: theo dân số mẫu",
            unit="share",
            lowest=0,
            highest=1,
            length=10,
        ),
    ] = None
    design: Annotated[str, choice("Protocol", "Giao thức", *DESIGNS)] = "lowcost"
    configuration: Annotated[
        str, choice("How contacts are weighed", "Cách tính điểm tiếp xúc", *CONFIGURATIONS)
    ] = "dp3t"
    compliance: Annotated[
        float, share("Who is warned by it begins quarantine", "Người được cảnh báo thì cách ly")
    ] = 0.7
    upload_consent: Annotated[
        float, share("Who is asked to uploads keys", "Người được hỏi thì tải khóa lên")
    ] = 0.7
    upload_on: Annotated[
        str,
        choice(
            "What asks its owner to upload: a positive test, or symptoms of any illness",
            "Khi nào được hỏi tải khóa lên: xét nghiệm dương tính, hoặc có triệu chứng bất kỳ",
            *UPLOADS_ON,
        ),
    ] = "test"
    upload_delay_days: Annotated[
        int,
        whole_days(
            "From the result, or the symptoms, to the upload",
            "Từ kết quả, hoặc triệu chứng, đến khi tải lên",
            highest=14,
        ),
    ] = 0
    online_daily: Annotated[
        float, share("A phone is online on a day", "Điện thoại có mạng trong ngày")
    ] = 0.9
    redaction: Annotated[
        float, share("Who uploads holds a day back", "Người tải lên giữ lại một ngày")
    ] = 0.05
    clock_skew_seconds: Annotated[
        float,
        About(
            en="Standard deviation of the clocks; none is off by more than 7200",
            vi="Độ lệch chuẩn của đồng hồ; không máy nào lệch quá 7200",
            unit="seconds",
            lowest=0,
            highest=7200,
        ),
    ] = 10.0
    retention_days: Annotated[
        int,
        whole_days("How long phones remember", "Thời gian điện thoại lưu", lowest=1, highest=14),
    ] = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class PresenceSettings:
    """Venues have QR codes, and those who were there with a case are warned."""

    enabled: Annotated[bool, switch("Venues have QR codes", "Địa điểm có mã QR")] = False
    check_in: Annotated[
        float, share("A visitor with the app checks in", "Khách có ứng dụng thì quét mã")
    ] = 0.3
    trace_probability: Annotated[
        float, share("A case's visit is traced", "Lượt đến của ca nhiễm được truy vết")
    ] = 0.5
    trace_delay_days: Annotated[
        int, whole_days("From the result to the trace", "Từ kết quả đến truy vết", highest=14)
    ] = 1
    minutes: Annotated[
        int,
        About(
            en="Time together from which one is warned",
            vi="Thời gian ở cùng để được cảnh báo",
            unit="minutes",
            lowest=1,
            highest=1_440,
        ),
    ] = 15
