-- Refusals are audited too 拒绝留痕: the person and the action, never the protected data.
ALTER TABLE audit COMMENT COLUMN IF EXISTS what
    'login, login_failed, login_refused, logout, password, password_failed, token_failed, contacts, contacts_refused, command, command_refused, case_refused, export, audit_refused, sql_refused';
ALTER TABLE audit COMMENT COLUMN IF EXISTS detail
    'purpose of a look, move of a command, filter of an export, what was refused; "… more within a minute" counts repeated refusals';
