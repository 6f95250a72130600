import socket
import urllib.request

import pytest

from tests.network import LeftTheMachine


@pytest.mark.parametrize("host", ["93.184.216.34", "example.com", "10.0.0.1", "2001:db8::1"])
def test_no_test_leaves_this_machine(host):
    with pytest.raises(LeftTheMachine, match="loopback only"):
        socket.create_connection((host, 80), timeout=1)


def test_neither_by_a_library_nor_without_a_connection():
    with pytest.raises(LeftTheMachine):
        urllib.request.urlopen("http://example.com/", timeout=1)
    with socket.socket(type=socket.SOCK_DGRAM) as sock, pytest.raises(LeftTheMachine):
        sock.sendto(b"?", ("93.184.216.34", 53))


def test_loopback_is_allowed():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=5).close()
