"""A plan for the last day of the training world that nobody has worked yet."""

import datetime as dt

from counterflow.target.choice.plan import plan

CAPACITY = (
    "office,lane,day,resource,minutes,service_minutes,detection_rate\n"
    "*,*,*,roving-team,240,15,0.8\n"
    "*,mail,*,bench,120,10,0.85\n"
)


def plan_of_a_day(workspace, folder):
    """Plan the last day of the world again, with more minutes than it had; return the plan and its day."""
    file = folder / "capacity.csv"
    file.write_text(CAPACITY)
    day = workspace.store.rows("SELECT max(day) AS day FROM draw")[0]["day"]
    start = day - dt.timedelta(days=1)
    return plan(workspace, file, start, day, 0.2, 7), day


def open_items(workspace, made, count):
    """Return the first records of a plan's sheets, in order of office, lane and rank."""
    return workspace.store.rows(
        "SELECT source, record_id, plan, coalesce(office, '') AS office, coalesce(lane, '') AS lane, day, arm, rank"
        " FROM draw WHERE plan = ? AND arm <> '' ORDER BY office, lane, day, rank LIMIT ?",
        [made.plan, count],
    )
