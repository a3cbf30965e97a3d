"""Parts of answers, as DJL Serving takes them."""

import struct


class Output:
    def __init__(self):
        self.properties = {}
        self.content = []

    def add_property(self, key, value):
        self.properties[key] = value

    def add(self, value):
        self.content.append(bytes(value))

    @staticmethod
    def binary_encode(members):
        encoded = bytearray(struct.pack(">h", len(members)))
        for text in (str(text) for pair in members.items() for text in pair):
            data = text.encode()
            encoded += struct.pack(">h", len(data)) + data
        return encoded
