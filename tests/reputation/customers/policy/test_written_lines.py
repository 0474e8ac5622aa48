"""What a rule covers is exactly what its text says; what is not read is refused with its line's number."""

from __future__ import annotations

import ipaddress
import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reputation.addresses.address import parse_network
from reputation.customers.policy import importing, parse_value, written_lines
from reputation.customers.policy.action_words import bare
from reputation.customers.policy.importing import NEW, WRONG, Line, read
from reputation.refusal import Refused
from tests.noon import NOON

NOTHING: set[tuple[str, str]] = set()


def looked(text: str, action: str = "blocked") -> list[Line]:
    return read(text, action, NOON, NOTHING)


def values(text: str, action: str = "blocked") -> list[str]:
    return [line.rule.value for line in looked(text, action) if line.rule]


def refusals(text: str, action: str = "blocked") -> list[tuple[int, str]]:
    return [(line.number, line.said) for line in looked(text, action) if line.state == WRONG]


@pytest.mark.parametrize(
    ("text", "networks"),
    [
        ("203.0.113.0 - 203.0.113.255", ["203.0.113.0/24"]),
        ("203.0.113.0-203.0.113.255", ["203.0.113.0/24"]),
        ("203.0.113.0 – 203.0.113.255", ["203.0.113.0/24"]),
        ("203.0.113.0 - 203.0.113.2 a note", ["203.0.113.0/31", "203.0.113.2"]),
        ("2001:db8:: - 2001:db8::1", ["2001:db8::/127"]),
        ("203.0.113.0-203.0.113.1, 192.0.2.1", ["203.0.113.0/31", "192.0.2.1"]),
        ("Sender,Note\n203.0.113.0 - 203.0.113.2,spam", ["203.0.113.0/31", "203.0.113.2"]),
    ],
)
def test_a_range_is_all_of_its_networks(text: str, networks: list[str]) -> None:
    assert values(text) == networks
    assert not refusals(text)


def test_each_network_of_a_range_has_the_note_of_its_line() -> None:
    rules = [line.rule for line in looked("203.0.113.0 - 203.0.113.2, a wave") if line.rule]

    assert [rule.note for rule in rules] == ["a wave", "a wave"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("203.0.113.9 - 203.0.113.1", "ends before it begins: write 203.0.113.1 - 203.0.113.9"),
        ("203.0.113.0 - 255", "is no network: write it without spaces"),
        ("203.0.113.0-255", "is not an IP address"),
        ("203.0.113.0 - 2001:db8::1", "is not an IP address"),
        ("203.0.113.0 to 203.0.113.255", "another sender in what follows the first one (203.0.113.255)"),
        ("203.0.113.0 /24", "is no network: write it without spaces"),
        ("203.0.113.0 /24 our partner", "is no network: write it without spaces"),
        ("203.0.113.0/ 24", "is not a network"),
        ("203.0.113.0 255.255.255.0", "is a netmask: write 203.0.113.0/24"),
        ("203.0.113.0 0.0.0.255", "is a netmask: write 203.0.113.0/24"),
        ("203.0.113.0 mask 255.255.255.0", "another sender"),
        ("203.0.113.7/24", "did you mean 203.0.113.0/24?"),
        ("203.0.113.0/024", "write the prefix as a number, as in 203.0.113.0/24"),
        ("010.0.0.1", "is not an IP address"),
        ("10.1", "is not an IP address"),
        ("0x0a000001", "is not an IP address"),
        ("167772161", "is not an IP address"),
        ("１92.0.2.1", "is not an IP address"),
        ("192.0.2.1:25", "is not an IP address"),
        ("fe80::1%eth0", "names a network interface"),
        ("2001:db8::%1/32", "names a network interface"),
        ("!192.0.2.1", "is not an IP address"),
        ("192.0.2.7 not 192.0.2.8", "another sender in what follows the first one (192.0.2.8)"),
        ("192.0.2.7 and !192.0.2.8", "another sender"),
        ("192.0.2.7 and 2001:db8::8 too", "another sender in what follows the first one (2001:db8::8)"),
        ("192.0.2.7 all of country:AT", "another sender"),
        ("country:AT, isp:AS64500 my note", "several senders and 'my note'"),
        ("192.0.2.1 192.0.2.2 mail servers of Bob", "several senders"),
        ("; 192.0.2.1", "begins with ;, as comments do"),
        (";192.0.2.1;a note", "begins with ;, as comments do"),
        ("203.0.113.0 / 24", "is no network: write it without spaces"),
        ("192.0.2.1, until further notice, ７d, 2001:db8::1", "another sender"),
        ("deny 192.0.2.1;", "begins with 'deny': write the sender alone, under Blocked Senders"),
        ("allow from 192.0.2.1", "begins with 'allow': write the sender alone, under Approved Senders"),
        ("192.0.2.0,24", "is no network: write it without spaces, as in 192.0.2.0/24. If it is a note, write # before"),
        ("192.0.2.0 24", "is no network"),
        ("192.0.2.0;24;our partner", "is no network"),
        ("192.0.2.0 24 our partner", "is no network"),
        ("192.0.2.1 | 24", "is no network"),
        ("192.0.2.0 (/24)", "is no network"),
        ("192.0.2.0 our /24", "is no network"),
        ("192.0.2.0 mask 24", "is no network"),
        ("192.0.2.0 prefix=24", "is no network"),
        ("192.0.2.0 0xffffff00", "is no network"),
        ("192.0.2.0 to 255", "is no network"),
        ("192.0.2.0 - 255 our partner", "is no network"),
        ("2001:db8:: 32", "is no network"),
        ("Address,Prefix\n192.0.2.0,24", "The column Prefix is not read"),
        ("Address,Netmask (IPv4)\n192.0.2.0,255.255.255.0", "The column Netmask (IPv4) is not read"),
        ("192.0.2.1 and 2001:db8::/32", "another sender in what follows the first one (2001:db8::)"),
        ("192.0.2.1 and ::/0", "another sender"),
        ("192.0.2.1 and 192.0.2.5.", "another sender in what follows the first one (192.0.2.5)"),
        ("192.0.2.1 x 192.0.3.*", "another sender"),
        ("192.0.2.1 x 10.1/16", "another sender in what follows the first one (10.1/16)"),
        ("192.0.2.1 x AS64497", "may be another sender in what follows the first one (AS64497)"),
        ("192.0.2.1, Bob, as64497", "may be another sender"),
        ("192.0.2.1 and ASN 64497", "may be another sender in what follows the first one (ASN 64497)"),
        ("192.0.2.0 \\24", "is no network"),
        ("192.0.2.1\x0b192.0.2.2", "no text (U+000B)"),
        ("192.0.2.1 a\x1cb", "no text (U+001C)"),
        ("192.0.2.1 a\u2028192.0.2.9", "no text (U+2028)"),
        ("192.0.2.\x001", "no text (U+0000)"),
    ],
)
def test_what_is_no_sender_as_it_is_written_is_refused(text: str, says: str) -> None:
    [(number, said)] = refusals(f"\n{text}")

    assert says in said
    assert number == 2 + text.count("\n")
    assert not values(text)


@pytest.mark.parametrize("action", ["approved", "blocked"])
@pytest.mark.parametrize("separator", [" ", "\t", ", ", " : "])
@pytest.mark.parametrize(
    ("word", "means"),
    [
        ("OK", "approved"), ("ok", "approved"), ("permit", "approved"), ("RELAY", "approved"), ("allow", "approved"),
        ("REJECT", "blocked"), ("reject", "blocked"), ("DISCARD", "blocked"), ("554", "blocked"), ("deny", "blocked"),
        ("DEFER_IF_PERMIT", "blocked"), ("drop", "blocked"),
    ],
)  # fmt: skip
def test_an_action_behind_a_sender_belongs_under_its_heading(
    word: str, means: str, separator: str, action: str
) -> None:
    text = f"198.51.100.7{separator}{word}"
    [line] = looked(text, action)

    if means == action:
        assert line.rule is not None
        assert (line.rule.value, line.rule.note) == ("198.51.100.7", "")
    else:
        heading = "Approved Senders" if means == "approved" else "Blocked Senders"
        assert line.state == WRONG
        assert heading in line.said


def test_what_follows_an_action_is_read_with_it() -> None:
    assert [said for _, said in refusals("198.51.100.7 REJECT spam source", "approved")]
    assert [said for _, said in refusals("198.51.100.7, Bob, OK")]
    [line] = looked("198.51.100.7 REJECT spam source")
    assert line.rule is not None
    assert line.rule.note == "REJECT spam source"


@pytest.mark.parametrize(
    "line",
    [
        '192.0.2.1,"REJECT"', " 192.0.2.1 | REJECT", " 192.0.2.1 | our printer | REJECT", "192.0.2.1 (REJECT)",
        "192.0.2.1 [blocked]", "192.0.2.1 blocked.", "192.0.2.1 action=reject", "192.0.2.1 'reject'",
        "192.0.2.1 {drop}", "192.0.2.1 our printer (blocked)", "192.0.2.1 seen in May, status: denied",
        "192.0.2.1 code=554", "192.0.2.1 = REJECT", "192.0.2.1 **BLOCKED**", "192.0.2.1 <reject>",
        "192.0.2.1 \u201creject\u201d", "192.0.2.1 \u2013 blocked \u2013", "192.0.2.1 \u2192 `drop`",
        "192.0.2.1 REJECT/550", "Address,Status\n192.0.2.1,(blocked)",
    ],
)  # fmt: skip
def test_no_sign_around_an_action_hides_it(line: str) -> None:
    assert not values(line, "approved")
    assert "blocked" in refusals(line, "approved")[0][1].casefold()
    assert values(line, "blocked") == ["192.0.2.1"]


@pytest.mark.parametrize("word", ["DUNNO", "HOLD", "FILTER smtp:x", "WARN"])
@pytest.mark.parametrize("action", ["approved", "blocked"])
def test_an_action_that_is_neither_is_refused(word: str, action: str) -> None:
    [(_, said)] = refusals(f"198.51.100.7 {word}", action)

    assert "neither approves nor blocks" in said


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("192.0.2.7 # OK since May", "OK since May"),
        ("192.0.2.7 ticket #42", "ticket #42"),
        ("192.0.2.7 seen 12:30:00, Exchange 15.2", "seen 12:30:00, Exchange 15.2"),
        ("192.0.2.7 belongs to AS64500", "belongs to AS64500"),
        ("192.0.2.7 hold the line", "hold the line"),
        ("192.0.2.7 Hetzner (AS24940)", "Hetzner (AS24940)"),
        ("192.0.2.1 our printer, room 24", "our printer, room 24"),
        ("192.0.2.1 since 2024", "since 2024"),
        ("192.0.2.1 ticket 4711", "ticket 4711"),
        ("192.0.2.1, 4711", "4711"),
        ("192.0.2.1 ticket: 455", "ticket: 455"),
        ("192.0.2.1 Block B", "Block B"),
        ("192.0.2.1 drop-off, as 2 of 3", "drop-off, as 2 of 3"),
        ("192.0.2.1 \u2013 it's ok", "\u2013 it's ok"),
        ("192.0.2.1 24 mails a day", "24 mails a day"),
        ("192.0.2.1 on call 24/7", "on call 24/7"),
        ("192.0.2.1 - 2024 wave", "- 2024 wave"),
        ("192.0.2.1 the 3rd of 10, cf. 1.2.3", "the 3rd of 10, cf. 1.2.3"),
        ("192.0.2.1 std::string", "std::string"),
        ("192.0.2.7 // a partner", "// a partner"),
        ("192.0.2.7 ; SBL1", "SBL1"),
        ("192.0.2.7 paid $50", "paid $50"),
        ("192.0.2.7 a  wave\tof\tMay", "a wave of May"),
    ],
)
def test_a_note_is_kept_as_it_is_written(text: str, note: str) -> None:
    for action in ("blocked", "approved"):
        [line] = looked(text, action)

        assert line.rule is not None, line.said
        assert line.rule.note == note


@pytest.mark.parametrize("text", ["# 192.0.2.1", "; Spamhaus DROP List", ";", "   ", ","])
def test_a_comment_is_no_line(text: str) -> None:
    assert looked(f"{text}\n192.0.2.2") == looked("\n192.0.2.2")


def test_lines_end_in_lf_cr_or_both_and_nowhere_else() -> None:
    assert [line.number for line in looked("192.0.2.1\r\n192.0.2.2\r192.0.2.3\n192.0.2.4")] == [1, 2, 3, 4]
    for sign in "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029":
        assert [line.number for line in looked(f"192.0.2.1{sign}x\n192.0.2.2")] == [1, 2]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_an_open_quotation_mark_takes_no_other_line_with_it(separator: str) -> None:
    rows = ["Sender,Note", '192.0.2.1,"open', "192.0.2.2,fine", '192.0.2.3,"closed"', '192.0.2.4,"a"b']
    text = "\n".join(row.replace(",", separator) for row in rows)

    assert values(text) == ["192.0.2.2", "192.0.2.3"]
    assert [number for number, _ in refusals(text)] == [2, 5]
    assert "close the quotation mark" in refusals(text)[0][1]


def test_a_cell_too_many_is_refused_and_not_dropped() -> None:
    [(number, said)] = refusals("Sender,Note\n192.0.2.1,paid, late\n192.0.2.2,fine,,")

    assert number == 2
    assert "3 cells, and the headings are 2" in said
    assert values("Sender,Note\n192.0.2.1,paid, late\n192.0.2.2,fine,,") == ["192.0.2.2"]


def test_two_columns_for_one_thing_are_refused() -> None:
    with pytest.raises(Refused, match=r"\(IP, Network\)"):
        looked("IP,Network\n192.0.2.1,192.0.2.0/24")


def test_a_table_says_its_actions_in_the_words_of_other_programs() -> None:
    lines = looked("Address,Action\n192.0.2.1,OK\n192.0.2.2,REJECT\n192.0.2.3,DUNNO")

    assert [line.rule and line.rule.action for line in lines] == ["approved", "blocked", None]


def test_a_column_that_is_not_read_and_says_the_opposite_is_told() -> None:
    text = "Address,Status\n192.0.2.1,allowed\n192.0.2.2,denied\n192.0.2.3,?"

    assert values(text) == ["192.0.2.2", "192.0.2.3"]
    assert refusals(text) == [(2, "The column Status says allowed, and is not read: name it Action.")]


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("UK", "Did you mean GB, United Kingdom?"), ("el", "Did you mean GR, Greece?"), ("EU", "EU is no country"),
        ("AP", "AP is no country"), ("ZZ", "ZZ is no country"), ("XX", "XX is no country"),
        ("QQ", "ISO 3166 has no country QQ"),
    ],
)  # fmt: skip
def test_a_country_from_which_no_address_is_is_refused(code: str, says: str) -> None:
    with pytest.raises(Refused, match=re.escape(says)):
        parse_value(f"country:{code}")
    assert says in refusals(f"country:{code}")[0][1]


def test_letters_that_only_look_like_a_country_are_refused() -> None:
    with pytest.raises(Refused, match="cannot be read"):
        parse_value("country:\u017fk")


def test_too_many_senders_are_refused_however_few_the_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "MOST_SENDERS", 3)

    with pytest.raises(Refused, match="At most 3 senders"):
        looked("192.0.2.1 192.0.2.2\n192.0.2.3 192.0.2.4")


ADDRESSES = st.ip_addresses().map(str)
NETWORKS = st.tuples(st.ip_addresses(), st.integers(0, 128)).map(
    lambda both: str(ipaddress.ip_network(f"{both[0]}/{min(both[1], both[0].max_prefixlen)}", strict=False))
)
RANGES = st.tuples(st.ip_addresses(v=4), st.ip_addresses(v=4), st.sampled_from(["-", " - ", " – "])).map(
    lambda parts: f"{min(parts[:2])}{parts[2]}{max(parts[:2])}"
)
SENDERS = ADDRESSES | NETWORKS | RANGES
FREE = st.text(st.characters(exclude_characters="\r\n"), max_size=40)
JUNK = st.text(st.sampled_from("0123456789abcdef.:/-–%!,; \t#\"'$OKREJECT\x0b\x85\u2028１"), max_size=40)
CIDR = re.compile(r"[0-9a-fA-F:.]+(?:/\d+)?")


def said_by(text: str) -> set[tuple[int, int, int]]:
    """The addresses that a sender says, read by another way than ours."""
    ends = [part for part in re.split(r"\s*[-–]\s*", text) if part]
    if len(ends) == 2:
        first, last = (int(ipaddress.ip_address(end)) for end in ends)
        return {(4, first, last)}
    network = ipaddress.ip_network(text)
    if network.version == 6 and int(network.network_address) >> 32 == 0xFFFF and network.prefixlen >= 96:
        base = int(network.network_address) & 0xFFFFFFFF
        return {(4, base, base + network.num_addresses - 1)}
    return {(network.version, int(network.network_address), int(network.broadcast_address))}


def covered(rules: list[str]) -> set[tuple[int, int, int]]:
    """The same of rules, neighbours joined."""
    spans = sorted((network.version, network.first, network.last) for network in map(parse_network, rules))
    joined: list[tuple[int, int, int]] = []
    for version, first, last in spans:
        if joined and joined[-1][0] == version and joined[-1][2] + 1 >= first:
            joined[-1] = (version, joined[-1][1], max(joined[-1][2], last))
        else:
            joined.append((version, first, last))
    return set(joined)


@given(SENDERS, FREE, st.sampled_from([" ", "\t", ", ", " # "]))
@example("203.0.113.0 - 203.0.113.255", "", " ")
@example("192.0.2.1", "/24", " ")
@example("192.0.2.1", "- 9", " ")
@example("::", "1", " ")
def test_a_sender_with_a_text_behind_it_covers_what_it_says_or_is_refused(
    sender: str, text: str, separator: str
) -> None:
    line = f"{sender}{separator}{text}"
    found = looked(line, "approved")

    assert found
    assert {one.number for one in found} == {1}
    if all(one.state != WRONG for one in found):
        behind = values(text.partition("#")[0]) if separator != " # " else []
        more = set().union(*(said_by(value) for value in behind)) if behind else set()
        assert covered(values(line, "approved")) >= said_by(sender)
        assert more or covered(values(line, "approved")) == said_by(sender)


@given(st.lists(SENDERS, min_size=1, max_size=5), st.sampled_from([" ", "\t", ",", "; ", "\n", "\r\n"]))
def test_several_senders_cover_all_that_they_say(senders: list[str], separator: str) -> None:
    text = separator.join(senders)
    found = looked(text)

    if any(one.state == WRONG for one in found):
        # a netmask behind an address is the one thing that two senders on a line can be mistaken for
        assert all("netmask" in one.said for one in found if one.state == WRONG)
    else:
        spans = {span for sender in senders for span in said_by(sender)}
        rules = [parse_network(value) for value in values(text)]
        assert all(any(r.version == v and v_first <= r.first and r.last <= v_last for v, v_first, v_last in spans)
                   for r in rules)  # fmt: skip
        for version, first, last in spans:
            inside = [str(r) for r in rules if r.version == version and first <= r.first and r.last <= last]
            assert (version, first, last) in covered(inside)


@given(JUNK)
@example("192.0.2.1-9")
@example("1.2.3.4/")
def test_no_rule_says_an_address_that_its_line_does_not(text: str) -> None:
    for line in looked(text):
        assert (line.rule is None) == (line.state == WRONG) == bool(line.said)
        if line.rule and line.state == NEW:
            pieces = re.findall(r"[0-9a-fA-F:.]+\s*[-–]\s*[0-9a-fA-F:.]+|[^\s,;#]+", text)
            spans = set()
            for piece in pieces:
                try:
                    spans |= said_by(piece)
                except ValueError:
                    continue
            network = parse_network(line.rule.value)
            assert any(
                version == network.version and first <= network.first and network.last <= last
                for version, first, last in spans
            )


def test_a_text_in_quotation_marks_may_have_several_lines() -> None:
    lines = looked('Sender,Note\n192.0.2.1,"a partner\nof ours"\n192.0.2.2,fine')

    assert [(line.number, line.rule and line.rule.note) for line in lines] == [(2, "a partner of ours"), (4, "fine")]


@pytest.mark.parametrize("rest", ["a" * 20_000, " b" * 10_000, ", 192.0.2.1" * 2_000])
def test_a_line_longer_than_any_sender_with_a_note_is_refused_with_what_to_do(rest: str) -> None:
    found = refusals(f"20.1.2.3 {rest}\n192.0.2.7 a note\n")

    assert found == [
        (1, "The line has more than 1,000 characters: write each sender on a line of its own, with a short note.")
    ]
    assert values(f"20.1.2.3 {rest}\n192.0.2.7 a note\n") == ["192.0.2.7"]


def test_a_comment_of_any_length_is_no_reason_to_refuse_a_line() -> None:
    assert values(f"# {'a' * 5000}\n192.0.2.7 # {'a' * 100}\n") == ["192.0.2.7"]


@pytest.mark.parametrize("piece", [
    "a", " a", "1", "1.", ":", "::a", "a:", " ", "\t", "-", "-1", "(", '"', "a=", "=", "mask ", "to ",
    "AS1 to ", "!", "_", "!a", "1.1.1 ", "1.1.1-", "/", "0x", ",", ";",
])  # fmt: skip
def test_what_is_asked_of_a_line_costs_no_more_than_its_length(piece: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(written_lines, "LONGEST_LINE", 1_000_000)
    many = piece * (200_000 // len(piece))
    texts = [f"{begin}{many}{end}" for begin in ("", "::", "-", "mask", "a", "1.1.1") for end in ("z", "!z")]

    began = time.process_time()
    for text in texts:
        for pattern in (
            written_lines.NAMED, written_lines.SENDER_WITHIN, written_lines.PREFIX_WITHIN, written_lines.IN_BRACKETS,
            written_lines.TIME, written_lines.ISP_WITHIN,
        ):  # fmt: skip
            sum(1 for _ in pattern.finditer(text))
        written_lines.REST_OF_NETWORK.fullmatch(text)
        written_lines.LIKE_SENDER.fullmatch(text)
        bare(text)

    assert time.process_time() - began < 20, "going back over what was read takes minutes"
