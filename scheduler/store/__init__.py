"""Everything that is kept: the company's rows, periods, rosters, jobs, access, the trail.

Records go in and records come out; rows of the database stay here.
"""

from scheduler.store.bulk import TableChange
from scheduler.store.errors import BadRowError, ConflictError, NotFoundError, StoreError
from scheduler.store.principals import LogIn
from scheduler.store.rosters import RosterFigures
from scheduler.store.rows import StoredRow
from scheduler.store.session import Store, Unit, open_store
from scheduler.store.tables import DOCUMENT_TABLES
from scheduler.store.tokens import StoredToken
from scheduler.store.trail import Change, TrailEntry
from scheduler.store.webhooks import Delivery, Webhook

__all__ = [
    "DOCUMENT_TABLES",
    "BadRowError",
    "Change",
    "ConflictError",
    "Delivery",
    "LogIn",
    "NotFoundError",
    "RosterFigures",
    "Store",
    "StoreError",
    "StoredRow",
    "StoredToken",
    "TableChange",
    "TrailEntry",
    "Unit",
    "Webhook",
    "open_store",
]
