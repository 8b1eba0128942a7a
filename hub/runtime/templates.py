"""Pages that are made of data 页面模板: escaped, and a name that is missing is a fault."""

from functools import cache
from pathlib import Path

import jinja2

from schemas.wording import local


@cache
def template(path: Path) -> jinja2.Template:
    """Return the template of a file."""
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(path.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["local"] = local
    return pages.get_template(path.name)
