"""A benchmark of nothing is refused, not taken for one that nobody said the size of."""

from collections.abc import Callable, Sequence

import pytest

from benchmarks import imports
from benchmarks.matching import __main__ as matching
from benchmarks.presence import __main__ as presence
from benchmarks.simulation import __main__ as simulation
from benchmarks.streaming import __main__ as streaming

SIZES = {
    matching.main: ["--keys", "--scans", "--threads", "--stream", "--rounds"],
    streaming.main: ["--keys", "--scans", "--threads", "--rounds"],
    imports.main: ["--rounds"],
    presence.main: ["--rounds", "--times", "--locations"],
    simulation.main: ["--people", "--days", "--rounds", "--protocol-people", "--protocol-days"],
}
GIVEN = [(main, option) for main, options in SIZES.items() for option in options]


@pytest.mark.parametrize("value", ["0", "-1", "", "ten", "1.5", "9" * 5000])
@pytest.mark.parametrize(("main", "option"), GIVEN)
def test_a_size_that_is_no_whole_number_from_1_is_refused(
    main: Callable[[Sequence[str]], int],
    option: str,
    value: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as refused:
        main([f"{option}={value}"])
    assert refused.value.code == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert f"argument {option}: " in shown.err
