-- The audit is a hash chain 哈希链: the hash of each line covers the hash of the previous line, so a
-- changed or removed line is detected. Every process that writes begins its own chain after the last
-- line that it finds.
ALTER TABLE audit ADD COLUMN IF NOT EXISTS chain String COMMENT 'the chain: one for each process that wrote';
ALTER TABLE audit ADD COLUMN IF NOT EXISTS link UInt64 COMMENT 'number of the line in its chain';
ALTER TABLE audit ADD COLUMN IF NOT EXISTS previous_at DateTime64(3, 'Asia/Shanghai')
    COMMENT 'time of the previous line';
ALTER TABLE audit ADD COLUMN IF NOT EXISTS previous_hash String COMMENT 'hash of the previous line';
ALTER TABLE audit ADD COLUMN IF NOT EXISTS hash String
    COMMENT 'SHA-256 of the previous hash and of all fields of the line';
