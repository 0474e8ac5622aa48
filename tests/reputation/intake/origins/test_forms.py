"""Every form of a table of origins is told by its content, read as it is written, and says what it lacks."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reputation.addresses.address import parse_address
from reputation.intake.origins import OriginTable, mmdb, pack, seed, unpack
from reputation.intake.origins.combining import Before, Combined, combine
from reputation.intake.origins.combining import Origin as Part
from reputation.intake.origins.forms import FORMS, File, form_of, read_files
from reputation.intake.origins.opening import Member
from reputation.refusal import Refused
from reputation.verdict.origins import Origin, Origins
from tests.reputation.intake.origins import mmdb_writer

DAY = "2026-06-17"
ASN_BLOCKS4 = """network,autonomous_system_number,autonomous_system_organization
192.0.2.0/24,64500,"Example Net, Ltd"
198.51.100.0/25,64501,Other
"""
ASN_BLOCKS6 = """network,autonomous_system_number,autonomous_system_organization
2001:db8::/32,64500,"Example Net, Ltd"
"""
COUNTRY_BLOCKS4 = """network,geoname_id,registered_country_geoname_id,represented_country_geoname_id,is_anonymous_proxy,is_satellite_provider,is_anycast
192.0.2.0/25,2921044,6252001,,0,0,
192.0.2.128/25,,6252001,,0,1,
198.51.100.0/24,,,,0,0,
"""  # noqa: E501
COUNTRY_BLOCKS6 = """network,geoname_id,registered_country_geoname_id,represented_country_geoname_id,is_anonymous_proxy,is_satellite_provider
2001:db8::/32,6252001,6252001,,0,0
"""  # noqa: E501
LOCATIONS = """geoname_id,locale_code,continent_code,continent_name,country_iso_code,country_name,is_in_european_union
2921044,en,EU,Europe,DE,Germany,1
6252001,en,NA,"North America",US,"United States",0
6255148,en,EU,Europe,,,0
"""
DBIP_ASNS = '192.0.2.0,192.0.2.255,64500,"Example Net, Ltd"\n2001:db8::,2001:db8::ffff,64501,Other\n'
DBIP_COUNTRIES = "0.0.0.0,0.255.255.255,ZZ\n192.0.2.0,192.0.2.255,DE\n2001:db8::,2001:db8::ffff,FR\n"
DELEGATED = """# a comment
2|ripencc|1781654400|5|19830705|20260616|+0200
ripencc|*|ipv4|*|3|summary
ripencc|*|asn|*|1|summary
ripencc|*|ipv6|*|1|summary
ripencc|GB|asn|64496|1|19930901|allocated|some-id
ripencc|DE|ipv4|192.0.2.0|256|20100712|allocated|some-id
ripencc|FR|ipv4|198.51.100.0|384|20100712|assigned|some-id|e-stats
ripencc||ipv4|203.0.113.0|256||available|
ripencc|NL|ipv6|2001:db8::|32|19990826|allocated|some-id
"""
IPTOASN = "192.0.2.0\t192.0.2.255\t64500\tDE\tExample Net\n2001:db8::\t2001:db8::ff\t64500\tDE\tExample Net\n"
ASN_RECORDS = {
    "192.0.2.0/24": {"autonomous_system_number": 64500, "autonomous_system_organization": "Example Net"},
    "2001:db8::/32": {"autonomous_system_number": 64501, "autonomous_system_organization": "Other"},
}
COUNTRY_RECORDS = {
    "192.0.2.0/24": {"continent": {"code": "EU"}, "country": {"iso_code": "DE", "names": {"en": "Germany"}}},
    "2001:db8::/32": {"registered_country": {"iso_code": "US"}},
}
IPINFO = {
    "192.0.2.0/24": {"country": "Germany", "country_code": "DE", "asn": "AS64500", "as_name": "Example Net"},
    "2001:db8::/32": {"country": "France", "country_code": "FR", "asn": "", "as_name": ""},
}


def read(*contents: str | bytes, name: str = "table") -> list[OriginTable]:
    files = [
        File(f"{name}{place}", f"file {place}", DAY, one.encode() if isinstance(one, str) else one)
        for place, one in enumerate(contents)
    ]
    return read_files(files)


def made(*contents: str | bytes, before: Before | None = None) -> Combined:
    return combine(read(*contents), before)


def at(found: Combined | Origins, address: str) -> Origin:
    origins = found if isinstance(found, Origins) else unpack(pack(found.table))
    return origins.origin(*parse_address(address))


def zipped(files: Mapping[str, str]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return stream.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
    return stream.getvalue()


COUNTRY_ZIP = {
    "GeoLite2-Country-CSV_20260612/COPYRIGHT.txt": "Somebody's\n",
    "GeoLite2-Country-CSV_20260612/GeoLite2-Country-Blocks-IPv4.csv": COUNTRY_BLOCKS4,
    "GeoLite2-Country-CSV_20260612/GeoLite2-Country-Blocks-IPv6.csv": COUNTRY_BLOCKS6,
    "GeoLite2-Country-CSV_20260612/GeoLite2-Country-Locations-de.csv": LOCATIONS,
    "GeoLite2-Country-CSV_20260612/GeoLite2-Country-Locations-en.csv": LOCATIONS,
}
ASN_ZIP = {
    "GeoLite2-ASN-CSV_20260610/LICENSE.txt": "Somebody's\n",
    "GeoLite2-ASN-CSV_20260610/GeoLite2-ASN-Blocks-IPv4.csv": ASN_BLOCKS4,
    "GeoLite2-ASN-CSV_20260610/GeoLite2-ASN-Blocks-IPv6.csv": ASN_BLOCKS6,
}


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (IPTOASN, "iptoasn"),
        (ASN_BLOCKS4, "maxmind-asn"),
        (COUNTRY_BLOCKS4, "maxmind-country"),
        (COUNTRY_BLOCKS6, "maxmind-country"),
        (LOCATIONS, "maxmind-locations"),
        ("\ufeff" + LOCATIONS, "maxmind-locations"),
        (DBIP_ASNS, "asn-csv"),
        ('"192.0.2.0","192.0.2.255","64500","Example"\n', "asn-csv"),
        (DBIP_COUNTRIES, "country-csv"),
        (DELEGATED, "delegated"),
        ("2.3|arin|1|0|19700101|20260616|-0500\narin|US|ipv4|192.0.2.0|256|19840101|assigned|x\n", "delegated"),
        (mmdb_writer.mmdb(ASN_RECORDS), "mmdb"),
    ],
)
def test_a_form_is_told_by_its_content(content: str | bytes, form: str) -> None:
    raw = content.encode() if isinstance(content, str) else content

    assert form_of(Member("x", raw)).name == form


@pytest.mark.parametrize(
    "content",
    [
        '"16777216","16777471","AU","Australia"\n',
        "192.0.2.0,192.0.2.255,EU,DE,Bavaria,Munich,48.1,11.5\n",
        "192.0.2.0/24,DE\n",
        "192.0.2.1\n198.51.100.0/24\n",
        "Dear customer, your licence has ended.\n",
        "%PDF-1.7\n",
        '{"error": "invalid license key"}\n',
        "2|example|1|0|1|20260616|+0000\n",
    ],
)
def test_a_form_that_cannot_be_told_is_refused_with_the_forms_named(content: str) -> None:
    with pytest.raises(Refused, match="cannot be told") as refused:
        read(content)

    for form in FORMS:
        if form.name != "maxmind-locations":
            assert form.about.replace("`", "") in str(refused.value)


# MaxMind


def test_maxmind_s_two_archives_become_one_table() -> None:
    found = made(zipped(ASN_ZIP), zipped(COUNTRY_ZIP))

    assert at(found, "192.0.2.1") == Origin(64500, "DE", "Example Net, Ltd")
    assert at(found, "192.0.2.129") == Origin(64500, "US", "Example Net, Ltd"), "where it is registered"
    assert at(found, "198.51.100.1") == Origin(64501, "", "Other")
    assert at(found, "198.51.100.129") == Origin(0, "", "")
    assert at(found, "2001:db8::1") == Origin(64500, "US", "Example Net, Ltd")
    assert found.lacks == ()
    assert found.table.dated == "2026-06-10"
    assert found.table.rows == 6
    assert found.parts == {
        "asn4": Part("MaxMind, file 0", "2026-06-10"),
        "asn6": Part("MaxMind, file 0", "2026-06-10"),
        "country4": Part("MaxMind, file 1", "2026-06-12"),
        "country6": Part("MaxMind, file 1", "2026-06-12"),
    }


def test_maxmind_s_blocks_need_the_file_of_locations() -> None:
    with pytest.raises(Refused, match=r"give the file of locations with it, or the zip"):
        read(COUNTRY_BLOCKS4)
    with pytest.raises(Refused, match="locations alone"):
        read(LOCATIONS)

    assert at(made(COUNTRY_BLOCKS4, LOCATIONS), "192.0.2.1").country == "DE"


def test_a_block_whose_place_nobody_explains_is_a_fault_with_its_line() -> None:
    [table] = read(COUNTRY_BLOCKS4 + "203.0.113.0/24,77,,,0,0,\n", LOCATIONS)

    assert table.bad == 1
    assert table.warnings == ["line 5: the file of locations has no 77: 203.0.113.0/24,77,,,0,0,"]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("192.0.2.1/24,64500,X", "bits set beyond its prefix"),
        ("192.0.2.0/33,64500,X", "is not a network"),
        ("192.0.2.0/²,64500,X", "is not a network"),
        ("192.0.2.0/24,AS64500,X", "is not an ASN"),
        ("192.0.2.0/24", "the cell autonomous_system_number is missing"),
        ("nonsense,1,X", "is not an IP address"),
    ],
)
def test_a_block_that_cannot_be_read_is_left_out_and_counted(row: str, why: str) -> None:
    [table] = read(f"{ASN_BLOCKS4}{row}\n")

    assert (table.rows, table.bad) == (2, 1)
    assert table.warnings[0].startswith("line 4: ") and why in table.warnings[0]


# DB-IP


def test_db_ip_s_two_files_become_one_table_whatever_packs_them() -> None:
    found = made(gzip.compress(DBIP_ASNS.encode()), bz2.compress(DBIP_COUNTRIES.encode()))

    assert at(found, "192.0.2.7") == Origin(64500, "DE", "Example Net, Ltd")
    assert at(found, "2001:db8::1") == Origin(64501, "FR", "Other")
    assert at(found, "0.0.0.1") == Origin(0, "", "")
    assert found.lacks == ()
    assert at(made(lzma.compress(DBIP_ASNS.encode())), "192.0.2.7").asn == 64500


def test_db_ip_is_named_where_the_file_says_so_and_its_month_is_the_day() -> None:
    [named] = read(DBIP_COUNTRIES, name="dbip-country-lite-2026-05.csv")
    [other] = read(DBIP_COUNTRIES, name="mine.csv")

    assert (named.source, named.dated) == ("DB-IP, file 0", "2026-05-01")
    assert (other.source, other.dated) == ("file 0", DAY)


# Registries


def test_what_a_registry_gave_out_has_a_country_and_no_isp() -> None:
    found = made(DELEGATED)

    assert at(found, "192.0.2.255") == Origin(0, "DE", "")
    assert at(found, "198.51.101.127").country == "FR", "384 addresses are no network, and a range all the same"
    assert at(found, "198.51.101.128").country == ""
    assert at(found, "203.0.113.1").country == "", "available: given to nobody"
    assert at(found, "2001:db8:ffff::1").country == "NL"
    assert found.table.dated == "2026-06-16"
    assert found.parts["country4"].source == "NRO statistics of RIPE NCC, file 0"
    assert found.lacks == (
        "No ASNs and ISPs in it: rules for ISPs reach no such address, and the statistics by ISP have nothing of it.",
    )


def test_the_files_of_several_registries_become_one_table() -> None:
    other = "2|apnic|20260616|1|19850701|20260615|+1000\napnic|AU|ipv4|203.0.113.0|256|20110811|assigned|x\n"

    found = made(DELEGATED, other)

    assert (at(found, "192.0.2.1").country, at(found, "203.0.113.1").country) == ("DE", "AU")
    assert found.parts["country4"].source == "NRO statistics of RIPE NCC, file 0 and NRO statistics of APNIC, file 1"


def test_a_registry_s_file_that_was_cut_off_is_refused() -> None:
    cut = DELEGATED[: DELEGATED.index("ripencc||ipv4")]

    with pytest.raises(Refused, match="announces 3 records of ipv4, and 2 are there: it was cut off"):
        read(cut)


@pytest.mark.parametrize(
    "record",
    [
        "ripencc|DE|ipv4|192.0.2.0|0|20100712|allocated",
        "ripencc|DE|ipv4|255.255.255.0|257|20100712|allocated",
        "ripencc|DE|ipv4|2001:db8::|32|20100712|allocated",
        "ripencc|DE|ipv6|2001:db8::|129|20100712|allocated",
        "ripencc|DE|ipv4|192.0.2.0|-1|20100712|allocated",
        "ripencc|DE|ipv5|192.0.2.0|256|20100712|allocated",
        "ripencc|DEU|ipv4|192.0.2.0|256|20100712|allocated",
        "ripencc|DE|ipv4",
    ],
)
def test_a_record_that_cannot_be_read_is_left_out_and_counted(record: str) -> None:
    [table] = read(f"{DELEGATED}{record}\n")

    assert (table.rows, table.bad) == (3, 1)


# MaxMind DB


def test_mmdb_files_of_asns_and_of_countries_become_one_table() -> None:
    found = made(
        mmdb_writer.mmdb(ASN_RECORDS, "GeoLite2-ASN"),
        mmdb_writer.mmdb(COUNTRY_RECORDS, "DBIP-Country-Lite (compat=GeoLite2-Country)"),
    )

    assert at(found, "192.0.2.1") == Origin(64500, "DE", "Example Net")
    assert at(found, "2001:db8::1") == Origin(64501, "US", "Other")
    assert found.table.dated == "2026-06-17"
    assert found.parts["asn4"].source == "MaxMind GeoLite2-ASN, file 0"
    assert found.parts["country6"].source == "DB-IP DBIP-Country-Lite (compat=GeoLite2-Country), file 1"


def test_an_mmdb_file_as_published_is_a_tar_with_a_licence_beside_it() -> None:
    published = tarred({
        "GeoLite2-ASN_20260617/LICENSE.txt": b"Somebody's",
        "GeoLite2-ASN_20260617/GeoLite2-ASN.mmdb": mmdb_writer.mmdb(ASN_RECORDS, "GeoLite2-ASN"),
    })  # fmt: skip

    assert at(made(published), "192.0.2.1").asn == 64500


def test_an_mmdb_file_of_ipinfo_has_both() -> None:
    found = made(mmdb_writer.mmdb(IPINFO, "ipinfo generic_lite"))

    assert at(found, "192.0.2.1") == Origin(64500, "DE", "Example Net")
    assert at(found, "2001:db8::1") == Origin(0, "FR", "")
    assert found.lacks == (
        "No ASNs and ISPs of IPv6 addresses in it: rules for ISPs reach no such address, and the statistics by ISP "
        "have nothing of it.",
    )


def test_an_mmdb_file_of_ipv4_alone_is_read() -> None:
    only4 = {"192.0.2.0/24": ASN_RECORDS["192.0.2.0/24"]}

    assert at(made(mmdb_writer.mmdb(only4, version=4)), "192.0.2.1").asn == 64500


def test_an_mmdb_file_without_a_field_of_ours_is_refused() -> None:
    with pytest.raises(Refused, match=r"none of the fields autonomous_system_number, asn, country\.iso_code"):
        read(mmdb_writer.mmdb({"192.0.2.0/24": {"is_anonymous": True}}))


def test_a_small_mmdb_file_with_endless_networks_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mmdb, "MOST_LOOKUPS", 5_000)

    with pytest.raises(Refused, match="more than 5,000 networks and gaps"):
        read(mmdb_writer.endless())


def test_a_tree_that_bites_its_tail_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mmdb, "MOST_LOOKUPS", 5_000)
    content = mmdb_writer.endless()

    with pytest.raises(Refused, match=r"damaged|networks and gaps"):
        read(content[: 99 * 8] + bytes(8) + content[100 * 8 :])


@given(some.data())
def test_a_damaged_mmdb_file_is_refused_or_read_and_nothing_else_happens(data: some.DataObject) -> None:
    content = bytearray(mmdb_writer.mmdb({**ASN_RECORDS, "198.51.100.0/24": COUNTRY_RECORDS["192.0.2.0/24"]}))
    for _ in range(data.draw(some.integers(1, 4))):
        content[data.draw(some.integers(0, len(content) - 1))] = data.draw(some.integers(0, 255))
    cut = content[: data.draw(some.integers(0, len(content)))] if data.draw(some.booleans()) else content

    try:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(mmdb, "MOST_LOOKUPS", 5_000)
            read(bytes(cut))
    except Refused as refused:
        assert str(refused).endswith(".")


# Archives


def test_an_archive_that_would_unpack_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("reputation.intake.origins.opening.MAX_BYTES", 100_000)

    with pytest.raises(Refused, match="larger than"):
        read(zipped({"a.csv": "0" * 60_000, "b.csv": "0" * 60_000}))
    with pytest.raises(Refused, match="larger than"):
        read(tarred({"a.csv": bytes(60_000), "b.csv": bytes(60_000)}))


def test_an_archive_of_a_thousand_files_or_of_none_is_refused() -> None:
    with pytest.raises(Refused, match="holds 1000 files"):
        read(zipped({f"{place}.csv": IPTOASN for place in range(1000)}))
    with pytest.raises(Refused, match="holds no table"):
        read(zipped({"LICENSE.txt": "Somebody's"}))


@pytest.mark.parametrize("cut", [zipped(ASN_ZIP)[:-30], tarred({"a.mmdb": bytes(99_000)})[:-40]], ids=["zip", "tar"])
def test_a_damaged_archive_is_refused_whole(cut: bytes) -> None:
    with pytest.raises(Refused, match="damaged or cut off"):
        read(cut)


# What is missing


def known(*contents: str, dated: str = "2026-01-01") -> Before:
    found = made(*contents)
    parts = {name: Part("the table before", dated) for name in found.parts}
    return Before(unpack(pack(found.table)), parts)


BOTH = IPTOASN.replace("192.0.2.255", "192.0.3.255").replace("DE", "FR")


def test_what_a_file_lacks_is_kept_from_the_table_before() -> None:
    found = made(DELEGATED, before=known(BOTH))

    assert at(found, "192.0.2.1") == Origin(64500, "DE", "Example Net")
    assert at(found, "192.0.3.1") == Origin(64500, "", "Example Net"), "its country is not that of the table before"
    assert found.lacks == (
        "No ASNs and ISPs in it: rules for ISPs and the statistics by ISP keep those of the table before.",
    )
    assert found.parts["asn4"] == Part("the table before", "2026-01-01")
    assert found.parts["country4"].dated == "2026-06-16"


def test_a_file_of_ipv4_alone_leaves_ipv6_as_it_was() -> None:
    found = made(ASN_BLOCKS4, before=known(BOTH))

    assert at(found, "192.0.2.1") == Origin(64500, "FR", "Example Net, Ltd")
    assert at(found, "2001:db8::1") == Origin(64500, "FR", "Example Net, Ltd")
    assert found.lacks[0].startswith("No ASNs and ISPs of IPv6 addresses in it: ")
    assert found.lacks[1].startswith("No countries in it: rules for countries and the statistics by country keep")


def test_names_that_a_file_lacks_are_kept_too() -> None:
    nameless = "192.0.2.0,192.0.2.255,64500,\n2001:db8::,2001:db8::1,64777,\n"

    found = made(nameless, before=known(BOTH))

    assert at(found, "192.0.2.1").isp == "Example Net"
    assert at(found, "2001:db8::1").isp == "AS64777"
    assert found.lacks[-1] == (
        "No names of ISPs in it: ISPs keep the name that the table before has, or are shown by their numbers."
    )


def test_two_forms_that_say_the_same_of_addresses_are_refused() -> None:
    with pytest.raises(Refused, match=r"name ASNs and ISPs of IPv4 addresses \(iptoasn and asn-csv\): give one"):
        made(IPTOASN, DBIP_ASNS)


def test_the_bundled_table_with_the_countries_of_a_registry_is_made_in_seconds() -> None:
    origins = seed()
    parts = {f"{field}{version}": Part("bundled", "") for field in ("asn", "country") for version in (4, 6)}

    found = unpack(pack(made(DELEGATED, before=Before(origins, parts)).table))

    assert at(found, "8.8.8.8") == Origin(15169, "", "Google LLC")
    assert at(found, "2001:4860:4860::8888").asn == 15169
