"""How a process talks to PostgreSQL."""

import gevent
import psycopg
import pytest

from models import postgresql
from models.postgresql import GreenConnection
from tests import services


@pytest.fixture(scope="module")
def conninfo() -> str:
    try:
        uri = services.postgresql()
    except services.Missing as missing:
        pytest.skip(str(missing))
    return uri.replace("postgresql+psycopg://", "postgresql://")


def test_one_greenlet_waits_while_another_is_answered(conninfo: str) -> None:
    told = []

    def ask(query: str) -> None:
        with GreenConnection.connect(conninfo, autocommit=True) as connection:
            connection.execute("SET lock_timeout = '60s'")
            connection.execute(query)
            told.append(query)

    waits = "SELECT pg_advisory_lock(1)"
    with psycopg.connect(conninfo, autocommit=True) as somebody:
        somebody.execute(waits)
        waiting = gevent.spawn(ask, waits)
        gevent.spawn(ask, "SELECT 1").get()
        somebody.execute("SELECT pg_advisory_unlock(1)")
        waiting.get()
    assert told == ["SELECT 1", waits]


def test_a_long_answer_and_a_long_question_arrive_whole(conninfo: str) -> None:
    with GreenConnection.connect(conninfo) as connection:
        question = "x" * 5_000_000
        answer = connection.execute("SELECT %s || 'y'", (question,)).fetchone()
        assert answer == (question + "y",)


def test_an_error_leaves_the_connection_in_order(conninfo: str) -> None:
    with GreenConnection.connect(conninfo) as connection:
        with pytest.raises(psycopg.errors.DivisionByZero):
            connection.execute("SELECT 1 / 0")
        connection.rollback()
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_there_are_never_more_connections_than_asked_for(conninfo: str) -> None:
    engine = postgresql.open_pool(conninfo.replace("://", "+psycopg://"), size=2)
    with engine.connect(), engine.connect():
        assert engine.pool.overflow() == 0  # type: ignore[attr-defined]
        assert engine.pool.checkedout() == 2  # type: ignore[attr-defined]
    engine.dispose()
