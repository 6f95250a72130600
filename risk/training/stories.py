"""The simulator's stories: what shoppers do on a day, and what thieves do with what is not theirs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from risk.past import APPROVED, HARD_DECLINE, SOFT_DECLINE
from risk.training.world import (
    AGENTS,
    COUNTRIES,
    DAY_MS,
    ELSEWHERE,
    HOUR_MS,
    MINUTE_MS,
    SCRIPTS,
    THROWAWAY,
    Merchant,
    Shopper,
    World,
)

GENUINE, FRIENDLY, STOLEN, TAKEOVER, TESTING, BOTS = STORIES = (
    "genuine", "friendly fraud", "stolen card", "account takeover", "card testing", "bot burst"
)  # fmt: skip
# story → how often it begins, per 1,000 genuine attempts
OFTEN = {STOLEN: 2.0, TAKEOVER: 0.35, TESTING: 0.14, BOTS: 0.05}


@dataclass(slots=True)
class Try:
    """One attempt as it will happen: what is seen of it, how it will end, and the truth."""

    at_ms: int
    merchant: Merchant
    amount_minor: int
    seen: dict[str, Any]
    outcome: str
    story: str = GENUINE
    tries: int = 0
    answers: dict[str, Any] = field(default_factory=dict)

    @property
    def is_fraud(self) -> bool:
        return self.story != GENUINE


def _seen(
    world: World, merchant: Merchant, who: Shopper, card: dict[str, Any], device: dict[str, Any]
) -> dict[str, Any]:
    """What a checkout of this merchant learns of somebody; much is not asked everywhere."""
    chance = world.chance
    seen: dict[str, Any] = {"email": who.email, **card, "method": "card"}
    if merchant.channel != "api":  # there the merchant's server speaks, not a browser
        seen |= {**device, "utc_offset_min": who.offset_min}
    if chance.random() < 0.85:
        seen["name"] = who.name
    if merchant.asks_billing:
        seen["billing_country"] = card.get("card_country", who.country)
    if merchant.goods == "shipping":
        seen["shipping_country"] = who.country
    if merchant.links:
        seen["link_id"] = chance.choice(merchant.links)
    return seen


def _answers(world: World, *, fraud: bool) -> dict[str, Any]:
    """What provider and issuer would tell of an approved attempt: helpful, and often wrong."""
    chance = world.chance
    score = min(100, max(0, round(chance.gauss(45 if fraud else 22, 16))))
    told: dict[str, Any] = {"provider_score": score}
    told["cvc"] = "pass" if chance.random() < (0.85 if fraud else 0.985) else "fail"
    if chance.random() < 0.4:
        told["avs_postal"] = "pass" if chance.random() < (0.45 if fraud else 0.93) else "fail"
        told["avs_line1"] = "pass" if chance.random() < (0.35 if fraud else 0.88) else "fail"
    if chance.random() < 0.12:
        certain = chance.random() < (0.25 if fraud else 0.94)
        told["three_ds"] = "authenticated" if certain else "failed"
    return told


def _moment(world: World, day_ms: int, hour: float, offset_min: int) -> int:
    """A moment of that day at about that hour on the payer's own clock."""
    local = world.chance.gauss(hour, 2.5) % 24
    return day_ms + int((local * 60 - offset_min) % 1440 * MINUTE_MS) + world.chance.randrange(999)


def shopping(world: World, day_ms: int, visits: int) -> Iterator[Try]:
    """A day of genuine trade. Some come for the first time; some are declined and try again."""
    chance = world.chance
    for _ in range(visits):
        slot = chance.randrange(len(world.shoppers))
        if chance.random() < 0.10:
            world.shoppers[slot] = world.invent(day_ms)
        yield from _visit(world, world.shoppers[slot], day_ms)


def _visit(world: World, who: Shopper, day_ms: int) -> Iterator[Try]:
    chance = world.chance
    merchant = (
        chance.choice(who.merchants) if chance.random() < 0.9 else chance.choice(world.merchants)
    )
    card = who.cards[0] if chance.random() < 0.85 else who.cards[-1]
    device = who.devices[0] if chance.random() < 0.8 else who.devices[-1]
    seen = _seen(world, merchant, who, card, device)
    seen["ip"] = chance.choice(who.addresses) if chance.random() < 0.85 else world.address()
    seen["ip_country"] = who.country
    if chance.random() < 0.025:  # on a journey
        seen |= {"ip": world.address(), "ip_country": chance.choice(COUNTRIES)[0]}
    if "shipping_country" in seen and chance.random() < 0.05:  # a present
        seen["shipping_country"] = chance.choice(COUNTRIES)[0]
    at = _moment(world, day_ms, who.hour, who.offset_min)
    if merchant.tells_account and chance.random() < 0.7:  # the others are guests
        failed = int(chance.random() < 0.03) * chance.randrange(1, 4)
        seen |= _account(who, at, failed)
    if merchant.channel == "page" and chance.random() < 0.12:
        _by_paypal(seen, verified=chance.random() < 0.93)
    times = who.spends * (4 if chance.random() < 0.03 else 1)
    regret = 0.0012 * (2 if merchant.goods == "digital" else 1) * (2 if times > 2 else 1)
    story = FRIENDLY if chance.random() < regret else GENUINE
    amount = merchant.amount(chance, times)
    yield from _until_paid(world, Try(at, merchant, amount, seen, APPROVED, story), who)


def _account(who: Shopper, at: int, failed: int) -> dict[str, Any]:
    """What a merchant tells of somebody who is signed in."""
    age = round(max(0.0, (at - who.since_ms) / DAY_MS), 1)
    return {"customer": who.id, "account_age_days": age, "failed_logins_24h": failed}


def _by_paypal(seen: dict[str, Any], *, verified: bool) -> None:
    for name in ("card", "card_brand", "card_funding", "card_country", "wallet", "billing_country"):
        seen.pop(name, None)
    seen |= {"method": "paypal", "payer_status": "VERIFIED" if verified else "UNVERIFIED"}


def _until_paid(world: World, first: Try, who: Shopper) -> Iterator[Try]:
    """Soft declines happen to good customers: no money, a typing error. They try again, or take the other card."""
    chance = world.chance
    seen, at = first.seen, first.at_ms
    for number in range(4):
        draw = chance.random()
        outcome = SOFT_DECLINE if draw < 0.05 + 0.25 * (number > 0) else APPROVED
        if draw > 0.996:
            outcome = HARD_DECLINE
        answers = _answers(world, fraud=False)
        story = first.story if outcome == APPROVED else GENUINE
        yield Try(at, first.merchant, first.amount_minor, seen, outcome, story, number, answers)
        if outcome == APPROVED or chance.random() < 0.25:
            return
        if chance.random() < 0.35 and "card" in seen:
            seen = {**seen, **who.cards[-1]}
        at += int(chance.uniform(0.3, 4) * MINUTE_MS)


def _thief(world: World, at: int) -> Shopper:
    """Somebody who pays as somebody else: with a new address, one of a throw-away provider, or a likely one."""
    chance = world.chance
    thief = world.invent(at)
    draw = chance.random()
    if draw < 0.35:
        thief.email = thief.email.partition("@")[0] + "@" + chance.choice(THROWAWAY)
    elif draw < 0.65:
        letters = "".join(chance.choices("abcdefghijklmnopqrstuvwxyz0123456789", k=11))
        thief.email = f"{letters}@{chance.choice(('gmail.com', 'outlook.com'))}"
    thief.offset_min = chance.choice((60, 60, 120, 180, 420, 480, -180, -300))
    return thief


def _hidden(world: World, country: str, *, careful: bool) -> dict[str, Any]:
    """Where a thief seems to be: where the card is from, if careful, through somebody's connection."""
    elsewhere = world.chance.choice(ELSEWHERE)
    return {"ip": world.address(), "ip_country": country if careful else elsewhere}


def stolen_cards(world: World, at: int) -> Iterator[Try]:
    """A thief with one to four cards buys what can be sold, over hours or days, always from the same machine."""
    chance = world.chance
    thief, careful = _thief(world, at), chance.random() < 0.35
    thief.since_ms = at - int(chance.expovariate(1 / 3) * DAY_MS)
    merchant = chance.choice([one for one in world.merchants if one.goods])
    device = thief.devices[0]
    cards = [
        world.card(chance.choice(COUNTRIES)[0]) | {"wallet": None}
        for _ in range(chance.choice((1, 1, 1, 2, 3, 4)))
    ]
    if chance.random() < 0.3:  # what worked is tried again, when some of it has been reported
        cards += cards[:2]
    for nth, card in enumerate(cards):
        if card in cards[:nth]:
            at += int(chance.uniform(4, 30) * DAY_MS)
        country = card["card_country"]
        if careful:
            thief.name, thief.email = world.person()
            device = world.device(chance.choice(COUNTRIES)[1])
        place = _hidden(world, country, careful=careful)
        for number in range(chance.choice((1, 1, 2, 3))):
            seen = _seen(world, merchant, thief, card, device) | place
            if "billing_country" in seen:
                seen["billing_country"] = country
            if "shipping_country" in seen:
                seen["shipping_country"] = country if careful else place["ip_country"]
            if merchant.tells_account and chance.random() < 0.6:
                seen |= _account(thief, at, 0)
            outcome = chance.choices((APPROVED, SOFT_DECLINE, HARD_DECLINE), (70, 15, 15))[0]
            amount = merchant.amount(chance, chance.uniform(1.0, 3.5))
            answers = _answers(world, fraud=True)
            yield Try(at, merchant, amount, seen, outcome, STOLEN, number, answers)
            at += int(chance.expovariate(1 / 25) * MINUTE_MS) + 20_000
        at += int(chance.expovariate(1 / 5) * HOUR_MS)


def takeover(world: World, at: int) -> Iterator[Try]:
    """Somebody else signs in to a good customer's account and pays with the card that is stored there."""
    chance = world.chance
    victim = chance.choice(world.shoppers)
    merchant = chance.choice(victim.merchants)
    place = _hidden(world, victim.country, careful=chance.random() < 0.35)
    device = world.device("en-US")
    for number in range(chance.choice((1, 1, 2, 3))):
        seen = _seen(world, merchant, victim, victim.cards[0], device) | place
        if merchant.tells_account:
            seen |= _account(victim, at, chance.choice((0, 1, 2, 4, 9)))
        if "shipping_country" in seen and chance.random() < 0.5:
            seen["shipping_country"] = chance.choice(COUNTRIES)[0]
        amount = merchant.amount(chance, chance.uniform(1.2, 4))
        outcome = chance.choices((APPROVED, SOFT_DECLINE), (85, 15))[0]
        answers = _answers(world, fraud=True)
        yield Try(at, merchant, amount, seen, outcome, TAKEOVER, number, answers)
        at += int(chance.expovariate(1 / 10) * MINUTE_MS) + 15_000


def card_testing(world: World, at: int) -> Iterator[Try]:
    """A list of numbers is tried for small amounts, one after the other: most are dead."""
    yield from _burst(world, at, TESTING, size=(15, 60), addresses=(1, 4), times=0.4)


def bot_burst(world: World, at: int) -> Iterator[Try]:
    """Many at once through many connections; the browser is new each time, the link is the same."""
    yield from _burst(world, at, BOTS, size=(25, 80), addresses=(10, 40), times=1.0)


def _burst(
    world: World,
    at: int,
    story: str,
    *,
    size: tuple[int, int],
    addresses: tuple[int, int],
    times: float,
) -> Iterator[Try]:
    chance = world.chance
    merchant = chance.choice([one for one in world.merchants if one.goods != "shipping"])
    link = chance.choice(merchant.links) if merchant.links else None
    country, issuer = chance.choice(ELSEWHERE), chance.choice(COUNTRIES)[0]
    places = [world.address() for _ in range(chance.randint(*addresses))]
    agent = chance.choice(SCRIPTS + AGENTS * 2)
    one_device = world.next("dev_") if story == TESTING and chance.random() < 0.5 else None
    gap_ms = chance.uniform(4, 60) * 1000
    for _ in range(chance.randint(*size)):
        who = _thief(world, at)
        card = world.card(issuer) | {"wallet": None}
        device = {"device": one_device or world.next("dev_"), "user_agent": agent}
        seen = _seen(world, merchant, who, card, device | {"language": "en-US"})
        seen |= {"ip": chance.choice(places), "ip_country": country}
        if link:
            seen["link_id"] = link
        outcome = chance.choices((APPROVED, SOFT_DECLINE, HARD_DECLINE), (18, 22, 60))[0]
        amount = merchant.amount(chance, times)
        yield Try(at, merchant, amount, seen, outcome, story, 0, _answers(world, fraud=True))
        at += int(chance.expovariate(1 / gap_ms)) + 500


EPISODES = {
    STOLEN: stolen_cards, TAKEOVER: takeover, TESTING: card_testing, BOTS: bot_burst
}  # fmt: skip


def begun(world: World, mean: float) -> int:
    """How many begin in a day, when so many do on average (Poisson)."""
    limit, product, number = math.exp(-mean), world.chance.random(), 0
    while product > limit:
        product *= world.chance.random()
        number += 1
    return number
