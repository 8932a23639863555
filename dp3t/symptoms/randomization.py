"""Randomised response: an answer is turned round with a known chance before it leaves the phone.

opendp draws, from the operating system, and says itself how much a report tells [RANDOMIZATION-3].
Nothing else in the library uses it, so that it is needed by those only who report.
"""

from collections.abc import Callable

from dp3t.errors import PolicyError
from dp3t.symptoms.survey import WHOLE, Survey


def randomize_with_os_randomness(answer: bool, survey: Survey) -> bool:
    """Return the answer, or with the survey's chance the other one [RANDOMIZATION-1].

    It is called once for a report: of several draws somebody could take the mean.

    Args:
        answer: what the person said.
        survey: which says how often answers are turned round.

    Raises:
        PolicyError: opendp is not installed, or by its account a report would tell more than the
            survey says.
    """
    try:
        from opendp.measurements import make_randomized_response_bool
        from opendp.mod import enable_features
    except ImportError:
        raise PolicyError("reports need opendp: pip install 'dp3t[symptoms]'") from None
    enable_features("contrib")  # its authors' word for code that few have reviewed yet
    kept = (WHOLE - survey.turned_per_mille) / WHOLE
    measurement = make_randomized_response_bool(kept, constant_time=True)
    cost: Callable[[int], float] = measurement.map
    require_cost(cost(1), survey)
    return bool(measurement(answer))


def require_cost(epsilon: float, survey: Survey) -> None:
    """Raise PolicyError where a report tells more than the survey says [RANDOMIZATION-3].

    Args:
        epsilon: what the mechanism says that it costs to change the answer.
        survey: which says what a report may cost.
    """
    if not WHOLE * epsilon <= survey.epsilon_thousandths:
        raise PolicyError("a report would tell more than the survey says")
