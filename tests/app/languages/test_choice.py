"""Whom we speak to in which language."""

import pytest

from app import languages


@pytest.mark.parametrize(
    ("asked", "accepts", "merchant", "language"),
    [
        ((), "", None, "en"),
        ((), "de-AT,de;q=0.9,en;q=0.8", None, "de"),
        ((), "en;q=0.5, ja", None, "ja"),
        ((), "da, nb;q=0.9, fr;q=0.1", "de", "fr"),
        ((), "da", "pt-BR", "pt"),
        ((), "*", "he", "he"),
        ((), "iw-IL", None, "he"),
        ((), "zh-Hant-TW", None, "zh"),
        ((), "fr;q=0, es;q=0.2", None, "es"),
        (("fr", None), "de", "ja", "fr"),
        ((None, "ar"), "de", "ja", "ar"),
        (("xx", ""), "de", "ja", "de"),
        (("DE_de",), "", None, "de"),
        (("en-XA",), "de", None, "en-XA"),
        ((), "en-XA", "de", "en"),
        ((), ";;,,q=,=;q=x,de;q=1e3,\u0661,-,--,--de,a" * 50, None, "en"),
    ],
)
def test_the_first_that_we_speak(
    asked: tuple[str | None, ...], accepts: str, merchant: str | None, language: str
) -> None:
    assert languages.choose(*asked, accepts=accepts, merchant=merchant) == language
