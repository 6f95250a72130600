import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.payments.basket import TooLarge, price
from models.money import MAX_MINOR

COFFEE = {"name": "Coffee", "quantity": 2, "unit_amount": 1000}


def basket(*items, **more):
    return {"line_items": list(items or (COFFEE,)), **more}


def vat(bps=1900, *, inclusive=True, name="VAT"):
    return {"name": name, "rate_bps": bps, "inclusive": inclusive}


def test_lines_add_up():
    totals = price(basket(COFFEE, {"name": "Cup", "quantity": 1, "unit_amount": 0}), "EUR")
    assert (totals.subtotal.minor, totals.total.minor, totals.tax.minor) == (2000, 2000, 0)
    assert [line["total_minor"] for line in totals.lines] == [2000, 0]


def test_inclusive_tax_is_contained_and_exclusive_comes_on_top():
    assert price(basket(tax_rates=[vat()]), "EUR").tax.minor == 319
    assert price(basket(tax_rates=[vat()]), "EUR").total.minor == 2000
    exclusive = price(basket(tax_rates=[vat(inclusive=False)]), "EUR")
    assert (exclusive.tax.minor, exclusive.total.minor) == (380, 2380)


def test_two_taxes_share_one_price():
    gst = price(
        basket(
            {"name": "Chai", "quantity": 1, "unit_amount": 11800},
            tax_rates=[vat(900, name="CGST"), vat(900, name="SGST")],
        ),
        "INR",
    )
    assert [(tax["name"], tax["minor"]) for tax in gst.taxes] == [("CGST", 900), ("SGST", 900)]
    assert gst.total.minor == 11800


def test_discounts_come_off_in_order_and_never_below_zero():
    rules = [
        {"name": "Ten percent", "percent_bps": 1000},
        {"name": "Gift card", "amount": 5000},
        {"name": "Late", "amount": 100},
    ]
    totals = price(basket(discounts=rules), "EUR")
    assert [rule["minor"] for rule in totals.discounts] == [200, 1800, 0]
    assert totals.total.minor == 0


def test_shipping_is_the_chosen_one_or_the_first():
    options = [
        {"id": "post", "label": "Post", "amount": 490},
        {"id": "bike", "label": "Bike", "amount": 900},
    ]
    assert price(basket(shipping_options=options), "EUR").total.minor == 2490
    chosen = price(basket(shipping_options=options, shipping="bike"), "EUR")
    assert chosen.total.minor == 2900
    assert chosen.shipping == {"id": "bike", "label": "Bike", "minor": 900}


def test_a_sum_that_fits_no_amount_is_refused():
    with pytest.raises(TooLarge):
        price(basket({"name": "Gold", "quantity": 9999, "unit_amount": MAX_MINOR}), "EUR")
    with pytest.raises(TooLarge):
        price(
            basket(
                {"name": "Gold", "quantity": 1, "unit_amount": MAX_MINOR},
                tax_rates=[vat(inclusive=False)],
            ),
            "EUR",
        )


items = st.fixed_dictionaries(
    {
        "name": st.just("x"),
        "quantity": st.integers(1, 999),
        "unit_amount": st.integers(0, 10**7),
    }
)
rates = st.lists(st.builds(vat, st.integers(0, 10_000), inclusive=st.booleans()), max_size=4)
cuts = st.lists(
    st.one_of(
        st.fixed_dictionaries({"name": st.just("d"), "amount": st.integers(1, 10**6)}),
        st.fixed_dictionaries({"name": st.just("d"), "percent_bps": st.integers(1, 10_000)}),
    ),
    max_size=3,
)


@given(st.lists(items, min_size=1, max_size=5), rates, cuts, st.sampled_from(["EUR", "JPY", "KWD"]))
def test_the_parts_of_any_basket_make_its_total(lines, tax_rates, discounts, currency):
    totals = price(basket(*lines, tax_rates=tax_rates, discounts=discounts), currency)
    on_top = sum(tax["minor"] for tax in totals.taxes if not tax["inclusive"])
    assert totals.total == totals.subtotal - totals.discount + type(totals.total)(on_top, currency)
    assert totals.tax.minor == sum(tax["minor"] for tax in totals.taxes)
    assert sum(rule["minor"] for rule in totals.discounts) == totals.discount.minor
    assert 0 <= totals.discount.minor <= totals.subtotal.minor
    assert min([tax["minor"] for tax in totals.taxes], default=0) >= 0
