"""What is simulated: a world in which everything is switched on and the epidemic is not stopped."""

EVERYTHING = """
people = {people}
days = {days}
fidelity = "{fidelity}"

[disease]
reproduction_number = 3.0
index_case = "typical"
seeds = {seeds}
imported_daily = 1.0

[app]
uptake = 0.6
design = "{design}"

[presence]
enabled = true

[quarantine]
release_test_day = 5

[manual_tracing]
enabled = true

[vaccination]
enabled = true
start_day = 30

[[lockdown]]
from_day = 20
to_day = 30
school = 0.5
work = 0.8
occasional = 0.8
venue = 0.5
"""
"""Attack rates above a half are the dear case: the loop costs what is infected, not who lives."""


def everything(
    people: int, days: int, *, fidelity: str = "fast", design: str = "lowcost", share: float = 0.001
) -> str:
    """Return the scenario as TOML.

    Args:
        people: how many.
        days: how many; a run shorter than the lockdown has none.
        fidelity: fast or protocol.
        design: of the app.
        share: of the people infected on day 0, at least one.
    """
    text = EVERYTHING.format(
        people=people,
        days=days,
        fidelity=fidelity,
        design=design,
        seeds=max(1, round(people * share)),
    )
    return text if days > 30 else text.partition("[[lockdown]]")[0]
