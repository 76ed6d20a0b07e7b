"""A file of settings is applied whole or not at all, twice as once, and says before what it would do."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from core.alerts.kinds import hook_content, mail_content
from core.errors import InputError
from core.settings_file.applying import Step
from core.store.alert_rules import find_rule, list_rules
from core.store.annotations import list_annotations
from core.store.channels import add_channel, list_channels, read_content
from core.store.dashboards import list_dashboards
from core.store.digests import Schedule, list_digests
from core.store.findings import SeriesKey, mute, muted_series
from core.store.owners import Kind, Standing, give, standing
from core.store.plans import list_plans
from core.store.quiet_hours import QuietHours, quiet_hours, set_quiet_hours
from core.store.saved_views import ViewContent, add_view, list_views
from tests.properties import tried
from tests.settings_file.content import MAIL, NOW, WHOLE, apply, export, only, said
from tests.store.books import PlainVault, dump, in_memory

VAULT = PlainVault()
PLAN = {"name": "B", "measure": "cost", "period": "month"}
DIGEST = {
    "name": "B", "kind": "numbers", "on": True, "hour": 8, "zone": "UTC", "channels": ["Ops"],
}  # fmt: skip
QUIET = {"start": "13:00", "end": "14:00", "zone": "UTC"}
BARS = {"kind": "bars", "width": "half", "height": "small"}
TABLES = (
    "saved_filters", "saved_views", "dashboards", "tiles", "plans", "plan_amounts", "annotations",
    "alert_rules", "channels", "muted_series", "meta",
)  # fmt: skip


@pytest.fixture
def db() -> Iterator[Database]:
    with in_memory() as opened:
        yield opened


def changing(steps: list[Step]) -> list[Step]:
    """Without what is only left alone: rules that are there from the start."""
    return [step for step in steps if step.verb != "leave"]


def changed(**parts: Any) -> dict[str, Any]:
    return {**copy.deepcopy(WHOLE), **parts}


def test_a_whole_file_is_stored_as_it_says(db: Database) -> None:
    steps = apply(db, WHOLE)
    assert len([step for step in steps if step.verb == "add"]) == 12
    (plan,), (note,), (board,) = list_plans(db), list_annotations(db), list_dashboards(db)
    assert [amount for _, amount in sorted(plan.content.amounts.items())] == [50_000 * 10**8, 1]
    assert plan.content.params == {"in.origin": ["claude.ai"]} and note.text == "Load test"
    assert [(tile.look.kind, tile.text) for tile in board.tiles] == [
        ("chart", ""),
        ("text", "Booked **monthly**."),
    ]
    assert {view.name: view.starred for view in list_views(db)} == {"By model": True, "Tokens": False}
    assert standing(db, Kind.VIEW, list_views(db)[0].id) == Standing("ann@example.com", True)
    assert standing(db, Kind.DASHBOARD, board.id) == Standing("ben@example.com", False)
    assert standing(db, Kind.PLAN, plan.id) == Standing(None, False)
    assert quiet_hours(db) == QuietHours("22:00", "07:00", "Europe/Berlin", lets_syncs_through=True)
    assert muted_series(db) == {SeriesKey("api_key", "nightly"): "nightly"}
    rule = find_rule(db, "Anomaly")
    assert (rule.is_on, rule.terms.threshold) == (True, 250 * 10**8)


RULE = {
    "name": "Nightly", "kind": "amount", "on": False, "terms": {"threshold": "$500", "period": "week"},
    "scope": {"in.api_key": ["nightly"]}, "step": 20, "channels": ["Ops"],
}  # fmt: skip


def test_a_rule_names_its_plan_and_its_channels(db: Database) -> None:
    planned = {"name": "Half", "kind": "plan_actual", "on": True, "terms": {"shares": "50"}, "plan": "All"}
    apply(db, changed(rules=[RULE, planned]))
    nightly, half = find_rule(db, "nightly"), find_rule(db, "half")
    (ops,) = [channel.id for channel in list_channels(db) if channel.name == "Ops"]
    assert (nightly.content.channels, nightly.content.step, nightly.is_on) == ((ops,), 20, False)
    assert half.terms.plan == list_plans(db)[0].id
    out = {rule["name"]: rule for rule in export(db)["rules"]}
    assert out["Nightly"] == RULE | {"terms": {"threshold": "500.00", "period": "week", "measure": "cost"}}
    assert out["Half"] == planned
    assert not changing(apply(db, changed(rules=[RULE, planned])))
    apply(db, only(rules=[planned]), prune=True)
    assert [rule.content.name for rule in list_rules(db)] == ["Half"]


def test_applied_twice_it_changes_nothing_the_second_time(db: Database) -> None:
    apply(db, WHOLE)
    before = dump(db, *TABLES)
    assert not changing(apply(db, WHOLE)) and dump(db, *TABLES) == before
    assert apply(db, export(db)) == [] and dump(db, *TABLES) == before


def test_a_dry_run_says_the_same_and_changes_nothing(db: Database) -> None:
    before = dump(db, *TABLES)
    tried_only = apply(db, WHOLE, only_try=True)
    assert dump(db, *TABLES) == before
    assert tried_only == apply(db, WHOLE)


def test_what_changes_is_named_by_its_fields(db: Database) -> None:
    apply(db, WHOLE)
    plan = {**WHOLE["plans"][0], "name": "ALL", "amounts": {"2026-11": "60,000"}}
    (step,) = apply(db, only(plans=[plan]))
    assert (step.verb, step.word, step.called, step.fields) == ("change", "plan", "ALL", ("name", "amounts"))
    assert [plan.name for plan in list_plans(db)] == ["ALL"], "case aside it is the same plan"


@pytest.mark.parametrize(
    ("part", "entry", "says"),
    [
        ("plans", PLAN | {"amounts": {"2026-13": "1"}}, "not a month"),
        ("plans", PLAN | {"period": "week"}, "period"),
        ("plans", PLAN | {"scope": {"by": ["model"]}}, "no filter"),
        ("plans", PLAN | {"name": "ALL"}, "stands there twice"),
        ("plans", PLAN | {"name": " "}, "empty"),
        ("views", {"name": "B", "page": "plans", "parameters": {}}, "no explorer called"),
        ("views", {"name": "B", "page": "cost", "parameters": {"colour": ["red"]}}, "no parameter"),
        ("dashboards", {"name": "B", "tiles": [BARS | {"view": "Lost"}]}, "there is not"),
        ("dashboards", {"name": "B", "tiles": [BARS]}, "A tile"),
        ("annotations", {"first": "soon", "last": "2026-10-14", "text": "x"}, "not a day"),
        ("annotations", {"first": "2026-10-15", "last": "2026-10-14", "text": "x"}, "ends before"),
        ("rules", {"name": "B", "kind": "weather", "on": True}, "no kind"),
        ("rules", {"name": "B", "kind": "sync", "on": True, "terms": {"threshold": "3"}}, "no threshold"),
        ("rules", {"name": "B", "kind": "amount", "on": True, "terms": {"colour": "red"}}, "no term"),
        ("rules", {"name": "Sync failed", "kind": "amount", "on": True}, "of the kind sync"),
        ("rules", {"name": "B", "kind": "sync", "on": True, "channels": ["Lost"]}, "no channel"),
        ("rules", {"name": "B", "kind": "plan_actual", "on": True, "plan": "Lost"}, "no plan"),
        ("rules", {"name": "B", "kind": "late", "on": True, "scope": {"in.user": ["x"]}}, "told apart"),
        ("digests", DIGEST | {"kind": "poem"}, "no digest of the kind"),
        ("digests", DIGEST | {"of": "Board"}, "one of numbers names nothing"),
        ("digests", DIGEST | {"kind": "view"}, "names its view or dashboard"),
        ("digests", DIGEST | {"kind": "view", "of": "Lost"}, "no view “Lost”"),
        ("digests", DIGEST | {"weekday": "Moonday"}, "no weekday"),
        ("digests", DIGEST | {"hour": 24}, "hour"),
        ("digests", DIGEST | {"zone": "Mars/Olympus"}, "time zone"),
        ("digests", DIGEST | {"channels": ["Nobody"]}, "no channel “Nobody”"),
        ("digests", DIGEST | {"channels": []}, "No channel is chosen"),
        ("plans", PLAN | {"private": True}, "names its owner"),
        ("plans", PLAN | {"owner": None, "private": True}, "names its owner"),
        ("plans", PLAN | {"owner": "Ann"}, "no e-mail address"),
        ("quiet_hours", QUIET, "stands there twice"),
        ("muted", {"label": "B", "dimension": "colour", "value": "red"}, "no dimension"),
        ("muted", {"label": "B", "dimension": "model"}, "one value of a dimension"),
        ("muted", {"label": "B", "value": "claude"}, "one value of a dimension"),
        ("muted", {"label": "B", "dimension": "model", "empty": "sad"}, "empty for"),
        ("muted", {"label": " ", "dimension": "model", "value": "x"}, "has a label"),
        ("muted", {"label": "B", "dimension": "api_key", "value": "nightly"}, "stands there twice"),
        ("channels", {"name": "B", "kind": "pigeon"}, "no channel of the kind"),
        ("channels", {"name": "B", "kind": "slack", "config": {"url": "https://x.example"}}, "no 'url'"),
        ("channels", {"name": "B", "kind": "email", "config": MAIL | {"recipients": "nobody"}}, "e-mail"),
    ],
)  # fmt: skip
def test_one_bad_entry_changes_nothing_and_is_told_with_its_line(
    db: Database, part: str, entry: dict[str, Any], says: str
) -> None:
    before = dump(db, *TABLES)
    text = json.dumps(changed(**{part: [*WHOLE[part], entry]}), indent=1)
    with pytest.raises(InputError, match=says) as raised:
        apply(db, text)
    number = int(str(raised.value).removeprefix("Line ").partition(":")[0])
    inside = json.dumps(entry, indent=1).splitlines()[1].strip().rstrip(",")
    assert inside in "\n".join(text.splitlines()[number - 1 : number + 1]), "the entry begins in that line"
    assert dump(db, *TABLES) == before


def test_what_the_file_does_not_name_stays_and_is_said(db: Database) -> None:
    apply(db, WHOLE)
    steps = apply(db, only(plans=[]))
    assert said(steps) == [("leave", "plan", "All")] and len(list_plans(db)) == 1


def test_pruning_deletes_it_of_the_parts_that_the_file_has(db: Database) -> None:
    apply(db, WHOLE)
    steps = apply(db, only(plans=[], annotations=[], channels=WHOLE["channels"][:1]), prune=True)
    assert said(steps) == [
        ("delete", "channel", "Post"),
        ("delete", "annotation", "2026-10-14: Load test"),
        ("delete", "plan", "All"),
    ]  # fmt: skip
    assert (len(list_plans(db)), len(list_views(db)), len(list_channels(db))) == (0, 2, 1)


def test_a_view_that_a_dashboard_shows_is_not_pruned_from_under_it(db: Database) -> None:
    apply(db, WHOLE)
    before = dump(db, *TABLES)
    with pytest.raises(InputError, match="the dashboard “Board” shows it"):
        apply(db, only(views=[]), prune=True)
    assert dump(db, *TABLES) == before
    apply(db, only(views=[], dashboards=[]), prune=True)
    assert (list_views(db), list_dashboards(db)) == ([], [])


def test_a_dashboard_keeps_its_address_when_its_tiles_change(db: Database) -> None:
    apply(db, WHOLE)
    (before,) = list_dashboards(db)
    tile = {"view": "Tokens", "kind": "number", "width": "third", "height": "tall"}
    apply(db, only(dashboards=[{"name": "Board", "tiles": [tile]}]))
    (board,) = list_dashboards(db)
    assert board.id == before.id and [tile.look.kind for tile in board.tiles] == ["number"]


def test_a_view_that_was_saved_for_another_page_is_told_by_that(db: Database) -> None:
    add_view(db, "By model", ViewContent("usage", {}), NOW)
    (step,) = [step for step in apply(db, WHOLE) if step.called == "By model"]
    changed_fields = ("page", "parameters", "starred", "owner", "private")
    assert (step.verb, step.fields) == ("change", changed_fields)


def test_a_digest_is_kept_with_what_it_sends_when_and_by_which_channels(db: Database) -> None:
    apply(db, WHOLE)
    board, numbers = list_digests(db)
    channels = {channel.id: channel.name for channel in list_channels(db)}
    assert (numbers.content.schedule, numbers.is_on) == (Schedule(0, 8, "Europe/Berlin"), True)
    assert [channels[id_] for id_ in numbers.content.channels] == ["Ops", "Post"]
    assert board.content.target == list_dashboards(db)[0].id and not board.is_on
    changed_only = [WHOLE["digests"][0] | {"hour": 9}]
    (step,) = [step for step in apply(db, only(digests=changed_only)) if step.verb == "change"]
    assert (step.called, step.fields) == ("Mondays", ("hour",))
    assert [digest.content.schedule.hour for digest in list_digests(db)] == [17, 9]


def test_a_digest_whose_dashboard_is_gone_is_in_no_file(db: Database) -> None:
    apply(db, WHOLE)
    apply(db, only(dashboards=[]), prune=True)
    assert [digest["name"] for digest in export(db)["digests"]] == ["Mondays"]
    assert [step for step in apply(db, export(db), prune=True) if step.verb != "leave"] == []
    assert len(list_digests(db)) == 2


# Owners


def test_a_file_that_says_nothing_of_owners_leaves_them_alone(db: Database) -> None:
    """As one that an earlier version wrote."""
    apply(db, WHOLE)
    silent = {name: value for name, value in WHOLE["views"][0].items() if name not in {"owner", "private"}}
    before = dump(db, *TABLES)
    assert not changing(apply(db, only(views=[silent]))) and dump(db, *TABLES) == before
    (step,) = changing(apply(db, only(views=[silent | {"starred": False}])))
    view = list_views(db)[0]
    assert step.fields == ("starred",)
    assert standing(db, Kind.VIEW, view.id) == Standing("ann@example.com", True)


@pytest.mark.parametrize(
    ("says", "kept", "fields"),
    [
        ({"owner": "ann@example.com"}, Standing("ann@example.com", False), ("private",)),
        ({"owner": None}, Standing(None, False), ("owner", "private")),
        ({"owner": " Bob@Example.com ", "private": True}, Standing("bob@example.com", True), ("owner",)),
    ],
)
def test_a_file_gives_a_view_to_another_shares_it_and_makes_it_nobodys(
    db: Database, says: dict[str, Any], kept: Standing, fields: tuple[str, ...]
) -> None:
    apply(db, WHOLE)
    view = {name: value for name, value in WHOLE["views"][0].items() if name not in {"owner", "private"}}
    before = dump(db, *TABLES)
    would = apply(db, only(views=[view | says]), only_try=True)
    assert dump(db, *TABLES) == before
    assert changing(would)[0].fields == fields
    assert apply(db, only(views=[view | says])) == would
    assert standing(db, Kind.VIEW, list_views(db)[0].id) == kept
    assert not changing(apply(db, only(views=[view | says])))


def test_who_owns_is_in_the_file_and_nobody_is_not(db: Database) -> None:
    apply(db, WHOLE)
    out = export(db)
    assert [view.get("owner", "") for view in out["views"]] == ["ann@example.com", ""]
    assert [view.get("private", False) for view in out["views"]] == [True, False]
    assert "owner" not in out["plans"][0] and out["dashboards"][0]["owner"] == "ben@example.com"


@pytest.mark.parametrize(
    ("says", "shown"),
    [
        ({}, True),
        ({"viewers": False}, False),
        ({"owner": "ann@example.com", "private": True}, False),
        ({"owner": "ann@example.com"}, True),
    ],
)
def test_viewers_are_shown_what_a_file_says_and_nothing_private(
    db: Database, says: dict[str, Any], shown: bool
) -> None:
    apply(db, WHOLE)
    tokens = {name: value for name, value in WHOLE["views"][1].items() if name != "viewers"}
    apply(db, only(views=[tokens | says]))
    kept = next(view for view in list_views(db) if view.name == "Tokens")
    assert standing(db, Kind.VIEW, kept.id).is_for_viewers is shown
    assert ("viewers" in next(view for view in export(db)["views"] if view["name"] == "Tokens")) is shown


def test_what_is_private_here_is_not_shown_to_viewers_by_a_file(db: Database) -> None:
    apply(db, WHOLE)
    before = dump(db, *TABLES)
    mine = {name: value for name, value in WHOLE["views"][0].items() if name not in {"owner", "private"}}
    with pytest.raises(InputError, match="viewers are not shown it"):
        apply(db, only(views=[mine | {"viewers": True}]))
    assert dump(db, *TABLES) == before


# What is not to be heard


def test_quiet_hours_are_changed_and_without_any_none_are_in_the_file(db: Database) -> None:
    assert "quiet_hours" not in {name for name, part in export(db).items() if part}
    assert said(apply(db, only(quiet_hours=[QUIET]))) == [("add", "quiet hours", "13:00 to 14:00")]
    (step,) = apply(db, only(quiet_hours=[QUIET | {"zone": "Europe/Berlin"}]))
    assert (step.verb, step.fields) == ("change", ("zone",))
    assert quiet_hours(db) == QuietHours("13:00", "14:00", "Europe/Berlin")
    assert said(apply(db, only(quiet_hours=[]))) == [("leave", "quiet hours", "13:00 to 14:00")]
    apply(db, only(plans=[]), prune=True)
    assert quiet_hours(db), "a part that the file leaves out is not touched"
    assert said(apply(db, only(quiet_hours=[]), prune=True)) == [("delete", "quiet hours", "13:00 to 14:00")]
    assert quiet_hours(db) is None


@pytest.mark.parametrize(
    "wrong", [{"zone": "Mars/Olympus"}, {"end": "13:00"}, {"start": "25:00"}, {"start": "noon"}]
)
def test_quiet_hours_that_there_are_not_are_refused(db: Database, wrong: dict[str, str]) -> None:
    with pytest.raises(InputError, match="Line "):
        apply(db, only(quiet_hours=[QUIET | wrong]))
    assert quiet_hours(db) is None


def test_what_is_muted_is_muted_elsewhere_too(db: Database) -> None:
    mute(db, SeriesKey("", None), "Everything", NOW)
    mute(db, SeriesKey("workspace", None, "none"), "Default workspace", NOW)
    file = export(db)
    with in_memory() as other:
        apply(other, only(muted=file["muted"]))
        assert muted_series(other) == muted_series(db)
        apply(other, only(muted=file["muted"][:1]), prune=True)
        assert list(muted_series(other)) == [SeriesKey("", None)]


# Channels


def test_a_channel_without_its_secret_is_made_switched_off_and_said_so(db: Database) -> None:
    steps = {step.called: step for step in apply(db, WHOLE)}
    assert all("switched off" in steps[name].note for name in ("Ops", "Post"))
    assert {channel.name: channel.is_on for channel in list_channels(db)} == {"Ops": False, "Post": False}


def test_mail_that_nobody_signs_in_for_needs_no_secret(db: Database) -> None:
    config = {**MAIL, "user": "", "host": "localhost"}
    (step,) = apply(db, only(channels=[{"name": "Post", "kind": "email", "config": config}]))
    assert step.note == "" and list_channels(db)[0].is_on


def test_it_is_switched_on_by_adding_it_with_its_secret(db: Database) -> None:
    apply(db, WHOLE)
    add_channel(db, VAULT, "ops", hook_content("slack", "https://hooks.example.com/abc"), NOW)
    by_name = {channel.name: channel for channel in list_channels(db)}
    assert by_name["Ops"].is_on and len(by_name) == 2
    with pytest.raises(InputError, match="already used"):
        add_channel(db, VAULT, "Ops", hook_content("slack", "https://hooks.example.com/def"), NOW)


def test_a_channel_that_is_here_keeps_its_secret_and_no_secret_is_in_the_file(db: Database) -> None:
    add_channel(db, VAULT, "Ops", hook_content("slack", "https://hooks.example.com/planted"), NOW)
    add_channel(db, VAULT, "Post", mail_content(**MAIL, password="planted-password"), NOW)
    text = json.dumps(export(db))
    assert "planted" not in text and "hooks.example.com" not in text
    assert apply(db, export(db)) == []
    more = {**MAIL, "recipients": "ann@example.com, ben@example.com"}
    (step,) = apply(db, only(channels=[{"name": "Post", "kind": "email", "config": more}]))[:1]
    assert (step.fields, step.note) == (("config",), "")
    post = next(channel for channel in list_channels(db) if channel.name == "Post")
    assert "ben@example.com" in post.hint and "password set" in post.hint
    assert read_content(db, VAULT, post.id).secrets == {"password": "planted-password"}


@pytest.mark.parametrize("field", ["host", "user", "port", "security"])
def test_a_password_never_goes_to_another_machine_or_user(db: Database, field: str) -> None:
    add_channel(db, VAULT, "Post", mail_content(**MAIL, password="planted-password"), NOW)
    other = {"host": "evil.example.com", "user": "eve", "port": "25", "security": "tls"}[field]
    config = {**MAIL, field: other}
    (step,) = apply(db, only(channels=[{"name": "Post", "kind": "email", "config": config}]))
    (post,) = list_channels(db)
    assert "switched off" in step.note and not post.is_on
    (stored,) = db.query("SELECT encrypted_secrets AS secrets FROM channels")
    assert stored["secrets"] == b""


def test_a_channel_of_another_kind_loses_its_secret(db: Database) -> None:
    add_channel(db, VAULT, "Ops", hook_content("slack", "https://hooks.example.com/planted"), NOW)
    (step,) = apply(db, only(channels=[{"name": "Ops", "kind": "discord"}]))
    assert "switched off" in step.note and not list_channels(db)[0].is_on


# Round trip

NAMES = st.text("abcÄß “”=1", min_size=1, max_size=6).filter(lambda text: bool(text.strip()))
SCOPES = st.dictionaries(
    st.sampled_from(["in.user", "not.model", "in.workspace"]),
    st.lists(st.text("abü,=\n", max_size=4), min_size=1, max_size=2, unique=True),
    max_size=2,
)
AMOUNTS = st.integers(0, 10**14).map(lambda n: f"{n // 10**8}.{n % 10**8:08d}")
PLANS = st.fixed_dictionaries(
    {
        "name": NAMES,
        "measure": st.sampled_from(["cost", "list_cost"]),
        "period": st.just("quarter"),
        "scope": SCOPES,
        "amounts": st.dictionaries(st.sampled_from(["2026-Q1", "2026-q2", "2027-Q4"]), AMOUNTS, max_size=3),
    }
)
NOTES = st.fixed_dictionaries(
    {"first": st.just("2026-01-05"), "last": st.just("2026-02-01"), "text": NAMES, "scope": SCOPES}
)
VIEWS = st.builds(
    lambda name, page, scope, starred: {
        "name": name,
        "page": page,
        "parameters": {"measure": ["cost" if page == "cost" else "tokens"], **scope},
        "starred": starred,
    },
    NAMES,
    st.sampled_from(["cost", "usage"]),
    SCOPES,
    st.booleans(),
)


OWNERS = st.none() | st.tuples(st.sampled_from(["ann@example.com", "bob@example.com"]), st.booleans())
QUIETS = st.none() | st.builds(
    QuietHours, st.just("22:30"), st.just("06:00"), st.sampled_from(["UTC", "Asia/Tokyo"]), st.booleans()
)
MUTES = st.sets(
    st.builds(SeriesKey, st.sampled_from(["user", "model"]), st.text("abß ", min_size=1, max_size=3))
    | st.builds(SeriesKey, st.just("workspace"), st.none(), st.sampled_from(["none", "unattributed"])),
    max_size=3,
)


def each_once(entries: list[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return list({" ".join(entry[name].split()).casefold(): entry for entry in entries}.values())


@pytest.mark.slow
@tried(60)
@given(
    st.lists(PLANS, max_size=3),
    st.lists(NOTES, max_size=3),
    st.lists(VIEWS, max_size=3),
    st.booleans(),
    OWNERS,
    QUIETS,
    MUTES,
)
def test_what_is_exported_makes_the_same_elsewhere(
    plans: list[dict[str, Any]],
    notes: list[dict[str, Any]],
    views: list[dict[str, Any]],
    prune: bool,
    owner: tuple[str, bool] | None,
    quiet: QuietHours | None,
    muted: set[SeriesKey],
) -> None:
    """And nothing of what was there before, if it is pruned; the amounts to the last micro-cent."""
    standing_of_all = Standing(*owner) if owner else Standing(None, False)
    plans, views = each_once(plans, "name"), each_once(views, "name")
    tiles = [
        {"view": view["name"].strip(), "kind": "bars", "width": "half", "height": "small"} for view in views
    ]
    content = only(
        plans=plans,
        annotations=each_once(notes, "text"),
        views=views,
        dashboards=[{"name": "All", "tiles": tiles}],
    )
    with in_memory() as first, in_memory() as second:
        apply(first, content)
        set_up(first, standing_of_all, quiet, muted)
        apply(second, WHOLE)
        apply(second, export(first), prune=True)
        parts = ("plans", "annotations", "views", "dashboards", "filters", "quiet_hours", "muted")
        one_side, other = export(first), export(second)
        assert [one_side.get(part) for part in parts] == [other.get(part) for part in parts]
        assert apply(second, export(first), prune=prune) == []
        assert (quiet_hours(second), set(muted_series(second))) == (quiet, muted)
        assert standings(second) <= {standing_of_all}
        stored = {plan.name: sum(plan.content.amounts.values()) for plan in list_plans(second)}
    told = {
        plan["name"].strip(): sum(int(text.replace(".", "")) for text in plan["amounts"].values())
        for plan in plans
    }
    assert stored == told


def set_up(db: Database, all_are: Standing, quiet: QuietHours | None, muted: set[SeriesKey]) -> None:
    """What no part of the drawn file says."""
    for kind, id_ in everything_owned(db):
        give(db, kind, id_, all_are)
    set_quiet_hours(db, quiet)
    for key in muted:
        mute(db, key, f"Label of {key.value}", NOW)


def standings(db: Database) -> set[Standing]:
    return {standing(db, kind, id_) for kind, id_ in everything_owned(db)}


def everything_owned(db: Database) -> list[tuple[Kind, int]]:
    return [(kind, row["id"]) for kind in Kind for row in db.query(f"SELECT id FROM {kind.value}")]
