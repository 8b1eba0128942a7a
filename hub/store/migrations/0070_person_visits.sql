-- Visits to a person of the register 走访到人 (docs/patrols.md): the event has the keyed hash of the
-- register, never the ID number.
ALTER TABLE events ADD COLUMN IF NOT EXISTS person String
    COMMENT 'person of the register who was visited, by keyed hash; empty: nobody is named';

CREATE TABLE IF NOT EXISTS person_visits
(
    person String COMMENT 'keyed hash of the ID number, as in people',
    at DateTime64(3, 'Asia/Shanghai') COMMENT 'when the visit was, not its upload',
    worker LowCardinality(String),
    event_id UUID
)
ENGINE = ReplacingMergeTree
ORDER BY (person, at, event_id);

CREATE MATERIALIZED VIEW IF NOT EXISTS person_visits_fed TO person_visits AS
SELECT person, occurred_at AS at, worker, event_id FROM events
WHERE person != '' AND kind = 'visit';
