"""An RQ worker for one lane, with our settings: `python -m tasks.worker money`."""

from __future__ import annotations

import sys
from typing import Any

from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from app import config as settings
from app import create_app
from app.lanes import LANES
from tasks import doorbell, mail

# An idle worker's heart beats every five seconds.
LISTENS_S = 30


class LaneWorker(SimpleWorker):
    """Listens to one queue, and says so with every beat of its heart: a lane without a worker is the clock's."""

    def heartbeat(self, timeout: int | None = None, pipeline: Any = None) -> None:
        """RQ's own, and ours."""
        super().heartbeat(timeout, pipeline)
        doorbell.listen(self.connection, self.queues[0].name, for_s=timeout or LISTENS_S)


def main(lane: str) -> None:
    """Work until told to stop. A job drains its lane in this process: forking for each would cost 10 ms."""
    app = create_app(settings.load_or_exit())
    config: settings.Config = app.extensions["till"]
    connection = doorbell.connect(config)
    if connection is None:
        sys.exit(
            "REDIS_URL is not set: without Redis the clock process does the work, and no worker is needed"
        )
    doorbell.hang(config)
    mail.configure(config.smtp_url, config.mail_from)
    # One queue: of several, RQ pops a job in a way that loses it with a worker which dies just then.
    worker = LaneWorker(
        [Queue(lane, connection=connection, serializer=JSONSerializer)],
        connection=connection,
        serializer=JSONSerializer,
        worker_ttl=20,
        maintenance_interval=10,
        job_monitoring_interval=5,
    )
    worker.work(logging_level="WARNING")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in LANES:
        sys.exit(f"usage: python -m tasks.worker {'|'.join(LANES)}")
    main(sys.argv[1])
