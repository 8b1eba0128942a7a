-- A case has the route of the partition that owns it. A case that was split off by hand was opened by
-- a command, not by an event, and had no row here. A worker holds open and recently settled cases.
CREATE OR REPLACE VIEW case_routes AS
SELECT body, route, state, updated_at FROM cases FINAL;
