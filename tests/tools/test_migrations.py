import pytest
import sqlalchemy as sa

from tools import lock, migrations

TABLE = "CREATE TABLE orders (id int PRIMARY KEY, total int {})"
ALIKE = [
    TABLE.format("CONSTRAINT ck_total CHECK (total > 0)"),
    "CREATE INDEX ix ON orders (total) WHERE total > 9",
]


def facts(tmp_path, *statements: str) -> set[str]:
    uri = f"sqlite:///{tmp_path / 'facts.db'}"
    (tmp_path / "facts.db").unlink(missing_ok=True)
    engine = sa.create_engine(uri)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
    engine.dispose()
    return migrations.facts(uri)


def test_the_same_tables_are_the_same_facts(tmp_path):
    assert facts(tmp_path, *ALIKE) == facts(tmp_path, *ALIKE)


@pytest.mark.parametrize(
    "statements",
    [
        [TABLE.format("CONSTRAINT ck_total CHECK (total >= 0)"), ALIKE[1]],
        [TABLE.format("NOT NULL CONSTRAINT ck_total CHECK (total > 0)"), ALIKE[1]],
        [ALIKE[0], "CREATE INDEX ix ON orders (total)"],
        [ALIKE[0], "CREATE INDEX ix ON orders (total) WHERE total > 8"],
        [*ALIKE, "CREATE UNIQUE INDEX ux ON orders (total)"],
        ALIKE[:1],
    ],
)
def test_a_forgotten_migration_is_seen(tmp_path, statements):
    assert facts(tmp_path, *ALIKE) != facts(tmp_path, *statements)


def test_the_lock_has_every_pin():
    assert lock.direct()
    assert lock.drift() == []
