"""What is kept under a name is looked for in one way, whatever it is."""

import re
from dataclasses import dataclass

import pytest

from core.errors import InputError
from core.store.alert_rules import find_rule, list_rules
from core.store.channels import find_channel
from core.store.connections import find_connection
from core.store.digests import find_digest
from core.store.given_names import named, named_or_numbered
from core.store.plans import find_plan
from tests.store.books import connect


@dataclass(frozen=True)
class Thing:
    id: int
    name: str


KEPT = [Thing(1, "Eins"), Thing(2, "STRASSE"), Thing(3, "1"), Thing(4, "ẞ")]


@pytest.mark.parametrize(
    ("wanted", "id_"), [("eins", 1), (" EINS\n", 1), ("straße", 2), ("2", 2), ("1", 3), ("ß", 4), ("ss", 4)]
)
def test_a_name_is_found_case_aside_and_before_a_number(wanted, id_):
    assert named_or_numbered(KEPT, wanted, "thing").id == id_


@pytest.mark.parametrize("wanted", ["", "Ein", "5", "-1", "1.0", "eins zwei"])
def test_of_what_there_is_not_it_is_said_what_there_is(wanted):
    assert named(KEPT, wanted) is None
    told = f"No thing is named “{wanted}”. There are: “Eins”, “STRASSE”, “1”, “ẞ”."
    with pytest.raises(InputError, match=f"^{re.escape(told)}$") as refusal:
        named_or_numbered(KEPT, wanted, "thing")
    assert refusal.value.field == "thing"


def test_a_long_name_and_many_are_cut():
    with pytest.raises(InputError) as refusal:
        named_or_numbered([Thing(n, f"Thing {n}") for n in range(1, 201)], "x" * 9_000, "thing")
    told = str(refusal.value)
    assert f"“{'x' * 100}”." in told and told.endswith("“Thing 30”, and 170 more.")


@pytest.mark.parametrize(
    ("find", "what"),
    [
        (find_connection, "connection"),
        (find_rule, "rule"),
        (find_plan, "plan"),
        (find_digest, "digest"),
        (find_channel, "channel"),
    ],
)
def test_all_that_is_kept_is_refused_in_the_same_words(db, find, what):
    with pytest.raises(InputError, match=rf"^No {what} is named “Nobody”\. There are: ") as refusal:
        find(db, " Nobody ")
    assert refusal.value.field == what


def test_connections_and_rules_are_found_by_name_or_number(db):
    made = connect(db, "Research", "org_1")
    assert find_connection(db, " research ") == find_connection(db, str(made.id)) == made
    for rule in list_rules(db):
        assert find_rule(db, rule.name.upper()) == find_rule(db, str(rule.id)) == rule
