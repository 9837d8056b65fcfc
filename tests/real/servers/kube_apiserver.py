"""A kube-apiserver with RBAC: the API of a real cluster, with nothing behind it.

No controller runs: a Deployment makes no pods, a deleted namespace stays Terminating, a ServiceAccount `default` does
not appear. Objects are what the tests write, status included.
"""

import secrets
import ssl
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import ec

from tests.real.servers.certificates import CertificateAuthority, write_private_key
from tests.real.servers.http import answers_ok
from tests.real.servers.kubeconfig import write_kubeconfig
from tests.real.servers.ports import LOOPBACK, free_port
from tests.real.servers.process import ServerProcess
from tests.real.servers.programs import require

ADMIN_GROUP = "system:masters"


class KubeApiserver:
    """One kube-apiserver over TLS on loopback, with an administrator known by certificate and by token.

    `stop()` and `start()` keep the port, the certificates and (in etcd) the data.
    """

    def __init__(self, folder: Path, *, etcd_url: str, etcd_prefix: str = "/registry") -> None:
        """Describes the server; `start()` starts it.

        Args:
            folder: an empty folder for its certificates, kubeconfig files and log.
            etcd_url: where its objects are kept.
            etcd_prefix: the part of that etcd: two servers with different prefixes share nothing.
        """
        self.folder = folder
        self.port = free_port()
        self.url = f"https://{LOOPBACK}:{self.port}"
        self.admin_token = secrets.token_urlsafe(24)
        authority = CertificateAuthority(folder)
        self.authority = authority.certificate
        self.admin_certificate = authority.client("admin", [ADMIN_GROUP])
        serving = authority.server("apiserver", [LOOPBACK])
        tokens = folder / "tokens.csv"
        tokens.write_text(f'{self.admin_token},admin,admin,"{ADMIN_GROUP}"\n')
        account_key = folder / "service-accounts.key"
        write_private_key(ec.generate_private_key(ec.SECP256R1()), account_key)
        command: list[str | Path] = [
            require("kube-apiserver"),
            f"--etcd-servers={etcd_url}",
            f"--etcd-prefix={etcd_prefix}",
            f"--bind-address={LOOPBACK}",
            f"--advertise-address={LOOPBACK}",
            f"--secure-port={self.port}",
            f"--tls-cert-file={serving.certificate}",
            f"--tls-private-key-file={serving.key}",
            f"--client-ca-file={self.authority}",
            f"--token-auth-file={tokens}",
            "--authorization-mode=RBAC",
            "--service-account-issuer=https://kubernetes.default.svc",
            f"--service-account-key-file={account_key}",
            f"--service-account-signing-key-file={account_key}",
            "--service-cluster-ip-range=10.0.0.0/24",
            # An open watch is ended at once, and not after a minute.
            "--shutdown-watch-termination-grace-period=1s",
            # It would refuse every pod of a namespace whose `default` account no controller has made.
            "--disable-admission-plugins=ServiceAccount",
            # It would publish the server's own address as a Service endpoint, which may not be loopback.
            "--endpoint-reconciler-type=none",
        ]
        self.process = ServerProcess(
            command,
            log=folder / "kube-apiserver.log",
            answers=lambda: answers_ok(f"{self.url}/readyz", verify=False),
            folder=folder,
        )
        self.kubeconfig = self.write_kubeconfig(
            "admin",
            {
                "client-certificate": str(self.admin_certificate.certificate),
                "client-key": str(self.admin_certificate.key),
            },
        )

    def start(self) -> None:
        """Starts it, and returns when it is ready (its RBAC roles written)."""
        self.process.start()

    def stop(self, *, kill: bool = False) -> None:
        """Ends it: in order, or as a crash would."""
        self.process.stop(kill=kill)

    @property
    def running(self) -> bool:
        """Whether the process is there."""
        return self.process.running

    def write_kubeconfig(self, name: str, user: Mapping[str, object], *, namespace: str = "default") -> Path:
        """A kubeconfig `<name>.kubeconfig` for this server with that `user` entry."""
        path = self.folder / f"{name}.kubeconfig"
        return write_kubeconfig(path, url=self.url, authority=self.authority, user=user, namespace=namespace)

    def client(self, token: str | None = None) -> httpx.Client:
        """An HTTP client whose base URL is this server, for use in a `with`.

        Args:
            token: a bearer token; without one it is the administrator, by certificate.
        """
        context = ssl.create_default_context(cafile=str(self.authority))
        headers = {}
        if token is None:
            context.load_cert_chain(self.admin_certificate.certificate, self.admin_certificate.key)
        else:
            headers["Authorization"] = f"Bearer {token}"
        return httpx.Client(base_url=self.url, verify=context, headers=headers, timeout=30.0, trust_env=False)

    def create(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Creates an object as the administrator and returns it as stored.

        Args:
            path: of the collection: `/api/v1/namespaces/NAME/pods`.
            body: the object; for a known collection `kind` and `apiVersion` may be left out.

        Raises:
            httpx.HTTPStatusError: the server refused it; the message carries its words.
        """
        with self.client() as client:
            response = client.post(path, json=body)
        if response.is_error:
            message = f"POST {path}: {response.status_code} {response.text}"
            raise httpx.HTTPStatusError(message, request=response.request, response=response)
        stored: dict[str, Any] = response.json()
        return stored

    def create_namespace(self, prefix: str = "test") -> str:
        """Creates a namespace of a name not used before, so that tests that share a server do not meet."""
        stored = self.create("/api/v1/namespaces", {"metadata": {"generateName": f"{prefix}-"}})
        return str(stored["metadata"]["name"])

    def kubectl(self, *arguments: str, stdin: str = "") -> str:
        """Runs kubectl as the administrator and returns what it prints.

        Raises:
            subprocess.CalledProcessError: it failed; its words are in `stderr`.
        """
        command = [str(require("kubectl")), f"--kubeconfig={self.kubeconfig}", *arguments]
        return subprocess.run(command, input=stdin, text=True, capture_output=True, check=True, timeout=60).stdout
