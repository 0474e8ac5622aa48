"""Lists of other programs are told by their content, and each line is read as it is written or named as left out."""

from __future__ import annotations

import itertools
import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reputation.addresses.address import Network, parse_network
from reputation.customers.imports import access_maps
from reputation.customers.imports.forms import FORMS, form_of, lines
from reputation.customers.imports.reading import Exclusions, Taken
from reputation.refusal import Refused
from tests.conftest import NOON
from tests.reputation.customers.imports import samples

FORM_OF = {
    "POSTFIX": "access", "CIDR": "access", "SENDMAIL": "access", "SPAMASSASSIN": "spamassassin", "ZONE": "rbldnsd",
    "CROWDSEC": "crowdsec-json", "CROWDSEC_RAW": "crowdsec-csv", "CROWDSEC_IMPORT": "crowdsec-csv", "TREND": "table",
    "TREND_BLOCKED": "table", "COUNTRIES": "table", "OUR_OWN": "table", "EXIM": "exim", "PLAIN": "plain",
}  # fmt: skip


def read(text: str) -> list[Taken]:
    file = lines(text, NOON)
    return list(form_of(file).read(file))


def said(text: str) -> list[str]:
    """Each sender with what becomes of it, in the order of the lines; what is left out as `- REASON`."""
    return [
        f"{one.number} - {one.problem}" if one.problem else f"{one.number} {one.becomes or '?'} {one.value}"
        for one in sorted(read(text), key=lambda one: one.number)
    ]


@pytest.mark.parametrize("sample", FORM_OF)
def test_a_form_is_told_by_its_content(sample: str) -> None:
    assert form_of(lines(getattr(samples, sample), NOON)).name == FORM_OF[sample]


@pytest.mark.parametrize("text", [
    "", "# nothing\n", "Dear customer,\nyour account has been closed.\n", "<html><body>192.0.2.1</body></html>\n",
    '{"error": "not found"}', "[]", "null", "name,score\nexample,5\n", "server {\n listen 80;\n}\n",
    "relay.example.com\nother.example.net\n",
])  # fmt: skip
def test_a_file_whose_form_cannot_be_told_is_refused_with_the_forms_named(text: str) -> None:
    with pytest.raises(Refused, match="cannot be told") as refused:
        form_of(lines(text, NOON))

    assert all(form.about.replace("`", "") in str(refused.value) for form in FORMS)


def test_a_form_that_is_named_and_is_none_is_refused() -> None:
    with pytest.raises(Refused, match="There is no form 'xml'; the forms are crowdsec-json"):
        form_of(lines(samples.PLAIN, NOON), "xml")


@pytest.mark.parametrize(("text", "form"), [
    ("2a01:111:f400::/48 OK\n2a01:111:f403::/48 OK\n", "access"),
    ("2a01:111:f400::/48 OK\n", "access"),
    ("2001:500::/48 OK\n", "access"),
    ("192.0.2.7 OK\n2a01:111:f400::25 OK\n198.51.100.0/24 REJECT\n", "access"),
    ("2001:127:0:0:0:0:0:1 OK\n", "access"),
    ("2a01:111:f400::1\n", "plain"),
    ("2a01:111:f400::25\n2001:500::/48\n", "plain"),
    ("2001:500:1:2:3:4:5:6\n", "plain"),
    ("2001:500:: a partner\n192.0.2.7 10:30: called\n", "plain"),
    ("::1:2\n2a01:111:f400::127\n", "plain"),
    ("192.0.2.7:127.0.0.2:A spammer\n", "rbldnsd"),
    ("192.0.2.7 :3\n", "rbldnsd"),
    ("!192.0.2/24 :127.0.0.2:text\n", "rbldnsd"),
    ("2001:db8::/32 :127.0.0.2:A network\n2001:db9::1\n", "rbldnsd"),
    ("2001:db8::1 :3:text\n", "rbldnsd"),
    (":127.0.0.2:All\n2001:db8::1\n2001:db9::/48\n", "rbldnsd"),
    ("$DATASET ip6trie:x @\n2001:db8::1\n", "rbldnsd"),
])  # fmt: skip
def test_a_list_of_ipv6_addresses_is_no_zone_and_a_zone_of_them_is_one(text: str, form: str) -> None:
    assert form_of(lines(text, NOON)).name == form


def test_an_allow_list_of_ipv6_networks_becomes_approved_senders() -> None:
    assert said("2a01:111:f400::/48 OK\n2a01:111:f403::7 OK\n") == [
        "1 approved 2a01:111:f400::/48",
        "2 approved 2a01:111:f403::7",
    ]


# Access maps


def test_an_access_map_is_read_with_octets_for_networks_and_its_texts_as_notes() -> None:
    assert said(samples.POSTFIX) == [
        "2 blocked 192.0.2.7", "3 approved 192.0.2.0/24", "4 blocked 198.51.100.1", "5 approved 203.0.113.0/30",
    ]  # fmt: skip
    assert [one.note for one in read(samples.POSTFIX)] == ["You are on our list", "", "550 5.7.1 Spam", ""]


def test_a_cidr_table_is_read_with_lines_that_go_on() -> None:
    assert said(samples.CIDR) == ["1 approved 192.0.2.7", "2 blocked 192.0.2.0/24", "4 blocked 2001:db8::/48"]
    assert read(samples.CIDR)[1].note == "A long text that goes on"


def test_in_a_cidr_table_the_first_line_decides_and_what_is_never_reached_is_left_out() -> None:
    assert said("192.0.2.0/24 REJECT\n192.0.2.7 OK\n192.0.2.0/25 REJECT\n") == [
        "1 blocked 192.0.2.0/24",
        "2 - It is never reached: line 1 decides before it.",
        "3 - It is never reached: line 1 decides before it.",
    ]


def test_in_an_access_map_the_most_specific_entry_decides_and_the_first_of_the_same() -> None:
    assert said("192.0.2 REJECT\n192.0.2.7 OK\n192.0.2.7 REJECT\n") == [
        "1 blocked 192.0.2.0/24",
        "2 approved 192.0.2.7",
        "3 - It is never reached: line 2 has the same sender.",
    ]


def test_what_is_left_to_the_mail_server_is_taken_out_of_the_lines_around_it() -> None:
    found = said("198.51.100.0 DUNNO\n198.51.100.0/30 REJECT\n")

    assert found == [
        "1 - It neither approves nor blocks (DUNNO): it is taken out of the lines around it.",
        "2 blocked 198.51.100.1",
        "2 blocked 198.51.100.2/31",
    ]


def test_what_is_left_to_the_mail_server_takes_nothing_out_of_narrower_lines() -> None:
    found = said("198 DUNNO\n198.51.100 REJECT\n198.51.100.0 DUNNO\n198.51.101 OK\n")

    assert found[1] == "2 blocked 198.51.100.1" and found[-1] == "4 approved 198.51.101.0/24"


@pytest.mark.parametrize(("text", "expected"), [
    ("192.0.2.0/25 OK\n192.0.2.128/25 DUNNO\n192.0.2.0/24 REJECT\n", ["1 approved 192.0.2.0/25"]),
    ("192.0.2.0/26 DUNNO\n192.0.2.0/25 OK\n192.0.2.0/24 REJECT\n",
     ["2 approved 192.0.2.64/26", "3 blocked 192.0.2.128/25"]),
    ("198.51.100.0 DUNNO\n198.51.100.1 OK\n198.51.100.0/30 REJECT\n",
     ["2 approved 198.51.100.1", "3 blocked 198.51.100.2/31"]),
])  # fmt: skip
def test_what_is_left_of_a_wider_line_contradicts_no_narrower_one(text: str, expected: list[str]) -> None:
    assert [one for one in said(text) if " - " not in one] == expected


def test_sendmail_s_access_database_is_read_by_its_tags() -> None:
    assert said(samples.SENDMAIL) == [
        "1 blocked 192.0.2.0/24",
        "2 approved 2001:db8::1",
        "3 approved 192.0.2.9",
        "4 - From: is about no client of a connection.",
        "5 blocked 203.0.113.5",
    ]


@pytest.mark.parametrize(("line", "why"), [
    ("example.com REJECT", "is the name of a host or a domain"),
    ("192.0.2.7 450", "450 alone is read by programs in two ways"),
    ("192.0.2.7 defer_if_permit Later", "is decided by the mail server itself"),
    ("192.0.2.7 permit_sasl_authenticated", "is decided by the mail server itself"),
    ("192.0.2.7 reject_unknown_client_hostname", "is decided by the mail server itself"),
    ("192.0.2.7", "does not say what is done with the sender"),
    ("!192.0.2.0/24 REJECT", "turned round"),
    ("192.0.2.1/24 REJECT", "did you mean 192.0.2.0/24"),
    ("192.0.2.300 REJECT", "is not an IP address"),
    ("192.0 2.1 REJECT", "It neither approves nor blocks: 2.1"),
    ("if 192.0.2.0/24", "what stands inside is not read"),
])  # fmt: skip
def test_an_entry_that_cannot_be_a_rule_is_named_with_the_reason(line: str, why: str) -> None:
    found = said(f"203.0.113.1 REJECT\n203.0.113.2 OK\n203.0.113.3 OK\n{line}\n")

    assert found[:3] == ["1 blocked 203.0.113.1", "2 approved 203.0.113.2", "3 approved 203.0.113.3"]
    assert len(found) == 4 and found[3].startswith("4 - ") and why in found[3]


def test_what_stands_inside_a_condition_is_left_out() -> None:
    found = said("if 192.0.2.0/24\n192.0.2.7 REJECT\nendif\n203.0.113.2 OK\n203.0.113.3/32 OK\n")

    assert found[1] == "2 - It stands inside a condition (if), which is not read."
    assert found[3] == "4 approved 203.0.113.2"


# SpamAssassin


def test_spamassassin_s_networks_are_read_without_what_they_exclude() -> None:
    assert said(samples.SPAMASSASSIN) == [
        "2 - This setting is about no network of senders.",
        "3 - An exclusion: it is taken out of the networks around it.",
        "3 approved 192.0.2.0/25",
        "3 approved 203.0.113.7",
        "4 server 198.51.100.25",
    ]


def test_spamassassin_s_short_networks_are_read_as_it_reads_them() -> None:
    text = "trusted_networks 127/8 10. 192.168. 172.16/12 2001:db8::/32 [2001:db9::1] 192.0.2.1/24 host\n"

    assert said(text) == [
        "1 - '192.0.2.1/24' has bits set beyond its prefix: did you mean 192.0.2.0/24?",
        "1 - 'host' is not an IP address: write 192.0.2.1 or 2001:db8::1.",
        "1 approved 127.0.0.0/8",
        "1 approved 10.0.0.0/8",
        "1 approved 192.168.0.0/16",
        "1 approved 172.16.0.0/12",
        "1 approved 2001:db8::/32",
        "1 approved 2001:db9::1",
    ]


# rbldnsd


def test_a_zone_is_read_as_what_it_lists_with_each_text() -> None:
    found = read(samples.ZONE)

    assert not any(parse_network("192.0.2.7").overlaps(parse_network(one.value)) for one in found)
    assert sum(1 << 32 - parse_network(one.value).prefix for one in found) == 256
    assert {one.note for one in found if one.value == "198.51.100.7"} == {"A spammer"}
    assert {one.note for one in found if one.value == "192.0.2.0/30"} == {"Listed, see https://example.net/192.0.2.0"}
    assert {one.number for one in found if one.value == "198.51.100.7"} == {5}


def test_a_zone_that_has_ended_or_holds_nothing_is_refused() -> None:
    with pytest.raises(Refused, match="has ended by its own word"):
        read("$TIMESTAMP 2020:01:01:00:00:00 +1d\n" + samples.ZONE)


# CrowdSec


def test_bans_of_crowdsec_have_their_own_end_and_their_scenario() -> None:
    found = read(samples.CROWDSEC)

    assert [(one.value, one.becomes, one.note, one.expires_at) for one in found if not one.problem] == [
        ("192.0.2.7", "listing", "CrowdSec: crowdsecurity/postfix-spam", NOON + 4 * 3600 - 2),
        ("198.51.100.0/24", "listing", "CrowdSec: manual 'ban'", NOON + 48 * 3600),
    ]
    assert [(one.text, one.problem) for one in found if one.problem] == [
        ("203.0.113.9", "A captcha is no ban."),
        ("FR", "A decision about Country: only addresses and ranges can be listed."),
        ("203.0.113.10", "The decision has ended."),
    ]


def test_what_cscli_prints_as_raw_and_takes_for_import_is_read_alike() -> None:
    raw, wanted = read(samples.CROWDSEC_RAW), read(samples.CROWDSEC_IMPORT)

    assert [(one.value, one.expires_at) for one in raw] == [
        ("192.0.2.7", NOON + 2 * 3600 + 605), ("198.51.100.0/24", NOON + 719 * 3600 + 59 * 60),
    ]  # fmt: skip
    assert [(one.value, one.expires_at) for one in wanted] == [("192.0.2.7", NOON + 86400)]


def test_of_several_bans_of_one_sender_the_longest_one_counts() -> None:
    bans = [
        ("192.0.2.7", "4h"),
        ("192.0.2.0/24", "1h"),
        ("192.0.2.7/32", "48h"),
        ("192.0.2.7", "5m"),
        ("192.0.2.7", "48h"),
    ]
    rows = ",".join(f'{{"value": "{value}", "duration": "{duration}"}}' for value, duration in bans)
    table = "duration,scope,value\n" + "".join(f"{duration},ip,{value}\n" for value, duration in bans)

    for text, before in ((f"[{rows}]", 0), (table, 1)):
        found = read(text)
        assert [(one.number - before, one.value, one.expires_at) for one in found if one.value] == [
            (2, "192.0.2.0/24", NOON + 3600), (3, "192.0.2.7", NOON + 48 * 3600), (5, "192.0.2.7", NOON + 48 * 3600),
        ]  # fmt: skip
        assert [(one.number - before, one.problem) for one in found if one.problem] == [
            (number, f"The ban of line {3 + before} ends later, and counts.") for number in (1, 4)
        ]


@pytest.mark.parametrize("simulated", ["true", '"true"', '"True"'])
def test_a_decision_in_simulation_is_left_out(simulated: str) -> None:
    one, other = read(
        f'[{{"value": "192.0.2.7", "duration": "4h", "simulated": {simulated}}},'
        ' {"value": "192.0.2.8", "duration": "4h", "simulated": false}]'
    )

    assert (one.value, one.problem) == ("", "A decision in simulation: CrowdSec does not act on it.")
    assert other.value == "192.0.2.8"


def test_a_row_in_simulation_is_left_out_of_what_cscli_prints() -> None:
    one, other = read(samples.CROWDSEC_RAW.replace("2h10m5s,false", "2h10m5s,true"))

    assert "in simulation" in one.problem and other.value == "198.51.100.0/24"


def test_a_stream_of_crowdsec_s_api_is_read_by_its_new_decisions() -> None:
    stream = (
        '{"deleted": [{"value": "203.0.113.1", "duration": "1h"}], "new": [{"value": "192.0.2.7", "duration": "1h"}]}'
    )

    assert [one.value for one in read(stream)] == ["192.0.2.7"]


@pytest.mark.parametrize("duration", ["soon", "4 h", "4h5", "1d", "h", "4h-3m", "9999999999h"])
def test_a_duration_that_cannot_be_read_leaves_the_decision_out(duration: str) -> None:
    [one] = read(f'[{{"value": "192.0.2.7", "type": "ban", "duration": "{duration}"}}]')

    assert "is no duration, such as 3h59m58s" in one.problem


# Tables


def test_a_table_whose_heading_says_nothing_leaves_it_to_the_person() -> None:
    assert said(samples.TREND) == ["2 ? 192.0.2.7", "3 ? 198.51.100.0/24"]
    assert [one.note for one in read(samples.TREND)] == ["Our partner", "Newsletter, weekly"]


def test_a_table_whose_heading_says_blocked_or_approved_is_read_so() -> None:
    assert said(samples.TREND_BLOCKED) == ["2 blocked 192.0.2.7"]
    assert said(samples.COUNTRIES)[0] == "2 approved country:AT"
    assert said(samples.COUNTRIES)[2] == "4 approved country:DE"


def test_our_own_table_is_read_back() -> None:
    assert said(samples.OUR_OWN) == ["2 approved 192.0.2.7", "3 blocked country:KP", "4 blocked isp:AS64500"]
    assert read(samples.OUR_OWN)[2].expires_at == 1893542400


def test_a_country_that_is_none_is_a_line_that_is_left_out() -> None:
    found = said("Blocked Country/Region\nAtlantis\nUK\n")

    assert "cannot be read: write country:AT" in found[0]
    assert "Did you mean GB" in found[1]


# Lists without a word


def test_exim_s_host_lists_are_read_with_their_separators() -> None:
    assert said(samples.EXIM) == [
        "2 - *.example.com is a name or a look-up: only addresses and networks are taken.",
        "2 ? 192.0.2.0/28",
        "2 ? 198.51.100.7",
        "2 ? 2001:db8::1",
        "3 ? 203.0.113.9",
        "3 ? 2001:db8::2",
    ]


def test_a_plain_list_is_read_with_notes_and_without_what_it_excludes() -> None:
    assert said(samples.PLAIN) == [
        "2 ? 192.0.2.7",
        "3 ? 198.51.100.0/25",
        "4 - An exclusion: it is taken out of the networks around it.",
        "5 ? 2001:db8::/48",
        "6 - relay.example.com is a name or a look-up: only addresses and networks are taken.",
    ]
    assert [one.note for one in read(samples.PLAIN) if one.number < 4] == ["our partner", "newsletter"]


def test_a_line_of_a_plain_list_with_a_word_of_an_access_map_is_left_out() -> None:
    assert "write the sender alone" in said("192.0.2.1\n192.0.2.2\n192.0.2.3\n192.0.2.4 OK\n")[3]


# Whatever the text is

WORDS = some.sampled_from([
    "192.0.2.7", "192.0.2.0/24", "192.0.2", "10", "OK", "REJECT", "DUNNO", "!192.0.2.7", "2001:db8::/32", "#", "if",
    "endif", "trusted_networks", "hostlist a =", "Connect:192.0.2.9", ":127.0.0.2:x", "ip,reason,action,expiration",
    ",", "\t", "\0", "Sender", "\n", " ", '"', "0.0.0.0/0", "::ffff:192.0.2.1", "[", "{", "}", "]", '"decisions"',
    "-5m", "²", "Connect:",
])  # fmt: skip


@given(some.lists(some.lists(WORDS, max_size=5).map(" ".join), max_size=12).map("\n".join))
def test_any_text_is_read_or_refused_and_each_sender_is_a_network(text: str) -> None:
    try:
        found = read(text)
    except Refused as refused:
        assert str(refused).endswith((".", "?"))
        return
    for one in found:
        assert bool(one.problem) != bool(one.value)
        if one.value and not one.value.startswith(("country:", "isp:")):
            assert str(parse_network(one.value)) == one.value


NETWORKS = some.tuples(some.integers(0, 255), some.integers(24, 32)).map(
    lambda pair: parse_network(f"192.0.2.{pair[0] >> 32 - pair[1] << 32 - pair[1]}/{pair[1]}")
)


@given(NETWORKS, some.lists(NETWORKS, max_size=8))
def test_what_is_left_of_a_network_has_no_excluded_address_and_all_others(
    whole: Network, excluded: list[Network]
) -> None:
    left = Exclusions(excluded).left_of(whole)

    gone = {value for one in excluded for value in range(one.first, one.last + 1)}
    assert [value for one in left for value in range(one.first, one.last + 1)] == [
        value for value in range(whole.first, whole.last + 1) if value not in gone
    ]


ACTIONS = some.sampled_from(["OK", "REJECT", "DUNNO"])
ENTRIES = some.lists(some.tuples(NETWORKS, ACTIONS), min_size=1, max_size=8)


def decided(taken: list[Taken], value: int) -> str:
    """What our rules say of an address: the most specific one decides."""
    holding = [
        (parse_network(one.value).prefix, one.becomes)
        for one in taken
        if not one.problem and parse_network(one.value).first <= value <= parse_network(one.value).last
    ]
    return {"approved": "OK", "blocked": "REJECT"}[max(holding)[1]] if holding else "DUNNO"


@given(ENTRIES)
def test_a_cidr_table_says_the_same_of_every_address_as_postfix_does(entries: list[tuple[Network, str]]) -> None:
    text = "".join(f"192.0.2.{one.first & 255}/{one.prefix} {action}\n" for one, action in entries)

    taken = list(access_maps.read(lines(text, NOON)))

    for value in range(parse_network("192.0.2.0/24").first, parse_network("192.0.2.0/24").last + 1):
        first = next((action for network, action in entries if network.first <= value <= network.last), "DUNNO")
        assert decided(taken, value) == first, text


@given(ENTRIES)
def test_an_access_map_says_the_same_of_every_address_as_postfix_does(entries: list[tuple[Network, str]]) -> None:
    single = {str(parse_network(f"192.0.2.{network.first & 255}")): action for network, action in reversed(entries)}
    text = "".join(f"{address} {action}\n" for address, action in single.items()) + f"192.0.2 {entries[0][1]}\n"

    taken = list(access_maps.read(lines(text, NOON)))

    for value in range(256):
        address = f"192.0.2.{value}"
        assert decided(taken, parse_network(address).first) == single.get(address, entries[0][1]), text


def test_exclusions_cost_no_look_at_each_pair() -> None:
    many = "".join(f"!10.{place >> 8}.{place & 255}.7\n10.{place >> 8}.{place & 255}.0/24\n" for place in range(20_000))

    began = time.process_time()
    file = lines(many, NOON)
    found = sum(1 for one in itertools.islice(form_of(file).read(file), 60_000) if not one.problem)

    assert found == 40_000
    assert time.process_time() - began < 20, "pair by pair it takes minutes"
