-- The read models. Every row follows from the log alone, so the file can be deleted at any time.
-- Times are milliseconds since 1970 UTC, positions are places in the global log, ids are 16 bytes.
-- Addresses stand here only as keyed hashes (`lookup`) and as the sealed JSON copied from events.
-- A change here or in the folding code raises `database::SCHEMA`.

CREATE TABLE meta (
    one              INTEGER PRIMARY KEY CHECK (one = 1),
    checkpoint       INTEGER NOT NULL,
    checkpoint_event BLOB,
    default_ttl_ms   INTEGER NOT NULL,
    -- The log that the rows were made from; NULL before it was named.
    log_id           BLOB
) STRICT;

CREATE TABLE skipped (position INTEGER PRIMARY KEY) STRICT;

CREATE TABLE accepted (
    event       BLOB PRIMARY KEY,
    position    INTEGER NOT NULL,
    accepted_ms INTEGER NOT NULL,
    superseded  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- When the newest domain event about each thing happened, in microseconds since 1970 UTC.
CREATE TABLE newest_times (
    organization TEXT NOT NULL,
    order_key    TEXT NOT NULL,
    happened_us  INTEGER NOT NULL,
    PRIMARY KEY (organization, order_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE tenants (
    tenant          TEXT PRIMARY KEY,
    organization    TEXT,
    linked_position INTEGER,
    enabled         INTEGER NOT NULL DEFAULT 1,
    -- When it was switched on last.
    enabled_ms      INTEGER,
    -- What its organization wants to hear of every card, as JSON.
    receipts        TEXT NOT NULL DEFAULT '[]'
) STRICT, WITHOUT ROWID;
CREATE INDEX tenants_by_organization ON tenants (organization, linked_position) WHERE organization IS NOT NULL;
CREATE INDEX tenants_off ON tenants (tenant) WHERE enabled = 0;

-- Programmes and ERGs for which an organization switched Teams off.
CREATE TABLE parts_off (
    organization TEXT NOT NULL,
    kind         TEXT NOT NULL,
    key          TEXT NOT NULL,
    name         TEXT NOT NULL,
    since_ms     INTEGER NOT NULL,
    by           TEXT NOT NULL,
    reason       TEXT NOT NULL,
    PRIMARY KEY (organization, kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE email_mapping (
    tenant        TEXT NOT NULL,
    lookup        TEXT NOT NULL,
    user          TEXT NOT NULL,
    kind          TEXT NOT NULL,
    valid_from    INTEGER NOT NULL,
    valid_from_ms INTEGER NOT NULL,
    valid_to      INTEGER,
    valid_to_ms   INTEGER,
    role          TEXT NOT NULL,
    status        TEXT NOT NULL,
    -- The directory's newest answer about the user was that it does not tell.
    doubted       INTEGER NOT NULL DEFAULT 0,
    address       TEXT,
    PRIMARY KEY (tenant, lookup, user, kind, valid_from)
) STRICT, WITHOUT ROWID;
CREATE INDEX email_mapping_by_user ON email_mapping (user);
CREATE INDEX email_mapping_conflicts ON email_mapping (tenant, lookup) WHERE status = 'conflict' AND valid_to IS NULL;

CREATE TABLE members (
    organization TEXT NOT NULL,
    member       TEXT NOT NULL,
    -- Whether a member event told of the member, its address, its object id; else a card's recipient did.
    told         INTEGER NOT NULL,
    lookup       TEXT,
    address      TEXT,
    address_told INTEGER NOT NULL,
    -- The event that told this address first, and the newest member event that told it.
    claim_position INTEGER NOT NULL,
    told_position  INTEGER,
    -- When that newest member event happened.
    told_ms        INTEGER,
    -- When Chronus told this address first, and when it removed the member last.
    claim_ms     INTEGER NOT NULL,
    removed_ms   INTEGER,
    object_id    TEXT,
    object_told  INTEGER NOT NULL,
    removed      INTEGER NOT NULL,
    -- Why nobody gets the member's cards; NULL where somebody does.
    reason       TEXT,
    PRIMARY KEY (organization, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_in_conflict ON members (organization, member) WHERE reason = 'conflict';
CREATE INDEX members_by_lookup ON members (organization, lookup, member) WHERE lookup IS NOT NULL;
CREATE INDEX members_by_object ON members (organization, object_id, member) WHERE object_id IS NOT NULL;

-- When the newest member event happened that told each fact of a member, in microseconds since 1970 UTC.
CREATE TABLE member_times (
    organization TEXT NOT NULL,
    member       TEXT NOT NULL,
    fact         TEXT NOT NULL,
    happened_us  INTEGER NOT NULL,
    PRIMARY KEY (organization, member, fact)
) STRICT, WITHOUT ROWID;

-- What administrators said of members: a person, or nobody.
CREATE TABLE member_decisions (
    organization TEXT NOT NULL,
    member       TEXT NOT NULL,
    user         TEXT,
    position     INTEGER NOT NULL,
    PRIMARY KEY (organization, member)
) STRICT, WITHOUT ROWID;

-- Language and zone as Chronus gave them for a member, each with the time of the newest event that told it.
CREATE TABLE client_defaults (
    organization TEXT NOT NULL,
    member       TEXT NOT NULL,
    locale       TEXT,
    locale_us    INTEGER NOT NULL,
    timezone     TEXT,
    timezone_us  INTEGER NOT NULL,
    PRIMARY KEY (organization, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX member_decisions_by_user ON member_decisions (organization, user, member) WHERE user IS NOT NULL;

-- The person to whom each member was linked last, whether the link is still there or not.
CREATE TABLE bindings (
    organization TEXT NOT NULL,
    member       TEXT NOT NULL,
    user         TEXT NOT NULL,
    -- The link ended because the member or the person left, and not because it was wrong or in doubt.
    held         INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (organization, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX bindings_by_user ON bindings (organization, user);

-- People of whom nobody can tell at present whether they still are the member who they were.
CREATE TABLE doubts (
    user         TEXT NOT NULL,
    organization TEXT NOT NULL,
    member       TEXT NOT NULL,
    PRIMARY KEY (user, organization)
) STRICT, WITHOUT ROWID;
CREATE INDEX doubts_by_member ON doubts (organization, member);

-- Links that do not follow the evidence: what each person should be linked to. Without a member the link is to end.
CREATE TABLE link_changes (
    user         TEXT NOT NULL,
    organization TEXT NOT NULL,
    member       TEXT,
    matched_by   TEXT,
    why          TEXT,
    cause        BLOB NOT NULL,
    correlation  BLOB NOT NULL,
    position     INTEGER NOT NULL,
    PRIMARY KEY (user, organization)
) STRICT, WITHOUT ROWID;

-- People of whom the directory is to be asked before they are linked, or since somebody else shows their address.
CREATE TABLE link_look_ups (
    user     TEXT PRIMARY KEY,
    -- `linked`, or `address_shared`, which counts more, or `chat_shared`, which counts most.
    because  TEXT NOT NULL,
    cause    BLOB NOT NULL,
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Members whom an event for all did not reach.
CREATE TABLE left_out (
    domain_event BLOB NOT NULL,
    member       TEXT NOT NULL,
    reason       TEXT NOT NULL,
    PRIMARY KEY (domain_event, member)
) STRICT, WITHOUT ROWID;

-- Events for all that came while the directory was being asked who somebody is: whoever turns out to be a member gets them.
CREATE TABLE audience_waiting (
    user         TEXT NOT NULL,
    domain_event BLOB NOT NULL,
    notification BLOB NOT NULL,
    organization TEXT NOT NULL,
    position     INTEGER NOT NULL,
    accepted_ms  INTEGER NOT NULL,
    correlation  BLOB NOT NULL,
    event_type   TEXT NOT NULL,
    card         TEXT NOT NULL,
    subject      TEXT,
    class        INTEGER NOT NULL,
    expires_ms   INTEGER NOT NULL,
    expiry_asked INTEGER NOT NULL,
    send_ms      INTEGER,
    PRIMARY KEY (user, domain_event)
) STRICT, WITHOUT ROWID;

CREATE TABLE people (
    user                  TEXT PRIMARY KEY,
    tenant                TEXT NOT NULL,
    reachability          TEXT,
    reachability_evidence TEXT,
    reachability_position INTEGER,
    reachability_ms       INTEGER,
    -- The person's own chat with the bot.
    conversation          TEXT,
    installed             INTEGER NOT NULL DEFAULT 0,
    connected             INTEGER NOT NULL DEFAULT 1,
    connected_ms          INTEGER,
    -- The person asked for a pause, then, until then.
    paused_ms             INTEGER,
    paused_until_ms       INTEGER,
    profile               TEXT NOT NULL DEFAULT 'none',
    profile_position      INTEGER,
    -- Of the look-up that is to be made: when it is due, and whether it waits for that time.
    profile_due_ms        INTEGER,
    profile_delayed       INTEGER NOT NULL DEFAULT 0,
    -- When the directory told last who the person is.
    answered_ms           INTEGER,
    -- When the directory answered last, if only that it does not tell; NULL where it is to be asked soon anyway.
    profile_answered_ms   INTEGER,
    -- When the newest look-up was to be made that was put first since something showed another address.
    profile_hurried_ms    INTEGER,
    -- Answers in a row that brought no address.
    profile_incomplete    INTEGER NOT NULL DEFAULT 0,
    -- Where the directory's newest answer stands.
    answered_position     INTEGER,
    role                  TEXT,
    name                  TEXT,
    address               TEXT,
    -- The person's zone by their own client, and as Chronus or the organization gave it.
    client_timezone       TEXT,
    given_timezone        TEXT,
    erased                INTEGER NOT NULL DEFAULT 0,
    first_ms              INTEGER NOT NULL,
    active_ms             INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX people_by_tenant ON people (tenant, user);
CREATE INDEX people_by_chat ON people (conversation, user) WHERE conversation IS NOT NULL;
CREATE INDEX people_to_look_up ON people (user) WHERE profile_position IS NOT NULL;
CREATE INDEX people_by_profile_age ON people (tenant, profile_answered_ms)
    WHERE profile_answered_ms IS NOT NULL AND installed = 1 AND erased = 0 AND reachability = 'reachable';

-- What was so of reaching each person, and since when.
CREATE TABLE reachability (
    user     TEXT NOT NULL,
    position INTEGER NOT NULL,
    state    TEXT NOT NULL,
    evidence TEXT NOT NULL,
    time_ms  INTEGER NOT NULL,
    PRIMARY KEY (user, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE links (
    user         TEXT NOT NULL,
    organization TEXT NOT NULL,
    member       TEXT,
    matched_by   TEXT NOT NULL,
    position     INTEGER NOT NULL,
    linked_ms    INTEGER NOT NULL,
    PRIMARY KEY (user, organization)
) STRICT, WITHOUT ROWID;
CREATE INDEX members_by_removal ON members (removed_ms) WHERE removed = 1 AND removed_ms IS NOT NULL;

-- Erasures that were asked for and are not done.
CREATE TABLE erasures (
    id           BLOB PRIMARY KEY,
    organization TEXT NOT NULL,
    member       TEXT,
    user         TEXT,
    -- Whoever an earlier certificate named, as JSON.
    persons      TEXT,
    -- Who asked: 'chronus', 'person', 'administrator', 'restore' (done before, and lost with the log) or 'late' (what came of before).
    origin       TEXT NOT NULL,
    by           TEXT,
    reason       TEXT,
    position     INTEGER NOT NULL,
    -- When it was recorded that it is asked for, and when it was asked for.
    recorded_ms  INTEGER NOT NULL,
    asked_us     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- When the newest erasure of each member was asked for.
CREATE TABLE erased_members (
    organization TEXT NOT NULL,
    member       TEXT NOT NULL,
    asked_us     INTEGER NOT NULL,
    PRIMARY KEY (organization, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX erased_members_by_time ON erased_members (organization, asked_us);

CREATE INDEX links_by_organization ON links (organization, user);
CREATE INDEX links_by_member ON links (organization, member) WHERE member IS NOT NULL;

CREATE TABLE notifications (
    row              INTEGER PRIMARY KEY,
    id               BLOB NOT NULL UNIQUE,
    organization     TEXT,
    tenant           TEXT,
    user             TEXT,
    member           TEXT,
    lookup           TEXT,
    matched_by       TEXT,
    domain_event     BLOB,
    domain_position  INTEGER,
    correlation      BLOB NOT NULL,
    event_type       TEXT,
    card             TEXT NOT NULL,
    subject          TEXT,
    class            INTEGER NOT NULL,
    state            TEXT NOT NULL,
    reason           TEXT,
    code             TEXT,
    status           INTEGER,
    state_position   INTEGER NOT NULL,
    state_ms         INTEGER NOT NULL,
    settled_ms       INTEGER,
    created_position INTEGER NOT NULL,
    created_ms       INTEGER NOT NULL,
    expires_ms       INTEGER NOT NULL,
    expiry_asked     INTEGER NOT NULL,
    -- Before then it is told to nobody, where that was ahead when it was handed over. Until then a card whose person is known is
    -- `deferred`, and stands in no person's queue.
    send_ms          INTEGER,
    queued_position  INTEGER,
    queued_ms        INTEGER,
    due_ms           INTEGER,
    -- Since when it should be in the chat: since it was queued, or since it was put off to last.
    owed_ms          INTEGER,
    attempts         INTEGER NOT NULL DEFAULT 0,
    activity         TEXT,
    shown            INTEGER NOT NULL DEFAULT 0,
    wanted           INTEGER NOT NULL DEFAULT 0,
    abandoned        INTEGER NOT NULL DEFAULT 0,
    update_position  INTEGER,
    update_ms        INTEGER,
    -- Until when the update waits for another try.
    update_due_ms    INTEGER,
    answer           TEXT,
    -- The object id that Chronus gave for the recipient.
    object           TEXT,
    -- Why Chronus was told that it does not arrive as things stand: `,no_mapping,conflict,`.
    unreached        TEXT NOT NULL DEFAULT '',
    -- Since when nobody is found, for a reason that Chronus was not told.
    unreached_due_ms INTEGER,
    -- The replay by which an operator reopened it last, after nobody had been found.
    reopened         BLOB,
    -- 1: it is, or was, in the chat; 2: it was seen.
    arrived          INTEGER NOT NULL DEFAULT 0,
    -- Its programme or ERG was switched off while it waited: why it is not sent.
    stopped          TEXT
) STRICT;
CREATE INDEX notifications_switched_off ON notifications (row)
    WHERE state = 'unresolved' AND reason IN ('programme_off', 'erg_off');
CREATE INDEX notifications_stopped ON notifications (row)
    WHERE stopped IS NOT NULL AND state IN ('queued', 'retry', 'deferred', 'merged', 'suppressed')
      AND (state <> 'suppressed' OR reason <> stopped) AND user IS NOT NULL;
-- Not sent by themselves, and a card that lists them may come.
CREATE INDEX notifications_to_be_listed ON notifications (organization)
    WHERE (state = 'merged' AND arrived = 0 AND reason <> 'same_subject')
       OR (state = 'suppressed' AND reason IN ('disconnected', 'uninstalled', 'blocked',
           'disabled_by_admin', 'paused', 'tenant_off', 'conflict', 'no_room'));
CREATE INDEX notifications_waiting_by_object ON notifications (organization, object)
    WHERE state = 'unresolved' AND object IS NOT NULL;
CREATE INDEX notifications_in_conflict ON notifications (organization, member, lookup)
    WHERE state IN ('unresolved', 'unroutable') AND reason = 'conflict';
CREATE INDEX notifications_by_subject ON notifications (organization, subject) WHERE subject IS NOT NULL;
-- Few of the cards of a subject, which may have as many as an organization has people.
CREATE INDEX notifications_covered ON notifications (organization, subject)
    WHERE state = 'merged' AND reason = 'same_subject';
CREATE INDEX notifications_by_user ON notifications (user, created_position) WHERE user IS NOT NULL;
CREATE INDEX notifications_by_domain_event ON notifications (domain_event) WHERE domain_event IS NOT NULL;
CREATE INDEX notifications_resolved ON notifications (created_position) WHERE state = 'resolved';
CREATE INDEX notifications_scheduled ON notifications (send_ms) WHERE state = 'deferred' AND queued_position IS NULL;
CREATE INDEX notifications_waiting_by_lookup ON notifications (organization, lookup) WHERE state = 'unresolved';
CREATE INDEX notifications_waiting_by_member ON notifications (organization, member) WHERE state = 'unresolved';
CREATE INDEX notifications_waiting_by_expiry ON notifications (expires_ms) WHERE state = 'unresolved';

-- What the delivery lanes have to do; at a start they are read from here into memory.
CREATE INDEX notifications_to_send ON notifications (row)
    WHERE state IN ('queued', 'attempted', 'retry', 'deferred', 'unknown_retry');
CREATE INDEX notifications_to_update ON notifications (row) WHERE wanted > shown AND shown > 0 AND abandoned = 0;

CREATE INDEX notifications_unreached ON notifications (unreached_due_ms) WHERE unreached_due_ms IS NOT NULL;

CREATE INDEX notifications_dead ON notifications (organization, state_position)
    WHERE (state = 'refused' AND reason IN ('permanent', 'configuration')) OR state = 'unknown_held'
       OR (state = 'expired' AND attempts > 0) OR state = 'unroutable';

-- By the notification's row, so that what is written at one time lies together.
CREATE TABLE history (
    row          INTEGER NOT NULL,
    position     INTEGER NOT NULL,
    what         TEXT NOT NULL,
    notification BLOB NOT NULL,
    time_ms      INTEGER NOT NULL,
    detail       TEXT NOT NULL,
    PRIMARY KEY (row, position, what)
) STRICT, WITHOUT ROWID;

-- What of a domain event is needed after it was folded. `revises` says that it changes cards about its subject. Events
-- with the same `order_key` are ordered by `happened_us` (microseconds since 1970 UTC), then by `position`.
CREATE TABLE domain_events (
    event        BLOB PRIMARY KEY,
    organization TEXT NOT NULL,
    subject      TEXT,
    order_key    TEXT,
    happened_us  INTEGER NOT NULL,
    position     INTEGER NOT NULL,
    accepted_ms  INTEGER NOT NULL,
    expires_ms   INTEGER,
    correlation  BLOB NOT NULL,
    card         TEXT NOT NULL,
    state        TEXT NOT NULL,
    final        INTEGER NOT NULL,
    revises      INTEGER NOT NULL,
    facts        TEXT,
    -- Whether it names members who hear how many people it reached.
    organizers   INTEGER NOT NULL,
    -- Before then nobody is told.
    send_ms      INTEGER,
    -- What it belongs to, by what that is found by.
    programme    TEXT,
    erg          TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX domain_events_with_organizers ON domain_events (accepted_ms) WHERE organizers = 1;
CREATE INDEX domain_events_of_announcements ON domain_events (organization, position)
    WHERE card = 'announcement' AND state = 'open';
CREATE INDEX domain_events_by_order ON domain_events (organization, order_key, happened_us, position)
    WHERE order_key IS NOT NULL;

CREATE TABLE subject_changes (
    domain_event BLOB NOT NULL,
    user         TEXT NOT NULL,
    subject      TEXT NOT NULL,
    state        TEXT NOT NULL,
    correlation  BLOB NOT NULL,
    position     INTEGER NOT NULL,
    addressed    INTEGER NOT NULL,
    told         INTEGER NOT NULL,
    PRIMARY KEY (domain_event, user)
) STRICT, WITHOUT ROWID;
CREATE INDEX subject_changes_to_tell ON subject_changes (position) WHERE told = 0;

CREATE TABLE responses (
    position     INTEGER PRIMARY KEY,
    organization TEXT NOT NULL,
    notification BLOB NOT NULL,
    -- NULL where the news is that nobody was found.
    user         TEXT,
    state        TEXT NOT NULL,
    attempts     INTEGER NOT NULL,
    due_ms       INTEGER,
    status       INTEGER,
    reason       TEXT,
    answered_ms  INTEGER NOT NULL,
    settled_ms   INTEGER,
    correlation  BLOB NOT NULL,
    written      BLOB,
    told         INTEGER NOT NULL DEFAULT 0,
    -- `answer`, `undeliverable`, `unreached`, `delivered`, `seen`.
    kind         TEXT NOT NULL,
    until_ms     INTEGER,
    -- The answer's own id.
    event        BLOB NOT NULL,
    -- Since when it waits to be handed over.
    waiting_ms   INTEGER NOT NULL,
    -- Tries before the newest replay, and which that was.
    tries_before INTEGER NOT NULL DEFAULT 0,
    replay       BLOB
) STRICT;
CREATE INDEX responses_by_event ON responses (event);
CREATE INDEX responses_given_up ON responses (organization, position)
    WHERE state = 'failed' AND reason <> 'no_webhook';
CREATE INDEX responses_lost ON responses (position) WHERE state = 'failed' AND written IS NOT NULL AND told = 0;
CREATE INDEX responses_by_written ON responses (written) WHERE written IS NOT NULL;
CREATE INDEX responses_by_organization ON responses (organization, position);
CREATE INDEX responses_due_of ON responses (organization, due_ms, position) WHERE state = 'pending';
CREATE INDEX responses_waiting ON responses (organization, waiting_ms) WHERE state = 'pending';

-- Receivers of answers that did not take something, or are switched off.
CREATE TABLE webhooks (
    organization TEXT NOT NULL PRIMARY KEY,
    failing_ms   INTEGER,
    failures     INTEGER NOT NULL,
    rests_ms     INTEGER,
    off_ms       INTEGER,
    off_position INTEGER,
    off_reason   TEXT,
    off_by       TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX webhooks_off ON webhooks (organization) WHERE off_ms IS NOT NULL;

-- How much waits, counted as it comes and goes, so that nobody ever counts rows. `kind`:
-- `responses` by organization, `unresolved` by organization.
CREATE TABLE depths (
    kind    TEXT NOT NULL,
    owner   TEXT NOT NULL,
    rank    INTEGER NOT NULL,
    waiting INTEGER NOT NULL,
    PRIMARY KEY (kind, owner, rank)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER response_came AFTER INSERT ON responses WHEN NEW.state = 'pending' BEGIN
    INSERT INTO depths (kind, owner, rank, waiting) VALUES ('responses', NEW.organization, 0, 1)
    ON CONFLICT DO UPDATE SET waiting = waiting + 1;
END;
CREATE TRIGGER response_went AFTER UPDATE OF state ON responses
WHEN OLD.state = 'pending' AND NEW.state <> 'pending' BEGIN
    UPDATE depths SET waiting = waiting - 1 WHERE kind = 'responses' AND owner = NEW.organization AND rank = 0;
END;
CREATE TRIGGER response_came_back AFTER UPDATE OF state ON responses
WHEN OLD.state <> 'pending' AND NEW.state = 'pending' BEGIN
    UPDATE depths SET waiting = waiting + 1 WHERE kind = 'responses' AND owner = NEW.organization AND rank = 0;
END;
CREATE TRIGGER unresolved_came AFTER INSERT ON notifications
WHEN NEW.state = 'unresolved' AND NEW.organization IS NOT NULL BEGIN
    INSERT INTO depths (kind, owner, rank, waiting) VALUES ('unresolved', NEW.organization, 0, 1)
    ON CONFLICT DO UPDATE SET waiting = waiting + 1;
END;
CREATE TRIGGER unresolved_went AFTER UPDATE OF state ON notifications
WHEN OLD.state = 'unresolved' AND NEW.state <> 'unresolved' AND NEW.organization IS NOT NULL BEGIN
    UPDATE depths SET waiting = waiting - 1 WHERE kind = 'unresolved' AND owner = NEW.organization AND rank = 0;
END;
CREATE TRIGGER unresolved_came_back AFTER UPDATE OF state ON notifications
WHEN OLD.state <> 'unresolved' AND NEW.state = 'unresolved' AND NEW.organization IS NOT NULL BEGIN
    INSERT INTO depths (kind, owner, rank, waiting) VALUES ('unresolved', NEW.organization, 0, 1)
    ON CONFLICT DO UPDATE SET waiting = waiting + 1;
END;
-- Whoever is not found, for a reason that Chronus was not told, is to be told of.
CREATE TRIGGER unreached_came AFTER INSERT ON notifications
WHEN NEW.state = 'unresolved' AND NEW.organization IS NOT NULL BEGIN
    UPDATE notifications SET unreached_due_ms = NEW.state_ms WHERE row = NEW.row;
END;
CREATE TRIGGER unreached_changed AFTER UPDATE OF state, reason ON notifications
WHEN NEW.state = 'unresolved' AND NEW.organization IS NOT NULL
    AND (OLD.state <> 'unresolved' OR NEW.reason IS NOT OLD.reason) BEGIN
    UPDATE notifications SET unreached_due_ms =
        CASE WHEN instr(NEW.unreached, ',' || NEW.reason || ',') > 0 THEN NULL ELSE NEW.state_ms END
    WHERE row = NEW.row;
END;
CREATE TRIGGER unreached_went AFTER UPDATE OF state ON notifications
WHEN NEW.state <> 'unresolved' AND OLD.unreached_due_ms IS NOT NULL BEGIN
    UPDATE notifications SET unreached_due_ms = NULL WHERE row = NEW.row;
END;
CREATE INDEX notifications_waiting_by_age ON notifications (created_position) WHERE state = 'unresolved';
