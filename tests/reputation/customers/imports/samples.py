"""A small file of each form that can be imported, written for these tests."""

from __future__ import annotations

POSTFIX = """# clients that we know
192.0.2.7       REJECT You are on our list
192.0.2         OK
198.51.100.1    550 5.7.1 Spam
203.0.113.0/30  PERMIT
"""
CIDR = """192.0.2.7     OK
192.0.2.0/24  REJECT A long text
   that goes on
2001:db8::/48 REJECT
"""
SENDMAIL = """Connect:192.0.2         REJECT
Connect:IPv6:2001:db8::1    OK
192.0.2.9               RELAY
From:spam@example.com   REJECT
Connect:203.0.113.5     ERROR:"550 Go away"
"""
SPAMASSASSIN = """# local.cf
required_score 5.0
trusted_networks 192.0.2/24 !192.0.2.128/25 203.0.113.7
internal_networks 198.51.100.25   # ours
"""
ZONE = """$SOA 3600 ns.example. hostmaster.example. 0 1h 1h 1d 1h
:127.0.0.2:Listed, see https://example.net/$
192.0.2.0/24
!192.0.2.7
198.51.100.7 :127.0.0.2:A spammer
"""
CROWDSEC = """[
 {"id": 7, "source": {"ip": "192.0.2.7"}, "decisions": [
   {"id": 1, "origin": "crowdsec", "type": "ban", "scope": "Ip", "value": "192.0.2.7", "duration": "3h59m58.1234s",
    "scenario": "crowdsecurity/postfix-spam", "simulated": false}]},
 {"id": 8, "decisions": [
   {"id": 2, "origin": "cscli", "type": "ban", "scope": "Range", "value": "198.51.100.0/24", "duration": "48h",
    "scenario": "manual 'ban'"},
   {"id": 3, "origin": "cscli", "type": "captcha", "scope": "Ip", "value": "203.0.113.9", "duration": "4h"},
   {"id": 4, "origin": "cscli", "type": "ban", "scope": "Country", "value": "FR", "duration": "4h"},
   {"id": 5, "origin": "lists", "type": "ban", "scope": "Ip", "value": "203.0.113.10", "duration": "-5m3s"}]}
]
"""
CROWDSEC_RAW = """id,source,ip,reason,action,country,as,events_count,expiration,simulated,alert_id
1,crowdsec,Ip:192.0.2.7,crowdsecurity/postfix-spam,ban,DE,"64500 Example, Ltd",7,2h10m5s,false,33
2,cscli,Range:198.51.100.0/24,manual,ban,,,1,719h59m,false,34
"""
CROWDSEC_IMPORT = """duration,scope,value
24h,ip,192.0.2.7
"""
TREND = """IP Address/CIDR Block,Description,Date Added
192.0.2.7,Our partner,2024-01-02
198.51.100.0/24,"Newsletter, weekly",2024-01-03
"""
TREND_BLOCKED = """Blocked IP Address;Description
192.0.2.7;Spammer
"""
COUNTRIES = """Approved Country/Region
Austria
Korea, Republic of
DE
"""
OUR_OWN = """Action,Sender,Note,Until (UTC),Name,Added (UTC),By
approved,192.0.2.7,Partner,,,2026-01-01T00:00:00Z,ada@acme.example
blocked,country:KP,,,North Korea,,
blocked,isp:AS64500,,2030-01-01,Example,,
"""
EXIM = """# exim.conf
hostlist relay_from_hosts = 192.0.2.0/28 : 198.51.100.7 : 2001::db8::::1 : *.example.com
hostlist others = <; 203.0.113.9 ; 2001:db8::2
"""
PLAIN = """# allowed
192.0.2.7            our partner
198.51.100.0/24      # newsletter
!198.51.100.128/25
2001:db8::/48
relay.example.com
"""
