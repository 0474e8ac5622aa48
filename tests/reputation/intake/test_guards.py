"""What guards let through, leave out and refuse."""

import pytest

from reputation.addresses.address import parse_network
from reputation.intake.bounds import CANARIES, FeedBounds
from reputation.intake.formats import parse
from reputation.intake.guards import Guarded, GuardError, guard, unlistable
from tests.reputation.intake.lists import listed, need_real_list, read, sample


def guarded(text: str, bounds: FeedBounds | None = None, own: tuple[str, ...] = (), form: str = "plain") -> Guarded:
    return guard(read(text, form), bounds or FeedBounds(), [parse_network(network) for network in own])


@pytest.mark.parametrize("network", [
    "0.1.2.3", "10.1.0.0/16", "100.64.0.1", "127.0.0.1", "169.254.1.1", "172.31.255.255", "192.0.0.8", "192.168.1.0/24",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::/64", "ff02::1", "64:ff9b::1",
    "4000::1", "172.16.0.0/12", "e000::/19",
])  # fmt: skip
def test_private_and_reserved_networks_are_left_out_and_counted(network: str) -> None:
    found = guarded(f"192.0.2.1\n# 2\n{network}\n")

    assert listed(found.ranges) == ["192.0.2.1"]
    assert found.warnings == (f"1 entry in private or reserved networks left out (line 3: {network})",)


def test_what_reaches_into_a_reserved_network_keeps_the_rest() -> None:
    found = guarded("9.255.0.0-10.0.0.255\n172.15.0.0/16\n172.16.0.0/24\n1fff:ffff::-2000::f\n")

    assert listed(found.ranges) == ["9.255.0.0/16", "172.15.0.0/16", "2000::/124"]
    assert found.warnings == ("3 entries in private or reserved networks left out (line 1: 9.255.0.0-10.0.0.255)",)


@pytest.mark.parametrize("network", ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"])
def test_documentation_networks_stay_so_that_people_can_try(network: str) -> None:
    assert guarded(f"{network}\n") == Guarded(read(network).ranges, ())


@pytest.mark.parametrize("canary", CANARIES)
def test_a_list_that_holds_a_canary_is_refused_with_the_entry_and_its_line(canary: str) -> None:
    with pytest.raises(GuardError) as caught:
        guarded(f"192.0.2.1\n{canary}\n")

    assert f"holds {canary} (line 2: {canary})" in str(caught.value)
    assert "feed bound NAME canaries=" in str(caught.value)


@pytest.mark.parametrize("wider", ["8.0.0.0/8", "8.0.0.0/12"])
def test_the_most_specific_entry_that_holds_a_canary_is_named(wider: str) -> None:
    with pytest.raises(GuardError, match=r"holds 8\.8\.8\.8 \(line 2: 8\.8\.0\.0/16\)"):
        guarded(f"{wider}\n8.8.0.0/16\n")


@pytest.mark.parametrize("canary,holding,below,above", [
    ("2001:db8::5", "2001:db8::/64", "2001:db7::1", "2001:db9::1"),
    ("2001:db8::5", "2001:db8::4/126", "2001:db8::3", "2001:db8::8"),
    ("2001:db8::f000:0:0:5", "2001:db8::f000:0:0:4/126", "2001:db8::7000:0:0:6", "2001:db8::f000:0:0:8"),
    ("2001:db8:1::5", "2001:db8::/32", "2001:db7::1", "2001:db9::1"),
    ("2001:db8:0:1::5", "2001:db8:0:1::4/126", "2001:db8:0:1::3", "2001:db8:0:1::8"),
    ("fd00::5", "fd00::/64", "fcff::1", "fd01::1"),
])  # fmt: skip
def test_of_ipv6_entries_the_one_that_holds_a_canary_is_named(
    canary: str, holding: str, below: str, above: str
) -> None:
    with pytest.raises(GuardError) as caught:
        guarded(f"{below}\n{holding}\n{above}\n", FeedBounds.of({"canaries": canary}))

    assert f"holds {canary} (line 2: {holding})" in str(caught.value)


@pytest.mark.parametrize("text,says", [
    ("192.0.2.1\n17.58.0.0/17\n17.58.128.0/17\n",
     "holds 17.58.0.0/16 (in 2 entries together, the first on line 2: 17.58.0.0/17)"),
    ("17.58.128.0/18 # a\n17.58.0.0/17 # b\n17.58.192.0-17.59.0.9 # c\n", "in 3 entries together"),
    ("2a00:1450:4000::/37\n2a00:1450:4800::/37\n", "holds 2a00:1450:4000::/36 (in 2 entries together"),
])  # fmt: skip
def test_a_list_that_holds_a_canary_in_several_entries_is_refused(text: str, says: str) -> None:
    with pytest.raises(GuardError) as caught:
        guarded(text)

    assert says in str(caught.value)


def test_a_list_that_holds_a_canary_but_for_one_address_holds_no_canary() -> None:
    assert guarded("17.58.0.0/17\n17.58.128.0-17.58.255.254\n").ranges.addresses4 == 65_535


def test_a_canary_that_the_list_itself_excludes_is_fine() -> None:
    found = guarded("8.8.8.0/24\n!8.8.8.8\n", form="rbldnsd")

    assert listed(found.ranges) == ["8.8.8.0/29", "8.8.8.9-8.8.8.255"]


def test_canaries_are_those_of_the_feed() -> None:
    bounds = FeedBounds.of({"canaries": "192.0.2.1"})

    assert listed(guarded("8.8.8.8\n", bounds).ranges) == ["8.8.8.8"]
    with pytest.raises(GuardError, match=r"holds 192\.0\.2\.1"):
        guarded("192.0.2.0/24\n", bounds)


@pytest.mark.parametrize("network,bound", [
    ("11.0.0.0/7", "widest4"), ("0.0.0.0/0", "widest4"), ("11.0.0.0-12.0.0.0", "widest4"), ("2000::/18", "widest6"),
    ("::/0", "widest6"), ("2400::-2400:2000::", "widest6"),
])  # fmt: skip
def test_an_entry_wider_than_allowed_aborts_with_its_line_and_bound(network: str, bound: str) -> None:
    network = "10.0.0.0/7" if network == "11.0.0.0/7" else network
    with pytest.raises(GuardError) as caught:
        guarded(f"192.0.2.1\n{network}\n")

    assert f"line 2: {network} is wider than /{8 if bound == 'widest4' else 19}" in str(caught.value)
    assert f"feed bound NAME {bound}=" in str(caught.value)


@pytest.mark.parametrize("network", ["11.0.0.0/8", "2400::/19", "2400::-2400:1fff:ffff:ffff:ffff:ffff:ffff:ffff"])
def test_an_entry_exactly_as_wide_as_allowed_is_taken(network: str) -> None:
    assert guarded(f"{network}\n").ranges.count == 1


@pytest.mark.parametrize("bounds,network", [
    ({"widest4": 24}, "192.0.2.0/23"), ({"widest4": 32}, "192.0.2.0/31"), ({"widest6": 64}, "2001:db8::/63"),
    ({"widest6": 128}, "2001:db8::/127"), ({"widest6": 96}, "2001:db8::/95"), ({"widest4": 1}, "0.0.0.0/0"),
    ({"widest6": 65}, "2001:db8::/64"),
])  # fmt: skip
def test_how_wide_an_entry_may_be_is_settable(bounds: dict[str, int], network: str) -> None:
    with pytest.raises(GuardError, match="is wider than"):
        guarded(f"{network}\n", FeedBounds.of(bounds))
    looser = {name: value - 1 for name, value in bounds.items()} | {"canaries": ()}
    if network != "0.0.0.0/0":
        assert guarded(f"{network}\n", FeedBounds.of(looser)).ranges.count == 1


def test_a_range_of_one_address_more_than_a_half_is_wider() -> None:
    with pytest.raises(GuardError, match="line 1: 2001:db8::-2001:db8:0:1:: is wider than /96"):
        guarded("2001:db8::-2001:db8:0:1::\n", FeedBounds.of({"widest6": 96}))


def test_a_wide_exclusion_is_fine() -> None:
    found = guarded("198.51.100.1\n!0.0.0.0/1\n", form="rbldnsd")

    assert listed(found.ranges) == ["198.51.100.1"]


def test_confirmed_mail_servers_are_left_out_and_named() -> None:
    found = guarded("198.51.100.0/24\n2001:db8::/64\n", own=("198.51.100.7", "192.0.2.1"))

    assert listed(found.ranges) == ["198.51.100.0-198.51.100.6", "198.51.100.8-198.51.100.255", "2001:db8::/64"]
    assert found.warnings == (
        "the confirmed mail server 198.51.100.7 was listed and is left out (line 1: 198.51.100.0/24)",
    )


def test_confirmed_mail_servers_whose_first_address_is_not_listed_are_left_out_too() -> None:
    found = guarded("198.51.100.7\n192.0.2.1\n", own=("198.51.100.0/24",))

    assert listed(found.ranges) == ["192.0.2.1"]
    assert found.warnings == ("the confirmed mail server 198.51.100.0/24 was listed and is left out",)


def test_many_confirmed_mail_servers_are_one_warning() -> None:
    found = guarded("198.51.100.0/24\n2001:db8::/64\n", own=("198.51.100.0/25", "2001:db8::5"))

    assert "2 confirmed mail servers were listed and are left out, such as 198.51.100.0/25" in found.warnings[0]
    assert not found.ranges.touches(parse_network("198.51.100.0/25"))
    assert not found.ranges.touches(parse_network("2001:db8::5"))


def test_of_ipv6_the_most_specific_entry_that_holds_a_canary_is_named() -> None:
    with pytest.raises(GuardError, match=r"holds 2606:4700:4700::1111 \(line 2: 2606:4700:4700::/48\)"):
        guarded("2606:4700::/32\n2606:4700:4700::/48\n2606:4700:4700::1110\n2606:4700:4700::1112\n")


def test_a_confirmed_mail_server_of_ipv6_is_left_out_and_named() -> None:
    found = guarded("2001:db8:1::/48\n2001:db8::/64\n", own=("2001:db8::7",))

    assert found.warnings == (
        "the confirmed mail server 2001:db8::7 was listed and is left out (line 2: 2001:db8::/64)",
    )
    assert not found.ranges.touches(parse_network("2001:db8::7"))
    for beside in ("2001:db8::6", "2001:db8::8", "2001:db8:1::"):
        assert found.ranges.touches(parse_network(beside))


@pytest.mark.parametrize("own", ["2001:db8::7", "2001:db8:0:1::/64", "2001:db7:ffff:ffff::/64", "2001:db8::8:0/112"])
def test_entries_of_ipv6_beside_a_valid_mail_server_are_let_alone(own: str) -> None:
    written = "2001:db8::6\n2001:db8::8\n2001:db8::\n2001:db8::ffff:ffff:ffff:ffff\n"

    assert guarded(written, own=(own,)) == Guarded(read(written).ranges, ())


@pytest.mark.parametrize("bound,is_wider", [(128, True), (127, False)])
def test_a_range_of_ipv6_across_the_middle_of_the_number_is_as_wide_as_it_is(bound: int, is_wider: bool) -> None:
    """Two addresses, of which the lower half of the last one is below that of the first one."""
    across = "2001:db8::ffff:ffff:ffff:ffff-2001:db8:0:1::\n"
    bounds = FeedBounds.of({"widest6": bound})

    if is_wider:
        with pytest.raises(GuardError, match="is wider than /128"):
            guarded(across, bounds)
    else:
        assert guarded(across, bounds).warnings == ()


@pytest.mark.parametrize("text,form,own,says", [
    ("10.0.0.1\n", "plain", (), "private or reserved"),
    ("192.0.2.1\n", "plain", ("192.0.2.0/24",), "confirmed mail server"),
    ("192.0.2.1\n!192.0.2.1\n", "rbldnsd", (), "its exclusions take out all"),
])  # fmt: skip
def test_a_list_of_which_nothing_is_left_is_refused(text: str, form: str, own: tuple[str, ...], says: str) -> None:
    with pytest.raises(GuardError, match=f"Nothing of the list is left: .*{says}"):
        guarded(text, own=own, form=form)


@pytest.mark.parametrize("text", ["10.0.0.0/8", "9.0.0.0/7", "127.0.0.1", "::1", "fe80::/64", "ff02::1", "4000::/16"])
def test_a_reserved_network_cannot_be_listed_by_hand(text: str) -> None:
    text = "8.0.0.0/6" if text == "9.0.0.0/7" else text

    assert f"{text} cannot be listed" in unlistable(parse_network(text))


@pytest.mark.parametrize("text", ["192.0.2.1", "8.8.8.8", "2001:db8::/32", "11.0.0.0/8", "2000::/3"])
def test_other_networks_can_be_listed_by_hand(text: str) -> None:
    assert unlistable(parse_network(text)) == ""


@pytest.mark.parametrize("name,form,ranges", [("drop.txt", "drop", 4), ("drop.json", "drop-json", 3)])
def test_our_samples_pass(name: str, form: str, ranges: int) -> None:
    found = guard(parse(sample(name), form), FeedBounds())

    assert (found.ranges.count, found.warnings) == (ranges, ())


@pytest.mark.parametrize("name,form", [("spamhaus_drop.txt", "drop"), ("emerging_threats.txt", "plain")])
def test_published_lists_of_attackers_pass(name: str, form: str) -> None:
    parsed = parse(need_real_list(name).read_bytes(), form)

    assert guard(parsed, FeedBounds()) == Guarded(parsed.ranges, ())


def test_firehol_level_1_is_stopped_and_says_why() -> None:
    parsed = parse(need_real_list("firehol_level1.netset").read_bytes(), "netset")

    with pytest.raises(GuardError, match=r"line \d+: 224\.0\.0\.0/3 is wider than /8"):
        guard(parsed, FeedBounds())


def test_firehol_level_1_is_cleaned_where_a_person_lets_it_in() -> None:
    parsed = parse(need_real_list("firehol_level1.netset").read_bytes(), "netset")

    found = guard(parsed, FeedBounds.of({"widest4": 3}))

    assert "9 entries in private or reserved networks" in found.warnings[0]
    assert not found.ranges.touches(parse_network("224.0.0.0/3"))
    assert not found.ranges.touches(parse_network("192.168.0.0/16"))
    assert found.ranges.count > 3000
