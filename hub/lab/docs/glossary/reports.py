"""Terms of reports and of the places they name 诉求与网格."""

from hub.lab.docs.glossary.term import Sections, Term

TERMS: Sections = {
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
            "the firms and institutions 机构 of each grid, by credit code",
        ),
        Term(
            "场所台账",
            "register of premises",
            "schemas.registers.entry.Premises",
            "shops, sites, schools, hydrants of each grid",
        ),
        Term(
            "房屋台账",
            "register of dwellings",
            "schemas.registers.dwelling.Dwelling",
            "flats and houses of each grid, with their use; owners are sealed",
        ),
        Term(
            "户台账",
            "register of households",
            "schemas.registers.dwelling.RegisteredHousehold",
            "those who live together in a dwelling; people name its code",
        ),
        Term(
            "涉及主体",
            "reported firm",
            "hub.registers.firms.resolver.FirmResolver",
            "the firm of the register that a report means",
        ),
        Term(
            "字号",
            "brand",
            "streams.matching.firms.name.FirmName",
            "the part of a firm's name that tells it from others",
        ),
        Term(
            "涉及场所",
            "meant premises",
            "streams.town.premises.MeantPremises",
            "the premises that a report names, or that are nearest to it",
        ),
        Term(
            "人员类别",
            "class of people",
            "schemas.registers.person_class.PersonClass",
            "a class of key persons 重点人员 or of cared-for persons 关爱人员",
        ),
        Term(
            "台账查看权限",
            "right to look",
            "schemas.registers.right.RegisterRight",
            "an area, classes of people and a last day, within which a member opens people of the register",
        ),
        Term(
            "查看用途",
            "purpose of a look",
            "hub.workbench.register_pages.purpose.Purpose",
            "what a person of the register is opened for: a visit, a report, an emergency, other words",
        ),
        Term(
            "地图图层",
            "layer of the map",
            "hub.overview.layers_http.LayersHttp",
            "premises of a kind as points, or a number of each grid as its colour",
        ),
        Term(
            "应走",
            "duty",
            "schemas.town.patrol.Duty",
            "a patrol or visit that was due: done or missed",
        ),
    ),
}
