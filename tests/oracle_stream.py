"""A second witness for random numbers by name, from the specification alone, a draw at a time."""

WORD = 2**64


def absorb(state: int, number: int) -> int:
    """Return the state after one more number."""
    state = (state + 0x9E3779B97F4A7C15 * (number + 1)) % WORD
    state = (state ^ state >> 30) * 0xBF58476D1CE4E5B9 % WORD
    state = (state ^ state >> 27) * 0x94D049BB133111EB % WORD
    return state ^ state >> 31


def draw(seed: int, name: str, numbers: list[int]) -> int:
    """Return the 64 bits of a draw."""
    state = 0
    for number in (seed, len(name), *name.encode(), *numbers):
        state = absorb(state, number)
    return state


def uniform(seed: int, name: str, numbers: list[int]) -> float:
    """Return its number from 0 to below 1."""
    return (draw(seed, name, numbers) >> 11) / 2**53
