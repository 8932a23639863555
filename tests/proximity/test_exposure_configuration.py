"""spec/proximity/exposure.md: configurations and presets."""

import re
from dataclasses import FrozenInstanceError, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dp3t.errors import Dp3tError, LimitError, MalformedError
from dp3t.proximity.exposure.configuration import ALGORITHMS, Configuration, GaenV2Rule
from dp3t.proximity.exposure.configuration_file import MAX_CHARACTERS, load_configuration
from dp3t.proximity.exposure.presets import PRESETS, preset
from dp3t.proximity.exposure.scoring.cwa import CwaRule
from dp3t.proximity.exposure.scoring.exposure_score import ExposureScoreRule
from dp3t.proximity.exposure.scoring.gaen_v1 import GaenV1Rule
from project import ROOT


def test_the_presets_are_those_of_the_chapters_table() -> None:
    chapter = (ROOT / "spec/proximity/exposure.md").read_text(encoding="utf-8")
    rows = {
        name: (days, warns)
        for name, days, warns in re.findall(
            r"^\| `([a-z0-9-]+)` \|[^|]*\| (\d+) \|[^|0-9]*(\d+)[^|]*\|", chapter, re.MULTILINE
        )
    }
    assert rows == {
        name: (str(each.look_back_days), f"{each.notify_at:.0f}") for name, each in PRESETS.items()
    }


def test_presets_hold_what_their_sources_say() -> None:
    score = preset("swisscovid").rule
    assert isinstance(score, ExposureScoreRule)
    assert score.thresholds_db == (50, 55)
    assert score.bucket_weights == (1.0, 0.5, 0.0)
    assert score.cap_minutes == 30
    assert preset("dp3t").rule == score
    first = preset("gaen-v1").rule
    assert isinstance(first, GaenV1Rule)
    assert (first.thresholds_db, first.minimum_risk_score) == ((50, 74), 4)
    assert {*first.attenuation_scores, *first.days_scores, *first.duration_scores} == {4}
    second = preset("gaen-v2").rule
    assert isinstance(second, GaenV2Rule)
    assert second.summaries.thresholds_db == (55, 67, 75)
    assert second.summaries.bucket_weights == (1.75, 1.0, 0.33, 0.0)
    days = second.mapping.infectiousness_by_day
    assert [day - 14 for day, value in enumerate(days) if value == 2] == [-2, -1, 0, 1, 2, 3]
    assert [day - 14 for day, value in enumerate(days) if value == 1] == [-4, -3, 4, 5]
    app = preset("cwa").rule
    assert isinstance(app, CwaRule)
    assert app.bucket_weights == (0.8, 1.0, 0.1, 0.0)
    assert app.transmission_risk_values == (0.0, 0.0, 0.6, 0.8, 1.0, 1.2, 1.4, 1.6)
    assert all(each.source for each in PRESETS.values())
    assert {each.algorithm for each in PRESETS.values()} == set(ALGORITHMS)


@pytest.mark.spec("EXPOSURE-8")
@pytest.mark.parametrize("name", PRESETS)
def test_a_file_that_names_a_preset_is_the_preset(name: str) -> None:
    assert load_configuration(f'preset = "{name}"') == PRESETS[name]


@pytest.mark.spec("EXPOSURE-8")
def test_what_a_file_says_is_changed_and_all_else_stays() -> None:
    text = """
        preset = "gaen-v2"
        look_back_days = 10
        notify_at = 1200
        [gaen-v2.summaries]
        thresholds_db = [55, 70, 80]
        bucket_weights = [2, 1, 0.25, 0]
        drop_uninfectious = true
        [gaen-v2.mapping]
        infectiousness_when_missing = 1
    """
    found, base = load_configuration(text), PRESETS["gaen-v2"]
    assert isinstance(base.rule, GaenV2Rule)
    summaries = replace(
        base.rule.summaries,
        thresholds_db=(55, 70, 80),
        bucket_weights=(2.0, 1.0, 0.25, 0.0),
        drop_uninfectious=True,
    )
    mapping = replace(base.rule.mapping, infectiousness_when_missing=1)
    assert found == Configuration(
        source=f"changed from: {base.source}",
        look_back_days=10,
        notify_at=1200.0,
        rule=GaenV2Rule(mapping=mapping, summaries=summaries),
    )
    assert (found.algorithm, found.unit) == ("gaen-v2", "weighted seconds")


@pytest.mark.spec("EXPOSURE-8")
def test_a_source_is_the_files_own_where_it_names_one() -> None:
    found = load_configuration('preset = "cwa"\nsource = "ours"\n[cwa]\nround_days = true\n')
    assert found.source == "ours"
    assert found.rule == CwaRule(round_days=True)


@pytest.mark.spec("EXPOSURE-9")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "[" * 9999,
        'preset = "gaen-v3"',
        "preset = 1",
        'preset = "dp3t"\nname = "x"',
        'preset = "dp3t"\nlook_back_days = 64',
        'preset = "dp3t"\nlook_back_days = -1',
        'preset = "dp3t"\nlook_back_days = 1.5',
        'preset = "dp3t"\nlook_back_days = true',
        'preset = "dp3t"\nnotify_at = 0',
        'preset = "dp3t"\nnotify_at = nan',
        'preset = "dp3t"\nnotify_at = inf',
        'preset = "dp3t"\nnotify_at = "15"',
        'preset = "dp3t"\nsource = 1',
        'preset = "dp3t"\ndp3t = 1',
        'preset = "dp3t"\n[cwa]\n',
        'preset = "dp3t"\n[dp3t]\nattenuation_weight = 50',
        'preset = "dp3t"\n[dp3t]\nthresholds_db = 50',
        'preset = "dp3t"\n[dp3t]\nthresholds_db = [50.0, 55.0]',
        'preset = "dp3t"\n[dp3t]\nthresholds_db = [55, 50]',
        'preset = "dp3t"\n[dp3t]\ncap_minutes = 99999999999999999999',
        'preset = "gaen-v1"\n[gaen-v1]\nattenuation_weight = 50',
        'preset = "gaen-v1"\n[gaen-v1]\ninterpolate = 1',
        'preset = "gaen-v1"\n[gaen-v1]\ndays_scores = [9, 9, 9, 9, 9, 9, 9, 9]',
        'preset = "gaen-v2"\n[gaen-v2]\nmapping = 1',
        'preset = "gaen-v2"\n[gaen-v2.summaries]\nbucket_weights = [3, 1, 1, 1]',
        'preset = "gaen-v2"\n[gaen-v2.summaries]\nbucket_weights = ["1", 1, 1, 1]',
        'preset = "gaen-v2"\n[gaen-v2.mapping]\ndsos = 1',
        'preset = "cwa"\n[cwa.mapping]\nreport_type_when_missing = 0',
        'preset = "cwa"\n[cwa]\nlow_day_minutes = 10',
    ],
)
def test_a_faulty_configuration_is_malformed(text: str) -> None:
    with pytest.raises(MalformedError):
        load_configuration(text)


@pytest.mark.spec("EXPOSURE-9")
def test_a_configuration_that_is_too_long_is_refused() -> None:
    with pytest.raises(LimitError):
        load_configuration("\n" * (MAX_CHARACTERS + 1))


@pytest.mark.spec("EXPOSURE-9")
@given(
    name=st.sampled_from(sorted(PRESETS)),
    field=st.sampled_from(
        ["look_back_days", "notify_at", "[dp3t]\nbucket_weights", "[cwa]\nthresholds_db"]
    ),
    value=st.text(alphabet='[]{},.0123456789-e"tinfa=\n', max_size=12),
)
def test_any_text_is_a_configuration_or_refused(name: str, field: str, value: str) -> None:
    try:
        load_configuration(f'preset = "{name}"\n{field} = {value}')
    except Dp3tError:
        return


def test_a_configuration_and_the_presets_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        PRESETS["dp3t"].look_back_days = 1  # type: ignore[misc]  # that is what is tried
    with pytest.raises(TypeError):
        PRESETS["mine"] = PRESETS["dp3t"]  # type: ignore[index]  # that is what is tried
