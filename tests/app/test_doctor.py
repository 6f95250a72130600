"""The doctor names what is wrong with an installation, and the command that mends it."""

from dataclasses import replace

import pytest
import redis
from rq import Queue, SimpleWorker

from app import doctor
from app.lanes import LANES


@pytest.fixture
def connection(redis_url):
    connection = redis.Redis.from_url(redis_url)
    connection.flushdb()
    yield connection
    connection.flushdb()
    connection.close()


def workers_finding(config):
    return next(one for one in doctor.examine(config) if one.what.startswith("workers:"))


def test_a_lane_without_a_worker_is_named_with_its_command(till, connection, redis_url):
    config = replace(till.config, redis_url=redis_url)
    for lane in LANES[1:]:
        SimpleWorker([Queue(lane, connection=connection)], connection=connection).register_birth()
    found = workers_finding(config)
    assert found.is_bad
    assert str(found) == (
        f"MEND  workers: none for {LANES[0]}\n      python -m tasks.worker {LANES[0]}"
    )
    SimpleWorker([Queue(LANES[0], connection=connection)], connection=connection).register_birth()
    assert not workers_finding(config).is_bad


def test_a_redis_that_is_away_is_one_finding(till):
    found = doctor.examine(replace(till.config, redis_url="redis://127.0.0.1:1/0"))
    assert [str(one) for one in found if "Redis" in one.what] == [
        "MEND  Redis: ConnectionError\n      check REDIS_URL, and that the server runs"
    ]
    assert not any(one.what.startswith("workers:") for one in found)
