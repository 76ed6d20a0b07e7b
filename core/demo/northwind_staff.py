"""Northwind Robotics' people on claude.ai."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from core.demo.company import (
    ANALYTICS_SCOPE,
    LAST_DAY,
    LIMITS_SCOPE,
    Cap,
    Counts,
    Load,
    ModelSchedule,
    Organization,
    Person,
    address,
    identifier,
    uuid,
)
from core.demo.shapes import HAIKU, NEWEST_SONNET, OPUS, SONNET, work
from core.dimensions import Origin

_STAFF = "Northwind Staff"
_LEAVER = "Wendell Marsh"
_LEFT_ON = date(2026, 8, 28)

_NAMES = (
    "Amara Okafor",
    "Björn Lindqvist",
    "Chiara Rossi",
    "Devin Park",
    "Elena Petrova",
    "Farid Haddad",
    "Grace Liu",
    "Hugo Almeida",
    "Ines Duarte",
    "Jonas Keller",
    "Keiko Tanaka",
    "Liam O'Brien",
    "Mariana Souza",
    "Nikhil Rao",
    "Olga Ivanova",
    "Pedro Gómez",
    "Quinn Adler",
    "Rosa Martín",
    "Sven Åkesson",
    "Tara Singh",
    "Umar Farouk",
    "Vera Novák",
    "Wendell Marsh",
    "Xin Yi",
    "Yusuf Demir",
    "Zoë Brandt",
    "Anika Sharma",
    "Bruno Costa",
    "Carla Jensen",
    "Dmitri Volkov",
    "Esther Mwangi",
    "Felix Baumann",
    "Gita Patel",
    "Henrik Dahl",
    "Isabel Cruz",
    "Jamal Wright",
    "Katya Orlova",
    "Lucas Meyer",
    "Mina Park",
    "Noah Bennett",
    "Oriana Vitale",
    "Paul Schäfer",
    "Rafael Lima",
    "Sofia Greco",
    "Tomás Herrera",
    "Ursula Frei",
    "Victor Hall",
    "山田 花子",
    "*Ops* <shared> | night shift",
    "Maximiliane Hohenstein-Württemberg de la Vega y Montenegro",
)

_ENGINEERS, _COWORKERS, _OFFICE, _BROWSER = 22, 16, 15, 9
"""How many of the people, in the order above or from its end, use Claude Code, Cowork, Office and Chrome."""


def staff_organization() -> Organization:
    """Everyone, on usage-based Enterprise seats."""
    people = tuple(_person(rank, name) for rank, name in enumerate(_NAMES))
    loads = [load for rank, person in enumerate(people) for load in _personal_loads(rank, person)]
    return Organization(
        id=uuid(_STAFF),
        name="Northwind Robotics",
        origin=Origin.CLAUDE_AI,
        key="sk-ant-api01-DEMO-northwind-staff-not-a-real-key-STAFC",
        seed=_STAFF,
        loads=(*loads, *_unattributed_loads()),
        people=people,
        discount_percent=12,
        newer_spelling=True,
        scopes=(ANALYTICS_SCOPE, LIMITS_SCOPE),
        caps=(
            Cap("organization", 2_500_000),
            Cap("seat_tier", 80_000, "standard"),
            Cap("user", 150_000, people[16].id),
            Cap("user", None, people[13].id),
        ),
    )


def _person(rank: int, name: str) -> Person:
    email = address(name)
    mailbox = email.partition("@")[0].replace(".", "")
    is_plain = mailbox.isascii() and mailbox.isalpha()
    return Person(
        id=identifier("user", _STAFF, name),
        email=email if is_plain else address(f"staff{rank:02d}"),
        name=None if rank == 43 else name,
        deleted_on=_LEFT_ON if name == _LEAVER else None,
    )


def _personal_loads(rank: int, person: Person) -> Iterator[Load]:
    scale = 30 + (97 * (rank + 3)) % 71
    yield from _chat_loads(person, scale)
    if rank < _ENGINEERS:
        yield from _engineer_loads(person, scale, fast=rank < 3)
    if rank % 3 == 1 and rank < 3 * _COWORKERS:
        volume = work("agent", 2 * scale, requests=scale // 2)
        yield _load(person, "cowork", "cowork", OPUS, volume, chance=66)
        yield _load(
            person, "sandbox", None, OPUS, Counts(units=scale, requests=2), cost_type="code_execution"
        )
    if rank >= len(_NAMES) - _OFFICE:
        volume = work("retrieval", scale, requests=scale // 4)
        yield _load(person, "office", "office_agent", SONNET, volume, chance=70)
    if rank % 5 == 2 and rank < 5 * _BROWSER:
        volume = work("agent", scale // 2, searches=scale // 5, requests=scale // 3)
        yield _load(person, "browser", "claude_in_chrome", HAIKU, volume, chance=58)


def _chat_loads(person: Person, scale: int) -> Iterator[Load]:
    volume = work("chat", scale, searches=scale // 9, requests=scale // 2)
    yield _load(person, "chat", "chat", NEWEST_SONNET, volume, chance=84)
    yield _load(person, "chat opus", "chat", OPUS, work("chat", scale // 2, requests=scale // 5), chance=50)


def _engineer_loads(person: Person, scale: int, *, fast: bool) -> Iterator[Load]:
    code = "claude_code"
    yield _load(person, "code", code, NEWEST_SONNET, work("coding", 4 * scale, requests=3 * scale), chance=86)
    yield _load(person, "code opus", code, OPUS, work("coding", 3 * scale, requests=2 * scale), chance=72)
    yield _load(person, "code small", code, HAIKU, work("coding", scale, requests=scale), chance=76)
    long = work("coding", scale, requests=scale // 3)
    yield _load(person, "code long", code, NEWEST_SONNET, long, chance=38, context_window="200k-1M")
    if fast:
        volume, begun = work("coding", scale // 2, requests=scale // 2), date(2026, 2, 16)
        yield _load(person, "code fast", code, OPUS, volume, chance=45, speed="fast", start=begun)


def _load(
    person: Person, name: str, product: str | None, models: ModelSchedule, volume: Counts, **more: Any
) -> Load:
    more.setdefault("end", person.deleted_on or LAST_DAY)
    if models is HAIKU:
        more.setdefault("inference_geo", "not_available")
    return Load(f"{person.id} {name}", models, volume, user_id=person.id, product=product, **more)


def _unattributed_loads() -> Iterator[Load]:
    """Use that no user is behind: the organization's totals hold it, the users' rows do not."""
    begun = date(2026, 4, 13)
    patches = work("coding", 260, requests=40)
    yield Load("patches", OPUS, patches, product="cc_security_autopatch", rhythm="nightly", start=begun)
    yield Load("slack", NEWEST_SONNET, work("chat", 150, requests=90), product="claude-tag", chance=90)
    yield Load("actions", NEWEST_SONNET, work("coding", 320, requests=70), product="claude_code")
    yield Load("sandbox", SONNET, Counts(units=140), cost_type="code_execution", chance=80)
