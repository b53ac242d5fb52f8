"""Removing uploads that nothing took: found by the scheduler, removed by a worker."""

from sqlalchemy import delete, text

from infra import storage
from infra.clock import NOW_SQL
from infra.ids import UUID7_SQL
from services.files.events import UploadAbandoned
from services.files.models import File, FileStatus, StagedUpload
from services.files.rules import Copy, path
from tenants.actors import Steps, external_actor
from tenants.duties import duty
from tenants.scope import Scope
from tenants.session import unit_of_work

LOOK_S = 60.0
BATCH = 500

# Marked and told in one statement; `attach` takes no file that is marked.
_SWEEP = text(f"""
WITH due AS MATERIALIZED (
  SELECT tenant_id, id FROM staged_upload
  WHERE expires_at <= {NOW_SQL} AND swept_at IS NULL
  ORDER BY expires_at LIMIT :batch FOR UPDATE SKIP LOCKED),
swept AS (
  UPDATE staged_upload u SET swept_at = {NOW_SQL} FROM due
  WHERE u.tenant_id = due.tenant_id AND u.id = due.id RETURNING u.tenant_id, u.id),
told AS (
  INSERT INTO event (tenant_id, id, kind, payload, occurred_at)
  SELECT tenant_id, {UUID7_SQL}, '{UploadAbandoned.kind}',
         jsonb_build_object('upload_id', id), {NOW_SQL} FROM swept)
SELECT count(*) FROM swept
""")  # noqa: S608 - constants


@duty("files.sweep", every_s=LOOK_S)
async def sweep_uploads() -> int:
    """Give up at most `BATCH` uploads that were not attached in time; returns how many."""
    async with unit_of_work(Scope.system(None), "files.sweep") as session:
        return int(await session.scalar(_SWEEP, {"batch": BATCH}) or 0)


@external_actor("upload.abandoned")
async def remove_upload(steps: Steps, event: UploadAbandoned) -> None:
    """Remove the bytes, then the rows; done again after a crash it finds less to do."""
    await storage.delete(*(path(event.tenant_id, event.upload_id, copy) for copy in Copy))
    async with steps.last_step() as session:
        for model in (File, StagedUpload):
            condition = [model.tenant_id == event.tenant_id, model.id == event.upload_id]
            if model is File:
                condition.append(File.status == FileStatus.STAGED)
            await session.execute(delete(model).where(*condition))
        session.info["subjects"].append(f"file:{event.upload_id}")
