"""What a checkout page shows: plain values only, no tables, no request."""

from dataclasses import dataclass, field

from app.web.color import DARK_SURFACE, LIGHT_SURFACE, readable


@dataclass(frozen=True, slots=True)
class Merchant:
    """Who is being paid, as the shopper sees them."""

    name: str
    brand: str = ""  # "#rrggbb" as the merchant typed it
    support_email: str = ""
    home_url: str = ""  # where "back" leads; empty: no link

    @property
    def initial(self) -> str:
        return self.name[:1].upper()

    @property
    def accent(self) -> str:
        return readable(self.brand, against=LIGHT_SURFACE)

    @property
    def accent_dark(self) -> str:
        return readable(self.brand, against=DARK_SURFACE)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of goods. Texts are ready to print."""

    name: str
    amount: str
    quantity: int = 1
    unit_amount: str = ""  # shown when the quantity is not 1
    image_url: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row under the goods: subtotal, discount, shipping, a tax rate, a refund."""

    label: str
    amount: str
    kind: str = "plain"  # plain | discount | included


@dataclass(frozen=True, slots=True)
class Summary:
    """The order in texts, and its total as the number a browser echoes back."""

    total: str
    amount: int  # minor units
    currency: str
    lines: tuple[Line, ...] = ()
    rows: tuple[Row, ...] = ()
    included: tuple[Row, ...] = ()  # taxes that the total already contains
    after: tuple[Row, ...] = ()  # what happened to the money later: refunds


@dataclass(frozen=True, slots=True)
class ShippingChoice:
    """One way to have the goods delivered."""

    id: str
    label: str
    amount: str
    detail: str = ""
    checked: bool = False


@dataclass(frozen=True, slots=True)
class Choices:
    """What the shopper may still decide about the order; empty parts are not shown."""

    shipping: tuple[ShippingChoice, ...] = ()
    quantity: int = 0  # 0: not theirs to choose
    max_quantity: int = 0
    amount: str = ""  # the amount field's text; empty: not theirs to choose
    amount_hint: str = ""
    amount_symbol: str = ""

    @property
    def any(self) -> bool:
        return bool(self.shipping or self.quantity or self.amount_hint)


@dataclass(frozen=True, slots=True)
class Alert:
    """A message above the form: what happened, that no money moved, what to do."""

    heading: str
    text: str
    tone: str = "bad"  # bad | warn


@dataclass(frozen=True, slots=True)
class TestCard:
    """A card number of the sandbox and what it does."""

    number: str
    effect: str


@dataclass(frozen=True, slots=True)
class Fact:
    """One labelled value of a receipt."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the templates need for one session, in one state."""

    state: str
    title: str  # of the browser tab
    merchant: Merchant
    test_mode: bool = False
    session_id: str = ""
    summary: Summary | None = None
    choices: Choices = field(default_factory=Choices)
    alert: Alert | None = None
    email: str = ""
    name: str = ""
    card: bool = False
    paypal: bool = False
    script: dict[str, object] = field(default_factory=dict)  # what the page's modules are told
    # Pages that only tell something: waiting, receipts, ends.
    headline: str = ""
    text: str = ""
    tone: str = "plain"  # plain | ok | wait | bad
    steps: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    next_label: str = ""
    next_url: str = ""
