"""RFC 6962 section 2.1: tree hashes and both proofs, written as the RFC defines them."""

from .outcome import require
from .prim import sha256


def leaf_hash(data):
    return sha256(b"\0", data)


def node_hash(left, right):
    return sha256(b"\1", left, right)


def _split(count):
    """The greatest power of two smaller than count."""
    return 1 << (count - 1).bit_length() - 1


def root_of_hashes(hashes):
    if not hashes:
        return sha256()
    if len(hashes) == 1:
        return hashes[0]
    k = _split(len(hashes))
    return node_hash(root_of_hashes(hashes[:k]), root_of_hashes(hashes[k:]))


def root(leaves):
    return root_of_hashes([leaf_hash(leaf) for leaf in leaves])


def inclusion(hashes, index):
    if len(hashes) == 1:
        return []
    k = _split(len(hashes))
    if index < k:
        return inclusion(hashes[:k], index) + [root_of_hashes(hashes[k:])]
    return inclusion(hashes[k:], index - k) + [root_of_hashes(hashes[:k])]


def consistency(hashes, old):
    def subproof(m, part, whole):
        if m == len(part):
            return [] if whole else [root_of_hashes(part)]
        k = _split(len(part))
        if m <= k:
            return subproof(m, part[:k], whole) + [root_of_hashes(part[k:])]
        return subproof(m - k, part[k:], False) + [root_of_hashes(part[:k])]
    return subproof(old, hashes, True) if 0 < old < len(hashes) else []


def _root_from_path(leaf, index, size, path):
    """Recompute the root; None when the path has the wrong length."""
    if size == 1:
        return leaf if not path else None
    if not path:
        return None
    k = _split(size)
    if index < k:
        left = _root_from_path(leaf, index, k, path[:-1])
        return left and node_hash(left, path[-1])
    right = _root_from_path(leaf, index - k, size - k, path[:-1])
    return right and node_hash(path[-1], right)


def _hashes(*values):
    return all(len(value) == 32 for value in values)


def check_inclusion(leaf, index, size, path, tree_root):
    require(_hashes(leaf, tree_root, *path), "proof", "a hash that is not 32 bytes")
    require(index < size, "proof", f"index {index} in a log of {size}")
    require(_root_from_path(leaf, index, size, path) == tree_root, "proof", "path does not lead to the root")


def _roots_from_proof(m, size, proof, whole, old_root):
    """(old, new) root of the subtree of `size`, of which the old log had the first m; None: bad length."""
    if m == size:
        if whole:
            return (old_root, old_root) if not proof else None
        return (proof[0], proof[0]) if len(proof) == 1 else None
    if not proof:
        return None
    k = _split(size)
    if m <= k:
        pair = _roots_from_proof(m, k, proof[:-1], whole, old_root)
        return pair and (pair[0], node_hash(pair[1], proof[-1]))
    pair = _roots_from_proof(m - k, size - k, proof[:-1], False, old_root)
    return pair and (node_hash(proof[-1], pair[0]), node_hash(proof[-1], pair[1]))


def check_consistency(old_size, old_root, size, new_root, proof):
    """Every failure is `rollback`: the log that this client knows is not a part of this one."""
    require(_hashes(old_root, new_root, *proof), "rollback", "a hash that is not 32 bytes")
    require(old_size <= size, "rollback", f"log shrank from {old_size} to {size}")
    if old_size in (0, size):
        require(not proof, "rollback", "a proof where none belongs")
        require(old_size == 0 or old_root == new_root, "rollback", "another root for the same size")
        return
    pair = _roots_from_proof(old_size, size, proof, True, old_root)
    require(pair == (old_root, new_root), "rollback", "consistency proof fails")
