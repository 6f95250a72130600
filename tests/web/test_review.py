import io
import re

import pytest

from app.reviews import act
from app.reviews.decide import decide
from app.web import review_words
from models import Merchant, clock, db
from models.ids import new_id
from tasks.subscribers import SUBSCRIBERS
from tests.app.reviews.held import case, held


@pytest.fixture
def ada(staffer):
    return staffer("analyst")


def answer(found, *texts):
    assert found.status_code == 200, found.text
    for text in texts:
        assert text in found.text, text
    return found.text


# The list.


def test_the_queue_says_what_is_held_and_why(till, ada):
    held(till, 120_000, score=88)
    held(till, 4_500, currency="USD")
    answer(
        ada.get("/review"),
        "€1,200.00",
        "$45.00",
        "7 cards from this IP in 1 h; usually at most 1",
        "BR – BR",
        "Elevated",
        "Take the next case",
    )


def test_an_empty_queue_says_so(till, ada):
    answer(ada.get("/review"), "Nothing to review")
    answer(ada.get("/review?level=highest"), "No held payment fits this filter.")


STRANGE = """
level=purple                level
min=10                      currency
currency=XXQ                currency
currency=JPY&min=1.5        min
pair=DE                     pair
age=soon                    age
order=colour                order
after=nonsense              after
after=WyJyYW5rIl0           after
q=%00                       q
merchant=mer_1              merchant
"""


def test_a_filter_that_cannot_be_read_is_named(till, ada):
    held(till)
    for query, field in map(str.split, STRANGE.strip().splitlines()):
        refused = ada.get(f"/review?{query}")
        assert refused.status_code == 422, query
        assert f'href="#f-{field}"' in refused.text, query
        assert "€19.99" not in refused.text, query


def test_a_view_is_saved_found_again_and_removed(till, ada, staffer):
    held(till)
    ada.post("/review/views", {"name": "Big  ones", "view": "level=elevated", "shared": "on"})
    answer(ada.get("/review"), "Big ones", "/review?level=elevated")
    bob = staffer("analyst")
    answer(bob.get("/review"), "Big ones")
    ada.post("/review/views", {"name": "Big ones", "view": ""})
    answer(ada.get("/review"), "You have a view of that name already")
    (remove,) = re.findall(r"/review/views/view_\w+/remove", ada.get("/review").text)
    assert bob.post(remove).status_code == 404
    ada.post(remove)
    ada.get("/review")  # which says so, once
    assert "Big ones" not in ada.get("/review").text


def test_new_cases_are_told_of(till, ada):
    before = clock.now().isoformat()
    held(till)
    told = ada.get("/review/news", query_string={"since": before, "view": "level=elevated"})
    assert told.get_json() == {"count": 1}
    told = ada.get("/review/news", query_string={"since": before, "view": "level=highest"})
    assert told.get_json() == {"count": 0}
    for since in ("", "soon", "2026-11-21T10:00:00"):
        assert ada.get("/review/news", query_string={"since": since}).status_code == 422


def test_a_case_that_is_passed_over_is_others_to_take(till, ada):
    low, high = held(till, worth=1), held(till, worth=9)
    ada.post("/review/next")
    went = ada.post("/review/next", {"after": high.id})
    assert went.headers["Location"].endswith(low.id)
    assert (case(high.id).lock_by, case(low.id).lock_by) == (None, ada.user.id)


# One case.


def test_a_case_shows_what_speaks_for_and_against_it(till, ada):
    keys = {"card_key": "card1", "ip_key": "ip1"}
    paid = held(till, keys=keys)
    fraud = held(till, 3_000, keys=keys)
    decide(fraud.id, "fraud", "confirmed_fraud", by=ada.user.id, scope=None, undo_s=0)
    act.act_due(5)
    text = answer(
        ada.get(f"/review/{paid.id}"),
        "7 cards from this IP in 1 h; usually at most 1",
        "How often and how fast",
        "+1.90",
        "−0.40",
        "review if :score: &gt; 70",
        "Shadow: has no say",
        "does not match",
        "Brazil (BR)",
        "differs from the card",
        "Same IP address: 1 other payment",
        "1 known fraud",
        "Fraud, confirmed or proven",
        "Held for review",
        "<title",
    )
    assert "Ada Marlowe" in text


def test_why_it_was_not_assessed_is_always_said(till, ada):
    review = held(till, score=None)
    answer(ada.get(f"/review/{review.id}"), "Not assessed", "There is no model in force")
    answer(ada.get("/review"), "Not assessed")


def test_to_look_changes_nothing(till, ada):
    review = held(till)
    ada.get(f"/review/{review.id}")
    ada.get("/review")
    assert case(review.id).lock_by is None


def test_take_next_opens_the_case_and_decide_goes_on(till, ada):
    low, high = held(till, worth=1), held(till, worth=9)
    went = ada.post("/review/next")
    assert went.headers["Location"].endswith(f"/review/{high.id}")
    assert case(high.id).lock_by == ada.user.id
    went = ada.post(
        f"/review/{high.id}/decide", {"choice": "approve:suspicious_ok", "reason": "ok"}
    )
    assert went.headers["Location"].endswith(f"/review/{low.id}?done={high.id}")
    page = answer(ada.get(went.headers["Location"]), "Decided. You can take it back")
    assert f"/review/{high.id}/undo" in page
    assert case(high.id).verdict == "approve"
    ada.post(f"/review/{high.id}/undo")
    assert case(high.id).verdict is None


def test_the_last_case_leads_back_to_the_list_with_its_filter(till, ada):
    review = held(till)
    view = {"view": "level=elevated", "choice": "decline:unsure"}
    went = ada.post(f"/review/{review.id}/decide", view)
    assert went.headers["Location"].startswith("/review?level=elevated&done=")
    answer(ada.get(went.headers["Location"]), "Decided. You can take it back", "Undo")


def test_why_a_case_cannot_be_decided_is_said(till, ada, staffer):
    review, bob = held(till), staffer("analyst")
    bob.post(f"/review/{review.id}/take")
    page = answer(ada.get(f"/review/{review.id}"), "has this case open")
    assert "approve:false_positive" not in page
    refused = ada.post(f"/review/{review.id}/decide", {"choice": "approve:unsure"})
    assert refused.status_code == 409
    assert "Somebody else has this case open" in refused.text


def test_a_choice_that_is_none_is_refused(till, ada):
    review = held(till)
    for choice in ("", "approve", "approve:confirmed_fraud", "burn:unsure", "a:b:c"):
        form = {"choice": choice, "reason": "typed"}
        refused = ada.post(f"/review/{review.id}/decide", form)
        assert refused.status_code == 422, choice
        assert ">typed</textarea>" in refused.text
    assert case(review.id).verdict is None


ACTS = (
    ("snooze", {"hours": "4"}, 303),
    ("snooze", {"hours": "-1"}, 422),
    ("snooze", {"hours": "999"}, 422),
    ("assign", {"to": "usr_nobody"}, 422),
    ("escalate", {"why": "please look"}, 303),
    ("comment", {"text": "@bob have a look"}, 303),
    ("comment", {"text": " "}, 422),
    ("comment", {"text": "card 4242424242424242"}, 422),
    ("file", {}, 422),
    ("list", {"list": "blocked", "type": "ip", "days": "30"}, 303),
    ("list", {"list": "blocked", "type": "shoe", "days": "30"}, 422),
    ("list", {"list": "elsewhere", "type": "ip", "days": "30"}, 422),
    ("list", {"list": "blocked", "type": "ip", "days": "9999"}, 422),
    ("undo", {}, 409),
)


def test_each_act_is_done_or_says_what_is_wrong(till, ada):
    review = held(till)
    for name, form, status in ACTS:
        answered = ada.post(f"/review/{review.id}/{name}", form)
        assert answered.status_code == status, (name, form, answered.text)
        if status >= 400:
            assert 'role="alert"' in answered.text
            assert "History of the case" in answered.text


def test_ids_of_nothing_are_not_found(till, ada):
    for path in (f"/review/{new_id('rev')}", "/review/rev_1", "/review/x%00y"):
        assert ada.get(path).status_code == 404
    assert (
        ada.post(f"/review/{new_id('rev')}/decide", {"choice": "approve:unsure"}).status_code == 404
    )


def test_an_analyst_of_another_merchant_sees_nothing(till, staffer):
    review = held(till)
    other = Merchant(id=new_id("mer"), name="Other")
    with db.transaction():
        db.insert(other)
    eve = staffer("analyst", merchant_id=other.id)
    assert "€19.99" not in eve.get("/review").text
    assert eve.get(f"/review/{review.id}").status_code == 404
    assert eve.post(f"/review/{review.id}/decide", {"choice": "approve:unsure"}).status_code == 404
    assert eve.get(f"/review/{review.id}/cluster/ip").status_code == 404
    assert eve.post("/review/next").headers["Location"] == "/review"


def test_a_merchant_may_not_review(till, staffer):
    review, shop = held(till), staffer("merchant")
    for path in ("/review", f"/review/{review.id}"):
        assert shop.get(path).status_code == 403
    for name in ("take", "decide", "comment", "list"):
        assert shop.post(f"/review/{review.id}/{name}").status_code == 403


# Files.


def test_a_file_comes_back_as_something_to_keep(till, ada):
    review = held(till)
    sent = {"csrf_token": ada.token, "file": (io.BytesIO(b"%PDF-1.7 x"), "../evil<b>.html")}
    ada.client.post(f"/review/{review.id}/file", data=sent, headers={"Accept": "text/html"})
    page = ada.get(f"/review/{review.id}").text
    (path,) = re.findall(rf'href="(/review/{review.id}/files/[^"]+)"', page)
    got = ada.get(path)
    assert got.data == b"%PDF-1.7 x"
    assert got.headers["Content-Type"] == "application/pdf"
    assert got.headers["Content-Disposition"] == "attachment; filename=evil_b.pdf"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert ada.get(path.replace(review.id, held(till).id)).status_code == 404


# A whole attack.


def test_an_attack_is_previewed_and_decided_at_once(till, ada, staffer):
    keys = {"ip_key": "ip9"}
    cases = [
        held(till, amount, keys=keys, currency=code)
        for amount, code in ((1000, "EUR"), (500, "EUR"), (700, "USD"))
    ]
    apart = held(till, keys={"ip_key": "other"})
    where = f"/review/{cases[0].id}/cluster/ip"
    answer(ada.get(where), "Same IP address: 3 cases", "€15.00", "$7.00")
    no_reason = ada.post(
        where, {"case": [one.id for one in cases], "choice": "fraud:confirmed_fraud"}
    )
    assert no_reason.status_code == 422
    bob = staffer("analyst")
    bob.post(f"/review/{cases[1].id}/take")
    form = {
        "case": [*(one.id for one in cases), apart.id],
        "choice": "fraud:confirmed_fraud",
        "reason": "One ring.",
    }
    answer(
        ada.post(where, form),
        "2 of 4 decided",
        "Somebody else has this case open",
        "not part of this any more",
    )
    assert [case(one.id).verdict for one in (*cases, apart)] == ["fraud", None, "fraud", None]
    answer(ada.post(f"{where}/undo", {"case": [cases[0].id, cases[2].id]}), "2 of 2 taken back")
    assert case(cases[0].id).verdict is None


def test_asking_for_3ds_again_gives_a_page_to_send(till, ada):
    review = held(till)
    ada.post(f"/review/{review.id}/challenge")
    assert till.payment(review.payment_id).status == "canceled"
    assert case(review.id).closed_as == "challenged"
    answer(
        ada.get(f"/review/{review.id}"),
        "The page to send to the shopper",
        f"{till.config.base_url}/c/cs_",
    )


def test_a_rule_begins_with_the_case(till, ada):
    review = held(till)
    went = ada.get(f"/review/{review.id}/rule")
    assert went.headers["Location"].startswith("/risk/rules/new?text=review+if+")


def test_every_event_has_words():
    assert set(SUBSCRIBERS) == set(review_words.EVENTS)
