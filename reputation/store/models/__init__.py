"""The tables. All times are Unix seconds in UTC.

The content of a feed is not one row an entry: a FeedRevision holds the ranges of one fetch as two blobs. Only our own
listings are rows. Each module has the tables of one subject; other packages import the tables from here.
"""

from __future__ import annotations

from typing import Any

from reputation.store.models.base import Part, Secret, Table, database
from reputation.store.models.counts import (
    BotHour,
    BotSeen,
    CountryDay,
    LastAsked,
    OtherHour,
    QueryHour,
    QueryLogEntry,
    SpamDay,
    SpamHour,
    SpamWeek,
    VolumeHour,
)
from reputation.store.models.customers import (
    ActivationCode,
    ApiToken,
    AuditEntry,
    MailServer,
    OneTimeLink,
    Organization,
    RecoveryCode,
    SecondFactor,
    Session,
    User,
)
from reputation.store.models.evidence import (
    JudgedDay,
    JudgedSender,
    LearnedSums,
    LogPlace,
    OrganizationScore,
    Proposal,
    ProtectedSender,
    ScoredNode,
    SenderScore,
    SpamReport,
    UncountedMessage,
)
from reputation.store.models.exchange import (
    ExchangeBatch,
    ExchangeChoice,
    ExchangedNode,
    ExchangedVolume,
    ExchangeGiven,
    ExchangePeer,
)
from reputation.store.models.lists import (
    Feed,
    FeedDay,
    FeedRevision,
    Isp,
    IspNetwork,
    Listing,
    ListingChange,
    ListingEvent,
    ListingPass,
    OrganizationListing,
    OriginRevision,
    WatchedDay,
)
from reputation.store.models.notices import Alert, AlertChannel, AlertMessage, Letter, NewsItem
from reputation.store.models.policy import FormerRule, ReputationSettings, SenderRule
from reputation.store.models.requests import IspAttachment, IspMessage, IspRequest, RemovalRequest

__all__ = [
    "MODELS",
    "ActivationCode",
    "Alert",
    "AlertChannel",
    "AlertMessage",
    "ApiToken",
    "AuditEntry",
    "BotHour",
    "BotSeen",
    "CountryDay",
    "ExchangeBatch",
    "ExchangeChoice",
    "ExchangeGiven",
    "ExchangePeer",
    "ExchangedNode",
    "ExchangedVolume",
    "Feed",
    "FeedDay",
    "FeedRevision",
    "FormerRule",
    "Isp",
    "IspAttachment",
    "IspMessage",
    "IspNetwork",
    "IspRequest",
    "JudgedDay",
    "JudgedSender",
    "LastAsked",
    "LearnedSums",
    "Letter",
    "Listing",
    "ListingChange",
    "ListingEvent",
    "ListingPass",
    "LogPlace",
    "MailServer",
    "NewsItem",
    "OneTimeLink",
    "Organization",
    "OrganizationListing",
    "OrganizationScore",
    "OriginRevision",
    "OtherHour",
    "Part",
    "Proposal",
    "ProtectedSender",
    "QueryHour",
    "QueryLogEntry",
    "RecoveryCode",
    "RemovalRequest",
    "ReputationSettings",
    "ScoredNode",
    "SecondFactor",
    "Secret",
    "SenderRule",
    "SenderScore",
    "Session",
    "SpamDay",
    "SpamHour",
    "SpamReport",
    "SpamWeek",
    "Table",
    "UncountedMessage",
    "User",
    "VolumeHour",
    "WatchedDay",
    "database",
]

MODELS: tuple[type[Any], ...] = tuple(Table.__subclasses__())
