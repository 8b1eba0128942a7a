"""Pages that are made of data 页面模板: escaped, and a name that is missing is a fault."""

from functools import cache
from pathlib import Path

import jinja2

from connectors.reply import local


@cache
def template(name: str) -> jinja2.Template:
    """Return a template of the folder `web`."""
    pages = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "web"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.filters["local"] = local
    return pages.get_template(name)
