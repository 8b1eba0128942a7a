"""Codes of projects 项目码: on the board, in its QR code, and in the address of the public page."""

from hub.numbered.code import derived_code, public_page

LETTER = "p"
"""The first part of the address of a public page."""


def project_code(division_code: str, number: str) -> str:
    """Return the code of a project, such as `7K3M9P2QX4`."""
    return derived_code("project", division_code, number)


def page_of(public_url: str, code: str) -> str:
    """Return the address of the public page of a project; empty if citizens reach no page."""
    return public_page(public_url, LETTER, code)
