-- 一格一档: what each grid has by the registers, and its open cases. Confidential cases count, as in
-- every number; entries that moved, closed or died do not.
CREATE OR REPLACE VIEW grid_numbers AS
SELECT g.code AS grid_code, g.name AS grid_name, g.division_code AS division_code,
       p.people AS people, p.registered_households AS registered_households,
       p.cared_for AS cared_for, p.key_persons AS key_persons,
       f.firms AS firms, s.premises AS premises, c.open_cases AS open_cases
FROM (SELECT * FROM grids FINAL) AS g
LEFT JOIN (
    SELECT grid_code, count() AS people,
           uniqExactIf(household, household != '') AS registered_households,
           countIf(arrayExists(class -> startsWith(class, 'cared.'), classes)) AS cared_for,
           countIf(arrayExists(class -> startsWith(class, 'key.'), classes)) AS key_persons
    FROM people FINAL WHERE standing = 'current' GROUP BY grid_code
) AS p ON p.grid_code = g.code
LEFT JOIN (
    SELECT grid_code, count() AS firms FROM firms FINAL
    WHERE standing = 'current' GROUP BY grid_code
) AS f ON f.grid_code = g.code
LEFT JOIN (
    SELECT grid_code, count() AS premises FROM premises FINAL
    WHERE standing = 'current' GROUP BY grid_code
) AS s ON s.grid_code = g.code
LEFT JOIN (
    SELECT grid_code, count() AS open_cases FROM open_cases_kept FINAL
    WHERE NOT is_settled GROUP BY grid_code
) AS c ON c.grid_code = g.code;

CREATE OR REPLACE VIEW people_by_class AS
SELECT grid_code, any(division_code) AS division_code, class, count() AS people
FROM people FINAL ARRAY JOIN classes AS class
WHERE standing = 'current' GROUP BY grid_code, class;

CREATE OR REPLACE VIEW premises_by_kind AS
SELECT grid_code, any(division_code) AS division_code, kind, count() AS premises
FROM premises FINAL WHERE standing = 'current' GROUP BY grid_code, kind;
