"""A synthetic year in the store 造数: rows like those of the sink, generated inside the engine.

There are a fifth as many cases as events, and up to six entries a case, as in a county's year. They
are spread over days, units, grids, categories and channels. Service items, projects and tasks are
beside them. No row belongs to a real person.
"""

from collections.abc import Iterator

SALT = "cityHash64({}, {})"
NOW = "toDateTime64('{now}', 3, 'Asia/Shanghai')"
YEAR = 365 * 86400
ITEMS, PROJECTS, TASKS = 50_000, 2_000, 3_000
"""Service items, projects and tasks of the year."""
PLACE = (
    "concat(['人民路','解放路','朝阳北路','滨江大道','文昌街','幸福里'][1 + cityHash64(number, 3) % 6],"
    " toString(cityHash64(number, 20) % 800), '号')"
)
OPEN_SHARE = 33
"""One case of this many is open: the cases of the last eleven days or so."""
CHANNELS = (
    "['hotline_12345','wechat_official','police_110','petition_letters','leader_board',"
    "'mayor_mailbox','consumer_12315','environment_12369','transport_12328','labour_12333',"
    "'urban_12319','governance_platform','open311','grid_patrol']"
)
WORDS = (
    "['小区东门外的路灯不亮已经一周，晚上出行很不安全','楼下餐馆油烟直排，影响居民生活',"
    "'垃圾清运不及时，夏天异味很大','施工工地夜间噪声扰民','自来水管破裂，路面积水',"
    "'公司拖欠三个月工资','道路坑洼，电动车摔倒','邻里因停车位争吵']"
)


def statements(now: str, events: int) -> Iterator[tuple[str, str]]:
    """Yield (table, INSERT statement) for `events` events; `now` is like `2026-11-26 12:00:00`."""
    now_ = NOW.format(now=now)
    cases = events // 5
    grids = "(SELECT groupArray((code, division_code)) FROM grids FINAL)"
    units = "(SELECT groupArray((code, tier)) FROM units FINAL)"
    leaves = "['facility.streetlight','environment.air','environment.garbage','environment.noise','facility.water','labour.wages','facility.road','dispute.neighbour']"
    # Row n is event n. Events 5k to 5k + 4 belong to case k; the first of them opens it.
    at = f"({now_} - toIntervalMillisecond(toUInt64((1 - number / {events}) * {YEAR}) * 1000 + cityHash64(number) % 1000))"
    uuid = "toUUID(UUIDNumToString(reinterpretAsFixedString(sipHash128({}, {}))))"
    event, case, entry = uuid.format("number", "'e'"), uuid.format("{}", "'c'"), uuid
    parts = 10
    for part in range(parts):
        low, high = events * part // parts, events * (part + 1) // parts
        span = f"numbers({low}, {high - low})"
        yield (
            "events",
            f"""
INSERT INTO events (event_id, receipt_id, channel, native_id, revision, kind, occurred_at,
    received_at, stored_at, reporter_key, reporter_masked, reporter_sealed, place_text, place_name,
    division_code, grid_code, route, category, title, content, urgency, tracking, worker, household,
    native)
SELECT {event}, {event}, ({CHANNELS})[1 + cityHash64(number, 1) % 14] AS ch,
       concat('N', toString(number)), '0',
       multiIf(ch = 'grid_patrol', ['patrol_check','visit','report'][1 + cityHash64(number, 9) % 3],
               number % 5 < 3, 'report', number % 5 = 3, 'follow_up', 'evaluation'),
       {at}, {at}, {at} + toIntervalMillisecond(700), hex(cityHash64(number, 2) % 900000), '张* 138****0000',
       base64Encode(randomString(120)), '清河县某街道', {PLACE},
       g.2, g.1, substring(g.2, 1, 9), ({leaves})[1 + cityHash64(intDiv(number, 5), 4) % 8],
       ({WORDS})[1 + cityHash64(intDiv(number, 5), 4) % 8],
       concat(({WORDS})[1 + cityHash64(intDiv(number, 5), 4) % 8], '，请有关部门处理。编号', toString(number)),
       'normal', hex(cityHash64(number, 6)), if(ch = 'grid_patrol', concat('W', toString(cityHash64(number, 7) % 60)), ''), '',
       '{{}}'
FROM (SELECT number, ({grids})[1 + cityHash64(intDiv(number, 5), 8) % length({grids})] AS g FROM {span})""",
        )
        yield (
            "receipts",
            f"""
INSERT INTO receipts (receipt_id, channel, received_at, size, event_ids, rejected_ids, duplicates, skipped)
SELECT {event}, ({CHANNELS})[1 + cityHash64(number, 1) % 14], {at}, 600, [{event}], [], 0, 0 FROM {span}""",
        )
        yield (
            "dispositions",
            f"""
INSERT INTO dispositions (event_id, receipt_id, channel, route, outcome, case_id, case_event_ids, at, body)
SELECT {event}, {event}, ({CHANNELS})[1 + cityHash64(number, 1) % 14], '429999001',
       ['opened','merged','merged','followed','evaluated'][1 + number % 5], {case.format("intDiv(number, 5)")},
       [{entry.format("intDiv(number, 5) * 6 + number % 5", "'k'")}], {at}, concat(repeat('{{"case_event_id":"0000","move":"merge"}}', 5), randomPrintableASCII(60))
FROM {span}""",
        )
    times = f"({now_} - toIntervalSecond(toUInt64((1 - number / {cases}) * {YEAR})))"
    open_ = f"number > {cases} - {cases} / {OPEN_SHARE}"
    life = "['assign','accept','follow_up','resolve','evaluate']"
    states = "['assigned','accepted','accepted','resolved','closed']"
    for part in range(parts):
        low, high = cases * part // parts, cases * (part + 1) // parts
        span = f"numbers({low}, {high - low})"
        drawn = f"""(SELECT number, ({grids})[1 + cityHash64(number, 8) % length({grids})] AS g,
            ({units})[1 + cityHash64(number, 11) % length({units})] AS u, {times} AS opened,
            {open_} AS still FROM {span})"""
        yield (
            "cases",
            f"""
INSERT INTO cases (case_id, seq, state, opened_at, updated_at, title, content, category, urgency,
    division_code, grid_code, route, place_name, unit, tier, reason, reports, channels, native_ids,
    due_at, accepted_at, settled_at, settled_tier, supervision, evaluated, responded, settled, satisfied, body)
SELECT {case.format("number")}, 6, if(still, ['triage','assigned','accepted','handling'][1 + cityHash64(number, 12) % 4], 'closed'),
       opened, opened, ({WORDS})[1 + cityHash64(number, 4) % 8], ({WORDS})[1 + cityHash64(number, 4) % 8],
       ({leaves})[1 + cityHash64(number, 4) % 8], 'normal', g.2, g.1, substring(g.2, 1, 9),
       {PLACE}, u.1, u.2, '规则 R12', 3, ['hotline_12345','wechat_official'],
       [concat('hotline_12345/N', toString(number * 5)), concat('wechat_official/N', toString(number * 5 + 1))],
       opened + toIntervalDay(7), opened + toIntervalHour(3), if(still, NULL, opened + toIntervalDay(1 + cityHash64(number, 13) % 9)),
       if(still, '', multiIf(cityHash64(number, 14) % 10 < 6, 'village', cityHash64(number, 14) % 10 < 9, 'township', 'county')),
       ['','yellow','red'][1 + cityHash64(number, 15) % 3], NOT still, NOT still, NOT still, cityHash64(number, 16) % 10 > 0,
       concat('{{"confidential":false,"reports":"', repeat('{{"channel":"hotline_12345","native_id":"N"}}', 30), randomPrintableASCII(200), '"}}')
FROM {drawn}""",
        )
        yield (
            "case_events",
            f"""
INSERT INTO case_events (case_event_id, case_id, seq, move, at, state, cause, channel, actor, reason,
    data, unit, grid_code, division_code, due_at, accept_by, evaluation)
SELECT {entry.format("number * 6 + k", "'k'")}, {case.format("number")}, k + 1,
       if(k = 0, 'open', ({life})[k]), opened + toIntervalHour(k * 5), if(k = 0, 'received', ({states})[k]),
       {uuid.format("number * 5", "'e'")}, 'hotline_12345', 'hub', '规则 R12 按区划派单', '{{}}', if(k = 0, '', u.1), g.1, g.2,
       opened + toIntervalHour(13 + cityHash64(number, 17) % 160), opened + toIntervalHour(5 + cityHash64(number, 18) % 20) - 3600,
       if(k = 5, concat('{{"responded":true,"settled":', if(cityHash64(number, 19) % 20 > 0, 'true', 'false'), ',"satisfied":', if(cityHash64(number, 16) % 10 > 0, 'true', 'false'), '}}'), '')
FROM {drawn} ARRAY JOIN range(if(still, 3, 6)) AS k""",
        )
        yield (
            "feedback",
            f"""
INSERT INTO feedback (feedback_id, case_id, channel, native_id, event_id, state, text, at, move, seq, unit, body)
SELECT {entry.format("number * 6 + k", "'f'")}, {case.format("number")}, 'hotline_12345', concat('N', toString(number * 5)),
       {uuid.format("number * 5", "'e'")}, 'accepted', '您反映的事项已受理', opened + toIntervalHour(k * 5),
       ['accept','resolve'][k], k, u.1, '{{}}'
FROM {drawn} ARRAY JOIN [1, 2] AS k""",
        )
        yield (
            "deliveries",
            f"""
INSERT INTO deliveries (feedback_id, case_id, event_id, channel, native_id, move, outcome, way, attempts, at, proof, reason)
SELECT {entry.format("number * 6 + k", "'f'")}, {case.format("number")}, {uuid.format("number * 5", "'e'")}, 'hotline_12345',
       concat('N', toString(number * 5)), ['accept','resolve'][k], 'delivered', 'http', 1, opened + toIntervalHour(k * 5), '200', ''
FROM {drawn} ARRAY JOIN [1, 2] AS k""",
        )
    yield from _besides(now_)


def _besides(now: str) -> Iterator[tuple[str, str]]:
    """Yield the statements of service items, projects with their money, and tasks."""
    uuid = "toUUID(UUIDNumToString(reinterpretAsFixedString(sipHash128({}, {}))))"
    units = "(SELECT groupArray((code, tier, area)) FROM units FINAL)"
    grids = "(SELECT groupArray((code, division_code)) FROM grids FINAL)"
    begun = f"({now} - toIntervalSecond(toUInt64((1 - number / {{}}) * {YEAR})))"
    # One item in ten has no decision yet; one in twenty had a correction.
    yield (
        "events",
        f"""
INSERT INTO events (event_id, receipt_id, channel, native_id, revision, kind, occurred_at,
    received_at, stored_at, division_code, grid_code, route, title, tracking, service)
SELECT {uuid.format("concat(toString(number), stage)", "'s'")}, {uuid.format("number", "'s'")},
       'service_items', concat('S', toString(number)), stage, 'service_stage',
       {begun.format(ITEMS)} + toIntervalDay(place * 2) AS at, at, at, g.2, g.1,
       substring(g.2, 1, 9), '社保卡补换', hex(cityHash64(number, 31)),
       concat('{{"item_code":"S-', toString(number % 300), '","item_name":"事项', toString(number % 300),
              '","stage":"', stage, '","promised_days":5,"department":"人社局","unit":"', u.1, '"}}')
FROM
(
    SELECT number, ({grids})[1 + cityHash64(number, 32) % length({grids})] AS g,
           ({units})[1 + cityHash64(number, 33) % length({units})] AS u,
           arrayConcat(['applied', 'accepted'], if(number % 20 = 0, ['correction', 'corrected'], []),
                       if(number % 10 > 0, ['decided'], [])) AS stages
    FROM numbers({ITEMS})
)
ARRAY JOIN stages AS stage, arrayEnumerate(stages) AS place""",
    )
    kinds = "['registered','money','stage','money','stage','planned']"
    yield (
        "project_records",
        f"""
INSERT INTO project_records (code, seq, record_id, kind, at, actor, unit, division_code, number, name,
    project_class, budget, stage, due, source, amount, planned_sources, planned_amounts, body)
SELECT concat('P', toString(number)), place, {uuid.format("number * 10 + place", "'p'")}, kind,
       {begun.format(PROJECTS)} + toIntervalDay(place * 9) AS at, '村委会', g.1, g.2, toString(number),
       concat('道路硬化', toString(number)), ['road','water','facility'][1 + number % 3],
       if(place = 1, 480000, 0), ['proposed','','agreed','','approved',''][place] AS stage,
       if(stage = '', NULL, toDate(at) + 20), if(kind = 'money', 'subsidy', ''),
       if(kind = 'money', 50000, 0), if(kind = 'planned', ['subsidy','collective'], []),
       if(kind = 'planned', [200000, 100000], []), '{{}}'
FROM (SELECT number, ({grids})[1 + cityHash64(number, 34) % length({grids})] AS g FROM numbers({PROJECTS}))
ARRAY JOIN {kinds} AS kind, arrayEnumerate({kinds}) AS place""",
    )
    yield (
        "tasks",
        f"""
INSERT INTO tasks (task_id, department, paper, title, kind, tier, receivers, handed_at, ruling, reason,
    registered_by, registered_at, version)
SELECT {uuid.format("number", "'t'")}, u.1, toString(number), concat('台账', toString(number)),
       ['form','meeting','inspection','campaign'][1 + number % 4], 'village', 40,
       toStartOfDay({begun.format(TASKS)}) AS handed, ['admitted','admitted','refused','to_county'][1 + number % 4],
       '清单', '办公室', handed, handed
FROM (SELECT number, ({units})[1 + cityHash64(number, 35) % length({units})] AS u FROM numbers({TASKS}))""",
    )
