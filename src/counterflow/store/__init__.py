"""Where tables live: the workspace folder, its one owner, the spool, the facts and the ledger."""

from counterflow.store.repository import Store
from counterflow.store.spool import LoadBatch, drain, write_batch
from counterflow.store.workspace import Workspace

__all__ = ["LoadBatch", "Store", "Workspace", "drain", "write_batch"]
