"""Builds a town of two grids, and events in it."""

from datetime import UTC, datetime, timedelta

from schemas.cases.assignment import Tier
from schemas.channel import Channel
from schemas.reports.event import Place, Reporter, UnifiedEvent, event_id_of
from schemas.reports.fact import Kind, Urgency
from schemas.reports.raw import receipt_of_delivery
from schemas.town.lists import Admission, Certificate, CertificateStatus, TaskKind
from schemas.town.register import Area, Grid, PlaceName, Responsibility, Unit
from schemas.town.town import Town
from streams.town.register import Register

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
VILLAGE = "421299001001"


def _square(west: float) -> tuple[tuple[float, float], ...]:
    return ((west, 30.0), (west + 0.01, 30.0), (west + 0.01, 30.01), (west, 30.01), (west, 30.0))


TOWN = Town(
    areas=(
        Area(code="421299", name="县"),
        Area(code="421299001", name="镇", parent="421299"),
        Area(code=VILLAGE, name="社区", parent="421299001"),
    ),
    grids=(
        Grid(code="G1", name="一网格", division_code=VILLAGE, polygons=((_square(114.90),),)),
        Grid(code="G2", name="二网格", division_code=VILLAGE, polygons=((_square(114.91),),)),
    ),
    units=(
        Unit(code="U-V", name="社区居委会", tier=Tier.VILLAGE, area=VILLAGE, unit_type="village"),
        Unit(code="U-T", name="城管所", tier=Tier.TOWNSHIP, area="421299001", unit_type="urban"),
        Unit(code="U-C", name="城管局", tier=Tier.COUNTY, area="421299", unit_type="bureau"),
    ),
    duties=(
        Responsibility(unit_type="village", category="environment.garbage"),
        Responsibility(unit_type="urban", category="facility.*"),
    ),
    places=(
        PlaceName(
            name="幸福小区",
            kind="quarter",
            division_code=VILLAGE,
            grid_code="G1",
            lon=114.905,
            lat=30.005,
        ),
    ),
    certificates=(
        Certificate(
            name="婚姻状况证明",
            aliases="单身证明",
            status=CertificateStatus.CANCELLED,
            department="城管局",
            instead="本人书面承诺",
            ground="县民发〔2021〕6号",
        ),
        Certificate(name="居住证明", status=CertificateStatus.KEPT, ground="县民发〔2021〕7号"),
    ),
    admissions=(
        Admission(
            department="bureau", kind=TaskKind.FORM, tier=Tier.VILLAGE, most=1, ground="第1项"
        ),
    ),
    rules_version="test-1",
)
REGISTER = Register.of(TOWN)
LAMP = "幸福小区门口的路灯不亮已经三天了，晚上出行不安全"


def event(
    native_id: str,
    *,
    channel: Channel = Channel.HOTLINE_12345,
    content: str = LAMP,
    category: str = "facility.streetlight",
    kind: Kind = Kind.REPORT,
    grid: str = "G1",
    parent: str = "",
    revision: str = "0",
    minutes: int = 0,
    confidential: bool = False,
    reporter: str = "",
    urgency: Urgency = Urgency.ORDINARY,
    object_name: str = "",
    object_is_person: bool = False,
    name: str = "",
) -> UnifiedEvent:
    """Return an event in grid `grid`, `minutes` after noon."""
    at = NOON + timedelta(minutes=minutes)
    lon = {"G1": 114.905, "G2": 114.915}.get(grid)
    return UnifiedEvent(
        event_id=event_id_of(channel, native_id, revision),
        receipt_id=receipt_of_delivery(channel, native_id + revision),
        channel=channel,
        native_id=native_id,
        revision=revision,
        parent_id=parent,
        kind=kind,
        occurred_at=at,
        received_at=at,
        reporter=Reporter(key=reporter),
        confidential=confidential,
        place=Place(
            lon=lon,
            lat=30.005 if lon else None,
            division_code=VILLAGE if grid else "",
            grid_code=grid,
            settled_by="coordinates" if grid else "",
            name=name,
        ),
        route="421200",
        category=category,
        content=content,
        urgency=urgency,
        object_name=object_name,
        object_is_person=object_is_person,
    )
