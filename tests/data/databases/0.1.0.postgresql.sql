CREATE TABLE public.activation_code (
    id integer NOT NULL,
    organization_id integer NOT NULL,
    label character varying(31) NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    revoked_at bigint,
    replaced_at bigint
);
CREATE SEQUENCE public.activation_code_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.activation_code_id_seq OWNED BY public.activation_code.id;
CREATE TABLE public.alert (
    id integer NOT NULL,
    organization_id integer,
    kind character varying(30) NOT NULL,
    subject character varying(200) NOT NULL,
    text text NOT NULL,
    raised_at bigint NOT NULL,
    cleared_at bigint,
    told_at bigint
);
CREATE TABLE public.alert_channel (
    id integer NOT NULL,
    organization_id integer NOT NULL,
    channel character varying(30) NOT NULL,
    settings text NOT NULL,
    secret character varying(64) NOT NULL,
    created_at bigint NOT NULL,
    status text NOT NULL,
    sent_at bigint
);
CREATE SEQUENCE public.alert_channel_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.alert_channel_id_seq OWNED BY public.alert_channel.id;
CREATE SEQUENCE public.alert_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.alert_id_seq OWNED BY public.alert.id;
CREATE TABLE public.alert_message (
    id integer NOT NULL,
    channel_id integer NOT NULL,
    text text NOT NULL,
    created_at bigint NOT NULL,
    next_try_at bigint NOT NULL,
    tries integer NOT NULL
);
CREATE SEQUENCE public.alert_message_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.alert_message_id_seq OWNED BY public.alert_message.id;
CREATE TABLE public.api_token (
    id integer NOT NULL,
    organization_id integer NOT NULL,
    user_id integer NOT NULL,
    name character varying(100) NOT NULL,
    token_hash character varying(64) NOT NULL,
    scopes text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    last_used_at bigint,
    hint character varying(12) NOT NULL
);
CREATE SEQUENCE public.api_token_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.api_token_id_seq OWNED BY public.api_token.id;
CREATE TABLE public.audit_entry (
    id integer NOT NULL,
    organization_id integer,
    who character varying(254) NOT NULL,
    what text NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    at bigint NOT NULL
);
CREATE SEQUENCE public.audit_entry_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.audit_entry_id_seq OWNED BY public.audit_entry.id;
CREATE TABLE public.bot_hour (
    organization_id integer NOT NULL,
    asn bigint NOT NULL,
    hour bigint NOT NULL,
    bots integer NOT NULL
);
CREATE TABLE public.bot_seen (
    organization_id integer NOT NULL,
    hour bigint NOT NULL,
    address character varying(45) NOT NULL,
    asn bigint NOT NULL
);
CREATE TABLE public.code_network (
    id integer NOT NULL,
    organization_id integer NOT NULL,
    network character varying(50) NOT NULL,
    note text NOT NULL,
    created_at bigint NOT NULL,
    first_key character varying(33) NOT NULL,
    end_key character varying(33) NOT NULL
);
CREATE SEQUENCE public.code_network_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.code_network_id_seq OWNED BY public.code_network.id;
CREATE TABLE public.country_day (
    day bigint NOT NULL,
    country character varying(2) NOT NULL,
    volume bigint NOT NULL
);
CREATE TABLE public.delivered_batch (
    batch character varying(40) NOT NULL,
    delivered_at bigint NOT NULL
);
CREATE TABLE public.exchange_batch (
    number bigint NOT NULL,
    hash character varying(64) NOT NULL,
    made_at bigint NOT NULL,
    entries integer NOT NULL,
    content bytea NOT NULL
);
CREATE TABLE public.exchange_choice (
    id integer NOT NULL,
    name character varying(60) NOT NULL,
    address character varying(500) NOT NULL,
    key character varying(43) NOT NULL,
    introduction text NOT NULL,
    gives_networks boolean NOT NULL,
    gives_addresses boolean NOT NULL,
    gives_statistics boolean NOT NULL,
    revocation text NOT NULL,
    head text NOT NULL,
    looked_at bigint NOT NULL,
    tried_at bigint NOT NULL,
    problem text NOT NULL
);
CREATE SEQUENCE public.exchange_choice_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.exchange_choice_id_seq OWNED BY public.exchange_choice.id;
CREATE TABLE public.exchange_given (
    name character varying(50) NOT NULL,
    at bigint NOT NULL,
    spam double precision NOT NULL,
    seen double precision NOT NULL,
    known_at bigint NOT NULL,
    known_spam double precision NOT NULL,
    known_seen double precision NOT NULL
);
CREATE TABLE public.exchange_peer (
    id integer NOT NULL,
    key character varying(43) NOT NULL,
    name character varying(60) NOT NULL,
    address character varying(500) NOT NULL,
    introduction text NOT NULL,
    introduced_by character varying(43) NOT NULL,
    takes_networks boolean NOT NULL,
    takes_addresses boolean NOT NULL,
    takes_statistics boolean NOT NULL,
    paused boolean NOT NULL,
    added_at bigint NOT NULL,
    added_by character varying(254) NOT NULL,
    cursor bigint NOT NULL,
    cursor_hash character varying(64) NOT NULL,
    head_number bigint NOT NULL,
    head_hash character varying(64) NOT NULL,
    head_made_at bigint NOT NULL,
    head_valid_until bigint NOT NULL,
    etag character varying(200) NOT NULL,
    tried_at bigint NOT NULL,
    next_try_at bigint NOT NULL,
    taken_at bigint NOT NULL,
    result text NOT NULL,
    problem text NOT NULL,
    left_out bigint NOT NULL,
    learned_at bigint NOT NULL,
    judged double precision NOT NULL,
    confirmed double precision NOT NULL,
    weight double precision NOT NULL,
    revoked_at bigint,
    next_key character varying(43) NOT NULL
);
CREATE SEQUENCE public.exchange_peer_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.exchange_peer_id_seq OWNED BY public.exchange_peer.id;
CREATE TABLE public.exchanged_node (
    peer_id integer NOT NULL,
    name character varying(50) NOT NULL,
    at bigint NOT NULL,
    spam double precision NOT NULL,
    seen double precision NOT NULL,
    reporters integer NOT NULL,
    newest bigint NOT NULL,
    foretold_at bigint NOT NULL
);
CREATE TABLE public.exchanged_volume (
    peer_id integer NOT NULL,
    subject character varying(12) NOT NULL,
    day bigint NOT NULL,
    volume bigint NOT NULL
);
CREATE TABLE public.feed (
    id integer NOT NULL,
    name character varying(100) NOT NULL,
    source text NOT NULL,
    format character varying(250) NOT NULL,
    category character varying(3) NOT NULL,
    database character varying(10) NOT NULL,
    every integer NOT NULL,
    duration integer NOT NULL,
    bounds text NOT NULL,
    etag text NOT NULL,
    last_modified text NOT NULL,
    checked_at bigint,
    refreshed_at bigint,
    status character varying(12) NOT NULL,
    message text NOT NULL,
    warnings text NOT NULL,
    created_at bigint NOT NULL,
    paused boolean NOT NULL,
    content_at bigint,
    retry_at bigint NOT NULL,
    unchanged integer NOT NULL,
    purpose character varying(8) NOT NULL,
    watched_since bigint NOT NULL,
    key_header text NOT NULL,
    attempts integer NOT NULL,
    attempted_at bigint NOT NULL
);
CREATE TABLE public.feed_day (
    feed_id integer NOT NULL,
    day bigint NOT NULL,
    kind character varying(12) NOT NULL,
    count bigint NOT NULL
);
CREATE SEQUENCE public.feed_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.feed_id_seq OWNED BY public.feed.id;
CREATE TABLE public.feed_revision (
    id integer NOT NULL,
    feed_id integer NOT NULL,
    state character varying(12) NOT NULL,
    fetched_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    hash character varying(64) NOT NULL,
    entries integer NOT NULL,
    added integer NOT NULL,
    removed integer NOT NULL,
    content_at bigint,
    expires_at bigint,
    ends_at bigint,
    etag text NOT NULL,
    last_modified text NOT NULL,
    damage text NOT NULL,
    ranges4 bytea NOT NULL,
    ranges6 bytea NOT NULL,
    texts text NOT NULL
);
CREATE SEQUENCE public.feed_revision_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.feed_revision_id_seq OWNED BY public.feed_revision.id;
CREATE TABLE public.former_rule (
    id integer NOT NULL,
    organization_id integer NOT NULL,
    action character varying(10) NOT NULL,
    kind character varying(10) NOT NULL,
    value character varying(60) NOT NULL,
    note text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    created_by character varying(254) NOT NULL,
    batch character varying(16) NOT NULL,
    gone_at bigint NOT NULL,
    has_ended boolean NOT NULL
);
CREATE SEQUENCE public.former_rule_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.former_rule_id_seq OWNED BY public.former_rule.id;
CREATE TABLE public.half_login (
    id integer NOT NULL,
    user_id integer NOT NULL,
    token_hash character varying(64) NOT NULL,
    created_at bigint NOT NULL
);
CREATE SEQUENCE public.half_login_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.half_login_id_seq OWNED BY public.half_login.id;
CREATE TABLE public.isp (
    asn bigint NOT NULL,
    name character varying(200) NOT NULL,
    country character varying(2) NOT NULL,
    created_at bigint NOT NULL
);
CREATE TABLE public.isp_attachment (
    request_id integer NOT NULL,
    name character varying(100) NOT NULL,
    content_type character varying(60) NOT NULL,
    content bytea NOT NULL
);
CREATE TABLE public.isp_message (
    id integer NOT NULL,
    request_id integer NOT NULL,
    by_operator boolean NOT NULL,
    who character varying(254) NOT NULL,
    text text NOT NULL,
    at bigint NOT NULL
);
CREATE SEQUENCE public.isp_message_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.isp_message_id_seq OWNED BY public.isp_message.id;
CREATE TABLE public.isp_network (
    network character varying(50) NOT NULL,
    isp_id bigint NOT NULL
);
CREATE TABLE public.isp_request (
    id integer NOT NULL,
    organization_id integer NOT NULL,
    name character varying(200) NOT NULL,
    details text NOT NULL,
    status character varying(12) NOT NULL,
    answer text NOT NULL,
    created_at bigint NOT NULL,
    answered_at bigint,
    requested_by character varying(254) NOT NULL
);
CREATE SEQUENCE public.isp_request_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.isp_request_id_seq OWNED BY public.isp_request.id;
CREATE TABLE public.judged_day (
    day bigint NOT NULL,
    is_spam boolean NOT NULL,
    senders bigint NOT NULL
);
CREATE TABLE public.judged_sender (
    day bigint NOT NULL,
    subject character varying(50) NOT NULL,
    is_spam boolean NOT NULL
);
CREATE TABLE public.last_asked (
    organization_id integer NOT NULL,
    first_at bigint NOT NULL,
    last_at bigint NOT NULL
);
CREATE TABLE public.learned_sums (
    name character varying(20) NOT NULL,
    at bigint NOT NULL,
    asked double precision NOT NULL,
    trapped double precision NOT NULL,
    looked double precision NOT NULL,
    found double precision NOT NULL
);
CREATE TABLE public.letter (
    id integer NOT NULL,
    "to" character varying(254) NOT NULL,
    subject character varying(200) NOT NULL,
    text text NOT NULL,
    created_at bigint NOT NULL,
    sent_at bigint,
    next_try_at bigint NOT NULL,
    tries integer NOT NULL,
    given_up boolean NOT NULL,
    problem text NOT NULL
);
CREATE SEQUENCE public.letter_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.letter_id_seq OWNED BY public.letter.id;
CREATE TABLE public.listing (
    id integer NOT NULL,
    database character varying(10) NOT NULL,
    network character varying(50) NOT NULL,
    category character varying(3) NOT NULL,
    reason text NOT NULL,
    source character varying(20) NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    level1_until bigint NOT NULL,
    level2_until bigint NOT NULL,
    level3_until bigint NOT NULL,
    level4_until bigint NOT NULL
);
CREATE TABLE public.listing_change (
    generation bigint NOT NULL,
    changed_at bigint NOT NULL,
    networks text NOT NULL
);
CREATE TABLE public.listing_event (
    id integer NOT NULL,
    database character varying(10) NOT NULL,
    network character varying(50) NOT NULL,
    category character varying(3) NOT NULL,
    what character varying(10) NOT NULL,
    at bigint NOT NULL,
    until bigint NOT NULL,
    reason text NOT NULL,
    source character varying(20) NOT NULL
);
CREATE SEQUENCE public.listing_event_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.listing_event_id_seq OWNED BY public.listing_event.id;
CREATE SEQUENCE public.listing_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.listing_id_seq OWNED BY public.listing.id;
CREATE TABLE public.listing_pass (
    network character varying(50) NOT NULL,
    wide character varying(50) NOT NULL,
    expires_at bigint NOT NULL,
    level1_until bigint NOT NULL,
    level2_until bigint NOT NULL,
    level3_until bigint NOT NULL,
    level4_until bigint NOT NULL
);
CREATE TABLE public.log_place (
    path character varying(500) NOT NULL,
    inode bigint NOT NULL,
    "offset" bigint NOT NULL,
    at bigint NOT NULL
);
CREATE TABLE public.mail_server (
    id integer NOT NULL,
    organization_id integer NOT NULL,
    network character varying(50) NOT NULL,
    note text NOT NULL,
    created_at bigint NOT NULL,
    first_key character varying(33) NOT NULL,
    end_key character varying(33) NOT NULL,
    confirmed_at bigint,
    confirmed_by character varying(254) NOT NULL
);
CREATE SEQUENCE public.mail_server_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.mail_server_id_seq OWNED BY public.mail_server.id;
CREATE TABLE public.news_item (
    id integer NOT NULL,
    kind character varying(10) NOT NULL,
    title character varying(200) NOT NULL,
    body text NOT NULL,
    published_at bigint,
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    discarded_at bigint,
    author character varying(254) NOT NULL,
    week character varying(8)
);
CREATE SEQUENCE public.news_item_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.news_item_id_seq OWNED BY public.news_item.id;
CREATE TABLE public.one_time_link (
    id integer NOT NULL,
    purpose character varying(10) NOT NULL,
    token_hash character varying(64) NOT NULL,
    organization_id integer NOT NULL,
    user_id integer,
    email character varying(254) NOT NULL,
    role character varying(15) NOT NULL,
    created_by character varying(254) NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);
CREATE SEQUENCE public.one_time_link_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.one_time_link_id_seq OWNED BY public.one_time_link.id;
CREATE TABLE public.organization (
    id integer NOT NULL,
    name character varying(200) NOT NULL,
    subscription character varying(10) NOT NULL,
    created_at bigint NOT NULL,
    query_log character varying(6) NOT NULL,
    daily_quota bigint
);
CREATE SEQUENCE public.organization_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.organization_id_seq OWNED BY public.organization.id;
CREATE TABLE public.organization_listing (
    organization_id integer NOT NULL,
    network character varying(50) NOT NULL,
    reported_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    level1_until bigint NOT NULL,
    level2_until bigint NOT NULL,
    level3_until bigint NOT NULL,
    level4_until bigint NOT NULL
);
CREATE TABLE public.organization_score (
    organization_id integer NOT NULL,
    network character varying(50) NOT NULL,
    at bigint NOT NULL,
    spam double precision NOT NULL,
    seen double precision NOT NULL,
    recent_spam double precision NOT NULL,
    recent_seen double precision NOT NULL,
    day_spam double precision NOT NULL,
    day_clean double precision NOT NULL,
    day_complaints double precision NOT NULL,
    clean double precision NOT NULL,
    last bigint NOT NULL,
    asked bigint NOT NULL,
    waits bigint NOT NULL,
    passed integer NOT NULL,
    found double precision NOT NULL,
    trapped bigint NOT NULL,
    times_listed integer NOT NULL,
    level1_until bigint NOT NULL,
    level2_until bigint NOT NULL,
    level3_until bigint NOT NULL,
    level4_until bigint NOT NULL
);
CREATE TABLE public.origin_revision (
    id integer NOT NULL,
    loaded_at bigint NOT NULL,
    dated character varying(10) NOT NULL,
    source text NOT NULL,
    rows integer NOT NULL,
    parts text NOT NULL,
    lacks text NOT NULL,
    sources text NOT NULL,
    etag text NOT NULL,
    last_modified text NOT NULL,
    damage text NOT NULL,
    retry_at bigint NOT NULL,
    content bytea NOT NULL
);
CREATE SEQUENCE public.origin_revision_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.origin_revision_id_seq OWNED BY public.origin_revision.id;
CREATE TABLE public.other_hour (
    hour bigint NOT NULL,
    kind character varying(20) NOT NULL,
    network character varying(50) NOT NULL,
    packets bigint NOT NULL
);
CREATE TABLE public.part (
    name character varying(20) NOT NULL,
    generation bigint NOT NULL,
    changed_at bigint NOT NULL
);
CREATE TABLE public.proposal (
    id integer NOT NULL,
    network character varying(50) NOT NULL,
    times_listed integer NOT NULL,
    proposed_at bigint NOT NULL,
    decided_at bigint,
    decision character varying(10) NOT NULL,
    who character varying(254) NOT NULL
);
CREATE SEQUENCE public.proposal_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.proposal_id_seq OWNED BY public.proposal.id;
CREATE TABLE public.protected_sender (
    id integer NOT NULL,
    name character varying(253) NOT NULL,
    kind character varying(10) NOT NULL,
    networks text NOT NULL,
    added_at bigint NOT NULL,
    added_by character varying(254) NOT NULL,
    tried_at bigint,
    refreshed_at bigint,
    problem text NOT NULL
);
CREATE SEQUENCE public.protected_sender_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.protected_sender_id_seq OWNED BY public.protected_sender.id;
CREATE TABLE public.query_hour (
    organization_id integer NOT NULL,
    hour bigint NOT NULL,
    database integer NOT NULL,
    code integer NOT NULL,
    queries bigint NOT NULL
);
CREATE TABLE public.query_log_entry (
    id integer NOT NULL,
    organization_id integer NOT NULL,
    asked_at bigint NOT NULL,
    address character varying(45) NOT NULL,
    address_key character varying(33) NOT NULL,
    asn bigint NOT NULL,
    country character varying(2) NOT NULL,
    database integer NOT NULL,
    code integer NOT NULL,
    decided_by character varying(30) NOT NULL,
    weight integer NOT NULL,
    sample_level integer NOT NULL
);
CREATE SEQUENCE public.query_log_entry_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.query_log_entry_id_seq OWNED BY public.query_log_entry.id;
CREATE TABLE public.quota_day (
    organization_id integer NOT NULL,
    ends_at bigint NOT NULL,
    quota bigint NOT NULL,
    near_at bigint NOT NULL,
    over_at bigint
);
CREATE TABLE public.recovery_code (
    id integer NOT NULL,
    user_id integer NOT NULL,
    code_hash character varying(64) NOT NULL,
    used_at bigint
);
CREATE SEQUENCE public.recovery_code_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.recovery_code_id_seq OWNED BY public.recovery_code.id;
CREATE TABLE public.removal_request (
    id integer NOT NULL,
    address character varying(45) NOT NULL,
    email character varying(254) NOT NULL,
    reason text NOT NULL,
    status character varying(12) NOT NULL,
    created_at bigint NOT NULL,
    answered_at bigint,
    token_hash character varying(64),
    due_at bigint NOT NULL,
    answer text NOT NULL,
    answered_by character varying(254) NOT NULL
);
CREATE SEQUENCE public.removal_request_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.removal_request_id_seq OWNED BY public.removal_request.id;
CREATE TABLE public.reputation_settings (
    organization_id integer NOT NULL,
    kss boolean NOT NULL,
    dul boolean NOT NULL,
    etl boolean NOT NULL,
    level integer NOT NULL
);
CREATE TABLE public.schema_migration (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp without time zone NOT NULL
);
CREATE SEQUENCE public.schema_migration_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.schema_migration_id_seq OWNED BY public.schema_migration.id;
CREATE TABLE public.scored_node (
    name character varying(60) NOT NULL,
    wide character varying(50) NOT NULL,
    at bigint NOT NULL,
    spam double precision NOT NULL,
    seen double precision NOT NULL,
    last bigint NOT NULL,
    by character varying(50) NOT NULL,
    other bigint NOT NULL,
    hours_at bigint NOT NULL,
    hours_spam double precision NOT NULL,
    hours_seen double precision NOT NULL,
    passed_spam double precision NOT NULL,
    passed_clean double precision NOT NULL,
    day_asked double precision NOT NULL
);
CREATE TABLE public.second_factor (
    user_id integer NOT NULL,
    secret character varying(64) NOT NULL,
    confirmed_at bigint,
    last_step bigint NOT NULL
);
CREATE TABLE public.secret (
    name character varying(40) NOT NULL,
    content bytea NOT NULL
);
CREATE TABLE public.sender_rule (
    id integer NOT NULL,
    organization_id integer NOT NULL,
    action character varying(10) NOT NULL,
    kind character varying(10) NOT NULL,
    value character varying(60) NOT NULL,
    note text NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint,
    created_by character varying(254) NOT NULL,
    changed_at bigint,
    batch character varying(16) NOT NULL,
    first_key character varying(33) NOT NULL,
    end_key character varying(33) NOT NULL
);
CREATE SEQUENCE public.sender_rule_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.sender_rule_id_seq OWNED BY public.sender_rule.id;
CREATE TABLE public.sender_score (
    network character varying(50) NOT NULL,
    neighbourhood character varying(50) NOT NULL,
    at bigint NOT NULL,
    spam double precision NOT NULL,
    seen double precision NOT NULL,
    recent_spam double precision NOT NULL,
    recent_seen double precision NOT NULL,
    day_spam double precision NOT NULL,
    day_clean double precision NOT NULL,
    day_complaints double precision NOT NULL,
    clean double precision NOT NULL,
    last bigint NOT NULL,
    asked bigint NOT NULL,
    waits bigint NOT NULL,
    passed integer NOT NULL,
    found double precision NOT NULL,
    trapped bigint NOT NULL,
    times_listed integer NOT NULL,
    level1_until bigint NOT NULL,
    level2_until bigint NOT NULL,
    level3_until bigint NOT NULL,
    level4_until bigint NOT NULL
);
CREATE TABLE public.session (
    id integer NOT NULL,
    user_id integer NOT NULL,
    token_hash character varying(64) NOT NULL,
    created_at bigint NOT NULL,
    seen_at bigint NOT NULL,
    address character varying(45) NOT NULL,
    agent character varying(200) NOT NULL
);
CREATE SEQUENCE public.session_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.session_id_seq OWNED BY public.session.id;
CREATE TABLE public.spam_day (
    asn bigint NOT NULL,
    day bigint NOT NULL,
    volume bigint NOT NULL
);
CREATE TABLE public.spam_hour (
    asn bigint NOT NULL,
    hour bigint NOT NULL,
    volume bigint NOT NULL
);
CREATE TABLE public.spam_report (
    id integer NOT NULL,
    subject character varying(50) NOT NULL,
    reporter character varying(254) NOT NULL,
    digest character varying(32),
    address character varying(45) NOT NULL,
    source character varying(20) NOT NULL,
    organization_id integer,
    reported_at bigint NOT NULL,
    weight real NOT NULL,
    evidence text NOT NULL
);
CREATE SEQUENCE public.spam_report_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.spam_report_id_seq OWNED BY public.spam_report.id;
CREATE TABLE public.spam_week (
    week bigint NOT NULL,
    asn bigint NOT NULL,
    volume bigint NOT NULL,
    rank integer
);
CREATE TABLE public.turned_away_hour (
    organization_id integer NOT NULL,
    hour bigint NOT NULL,
    kind character varying(20) NOT NULL,
    network character varying(50) NOT NULL,
    packets bigint NOT NULL
);
CREATE TABLE public.uncounted_message (
    id integer NOT NULL,
    arrived_at bigint NOT NULL,
    way character varying(20) NOT NULL,
    why character varying(20) NOT NULL,
    client character varying(50) NOT NULL,
    address character varying(45) NOT NULL,
    evidence text NOT NULL
);
CREATE SEQUENCE public.uncounted_message_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.uncounted_message_id_seq OWNED BY public.uncounted_message.id;
CREATE TABLE public."user" (
    id integer NOT NULL,
    organization_id integer NOT NULL,
    email character varying(254) NOT NULL,
    password_hash character varying(200) NOT NULL,
    role character varying(15) NOT NULL,
    time_zone character varying(60) NOT NULL,
    active boolean NOT NULL,
    created_at bigint NOT NULL,
    last_login_at bigint,
    alerts_by_mail boolean NOT NULL
);
CREATE SEQUENCE public.user_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.user_id_seq OWNED BY public."user".id;
CREATE TABLE public.volume_hour (
    hour bigint NOT NULL,
    volume bigint NOT NULL
);
CREATE TABLE public.watched_day (
    organization_id integer NOT NULL,
    day bigint NOT NULL,
    feed_id integer NOT NULL,
    matched boolean NOT NULL,
    connections bigint NOT NULL
);
ALTER TABLE ONLY public.activation_code ALTER COLUMN id SET DEFAULT nextval('public.activation_code_id_seq'::regclass);
ALTER TABLE ONLY public.alert ALTER COLUMN id SET DEFAULT nextval('public.alert_id_seq'::regclass);
ALTER TABLE ONLY public.alert_channel ALTER COLUMN id SET DEFAULT nextval('public.alert_channel_id_seq'::regclass);
ALTER TABLE ONLY public.alert_message ALTER COLUMN id SET DEFAULT nextval('public.alert_message_id_seq'::regclass);
ALTER TABLE ONLY public.api_token ALTER COLUMN id SET DEFAULT nextval('public.api_token_id_seq'::regclass);
ALTER TABLE ONLY public.audit_entry ALTER COLUMN id SET DEFAULT nextval('public.audit_entry_id_seq'::regclass);
ALTER TABLE ONLY public.code_network ALTER COLUMN id SET DEFAULT nextval('public.code_network_id_seq'::regclass);
ALTER TABLE ONLY public.exchange_choice ALTER COLUMN id SET DEFAULT nextval('public.exchange_choice_id_seq'::regclass);
ALTER TABLE ONLY public.exchange_peer ALTER COLUMN id SET DEFAULT nextval('public.exchange_peer_id_seq'::regclass);
ALTER TABLE ONLY public.feed ALTER COLUMN id SET DEFAULT nextval('public.feed_id_seq'::regclass);
ALTER TABLE ONLY public.feed_revision ALTER COLUMN id SET DEFAULT nextval('public.feed_revision_id_seq'::regclass);
ALTER TABLE ONLY public.former_rule ALTER COLUMN id SET DEFAULT nextval('public.former_rule_id_seq'::regclass);
ALTER TABLE ONLY public.half_login ALTER COLUMN id SET DEFAULT nextval('public.half_login_id_seq'::regclass);
ALTER TABLE ONLY public.isp_message ALTER COLUMN id SET DEFAULT nextval('public.isp_message_id_seq'::regclass);
ALTER TABLE ONLY public.isp_request ALTER COLUMN id SET DEFAULT nextval('public.isp_request_id_seq'::regclass);
ALTER TABLE ONLY public.letter ALTER COLUMN id SET DEFAULT nextval('public.letter_id_seq'::regclass);
ALTER TABLE ONLY public.listing ALTER COLUMN id SET DEFAULT nextval('public.listing_id_seq'::regclass);
ALTER TABLE ONLY public.listing_event ALTER COLUMN id SET DEFAULT nextval('public.listing_event_id_seq'::regclass);
ALTER TABLE ONLY public.mail_server ALTER COLUMN id SET DEFAULT nextval('public.mail_server_id_seq'::regclass);
ALTER TABLE ONLY public.news_item ALTER COLUMN id SET DEFAULT nextval('public.news_item_id_seq'::regclass);
ALTER TABLE ONLY public.one_time_link ALTER COLUMN id SET DEFAULT nextval('public.one_time_link_id_seq'::regclass);
ALTER TABLE ONLY public.organization ALTER COLUMN id SET DEFAULT nextval('public.organization_id_seq'::regclass);
ALTER TABLE ONLY public.origin_revision ALTER COLUMN id SET DEFAULT nextval('public.origin_revision_id_seq'::regclass);
ALTER TABLE ONLY public.proposal ALTER COLUMN id SET DEFAULT nextval('public.proposal_id_seq'::regclass);
ALTER TABLE ONLY public.protected_sender ALTER COLUMN id SET DEFAULT nextval('public.protected_sender_id_seq'::regclass);
ALTER TABLE ONLY public.query_log_entry ALTER COLUMN id SET DEFAULT nextval('public.query_log_entry_id_seq'::regclass);
ALTER TABLE ONLY public.recovery_code ALTER COLUMN id SET DEFAULT nextval('public.recovery_code_id_seq'::regclass);
ALTER TABLE ONLY public.removal_request ALTER COLUMN id SET DEFAULT nextval('public.removal_request_id_seq'::regclass);
ALTER TABLE ONLY public.schema_migration ALTER COLUMN id SET DEFAULT nextval('public.schema_migration_id_seq'::regclass);
ALTER TABLE ONLY public.sender_rule ALTER COLUMN id SET DEFAULT nextval('public.sender_rule_id_seq'::regclass);
ALTER TABLE ONLY public.session ALTER COLUMN id SET DEFAULT nextval('public.session_id_seq'::regclass);
ALTER TABLE ONLY public.spam_report ALTER COLUMN id SET DEFAULT nextval('public.spam_report_id_seq'::regclass);
ALTER TABLE ONLY public.uncounted_message ALTER COLUMN id SET DEFAULT nextval('public.uncounted_message_id_seq'::regclass);
ALTER TABLE ONLY public."user" ALTER COLUMN id SET DEFAULT nextval('public.user_id_seq'::regclass);
INSERT INTO public.activation_code VALUES (1, 1, 'ce6qsa6e92t377w5krafmg2hep46nqe', 1789992000, NULL, NULL, NULL);
INSERT INTO public.activation_code VALUES (2, 2, 'at5ytz4mqwb7bjt8engy3r3gtfru6un', 1789992000, NULL, NULL, NULL);
INSERT INTO public.alert VALUES (1, 1, 'evidence', 'quagga server', 'quagga was reported', 1789992000, 1789992000, NULL);
INSERT INTO public.alert_channel VALUES (1, 1, 'webhook', '{"url": "https://quagga.example/hook"}', '1ec1509d553dd954eed12368658cf0631517d5f6635572258f59e70b09218554', 1789992000, '', NULL);
INSERT INTO public.alert_message VALUES (1, 1, '{"kind": "evidence"}', 1789988400, 0, 0);
INSERT INTO public.api_token VALUES (1, 1, 1, 'quagga token', '0d3fb18b564603ba9f7f19fa4c4023ff22cf3230448b4043ca5f78f483c73fe9', '["read"]', 1789992000, 1792584000, NULL, 'gp_kJHSj');
INSERT INTO public.audit_entry VALUES (1, 1, 'command line', 'Organization Acme added', '', 'advanced', 1789992000);
INSERT INTO public.audit_entry VALUES (2, 1, 'command line', 'Activation code issued', '', 'CE6Q-…', 1789992000);
INSERT INTO public.audit_entry VALUES (3, 2, 'command line', 'Organization Basic added', '', 'standard', 1789992000);
INSERT INTO public.audit_entry VALUES (4, 2, 'command line', 'Activation code issued', '', 'AT5Y-…', 1789992000);
INSERT INTO public.audit_entry VALUES (5, 1, 'quagga@acme.example', 'Organization renamed', 'Acme', 'Quagga Mail', 1789992000);
INSERT INTO public.audit_entry VALUES (6, 1, 'command line', 'User quagga@acme.example added', '', 'administrator', 1789992000);
INSERT INTO public.audit_entry VALUES (7, 1, 'quagga@acme.example', 'new-quagga@acme.example invited', '', 'viewer', 1789992000);
INSERT INTO public.audit_entry VALUES (8, 1, 'quagga@acme.example', 'Sender rule added: blocked 203.0.113.202', '', 'quagga rule', 1789992000);
INSERT INTO public.audit_entry VALUES (9, 1, 'quagga@acme.example', 'Sender rule added: approved isp:AS64500', '', 'quagga provider', 1789992000);
INSERT INTO public.audit_entry VALUES (10, 1, 'quagga@acme.example', 'Sender rule added: blocked 203.0.113.205', '', 'quagga gone', 1789992000);
INSERT INTO public.audit_entry VALUES (11, 1, 'quagga@acme.example', 'Sender rule removed: blocked 203.0.113.205', 'quagga gone', '', 1789992000);
INSERT INTO public.audit_entry VALUES (12, 1, 'quagga@acme.example', 'Valid mail server 203.0.113.201 added', '', 'quagga server', 1789992000);
INSERT INTO public.audit_entry VALUES (13, 1, 'quagga@acme.example', 'Valid mail server 203.0.113.206 added', '', 'quagga relay', 1789992000);
INSERT INTO public.audit_entry VALUES (14, 1, 'quagga@acme.example', 'Activation codes may be used from 203.0.113.201', '', 'quagga resolver', 1789992000);
INSERT INTO public.audit_entry VALUES (15, 1, 'quagga@acme.example', 'API token quagga token created', '', 'read', 1789992000);
INSERT INTO public.audit_entry VALUES (16, 1, 'quagga@acme.example', 'ISP quagga lines requested', '', 'quagga asks for it, for a reason that is long enough.', 1789992000);
INSERT INTO public.audit_entry VALUES (17, 1, 'olga@acme.example', 'Asked back about the ISP request quagga lines', '', 'What does quagga mean?', 1789992000);
INSERT INTO public.audit_entry VALUES (18, 1, 'quagga@acme.example', 'Webhook changed', '', 'https://quagga.example/hook', 1789992000);
INSERT INTO public.audit_entry VALUES (19, NULL, 'operator@rep.example', 'Listed 198.51.100.99 in the standard database', '', 'Spam run', 1789991940);
INSERT INTO public.audit_entry VALUES (20, NULL, 'command line', 'Feed added: a-list', '', '/var/lib/gatepost/list.txt as plain, KSS', 1789905600);
INSERT INTO public.audit_entry VALUES (21, NULL, 'noc@isp.example', 'Removal of 198.51.100.99 requested', '', 'We shut it.', 1789992000);
INSERT INTO public.audit_entry VALUES (22, NULL, 'command line', 'Loaded a table of origins', '', 'file combined.tsv, 5 rows', 1789992000);
INSERT INTO public.audit_entry VALUES (23, NULL, 'command line', 'Key of the exchange made', '', '74d3 b7a2 7e68 39e5 53df 3496', 1789992000);
INSERT INTO public.audit_entry VALUES (24, NULL, 'command line', 'Name and address in the exchange', '', 'Ours, https://ours.example/exchange/', 1789992000);
INSERT INTO public.audit_entry VALUES (25, NULL, 'command line', 'Given to the exchange', 'nothing', 'networks', 1789992000);
INSERT INTO public.audit_entry VALUES (26, NULL, 'command line', 'Beta is a peer of the exchange', '', '89a5 558c fe92 eaf3 62c8 aef4, https://beta.example/exchange/', 1789992000);
INSERT INTO public.bot_hour VALUES (1, 64500, 1789988400, 3);
INSERT INTO public.bot_seen VALUES (1, 1789992000, '192.0.2.203', 64500);
INSERT INTO public.code_network VALUES (1, 1, '203.0.113.201', 'quagga resolver', 1789992000, '4cb0071c9', '4cb0071ca');
INSERT INTO public.country_day VALUES (1789948800, '', 1);
INSERT INTO public.country_day VALUES (1789948800, 'AT', 1);
INSERT INTO public.delivered_batch VALUES ('0123456789abcdef-1', 1789988400);
INSERT INTO public.exchange_batch VALUES (1, 'fddc66971122c0fb1551e2e6410877b7ac324caa2cad8543711f97b098675947', 1789992000, 1, '\x7b2267617465706f7374223a20226261746368222c20227369676e6564223a20227b5c226b65795c223a5c227131544a7a38597634714c4d396e5268556f4778356b4c764d3779544762394458453866424f2d49754a515c222c5c226e756d6265725c223a312c5c2270726576696f75735c223a5c225c222c5c226d6164655f61745c223a313738393939323030302c5c22656e74726965735c223a312c5c22686173685c223a5c22336233386231356138303733646132643434643037313763636335346535633838396562636332303432313362643131313036623131313433626633313365345c222c5c2273697a655c223a35377d222c20227369676e6174757265223a2022632d3175664863374b7a5366474d535147706d2d33656a3468636d6a6677422d6e4f36786649494d4e61324b63574f48426b414f374a4e645041536455494c4b665262357642614c7279306e656e636e4636326b4451227d0a1f8b08000000000002038b56cacb4f4955d251323230d633d033340492fa46264a3ac63a263a863a2696e6464606b15c004a65554427000000');
INSERT INTO public.exchange_choice VALUES (1, 'Ours', 'https://ours.example/exchange/', 'q1TJz8Yv4qLM9nRhUoGx5kLvM7yTGb9DXE8fBO-IuJQ', '{"gatepost": "introduction", "signed": "{\"key\":\"q1TJz8Yv4qLM9nRhUoGx5kLvM7yTGb9DXE8fBO-IuJQ\",\"name\":\"Ours\",\"address\":\"https://ours.example/exchange/\"}", "signature": "-9MqMqAC6R98l6uzyBVTi-D5cptxwam6mCGSlyyprFLGgj3Ard3kv9mTihiOwNL8s7wZgM13BtkRifnb67aKCg"}', true, false, false, '', '{"gatepost": "head", "signed": "{\"key\":\"q1TJz8Yv4qLM9nRhUoGx5kLvM7yTGb9DXE8fBO-IuJQ\",\"number\":1,\"hash\":\"fddc66971122c0fb1551e2e6410877b7ac324caa2cad8543711f97b098675947\",\"first\":1,\"made_at\":1789992000,\"valid_until\":1790078400}", "signature": "H7dQ8Sgv2KGo2TnA16Q3j0nuXj0K4B033Jy2yM_gS_1pwCR5SaKuThPNB8kpEYuipvF7ohEtcn6ZUi9GrR68Dg"}', 1789992000, 0, '');
INSERT INTO public.exchange_given VALUES ('203.0.113.0/24', 1789992000, 3, 4, 1789992000, 3, 4);
INSERT INTO public.exchange_peer VALUES (1, 'OhIdlU7s7pdapqsX7gzTwuoJKkyaAPuUs7O8Mm-W_v4', 'Beta', 'https://beta.example/exchange/', '{"gatepost": "introduction", "signed": "{\"key\":\"OhIdlU7s7pdapqsX7gzTwuoJKkyaAPuUs7O8Mm-W_v4\",\"name\":\"Beta\",\"address\":\"https://beta.example/exchange/\"}", "signature": "CUmI_jPSzFk0zhylBPae3rTV1lLQIKuRzy65gQQuYXncDpQtVWwy3s1nM2ibEVwjC29JDFrYDmEmky16ESx1Cg"}', '', true, false, true, false, 1789992000, 'command line', 1, '1111111111111111111111111111111111111111111111111111111111111111', 0, '', 0, 0, '', 0, 0, 0, '', '', 0, 0, 0, 0, 0.1, NULL, '');
INSERT INTO public.exchanged_node VALUES (1, '198.51.100.0/24', 1789992000, 3, 3, 1, 3600, 1789992000);
INSERT INTO public.exchanged_volume VALUES (1, 'AT', 1789948800, 7);
INSERT INTO public.feed VALUES (1, 'a-list', '/var/lib/gatepost/list.txt', 'plain', 'KSS', 'standard', 3600, 43200, '{}', '294-1796085482249845453-2261825', '', 1789991940, 1789991940, 'good', '', '[]', 1789905600, false, NULL, 0, 0, 'list', 0, '', 0, 0);
INSERT INTO public.feed_day VALUES (1, 1789948800, 'spam seen', 3);
INSERT INTO public.feed_revision VALUES (1, 1, 'old', 1789905600, 1789905600, 'ed82034ae46be05a0dfb9519f5948310d62515c6d6497e079da053c775a9bf76', 20, 20, 0, NULL, NULL, NULL, '280-1796085482034862340-2261825', '', '', '\x475052030400000001000000d647cf110100000033c6010000002864ff3b6433c600', '\x4750520206000000000000008def02d200', '[]');
INSERT INTO public.feed_revision VALUES (2, 1, 'live', 1789991940, 1789991940, '4c97d1b52befc48399d7981977ac520e9f82b72c97dfec861c8d27ad6c3df342', 21, 1, 0, NULL, NULL, NULL, '294-1796085482249845453-2261825', '', '', '\x475052030400000001000000c69befa30100000033c6010000002864ff3c6433c600', '\x4750520206000000000000008def02d200', '[]');
INSERT INTO public.former_rule VALUES (1, 1, 'blocked', 'network', '203.0.113.205', 'quagga gone', 1789992000, NULL, 'quagga@acme.example', 'cbdf013110b292bf', 1789992000, false);
INSERT INTO public.half_login VALUES (1, 1, 'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd', 1789988400);
INSERT INTO public.isp VALUES (64500, 'Example Net', 'AT', 1789992000);
INSERT INTO public.isp_attachment VALUES (1, 'quagga.txt', 'text/plain', '\x717561676761');
INSERT INTO public.isp_message VALUES (1, 1, true, 'olga@acme.example', 'What does quagga mean?', 1789992000);
INSERT INTO public.isp_network VALUES ('192.0.2.0/24', 64500);
INSERT INTO public.isp_request VALUES (1, 1, 'quagga lines', '{"asns": [64500], "networks": ["198.51.100.0/25"], "country": "AT", "website": "https://lines.example", "contact": "noc@lines.example", "relation": "receives", "reason": "quagga asks for it, for a reason that is long enough."}', 'asked', '', 1789992000, NULL, 'quagga@acme.example');
INSERT INTO public.judged_day VALUES (1789948800, true, 1);
INSERT INTO public.judged_sender VALUES (1789948800, '203.0.113.206', true);
INSERT INTO public.last_asked VALUES (1, 1789991400, 1789991400);
INSERT INTO public.learned_sums VALUES ('installation', 1789991940, 0, 1, 0, 0);
INSERT INTO public.letter VALUES (1, 'new-quagga@acme.example', 'Invitation to Quagga Mail on Gatepost', 'quagga@acme.example invites you to Quagga Mail on Gatepost, as a viewer.
Choose a password here:
/invitation/vjKQZcIi8A6TOwYI_nhVwLAsrqLLv9wZ
The link works once, for seven days. If you do not expect this letter, do nothing.
', 1789992000, NULL, 0, 0, false, '');
INSERT INTO public.letter VALUES (2, 'quagga@acme.example', 'Your ISP request: quagga lines', 'What does quagga mean?
/policy/isp-request/1
', 1789992000, NULL, 0, 0, false, '');
INSERT INTO public.letter VALUES (3, 'noc@isp.example', 'Removal of 198.51.100.99 requested', 'Somebody, probably you, asks to have 198.51.100.99 removed from the lists of .
Follow the request here:
/lookup/removal/XnrzUebMaXE_3Q_3pL1OnbZX8UVqpOUc
It is answered by  within two days. If you did not ask for this, do nothing.
', 1789992000, NULL, 0, 0, false, '');
INSERT INTO public.listing VALUES (1, 'dynamic', '203.0.113.206', 'ETL', 'Spam was seen from this sender: about 9 of 10 messages are likely to be spam; the listing ends by itself', 'reports', 1789991940, 1790035140, 0, 1790027940, 1790027940, 1790035140);
INSERT INTO public.listing VALUES (2, 'standard', '198.51.100.99', 'ETL', 'Spam run', 'hand', 1789991940, 1790078340, 0, 0, 0, 0);
INSERT INTO public.listing_change VALUES (1, 1789991940, '{"dynamic": ["203.0.113.206"]}');
INSERT INTO public.listing_change VALUES (2, 1789991940, '{"standard": ["198.51.100.99"]}');
INSERT INTO public.listing_event VALUES (1, 'dynamic', '203.0.113.206', 'ETL', 'listed', 1789991940, 1790035140, 'Spam was seen from this sender: about 9 of 10 messages are likely to be spam; the listing ends by itself', 'reports');
INSERT INTO public.listing_event VALUES (2, 'standard', '198.51.100.99', 'ETL', 'listed', 1789991940, 1790078340, 'Spam run', 'hand');
INSERT INTO public.listing_pass VALUES ('203.0.113.209', '203.0.112.0/22', 1790074800, 0, 1790074800, 0, 0);
INSERT INTO public.log_place VALUES ('/var/log/mail.log', 4711, 8589934592, 1789988400);
INSERT INTO public.mail_server VALUES (1, 1, '203.0.113.201', 'quagga server', 1789992000, '4cb0071c9', '4cb0071ca', NULL, '');
INSERT INTO public.mail_server VALUES (2, 1, '203.0.113.206', 'quagga relay', 1789992000, '4cb0071ce', '4cb0071cf', NULL, '');
INSERT INTO public.news_item VALUES (1, 'spam', 'Seen this week', 'Little.', 1789991940, 1789991940, 0, NULL, 'operator@rep.example', NULL);
INSERT INTO public.news_item VALUES (2, 'release', 'A new version', 'Here.', 1789991940, 1789991940, 0, NULL, 'operator@rep.example', NULL);
INSERT INTO public.news_item VALUES (3, 'spam', 'Not yet', 'A draft.', NULL, 1789991940, 0, NULL, 'operator@rep.example', NULL);
INSERT INTO public.one_time_link VALUES (1, 'invitation', '0890e0b259f87d2b782da50016b4caa3e6c77d0697032378162a19c679636eed', 1, NULL, 'new-quagga@acme.example', 'viewer', 'quagga@acme.example', 1789992000, 1790596800);
INSERT INTO public.organization VALUES (2, 'Basic', 'standard', 1789992000, 'on', NULL);
INSERT INTO public.organization VALUES (1, 'Quagga Mail', 'advanced', 1789992000, 'on', NULL);
INSERT INTO public.organization_listing VALUES (1, '203.0.113.208', 1789988400, 1789995600, 0, 0, 1789995600, 1789995600);
INSERT INTO public.organization_score VALUES (1, '203.0.113.208', 1789988400, 0.5, 0, 0, 0, 0, 0, 0, 0, -1099511627776, -1099511627776, 0, 0, 0, -1099511627776, 0, 0, 0, 0, 0);
INSERT INTO public.origin_revision VALUES (1, 1789992000, '2026-09-21', 'file combined.tsv', 5, '{"asn4": ["file combined.tsv", "2026-09-21"], "asn6": ["file combined.tsv", "2026-09-21"], "country4": ["file combined.tsv", "2026-09-21"], "country6": ["file combined.tsv", "2026-09-21"]}', '[]', '', '', '', '', 0, '\x4f524947494e5301720000007b226461746564223a2022323032362d30392d3231222c2022736f75726365223a202266696c6520636f6d62696e65642e747376222c2022726f7773223a20352c2022636f6c756d6e73223a205b38302c2037362c2038302c2037322c2037322c2037362c2036382c2036382c2038385d7dfd377a585a000004e6d6b4460200210100000000372797d6e0001b00136c000069feb905fbf077d3a65ce9d9bf745b3d90000000c1eaa1e42183e9f700012f1c09d19b261fb6f37d010000000004595afd377a585a000004e6d6b4460200210100000000372797d6e0001b000e6c0000687e9e1983c9f440d4a274800000000084b8c4948894ab1f00012a1c4c25ec5b1fb6f37d010000000004595afd377a585a000004e6d6b4460200210100000000372797d6e0002700129900006c554f7405427604c132ba10b0ef1e5000000000d8767ea65f85659400012e28fd14341e1fb6f37d010000000004595afd377a585a000004e6d6b4460200210100000000372797d6e00027000c9900006a807b0d76c672c838810000798caded4c1a6eab000128287bb36e481fb6f37d010000000004595afd377a585a000004e6d6b4460200210100000000372797d6e00013000c6c0000687f1e1783c7c366300000001015fe995372bbe700012814fccf01671fb6f37d010000000004595afd377a585a000004e6d6b4460200210100000000372797d6e0001300106c000068842478ebed51191eb3409fcd70000034c77265e080151c00012c14f80a6d031fb6f37d010000000004595afd377a585a000004e6d6b4460200210100000000372797d601000900001b021b02000053000000006b2d6856bbaca3480001220a151ae1671fb6f37d010000000004595afd377a585a000004e6d6b4460200210100000000372797d601000b173400002a070000b3c0000000c2004a9bb2ca194b0001240ca618d8d81fb6f37d010000000004595afd377a585a000004e6d6b4460200210100000000372797d601001f434c4f5544464c4152454e45540a474f4f474c450a4578616d706c65204e657400b6c23ee7bc869a8a000138201829770c1fb6f37d010000000004595a');
INSERT INTO public.other_hour VALUES (1789988400, 'unknown code', '203.0.113.0/24', 12);
INSERT INTO public.part VALUES ('policies', 7, 1789992000);
INSERT INTO public.part VALUES ('listings', 2, 1789991940);
INSERT INTO public.part VALUES ('standard feeds', 2, 1789991940);
INSERT INTO public.part VALUES ('origins', 1, 1789992000);
INSERT INTO public.proposal VALUES (1, '198.51.100.90/32', 4, 1789992000, NULL, '', '');
INSERT INTO public.protected_sender VALUES (1, 'provider.example', 'domain', '["198.51.100.0/24"]', 1789988400, '', NULL, 1789988400, '');
INSERT INTO public.query_hour VALUES (1, 1789988400, 0, 2, 77311);
INSERT INTO public.query_log_entry VALUES (1, 1, 1789991400, '192.0.2.203', '4c00002cb', 64500, 'AT', 0, 2, 'KSS', 1, 0);
INSERT INTO public.quota_day VALUES (1, 1790035200, 90000, 1789988400, NULL);
INSERT INTO public.recovery_code VALUES (1, 1, 'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc', NULL);
INSERT INTO public.removal_request VALUES (1, '198.51.100.99', 'noc@isp.example', 'We shut it.', 'open', 1789992000, NULL, 'd387dc3bdd1c1ef990aaf039ddec70b2eddf1f5449bb2f8c4c0f53491f150c8c', 1790164800, '', '');
INSERT INTO public.reputation_settings VALUES (1, true, true, true, 2);
INSERT INTO public.reputation_settings VALUES (2, true, true, true, 2);
INSERT INTO public.schema_migration VALUES (1, '0001_initial', '2026-12-01 00:38:01.771258');
INSERT INTO public.scored_node VALUES ('203.0.112.0/22', '', 1789991940, 1.2, 0, 1789991940, '203.0.113.206', -1099511627776, 0, 0, 0, 0, 0, 0);
INSERT INTO public.scored_node VALUES ('203.0.113.0/24', '203.0.112.0/22', 1789991940, 1.2, 0, 1789991940, '203.0.113.206', -1099511627776, 1789991940, 1, 1, 0, 0, 0);
INSERT INTO public.scored_node VALUES ('AS0 unknown', '', 1789991940, 1.2, 0, 1789991940, '203.0.113.206', -1099511627776, 0, 0, 0, 0, 0, 0);
INSERT INTO public.scored_node VALUES ('unknown', '', 1789991940, 1.2, 0, 1789991940, '203.0.113.206', -1099511627776, 0, 0, 0, 0, 0, 0);
INSERT INTO public.scored_node VALUES ('world', '', 1789991940, 1.2, 0, 1789991940, '203.0.113.206', -1099511627776, 0, 0, 0, 0, 0, 0);
INSERT INTO public.second_factor VALUES (1, 'CH2WH7GIUJC7R72U7KQC22AXXFYSI5JZ', NULL, 0);
INSERT INTO public.secret VALUES ('session key', '\xe0c8f96f3ec858c760e841fad94fcd6c8495a4f408ec7c55160e29044188f4b1');
INSERT INTO public.secret VALUES ('database', '\x7ea4c4e3f0fc2198a38f74efb86161c6');
INSERT INTO public.sender_rule VALUES (1, 1, 'blocked', 'network', '203.0.113.202', 'quagga rule', 1789992000, NULL, 'quagga@acme.example', NULL, '2fe6db46232cb3de', '4cb0071ca', '4cb0071cb');
INSERT INTO public.sender_rule VALUES (2, 1, 'approved', 'isp', 'isp:AS64500', 'quagga provider', 1789992000, NULL, 'quagga@acme.example', NULL, '2d41123a2fd9d268', 'isp:0000064500', '');
INSERT INTO public.sender_score VALUES ('203.0.113.206', '203.0.113.0/24', 1789991940, 1.2, 0, 1, 1, 1.2, 0, 0, 0, 1789991940, -1099511627776, 0, 0, 0, 1789991940, 1, 0, 1790027940, 1790027940, 1790035140);
INSERT INTO public.sender_score VALUES ('203.0.113.207/32', '203.0.113.0/24', 1789988400, 1.25, 0, 0, 0, 0, 0, 0, 0, -1099511627776, -1099511627776, 0, 0, 0, -1099511627776, 2, 0, 0, 0, 0);
INSERT INTO public.session VALUES (1, 1, '57b791f1d4c855348ea433ff1e8e6535d57f7ffce38409f2a09ef19de8036e81', 1789992000, 1789992000, '203.0.113.9', 'quagga browser');
INSERT INTO public.spam_day VALUES (64500, 1789948800, 1);
INSERT INTO public.spam_hour VALUES (64500, 1789988400, 1);
INSERT INTO public.spam_report VALUES (1, '203.0.113.206', '', '9449f04991681968d2249cec8c1638d6', '203.0.113.206', 'trap', NULL, 1789991940, 1, 'Subject: quagga');
INSERT INTO public.spam_week VALUES (1789948800, 64500, 1, NULL);
INSERT INTO public.turned_away_hour VALUES (1, 1789988400, 'elsewhere', '198.18.7.0/24', 7);
INSERT INTO public.uncounted_message VALUES (1, 1789988400, 'complaints', 'unknown reporter', '198.51.100.9', '203.0.113.207', '');
INSERT INTO public."user" VALUES (1, 1, 'quagga@acme.example', '$argon2id$v=19$m=65536,t=3,p=4$diW3VQsbwWUskxOAjLHn6w$sQU4f98LQr2VKs3vbhxsNOG6bJlBrxrVRULHA8QfTGg', 'administrator', 'UTC', true, 1789992000, NULL, true);
INSERT INTO public.volume_hour VALUES (1789988400, 2);
INSERT INTO public.watched_day VALUES (1, 1789948800, 1, false, 20);
SELECT pg_catalog.setval('public.activation_code_id_seq', 2, true);
SELECT pg_catalog.setval('public.alert_channel_id_seq', 1, true);
SELECT pg_catalog.setval('public.alert_id_seq', 1, true);
SELECT pg_catalog.setval('public.alert_message_id_seq', 1, true);
SELECT pg_catalog.setval('public.api_token_id_seq', 1, true);
SELECT pg_catalog.setval('public.audit_entry_id_seq', 26, true);
SELECT pg_catalog.setval('public.code_network_id_seq', 1, true);
SELECT pg_catalog.setval('public.exchange_choice_id_seq', 1, false);
SELECT pg_catalog.setval('public.exchange_peer_id_seq', 1, true);
SELECT pg_catalog.setval('public.feed_id_seq', 1, true);
SELECT pg_catalog.setval('public.feed_revision_id_seq', 2, true);
SELECT pg_catalog.setval('public.former_rule_id_seq', 1, true);
SELECT pg_catalog.setval('public.half_login_id_seq', 1, true);
SELECT pg_catalog.setval('public.isp_message_id_seq', 1, true);
SELECT pg_catalog.setval('public.isp_request_id_seq', 1, true);
SELECT pg_catalog.setval('public.letter_id_seq', 3, true);
SELECT pg_catalog.setval('public.listing_event_id_seq', 2, true);
SELECT pg_catalog.setval('public.listing_id_seq', 2, true);
SELECT pg_catalog.setval('public.mail_server_id_seq', 2, true);
SELECT pg_catalog.setval('public.news_item_id_seq', 3, true);
SELECT pg_catalog.setval('public.one_time_link_id_seq', 1, true);
SELECT pg_catalog.setval('public.organization_id_seq', 2, true);
SELECT pg_catalog.setval('public.origin_revision_id_seq', 1, true);
SELECT pg_catalog.setval('public.proposal_id_seq', 1, true);
SELECT pg_catalog.setval('public.protected_sender_id_seq', 1, true);
SELECT pg_catalog.setval('public.query_log_entry_id_seq', 1, true);
SELECT pg_catalog.setval('public.recovery_code_id_seq', 1, true);
SELECT pg_catalog.setval('public.removal_request_id_seq', 1, true);
SELECT pg_catalog.setval('public.schema_migration_id_seq', 1, true);
SELECT pg_catalog.setval('public.sender_rule_id_seq', 3, true);
SELECT pg_catalog.setval('public.session_id_seq', 1, true);
SELECT pg_catalog.setval('public.spam_report_id_seq', 1, true);
SELECT pg_catalog.setval('public.uncounted_message_id_seq', 1, true);
SELECT pg_catalog.setval('public.user_id_seq', 1, true);
ALTER TABLE ONLY public.activation_code
    ADD CONSTRAINT activation_code_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.alert_channel
    ADD CONSTRAINT alert_channel_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.alert_message
    ADD CONSTRAINT alert_message_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.alert
    ADD CONSTRAINT alert_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT audit_entry_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.bot_hour
    ADD CONSTRAINT bot_hour_pkey PRIMARY KEY (organization_id, asn, hour);
ALTER TABLE ONLY public.bot_seen
    ADD CONSTRAINT bot_seen_pkey PRIMARY KEY (organization_id, hour, address);
ALTER TABLE ONLY public.code_network
    ADD CONSTRAINT code_network_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.country_day
    ADD CONSTRAINT country_day_pkey PRIMARY KEY (day, country);
ALTER TABLE ONLY public.delivered_batch
    ADD CONSTRAINT delivered_batch_pkey PRIMARY KEY (batch);
ALTER TABLE ONLY public.exchange_batch
    ADD CONSTRAINT exchange_batch_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.exchange_choice
    ADD CONSTRAINT exchange_choice_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.exchange_given
    ADD CONSTRAINT exchange_given_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.exchange_peer
    ADD CONSTRAINT exchange_peer_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.exchanged_node
    ADD CONSTRAINT exchanged_node_pkey PRIMARY KEY (peer_id, name);
ALTER TABLE ONLY public.exchanged_volume
    ADD CONSTRAINT exchanged_volume_pkey PRIMARY KEY (peer_id, subject, day);
ALTER TABLE ONLY public.feed_day
    ADD CONSTRAINT feed_day_pkey PRIMARY KEY (feed_id, day, kind);
ALTER TABLE ONLY public.feed
    ADD CONSTRAINT feed_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.feed_revision
    ADD CONSTRAINT feed_revision_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.former_rule
    ADD CONSTRAINT former_rule_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.half_login
    ADD CONSTRAINT half_login_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.isp_attachment
    ADD CONSTRAINT isp_attachment_pkey PRIMARY KEY (request_id);
ALTER TABLE ONLY public.isp_message
    ADD CONSTRAINT isp_message_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.isp_network
    ADD CONSTRAINT isp_network_pkey PRIMARY KEY (network);
ALTER TABLE ONLY public.isp
    ADD CONSTRAINT isp_pkey PRIMARY KEY (asn);
ALTER TABLE ONLY public.isp_request
    ADD CONSTRAINT isp_request_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.judged_day
    ADD CONSTRAINT judged_day_pkey PRIMARY KEY (day, is_spam);
ALTER TABLE ONLY public.judged_sender
    ADD CONSTRAINT judged_sender_pkey PRIMARY KEY (day, subject, is_spam);
ALTER TABLE ONLY public.last_asked
    ADD CONSTRAINT last_asked_pkey PRIMARY KEY (organization_id);
ALTER TABLE ONLY public.learned_sums
    ADD CONSTRAINT learned_sums_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.letter
    ADD CONSTRAINT letter_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.listing_change
    ADD CONSTRAINT listing_change_pkey PRIMARY KEY (generation);
ALTER TABLE ONLY public.listing_event
    ADD CONSTRAINT listing_event_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.listing_pass
    ADD CONSTRAINT listing_pass_pkey PRIMARY KEY (network);
ALTER TABLE ONLY public.listing
    ADD CONSTRAINT listing_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.log_place
    ADD CONSTRAINT log_place_pkey PRIMARY KEY (path);
ALTER TABLE ONLY public.mail_server
    ADD CONSTRAINT mail_server_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.news_item
    ADD CONSTRAINT news_item_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.one_time_link
    ADD CONSTRAINT one_time_link_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.organization_listing
    ADD CONSTRAINT organization_listing_pkey PRIMARY KEY (organization_id, network);
ALTER TABLE ONLY public.organization
    ADD CONSTRAINT organization_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.organization_score
    ADD CONSTRAINT organization_score_pkey PRIMARY KEY (organization_id, network);
ALTER TABLE ONLY public.origin_revision
    ADD CONSTRAINT origin_revision_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.other_hour
    ADD CONSTRAINT other_hour_pkey PRIMARY KEY (hour, kind, network);
ALTER TABLE ONLY public.part
    ADD CONSTRAINT part_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.proposal
    ADD CONSTRAINT proposal_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.protected_sender
    ADD CONSTRAINT protected_sender_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.query_hour
    ADD CONSTRAINT query_hour_pkey PRIMARY KEY (organization_id, hour, database, code);
ALTER TABLE ONLY public.query_log_entry
    ADD CONSTRAINT query_log_entry_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.quota_day
    ADD CONSTRAINT quota_day_pkey PRIMARY KEY (organization_id);
ALTER TABLE ONLY public.recovery_code
    ADD CONSTRAINT recovery_code_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.removal_request
    ADD CONSTRAINT removal_request_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.reputation_settings
    ADD CONSTRAINT reputation_settings_pkey PRIMARY KEY (organization_id);
ALTER TABLE ONLY public.schema_migration
    ADD CONSTRAINT schema_migration_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.scored_node
    ADD CONSTRAINT scored_node_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.second_factor
    ADD CONSTRAINT second_factor_pkey PRIMARY KEY (user_id);
ALTER TABLE ONLY public.secret
    ADD CONSTRAINT secret_pkey PRIMARY KEY (name);
ALTER TABLE ONLY public.sender_rule
    ADD CONSTRAINT sender_rule_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.sender_score
    ADD CONSTRAINT sender_score_pkey PRIMARY KEY (network);
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.spam_day
    ADD CONSTRAINT spam_day_pkey PRIMARY KEY (asn, day);
ALTER TABLE ONLY public.spam_hour
    ADD CONSTRAINT spam_hour_pkey PRIMARY KEY (asn, hour);
ALTER TABLE ONLY public.spam_report
    ADD CONSTRAINT spam_report_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.spam_week
    ADD CONSTRAINT spam_week_pkey PRIMARY KEY (week, asn);
ALTER TABLE ONLY public.turned_away_hour
    ADD CONSTRAINT turned_away_hour_pkey PRIMARY KEY (organization_id, hour, kind, network);
ALTER TABLE ONLY public.uncounted_message
    ADD CONSTRAINT uncounted_message_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public."user"
    ADD CONSTRAINT user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.volume_hour
    ADD CONSTRAINT volume_hour_pkey PRIMARY KEY (hour);
ALTER TABLE ONLY public.watched_day
    ADD CONSTRAINT watched_day_pkey PRIMARY KEY (organization_id, day, feed_id, matched);
CREATE UNIQUE INDEX activation_code_label ON public.activation_code USING btree (label);
CREATE INDEX activation_code_organization_id ON public.activation_code USING btree (organization_id);
CREATE INDEX alert_channel_organization_id ON public.alert_channel USING btree (organization_id);
CREATE UNIQUE INDEX alert_channel_organization_id_channel ON public.alert_channel USING btree (organization_id, channel);
CREATE INDEX alert_message_channel_id ON public.alert_message USING btree (channel_id);
CREATE INDEX alert_organization_id ON public.alert USING btree (organization_id);
CREATE INDEX alert_raised_at ON public.alert USING btree (raised_at);
CREATE INDEX api_token_organization_id ON public.api_token USING btree (organization_id);
CREATE UNIQUE INDEX api_token_token_hash ON public.api_token USING btree (token_hash);
CREATE INDEX api_token_user_id ON public.api_token USING btree (user_id);
CREATE INDEX audit_entry_at ON public.audit_entry USING btree (at);
CREATE INDEX audit_entry_organization_id ON public.audit_entry USING btree (organization_id);
CREATE INDEX audit_entry_organization_id_at ON public.audit_entry USING btree (organization_id, at);
CREATE INDEX bot_hour_organization_id ON public.bot_hour USING btree (organization_id);
CREATE INDEX bot_seen_hour ON public.bot_seen USING btree (hour);
CREATE INDEX code_network_organization_id ON public.code_network USING btree (organization_id);
CREATE INDEX code_network_organization_id_first_key_end_key ON public.code_network USING btree (organization_id, first_key, end_key);
CREATE UNIQUE INDEX code_network_organization_id_network ON public.code_network USING btree (organization_id, network);
CREATE UNIQUE INDEX exchange_peer_key ON public.exchange_peer USING btree (key);
CREATE UNIQUE INDEX exchange_peer_name ON public.exchange_peer USING btree (name);
CREATE INDEX exchanged_node_name ON public.exchanged_node USING btree (name);
CREATE INDEX exchanged_volume_day ON public.exchanged_volume USING btree (day);
CREATE UNIQUE INDEX feed_name ON public.feed USING btree (name);
CREATE INDEX feed_purpose ON public.feed USING btree (purpose);
CREATE INDEX feed_revision_feed_id ON public.feed_revision USING btree (feed_id);
CREATE INDEX feed_revision_feed_id_fetched_at ON public.feed_revision USING btree (feed_id, fetched_at);
CREATE INDEX former_rule_gone_at ON public.former_rule USING btree (gone_at);
CREATE INDEX former_rule_organization_id ON public.former_rule USING btree (organization_id);
CREATE INDEX former_rule_organization_id_batch ON public.former_rule USING btree (organization_id, batch);
CREATE UNIQUE INDEX half_login_token_hash ON public.half_login USING btree (token_hash);
CREATE INDEX half_login_user_id ON public.half_login USING btree (user_id);
CREATE INDEX isp_message_request_id ON public.isp_message USING btree (request_id);
CREATE INDEX isp_network_isp_id ON public.isp_network USING btree (isp_id);
CREATE INDEX isp_request_organization_id ON public.isp_request USING btree (organization_id);
CREATE INDEX listing_change_changed_at ON public.listing_change USING btree (changed_at);
CREATE UNIQUE INDEX listing_database_network_category_source ON public.listing USING btree (database, network, category, source);
CREATE INDEX listing_event_at ON public.listing_event USING btree (at);
CREATE INDEX listing_event_network_at ON public.listing_event USING btree (network, at);
CREATE INDEX listing_expires_at ON public.listing USING btree (expires_at);
CREATE INDEX listing_pass_expires_at ON public.listing_pass USING btree (expires_at);
CREATE INDEX listing_pass_wide ON public.listing_pass USING btree (wide);
CREATE INDEX mail_server_organization_id ON public.mail_server USING btree (organization_id);
CREATE INDEX mail_server_organization_id_first_key_end_key ON public.mail_server USING btree (organization_id, first_key, end_key);
CREATE UNIQUE INDEX mail_server_organization_id_network ON public.mail_server USING btree (organization_id, network);
CREATE INDEX news_item_published_at ON public.news_item USING btree (published_at);
CREATE UNIQUE INDEX news_item_week ON public.news_item USING btree (week);
CREATE INDEX one_time_link_organization_id ON public.one_time_link USING btree (organization_id);
CREATE UNIQUE INDEX one_time_link_token_hash ON public.one_time_link USING btree (token_hash);
CREATE INDEX one_time_link_user_id ON public.one_time_link USING btree (user_id);
CREATE INDEX organization_listing_expires_at ON public.organization_listing USING btree (expires_at);
CREATE UNIQUE INDEX organization_name ON public.organization USING btree (name);
CREATE INDEX organization_score_network ON public.organization_score USING btree (network);
CREATE INDEX organization_score_waits ON public.organization_score USING btree (waits);
CREATE INDEX proposal_network ON public.proposal USING btree (network);
CREATE UNIQUE INDEX protected_sender_name ON public.protected_sender USING btree (name);
CREATE INDEX query_log_entry_organization_id_address_key ON public.query_log_entry USING btree (organization_id, address_key);
CREATE INDEX query_log_entry_organization_id_asked_at_database_code ON public.query_log_entry USING btree (organization_id, asked_at, database, code);
CREATE INDEX query_log_entry_organization_id_asn_asked_at ON public.query_log_entry USING btree (organization_id, asn, asked_at);
CREATE INDEX query_log_entry_organization_id_country_asked_at ON public.query_log_entry USING btree (organization_id, country, asked_at);
CREATE INDEX query_log_entry_organization_id_sample_level_asked_at ON public.query_log_entry USING btree (organization_id, sample_level, asked_at);
CREATE INDEX recovery_code_user_id ON public.recovery_code USING btree (user_id);
CREATE UNIQUE INDEX removal_request_token_hash ON public.removal_request USING btree (token_hash);
CREATE UNIQUE INDEX schema_migration_name ON public.schema_migration USING btree (name);
CREATE INDEX scored_node_wide ON public.scored_node USING btree (wide);
CREATE INDEX sender_rule_by_created_by ON public.sender_rule USING btree (organization_id, action, lower((created_by)::text), id);
CREATE INDEX sender_rule_by_end ON public.sender_rule USING btree (organization_id, action, COALESCE(expires_at, '4294967295'::bigint), id);
CREATE INDEX sender_rule_by_note ON public.sender_rule USING btree (organization_id, action, lower(note), id);
CREATE INDEX sender_rule_expires_at ON public.sender_rule USING btree (expires_at);
CREATE INDEX sender_rule_organization_id ON public.sender_rule USING btree (organization_id);
CREATE INDEX sender_rule_organization_id_action_created_at ON public.sender_rule USING btree (organization_id, action, created_at);
CREATE INDEX sender_rule_organization_id_first_key_end_key_action ON public.sender_rule USING btree (organization_id, first_key, end_key, action);
CREATE UNIQUE INDEX sender_rule_organization_id_value_action ON public.sender_rule USING btree (organization_id, value, action);
CREATE INDEX sender_score_neighbourhood ON public.sender_score USING btree (neighbourhood);
CREATE INDEX sender_score_waits ON public.sender_score USING btree (waits);
CREATE UNIQUE INDEX session_token_hash ON public.session USING btree (token_hash);
CREATE INDEX session_user_id ON public.session USING btree (user_id);
CREATE INDEX spam_report_address_reported_at ON public.spam_report USING btree (address, reported_at);
CREATE UNIQUE INDEX spam_report_digest ON public.spam_report USING btree (digest);
CREATE INDEX spam_report_organization_id ON public.spam_report USING btree (organization_id);
CREATE INDEX spam_report_reported_at ON public.spam_report USING btree (reported_at);
CREATE INDEX spam_report_subject_reported_at ON public.spam_report USING btree (subject, reported_at);
CREATE INDEX spam_week_by_volume ON public.spam_week USING btree (week, volume DESC, asn);
CREATE INDEX uncounted_message_why ON public.uncounted_message USING btree (why);
CREATE UNIQUE INDEX user_email ON public."user" USING btree (email);
CREATE INDEX user_organization_id ON public."user" USING btree (organization_id);
CREATE INDEX watched_day_feed_id ON public.watched_day USING btree (feed_id);
ALTER TABLE ONLY public.activation_code
    ADD CONSTRAINT activation_code_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.alert_channel
    ADD CONSTRAINT alert_channel_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.alert_message
    ADD CONSTRAINT alert_message_channel_id_fkey FOREIGN KEY (channel_id) REFERENCES public.alert_channel(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.alert
    ADD CONSTRAINT alert_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.api_token
    ADD CONSTRAINT api_token_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.audit_entry
    ADD CONSTRAINT audit_entry_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.bot_hour
    ADD CONSTRAINT bot_hour_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.bot_seen
    ADD CONSTRAINT bot_seen_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.code_network
    ADD CONSTRAINT code_network_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.exchanged_node
    ADD CONSTRAINT exchanged_node_peer_id_fkey FOREIGN KEY (peer_id) REFERENCES public.exchange_peer(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.exchanged_volume
    ADD CONSTRAINT exchanged_volume_peer_id_fkey FOREIGN KEY (peer_id) REFERENCES public.exchange_peer(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.feed_day
    ADD CONSTRAINT feed_day_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES public.feed(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.feed_revision
    ADD CONSTRAINT feed_revision_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES public.feed(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.former_rule
    ADD CONSTRAINT former_rule_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.half_login
    ADD CONSTRAINT half_login_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.isp_attachment
    ADD CONSTRAINT isp_attachment_request_id_fkey FOREIGN KEY (request_id) REFERENCES public.isp_request(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.isp_message
    ADD CONSTRAINT isp_message_request_id_fkey FOREIGN KEY (request_id) REFERENCES public.isp_request(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.isp_network
    ADD CONSTRAINT isp_network_isp_id_fkey FOREIGN KEY (isp_id) REFERENCES public.isp(asn) ON DELETE CASCADE;
ALTER TABLE ONLY public.isp_request
    ADD CONSTRAINT isp_request_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.last_asked
    ADD CONSTRAINT last_asked_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.mail_server
    ADD CONSTRAINT mail_server_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.one_time_link
    ADD CONSTRAINT one_time_link_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.one_time_link
    ADD CONSTRAINT one_time_link_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.organization_listing
    ADD CONSTRAINT organization_listing_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.organization_score
    ADD CONSTRAINT organization_score_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.query_hour
    ADD CONSTRAINT query_hour_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.query_log_entry
    ADD CONSTRAINT query_log_entry_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.quota_day
    ADD CONSTRAINT quota_day_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.recovery_code
    ADD CONSTRAINT recovery_code_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.reputation_settings
    ADD CONSTRAINT reputation_settings_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.second_factor
    ADD CONSTRAINT second_factor_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.sender_rule
    ADD CONSTRAINT sender_rule_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_user_id_fkey FOREIGN KEY (user_id) REFERENCES public."user"(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.spam_report
    ADD CONSTRAINT spam_report_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.turned_away_hour
    ADD CONSTRAINT turned_away_hour_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public."user"
    ADD CONSTRAINT user_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.watched_day
    ADD CONSTRAINT watched_day_feed_id_fkey FOREIGN KEY (feed_id) REFERENCES public.feed(id) ON DELETE CASCADE;
ALTER TABLE ONLY public.watched_day
    ADD CONSTRAINT watched_day_organization_id_fkey FOREIGN KEY (organization_id) REFERENCES public.organization(id) ON DELETE CASCADE;
