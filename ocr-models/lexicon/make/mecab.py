"""Reads a compiled MeCab dictionary (sys.dic): its words' costs and features, and which words a key stands for."""

import struct

HEADER = struct.Struct("<10I32s")
TOKEN = struct.Struct("<HHHhII")


class Dictionary:
    def __init__(self, path):
        self.data = path.read_bytes()
        (_, _, _, _, _, _, self.trie_size, self.token_size, self.feature_size, _, _) = HEADER.unpack_from(self.data)
        self.trie = HEADER.size
        self.tokens = self.trie + self.trie_size
        self.features = self.tokens + self.token_size

    def token(self, index):
        """Left context id, cost and feature text of a token."""
        left, _, _, cost, feature, _ = TOKEN.unpack_from(self.data, self.tokens + index * TOKEN.size)
        start = self.features + feature
        return left, cost, self.data[start : self.data.index(b"\0", start)].decode()

    def __iter__(self):
        return (self.token(index) for index in range(self.token_size // TOKEN.size))

    def _node(self, index):
        if index * 8 >= self.trie_size:
            return None
        return struct.unpack_from("<iI", self.data, self.trie + index * 8)

    def look_up(self, key):
        """The tokens of exactly this key, by the dictionary's double array."""
        base = self._node(0)[0]
        for byte in key.encode():
            node = self._node(base + byte + 1)
            if node is None or node[1] != base:
                return []
            base = node[0]
        node = self._node(base)
        if node is None or node[1] != base or node[0] >= 0:
            return []
        value = -node[0] - 1
        return [self.token(index) for index in range(value >> 8, (value >> 8) + (value & 0xFF))]
