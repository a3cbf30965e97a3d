"""Requests, as DJL Serving hands them over."""


class PairList:
    def __init__(self):
        self.pairs = []

    def add(self, key=None, value=None):
        if value:
            self.pairs.append((key, value))


class Input:
    def __init__(self):
        self.properties = {}
        self.content = PairList()

    def get_properties(self):
        return self.properties

    def get_property(self, key):
        return next((value for name, value in self.properties.items() if name.lower() == key.lower()), None)

    def get_batches(self):
        return [self]

    def get_as_bytes(self):
        return self.content.pairs[0][1] if self.content.pairs else None
