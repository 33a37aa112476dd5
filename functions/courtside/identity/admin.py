"""The `admin` callable, on which every domain registers what only admins may do, and support see; here, the audit."""

from courtside.actors import Role
from courtside.db.unit_of_work import Inquiry
from courtside.edge.commands import Commands, Limit
from courtside.identity import audit
from courtside.identity.schemas import AuditPage, CsvPage, ExportAudit, SearchAudit

ADMINS = frozenset({Role.ADMIN})
# Pages of all there is; who reads on takes them one after the other.
PER_EXPORT = Limit(burst=16, per_minute=32)
# Of queries alone: support reads what admins read, and changes nothing.
STAFF = frozenset({Role.ADMIN, Role.SUPPORT})

commands = Commands("admin")


@commands.query(SearchAudit, roles=STAFF)
def search_audit(inquiry: Inquiry, query: SearchAudit) -> AuditPage:
    """Who changed what."""
    return audit.search(inquiry, query)


@commands.query(ExportAudit, roles=STAFF, rate_limit=PER_EXPORT)
def export_audit(inquiry: Inquiry, query: ExportAudit) -> CsvPage:
    """The same for a spreadsheet."""
    return audit.export(inquiry, query)
