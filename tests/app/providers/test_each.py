"""The night's questions to every provider: one that fails keeps none of the others from being asked."""

from typing import Any

import pytest

from app import payments, providers
from app.providers.base import ProviderNews, Unanswered
from models import clock
from tests.till import Till


@pytest.mark.parametrize("failure", [Unanswered("silence"), KeyError("nonsense")])
def test_the_others_are_asked_and_the_failure_is_logged(
    till: Till,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failure: Exception,
) -> None:
    first, *others = providers.configured()

    def fails(*_: Any) -> Any:
        raise failure

    for name, provider in providers.configured().items():
        news = (ProviderNews(f"evt_{name}", "refund.created", (), None),)
        tells = fails if name == first else (lambda *_, news=news: news)
        monkeypatch.setattr(type(provider), "told_since", tells)
    since = clock.now()
    heard = [name for name, _news in providers.each(lambda one: one.told_since, since)]
    assert heard == others
    assert f"provider={first} passed by" in caplog.text
    assert payments.fetch_missed() == len(others)
