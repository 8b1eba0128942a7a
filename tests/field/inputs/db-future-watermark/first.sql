CREATE TABLE complaints(complaint_no TEXT PRIMARY KEY, report_time TEXT, updated_at TEXT, content TEXT);
INSERT INTO complaints(complaint_no, report_time, updated_at, content) VALUES ('K-1', '2026-03-01 06:40:00', '9999-12-31 23:59:59', '废气刺鼻');
INSERT INTO complaints(complaint_no, report_time, updated_at, content) VALUES ('K-2', '2026-03-01 06:40:00', '2026-03-01 06:45:00', '污水直排');
