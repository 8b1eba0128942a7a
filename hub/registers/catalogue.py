"""The registers 台账目录, by kind."""

from collections.abc import Mapping

from hub.registers.column import Register
from hub.registers.kinds.dwellings import DWELLINGS
from hub.registers.kinds.firms import FIRMS
from hub.registers.kinds.households import HOUSEHOLDS
from hub.registers.kinds.people import PEOPLE
from hub.registers.kinds.premises import PREMISES
from schemas.registers.entry import RegisterKind

REGISTERS: Mapping[RegisterKind, Register] = {
    register.kind: register for register in (PEOPLE, FIRMS, PREMISES, DWELLINGS, HOUSEHOLDS)
}
