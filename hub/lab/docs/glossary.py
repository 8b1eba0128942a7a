"""The glossary 术语表: each term in Chinese and English, and the name it has in the code."""

from collections.abc import Iterator
from importlib import import_module
from typing import NamedTuple

from schemas.cases.case import MOVE_NAMES, STATE_NAMES, Move, State


class Term(NamedTuple):
    """One line of the glossary. `identifier` is a dotted path that can be imported."""

    chinese: str
    english: str
    identifier: str
    meaning: str


TERMS: dict[str, tuple[Term, ...]] = {
    "Reports 诉求": (
        Term("渠道", "channel", "schemas.channel.Channel", "a system that reports come from"),
        Term(
            "原始报文",
            "raw message",
            "schemas.reports.raw.RawMessage",
            "the bytes of a channel, as received",
        ),
        Term(
            "传输方式",
            "transport",
            "schemas.reports.raw.Transport",
            "how a message arrives: HTTP, file, mail, Kafka …",
        ),
        Term(
            "要素",
            "fact",
            "schemas.reports.fact.Fact",
            "what a connector decodes from a message, before it is sealed",
        ),
        Term(
            "统一事件",
            "unified event",
            "schemas.reports.event.UnifiedEvent",
            "a fact on `events.v1`: placed, masked, sealed",
        ),
        Term("诉求", "report", "schemas.reports.fact.Kind.REPORT", "a citizen states a matter"),
        Term(
            "催办",
            "follow-up",
            "schemas.reports.fact.Kind.FOLLOW_UP",
            "a citizen asks again or adds to a report",
        ),
        Term(
            "撤诉",
            "withdrawal",
            "schemas.reports.fact.Kind.WITHDRAWAL",
            "a citizen takes a report back",
        ),
        Term(
            "回访评价",
            "evaluation",
            "schemas.reports.fact.Kind.EVALUATION",
            "a citizen says whether the matter is settled",
        ),
        Term(
            "巡查打卡",
            "patrol check",
            "schemas.reports.fact.Kind.PATROL_CHECK",
            "a grid worker was at a place and saw nothing wrong",
        ),
        Term(
            "走访", "visit", "schemas.reports.fact.Kind.VISIT", "a grid worker visited a household"
        ),
        Term(
            "微心愿",
            "wish",
            "schemas.reports.fact.Kind.WISH",
            "a small need that a volunteer can meet",
        ),
        Term(
            "退件",
            "rejected message",
            "schemas.reports.rejected.Rejected",
            "a message that is no event, kept whole with the reason",
        ),
        Term(
            "回执",
            "receipt",
            "schemas.reports.receipt.Receipt",
            "what became of each part of a raw message",
        ),
        Term(
            "去向",
            "disposition",
            "schemas.reports.receipt.Disposition",
            "what a step did with an event: opened, merged, followed …",
        ),
        Term(
            "紧急程度",
            "urgency",
            "schemas.reports.fact.Urgency",
            "how fast a matter must be handled",
        ),
        Term("事项分类", "category", "schemas.category.Category", "a leaf of our category tree"),
        Term(
            "诉求类型",
            "demand",
            "schemas.reports.demand.Demand",
            "what a report wants: enquiry, complaint, request, suggestion or praise",
        ),
        Term(
            "一件多诉",
            "part",
            "schemas.reports.demand.Part",
            "one of several matters in one message",
        ),
    ),
    "Places and people 网格": (
        Term(
            "区划",
            "area",
            "schemas.town.register.Area",
            "a county, township or village, by its division code",
        ),
        Term(
            "网格",
            "grid",
            "schemas.town.register.Grid",
            "the smallest area, with a polygon and a worker",
        ),
        Term("单位", "unit", "schemas.town.register.Unit", "an office that handles cases"),
        Term("层级", "tier", "schemas.cases.assignment.Tier", "grid, village, township or county"),
        Term(
            "地名",
            "place name",
            "schemas.town.register.PlaceName",
            "a named place with coordinates",
        ),
        Term(
            "基础数据",
            "register",
            "streams.town.register.Register",
            "all reference data of a town, indexed",
        ),
        Term(
            "网格员",
            "grid worker",
            "schemas.town.patrol.Posting",
            "a worker, by code, and the grids he patrols",
        ),
        Term(
            "联系户",
            "household",
            "schemas.town.patrol.Household",
            "a household that must be visited, by code",
        ),
        Term(
            "巡查计划",
            "patrol plan",
            "schemas.town.patrol.Plan",
            "who must see what, and how often",
        ),
        Term(
            "人口台账",
            "register of people",
            "schemas.registers.entry.Person",
            "the people of each grid; who they are is sealed",
        ),
        Term(
            "市场主体台账",
            "register of firms",
            "schemas.registers.entry.Firm",
            "the firms of each grid, by credit code",
        ),
        Term(
            "场所台账",
            "register of premises",
            "schemas.registers.entry.Premises",
            "shops, sites, schools, hydrants of each grid",
        ),
        Term(
            "人员类别",
            "class of people",
            "schemas.registers.person_class.PersonClass",
            "a class of key persons 重点人员 or of cared-for persons 关爱人员",
        ),
        Term(
            "应走",
            "duty",
            "schemas.town.patrol.Duty",
            "a patrol or visit that was due: done or missed",
        ),
    ),
    "Projects 村居项目": (
        Term(
            "村居项目",
            "project",
            "schemas.projects.project.ProjectDetails",
            "what a village or quarter builds or does, from proposal to publication",
        ),
        Term(
            "项目阶段",
            "stage",
            "schemas.projects.project.Stage",
            "提议, 议定, 立项, 比选, 施工, 验收, 公示: none is left out",
        ),
        Term(
            "项目资金",
            "money",
            "schemas.projects.money.Money",
            "an amount that a project has received, and from where",
        ),
        Term(
            "项目记录",
            "project record",
            "schemas.projects.record.ProjectRecord",
            "one thing that happened to a project, on `projects.v1`",
        ),
        Term(
            "项目码",
            "project code",
            "hub.projects.code.project_code",
            "ten letters and digits on the board of a project, and in its QR code",
        ),
    ),
    "Cases 事项": (
        Term(
            "事项",
            "case",
            "schemas.cases.case.Case",
            "one matter, with all its reports; the snapshot on `case-state.v1`",
        ),
        Term(
            "事项号",
            "case number",
            "schemas.cases.number.CaseNumber",
            "the short number of a case, such as 20261128-00042: the day and a count in its city",
        ),
        Term(
            "办理记录",
            "entry",
            "schemas.cases.case.CaseEvent",
            "one change of a case, on `cases.v1`, in order",
        ),
        Term(
            "诉求文本",
            "telling",
            "schemas.reports.report.Telling",
            "text, place and category of one report in a case, for comparison and for a split",
        ),
        Term(
            "处理结果",
            "effects",
            "streams.case.state.Effects",
            "what a step returns: entries, disposition, outcome, feedback",
        ),
        Term("状态", "state", "schemas.cases.case.State", "the stage that a case has reached"),
        Term("动作", "move", "schemas.cases.case.Move", "the kind of an entry"),
        Term("指令", "command", "schemas.cases.command.Command", "a request to move a case"),
        Term(
            "指令结果",
            "outcome",
            "schemas.cases.command.CommandOutcome",
            "what a command led to: done, or refused with the reason",
        ),
        Term(
            "队列",
            "queue",
            "hub.workbench.queues.catalogue.Queue",
            "the open cases on which a member of a role should act for one reason",
        ),
        Term("角色", "role", "schemas.cases.command.Role", "in which capacity a person commands"),
        Term(
            "交办",
            "assignment",
            "schemas.cases.assignment.Assignment",
            "which unit has a case, by which rule, and why",
        ),
        Term(
            "未列诉求件",
            "filed report",
            "schemas.cases.filed.FiledReport",
            "a report of a large case that its snapshot does not list, on `case-reports.v1`",
        ),
        Term(
            "批量反馈",
            "feedback to many",
            "schemas.cases.feedback.FeedbackToMany",
            "one text to all filed reports of a case, on `feedback-to-many.v1`",
        ),
        Term(
            "未送达反馈",
            "undelivered feedback",
            "schemas.cases.feedback.DeadFeedback",
            "feedback that was given up, whole, with the reason",
        ),
        Term(
            "规则发布",
            "published rules",
            "schemas.town.rules.RulesBundle",
            "the rules in effect, with the town's lists, on `rules.v1`",
        ),
        Term(
            "规则确认",
            "rules acknowledgement",
            "schemas.town.rules.RulesAck",
            "a worker decides by this version of the rules from now on",
        ),
        Term(
            "交办规则", "rules", "schemas.town.rules.RuleSet", "the ordered rules that assign cases"
        ),
        Term(
            "证明清单",
            "list of certificates",
            "schemas.town.lists.Certificate",
            "certificates that communities issue, and those that are cancelled",
        ),
        Term(
            "准入清单",
            "admission list",
            "schemas.town.lists.Admission",
            "which department may hand which kind of task to which tier",
        ),
        Term(
            "下派任务",
            "task from above",
            "schemas.town.task.Task",
            "a form, inspection, meeting or campaign that a department hands down",
        ),
        Term(
            "减负指数",
            "burden index",
            "schemas.town.task.WEIGHTS",
            "load of the admitted tasks of a month for each township and community",
        ),
        Term(
            "吹哨",
            "whistle",
            "schemas.cases.assignment.Whistle",
            "a township calls departments to its case",
        ),
        Term(
            "评价事由",
            "occasion",
            "hub.ratings.occasion.Occasion",
            "a department that a unit asked in a case: it may rate the answer 以下评上",
        ),
        Term(
            "镇街评价",
            "rating",
            "hub.ratings.rating.Rating",
            "how a township rates a department on one occasion",
        ),
        Term(
            "险情",
            "danger",
            "schemas.reports.danger.Danger",
            "danger to life that the words of a report show; it makes the case urgent",
        ),
        Term(
            "督办",
            "supervision",
            "schemas.cases.clock.Supervision",
            "yellow, red, then the tier above",
        ),
        Term("时限", "clock", "schemas.cases.clock.Clock", "the deadlines of a case"),
        Term("研判", "triage", "streams.case.assign.Triage", "no rule decides: a person does"),
        Term(
            "反馈",
            "feedback",
            "schemas.cases.feedback.Feedback",
            "what a channel is to pass on to its citizen",
        ),
        Term(
            "反馈送达",
            "delivery",
            "schemas.cases.feedback.Delivery",
            "proof that a channel took a feedback, or the reason why not",
        ),
        Term(
            "订阅",
            "subscription",
            "hub.notifications.webhooks.subscriptions.Subscription",
            "which entries of cases a program receives by webhook 回调",
        ),
        Term(
            "提醒",
            "notice",
            "hub.notifications.notices.notice.Notice",
            "what is new or late, for those who handle cases",
        ),
        Term(
            "办件",
            "service item",
            "schemas.reports.service.Service",
            "what a citizen applies for at a window; its stages are events, and open no case",
        ),
        Term(
            "人工录入",
            "hand entry",
            "connectors.manual_entry.decode",
            "a call, visit or letter that a member of staff writes down",
        ),
    ),
    "Matching 并案": (
        Term(
            "候选索引",
            "candidate index",
            "streams.case.candidates.CandidateIndex",
            "finds the cases that share the rarest keys with a report",
        ),
        Term(
            "检索键",
            "retrieval key",
            "streams.matching.retrieval.Key",
            "a place, object, reporter or triple of characters that two reports can share",
        ),
        Term(
            "前案",
            "former case",
            "schemas.cases.case.Case.follows",
            "the settled case of the same matter that a case follows",
        ),
        Term(
            "办结后再次反映",
            "again after settled",
            "schemas.town.rules.AfterSettled",
            "what a new report of a settled matter does, and for how long",
        ),
        Term(
            "去重",
            "deduplication",
            "schemas.reports.receipt.Outcome",
            "a delivery that came twice counts once",
        ),
        Term(
            "比对",
            "matcher",
            "streams.matching.matcher.Matcher",
            "decides whether two reports are one matter",
        ),
        Term(
            "预筛",
            "prefilter",
            "streams.matching.prefilter.Prefilter",
            "drops candidates that the full comparison would drop too",
        ),
        Term(
            "候选",
            "candidate",
            "streams.matching.matcher.Candidate",
            "a case that was compared, with its score and evidence",
        ),
        Term(
            "事由分类",
            "issue class",
            "streams.matching.classify.IssueClassifier",
            "what a text is about, as probabilities",
        ),
        Term(
            "事项大类",
            "category family",
            "schemas.cases.case.Case.families",
            "first part of a category: `order` of `order.parking`; limits the candidates",
        ),
        Term(
            "规整文本",
            "normalised text",
            "streams.matching.text.NormalisedText",
            "a text in one spelling, with its identifiers",
        ),
    ),
    "Learning 学习": (
        Term(
            "学习", "learning", "hub.learning.train.train", "other models from people's decisions"
        ),
        Term(
            "决定", "decision", "hub.learning.decisions.Decision", "a person's answer about a case"
        ),
        Term(
            "模型版本",
            "version of the models",
            "hub.town.model_versions.InUse",
            "models that were trained together; one version is in use",
        ),
        Term(
            "留出",
            "held out",
            "hub.learning.train.Parts",
            "decisions that only measure: nothing is learnt from them",
        ),
        Term(
            "地名增补",
            "decided name",
            "hub.town.decided_names.DecidedName",
            "a place name that a person has accepted or refused",
        ),
    ),
    "Province 多城一省": (
        Term(
            "上报数据",
            "city figures",
            "schemas.province.CityFigures",
            "the counts that a city publishes, and all that leaves it",
        ),
        Term(
            "隐去",
            "hidden",
            "schemas.province.Hidden",
            "what stands instead of a count that is too small to leave",
        ),
        Term(
            "上报令牌的持有者",
            "reader",
            "hub.province.readers.Reader",
            "a program that may read the figures of a city, and nothing else",
        ),
    ),
    "Machine 运行": (
        Term(
            "日志",
            "journal",
            "hub.journal.journal.Journal",
            "every raw message on disk before it is answered",
        ),
        Term(
            "重做日志",
            "redo log",
            "hub.worker.redo_log.RedoLog",
            "records on disk before they are published to the embedded broker",
        ),
        Term("主题", "topic", "schemas.topic.Topic", "a Kafka topic, its key and its body"),
        Term(
            "路由",
            "route",
            "schemas.reports.event.UnifiedEvent.route",
            "what decides the partition: the city of the place, or the hub's own city where none is known",
        ),
        Term("入库", "sink", "hub.sink.sink.Sink", "writes records into ClickHouse tables"),
        Term(
            "封存",
            "sealing",
            "hub.security.sealing.Sealer",
            "encrypts personal data with the hub's key",
        ),
        Term(
            "脱敏", "masking", "hub.security.masking", "hides phone numbers, ids and names in texts"
        ),
        Term(
            "审计", "audit", "hub.accounts.audit.Audit", "who looked at what, in a chain of hashes"
        ),
        Term(
            "字段映射",
            "field mapping",
            "connectors.mapping.field_mapping.FieldMapping",
            "where the fields of a channel's contract stand in the messages of another system",
        ),
        Term(
            "预演",
            "preview",
            "hub.setup.preview.preview_file",
            "what the hub would do with an export of a channel, without running anything",
        ),
        Term(
            "备份清单",
            "manifest",
            "hub.backup.manifest.Manifest",
            "the files of a backup, with their sizes and hashes",
        ),
        Term(
            "一网通管",
            "overview",
            "hub.overview.app.Overview",
            "the page of figures, lists and cases",
        ),
    ),
}


def _of_enumerations() -> Iterator[tuple[str, tuple[Term, ...]]]:
    """Yield the states and moves of a case, whose Chinese names are in the schemas."""
    states = (
        Term(STATE_NAMES[s], s.replace("_", " "), f"schemas.cases.case.State.{s.name}", "")
        for s in State
    )
    moves = (
        Term(MOVE_NAMES[m], m.replace("_", " "), f"schemas.cases.case.Move.{m.name}", "")
        for m in Move
    )
    yield "States of a case 状态", tuple(states)
    yield "Moves of a case 动作", tuple(moves)


def all_terms() -> dict[str, tuple[Term, ...]]:
    """Return the terms by section."""
    return {**TERMS, **dict(_of_enumerations())}


def resolve(identifier: str) -> object:
    """Return the object at a dotted path; raises `LookupError` if there is none."""
    parts = identifier.split(".")
    for length in range(len(parts), 0, -1):
        try:
            value: object = import_module(".".join(parts[:length]))
        except ModuleNotFoundError:
            continue
        for name in parts[length:]:
            fields = getattr(value, "model_fields", {})
            if not hasattr(value, name) and name not in fields:
                raise LookupError(f"{identifier}: {name} does not exist")
            value = fields[name] if name in fields else getattr(value, name)
        return value
    raise LookupError(f"{identifier}: no such module")


def glossary_page() -> str:
    """Return the page of all terms."""
    lines = [
        "# Glossary 术语表",
        "",
        "Made from `hub/lab/docs/glossary.py` by `make docs`; edit that, not this.",
        "",
        "Names of the field are used as Kafka, ClickHouse, HTTP, event sourcing and record linkage"
        " define them. The terms of this domain are:",
    ]
    for section, terms in all_terms().items():
        lines += [
            "",
            f"## {section}",
            "",
            "| 中文 | English | identifier | meaning |",
            "|---|---|---|---|",
        ]
        lines += [f"| {t.chinese} | {t.english} | `{t.identifier}` | {t.meaning} |" for t in terms]
    return "\n".join(lines) + "\n"
