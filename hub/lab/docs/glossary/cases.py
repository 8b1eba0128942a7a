"""Terms of cases, of matching and of learning 事项、并案与学习."""

from hub.lab.docs.glossary.term import Sections, Term

TERMS: Sections = {
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
}
