"""Whatever colour a merchant picks, the shopper can read the page."""

from hypothesis import given
from hypothesis import strategies as st

from app.web.color import DARK_SURFACE, LIGHT_SURFACE, TEXT_CONTRAST, contrast, readable

colors = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(colors)
def test_every_brand_colour_becomes_readable_on_both_surfaces(brand: str) -> None:
    for surface in (LIGHT_SURFACE, DARK_SURFACE):
        assert contrast(readable(brand, against=surface), surface) >= TEXT_CONTRAST


@given(colors)
def test_correcting_twice_changes_nothing_more(brand: str) -> None:
    once = readable(brand, against=LIGHT_SURFACE)
    assert readable(once, against=LIGHT_SURFACE) == once


def test_a_colour_that_is_readable_already_is_kept() -> None:
    assert readable("#7A1F5C", against=LIGHT_SURFACE) == "#7a1f5c"


def test_text_that_is_no_colour_never_reaches_the_page() -> None:
    for text in ("", "red", "#12", "#12345g", "};body{display:none", "#12345\n"):
        assert readable(text, against=LIGHT_SURFACE).startswith("#")
        assert len(readable(text, against=LIGHT_SURFACE)) == 7


def test_known_ratios() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21.0
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48
