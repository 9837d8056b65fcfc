"""The ``flywheel`` command. Every command imports what it needs when it runs: ``--version`` stays instant."""

from __future__ import annotations

import io
import logging
import os
import sys
from pathlib import Path
from typing import Any, Final

import click

from flywheel_tui import __version__
from flywheel_tui.cli.options import Format, Options
from flywheel_tui.domain.errors import FlywheelError
from flywheel_tui.domain.text import clean

_SCENARIO_HELP: Final = "What happens in the fleet: calm, incident, storm, drift or upgrade."
_KIND_NAMES: Final = ("runners", "scalesets", "pods", "jobs", "alerts", "unjoined")


class FlywheelGroup(click.Group):
    """Shows failures as one sentence on stderr and ends with the exit code of their class."""

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - as click declares it
        """Run the command; a :class:`FlywheelError` becomes a sentence and an exit code."""
        try:
            return super().invoke(ctx)
        except click.NoSuchOption as error:
            if any(error.option_name in parameter.opts for parameter in self.params):
                words = f"{error.option_name} is an option of flywheel itself: write it before the command."
                raise click.UsageError(words, error.ctx) from error
            raise
        except FlywheelError as error:
            click.echo(f"flywheel: {clean(str(error))}", err=True)
            ctx.exit(error.exit_code)
        except BrokenPipeError:
            # Whoever reads has enough (`| head`); click ends quietly.
            raise
        except OSError as error:
            click.echo(f"flywheel: The output cannot be written: {error.strerror or error}.", err=True)
            ctx.exit(1)


def _split(ctx: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> tuple[str, ...]:
    """Accept both ``--context a --context b`` and ``--context a,b``."""
    return tuple(name for value in values for name in value.split(",") if name)


@click.group(
    cls=FlywheelGroup,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--config", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Configuration file.")
@click.option(
    "--context", "contexts", multiple=True, callback=_split, metavar="NAME", help="Only these contexts (a,b)."
)
@click.option("--readonly", is_flag=True, help="Look only: no context allows more than viewer.")
@click.option("--theme", metavar="NAME", help="Theme of the console.")
@click.option("--ascii", "ascii_only", is_flag=True, help="Draw with ASCII characters only.")
@click.option("--mouse", is_flag=True, help="Let the console use the mouse.")
@click.option(
    "--no-frame-diff", is_flag=True, help="Send whole regions to the terminal, not only the cells that changed."
)
@click.option("--resume", is_flag=True, help="Take up the last session: page, view, scope, filter, cursor and marks.")
@click.option("--log-file", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write a log there.")
@click.version_option(__version__, prog_name="flywheel", message="%(prog)s %(version)s")
@click.pass_context
def cli(
    ctx: click.Context,
    config: Path | None,
    contexts: tuple[str, ...],
    readonly: bool,
    theme: str | None,
    ascii_only: bool,
    mouse: bool,
    resume: bool,
    no_frame_diff: bool,
    log_file: Path | None,
) -> None:
    """The terminal console for CI runner fleets on GitLab, GitHub and Kubernetes.

    Without a command it opens the console on the fleet that the configuration names.
    """
    ctx.obj = Options(
        config=config,
        contexts=contexts,
        readonly=readonly,
        theme=theme,
        ascii=ascii_only,
        mouse=mouse,
        resume=resume,
        frame_diff=not no_frame_diff,
    )
    _start_log(ctx, log_file)
    if ctx.invoked_subcommand is None:
        from flywheel_tui.cli.commands.console import open_console

        ctx.exit(open_console(ctx.obj))


@cli.command()
@click.argument("kind", metavar=f"[{'|'.join(_KIND_NAMES)}]")
@click.option(
    "-o", "--output", "form", type=click.Choice([form.value for form in Format]), default="table", show_default=True
)
@click.option("--filter", "expression", default="", metavar="EXPR", help="As in the console: 'forge:gitlab cpu>80 !x'.")
@click.option("--sort", "order", default="", metavar="COL", help="Field to sort by; -COL is descending; a,b for two.")
@click.pass_obj
def get(options: Options, kind: str, form: str, expression: str, order: str) -> None:
    """List runners, scalesets, pods, jobs, alerts, or unjoined: what belongs to no runner that is known.

    The list goes to stdout, words about it to stderr. Exit code 1 when no source answers; when only some fail, the
    rows of the others are printed, stderr names what is missing and `meta.complete` is false. CSV and JSON carry raw
    values: per cent as a share, an age as the instant that it counts from.
    """
    from flywheel_tui.cli.commands.get import get_rows

    get_rows(options, kind, Format(form), expression, order)


@cli.group()
def describe() -> None:
    """Show everything known of one thing."""


@describe.command("runner")
@click.argument("name")
@click.option("-o", "--output", "form", type=click.Choice(["text", "json", "yaml"]), default="text", show_default=True)
@click.pass_obj
def describe_runner(options: Options, name: str, form: str) -> None:
    """Show everything known of the runner NAME (its name, key or forge id), with source and age."""
    from flywheel_tui.cli.commands.describe import describe_runner

    describe_runner(options, name, form)


@cli.group()
def config() -> None:
    """Show the configuration in force."""


@config.command("path")
@click.pass_obj
def config_path(options: Options) -> None:
    """Print where the configuration file is looked for."""
    click.echo(options.config_path)


@config.command("show")
@click.pass_obj
def config_show(options: Options) -> None:
    """Print the configuration with all defaults. Tokens are never printed, only where they come from."""
    from flywheel_tui.cli.commands.config import settings_as_toml

    click.echo(settings_as_toml(options.settings()), nl=False)


@cli.command()
@click.option("--scenario", default="incident", show_default=True, metavar="NAME", help=_SCENARIO_HELP)
@click.option("--runners", default=148, show_default=True, type=click.IntRange(0, 50_000), help="Rows in the grid.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same fleet.")
@click.pass_context
def demo(ctx: click.Context, scenario: str, runners: int, seed: int) -> None:
    """Open the console over a simulated fleet; nothing real is touched."""
    from flywheel_tui.cli.commands.demo import run_demo

    ctx.exit(run_demo(ctx.obj, scenario, runners, seed))


@cli.command()
@click.option("--scenario", default="calm", show_default=True, metavar="NAME", help=_SCENARIO_HELP)
@click.option("--runners", default=148, show_default=True, type=click.IntRange(0, 50_000), help="Runners there are.")
@click.option("--seed", default=1, show_default=True, help="The same seed gives the same fleet.")
@click.option("--port", default=0, show_default=True, type=click.IntRange(0, 65_000), help="First port; 0 is any.")
@click.option(
    "--config-out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Write a ready configuration."
)
@click.pass_context
def simulate(ctx: click.Context, scenario: str, runners: int, seed: int, port: int, config_out: Path | None) -> None:
    """Serve the five simulated upstreams on loopback until SIGTERM or ctrl-c."""
    from flywheel_tui.cli.commands.demo import run_simulator

    ctx.exit(run_simulator(scenario, runners, seed, port, config_out))


def _start_log(ctx: click.Context, path: Path | None) -> None:
    """Send the log to a private file, or nowhere: a log line on the screen would break the picture."""
    root = logging.getLogger()
    root.handlers.clear()
    if path is None:
        root.addHandler(logging.NullHandler())
        return
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError as error:
        raise click.UsageError(f"The log file {path} cannot be written: {error.strerror}.") from error
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root.addHandler(handler)
    logging.getLogger("flywheel_tui").setLevel(logging.INFO)
    ctx.call_on_close(handler.close)


def main() -> None:
    """Run the command line; the entry point of ``flywheel`` and ``python -m flywheel_tui``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # Names come from anywhere, and a terminal with an old charset is no reason to fail.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(cli(prog_name="flywheel"))
