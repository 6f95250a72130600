"""Charts as SVG made here: each with a title, a description, points that can be reached by keyboard, and a table twin.

No colour stands alone: series differ by the shape of their points and the dashes of their lines, and are named. Styles
are classes (`static/console.css`), so that a page's policy, dark mode and print hold for charts as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from markupsafe import Markup, escape

WIDTH, HEIGHT = 720, 260
LEFT, RIGHT, TOP, BOTTOM = 56, 28, 12, 40
_SHARE_STEPS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
_SHAPES = ("circle", "square", "triangle", "diamond")


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one set of bars. A value of None is a gap. `texts`: each value in words."""

    name: str
    values: Sequence[float | None]
    texts: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Everything that is shown, in the chart and in the table. `ticks`: (value, label) of the vertical axis."""

    id: str
    title: str
    description: str
    labels: Sequence[str]
    series: Sequence[Series]
    kind: str = "line"
    """`line`, or `bars` (stacked)."""
    x_title: str = ""
    ticks: Sequence[tuple[float, str]] = ()
    most: float | None = None
    mark: int | None = None
    """The label at which a vertical line stands."""
    diagonal: bool = False
    """A line from corner to corner: where what was expected is what came."""
    shown_labels: int = 8
    head: str = ""
    """What the labels are, for the table."""
    empty: str = "There is nothing to show for this time."
    note: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is no value at all."""
        return not any(value for one in self.series for value in one.values)

    @property
    def svg(self) -> Markup:
        """The picture."""
        return _Drawing(self).whole()

    @property
    def keys(self) -> list[tuple[str, str]]:
        """(name, the shape that stands for it), for the legend."""
        return [(one.name, _SHAPES[at % len(_SHAPES)]) for at, one in enumerate(self.series)]


def percent(share: float | None, digits: int = 1) -> str:
    """A share as people read it; what cannot be divided is a dash."""
    return "–" if share is None else f"{share * 100:.{digits}f} %"


def percent_ticks(most: float = 1.0) -> list[tuple[float, str]]:
    """Even round steps up to at least a share."""
    step = next((one for one in _SHARE_STEPS if one * 5 >= most), 0.25)
    steps = max(1, -int(-most // step))
    return [(step * n, percent(step * n, 0 if step >= 0.01 else 1)) for n in range(steps + 1)]


def count_ticks(most: float) -> list[tuple[float, str]]:
    """A few round steps up to at least `most`."""
    step = nice(max(most, 1) / 4)
    return [(step * n, f"{step * n:,.0f}") for n in range(5)]


def nice(value: float) -> float:
    """The next of 1, 2, 2.5, 5, 10, …, whole from one on."""
    size = 1
    while size * 10 < value:
        size *= 10
    return next(size * step for step in (1, 2, 5, 10) if size * step >= value)


@dataclass(slots=True)
class _Drawing:
    chart: Chart
    parts: list[Markup] = field(default_factory=list)
    has_entry: bool = False
    """Whether there is a point already at which the keyboard comes in."""

    def whole(self) -> Markup:
        chart = self.chart
        self._axes()
        if chart.kind == "bars":
            self._bars()
        else:
            self._lines()
        return Markup(
            '<svg class="chart" viewBox="0 0 {} {}" role="group" aria-labelledby="{id}-title {id}-text">'
            '<title id="{id}-title">{}</title><desc id="{id}-text">{}</desc>{}</svg>'
        ).format(
            WIDTH, HEIGHT, chart.title, chart.description, Markup().join(self.parts), id=chart.id
        )

    @property
    def _most(self) -> float:
        chart = self.chart
        if chart.most is not None:
            return chart.most or 1.0
        if chart.ticks:
            return chart.ticks[-1][0] or 1.0
        return (
            max((v for one in chart.series for v in one.values if v is not None), default=1.0)
            or 1.0
        )

    def _x(self, at: float) -> float:
        steps = max(len(self.chart.labels) - (0 if self.chart.kind == "bars" else 1), 1)
        shift = 0.5 if self.chart.kind == "bars" else 0.0
        return LEFT + (at + shift) / steps * (WIDTH - LEFT - RIGHT)

    def _y(self, value: float) -> float:
        share = min(max(value / self._most, 0.0), 1.0)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)

    def _axes(self) -> None:
        chart = self.chart
        for value, label in chart.ticks:
            y = self._y(value)
            self._add('<path class="grid" d="M{:.1f} {:.1f}H{:.1f}"/>', LEFT, y, WIDTH - RIGHT)
            self._add(
                '<text class="tick" x="{:.1f}" y="{:.1f}" text-anchor="end" aria-hidden="true">{}</text>',
                LEFT - 8,
                y + 4,
                label,
            )
        every = max(1, -(-len(chart.labels) // chart.shown_labels))
        for at, label in enumerate(chart.labels):
            if at % every == 0:
                self._add(
                    '<text class="tick" x="{:.1f}" y="{:.1f}" text-anchor="middle" aria-hidden="true">{}</text>',
                    self._x(at),
                    HEIGHT - BOTTOM + 18,
                    label,
                )
        if chart.x_title:
            self._add(
                '<text class="tick" x="{:.1f}" y="{:.1f}" text-anchor="middle" aria-hidden="true">{}</text>',
                (LEFT + WIDTH - RIGHT) / 2,
                HEIGHT - 4,
                chart.x_title,
            )
        if chart.diagonal:
            self._add(
                '<path class="diagonal" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/>',
                self._x(0),
                self._y(0),
                self._x(len(chart.labels) - 1),
                self._y(self._most),
            )
        if chart.mark is not None:
            self._add(
                '<path class="mark" d="M{:.1f} {:.1f}V{:.1f}"/>',
                self._x(chart.mark),
                TOP,
                HEIGHT - BOTTOM,
            )

    def _lines(self) -> None:
        for number, one in enumerate(self.chart.series):
            known = [(at, value) for at, value in enumerate(one.values) if value is not None]
            for (a, before), (b, value) in pairwise(known):
                if b == a + 1:
                    self._add(
                        '<path class="line series-{}" d="M{:.1f} {:.1f}L{:.1f} {:.1f}"/>',
                        number,
                        self._x(a),
                        self._y(before),
                        self._x(b),
                        self._y(value),
                    )
            for at, value in known:
                self._point(number, at, value, one)

    def _bars(self) -> None:
        chart = self.chart
        width = (WIDTH - LEFT - RIGHT) / max(len(chart.labels), 1) * 0.72
        base = [0.0] * len(chart.labels)
        for number, one in enumerate(chart.series):
            for at, value in enumerate(one.values):
                if not value:
                    continue
                top, bottom = self._y(base[at] + value), self._y(base[at])
                base[at] += value
                self._add(
                    '<rect class="bar series-{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" {}/>',
                    number, self._x(at) - width / 2, top, width, max(bottom - top, 0.5), self._said(at, one),
                )  # fmt: skip

    def _point(self, number: int, at: int, value: float, one: Series) -> None:
        """A shape of its own for every series; the first of a chart is where the keyboard comes in."""
        x, y = self._x(at), self._y(value)
        shape = _SHAPES[number % len(_SHAPES)]
        said = self._said(at, one)
        if shape == "circle":
            self._add(
                '<circle class="point series-{}" cx="{:.1f}" cy="{:.1f}" r="3.5" {}/>',
                number,
                x,
                y,
                said,
            )
            return
        corners = {
            "square": "M{x0:.1f} {y0:.1f}H{x1:.1f}V{y1:.1f}H{x0:.1f}Z",
            "triangle": "M{x:.1f} {y0:.1f}L{x1:.1f} {y1:.1f}H{x0:.1f}Z",
            "diamond": "M{x:.1f} {y0:.1f}L{x1:.1f} {y:.1f}L{x:.1f} {y1:.1f}L{x0:.1f} {y:.1f}Z",
        }[shape]
        path = corners.format(x=x, y=y, x0=x - 4, x1=x + 4, y0=y - 4, y1=y + 4)
        self._add('<path class="point series-{}" d="{}" {}/>', number, path, said)

    def _said(self, at: int, one: Series) -> Markup:
        """What a point says, to a screen reader, under the pointer, and where the keyboard is."""
        is_first, self.has_entry = not self.has_entry, True
        words = f"{self.chart.labels[at]}: {one.name} {one.texts[at]}"
        return Markup('role="img" aria-label="{}" data-says="{}" tabindex="{}"').format(
            words, words, 0 if is_first else -1
        )

    def _add(self, template: str, *values: object) -> None:
        """One element. Numbers are ours; words are escaped."""
        safe = [
            value if isinstance(value, int | float | Markup) else escape(value) for value in values
        ]
        self.parts.append(Markup(template.format(*safe)))  # noqa: S704 -- every value was escaped above
