"""The web server: gevent workers, small requests, and no version for strangers to read."""

import gc
import os

from gunicorn.http import wsgi

wsgi.SERVER = "Till"  # gunicorn has no setting for the Server header

# With SQLite one process is enough: there is one writer at a time. PostgreSQL wants one per core.
_embedded = os.environ.get("DB_URI", "sqlite").startswith("sqlite")

bind = f"{os.environ.get('HOST', '127.0.0.1')}:{os.environ.get('PORT', '8000')}"
worker_class = "gevent"
workers = int(os.environ.get("WEB_CONCURRENCY") or (1 if _embedded else 2))
worker_connections = 1000

timeout = 60  # s without a sign of life from a worker; the longest provider call is shorter
# s for requests under way when we are asked to stop; a provider may take 25. Idle connections use it up.
graceful_timeout = int(os.environ.get("GRACEFUL_TIMEOUT_S") or 30)
keepalive = 15  # s; a proxy in front keeps its connections, a browser comes back soon

limit_request_line = 4094  # bytes
limit_request_fields = 64
limit_request_field_size = 8190  # bytes
forwarded_allow_ips = "127.0.0.1,::1"  # only a proxy on this machine may say who is calling

accesslog = None  # the application logs each request, with its id and without its secrets
errorlog = "-"
loglevel = "warning"
control_socket_disable = (
    True  # its default is a file in the home directory, and we have no use for it
)


def post_worker_init(_worker: object) -> None:
    """What was loaded stays: the garbage collector need not look through it again and again (3 % of a payment)."""
    gc.collect()
    gc.freeze()
