"""A calibration plot as SVG, without a library: told probability against what came of it, on scales of log-odds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import Any

WIDTH, HEIGHT, MARGIN = 420, 320, 56
_LEAST, _MOST = 1e-4, 0.9
_TICKS = (0.0001, 0.001, 0.01, 0.1, 0.5, 0.9)


def _share(probability: float) -> float:
    """Where a probability stands on the scale, 0 to 1."""

    def odds(p: float) -> float:
        return math.log(p / (1 - p))

    kept = min(_MOST, max(_LEAST, probability))
    return (odds(kept) - odds(_LEAST)) / (odds(_MOST) - odds(_LEAST))


def _x(probability: float) -> str:
    return f"{MARGIN + _share(probability) * (WIDTH - MARGIN - 16):.1f}"


def _y(probability: float) -> str:
    return f"{HEIGHT - MARGIN + 12 - _share(probability) * (HEIGHT - MARGIN - 4):.1f}"


def in_percent(probability: float) -> str:
    """As people read it, with two digits that count."""
    return f"{probability * 100:.2g} %"


def calibration_svg(bins: Sequence[dict[str, Any]], title: str) -> str:
    """One dot per bin; on the line, probabilities are frequencies. Colours follow the text around it."""
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" '
        f'height="{HEIGHT}" role="img" font-family="sans-serif" font-size="11" fill="currentColor">',
        f"<title>{escape(title)}</title>",
    ]
    for tick in _TICKS:
        x, y, text = _x(tick), _y(tick), in_percent(tick)
        lines += [
            f'<path d="M{x} {_y(_LEAST)}V{_y(_MOST)}M{_x(_LEAST)} {y}H{_x(_MOST)}" '
            'stroke="currentColor" stroke-opacity=".15"/>',
            f'<text x="{x}" y="{HEIGHT - MARGIN + 28}" text-anchor="middle">{text}</text>',
            f'<text x="{MARGIN - 8}" y="{y}" dy="4" text-anchor="end">{text}</text>',
        ]
    lines += [
        f'<path d="M{_x(_LEAST)} {_y(_LEAST)}L{_x(_MOST)} {_y(_MOST)}" stroke="currentColor" '
        'stroke-dasharray="4 4" stroke-opacity=".5"/>',
        f'<text x="{WIDTH / 2:.0f}" y="{HEIGHT - 8}" text-anchor="middle">told probability</text>',
        f'<text x="12" y="{HEIGHT / 2:.0f}" text-anchor="middle" '
        f'transform="rotate(-90 12 {HEIGHT / 2:.0f})">share of fraud</text>',
    ]
    for one in bins:
        told, seen = one["mean_probability"], one["fraud_rate"]
        tip = f"{in_percent(told)} told, {in_percent(seen)} seen, {one['rows']} attempts"
        lines.append(
            f'<circle cx="{_x(told)}" cy="{_y(seen)}" r="4" fill="#2563eb"><title>{tip}</title></circle>'
        )
    return "\n".join([*lines, "</svg>"])
