"""An SMTP server of aiosmtpd's: keeps each mail it takes as a file, and fails the way `fault` says.

A fault is one line of the file `fault`, and holds for one mail: `rcpt 550 5.1.1 no such user`,
`data 451 4.3.0 later`, or `lost`: the mail is kept and the line is cut before the answer.
"""

import asyncio
import json
import pathlib
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

folder = pathlib.Path(sys.argv[1])


def fault(step):
    path = folder / "fault"
    if not path.exists():
        return None
    name, _, words = path.read_text().strip().partition(" ")
    if name != step:
        return None
    path.unlink()
    return words or name


class Keeper:
    def __init__(self):
        self.kept = 0

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = fault("rcpt")
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 ok"

    async def handle_DATA(self, server, session, envelope):
        answer = fault("data")
        if answer:
            return answer
        self.kept += 1
        (folder / f"{self.kept}.eml").write_bytes(envelope.content)
        about = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "tls": session.ssl is not None}
        part = folder / f"{self.kept}.part"
        part.write_text(json.dumps(about))
        part.rename(folder / f"{self.kept}.json")
        if fault("lost"):
            server.transport.abort()
        return "250 2.0.0 taken"


def authenticate(server, session, envelope, mechanism, data):
    right = isinstance(data, LoginPassword) and (data.login, data.password) == (b"desk", b"s3cret")
    return AuthResult(success=right, handled=False)


async def main():
    keeper = Keeper()
    wants = {"authenticator": authenticate, "auth_required": True, "auth_require_tls": False}
    options = wants if "--auth" in sys.argv else {}
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(keeper, hostname="mx.example.com", **options), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
