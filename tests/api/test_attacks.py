"""Attacks through HTTP: odd addresses, odd values, odd moments."""

import pytest

from tests.api.conftest import Api

ODD = ["%00", "a%00b", "%ff", "%ed%a0%80", "%2e%2e", "%F0%9F%98%80", "'--", "x" * 5000]


@pytest.mark.parametrize("odd", ODD, ids=lambda odd: odd[:12])
def test_an_odd_address_of_a_page_is_no_page(api: Api, odd: str) -> None:
    """PostgreSQL refuses a NUL in a text: the page failed with a 500."""
    client = api.client()
    for path in (f"/c/{odd}", f"/c/{odd}/status", f"/c/{odd}/return", f"/l/{odd}"):
        assert client.get(path).status_code == 404, path
    for action in ("update", "pay/stripe", "pay/paypal", "pay/paypal/approve", "pay/paypal/cancel"):
        assert client.post(f"/c/{odd}/{action}", json={}).status_code == 404, action
