from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flywheel_tui.config.load import load_settings, parse_settings
from flywheel_tui.config.secrets import TokenSource
from flywheel_tui.config.settings import Role
from flywheel_tui.config.toml_lines import line_of
from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.domain.secret import Secret

WHOLE = """\
[contexts.prod]
protected = true
role = "operator"

[contexts.prod.gitlab]
url = "https://gitlab.example.com"
groups = ["infra", "apps/build"]
token = { env = "GITLAB_TOKEN" }
interval_s = 30

[contexts.prod.github]
orgs = ["acme"]
token = { command = ["pass", "show", "github"] }

[contexts.prod.kubernetes]
context = "beehive"
namespaces = ["gitlab-runners", "arc-runners"]
kubeconfig = "kube/config"

[contexts.prod.prometheus]
url = "https://prometheus.example.com/prom"
headers = { X-Scope-OrgID = "infra" }

[contexts.prod.alertmanager]
url = "http://127.0.0.1:9093"
token = { file = "/run/secrets/alertmanager" }

[contexts.prod.gitops]
forge = "gitlab"
project = "infra/flywheel"
stacks = [{ path = "tofu/stacks/gitlab-runners", var_files = ["prod.tfvars"] }]

[policy.stale]
pending_pod_s = 120

[ui]
theme = "ansi"

[keys]
"runners.open" = "o"
"""


def read(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse_settings(text, Path("/etc/flywheel.toml"))
    return str(caught.value)


def test_a_whole_configuration() -> None:
    settings = parse_settings(WHOLE, Path("/etc/flywheel/config.toml"))
    (prod,) = settings.contexts
    assert prod.name == "prod"
    assert prod.protected
    assert prod.role is Role.OPERATOR
    assert prod.gitlab is not None
    assert prod.gitlab.groups == ("infra", "apps/build")
    assert prod.gitlab.token == TokenSource(env="GITLAB_TOKEN")
    assert prod.gitlab.interval_s == 30.0
    assert prod.github is not None
    assert prod.github.url == "https://api.github.com"
    assert prod.github.token.command == ("pass", "show", "github")
    assert prod.kubernetes is not None
    assert prod.kubernetes.kubeconfig == Path("/etc/flywheel/kube/config")
    assert prod.kubernetes.controller_namespace == "arc-systems"
    assert prod.prometheus is not None
    assert prod.prometheus.headers == (("X-Scope-OrgID", Secret("infra")),)
    assert "infra'" not in repr(prod.prometheus)
    assert prod.alertmanager is not None
    assert prod.alertmanager.token == TokenSource(file=Path("/run/secrets/alertmanager"))
    assert prod.gitops is not None
    assert prod.gitops.stacks[0].var_files == ("prod.tfvars",)
    assert settings.stale.pending_pod_s == 120.0
    assert settings.ui.theme == "ansi"
    assert settings.keys == (("runners.open", "o"),)


@pytest.mark.parametrize(
    ("was", "becomes", "line", "says"),
    [
        ("groups = [", "grups = [", 7, "no key grups. Did you mean groups?"),
        ("[contexts.prod.github]", "[contexts.prod.githob]", 11, "no key githob. Did you mean github?"),
        ('role = "operator"', 'role = "operater"', 3, "Did you mean operator?"),
        ("protected = true", 'protected = "yes"', 2, "protected must be true or false"),
        ("interval_s = 30", 'interval_s = "30"', 9, "interval_s must be a number"),
        ("interval_s = 30", "interval_s = 0", 9, "must be above zero"),
        ("interval_s = 30", "interval_s = true", 9, "interval_s must be a number"),
        ('groups = ["infra", "apps/build"]', 'groups = "infra"', 7, "groups must be a list"),
        ('groups = ["infra", "apps/build"]', "groups = [1]", 7, "groups must be text"),
        ('url = "https://gitlab.example.com"', 'url = "gitlab.example.com"', 6, "is not an address"),
        ('url = "https://gitlab.example.com"', 'url = "https://me:pw@x"', 6, "carries no user or password"),
        ('url = "https://gitlab.example.com"', 'url = "https://["', 6, "is not an address"),
        ('url = "https://gitlab.example.com"', 'url = "https://x:99999"', 6, "is not an address"),
        ('url = "https://gitlab.example.com"', 'url = "https://x:abc"', 6, "is not an address"),
        ('url = "https://gitlab.example.com"', 'url = "https://a b"', 6, "is not an address"),
        ('{ X-Scope-OrgID = "infra" }', '{ X-Scope-OrgID = "a\\nb" }', 22, "no HTTP header can carry"),
        ('{ X-Scope-OrgID = "infra" }', '{ X-Scope-OrgID = "é" }', 22, "no HTTP header can carry"),
        ('{ X-Scope-OrgID = "infra" }', '{ "X Scope" = "infra" }', 22, "is not the name of an HTTP header"),
        ('url = "https://gitlab.example.com"\n', "", 5, "url is missing"),
        ('token = { env = "GITLAB_TOKEN" }', 'token = "glpat-x"', 8, "never written into the configuration file"),
        ('token = { env = "GITLAB_TOKEN" }', 'token = { evn = "X" }', 8, "no key evn. Did you mean env?"),
        ('token = { env = "GITLAB_TOKEN" }', 'token = { env = "X", file = "y" }', 8, "comes from one place"),
        ('["pass", "show", "github"]', "[]", 13, "has no words"),
        ('orgs = ["acme"]\n', "", 11, "GitHub needs orgs or repos"),
        ("var_files", "varfiles", 31, "no key varfiles. Did you mean var_files?"),
        ("pending_pod_s = 120", "saturation = 95", 34, "saturation is a share above 0 and up to 1. Write 0.95"),
        ("[policy.stale]", "[policy.stail]", 33, "no key stail. Did you mean stale?"),
        ('theme = "ansi"', 'colour = "x"', 37, "no key colour. Valid here: theme, ascii, mouse, frame_diff."),
    ],
)
def test_an_error_names_file_line_and_the_nearest_key(was: str, becomes: str, line: int, says: str) -> None:
    assert was in WHOLE
    message = read(WHOLE.replace(was, becomes, 1))
    assert message.startswith(f"/etc/flywheel.toml:{line}: "), message
    assert says in message
    assert "glpat" not in message
    assert "pw" not in message.replace("user or password", "")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "There is no context."),
        ("[contexts.prod]\nrole = 'viewer'", "has no upstream"),
        ("contexts = 1", "contexts must be a table"),
        ("[contexts.prod]\n[contexts.prod.gitlab]\nurl = 'https://x'", "token is missing"),
        ("[contexts.'a/b'.gitlab]\nurl = 'https://x'\ntoken = {env = 'T'}", "has no slash"),
        ("[contexts.prod", "This is not TOML"),
    ],
)
def test_a_configuration_that_cannot_be_used(text: str, says: str) -> None:
    assert says in read(text)


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        load_settings(tmp_path / "config.toml")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="not UTF-8"):
        load_settings(tmp_path / "binary")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path)


@given(st.text())
def test_any_text_that_is_no_configuration_is_refused_by_name(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^config\.toml:"):
        parse_settings(text, Path("config.toml"))


def test_lines_are_found_through_quotes_dots_and_inline_tables() -> None:
    text = "[a.'b.c']\nx = 1\ny.z = { w = 2 }\n[[d]]\nk = 1\n"
    assert line_of(text, ("a", "b.c", "x")) == 2
    assert line_of(text, ("a", "b.c", "y", "z", "w")) == 3
    assert line_of(text, ("d", "k")) == 5
    assert line_of(text, ("a", "b.c", "missing")) == 1
    assert line_of(text, ("nowhere",)) is None
