"""Settings of the world: who lives there, what spreads among them, how well radios hear.

What is given here are defaults, not recommendations.
"""

from dataclasses import dataclass
from typing import Annotated

from dp3t_simulator.scenario.about import About, choice, factor, share

POPULATION_PRESETS = ("vietnam", "united-kingdom", "well-mixed")
DISEASES = ("sars-cov-2-2020", "ferretti-2020")
INDEX_CASES = ("random", "typical")
RADIO_FITS = ("captures-2020",)
DEFAULT_PEOPLE = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PopulationSettings:
    """Who lives there, and whom they meet."""

    preset: Annotated[
        str,
        choice("Whose ages, households and contacts", "Dân số và tiếp xúc", *POPULATION_PRESETS),
    ] = "vietnam"
    contacts_file: Annotated[
        str | None,
        About(
            en="Measured contacts instead of made ones", vi="Tệp tiếp xúc đo được thay cho mô hình"
        ),
    ] = None
    contacts_sha256: Annotated[
        str | None,
        About(
            en="SHA-256 of that file, in hexadecimal; left out: any file",
            vi="SHA-256 của tệp đó, hệ mười sáu; bỏ trống: tệp nào cũng được",
        ),
    ] = None
    occasional_daily: Annotated[
        float | None,
        About(
            en="Occasional contacts of a person a day; left out: the preset's",
            vi="Số tiếp xúc tình cờ mỗi người mỗi ngày; bỏ trống: theo dân số mẫu",
            unit="contacts per day",
            lowest=0,
            highest=100,
        ),
    ] = None
    school_contact: Annotated[
        float,
        share("A pair of a school class meets on a day", "Một cặp cùng lớp gặp nhau trong ngày"),
    ] = 0.3
    work_contact: Annotated[
        float,
        share("A pair of a team at work meets on a day", "Một cặp cùng nhóm gặp nhau trong ngày"),
    ] = 0.3
    visits_daily: Annotated[
        float,
        share("A person visits a venue on a day", "Một người đến địa điểm công cộng trong ngày"),
    ] = 0.25
    venue_capacity: Annotated[
        int,
        About(
            en="Visitors of a venue on a day",
            vi="Lượt khách của một địa điểm trong ngày",
            unit="people",
            lowest=2,
            highest=512,
        ),
    ] = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class DiseaseSettings:
    """How the infection spreads when nobody does anything about it."""

    parameters: Annotated[
        str,
        choice("Course of disease and infectiousness", "Diễn tiến bệnh và khả năng lây", *DISEASES),
    ] = "sars-cov-2-2020"
    reproduction_number: Annotated[
        float,
        About(
            en="Whom one infects on average at the beginning, without measures",
            vi="Số người một ca lây trung bình lúc đầu, không có biện pháp",
            unit="people",
            lowest=0,
            highest=20,
        ),
    ] = 3.0
    index_case: Annotated[
        str,
        choice(
            "Of whom reproduction_number is the mean: anybody, or whom infections find",
            "Số lây trung bình của một người bất kỳ, hay của người dễ bị lây",
            *INDEX_CASES,
        ),
    ] = "random"
    seeds: Annotated[
        int,
        About(
            en="Infected on day 0",
            vi="Số người nhiễm ngày 0",
            unit="people",
            lowest=0,
            highest=10_000_000,
        ),
    ] = 20
    imported_daily: Annotated[
        float,
        About(
            en="Infected from outside a day, on average",
            vi="Số ca nhập mỗi ngày, trung bình",
            unit="people per day",
            lowest=0,
            highest=1_000_000,
        ),
    ] = 0.0
    household: Annotated[float, factor("Transmission in households", "Lây trong hộ gia đình")] = 1.0
    school: Annotated[float, factor("Transmission in schools", "Lây ở trường học")] = 1.0
    work: Annotated[float, factor("Transmission at work", "Lây ở nơi làm việc")] = 1.0
    occasional: Annotated[
        float, factor("Transmission among strangers", "Lây qua tiếp xúc tình cờ")
    ] = 1.0
    venue: Annotated[float, factor("Transmission at venues", "Lây ở địa điểm công cộng")] = 1.0
    asymptomatic_infectiousness: Annotated[
        float,
        factor(
            "Infectiousness of who never has symptoms",
            "Khả năng lây của người không triệu chứng",
            highest=1,
        ),
    ] = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class RadioSettings:
    """How phones hear each other."""

    fit: Annotated[
        str, choice("Recordings the model was fitted to", "Bộ đo dùng để khớp mô hình", *RADIO_FITS)
    ] = "captures-2020"
    loss: Annotated[
        float | None,
        share(
            "A scan misses a phone within reach; left out: as fitted",
            "Một lần quét bỏ sót máy trong tầm; bỏ trống: theo mô hình",
        ),
    ] = None
