"""One place a key, in turn, bounded."""

import asyncio

from explorer.live.newest import NewestWins


def test_a_newer_value_takes_the_place_and_keeps_the_turn() -> None:
    async def drain() -> list[tuple[str, int]]:
        box: NewestWins[str, int] = NewestWins(8)
        for key, value in [("a", 1), ("b", 2), ("a", 3)]:
            box.put(key, value)
        return [await box.get() for _ in range(len(box))]

    assert asyncio.run(drain()) == [("a", 3), ("b", 2)]


def test_it_never_holds_more_than_its_limit_and_lets_the_oldest_go() -> None:
    async def drain() -> list[tuple[int, int]]:
        box: NewestWins[int, int] = NewestWins(3)
        for key in range(1000):
            box.put(key, key)
        assert len(box) == 3
        return [await box.get() for _ in range(3)]

    assert asyncio.run(drain()) == [(997, 997), (998, 998), (999, 999)]


def test_get_waits_for_a_value_and_empty_for_none() -> None:
    async def exchange() -> list[str]:
        box: NewestWins[str, str] = NewestWins(8)
        seen = []

        async def reader() -> None:
            seen.append((await box.get())[1])

        waiting = asyncio.create_task(reader())
        await asyncio.sleep(0)
        assert seen == []
        box.put("a", "first")
        await box.empty()
        await waiting
        box.put("a", "second")
        box.drop("a")
        await box.empty()
        return seen

    assert asyncio.run(asyncio.wait_for(exchange(), 5)) == ["first"]
