"""An RQ worker for one lane, with our settings: `python -m tasks.worker money`."""

from __future__ import annotations

import sys

from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer

from app import config as settings
from app import create_app
from app.lanes import LANES
from tasks import doorbell, mail


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
    # One queue a worker: RQ moves a job of one queue atomically, and pops from several, where a crash loses it.
    queue = Queue(lane, connection=connection, serializer=JSONSerializer)
    worker = SimpleWorker(
        [queue],
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
