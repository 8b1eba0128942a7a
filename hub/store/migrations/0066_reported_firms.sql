-- The firm that a report names 涉及主体 (docs/registers.md): which entry of the register it is.
-- `hub.registers.firms` fills the first two tables beside the sink, from stored events. The comment of
-- `firm_keys` is the version of the register that it is made of.
CREATE TABLE IF NOT EXISTS firm_keys
(
    key String COMMENT '=name, ~sound of the brand, or two characters of the brand',
    code String COMMENT 'unified social credit code of a firm that has it'
)
ENGINE = MergeTree
ORDER BY (key, code)
SETTINGS index_granularity = 1024;

CREATE TABLE IF NOT EXISTS event_firms
(
    event_id UUID,
    case_id UUID COMMENT 'the case that the report opened or joined; it may be merged since',
    channel LowCardinality(String),
    native_id String COMMENT 'number of the channel; a corrected report has several events',
    received_at DateTime64(3, 'Asia/Shanghai'),
    division_code String,
    grid_code String,
    written String COMMENT 'the name as the report has it',
    verdict LowCardinality(String) COMMENT 'match, unsure, none',
    code String COMMENT 'unified social credit code of a match; empty otherwise',
    points Float32 COMMENT 'evidence for the likeliest firm; 6 and more may be a match',
    evidence Array(String) COMMENT 'the same in words',
    offered Array(String) COMMENT 'codes to choose from, the likeliest first',
    basis LowCardinality(String) COMMENT 'version of the register and of the rules',
    decided_at DateTime64(3, 'Asia/Shanghai'),
    INDEX event_firms_by_case case_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX event_firms_by_code code TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(decided_at)
ORDER BY (received_at, event_id);

-- What a member of the staff chose; it counts before what the hub found, also after the next load.
CREATE TABLE IF NOT EXISTS firm_choices
(
    event_id UUID,
    division_code String,
    grid_code String,
    code String COMMENT 'unified social credit code; empty: none of the register',
    who String COMMENT 'member of the staff',
    at DateTime64(3, 'Asia/Shanghai')
)
ENGINE = ReplacingMergeTree(at)
ORDER BY event_id;
