-- The audit is a chain 哈希链: each line has the hash of the line before it in its own, so that none
-- is changed or taken out unnoticed. Every process that writes begins a chain of its own after the
-- last line that it finds.
ALTER TABLE audit ADD COLUMN IF NOT EXISTS chain String COMMENT 'the chain: one for each process that wrote';
ALTER TABLE audit ADD COLUMN IF NOT EXISTS link UInt64 COMMENT 'number of the line in its chain';
ALTER TABLE audit ADD COLUMN IF NOT EXISTS previous_at DateTime64(3, 'Asia/Shanghai')
    COMMENT 'time of the line before';
ALTER TABLE audit ADD COLUMN IF NOT EXISTS previous_hash String COMMENT 'its hash';
ALTER TABLE audit ADD COLUMN IF NOT EXISTS hash String
    COMMENT 'SHA-256 of the hash before and of all that the line says';
