"""How a rule relates to the others: covered by a wider one, overruled by more specific ones, or without any effect.

It reads rules as the decision does (reputation/verdict/decision.py): the longest prefix first, then the ISP, then the
country; at equal specificity approved wins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

from reputation.addresses.address import Network, parse_network
from reputation.countries import COUNTRIES, country_fault
from reputation.customers.policy.network_origins import IspCountries, origins_of
from reputation.customers.policy.rule_networks import RuleNetworks, together
from reputation.customers.policy.values import read_value
from reputation.verdict.origins import EMPTY, Origins, country_number

NAMED = 3  # rules that a sentence names; the others it counts
BY_ORIGIN = ("isp:", "country:")

# Kinds of statements. Those of IDLE say that the rule accepts and refuses nobody else as long as the others stand.
OVERRULED = "lost"  # the same sender is approved too, and approved wins
SHADOWED = "shadowed"  # more specific rules decide every address of it
COVERED = "covered"  # the next wider rules say the same
WINS = "wins"  # the same sender is blocked too, and this rule approves it
EXCEPTION = "exception"  # a wider rule says the opposite: this one is an exception from it
STAYS = "stays"  # more specific rules say the opposite, and stay as they are
NEEDLESS = "inside"  # more specific rules say the same
NO_COUNTRY = "no country"
IDLE = (OVERRULED, SHADOWED, COVERED)
WARNINGS = (*IDLE, STAYS, NO_COUNTRY)

RuleKey = tuple[str, str]  # a rule: its action and value


class Statement(NamedTuple):
    """One fact about a rule; `others` are the rules that it names."""

    kind: str
    sentence: str
    others: tuple[RuleKey, ...] = ()

    @property
    def is_warning(self) -> bool:
        """Tell whether a person should read it before the rule is saved."""
        return self.kind in WARNINGS


class Overlaps:
    """The rules of an organization, prepared for comparing another rule with them.

    The rule that is compared may be one of them: it is compared with the others.
    """

    _others: dict[str, set[str]]

    def __init__(self, rules: Iterable[RuleKey], origins: Origins = EMPTY) -> None:
        """`rules` in canonical form; without origins nothing is said of where a network belongs."""
        networks, self._others = [], {}
        self._pairs: IspCountries | None = None
        self._deciding: dict[tuple[str, str], dict[int, list[Network]]] = {}
        for action, value in rules:
            if value.startswith(BY_ORIGIN):
                self._others.setdefault(value, set()).add(action)
            else:
                networks.append((action, parse_network(value)))
        self._networks, self._origins = RuleNetworks(networks), origins

    def of(self, action: str, value: str) -> list[Statement]:
        """Describe how a rule relates to these. Raise Refused where the value cannot be read."""
        kind, value = read_value(value)
        network = parse_network(value) if kind == "network" else None
        same = self._networks.actions(network) if network else self._others.get(value, set())
        twice = _opposite(action) in same
        if twice and action == "blocked":
            sentence = f"{value} is approved too, and approved wins: this rule changes nothing."
            return [Statement(OVERRULED, sentence, (("approved", value),))]
        said = (
            [Statement(WINS, f"{value} is blocked too: approved wins over it.", (("blocked", value),))] if twice else []
        )
        if network:
            wider, inner = self._around_network(action, network), self._inside_network(action, network)
        elif kind == "isp":
            wider, inner = self._around_isp(action, value), self._inside_isp(action, value)
        else:
            wider, inner = iter(()), self._inside_country(action, value)
        if network and not any(self._networks.left_over(network)):
            sentence = f"More specific rules decide every address of {network}: this rule changes nothing."
            return [Statement(SHADOWED, sentence)]
        # Where the same sender is blocked, it is this block that the rule takes away, whatever stands around it.
        return [*said, *([] if twice else wider), *inner]

    def _around_network(self, action: str, network: Network) -> Iterator[Statement]:
        cover = self._networks.around(network)
        if cover is None:
            yield from self._around_by_origin(action, network)
        elif self._networks.says(cover) == action:
            sentence = f"Covered already by {cover}, {action}: this rule changes nothing."
            yield Statement(COVERED, sentence, ((action, str(cover)),))
        else:
            sentence = f"An exception from {cover}, {_opposite(action)}: the longer prefix decides."
            yield Statement(EXCEPTION, sentence, ((_opposite(action), str(cover)),))

    def _around_by_origin(self, action: str, network: Network) -> Iterator[Statement]:
        """How a network stands to rules by ISP and country, where no wider network decides."""
        if not self._others:
            return
        origins = origins_of(self._origins, network.version, self._networks.left_over(network)) or set()
        said = self._said_of(one for asn, country in origins for one in (f"isp:AS{asn}", f"country:{country}"))
        deciding = [_by_origin(said, *origin) for origin in sorted(origins)]
        rules = tuple(dict.fromkeys(one for one in deciding if one))
        against = tuple(one for one in rules if one[0] != action)
        if deciding and all(deciding) and not against:
            yield Statement(COVERED, self._covered(action, rules), rules)
        elif against:
            sentence = f"An exception from {self._words(against)}, {_opposite(action)}: a network is more specific."
            yield Statement(EXCEPTION, sentence, against)

    def _inside_network(self, action: str, network: Network) -> Iterator[Statement]:
        count, is_all, found = self._networks.inside(network, _opposite(action))
        named = tuple((_opposite(action), str(one)) for one in islice(found, NAMED))
        if named:
            words = _stays(_opposite(action), count)
            yield Statement(STAYS, f"{_listed(named, count, is_all)} {words}: the longer prefix decides.", named)
        count, is_all, found = self._networks.inside(network, action)
        named = tuple((action, str(one)) for one in islice(found, NAMED))
        if named:
            verb = "lies" if count == 1 else "lie"
            yield Statement(NEEDLESS, f"{_listed(named, count, is_all)}, {action} too, {verb} inside it.", named)

    def _around_isp(self, action: str, value: str) -> Iterator[Statement]:
        asn = int(value.removeprefix("isp:AS"))
        countries = sorted(self._countries_of(asn)) if self._others else []
        said = self._said_of(f"country:{country}" for country in countries)
        rules = [(said[f"country:{country}"], f"country:{country}") for country in countries]
        against = tuple(rule for rule in rules if rule[0] == _opposite(action))
        if rules and all(says == action for says, _ in rules):
            yield Statement(COVERED, self._covered(action, rules), tuple(rules))
        elif against:
            sentence = f"An exception from {self._words(against)}, {_opposite(action)}: an ISP is more specific."
            yield Statement(EXCEPTION, sentence, against)

    def _inside_isp(self, action: str, value: str) -> Iterator[Statement]:
        yield from self._networks_that_stay(action, "isp", int(value.removeprefix("isp:AS")))

    def _inside_country(self, action: str, value: str) -> Iterator[Statement]:
        country, opposite = value.removeprefix("country:"), _opposite(action)
        if country not in COUNTRIES and country_number(country) not in self._origins.country_of:
            yield Statement(NO_COUNTRY, country_fault(country))
            return
        isps = sorted(self._isps_of(country, opposite)) if self._others else []
        named = [(opposite, f"isp:AS{number}") for number in isps]
        if named:
            words = _stays(opposite, len(named))
            yield Statement(STAYS, f"{self._words(named)} {words}: an ISP is more specific.", tuple(named))
        yield from self._networks_that_stay(action, "country", country_number(country))

    def _networks_that_stay(self, action: str, kind: str, number: int) -> Iterator[Statement]:
        """Networks that say the opposite, and decide at their first address, which belongs to the ISP or country."""
        found, is_all = self._that_decide_first(_opposite(action), kind, number)
        named = [(_opposite(action), str(one)) for one in found]
        if named:
            words = _stays(_opposite(action), len(named))
            sentence = f"{_listed(named, len(named), is_all)} {words}: a network is more specific."
            yield Statement(STAYS, sentence, tuple(named[:NAMED]))

    def _that_decide_first(self, action: str, kind: str, number: int) -> tuple[list[Network], bool]:
        """The networks that say this and decide at their first address, which belongs there; whether these are all.

        Where each belongs is looked up once, however many rules are compared.
        """
        if (action, kind) not in self._deciding:
            self._deciding[action, kind] = self._by_home(action, kind)
        return self._deciding[action, kind].get(number, []), True

    def _by_home(self, action: str, kind: str) -> dict[int, list[Network]]:
        """The networks that say this and decide at their first address, by the ISP or the country of that address."""
        home, networks = self._home(kind), self._networks
        found: dict[int, list[Network]] = {}
        for one in networks:
            if networks.says(one) == action and networks.at_first(one) == one:
                found.setdefault(home(one.version, one.first), []).append(one)
        return found

    def _home(self, kind: str) -> Callable[[int, int], int]:
        """The function that finds the ASN or the number of the country of an address."""
        return self._origins.asn if kind == "isp" else self._origins.country_number

    def _isps_of(self, country: str, action: str) -> list[int]:
        """The ASNs of a country for which rules say this."""
        known = self._homes().asns(country)
        said = self._said_of(f"isp:AS{asn}" for asn in known)
        return [asn for asn in known if said[f"isp:AS{asn}"] == action]

    def _countries_of(self, asn: int) -> set[str]:
        """The countries from which an ISP sends."""
        return self._homes().countries(asn)

    def _homes(self) -> IspCountries:
        """The pairs in the table of origins, which is gone through once and not for each rule."""
        if self._pairs is None:
            self._pairs = IspCountries(self._origins)
        return self._pairs

    def _said_of(self, values: Iterable[str]) -> dict[str, str]:
        """What the rules for these ISPs and countries say; "" where there is none."""
        return {value: together(self._others.get(value, ())) for value in values}

    def _covered(self, action: str, rules: Sequence[RuleKey]) -> str:
        """By a rule of another kind: a blocked sender has another return code then, and is refused all the same."""
        change = "this rule changes nothing" if action == "approved" else "this rule changes the return code alone"
        return f"Covered already by {self._words(rules)}, {action}: {change}."

    def _words(self, rules: Sequence[RuleKey]) -> str:
        """Rules by ISP and country with the names of these."""
        return _listed([(action, self._name(value)) for action, value in rules], len(rules))

    def _name(self, value: str) -> str:
        kind, _, name = value.partition(":")
        known = COUNTRIES.get(name, "") if kind == "country" else self._origins.names.get(int(name.removeprefix("AS")))
        return f"{known} ({value})" if known else value


def _by_origin(said: Mapping[str, str], asn: int, country: str) -> RuleKey | None:
    """The rule that decides for an origin."""
    values = (f"isp:AS{asn}", f"country:{country}")
    return next(((said[value], value) for value in values if said[value]), None)


def _opposite(action: str) -> str:
    return "blocked" if action == "approved" else "approved"


def _stays(action: str, count: int) -> str:
    return f"is {action} and stays {action}" if count == 1 else f"are {action} and stay {action}"


def _listed(rules: Sequence[RuleKey], count: int, is_all: bool = True) -> str:
    """The first of so many rules, as a sentence has them; where not all were looked at, there are at least so many."""
    names = [value for _, value in rules[:NAMED]]
    if count > len(names):
        return f"{', '.join(names)} and {'' if is_all else 'at least '}{count - len(names):,} more"
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
