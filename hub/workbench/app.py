"""The workbench in an application 工作台装配: each feature adds its routes.

A feature is a package with a class that has `add_to(app)`, made from `Services` and `Pages`.
"""

from functools import partial

from aiohttp import web

from hub.attachments.old_photos import OldPhotos
from hub.attachments.photos import PhotoFolder
from hub.broker.producer import KafkaSender, Sender
from hub.deliberations.log import DeliberationLog
from hub.projects.log import ProjectLog
from hub.runtime.paths import DataPaths
from hub.security.keyring import open_sealer
from hub.store.json_rows import json_rows
from hub.workbench.burdens.http import BurdensHttp
from hub.workbench.case_page.attachments_http import AttachmentsHttp
from hub.workbench.case_page.firms_http import FirmsHttp
from hub.workbench.case_page.http import CasePageHttp
from hub.workbench.case_page.photos_http import PhotosHttp
from hub.workbench.case_page.resolve_http import ResolveHttp
from hub.workbench.case_page.sheets_http import SheetsHttp
from hub.workbench.case_page.subjects.firms import FirmDesk
from hub.workbench.commands.http import CommandsHttp
from hub.workbench.deliberations.agenda import Agenda
from hub.workbench.deliberations.http import DeliberationsHttp
from hub.workbench.deliberations.page_http import DeliberationHttp
from hub.workbench.deliveries.http import DeliveriesHttp
from hub.workbench.design import DesignHttp
from hub.workbench.digest_pages.http import DigestHttp
from hub.workbench.entry.http import EntryHttp
from hub.workbench.grid_pages.http import GridsHttp
from hub.workbench.logout import LogoutHttp
from hub.workbench.notices.http import NoticesHttp
from hub.workbench.page import Pages
from hub.workbench.pairs.http import PairsHttp
from hub.workbench.phone.http import PhoneHttp
from hub.workbench.presence import Presence
from hub.workbench.projects.http import ProjectsHttp
from hub.workbench.projects.project_http import ProjectHttp
from hub.workbench.queues.counts import QueueCounts
from hub.workbench.queues.http import QueuesHttp
from hub.workbench.queues.page_counts import PageCounts
from hub.workbench.ratings.desk import RatingDesk
from hub.workbench.ratings.http import RatingsHttp
from hub.workbench.register_pages.http import RegistersHttp
from hub.workbench.register_pages.looks import RegisterLooks
from hub.workbench.register_pages.review_http import RegisterReviewHttp
from hub.workbench.search.http import SearchHttp
from hub.workbench.service_items.http import ServiceItemsHttp
from hub.workbench.services import Services
from hub.workbench.static_files import add_static
from hub.workbench.triage.http import Triage
from hub.workbench.triage.merge_choices import MergeChoices
from hub.workbench.visits.http import VisitsHttp


def add_workbench(app: web.Application, services: Services, sender: Sender | None = None) -> None:
    """Add all pages to an application whose middlewares check sessions and answer problems.

    Problems of pages become pages in Chinese. `sender` sends the records of projects and
    deliberations; without one they go to the broker of the settings.
    """
    counts = QueueCounts(services)
    desk = RatingDesk(services)
    page_counts = PageCounts(services, desk.waiting)
    pages = Pages(services, counts.entries, page_counts.entries)
    app.middlewares.append(pages.problem_pages)
    add_static(app)
    presence = Presence()
    triage = Triage(services, presence)
    triage.add_to(app)
    MergeChoices(services).add_to(app)
    QueuesHttp(services, pages, counts, page_counts, triage, presence).add_to(app)
    PairsHttp(services, pages).add_to(app)
    CommandsHttp(services, pages, counts).add_to(app)
    search = SearchHttp(services, pages)
    search.add_to(app)
    AttachmentsHttp(services, services.settings).add_to(app)
    photos = PhotoFolder(DataPaths(services.settings.data).photos)
    OldPhotos(photos, services.settings.keep_rows).add_to(app)
    PhotosHttp(services, photos).add_to(app)
    SheetsHttp(services, photos).add_to(app)
    agenda = Agenda(services)
    RatingsHttp(services, pages, desk, page_counts).add_to(app)
    firms = FirmDesk(services, search.names)
    case_page = CasePageHttp(services, pages, triage, search.names, desk, agenda, firms)
    case_page.add_to(app)
    FirmsHttp(services, case_page, firms).add_to(app)
    ResolveHttp(services, case_page, photos, counts).add_to(app)
    EntryHttp(services, pages).add_to(app)
    NoticesHttp(services, pages).add_to(app)
    DeliveriesHttp(services, pages).add_to(app)
    DigestHttp(services, pages).add_to(app)
    BurdensHttp(services, pages, page_counts).add_to(app)
    GridsHttp(services, pages).add_to(app)
    run_query, sender = partial(json_rows, services.store), sender or _broker(app, services)
    log = ProjectLog(run_query, sender)
    ProjectsHttp(services, pages, log, page_counts).add_to(app)
    ProjectHttp(services, pages, log, photos, page_counts, agenda.of_project).add_to(app)
    deliberations = DeliberationLog(run_query, sender)
    DeliberationsHttp(services, pages, deliberations, log, page_counts).add_to(app)
    DeliberationHttp(services, pages, deliberations, log, photos, page_counts).add_to(app)
    VisitsHttp(services, pages).add_to(app)
    # The key is read only when a member opens somebody.
    looks = RegisterLooks(services, partial(open_sealer, services.settings))
    RegistersHttp(services, pages, looks).add_to(app)
    RegisterReviewHttp(services, pages).add_to(app)
    ServiceItemsHttp(services, pages).add_to(app)
    PhoneHttp(services).add_to(app)
    DesignHttp(services, pages).add_to(app)
    LogoutHttp(services).add_to(app)


def _broker(app: web.Application, services: Services) -> Sender:
    """Return a sender to the broker of the settings, which the application closes at its end."""
    sender = KafkaSender(services.settings)

    async def close(_: web.Application) -> None:
        sender.close()

    app.on_cleanup.append(close)
    return sender
