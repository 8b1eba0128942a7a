-- Reports are found by the full name of their reporter, through a keyed hash of it. Reports that are
-- older have no hash: only their sealed contact has the name (docs/decisions/0041-search-by-name.md).
ALTER TABLE events ADD COLUMN IF NOT EXISTS reporter_name_key String
    COMMENT 'keyed hash of the full name of the reporter; namesakes share it; empty: none';

-- The texts of reports for the search 查找: an index of pairs of characters finds words in Chinese,
-- parts of numbers, and what stands in reports that were merged. A row that is stored twice is found
-- twice, and both lead to the same case; so the table needs no FINAL, which would read all of it.
-- Texts of confidential reports are not in these columns of `events` (0016).
-- Granules have 512 rows: a rare word of a township is in one row of many granules, and each of them
-- is read whole.
CREATE TABLE IF NOT EXISTS event_texts
(
    event_id UUID,
    received_at DateTime64(3, 'Asia/Shanghai') CODEC(Delta, ZSTD(1)),
    report UInt64 COMMENT 'cityHash64 of channel/native id',
    reporter_key String COMMENT 'keyed hash that identifies the reporter; empty: none',
    name_key String COMMENT 'keyed hash of the full name of the reporter; empty: none',
    division_code LowCardinality(String),
    grid_code LowCardinality(String),
    text String CODEC(ZSTD(3)) COMMENT 'number, title, content, places and object, in small letters',
    INDEX by_words text TYPE text(tokenizer = ngrams(2)),
    INDEX by_reporter reporter_key TYPE bloom_filter(0.001) GRANULARITY 16,
    INDEX by_name name_key TYPE bloom_filter(0.001) GRANULARITY 16
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (received_at, event_id)
SETTINGS index_granularity = 512;

CREATE MATERIALIZED VIEW IF NOT EXISTS event_texts_fed TO event_texts AS
SELECT event_id, received_at, cityHash64(concat(channel, '/', native_id)) AS report, reporter_key,
       reporter_name_key AS name_key, division_code, grid_code,
       lowerUTF8(concat(native_id, '\n', title, '\n', content, '\n', place_text, '\n', place_name,
                        '\n', object_name)) AS text
FROM events;

INSERT INTO event_texts
    (event_id, received_at, report, reporter_key, name_key, division_code, grid_code, text)
SELECT event_id, received_at, cityHash64(concat(channel, '/', native_id)), reporter_key,
       reporter_name_key, division_code, grid_code,
       lowerUTF8(concat(native_id, '\n', title, '\n', content, '\n', place_text, '\n', place_name,
                        '\n', object_name))
FROM events
WHERE (SELECT count() FROM event_texts) = 0;
