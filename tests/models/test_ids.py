import pytest

from models.ids import PREFIXES, is_id, new_id


@pytest.mark.parametrize("prefix", PREFIXES)
def test_ids_have_their_form_and_differ(prefix: str) -> None:
    made = {new_id(prefix) for _ in range(200)}
    assert len(made) == 200
    assert all(is_id(each, prefix) for each in made)
    assert not is_id(made.pop(), "nope")


def test_ids_sort_by_time(monkeypatch) -> None:
    moments = iter(range(1_000_000_000_000_000_000, 1_000_000_020_000_000_000, 1_000_000))
    monkeypatch.setattr("models.ids.time.time_ns", lambda: next(moments))
    made = [new_id("pay") for _ in range(100)]
    assert made == sorted(made)


def test_ids_made_one_after_the_other_sort_in_that_order() -> None:
    made = [new_id("ent") for _ in range(1000)]
    assert made == sorted(made)


def test_public_ids_cannot_be_guessed() -> None:
    for prefix in ("cs", "lnk", "tok"):
        assert len(new_id(prefix).partition("_")[2]) * 5 - 60 >= 128


def test_an_unknown_prefix_is_refused() -> None:
    with pytest.raises(KeyError):
        new_id("xyz")
