"""Every text in every language: exact where money is promised, silent where a thief would listen, whole with its values."""

import pytest
from markupsafe import Markup

from app import declines, languages
from app.languages import catalogs
from app.providers import paypal_words, razorpay_words, stripe_words

OTHERS = [code for code in languages.LANGUAGES if code != languages.SOURCE]
SECRET = ["lost_card", "stolen_card", "pickup_card", "fraudulent", "blocked"]


def told(language: str, code: str, tries: int = 1) -> str:
    decline = {"code": code, "message": "English, for programs", "retryable": True}
    with languages.speaking(language):
        shown = declines.for_shopper(decline, tries=tries)
    assert shown is not None
    return str(shown["message"])


@pytest.mark.parametrize("language", languages.LANGUAGES)
def test_what_must_not_tell_a_thief_anything_reads_like_any_decline(language: str) -> None:
    generic = told(language, "generic_decline")
    assert {told(language, code) for code in SECRET} == {generic}
    assert {told(language, code, tries=9) for code in declines.TELLING} == {generic}
    assert told(language, "a_code_of_next_year") == generic


@pytest.mark.parametrize("language", OTHERS)
def test_every_decline_has_a_text_of_its_own_language_with_the_promise(language: str) -> None:
    promise = languages.text(language, declines.NO_MONEY, reason="")
    for code in declines.TEXTS:
        message = told(language, code)
        assert message.endswith(promise.replace("\u2068\u2069", "")), code
        assert message != told(languages.SOURCE, code)


def test_every_code_of_every_provider_is_a_decline_with_a_text() -> None:
    for words in (stripe_words, paypal_words, razorpay_words):
        assert set(words.DECLINES.values()) <= set(declines.TEXTS), words.__name__


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_missing(language: str) -> None:
    texts = catalogs.catalog(language).texts
    assert set(texts) == set(catalogs.places())
    assert all(all(forms) for forms in texts.values())


def test_values_are_put_in_and_isolated_where_they_would_tear_a_sentence_apart() -> None:
    said = languages.text("ar", "Back to {merchant}", merchant="Alma & Co")
    assert "\u2068Alma & Co\u2069" in said
    assert "Alma & Co" in languages.text("de", "Back to {merchant}", merchant="Alma & Co")


def test_markup_stays_markup_and_what_is_none_is_escaped() -> None:
    said = languages.text("en", "Between {least} and {most}.", least="<1>", most=Markup("<b>2</b>"))
    assert said == "Between &lt;1&gt; and <b>2</b>."
    assert isinstance(said, Markup)


def test_a_value_is_never_read_as_a_placeholder() -> None:
    assert languages.text("en", "Back to {merchant}", merchant="{0.__class__}") == (
        "Back to {0.__class__}"
    )


@pytest.mark.parametrize(
    ("language", "count", "form"),
    [("en", 1, "1 day"), ("en", 2, "2 days"), ("pl", 5, "5 c"), ("pl", 22, "22 b"), ("pl", 1, "1 a"),
     ("ja", 3, "3 x"), ("ar", 0, "0 zero"), ("ar", 2, "2 two"), ("ar", 11, "11 many")],
)  # fmt: skip
def test_what_is_counted_has_the_languages_own_form(
    language: str, count: int, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    forms = {
        "pl": ("{count} a", "{count} b", "{count} c"),
        "ja": ("{count} x",),
        "ar": tuple(f"{{count}} {name}" for name in ("zero", "one", "two", "few", "other", "many")),
    }
    if language in forms:
        real = catalogs.catalog(language)
        made = catalogs.Catalog({"{count} day": forms[language]}, real.form)
        monkeypatch.setattr(catalogs, "catalog", lambda _language: made)
    said = languages.plural(language, "{count} day", "{count} days", count)
    assert said.replace("\u2068", "").replace("\u2069", "") == form


def test_who_speaks_inside_a_block_does_not_outlast_it() -> None:
    with languages.speaking("de"):
        languages.speak("fr")
        assert languages.language() == "fr"
    assert languages.language() == "en"
