"""A page under review hears what was decided, without asking again and again."""

from app.reviews import act, decide
from models import db
from tests.app.reviews.held import hold
from tests.till import Till
from tests.web.conftest import Shopper


def test_the_page_hears_of_the_decision_while_it_listens(till: Till, shopper: Shopper) -> None:
    session = till.session(capture="manual")
    held = hold(till.confirm(session).id)
    page = shopper.open(session).text
    assert f'"news": "/c/{session.id}/news"' in page
    answer = shopper.client.get(f"/c/{session.id}/news", buffered=False)
    assert answer.mimetype == "text/event-stream"
    assert answer.headers["Cache-Control"] == "no-store"
    told = answer.iter_encoded()
    assert next(told) == b"data: in_review\n\n"
    decide.decide(held.id, "approve", "false_positive", by="usr_1", scope=None, undo_s=0)
    till.later(seconds=1)
    act.act_due(20)
    db.remove()
    assert next(told) == b"data: paid\n\n"


def test_an_unknown_session_has_no_news(shopper: Shopper) -> None:
    assert shopper.client.get(f"/c/cs_{'0' * 26}/news").status_code == 404
