"""Who is one row, what the rows add up to, and what a click on one of them asks for."""

import tempfile
from datetime import date
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from core.explore.engine import total
from core.explore.query import Filter, Query
from core.explore.ranking import (
    API_KEYS,
    USERS,
    costs_over_time,
    filters_of,
    last_seen,
    matching,
    ranked,
    used_by,
)
from core.ledger.namesakes import Named
from tests.explore.ledgers import (
    CLAUDE_AI,
    CONNECTIONS,
    OCTOBER,
    PLATFORM,
    PLATFORM_2,
    ledger_of,
    row,
    told_apart,
)
from tests.properties import tried

QUERY = Query(("cost",), OCTOBER)
MEASURES = ("cost", "tokens", "requests")
STEADY = tried(60)


def few(*values):
    return st.sampled_from(values)


def _named(line):
    """As the ledger has it: who has an id has a name."""
    for name in ("user", "api_key"):
        line[name] = line[name] or line[f"{name}_id"]
    return line


ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "day": st.dates(date(2026, 9, 29), date(2026, 10, 3)),
            "connection_id": few(*(c.id for c in CONNECTIONS)),
            "user_id": few(None, "u1", "u2"),
            "user": few(None, "a@x", "No user", "Unattributed", "Deleted User"),
            "api_key_id": few(None, "k1", "k2"),
            "api_key": few(None, "key", "=key"),
            "product": few(None, "chat", "cowork"),
            "model": few(None, "opus", "haiku"),
            "workspace": few(None, "w"),
            "cost_basis": few("billed", "unattributed", None),
            "tokens": st.none() | st.integers(0, 10**12),
            "requests": st.none() | st.integers(0, 10**6),
            "cost_microcents": st.none() | st.integers(-(10**12), 10**15),
        }
    ).map(_named),
    max_size=25,
)


@STEADY
@given(ROWS, few(USERS, API_KEYS), few((), (Filter("product", ("chat",)),), (Filter("user_id", ("u1",)),)))
def test_the_rows_add_up_to_the_ledger_and_each_opens_to_itself(lines, ranking, filters):
    query = Query(("cost",), OCTOBER, filters=filters)
    with tempfile.TemporaryDirectory() as folder:
        ledger = ledger_of(Path(folder), lines)
        frame = ranked(ledger, query, ranking)
        whole = total(ledger, query.measuring(*MEASURES))
        for name in MEASURES:
            assert frame[name].sum() == (whole[name] or 0)
            assert frame[name].is_null().all() == (whole[name] is None)
        assert frame["identity"].is_unique().all()
        for line in frame.rows(named=True):
            opened = query.narrowed(*filters_of(line, ranking)).measuring(*MEASURES)
            assert total(ledger, opened) == {name: line[name] for name in MEASURES}
        ids = frame["ids"].explode().drop_nulls().to_list()
        over_time = costs_over_time(ledger, query, ranking, "day", ids)
        assert over_time["cost"].sum() == (whole["cost"] or 0)


def known(folder, lines, listed=()):
    """A ledger that knows who is who."""
    return told_apart(ledger_of(folder, lines), lines, listed=listed)


def labels(ledger, ranking=USERS):
    return ranked(ledger, QUERY, ranking).select("label", "id", "cost").rows()


def test_the_same_id_in_two_organizations_is_one_row(tmp_path):
    ledger = ledger_of(
        tmp_path,
        [
            row(PLATFORM, user_id="u1", user="a@x", cost=3),
            row(CLAUDE_AI, user_id="u1", user="a@x", cost=4),
        ],
    )
    frame = ranked(ledger, QUERY, USERS)
    assert frame.select("label", "id", "cost").rows() == [("a@x", "u1", 7)]
    assert frame["cost_centers"].to_list() == [["Everyone", "Research"]]


def test_the_same_mail_is_one_person_with_or_without_an_id_in_whatever_letters(tmp_path):
    lines = [
        row(PLATFORM, user_id="u1", user="A@x", cost=3),
        row(PLATFORM_2, user="a@X", cost=10),
        row(CLAUDE_AI, user_id="u2", user="a@x", cost=4),
        row(CLAUDE_AI, user="bot", cost=5),
        row(PLATFORM, user="bot", cost=50),
    ]
    frame = ranked(known(tmp_path, lines), QUERY, USERS)
    assert frame.select("label", "ids", "cost", "Claude Platform", "claude.ai").rows() == [
        ("bot · Acme", [], 50, 50, None),
        ("a@x", ["u1", "u2"], 17, 13, 4),
        ("bot · org-3", [], 5, None, 5),
    ]


def test_a_rename_keeps_one_row_with_the_latest_name_but_an_e_mail_tells_more(tmp_path):
    lines = [
        row(CLAUDE_AI, 3, user_id="u1", user="before@x", cost=1),
        row(CLAUDE_AI, 9, user_id="u1", user="after@x", cost=1),
        row(CLAUDE_AI, date(2026, 11, 2), user_id="u1", user="Deleted User", cost=1),
    ]
    ledger = known(tmp_path, lines)
    assert labels(ledger) == [("after@x", "u1", 2)]
    (seen,) = last_seen(ledger, USERS).rows(named=True)
    assert (seen["label"], seen["name"]) == ("after@x", "Deleted User")
    assert (seen["first_day"], seen["last_day"]) == (date(2026, 10, 3), date(2026, 11, 2))


def test_nobody_and_unattributed_are_rows_of_their_own(tmp_path):
    ledger = ledger_of(
        tmp_path,
        [row(PLATFORM, cost=1), row(PLATFORM, cost_basis="unattributed", cost=2), row(CLAUDE_AI, cost=4)],
    )
    assert labels(ledger) == [("No user", None, 5), ("Unattributed", None, 2)]
    assert labels(ledger, API_KEYS) == [
        ("Not applicable", None, 4),
        ("Unattributed", None, 2),
        ("No API key (Console)", None, 1),
    ]
    assert last_seen(ledger, USERS).is_empty()


def test_a_user_who_is_called_no_user_reads_otherwise(tmp_path):
    ledger = ledger_of(tmp_path, [row(CLAUDE_AI, user_id="u1", user="No user", cost=1)])
    assert labels(ledger) == [("“No user”", "u1", 1)]
    assert last_seen(ledger, USERS)["label"].to_list() == ["“No user”"]


def test_sightings_reach_beyond_every_range(tmp_path):
    ledger = ledger_of(
        tmp_path,
        [
            row(PLATFORM, date(2026, 3, 1), api_key_id="k1", api_key="key", tokens=1),
            row(PLATFORM_2, date(2026, 12, 1), api_key_id="k1", api_key="key", tokens=1),
        ],
    )
    days = last_seen(ledger, API_KEYS).select("identity", "connection_id", "first_day", "last_day").rows()
    assert days == [
        ("name:key", PLATFORM_2.id, date(2026, 12, 1), date(2026, 12, 1)),
        ("name:key", PLATFORM.id, date(2026, 3, 1), date(2026, 3, 1)),
    ]


def test_what_was_used_dearest_first(tmp_path):
    ledger = ledger_of(
        tmp_path,
        [
            row(CLAUDE_AI, user_id="u1", user="a", product="chat", cost=1),
            row(CLAUDE_AI, user_id="u1", user="a", product="cowork", cost=5),
            row(CLAUDE_AI, user_id="u1", user="a", cost=50),
            row(CLAUDE_AI, user_id="u2", user="b", product="chat", cost=1),
        ],
    )
    used = used_by(ledger, QUERY, USERS, "product", ["u1"])
    assert used.rows() == [("name:a", ["cowork", "chat"])]
    assert used_by(ledger, QUERY, USERS, "product").height == 2


def test_the_default_workspace_is_a_workspace_but_no_model_is_no_model(tmp_path):
    ledger = ledger_of(tmp_path, [row(PLATFORM, api_key_id="k", api_key="key", cost=1)])
    assert used_by(ledger, QUERY, API_KEYS, "workspace").rows() == [("name:key", ["Default workspace"])]
    assert used_by(ledger, QUERY, API_KEYS, "model").is_empty()


def test_search_finds_names_and_ids_as_text(tmp_path):
    ledger = ledger_of(
        tmp_path,
        [
            row(CLAUDE_AI, user_id="user_9", user="Ä.(b@x", cost=1),
            row(CLAUDE_AI, user_id="user_8", user="c", cost=1),
        ],
    )
    frame = ranked(ledger, QUERY, USERS)
    for search, ids in (
        ("ä.(B", ["user_9"]),
        (" USER_8 ", ["user_8"]),
        ("", ["user_9", "user_8"]),
        (".*", []),
    ):
        assert sorted(matching(frame, search)["id"]) == sorted(ids)


def test_an_empty_ledger_has_nobody(tmp_path):
    ledger = ledger_of(tmp_path, [])
    assert ranked(ledger, QUERY, USERS).is_empty()
    assert last_seen(ledger, USERS).is_empty()
    assert used_by(ledger, QUERY, USERS, "model").is_empty()


RENAMED = [
    row(PLATFORM, 1, api_key_id="k1", api_key="old", workspace_id="w1", workspace="Helpdesk", cost=900),
    row(PLATFORM, 9, api_key_id="k1", api_key="new", workspace_id="w1", workspace="Customer Care", cost=1),
    row(PLATFORM, 3, api_key_id="k2", api_key="a", cost=5),
    row(PLATFORM, 2, api_key_id="k2", api_key="b", cost=5),
]


def named(ledger):
    return dict(last_seen(ledger, API_KEYS).select("id", "label").rows())


def test_of_several_names_the_last_one_in_the_ledger_stands_for_all(tmp_path):
    ledger = known(tmp_path, RENAMED)
    assert labels(ledger, API_KEYS) == [("new", "k1", 901), ("a", "k2", 10)]
    assert named(ledger) == {"k1": "new", "k2": "a"}


def test_what_the_list_calls_somebody_now_is_newer_than_the_ledger(tmp_path):
    listed = [Named("api_key", 1, "k1", "newest"), Named("workspace", 1, "w1", "Care")]
    ledger = known(tmp_path, RENAMED, listed)
    assert labels(ledger, API_KEYS) == [("newest", "k1", 901), ("a", "k2", 10)]
    assert named(ledger) == {"k1": "newest", "k2": "a"}
    used = used_by(ledger, QUERY, API_KEYS, "workspace").rows()
    assert dict(used) == {"name:newest": ["Care"], "name:a": ["Default workspace"]}


def test_a_new_name_that_reads_as_something_else_is_quoted(tmp_path):
    ledger = known(tmp_path, RENAMED, [Named("api_key", 1, "k1", "No API key (Console)")])
    assert labels(ledger, API_KEYS)[0] == ("“No API key (Console)”", "k1", 901)
