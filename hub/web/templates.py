"""HTML templates 页面模板: values are escaped, and an unknown name is an error."""

from functools import cache
from pathlib import Path

import jinja2

from schemas.wording import local

REGION_HEADER = "X-Region"
"""Names the part of a page that a script asks for; a browser that opens a page does not send it."""


@cache
def template(path: Path) -> jinja2.Template:
    """Return the template of a file; raises `jinja2.TemplateError`."""
    return templates(path.parent).get_template(path.name)


@cache
def templates(folder: Path) -> jinja2.Environment:
    """Return the templates of a folder and its sub-folders; they may include each other."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["local"] = local
    return environment
