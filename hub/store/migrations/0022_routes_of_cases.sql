-- A case knows whose partition owns it. One that was split off by hand was opened by a command, not
-- by an event, and had no row here. A worker holds what is open, and what was settled lately.
CREATE OR REPLACE VIEW case_routes AS
SELECT body, route, state, updated_at FROM cases FINAL;
