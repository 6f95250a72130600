import socket

import pytest

from tools import CannotStart, ports


@pytest.fixture
def taken():
    with socket.create_server((ports.HOST, 0)) as server:
        yield server.getsockname()[1]


def test_a_free_port_is_used_as_asked():
    with socket.create_server((ports.HOST, 0)) as server:
        port = server.getsockname()[1]
    assert ports.first_free(port) == port


def test_after_a_taken_port_the_next_free_one_is_used(taken):
    assert taken < ports.first_free(taken) <= taken + ports.TRIES


def test_the_sandbox_does_not_get_the_port_of_the_app(taken):
    app = ports.first_free(taken)
    assert ports.first_free(taken, besides=(app,)) not in {app, taken}


def test_when_every_port_is_taken_we_say_so(monkeypatch):
    monkeypatch.setattr(ports, "_is_free", lambda _port: False)
    with pytest.raises(CannotStart, match="from 8000 to 8100 is taken"):
        ports.first_free(8000)


def test_nobody_there_is_not_an_answer():
    with socket.create_server((ports.HOST, 0)) as server:
        port = server.getsockname()[1]
    assert not ports.answers(f"http://{ports.HOST}:{port}/healthz")
