"""The command `wangge`: run, operate and look into a deployment."""

import asyncio
import importlib
import signal
import sys
from collections.abc import Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.deployment import attach
from infra.embedded.process import die_with_parent
from infra.errors import DomainError
from infra.settings import settings

app = typer.Typer(
    help="网格 Wangge — governance of off-campus training institutions",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _named(path: str) -> Any:
    """An entry point of a higher floor, named by string."""
    module, _, name = path.partition(":")
    return getattr(importlib.import_module(module), name)


def _run(make: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run a coroutine and close what it opened; say operators' errors in one line."""
    dispose = _named("infra.database.engine:dispose")

    async def whole() -> Any:
        try:
            return await make()
        finally:
            await dispose()

    return asyncio.run(whole())


def _attached() -> None:
    try:
        attach()
    except RuntimeError as error:
        _stop(str(error))


def _stop(message: str) -> None:
    typer.echo(message, err=True)
    raise typer.Exit(1)


@app.command()
def run() -> None:
    """Start everything: servers, migrations, demo data, web, worker, scheduler."""
    launcher = _named("infra.launcher:Launcher")()
    try:
        launcher.run()
    except RuntimeError as error:
        _stop(str(error))


@app.command()
def scheduler() -> None:
    """Number events, ring for deliveries and do the recurring duties until stopped."""
    die_with_parent()
    _attached()
    _named("infra.telemetry:configure_logging")()
    _named("services.worker:load")()

    async def schedule() -> None:
        stop = asyncio.Event()
        for signum in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(signum, stop.set)
        async with asyncio.TaskGroup() as group:
            group.create_task(_named("tenants.relay:run")(stop))
            group.create_task(_named("tenants.duties:run")(stop))

    _run(schedule)


@app.command()
def migrate() -> None:
    """Upgrade the database to this code's newest revision; safe beside older code."""
    _attached()
    _run(_named("infra.database.migrate:migrate"))
    typer.echo("数据库已是最新 the database is up to date")


@app.command()
def doctor() -> None:
    """Test roles, row security, broker, clock, connections and disk; exit 1 on a fault."""
    _attached()
    findings = _run(_named("infra.doctor:examine"))
    for finding in findings:
        typer.echo(f"{'ok   ' if finding.ok else 'FAULT'} {finding.name}: {finding.detail}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


@app.command()
def deliveries(
    retry: Annotated[bool, typer.Option("--retry", help="give all their tries again")] = False,
) -> None:
    """List deliveries that were set aside after their last try; exit 1 when there are any."""
    _attached()
    if retry:
        count = _run(_named("tenants.aside:put_back"))
        typer.echo(f"已放回 put back: {count}")
        return
    found = _run(_named("tenants.aside:set_aside"))
    for one in found:
        facts = (one.tenant_id, one.actor, one.kind, one.attempts, one.last_error)
        typer.echo(f"{one.failed_at:%Y-%m-%d %H:%M:%S%z}  " + "  ".join(map(str, facts)))
    if found:
        raise typer.Exit(1)
    typer.echo("没有搁置的投递 nothing is set aside")


@app.command()
def calendar(
    file: Annotated[Path, typer.Argument(help="CSV: day,is_workday,name of the notice's days")],
    year: Annotated[int, typer.Option(help="the notice's year")],
    source: Annotated[str, typer.Option(help="its number, such as 国办发明电〔2025〕7号")],
    apply: Annotated[bool, typer.Option("--apply", help="load it; without, only look")] = False,
) -> None:
    """Show what a notice of rest days changes, and with --apply load its year."""
    _attached()
    command = _named("services.calendar.service:LoadYear")(file.read_bytes(), year, source)
    step = _named(f"services.calendar.service:{'load_year' if apply else 'preview_year'}")
    as_migrator = _named("infra.database.migrate:as_migrator")
    try:
        found = _run(lambda: as_migrator(lambda connection: step(connection, command)))
    except DomainError as refused:
        _stop("\n".join(f"{fault.zh} — {fault.en}" for fault in refused.faults))
    for moved in found.moved:
        kind = "上班 work" if moved.is_workday else "休息 rest"
        typer.echo(f"{moved.day}  {kind}  {moved.name or ''}")
    typer.echo(f"{year} 年工作日 workdays: {found.workdays_before} → {found.workdays}")
    if found.workdays != found.workdays_before:
        typer.echo("注意：通知通常只调休，不增减工作日 a notice usually moves days and gives none")
    if not found.rows:
        typer.echo("与现有日历一致 nothing differs from the calendar")
    elif apply:
        typer.echo(f"已载入 loaded: {found.rows} days")
    else:
        typer.echo(f"未载入 not loaded: {found.rows} days would change; add --apply")


@app.command()
def backup(target: Path) -> None:
    """Dump the database under the backup role into a file."""
    _attached()
    _run(lambda: _named("infra.backup:backup")(target))
    typer.echo(str(target))


@app.command()
def restore(
    source: Path,
    into: Annotated[str, typer.Option(help="name of a new, empty database")],
) -> None:
    """Restore a dump into a new database and compare the number of rows of every table."""
    _attached()
    drill = _run(lambda: _named("infra.backup:restore")(source, into))
    for table, (before, after) in sorted(drill.items()):
        typer.echo(f"{'ok   ' if before == after else 'FAULT'} {table}: {before} → {after}")
    if any(before != after for before, after in drill.values()):
        raise typer.Exit(1)


@app.command()
def token(account: str) -> None:
    """A bearer token of a demo account, such as `pucheng/clue_officer`."""
    _attached()
    try:
        typer.echo(_run(lambda: _named("tenants.auth.demo:token_of")(account)))
    except LookupError as error:
        _stop(str(error))


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="the same seed gives the same data")] = 1,
    size: Annotated[int, typer.Option(help="institutions of each county")] = 60,
) -> None:
    """Load the demonstration data into an empty database."""
    _attached()
    if _run(_named("services.demo:is_loaded")):
        _stop("示范数据已存在 demo data is already there")
    _run(lambda: _named("services.demo:load")(lambda done, total: None, seed=seed, size=size))
    typer.echo("示范数据已导入 demo data loaded")


@app.command()
def clock(
    days: Annotated[float, typer.Option(help="how far forward, in days")],
) -> None:
    """Move the clock of a demonstration forward, so that deadlines pass."""
    _attached()
    there = _run(lambda: _named("infra.database.migrate:shift_clock")(timedelta(days=days)))
    typer.echo(f"时钟前进 {days} 天，现为 the clock moved, to {there:%Y-%m-%d %H:%M} UTC")


@app.command()
def story() -> None:
    """Play the story of one report through the HTTP API and print every answer."""
    _attached()
    url = f"http://{settings().host}:{settings().port}"
    sys.exit(_run(lambda: _named("schema.story:play")(url)))


if __name__ == "__main__":
    app()
