import type { Migration } from '../migrate.ts'

const TEMPLATE = JSON.stringify({
  name: 'Kiểm tra định kỳ cụm loa',
  everyDays: 90,
  items: ['Loa và giá đỡ chắc chắn, không rỉ sét', 'Dây loa, dây nguồn không hở, không đứt', 'Tủ kín nước, không có côn trùng', 'Ăng-ten 4G chắc chắn', 'Phát thử: tiếng rõ, không rè', 'Ắc quy dự phòng còn tốt'],
})

/** Incidents and what belongs to them: whom to call, what is quiet when, what people complain of, who hears of it how. */
export const incidents: Migration = {
  version: 11,
  name: 'incidents',
  up: `
CREATE TABLE incident (
  id TEXT PRIMARY KEY, n INTEGER NOT NULL UNIQUE, kind TEXT NOT NULL, state TEXT NOT NULL, opened_at INTEGER NOT NULL, closed_at INTEGER,
  merged_into TEXT, doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_by_opened ON incident(opened_at);
CREATE INDEX incident_by_closed ON incident(closed_at);
CREATE TABLE incident_cluster (
  incident TEXT NOT NULL REFERENCES incident(id), cluster TEXT NOT NULL, fell_at INTEGER NOT NULL, since INTEGER NOT NULL, healed_at INTEGER,
  en TEXT NOT NULL, vi TEXT NOT NULL, figure REAL, PRIMARY KEY (incident, cluster)
) STRICT, WITHOUT ROWID;
CREATE INDEX incident_cluster_by_cluster ON incident_cluster(cluster, fell_at);
CREATE TABLE incident_entry (
  n INTEGER PRIMARY KEY, incident TEXT NOT NULL REFERENCES incident(id), at INTEGER NOT NULL, actor TEXT NOT NULL, kind TEXT NOT NULL, detail TEXT NOT NULL
) STRICT;
CREATE INDEX incident_entry_by_incident ON incident_entry(incident, n);

CREATE TABLE quiet_time (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, cluster TEXT, area TEXT, from_at INTEGER NOT NULL, to_at INTEGER NOT NULL, reason TEXT NOT NULL,
  actor TEXT NOT NULL, created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX quiet_time_by_end ON quiet_time(to_at);

CREATE TABLE caretaker (cluster TEXT PRIMARY KEY, name TEXT NOT NULL, phone TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE succession (cluster TEXT PRIMARY KEY, predecessor TEXT NOT NULL UNIQUE, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE replacement (token_sha256 BLOB PRIMARY KEY, predecessor TEXT NOT NULL, actor TEXT NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE whereabouts (
  cluster TEXT NOT NULL, what TEXT NOT NULL, value TEXT NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, PRIMARY KEY (cluster, what, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE check_template (id TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO check_template (id, doc) VALUES ('dinh-ky', '${TEMPLATE}');
CREATE TABLE check_task (
  id TEXT PRIMARY KEY, template TEXT NOT NULL, cluster TEXT NOT NULL, due TEXT NOT NULL, done_at INTEGER, doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX check_task_by_due ON check_task(due);
CREATE INDEX check_task_by_cluster ON check_task(cluster, due);

CREATE TABLE pole_code (cluster TEXT PRIMARY KEY, code TEXT NOT NULL UNIQUE) STRICT, WITHOUT ROWID;
CREATE TABLE complaint (id TEXT PRIMARY KEY, n INTEGER NOT NULL UNIQUE, cluster TEXT NOT NULL, reported_at INTEGER NOT NULL, heard_at INTEGER NOT NULL, state TEXT NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX complaint_by_time ON complaint(reported_at);

CREATE TABLE notify_profile (actor TEXT PRIMARY KEY, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE push_subscription (endpoint TEXT PRIMARY KEY, actor TEXT NOT NULL, doc TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX push_subscription_by_actor ON push_subscription(actor);
CREATE TABLE notify_queue (
  id TEXT PRIMARY KEY, actor TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL, due INTEGER NOT NULL, created_at INTEGER NOT NULL, doc TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX notify_queue_by_due ON notify_queue(state, due);
CREATE INDEX notify_queue_by_created ON notify_queue(created_at);
CREATE TABLE notify_pending (
  id INTEGER PRIMARY KEY, actor TEXT NOT NULL, subject TEXT NOT NULL, due INTEGER NOT NULL, doc TEXT NOT NULL, UNIQUE (actor, subject)
) STRICT;
`,
}
