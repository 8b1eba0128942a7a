-- Stronger compression of long texts; times are stored as differences. It applies to new data, and to
-- stored data when its parts are merged.
ALTER TABLE events MODIFY COLUMN content String CODEC(ZSTD(3));
ALTER TABLE events MODIFY COLUMN native String CODEC(ZSTD(3));
ALTER TABLE events MODIFY COLUMN words String CODEC(ZSTD(3));
ALTER TABLE events MODIFY COLUMN received_at DateTime64(3, 'Asia/Shanghai') CODEC(Delta, ZSTD(1));
ALTER TABLE events MODIFY COLUMN occurred_at DateTime64(3, 'Asia/Shanghai') CODEC(Delta, ZSTD(1));
ALTER TABLE cases MODIFY COLUMN body String CODEC(ZSTD(3));
ALTER TABLE cases MODIFY COLUMN content String CODEC(ZSTD(3));
ALTER TABLE case_events MODIFY COLUMN data String CODEC(ZSTD(3));
ALTER TABLE case_events MODIFY COLUMN reason String CODEC(ZSTD(3));
ALTER TABLE dispositions MODIFY COLUMN body String CODEC(ZSTD(3));
ALTER TABLE feedback MODIFY COLUMN body String CODEC(ZSTD(3));
ALTER TABLE rejected MODIFY COLUMN body String CODEC(ZSTD(3));
