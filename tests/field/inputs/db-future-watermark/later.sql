UPDATE complaints SET updated_at = '2026-03-02 08:00:00', content = '污水直排又来了' WHERE complaint_no = 'K-2';
INSERT INTO complaints(complaint_no, report_time, updated_at, content) VALUES ('K-3', '2026-03-01 06:40:00', '2026-03-02 06:45:00', '噪声扰民');
