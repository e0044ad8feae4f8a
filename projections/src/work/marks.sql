-- What of the rows that router and responder go by was touched since it was last read: kept by the connection that folds, in
-- memory. Triggers mark it, so that no statement can forget to.

CREATE TEMP TABLE IF NOT EXISTS marked_routes (row INTEGER PRIMARY KEY) STRICT;
CREATE TEMP TABLE IF NOT EXISTS marked_covers (
    organization TEXT NOT NULL,
    member       TEXT,
    lookup       TEXT
) STRICT;
CREATE TEMP TABLE IF NOT EXISTS marked_things (
    organization TEXT NOT NULL,
    order_key    TEXT NOT NULL,
    PRIMARY KEY (organization, order_key)
) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS marked_changes (
    domain_event BLOB NOT NULL,
    user         TEXT NOT NULL,
    PRIMARY KEY (domain_event, user)
) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS marked_links (
    user         TEXT NOT NULL,
    organization TEXT NOT NULL,
    PRIMARY KEY (user, organization)
) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS marked_look_ups (user TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS marked_answers (position INTEGER PRIMARY KEY) STRICT;
CREATE TEMP TABLE IF NOT EXISTS marked_receivers (organization TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TEMP TABLE IF NOT EXISTS marked_tenants (tenant TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;

-- Recipients that are resolved and not queued, or are to be queued at a time.
CREATE TEMP TRIGGER IF NOT EXISTS mark_route_came AFTER INSERT ON notifications
WHEN NEW.state = 'resolved' OR (NEW.state = 'deferred' AND NEW.queued_position IS NULL) BEGIN
    INSERT INTO marked_routes (row) VALUES (NEW.row) ON CONFLICT DO NOTHING;
END;
CREATE TEMP TRIGGER IF NOT EXISTS mark_route_changed AFTER UPDATE ON notifications
WHEN OLD.state = 'resolved' OR NEW.state = 'resolved'
    OR (OLD.state = 'deferred' AND OLD.queued_position IS NULL) OR (NEW.state = 'deferred' AND NEW.queued_position IS NULL) BEGIN
    INSERT INTO marked_routes (row) VALUES (NEW.row) ON CONFLICT DO NOTHING;
END;
-- Whose card shows what they would have got another one by.
CREATE TEMP TRIGGER IF NOT EXISTS mark_cover_came AFTER INSERT ON notifications
WHEN NEW.state = 'merged' AND NEW.reason = 'same_subject' BEGIN
    INSERT INTO marked_covers (organization, member, lookup) VALUES (NEW.organization, NEW.member, NEW.lookup);
END;
CREATE TEMP TRIGGER IF NOT EXISTS mark_cover_changed AFTER UPDATE OF state, reason, member, lookup ON notifications
WHEN NEW.organization IS NOT NULL AND ((OLD.state = 'merged' AND OLD.reason = 'same_subject')
    OR (NEW.state = 'merged' AND NEW.reason = 'same_subject')) BEGIN
    INSERT INTO marked_covers (organization, member, lookup) VALUES (NEW.organization, NEW.member, NEW.lookup);
END;
-- Language and zone as Chronus gave them.
CREATE TEMP TRIGGER IF NOT EXISTS mark_given_came AFTER INSERT ON client_defaults BEGIN
    INSERT INTO marked_covers (organization, member, lookup) VALUES (NEW.organization, NEW.member, NULL);
END;
CREATE TEMP TRIGGER IF NOT EXISTS mark_given_changed AFTER UPDATE ON client_defaults
WHEN OLD.locale IS NOT NEW.locale OR OLD.timezone IS NOT NEW.timezone BEGIN
    INSERT INTO marked_covers (organization, member, lookup) VALUES (NEW.organization, NEW.member, NULL);
END;
-- What is told of one thing.
CREATE TEMP TRIGGER IF NOT EXISTS mark_thing AFTER INSERT ON domain_events WHEN NEW.order_key IS NOT NULL BEGIN
    INSERT INTO marked_things (organization, order_key) VALUES (NEW.organization, NEW.order_key) ON CONFLICT DO NOTHING;
END;

-- Who is still to be told that a subject changed.
CREATE TEMP TRIGGER IF NOT EXISTS mark_change_came AFTER INSERT ON subject_changes WHEN NEW.told = 0 BEGIN
    INSERT INTO marked_changes (domain_event, user) VALUES (NEW.domain_event, NEW.user) ON CONFLICT DO NOTHING;
END;
CREATE TEMP TRIGGER IF NOT EXISTS mark_change_changed AFTER UPDATE ON subject_changes
WHEN OLD.told = 0 OR NEW.told = 0 BEGIN
    INSERT INTO marked_changes (domain_event, user) VALUES (NEW.domain_event, NEW.user) ON CONFLICT DO NOTHING;
END;

-- Links that do not follow the evidence.
CREATE TEMP TRIGGER IF NOT EXISTS mark_link_came AFTER INSERT ON link_changes BEGIN
    INSERT INTO marked_links (user, organization) VALUES (NEW.user, NEW.organization) ON CONFLICT DO NOTHING;
END;
CREATE TEMP TRIGGER IF NOT EXISTS mark_link_changed AFTER UPDATE ON link_changes BEGIN
    INSERT INTO marked_links (user, organization) VALUES (NEW.user, NEW.organization) ON CONFLICT DO NOTHING;
END;
CREATE TEMP TRIGGER IF NOT EXISTS mark_link_went AFTER DELETE ON link_changes BEGIN
    INSERT INTO marked_links (user, organization) VALUES (OLD.user, OLD.organization) ON CONFLICT DO NOTHING;
END;

-- People of whom the directory is to be asked.
CREATE TEMP TRIGGER IF NOT EXISTS mark_look_up_came AFTER INSERT ON link_look_ups BEGIN
    INSERT INTO marked_look_ups (user) VALUES (NEW.user) ON CONFLICT DO NOTHING;
END;
CREATE TEMP TRIGGER IF NOT EXISTS mark_look_up_changed AFTER UPDATE ON link_look_ups BEGIN
    INSERT INTO marked_look_ups (user) VALUES (NEW.user) ON CONFLICT DO NOTHING;
END;
CREATE TEMP TRIGGER IF NOT EXISTS mark_look_up_went AFTER DELETE ON link_look_ups BEGIN
    INSERT INTO marked_look_ups (user) VALUES (OLD.user) ON CONFLICT DO NOTHING;
END;

-- Answers that Chronus has not taken, what was never taken and its writer does not know, and who takes them.
CREATE TEMP TRIGGER IF NOT EXISTS mark_answer_came AFTER INSERT ON responses BEGIN
    INSERT INTO marked_answers (position) VALUES (NEW.position) ON CONFLICT DO NOTHING;
END;
CREATE TEMP TRIGGER IF NOT EXISTS mark_answer_changed AFTER UPDATE ON responses BEGIN
    INSERT INTO marked_answers (position) VALUES (NEW.position) ON CONFLICT DO NOTHING;
END;
CREATE TEMP TRIGGER IF NOT EXISTS mark_receiver_came AFTER INSERT ON webhooks BEGIN
    INSERT INTO marked_receivers (organization) VALUES (NEW.organization) ON CONFLICT DO NOTHING;
END;
CREATE TEMP TRIGGER IF NOT EXISTS mark_receiver_changed AFTER UPDATE ON webhooks BEGIN
    INSERT INTO marked_receivers (organization) VALUES (NEW.organization) ON CONFLICT DO NOTHING;
END;

-- When tenants were switched on again.
CREATE TEMP TRIGGER IF NOT EXISTS mark_tenant AFTER UPDATE OF enabled ON tenants BEGIN
    INSERT INTO marked_tenants (tenant) VALUES (NEW.tenant) ON CONFLICT DO NOTHING;
END;
