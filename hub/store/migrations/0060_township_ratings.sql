-- Departments judged from below 以下评上. A row is the rating of one department on one occasion. It
-- names neither the case nor the member nor the township: two keyed hashes stand for the occasion
-- and the township, and it has no time. So nobody who reads the table learns who rated.
CREATE TABLE IF NOT EXISTS township_ratings
(
    unit LowCardinality(String) COMMENT 'department that is rated',
    month UInt32 COMMENT 'month of the first rating of the occasion, such as 202611',
    occasion String COMMENT 'keyed hash of case, department and the unit that asked',
    township String COMMENT 'keyed hash of the township, another one for each department and year',
    in_time Bool,
    solved Bool,
    grade LowCardinality(String) COMMENT 'good, fair, poor',
    version UInt32 COMMENT 'how often it was rated: the last rating counts'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (unit, month, occasion);

-- The figures of each department after each month of a year. What was published stays.
CREATE TABLE IF NOT EXISTS ratings_published
(
    year UInt16,
    month UInt32 COMMENT 'last month of the figures, such as 202611',
    unit LowCardinality(String) COMMENT 'department',
    through UInt32 COMMENT 'last month of the ratings by townships that are shown; 0: none is shown',
    from_townships Nullable(UInt32) COMMENT 'NULL: too few to be shown, as in the next columns',
    in_time Nullable(Float64),
    solved Nullable(Float64),
    township_score Nullable(Float64) COMMENT 'share of 满意 and 基本满意, each township alike',
    from_citizens Nullable(UInt32) COMMENT 'NULL: too few to be shown',
    citizen_score Nullable(Float64) COMMENT 'share of satisfied citizens',
    township_weight Float64 COMMENT 'weight of the townships in the score, 0 to 1',
    score Nullable(Float64) COMMENT 'NULL: one of the two parts is not shown',
    note String COMMENT 'why a part is not shown'
)
ENGINE = ReplacingMergeTree
ORDER BY (year, month, unit);

CREATE OR REPLACE VIEW department_ratings AS
SELECT p.year AS year, p.unit AS unit, u.name AS unit_name, p.month AS month,
       p.from_townships AS from_townships, p.in_time AS in_time, p.solved AS solved,
       p.township_score AS township_score, p.from_citizens AS from_citizens,
       p.citizen_score AS citizen_score, p.township_weight AS township_weight, p.score AS score,
       p.note AS note
FROM (SELECT * FROM ratings_published FINAL ORDER BY month DESC LIMIT 1 BY year, unit) AS p
LEFT JOIN (SELECT code, name FROM units FINAL) AS u ON u.code = p.unit;
