import json

from tools import keys


def test_secrets_are_made_once(tmp_path):
    first = keys.load(tmp_path)
    assert keys.load(tmp_path) == first
    assert len(set(first.values())) == len(first)


def test_nobody_else_can_read_them(tmp_path):
    keys.load(tmp_path / "var")
    assert (tmp_path / "var").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "var" / keys.FILE).stat().st_mode & 0o777 == 0o600


def test_two_installations_share_nothing(tmp_path):
    one, other = keys.load(tmp_path / "one"), keys.load(tmp_path / "other")
    assert not set(one.values()) & set(other.values())


def test_test_keys_look_like_test_keys(tmp_path):
    made = keys.load(tmp_path)
    assert made["STRIPE_SECRET_KEY"].startswith("sk_test_")
    assert made["STRIPE_PUBLISHABLE_KEY"].startswith("pk_test_")
    assert made["STRIPE_WEBHOOK_SECRET"].startswith("whsec_")


def test_the_demos_people_have_passwords_of_their_own(tmp_path):
    made = keys.load(tmp_path)
    users = keys.users(made)
    assert list(users) == list(keys.PEOPLE)
    assert len({user["password"] for user in users.values()}) == len(users)
    assert keys.users(keys.load(tmp_path)) == users
    assert keys.users({}) == {}


def test_a_key_that_a_newer_version_needs_is_added_and_the_others_stay(tmp_path):
    made = keys.load(tmp_path)
    old = {name: value for name, value in made.items() if name != "PAYPAL_WEBHOOK_ID"}
    keys.save(old | {"API_KEY": "sk_kept"}, tmp_path)
    again = keys.load(tmp_path)
    assert again.items() >= (old | {"API_KEY": "sk_kept"}).items()
    assert again["PAYPAL_WEBHOOK_ID"]
    assert json.loads((tmp_path / keys.FILE).read_text()) == again
