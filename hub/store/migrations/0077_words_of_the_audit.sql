-- A list of all actions in this comment would need a migration for each new one.
ALTER TABLE audit COMMENT COLUMN IF EXISTS what
    'what somebody did or was refused, such as login, contacts, command_refused; the page of the overview in the documentation lists all';
