"""The sandbox as a WSGI application: `gunicorn --worker-class gthread --workers 1 sandbox.wsgi:app`."""

from sandbox import SandboxConfig, create_sandbox

app = create_sandbox(SandboxConfig.from_env())
