from datetime import UTC

import pytest

from risk.importing import run
from risk.past import APPROVED, FRAUD, GOOD, HARD_DECLINE, REFUND, SOFT_DECLINE, TRY
from tests.risk.importing.world import SAMPLES, WORLD, read, told


def kinds(found):
    return [seen.kind for seen in found.sightings]


def test_stripes_payments_and_disputes():
    found, summary = read("stripe-disputes.csv", "stripe-payments.csv")
    assert list(found) == [
        f"ch_imported_{n:02}" for n in (1, 2, 3, 4, 5, 6, 8)
    ]  # oldest first; 07 never ended
    machine = found["ch_imported_05"]
    assert (machine.facts.amount_minor, machine.facts.currency) == (125000, "EUR")
    assert (machine.facts.card, machine.facts.card_brand, machine.facts.wallet) == (
        "fp_thief",
        "mastercard",
        "apple_pay",
    )
    assert machine.facts.metadata == {"order": "1005"}
    assert machine.facts.tries == 1
    assert machine.payment_id == found["ch_imported_04"].payment_id
    assert [(label.is_fraud, label.reference, label.source) for label in machine.labels] == [
        (True, "du_01", "import")
    ]
    assert (
        machine.labels[0].known_ms == 1773990000000
    )  # 2026-03-20 07:00 UTC: told by both files, counted once
    assert kinds(machine) == [TRY, APPROVED, FRAUD]
    assert found["ch_imported_08"].labels == ()  # goods that did not arrive say nothing of who paid
    assert (found["ch_imported_06"].facts.amount_minor, found["ch_imported_06"].facts.currency) == (
        1200,
        "JPY",
    )
    assert [found[f"ch_imported_0{n}"].outcome for n in (3, 4)] == [HARD_DECLINE, SOFT_DECLINE]
    assert (summary.attempts, summary.frauds, summary.unmatched, summary.skipped) == (7, 1, 1, 2)
    assert told(summary) == [
        ("stripe-payments.csv", 7, "Description")
    ]  # a card number, and nobody repeats it
    assert "4242" not in "".join(summary.told())


def test_the_checks_of_the_issuer_belong_to_the_second_look():
    found, _ = read("stripe-payments.csv")
    facts, after = found["ch_imported_03"].facts, found["ch_imported_03"].answered
    assert (facts.cvc, facts.avs_postal) == (None, None)
    assert (after.cvc, after.avs_postal, after.past) == ("fail", "fail", facts.past)


def test_the_past_is_what_was_known_then():
    found, _ = read("stripe-payments.csv", "stripe-disputes.csv")
    past = {ref: one.facts.past for ref, one in found.items()}
    assert past["ch_imported_01"]["card_tries_30d"] == 0
    assert past["ch_imported_02"]["card_amount_ratio"] == 2.0
    assert (
        past["ch_imported_05"]["email_declines_24h"],
        past["ch_imported_05"]["email_hard_24h"],
    ) == (2, 1)
    assert past["ch_imported_05"]["email_cards_24h"] == 2
    assert (
        past["ch_imported_08"]["card_tries_30d"],
        past["ch_imported_08"]["card_refunds_30d"],
    ) == (2, 1)
    assert past["ch_imported_08"]["merchant_fraud_30d"] == 0  # the dispute came on the 20th


def test_paypals_reports():
    found, summary = read("paypal-activity.csv", "paypal-settlement.csv", "paypal-cases.csv")
    assert list(found) == ["5PP00000000000001", "7ST00000000000001", "5PP00000000000005"]
    dana = found["5PP00000000000001"]
    assert (dana.facts.amount_minor, dana.facts.email, dana.facts.shipping_country) == (
        123450,
        "dana@mail.example",
        "DE",
    )
    assert dana.facts.at_ms == 1774719000000  # 18:30 in Central Europe, before summer time
    assert kinds(dana) == [TRY, APPROVED, FRAUD, REFUND]  # a chargeback with Visa's code for fraud
    fay = found["7ST00000000000001"]
    assert (fay.facts.amount_minor, fay.facts.card, fay.facts.method) == (
        2599,
        "PAYERFAY00001",
        "paypal",
    )
    assert fay.labels[0].reference == "PP-D-101"
    assert (
        found["5PP00000000000005"].facts.amount_minor == 450000
    )  # PayPal writes forints without decimals
    assert found["5PP00000000000005"].labels == ()
    assert told(summary) == [
        ("paypal-settlement.csv", 8, "Gross Transaction Amount")
    ]  # yen: 100 or 10,000?


def test_our_own_csv():
    found, summary = read("own.csv")
    first, second = found["order-1/1"], found["order-1/2"]
    assert (first.outcome, second.outcome, second.facts.tries) == (SOFT_DECLINE, APPROVED, 1)
    assert (second.facts.ip, second.facts.device, second.facts.account_age_days) == (
        "203.0.113.9",
        "dev-1",
        0.5,
    )
    assert second.facts.metadata == {"campaign": "spring"}
    assert kinds(second) == [TRY, APPROVED, GOOD]
    assert (found["order-2"].facts.amount_minor, found["order-2"].facts.currency) == (1500, "KWD")
    assert found["order-2"].labels[0].happened_ms == found["order-2"].facts.at_ms
    assert not {"order-3", "order-4"} & set(found)  # 1,500 EUR; a moment without a zone
    poor = found["order-5"]  # what cannot be read is missing; the attempt counts
    assert (poor.facts.email, poor.facts.ip, poor.facts.card, poor.facts.card_country, poor.labels) == (
        None, None, None, None, ()
    )  # fmt: skip
    assert sorted(told(summary)) == [
        ("own.csv", 5, "amount"),
        ("own.csv", 6, "at"),
        *(("own.csv", 7, column) for column in ("card", "card_country", "email", "fraud", "ip")),
    ]


def test_a_zone_for_dates_that_name_none():
    found, _ = read("own.csv", zone=UTC)
    assert "order-4" in found


def test_importing_twice_changes_nothing():
    once, _ = read("stripe-payments.csv", "stripe-disputes.csv", "own.csv")
    again, summary = read(
        "own.csv", "stripe-disputes.csv", "stripe-payments.csv", "stripe-payments.csv", "own.csv"
    )
    strip = {
        ref: (one.attempt_id, one.payment_id, one.facts, one.labels, one.sightings)
        for ref, one in once.items()
    }
    assert strip == {
        ref: (one.attempt_id, one.payment_id, one.facts, one.labels, one.sightings)
        for ref, one in again.items()
    }
    assert summary.attempts == len(once)
    other, _ = read("own.csv", merchant_id="mer_2")
    assert not {one.attempt_id for one in other.values()} & {
        one.attempt_id for one in once.values()
    }


def test_the_size_of_the_parts_on_disk_makes_no_difference():
    files = [SAMPLES / "stripe-payments.csv", SAMPLES / "paypal-activity.csv"]
    whole = list(run(files, merchant_id="mer_1", world=WORLD))
    assert list(run(files, merchant_id="mer_1", world=WORLD, part=1)) == whole
    assert len(whole) == 9


@pytest.mark.parametrize("name", ["stripe-payments.csv", "paypal-activity.csv", "own.csv"])
def test_no_card_number_leaves_a_file(name):
    found, summary = read(name)
    assert "4242424242424242" not in repr(found).replace(" ", "") + repr(summary.problems.first)
