"""Settings of what people and authorities do about an epidemic, beside the app.

What is given here are defaults, not recommendations.
"""

from dataclasses import dataclass
from typing import Annotated

from dp3t_simulator.scenario.about import About, share, switch, whole_days


@dataclass(frozen=True, slots=True, kw_only=True)
class TestingSettings:
    """Who is tested, how soon, and how good the test is."""

    __test__ = False  # pytest collects classes of such a name

    enabled: Annotated[bool, switch("People are tested", "Có xét nghiệm")] = True
    symptomatic_probability: Annotated[
        float, share("Who has symptoms is tested", "Người có triệu chứng được xét nghiệm")
    ] = 0.6
    delay_days: Annotated[
        int, whole_days("From symptoms to the sample", "Từ triệu chứng đến lấy mẫu")
    ] = 1
    result_days: Annotated[
        int, whole_days("From the sample to its result", "Từ lấy mẫu đến kết quả")
    ] = 1
    sensitivity: Annotated[
        float, share("The infected are found, at the best time", "Độ nhạy, vào lúc tốt nhất")
    ] = 0.8
    specificity: Annotated[float, share("Others are found free", "Độ đặc hiệu")] = 0.999
    background_daily: Annotated[
        float,
        share("Symptoms of another illness on a day", "Có triệu chứng của bệnh khác trong ngày"),
    ] = 0.0005
    on_notice_probability: Annotated[
        float, share("Who is warned by the app is tested", "Người được cảnh báo đi xét nghiệm")
    ] = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class IsolationSettings:
    """The ill and the infected stay at home."""

    on_symptoms_probability: Annotated[
        float, share("Who has symptoms isolates", "Người có triệu chứng tự cách ly")
    ] = 0.5
    on_positive_probability: Annotated[
        float, share("Who tests positive isolates", "Người dương tính cách ly")
    ] = 0.9
    delay_days: Annotated[
        int, whole_days("From symptoms to isolation", "Từ triệu chứng đến cách ly", highest=14)
    ] = 0
    days: Annotated[int, whole_days("Length", "Thời gian", lowest=1)] = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineSettings:
    """The warned, the traced and households of the infected stay at home."""

    days: Annotated[
        int, whole_days("Length since the contact", "Thời gian kể từ lúc tiếp xúc", lowest=1)
    ] = 14
    compliance: Annotated[
        float, share("Who is asked to begins", "Người được yêu cầu thì tuân thủ")
    ] = 0.7
    daily_dropout: Annotated[float, share("Gives up on a day", "Bỏ cách ly trong ngày")] = 0.02
    household: Annotated[
        bool, switch("Households of positives too", "Cả hộ gia đình của người dương tính")
    ] = True
    release_test_day: Annotated[
        int,
        whole_days(
            "Day of quarantine with a test that may end it; 0: none",
            "Ngày xét nghiệm để ra sớm; 0: không",
        ),
    ] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ManualTracingSettings:
    """People ask the infected whom they met."""

    enabled: Annotated[bool, switch("People trace contacts", "Có truy vết thủ công")] = False
    on_symptoms: Annotated[
        bool,
        switch("Who falls ill is asked, without a result", "Hỏi ngay người có triệu chứng"),
    ] = False
    interviews_per_100000_daily: Annotated[
        float,
        About(
            en="Interviews a day for 100,000 inhabitants",
            vi="Số ca phỏng vấn mỗi ngày trên 100.000 dân",
            unit="interviews per day",
            lowest=0,
            highest=100_000,
        ),
    ] = 20.0
    delay_days: Annotated[
        int,
        whole_days(
            "From result or symptoms to interview", "Từ kết quả hay triệu chứng đến phỏng vấn"
        ),
    ] = 1
    look_back_days: Annotated[
        int,
        whole_days(
            "Days before sample or symptoms asked for",
            "Số ngày được hỏi trước lấy mẫu hay triệu chứng",
            lowest=1,
            highest=14,
        ),
    ] = 4
    recall_household: Annotated[float, share("Contact at home is named", "Nhớ tiếp xúc ở nhà")] = (
        1.0
    )
    recall_school: Annotated[
        float, share("Contact at school is named", "Nhớ tiếp xúc ở trường")
    ] = 0.6
    recall_work: Annotated[float, share("Contact at work is named", "Nhớ tiếp xúc ở nơi làm")] = 0.6
    recall_occasional: Annotated[
        float, share("Occasional contact is named", "Nhớ tiếp xúc tình cờ")
    ] = 0.1
    recall_venue: Annotated[
        float, share("Contact at a venue is named", "Nhớ tiếp xúc ở địa điểm công cộng")
    ] = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class LockdownStep:
    """From one day to before another, a share of contacts remains; 1 leaves them as they are."""

    from_day: Annotated[int, whole_days("First day", "Ngày đầu", highest=2_000)]
    to_day: Annotated[int, whole_days("First day after it", "Ngày đầu tiên sau đó", highest=2_000)]
    household: Annotated[float, share("Contacts at home that remain", "Tiếp xúc ở nhà còn lại")] = (
        1.0
    )
    school: Annotated[
        float, share("Contacts at school that remain", "Tiếp xúc ở trường còn lại")
    ] = 1.0
    work: Annotated[float, share("Contacts at work that remain", "Tiếp xúc ở nơi làm còn lại")] = (
        1.0
    )
    occasional: Annotated[
        float, share("Occasional contacts that remain", "Tiếp xúc tình cờ còn lại")
    ] = 1.0
    venue: Annotated[
        float, share("Visits of venues that remain", "Lượt đến địa điểm công cộng còn lại")
    ] = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class VaccinationSettings:
    """The oldest are vaccinated first."""

    enabled: Annotated[bool, switch("People are vaccinated", "Có tiêm chủng")] = False
    start_day: Annotated[int, whole_days("First day", "Ngày đầu", highest=2_000)] = 0
    daily_share: Annotated[
        float, share("Of the population, vaccinated a day", "Tỷ lệ dân số được tiêm mỗi ngày")
    ] = 0.005
    minimum_age: Annotated[
        int,
        About(en="From this age on", vi="Từ tuổi này", unit="years", lowest=0, highest=120),
    ] = 12
    efficacy_infection: Annotated[
        float, share("Infections prevented", "Phần ca nhiễm tránh được")
    ] = 0.6
    efficacy_severe: Annotated[
        float, share("Hospital stays prevented", "Phần ca nhập viện tránh được")
    ] = 0.9
    delay_days: Annotated[int, whole_days("Until it works", "Đến khi có tác dụng")] = 14
