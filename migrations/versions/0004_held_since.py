"""Since when an attempt's money was held: what tells a late answer from a charge that nobody asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("attempts", sa.Column("authorized_at", sa.DateTime(timezone=True)))
    # Only an authorization can be ended by a capture or a void of ours.
    op.execute(
        """UPDATE attempts SET authorized_at = created_at WHERE status = 'authorized' OR EXISTS (
            SELECT 1 FROM operations o WHERE o.attempt_id = attempts.id AND o.kind IN ('capture', 'void')
            AND COALESCE(o.reason, '') <> 'surplus')"""
    )


def downgrade() -> None:
    op.drop_column("attempts", "authorized_at")
