"""json:PATH, with the documents of those who publish in it."""

import pytest

from reputation.intake.formats import FormatError
from tests.reputation.intake.lists import listed, read, sample

AMAZON = """{"syncToken": "1775145079", "createDate": "2026-04-02-15-51-19", "prefixes":
    [{"ip_prefix": "192.0.2.0/24", "region": "eu"}], "ipv6_prefixes": [{"ipv6_prefix": "2001:db8::/32"}]}"""
AZURE = """{"changeNumber": 7, "values": [
    {"name": "A", "properties": {"addressPrefixes": ["192.0.2.0/24", "2001:db8::/32"]}},
    {"name": "B", "properties": {"addressPrefixes": ["198.51.100.7/32"]}}]}"""
MISP = """{"Event": {"info": "x", "Attribute": [
    {"type": "ip-src", "value": "192.0.2.1"}, {"type": "url", "value": "http://x"},
    {"type": "ip-src", "value": "198.51.100.0/24"}, {"type": "domain", "value": "a.example"}]}}"""
CROWDSEC = """[{"scope": "Ip", "value": "192.0.2.1", "type": "ban"}, {"scope": "Range", "value": "198.51.100.0/24"},
    {"scope": "Country", "value": "XX"}]"""
ABUSEIPDB = """{"meta": {"generatedAt": "2026-04-02T15:51:19+00:00"}, "data": [{"ipAddress": "192.0.2.1",
    "abuseConfidenceScore": 100}, {"ipAddress": "2001:db8::1", "abuseConfidenceScore": 100}]}"""


@pytest.mark.parametrize("document,path,found", [
    (AMAZON, "prefixes.ip_prefix|ipv6_prefixes.ipv6_prefix", ["192.0.2.0/24", "2001:db8::/32"]),
    (AMAZON, "prefixes.ip_prefix", ["192.0.2.0/24"]),
    (AZURE, "values.properties.addressPrefixes", ["192.0.2.0/24", "198.51.100.7", "2001:db8::/32"]),
    (AZURE, "values[name=b].properties.addressPrefixes", ["198.51.100.7"]),
    (AZURE, "values.*.addressPrefixes", ["192.0.2.0/24", "198.51.100.7", "2001:db8::/32"]),
    (MISP, "Event.Attribute[type=ip-src].value", ["192.0.2.1", "198.51.100.0/24"]),
    (CROWDSEC, "[scope=Ip].value", ["192.0.2.1"]),
    (CROWDSEC, "[scope=Ip].value|[scope=Range].value", ["192.0.2.1", "198.51.100.0/24"]),
    (ABUSEIPDB, "data.ipAddress", ["192.0.2.1", "2001:db8::1"]),
    ('["192.0.2.1", "192.0.2.3"]', "*", ["192.0.2.1", "192.0.2.3"]),
    ('{"ip": "192.0.2.1"}\n\n{"ip": "192.0.2.3"}\n', "ip", ["192.0.2.1", "192.0.2.3"]),
])  # fmt: skip
def test_a_path_leads_to_the_addresses_of_a_document(document: str, path: str, found: list[str]) -> None:
    parsed = read(document, f"json:{path}")

    assert listed(parsed.ranges) == found
    assert parsed.bad == 0


def test_a_document_with_both_versions_is_read_by_two_paths() -> None:
    parsed = read(sample("ranges.json"), "json:prefixes.ipv4Prefix|prefixes.ipv6Prefix")

    assert listed(parsed.ranges) == ["192.0.2.0/25", "198.51.100.7", "2001:db8:1::/48"]
    assert (parsed.warnings, parsed.dated) == ((), 1775145079)


@pytest.mark.parametrize("document,path,left_out", [
    (MISP, "Event.Attribute[type=ip-src].value", {"by a condition of the path": 2}),
    (sample("ranges.json").decode(), "prefixes.ipv4Prefix", {"that have none of the path's names": 1}),
    ('[{"ip": "192.0.2.1"}, 7, null, "x"]', "ip", {"that have none of the path's names": 2}),
])  # fmt: skip
def test_what_a_path_passes_over_is_counted(document: str, path: str, left_out: dict[str, int]) -> None:
    assert read(document, f"json:{path}").left_out == left_out


def test_what_is_no_address_at_the_end_of_a_path_is_a_warning() -> None:
    parsed = read('{"ip": ["192.0.2.1", 3232235777, "a.example", "192.0.2.3", true, "192.0.2.5"]}', "json:ip")

    assert listed(parsed.ranges) == ["192.0.2.1", "192.0.2.3", "192.0.2.5"]
    assert parsed.warnings == (
        "line 2: not a text with an address: 3232235777",
        "line 3: not an IP address: a.example",
        "line 5: not a text with an address: true",
    )


@pytest.mark.parametrize("document,path,says", [
    ('{"error": "rate limit exceeded for 203.0.113.9"}', "data.ipAddress", "nothing at data.ipAddress; .*: error"),
    ('{"data": []}', "data.ipAddress", "nothing at data.ipAddress"),
    ('{"data": [{"ipAddress": "192.0.2.1"}', "data.ipAddress", "not JSON, or was cut off"),
    ("Your IP 203.0.113.9 is blocked", "data.ipAddress", "not JSON"),
    ("<html>203.0.113.9</html>", "data.ipAddress", "A web page came"),
    ("[" * 100_000, "a", "nested too deeply"),
    ("1" * 10_000, "a", "not JSON"),
])  # fmt: skip
def test_a_document_without_addresses_is_refused(document: str, path: str, says: str) -> None:
    with pytest.raises(FormatError, match=says):
        read(document, f"json:{path}")
