"""The duty desk in the console: told, acknowledged, acted, judged; files in; agreements of two sides; who may not."""

import re

import pytest
from tests.alarms import raise_alarm

HEALTH = "health-response"


def text_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.fixture(scope="module")
def alarm(training_workspace):
    return raise_alarm(training_workspace)


def test_an_alarm_is_answered_step_by_step(client_as, alarm, training_workspace):
    desk = client_as("supervisor", purpose=HEALTH, person="Sol Supervisor")
    page = desk.get(f"/watch/alarms/{alarm}")
    assert "still to be told" in text_of(page.text)
    assert "They were told" in page.text
    address = f"/watch/alarms/{alarm}"
    assert desk.post(f"{address}/acknowledged", data={"contact": "county-health"}).status_code == 422
    for act, data in (
        ("told", {"at": ""}), ("acknowledged", {"contact": "county-health"}),
        ("acted", {"words": "40 kits to <b>two</b> sites", "contact": "county-health"}),
        ("disposed", {"verdict": "outbreak", "words": "seen in toxicology"}),
    ):  # fmt: skip
        answer = desk.post(f"{address}/{act}", data=data, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, address), answer.text
    page = desk.get(address).text
    text = text_of(page)
    assert "It turned out: outbreak" in text
    assert "40 kits to &lt;b&gt;two&lt;/b&gt; sites" in page
    assert "Nobody is left to be told" in text
    acts = training_workspace.store.rows(
        "SELECT act, person, ledger_seq FROM watch_act WHERE person = 'Sol Supervisor'"
    )
    assert {row["act"] for row in acts} == {"told", "acknowledged", "acted", "disposed"}
    assert all(row["ledger_seq"] is not None for row in acts)
    pdf = desk.get(f"{address}/brief.pdf")
    assert pdf.content.startswith(b"%PDF")
    assert f"/watch/alarms/{alarm}" in desk.get("/watch").text


def test_who_only_reads_gets_no_button_and_no_act(client_as, alarm):
    viewer = client_as("officer", purpose="inspection")
    page = viewer.get(f"/watch/alarms/{alarm}")
    assert page.status_code == 200
    assert "They were told" not in page.text
    assert "40 kits" not in page.text, "words and names are for those who answer and those who check"
    for path in (f"/watch/alarms/{alarm}/told", f"/watch/alarms/{alarm}/disposed", "/watch/look", "/watch/register"):
        assert viewer.post(path, data={}).status_code == 403, path
    analyst = client_as("analyst", purpose=HEALTH)
    assert (
        analyst.post(f"/watch/alarms/{alarm}/disposed", data={"verdict": "outbreak", "words": "x"}).status_code == 403
    )
    assert client_as("admin").get("/watch").status_code == 403


def test_a_look_says_what_it_put_on_record(client_as):
    desk = client_as("analyst", purpose=HEALTH)
    answer = desk.post("/watch/look", follow_redirects=False)
    assert answer.status_code == 303
    assert "The look put" in text_of(desk.get(answer.headers["location"]).text)


def test_files_come_in_with_a_receipt_and_bad_rows_are_named(client_as):
    desk = client_as("analyst", purpose=HEALTH)

    def send(name, content, **fields):
        return desk.post("/watch/register", files={"file": (name, content)}, data=fields)

    page = send("<i>c</i>.csv", b"place,level,parent,lat,lon\nNewtown,county,,1.5,-20\nOld,moon,,,\n", what="places")
    text = text_of(page.text)
    assert "1 of 2 rows taken" in text
    assert "unknown-level" in text
    assert "<i>c</i>" not in page.text
    counts = "starts,place,level,count,measure,source\n2026-01-05,Newtown,county,12,overdoses,ward\n"
    assert "1 of 1 rows taken" in text_of(send("n.csv", counts.encode(), what="counts", form="counts").text)
    assert "taken before" in text_of(send("n.csv", counts.encode(), what="counts", form="counts").text)
    assert send("n.csv", b"\xff\xfe", what="stock").status_code == 422
    assert send("n.csv", counts.encode(), what="counts", form="nonsense").status_code in (404, 422)
    assert send("n.csv", counts.encode(), what="people").status_code == 404
    assert "ward" in desk.get("/watch/register").text


def test_two_sides_agree_and_one_person_is_not_two(client_as, training_workspace):
    asked = {"purpose": "supply-response", "area": "Ashbourne", "from": "2026-01-01", "to": "2026-01-31",
             "expires": str(training_workspace.clock().date()), "ground": "adulterant seen in two labs"}  # fmt: skip
    health = client_as("supervisor", purpose=HEALTH, person="Sol Supervisor")
    assert health.post("/watch/agreements", data=asked, follow_redirects=False).status_code == 303
    assert "waits for the other side" in health.get("/watch/agreements").text
    same = client_as("inspector", purpose="oversight", person="sol  SUPERVISOR")
    assert same.post("/watch/agreements", data=asked).status_code == 403
    other = client_as("inspector", purpose="oversight", person="Ines Inspector")
    assert other.post("/watch/agreements", data=asked, follow_redirects=False).status_code == 303
    page = other.get("/watch/agreements").text
    assert "holds" in page
    agreement = re.search(r"Q-[0-9a-f]{12}", page).group()
    back = {"agreement": agreement, "ground": "no longer needed"}
    assert other.post("/watch/agreements/withdraw", data=back, follow_redirects=False).status_code == 303
    assert "Nobody has agreed" in other.get("/watch/agreements").text
    assert client_as("analyst", purpose=HEALTH).post("/watch/agreements", data=asked).status_code == 403


def test_a_watch_after_a_seizure_tells_health_the_area_and_not_the_event(client_as, training_workspace):
    day = training_workspace.clock().date()
    desk = client_as("supervisor", purpose=HEALTH)
    sent = {"event": "S-2026-114", "day": str(day), "area": "Ashbourne", "level": "county", "weeks": "3"}
    assert desk.post("/watch/supply", data=sent, follow_redirects=False).status_code == 303
    text = text_of(desk.get("/watch/supply").text)
    assert "Ashbourne: open" in text
    assert "S-2026-114" not in text
    assert desk.post("/watch/supply", data=sent | {"weeks": "999"}).status_code == 400
    assert desk.post("/watch/supply", data=sent | {"action": "op"}).status_code == 400


@pytest.mark.parametrize("alarm", ["A-../../etc", "A-<script>", "B-1", "A-" + "9" * 200])
def test_an_alarm_that_is_none_is_a_card(client_as, alarm):
    answer = client_as("supervisor", purpose=HEALTH).get(f"/watch/alarms/{alarm}")
    assert answer.status_code in (404, 422)
    assert "<script>" not in answer.text.split("</head>")[1]
