"""Northwind's field service on claude.ai, an organization of its own that is served the newest reports."""

from __future__ import annotations

from collections.abc import Iterator

from core.demo.company import Agent, Load, Organization, Person, address, identifier, uuid
from core.demo.shapes import HAIKU, NEWEST_SONNET, work
from core.dimensions import Origin

_FIELD = "Northwind Field Service"
_NAMES = ("Aiko Sato", "Ben Carter", "Dalia Haddad", "Mateo Ruiz")


_ROUTES, _PARTS = (
    Agent(
        identifier("agent", _FIELD, "routes"),
        identifier("env", _FIELD, "van"),
        identifier("depl", _FIELD, "dawn"),
    ),
    Agent(identifier("agent", _FIELD, "parts"), identifier("env", _FIELD, "depot")),
)
"""One that a deployment starts each morning, and one that technicians start."""


def field_organization() -> Organization:
    """Technicians who chat, ask Claude Tag in Slack, and have agents at work in Cowork."""
    people = tuple(_person(name) for name in _NAMES)
    return Organization(
        id=uuid(_FIELD),
        name=_FIELD,
        origin=Origin.CLAUDE_AI,
        key="sk-ant-api01-DEMO-northwind-field-not-a-real-key-FIELD",
        seed=_FIELD,
        loads=(
            *(load for person in people for load in _chats(person)),
            *_in_slack(people),
            *_in_cowork(people),
        ),
        people=people,
        in_newest_beta=True,
    )


def _person(name: str) -> Person:
    return Person(identifier("user", _FIELD, name), address(name), name)


def _chats(person: Person) -> Iterator[Load]:
    volume = work("chat", 60, searches=5, requests=30)
    yield Load(f"{person.id} chat", NEWEST_SONNET, volume, user_id=person.id, product="chat", chance=80)


def _in_slack(people: tuple[Person, ...]) -> Iterator[Load]:
    """Asked in channels, on its own there, and in direct messages, which are in no channel."""
    for category, channel, output, person in (
        ("engaged", "C05HELPDESK", 70, people[0]),
        ("engaged", "C05ROBOTS", 45, people[1]),
        ("scheduled", "C05ROBOTS", 15, None),
        ("monitoring", "C05ONCALL", 30, None),
        ("dm", None, 20, people[2]),
    ):
        yield Load(
            f"slack {category} {channel}",
            HAIKU if category == "monitoring" else NEWEST_SONNET,
            work("chat", output, requests=output),
            user_id=person.id if person else None,
            product="claude-tag",
            slack_channel_id=channel,
            claude_tag_category=category,
            chance=90,
        )


def _in_cowork(people: tuple[Person, ...]) -> Iterator[Load]:
    """Agents, and what a technician does without one."""
    for name, agent, output, person in (
        ("routes", _ROUTES, 55, None),
        ("parts", _PARTS, 35, people[3]),
        ("alone", None, 25, people[3]),
    ):
        yield Load(
            f"cowork {name}",
            NEWEST_SONNET,
            work("agent", output, requests=output),
            user_id=person.id if person else None,
            agent=agent,
            product="cowork",
            chance=90,
        )
