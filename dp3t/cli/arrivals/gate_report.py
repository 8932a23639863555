"""What a gate knows, for scripts and for people."""

from rich.box import SIMPLE_HEAD
from rich.table import Table

from dp3t.arrivals.gate import Gate
from dp3t.arrivals.mark import GateSecret, Mark
from dp3t.cli.arrivals.described import uses_objects
from dp3t.cli.language import number, text
from dp3t.cli.moments import iso_moment
from dp3t.cli.output import emit_json, show


def _known(gate: Gate) -> dict[str, object]:
    as_of = gate.withdrawn.issued
    return {
        "name": gate.name,
        "arrival_point": gate.arrival_point,
        "used": len(gate.used),
        "withdrawn": len(gate.withdrawn.expiry_days),
        "withdrawn_as_of": iso_moment(as_of) if as_of else None,
    }


def report_gate(gate: Gate, *, as_json: bool) -> None:
    """Print what a gate knows without its secret [GATE-15]."""
    known = _known(gate)
    if as_json:
        emit_json(known)
        return
    as_of = known["withdrawn_as_of"] or text(en="never", vi="chưa bao giờ")
    show(f"{gate.name} · {gate.arrival_point}")
    used, taken_back = number(len(gate.used)), number(len(gate.withdrawn.expiry_days))
    show(text(en=f"Receipts used: {used}", vi=f"Phiếu đã dùng: {used}"))
    show(
        text(
            en=f"Receipts withdrawn: {taken_back}, as of {as_of}",
            vi=f"Phiếu đã rút: {taken_back}, tính đến {as_of}",
        )
    )


def report_met(gate: Gate, secret: GateSecret, refused: int, *, as_json: bool) -> None:
    """Print what a gate knows after it met others [GATE-6] [GATE-7] [GATE-15]."""
    conflicts = gate.used.conflicts(secret)
    if as_json:
        twice = [uses_objects(uses) for uses in conflicts]
        emit_json({**_known(gate), "refused": refused, "conflicts": twice})
        return
    report_gate(gate, as_json=False)
    if refused:
        count = number(refused)
        show(text(en=f"Marks put aside: {count}", vi=f"Ghi nhận bị loại: {count}"))
    if conflicts:
        show(_conflict_table(conflicts))


def _conflict_table(conflicts: tuple[tuple[Mark, ...], ...]) -> Table:
    table = Table(
        text(en="Used more than once", vi="Dùng hơn một lần"),
        text(en="Where", vi="Ở đâu"),
        box=SIMPLE_HEAD,
    )
    for uses in conflicts:
        table.add_section()
        for use in uses:
            table.add_row(iso_moment(use.moment), use.gate)
    return table
