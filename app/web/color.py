"""A merchant's brand colour, corrected until everybody can read text in it or on it."""

import colorsys

# The surfaces the brand colour meets (see the custom properties in static/checkout.css).
LIGHT_SURFACE = "#f5f7fa"
DARK_SURFACE = "#1c2128"
TEXT_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
DEFAULT_BRAND = "#2b50ed"
STEPS = 100


def readable(brand: str, *, against: str, at_least: float = TEXT_CONTRAST) -> str:
    """Return `brand`, made darker or lighter only as far as `at_least` needs on `against`.

    Contrast is symmetrical, so the answer serves both as text on the surface and as a
    button whose text has the surface's colour. Anything that is no colour becomes ours.
    """
    color = brand if is_color(brand) else DEFAULT_BRAND
    if contrast(color, against) >= at_least:
        return color.lower()
    hue, light, saturation = colorsys.rgb_to_hls(*_channels(color))
    goal = 0.0 if luminance(against) > 0.18 else 1.0
    for step in range(1, STEPS + 1):
        nearer = light + (goal - light) * step / STEPS
        candidate = _hex(colorsys.hls_to_rgb(hue, nearer, saturation))
        if contrast(candidate, against) >= at_least:
            return candidate
    return "#000000" if goal == 0.0 else "#ffffff"


def is_color(text: str) -> bool:
    """Say whether `text` is `#rrggbb`; only that form ever reaches a style sheet."""
    return (
        len(text) == 7 and text[0] == "#" and all(c in "0123456789abcdefABCDEF" for c in text[1:])
    )


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two colours, 1 to 21."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(color: str) -> float:
    """The relative luminance of `#rrggbb` by WCAG's formula, 0 to 1."""
    red, green, blue = (_linear(channel) for channel in _channels(color))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _channels(color: str) -> tuple[float, float, float]:
    red, green, blue = (int(color[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return red, green, blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _hex(channels: tuple[float, float, float]) -> str:
    return "#" + "".join(f"{round(channel * 255):02x}" for channel in channels)
