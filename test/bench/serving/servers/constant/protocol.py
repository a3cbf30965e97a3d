"""Reads whole requests and answers each with a constant: asyncio's Protocol on httptools and uvloop, no framework."""

import asyncio
import os

import httptools
import uvloop

BODY = b'{"predictions":[1]}'
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s" % (len(BODY), BODY)


class Constant(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport
        self.parser = httptools.HttpRequestParser(self)

    def data_received(self, data):
        self.parser.feed_data(data)

    def on_message_begin(self):
        self.body = []

    def on_body(self, chunk):
        self.body.append(chunk)

    def on_message_complete(self):
        b"".join(self.body)
        self.transport.write(ANSWER)
        if not self.parser.should_keep_alive():
            self.transport.close()


async def main():
    server = await asyncio.get_running_loop().create_server(Constant, "127.0.0.1", int(os.environ["PORT"]))
    await server.serve_forever()


uvloop.run(main())
