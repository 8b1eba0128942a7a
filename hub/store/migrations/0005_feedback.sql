-- Feedback 反馈: each feedback, its channel, and the proof of its delivery.

ALTER TABLE feedback ADD COLUMN IF NOT EXISTS body String COMMENT 'the whole feedback, as JSON';
ALTER TABLE events ADD COLUMN IF NOT EXISTS tracking String
    COMMENT 'code with which the citizen of a report can see its progress';
ALTER TABLE events ADD INDEX IF NOT EXISTS events_by_tracking tracking TYPE bloom_filter(0.001)
    GRANULARITY 1;

CREATE TABLE IF NOT EXISTS deliveries
(
    feedback_id UUID,
    case_id UUID,
    event_id UUID,
    channel LowCardinality(String),
    native_id String,
    move LowCardinality(String),
    outcome LowCardinality(String) COMMENT 'delivered, not_told, dead',
    way LowCardinality(String),
    attempts UInt16,
    at DateTime64(3, 'Asia/Shanghai'),
    proof String COMMENT 'response of the receiver, name of the file, or Message-ID',
    reason String COMMENT 'why it could not be delivered'
)
ENGINE = ReplacingMergeTree(at)
ORDER BY feedback_id;

-- Feedback that is not delivered yet, or dead until an operator sends it again.
CREATE OR REPLACE VIEW feedback_open AS
SELECT f.feedback_id AS feedback_id, f.case_id AS case_id, f.channel AS channel,
       f.native_id AS native_id, f.move AS move, f.at AS at, f.text AS text,
       if(d.outcome = 'dead', 'dead', 'waiting') AS standing, d.reason AS reason
FROM (SELECT * FROM feedback FINAL) AS f
LEFT JOIN (SELECT feedback_id, outcome, reason FROM deliveries FINAL) AS d
    ON d.feedback_id = f.feedback_id
WHERE d.outcome NOT IN ('delivered', 'not_told');

-- Deliveries by channel.
CREATE OR REPLACE VIEW feedback_by_channel AS
SELECT f.channel AS channel, count() AS told, countIf(d.outcome = 'delivered') AS delivered,
       countIf(d.outcome = 'not_told') AS not_told, countIf(d.outcome = 'dead') AS dead,
       countIf(d.outcome = '') AS waiting,
       quantileIf(0.5)(dateDiff('second', f.at, d.at), d.outcome = 'delivered') AS median_seconds
FROM (SELECT feedback_id, channel, at FROM feedback FINAL) AS f
LEFT JOIN (SELECT feedback_id, outcome, at FROM deliveries FINAL) AS d
    ON d.feedback_id = f.feedback_id
GROUP BY channel;
