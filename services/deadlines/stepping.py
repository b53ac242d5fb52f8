"""Taking due steps: one statement for step, event, figure and audit link, each step once."""

from datetime import timedelta

from sqlalchemy import text

from infra import faults
from infra.clock import NOW_SQL
from infra.ids import UUID7_SERIES, UUID7_STAMP_SQL, uuid7_of
from tenants import audit
from tenants.compiled_door import raw_connection
from tenants.scope import Scope
from tenants.session import unit_of_work

BATCH = 1_000
MISSED_METRIC = "deadlines.missed"

_LATE_AFTER = timedelta(minutes=15)
"""A step taken later than this after its time is marked late: we were away, not the post."""

# Asked first and alone: the statement below costs milliseconds even when it finds nothing. By order
# and not by EXISTS, for which the planner reads the table itself.
_IS_DUE = """
SELECT (SELECT fires_at FROM deadline_alarm ORDER BY fires_at LIMIT 1)
  <= now() + coalesce((SELECT shift FROM clock_shift), '0')
"""

_ID = uuid7_of("stamp", "row_number() OVER ()")

# A step tells at most three events: that it was taken, that its deadline passed, its figure.
assert BATCH * 3 < UUID7_SERIES  # noqa: S101

# An alarm is deleted where its step is written, and only one transaction can delete it: so each
# step is taken once, however many schedulers there are. Alarms are locked before deadlines here
# and by the commands (service.py), so the two never wait for each other crosswise.
# Alarms ring at a few moments of the day, so those of one moment are taken tenant by tenant: a
# batch has few chains to link. They are deleted by their place in the table, whatever its size;
# one that moved before it was locked is left to the next batch.
# No parameters: a plan that does not know the batch to be small would read the whole table.
_TAKE = text(f"""
WITH stamp AS MATERIALIZED (SELECT {UUID7_STAMP_SQL}),
due AS MATERIALIZED (
  SELECT ctid AS place FROM deadline_alarm
  WHERE fires_at <= {NOW_SQL} ORDER BY fires_at, tenant_id LIMIT {BATCH} FOR UPDATE SKIP LOCKED),
fired AS (
  DELETE FROM deadline_alarm WHERE ctid = ANY (ARRAY(SELECT place FROM due)) RETURNING *),
stepped AS (
  INSERT INTO deadline_step
    (tenant_id, id, deadline_id, round, step, rung, planned_at, taken_at, is_late)
  SELECT tenant_id, {_ID}, deadline_id, round, step, rung, fires_at, {NOW_SQL},
         {NOW_SQL} - fires_at > interval '{_LATE_AFTER.total_seconds()} seconds' FROM fired),
passed AS (
  UPDATE deadline d SET state = 'MISSED', missed_at = {NOW_SQL}, version = d.version + 1
  FROM fired f WHERE f.rung = 'DUE' AND d.state = 'RUNNING'
    AND d.tenant_id = f.tenant_id AND d.id = f.deadline_id),
figures AS (
  SELECT tenant_id, count(*) AS missed FROM fired WHERE rung = 'DUE' GROUP BY tenant_id),
counted AS (
  INSERT INTO metric_delta (tenant_id, id, metric, numerator, denominator)
  SELECT tenant_id, {_ID}, '{MISSED_METRIC}', missed, 0 FROM figures),
told AS (
  INSERT INTO event (tenant_id, id, kind, payload, occurred_at)
  SELECT tenant_id, {_ID}, kind, payload, {NOW_SQL} FROM (
    SELECT tenant_id, 'deadline.stepped' AS kind, jsonb_build_object(
      'deadline_id', deadline_id, 'round', round, 'step', step, 'rung', rung) AS payload
    FROM fired WHERE rung <> 'DRAFT'
    UNION ALL
    SELECT tenant_id, 'deadline.ladder_ended', jsonb_build_object('deadline_id', deadline_id)
    FROM fired WHERE rung = 'DRAFT'
    UNION ALL
    SELECT tenant_id, passed_kind, jsonb_build_object(
      'deadline_id', deadline_id, 'subject_id', subject_id)
    FROM fired WHERE passed_kind IS NOT NULL
    UNION ALL
    SELECT tenant_id, 'metric.moved', jsonb_build_object('metric', '{MISSED_METRIC}')
    FROM figures) e),
batch AS (
  SELECT tenant_id, string_agg('deadline_step:' || deadline_id || '/' || round || '/' || step,
    ',' ORDER BY deadline_id, step) AS subjects FROM fired GROUP BY tenant_id),
{audit.linked("batch", "scheduler", "deadline.step")}
SELECT count(*) FROM fired
""")  # noqa: S608 - constants


async def take_due_steps() -> int:
    """Take at most `BATCH` steps that are due in any tenant; returns how many there were."""
    scope = Scope.system(None)
    async with raw_connection(scope) as connection:
        if not await connection.fetchval(_IS_DUE):
            return 0
    async with unit_of_work(scope, "deadline.step") as session:
        taken = int(await session.scalar(_TAKE) or 0)
        if taken:
            await faults.point("before_step_commit")
        return taken
