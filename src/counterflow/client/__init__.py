"""A typed client of the API, on the standard library alone.

    from counterflow.client import Client

    with Client("https://counterflow.example", token="cf_…") as api:
        receipt = api.load(Path("parcels.csv"), mapping="parcel")
        for record in api.records(lane="mail", code="listed-precursor"):
            print(record["record_id"], record["codes"])

It stands by itself: nothing of the program but its errors comes along, so it can be used where only the API is.
"""

from counterflow.client.api import Client
from counterflow.client.problem import Problem
from counterflow.client.transport import Answer, Asked, HttpTransport, Transport

__all__ = ["Answer", "Asked", "Client", "HttpTransport", "Problem", "Transport"]
