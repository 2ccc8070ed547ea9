"""All that the patterns look at, laid out once: orders of a day, customers with their peers, products with their law.

Everything is asked in SQL over Arrow, in memory. Customers, products and addresses are numbers there. A *day order* is
all that a customer ordered of one product in one measure on one day, so that splitting an order into rows changes
nothing. Peers are the customers of the same line of business; what is usual among them is taken from the four calendar
quarters before the quarter of an order, so that a flag of that day never depends on what came later.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from counterflow.core.standing import standing
from counterflow.core.tables import CUSTOMER, CUSTOMER_LICENCE, ORDER_LINE, conform
from counterflow.orders.patterns.products import describe
from counterflow.orders.patterns.setting import Setting
from counterflow.store.duckdb_store import DuckDBStore

__all__ = ["Desk"]

_READ = (
    *("source", "record_id", "batch", "line", "kind", "supplier_id", "customer_id", "customer_type", "ordered_on"),
    *("item", "purity_pct", "mass_g", "volume_l", "units", "active_g", "price", "currency", "ship_from", "ship_to"),
    *("ship_to_country", "bill_to_country", "forwarder", "payment", "corrects", "first_seen"),
)
#: Day orders, customers and products as numbers; `t` is the calendar quarter, counted.
_LAY_OUT = (
    """CREATE TABLE raw AS SELECT row_number() OVER () AS n, * FROM incoming
    WHERE ordered_on <= DATE '{on}' AND customer_id IS NOT NULL AND kind IN ('sale', 'return', 'purchase')""",
    """CREATE TABLE cust AS SELECT row_number() OVER (ORDER BY customer_id) AS c, * FROM (
      SELECT a.customer_id, lower(trim(coalesce(b.business_line, a.kind_of, ''))) AS g,
             coalesce(b.country, a.ship_country) AS country, b.site_type, b.contact, b.forwarder, b.name,
             coalesce(b.research, false) AS research, b.first_seen AS filed
      FROM (SELECT customer_id, min(customer_type) AS kind_of, mode(ship_to_country) AS ship_country
            FROM raw GROUP BY 1) a LEFT JOIN customers b USING (customer_id))""",
    """CREATE TABLE place AS SELECT dense_rank() OVER (ORDER BY folded)::INTEGER AS a, * FROM (
      SELECT ship_to, lower(trim(regexp_replace(ship_to, '[[:punct:][:space:]]+', ' ', 'g'))) AS folded
      FROM (SELECT DISTINCT ship_to FROM raw WHERE ship_to IS NOT NULL))""",
    """CREATE TABLE o AS SELECT r.n, r.asked, r.kind, r.record_id AS order_id, c.c, c.g, coalesce(p.p, 0) AS p,
      coalesce(p.listed, false) AS listed, p.class, p.equipment,
      date_diff('day', DATE '1970-01-01', r.ordered_on)::INTEGER AS day,
      (year(r.ordered_on) * 4 + quarter(r.ordered_on))::INTEGER AS t,
      (year(r.ordered_on) * 12 + month(r.ordered_on) - 1)::INTEGER AS m,
      CASE WHEN r.units IS NOT NULL THEN 'units' WHEN r.mass_g IS NOT NULL OR r.active_g IS NOT NULL THEN 'g'
           WHEN r.volume_l IS NOT NULL THEN 'l' END AS measure,
      coalesce(r.units, r.mass_g, r.active_g, r.volume_l) AS q,
      r.price, r.currency, r.purity_pct AS purity, r.payment, f.a AS ship, r.ship_to_country, r.bill_to_country,
      r.ship_from, r.forwarder, r.supplier_id
    FROM raw r JOIN cust c USING (customer_id) LEFT JOIN prod p ON p.product = r.product AND p.item = r.item
    LEFT JOIN place f ON f.ship_to = r.ship_to""",
    """CREATE TABLE d AS SELECT c, any_value(g) AS g, p, measure, hash(p, measure)::UBIGINT AS k, day,
      any_value(t) AS t,
      any_value(m) AS m, sum(q) AS q, bool_or(asked) AS asked, min(order_id) AS order_id, count(*)::INTEGER AS rows,
      bool_or(listed) AS listed
    FROM o WHERE kind = 'sale' AND q > 0 AND p > 0 GROUP BY c, p, measure, day""",
    """CREATE TABLE active AS SELECT g, t, count(DISTINCT c) AS customers FROM (
      SELECT DISTINCT c, g, {told} AS t FROM o WHERE kind = 'sale')
    GROUP BY GROUPING SETS ((g, t), (t))""",
)


@dataclass(frozen=True)
class Desk:
    """The tables laid out, and what to go by.

    Args:
        store: the tables, in memory.
        setting: what makes something stand out.
        on: the day as of which is asked, as days since 1970.
        lasts_from: the day after which flags still stand.
        silent: kinds of flags for which there are too few orders or customers to compare with.
    """

    store: DuckDBStore
    setting: Setting
    on: int
    lasts_from: int
    silent: list[str] = field(default_factory=list)

    @classmethod
    def lay(
        cls,
        lines: pa.Table,
        customers: pa.Table,
        licences: pa.Table,
        *,
        on: dt.date,
        history: pa.Table | None,
        setting: Setting,
    ) -> Desk:
        """Lay out orders and customers; `lines` and `history` carry the column `product`."""
        store = DuckDBStore(None, memory_limit="1500MB", bare=True)
        background = None if history is None else _read(history, asked=False)
        incoming = _standing(_read(lines, asked=True), background, on)
        store.execute("CREATE TABLE prod AS SELECT row_number() OVER () AS p0, * FROM made", made=describe(incoming))
        store.execute("ALTER TABLE prod ADD COLUMN p INTEGER")
        store.execute(
            "UPDATE prod SET p = n.p FROM (SELECT product, row_number() OVER (ORDER BY product) AS p"
            " FROM (SELECT DISTINCT product FROM prod)) n WHERE n.product = prod.product"
        )
        held = conform(customers, CUSTOMER).rename_columns(
            ["customer_id" if name == "record_id" else name for name in CUSTOMER.names]
        )
        known = {"incoming": incoming, "customers": _last_of(store, held)}
        today = (on - dt.date(1970, 1, 1)).days
        told = _told(today - setting.stands, today)
        for statement in _LAY_OUT:
            tables = known if "incoming" in statement or "customers b" in statement else {}
            store.execute(statement.format(on=on.isoformat(), told=told), **tables)
        _honour_research(store, licences, on)
        return cls(store, setting, today, today - setting.stands)

    def rows(self, sql: str, **tables: pa.Table) -> list[dict[str, Any]]:
        """Return what `sql` finds."""
        found: list[dict[str, Any]] = self.store.query(sql, **tables).to_pylist()
        return found

    def once(self, name: str, sql: str) -> None:
        """Keep what `sql` selects as a table `name`, unless another pattern did."""
        self.store.execute(f"CREATE TABLE IF NOT EXISTS {name} AS {sql}")

    def done(self, *names: str) -> None:
        """Let go of tables that no other pattern asks: a modest machine has not the memory for all of them."""
        for name in names:
            self.store.execute(f"DROP TABLE {name}")

    def bars(self, name: str, statistic: str, *, of: str, pooled: bool = False) -> None:
        """Keep what is usual as a table `name`: g, k, t, n, customers, q1, mid, q3, high95, high, top.

        It serves flags of the kind `of`. `statistic` selects c, g, k, t, v: a value `v` of customer `c` in quarter `t`.
        The rows of (g, k, t) tell of the four quarters before `t`; g is null for all customers. Where a group has too
        few customers or orders, all customers stand in. A value that is held against the customer's own past may be
        `pooled` over products too: the rows where k is null as well. Where these are too few still, there is no row and
        nothing is said.
        """
        s = self.setting
        sets = "(g, k, t), (k, t), (t)" if pooled else "(g, k, t), (k, t)"
        self.store.execute(f"""CREATE TABLE {name} AS
        WITH seen AS (SELECT c, g, k, v, {self.told} AS t FROM ({statistic}) WHERE v IS NOT NULL),
        told AS (SELECT g, k, t, count(*) AS n, count(DISTINCT c) AS customers, max(v) AS top,
                        quantile_cont(v, [0.25, 0.5, 0.75, 0.95, {1 - s.rare}]) AS q
                 FROM seen GROUP BY GROUPING SETS ({sets}))
        SELECT g, k, t, n, customers, q[1] AS q1, q[2] AS mid, q[3] AS q3, q[4] AS high95, q[5] AS high, top
        FROM told WHERE n >= {s.least_orders} AND customers >= {s.least_peers}""")
        if not self.rows(f"SELECT 1 FROM {name} LIMIT 1"):
            self.silent.append(of)

    def against(self, name: str, of: str) -> str:
        """Return SQL that joins the rows of `of` (with g, k, t) to their bar in `name`, as b_…; peers before all."""
        read = ("n", "customers", "q1", "mid", "q3", "high95", "high", "top")
        bars = ", ".join(f"coalesce(b.{column}, a.{column}, w.{column}) AS b_{column}" for column in read)
        return f"""(SELECT x.*, {bars}, CASE WHEN b.n IS NOT NULL AND x.g <> '' THEN '“' || x.g || '”'
              WHEN a.n IS NOT NULL OR b.n IS NOT NULL THEN 'all lines of business'
              ELSE 'all lines of business, over all products,' END AS who
          FROM ({of}) x LEFT JOIN {name} b ON b.g = x.g AND b.k = x.k AND b.t = x.t
          LEFT JOIN {name} a ON a.g IS NULL AND a.k = x.k AND a.t = x.t
          LEFT JOIN {name} w ON w.g IS NULL AND w.k IS NULL AND w.t = x.t
          WHERE coalesce(b.n, a.n, w.n) IS NOT NULL)"""

    @property
    def told(self) -> str:
        """SQL that repeats a row for each quarter that it tells of: the four after its own, where flags can stand."""
        return _told(self.lasts_from, self.on)

    @property
    def standing(self) -> str:
        """SQL that keeps what was asked about and still stands."""
        return f"asked AND day > {self.lasts_from}"


def _told(first: int, last: int) -> str:
    """Return the SQL of `Desk.told` for flags of days after `first` up to `last`."""
    began, ends = (_quarter(day) for day in (first, last))
    return f"unnest(range(greatest(t + 1, {began}), least(t + 4, {ends}) + 1))"


def _quarter(number: int) -> int:
    day = dt.date.fromordinal(max(dt.date(1970, 1, 1).toordinal() + number, 1))
    return day.year * 4 + (day.month + 2) // 3


def _read(lines: pa.Table, *, asked: bool) -> pa.Table:
    """Return the columns looked at, with product, an item that is never empty, and whether it was asked about."""
    product = lines.column("product") if "product" in lines.column_names else pc.utf8_lower(lines.column("item"))
    ours = [name for name in lines.column_names if name in ORDER_LINE.names]
    kept = conform(lines.select(ours), ORDER_LINE).select(_READ)
    kept = kept.cast(pa.schema([field.with_nullable(True).remove_metadata() for field in kept.schema]))
    kept = kept.set_column(_READ.index("item"), "item", pc.fill_null(kept.column("item"), ""))
    kept = kept.append_column("product", pc.fill_null(product.cast(pa.string()), ""))
    return kept.append_column("asked", pa.repeat(pa.scalar(asked), kept.num_rows))


def _standing(lines: pa.Table, history: pa.Table | None, on: dt.date) -> pa.Table:
    """Return what stood on a day, each order once: corrections of later days are not known yet."""
    parts = [lines]
    if history is not None:
        parts.append(_without(history, lines))
    known = pa.concat_tables(parts)
    known = known.filter(pc.less_equal(known.column("ordered_on"), pa.scalar(on, pa.date32())))
    one_load = len(pc.unique(known.column("batch"))) < 2
    return known if one_load and known.column("corrects").null_count == known.num_rows else standing(known)


def _without(history: pa.Table, lines: pa.Table) -> pa.Table:
    """Return the history without the orders that are asked about."""
    asked = lines.select(["source", "record_id"]).append_column("met", pa.repeat(pa.scalar(True), lines.num_rows))
    asked = asked.group_by(["source", "record_id"]).aggregate([("met", "any")])
    numbered = history.select(["source", "record_id"]).append_column("n", pa.array(range(history.num_rows), pa.int64()))
    left = numbered.join(asked, ["source", "record_id"], join_type="left anti")
    return history.take(left.column("n").combine_chunks().sort())


def _last_of(store: DuckDBStore, customers: pa.Table) -> pa.Table:
    """Return the customer file as it stands: a later row of the same customer overrules."""
    return store.query(
        "SELECT * FROM held QUALIFY row_number() OVER (PARTITION BY customer_id ORDER BY first_seen"
        " DESC, batch DESC) = 1",
        held=customers,
    )


def _honour_research(store: DuckDBStore, licences: pa.Table, on: dt.date) -> None:
    """Take a valid research registration among the licences as the customer file's own word on research."""
    store.execute(
        "UPDATE cust SET research = true WHERE customer_id IN (SELECT record_id FROM held WHERE kind = 'research'"
        f" AND (expires_on IS NULL OR expires_on >= DATE '{on}') AND (valid_from IS NULL OR"
        f" valid_from <= DATE '{on}'))",
        held=conform(licences, CUSTOMER_LICENCE),
    )
