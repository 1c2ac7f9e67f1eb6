"""A small scanner that speaks clamd's INSTREAM protocol and knows one signature. Run as a process of its own.

    python fake_clamd.py tcp|<path of a Unix socket> [silent|<StreamMaxLength in bytes>]

It prints its address when it listens.
"""

import socketserver
import struct
import sys

SIGNATURE = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"
MODE = sys.argv[2] if len(sys.argv) > 2 else "26214400"


class Scan(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        if self.rfile.read(10) != b"zINSTREAM\0":
            self.wfile.write(b"UNKNOWN COMMAND\0")
            return
        if MODE == "silent":
            return
        content = b""
        while size := struct.unpack("!L", self.rfile.read(4))[0]:
            content += self.rfile.read(size)
            if len(content) > int(MODE):
                self.wfile.write(b"INSTREAM size limit exceeded. ERROR\0")
                return
        is_found = SIGNATURE in content
        self.wfile.write(b"stream: Eicar-Test-Signature FOUND\0" if is_found else b"stream: OK\0")


if sys.argv[1] == "tcp":
    server: socketserver.BaseServer = socketserver.TCPServer(("127.0.0.1", 0), Scan)
    address = f"127.0.0.1:{server.server_address[1]}"  # type: ignore[index]
else:
    server = socketserver.UnixStreamServer(sys.argv[1], Scan)
    address = f"unix:{sys.argv[1]}"
print(address, flush=True)
server.serve_forever()
