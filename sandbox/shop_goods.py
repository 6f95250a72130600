"""What the demo shop sells and what it costs: the only prices that count."""

from dataclasses import dataclass

CURRENCY = "EUR"
VAT = {"name": "VAT", "rate_bps": 2000, "inclusive": True}


@dataclass(frozen=True)
class Product:
    """One thing on the shelf."""

    slug: str
    name: str
    kind: str
    notes: str
    price: int
    picture: str
    tint: str
    is_coffee: bool = True


@dataclass(frozen=True)
class Shipping:
    """One way to send it."""

    id: str
    label: str
    amount: int


# fmt: off
PRODUCTS = {
    product.slug: product
    for product in (
        Product("guji", "Guji Natural", "Ethiopia · 250 g",
                "Blueberry, jasmine, honey", 1450, "bag", "#6d5aa8"),
        Product("huila", "Huila Washed", "Colombia · 250 g",
                "Red apple, caramel, cocoa", 1390, "bag", "#b4552d"),
        Product("night-shift", "Night Shift", "Espresso blend · 250 g",
                "Dark chocolate, hazelnut", 1250, "bag", "#2f4858"),
        Product("low-tide", "Low Tide Decaf", "Mexico · 250 g",
                "Milk chocolate, orange peel", 1350, "bag", "#3f7d6e"),
        Product("dripper", "Stoneware Dripper", "Size 02",
                "Glazed by hand, with 40 filters", 2800, "dripper", "#c9a27e", is_coffee=False),
        Product("mug", "Roastery Mug", "Enamel · 300 ml",
                "Chips with dignity", 1600, "mug", "#8a3b12", is_coffee=False),
    )
}
# fmt: on

SHIPPING = {
    way.id: way
    for way in (
        Shipping("post", "Post, 3 to 5 days", 490),
        Shipping("courier", "Courier, tomorrow", 990),
        Shipping("pickup", "Pick up at the roastery", 0),
    )
}

MOST_OF_ONE = 20
BAGS_FOR_DISCOUNT = 3
DISCOUNT_MINOR = 400
DISCOUNT = {"name": "Three bags or more", "amount": DISCOUNT_MINOR}


@dataclass(frozen=True)
class Line:
    """A product and how many of it."""

    product: Product
    quantity: int

    @property
    def total(self) -> int:
        """What the line costs."""
        return self.product.price * self.quantity


def lines(cart: dict[str, int]) -> list[Line]:
    """Read a cart: what we do not sell and what is no sensible number is left out."""
    return [
        Line(PRODUCTS[slug], min(quantity, MOST_OF_ONE))
        for slug, quantity in cart.items()
        if slug in PRODUCTS and quantity > 0
    ]


def discount(cart: list[Line]) -> int:
    """What is taken off a cart."""
    bags = sum(line.quantity for line in cart if line.product.is_coffee)
    return DISCOUNT_MINOR if bags >= BAGS_FOR_DISCOUNT else 0


def price(minor: int) -> str:
    """Write an amount for a person."""
    return f"€{minor // 100}.{minor % 100:02}"
