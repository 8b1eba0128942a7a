-- Filters of the workbench's queues that members have saved for themselves. The newest row of a name
-- counts; a row without an address removes it.
CREATE TABLE IF NOT EXISTS saved_filters
(
    issuer LowCardinality(String) COMMENT 'identity provider of the member; empty: a password',
    member String,
    name String,
    address String COMMENT 'path and query of the queue page; empty: removed',
    at DateTime64(6, 'Asia/Shanghai')
)
ENGINE = ReplacingMergeTree(at)
ORDER BY (issuer, member, name);
