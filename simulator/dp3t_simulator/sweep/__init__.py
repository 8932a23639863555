"""Many runs side by side: sweeps over settings, comparisons, and what they come to.

from dp3t_simulator.sweep import sweep

found = sweep(scenario, {"app.uptake": (0.1, 0.3, 0.5)}, replicates=20)
found.point(0).band("infected")
"""

from dp3t_simulator.sweep.comparing import compare
from dp3t_simulator.sweep.errors import SweepError
from dp3t_simulator.sweep.outcome import Band, Difference, Point, SweepResult
from dp3t_simulator.sweep.plan import Plan, plan_of
from dp3t_simulator.sweep.sweeping import sweep

__all__ = [
    "Band",
    "Difference",
    "Plan",
    "Point",
    "SweepError",
    "SweepResult",
    "compare",
    "plan_of",
    "sweep",
]
