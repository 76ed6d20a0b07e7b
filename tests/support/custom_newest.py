"""What custom organizations in the newest beta do besides: managed agents, identities of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from core.demo.company import Agent, ApiKey, Counts, Federated, Load, Person, identifier
from core.demo.shapes import OPUS, SONNET, work


def agents_of(seed: str) -> tuple[Agent, Agent]:
    """One that a deployment starts, and one that people start."""
    environments = [identifier("env", seed, name) for name in ("production", "trial")]
    return (
        Agent(identifier("agent", seed, "builder"), environments[0], identifier("depl", seed, "nightly")),
        Agent(identifier("agent", seed, "helper"), environments[1]),
    )


def agent_loads(seed: str, key: ApiKey, start: date, end: date) -> Iterator[Load]:
    """Managed agents of one key, and the time of their sessions."""
    builder, helper = agents_of(seed)
    for name, agent, models, volume, cost_type in (
        ("builder", builder, OPUS, work("agent", 70), "tokens"),
        ("builder time", builder, OPUS, Counts(units=310), "session_usage"),
        ("helper", helper, SONNET, work("chat", 30, searches=3), "tokens"),
        ("helper time", helper, SONNET, Counts(units=45), "session_usage"),
    ):
        yield Load(
            f"agent {name}",
            models,
            volume,
            workspace_id=key.workspace_id,
            api_key_id=key.id,
            agent=agent,
            cost_type=cost_type,
            rhythm="steady",
            start=start,
            end=end,
        )


def identity_loads(seed: str, workspace_id: str | None, start: date, end: date) -> Iterator[Load]:
    """A service account, federated identities of which two cannot be told, and the Console.

    The first two work for customers of the organization, each with a user profile.
    """
    volume = work("pipeline", 20)
    service_account_id = identifier("svac", seed, "robot")
    profiles = {name: identifier("uprof", seed, name) for name in ("service account", "role")}
    for name, federated in (
        ("service account", None),
        ("role", Federated("arn:aws:iam::42:role/reader", "42")),
        ("hidden", Federated(None, "42", told=False)),
        ("hidden too", Federated("arn:aws:iam::43:role/other", "43", told=False)),
    ):
        yield Load(
            name,
            SONNET,
            volume,
            workspace_id=workspace_id,
            service_account_id=None if federated else service_account_id,
            user_profile_id=profiles.get(name),
            federated=federated,
            rhythm="steady",
            start=start,
            end=end,
        )
    yield Load("console", OPUS, work("chat", 9), rhythm="steady", start=start, end=end)


def enterprise_loads(seed: str, person: Person, start: date, end: date) -> Iterator[Load]:
    """On claude.ai, use of a member with a key, in a workspace, by an agent; and Claude Tag in Slack."""
    yield Load(
        "agent of a member",
        OPUS,
        work("agent", 12, requests=15),
        user_id=person.id,
        product="cowork",
        workspace_id=identifier("wrkspc", seed, "enterprise"),
        api_key_id=identifier("apikey", seed, "enterprise"),
        agent=agents_of(seed)[0],
        service_tier="batch",
        rhythm="steady",
        start=start,
        end=end,
    )
    for category, channel, output in (
        ("engaged", "C0HELP", 9),
        ("monitoring", "C0HELP", 4),
        ("scheduled", "C0OPS", 6),
        ("dm", None, 3),
    ):
        yield Load(
            f"tag {category}",
            SONNET,
            work("chat", output, requests=output),
            user_id=person.id if category == "dm" else None,
            product="claude-tag",
            slack_channel_id=channel,
            claude_tag_category=category,
            rhythm="steady",
            start=start,
            end=end,
        )
