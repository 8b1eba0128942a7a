-- Long texts are packed harder, times by their differences. Holds for what is stored from now on, and
-- for the rest as it is merged.
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
