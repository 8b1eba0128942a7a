-- The texts of reports for the search 查找: an index of pairs of characters finds words in Chinese,
-- parts of numbers, and what stands in reports that were merged. A row that is stored twice is found
-- twice, and both lead to the same case; so the table needs no FINAL, which would read all of it.
-- Texts of confidential reports are not in these columns of `events` (0016).
CREATE TABLE IF NOT EXISTS event_texts
(
    event_id UUID,
    received_at DateTime64(3, 'Asia/Shanghai') CODEC(Delta, ZSTD(1)),
    report String COMMENT 'channel/native id',
    reporter_key String COMMENT 'keyed hash that identifies the reporter; empty: none',
    division_code String,
    grid_code String,
    text String CODEC(ZSTD(3)) COMMENT 'number, title, content, places and object, in small letters',
    INDEX by_words text TYPE text(tokenizer = ngrams(2)),
    INDEX by_reporter reporter_key TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(received_at)
ORDER BY (received_at, event_id);

CREATE MATERIALIZED VIEW IF NOT EXISTS event_texts_fed TO event_texts AS
SELECT event_id, received_at, concat(channel, '/', native_id) AS report, reporter_key,
       division_code, grid_code,
       lowerUTF8(concat(native_id, '\n', title, '\n', content, '\n', place_text, '\n', place_name,
                        '\n', object_name)) AS text
FROM events;

INSERT INTO event_texts
SELECT event_id, received_at, concat(channel, '/', native_id), reporter_key, division_code,
       grid_code,
       lowerUTF8(concat(native_id, '\n', title, '\n', content, '\n', place_text, '\n', place_name,
                        '\n', object_name))
FROM events
WHERE (SELECT count() FROM event_texts) = 0;
