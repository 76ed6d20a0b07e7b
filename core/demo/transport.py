"""The simulated Anthropic behind an httpx client: no network, the same client code."""

from __future__ import annotations

from dataclasses import dataclass

import httpx

from core.clock import Clock, utc_now
from core.demo.northwind import ORGANIZATIONS
from core.demo.service import Request, Simulator
from core.dimensions import Origin


@dataclass(frozen=True)
class DemoOrganization:
    """What a person would type to connect one of the demo's organizations."""

    cost_center: str
    key: str
    origin: Origin
    organization_id: str


DEMO_KEYS: list[DemoOrganization] = [
    DemoOrganization(cost_center, organization.key, organization.origin, organization.id)
    for cost_center, organization in ORGANIZATIONS.items()
]


class SimulatorTransport(httpx.BaseTransport):
    """Answers every request from a simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        answer = self._simulator.handle(
            Request(
                path=request.url.path,
                params=request.url.params.multi_items(),
                headers=dict(request.headers.items()),
                method=request.method,
            )
        )
        headers = {**answer.headers, "content-length": str(len(answer.body))}
        return httpx.Response(answer.status, headers=headers, stream=httpx.ByteStream(answer.body))


def demo_simulator(clock: Clock = utc_now) -> Simulator:
    """The demo's company, as Anthropic would report on it."""
    return Simulator(ORGANIZATIONS.values(), clock)


def demo_transport(clock: Clock = utc_now) -> httpx.BaseTransport:
    """A transport that answers for the demo's company and needs no network."""
    return SimulatorTransport(demo_simulator(clock))
