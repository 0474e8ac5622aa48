"""The stream that the numbers are tuned on: an ordinary mix of senders, each kind by itself and independent of others.

Shares are of all spam, or of all good mail; they are estimates. Networks are infested with heavy tails, most bots are
seen once or twice, servers that are broken into have sent good mail before.
"""

from __future__ import annotations

from collections.abc import Callable
from weakref import WeakKeyDictionary

from benchmarks.verdicts.closed_loop.mail import (
    DAY,
    HOUR,
    MINUTE,
    ONCE,
    Amount,
    Machine,
    Message,
    Retry,
    Stream,
    home_name,
    ipv4,
    own_name,
    rented_name,
)
from reputation.addresses.address import Address

SHORT_QUEUE = Retry(4, 10 * MINUTE)  # a spammer's: it is purged when somebody notices
Place = tuple[int, list[int]]  # ASN, networks


def everyday(seed: int, amount: Amount) -> list[Message]:
    """Return the messages, the same ones for the same seed."""
    stream = Stream(amount, seed)
    world = World(stream)
    for send in (*SPAM, *GOOD):
        send(world)
    return stream.sorted()


class World:
    """Who is where: providers of home lines, hosts, clouds, small networks, and those that everybody gets mail from."""

    def __init__(self, stream: Stream) -> None:
        self.stream, chance, land = stream, stream.chance, stream.land
        self.homes: list[Place] = [(1000 + k, land.networks(24, chance.randint(60, 400))) for k in range(40)]
        self.infested = [stream.heavy(networks, 0.9) for _, networks in self.homes]
        self.sizes = stream.heavy(self.homes)
        self.hosts: list[Place] = [(3000 + k, land.networks(24, chance.randint(20, 60))) for k in range(14)]
        self.badness = [chance.betavariate(0.6, 1.2) for _ in self.hosts]
        self.clouds: list[Place] = [(4000 + k, land.networks(16, 3)) for k in range(4)]
        self.small: list[Place] = [(5000 + k, land.networks(24, chance.randint(1, 6))) for k in range(250)]
        self.great: list[Place] = [(100 + k, land.networks(20, 1)) for k in range(4)]
        self.bulk: list[Place] = [(200 + k, land.networks(23, 1)) for k in range(12)]
        self.servers = [self.server(place) for place in self.small for _ in range(chance.randint(1, 8))]

    def land(self, prefix: int) -> list[int]:
        """Return a network of its own."""
        return self.stream.land.networks(prefix, 1)

    def home(self) -> Machine:
        """Return a line in a network that is infested by its weight."""
        place = self.stream.chance.choices(range(len(self.homes)), self.sizes)[0]
        asn, networks = self.homes[place]
        return self.line(asn, self.stream.chance.choices(networks, self.infested[place])[0])

    def any_home(self) -> Machine:
        """Return a line of any provider."""
        asn, networks = self.stream.chance.choice(self.homes)
        return self.line(asn, self.stream.chance.choice(networks))

    def line(self, asn: int, network: int) -> Machine:
        """Return a line of a network."""
        value = network + self.stream.chance.randrange(256)
        return ipv4(value, asn, home_name(value))

    def server(self, place: Place, word: str = "") -> Machine:
        """Return a server with a name of its own."""
        value = self.stream.chance.choice(place[1]) + self.stream.chance.randrange(256)
        return ipv4(value, place[0], own_name(value, word or self.stream.chance.choice(("mail", "mx", "smtp"))))

    def rented(self, place: Place, width: int, fewer: int = 1) -> Machine:
        """Return a rented machine of a host, in the first of its networks where `fewer` is more than 1."""
        networks = place[1][: max(2, len(place[1]) // fewer)]
        value = self.stream.chance.choice(networks) + self.stream.chance.randrange(width)
        return ipv4(value, place[0], rented_name(value))

    def pool(self, places: list[Place], width: int, word: str) -> Machine:
        """Return one machine of a pool that many people send by."""
        asn, networks = self.stream.chance.choice(places)
        value = networks[0] + self.stream.chance.randrange(width)
        return ipv4(value, asn, f"{word}{value & 4095}.{asn}.example")

    def bad_host(self) -> Place:
        """Return a host, the worse ones more often."""
        return self.stream.chance.choices(self.hosts, self.badness)[0]


def home_bots(world: World) -> None:
    """Send what comes from bots on home lines: one to a few messages within a lease."""
    stream, left = world.stream, int(world.stream.spam * 0.3 * world.stream.amount.bots)
    while left > 0:
        machine, count, found = world.home(), min(left, 1 + int(stream.chance.expovariate(1))), stream.found()
        for at in stream.times(stream.any_time(), stream.chance.expovariate(1 / (14 * HOUR)), count):
            stream.send("home bot", machine, at, True, found, stream.bot_retry())
        left -= count


def single_bots(world: World) -> None:
    """Send what comes from bots that send one message, and are not seen again."""
    for _ in range(int(world.stream.spam * 0.08 * world.stream.amount.bots)):
        stream = world.stream
        stream.send("one message bot", world.any_home(), stream.any_time(), True, stream.found(), stream.bot_retry())


def proxies(world: World) -> None:
    """Send what comes from exits of proxies, which a spammer's own server sends through, and comes again."""
    for _ in range(int(world.stream.spam * 0.03)):
        stream = world.stream
        retry = Retry(3, stream.chance.randint(6 * MINUTE, 30 * MINUTE))
        stream.send("proxy exit", world.any_home(), stream.any_time(), True, stream.found(), retry)


def learning_bots(world: World) -> None:
    """Send what comes from bots that have learned to come again when they are deferred."""
    stream = world.stream
    for count in stream.portions(0.04 * stream.amount.bots, 1, 5):
        machine, found = world.home(), stream.found()
        for at in stream.times(stream.any_time(), 8 * HOUR, count):
            retry = Retry(3, stream.chance.randint(330, 900))
            stream.send("learning bot", machine, at, True, found, retry)


def snowshoe(world: World) -> None:
    """Send what comes from rented /24s with names of their own, a little from each address, for some days."""
    _ranges(world, "snowshoe /24", 0.12, 24, (2, 7))


def thin_snowshoe(world: World) -> None:
    """Send what comes from such networks over a /22, for longer."""
    _ranges(world, "thin snowshoe /22", 0.05, 22, (5, 12))


def _ranges(world: World, kind: str, share: float, prefix: int, days: tuple[int, int]) -> None:
    stream, a_range = world.stream, int(max(20, world.stream.amount.a_day / 25))
    for count in stream.portions(share, 5, 2 * a_range):
        asn, network, found = world.bad_host()[0], stream.land.network(prefix), stream.found()
        life = stream.chance.uniform(*days) * DAY
        for at in stream.times(stream.chance.uniform(-life / 2, stream.end), life, count):
            value = network + stream.chance.randrange(1 << (32 - prefix))
            machine = ipv4(value, asn, own_name(value, f"mta{value & 255}"))
            stream.send(kind, machine, at, True, found, Retry(3, stream.chance.randint(300, 1800)))


def bad_hosts(world: World) -> None:
    """Send what comes from rented machines at hosts that do not look: some days, some messages."""
    stream = world.stream
    for count in stream.portions(0.08, 2, 14):
        machine, found = world.rented(world.bad_host(), 256, fewer=3), stream.found()
        for at in stream.times(stream.any_time(), stream.chance.uniform(0.3, 3) * DAY, count):
            stream.send("bad host", machine, at, True, found, Retry(2, 15 * MINUTE))


def broken_into(world: World) -> None:
    """Send what comes from mail servers with a stolen password: hours of spam among their own good mail."""
    stream = world.stream
    for count in stream.portions(0.06, 8, 60):
        machine, begin = stream.chance.choice(world.servers), stream.any_time()
        found = stream.found() * stream.chance.uniform(0.85, 1)
        for at in stream.times(begin, stream.chance.uniform(3, 24) * HOUR, count):
            stream.send("broken into", machine, at, True, found, SHORT_QUEUE)
        for at in stream.times(begin - 5 * DAY, 10 * DAY, max(3, count // 8)):
            stream.send("broken into", machine, at, False, retry=stream.queue())


def web_forms(world: World) -> None:
    """Send what comes from web servers whose forms are abused: a little spam among the mail of their shops."""
    stream = world.stream
    for count in stream.portions(0.05, 3, 20):
        machine, begin = world.server(stream.chance.choice(world.hosts), "web"), stream.any_time()
        found = stream.found() * stream.chance.uniform(0.7, 1)
        for at in stream.times(begin, stream.chance.uniform(1, 6) * DAY, count):
            stream.send("web form", machine, at, True, found, SHORT_QUEUE)
        for at in stream.times(begin - 5 * DAY, 12 * DAY, max(2, count // 5)):
            stream.send("web form", machine, at, False, retry=stream.queue())


def stolen_accounts(world: World) -> None:
    """Send what comes from spam by the accounts of great providers, which nobody can list."""
    stream = world.stream
    for _ in range(int(stream.spam * 0.07)):
        found = stream.found() * stream.chance.uniform(0.6, 1)
        stream.send("great provider", _great(world), stream.any_time(), True, found, stream.queue())


def bad_customers(world: World) -> None:
    """Send what comes from customers of bulk mailers that buy their addresses."""
    stream = world.stream
    for count in stream.portions(0.04, 3, 30):
        machine = world.pool(world.bulk, 500, "o")
        for at in stream.times(stream.any_time(), 4 * HOUR, count):
            value = machine.address.value & ~3 | stream.chance.randrange(4)
            near = ipv4(value, machine.asn, machine.name)
            stream.send("bulk mailer", near, at, True, stream.found() * 0.7, SHORT_QUEUE)


def hoppers(world: World) -> None:
    """Send what comes from IPv6 senders that take another /64 of their /48 for each message."""
    stream = world.stream
    for count in stream.portions(0.03, 5, 40):
        asn, found = world.bad_host()[0], stream.found()
        network = (0x2A00 << 112) + (stream.chance.randrange(1 << 20) << 80)
        for at in stream.times(stream.any_time(), 3 * DAY, count):
            address = Address(6, network + (stream.chance.randrange(1 << 12) << 64) + 1)
            stream.send("IPv6 hopper", Machine(address, asn), at, True, found, Retry(2, 15 * MINUTE))


def cloud_machines(world: World) -> None:
    """Send what comes from machines in a cloud, for some hours."""
    stream = world.stream
    for count in stream.portions(0.05, 1, 6):
        machine, found = world.rented(stream.chance.choice(world.clouds), 1 << 16), stream.found()
        for at in stream.times(stream.any_time(), 12 * HOUR, count):
            stream.send("cloud machine", machine, at, True, found, Retry(2, 15 * MINUTE))


def shared_lines(world: World) -> None:
    """Send what comes from lines behind a carrier's NAT: bots and people by one address."""
    stream = world.stream
    for count, is_spam in ((int(stream.spam * 0.007), True), (int(stream.good * 0.01), False)):
        for _ in range(count):
            place = stream.chance.randrange(30)
            asn, networks = world.homes[place]
            machine = ipv4(networks[1] + place, asn, home_name(networks[1] + place))
            retry = ONCE if is_spam else Retry(3, 10 * MINUTE)
            stream.send("carrier NAT", machine, stream.any_time(), is_spam, stream.found(), retry)


def warmed_ranges(world: World) -> None:
    """Send what comes from ranges that send clean mail for five days, and then spam."""
    stream, most = world.stream, int(max(20, world.stream.amount.a_day / 25))
    for count in stream.portions(0.03, most // 2, most):
        asn, network, begin, found = world.bad_host()[0], stream.land.network(24), stream.any_time(), stream.found()
        phases = ((begin, 4 * DAY, count, True), (begin - 5 * DAY, 5 * DAY, max(8, count // 3), False))
        for first, length, some, is_spam in phases:
            for at in stream.times(first, length, some):
                value = network + stream.chance.randrange(64)
                machine = ipv4(value, asn, own_name(value, f"out{value & 63}"))
                stream.send("warmed range", machine, at, is_spam, found, Retry(4, 10 * MINUTE))


def hit_and_run(world: World) -> None:
    """Send what comes from phishing from a server that was taken over for one mailing."""
    stream = world.stream
    for _ in range(int(stream.spam * 0.02)):
        machine = world.server(stream.chance.choice(world.small))
        stream.send("hit and run", machine, stream.any_time(), True, stream.found() * 0.8, SHORT_QUEUE)


def good(kind: str, share: float, pick: Callable[[World], Machine], retry: Retry | None = None) -> Callable[..., None]:
    """Make what sends a share of the good mail, from a machine that is picked for each; without a habit, by a queue."""

    def send(world: World) -> None:
        for _ in range(int(world.stream.good * share)):
            stream = world.stream
            stream.send(kind, pick(world), stream.any_time(), False, retry=retry or stream.queue())

    return send


def _great(world: World) -> Machine:
    return world.pool(world.great, 400, "mail-")


def _one_of(count: int, make: Callable[[World], Machine]) -> Callable[[World], Machine]:
    """Pick one of so many machines, which are made once for each world; a few of them send most."""
    made: WeakKeyDictionary[World, list[Machine]] = WeakKeyDictionary()

    def pick(world: World) -> Machine:
        if world not in made:
            machines = [make(world) for _ in range(count)]
            made[world] = world.stream.chance.choices(machines, world.stream.heavy(machines), k=2000)
        return world.stream.chance.choice(made[world])

    return pick


def _shop(world: World) -> Machine:
    return world.server(world.stream.chance.choice(world.hosts), "web")


def _application(world: World) -> Machine:
    return world.rented(world.stream.chance.choice(world.clouds), 1 << 16)


def _neighbour(world: World) -> Machine:
    return world.rented(world.bad_host(), 256, fewer=3)


def _stranger(world: World) -> Machine:
    return world.server(world.stream.chance.choice(world.small))


SPAM = (
    home_bots, single_bots, proxies, learning_bots, snowshoe, thin_snowshoe, bad_hosts, broken_into, web_forms,
    stolen_accounts, bad_customers, hoppers, cloud_machines, shared_lines, warmed_ranges, hit_and_run,
)  # fmt: skip
GOOD = (
    good("great provider", 0.34, _great),
    good("bulk mailer", 0.18, lambda world: world.pool(world.bulk, 500, "o")),
    good("small server", 0.22, _one_of(900, lambda world: world.stream.chance.choice(world.servers))),
    good("shared host", 0.07, _one_of(350, _shop)),
    good("university", 0.04, _one_of(20, lambda world: world.server((6000, world.land(16))))),
    good("web application", 0.03, _one_of(160, _application), ONCE),
    good("rare correspondent", 0.06, _stranger),
    good("mailing list", 0.03, _one_of(15, lambda world: world.server((7000, world.land(24)), "lists"))),
    good("home server", 0.008, _one_of(25, World.home), Retry(4, 10 * MINUTE)),
    good("neighbour of bad hosts", 0.012, _one_of(20, _neighbour)),
)
