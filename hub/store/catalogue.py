"""Catalogue of the store 数据目录: every table and view, what a row is, and an example query."""

from enum import StrEnum
from typing import NamedTuple


class Theme(StrEnum):
    """Sections of the documentation."""

    RECEIVED = "收到的每一件"
    CASES = "事项"
    ASSESSMENT = "工作考核"
    LISTS = "减负清单"
    PROJECTS = "村居项目"
    DELIBERATIONS = "议事"
    ROUNDS = "巡查走访、微心愿与服务事项"
    FEEDBACK = "反馈"
    REGISTERS = "台账"
    INNER = "内部"


class Relation(NamedTuple):
    """One table or view: its theme, what a row is, and a question as an example."""

    theme: Theme
    row: str
    ask: str = ""


DATA: dict[str, Relation] = {
    "accounting": Relation(
        Theme.RECEIVED,
        "a channel: all that it sent, and the outcome of each part; the parts add up",
        "SELECT channel, received, events, merged, rejected FROM accounting",
    ),
    "events": Relation(
        Theme.RECEIVED,
        "one fact of a channel (诉求、催办、回访、巡查…), masked; a fact that comes twice"
        " is one row, the first",
        "SELECT channel, count() FROM events WHERE received_at >= today() GROUP BY channel",
    ),
    "receipts": Relation(
        Theme.RECEIVED,
        "one received message: the events and rejects in it",
        "SELECT * FROM receipts WHERE has(event_ids, toUUID('…'))",
    ),
    "rejected": Relation(
        Theme.RECEIVED, "one part that is no event, with reason and position; sealed"
    ),
    "rejections": Relation(
        Theme.RECEIVED,
        "the same without the sealed bytes, with whether it was replayed and is now accepted",
        "SELECT reason, count() FROM rejections WHERE NOT mended GROUP BY reason",
    ),
    "dispositions": Relation(
        Theme.RECEIVED,
        "the outcome of one event: opened a case, joined one, followed, noted, orphaned",
    ),
    "arrivals": Relation(
        Theme.RECEIVED,
        "a quarter of an hour, channel, kind and place: the number of facts, and the seconds"
        " until they were stored; a fact that comes again later counts again",
        "SELECT channel, sum(events) FROM arrivals WHERE day = today() GROUP BY channel",
    ),
    "events_by_channel": Relation(Theme.RECEIVED, "a day, channel and kind: how many events"),
    "events_by_grid": Relation(
        Theme.RECEIVED, "a day, village, grid and category: how many events"
    ),
    "sink_faults": Relation(
        Theme.RECEIVED,
        "a record that no table takes, with its bytes",
        "SELECT topic, detail FROM sink_faults ORDER BY at DESC",
    ),
    "cases": Relation(
        Theme.CASES,
        "one case as it stands; a confidential one shows no words",
        "SELECT unit, count() FROM cases WHERE state = 'handling' GROUP BY unit",
    ),
    "case_events": Relation(
        Theme.CASES,
        "one entry of a case's life: move, reason, who, the unit and deadline after it",
        "SELECT seq, move, at, reason FROM case_events WHERE case_id = toUUID('…') ORDER BY seq",
    ),
    "open_cases": Relation(
        Theme.CASES,
        "one case that is not settled, and whether it is overdue",
        "SELECT unit, count() FROM open_cases WHERE overdue GROUP BY unit",
    ),
    "open_cases_by_unit": Relation(Theme.CASES, "a unit: its open and overdue cases"),
    "cases_by_channel": Relation(Theme.CASES, "a channel: the cases that it reported first"),
    "case_times": Relation(Theme.CASES, "a day, category and unit: time to accept and to settle"),
    "suggestions": Relation(
        Theme.CASES,
        "two cases that may be one matter; a person decides",
        "SELECT * FROM suggestions ORDER BY worth DESC",
    ),
    "whistles": Relation(
        Theme.CASES, "a department that was whistled for: until when it had to report, when it did"
    ),
    "command_outcomes": Relation(Theme.CASES, "one command: done, or why it was refused"),
    "assessed": Relation(
        Theme.ASSESSMENT,
        "one occasion that is assessed, and whether it went well (../assessment.md)",
        "SELECT * FROM assessed WHERE figure = 'settlement' AND NOT good",
    ),
    "assessment_by_unit": Relation(Theme.ASSESSMENT, "a figure, month and unit"),
    "assessment_by_grid": Relation(Theme.ASSESSMENT, "a figure, month and grid"),
    "assessment_by_township": Relation(Theme.ASSESSMENT, "a figure, month and township"),
    "assessment_by_worker": Relation(Theme.ASSESSMENT, "a month and grid worker: found, settled"),
    "assessment_by_unit_year": Relation(
        Theme.ASSESSMENT, "a unit's year, all figures side by side 年终考核表"
    ),
    "worker_reports": Relation(
        Theme.ASSESSMENT, "one report or wish of a grid worker, and its case"
    ),
    "evaluations": Relation(Theme.ASSESSMENT, "the last evaluation of one settlement of a case"),
    "department_ratings": Relation(
        Theme.ASSESSMENT,
        "a department and year: its ratings by townships and citizens (../ratings.md)",
        "SELECT unit_name, score FROM department_ratings WHERE year = 2026 ORDER BY score DESC",
    ),
    "ratings_published": Relation(
        Theme.ASSESSMENT, "the same after each month, as it was published"
    ),
    "case_entries": Relation(
        Theme.ASSESSMENT, "an entry with the unit and time limit of the entry before it"
    ),
    "share_631": Relation(
        Theme.ASSESSMENT, "a month and township: share settled in village, township, county"
    ),
    "share_631_drift": Relation(
        Theme.ASSESSMENT, "the same with the grid's share, and the change against the month before"
    ),
    "duties": Relation(
        Theme.ROUNDS,
        "one thing due by a plan: by whom, until when, done, missed or open (../patrols.md)",
        "SELECT worker, count() FROM duties WHERE outcome = 'missed' GROUP BY worker",
    ),
    "coverage_by_grid": Relation(Theme.ROUNDS, "a plan's period and grid: due, done, missed, open"),
    "coverage_by_worker": Relation(Theme.ROUNDS, "a plan's period and grid worker"),
    "coverage_by_township": Relation(Theme.ROUNDS, "a plan's period and township"),
    "patrols": Relation(Theme.ROUNDS, "a day, grid and worker: checks, visits, what was found"),
    "service_items": Relation(
        Theme.ROUNDS,
        "one service item 办件 as it stands: stage, promise, working days, supervision"
        " (../channels/service_items.md)",
        "SELECT department, count() FROM service_items WHERE supervision != '' GROUP BY department",
    ),
    "service_stages": Relation(
        Theme.ROUNDS,
        "one stage of a service item, as it was last sent",
        "SELECT stage, at, note FROM service_stages WHERE number = '…' ORDER BY at",
    ),
    "service_items_late": Relation(
        Theme.ROUNDS, "a service item that is past its promise and not stopped"
    ),
    "service_items_by_month": Relation(
        Theme.ROUNDS, "a month and item: how many were done, median working days, share on time"
    ),
    "duty_records": Relation(Theme.ROUNDS, "a record of one duty on duties.v1"),
    "wishes": Relation(
        Theme.ROUNDS,
        "one wish: ordered, dispatched, taken or done (../wishes.md)",
        "SELECT * FROM wishes WHERE stage = 'dispatched'",
    ),
    "wishes_by_village": Relation(Theme.ROUNDS, "a month and village: wishes by stage"),
    "wishes_by_volunteer": Relation(Theme.ROUNDS, "a volunteer: wishes taken and done"),
    "certificate_reports": Relation(
        Theme.LISTS,
        "a month, certificate, what reports say about it, and the unit of their cases"
        " (../lists.md)",
        "SELECT certificate, sum(reports) FROM certificate_reports WHERE status = 'cancelled'"
        " GROUP BY certificate",
    ),
    "tasks": Relation(
        Theme.LISTS,
        "one task that a department hands down: admitted, refused or waiting for the county",
        "SELECT title, reason FROM tasks WHERE ruling = 'refused' ORDER BY handed_at DESC",
    ),
    "burdens": Relation(
        Theme.LISTS,
        "a month, department and kind of task: handed down, admitted, refused, and the load",
        "SELECT department_name, sum(load) FROM burdens WHERE month = toStartOfMonth(today())"
        " GROUP BY department_name",
    ),
    "burdens_by_month": Relation(Theme.LISTS, "a month: all tasks, and the burden index"),
    "projects": Relation(
        Theme.PROJECTS,
        "one project as it stands: stage, due day, supervision (yellow, red, up), money (../projects.md)",
        "SELECT code, name, stage, days_late FROM projects WHERE supervision = 'up'",
    ),
    "project_stages": Relation(
        Theme.PROJECTS,
        "a stage that a project is or was in: when it began and ended, when it was due",
        "SELECT stage, avg(days_late) FROM project_stages GROUP BY stage",
    ),
    "project_stages_overdue": Relation(
        Theme.PROJECTS, "a project whose present stage is overdue, and by how many days"
    ),
    "project_money": Relation(
        Theme.PROJECTS,
        "an amount that a project has received; no row has the name of a donor who wants none",
        "SELECT source, sum(amount) FROM project_money GROUP BY source",
    ),
    "project_funding": Relation(
        Theme.PROJECTS,
        "a project and source of money: how much is planned, and how much it has received",
        "SELECT source, sum(planned), sum(raised) FROM project_funding GROUP BY source",
    ),
    "projects_by_township": Relation(
        Theme.PROJECTS, "a township and class: projects, finished, overdue, budget and money"
    ),
    "project_reports": Relation(Theme.PROJECTS, "a report that is about a project"),
    "project_reports_fed": Relation(Theme.INNER, "what fills `project_reports`"),
    "project_entries": Relation(Theme.PROJECTS, "a record of a project that counts"),
    "project_records": Relation(Theme.PROJECTS, "a record of a project on projects.v1"),
    "deliberations": Relation(
        Theme.DELIBERATIONS,
        "one topic as it stands: step, due day, supervision, meeting, votes (../deliberation.md)",
        "SELECT title, step, attended, entitled, result FROM deliberations WHERE state = 'open'",
    ),
    "deliberation_steps": Relation(
        Theme.DELIBERATIONS,
        "a step that a deliberation is or was in: when it began and ended, when it was due",
        "SELECT step, avg(days_late) FROM deliberation_steps GROUP BY step",
    ),
    "deliberation_steps_overdue": Relation(
        Theme.DELIBERATIONS, "a deliberation whose present step is overdue, and by how many days"
    ),
    "deliberation_cases": Relation(Theme.DELIBERATIONS, "a case that belongs to a deliberation"),
    "deliberations_by_township": Relation(
        Theme.DELIBERATIONS,
        "a township: deliberations, adopted, rejected, finished, overdue, objections",
    ),
    "deliberation_reports": Relation(Theme.DELIBERATIONS, "a report that is about a deliberation"),
    "deliberation_reports_fed": Relation(Theme.INNER, "what fills `deliberation_reports`"),
    "deliberation_entries": Relation(Theme.DELIBERATIONS, "a record of a deliberation that counts"),
    "deliberation_records": Relation(
        Theme.DELIBERATIONS, "a record of a deliberation on deliberations.v1"
    ),
    "visits_by_class": Relation(
        Theme.ROUNDS,
        "a grid, class of people and plan: how many were visited in this period, how many are due"
        " or overdue; of fewer than five people only their number",
        "SELECT class, sum(people), sum(overdue) FROM visits_by_class GROUP BY class",
    ),
    "visits_by_township": Relation(
        Theme.ROUNDS, "the same of a township, class of people and plan", ""
    ),
    "visits_by_grid": Relation(
        Theme.ROUNDS,
        "a grid and its worker: how many cared-for people have been visited in every period that"
        " concerns them, and how many are due or overdue",
        "SELECT worker, sum(overdue) FROM visits_by_grid GROUP BY worker",
    ),
    "feedback": Relation(Theme.FEEDBACK, "one thing that a channel is to tell its citizen"),
    "deliveries": Relation(
        Theme.FEEDBACK,
        "the end of one feedback: delivered with its proof, not wanted, or given up",
        "SELECT * EXCEPT (proof) FROM deliveries WHERE native_id = '…'",
    ),
    "feedback_open": Relation(Theme.FEEDBACK, "one feedback that is not delivered yet, or dead"),
    "feedback_by_channel": Relation(Theme.FEEDBACK, "a channel: delivered, waiting, given up"),
    "areas": Relation(Theme.REGISTERS, "an administrative division"),
    "grids": Relation(Theme.REGISTERS, "a grid"),
    "units": Relation(Theme.REGISTERS, "an office that handles cases"),
    "workers": Relation(Theme.REGISTERS, "a grid worker's time in a grid"),
    "households": Relation(Theme.REGISTERS, "a household, by code"),
    "plans": Relation(Theme.REGISTERS, "a patrol plan"),
    "certificates": Relation(Theme.REGISTERS, "a certificate: kept or cancelled, what replaces it"),
    "admissions": Relation(Theme.REGISTERS, "a kind of task that a department may hand down"),
    "firms": Relation(
        Theme.REGISTERS,
        "a firm, by its credit code; contacts are sealed (../registers.md)",
        "SELECT industry, count() FROM firms WHERE standing = 'current' GROUP BY industry",
    ),
    "premises": Relation(Theme.REGISTERS, "a shop, site, school, hydrant …; contacts are sealed"),
    "firm_reports": Relation(
        Theme.REGISTERS,
        "a report whose firm is known: the entry of the register, found by the hub or chosen",
        "SELECT firm_name, written, channel FROM firm_reports ORDER BY received_at DESC",
    ),
    "firms_complained_of": Relation(
        Theme.REGISTERS,
        "a firm with its reports of the last 365 days",
        "SELECT firm_name, reports, cases FROM firms_complained_of ORDER BY reports DESC",
    ),
    "event_firms": Relation(
        Theme.REGISTERS,
        "what the hub found of the firm of one report: a match, several to choose from, none",
        "SELECT verdict, count() FROM event_firms GROUP BY verdict",
    ),
    "firm_choices": Relation(
        Theme.REGISTERS, "the firm of one report as a member of the staff chose it"
    ),
    "grid_numbers": Relation(
        Theme.REGISTERS,
        "a grid: its people, households, classes, dwellings, organisations, premises, open cases",
        "SELECT * FROM grid_numbers ORDER BY people DESC",
    ),
    "people_by_class": Relation(
        Theme.REGISTERS,
        "a grid and class of people: how many",
        "SELECT class, sum(people) FROM people_by_class GROUP BY class",
    ),
    "premises_by_kind": Relation(Theme.REGISTERS, "a grid and kind of premises: how many"),
    "dwellings_by_kind": Relation(
        Theme.REGISTERS,
        "a grid and use of dwellings: how many; own, rented, shared, vacant, business, other",
        "SELECT kind, sum(dwellings) FROM dwellings_by_kind GROUP BY kind",
    ),
    "households_by_size": Relation(
        Theme.REGISTERS,
        "a grid and number of members by the register of people: how many households",
        "SELECT members, sum(households) FROM households_by_size GROUP BY members",
    ),
    "register_versions": Relation(
        Theme.REGISTERS, "a load of a register: when, by whom, its files, what it changed"
    ),
    "calendar": Relation(
        Theme.REGISTERS,
        "a day, and whether offices work (调休 known)",
        "SELECT count() FROM calendar WHERE working AND toYear(day) = 2026",
    ),
    "audit": Relation(
        Theme.REGISTERS,
        "a login, a look at contact details, a command, an export, a refusal: who, when, what for",
        "SELECT who, count() FROM audit WHERE what = 'contacts' GROUP BY who",
    ),
    "people": Relation(
        Theme.INNER, "a person by a keyed hash, with grid and classes; the rest is sealed"
    ),
    "dwellings": Relation(Theme.INNER, "a dwelling: its address and use; the owner is sealed"),
    "registered_households": Relation(
        Theme.INNER, "a household of the registers, with its dwelling; its head is sealed"
    ),
    "firm_keys": Relation(Theme.INNER, "a key by which firms with a similar name are found"),
    "event_texts": Relation(
        Theme.INNER, "the text of one event for the search; an event that comes twice is two rows"
    ),
    "unit_reports": Relation(
        Theme.INNER, "a report of a case that a unit has or had, for the search of the unit"
    ),
    "unit_reports_fed": Relation(Theme.INNER, "what fills `unit_reports`"),
    "event_cases": Relation(Theme.INNER, "the case of one event, for the search"),
    "event_cases_fed": Relation(Theme.INNER, "what fills `event_cases`"),
    "event_texts_fed": Relation(Theme.INNER, "what fills `event_texts`"),
    "person_visits": Relation(
        Theme.INNER, "a visit to a person of the register, by keyed hash (../patrols.md)"
    ),
    "person_visits_fed": Relation(Theme.INNER, "what fills `person_visits`"),
    "people_followed": Relation(
        Theme.INNER, "a person and one of his classes, by keyed hash, and since when"
    ),
    "visits_of_people": Relation(
        Theme.INNER, "a person, class and plan: the last visit, and whether one is due"
    ),
    "plan_periods": Relation(Theme.INNER, "a period of a plan up to now"),
    "plan_periods_since": Relation(Theme.INNER, "the same of what ends after a day"),
    "rounds_since": Relation(
        Theme.INNER, "the first check or visit of a grid or household in a period, since a day"
    ),
    "attendances": Relation(Theme.INNER, "a check or visit that attends a case"),
    "duties_of_periods_since": Relation(Theme.INNER, "what is due by the calendar, since a day"),
    "duties_of_matters_since": Relation(Theme.INNER, "what is due because of a case, since a day"),
    "duties_since": Relation(Theme.INNER, "`duties` whose periods end after a day"),
    "assessed_entries": Relation(Theme.INNER, "an entry that counts for or against a unit"),
    "assessed_entries_fed": Relation(Theme.INNER, "what fills `assessed_entries`"),
    "last_words": Relation(Theme.INNER, "the last evaluation of one settlement"),
    "last_words_fed": Relation(Theme.INNER, "what fills `last_words`"),
    "arrivals_kept": Relation(Theme.INNER, "the ids behind `arrivals`"),
    "arrivals_fed": Relation(Theme.INNER, "what fills `arrivals_kept`"),
    "case_reports": Relation(
        Theme.INNER, "a report of a large case that the body of the case does not list"
    ),
    "feedback_to_many": Relation(
        Theme.INNER, "one text to the reports of a large case that its body does not list"
    ),
    "open_cases_kept": Relation(Theme.INNER, "the newest snapshot of an open case, for counting"),
    "open_cases_fed": Relation(Theme.INNER, "what fills `open_cases_kept`"),
    "settled_cases_kept": Relation(Theme.INNER, "the last settlement of a case, for 40 days"),
    "settled_cases_fed": Relation(Theme.INNER, "what fills `settled_cases_kept`"),
    "settlements": Relation(
        Theme.INNER,
        "a snapshot after a settlement of today, or after the reopening of its case",
    ),
    "settlements_fed": Relation(Theme.INNER, "what fills `settlements`"),
    "complete_dispositions": Relation(Theme.INNER, "a disposition all of whose entries are stored"),
    "settled_receipts": Relation(Theme.INNER, "a message of which everything is stored"),
    "case_routes": Relation(Theme.INNER, "a case and the city whose partition owns it"),
    "saved_filters": Relation(
        Theme.INNER, "a filter of the queues that a member has saved for himself"
    ),
    "asked_departments": Relation(
        Theme.INNER, "a unit that another unit asked to come, or to take a case over"
    ),
    "asked_departments_fed": Relation(Theme.INNER, "what fills `asked_departments`"),
    "township_ratings": Relation(
        Theme.INNER, "the rating of a department on one occasion, without who rated"
    ),
    "service_stages_of": Relation(Theme.INNER, "the same as `service_stages`, of one item"),
    "service_items_of": Relation(Theme.INNER, "the same as `service_items`, of one item"),
    "migrations": Relation(Theme.INNER, "a migration that was applied"),
}
"""By the name in the store."""
