-- 一格一档 with dwellings, households and institutions. A credit code that begins with 9 is of a firm
-- 市场主体 (GB 32100), every other code of an institution 机构. Households are those of their register
-- if it was loaded, else the codes that people name.
CREATE OR REPLACE VIEW grid_numbers AS
SELECT g.code AS grid_code, g.name AS grid_name, g.division_code AS division_code,
       p.people AS people,
       if((SELECT count() FROM registered_households) > 0, h.households, p.households)
           AS registered_households,
       p.cared_for AS cared_for, p.key_persons AS key_persons,
       d.dwellings AS dwellings, d.rented AS rented,
       f.firms AS firms, f.institutions AS institutions,
       s.premises AS premises, c.open_cases AS open_cases
FROM (SELECT * FROM grids FINAL) AS g
LEFT JOIN (
    SELECT grid_code, count() AS people,
           uniqExactIf(household, household != '') AS households,
           countIf(arrayExists(class -> startsWith(class, 'cared.'), classes)) AS cared_for,
           countIf(arrayExists(class -> startsWith(class, 'key.'), classes)) AS key_persons
    FROM people FINAL WHERE standing = 'current' GROUP BY grid_code
) AS p ON p.grid_code = g.code
LEFT JOIN (
    SELECT grid_code, count() AS households FROM registered_households FINAL
    WHERE standing = 'current' GROUP BY grid_code
) AS h ON h.grid_code = g.code
LEFT JOIN (
    SELECT grid_code, count() AS dwellings, countIf(kind IN ('rented', 'shared')) AS rented
    FROM dwellings FINAL WHERE standing = 'current' GROUP BY grid_code
) AS d ON d.grid_code = g.code
LEFT JOIN (
    SELECT grid_code, countIf(length(code) = 18 AND startsWith(code, '9')) AS firms,
           count() - firms AS institutions
    FROM firms FINAL WHERE standing = 'current' GROUP BY grid_code
) AS f ON f.grid_code = g.code
LEFT JOIN (
    SELECT grid_code, count() AS premises FROM premises FINAL
    WHERE standing = 'current' GROUP BY grid_code
) AS s ON s.grid_code = g.code
LEFT JOIN (
    SELECT grid_code, count() AS open_cases FROM open_cases_kept FINAL
    WHERE NOT is_settled GROUP BY grid_code
) AS c ON c.grid_code = g.code;

CREATE OR REPLACE VIEW dwellings_by_kind AS
SELECT grid_code, any(division_code) AS division_code, kind, count() AS dwellings
FROM dwellings FINAL WHERE standing = 'current' GROUP BY grid_code, kind;

CREATE OR REPLACE VIEW households_by_size AS
SELECT grid_code, any(division_code) AS division_code, members, count() AS households
FROM (
    SELECT h.grid_code AS grid_code, h.division_code AS division_code, p.members AS members
    FROM (
        SELECT code, grid_code, division_code FROM registered_households FINAL
        WHERE standing = 'current'
    ) AS h
    LEFT JOIN (
        SELECT household, count() AS members FROM people FINAL
        WHERE standing = 'current' AND household != '' GROUP BY household
    ) AS p ON p.household = h.code
)
GROUP BY grid_code, members;
