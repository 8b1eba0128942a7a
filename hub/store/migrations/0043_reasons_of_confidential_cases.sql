-- The reason of an assignment may have a dispatcher's own words. Confidential 保密 cases show none in
-- columns that staff may select (0016); `body` has it.
ALTER TABLE cases UPDATE reason = '' WHERE confidential AND reason != '' SETTINGS mutations_sync = 2;
