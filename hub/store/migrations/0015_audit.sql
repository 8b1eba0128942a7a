-- Who looked at whom, and what was done on the overview 审计. Nothing is ever taken out of it here.
CREATE TABLE IF NOT EXISTS audit
(
    at DateTime64(3, 'Asia/Shanghai'),
    who String,
    role LowCardinality(String),
    unit String,
    what LowCardinality(String) COMMENT 'login, login_failed, logout, contacts, command, export',
    case_id Nullable(UUID),
    detail String COMMENT 'purpose of a look, move of a command, filter of an export',
    address String
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(at)
ORDER BY at;
