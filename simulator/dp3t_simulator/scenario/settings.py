"""The settings of a scenario: what the world is like, and what is done about the epidemic.

Each field carries its unit, range and meaning as an `About` beside its type.
"""

from dataclasses import dataclass, field
from typing import Annotated

from dp3t_simulator.scenario.about import About, choice, whole_days
from dp3t_simulator.scenario.contradictions import refuse_contradictions
from dp3t_simulator.scenario.fields import check_fields
from dp3t_simulator.scenario.measures import (
    IsolationSettings,
    LockdownStep,
    ManualTracingSettings,
    QuarantineSettings,
    TestingSettings,
    VaccinationSettings,
)
from dp3t_simulator.scenario.phones import AppSettings, PresenceSettings
from dp3t_simulator.scenario.world import (
    DEFAULT_PEOPLE,
    DiseaseSettings,
    PopulationSettings,
    RadioSettings,
)

__all__ = [
    "AppSettings",
    "DiseaseSettings",
    "IsolationSettings",
    "LockdownStep",
    "ManualTracingSettings",
    "PopulationSettings",
    "PresenceSettings",
    "QuarantineSettings",
    "RadioSettings",
    "Scenario",
    "TestingSettings",
    "VaccinationSettings",
]

FIDELITIES = ("fast", "protocol")
MAX_DAYS = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything a run is determined by, but its seed.

    Raises:
        ScenarioError: a value outside its range, or two that contradict each other [SCENARIO-1].
    """

    name: Annotated[str, About(en="Name", vi="Tên")]
    description: Annotated[str, About(en="What it shows", vi="Mô tả bằng tiếng Anh")] = ""
    description_vi: Annotated[
        str, About(en="The same in Vietnamese", vi="Mô tả bằng tiếng Việt")
    ] = ""
    people: Annotated[
        int, About(en="Inhabitants", vi="Dân số", unit="people", lowest=1, highest=50_000_000)
    ] = DEFAULT_PEOPLE
    days: Annotated[int, whole_days("Length", "Thời gian", lowest=1, highest=MAX_DAYS)] = 100
    fidelity: Annotated[
        str,
        choice(
            "Loops over arrays, or the library's bytes on every phone",
            "Tính nhanh trên mảng, hoặc chạy giao thức thật trên từng máy",
            *FIDELITIES,
        ),
    ] = "fast"
    population: PopulationSettings = field(default_factory=PopulationSettings)
    disease: DiseaseSettings = field(default_factory=DiseaseSettings)
    testing: TestingSettings = field(default_factory=TestingSettings)
    isolation: IsolationSettings = field(default_factory=IsolationSettings)
    quarantine: QuarantineSettings = field(default_factory=QuarantineSettings)
    app: AppSettings = field(default_factory=AppSettings)
    presence: PresenceSettings = field(default_factory=PresenceSettings)
    manual_tracing: ManualTracingSettings = field(default_factory=ManualTracingSettings)
    lockdown: tuple[LockdownStep, ...] = ()
    vaccination: VaccinationSettings = field(default_factory=VaccinationSettings)
    radio: RadioSettings = field(default_factory=RadioSettings)

    def __post_init__(self) -> None:
        check_fields(self)
        refuse_contradictions(self)
