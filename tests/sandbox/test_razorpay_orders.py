import pytest
from razorpay.errors import BadRequestError

from sandbox import LiveKeyError, SandboxConfig
from tests.sandbox.razorpay_client import KEY_ID, KEY_SECRET, RazorpayWorld

ORDER_FIELDS = {
    "id", "entity", "amount", "amount_paid", "amount_due", "currency", "receipt", "offer_id",
    "status", "attempts", "notes", "created_at",
}  # fmt: skip


def test_an_order_has_the_documented_fields_and_nothing_of_the_sandbox(rzp: RazorpayWorld) -> None:
    order = rzp.order(29500, receipt="att_1", notes={"payment": "pay_1"})
    assert order.keys() == ORDER_FIELDS
    assert order["id"].startswith("order_")
    assert len(order["id"]) == 20
    assert (order["status"], order["amount_due"], order["attempts"]) == ("created", 29500, 0)
    assert rzp.client.order.fetch(order["id"]) == order
    assert rzp.order()["notes"] == []


def test_every_post_makes_an_order_and_a_receipt_finds_all_of_them(rzp: RazorpayWorld) -> None:
    made = [rzp.order(receipt="att_1")["id"] for _ in range(2)]
    rzp.order(receipt="att_2")
    assert made[0] != made[1]
    found = rzp.client.order.all({"receipt": "att_1"})
    assert (found["entity"], found["count"]) == ("collection", 2)
    assert {order["id"] for order in found["items"]} == set(made)
    assert rzp.client.order.all({"count": 1, "skip": 1})["items"][0]["id"] == made[1]
    assert rzp.client.order.all({"to": 10})["count"] == 0


def test_only_the_notes_of_an_order_change(rzp: RazorpayWorld) -> None:
    order = rzp.order()
    assert rzp.client.order.edit(order["id"], {"notes": {"a": "b"}})["notes"] == {"a": "b"}
    with pytest.raises(BadRequestError, match="amount is/are not required"):
        rzp.client.order.edit(order["id"], {"amount": 100})


AUTOMATIC = {"capture": "automatic", "capture_options": {"refund_speed": "normal"}}
WRONG = (
    ({"currency": "INR"}, "amount", "The amount field is required."),
    ({"amount": 99, "currency": "INR"}, "amount", "The amount must be at least INR 1.00"),
    ({"amount": 100.5, "currency": "INR"}, "amount", "The amount must be an integer."),
    ({"amount": True, "currency": "INR"}, "amount", "The amount must be an integer."),
    ({"amount": 100}, "currency", "The currency field is required."),
    ({"amount": 100, "currency": "XYZ"}, "currency", "Currency is not supported"),
    ({"amount": 100, "currency": "INR", "receipt": "x" * 41}, "receipt",
     "The receipt may not be greater than 40 characters."),
    ({"amount": 100, "currency": "INR", "receipt": 5}, "receipt", "The receipt must be a string."),
    ({"amount": 100, "currency": "INR", "notes": {str(n): "" for n in range(16)}}, "notes",
     "Number of fields in notes should be less than or equal to 15"),
    ({"amount": 100, "currency": "INR", "notes": {"a": "x" * 257}}, "notes",
     "A note may not be longer than 256 characters."),
    ({"amount": 100, "currency": "INR", "payment_capture": 2}, "payment_capture",
     "The payment_capture field must be true or false."),
    ({"amount": 100, "currency": "INR", "payment": AUTOMATIC},
     "payment.capture_options.automatic_expiry_period",
     "The automatic_expiry_period must be between 12 and 7200."),
    ({"amount": 100, "currency": "INR", "payment": {"capture": "later"}}, "capture",
     "The selected capture is invalid."),
)  # fmt: skip


@pytest.mark.parametrize(("body", "field", "words"), WRONG, ids=[str(n) for n in range(len(WRONG))])
def test_a_wrong_order_is_refused_in_words_and_makes_nothing(rzp, body, field, words):
    error = rzp.refusal("POST", "/v1/orders", body)
    assert error == {
        "code": "BAD_REQUEST_ERROR",
        "description": words,
        "source": "business",
        "step": "payment_initiation",
        "reason": "input_validation_failed",
        "metadata": {},
        "field": field,
    }
    assert rzp.client.order.all()["count"] == 0


def test_what_is_not_there_or_not_json_is_refused_too(rzp: RazorpayWorld) -> None:
    assert (
        rzp.refusal("GET", "/v1/orders/order_none")["description"]
        == "The id provided does not exist"
    )
    unknown = rzp.refusal("GET", "/v1/customers")["description"]
    assert unknown == "The requested URL was not found on the server."
    assert rzp.raw("POST", "/v1/orders", data=b"{").status_code == 400
    assert rzp.raw("POST", "/v1/orders", json=[1]).status_code == 400
    assert rzp.refusal("GET", "/v1/orders?count=0x1")["field"] == "count"
    assert rzp.refusal("GET", "/v1/orders?colour=red")["reason"] == "extra_field_sent"


@pytest.mark.parametrize(
    "keys",
    [(KEY_ID, "wrong"), ("rzp_test_other", KEY_SECRET), ("rzp_live_undertest", KEY_SECRET), None],
    ids=["secret", "id", "live", "none"],
)
def test_other_keys_are_refused(rzp, keys):
    answer = rzp.raw("GET", "/v1/orders", auth=keys)
    assert answer.status_code == 401
    assert answer.json()["error"]["description"] == "Authentication failed"


def test_the_sandbox_does_not_start_beside_a_live_key() -> None:
    with pytest.raises(LiveKeyError, match="RAZORPAY_KEY_ID"):
        SandboxConfig.from_env({"RAZORPAY_KEY_ID": "rzp_live_1"})
