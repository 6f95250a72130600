"""The sandbox as a WSGI application, for one process: `gunicorn -k gthread sandbox.wsgi:app`."""

from sandbox import SandboxConfig, create_sandbox

app = create_sandbox(SandboxConfig.from_env())
