"""What `make check` says against a catalog."""

import pytest
from babel.messages import Message

from tools import languages


@pytest.mark.parametrize(
    ("english", "said", "flags", "fault"),
    [
        ("Pay {merchant}", "", (), "is not translated"),
        ("Pay {merchant}", "Zahlung an {haendler}", (), "in braces"),
        ("Pay {merchant}", "Zahlung", (), "in braces"),
        ("Pay {merchant}", "{merchant} {", (), "a brace"),
        ("Total", "Summe", ("fuzzy",), "fuzzy"),
        ("Total", "Summe ", (), "no space at the ends"),
        ("Total", "<b>Summe</b>", (), "no markup"),
        ("No money was taken.", "No money was taken.", (), "reads as in English"),
        (("{count} day", "{count} days"), ("{count} Tag",), (), "2 plural forms"),
        (("{count} day", "{count} days"), ("{count} Tag", ""), (), "is not translated"),
    ],
)
def test_what_is_wrong(english: object, said: object, flags: tuple[str, ...], fault: str) -> None:
    found = list(languages.faults(Message(english, said, flags=flags), 2))
    assert len(found) == 1
    assert fault in found[0]


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("Pay {merchant}", "Zahlung an {merchant}"),
        ("Total", "Total"),
        (("{count} day", "{count} days"), ("ein Tag", "{count} Tage")),
    ],
)
def test_what_is_right(english: object, said: object) -> None:
    assert not list(languages.faults(Message(english, said), 2))


def test_the_catalogs_are_in_step_with_the_code() -> None:
    assert languages.main(["--check"]) == 0
