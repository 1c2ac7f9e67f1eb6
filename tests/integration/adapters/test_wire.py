"""The line that adapters share: nothing is said before the certificate is right, and nothing is noted but sizes and status."""

import ssl
from pathlib import Path

import pytest

from hall.integration.ports import wire
from hall.integration.ports.wire import Trace, Wire
from tests.make.messages import silent_server, sms_gateway
from tests.make.tls import self_signed, server_tls


def test_a_certificate_of_ours_is_trusted_when_it_is_named_and_a_strangers_never(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = self_signed(tmp_path)
    with sms_gateway() as gateway:
        gateway.socket = server_tls(certificate).wrap_socket(gateway.socket, server_side=True)
        address = f"https://127.0.0.1:{gateway.server_port}/send"
        with pytest.raises(ssl.SSLCertVerificationError):
            Wire(address, setting="X", name="x").post(b"a secret", {}, seconds=2)
        assert gateway.visits == 0
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        line = Wire(address, setting="X", name="x")
        assert line.probe() == "连得上，证书有效"
        trace = Trace()
        with wire.traced(trace):
            reply = line.post(b"{}", {"X-Hall-Timestamp": "1", "X-Hall-Signature": "s"}, seconds=2)
        assert (reply.status, trace.host, trace.status, trace.sent_bytes, trace.got_bytes) == (401, "127.0.0.1", 401, 2, 0)


def test_a_server_that_drips_its_handshake_is_left_in_time() -> None:
    with silent_server(drip=b"\x16\x03\x03\x40\x00" + b"x" * 200) as port, pytest.raises(OSError):
        Wire(f"https://127.0.0.1:{port}/", setting="X", name="x").post(b"{}", {}, seconds=0.4)
