"""How warnings by phones come about in a simulation; see `spec/simulator/warnings.md`.

`fast` computes what phones would find, `protocol` lets the library's own phones find it.
"""

from dp3t_simulator.interfaces import Notification, World

__all__ = ["of"]


def of(world: World) -> Notification:
    """Return how warnings come about at the fidelity of a world's scenario.

    Raises:
        ScenarioError: a configuration that this fidelity does not compute [WARNINGS-8].
    """
    if world.scenario.fidelity == "protocol":
        from dp3t_simulator.warnings.protocol.notification import ProtocolNotification

        return ProtocolNotification(world)
    from dp3t_simulator.warnings.fast import FastNotification

    return FastNotification(world)
