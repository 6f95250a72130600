"""What monitoring reads, and who may."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from app import create_app
from app.screening import force
from models import db


@pytest.fixture
def client(till, request) -> Iterator[FlaskClient]:
    root = logging.getLogger()
    before, level, engine = root.handlers[:], root.level, db.engine()
    token = getattr(request, "param", "")
    app = create_app(replace(till.config, metrics_token=token))
    db.engine().dispose()
    db._maker.configure(bind=engine)
    yield app.test_client()
    root.handlers[:] = before
    root.setLevel(level)


def read(client: FlaskClient) -> dict[tuple[str, ...], float]:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    found = text_string_to_metric_families(answer.text)
    return {
        (one.name, *one.labels.values()): one.value for family in found for one in family.samples
    }


def test_decisions_times_and_cases_are_told(till, client, monkeypatch):
    till.pay()
    till.pay("declined")
    found = read(client)
    assert found["till_risk_decisions", "", "allow", "model"] == 2  # labels by name
    assert 0 < found["till_risk_latency_seconds", "0.99"] < 60
    assert found["till_risk_model_usable", force.SHIPPED] == 1
    assert found["till_reviews_open",] == 0
    monkeypatch.setattr(force, "champion", lambda: ("mdl_1", None, "model_broken"))
    force.forget()
    till.pay()
    found = read(client)
    assert found["till_risk_model_usable", "mdl_1"] == 0
    assert sum(value for name, value in found.items() if "model_broken" in name) == 1


def test_nothing_happened_and_nothing_breaks(client):
    assert read(client)["till_reviews_open",] == 0


@pytest.mark.parametrize(
    ("headers", "address", "status"),
    [
        ({}, "127.0.0.1", 200),
        ({}, "::1", 200),
        ({}, "203.0.113.7", 404),
        ({"X-Forwarded-For": "203.0.113.7"}, "127.0.0.1", 404),
        ({"X-Forwarded-Proto": "https"}, "127.0.0.1", 404),
        ({"X-Forwarded-Host": "shop.example"}, "127.0.0.1", 404),
        ({"CF-Connecting-IP": "203.0.113.7"}, "127.0.0.1", 404),
        ({"Authorization": "Bearer "}, "127.0.0.1", 200),
        ({"Authorization": "Bearer "}, "203.0.113.7", 404),
    ],
)
def test_without_a_token_only_this_machine_itself_may_look(client, headers, address, status):
    answer = client.get("/metrics", headers=headers, environ_base={"REMOTE_ADDR": address})
    assert answer.status_code == status


@pytest.mark.parametrize("client", ["s3cret"], indirect=True)
def test_with_a_token_who_has_it_may_look_from_anywhere(client):
    far = {"environ_base": {"REMOTE_ADDR": "203.0.113.7"}}
    assert (
        client.get("/metrics", headers={"Authorization": "Bearer s3cret"}, **far).status_code == 200
    )
    for wrong in ({}, {"Authorization": "Bearer other"}, {"Authorization": "Bearer é"}):
        assert client.get("/metrics", headers=wrong).status_code == 404
