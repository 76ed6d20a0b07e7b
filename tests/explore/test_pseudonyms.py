"""Pseudonyms: the same sums as names, and nothing by which a name could be had or tried out."""

import base64
import hashlib
import hmac
from dataclasses import replace

import pytest

from core.dimensions import DIMENSIONS
from core.explore.engine import rows, total
from core.explore.query import Filter, Match, Query
from core.explore.ranking import USERS, ranked
from core.explore.values import all_values
from core.ledger.pseudonyms import Veil
from core.ledger.restricted import restricted
from core.ledger.restriction import Restriction
from core.store.grants import Scope
from tests.explore.ledgers import (
    CLAUDE_AI,
    OCTOBER,
    PLATFORM,
    PLATFORM_2,
    answer,
    ledger_of,
    tokens,
    told_apart,
    with_lists,
)

KEY = b"a key of a data folder"
LINES = [
    tokens(PLATFORM, day=3, user="Ann Old", user_id="u1", api_key="k", api_key_id="a1", cost=1),
    tokens(PLATFORM_2, day=4, user="ann@acme.com", user_id="u1", cost=2),
    tokens(CLAUDE_AI, day=5, user="bob@acme.com", user_id="u2", product="Chat", cost=4),
    tokens(CLAUDE_AI, day=6, user="me@acme.com", user_id="u3", product="Chat", cost=8),
    tokens(CLAUDE_AI, day=7, user=None, user_id="u4", product="Chat", cost=16),
    tokens(PLATFORM, day=8, user="Not told apart", user_id="Not told apart", cost=32),
    tokens(PLATFORM, day=9, cost=64),
]
NAMES = {"Ann Old", "ann@acme.com", "bob@acme.com", "u1", "u2", "u4", "bob", "ann"}


def person(identity):
    """As the docs of the module say, without its code."""
    text = base64.b32encode(hmac.new(KEY, identity.encode(), hashlib.sha256).digest()).decode()
    return f"Person {text[:5]}-{text[5:10]}"


ALL = Scope(connections=(1, 2, 3), pseudonyms=True)


def veiled(folder, smallest=0):
    ledger = with_lists(
        told_apart(ledger_of(folder, LINES), LINES),
        {
            ("user_id", 1, "u1"): {"name": "ann@acme.com", "user_role": "admin"},
            ("api_key_id", 1, "a1"): {"name": "k", "api_key_creator": "ann@acme.com"},
        },
    )
    return restricted(ledger, Restriction((ALL,), "me@acme.com", veil=Veil(KEY, smallest)))


def by(ledger, name):
    return answer(rows(ledger, Query(("cost",), OCTOBER, (name,))), name, "cost")


def test_a_person_is_one_pseudonym_whatever_the_row_calls_them(tmp_path):
    told = by(veiled(tmp_path), "user")
    assert told == {
        person("ann@acme.com"): 3,
        person("bob@acme.com"): 4,
        "me@acme.com": 8,
        "No user": 16 + 64,
        "Not told apart": 32,
    }
    ids = by(veiled(tmp_path), "user_id")
    assert ids[person("ann@acme.com")] == 3 and ids[person("u4")] == 16


def test_the_total_is_what_it_is_with_names(tmp_path):
    assert total(veiled(tmp_path), Query(("cost",), OCTOBER))["cost"] == sum(2**n for n in range(7))


@pytest.mark.parametrize("dimension", list(DIMENSIONS))
def test_no_dimension_offers_a_name(tmp_path, dimension):
    offered = {str(option.value).lower() for option in all_values(veiled(tmp_path), dimension)}
    offered |= {option.label.lower() for option in all_values(veiled(tmp_path), dimension)}
    assert not {name for name in NAMES if any(name.lower() == text for text in offered)}
    assert not [text for text in offered if "@acme.com" in text and text != "me@acme.com"]


TRIED = [(match, name) for match in Match for name in sorted(NAMES) if match is Match.IS or len(name) > 3]
"""A shorter part is in pseudonyms too."""


@pytest.mark.parametrize("dimension", ["user", "user_id", "api_key_creator"])
@pytest.mark.parametrize(("match", "name"), TRIED)
def test_a_name_that_is_tried_out_fits_nobody(tmp_path, dimension, match, name):
    query = Query(("cost",), OCTOBER, filters=(Filter(dimension, (name,), match=match),))
    assert total(veiled(tmp_path), query)["cost"] is None


def test_a_pseudonym_can_be_filtered_by(tmp_path):
    query = Query(("cost",), OCTOBER, ("day",), (Filter("user", (person("ann@acme.com"),)),))
    assert answer(rows(veiled(tmp_path), query), "day_value", "cost") == {"2026-10-03": 1, "2026-10-04": 2}


def test_the_list_is_asked_by_pseudonym(tmp_path):
    told = by(veiled(tmp_path), "user_role")
    assert told["admin"] == 1


def test_the_ranking_has_no_name_and_no_id(tmp_path):
    frame = ranked(veiled(tmp_path), Query(("cost", "tokens", "requests"), OCTOBER, ("user",)), USERS)
    assert not [name for name in NAMES - {"bob", "ann"} if name in frame.write_json()]


@pytest.mark.parametrize(("smallest", "apart"), [(0, True), (3, True), (4, False)])
def test_below_the_smallest_group_nobody_is_told_apart(tmp_path, smallest, apart):
    """Ann, Bob and u4; who asks does not count."""
    told = by(veiled(tmp_path, smallest), "user")
    assert (person("bob@acme.com") in told) is apart
    assert told.get("Fewer than 4 people") == (None if apart else 7)
    assert told["me@acme.com"] == 8


def test_files_without_rollups_are_veiled_too(tmp_path):
    ledger = ledger_of(tmp_path, LINES)
    bare = replace(ledger, files=tuple(replace(file, rollups=()) for file in ledger.files))
    seen = restricted(bare, Restriction((Scope(connections=(3,)),), "me@acme.com", veil=Veil(KEY)))
    assert set(by(seen, "user")) == {person("bob@acme.com"), "me@acme.com", "No user"}
