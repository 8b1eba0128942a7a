INSERT INTO complaints(complaint_no, report_time, updated_at, content) VALUES ('K-2', '2026-03-01 06:40:00', '2026-03-02 06:45:00', CAST(x'c1dac0efc2a9cbae' AS TEXT));
INSERT INTO complaints(complaint_no, report_time, updated_at, content) VALUES ('K-3', '2026-03-01 06:40:00', '2026-03-02 06:46:00', '噪声扰民');
