"""What a label says where a name alone would mean several."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.dimensions import NOT_TOLD
from core.ledger.namesakes import Details, Named, Place, find_namesakes, find_persons
from tests.ledger.identities import identities

PLACES = {1: Place("Acme", "Research"), 2: Place("Acme Labs", "Products"), 3: Place("Acme", "Everyone")}


def labels(*names: Named, details: Details | None = None) -> dict[tuple[int, str | None], str]:
    found = find_namesakes(names, PLACES, details or {})
    return {(one.connection_id, one.id): one.label for one in found}


def key(id_: str, connection_id: int = 1, name: str = "prod") -> Named:
    return Named("api_key", connection_id, id_, name)


def user(id_: str | None, name: str = "Deleted User", connection_id: int = 1) -> Named:
    return Named("user", connection_id, id_, name)


def default(connection_id: int) -> Named:
    return Named("workspace", connection_id, None, None)


def test_a_name_of_one_needs_no_label() -> None:
    assert labels(key("k1"), key("k2", name="dev"), default(1), user("u1")) == {}


def test_the_first_detail_that_tells_all_apart_is_taken() -> None:
    details = {
        ("api_key", 1, "k1"): ("Checkout", "created 2026-01-01", "active"),
        ("api_key", 1, "k2"): ("Checkout", "created 2026-02-02", "active"),
    }
    assert labels(key("k1"), key("k2"), details=details) == {
        (1, "k1"): "prod · created 2026-01-01",
        (1, "k2"): "prod · created 2026-02-02",
    }


def test_where_no_detail_tells_them_apart_the_end_of_the_id_does() -> None:
    details = {
        ("api_key", 1, "apikey_01aaaa"): ("Checkout", None, "active"),
        ("api_key", 1, "apikey_02aaaa"): ("Checkout", None, "active"),
        ("api_key", 1, "apikey_03bbbb"): (None, None, None),
    }
    found = labels(key("apikey_01aaaa"), key("apikey_02aaaa"), key("apikey_03bbbb"), details=details)
    assert found == {
        (1, "apikey_01aaaa"): "prod · Checkout · …1aaaa",
        (1, "apikey_02aaaa"): "prod · Checkout · …2aaaa",
        (1, "apikey_03bbbb"): "prod · …3bbbb",
    }


def test_an_id_that_ends_another_is_told_apart_too() -> None:
    assert labels(key("aaaa"), key("xaaaa")) == {(1, "aaaa"): "prod · aaaa", (1, "xaaaa"): "prod · xaaaa"}


def test_of_two_organizations_the_organization_is_named_and_cost_centers_where_those_are_alike() -> None:
    assert labels(default(1), default(2)) == {
        (1, None): "Default workspace · Acme",
        (2, None): "Default workspace · Acme Labs",
    }
    assert set(labels(default(1), default(3)).values()) == {
        "Default workspace · Research",
        "Default workspace · Everyone",
    }


def test_what_differs_and_where_stand_together() -> None:
    assert labels(key("k001"), key("k002"), key("k001", 2)) == {
        (1, "k001"): "prod · k001 · Acme",
        (1, "k002"): "prod · k002 · Acme",
        (2, "k001"): "prod · Acme Labs",
    }


def test_people_are_told_apart_by_id_whatever_the_connection_and_by_e_mail_not_at_all() -> None:
    assert labels(
        user("user_0001"), user("user_0002", connection_id=2), user("user_0001", connection_id=2)
    ) == {
        (1, "user_0001"): "Deleted User · …0001",
        (2, "user_0001"): "Deleted User · …0001",
        (2, "user_0002"): "Deleted User · …0002",
    }
    assert labels(user("u1", "ada@x.org"), user("u2", "ada@x.org", 2)) == {}
    assert labels(user("u1", "Bob"), user("u1", "Bob", 2)) == {}
    security = (user(None, "Claude Security", 1), user(None, "Claude Security", 2))
    assert set(labels(*security).values()) == {"Claude Security · Acme", "Claude Security · Acme Labs"}


def test_a_name_that_reads_like_a_label_keeps_it() -> None:
    taken = key("k9", name="prod · k001")
    assert labels(key("k001"), key("k002"), taken) == {
        (1, "k001"): "prod · k001 · k001",
        (1, "k002"): "prod · k002",
    }


def test_what_was_not_told_apart_is_left_alone() -> None:
    assert labels(key(NOT_TOLD, name=NOT_TOLD), key(NOT_TOLD, 2, NOT_TOLD)) == {}


def test_a_person_is_all_ids_that_share_an_e_mail_even_over_a_third() -> None:
    names = [user("u1", "a@x.org"), user("u2", "a@x.org", 2), user("u2", "b@x.org"), user("u3", "b@x.org", 2)]
    assert find_persons(names) == (("u1", "a@x.org"), ("u2", "a@x.org"), ("u3", "a@x.org"))
    assert find_persons([user("u1", "a@x.org"), user("u1", "b@x.org"), user("u2"), user("u3")]) == ()


def test_a_person_is_called_by_the_newest_e_mail_in_whatever_letters() -> None:
    names = (user("u1", "Ada@X.org"), user("u2", "ada@x.org", 3), user("u2", "Deleted User", 3))
    assert labels(*names) == {(1, "u1"): "ada@x.org", (3, "u2"): "ada@x.org"}
    assert find_persons(names) == (("u1", "ada@x.org"), ("u2", "ada@x.org"))


def test_a_new_name_stands_for_the_old_one() -> None:
    assert labels(key("k1", name="old"), key("k1", name="new"), key("k2", name="k2")) == {(1, "k1"): "new"}
    assert labels(key("k1", name="named"), key("k1", name="k1")) == {(1, "k1"): "named"}


def test_a_name_that_another_had_before_says_what_differs() -> None:
    found = labels(key("k001", name="prod"), key("k001", name="dev"), key("k002", name="prod"))
    assert found == {(1, "k001"): "dev", (1, "k002"): "prod · k002"}


TEXTS = st.sampled_from(
    ["a", "a · b", "a · Acme", "b", "Default workspace · Acme", "x@y.z", "X@y.z", "c@d", NOT_TOLD, None]
)
NAMES = st.builds(
    Named,
    st.sampled_from(["workspace", "api_key", "user"]),
    st.sampled_from([1, 2, 3]),
    st.sampled_from(["b", "aaaa", "xaaaa", None]),
    TEXTS,
)


def told(names: list[Named]) -> list[Named]:
    default = [one for one in names if one.dimension == "workspace" and one.id is None and one.name is None]
    return default + [one for one in names if one.name not in (None, NOT_TOLD)]


@given(st.lists(NAMES, max_size=12), st.dictionaries(NAMES.map(lambda n: n[:3]), st.tuples(TEXTS, TEXTS)))
def test_two_read_alike_only_if_they_are_one_and_one_reads_alike_everywhere(
    names: list[Named], details: Details
) -> None:
    reads = {one[:4]: one.label for one in find_namesakes(names, PLACES, details)}
    who = identities(told(names))
    assert set(reads) <= set(who)
    called = {one: (one.dimension, reads.get(one, one.name)) for one in who}
    for one in who:
        assert all((called[one] == called[other]) == (who[one] == who[other]) for other in who)
        if one in reads:
            own = [other.name or "Default workspace" for other in who if who[other] == who[one]]
            assert reads[one].startswith(tuple(own))


@given(st.lists(NAMES, max_size=12))
def test_a_label_that_is_a_name_means_all_who_ever_had_it(names: list[Named]) -> None:
    found = find_namesakes(names, PLACES, {})
    who = identities(told(names))
    for one in found:
        bearers = [other for other in who if (other.dimension, other.name) == (one.dimension, one.label)]
        assert all(who[other] == who[one[:4]] for other in bearers)
