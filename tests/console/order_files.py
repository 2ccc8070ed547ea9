"""A small house of orders for tests: three customers, a year of orders, one open alarm; all of it invented."""

import datetime as dt

import pyarrow as pa

from counterflow.core.tables import ORDER_ALARM
from counterflow.intake.load import load
from counterflow.intake.propose.recognise import recognise

CUSTOMERS = """customer_id,name,registration,address,country,site_type,business_line,end_use,licence_type,licence_number,\
licence_authority,licence_country,licence_expiry,expected_product,expected_quantity,expected_unit,expected_period
C-1,Northgate Coatings Ltd,DE:HR1,Dock Road 1,DE,plant,coatings,thinner,registration,REG-1,Authority of DE,DE,\
2040-01-01,Acetone,100,kg,month
C-2,Southgate Plating <b>Ltd</b>,DE:HR2,Dock Road 2,DE,plant,metal finishing,cleaning,registration,REG-2,\
Authority of DE,DE,2025-01-01,Acetone,50,kg,month
C-3,Westgate Fragrance,DE:HR3,Dock Road 3,DE,plant,fragrance and flavour,scent,registration,REG-3,Authority of DE,DE,\
2040-01-01,Piperonal,1,kg,month
"""


def fill(workspace, folder):
    """Load the customers and a year of orders up to today; raise one alarm on C-1."""
    today = workspace.clock().date()
    rows = ["order_id,kind,customer_id,order_date,item,cas,quantity,unit,ship_from,ship_to,ship_to_country"]
    for number in range(24):
        day = today - dt.timedelta(days=15 * number + 3)
        customer = f"C-{number % 2 + 1}"
        rows.append(f"O-{number:02},sale,{customer},{day},Acetone,67-64-1,{20 + number},kg,DE,Dock Road,DE")
    rows.append(f"O-90,sale,C-3,{today - dt.timedelta(days=2)},Piperonal,120-57-0,4,kg,DE,Dock Road 3,DE")
    for name, text, table in (("customers.csv", CUSTOMERS, "customer"), ("orders.csv", "\n".join(rows), "order")):
        path = folder / name
        path.write_text(text, "utf-8")
        load(workspace, path, recognise(path, table).mapping, source="test-house")
    alarm = {
        "alarm": "alarm-1", "customer_id": "C-1", "product": "acetone", "month": f"{today:%Y-%m}",
        "quantity": 90_000.0, "baseline": 20_000.0, "measure": "grams", "strength": 3.0, "meaning": "times the expected",
        "reasons": "4.5 times what was to be expected", "setting": "test", "raised_at": workspace.clock(),
    }  # fmt: skip
    workspace.store.append("order_alarm", pa.Table.from_pylist([alarm], schema=ORDER_ALARM))
