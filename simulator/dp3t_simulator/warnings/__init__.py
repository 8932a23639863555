"""How warnings by phones come about in a simulation; see `spec/simulator/warnings.md`.

`fast` computes what phones would find, `protocol` lets the library's own phones find it.
"""

from collections.abc import Callable

from dp3t_simulator.interfaces import Notification, World

__all__ = ["of"]


def of(world: World, progress: Callable[[float], None] | None = None) -> Notification:
    """Return how warnings come about at the fidelity of a world's scenario.

    Args:
        world: before its first day.
        progress: told which part of a day's contacts phones have heard, up to 1; at fidelity `fast`
            there is nothing to tell.

    Raises:
        ScenarioError: a configuration that this fidelity does not compute [WARNINGS-8].
    """
    if world.scenario.fidelity == "protocol":
        from dp3t_simulator.warnings.protocol.notification import ProtocolNotification

        return ProtocolNotification(world, progress=progress)
    from dp3t_simulator.warnings.fast import FastNotification

    return FastNotification(world)
