"""The loopback server: keep-alive, its log, and every kind of fault."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.demo.asking import simulate
from tests.support.custom import platform_organization
from tests.support.patience import PATIENCE
from tests.support.server import AnthropicServer, Fault, serve

ACME = platform_organization("Acme", api_keys=30)
ME = "/v1/organizations/me"
API_KEYS = "/v1/organizations/api_keys"
HEADERS = {"x-api-key": ACME.key, "anthropic-version": "2023-06-01"}


@pytest.fixture
def server() -> Iterator[AnthropicServer]:
    with serve(simulate(ACME)) as running:
        yield running


@pytest.fixture
def client(server: AnthropicServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, headers=HEADERS, timeout=PATIENCE) as made:
        yield made


def test_it_answers_and_logs(server: AnthropicServer, client: httpx.Client) -> None:
    assert client.get(API_KEYS, params=[("limit", "2")]).json()["has_more"] is True
    assert client.get(ME, headers={"x-api-key": "wrong"}).status_code == 401
    assert server.paths() == [API_KEYS, ME]
    assert server.paths(key=ACME.key) == [API_KEYS]
    first = server.requests(API_KEYS)[0]
    assert (first.method, first.status, first.param("limit")) == ("GET", 200, "2")
    assert first.headers["user-agent"].startswith("python-httpx")


def test_list_parameters_and_signs_arrive_as_sent(server: AnthropicServer, client: httpx.Client) -> None:
    client.get(ME, params=[("group_by[]", "model"), ("group_by[]", "a&b=c +\u00e9"), ("empty", "")])
    assert server.log[0].all("group_by[]") == ["model", "a&b=c +\u00e9"]
    assert server.log[0].param("empty") == ""


def test_a_connection_is_kept(server: AnthropicServer, client: httpx.Client) -> None:
    ports = set()
    for _ in range(3):
        with client.stream("GET", ME) as answer:
            answer.read()
            ports.add(answer.extensions["network_stream"].get_extra_info("client_addr")[1])
    assert len(ports) == 1
    assert server.log[-1].status == 200


def test_the_nth_request_fails_so_many_times(server: AnthropicServer, client: httpx.Client) -> None:
    server.faults.append(Fault(path=ME, nth=2, times=2, status=529))
    assert client.get(API_KEYS).status_code == 200
    assert [client.get(ME).status_code for _ in range(4)] == [200, 529, 529, 200]


def test_a_fault_without_end(server: AnthropicServer, client: httpx.Client) -> None:
    server.faults.append(Fault(times=None, status=500))
    assert {client.get(ME).status_code for _ in range(4)} == {500}


def test_an_error_is_anthropics_unless_a_body_is_given(server: AnthropicServer, client: httpx.Client) -> None:
    server.faults += [
        Fault(status=429, headers={"retry-after": "7"}, message="Slow down"),
        Fault(status=502, body="<html>Bad gateway</html>", headers={"content-type": "text/html"}),
        Fault(status=200, body={"data": []}),
    ]
    slow, gateway, empty = client.get(ME), client.get(ME), client.get(ME)
    assert slow.headers["retry-after"] == "7"
    assert slow.json()["error"] == {"type": "rate_limit_error", "message": "Slow down"}
    assert gateway.text == "<html>Bad gateway</html>" and gateway.headers["content-type"] == "text/html"
    assert empty.json() == {"data": []}


def test_faults_match_by_query_key_and_rule(server: AnthropicServer, client: httpx.Client) -> None:
    server.faults += [
        Fault(query={"limit": "3"}, times=None, status=500),
        Fault(key="other", times=None, status=504),
        Fault(when=lambda request: request.headers.get("x-mark") == "1", times=None, status=413),
    ]
    found = [
        client.get(API_KEYS, params={"limit": "4"}),
        client.get(API_KEYS, params={"limit": "3", "after_id": "x"}),
        client.get(ME, headers={"x-api-key": "other"}),
        client.get(ME, headers={"x-mark": "1"}),
    ]
    assert [answer.status_code for answer in found] == [200, 500, 504, 413]


def test_a_true_answer_can_be_changed(server: AnthropicServer, client: httpx.Client) -> None:
    server.faults.append(Fault(path=API_KEYS, change=lambda body: {**body, "last_id": None}))
    answer = client.get(API_KEYS)
    assert answer.json()["last_id"] is None and len(answer.json()["data"]) == 20
    assert answer.headers["anthropic-organization-id"] == ACME.id


def test_a_reset_connection(server: AnthropicServer, client: httpx.Client) -> None:
    server.faults.append(Fault(reset=True))
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        client.get(ME)
    assert server.log[0].status is None
    assert client.get(ME).status_code == 200


def test_a_body_cut_short(server: AnthropicServer, client: httpx.Client) -> None:
    server.faults.append(Fault(path=API_KEYS, truncate=100))
    with pytest.raises(httpx.RemoteProtocolError):
        client.get(API_KEYS)
    assert client.get(API_KEYS).status_code == 200


def test_a_hanging_answer_times_out_and_does_not_hold_up_the_end() -> None:
    begun = time.monotonic()
    with (
        serve(simulate(ACME), faults=[Fault(hang=PATIENCE)]) as server,
        httpx.Client(headers=HEADERS, timeout=PATIENCE) as client,
    ):
        with pytest.raises(httpx.ReadTimeout):
            client.get(server.url + ME, timeout=httpx.Timeout(PATIENCE, read=0.2))
        assert client.get(server.url + ME).status_code == 200
    assert time.monotonic() - begun < PATIENCE / 2


def test_a_dripping_body(server: AnthropicServer, client: httpx.Client) -> None:
    server.faults.append(Fault(body=b"0123456789", status=200, drip=0.02))
    begun = time.monotonic()
    assert client.get(ME).content == b"0123456789"
    assert time.monotonic() - begun >= 0.15


def test_latency_delays_every_answer(server: AnthropicServer, client: httpx.Client) -> None:
    server.latency = 0.1
    begun = time.monotonic()
    client.get(ME)
    assert time.monotonic() - begun >= 0.1


def test_two_servers_do_not_share_anything() -> None:
    with serve(simulate(ACME)) as first, serve(simulate(ACME), faults=[Fault(status=500)]) as second:
        assert first.url != second.url
        with httpx.Client(headers=HEADERS) as client:
            assert client.get(first.url + ME).status_code == 200
            assert client.get(second.url + ME).status_code == 500
        assert len(first.log) == len(second.log) == 1


def test_a_closed_server_refuses() -> None:
    with serve(simulate(ACME)) as server:
        url = server.url
    with pytest.raises(httpx.ConnectError):
        httpx.get(url + ME, timeout=PATIENCE)
