"""Lines that are wrong on request, with the truth kept apart: what reconciliation must notice."""

from sandbox.store import Document
from sandbox.stripe_world import World, new_id

KIND = "stripe.spoiled_line"
WISH = "stripe.spoil_next"
SHOWN = ("amount", "fee", "net")


def _amount(_: World, line: Document) -> None:
    line["amount"] += 1
    line["net"] += 1


def _fee(_: World, line: Document) -> None:
    line["fee"] += 1
    line["net"] -= 1
    for part in line["fee_details"]:
        part["amount"] += 1


def _missing(_: World, line: Document) -> None:
    line["_hidden"] = True


def _double(world: World, line: Document) -> None:
    world.put({**line, "id": new_id("txn")})


KINDS = {
    "amount_off_by_one": _amount,
    "fee_off_by_one": _fee,
    "missing": _missing,
    "double": _double,
}


def ask_for(world: World, kind: str) -> None:
    """Let the next line be wrong in this way; several wishes wait for a line each."""
    wish_id = new_id("wish")
    world.sandbox.store.put(WISH, wish_id, {"id": wish_id, "kind": kind})


def spoil(world: World, line: Document) -> None:
    """Make a line wrong if that was asked for, and note what it should have been."""
    store = world.sandbox.store
    wishes = store.list(WISH, newest_first=False)
    if not wishes:
        return
    kind = wishes[0]["kind"]
    store.delete(WISH, wishes[0]["id"])
    truth = {name: line[name] for name in SHOWN}
    KINDS[kind](world, line)
    note = {"line": line["id"], "source": line["source"], "currency": line["currency"]}
    said = {name: line[name] for name in SHOWN}
    store.put(
        KIND, line["id"], {"id": line["id"], "kind": kind, **note, "true": truth, "said": said}
    )


def spoiled(world: World) -> list[Document]:
    """List every line that was made wrong, with the truth."""
    return world.sandbox.store.list(KIND, newest_first=False)
