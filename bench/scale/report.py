# SPDX-License-Identifier: AGPL-3.0-or-later
"""Times and plans as text: on the terminal, in bench/results/scale/, in docs/charts/ and docs/proof.md."""

import json
import math
import sys
from datetime import datetime, timezone
from html import escape
from pathlib import Path

from harness import chart, lathe, machine
from harness.load import percentile
from scale import plans, verdict
from scale.calls import Call
from scale.verdict import Times

sys.path.insert(0, str(lathe.ROOT / "tools"))
from lib import proof_page  # noqa: E402

RESULTS = lathe.ROOT / "bench" / "results" / "scale"
CHARTS = lathe.ROOT / "docs" / "charts"
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
WIDTH, HEIGHT, LEFT, TOP = 900, 420, 60, 40


def exponent(items: int) -> str:
    """10 000 as "10⁴", others as they are."""
    power = round(math.log10(items))
    return "10" + str(power).translate(str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")) if 10 ** power == items else str(items)


def table(times: Times, calls: list[Call]) -> str:
    sizes = times.sizes()
    text = "| Call | " + " | ".join(f"p50 {exponent(items)} | p99" for items in sizes) + " | grows |\n"
    text += "|---|" + "---|---|" * len(sizes) + "---|\n"
    for call in calls:
        cells = [f"{value:.2f}" for items in sizes for value in times.at(call.name, items)]
        why = ("yes: " + (call.grows or "**a finding**")) if len(sizes) > 1 and verdict.grows(times, call.name) else ""
        text += f"| {call.name}{' (mix)' if call.mix else ''} | {' | '.join(cells)} | {why} |\n"
    return text


def mix_line(times: Times, calls: list[Call]) -> str:
    each = [f"{percentile(times.mixed(calls, items), 0.99):.2f} ms at {exponent(items)}" for items in times.sizes()]
    ratio = f": {verdict.mix_ratio(times, calls):.2f} ×, asked ≤ {verdict.MIX_LIMIT:.0f}" if len(each) > 1 else ""
    return f"p99 of the mix of queries: {', '.join(each)}{ratio}"


def growth_chart(times: Times, calls: list[Call]) -> str:
    """Medians by size, both axes logarithmic, a line for each call; what grows too fast is red and named."""
    sizes = times.sizes()
    values = [times.at(call.name, items)[0] for call in calls for items in sizes]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    first, last = math.log10(sizes[0]), math.log10(sizes[-1])

    def x(items: int) -> float:
        return LEFT + (math.log10(items) - first) / (last - first or 1) * (WIDTH - LEFT - 330)

    def y(milliseconds: float) -> float:
        return TOP + (high - math.log10(milliseconds)) / (high - low) * (HEIGHT - TOP - 40)

    def text(at: float, down: float, words: str, colour: str = chart.INK, anchor: str = "start") -> str:
        return f'<text x="{at:.1f}" y="{down:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(words)}</text>\n'

    body = text(LEFT, 20, f"{NAMES[times.engine]}: median of each call, ms, by items; both scales logarithmic")
    for power in range(low, high + 1):
        body += (f'<line x1="{LEFT}" x2="{x(sizes[-1]):.1f}" y1="{y(10 ** power):.1f}" y2="{y(10 ** power):.1f}" stroke="{chart.LINE}"/>\n'
                 + text(LEFT - 6, y(10 ** power) + 4, f"{10 ** power:g}", anchor="end"))
    body += "".join(text(x(items), HEIGHT - 16, exponent(items), anchor="middle") for items in sizes)
    named = []
    for call in calls:
        points = " ".join(f"{x(items):.1f},{y(times.at(call.name, items)[0]):.1f}" for items in sizes)
        is_fast = verdict.grows(times, call.name)
        colour = chart.MISSED if is_fast and not call.grows else chart.PEER if is_fast else chart.OURS
        body += f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{2 if is_fast else 1}" opacity="0.8"/>\n'
        if is_fast:
            named.append((y(times.at(call.name, sizes[-1])[0]), call.name, colour))
    below = 0.0
    for down, name, colour in sorted(named):
        below = max(down + 4, below + 14)
        body += text(x(sizes[-1]) + 8, below, name, colour)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" font-family="sans-serif" font-size="12">\n'
            f"<title>Growth on {NAMES[times.engine]}</title>\n{body}</svg>\n")


def plan_section(engine: str, by_size: dict[int, dict]) -> str:
    if not by_size:
        return ""
    sizes = sorted(by_size)
    other = plans.changed(by_size)
    text = f"Plans of {len(by_size[sizes[0]])} {'calls' if engine == 'postgresql' else 'statements'} recorded at each size; "
    return text + (f"not the same at all sizes: {len(other)}.\n" + "".join(f"- {name}\n" for name in other) if other else "the same at all sizes.\n")


def told_once(by_size: dict[int, dict]) -> dict[int, dict]:
    """The plans of the smallest size, and of the others what is not the same there."""
    smallest = by_size.get(min(by_size, default=0), {})
    return {items: {name: plan for name, plan in plans_.items() if plans_ is smallest or smallest.get(name) != plan}
            for items, plans_ in by_size.items()}


def write(results: list[Times], recorded: dict[str, dict[int, dict]], calls: list[Call], found: list[str]) -> list[Path]:
    """The day's results, the charts and a row of the page; of the engines that were measured."""
    description = machine.describe()
    day = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    RESULTS.mkdir(parents=True, exist_ok=True)
    written = []
    for times in results:
        path = RESULTS / f"{day}-{machine.slug(description)}-{times.engine}.json"
        kept = {call: {items: dict(zip(("p50_ms", "p99_ms", "count"), (*times.at(call, items), len(times.by_call[call][items]))))
                       for items in times.sizes()} for call in times.by_call}
        path.write_text(json.dumps({"day": day, "machine": description, "engine": times.engine, "calls": kept,
                                    "plans": told_once(recorded.get(times.engine, {})), "findings": found}, indent=1, ensure_ascii=False) + "\n")
        text = "".join(f"- {name}: {value}\n" for name, value in description.items())
        text = (f"# Scale on {NAMES[times.engine]}, {day}\n\n{text}\nMilliseconds. Written by `make scale`; how it is measured: [bench](../../README.md).\n\n"
                f"{mix_line(times, calls)}.\n\n{table(times, calls)}\n{plan_section(times.engine, recorded.get(times.engine, {}))}")
        path.with_suffix(".md").write_text(text)
        picture = CHARTS / f"scale-{times.engine}.svg"
        picture.write_text(growth_chart(times, calls))
        written += [path, path.with_suffix(".md"), picture]
    proof_page.keep_figures("scale", [row(times, calls) for times in results])
    return written


def row(times: Times, calls: list[Call]) -> dict:
    fast = [call for call in calls if verdict.grows(times, call.name)]
    unexplained = [call.name for call in fast if not call.grows]
    figures = f"{mix_line(times, calls)}; {len(calls) - len(fast)} of {len(calls)} calls grow no faster than the logarithm"
    if unexplained:
        figures += f"; **findings**: {', '.join(unexplained)}"
    return {"kind": f"{NAMES[times.engine]}, {' · '.join(exponent(items) for items in times.sizes())} items", "figures": figures}
