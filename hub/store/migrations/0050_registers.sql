-- Base registers 台账: people, firms and premises (docs/registers.md). `hub registers load` fills a
-- table beside and exchanges both, so nobody sees a half of a version. Of two rows with one code the
-- one with the higher ordinal counts.
CREATE TABLE IF NOT EXISTS people
(
    code String COMMENT 'keyed hash of the ID number',
    grid_code LowCardinality(String),
    division_code LowCardinality(String),
    household String COMMENT 'code of the household',
    classes Array(LowCardinality(String)) COMMENT 'key.… or cared.…',
    standing LowCardinality(String) COMMENT 'current, left, dead',
    until Nullable(Date) COMMENT 'day of the move or death',
    sealed String COMMENT 'ID number, name, address, phone; sealed',
    ordinal UInt64 COMMENT 'number in its load; 0: of an earlier load'
)
ENGINE = ReplacingMergeTree(ordinal)
ORDER BY code;

CREATE TABLE IF NOT EXISTS firms
(
    code String COMMENT 'unified social credit code, GB 32100',
    name String,
    kind LowCardinality(String) COMMENT '企业, 个体工商户 …',
    industry LowCardinality(String),
    address String,
    grid_code LowCardinality(String),
    division_code LowCardinality(String),
    standing LowCardinality(String) COMMENT 'current, left',
    until Nullable(Date) COMMENT 'day on which it closed',
    sealed String COMMENT 'contact and phone; sealed',
    ordinal UInt64 COMMENT 'number in its load; 0: of an earlier load'
)
ENGINE = ReplacingMergeTree(ordinal)
ORDER BY code;

CREATE TABLE IF NOT EXISTS premises
(
    code String COMMENT 'by the numbering of the city',
    name String,
    kind LowCardinality(String) COMMENT '学校, 工地, 消火栓 …',
    address String,
    lon Nullable(Float64) COMMENT 'degrees, WGS-84',
    lat Nullable(Float64) COMMENT 'degrees, WGS-84',
    grid_code LowCardinality(String),
    division_code LowCardinality(String),
    standing LowCardinality(String) COMMENT 'current, left',
    until Nullable(Date) COMMENT 'day on which it closed',
    sealed String COMMENT 'contact and phone; sealed',
    ordinal UInt64 COMMENT 'number in its load; 0: of an earlier load'
)
ENGINE = ReplacingMergeTree(ordinal)
ORDER BY code;

-- A line is written just before its version comes into use. The comment of a register's table is
-- the number of the version that is in use.
CREATE TABLE IF NOT EXISTS register_versions
(
    register LowCardinality(String) COMMENT 'people, firms, premises',
    version UInt64,
    at DateTime64(3, 'Asia/Shanghai'),
    who String COMMENT 'system account of whoever ran the command',
    way LowCardinality(String) COMMENT 'full, changes',
    files Array(String),
    digests Array(String) COMMENT 'SHA-256 of each file',
    entries UInt64 COMMENT 'entries after it, also those that do not count any more',
    added UInt64,
    changed UInt64,
    removed UInt64,
    noted UInt64 COMMENT 'notes: what was mended or left out',
    refused UInt64 COMMENT 'rows with a fault that were not loaded'
)
ENGINE = ReplacingMergeTree
ORDER BY (register, version);
