"""The model that is shipped: its files are whole, it says the same in both forms, and it knows a thief from a shopper."""

import itertools
import json

import pytest

from risk import features, scale
from risk.facts import Facts
from risk.past import Memory, Sighting, numbers
from risk.training import artefact, export, first
from risk.training.simulator import simulate
from risk.training.train import versions
from risk.trees import Flat

KEY = b"any key"
NOW = 1_795_000_000_000


@pytest.fixture(scope="module")
def shipped():
    return first.read()


@pytest.fixture(scope="module")
def flat(shipped):
    return Flat.read(shipped.flat_text)


def test_the_files_are_those_of_the_manifest(shipped, flat):
    manifest = json.loads((first.ARTIFACTS / "manifest.json").read_text())
    assert manifest["versions"] == versions()  # after an upgrade: python -m risk.training.first
    assert manifest["features_version"] == features.VERSION == flat.features_version
    assert set(manifest["sha256"]) | {"manifest.json"} == {
        one.name for one in first.ARTIFACTS.iterdir()
    }
    assert sum(one.stat().st_size for one in first.ARTIFACTS.iterdir()) < 700_000
    assert shipped.metrics["sha256"] == shipped.sha256
    assert shipped.metrics["flat_sha256"] == shipped.flat_sha256


def test_a_changed_file_is_not_read(tmp_path):
    for file in first.ARTIFACTS.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert first.read(tmp_path).flat_text
    (tmp_path / "model.joblib").write_bytes(b"something else")
    with pytest.raises(ValueError, match=r"model\.joblib"):
        first.read(tmp_path)


def test_both_forms_say_the_same(shipped, flat):
    signature = artefact.sign(shipped.sha256, shipped.flat_sha256, KEY)
    bundle = artefact.load_joblib(
        shipped.joblib_bytes,
        sha256=shipped.sha256,
        flat_sha256=shipped.flat_sha256,
        signature=signature,
        key=KEY,
    )
    events = itertools.islice(simulate(99, 3, per_day=100, thieves=5), 300)
    rows = [features.vector(one.answered or one.facts) for one in events]
    assert export.agree(bundle, flat, rows) > 300


def test_its_card_claims_nothing(shipped):
    assert "they say nothing about real traffic" in shipped.card
    assert "![" in shipped.card


def scored(flat, log=(), **known):
    memory = Memory()
    for seen in log:
        memory.add(seen)
    facts = {
        "at_ms": NOW, "merchant_id": "m", "amount_minor": 4_900, "currency": "EUR", "amount_about": 49.0,
        "method": "card", "card": "c", "card_funding": "credit", "card_country": "US", "ip": "198.18.0.1",
        "email": "anna.bauer@example.org", "email_is_disposable": False, "device": "d",
        "user_agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0 Safari/537.36", "language": "en-US",
        "utc_offset_min": 60,
    } | known  # fmt: skip
    this = Sighting(
        NOW, "try", "this", "m", "EUR", facts["amount_minor"], facts["card"], facts["email"], facts["ip"], facts["device"],
    )  # fmt: skip
    row = features.vector(Facts(**facts, past=numbers(memory.read(this), this)))
    return scale.level(scale.score(flat.probability(row)))


def test_the_first_shopper_of_a_new_shop_is_nobody_to_fear(flat):
    assert scored(flat) == "normal"
    assert scored(flat, card_country="DE", ip_country="DE", language="de-DE") == "normal"


def test_two_cards_and_three_soft_declines_are_not_fraud(flat):
    log = [
        Sighting(NOW - ago, kind, f"a{ago}", "m", "EUR", 4_900, card, "anna.bauer@example.org", "198.18.0.1", "d")
        for ago, card in ((180_000, "c"), (120_000, "c2"), (60_000, "c"))
        for kind in ("try", "soft")
    ]  # fmt: skip
    assert (
        scored(flat, log, card_country="DE", ip_country="DE", language="de-DE", tries=3) == "normal"
    )


def test_card_testing_is(flat):
    log = [
        Sighting(NOW - ago * 20_000, kind, f"a{ago}", "m", "EUR", 500, f"c{ago}", f"x{ago}@example.org", "198.18.0.1", "d")
        for ago in range(20, 0, -1)
        for kind in ("try", "hard")
    ]  # fmt: skip
    assert (
        scored(flat, log, amount_minor=500, amount_about=5.0, goods="digital", ip_country="RU")
        == "highest"
    )


def test_a_thief_who_does_not_hide_is_seen_at_the_first_attempt(flat):
    assert scored(
        flat, email="xk72qpzv9@mailinator.com", email_is_disposable=True, ip_country="NG", billing_country="US",
        name="John Smith", amount_minor=19_000, amount_about=190.0, goods="digital", utc_offset_min=180,
    ) in {"elevated", "highest"}  # fmt: skip
