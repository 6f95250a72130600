"""A whole Till with its sandbox: real servers on ports of their own, a database and keys nobody shares."""

import json
import os
import secrets
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3

from tests.till import watching
from tools import ports

ROOT = Path(__file__).parents[2]
START_TIMEOUT_S = 240
STOP_TIMEOUT_S = 10
http = urllib3.PoolManager(retries=False, timeout=120)


@dataclass
class Stack:
    """The running servers, and what a merchant or a provider could do to them."""

    home: Path
    app_port: int
    sandbox_port: int
    smtp_port: int
    secrets: dict[str, str]
    without: str = ""
    """The provider, by how its settings begin, that this installation has no keys of."""
    secret_key: str = field(default_factory=lambda: secrets.token_hex(32))
    merchant: dict[str, str] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def app_url(self) -> str:
        return f"http://127.0.0.1:{self.app_port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    def api(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Call our API as the merchant."""
        return self._json(
            method,
            f"{self.app_url}{path}",
            body,
            {"Authorization": f"Bearer {self.merchant['api_key']}"},
        )

    def desk(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """Steer the sandbox: webhooks, faults, clock, books."""
        return self._json(method, f"{self.sandbox_url}/sandbox{path}", body, {})

    @staticmethod
    def _json(method: str, url: str, body: Any, headers: dict[str, str]) -> dict[str, Any]:
        given = {} if body is None else {"json": body}
        answer = http.request(method, url, headers=headers, **given)
        assert answer.status < 400, f"{method} {url}: {answer.status} {answer.data.decode()}"
        found: dict[str, Any] = answer.json()
        return found

    def session(self, **more: Any) -> dict[str, Any]:
        """Open a checkout session; 12.00 EUR unless told otherwise."""
        basket = {} if "line_items" in more else {"amount": 1200}
        return self.api("POST", "/v1/checkout_sessions", {"currency": "EUR", **basket, **more})

    def link(self, **more: Any) -> dict[str, Any]:
        """Make a payment link; 25.00 EUR unless told otherwise."""
        price = {} if "min_amount" in more else {"amount": 2500}
        return self.api(
            "POST", "/v1/payment_links", {"title": "Tasting", "currency": "EUR", **price, **more}
        )

    def attempts(self, payment_id: str) -> set[str]:
        """Our attempts at a payment: PayPal knows them by these ids."""
        uri = f"file:{self.home / 'till.db'}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as database:
            found = database.execute("SELECT id FROM attempts WHERE payment_id = ?", [payment_id])
            return {row[0] for row in found}

    def attempts_of(self, session_id: str) -> set[str]:
        """The same by the id of a checkout session."""
        uri = f"file:{self.home / 'till.db'}?mode=ro"
        query = "SELECT payment_id FROM checkout_sessions WHERE id = ?"
        with closing(sqlite3.connect(uri, uri=True)) as database:
            [row] = database.execute(query, [session_id]).fetchall()
        return self.attempts(row[0])

    def start(self) -> None:
        """Migrate, seed, start, and wait until both servers are well."""
        app = self._app_environment()
        self._flask(app, "migrate")
        self.merchant = json.loads(self._flask(app, "seed", "--json"))
        self._watch_only()
        self._spawn("sandbox", self._sandbox_environment(), "gunicorn", "--bind",
                    f"127.0.0.1:{self.sandbox_port}", "--worker-class", "gthread", "--threads", "16",
                    "--no-control-socket", "sandbox.wsgi:app")  # fmt: skip
        self._wait(f"{self.sandbox_url}/healthz")
        self._spawn("web", app, "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app")
        self._spawn("clock", app, "tasks.clock")
        self._wait(f"{self.app_url}/readyz")

    def _watch_only(self) -> None:
        """The model and the limits have no say: a hundred journeys of one shopper look like card testing. Rules have."""
        policy = watching()
        row = (
            policy.id,
            json.dumps(policy.settings),
            policy.author,
            policy.created_at.isoformat(" "),
        )
        insert = "INSERT INTO risk_policies (id, settings, author, created_at) VALUES (?, ?, ?, ?)"
        with closing(sqlite3.connect(self.home / "till.db")) as database, database:
            database.execute(insert, row)

    def stop(self) -> None:
        """End what we started."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            try:
                process.wait(STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _app_environment(self) -> dict[str, str]:
        return {
            **self._environment(),
            **{
                name: key
                for name, key in self.secrets.items()
                if not name.startswith(self.without or "-")
            },
            "SECRET_KEY": self.secret_key,
            "BASE_URL": self.app_url,
            "PORT": str(self.app_port),
            "GRACEFUL_TIMEOUT_S": "2",
            "DB_URI": f"sqlite:///{self.home / 'till.db'}",
            "REDIS_URL": "",
            "SANDBOX_URL": self.sandbox_url,
            "TEST_CLOCK": str(self.home / "test_clock.json"),
            "SMTP_URL": f"smtp://127.0.0.1:{self.smtp_port}",
            "STRIPE_API_URL": f"{self.sandbox_url}/stripe",
            "STRIPE_JS_URL": f"{self.sandbox_url}/stripe/js/stripe.js",
            "PAYPAL_API_URL": f"{self.sandbox_url}/paypal",
            "PAYPAL_JS_URL": f"{self.sandbox_url}/paypal/sdk/js",
            "PAYPAL_CARD_FIELDS": "on",
            "RAZORPAY_API_URL": f"{self.sandbox_url}/razorpay",
            "RAZORPAY_JS_URL": f"{self.sandbox_url}/razorpay/checkout.js",
        }

    def _sandbox_environment(self) -> dict[str, str]:
        return {
            **self._environment(),
            **{f"SANDBOX_{name}": value for name, value in self.secrets.items()},
            "SANDBOX_DB": str(self.home / "sandbox.db"),
            "SANDBOX_URL": self.sandbox_url,
            "SANDBOX_SMTP_PORT": str(self.smtp_port),
            "TEST_CLOCK": str(self.home / "test_clock.json"),
            "SANDBOX_STRIPE_WEBHOOK_URL": f"{self.app_url}/webhooks/stripe",
            "SANDBOX_PAYPAL_WEBHOOK_URL": f"{self.app_url}/webhooks/paypal",
            "SANDBOX_RAZORPAY_WEBHOOK_URL": f"{self.app_url}/webhooks/razorpay",
            "SHOP_API_URL": self.app_url,
            "SHOP_API_KEY": self.merchant["api_key"],
        }

    @staticmethod
    def _environment() -> dict[str, str]:
        providers = ("STRIPE_", "PAYPAL_", "RAZORPAY_")
        ours = (*providers, "SANDBOX_", "DB_URI", "REDIS_URL", "PORT", "BASE_URL")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        return {**kept, "OMP_NUM_THREADS": "1", "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}

    def command(self, *words: str) -> str:
        """Run one of our commands for this installation; what it says."""
        return self._flask(self._app_environment(), *words)

    def _flask(self, env: dict[str, str], *command: str) -> str:
        run = [sys.executable, "-m", "flask", "--app", "wsgi", *command]
        done = subprocess.run(run, check=False, cwd=ROOT, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def _spawn(self, name: str, env: dict[str, str], *module: str) -> None:
        command = [sys.executable, "-m", *module]
        with (self.home / f"{name}.log").open("wb") as log:
            self.processes.append(
                subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT)
            )

    def _wait(self, url: str) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            try:
                if http.request("GET", url, timeout=5).status == 200:
                    return
            except urllib3.exceptions.HTTPError:
                pass
            time.sleep(0.1)
        logs = "\n".join(f"== {p.name}\n{p.read_text()[-3000:]}" for p in self.home.glob("*.log"))
        raise TimeoutError(f"{url} did not answer within {START_TIMEOUT_S} s\n{logs}")


_given: list[int] = []


def free_ports(count: int) -> list[int]:
    """As many ports that nobody listens on now; below those that the system gives to whoever connects."""
    for _ in range(count):
        _given.append(ports.first_free(28_000 + os.getpid() % 200 * 20, besides=tuple(_given)))
    return _given[-count:]


def build(home: Path, **more: str) -> Stack:
    """A stack that has not been started."""
    app_port, sandbox_port, smtp_port = free_ports(3)
    known = {
        "STRIPE_SECRET_KEY": f"sk_test_{secrets.token_hex(12)}",
        "STRIPE_PUBLISHABLE_KEY": f"pk_test_{secrets.token_hex(12)}",
        "STRIPE_WEBHOOK_SECRET": f"whsec_{secrets.token_hex(12)}",
        "PAYPAL_CLIENT_ID": f"client-{secrets.token_hex(8)}",
        "PAYPAL_CLIENT_SECRET": secrets.token_hex(12),
        "PAYPAL_WEBHOOK_ID": secrets.token_hex(8).upper(),
        "RAZORPAY_KEY_ID": f"rzp_test_{secrets.token_hex(7)}",
        "RAZORPAY_KEY_SECRET": secrets.token_hex(12),
        "RAZORPAY_WEBHOOK_SECRET": secrets.token_hex(12),
    }
    return Stack(home, app_port, sandbox_port, smtp_port, known, **more)
