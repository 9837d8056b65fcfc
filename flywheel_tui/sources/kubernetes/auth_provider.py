"""Tokens of a kubeconfig's ``auth-provider`` (OIDC, gcp): the ``kubernetes`` package has them and renews them.

It is imported here and nowhere else, and only for a user entry that needs it: it takes a third of a second of one
processor and 22 MiB.
"""

from __future__ import annotations

import binascii
import importlib
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import Any

from flywheel_tui.domain.errors import ConfigError
from flywheel_tui.sources.kubernetes.kubeconfig import Selection


def provided_authorization(selection: Selection, folder: Path) -> str | None:
    """Return the value of the ``Authorization`` header that the package finds for a context. Blocking.

    Args:
        selection: The context.
        folder: Where the package may leave files.

    Raises:
        ConfigError: There is none to be had.
    """
    kube_config: Any = importlib.import_module("kubernetes.config.kube_config")
    configuration: Any = importlib.import_module("kubernetes.client.configuration").Configuration()
    refused: tuple[type[Exception], ...] = (
        importlib.import_module("kubernetes.config.config_exception").ConfigException,
        OSError,
        ValueError,  # includes binascii.Error, UnicodeDecodeError
        KeyError,
        TypeError,
        AttributeError,
        binascii.Error,
    )
    with _quiet_root_logger():
        try:
            merger = kube_config.KubeConfigMerger(os.pathsep.join(str(file) for file in selection.files))
            entries, persist = merger.config, merger.save_changes
            if selection.user.exec is not None or selection.user.token_file:
                entries, persist = deepcopy(entries), None
                name = entries["contexts"].get_with_name(selection.context)["context"]["user"]
                user = entries["users"].get_with_name(name)["user"].value
                user.pop("exec", None)
                user.pop("tokenFile", None)
            kube_config.KubeConfigLoader(
                config_dict=entries,
                active_context=selection.context,
                config_base_path=None,
                config_persister=persist,
                temp_file_path=str(folder),
            ).load_and_set(configuration)
        except refused as error:
            # Its messages name entries by their whole content, tokens included: only a missing file is quoted.
            text = str(error)
            missing = text if text.startswith("File does not exist: ") else f"{type(error).__name__}"
            raise ConfigError(
                f"The context {selection.context} of the kubeconfig cannot be used ({missing}).",
                next_step=f"Try kubectl --context {selection.context} get pods.",
            ) from None
    found: str | None = configuration.api_key.get("BearerToken")
    return found


@contextmanager
def _quiet_root_logger() -> Iterator[None]:
    """Keep what the package logs away from the terminal.

    It logs by the root logger's functions, which print to stderr, over the screen, while the root has no handler.
    """
    handler = logging.NullHandler()
    root = logging.getLogger()
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
