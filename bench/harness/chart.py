# SPDX-License-Identifier: AGPL-3.0-or-later
"""Charts of the figures as SVG, in colours that hold on light and dark paper."""

from html import escape

from harness.figures import Bar, Figure, Subject, number

WIDTH, LABELS, ROW, TOP = 900, 430, 26, 44
OURS, PEER, MISSED, INK, LINE = "#2a7f6f", "#8a8f98", "#c0392b", "#777d86", "#b5b9c0"
MOST = 4.0  # what lies further beyond its bar ends at the border


def margin(bar: Bar) -> float:
    """How many times its bar a figure is: 1 just holds."""
    if bar.at_least:
        return bar.value / bar.limit
    return bar.limit / bar.value if bar.value else MOST


def _text(x: float, y: float, words: str, anchor: str = "start") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}">{escape(words)}</text>\n'


def _svg(title: str, height: int, body: str) -> str:
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" font-family="sans-serif" font-size="12">\n'
            f"<title>{escape(title)}</title>\n{body}</svg>\n")


def _row(index: int, label: str, width: float, colour: str, value: str) -> str:
    y = TOP + index * ROW
    return (_text(LABELS - 8, y + 13, label, "end")
            + f'<rect x="{LABELS}" y="{y}" width="{max(width, 1):.1f}" height="{ROW - 8}" rx="2" fill="{colour}"/>\n'
            + _text(min(LABELS + width + 6, WIDTH - 60), y + 13, value))


def bars_chart(figures: list[Figure]) -> str:
    """Every bar of every figure, measured in what it asks for."""
    rows = [(figure.title, bar) for figure in figures for bar in figure.bars]
    scale = (WIDTH - LABELS - 70) / MOST
    edge = LABELS + scale
    body = _text(LABELS, 20, "times what is asked (the line is 1; longer is better)")
    for index, (title, bar) in enumerate(rows):
        times = margin(bar)
        label = f"{title}: {bar.text}"
        body += _row(index, label if len(label) <= 68 else label[:67] + "…", min(times, MOST) * scale, OURS if bar.holds else MISSED,
                     bar.measured())
    height = TOP + len(rows) * ROW + 10
    body += f'<line x1="{edge:.1f}" x2="{edge:.1f}" y1="{TOP - 12}" y2="{height - 8}" stroke="{LINE}" stroke-dasharray="4 3"/>\n'
    return _svg("Figures beside their bars", height, body)


def rates_chart(figures: list[Figure]) -> str:
    """Requests per second at the peak, Lathe and what stands beside it; each work has its own scale."""
    rows, body = 0, _text(LABELS, 20, "requests/s at peak, medians; each work by its own scale")
    for figure in figures:
        subjects = [subject for subject in figure.subjects if subject.peak]
        if len(subjects) < 2:
            continue
        body += _rates(figure, subjects, rows)
        rows += len(subjects) + 1
    return _svg("Requests per second beside the peers", TOP + rows * ROW, body)


def _rates(figure: Figure, subjects: list[Subject], first: int) -> str:
    most = max(subject.median("rate") for subject in subjects)
    body = _text(LABELS, TOP + first * ROW + 13, figure.title)
    for index, subject in enumerate(subjects, first + 1):
        rate = subject.median("rate")
        colour = OURS if subject.name.startswith("Lathe") else PEER
        body += _row(index, subject.name, rate / most * (WIDTH - LABELS - 90), colour, f"{number(rate)} /s")
    return body
