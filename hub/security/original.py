"""Unsealed data of a person 原始信息: it exists only before sealing and after opening."""

from pydantic import Field

from schemas.reports.fact import Attachment, Contact


class Original(Contact):
    """All personal data that an event does not show: contacts, and texts before masking."""

    others: tuple[Contact, ...] = ()
    object_person: str = Field(default="", description="the person complained of")

    title: str = ""
    content: str = ""
    place: str = ""
    attachments: tuple[Attachment, ...] = ()
