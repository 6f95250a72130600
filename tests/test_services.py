import pytest
import redis as redis_client
import sqlalchemy as sa

from tests import services


def test_everybody_gets_an_empty_database_of_their_own():
    try:
        first, second = (sa.create_engine(services.postgresql()) for _ in range(2))
    except services.Missing as missing:
        pytest.skip(str(missing))
    with first.begin() as connection:
        connection.execute(sa.text("CREATE TABLE only_here (id int)"))
    assert sa.inspect(second).get_table_names() == []
    first.dispose()
    second.dispose()


def test_a_database_test_runs_on_every_kind(database, request):
    assert request.node.callspec.params["database"] == database.partition("+")[0].partition(":")[0]


def test_redis_is_a_real_one(redis_url):
    with redis_client.Redis.from_url(redis_url) as redis:
        assert redis.eval("return 1 + 1", 0) == 2
