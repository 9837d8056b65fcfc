from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.simulator.alertmanager.silences import (
    MatcherSpec,
    Silence,
    SilenceInvalid,
    SilenceStore,
    SilenceUnknown,
)
from flywheel_tui.simulator.world import Clock, build_world

NOW = 1_790_000_010.0
HOUR = 3_600.0


def silence(*specs: MatcherSpec, start: float = NOW, end: float = NOW + HOUR, ident: str = "") -> Silence:
    return Silence(specs or (MatcherSpec("alertname", "Full", is_regex=False),), start, end, "mira", "why", id=ident)


@pytest.fixture
def store() -> SilenceStore:
    return SilenceStore(build_world(runners=0, clock=Clock(frozen_at=NOW)))


def test_a_new_silence_begins_no_earlier_than_now(store: SilenceStore) -> None:
    ident = store.put(silence(start=NOW - HOUR), NOW)
    kept = store.get(ident)
    assert kept is not None
    assert (kept.starts_at, kept.updated_at, kept.state(NOW)) == (NOW, NOW, "active")


def test_another_end_or_comment_keeps_the_id(store: SilenceStore) -> None:
    ident = store.put(silence(), NOW)
    later = msgspec.structs.replace(silence(ident=ident, end=NOW + 5 * HOUR), comment="longer")
    assert store.put(later, NOW + 60) == ident
    kept = store.get(ident)
    assert kept is not None
    assert (kept.ends_at, kept.comment, len(store.listed(NOW + 60))) == (NOW + 5 * HOUR, "longer", 1)


@pytest.mark.parametrize(
    "changed",
    [
        {"matchers": (MatcherSpec("alertname", "Other", is_regex=False),)},
        {"matchers": (MatcherSpec("alertname", "Full", is_regex=True),)},
        {"starts_at": NOW + 30},
    ],
)
def test_other_matchers_or_another_start_expire_it_and_make_a_new_one(
    store: SilenceStore, changed: dict[str, object]
) -> None:
    ident = store.put(silence(), NOW)
    fresh = store.put(msgspec.structs.replace(silence(ident=ident), **changed), NOW + 60)
    assert fresh != ident
    old, new = store.get(ident), store.get(fresh)
    assert old is not None
    assert new is not None
    assert (old.state(NOW + 61), old.ends_at) == ("expired", NOW + 60)
    assert (new.state(NOW + 61), new.starts_at) == ("active", NOW + 60)


def test_an_expired_one_comes_back_under_a_new_id(store: SilenceStore) -> None:
    ident = store.put(silence(), NOW)
    store.expire(ident, NOW + 60)
    fresh = store.put(silence(ident=ident, end=NOW + 9 * HOUR), NOW + 120)
    assert fresh != ident


def test_a_pending_one_may_move_its_start(store: SilenceStore) -> None:
    ident = store.put(silence(start=NOW + HOUR, end=NOW + 2 * HOUR), NOW)
    assert store.put(silence(start=NOW + HOUR / 2, end=NOW + 2 * HOUR, ident=ident), NOW + 1) == ident
    assert store.put(silence(start=NOW - HOUR, end=NOW + 2 * HOUR, ident=ident), NOW + 2) != ident


def test_expiring(store: SilenceStore) -> None:
    active, pending = store.put(silence(), NOW), store.put(silence(start=NOW + HOUR, end=NOW + 2 * HOUR), NOW)
    for ident in (active, pending, active):
        store.expire(ident, NOW + 10)
    assert [each.state(NOW + 11) for each in store.listed(NOW + 11)] == ["expired", "expired"]
    with pytest.raises(SilenceUnknown):
        store.expire("nothing", NOW)


def test_an_unknown_id_is_refused(store: SilenceStore) -> None:
    with pytest.raises(SilenceUnknown, match="silence not found"):
        store.put(silence(ident="nothing"), NOW)


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (MatcherSpec("a", "", is_regex=False), "at least one matcher must not match the empty string"),
        (MatcherSpec("a", "b", is_regex=False, is_equal=False), "at least one matcher must not match the empty string"),
        (MatcherSpec("a", ".*", is_regex=True), "at least one matcher must not match the empty string"),
        (MatcherSpec("", "b", is_regex=False), 'invalid label name ""'),
        (MatcherSpec("a", "(", is_regex=True), "invalid regular expression"),
    ],
)
def test_silences_of_everything_and_of_nothing(store: SilenceStore, spec: MatcherSpec, message: str) -> None:
    with pytest.raises(SilenceInvalid, match=message):
        store.put(silence(spec), NOW)


def test_the_order_is_active_pending_expired(store: SilenceStore) -> None:
    long, short = store.put(silence(end=NOW + 9 * HOUR), NOW), store.put(silence(end=NOW + HOUR), NOW)
    later = store.put(silence(start=NOW + 2 * HOUR, end=NOW + 3 * HOUR), NOW)
    sooner = store.put(silence(start=NOW + HOUR, end=NOW + 3 * HOUR), NOW)
    over = store.put(silence(), NOW)
    store.expire(over, NOW + 5)
    assert [each.id for each in store.listed(NOW + 10)] == [short, long, sooner, later, over]


def test_expired_ones_are_forgotten_after_five_days(store: SilenceStore) -> None:
    ident = store.put(silence(), NOW)
    assert [each.id for each in store.listed(NOW + 5 * 24 * HOUR)] == [ident]
    assert store.listed(NOW + 5 * 24 * HOUR + HOUR) == []


labels = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz"), max_size=3)


@given(labels, st.sampled_from("abc"), st.sampled_from(["x", "y|z", "[xz]"]), st.booleans(), st.booleans())
def test_a_silence_holds_for_the_labels_that_it_matches(
    given_labels: dict[str, str], name: str, value: str, is_regex: bool, is_equal: bool
) -> None:
    store = SilenceStore(build_world(runners=0, clock=Clock(frozen_at=NOW)))
    anchor = MatcherSpec("always", "there", is_regex=False)
    ident = store.put(silence(MatcherSpec(name, value, is_regex=is_regex, is_equal=is_equal), anchor), NOW)
    options = {"x": "x", "y|z": "yz", "[xz]": "xz"}[value]
    present = given_labels.get(name, "")
    hit = (present in options and present != "") if is_regex else present == value
    expected = [ident] if hit == is_equal else []
    assert store.silencing({**given_labels, "always": "there"}, NOW + 1) == expected
    assert store.silencing(given_labels, NOW + 1) == []
    assert store.silencing({**given_labels, "always": "there"}, NOW + 2 * HOUR) == []
