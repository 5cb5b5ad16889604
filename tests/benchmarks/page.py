"""The measured part of docs/performance.md: tables and verdicts between two marks; the words around them stay."""

import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import numpy as np

from tests.benchmarks.ladder import CLIENTS_BUSY_MAX, Point
from tests.benchmarks.systems import ALL, System

BEGIN, END = "<!-- make bench-sound writes from here -->", "<!-- to here -->"
LETTERS = dict(zip((system.key for system in ALL), "abccdef", strict=True)) | {"loop": "c′"}
# (of ours, of the other, what is required of the quotient of their listeners per core)
REQUIRED = (("ours", "bridge", 20), ("ours", "streaming", 5), ("ours", "loop", 5), ("ours", "stock", 6))


@dataclass(frozen=True)
class Fit:
    """Straight lines through all points that were served well; `carried` was so in every pass that tried it."""

    slope_us: float
    intercept: float
    per_core: int
    carried: int
    resident_kib: float
    descriptors: float
    join_ms: float | None
    delays: np.ndarray
    delivered: float | None
    gap_p99: float | None


def fit(system: System, passes: list[list[Point]]) -> Fit | None:
    good = [point for points in passes for point in points if point.is_valid and point.is_served(system)]
    if len({point.listeners for point in good}) < 2 or any(_other_packets(system, point) for point in good):
        return None
    sizes = np.array([point.listeners for point in good], float)

    def line(values: list[float]) -> tuple[float, float]:
        slope, start = np.polyfit(sizes, np.array(values), 1)
        return float(slope), float(start)

    slope, start = line([point.cpu for point in good])
    bad = {p.listeners for points in passes for p in points if p.is_valid and not p.is_served(system)}
    carried = max({point.listeners for point in good} - bad, default=0)
    there = [point for point in good if point.listeners == carried and point.delivered is not None]
    joins = [point.join_ms for point in good if point.join_ms is not None and point.listeners > min(sizes)]
    return Fit(
        slope_us=slope * 1e6,
        intercept=start,
        per_core=int((1 - start) / slope),
        carried=carried,
        resident_kib=line([point.resident / 1024 for point in good])[0],
        descriptors=line([float(point.descriptors) for point in good])[0],
        join_ms=float(np.mean(joins)) if joins else None,
        delays=np.array([delay for point in good for delay in point.delays]),
        delivered=min((point.delivered for point in there), default=None),
        gap_p99=max((point.gap_p99 for point in there), default=None),
    )


def _other_packets(system: System, point: Point) -> bool:
    """The system sends packets of another length than it was asked for."""
    return bool(point.packet_ms) and round(point.packet_ms) != system.packet_ms


def figures(report: dict, found: dict[str, list[list[Point]]]) -> str:
    fits = {system.key: fit(system, found[system.key]) for system in ALL if found.get(system.key)}
    parts = [
        _circumstances(report),
        _table(fits, found),
        _verdicts({key: fit for key, fit in fits.items() if fit}),
        _discarded(found),
        _stage(report["scenarios"].get("thirteen")),
        _burst(report["scenarios"].get("burst")),
    ]
    return "\n\n".join(part for part in parts if part)


def machine() -> dict:
    cpu = next((line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), "")
    names = ("aiortc", "aioice", "pylibsrtp", "av", "numpy")
    return {
        "cpu": cpu.partition(":")[2].strip() or platform.machine(),
        "cpus": platform.os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in names},
    }


def _circumstances(report: dict) -> str:
    its, timing = report["machine"], report["timing"]
    versions = ", ".join(f"{name} {number}" for name, number in its["versions"].items())
    where = "private network namespaces" if its["private"] else "loopback, since namespaces were not allowed"
    warning = (
        "**Preliminary: other work ran on the same CPUs, and these figures are too high and too scattered.** "
        if timing["preliminary"]
        else ""
    )
    return warning + (
        f"Measured {report['when'][:16].replace('T', ' ')} UTC on {its['cpus']} × {its['cpu']}, Linux {its['kernel']}, "
        f"Python {its['python']}, {versions}, Janus {its['janus'] or 'not installed'}; {where}; {timing['passes']} "
        f"passes, {timing['settle']:g} s to settle and {timing['window']:g} s measured at each audience."
    )


def _table(fits: dict[str, Fit | None], found: dict) -> str:
    head = (
        "| | | µs of CPU per listener-second | a Space, % of a core | listeners per core | carried | KiB each | files "
        "each | join, ms of CPU | delay p50 / p95 / p99, ms | delivered | gaps p99, ms |"
    )
    rows = [head, "| --- " * 2 + "| ---: " * 10 + "|"]
    for system in ALL:
        if system.key not in fits:
            continue
        cells, its = [f"({LETTERS[system.key]})", system.title], fits[system.key]
        if its is None:
            rows.append("| " + " | ".join(cells + ["not measured"] + [""] * 9) + " |")
            continue
        percentiles = np.percentile(its.delays, (50, 95, 99)) if len(its.delays) else None
        floor = system.kind == "floor"
        cells += [
            f"{its.slope_us:.0f}",
            f"{its.intercept * 100:.1f}",
            f"{its.per_core:,}",
            _tops(its, found[system.key], system),
            "" if floor else f"{its.resident_kib:.0f}",
            "" if floor else f"{max(0.0, its.descriptors):.1f}",
            f"{its.join_ms:.1f}" if its.join_ms is not None else "",
            " / ".join(f"{each:.0f}" for each in percentiles) if percentiles is not None else "",
            f"{its.delivered:.2%}" if its.delivered is not None else "",
            f"{its.gap_p99:.1f}" if its.gap_p99 is not None else "",
        ]
        rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _tops(its: Fit, passes: list[list[Point]], system: System) -> str:
    """At least, where the ladder ended before the system did."""
    ended = any(not point.is_served(system) and point.is_valid for points in passes for point in points)
    return f"{its.carried:,}" if ended else f"≥ {its.carried:,}"


def _verdicts(fits: dict[str, Fit]) -> str:
    rows = ["| required | reached | |", "| --- | ---: | --- |"]

    def verdict(words: str, reached: float, kept: bool) -> None:
        rows.append(f"| {words} | {reached:.1f} × | {_verdict(kept)} |")

    for mine, other, wanted in REQUIRED:
        if mine in fits and other in fits:
            reached = fits[mine].per_core / fits[other].per_core
            words = f"at least {wanted} × the listeners per core of ({LETTERS[other]})"
            verdict(words, reached, reached >= wanted)
    if "ours" in fits and "floor" in fits:
        reached = fits["ours"].slope_us / fits["floor"].slope_us
        verdict("at most 3 × the CPU per listener of (d), the aim is 2 ×", reached, reached <= 3)
    if "ours" in fits and "ours-60" in fits:
        reached = fits["ours-60"].per_core / fits["ours"].per_core
        verdict("(f) at least 1.8 × the listeners per core of (e)", reached, reached >= 1.8)
    return "\n".join(rows) if len(rows) > 2 else ""


def _discarded(found: dict) -> str:
    count = sum(not point.is_valid for passes in found.values() for points in passes for point in points)
    if not count:
        return ""
    return (
        f"Left out, because the clients' CPU was more than {CLIENTS_BUSY_MAX:.0%} busy or had no room for what "
        f"arrived: {count} audiences."
    )


def _stage(its: dict | None) -> str:
    if not its or not its["late_ms"]:
        return ""
    return (
        f"**{its['speakers']} speakers all talking, {its['listeners']} listeners, one core.** CPU {its['cpu']:.0%}; "
        f"lateness of the media clock, p99 of any ten seconds: {max(its['late_ms']):.1f} ms at most (required: 5 ms at "
        f"most, {_verdict(max(its['late_ms']) <= 5)}); delivered {its['delivered']:.2%}, gaps p99 "
        f"{its['gap_p99']:.1f} ms." + (f" Refused: {its['refused']}." if its["refused"] else "")
    )


def _burst(its: dict | None) -> str:
    if not its or not its["before"]:
        return ""
    back = "not within the run" if its["back"] is None else f"after {its['back']:.1f} s"
    share = np.percentile(its["before"], 95)
    return (
        f"**The relay's own share of mouth to ear.** p50 {np.median(its['before']):.0f} ms, p95 "
        f"{share:.0f} ms (required: 60 ms at most, {_verdict(share <= 60)}). {its['lost']} packets of the speaker's "
        f"lost in a row: {its['worst_after']:.0f} ms at worst, back under 60 ms {back} (required: 3 s, "
        f"{_verdict(its['back'] is not None and its['back'] <= 3)})."
    )


def _verdict(kept: bool) -> str:
    return "kept" if kept else "**missed**"
