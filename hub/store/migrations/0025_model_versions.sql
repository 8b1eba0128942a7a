-- The version of the model that classified the text of a report. The versions of rules and models of
-- a decision stand in the data of its entry.
ALTER TABLE events ADD COLUMN IF NOT EXISTS category_version LowCardinality(String)
    COMMENT 'version of the model that classified the text; empty: none did';

ALTER TABLE audit COMMENT COLUMN IF EXISTS what
    'login, login_failed, login_refused, logout, password, password_failed, token_failed, contacts, contacts_refused, command, command_refused, case_refused, export, audit_refused, sql_refused, models, place_name';
