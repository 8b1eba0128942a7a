-- Name and point of the place of a confidential 保密 report, or of its case, are in no column that
-- staff may select: a name may lead to the person as the words do. `words` of `events` and `body` of
-- `cases` have them. The codes of area and grid stay, by which a case is assigned and counted.
ALTER TABLE events UPDATE
    words = if(length(words) > 2,
               concat(substring(words, 1, length(words) - 1),
                      ',"place_name":', toJSONString(place_name),
                      ',"lon":', ifNull(toString(lon), 'null'),
                      ',"lat":', ifNull(toString(lat), 'null'), '}'),
               words),
    place_name = '保密', lon = NULL, lat = NULL
WHERE confidential AND place_name != '保密' SETTINGS mutations_sync = 2;

ALTER TABLE cases UPDATE place_name = '保密', lon = NULL, lat = NULL
WHERE confidential AND place_name != '保密' SETTINGS mutations_sync = 2;

ALTER TABLE open_cases_kept UPDATE place_name = '保密', lon = NULL, lat = NULL
WHERE confidential AND place_name != '保密' SETTINGS mutations_sync = 2;

ALTER TABLE settled_cases_kept UPDATE place_name = '保密', lon = NULL, lat = NULL
WHERE confidential AND place_name != '保密' SETTINGS mutations_sync = 2;

-- The search finds them by their number at the channel only; it is the first line of the text.
ALTER TABLE event_texts UPDATE text = concat(splitByChar('\n', text)[1], '\n保密件')
WHERE event_id IN (SELECT event_id FROM events WHERE confidential) SETTINGS mutations_sync = 2;
