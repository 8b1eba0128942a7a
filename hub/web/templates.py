"""HTML templates 页面模板: values are escaped, and an unknown name is an error."""

from functools import cache
from pathlib import Path

import jinja2

from schemas.wording import local


@cache
def template(path: Path) -> jinja2.Template:
    """Return the template of a file; raises `jinja2.TemplateError`."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(path.parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["local"] = local
    return environment.get_template(path.name)
