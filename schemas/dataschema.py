"""The mark of a record's schema 模式标记: `ce_dataschema`, an attribute of CloudEvents 1.0.

It says which version of a model wrote the body of a record. A reader with the same version knows
that the body has all fields, in the form in which the model writes them.
"""

import json
from functools import cache
from hashlib import sha256

from schemas.base import Frozen

_DIGITS = 16


@cache
def dataschema_of(model: type[Frozen]) -> bytes:
    """Return the mark of a model: a URN with a hash of its JSON schema.

    Every change of a field, a type or a limit changes the mark. A change of the libraries may
    change it too; then readers check the records of the other version.
    """
    schema = model.model_json_schema(mode="serialization")
    digest = sha256(json.dumps(schema, sort_keys=True).encode()).hexdigest()
    return f"urn:minqing-hub:{model.__name__}:{digest[:_DIGITS]}".encode()
