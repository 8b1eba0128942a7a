"""Terms of what a city has besides cases, and of the machine 项目、多城、运行."""

from hub.lab.docs.glossary.term import Sections, Term

TERMS: Sections = {
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
    "Deliberations 议事": (
        Term(
            "议题",
            "topic",
            "schemas.deliberation.topic.DeliberationDetails",
            "a matter on the agenda of a village or quarter, from topic to carrying out",
        ),
        Term(
            "六步",
            "step",
            "schemas.deliberation.topic.Step",
            "议题, 召集, 会议, 决定, 公示, 落实: none is left out",
        ),
        Term(
            "法定人数",
            "quorum",
            "schemas.deliberation.meeting.has_quorum",
            "so many came that the meeting may decide, by the law of its kind",
        ),
        Term(
            "决议",
            "decision",
            "schemas.deliberation.record.Decision",
            "the votes of a meeting, its result and the resolution",
        ),
        Term(
            "异议",
            "objection",
            "schemas.deliberation.fold.Objection",
            "what somebody says against a published decision, without his name",
        ),
        Term(
            "议事记录",
            "deliberation record",
            "schemas.deliberation.record.DeliberationRecord",
            "one thing that happened to a deliberation, on `deliberations.v1`",
        ),
        Term(
            "议事码",
            "deliberation code",
            "hub.deliberations.code.deliberation_code",
            "ten letters and digits on the notice of a deliberation, and in its QR code",
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
