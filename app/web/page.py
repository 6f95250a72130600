"""What a checkout page shows: plain values only, no tables, no request."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.receipts import Fact, Summary
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
class Choice:
    """One way to pay that leads to the provider's own page."""

    method: str
    label: str


@dataclass(frozen=True, slots=True)
class Hosted:
    """A form that takes the shopper to the provider's page."""

    url: str
    fields: dict[str, str]


@dataclass(frozen=True, slots=True)
class Code:
    """A QR code that the shopper's app scans."""

    image: str  # its address at the provider
    url: str  # the provider's page, for whoever cannot scan it


@dataclass(frozen=True, slots=True)
class TestCard:
    """A card number of the sandbox and what it does."""

    number: str
    effect: str


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved method in words."""

    id: str
    name: str
    digits: str = ""  # the last four, or an e-mail address
    expires: str = ""  # month and year
    is_expired: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What is saved for whoever is here. `consents`: the words beside the boxes that save one more, by provider.

    `asks`: whether they can show who they are. `email`: the address that they have shown to be theirs.
    """

    methods: tuple[Saved, ...] = ()
    consents: Mapping[str, str] = field(default_factory=dict)
    asks: bool = False
    email: str = ""


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
    known: Known = field(default_factory=Known)
    card: bool = False
    wallets: bool = False  # whether there are buttons of Apple Pay or Google Pay
    card_only: bool = True  # whether Stripe's fields are for cards alone
    paypal: bool = False
    paypal_card: bool = False  # whether cards are typed into PayPal's own fields
    away: tuple[Choice, ...] = ()  # ways to pay at the provider's own page
    hosted: Hosted | None = None  # the way there, where an order waits to be paid
    script: dict[str, object] = field(default_factory=dict)  # what the page's modules are told
    # Pages that only tell something: waiting, receipts, ends.
    headline: str = ""
    text: str = ""
    tone: str = "plain"  # plain | ok | wait | bad
    steps: tuple[str, ...] = ()
    facts: tuple[Fact, ...] = ()
    code: Code | None = None
    next_label: str = ""
    next_url: str = ""
    cancel_url: str = ""  # where a try that waits is given up
    has_receipt: bool = False
